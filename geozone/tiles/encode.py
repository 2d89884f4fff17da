"""The layer message of a vector tile, assembled as one array of variable-length integers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geozone.tiles.attributes import TileTags
from geozone.tiles.mercator import EXTENT
from geozone.tiles.varint import delimited, encode_varints, varint, varint_columns, varint_sizes, zigzag

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
            _features(ids, tags.positions, commands).tobytes(),
            *(delimited(3, key.encode()) for key in keys),
            *tags.table,
            b"\x28" + varint(EXTENT),
            b"\x78\x02",
        ]
    )
    return delimited(3, content)


class _Rows(NamedTuple):
    """Bytes of every feature side by side; the ones not used fall out when rows are joined."""

    encoded: NDArray[np.uint8]
    used: NDArray[np.bool_]
    lengths: NDArray[np.int64]


def _features(ids: NDArray[np.uint64], tags: NDArray[np.int64], commands: Commands) -> NDArray[np.uint8]:
    """Lay out ``2 len (1 id) (2 len tags) (3 kind) (4 len geometry)`` of every feature."""
    if commands.kind == POINT:  # the same number of integers for each: rows like the rest
        geometry = _beside(*(_numbers(column) for column in commands.values.reshape(len(ids), -1).T))
        return _joined(_feature_rows(ids, tags, commands.kind, geometry.lengths, geometry))
    geometry_bytes, lengths = _geometry_bytes(commands)
    rows = _feature_rows(ids, tags, commands.kind, lengths, None)
    return _interleave(_joined(rows), rows.lengths, geometry_bytes, lengths)


def _feature_rows(
    ids: NDArray[np.uint64],
    tags: NDArray[np.int64],
    kind: int,
    geometry_lengths: NDArray[np.int64],
    geometry: _Rows | None,
) -> _Rows:
    """Lay features out to the length of their geometry, or to its end where it is given."""
    tag_rows = _tag_rows(tags)
    parts = [
        _constant(0x08, len(ids)),
        _numbers(ids),
        _constant(0x12, len(ids)),
        _numbers(tag_rows.lengths),
        tag_rows,
        _constant(0x18, len(ids)),
        _constant(kind, len(ids)),
        _constant(0x22, len(ids)),
        _numbers(geometry_lengths),
    ]
    lengths = np.sum([geometry_lengths, *(part.lengths for part in parts)], axis=0)
    ends = [] if geometry is None else [geometry]
    return _beside(_constant(0x12, len(ids)), _numbers(lengths), *parts, *ends)


def _tag_rows(tags: NDArray[np.int64]) -> _Rows:
    """Write the number of each property and of its value, where there is one."""
    count = len(tags)
    parts = [_Rows(np.empty((count, 0), np.uint8), np.empty((count, 0), bool), np.zeros(count, np.int64))]
    for key, values in enumerate(tags.T):
        present = values >= 0
        for numbers in (np.full(count, key), np.where(present, values, 0)):
            encoded, used, sizes = varint_columns(numbers.astype(np.uint64))
            parts.append(_Rows(encoded, used & present[:, None], sizes * present))
    return _beside(*parts)


def _geometry_bytes(commands: Commands) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    sizes = varint_sizes(commands.values)
    bytes_before = np.concatenate([[0], np.cumsum(sizes)])
    ends = np.cumsum(commands.counts)
    lengths = bytes_before[ends] - bytes_before[ends - commands.counts]
    return encode_varints(commands.values, sizes), lengths


def _constant(value: int, count: int) -> _Rows:
    encoded = np.full((count, 1), value, dtype=np.uint8)
    return _Rows(encoded, np.ones((count, 1), dtype=bool), np.ones(count, dtype=np.int64))


def _numbers(values: NDArray[Any]) -> _Rows:
    return _Rows(*varint_columns(values.astype(np.uint64)))


def _beside(*parts: _Rows) -> _Rows:
    return _Rows(
        np.concatenate([part.encoded for part in parts], axis=1),
        np.concatenate([part.used for part in parts], axis=1),
        np.sum([part.lengths for part in parts], axis=0),
    )


def _joined(rows: _Rows) -> NDArray[np.uint8]:
    return rows.encoded[rows.used]


def _interleave(
    first: NDArray[np.uint8],
    first_lengths: NDArray[np.int64],
    second: NDArray[np.uint8],
    second_lengths: NDArray[np.int64],
) -> NDArray[np.uint8]:
    """Join two runs of pieces in turn: first, second, first, second."""
    lengths = np.stack([first_lengths, second_lengths], axis=1).ravel()
    of_first = np.repeat(np.tile([True, False], len(first_lengths)), lengths)
    joined = np.empty(len(of_first), dtype=np.uint8)
    joined[of_first] = first
    joined[~of_first] = second
    return joined
