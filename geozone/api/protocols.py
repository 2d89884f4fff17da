"""What the service needs of a store of releases: small enough to fake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["ReleaseLine", "ReleaseSource", "Releases"]


class ReleaseSource(Protocol):
    """A release, as the store hands it over."""

    @property
    def digest(self) -> str:
        """Digest of its manifest."""

    @property
    def manifest(self) -> Mapping[str, Any]:
        """Its manifest."""

    @property
    def layer_names(self) -> tuple[str, ...]:
        """The layers and tables it holds."""

    def layer(self, name: str) -> pd.DataFrame:
        """Read a layer with its geometry."""

    def attributes(self, name: str) -> pd.DataFrame:
        """Read a layer without its geometry."""

    def boxes(self, name: str) -> NDArray[np.float64] | None:
        """West, south, east, north of every row of a layer; ``None`` for a plain table."""

    def attributes_digest(self, name: str) -> str:
        """Digest of the attributes of a layer."""

    def geometry_digest(self, name: str) -> str | None:
        """Digest of the geometry of a layer."""


class ReleaseLine(Protocol):
    """A line of the list of releases."""

    @property
    def digest(self) -> str:
        """Digest of its manifest."""

    @property
    def decision(self) -> str:
        """Number or name of the decision."""

    @property
    def as_of(self) -> date:
        """The day it holds for."""

    @property
    def created_at(self) -> str:
        """Time of publication."""


class Releases(Protocol):
    """A store of releases; one with a ``root`` folder keeps the current digest in ``root/current``."""

    def get(self, ref: str, /) -> Any:
        """Open the release with a digest, or ``current``; ``NotFoundError`` if there is none."""

    def list(self) -> Sequence[Any]:
        """Every release, newest first."""
