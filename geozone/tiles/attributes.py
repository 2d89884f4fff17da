"""Properties of a layer, coded once so that a tile only picks what it needs."""

from __future__ import annotations

import struct
from bisect import bisect_left, insort
from collections.abc import Hashable, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geozone.splicing import spliced
from geozone.tiles.varint import delimited, varint

__all__ = ["Attributes", "FieldType", "TileTags", "are_codes", "feature_ids"]

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
        self._values: list[list[Any]] = []  # by column, each distinct value once, in order
        messages: list[bytes] = []  # column after column
        self._codes = np.empty((len(table), len(table.columns)), dtype=np.int32)
        for position, name in enumerate(table.columns):
            plain, self.fields[str(name)] = _plain_values(table[name])
            # Sorted: the values of a tile come in an order that does not depend on features elsewhere.
            codes, distinct = pd.factorize(plain, use_na_sentinel=True, sort=True)
            self._codes[:, position] = np.where(codes < 0, -1, codes + len(messages))
            self._values.append(distinct.tolist())
            messages += [delimited(4, _value_message(value)) for value in self._values[-1]]
        self._messages = np.frombuffer(b"".join(messages), dtype=np.uint8)
        self._lengths = np.fromiter(map(len, messages), dtype=np.int64, count=len(messages))
        self._ends = np.cumsum(self._lengths)

    def succeeded(self, rows: NDArray[np.int64], fresh: pd.DataFrame) -> Attributes | None:
        """Take the columns that follow these, of which a few rows are new.

        Parameters
        ----------
        rows : ndarray of int64
            Where each row was here; -1 for the new ones, in order.
        fresh : DataFrame
            The new rows; the columns of this table.

        Returns
        -------
        Attributes or None
            Tiles are the same as of the whole table coded anew: values that are no longer in use stay
            where they are, but no tile holds them. ``None`` where whole numbers would become fractions in
            every row.
        """
        made = Attributes.__new__(Attributes)
        made.fields = dict(self.fields)
        made._values = list(self._values)
        before: list[int] = []  # each new value: the code that it comes before
        messages: list[bytes] = []
        columns = []
        first = 0
        for position, name in enumerate(fresh.columns):
            plain, made.fields[str(name)] = _plain_values(fresh[name])
            known = self._values[position]
            values = _like(known, plain.tolist())
            if values is None:
                return None
            columns.append(values)
            new = sorted({value for value in values if value is not None and not _holds(known, value)})
            before += [first + bisect_left(known, value) for value in new]
            messages += [delimited(4, _value_message(value)) for value in new]
            first += len(known)
            made._values[position] = known.copy() if new else known
            for value in new:
                insort(made._values[position], value)
        made._insert(self, np.array(before, dtype=np.int64), messages)
        moved = np.arange(len(self._lengths) + 1, dtype=np.int32)
        moved += np.searchsorted(before, moved, side="right").astype(np.int32)
        moved[-1] = -1  # what code -1, missing, finds
        made._codes = spliced(moved[self._codes] if before else self._codes, rows, made._coded(columns))
        return made

    def _insert(self, other: Attributes, before: NDArray[np.int64], messages: list[bytes]) -> None:
        """Take the messages of another, with new ones between them."""
        starts = np.concatenate([[0], other._ends])
        cuts = starts[before].tolist()
        parts: list[bytes] = []
        whole = other._messages.tobytes()
        for begin, end, message in zip([0, *cuts], cuts, messages, strict=False):
            parts += [whole[begin:end], message]
        parts.append(whole[cuts[-1] if cuts else 0 :])
        self._messages = np.frombuffer(b"".join(parts), dtype=np.uint8)
        self._lengths = np.insert(other._lengths, before, [len(message) for message in messages])
        self._ends = np.cumsum(self._lengths)

    def _coded(self, columns: list[list[Any]]) -> NDArray[np.int32]:
        """Code rows whose values are all known."""
        codes = np.full((len(columns[0]) if columns else 0, len(columns)), -1, dtype=np.int32)
        first = 0
        for position, (values, known) in enumerate(zip(columns, self._values, strict=True)):
            codes[:, position] = [
                -1 if value is None else first + bisect_left(known, value) for value in values
            ]
            first += len(known)
        return codes

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


def _like(known: list[Any], values: list[Any]) -> list[Any] | None:
    """Write numbers as those of the column are written: whole, or all of them as fractions."""
    if any(isinstance(one, float) for one in known):
        return [float(one) if isinstance(one, int) else one for one in values]
    return None if known and any(isinstance(one, float) for one in values) else values


def _holds(known: list[Any], value: Any) -> bool:
    at = bisect_left(known, value)
    return at < len(known) and bool(known[at] == value)


def _value_message(value: Hashable) -> bytes:
    if isinstance(value, bool | np.bool_):
        return b"\x38" + varint(int(value))
    if isinstance(value, int | np.integer):
        number = int(value)
        return b"\x28" + varint(number) if number >= 0 else b"\x30" + varint((-number << 1) - 1)
    if isinstance(value, float):
        return b"\x19" + struct.pack("<d", value)
    return delimited(1, str(value).encode())


def feature_ids(values: Sequence[str], *, as_codes: bool | None = None) -> NDArray[np.uint64]:
    """Turn identifiers into the whole numbers that tiles need.

    Parameters
    ----------
    values : sequence of str
        Identifiers, unique. Codes of digits, all of one length, become their number; anything
        else becomes the first 52 bits of its BLAKE2 digest, the same in every release and exact
        in JavaScript.
    as_codes : bool, optional
        Whether they belong to a layer of codes; by default these are all there are.

    Returns
    -------
    ndarray of uint64
        One number for each identifier.
    """
    texts = [str(value) for value in values]
    if are_codes(texts) if as_codes is None else as_codes:
        return np.array([int(text) for text in texts], dtype=np.uint64)
    digests = [int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") >> 12 for text in texts]
    return np.array(digests, dtype=np.uint64)


def are_codes(values: Sequence[str]) -> bool:
    """Tell whether identifiers are codes of digits, all of one length.

    Parameters
    ----------
    values : sequence of str
        Identifiers.

    Returns
    -------
    bool
        Whether ``feature_ids`` gives each its own number.
    """
    one_length = len({len(text) for text in values}) == 1 and len(values[0]) <= 15
    return one_length and all(text.isascii() and text.isdigit() for text in values)
