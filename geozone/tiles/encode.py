"""The layer message of a vector tile, assembled as arrays of bytes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from geozone.tiles.attributes import TileTags
from geozone.tiles.commands import Drawing
from geozone.tiles.fields import FieldWriter
from geozone.tiles.mercator import EXTENT
from geozone.tiles.varint import delimited, varint, varint_sizes

__all__ = ["encode_layer"]

_FEW = 48  # features; fewer are written one by one
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
    write = _one_by_one if len(ids) < _FEW else _together
    content = b"".join(
        [
            delimited(1, name.encode()),
            write(ids, tags.positions, drawing),
            *(delimited(3, key.encode()) for key in keys),
            tags.table,
            _END,
        ]
    )
    return delimited(3, content)


# Every feature is ``2 len (1 id) (2 len tags) (3 kind) (4 len geometry)``.


def _one_by_one(ids: NDArray[np.uint64], tags: NDArray[np.int64], drawing: Drawing) -> bytes:
    geometry, middle = drawing.encoded.tobytes(), bytes([0x18, drawing.kind, 0x22])
    ends = [0, *np.cumsum(drawing.lengths).tolist()]
    written = []
    for number, row, (start, end) in zip(ids.tolist(), tags.tolist(), pairwise(ends), strict=True):
        tag = b"".join([varint(key) + varint(value) for key, value in enumerate(row) if value >= 0])
        head = b"\x08%b\x12%b%b%b%b" % (varint(number), varint(len(tag)), tag, middle, varint(end - start))
        written += [b"\x12", varint(len(head) + end - start), head, geometry[start:end]]
    return b"".join(written)


def _together(ids: NDArray[np.uint64], tags: NDArray[np.int64], drawing: Drawing) -> bytes:
    columns = [np.ascontiguousarray(column) for column in tags.T]
    keys = [varint(key) for key in range(len(columns))]
    tag_lengths = np.zeros(len(ids), dtype=np.int64)
    for key, column in zip(keys, columns, strict=True):
        tag_lengths += (len(key) + varint_sizes(column)) * (column >= 0)
    lengths = 5 + tag_lengths + drawing.lengths  # five bytes say what follows
    lengths += varint_sizes(ids) + varint_sizes(tag_lengths) + varint_sizes(drawing.lengths)
    writer = FieldWriter(1 + varint_sizes(lengths) + lengths)
    writer.put(b"\x12")
    writer.put_numbers(lengths)
    writer.put(b"\x08")
    writer.put_numbers(ids)
    writer.put(b"\x12")
    writer.put_numbers(tag_lengths)
    for key, column in zip(keys, columns, strict=True):
        writer.put_tags(key, column)
    writer.put(bytes([0x18, drawing.kind, 0x22]))
    writer.put_numbers(drawing.lengths)
    writer.put_pieces(drawing.encoded, drawing.lengths)
    return writer.content()
