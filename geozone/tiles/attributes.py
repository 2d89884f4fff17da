"""Properties of a layer, coded once so that a tile only picks what it needs."""

from __future__ import annotations

import struct
from collections.abc import Hashable, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geozone.tiles.varint import delimited, varint

__all__ = ["Attributes", "FieldType", "TileTags", "feature_ids"]

FieldType = str
"""``String``, ``Number`` or ``Boolean``: the types that TileJSON knows."""


_FEW = 500  # values; fewer are joined one by one


class TileTags(NamedTuple):
    """Tags of the features of one tile.

    Attributes
    ----------
    positions : ndarray of int64, shape (features, columns)
        Position of the value in the tile's own table, -1 where there is none.
    table : bytes
        The tile's value table, each entry a complete field of the layer message.
    entries : int
        How many entries it has.
    """

    positions: NDArray[np.int64]
    table: bytes
    entries: int


class Attributes:
    """Coded columns of a table.

    Parameters
    ----------
    table : DataFrame
        Properties, one row per feature. Dates are written as ISO text; missing and infinite
        values are left out of the feature, for a tile has no null.
    """

    def __init__(self, table: pd.DataFrame) -> None:
        self.fields: dict[str, FieldType] = {}
        messages: list[bytes] = []  # column after column, each distinct value once
        self._codes = np.empty((len(table), len(table.columns)), dtype=np.int32)
        for position, name in enumerate(table.columns):
            plain, self.fields[str(name)] = _plain_values(table[name])
            # Sorted: the values of a tile come in an order that does not depend on features elsewhere.
            codes, distinct = pd.factorize(plain, use_na_sentinel=True, sort=True)
            self._codes[:, position] = np.where(codes < 0, -1, codes + len(messages))
            messages += [delimited(4, _value_message(value)) for value in distinct.tolist()]
        self._messages = np.frombuffer(b"".join(messages), dtype=np.uint8)
        self._lengths = np.fromiter(map(len, messages), dtype=np.int64, count=len(messages))
        self._ends = np.cumsum(self._lengths)

    @property
    def names(self) -> list[str]:
        """Names of the columns, in order."""
        return list(self.fields)

    def pick(self, rows: NDArray[np.int64]) -> TileTags:
        """Take the values of some rows, with a table that holds only those.

        Parameters
        ----------
        rows : ndarray of int64
            Positions of the features in the table.

        Returns
        -------
        TileTags
            Values by feature and column.
        """
        codes = self._codes[rows]
        used, local = _compact(codes.ravel(), len(self._lengths))
        positions = np.where(codes < 0, -1, local.reshape(codes.shape))
        return TileTags(positions, self._table(used), len(used))

    def _table(self, used: NDArray[np.int64]) -> bytes:
        if len(used) < _FEW:
            ends, lengths = self._ends[used].tolist(), self._lengths[used].tolist()
            return b"".join(
                [
                    self._messages[end - length : end].tobytes()
                    for end, length in zip(ends, lengths, strict=True)
                ]
            )
        wanted = np.zeros(len(self._lengths), dtype=bool)
        wanted[used] = True
        return bytes(self._messages[np.repeat(wanted, self._lengths)].tobytes())


def _compact(codes: NDArray[np.int32], size: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """List the codes in use and renumber: by sorting for a few values, by a table of flags for many."""
    if len(codes) * 16 < size:
        used, local = np.unique(codes, return_inverse=True)
        missing = int(used.size and used[0] < 0)
        return used[missing:], local - missing
    flags = np.zeros(size + 1, dtype=bool)
    flags[codes] = True
    flags[size] = False  # where code -1, missing, has put its flag
    return np.flatnonzero(flags), (np.cumsum(flags) - 1)[codes]


def _plain_values(values: pd.Series) -> tuple[NDArray[np.object_], FieldType]:
    if pd.api.types.is_bool_dtype(values.dtype):
        return values.astype(object).to_numpy(), "Boolean"
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        text = values.dt.strftime("%Y-%m-%d").astype(object)
        return text.where(values.notna(), None).to_numpy(), "String"
    if pd.api.types.is_numeric_dtype(values.dtype):
        numbers = values.to_numpy(dtype="float64", na_value=np.nan)
        finite = np.isfinite(numbers)
        plain = np.full(len(numbers), None, dtype=object)
        if (numbers[finite] == np.floor(numbers[finite])).all() and (np.abs(numbers[finite]) < 2**53).all():
            plain[finite] = numbers[finite].astype(np.int64).astype(object)
        else:
            plain[finite] = numbers[finite].astype(object)
        return plain, "Number"
    plain = values.astype(object).to_numpy().copy()
    plain[values.isna().to_numpy()] = None
    return plain, "String"


def _value_message(value: Hashable) -> bytes:
    if isinstance(value, bool | np.bool_):
        return b"\x38" + varint(int(value))
    if isinstance(value, int | np.integer):
        number = int(value)
        return b"\x28" + varint(number) if number >= 0 else b"\x30" + varint((-number << 1) - 1)
    if isinstance(value, float):
        return b"\x19" + struct.pack("<d", value)
    return delimited(1, str(value).encode())


def feature_ids(values: Sequence[str]) -> NDArray[np.uint64]:
    """Turn identifiers into the whole numbers that tiles need.

    Parameters
    ----------
    values : sequence of str
        Identifiers, unique. Codes of digits, all of one length, become their number; anything
        else becomes the first 52 bits of its BLAKE2 digest, the same in every release and exact
        in JavaScript.

    Returns
    -------
    ndarray of uint64
        One number for each identifier.
    """
    texts = [str(value) for value in values]
    one_length = len({len(text) for text in texts}) == 1 and len(texts[0]) <= 15
    if one_length and all(text.isascii() and text.isdigit() for text in texts):
        return np.array([int(text) for text in texts], dtype=np.uint64)
    digests = [int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") >> 12 for text in texts]
    return np.array(digests, dtype=np.uint64)
