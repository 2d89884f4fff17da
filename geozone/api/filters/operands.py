"""Values that a filter compares: properties, literals, folded text and arithmetic, each of one kind."""

from __future__ import annotations

import functools
import math
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from geozone.api.filters.faults import FilterError

__all__ = [
    "GEOMETRY",
    "FilterTable",
    "Kind",
    "Kinds",
    "Operand",
    "Rows",
    "Values",
    "day_number",
    "literal",
    "shown",
    "value_operand",
    "with_kind",
]

Kind = Literal["text", "number", "boolean", "date"]
Kinds = Mapping[str, Kind]
Rows = NDArray[np.int64]

GEOMETRY = "geometry"
"""Name under which a filter speaks of the geometry of a feature."""
_FOLDS = ("casei", "accenti")
_STROKED = str.maketrans({"đ": "d", "Đ": "D"})


class Values(NamedTuple):
    """Values of some rows, or one value for all of them.

    Attributes
    ----------
    values : ndarray
        Text, numbers, booleans or days since 1970; anything where missing.
    missing : ndarray of bool
        Where there is no value.
    """

    values: NDArray[Any]
    missing: NDArray[np.bool_]


class FilterTable(Protocol):
    """What a filter needs of a table."""

    @property
    def kinds(self) -> Kinds:
        """Kind of every property that may be asked for."""

    def column(self, name: str) -> Values:
        """Values of a property, of every row."""

    @property
    def boxes(self) -> NDArray[np.float64]:
        """West, south, east, north of each row, degrees; NaN without geometry."""

    @property
    def geometry(self) -> NDArray[Any]:
        """Geometry of each row; ``None`` where a row has none."""


@dataclass(frozen=True, slots=True)
class Operand:
    """A value of one kind.

    Attributes
    ----------
    kind : str
        Its kind.
    read : callable
        Gives its values for some rows of a table.
    literal : object
        The value, where it is one value written in the filter.
    """

    kind: Kind
    read: Callable[[FilterTable, Rows], Values]
    literal: Any = None


def shown(name: object) -> str:
    """Shorten a name of the client's for a message.

    Parameters
    ----------
    name : object
        What was written.

    Returns
    -------
    str
        Printable, 60 characters at most.
    """
    return "".join(letter if letter.isprintable() else "?" for letter in str(name))[:60]


def value_operand(node: Any, kinds: Kinds) -> Operand:
    """Read a value of a filter's tree.

    Parameters
    ----------
    node : object
        The node.
    kinds : mapping of str
        Kinds of the properties.

    Returns
    -------
    Operand
        The value.

    Raises
    ------
    FilterError
        If there is no such property or function, or it does not fit.
    """
    if isinstance(node, bool):
        return literal("boolean", node)
    if isinstance(node, int | float):
        if not math.isfinite(node):
            raise FilterError("holds a number that is not finite")
        return literal("number", float(node))
    if isinstance(node, str):
        return literal("text", node)
    if isinstance(node, dict):
        if "property" in node:
            return _property(node["property"], kinds)
        if "date" in node or "timestamp" in node:
            return literal("date", day_number(node.get("date", node.get("timestamp"))))
        if "op" in node:
            return _function(node, kinds)
    raise FilterError("holds something where a value is expected")


def literal(kind: Kind, value: Any) -> Operand:
    """Make the operand of a value that is written out.

    Parameters
    ----------
    kind : str
        Its kind.
    value : object
        Text, a number, true or false, or days since 1970.

    Returns
    -------
    Operand
        The same for every row.
    """
    held: NDArray[Any] = np.empty(1, dtype=_TYPES[kind])
    held[0] = value
    constant = Values(held, np.zeros(1, dtype=bool))

    def read(table: FilterTable, rows: Rows) -> Values:  # noqa: ARG001 - the same whatever it is asked of
        return constant

    return Operand(kind, read, value)


