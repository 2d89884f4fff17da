"""The tree of a filter checked against the columns of a table, and made into one condition."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from geozone.api.filters.budget import Budget
from geozone.api.filters.comparisons import COMPARISONS, comparison
from geozone.api.filters.faults import FilterError
from geozone.api.filters.geometry import MAX_VERTICES, Project
from geozone.api.filters.logic import (
    Predicate,
    Truth,
    Work,
    conjunction,
    constant,
    disjunction,
    negation,
    truth,
)
from geozone.api.filters.operands import FilterTable, Kinds, Rows, shown, value_operand
from geozone.api.filters.spatial import SPATIAL, spatial
from geozone.api.filters.temporal import TEMPORAL, temporal

__all__ = ["Filter", "compile_filter"]

_JOINS = {"and": conjunction, "or": disjunction}


class Filter:
    """A condition that rows of a table can be asked.

    Parameters
    ----------
    predicate : Predicate
        The condition.
    """

    def __init__(self, predicate: Predicate) -> None:
        self._predicate = predicate

    def matches(self, table: FilterTable, rows: Rows, budget: Budget) -> NDArray[np.bool_]:
        """Find the rows that it is true for.

        Parameters
        ----------
        table : FilterTable
            The table.
        rows : ndarray of int64
            Positions to ask.
        budget : Budget
            Time for it.

        Returns
        -------
        ndarray of bool
            Whether it is true, not false or unknown, for each.

        Raises
        ------
        FilterError
            If the time is over.
        """
        return self._predicate.test(Work(table, budget), rows).true


def compile_filter(tree: Any, kinds: Kinds, *, project: Project | None = None) -> Filter:
    """Check a filter and make it ready.

    Parameters
    ----------
    tree : object
        What ``read_filter`` gives.
    kinds : mapping of str
        Kinds of the properties that may be asked for.
    project : callable, optional
        Turns coordinates of the filter into longitude and latitude.

    Returns
    -------
    Filter
        The condition.

    Raises
    ------
    FilterError
        If it names a property or function that there is not, or compares what cannot be compared.
    """
    if _vertices(tree) > MAX_VERTICES:
        raise FilterError(f"holds geometry of more than {MAX_VERTICES} vertices")
    return Filter(_predicate(tree, kinds, project))


def _predicate(node: Any, kinds: Kinds, project: Project | None) -> Predicate:
    if isinstance(node, bool):
        return constant(value=node)
    if not isinstance(node, dict):
        raise FilterError("holds a value where a condition is expected")
    if "property" in node:
        return _flag(node, kinds)
    name, arguments = str(node.get("op", "")).lower(), node.get("args")
    if not isinstance(arguments, list):
        raise FilterError("holds a value where a condition is expected")
    if name == "not" and len(arguments) == 1:
        return negation(_predicate(arguments[0], kinds, project))
    if name in _JOINS and arguments:
        return _JOINS[name]([_predicate(argument, kinds, project) for argument in arguments])
    if name in COMPARISONS:
        return comparison(name, arguments, kinds)
    if name in SPATIAL:
        return spatial(name, arguments, project)
    if name in TEMPORAL:
        return temporal(name, arguments, kinds)
    raise FilterError(f"uses a function that is not known here: {shown(node.get('op', ''))}")


def _flag(node: dict[str, Any], kinds: Kinds) -> Predicate:
    """Take a property that is true or false as a condition of its own."""
    value = value_operand(node, kinds)
    if value.kind != "boolean":
        raise FilterError(
            f"uses a property as a condition that is not true or false: {shown(node['property'])}"
        )

    def test(work: Work, rows: Rows) -> Truth:
        found = value.read(work.table, rows)
        return truth(found.values, found.missing, len(rows))

    return Predicate(0, test)


def _vertices(tree: Any) -> int:
    """Count the positions of every geometry in a tree."""
    found, nodes = 0, [tree]
    while nodes:
        node = nodes.pop()
        if isinstance(node, dict):
            nodes.extend(node.values())
        elif isinstance(node, list):
            is_position = len(node) in (2, 3) and all(type(part) in (int, float) for part in node)
            found += is_position
            if not is_position:
                nodes.extend(node)
    return found
