"""What would turn a unit one level lower, and the first day that can be without a new case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geozone.levels.decide import Decider, Outcome
from geozone.levels.measure import Measured, per_population, round_to
from geozone.rules import Decision, FirstMatch, Indicator, Lookup, Rounding, RuleSet
from geozone.rules.conditions import All, Compare, Condition, Not
from geozone.rules.conditions import Any as AnyOf

__all__ = ["Option", "Threshold", "days_until_lower", "horizon_days", "lower_options", "used_thresholds"]

_LONGEST = 100
_ROUNDED_UP = {"none": 0.0, "half_up": 0.5, "half_even": 0.5, "down": 0.0, "up": 1.0}
"""How far below a threshold a value may be and still be rounded up to it, in units of its last digit."""


@dataclass(frozen=True, slots=True, order=True)
class Threshold:
    """A number that a decision compares an indicator with.

    Attributes
    ----------
    number : float
        The threshold.
    from_there : bool
        Whether the number itself is on the upper side (``>=``), else on the lower (``>``).
    """

    number: float
    from_there: bool


@dataclass(frozen=True, slots=True)
class _Best:
    """The mildest threshold per unit found so far."""

    threshold: NDArray[np.float64]
    from_there: NDArray[np.bool_]
    rank: NDArray[np.int8]

    @classmethod
    def none(cls, units: int) -> _Best:
        return cls(np.full(units, np.nan), np.zeros(units, dtype=bool), np.zeros(units, dtype=np.int8))


@dataclass(frozen=True, slots=True)
class Option:
    """One indicator that would be enough to lower the level.

    Attributes
    ----------
    indicator : str
        Its id.
    threshold : ndarray of float64, shape (units,)
        Threshold to pass, NaN where passing it does not lower the level.
    amount : ndarray of float64, shape (units,)
        Most cases that are allowed in the window, or people still to vaccinate; NaN for others.
    rank : ndarray of int8, shape (units,)
        Rank that would be reached.
    """

    indicator: str
    threshold: NDArray[np.float64]
    amount: NDArray[np.float64]
    rank: NDArray[np.int8]

    def part(self, units: NDArray[np.int64]) -> Option:
        """Keep some units.

        Parameters
        ----------
        units : ndarray of int64
            Their positions.

        Returns
        -------
        Option
            These units, in the order asked for.
        """
        return Option(self.indicator, self.threshold[units], self.amount[units], self.rank[units])


def used_thresholds(rules: RuleSet, decision: Decision, decider: Decider) -> dict[str, list[Threshold]]:
    """List the thresholds of each indicator that decides.

    Parameters
    ----------
    rules : RuleSet
        The rule set.
    decision : Decision
        The decision of the tier.
    decider : Decider
        Knows the modifiers in force.

    Returns
    -------
    dict of str to list of Threshold
        Ascending.
    """
    found: dict[str, set[Threshold]] = {}
    shape = decision.shape
    if isinstance(shape, FirstMatch):
        conditions = [clause.when for clause in shape.clauses]
    else:
        conditions = []
        for part in (shape,) if isinstance(shape, Lookup) else shape.parts:
            for name in (part.rows, part.columns):
                bands = rules.bands[name]
                edges = {Threshold(edge, from_there=True) for edge in bands.edges}
                found.setdefault(bands.indicator, set()).update(edges)
    conditions += [item.when for item in decider.modifiers]
    for condition in conditions:
        for comparison in _comparisons(condition):
            if isinstance(comparison.term, str):
                threshold = Threshold(comparison.number, comparison.operator in (">=", "<"))
                found.setdefault(comparison.term, set()).add(threshold)
    return {name: sorted(values) for name, values in found.items()}


def horizon_days(rules: RuleSet, thresholds: Mapping[str, list[Threshold]]) -> int:
    """Find how far ahead a level can still change without a new case.

    Parameters
    ----------
    rules : RuleSet
        The rule set.
    thresholds : mapping
        As ``used_thresholds`` gives them.

    Returns
    -------
    int
        Days.
    """
    longest = 0
    for name, values in thresholds.items():
        indicator = rules.indicators[name]
        if indicator.what in ("cases", "households", "cluster_cases", "top_share", "doubling_days"):
            longest = max(longest, indicator.window_days)
        elif indicator.what == "days_since":
            longest = max(longest, int(values[-1].number) + 1)
    return min(longest, _LONGEST)


def days_until_lower(outcome: Outcome) -> NDArray[np.int64]:
    """Find the first day on which the level is lower than today, if no new case comes.

    Parameters
    ----------
    outcome : Outcome
        Today and the days ahead.

    Returns
    -------
    ndarray of int64
        Days from today; -1 where it stays within the horizon.
    """
    lower = outcome.low < outcome.low[:1]
    return np.where(lower.any(axis=0), lower.argmax(axis=0), -1)


def lower_options(
    decider: Decider,
    measured: Mapping[str, Measured],
    outcome: Outcome,
    thresholds: Mapping[str, list[Threshold]],
) -> list[Option]:
    """Find the indicators of which one alone would lower the level, and by how much.

    Parameters
    ----------
    decider : Decider
        The decision.
    measured : mapping of str to Measured
        The indicators.
    outcome : Outcome
        What they led to.
    thresholds : mapping
        As ``used_thresholds`` gives them.

    Returns
    -------
    list of Option
        The mildest threshold per indicator that lowers the level.
    """
    answers = _answers(decider, measured, outcome, thresholds)
    options = []
    for name, values in thresholds.items():
        indicator = decider.rules.indicators[name]
        if not measured[name].supplied:
            continue
        best = _Best.none(outcome.low.shape[1])
        mild_first = values if indicator.higher_is_better else values[::-1]
        for threshold in mild_first:
            reached = answers[name, threshold]
            drops = np.isnan(best.threshold) & (reached < outcome.low[0])
            best.threshold[drops] = threshold.number
            best.from_there[drops] = threshold.from_there
            best.rank[drops] = reached[drops]
        if not np.isnan(best.threshold).all():
            amount = _amount(indicator, measured[name], best)
            options.append(Option(name, best.threshold, amount, best.rank))
    return options


def _answers(
    decider: Decider,
    measured: Mapping[str, Measured],
    outcome: Outcome,
    thresholds: Mapping[str, list[Threshold]],
) -> dict[tuple[str, Threshold], NDArray[np.int8]]:
    """Rank that each unit would have past each threshold: all of them in one run, side by side."""
    asked = [(name, one) for name, values in thresholds.items() if measured[name].supplied for one in values]
    if not asked:
        return {}
    wide = {}
    for name in thresholds:
        today = measured[name].today()
        low, high = (np.repeat(values, len(asked), axis=0) for values in today.compared())
        better_up = decider.rules.indicators[name].higher_is_better
        for row, (moved, threshold) in enumerate(asked):
            if moved == name:
                low[row], high[row] = _passed(low[row], high[row], threshold, better_up=better_up)
        low, high = low.reshape(1, low.size), high.reshape(1, high.size)
        wide[name] = replace(today, low=low, value=low, high=high, rounding=Rounding())
    ranks = decider.repeated(len(asked)).run(wide, around=outcome).low[0]
    return dict(zip(asked, np.split(ranks, len(asked)), strict=True))


def _passed(
    low: NDArray[np.float64], high: NDArray[np.float64], threshold: Threshold, *, better_up: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Move values past a threshold, to its better side, where they are not there yet."""
    below = np.nextafter(threshold.number, -np.inf) if threshold.from_there else threshold.number
    above = threshold.number if threshold.from_there else np.nextafter(threshold.number, np.inf)
    if better_up:
        return np.fmax(low, above), np.fmax(high, above)
    return np.fmin(low, below), np.fmin(high, below)


