"""Protocol Buffers: variable-length integers, whole arrays at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["delimited", "varint", "varint_columns", "varint_sizes", "zigzag"]


_SHORT = [bytes([value]) for value in range(128)]


def zigzag(values: NDArray[Any]) -> NDArray[Any]:
    """Fold signed integers to unsigned ones, small magnitudes first.

    Parameters
    ----------
    values : ndarray of int32 or int64
        Signed integers.

    Returns
    -------
    ndarray of uint32 or uint64
        0, 1, 2, 3 for 0, -1, 1, -2.
    """
    folded = (values << 1) ^ (values >> (8 * values.dtype.itemsize - 1))
    return np.asarray(folded.view(f"u{values.dtype.itemsize}"))


def varint_sizes(values: NDArray[Any]) -> NDArray[np.int64]:
    """Count the bytes that each integer takes.

    Parameters
    ----------
    values : ndarray of whole numbers
        Integers to encode; negative ones count as 0.

    Returns
    -------
    ndarray of int64
        1 to 10 bytes each.
    """
    sizes = np.ones(len(values), dtype=np.int64)
    limit, largest = 128, int(values.max(initial=0))
    while limit <= largest:
        sizes += values >= limit
        limit <<= 7
    return sizes


def varint_columns(
    values: NDArray[Any],
) -> tuple[NDArray[np.uint8], NDArray[np.bool_], NDArray[np.int64]]:
    """Encode integers side by side, one row each.

    Parameters
    ----------
    values : ndarray of uint32 or uint64
        Integers to encode.

    Returns
    -------
    encoded : ndarray of uint8, shape (n, width of the widest)
        The bytes, least significant first.
    used : ndarray of bool, same shape
        Which of them belong to the integer: ``encoded[used]`` is one integer after the other.
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
    if value < 128:
        return _SHORT[value]
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
