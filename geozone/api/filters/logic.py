"""Logic of three values: true, false, and unknown where a value is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geozone.api.filters.budget import Budget
from geozone.api.filters.operands import FilterTable, Rows

__all__ = ["Predicate", "Truth", "Work", "conjunction", "constant", "disjunction", "negation", "truth"]


class Truth(NamedTuple):
    """What holds for some rows; where neither does, it is unknown.

    Attributes
    ----------
    true, false : ndarray of bool
        Where it is true, and where it is false.
    """

    true: NDArray[np.bool_]
    false: NDArray[np.bool_]


class Work(NamedTuple):
    """What a filter is worked out on.

    Attributes
    ----------
    table : FilterTable
        The table.
    budget : Budget
        Time for it.
    """

    table: FilterTable
    budget: Budget


@dataclass(frozen=True, slots=True)
class Predicate:
    """A condition on rows.

    Attributes
    ----------
    cost : int
        The cheap ones are asked first: 0 for columns, 1 for text, 2 for geometry.
    test : callable
        Works it out for some rows.
    """

    cost: int
    test: Callable[[Work, Rows], Truth]


def truth(holds: NDArray[np.bool_], missing: NDArray[np.bool_], count: int) -> Truth:
    """Make the truth of a comparison, unknown where a value is missing.

    Parameters
    ----------
    holds, missing : ndarray of bool
        The comparison, and where it could not be made; one value for all rows is spread.
    count : int
        Rows.

    Returns
    -------
    Truth
        The truth of each row.
    """
    holds, missing = np.broadcast_to(holds, count), np.broadcast_to(missing, count)
    return Truth(holds & ~missing, ~holds & ~missing)


def constant(*, value: bool) -> Predicate:
    """Make a condition that always, or never, holds.

    Parameters
    ----------
    value : bool
        Whether it holds.

    Returns
    -------
    Predicate
        The condition.
    """

    def test(work: Work, rows: Rows) -> Truth:  # noqa: ARG001 - the same whatever it is asked of
        return Truth(np.full(len(rows), value), np.full(len(rows), not value))

    return Predicate(0, test)


def negation(part: Predicate) -> Predicate:
    """Turn a condition round.

    Parameters
    ----------
    part : Predicate
        The condition.

    Returns
    -------
    Predicate
        True where it is false, and unknown where it is unknown.
    """

    def test(work: Work, rows: Rows) -> Truth:
        found = part.test(work, rows)
        return Truth(found.false, found.true)

    return Predicate(part.cost, test)


def conjunction(parts: list[Predicate]) -> Predicate:
    """Join conditions with AND; the dearer ones see only rows that no cheaper one has ruled out.

    Parameters
    ----------
    parts : list of Predicate
        The conditions.

    Returns
    -------
    Predicate
        True where all are, false where any is.
    """
    ordered = sorted(parts, key=lambda part: part.cost)

    def test(work: Work, rows: Rows) -> Truth:
        all_true, any_false = np.ones(len(rows), dtype=bool), np.zeros(len(rows), dtype=bool)
        for part in ordered:
            work.budget.check()
            left = np.flatnonzero(~any_false)
            if len(left) == 0:
                break
            found = part.test(work, rows[left])
            all_true[left] &= found.true
            any_false[left] = found.false
        return Truth(all_true & ~any_false, any_false)

    return Predicate(max(part.cost for part in parts), test)


def disjunction(parts: list[Predicate]) -> Predicate:
    """Join conditions with OR: not all of them false.

    Parameters
    ----------
    parts : list of Predicate
        The conditions.

    Returns
    -------
    Predicate
        True where any is, false where all are.
    """
    return negation(conjunction([negation(part) for part in parts]))
