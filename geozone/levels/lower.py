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
    today = {name: values.today() for name, values in measured.items()}
    options = []
    for name, values in thresholds.items():
        indicator = decider.rules.indicators[name]
        if not measured[name].supplied:
            continue
        best = np.full(outcome.low.shape[1], np.nan)
        rank = np.zeros(outcome.low.shape[1], dtype=np.int8)
        mild_first = values if indicator.higher_is_better else values[::-1]
        for threshold in mild_first:
            changed = _passed(today[name], threshold, better_up=indicator.higher_is_better)
            answer = decider.run({**today, name: changed}, around=outcome)
            drops = np.isnan(best) & (answer.low[0] < outcome.low[0])
            best = np.where(drops, threshold.number, best)
            rank = np.where(drops, answer.low[0], rank).astype(np.int8)
        if not np.isnan(best).all():
            options.append(Option(name, best, _amount(indicator, measured[name], best), rank))
    return options


def _passed(values: Measured, threshold: Threshold, *, better_up: bool) -> Measured:
    """Move values past a threshold, to its better side, where they are not there yet."""
    below = np.nextafter(threshold.number, -np.inf) if threshold.from_there else threshold.number
    above = threshold.number if threshold.from_there else np.nextafter(threshold.number, np.inf)
    low, high = values.compared()
    if better_up:
        low, high = np.fmax(low, above), np.fmax(high, above)
    else:
        low, high = np.fmin(low, below), np.fmin(high, below)
    return replace(values, low=low, value=low, high=high, rounding=Rounding())


def _amount(indicator: Indicator, values: Measured, threshold: NDArray[np.float64]) -> NDArray[np.float64]:
    if indicator.what == "coverage":
        needed = np.ceil(threshold / 100 * values.denominator - values.count[0] - 1e-9)
        people: NDArray[np.float64] = np.maximum(needed, 1)
        return people
    if indicator.what != "cases":
        return np.full(len(threshold), np.nan)
    residents = values.denominator if indicator.population else np.ones(len(threshold))
    most = np.floor(threshold * indicator.divide * residents / indicator.scale) + 1
    slack = np.ceil(10.0**-indicator.rounding.digits * indicator.divide * residents / indicator.scale)
    most = most + np.nan_to_num(slack)
    for _ in range(64):
        rate = per_population(most, residents, indicator)
        if indicator.rounding.before_banding:
            rate = round_to(rate, indicator.rounding)
        step = np.where(rate >= threshold, np.maximum(1, _excess(rate, threshold, indicator, residents)), 0)
        if not (np.nan_to_num(step) > 0).any():
            break
        most = most - np.nan_to_num(step)
    allowed: NDArray[np.float64] = np.maximum(most, 0)
    return allowed


def _excess(
    rate: NDArray[np.float64],
    threshold: NDArray[np.float64],
    indicator: Indicator,
    people: NDArray[np.float64],
) -> NDArray[np.float64]:
    margin = 10.0**-indicator.rounding.digits if indicator.rounding.before_banding else 0.0
    excess: NDArray[np.float64] = (rate - threshold - margin) * indicator.divide * people / indicator.scale
    return np.floor(excess)


def _comparisons(condition: Condition) -> Iterator[Compare]:
    if isinstance(condition, Compare):
        yield condition
    elif isinstance(condition, Not):
        yield from _comparisons(condition.part)
    elif isinstance(condition, All | AnyOf):
        for part in condition.parts:
            yield from _comparisons(part)
