"""Apply a decision to measured indicators: every unit and day at once, unknown kept as unknown.

Every truth is a pair of masks, *surely* and *possibly*; every level is a pair of ranks, the lowest
and the highest that the data allow. With complete data the two are equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from geozone.levels.measure import Measured
from geozone.rules import BandSet, Decision, FirstMatch, Lookup, RuleSet
from geozone.rules.conditions import All, Compare, Condition, LevelTerm, Not, terms

__all__ = ["Children", "Decider", "Outcome"]

Masks = tuple[NDArray[np.bool_], NDArray[np.bool_]]
Ranks = NDArray[np.int8]
Adjacency = Any  # a scipy csr_matrix, which has no types, or of a few units a dense array
_BY_DAY = ("low", "high", "base_low", "base_high")


@dataclass(frozen=True, slots=True)
class Children:
    """Levels of the tier below.

    Attributes
    ----------
    low, high : ndarray of int8, shape (days, children)
        Ranks; 0 and the highest rank where there is no data.
    parent : ndarray of int64
        Position of each child's parent, -1 for none.
    """

    low: Ranks
    high: Ranks
    parent: NDArray[np.int64]


@dataclass(slots=True)
class Outcome:
    """What a decision answered.

    Attributes
    ----------
    low, high : ndarray of int8, shape (days, units)
        Lowest and highest rank after the modifiers.
    base_low, base_high : ndarray of int8, shape (days, units)
        The same before them.
    clause : ndarray of int64, shape (units,)
        First match: position of the clause that surely decided today, or of the end of the list.
    maybe : dict of str to ndarray of bool
        Clauses and modifiers that may hold today but need data that are not there.
    surely : dict of str to ndarray of bool
        Clauses and modifiers that hold today.
    cells : list of dict of (int, int) to ndarray of bool
        Per lookup, the cells that today's data allow.
    skipped : list of str
        Clauses and modifiers left out because their input was not supplied.
    """

    low: Ranks
    high: Ranks
    base_low: Ranks
    base_high: Ranks
    clause: NDArray[np.int64]
    maybe: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    surely: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    cells: list[dict[tuple[int, int], NDArray[np.bool_]]] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def part(self, units: NDArray[np.int64]) -> Outcome:
        """Keep some units.

        Parameters
        ----------
        units : ndarray of int64
            Their positions.

        Returns
        -------
        Outcome
            Copies, in the order asked for.
        """
        return Outcome(
            self.low[:, units],
            self.high[:, units],
            self.base_low[:, units],
            self.base_high[:, units],
            self.clause[units],
            {name: mask[units] for name, mask in self.maybe.items()},
            {name: mask[units] for name, mask in self.surely.items()},
            [{cell: mask[units] for cell, mask in cells.items()} for cells in self.cells],
            self.skipped,
        )

    def put(self, units: NDArray[np.int64], other: Outcome) -> None:
        """Take over the answers for some units.

        Parameters
        ----------
        units : ndarray of int64
            Their positions.
        other : Outcome
            Their answers, in that order.
        """
        for name in _BY_DAY:
            getattr(self, name)[:, units] = getattr(other, name)
        self.clause[units] = other.clause
        for mine, theirs in ((self.maybe, other.maybe), (self.surely, other.surely)):
            for key, mask in theirs.items():
                mine[key][units] = mask
        for kept, cells in zip(self.cells, other.cells, strict=True):
            for cell, mask in cells.items():
                kept[cell][units] = mask


class Decider:
    """One decision of a rule set, ready to be applied to any values.

    Parameters
    ----------
    rules : RuleSet
        The rule set.
    decision : Decision
        The decision of the tier.
    as_of : date
        Day that chooses the modifiers in force.
    neighbours : csr_matrix or None
        Adjacency of the units.
    children : Children or None
        Levels of the tier below.
    tier_missing : bool
        Whether the children are not of the tier that the text names: there are no districts.
    previous : ndarray of int8
        Rank of the day before, 0 where there is none.
    """

    def __init__(
        self,
        rules: RuleSet,
        decision: Decision,
        *,
        as_of: date,
        previous: Ranks,
        neighbours: sparse.csr_matrix | None = None,
        children: Children | None = None,
    ) -> None:
        self.rules = rules
        self.decision = decision
        self.previous = previous
        # Numbers, not truths: they are multiplied at every condition on neighbours.
        self.neighbours: Adjacency | None = None if neighbours is None else neighbours.astype(np.float64)
        self.children = children
        self.tier_missing = False
        self._copies = 1
        self._around: Outcome | None = None
        self.modifiers = tuple(item for item in rules.modifiers if item.in_force(as_of))
        self._ranks = {level.key: level.rank for level in rules.levels}

    def part(self, units: NDArray[np.int64], children: Children | None = None) -> Decider:
        """Make the decider of some units alone.

        Parameters
        ----------
        units : ndarray of int64
            Their positions. What neighbours outside them would do is not known to it.
        children : Children, optional
            The units below them.

        Returns
        -------
        Decider
            For these units, in the order asked for.
        """
        narrow = copy(self)
        narrow.previous = self.previous[units]
        narrow.neighbours = None if self.neighbours is None else _dense_part(self.neighbours, units)
        narrow.children = children
        return narrow

    def repeated(self, times: int) -> Decider:
        """Make the decider of several copies of the units, one behind the other.

        Parameters
        ----------
        times : int
            How many.

        Returns
        -------
        Decider
            What neighbours and units below do is the same for every copy, so `run` must be told of the
            levels ``around``.
        """
        wide = copy(self)
        wide.previous = np.tile(self.previous, times)
        wide._copies = times
        return wide

    def run(self, measured: Mapping[str, Measured], *, around: Outcome | None = None) -> Outcome:
        """Decide every unit and day.

        Parameters
        ----------
        measured : mapping of str to Measured
            The indicators, all of one shape (days, units).
        around : Outcome, optional
            Levels that the neighbours keep: to ask what a change in one unit alone would do.

        Returns
        -------
        Outcome
            Ranks and what led to them.
        """
        self._around = around
        shape = next(iter(measured.values())).low.shape
        low, high, base_low, base_high = np.zeros((4, *shape), dtype=np.int8)
        outcome = Outcome(low, high, base_low, base_high, np.zeros(shape[1], dtype=np.int64))
        rule = self.decision.shape
        if isinstance(rule, FirstMatch):
            self._first_match(rule, measured, outcome)
        else:
            parts = (rule,) if isinstance(rule, Lookup) else rule.parts
            for part in parts:
                self._lookup(part, measured, outcome)
        outcome.low, outcome.high = outcome.base_low.copy(), outcome.base_high.copy()
        self._modify(measured, outcome)
        outcome.low = np.where(outcome.base_low == 0, 0, outcome.low).astype(np.int8)
        return outcome

    def _lookup(self, table: Lookup, measured: Mapping[str, Measured], outcome: Outcome) -> None:
        rows = self._allowed(self.rules.bands[table.rows], measured)
        columns = self._allowed(self.rules.bands[table.columns], measured)
        low = np.full(outcome.low.shape, 127, dtype=np.int8)
        high = np.zeros(outcome.low.shape, dtype=np.int8)
        cells = {}
        for r, row in enumerate(rows):
            for c, column in enumerate(columns):
                use = row & column
                span = table.spans[r][c]
                low = np.where(use, np.minimum(low, span.low), low).astype(np.int8)
                high = np.where(use, np.maximum(high, span.high), high).astype(np.int8)
                cells[(r, c)] = use[0]
        outcome.cells.append(cells)
        outcome.base_low = np.maximum(outcome.base_low, low).astype(np.int8)
        outcome.base_high = np.maximum(outcome.base_high, high).astype(np.int8)

    def _allowed(self, bands: BandSet, measured: Mapping[str, Measured]) -> list[NDArray[np.bool_]]:
        low, high = measured[bands.indicator].compared()
        unknown = np.isnan(low) | np.isnan(high)
        edges = np.array(bands.edges)
        first = np.searchsorted(edges, low, side="right")
        last = np.searchsorted(edges, high, side="right")
        return [unknown | ((first <= i) & (i <= last)) for i in range(len(bands.bands))]

    def _first_match(self, rule: FirstMatch, measured: Mapping[str, Measured], outcome: Outcome) -> None:
        shape = outcome.low.shape
        undecided = np.ones(shape, dtype=bool)
        low = np.full(shape, 127, dtype=np.int8)
        high = np.zeros(shape, dtype=np.int8)
        outcome.clause[:] = len(rule.clauses)
        for position, clause in enumerate(rule.clauses):
            if clause.optional and self._missing(clause.when, measured):
                outcome.skipped.append(clause.id)
                continue
            settled = np.where(undecided, 0, low).astype(np.int8)
            sure, possible = self._evaluate(clause.when, measured, settled, high)
            reached = undecided & possible
            low = np.where(reached, np.minimum(low, clause.span.low), low).astype(np.int8)
            high = np.where(reached, np.maximum(high, clause.span.high), high).astype(np.int8)
            hit = undecided & sure
            outcome.surely[clause.id] = hit[0]
            outcome.maybe[clause.id] = (reached & ~hit)[0]
            outcome.clause[hit[0]] = position
            undecided &= ~sure
        low = np.where(undecided, np.minimum(low, rule.otherwise.low), low)
        high = np.where(undecided, np.maximum(high, rule.otherwise.high), high)
        outcome.base_low, outcome.base_high = low.astype(np.int8), high.astype(np.int8)

    def _missing(self, condition: Condition, measured: Mapping[str, Measured]) -> bool:
        return any(isinstance(term, str) and not measured[term].supplied for term in terms(condition))

    def _modify(self, measured: Mapping[str, Measured], outcome: Outcome) -> None:
        for item in self.modifiers:
            if item.optional and self._missing(item.when, measured):
                outcome.skipped.append(item.id)
                continue
            sure, possible = self._evaluate(item.when, measured, outcome.low, outcome.high)
            outcome.surely[item.id] = sure[0]
            outcome.maybe[item.id] = (possible & ~sure)[0]
            low, high = outcome.low, outcome.high
            if item.kind == "raise":
                low = np.where(sure, np.maximum(low, np.minimum(low + item.by, item.cap)), low)
                high = np.where(possible, np.maximum(high, np.minimum(high + item.by, item.cap)), high)
            elif item.kind == "floor":
                low = np.where(sure, np.maximum(low, item.cap), low)
                high = np.where(possible, np.maximum(high, item.cap), high)
            elif item.kind == "ceiling":
                low = np.where(possible, np.minimum(low, item.cap), low)
                high = np.where(sure, np.minimum(high, item.cap), high)
            else:
                low, high = self._hold(low, sure), self._hold(high, possible)
            outcome.low, outcome.high = low.astype(np.int8), high.astype(np.int8)

    def _hold(self, ranks: Ranks, held: NDArray[np.bool_]) -> Ranks:
        result = ranks.copy()
        before = self.previous
        for day in range(len(result)):
            result[day] = np.where(held[day], np.maximum(result[day], before), result[day])
            before = result[day]
        return result

    def _evaluate(
        self, condition: Condition, measured: Mapping[str, Measured], low: Ranks, high: Ranks
    ) -> Masks:
        if isinstance(condition, Not):
            sure, possible = self._evaluate(condition.part, measured, low, high)
            return ~possible, ~sure
        if isinstance(condition, Compare):
            return self._compare(condition, measured, low, high)
        parts = [self._evaluate(part, measured, low, high) for part in condition.parts]
        combine = np.logical_and if isinstance(condition, All) else np.logical_or
        return (
            combine.reduce([sure for sure, _ in parts]),
            combine.reduce([possible for _, possible in parts]),
        )

    def _compare(
        self, condition: Compare, measured: Mapping[str, Measured], low: Ranks, high: Ranks
    ) -> Masks:
        if isinstance(condition.term, LevelTerm):
            least, most = self._level_term(condition.term, low, high)
        else:
            least, most = measured[condition.term].compared()
        number = condition.number
        unknown = np.isnan(least) | np.isnan(most)
        if condition.operator == ">=":
            sure, possible = least >= number, most >= number
        elif condition.operator == ">":
            sure, possible = least > number, most > number
        elif condition.operator == "<":
            sure, possible = most < number, least < number
        elif condition.operator == "<=":
            sure, possible = most <= number, least <= number
        else:
            equal = (least == number) & (most == number)
            within = (least <= number) & (number <= most)
            sure, possible = (equal, within) if condition.operator == "==" else (~within, ~equal)
        return sure & ~unknown, possible | unknown

    def _level_term(
        self, term: LevelTerm, low: Ranks, high: Ranks
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        if self._copies == 1:
            return self._levels_around(term, low, high)
        units = low.shape[1] // self._copies
        least, most = self._levels_around(term, low[:, :units], high[:, :units])
        return np.tile(least, (1, self._copies)), np.tile(most, (1, self._copies))

    def _levels_around(
        self, term: LevelTerm, low: Ranks, high: Ranks
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        rank = self._ranks[term.level]
        if term.predicate == "adjacent_to":
            if self._around is not None:
                low, high = self._around.base_low[: len(low)], self._around.base_high[: len(high)]
            return self._neighbours(low >= rank), self._neighbours(high >= rank)
        if self.children is None:
            nothing = np.full(low.shape, np.nan)
            return nothing, nothing
        least = self._of_children(self.children.low >= rank, low.shape)
        most = self._of_children(self.children.high >= rank, low.shape)
        if term.predicate == "count":
            return least, most
        total = self._of_children(np.ones_like(self.children.low, dtype=bool), low.shape)
        with np.errstate(divide="ignore", invalid="ignore"):
            return 100.0 * least / total, 100.0 * most / total

    def _neighbours(self, flags: NDArray[np.bool_]) -> NDArray[np.float64]:
        if self.neighbours is None:
            return np.full(flags.shape, np.nan)
        counted: NDArray[np.float64] = (self.neighbours @ flags.T.astype(np.float64)).T
        return counted

    def _of_children(self, flags: NDArray[np.bool_], shape: tuple[int, ...]) -> NDArray[np.float64]:
        assert self.children is not None  # noqa: S101
        parent = self.children.parent
        inside = parent >= 0
        if shape[1] == 1:
            counted: NDArray[np.float64] = flags[: shape[0], inside].sum(axis=1, dtype=np.float64)
            return counted[:, None]
        cells = parent[inside][None, :] + shape[1] * np.arange(shape[0])[:, None]
        weights = flags[: shape[0], inside].astype(np.float64)
        counts = np.bincount(cells.ravel(), weights.ravel(), shape[0] * shape[1])
        return counts.reshape(shape).astype(np.float64)


def _dense_part(neighbours: Adjacency, units: NDArray[np.int64]) -> NDArray[np.float64]:
    """Adjacency of a few units, as a dense matrix: cutting sparse ones costs more than using it."""
    if isinstance(neighbours, np.ndarray):
        return neighbours[np.ix_(units, units)]
    place = np.full(neighbours.shape[0], -1, dtype=np.int64)
    place[units] = np.arange(len(units))
    sizes = neighbours.indptr[units + 1] - neighbours.indptr[units]
    shift = np.repeat(neighbours.indptr[units] - (np.cumsum(sizes) - sizes), sizes)
    near = place[neighbours.indices[np.arange(len(shift)) + shift]]
    dense = np.zeros((len(units), len(units)))
    dense[np.repeat(np.arange(len(units)), sizes)[near >= 0], near[near >= 0]] = 1.0
    return dense
