"""Assess every unit of the tiers a rule set names."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from geozone.levels.decide import Children, Decider
from geozone.levels.lower import days_until_lower, horizon_days, lower_options, used_thresholds
from geozone.levels.measure import Inputs, Measured, measure
from geozone.levels.overrides import read_overrides
from geozone.levels.people import (
    commune_population,
    parent_coverage,
    reporting_communes,
    tier_population,
)
from geozone.levels.placement import Placement, Tier, first_places, make_tiers, place_cases
from geozone.levels.report import Override, TierResult, tier_table
from geozone.levels.spatial import adjacency as find_adjacency
from geozone.levels.tally import CaseCounts, CaseTable
from geozone.levels.zone_inputs import cluster_sizes, zone_ranks
from geozone.rules import Decision, FirstMatch, RuleSet
from geozone.rules.conditions import LevelTerm, terms
from geozone.schema import LEVELS
from geozone.types import AdminLevel, Edition

if TYPE_CHECKING:
    from geozone.zoning import ZoneSet

__all__ = ["assess"]

_BELOW = {AdminLevel.PROVINCE: AdminLevel.DISTRICT, AdminLevel.DISTRICT: AdminLevel.COMMUNE}
_EXTRA = {
    "previous_level": "Int64",
    "computed_level": "Int64",
    "possible_level": "Int64",
    "level_key": "str",
    "level_name_vi": "str",
    "level_name_en": "str",
    "level_colour": "str",
    "community_cases": "Int64",
    "community_rate_per_100k": "float64",
    "override_decision": "str",
}


def assess(
    units: gpd.GeoDataFrame,
    cases: pd.DataFrame,
    coverage: pd.DataFrame | None,
    zones: ZoneSet | None,
    population: pd.DataFrame | None,
    rules: RuleSet,
    *,
    as_of: date,
    previous: pd.DataFrame | None = None,
    overrides: pd.DataFrame | None = None,
    capacity: pd.DataFrame | None = None,
    admin_levels: Sequence[str | AdminLevel] = (AdminLevel.COMMUNE,),
    reporting: Collection[str] | None = None,
    adjacency: sparse.csr_matrix | None = None,
    explain: bool = True,
) -> pd.DataFrame:
    """Give every unit of the tiers asked for its level, with the reason and the way down.

    Parameters
    ----------
    units : GeoDataFrame
        Communes (``UNITS``); districts and provinces are made from their columns.
    cases : DataFrame
        One row per case and place: the table that ``draw`` takes. Optional columns that rule sets
        look at: ``found_in``, ``source_place``, ``household_id``.
    coverage : DataFrame or None
        Vaccination coverage (``COVERAGE``).
    zones : ZoneSet or None
        Zones of the same day, for rules that look at them.
    population : DataFrame or None
        ``POPULATION``; rows with the code of a district or province win over sums of communes.
    rules : RuleSet
        The rules.
    as_of : date
        Last day of every window. Cases reported later are left out.
    previous : DataFrame, optional
        Levels of the day before (``LEVELS``): for rules that hold a level.
    overrides : DataFrame, optional
        Levels set by people: ``code, new_level, reason, decision, actor`` and optionally ``until``.
    capacity : DataFrame, optional
        ``code`` and the input columns of the rule set (``capacity_ready``, ``positivity_percent``...).
    admin_levels : sequence of str or AdminLevel
        Tiers wanted; a tier that the rule set gives no level, or that has no units, is left out.
    reporting : collection of str, optional
        Codes of communes or provinces that report cases; the others have no data. By default every
        commune of a province with at least one case in the table.
    adjacency : csr_matrix, optional
        Neighbours of the communes, from ``levels.adjacency``; found where a rule needs it.
    explain : bool
        Whether to write the sentences and the detail.

    Returns
    -------
    DataFrame
        ``LEVELS``, one row per unit in the order of ``units``, communes first, with
        ``previous_level, computed_level, possible_level`` (the highest that the data allow),
        ``level_key, level_name_vi, level_name_en, level_colour, community_cases,
        community_rate_per_100k, override_decision``.

    Raises
    ------
    DataError
        If ``overrides`` is at fault.
    """
    wanted = {AdminLevel(level) for level in admin_levels}
    shared = _Shared.make(units, cases, coverage, zones, population, capacity, rules, as_of, wanted)
    shared = replace(shared, reporting=shared.find_reporting(reporting))
    if adjacency is None and _needs_adjacency(rules, wanted):
        adjacency = find_adjacency(units)
    set_by_people = read_overrides(overrides, rules, as_of)
    done: dict[AdminLevel, TierResult] = {}
    for level in (AdminLevel.COMMUNE, AdminLevel.DISTRICT, AdminLevel.PROVINCE):
        decision = rules.decision(level)
        if decision is None or level not in shared.tiers or not _needed(level, wanted, rules):
            continue
        done[level] = _assess_tier(
            shared,
            level,
            decision,
            done,
            previous,
            set_by_people,
            adjacency,
            ahead=explain,
            ways=explain and level in wanted,
        )
    tables = [tier_table(done[level], explain=explain) for level in done if level in wanted]
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=["code"])
    for name, kind in _EXTRA.items():
        table[name] = table[name].astype(kind) if name in table.columns else pd.Series([], dtype=kind)
    return LEVELS.conform(table)


@dataclass(frozen=True, slots=True)
class _Shared:
    """What the tiers of one assessment have in common."""

    rules: RuleSet
    as_of: date
    edition: Edition
    tiers: dict[AdminLevel, Tier]
    cases: CaseTable
    coverage: pd.DataFrame | None
    capacity: pd.DataFrame | None
    population: pd.DataFrame | None
    of_communes: NDArray[np.float64]
    zones: ZoneSet | None
    reporting: NDArray[np.bool_]

    @classmethod
    def make(
        cls,
        units: gpd.GeoDataFrame,
        cases: pd.DataFrame,
        coverage: pd.DataFrame | None,
        zones: ZoneSet | None,
        population: pd.DataFrame | None,
        capacity: pd.DataFrame | None,
        rules: RuleSet,
        as_of: date,
        wanted: set[AdminLevel],
    ) -> _Shared:
        edition = Edition(str(units["edition"].iloc[0])) if len(units) else Edition.E2025
        everything = (AdminLevel.COMMUNE, AdminLevel.DISTRICT, AdminLevel.PROVINCE)
        deeper = everything if wanted - {AdminLevel.COMMUNE} else (AdminLevel.PROVINCE,)
        tiers = make_tiers(units, deeper)
        communes = tiers[AdminLevel.COMMUNE]
        by_code = None if capacity is None else capacity.drop_duplicates("code").set_index("code")
        return cls(
            rules,
            as_of,
            edition,
            tiers,
            CaseTable(first_places(cases), as_of),
            coverage,
            by_code,
            population,
            commune_population(population, communes),
            zones,
            np.ones(communes.size, dtype=bool),
        )

    def find_reporting(self, reporting: Collection[str] | None) -> NDArray[np.bool_]:
        communes = self.tiers[AdminLevel.COMMUNE]
        provinces = self.tiers.get(AdminLevel.PROVINCE)
        nothing = Placement(*(np.empty(0, dtype=kind) for kind in (np.int64, np.int64, float, bool)))
        placed = (
            place_cases(self.cases.places, provinces, communes, self.edition)
            if provinces is not None and reporting is None
            else nothing
        )
        return reporting_communes(communes, provinces, placed, reporting)

    def inputs(self, level: AdminLevel, horizon: int) -> tuple[Inputs, NDArray[np.int64] | None]:
        tier, communes = self.tiers[level], self.tiers[AdminLevel.COMMUNE]
        counts = self._counts(tier, horizon)
        parts = None
        if level is AdminLevel.COMMUNE:
            people, rate_counts = self.of_communes, counts
        else:
            people, own, parts = tier_population(self.population, tier, self.of_communes)
            unknown = np.isnan(self.of_communes) & ~np.append(own, True)[tier.parent_of_commune]
            known = replace(tier, parent_of_commune=np.where(unknown, -1, tier.parent_of_commune))
            rate_counts = self._counts(known, horizon) if unknown.any() else counts
        inputs = Inputs(
            tier.codes,
            counts,
            rate_counts,
            people,
            parent_coverage(self.coverage, tier, communes),
            self.capacity,
            cluster_sizes(self.zones, tier, communes, self.cases.places, self.edition),
            zone_ranks(self.zones, tier, communes, self.rules.zoning),
        )
        return inputs, parts

    def _counts(self, tier: Tier, horizon: int) -> CaseCounts:
        communes = self.tiers[AdminLevel.COMMUNE]
        placement = place_cases(self.cases.places, tier, communes, self.edition)
        return CaseCounts(self.cases, placement, tier.size, horizon)


def _assess_tier(
    shared: _Shared,
    level: AdminLevel,
    decision: Decision,
    done: dict[AdminLevel, TierResult],
    previous: pd.DataFrame | None,
    set_by_people: Mapping[str, Override],
    neighbours: sparse.csr_matrix | None,
    *,
    ahead: bool,
    ways: bool,
) -> TierResult:
    rules, tier = shared.rules, shared.tiers[level]
    below = _tier_below(level, done) if decision.from_children else None
    decider = Decider(
        rules,
        decision,
        as_of=shared.as_of,
        previous=_previous_ranks(previous, tier, rules),
        neighbours=neighbours if level is AdminLevel.COMMUNE else None,
    )
    thresholds = used_thresholds(rules, decision, decider)
    horizon = horizon_days(rules, thresholds) if ahead else 0
    if below is not None:
        horizon = max(horizon, below.horizon)
        decider.children = _children(below, tier, shared, horizon)
    inputs, parts = shared.inputs(level, horizon)
    measured = {name: measure(indicator, inputs) for name, indicator in rules.indicators.items()}
    outcome = decider.run(measured)
    missing = _no_data(shared, tier, measured, below, thresholds)
    return TierResult(
        rules,
        tier,
        decision,
        decider,
        measured,
        outcome,
        lower_options(decider, measured, outcome, thresholds) if ways else [],
        days_until_lower(outcome),
        horizon,
        missing,
        inputs.population,
        parts,
        set_by_people,
        shared.as_of,
    )


def _tier_below(level: AdminLevel, done: Mapping[AdminLevel, TierResult]) -> TierResult | None:
    """Find the nearest tier below that has levels: communes where there are no districts."""
    below = _BELOW.get(level)
    while below is not None and below not in done:
        below = _BELOW.get(below)
    return done.get(below) if below is not None else None


def _children(below: TierResult, tier: Tier, shared: _Shared, horizon: int) -> Children:
    rows = np.minimum(np.arange(horizon + 1), below.horizon)
    unknown = below.no_data.astype(bool)
    low = np.where(unknown, 0, below.outcome.low[rows]).astype(np.int8)
    high = np.where(unknown, len(shared.rules.levels), below.outcome.high[rows]).astype(np.int8)
    first = np.full(below.tier.size, -1, dtype=np.int64)
    parent_of_commune = below.tier.parent_of_commune
    inside = parent_of_commune >= 0
    first[parent_of_commune[inside]] = tier.parent_of_commune[inside]
    return Children(low, high, first)


def _no_data(
    shared: _Shared,
    tier: Tier,
    measured: Mapping[str, Measured],
    below: TierResult | None,
    thresholds: Mapping[str, object],
) -> NDArray[np.object_]:
    """Give the reason why each unit can have no level, empty where it can."""
    reasons = np.full(tier.size, "", dtype=object)
    for name in thresholds:
        indicator = shared.rules.indicators[name]
        if indicator.required:
            missing = np.isnan(measured[name].value[0])
            reasons[missing] = "population" if indicator.population else "input"
    if below is not None:
        children = _children(below, tier, shared, 0)
        known = ~below.no_data.astype(bool) & (children.parent >= 0)
        reasons[np.bincount(children.parent[known], minlength=tier.size) == 0] = "children"
    inside = shared.reporting & (tier.parent_of_commune >= 0)
    reasons[np.bincount(tier.parent_of_commune[inside], minlength=tier.size) == 0] = "not-reporting"
    return reasons


def _previous_ranks(previous: pd.DataFrame | None, tier: Tier, rules: RuleSet) -> NDArray[np.int8]:
    """Read the rank of the day before; a level that two classes share is the milder one."""
    ranks = np.zeros(tier.size, dtype=np.int8)
    if previous is None:
        return ranks
    by_level = {item.epidemic_level: item.rank for item in reversed(rules.levels)}
    by_key = {item.key: item.rank for item in rules.levels}
    keys = previous["level_key"] if "level_key" in previous.columns else [None] * len(previous)
    for code, level, key in zip(previous["code"], previous["epidemic_level"], keys, strict=True):
        position = tier.position.get(code)
        if position is not None and not pd.isna(level):
            rank = by_key.get(key, 0) if isinstance(key, str) else 0
            ranks[position] = rank if _is_level(rules, rank, level) else by_level.get(int(level), 0)
    return ranks


def _is_level(rules: RuleSet, rank: int, level: int) -> bool:
    return rank > 0 and rules.level(rank).epidemic_level == level


def _needed(level: AdminLevel, wanted: set[AdminLevel], rules: RuleSet) -> bool:
    """Tell whether a tier is wanted, or is below a wanted one that is rolled up from it."""
    if level in wanted:
        return True
    above = {item for item in wanted if _above(item, level)}
    rolled = (rules.decision(item) for item in above)
    return any(decision is not None and decision.from_children for decision in rolled)


def _above(level: AdminLevel, other: AdminLevel) -> bool:
    order = list(AdminLevel)
    return order.index(level) < order.index(other)


def _needs_adjacency(rules: RuleSet, wanted: set[AdminLevel]) -> bool:
    decision = rules.decision(AdminLevel.COMMUNE)
    if decision is None or not isinstance(decision.shape, FirstMatch):
        return False
    if not _needed(AdminLevel.COMMUNE, wanted, rules):
        return False
    return any(
        isinstance(term, LevelTerm) and term.predicate == "adjacent_to"
        for clause in decision.shape.clauses
        for term in terms(clause.when)
    )
