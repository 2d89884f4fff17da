"""Levels under many other placements of a few cases, without assessing the country anew for each.

What a unit measures depends on its own cases alone for nearly every indicator. So the indicators are
measured once for each unit and group of cases, with and without the group, and the decision is then
applied to the whole country with those values put in. The decision itself is the one of ``assess``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geozone.levels.assessment import needs_adjacency
from geozone.levels.decide import Decider
from geozone.levels.materials import Materials
from geozone.levels.measure import Inputs, Measured, measure
from geozone.levels.placement import Placement, place_cases
from geozone.levels.spatial import adjacency
from geozone.levels.tally import CaseCounts
from geozone.rules import RuleSet
from geozone.types import AdminLevel
from geozone.zoning import Placing

__all__ = ["LevelChanges", "assess_placings", "is_local"]

_LOCAL = frozenset({"cases", "coverage", "input", "days_since", "doubling_days", "households"})
_AT_ONCE = 64
_COMMUNE = AdminLevel.COMMUNE
_Group = tuple[int, ...]
"""Rows of the table of first places."""


class LevelChanges(NamedTuple):
    """Communes whose level would be another; 0 stands for no level."""

    commune: NDArray[np.int64]
    """Rows of the communes."""
    before: NDArray[np.int64]
    """Epidemic level now."""
    after: NDArray[np.int64]
    """Epidemic level then."""
    possible_before: NDArray[np.int64]
    """Highest level that the data allow now."""
    possible_after: NDArray[np.int64]
    """Highest level that the data would allow then."""


def is_local(rules: RuleSet) -> bool:
    """Tell whether what a commune measures depends on its own cases alone.

    Parameters
    ----------
    rules : RuleSet
        The rules.

    Returns
    -------
    bool
        False where an indicator looks at zones, clusters or the rank among all communes.
    """
    return all(indicator.what in _LOCAL for indicator in rules.indicators.values())


def assess_placings(
    units: gpd.GeoDataFrame,
    cases: pd.DataFrame,
    coverage: pd.DataFrame | None,
    population: pd.DataFrame | None,
    rules: RuleSet,
    *,
    as_of: date,
    previous: pd.DataFrame | None = None,
    placings: Sequence[Placing],
) -> list[LevelChanges]:
    """Find the communes whose level changes under each of many placings, one placing at a time.

    Parameters
    ----------
    units : GeoDataFrame
        Communes (``UNITS``).
    cases : DataFrame
        One row per case and place, index 0 to n - 1: the table that ``draw`` takes.
    coverage, population, previous : DataFrame or None
        As ``assess`` takes them.
    rules : RuleSet
        The rules; ``is_local`` holds.
    as_of : date
        Last day of every window.
    placings : sequence of Placing
        What to try.

    Returns
    -------
    list of LevelChanges
        One per placing: what ``assess`` on the changed table would say otherwise.

    Raises
    ------
    ValueError
        If an indicator of the rules does not depend on a commune's own cases alone.
    """
    if not is_local(rules):
        raise ValueError(f"rule set {rules.id} looks beyond the cases of a commune: assess it as a whole")
    if rules.decision(_COMMUNE) is None or not placings:
        return [_nothing() for _ in placings]
    known = cases[cases["report_date"] <= pd.Timestamp(as_of)]
    if known.empty:
        return [_nothing() for _ in placings]
    materials = Materials.gather(
        units,
        known,
        rules,
        as_of=as_of,
        coverage=coverage,
        zones=None,
        population=population,
        capacity=None,
        previous=previous,
        overrides={},
        reporting=None,
        deep=False,
    )
    first = _first_rows(cases, materials.cases.places)
    groups = [tuple(sorted({int(i) for i in first[list(one.rows)] if i >= 0})) for one in placings]
    return _Country(materials, units).changes(groups, [one.commune for one in placings])


def _nothing() -> LevelChanges:
    none = np.empty(0, dtype=np.int64)
    return LevelChanges(none, none, none, none, none)


def _first_rows(cases: pd.DataFrame, first: pd.DataFrame) -> NDArray[np.int64]:
    """Find, for each row of the case table, the row that counts for it; -1 where another place does."""
    position = pd.Index(first["case_id"]).get_indexer(pd.Index(cases["case_id"]))
    roles = first["role"].to_numpy(dtype=object)
    same = (position >= 0) & (roles[position] == cases["role"].to_numpy(dtype=object))
    return np.where(same, position, -1).astype(np.int64)


@dataclass(frozen=True, slots=True)
class _Block:
    """What single communes measure without a group of cases, and with all of it.

    ``column`` gives, by group and commune, the column without; the next one is with it.
    """

    measured: Mapping[str, Measured]
    column: Mapping[tuple[_Group, int], int]
    touched: Mapping[_Group, tuple[int, ...]]


class _Country:
    """The country as it is, to be compared with what it would be."""

    def __init__(self, materials: Materials, units: gpd.GeoDataFrame) -> None:
        self.materials = materials
        self.tier = materials.tiers[_COMMUNE]
        self.placement = place_cases(materials.cases.places, self.tier, self.tier, materials.edition)
        self.inputs, _ = materials.inputs(_COMMUNE, 0)
        self.measured = self._measure(self.inputs)
        self.neighbours = adjacency(units) if needs_adjacency(materials.rules, {_COMMUNE}) else None
        self.previous = materials.previous_ranks(self.tier)
        self.epidemic = np.array([0, *(level.epidemic_level for level in materials.rules.levels)])
        self.reporting = _Reporting(materials)
        everywhere = np.arange(self.tier.size)
        self.ranks = self._decide({name: _first_day(one) for name, one in self.measured.items()}, everywhere)
        self.lacking = self._lacking(self.measured)
        self.now = self._shown(self.ranks[0][0], self.ranks[1][0], self.lacking[0], materials.reporting)

    def changes(self, groups: Sequence[_Group], communes: Sequence[int]) -> list[LevelChanges]:
        """Compare every placing with the country as it is."""
        block = self._block(groups, communes)
        touched = sorted({unit for units in block.touched.values() for unit in units})
        focus = np.array(touched, dtype=np.int64) if self.neighbours is None else np.arange(self.tier.size)
        # A rule that holds a level reads rows as days, so such worlds are decided one by one.
        holds = any(item.kind == "hold" for item in self.materials.rules.modifiers)
        step = 1 if holds else _AT_ONCE
        found: list[LevelChanges] = []
        for start in range(0, len(groups), step):
            part = slice(start, start + step)
            found += self._compare(groups[part], communes[part], block, focus)
        return found

    def _measure(self, inputs: Inputs) -> dict[str, Measured]:
        return {name: measure(item, inputs) for name, item in self.materials.rules.indicators.items()}

    def _block(self, groups: Sequence[_Group], communes: Sequence[int]) -> _Block:
        """Measure each commune that a group touches, without it and with it."""
        counted = _units_of_rows(self.placement)
        touched: dict[_Group, set[int]] = {}
        for group, commune in zip(groups, communes, strict=True):
            units = touched.setdefault(group, {unit for row in group for unit in counted.get(row, ())})
            if commune >= 0 and group:
                units.add(commune)
        pairs = [(group, unit) for group, units in touched.items() for unit in sorted(units)]
        where = np.repeat(np.array([unit for _, unit in pairs], dtype=np.int64), 2)
        counts = CaseCounts(self.materials.cases, _without_and_with(self.placement, pairs), len(where), 0)
        inputs = replace(
            self.inputs,
            codes=self.tier.codes[where],
            counts=counts,
            rate_counts=counts,
            population=self.inputs.population[where],
        )
        return _Block(
            self._measure(inputs),
            {pair: 2 * i for i, pair in enumerate(pairs)},
            {group: tuple(sorted(units)) for group, units in touched.items()},
        )

    def _compare(
        self, groups: Sequence[_Group], communes: Sequence[int], block: _Block, focus: NDArray[np.int64]
    ) -> list[LevelChanges]:
        """Decide several worlds at once, a row each, and list what differs."""
        row, unit, column = [], [], []
        for i, (group, commune) in enumerate(zip(groups, communes, strict=True)):
            for touched in block.touched[group]:
                row.append(i)
                unit.append(touched)
                column.append(block.column[(group, touched)] + int(touched == commune))
        at = np.searchsorted(focus, np.array(unit, dtype=np.int64))
        worlds = {
            name: _put(
                one, block.measured[name], focus, len(groups), (np.array(row, dtype=np.int64), at, column)
            )
            for name, one in self.measured.items()
        }
        low, high = self._decide(worlds, focus)
        lacking = self._lacking(worlds)
        return [
            self._difference(
                focus, (low[i], high[i], lacking[i]), self.reporting.row(group, commune, self.tier.size)
            )
            for i, (group, commune) in enumerate(zip(groups, communes, strict=True))
        ]

    def _difference(
        self,
        focus: NDArray[np.int64],
        world: tuple[NDArray[np.int8], NDArray[np.int8], NDArray[np.bool_]],
        reporting: NDArray[np.bool_],
    ) -> LevelChanges:
        low, high, lacking = self.ranks[0][0].copy(), self.ranks[1][0].copy(), self.lacking[0].copy()
        low[focus], high[focus], lacking[focus] = world
        level, possible = self._shown(low, high, lacking, reporting)
        changed = np.flatnonzero((level != self.now[0]) | (possible != self.now[1]))
        return LevelChanges(
            changed, self.now[0][changed], level[changed], self.now[1][changed], possible[changed]
        )

    def _decide(
        self, measured: Mapping[str, Measured], focus: NDArray[np.int64]
    ) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
        rules = self.materials.rules
        decision = rules.decision(_COMMUNE)
        if decision is None or not len(focus):
            none = np.zeros((len(next(iter(measured.values())).low), len(focus)), dtype=np.int8)
            return none, none
        decider = Decider(
            rules,
            decision,
            as_of=self.materials.as_of,
            previous=self.previous[focus],
            neighbours=self.neighbours,
        )
        outcome = decider.run(measured)
        return outcome.low, outcome.high

    def _lacking(self, measured: Mapping[str, Measured]) -> NDArray[np.bool_]:
        """Tell where a measure that the rules require is not known."""
        rules = self.materials.rules
        shape = next(iter(measured.values())).value.shape
        missing = [np.isnan(measured[name].value) for name, item in rules.indicators.items() if item.required]
        found: NDArray[np.bool_] = np.logical_or.reduce([np.zeros(shape, dtype=bool), *missing])
        return found

    def _shown(
        self,
        low: NDArray[np.int8],
        high: NDArray[np.int8],
        lacking: NDArray[np.bool_],
        reporting: NDArray[np.bool_],
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        known = reporting & ~lacking & (low > 0)
        return np.where(known, self.epidemic[low], 0), np.where(known, self.epidemic[high], 0)


class _Reporting:
    """Communes that report: those of a province that surely has a case."""

    def __init__(self, materials: Materials) -> None:
        self.base = materials.reporting
        provinces = materials.tiers.get(AdminLevel.PROVINCE)
        self.province = None if provinces is None else provinces.parent_of_commune
        self.certain: dict[int, list[int]] = defaultdict(list)
        self.count = np.zeros(0 if provinces is None else provinces.size, dtype=np.int64)
        if provinces is not None:
            communes = materials.tiers[_COMMUNE]
            placed = place_cases(materials.cases.places, provinces, communes, materials.edition)
            surely = zip(
                placed.row[placed.certain].tolist(), placed.unit[placed.certain].tolist(), strict=True
            )
            for row, province in surely:
                self.certain[row].append(province)
                self.count[province] += 1

    def row(self, group: _Group, commune: int, size: int) -> NDArray[np.bool_]:
        """Tell which communes report in one world."""
        if self.province is None or not group:
            return self.base
        change = np.zeros(len(self.count), dtype=np.int64)
        for row in group:
            for province in self.certain.get(row, ()):
                change[province] -= 1
        if 0 <= commune < size and self.province[commune] >= 0:
            change[self.province[commune]] += len(group)
        turned = np.flatnonzero((self.count > 0) != (self.count + change > 0)).tolist()
        reporting = self.base.copy()
        for province in turned:
            reporting[self.province == province] = self.count[province] + change[province] > 0
        return reporting


def _units_of_rows(placement: Placement) -> dict[int, list[int]]:
    units: dict[int, list[int]] = defaultdict(list)
    for row, unit in zip(placement.row.tolist(), placement.unit.tolist(), strict=True):
        units[row].append(unit)
    return units


def _without_and_with(placement: Placement, pairs: Sequence[tuple[_Group, int]]) -> Placement:
    """Place the cases of single communes twice each: without a group, and with it put there whole."""
    order = np.argsort(placement.unit, kind="stable")
    units = placement.unit[order]
    taken: list[NDArray[np.int64]] = []
    target: list[NDArray[np.int64]] = []
    put_row: list[int] = []
    put_unit: list[int] = []
    for i, (group, unit) in enumerate(pairs):
        start, end = np.searchsorted(units, [unit, unit + 1])
        mine = order[start:end]
        others = mine[~np.isin(placement.row[mine], group)]
        taken += [others, others]
        target += [np.full(len(others), 2 * i), np.full(len(others), 2 * i + 1)]
        put_row += group
        put_unit += [2 * i + 1] * len(group)
    entry = np.concatenate([np.empty(0, dtype=np.int64), *taken])
    whole = len(put_row)
    return Placement(
        np.concatenate([placement.row[entry], np.array(put_row, dtype=np.int64)]),
        np.concatenate([np.empty(0, dtype=np.int64), *target, np.array(put_unit, dtype=np.int64)]),
        np.concatenate([placement.share[entry], np.ones(whole)]),
        np.concatenate([placement.certain[entry], np.ones(whole, dtype=bool)]),
    )


def _first_day(measured: Measured) -> Measured:
    return replace(measured, low=measured.low[:1], value=measured.value[:1], high=measured.high[:1])


def _put(
    base: Measured,
    block: Measured,
    focus: NDArray[np.int64],
    worlds: int,
    where: tuple[NDArray[np.int64], NDArray[np.int64], list[int]],
) -> Measured:
    """Repeat the values of the country, a row a world, and put those of the changed communes in."""
    row, at, column = where

    def put(country: NDArray[np.float64], communes: NDArray[np.float64]) -> NDArray[np.float64]:
        values = np.repeat(country[:1, focus], worlds, axis=0)
        values[row, at] = communes[0, column]
        return values

    return replace(
        base,
        low=put(base.low, block.low),
        value=put(base.value, block.value),
        high=put(base.high, block.high),
    )
