"""The layer message of a vector tile, assembled as one array of variable-length integers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geozone.tiles.attributes import TileTags
from geozone.tiles.mercator import EXTENT
from geozone.tiles.varint import delimited, encode_varints, varint, varint_sizes, zigzag

__all__ = ["POINT", "POLYGON", "Commands", "encode_layer", "point_commands", "polygon_commands"]

POINT, POLYGON = 1, 3
_MOVE_TO, _LINE_TO, _CLOSE_PATH = 1, 2, 15


class Commands(NamedTuple):
    """Drawing commands of the features of one tile.

    Attributes
    ----------
    kind : int
        Geometry type: 1 points, 3 polygons.
    values : ndarray of uint64
        Command and parameter integers, feature after feature.
    counts : ndarray of int64
        How many of them each feature has.
    """

    kind: int
    values: NDArray[np.uint64]
    counts: NDArray[np.int64]


def point_commands(points: NDArray[np.int64]) -> Commands:
    """Draw points.

    Parameters
    ----------
    points : ndarray of int64, shape (n, 2)
        Tile coordinates, one point per feature.

    Returns
    -------
    Commands
        One ``MoveTo`` each.
    """
    values = np.empty((len(points), 3), dtype=np.uint64)
    values[:, 0] = 1 << 3 | _MOVE_TO
    values[:, 1:] = zigzag(points)
    return Commands(POINT, values.ravel(), np.full(len(points), 3, dtype=np.int64))


def polygon_commands(polygons: NDArray[Any], corner: tuple[int, int]) -> Commands:
    """Draw polygons.

    Parameters
    ----------
    polygons : ndarray of Polygon or MultiPolygon
        Valid, oriented, whole grid coordinates; none empty.
    corner : tuple of int
        Grid coordinates of the tile's north-west corner.

    Returns
    -------
    Commands
        ``MoveTo``, ``LineTo`` and ``ClosePath`` for every ring.
    """
    parts, part_feature = shapely.get_parts(polygons, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    grid = coordinates.astype(np.int64)
    # A ring repeats its first vertex at its end; rounding repeats others. Keep one of each.
    keep = np.ones(len(grid), dtype=bool)
    keep[:-1] = (ring[:-1] == ring[1:]) & (grid[:-1] != grid[1:]).any(axis=1)
    keep[-1:] = False
    grid, ring = grid[keep], ring[keep]
    sizes = np.bincount(ring, minlength=len(rings))
    starts = np.cumsum(sizes) - sizes
    feature = part_feature[ring_part]
    counts = np.bincount(feature, weights=2 * sizes + 3, minlength=len(polygons)).astype(np.int64)
    values = _ring_values(_steps(grid, feature, starts, corner), sizes, starts)
    return Commands(POLYGON, values, counts)


def _steps(
    grid: NDArray[np.int64], feature: NDArray[np.int64], starts: NDArray[np.int64], corner: tuple[int, int]
) -> NDArray[np.uint64]:
    """Take each vertex from the one before it; the first of a feature from the tile's corner."""
    steps = np.empty_like(grid)
    steps[1:] = grid[1:] - grid[:-1]
    first = starts[np.flatnonzero(np.diff(feature, prepend=-1))]
    steps[first] = grid[first] - np.array(corner, dtype=np.int64)
    return zigzag(steps)


def _ring_values(
    steps: NDArray[np.uint64], sizes: NDArray[np.int64], starts: NDArray[np.int64]
) -> NDArray[np.uint64]:
    at = 2 * starts + 3 * np.arange(len(sizes))  # where each ring's commands begin
    values = np.empty(2 * len(steps) + 3 * len(sizes), dtype=np.uint64)
    ring = np.repeat(np.arange(len(sizes)), sizes)
    vertex = 2 * np.arange(len(steps)) + 3 * ring + 2
    vertex[starts] -= 1  # the first vertex comes before the LineTo command
    values[vertex] = steps[:, 0]
    values[vertex + 1] = steps[:, 1]
    values[at] = 1 << 3 | _MOVE_TO
    values[at + 3] = (sizes - 1) << 3 | _LINE_TO
    values[at + 2 * sizes + 2] = _CLOSE_PATH
    return values


def encode_layer(
    name: str, keys: Sequence[str], ids: NDArray[np.uint64], tags: TileTags, commands: Commands
) -> bytes:
    """Write a tile of one layer.

    Parameters
    ----------
    name : str
        Name of the layer.
    keys : sequence of str
        Names of the properties, in the order of the columns of ``tags``.
    ids : ndarray of uint64
        Feature identifiers.
    tags : TileTags
        Properties.
    commands : Commands
        Geometry.

    Returns
    -------
    bytes
        The tile.
    """
    content = b"".join(
        [
            delimited(1, name.encode()),
            _features(ids, tags.values, commands).tobytes(),
            *(delimited(3, key.encode()) for key in keys),
            *tags.table,
            b"\x28" + varint(EXTENT),
            b"\x78\x02",
        ]
    )
    return delimited(3, content)


def _features(ids: NDArray[np.uint64], tags: NDArray[np.int64], commands: Commands) -> NDArray[np.uint8]:
    """Lay out ``2 len (1 id) (2 len tags) (3 kind) (4 len geometry)`` of every feature, then encode."""
    count = len(ids)
    present = tags >= 0
    tag_values = np.zeros((count, tags.shape[1], 2), dtype=np.uint64)
    tag_values[:, :, 0] = np.arange(tags.shape[1])
    tag_values[:, :, 1] = np.where(present, tags, 0)
    tag_bytes = np.where(present, varint_sizes(tag_values.ravel()).reshape(tag_values.shape).sum(axis=2), 0)
    tag_length = tag_bytes.sum(axis=1)
    sizes = varint_sizes(commands.values)
    geometry_end = np.cumsum(commands.counts)
    geometry_start = geometry_end - commands.counts
    bytes_before = np.concatenate([[0], np.cumsum(sizes)])
    geometry_length = bytes_before[geometry_end] - bytes_before[geometry_start]
    head = np.empty((count, 4), dtype=np.uint64)
    head[:, 0], head[:, 1], head[:, 2], head[:, 3] = 0x08, ids, 0x12, tag_length
    middle = np.empty((count, 4), dtype=np.uint64)
    middle[:, 0], middle[:, 1], middle[:, 2], middle[:, 3] = 0x18, commands.kind, 0x22, geometry_length
    length = (
        varint_sizes(head.ravel()).reshape(head.shape).sum(axis=1)
        + tag_length
        + varint_sizes(middle.ravel()).reshape(middle.shape).sum(axis=1)
        + geometry_length
    )
    start = np.stack([np.full(count, 0x12, dtype=np.uint64), length.astype(np.uint64)], axis=1)
    blocks = np.concatenate([start, head], axis=1)
    pairs = 2 * present.sum(axis=1)
    total = 10 + pairs + commands.counts
    at = np.cumsum(total) - total
    values = np.empty(int(total.sum()), dtype=np.uint64)
    values[at[:, None] + np.arange(6)] = blocks
    column = 6 + 2 * (np.cumsum(present, axis=1) - 1)
    row, position = np.nonzero(present)
    target = at[row] + column[row, position]
    values[target] = tag_values[row, position, 0]
    values[target + 1] = tag_values[row, position, 1]
    after = at + 6 + pairs
    values[after[:, None] + np.arange(4)] = middle
    shift = np.repeat(after + 4 - geometry_start, commands.counts)
    values[np.arange(len(commands.values)) + shift] = commands.values
    return encode_varints(values)
