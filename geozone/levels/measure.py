"""The indicators of a rule set for every unit of a tier, today and on days to come."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geozone.levels.tally import Window
from geozone.levels.zone_inputs import ZoneReach
from geozone.rules import CaseFilter, Indicator, Rounding

__all__ = ["Inputs", "Measured", "measure", "round_to"]

Floats = NDArray[np.float64]
_BY_DAY = ("low", "value", "high", "count_low", "count", "count_high")
_BY_UNIT = ("denominator", "shared", "unrecorded")


class Counts(Protocol):
    """Cases of the units of a tier, however they are kept."""

    @property
    def horizon(self) -> int:
        """Days to look ahead."""
        ...

    def records(self, column: str) -> bool:
        """Tell whether the line list has a column."""
        ...

    def window(self, wanted: CaseFilter, days: int, clock: str) -> Window:
        """Count the cases of a window."""
        ...

    def total(self, wanted: CaseFilter) -> Floats:
        """Count all cases up to the day."""
        ...

    def days_since(self, wanted: CaseFilter, clock: str) -> tuple[Floats, Floats]:
        """Find the days since the last case, at least and at most."""
        ...

    def distinct(self, column: str, wanted: CaseFilter, days: int, clock: str) -> tuple[Floats, Floats]:
        """Count the distinct values of a column, at least and at most."""
        ...


@dataclass(frozen=True, slots=True)
class Measured:
    """An indicator, as shape (days, units) arrays; row 0 is today; NaN where it is unknown.

    Attributes
    ----------
    low, value, high : ndarray of float64
        Lowest, expected and highest value that the data allow, before rounding.
    count_low, count, count_high : ndarray of float64
        Cases behind it, in the same order; for coverage, people vaccinated.
    denominator : ndarray of float64, shape (units,)
        People it is divided by; NaN where there are none.
    rounding : Rounding
        How it is rounded.
    shared : ndarray of float64, shape (units,)
        Part of today's count that comes from cases whose unit is not certain.
    unrecorded : ndarray of bool, shape (units,)
        Whether some of today's cases lack a field that the filter looks at.
    supplied : bool
        Whether its data were given at all.
    """

    low: Floats
    value: Floats
    high: Floats
    count_low: Floats
    count: Floats
    count_high: Floats
    denominator: Floats
    rounding: Rounding
    shared: Floats
    unrecorded: NDArray[np.bool_]
    supplied: bool = True

    def compared(self) -> tuple[Floats, Floats]:
        """Give the values that are compared with thresholds.

        Returns
        -------
        low, high : ndarray of float64
            Rounded where the rule rounds before it compares.
        """
        if not self.rounding.before_banding:
            return self.low, self.high
        return round_to(self.low, self.rounding), round_to(self.high, self.rounding)

    def today(self) -> Measured:
        """Keep the first day.

        Returns
        -------
        Measured
            Arrays of shape (1, units).
        """
        if len(self.low) == 1:
            return self
        return replace(
            self,
            low=self.low[:1],
            value=self.value[:1],
            high=self.high[:1],
            count_low=self.count_low[:1],
            count=self.count[:1],
            count_high=self.count_high[:1],
        )

    def part(self, units: NDArray[np.int64]) -> Measured:
        """Keep some units.

        Parameters
        ----------
        units : ndarray of int64
            Their positions.

        Returns
        -------
        Measured
            Copies, in the order asked for.
        """
        changes = {name: getattr(self, name)[:, units] for name in _BY_DAY}
        return replace(self, **changes, **{name: getattr(self, name)[units] for name in _BY_UNIT})

    def put(self, units: NDArray[np.int64], other: Measured) -> None:
        """Take over the values of some units.

        Parameters
        ----------
        units : ndarray of int64
            Their positions.
        other : Measured
            Their values, in that order.
        """
        for name in _BY_DAY:
            getattr(self, name)[:, units] = getattr(other, name)
        for name in _BY_UNIT:
            getattr(self, name)[units] = getattr(other, name)


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the indicators of one tier are measured from.

    Attributes
    ----------
    codes : ndarray of str
        Units.
    counts : Counts
        Cases.
    population : ndarray of float64
        People per unit, NaN where unknown.
    rate_counts : Counts
        Cases of the parts whose population is known: what a rate counts.
    coverage : DataFrame or None
        ``COVERAGE`` rows of these units.
    capacity : DataFrame or None
        Columns handed in, indexed by code.
    cluster_cases : ndarray of float64 or None
        Cases of the largest cluster that touches each unit.
    zone_reach : ZoneReach or None
        Rank of the innermost zone of each unit, by certain zones and by all.
    """

    codes: NDArray[np.object_]
    counts: Counts
    rate_counts: Counts
    population: Floats
    coverage: pd.DataFrame | None
    capacity: pd.DataFrame | None
    cluster_cases: Floats | None = None
    zone_reach: ZoneReach | None = None


