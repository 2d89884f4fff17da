"""Points of low zooms gathered into clusters that say how many they stand for; none is left out.

The pyramid is cut into cells, eight along the side of a tile. Points of one cell become one cluster in
their middle. Cells follow the world, not the tile, so a cluster near an edge is the same in both tiles.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geozone.tiles.mercator import EXTENT, grid_size

__all__ = ["Clusters", "cluster_points"]

_CELL = EXTENT // 8
_OWN = 1 << 52  # numbers of features stay below it, numbers of clusters above


class Clusters(NamedTuple):
    """What is drawn of points at one zoom, by cell.

    Attributes
    ----------
    at : ndarray of float64, shape (n, 2)
        Middle of the points of each, world coordinates.
    points : ndarray of int64
        How many points each stands for; 1 is the point itself.
    row : ndarray of int64
        Row of a single point; the lowest row of a cluster.
    id : ndarray of uint64
        Number of a cluster, of its cell; the same whatever is in it.
    """

    at: NDArray[np.float64]
    points: NDArray[np.int64]
    row: NDArray[np.int64]
    id: NDArray[np.uint64]


def cluster_points(at: NDArray[np.float64], rows: NDArray[np.int64], zoom: int) -> Clusters:
    """Gather points by cell.

    Parameters
    ----------
    at : ndarray of float64, shape (n, 2)
        World coordinates (unit square).
    rows : ndarray of int64
        Row of each, ascending.
    zoom : int
        Zoom to gather for.

    Returns
    -------
    Clusters
        One for each cell that holds a point; the counts add up to ``n``.
    """
    side = grid_size(zoom) // _CELL
    cell = np.clip(np.floor(at * side), 0, side - 1).astype(np.int64)
    key = cell[:, 1] * side + cell[:, 0]
    found, first, member, count = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
    middle = np.column_stack(
        [np.bincount(member, weights=axis, minlength=len(found)) / count for axis in at.T]
    )
    middle[count == 1] = at[first[count == 1]]  # exactly where it is
    return Clusters(middle, count, rows[first], (found + _OWN).astype(np.uint64))
