"""Assess every unit of the tiers a rule set names."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from geozone.levels.decide import Children, Decider
from geozone.levels.lower import days_until_lower, horizon_days, lower_options, used_thresholds
from geozone.levels.materials import Materials
from geozone.levels.measure import Measured, measure
from geozone.levels.overrides import read_overrides
from geozone.levels.placement import Tier
from geozone.levels.report import EXTRA, tier_table
from geozone.levels.results import TierResult
from geozone.levels.spatial import adjacency as find_adjacency
from geozone.rules import FirstMatch, RuleSet
from geozone.rules.conditions import LevelTerm, terms
from geozone.schema import LEVELS
from geozone.types import AdminLevel

if TYPE_CHECKING:
    from geozone.zoning import ZoneSet

__all__ = [
    "assess",
    "children_of",
    "decide_tiers",
    "level_table",
    "needs_adjacency",
    "reasons_for_none",
    "tier_below",
]

_TIERS = (AdminLevel.COMMUNE, AdminLevel.DISTRICT, AdminLevel.PROVINCE)
_BELOW = {AdminLevel.PROVINCE: AdminLevel.DISTRICT, AdminLevel.DISTRICT: AdminLevel.COMMUNE}


def assess(  # noqa: PLR0917
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
        ``level_key, level_name_vi, level_name_en, level_colour``, ``community_cases`` and
        ``community_rate_per_100k`` (community cases alone, where the line list records them), and
        ``override_reason, override_decision, override_actor, override_until``.

    Raises
    ------
    DataError
        If ``overrides`` is at fault.
    """
    wanted = {AdminLevel(level) for level in admin_levels}
    materials = Materials.gather(
        units,
        cases,
        rules,
        as_of=as_of,
        coverage=coverage,
        zones=zones,
        population=population,
        capacity=capacity,
        previous=previous,
        overrides=read_overrides(overrides, rules, as_of),
        reporting=reporting,
        deep=bool(wanted - {AdminLevel.COMMUNE}),
    )
    if adjacency is None and needs_adjacency(rules, wanted):
        adjacency = find_adjacency(units)
    done = decide_tiers(materials, wanted, adjacency, ahead=explain, ways=explain)
    return level_table([done[level] for level in done if level in wanted], explain=explain)


def level_table(results: Sequence[TierResult], *, explain: bool) -> pd.DataFrame:
    """Write the levels of some tiers as one table.

    Parameters
    ----------
    results : sequence of TierResult
        What was decided.
    explain : bool
        Whether to write the sentences and the detail.

    Returns
    -------
    DataFrame
        As ``assess`` gives it.
    """
    tables = [tier_table(result, explain=explain) for result in results]
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=["code"])
    for name, kind in EXTRA.items():
        table[name] = table[name].astype(kind) if name in table.columns else pd.Series([], dtype=kind)
    return LEVELS.conform(table)


def decide_tiers(
    materials: Materials,
    wanted: set[AdminLevel],
    adjacency: sparse.csr_matrix | None,
    *,
    ahead: bool,
    ways: bool,
) -> dict[AdminLevel, TierResult]:
    """Decide the wanted tiers from the communes up, and those that they are rolled up from.

    Parameters
    ----------
    materials : Materials
        What they are measured from.
    wanted : set of AdminLevel
        Tiers asked for.
    adjacency : csr_matrix or None
        Neighbours of the communes.
    ahead : bool
        Whether to decide the days to come, too.
    ways : bool
        Whether to look for what would lower the levels of the wanted tiers.

    Returns
    -------
    dict of AdminLevel to TierResult
        Communes first.
    """
    rules = materials.rules
    done: dict[AdminLevel, TierResult] = {}
    for level in _TIERS:
        decision = rules.decision(level)
        if decision is None or level not in materials.tiers or not _needed(level, wanted, rules):
            continue
        decider = Decider(
            rules,
            decision,
            as_of=materials.as_of,
            previous=materials.previous_ranks(materials.tiers[level]),
            neighbours=adjacency if level is AdminLevel.COMMUNE else None,
        )
        below = tier_below(level, done) if decision.from_children else None
        decider.tier_missing = below is not None and below.tier.admin_level is not _BELOW[level]
        done[level] = _decide_tier(
            materials, level, decider, below, ahead=ahead, ways=ways and level in wanted
        )
    return done