def with_kind(operand: Operand, kind: Kind) -> Operand:
    """Check the kind of a value; text that is a date counts as one where a date is expected.

    Parameters
    ----------
    operand : Operand
        The value.
    kind : str
        The kind expected.

    Returns
    -------
    Operand
        The value, of that kind.

    Raises
    ------
    FilterError
        If it is of another.
    """
    if operand.kind == kind:
        return operand
    if kind == "date" and operand.kind == "text" and operand.literal is not None:
        return literal("date", day_number(operand.literal))
    raise FilterError(f"compares {_NAMES[operand.kind]} with {_NAMES[kind]}")


_NAMES = {"text": "text", "number": "a number", "boolean": "true or false", "date": "a date"}


def day_number(text: Any) -> int:
    """Read a day, or a moment as the day it is written with.

    Parameters
    ----------
    text : object
        ISO 8601.

    Returns
    -------
    int
        Days since 1970-01-01.

    Raises
    ------
    FilterError
        If it is neither.
    """
    try:
        written = str(text)
        day = date.fromisoformat(written) if len(written) == 10 else datetime.fromisoformat(written).date()
    except ValueError:
        raise FilterError(f"holds {shown(text)!r} where a date is expected") from None
    return day.toordinal() - date(1970, 1, 1).toordinal()


_TYPES: dict[Kind, type] = {"text": object, "number": np.float64, "boolean": np.bool_, "date": np.int64}


def _property(name: Any, kinds: Kinds) -> Operand:
    if name not in kinds:
        raise FilterError(f"names a property that cannot be asked for here: {shown(name)}")

    def read(table: FilterTable, rows: Rows) -> Values:
        column = table.column(name)
        return Values(column.values[rows], column.missing[rows])

    return Operand(kinds[name], read)


def _function(node: dict[str, Any], kinds: Kinds) -> Operand:
    name, arguments = str(node["op"]).lower(), node.get("args")
    if not isinstance(arguments, list):
        raise FilterError("holds an operation without arguments")
    if name in _FOLDS and len(arguments) == 1:
        return _folded(name, with_kind(value_operand(arguments[0], kinds), "text"))
    if name in _ARITHMETIC and len(arguments) == 2:
        left, right = (with_kind(value_operand(argument, kinds), "number") for argument in arguments)
        return _arithmetic(name, left, right)
    raise FilterError(f"uses a function that is not known here: {shown(node['op'])}")


def _folded(name: str, inner: Operand) -> Operand:
    fold = _without_case if name == "casei" else _without_accents

    def read(table: FilterTable, rows: Rows) -> Values:
        found = inner.read(table, rows)
        folded = np.empty(len(found.values), dtype=object)
        folded[:] = [fold(text) for text in found.values.tolist()]
        return Values(folded, found.missing)

    return Operand("text", read, None if inner.literal is None else fold(inner.literal))


def _without_case(text: str) -> str:
    return text.casefold()


@functools.lru_cache(maxsize=16_384)
def _without_accents(text: str) -> str:
    """Drop diacritics, and the stroke of đ, which Unicode does not count among them."""
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFD", text.translate(_STROKED))
    return unicodedata.normalize("NFC", "".join(sign for sign in apart if not unicodedata.combining(sign)))


_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "div": lambda one, other: np.trunc(np.divide(one, other)),
    "%": np.fmod,
    "^": np.power,
}


def _arithmetic(name: str, left: Operand, right: Operand) -> Operand:
    """Work out numbers; what has no finite result, such as a division by zero, is missing."""
    work = _ARITHMETIC[name]

    def read(table: FilterTable, rows: Rows) -> Values:
        one, other = left.read(table, rows), right.read(table, rows)
        with np.errstate(all="ignore"):
            result = np.asarray(work(one.values, other.values), dtype=np.float64)
        return Values(result, one.missing | other.missing | ~np.isfinite(result))

    return Operand("number", read)
