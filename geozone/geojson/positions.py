"""Positions as text, all of one length, so that any run of them is a slice.

A number of six decimals is a whole number of millionths, cut into groups of digits; the text of every
group is looked up, four bytes at a time. ``[105.850000, 21.030000],`` is six such groups: blanks stand
where a number is short, which JSON allows between values.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["LENGTH", "millionths", "position_text"]

LENGTH = 24
"""Bytes of one position, the comma after it included."""


def _table(texts: list[str]) -> NDArray[np.uint32]:
    return np.frombuffer("".join(texts).encode("ascii"), dtype=np.uint32)


_FIRST = _table([f"[{whole:3d}" for whole in range(1000)])
_FIRST_THOUSANDTHS = _table([f".{part:03d}" for part in range(1000)])
_FIRST_REST = _table([f"{part:03d}," for part in range(1000)])
_SECOND = _table([f"{whole:3d}." for whole in range(1000)] + [f"{f'-{whole}':>3}." for whole in range(100)])
_SECOND_MOST = _table([f"{part:04d}" for part in range(10_000)])
_SECOND_REST = _table([f"{part:02d}]," for part in range(100)])


def millionths(coordinates: NDArray[np.float64]) -> NDArray[np.int32] | None:
    """Round positions to six decimals.

    Parameters
    ----------
    coordinates : ndarray of float64, shape (n, 2)
        Positions; n is 1 at least.

    Returns
    -------
    ndarray of int32, shape (2, n), or None
        Whole millionths; ``None`` where one of them cannot be written so: the first number must be from 0
        to 999, the second from -99 to 999.
    """
    scaled = np.multiply(coordinates.T, 1e6, order="C")  # one row of first numbers, one of second
    low, high = scaled.min(axis=1), scaled.max(axis=1)
    if not (low[0] >= 0 and low[1] > -99.9e6 and high.max() < 999.9e6):
        return None
    return np.rint(scaled, out=scaled).astype(np.int32)


def position_text(positions: NDArray[np.int32]) -> bytes:
    """Write positions.

    Parameters
    ----------
    positions : ndarray of int32, shape (2, n)
        Whole millionths.

    Returns
    -------
    bytes
        ``LENGTH`` bytes each, a comma last.
    """
    words = np.empty((positions.shape[1], LENGTH // 4), dtype=np.uint32)
    whole = positions[0] // 1_000_000
    rest = positions[0] - whole * 1_000_000
    thousandths = rest // 1_000
    words[:, 0] = _FIRST[whole]
    words[:, 1] = _FIRST_THOUSANDTHS[thousandths]
    words[:, 2] = _FIRST_REST[rest - thousandths * 1_000]
    size = np.abs(positions[1])
    whole = size // 1_000_000
    rest = size - whole * 1_000_000
    most = rest // 100
    words[:, 3] = _SECOND[whole + 1_000 * (positions[1] < 0)]
    words[:, 4] = _SECOND_MOST[most]
    words[:, 5] = _SECOND_REST[rest - most * 100]
    return words.tobytes()
