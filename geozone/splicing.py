"""Arrays that follow others by a few rows, and the values of these rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["is_missing", "spliced"]

_MANY_RUNS = 64  # of rows that follow one another; fewer are copied as they lie in memory


def spliced(array: NDArray[Any], rows: NDArray[np.int64], fresh: NDArray[Any]) -> NDArray[Any]:
    """Make the array that follows another.

    Parameters
    ----------
    array : ndarray
        The earlier one.
    rows : ndarray of int64
        Where each entry was; -1 for those of ``fresh``, in order.
    fresh : ndarray
        The entries that are new.

    Returns
    -------
    ndarray
        One entry for each row.
    """
    if not len(rows):
        return array[:0]
    fresh = fresh.astype(array.dtype, copy=False)
    starts = np.concatenate([[0], np.flatnonzero((rows[1:] != rows[:-1] + 1) | (rows[:-1] < 0)) + 1])
    if len(starts) > max(_MANY_RUNS, len(rows) // 8):
        new = rows < 0
        made: NDArray[Any] = np.empty((len(rows), *array.shape[1:]), dtype=array.dtype)
        made[~new], made[new] = array[rows[~new]], fresh
        return made
    parts, taken = [], 0
    lengths = np.diff(starts, append=len(rows)).tolist()
    for row, length in zip(rows[starts].tolist(), lengths, strict=True):
        parts.append(array[row : row + length] if row >= 0 else fresh[taken : taken + 1])
        taken += row < 0
    return np.concatenate(parts)


def is_missing(value: Any) -> bool:
    """Tell whether a value of a column is missing; quicker than ``pandas.isna`` for one.

    Parameters
    ----------
    value : object
        A plain value.

    Returns
    -------
    bool
        Whether it is none, not a number or not a time.
    """
    return value is None or value is pd.NA or bool(value != value)  # noqa: PLR0124 - not a number or a time
