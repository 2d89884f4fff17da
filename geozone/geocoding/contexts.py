"""What is known of addresses besides their text: the edition asked for, and the day of each case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

import numpy as np
import pandas as pd

from geozone.geocoding.rank import Context
from geozone.types import Edition

__all__ = ["EDITION_CHANGE", "UNKNOWN", "contexts_of"]

EDITION_CHANGE: Final = date(2025, 7, 1)
"""First day of the 34-province layout (Resolution 202/2025/QH15)."""
UNKNOWN: Final = Context()
"""Nothing but the text."""


def contexts_of(count: int, dates: Iterable[object] | None, edition: Edition | None) -> Sequence[Context]:
    """Tell what is known of each address besides its text.

    Parameters
    ----------
    count : int
        Number of addresses.
    dates : iterable of date-like, optional
        Day of each case.
    edition : Edition, optional
        Edition the addresses are written in, where it is known.

    Returns
    -------
    sequence of Context
        One for each address.

    Raises
    ------
    ValueError
        If there are not as many days as addresses.
    """
    if dates is None:
        return [Context(edition)] * count
    days = _days(dates)
    if len(days) != count:
        raise ValueError(f"{len(days)} dates for {count} addresses")
    each = (Context(edition), Context(edition, Edition.E2021), Context(edition, Edition.E2025))
    change = pd.Timestamp(EDITION_CHANGE)
    which = np.where(days.isna(), 0, np.where(days < change, 1, 2))
    return [each[i] for i in which.tolist()]


def _days(dates: Iterable[object]) -> pd.Series:
    """Days as timestamps; a column that holds them already is taken as it is."""
    if isinstance(dates, pd.Series) and pd.api.types.is_datetime64_dtype(dates.dtype):
        return dates
    return pd.to_datetime(pd.Series(list(dates)), errors="coerce")
