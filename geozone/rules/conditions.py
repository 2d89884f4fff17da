"""Conditions of clauses and modifiers: a small language, parsed into values.

``rate >= 50 and positivity >= 4``, ``25 <= rate <= 150``, ``adjacent_to(red)``,
``share(red) >= 30``, ``count(orange) >= 1``, ``not ready == 1``. Names are indicators; the
arguments of the functions are level keys and mean *at that level or above*. Nothing is evaluated
here, and nothing but these forms is accepted.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

__all__ = ["All", "Any", "Compare", "Condition", "LevelTerm", "Not", "parse_condition", "terms"]

Operator = Literal["<", "<=", ">", ">=", "==", "!="]
Predicate = Literal["adjacent_to", "share", "count"]

_OPERATORS: dict[type[ast.cmpop], Operator] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
_MIRRORED: dict[Operator, Operator] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_PREDICATES: dict[str, Predicate] = {"adjacent_to": "adjacent_to", "share": "share", "count": "count"}


class LevelTerm(NamedTuple):
    """A number that depends on the levels of other units.

    ``adjacent_to``: how many neighbours of the same tier; ``count``: how many units of the tier
    below; ``share``: the same in percent. All at the level named or above.
    """

    predicate: Predicate
    level: str


@dataclass(frozen=True, slots=True)
class Compare:
    """A term against a number."""

    term: str | LevelTerm
    operator: Operator
    number: float


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """At least one part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Condition


Condition = Compare | All | Any | Not


def parse_condition(text: str) -> Condition:
    """Read a condition.

    Parameters
    ----------
    text : str
        For example ``"rate >= 50 and positivity >= 4"``.

    Returns
    -------
    Condition
        The same as values.

    Raises
    ------
    ValueError
        If the text is not of the accepted forms; the message says which part.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except SyntaxError as error:
        raise ValueError(f"not a condition: {error.msg}") from error
    return _condition(tree.body)


def terms(condition: Condition) -> Iterator[str | LevelTerm]:
    """List what a condition looks at.

    Parameters
    ----------
    condition : Condition
        The condition.

    Yields
    ------
    str or LevelTerm
        Indicator ids and level terms, in order of appearance, repeated if they repeat.
    """
    if isinstance(condition, Compare):
        yield condition.term
    elif isinstance(condition, Not):
        yield from terms(condition.part)
    else:
        for part in condition.parts:
            yield from terms(part)


def _condition(node: ast.expr) -> Condition:
    if isinstance(node, ast.BoolOp):
        parts = tuple(_condition(value) for value in node.values)
        return All(parts) if isinstance(node.op, ast.And) else Any(parts)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return Not(_condition(node.operand))
    if isinstance(node, ast.Compare):
        return _comparison(node)
    if isinstance(node, ast.Call):
        term = _level_term(node)
        if term.predicate != "adjacent_to":
            raise ValueError(f"{term.predicate}(...) must be compared with a number")
        return Compare(term, ">=", 1)
    raise ValueError(f"{ast.unparse(node)!r} is not a comparison")


def _comparison(node: ast.Compare) -> Condition:
    sides = [node.left, *node.comparators]
    parts: list[Condition] = []
    for left, operator, right in zip(sides[:-1], node.ops, sides[1:], strict=True):
        symbol = _OPERATORS.get(type(operator))
        if symbol is None:
            raise ValueError(f"{ast.unparse(node)!r} uses an operator other than < <= > >= == !=")
        number = _number(right)
        if number is not None:
            parts.append(Compare(_term(left), symbol, number))
            continue
        number = _number(left)
        if number is None:
            raise ValueError(f"{ast.unparse(node)!r} compares nothing with a number")
        parts.append(Compare(_term(right), _MIRRORED[symbol], number))
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def _term(node: ast.expr) -> str | LevelTerm:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Call):
        return _level_term(node)
    raise ValueError(f"{ast.unparse(node)!r} is neither an indicator nor a function")


def _level_term(node: ast.Call) -> LevelTerm:
    name = node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func)
    predicate = _PREDICATES.get(name)
    if predicate is None:
        raise ValueError(f"{name!r} is not one of the functions {', '.join(_PREDICATES)}")
    if len(node.args) != 1 or node.keywords or not isinstance(node.args[0], ast.Name):
        raise ValueError(f"{name}(...) takes the key of one level")
    return LevelTerm(predicate, node.args[0].id)


def _number(node: ast.expr) -> float | None:
    sign = 1.0
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        sign, node = -1.0, node.operand
    if (
        isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and not isinstance(node.value, bool)
    ):
        try:
            return sign * float(node.value)
        except OverflowError:
            raise ValueError("a number is larger than any figure it could be compared with") from None
    return None