def _decide_tier(
    materials: Materials,
    level: AdminLevel,
    decider: Decider,
    below: TierResult | None,
    *,
    ahead: bool,
    ways: bool,
) -> TierResult:
    """Decide one tier today and on the days ahead; ``ways`` also looks for what would lower it."""
    rules, tier = materials.rules, materials.tiers[level]
    thresholds = used_thresholds(rules, decider.decision, decider)
    horizon = horizon_days(rules, thresholds) if ahead else 0
    if below is not None:
        horizon = max(horizon, below.horizon)
        decider.children = children_of(below, tier, rules, horizon)
    inputs, parts = materials.inputs(level, horizon)
    measured = {name: measure(indicator, inputs) for name, indicator in rules.indicators.items()}
    outcome = decider.run(measured)
    required = {name: measured[name] for name, item in rules.indicators.items() if item.required}
    return TierResult(
        tier,
        decider,
        measured,
        outcome,
        lower_options(decider, measured, outcome, thresholds) if ways else [],
        days_until_lower(outcome),
        horizon,
        reasons_for_none(materials, tier, required, below, outcome.low[0] == 0),
        inputs.population,
        parts,
        materials.overrides,
        materials.as_of,
    )


def tier_below(level: AdminLevel, done: Mapping[AdminLevel, TierResult]) -> TierResult | None:
    """Find the nearest tier below that has levels: communes where there are no districts.

    Parameters
    ----------
    level : AdminLevel
        The tier above.
    done : mapping of AdminLevel to TierResult
        Tiers that are decided.

    Returns
    -------
    TierResult or None
        ``None`` if there is none below.
    """
    below = _BELOW.get(level)
    while below is not None and below not in done:
        below = _BELOW.get(below)
    return done.get(below) if below is not None else None


def children_of(below: TierResult, tier: Tier, rules: RuleSet, horizon: int) -> Children:
    """Take the levels of the tier below for rolling up.

    Parameters
    ----------
    below : TierResult
        The tier below.
    tier : Tier
        The tier above.
    rules : RuleSet
        The rules.
    horizon : int
        Days to look ahead.

    Returns
    -------
    Children
        Every unit below, by its parent.
    """
    rows = np.minimum(np.arange(horizon + 1), below.horizon)
    unknown = below.no_data.astype(bool)
    low = np.where(unknown, 0, below.outcome.low[rows]).astype(np.int8)
    high = np.where(unknown, len(rules.levels), below.outcome.high[rows]).astype(np.int8)
    first = np.full(below.tier.size, -1, dtype=np.int64)
    parent_of_commune = below.tier.parent_of_commune
    inside = parent_of_commune >= 0
    first[parent_of_commune[inside]] = tier.parent_of_commune[inside]
    return Children(low, high, first)


def reasons_for_none(
    materials: Materials,
    tier: Tier,
    required: Mapping[str, Measured],
    below: TierResult | None,
    undecided: NDArray[np.bool_],
) -> NDArray[np.object_]:
    """Give the reason why each unit can have no level, empty where it can.

    Parameters
    ----------
    materials : Materials
        What levels are measured from.
    tier : Tier
        The units.
    required : mapping of str to Measured
        Indicators without which there is no level.
    below : TierResult or None
        Tier that this one is rolled up from.
    undecided : ndarray of bool
        Units whose table has no confirmed cell.

    Returns
    -------
    ndarray of str
        A key of ``words.NO_DATA``, or nothing.
    """
    reasons = np.where(undecided, "unconfirmed", "").astype(object)
    for name, values in required.items():
        missing = np.isnan(values.value[0])
        reasons[missing] = "population" if materials.rules.indicators[name].population else "input"
    if below is not None:
        children = children_of(below, tier, materials.rules, 0)
        known = ~below.no_data.astype(bool) & (children.parent >= 0)
        reasons[np.bincount(children.parent[known], minlength=tier.size) == 0] = "children"
    inside = materials.reporting & (tier.parent_of_commune >= 0)
    reasons[np.bincount(tier.parent_of_commune[inside], minlength=tier.size) == 0] = "not-reporting"
    return reasons


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


def needs_adjacency(rules: RuleSet, wanted: set[AdminLevel]) -> bool:
    """Tell whether the rules of a wanted tier look at neighbours.

    Parameters
    ----------
    rules : RuleSet
        The rules.
    wanted : set of AdminLevel
        Tiers asked for.

    Returns
    -------
    bool
        True if they do.
    """
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
