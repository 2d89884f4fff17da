"""Properties of a layer, coded once so that a tile only picks what it needs."""

from __future__ import annotations

import struct
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geozone.tiles.varint import delimited, varint

__all__ = ["Attributes", "FieldType", "TileTags", "feature_ids"]

FieldType = str
"""``String``, ``Number`` or ``Boolean``: the types that TileJSON knows."""


@dataclass(frozen=True, slots=True)
class TileTags:
    """Tags of the features of one tile.

    Attributes
    ----------
    positions : ndarray of int64, shape (features, columns)
        Position of the value in the tile's own table, -1 where there is none.
    table : list of bytes
        The tile's value table, each entry a complete field of the layer message.
    """

    positions: NDArray[np.int64]
    table: list[bytes]


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    field_type: FieldType
    codes: NDArray[np.int64]
    messages: list[bytes]


class Attributes:
    """Coded columns of a table.

    Parameters
    ----------
    table : DataFrame
        Properties, one row per feature. Dates are written as ISO text; missing and infinite
        values are left out of the feature, for a tile has no null.
    """

    def __init__(self, table: pd.DataFrame) -> None:
        self._columns = [_code_column(str(name), table[name]) for name in table.columns]

    @property
    def names(self) -> list[str]:
        """Names of the columns, in order."""
        return [column.name for column in self._columns]

    @property
    def fields(self) -> dict[str, FieldType]:
        """Type of each column, as TileJSON lists them."""
        return {column.name: column.field_type for column in self._columns}

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
        values = np.empty((len(rows), len(self._columns)), dtype=np.int64)
        table: list[bytes] = []
        for position, column in enumerate(self._columns):
            codes = column.codes[rows]
            used, local = _compact(codes, len(column.messages))
            values[:, position] = np.where(codes < 0, -1, local + len(table))
            table += [column.messages[code] for code in used.tolist()]
        return TileTags(values, table)


def _compact(codes: NDArray[np.int64], size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """List the codes in use and renumber: by sorting for a few rows, by a table of flags for many."""
    if len(codes) * 16 < size:
        used, local = np.unique(codes, return_inverse=True)
        missing = int(used.size and used[0] < 0)
        return used[missing:], local - missing
    flags = np.zeros(size + 1, dtype=bool)
    flags[codes] = True
    flags[size] = False  # where code -1, missing, has put its flag
    return np.flatnonzero(flags), (np.cumsum(flags) - 1)[codes]


def _code_column(name: str, values: pd.Series) -> _Column:
    plain, field_type = _plain_values(values)
    # Sorted: the values of a tile come in an order that does not depend on features elsewhere.
    codes, distinct = pd.factorize(plain, use_na_sentinel=True, sort=True)
    messages = [delimited(4, _value_message(value)) for value in distinct.tolist()]
    return _Column(name, field_type, codes.astype(np.int64), messages)


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
