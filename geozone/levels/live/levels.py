"""Levels that follow their cases: equal to assessing everything anew, at the cost of what an edit reaches."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from geozone.levels.assessment import decide_tiers, level_table, needs_adjacency, tier_below
from geozone.levels.live.ledger import Ledger
from geozone.levels.live.passing import Passing, counted_filters
from geozone.levels.live.tier import LiveTier
from geozone.levels.materials import Materials
from geozone.levels.overrides import read_overrides
from geozone.levels.placement import Tier, place_case, place_cases
from geozone.levels.results import TierResult
from geozone.levels.spatial import adjacency as find_adjacency
from geozone.rules import RuleSet
from geozone.types import AdminLevel

__all__ = ["LiveLevels", "follows_cases"]

_WHOLE_TABLE = ("zone", "containment", "cluster_cases", "top_share")
"""Indicators of which one case may change the value of any unit."""


def follows_cases(rules: RuleSet) -> bool:
    """Tell whether the levels of a rule set can follow single cases.

    Parameters
    ----------
    rules : RuleSet
        The rules.

    Returns
    -------
    bool
        False if an indicator looks at zones or at the shares of all units: such levels are assessed
        anew.
    """
    return not any(item.what in _WHOLE_TABLE for item in rules.indicators.values())


class LiveLevels:
    """The levels of ``assess``, edited case by case.

    Parameters
    ----------
    units, cases, coverage, population, rules, as_of, previous, overrides, capacity
        As ``assess`` takes them.
    admin_levels, reporting, adjacency
        As ``assess`` takes them.

    Raises
    ------
    ValueError
        If the rules look at zones or at the shares of all units (`follows_cases`).
    DataError
        If ``overrides`` is at fault.

    Notes
    -----
    Not safe to share between threads: `LiveDay` holds a lock.
    """

    def __init__(
        self,
        units: gpd.GeoDataFrame,
        cases: pd.DataFrame,
        rules: RuleSet,
        *,
        as_of: date,
        coverage: pd.DataFrame | None = None,
        population: pd.DataFrame | None = None,
        previous: pd.DataFrame | None = None,
        overrides: pd.DataFrame | None = None,
        capacity: pd.DataFrame | None = None,
        admin_levels: Sequence[str | AdminLevel] = (AdminLevel.COMMUNE,),
        reporting: Collection[str] | None = None,
        adjacency: sparse.csr_matrix | None = None,
    ) -> None:
        if not follows_cases(rules):
            raise ValueError(f"the levels of {rules.id} cannot follow single cases: assess them anew")
        self._wanted = {AdminLevel(level) for level in admin_levels}
        self._materials = Materials.gather(
            units,
            cases,
            rules,
            as_of=as_of,
            coverage=coverage,
            zones=None,
            population=population,
            capacity=capacity,
            previous=previous,
            overrides=read_overrides(overrides, rules, as_of),
            reporting=reporting,
            deep=bool(self._wanted - {AdminLevel.COMMUNE}),
        )
        if adjacency is None and needs_adjacency(rules, self._wanted):
            adjacency = find_adjacency(units)
        done = decide_tiers(self._materials, self._wanted, adjacency, ahead=True, ways=False)
        filters = counted_filters(rules.indicators.values())
        self._passing = Passing(filters, self._materials.cases.places.columns, as_of)
        self._tiers: dict[AdminLevel, LiveTier] = {}
        for level, result in done.items():
            self._tiers[level] = self._live(level, result, done)
        self._seen = None if reporting is not None else self._cases_by_province()

    def add(self, case: Mapping[str, Any]) -> dict[AdminLevel, NDArray[np.object_]]:
        """Count a case.

        Parameters
        ----------
        case : mapping
            The columns of the place where it counts, with ``case_id``.

        Returns
        -------
        dict of AdminLevel to ndarray of str
            Codes of the units decided anew, by tier.
        """
        return self._edit(case, 1)

    def remove(self, case: Mapping[str, Any]) -> dict[AdminLevel, NDArray[np.object_]]:
        """Count a case no longer.

        Parameters
        ----------
        case : mapping
            What was added.

        Returns
        -------
        dict of AdminLevel to ndarray of str
            Codes of the units decided anew, by tier.
        """
        return self._edit(case, -1)

    def table(self, *, explain: bool = True) -> pd.DataFrame:
        """Give the levels of every unit.

        Parameters
        ----------
        explain : bool
            Whether to write the sentences and the detail.

        Returns
        -------
        DataFrame
            What ``assess`` would give for the cases as they are now.
        """
        tiers = [tier for level, tier in self._tiers.items() if level in self._wanted]
        return level_table([tier.whole() if explain else tier.result for tier in tiers], explain=explain)

    def of(self, codes: Sequence[str], level: AdminLevel = AdminLevel.COMMUNE) -> list[dict[str, Any]]:
        """Give the levels of some units, explained.

        Parameters
        ----------
        codes : sequence of str
            Codes of units of one tier.
        level : AdminLevel
            The tier.

        Returns
        -------
        list of dict
            Their rows of ``table``, in the order of the tier, with plain values: ``None`` for none,
            days as datetimes.

        Raises
        ------
        KeyError
            If there is no such tier or unit.
        """
        tier = self._tiers[level]
        positions = sorted({tier.result.tier.position[code] for code in codes})
        return tier.explained(np.array(positions, dtype=np.int64))

    def _live(self, level: AdminLevel, result: TierResult, done: Mapping[AdminLevel, TierResult]) -> LiveTier:
        materials = self._materials
        _, rated, _ = materials.populated(level)
        counts = self._ledger(result.tier, result.horizon)
        rates = counts if rated is result.tier else self._ledger(rated, result.horizon)
        below = None
        if result.decider.decision.from_children:
            nearest = tier_below(level, {key: done[key] for key in self._tiers})
            below = next(
                (tier for tier in self._tiers.values() if nearest and tier.result.tier is nearest.tier), None
            )
        return LiveTier(result, materials, (counts, rates), rated, below)

    def _ledger(self, tier: Tier, horizon: int) -> Ledger:
        materials = self._materials
        grouped = any(item.what == "households" for item in materials.rules.indicators.values())
        ledger = Ledger(tier.size, horizon, self._passing, "household_id" if grouped else None)
        communes = materials.tiers[AdminLevel.COMMUNE]
        ledger.load(materials.cases, place_cases(materials.cases.places, tier, communes, materials.edition))
        return ledger

    def _cases_by_province(self) -> NDArray[np.int64] | None:
        materials = self._materials
        provinces = materials.tiers.get(AdminLevel.PROVINCE)
        if provinces is None:
            return None
        communes = materials.tiers[AdminLevel.COMMUNE]
        placed = place_cases(materials.cases.places, provinces, communes, materials.edition)
        return np.bincount(placed.unit[placed.certain], minlength=provinces.size).astype(np.int64)

    def _edit(self, case: Mapping[str, Any], sign: int) -> dict[AdminLevel, NDArray[np.object_]]:
        newly = self._report(case, sign)
        known = self._passing.ages(case)[0] >= 0
        changed: dict[AdminLevel, NDArray[np.int64]] = {}
        for level, tier in self._tiers.items():
            touched = self._enter(case, tier, sign) if known else set()
            touched |= self._over(tier, changed)
            if len(newly):
                tier.report()
                touched |= set(tier.result.tier.parent_of_commune[newly].tolist()) - {-1}
            changed[level] = tier.update(np.array(sorted(touched), dtype=np.int64))
        return {level: self._tiers[level].result.tier.codes[units] for level, units in changed.items()}

    def _enter(self, case: Mapping[str, Any], tier: LiveTier, sign: int) -> set[int]:
        """Write a case into the ledgers of a tier, or out of them; the units where it counts."""
        materials = self._materials
        communes = materials.tiers[AdminLevel.COMMUNE]
        touched = set()
        pairs = zip(tier.ledgers, (tier.result.tier, tier.rated), strict=True)
        for ledger, units in pairs if tier.ledgers[0] is not tier.ledgers[1] else list(pairs)[:1]:
            for unit, share, certain in place_case(case, units, communes, materials.edition):
                entry = ledger.entry(case, share, certain=certain)
                edit = ledger.add if sign > 0 else ledger.remove
                edit(case["case_id"], unit, entry)
                touched.add(unit)
        return touched

    def _over(self, tier: LiveTier, changed: Mapping[AdminLevel, NDArray[np.int64]]) -> set[int]:
        """Units of a tier that hold units below whose level may have changed."""
        below, parents = tier.below, tier.parents
        if below is None or parents is None:
            return set()
        units = changed[below.result.tier.admin_level]
        return set(parents[units].tolist()) - {-1}

    def _report(self, case: Mapping[str, Any], sign: int) -> NDArray[np.int64]:
        """Note whether a province reports; the communes for which that has changed."""
        materials = self._materials
        nothing = np.empty(0, dtype=np.int64)
        if self._seen is None:
            return nothing
        provinces, communes = (materials.tiers[level] for level in (AdminLevel.PROVINCE, AdminLevel.COMMUNE))
        found = [nothing]
        for province, _, certain in place_case(case, provinces, communes, materials.edition):
            if not certain:
                continue
            before = self._seen[province] > 0
            self._seen[province] += sign
            if (self._seen[province] > 0) != before:
                inside = np.flatnonzero(provinces.parent_of_commune == province)
                materials.reporting[inside] = not before
                found.append(inside)
        return np.concatenate(found)
