"""The messages of many features written together: each field of all of them at once, at its own place."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from geozone.tiles.varint import varint_sizes

__all__ = ["FieldWriter"]


class FieldWriter:
    """Bytes of many messages, one after another, filled in field by field.

    Parameters
    ----------
    lengths : ndarray of int64
        Bytes of each message.
    """

    def __init__(self, lengths: NDArray[np.int64]) -> None:
        ends = np.cumsum(lengths)
        self._content = np.empty(int(ends[-1]) if len(ends) else 0, dtype=np.uint8)
        self._at = ends - lengths

    def put(self, content: bytes) -> None:
        """Write the same bytes into every message.

        Parameters
        ----------
        content : bytes
            A few bytes.
        """
        for value in content:
            self._content[self._at] = value
            self._at += 1

    def put_numbers(self, numbers: NDArray[Any]) -> None:
        """Write a variable-length integer into every message.

        Parameters
        ----------
        numbers : ndarray of whole numbers, 0 or more
            One for each.
        """
        self._at += self._scattered(self._at, numbers)

    def put_tags(self, key: bytes, values: NDArray[np.int64]) -> None:
        """Write the number of a property and of its value into the messages that have it.

        Parameters
        ----------
        key : bytes
            Number of the property, encoded.
        values : ndarray of int64
            Number of the value, -1 where there is none.
        """
        having = np.flatnonzero(values >= 0)
        rows: Any = slice(None) if len(having) == len(values) else having
        at = self._at[rows]
        for value in key:
            self._content[at] = value
            at += 1
        at += self._scattered(at, values[rows])
        self._at[rows] = at

    def put_pieces(self, pieces: NDArray[np.uint8], lengths: NDArray[np.int64]) -> None:
        """Write a piece of its own into every message.

        Parameters
        ----------
        pieces : ndarray of uint8
            The pieces, one after another.
        lengths : ndarray of int64
            Bytes of each.
        """
        ends = np.cumsum(lengths)
        places = np.repeat(self._at - (ends - lengths), lengths)
        places += np.arange(len(pieces))
        self._content[places] = pieces
        self._at += lengths

    def content(self) -> bytes:
        """Give the messages, when every field is in.

        Returns
        -------
        bytes
            One after another.
        """
        return self._content.tobytes()

    def _scattered(self, at: NDArray[np.int64], numbers: NDArray[Any]) -> NDArray[np.int64]:
        sizes = varint_sizes(numbers)
        # What does not fit a byte loses its upper bits there; it has seven, and a mark if more follow.
        first = numbers.astype(np.uint8) & 127
        largest = int(sizes.max(initial=1))
        self._content[at] = first | (sizes > 1).view(np.uint8) << 7 if largest > 1 else first
        for place in range(1, largest):
            longer = np.flatnonzero(sizes > place)
            byte = (numbers[longer] >> (7 * place)).astype(np.uint8) & 127
            self._content[at[longer] + place] = byte | (sizes[longer] > place + 1).view(np.uint8) << 7
        return sizes