def _amount(indicator: Indicator, values: Measured, best: _Best) -> NDArray[np.float64]:
    """Turn a threshold into people still to vaccinate, or into the most cases that are allowed."""
    if indicator.what == "coverage":
        needed = np.ceil(best.threshold / 100 * values.denominator - values.count[0] - 1e-9)
        people: NDArray[np.float64] = np.maximum(needed, 1)
        return people
    if indicator.what != "cases":
        return np.full(len(best.threshold), np.nan)
    residents = values.denominator if indicator.population else np.ones(len(best.threshold))
    rounded = indicator.rounding if indicator.rounding.before_banding else Rounding()
    raw = best.threshold - _ROUNDED_UP[rounded.mode] * 10.0**-rounded.digits
    allowed: NDArray[np.float64] = np.ceil(raw * indicator.divide * residents / indicator.scale) + 2
    for _ in range(4):
        rate = round_to(per_population(allowed, residents, indicator), rounded)
        over = np.where(best.from_there, rate >= best.threshold, rate > best.threshold)
        allowed = allowed - over
    return np.maximum(allowed, 0)


def _comparisons(condition: Condition) -> Iterator[Compare]:
    if isinstance(condition, Compare):
        yield condition
    elif isinstance(condition, Not):
        yield from _comparisons(condition.part)
    elif isinstance(condition, All | AnyOf):
        for part in condition.parts:
            yield from _comparisons(part)
