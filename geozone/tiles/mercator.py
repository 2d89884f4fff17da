"""The tile pyramid: Web Mercator as the unit square, y downwards, and its grid at each zoom.

World coordinates run from (0, 0) at the north-west corner to (1, 1) at the south-east one. The
grid of a zoom divides the world into ``EXTENT * 2**zoom`` steps a side, so a tile's own
coordinates are grid coordinates minus its corner, which is a whole number.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["EXTENT", "MAX_LATITUDE", "TILE_BUFFER", "grid_size", "tile_bounds", "to_world", "touched_tiles"]

EXTENT = 4096
"""Grid steps along one side of a tile."""

TILE_BUFFER = 64
"""Grid steps that a tile draws beyond its own edge, so that strokes meet."""

MAX_LATITUDE = 85.0511287798066
"""Latitude, degrees, where the Web Mercator square ends."""


def grid_size(zoom: int) -> int:
    """Count the grid steps along one side of the world.

    Parameters
    ----------
    zoom : int
        Zoom, 0 or more.

    Returns
    -------
    int
        ``4096 * 2**zoom``.
    """
    return EXTENT << zoom


def to_world(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Project coordinates to the unit square.

    Parameters
    ----------
    lonlat : ndarray, shape (n, 2)
        Longitude and latitude, degrees WGS 84. Latitudes beyond the square are moved to its edge.

    Returns
    -------
    ndarray, shape (n, 2)
        World coordinates, y downwards.
    """
    latitude = np.radians(np.clip(lonlat[:, 1], -MAX_LATITUDE, MAX_LATITUDE))
    world = np.empty((len(lonlat), 2))
    world[:, 0] = lonlat[:, 0] / 360.0 + 0.5
    world[:, 1] = 0.5 - np.arctanh(np.sin(latitude)) / (2 * math.pi)
    return world


def tile_bounds(zoom: int, x: int, y: int) -> tuple[float, float, float, float]:
    """Find the box of a tile.

    Parameters
    ----------
    zoom, x, y : int
        Address of the tile; y counts from the north.

    Returns
    -------
    tuple of float
        West, south, east, north, degrees.
    """

    def latitude(row: int) -> float:
        return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / (1 << zoom)))))

    side = 1 << zoom
    return (x / side * 360 - 180, latitude(y + 1), (x + 1) / side * 360 - 180, latitude(y))


def touched_tiles(boxes: NDArray[np.float64], zoom: int) -> set[tuple[int, int]]:
    """List the tiles that may show a feature, what they draw beyond their edges included.

    Parameters
    ----------
    boxes : ndarray of float64, shape (n, 4)
        West, south, east, north of each feature, degrees; NaN for a missing one.
    zoom : int
        Zoom.

    Returns
    -------
    set of tuple of int
        Column and row of each.
    """
    side = 1 << zoom
    margin = TILE_BUFFER / EXTENT
    there = boxes[~np.isnan(boxes).any(axis=1)]
    upper, lower = to_world(there[:, [0, 3]]) * side - margin, to_world(there[:, [2, 1]]) * side + margin
    found: set[tuple[int, int]] = set()
    for (left, top), (right, bottom) in zip(upper.tolist(), lower.tolist(), strict=True):
        columns = range(max(0, math.floor(left)), min(side - 1, math.floor(right)) + 1)
        rows = range(max(0, math.floor(top)), min(side - 1, math.floor(bottom)) + 1)
        found.update((x, y) for x in columns for y in rows)
    return found