def round_to(values: Floats, rounding: Rounding) -> Floats:
    """Round values the way a rule says.

    Parameters
    ----------
    values : ndarray of float64
        Values; NaN and infinity stay.
    rounding : Rounding
        Mode and digits.

    Returns
    -------
    ndarray of float64
        Rounded; halves of decimal numbers are exact to one part in 10^12.
    """
    if rounding.mode == "none":
        return values
    factor = 10.0**rounding.digits
    scaled = values * factor
    nearest = np.round(scaled * 2) / 2
    with np.errstate(invalid="ignore"):
        scaled = np.where(
            np.abs(scaled - nearest) <= 1e-12 * np.maximum(1.0, np.abs(scaled)), nearest, scaled
        )
    if rounding.mode == "half_up":
        scaled = np.floor(scaled + 0.5)
    else:
        scaled = {"half_even": np.rint, "down": np.floor, "up": np.ceil}[rounding.mode](scaled)
    return scaled / factor


def measure(indicator: Indicator, inputs: Inputs) -> Measured:
    """Measure one indicator.

    Parameters
    ----------
    indicator : Indicator
        What to measure.
    inputs : Inputs
        What to measure it from.

    Returns
    -------
    Measured
        For every unit, today and ahead.
    """
    makers = {
        "cases": _cases,
        "coverage": _coverage,
        "input": _input,
        "days_since": _days_since,
        "doubling_days": _doubling,
        "households": _households,
        "cluster_cases": _cluster,
        "top_share": _top_share,
        "zone": _zone,
        "containment": _zone,
    }
    return makers[indicator.what](indicator, inputs)


def _cases(indicator: Indicator, inputs: Inputs) -> Measured:
    counts = inputs.rate_counts if indicator.population else inputs.counts
    counted = counts.window(indicator.filter, indicator.window_days, indicator.clock)
    shared = np.maximum(counted.expected[0] - counted.least[0], 0.0)
    unrecorded = counted.expected_most[0] > counted.expected[0]
    supplied = all(counts.records(name) for name, _ in indicator.filter.columns)
    if indicator.population:
        triple = (counted.expected, counted.expected, counted.expected_most)
        low, value, high = (per_population(count, inputs.population, indicator) for count in triple)
    else:
        triple = (counted.least, counted.expected, counted.most)
        low, value, high = (count * indicator.scale / indicator.divide for count in triple)
    people = inputs.population if indicator.population else np.full(len(inputs.codes), np.nan)
    return Measured(low, value, high, *triple, people, indicator.rounding, shared, unrecorded, supplied)


def per_population(count: Floats, population: Floats, indicator: Indicator) -> Floats:
    """Turn counts into the rate of an indicator.

    Parameters
    ----------
    count : ndarray of float64
        Cases, units last.
    population : ndarray of float64
        People per unit.
    indicator : Indicator
        Its scale and divisor.

    Returns
    -------
    ndarray of float64
        The rate; exact where ``count * scale`` is a multiple of ``divide * population``.
    """
    rate: Floats = count * indicator.scale / (indicator.divide * population)
    return rate


