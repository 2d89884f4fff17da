"""Colours and patterns of picture tiles: those of the map page, whose files a test compares with these."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geozone.types import LEVEL_COLOURS

__all__ = ["COLOURS", "COVERAGE_SCALE", "LEVELS", "Rgb", "pattern", "rgb"]

Rgb = tuple[int, int, int]

COLOURS = {
    "noData": "#e4e8ec",
    "noDataHatch": "#a3adb7",
    "border": "#34414e",
    "halo": "#ffffff",
    "containment": "#5b0220",
    "buffer": "#2438a8",
    "green": "#00523b",
    "facility": "#0b4f86",
    "checkpoint": "#111a23",
}
"""What is not a level, by the name it has on the map page (its light theme)."""

LEVELS: dict[int, str] = {int(level): colour for level, colour in LEVEL_COLOURS.items()}
"""Legal colour of each epidemic level."""

COVERAGE_SCALE = (
    (0.0, "#e3ecf7"),
    (50.0, "#b5cde9"),
    (70.0, "#7ba7d7"),
    (80.0, "#3f7dbd"),
    (90.0, "#14549b"),
    (100.0001, "#8e44ad"),
)
"""Vaccination coverage, percent: lower end and colour of each class."""


def rgb(colour: str) -> Rgb:
    """Read a colour.

    Parameters
    ----------
    colour : str
        ``#rrggbb``.

    Returns
    -------
    tuple of int
        Red, green, blue, 0 to 255.
    """
    value = int(colour[1:], 16)
    return value >> 16, value >> 8 & 255, value & 255


def pattern(name: str, size: int, corner: tuple[int, int]) -> NDArray[np.float32]:
    """Draw a repeating pattern over a tile; it goes on in the next one.

    Parameters
    ----------
    name : str
        ``no-data``, ``may-be``, ``zone-certain``, ``zone-possible`` or ``green-zone``.
    size : int
        Pixels along a side of the tile.
    corner : tuple of int
        Column and row, among all pixels of the zoom, of the tile's first one.

    Returns
    -------
    ndarray of float32, shape (size, size)
        Strength of the ink, 0 to 1.
    """
    kind, period, width, strength = _PATTERNS[name]
    column = (np.arange(size) + corner[0] % period)[None, :]
    row = (np.arange(size) + corner[1] % period)[:, None]
    if kind == "dots":
        away = np.hypot((column + 0.5) % period - period / 2, (row + 0.5) % period - period / 2)
        cover = np.clip(width + 0.5 - away, 0, 1)
    else:
        along = (column + row if kind == "rising" else column - row) % period
        cover = np.clip(width / 2 + 0.5 - np.minimum(along, period - along) / np.sqrt(2), 0, 1)
    return np.asarray(strength * cover, dtype=np.float32)


_PATTERNS = {
    "no-data": ("rising", 16, 2.0, 0.9),
    "may-be": ("falling", 20, 5.0, 0.95),
    "zone-certain": ("rising", 12, 3.0, 0.75),
    "zone-possible": ("dots", 12, 1.5, 0.6),
    "green-zone": ("dots", 20, 3.0, 0.65),
}
