"""Arrays that follow others by a few rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["spliced"]


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
    new = rows < 0
    made: NDArray[Any] = np.empty((len(rows), *array.shape[1:]), dtype=array.dtype)
    made[~new], made[new] = array[rows[~new]], fresh
    return made