def _coverage(indicator: Indicator, inputs: Inputs) -> Measured:
    vaccinated = np.full(len(inputs.codes), np.nan)
    people = vaccinated.copy()
    if inputs.coverage is not None:
        table = inputs.coverage
        ends = table["age_to"].astype("Float64").to_numpy(dtype=np.float64, na_value=np.inf)
        use = (
            (table["dose"] == indicator.dose).to_numpy()
            & (table["age_from"] == indicator.age_from).to_numpy()
            & (ends == (np.inf if indicator.age_to is None else indicator.age_to))
        )
        chosen = table[use].drop_duplicates("code").set_index("code")
        chosen = chosen.reindex(pd.Index(inputs.codes))
        vaccinated = chosen["vaccinated"].to_numpy(dtype=np.float64, na_value=np.nan)
        people = chosen["denominator"].to_numpy(dtype=np.float64, na_value=np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        percent = np.where(people > 0, 100.0 * vaccinated / people, np.nan)
    return _constant(percent, indicator, inputs, count=vaccinated, denominator=people)


def _input(indicator: Indicator, inputs: Inputs) -> Measured:
    table = inputs.capacity
    if table is None or indicator.column not in table.columns:
        nothing = np.full(len(inputs.codes), np.nan)
        return replace(_constant(nothing, indicator, inputs), supplied=False)
    column = pd.to_numeric(table[indicator.column].reindex(pd.Index(inputs.codes)), errors="coerce")
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    return _constant(np.where(values > indicator.minimum, values, np.nan), indicator, inputs)


def _days_since(indicator: Indicator, inputs: Inputs) -> Measured:
    least, most = inputs.counts.days_since(indicator.filter, indicator.clock)
    ahead = np.arange(inputs.counts.horizon + 1, dtype=np.float64)[:, None]
    low, high = least[None, :] + ahead, most[None, :] + ahead
    return _plain(low, high, indicator, inputs)


def _doubling(indicator: Indicator, inputs: Inputs) -> Measured:
    """Days to double over the window, from the counts of all cases before and after it."""
    everything = inputs.counts.total(indicator.filter)
    now = np.repeat(everything[None, :], inputs.counts.horizon + 1, axis=0)
    recent = inputs.counts.window(indicator.filter, indicator.window_days, indicator.clock).expected
    with np.errstate(divide="ignore", invalid="ignore"):
        growth = np.log2(now / (now - recent))
        days = np.where(recent > 0, indicator.window_days / growth, np.inf)
    return _plain(days, days, indicator, inputs)


def _households(indicator: Indicator, inputs: Inputs) -> Measured:
    low, high = inputs.counts.distinct(
        "household_id", indicator.filter, indicator.window_days, indicator.clock
    )
    return _plain(low, high, indicator, inputs)


def _cluster(indicator: Indicator, inputs: Inputs) -> Measured:
    values = inputs.cluster_cases
    if values is None:
        nothing = np.full(len(inputs.codes), np.nan)
        return replace(_constant(nothing, indicator, inputs), supplied=False)
    window = inputs.counts.window(indicator.filter, indicator.window_days, indicator.clock).most
    ahead = np.where(window > 0, values[None, :], 0.0)
    return _plain(ahead, ahead, indicator, inputs)


def _top_share(indicator: Indicator, inputs: Inputs) -> Measured:
    """Mark the units that together make up a share of all cases, largest first."""
    counts = inputs.counts.window(indicator.filter, indicator.window_days, indicator.clock).expected[0]
    order = np.argsort(-counts, kind="stable")
    before = np.cumsum(counts[order]) - counts[order]
    inside = (before < counts.sum() * indicator.percent / 100) & (counts[order] > 0)
    level = counts[order][inside].min() if inside.any() else np.inf
    return _constant((counts >= level).astype(np.float64), indicator, inputs)


def _zone(indicator: Indicator, inputs: Inputs) -> Measured:
    reach = inputs.zone_reach
    if reach is None:
        nothing = np.full(len(inputs.codes), np.nan)
        return replace(_constant(nothing, indicator, inputs), supplied=False)
    low, high = reach.certain, reach.possible
    if indicator.what == "containment":
        low, high = ((ranks > reach.rings).astype(np.float64) for ranks in (low, high))
    rows = (inputs.counts.horizon + 1, len(inputs.codes))
    return _plain(np.broadcast_to(low, rows), np.broadcast_to(high, rows), indicator, inputs)


def _constant(
    values: Floats,
    indicator: Indicator,
    inputs: Inputs,
    *,
    count: Floats | None = None,
    denominator: Floats | None = None,
) -> Measured:
    rows = inputs.counts.horizon + 1
    repeated = np.broadcast_to(values, (rows, len(values)))
    counts = repeated if count is None else np.broadcast_to(count, (rows, len(values)))
    people = np.full(len(values), np.nan) if denominator is None else denominator
    none = np.zeros(len(values))
    full = np.zeros(len(values), dtype=bool)
    return Measured(
        repeated, repeated, repeated, counts, counts, counts, people, indicator.rounding, none, full
    )


def _plain(low: Floats, high: Floats, indicator: Indicator, inputs: Inputs) -> Measured:
    people = np.full(len(inputs.codes), np.nan)
    none = np.zeros(len(people))
    unrecorded = low[0] != high[0]
    return Measured(low, low, high, low, low, high, people, indicator.rounding, none, unrecorded)
