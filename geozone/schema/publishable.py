"""What a release is made of: the contract between drafts and those who publish them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Protocol

import pandas as pd

from geozone.types import Source

__all__ = ["Publishable"]


class Publishable(Protocol):
    """What can be published: a draft, however it was made."""

    @property
    def as_of(self) -> date:
        """The day it holds for."""
        ...

    @property
    def rules(self) -> Any:
        """The rule set used: a data class or a mapping of plain values."""
        ...

    @property
    def edition(self) -> str:
        """Edition of the administrative geography."""
        ...

    @property
    def boundary_quality(self) -> str:
        """The worst trust in any outline used."""
        ...

    @property
    def layers(self) -> Mapping[str, pd.DataFrame]:
        """The tables by layer; geometry in EPSG:4326."""
        ...

    @property
    def counts(self) -> Mapping[str, Any]:
        """What was counted."""
        ...

    @property
    def warnings(self) -> Sequence[Any]:
        """What a reader must know."""
        ...

    @property
    def sources(self) -> Sequence[Source]:
        """The inputs with their checksums and licences."""
        ...
