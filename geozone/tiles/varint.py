"""Protocol Buffers: variable-length integers, whole arrays at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["delimited", "encode_varints", "varint", "varint_columns", "varint_sizes", "zigzag"]


def zigzag(values: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Fold signed integers to unsigned ones, small magnitudes first.

    Parameters
    ----------
    values : ndarray of int64
        Signed integers.

    Returns
    -------
    ndarray of uint64
        0, 1, 2, 3 for 0, -1, 1, -2.
    """
    return ((values << 1) ^ (values >> 63)).astype(np.uint64)


def varint_sizes(values: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Count the bytes that each integer takes.

    Parameters
    ----------
    values : ndarray of uint64
        Integers to encode.

    Returns
    -------
    ndarray of int64
        1 to 10 bytes each.
    """
    sizes = np.ones(len(values), dtype=np.int64)
    limit = 128
    rest = np.flatnonzero(values >= limit)
    while rest.size and limit < 1 << 63:
        sizes[rest] += 1
        limit <<= 7
        rest = rest[values[rest] >= np.uint64(limit)]
    sizes[rest] += 1 if limit >= 1 << 63 and rest.size else 0
    return sizes


def encode_varints(values: NDArray[np.uint64], sizes: NDArray[np.int64] | None = None) -> NDArray[np.uint8]:
    """Encode integers one after the other.

    Parameters
    ----------
    values : ndarray of uint64
        Integers to encode.
    sizes : ndarray of int64, optional
        ``varint_sizes(values)`` where it is already known.

    Returns
    -------
    ndarray of uint8
        The bytes, seven bits each, least significant first.
    """
    if sizes is None:
        sizes = varint_sizes(values)
    ends = np.cumsum(sizes)
    encoded = np.empty(int(ends[-1]) if len(ends) else 0, dtype=np.uint8)
    at = ends - sizes
    encoded[at] = values & np.uint64(127)
    more = np.flatnonzero(sizes > 1)
    rest, at, left = values[more], at[more], sizes[more] - 1
    while more.size:
        encoded[at] |= np.uint8(128)
        rest, at = rest >> np.uint64(7), at + 1
        encoded[at] = rest & np.uint64(127)
        more = np.flatnonzero(left > 1)
        rest, at, left = rest[more], at[more], left[more] - 1
    return encoded


def varint_columns(
    values: NDArray[np.uint64],
) -> tuple[NDArray[np.uint8], NDArray[np.bool_], NDArray[np.int64]]:
    """Encode integers side by side, one row each, for messages that are all of one form.

    Parameters
    ----------
    values : ndarray of uint64
        Integers to encode.

    Returns
    -------
    encoded : ndarray of uint8, shape (n, width of the widest)
        The bytes, least significant first.
    used : ndarray of bool, same shape
        Which of them belong to the integer: ``encoded[used]`` is what ``encode_varints`` gives.
    sizes : ndarray of int64
        How many of them.
    """
    largest = int(values.max(initial=0))
    width = max(1, -(-largest.bit_length() // 7))
    rest: NDArray[Any] = values.astype(np.uint32) if largest < 1 << 32 else values
    encoded = np.empty((len(values), width), dtype=np.uint8)
    used = np.ones((len(values), width), dtype=bool)
    sizes = np.ones(len(values), dtype=np.int64)
    for position in range(width):
        encoded[:, position] = rest & 127
        rest = rest >> 7
        if position + 1 < width:
            more = rest > 0
            used[:, position + 1] = more
            encoded[:, position] |= more.view(np.uint8) << 7
            sizes += more
    return encoded, used, sizes


def varint(value: int) -> bytes:
    """Encode one integer.

    Parameters
    ----------
    value : int
        Integer of 0 or more.

    Returns
    -------
    bytes
        Its variable-length form.
    """
    encoded = bytearray()
    while value >= 128:
        encoded.append(value & 127 | 128)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def delimited(field: int, content: bytes) -> bytes:
    """Wrap content as a length-delimited field.

    Parameters
    ----------
    field : int
        Field number.
    content : bytes
        Text, or a message already encoded.

    Returns
    -------
    bytes
        Key, length and content.
    """
    return varint(field << 3 | 2) + varint(len(content)) + content
