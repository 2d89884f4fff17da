"""Rows of a table, some of which are of small tables that came later; put together when they are read."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geozone.splicing import spliced

__all__ = ["PatchedTable"]

_MOST_PARTS = 64  # more are put together, so that no reading has to look through many


class PatchedTable:
    """A table that others follow from by a few rows, without being copied.

    Do not change the tables that you are given.

    Parameters
    ----------
    parts : tuple of DataFrame
        Tables of the same columns and types.
    at : ndarray of int64, optional
        Row of each row among those of the parts, one part after the other; all in order by default.
    """

    def __init__(self, parts: tuple[pd.DataFrame, ...], at: NDArray[np.int64] | None = None) -> None:
        self._parts, self._at = parts, at
        self._whole = parts[0] if at is None else None

    def __len__(self) -> int:
        return len(self._parts[0]) if self._at is None else len(self._at)

    @property
    def columns(self) -> pd.Index:
        """Names of the columns."""
        return self._parts[0].columns

    @property
    def dtypes(self) -> pd.Series:
        """Types of the columns."""
        return self._parts[0].dtypes

    def whole(self) -> pd.DataFrame:
        """Put all rows together; once.

        Returns
        -------
        DataFrame
            Numbered from 0.
        """
        if self._whole is None:
            assert self._at is not None  # noqa: S101 - without it the first part is the whole
            self._whole = self._gathered(self._at)
        return self._whole

    def take(self, rows: NDArray[np.int64]) -> pd.DataFrame:
        """Take a few rows.

        Parameters
        ----------
        rows : ndarray of int64
            Positions.

        Returns
        -------
        DataFrame
            Numbered from 0.
        """
        if self._whole is not None:
            return self._whole.iloc[rows].reset_index(drop=True)
        assert self._at is not None  # noqa: S101 - without it there is a whole
        return self._gathered(self._at[rows])

    def followed(self, rows: NDArray[np.int64], fresh: pd.DataFrame) -> PatchedTable:
        """Make the table that follows this one.

        Parameters
        ----------
        rows : ndarray of int64
            Where each row is here; -1 for those of ``fresh``, in order.
        fresh : DataFrame
            The rows that are new, with the columns and types of this table.

        Returns
        -------
        PatchedTable
            The table.
        """
        if self._whole is not None or len(self._parts) >= _MOST_PARTS:
            parts, at = (self.whole(),), np.arange(len(self))
        else:
            assert self._at is not None  # noqa: S101 - without it there is a whole
            parts, at = self._parts, self._at
        first = sum(map(len, parts))
        return PatchedTable((*parts, fresh), spliced(at, rows, first + np.arange(len(fresh))))

    def _gathered(self, at: NDArray[np.int64]) -> pd.DataFrame:
        ends = np.cumsum([len(part) for part in self._parts])
        part = np.searchsorted(ends, at, side="right")
        order = np.argsort(part, kind="stable")
        used = np.unique(part).tolist()
        starts = ends - [len(one) for one in self._parts]
        taken = [self._parts[one].iloc[at[part == one] - starts[one]] for one in used]
        if not taken:
            return self._parts[0].iloc[:0]
        place = np.empty(len(at), dtype=np.int64)
        place[order] = np.arange(len(at))
        joined = taken[0] if len(taken) == 1 else pd.concat(taken, ignore_index=True)
        return joined.iloc[place].reset_index(drop=True)
