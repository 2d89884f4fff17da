"""The layer message of a vector tile, assembled as arrays of bytes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geozone.tiles.attributes import TileTags
from geozone.tiles.commands import Drawing
from geozone.tiles.mercator import EXTENT
from geozone.tiles.varint import delimited, varint, varint_columns

__all__ = ["encode_layer"]

_FEW = 96  # features; fewer are joined one by one, more by whole columns
_END = b"\x28" + varint(EXTENT) + b"\x78\x02"


def encode_layer(
    name: str, keys: Sequence[str], ids: NDArray[np.uint64], tags: TileTags, drawing: Drawing
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
    drawing : Drawing
        Geometry.

    Returns
    -------
    bytes
        The tile.
    """
    write = _one_by_one if len(ids) < _FEW else _by_columns
    content = b"".join(
        [
            delimited(1, name.encode()),
            write(ids, _tag_rows(tags.positions), drawing),
            *(delimited(3, key.encode()) for key in keys),
            *tags.table,
            _END,
        ]
    )
    return delimited(3, content)


class _Rows(NamedTuple):
    """Bytes of every feature side by side; the ones not used fall out when rows are joined."""

    encoded: NDArray[np.uint8]
    used: NDArray[np.bool_]
    lengths: NDArray[np.int64]


def _tag_rows(tags: NDArray[np.int64]) -> _Rows:
    """Write the number of each property and of its value, where there is one."""
    count, columns = tags.shape
    present = (tags >= 0).ravel()
    keys, key_used, key_sizes = varint_columns(np.arange(columns, dtype=np.uint64))
    values, value_used, value_sizes = varint_columns(np.maximum(tags, 0).astype(np.uint64).ravel())
    encoded = np.concatenate([np.tile(keys, (count, 1)), values], axis=1)
    used = np.concatenate([np.tile(key_used, (count, 1)), value_used], axis=1)
    used &= present[:, None]
    sizes = (np.tile(key_sizes, count) + value_sizes) * present
    width = columns * encoded.shape[1]
    return _Rows(
        encoded.reshape(count, width), used.reshape(count, width), sizes.reshape(count, columns).sum(axis=1)
    )


# Every feature is ``2 len (1 id) (2 len tags) (3 kind) (4 len geometry)``.


def _one_by_one(ids: NDArray[np.uint64], tags: _Rows, drawing: Drawing) -> bytes:
    tag_bytes, geometry = tags.encoded[tags.used].tobytes(), drawing.encoded.tobytes()
    kind = bytes([0x18, drawing.kind, 0x22])
    tag_ends = [0, *np.cumsum(tags.lengths).tolist()]
    geometry_ends = [0, *np.cumsum(drawing.lengths).tolist()]
    written = []
    for number, tag, shape in zip(ids.tolist(), pairwise(tag_ends), pairwise(geometry_ends), strict=True):
        start = b"\x08%b\x12%b" % (varint(number), varint(tag[1] - tag[0]))
        middle = kind + varint(shape[1] - shape[0])
        length = len(start) + tag[1] - tag[0] + len(middle) + shape[1] - shape[0]
        written += [
            b"\x12",
            varint(length),
            start,
            tag_bytes[slice(*tag)],
            middle,
            geometry[slice(*shape)],
        ]
    return b"".join(written)


def _by_columns(ids: NDArray[np.uint64], tags: _Rows, drawing: Drawing) -> bytes:
    parts = [
        _constant(0x08, len(ids)),
        _numbers(ids),
        _constant(0x12, len(ids)),
        _numbers(tags.lengths),
        tags,
        _constant(0x18, len(ids)),
        _constant(drawing.kind, len(ids)),
        _constant(0x22, len(ids)),
        _numbers(drawing.lengths),
    ]
    lengths = np.sum([drawing.lengths, *(part.lengths for part in parts)], axis=0)
    rows = _beside(_constant(0x12, len(ids)), _numbers(lengths), *parts)
    return _interleave(rows.encoded[rows.used], rows.lengths, drawing.encoded, drawing.lengths)


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


def _interleave(
    first: NDArray[np.uint8],
    first_lengths: NDArray[np.int64],
    second: NDArray[np.uint8],
    second_lengths: NDArray[np.int64],
) -> bytes:
    """Join two runs of pieces in turn: first, second, first, second."""
    lengths = np.stack([first_lengths, second_lengths], axis=1).ravel()
    of_first = np.repeat(np.tile([True, False], len(first_lengths)), lengths)
    joined = np.empty(len(of_first), dtype=np.uint8)
    joined[of_first] = first
    joined[~of_first] = second
    return joined.tobytes()
