"""Conditions on days and on intervals of days, as the CQL2 standard defines them on their two ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geozone.api.filters.faults import FilterError
from geozone.api.filters.logic import Predicate, Truth, Work, truth
from geozone.api.filters.operands import Kinds, Operand, Rows, literal, value_operand, with_kind

__all__ = ["TEMPORAL", "temporal"]

_OPEN = ".."
_EVER = 2**40  # days: before and after anything


class _Interval(NamedTuple):
    start: NDArray[np.int64]
    end: NDArray[np.int64]


_Relation = Callable[[_Interval, _Interval], Any]
_RELATIONS: dict[str, _Relation] = {
    "t_after": lambda a, b: a.start > b.end,
    "t_before": lambda a, b: a.end < b.start,
    "t_contains": lambda a, b: (a.start < b.start) & (a.end > b.end),
    "t_disjoint": lambda a, b: (a.start > b.end) | (a.end < b.start),
    "t_during": lambda a, b: (a.start > b.start) & (a.end < b.end),
    "t_equals": lambda a, b: (a.start == b.start) & (a.end == b.end),
    "t_finishedby": lambda a, b: (a.start < b.start) & (a.end == b.end),
    "t_finishes": lambda a, b: (a.start > b.start) & (a.end == b.end),
    "t_intersects": lambda a, b: (a.start <= b.end) & (a.end >= b.start),
    "t_meets": lambda a, b: a.end == b.start,
    "t_metby": lambda a, b: a.start == b.end,
    "t_overlappedby": lambda a, b: (a.start > b.start) & (a.start < b.end) & (a.end > b.end),
    "t_overlaps": lambda a, b: (a.start < b.start) & (a.end > b.start) & (a.end < b.end),
    "t_startedby": lambda a, b: (a.start == b.start) & (a.end > b.end),
    "t_starts": lambda a, b: (a.start == b.start) & (a.end < b.end),
}
TEMPORAL = frozenset(_RELATIONS)
"""Names of the operations of this module, in lower case."""


def temporal(name: str, arguments: list[Any], kinds: Kinds) -> Predicate:
    """Read a temporal condition of a filter's tree.

    Parameters
    ----------
    name : str
        One of ``TEMPORAL``.
    arguments : list
        Its arguments: days, or intervals of them.
    kinds : mapping of str
        Kinds of the properties.

    Returns
    -------
    Predicate
        The condition; a day is an interval that ends when it begins.

    Raises
    ------
    FilterError
        If the arguments do not fit.
    """
    if len(arguments) != 2:
        raise FilterError(f"gives {name.upper()} arguments that it does not take")
    (start_1, end_1), (start_2, end_2) = (_ends(argument, kinds) for argument in arguments)
    relation = _RELATIONS[name]

    def test(work: Work, rows: Rows) -> Truth:
        read = [end.read(work.table, rows) for end in (start_1, end_1, start_2, end_2)]
        one, other = (_Interval(read[at].values, read[at + 1].values) for at in (0, 2))
        missing = read[0].missing | read[1].missing | read[2].missing | read[3].missing
        return truth(np.asarray(relation(one, other), dtype=bool), missing, len(rows))

    return Predicate(0, test)


def _ends(node: Any, kinds: Kinds) -> tuple[Operand, Operand]:
    if not (isinstance(node, dict) and "interval" in node):
        day = with_kind(value_operand(node, kinds), "date")
        return day, day
    ends = node["interval"]
    if not isinstance(ends, list) or len(ends) != 2:
        raise FilterError("holds an interval without two ends")
    start, end = _end(ends[0], -_EVER, kinds), _end(ends[1], _EVER, kinds)
    if start.literal is not None and end.literal is not None and start.literal > end.literal:
        raise FilterError("holds an interval that ends before it begins")
    return start, end


def _end(node: Any, ever: int, kinds: Kinds) -> Operand:
    if node == _OPEN:
        return literal("date", ever)
    return with_kind(value_operand(node, kinds), "date")
