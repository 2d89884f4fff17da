"""Conditions on values: comparison, BETWEEN, IN, LIKE, IS NULL."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from geozone.api.filters.faults import FilterError
from geozone.api.filters.logic import Predicate, Truth, Work, conjunction, disjunction, truth
from geozone.api.filters.operands import GEOMETRY, Kinds, Operand, Rows, value_operand, with_kind

__all__ = ["COMPARISONS", "comparison", "like", "matcher"]

_ORDERS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
COMPARISONS = frozenset({*_ORDERS, "between", "in", "like", "isnull"})
"""Names of the operations of this module, in lower case."""


def comparison(name: str, arguments: list[Any], kinds: Kinds) -> Predicate:
    """Read a comparison of a filter's tree.

    Parameters
    ----------
    name : str
        One of ``COMPARISONS``.
    arguments : list
        Its arguments.
    kinds : mapping of str
        Kinds of the properties.

    Returns
    -------
    Predicate
        The condition.

    Raises
    ------
    FilterError
        If the arguments do not fit.
    """
    if name == "isnull" and len(arguments) == 1:
        return _is_null(arguments[0], kinds)
    if name == "between" and len(arguments) == 3:
        value, low, high = (value_operand(argument, kinds) for argument in arguments)
        return conjunction([_ordered(">=", value, low), _ordered("<=", value, high)])
    if name == "in" and len(arguments) == 2 and isinstance(arguments[1], list) and arguments[1]:
        value = value_operand(arguments[0], kinds)
        return _among(value, [value_operand(one, kinds) for one in arguments[1]])
    if name == "like" and len(arguments) == 2:
        value, pattern = (with_kind(value_operand(argument, kinds), "text") for argument in arguments)
        return like(value, pattern)
    if name in _ORDERS and len(arguments) == 2:
        left, right = (value_operand(argument, kinds) for argument in arguments)
        return _ordered(name, left, right)
    raise FilterError(f"gives {name.upper()} arguments that it does not take")


def _ordered(name: str, left: Operand, right: Operand) -> Predicate:
    if left.kind != right.kind:
        if left.kind == "date":
            right = with_kind(right, "date")
        else:
            left = with_kind(left, right.kind)
    if left.kind == "boolean" and name not in ("=", "<>"):
        raise FilterError("compares true and false by order")
    order = _ORDERS[name]

    def test(work: Work, rows: Rows) -> Truth:
        one, other = left.read(work.table, rows), right.read(work.table, rows)
        holds = np.asarray(order(one.values, other.values), dtype=bool)
        return truth(holds, one.missing | other.missing, len(rows))

    return Predicate(1 if left.kind == "text" else 0, test)


def _among(value: Operand, choices: list[Operand]) -> Predicate:
    """Compare with a list: by look-up where it is written out, else one by one."""
    fitting = [with_kind(choice, value.kind) for choice in choices]
    if any(choice.literal is None for choice in fitting):
        return disjunction([_ordered("=", value, choice) for choice in fitting])
    wanted = {choice.literal for choice in fitting}

    def test(work: Work, rows: Rows) -> Truth:
        found = value.read(work.table, rows)
        holds = np.fromiter((one in wanted for one in found.values.tolist()), bool, len(found.values))
        return truth(holds, found.missing, len(rows))

    return Predicate(1, test)


def _is_null(argument: Any, kinds: Kinds) -> Predicate:
    if argument == {"property": GEOMETRY}:
        return Predicate(0, lambda work, rows: _certain(np.isnan(work.table.boxes[rows]).any(axis=1)))
    value = value_operand(argument, kinds)
    return Predicate(
        0,
        lambda work, rows: _certain(np.broadcast_to(value.read(work.table, rows).missing, len(rows))),
    )


def _certain(holds: Any) -> Truth:
    return Truth(holds, ~holds)


def like(value: Operand, pattern: Operand) -> Predicate:
    """Compare text with a pattern of ``%`` (anything) and ``_`` (one character).

    Parameters
    ----------
    value, pattern : Operand
        Text; the pattern is one value.

    Returns
    -------
    Predicate
        The condition.

    Raises
    ------
    FilterError
        If the pattern is not written out.
    """
    if pattern.literal is None:
        raise FilterError("uses LIKE with a pattern that is not written out")
    matches = matcher(pattern.literal)

    def test(work: Work, rows: Rows) -> Truth:
        found = value.read(work.table, rows)
        holds = np.fromiter(map(matches, found.values.tolist()), dtype=bool, count=len(found.values))
        return truth(holds, found.missing, len(rows))

    return Predicate(1, test)


def matcher(pattern: str) -> Callable[[str], bool]:
    r"""Make the test of a LIKE pattern, linear in the text whatever the pattern.

    Parameters
    ----------
    pattern : str
        ``%`` for anything, ``_`` for one character, ``\`` before one of these for itself.

    Returns
    -------
    callable
        Tells whether the whole of a text matches.
    """
    pieces = _pieces(pattern)
    first, last, between = pieces[0], pieces[-1], pieces[1:-1]
    if len(pieces) == 1:
        whole = re.compile(first, re.DOTALL)
        return lambda text: whole.fullmatch(text) is not None
    head, tail = re.compile(first, re.DOTALL), re.compile(f"(?:{last})\\Z", re.DOTALL)
    middles = [re.compile(piece, re.DOTALL) for piece in between if piece]
    tail_length = _length(pattern)

    def matches(text: str) -> bool:
        begun = head.match(text)
        if begun is None:
            return False
        at = begun.end()
        for middle in middles:
            found = middle.search(text, at)
            if found is None:
                return False
            at = found.end()
        start = len(text) - tail_length
        return start >= at and tail.match(text, start) is not None

    return matches


def _tokens(pattern: str) -> list[tuple[str, bool]]:
    """Take a pattern apart into characters, and tell which of them are escaped."""
    return [
        (found[1] or found[0], bool(found[1])) for found in re.finditer(r"\\([\\%_])|.", pattern, re.DOTALL)
    ]


def _pieces(pattern: str) -> list[str]:
    """Cut a pattern at each ``%`` into regular expressions without repetition."""
    pieces = [""]
    for letter, is_escaped in _tokens(pattern):
        if letter == "%" and not is_escaped:
            pieces.append("")
        else:
            pieces[-1] += "." if letter == "_" and not is_escaped else re.escape(letter)
    return pieces


def _length(pattern: str) -> int:
    """Count the characters after the last ``%`` of a pattern."""
    tokens = _tokens(pattern)
    return next((at for at, token in enumerate(reversed(tokens)) if token == ("%", False)), len(tokens))
