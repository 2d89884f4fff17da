"""Drawing commands of the features of a tile, as bytes: points, and rings taken step by step."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geozone.tiles.varint import varint_columns, zigzag

__all__ = ["POINT", "POLYGON", "Drawing", "draw_points", "draw_polygons"]

POINT, POLYGON = 1, 3
_MOVE_TO, _LINE_TO, _CLOSE_PATH = 1, 2, 15


class Drawing(NamedTuple):
    """Geometry of the features of one tile, ready to be put into their messages.

    Attributes
    ----------
    kind : int
        Geometry type: 1 points, 3 polygons.
    encoded : ndarray of uint8
        Command and parameter integers, feature after feature.
    lengths : ndarray of int64
        Bytes of each feature.
    """

    kind: int
    encoded: NDArray[np.uint8]
    lengths: NDArray[np.int64]

    def only(self, kept: NDArray[np.bool_]) -> Drawing:
        """Leave features out.

        Parameters
        ----------
        kept : ndarray of bool
            Which to keep.

        Returns
        -------
        Drawing
            Those.
        """
        if kept.all():
            return self
        return Drawing(self.kind, self.encoded[np.repeat(kept, self.lengths)], self.lengths[kept])


def draw_points(points: NDArray[np.int64]) -> Drawing:
    """Draw points.

    Parameters
    ----------
    points : ndarray of int64, shape (n, 2)
        Tile coordinates, one point per feature.

    Returns
    -------
    Drawing
        One ``MoveTo`` each.
    """
    encoded, used, sizes = varint_columns(zigzag(points).ravel())
    width = encoded.shape[1]
    whole = np.empty((len(points), 1 + 2 * width), dtype=np.uint8)
    whole[:, 0] = 1 << 3 | _MOVE_TO
    whole[:, 1:] = encoded.reshape(len(points), 2 * width)
    kept = np.ones(whole.shape, dtype=bool)
    kept[:, 1:] = used.reshape(len(points), 2 * width)
    return Drawing(POINT, whole[kept], 1 + sizes[0::2] + sizes[1::2])


def draw_polygons(polygons: NDArray[Any], corner: tuple[int, int]) -> Drawing:
    """Draw polygons.

    Parameters
    ----------
    polygons : ndarray of Polygon or MultiPolygon
        Valid, oriented, whole grid coordinates; none empty.
    corner : tuple of int
        Grid coordinates of the tile's north-west corner.

    Returns
    -------
    Drawing
        ``MoveTo``, ``LineTo`` and ``ClosePath`` for every ring.
    """
    if not len(polygons):
        return Drawing(POLYGON, np.empty(0, dtype=np.uint8), np.empty(0, dtype=np.int64))
    parts, part_feature = shapely.get_parts(polygons, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    ends = shapely.get_num_coordinates(rings).cumsum()
    grid = (shapely.get_coordinates(rings) - corner).astype(np.int32)
    # A ring repeats its first vertex at its end; rounding repeats others. Keep one of each.
    both = grid.view(np.int64).ravel()
    keep = np.empty(len(grid), dtype=bool)
    np.not_equal(both[1:], both[:-1], out=keep[:-1])
    keep[ends - 1] = False
    kept = keep.cumsum()[ends - 1]  # vertices to the end of each ring
    first_ring = part_feature[ring_part].searchsorted(np.arange(len(polygons)))
    starts = np.zeros(len(kept), dtype=np.int64)
    starts[1:] = kept[:-1]
    values = _ring_values(_steps(grid[keep], starts[first_ring]), starts, kept - starts)
    encoded, used, lengths = varint_columns(values)
    commands = (2 * starts + 3 * np.arange(len(starts)))[first_ring]
    return Drawing(POLYGON, encoded[used], np.add.reduceat(lengths, commands, dtype=np.int64))


def _steps(grid: NDArray[np.int32], first: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Take each vertex from the one before it; the first of a feature from the tile's corner."""
    steps = grid.copy()
    steps[1:] -= grid[:-1]
    steps[first] = grid[first]
    return zigzag(steps)


def _ring_values(
    steps: NDArray[np.uint32], starts: NDArray[np.int64], sizes: NDArray[np.int64]
) -> NDArray[np.uint32]:
    """Lay out ``MoveTo, first vertex, LineTo, the other vertices, ClosePath`` of every ring."""
    at = 2 * starts + 3 * np.arange(len(sizes))  # where each ring's commands begin
    values = np.full(2 * len(steps) + 3 * len(sizes), _CLOSE_PATH, dtype=np.uint32)
    step = np.ones(len(values), dtype=bool)  # what is neither command is a step
    step[at] = step[at + 3] = step[at + 2 * sizes + 2] = False
    values[step] = steps.ravel()
    values[at] = 1 << 3 | _MOVE_TO
    values[at + 3] = (sizes - 1) << 3 | _LINE_TO
    return values
