"""What all tiers of one assessment are measured from, gathered once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geozone.levels.measure import Inputs
from geozone.levels.people import (
    commune_population,
    parent_coverage,
    reporting_communes,
    tier_population,
)
from geozone.levels.placement import Tier, first_places, make_tiers, place_cases
from geozone.levels.results import Override
from geozone.levels.tally import CaseCounts, CaseTable
from geozone.levels.zone_inputs import ZoneReach, cluster_sizes, zone_reach
from geozone.rules import RuleSet
from geozone.types import AdminLevel, Edition

if TYPE_CHECKING:
    from geozone.zoning import ZoneSet

__all__ = ["Materials"]


@dataclass(frozen=True, slots=True)
class Materials:
    """The tables of one assessment against its tiers.

    Attributes
    ----------
    rules : RuleSet
        The rules.
    as_of : date
        The day.
    edition : Edition
        Edition of the units.
    tiers : mapping of AdminLevel to Tier
        Units of each tier that has any.
    cases : CaseTable
        One row per case.
    coverage, capacity, population, previous : DataFrame or None
        As ``assess`` takes them; ``capacity`` by code.
    zones : ZoneSet or None
        Zones of the day.
    overrides : mapping of str to Override
        Levels set by people, by code.
    of_communes : ndarray of float64
        People per commune, NaN where unknown.
    reporting : ndarray of bool
        Communes that report cases.
    """

    rules: RuleSet
    as_of: date
    edition: Edition
    tiers: Mapping[AdminLevel, Tier]
    cases: CaseTable
    coverage: pd.DataFrame | None
    capacity: pd.DataFrame | None
    population: pd.DataFrame | None
    previous: pd.DataFrame | None
    zones: ZoneSet | None
    overrides: Mapping[str, Override]
    of_communes: NDArray[np.float64]
    reporting: NDArray[np.bool_]

    @classmethod
    def gather(
        cls,
        units: pd.DataFrame,
        cases: pd.DataFrame,
        rules: RuleSet,
        *,
        as_of: date,
        coverage: pd.DataFrame | None,
        zones: ZoneSet | None,
        population: pd.DataFrame | None,
        capacity: pd.DataFrame | None,
        previous: pd.DataFrame | None,
        overrides: Mapping[str, Override],
        reporting: Collection[str] | None,
        deep: bool,
    ) -> Materials:
        """Gather the tables.

        Parameters
        ----------
        units : DataFrame
            Communes.
        cases : DataFrame
            One row per case and place.
        rules : RuleSet
            The rules.
        as_of : date
            The day.
        coverage, zones, population, capacity, previous : optional
            As ``assess`` takes them.
        overrides : mapping of str to Override
            Levels set by people.
        reporting : collection of str or None
            Codes that report.
        deep : bool
            Whether a tier above the communes is wanted.

        Returns
        -------
        Materials
            Everything in one place.
        """
        edition = Edition(str(units["edition"].iloc[0])) if len(units) else Edition.E2025
        above = (AdminLevel.DISTRICT, AdminLevel.PROVINCE) if deep else (AdminLevel.PROVINCE,)
        tiers = make_tiers(units, above)
        communes, provinces = tiers[AdminLevel.COMMUNE], tiers.get(AdminLevel.PROVINCE)
        table = CaseTable(first_places(cases), as_of)
        placed = None
        if provinces is not None and reporting is None:
            placed = place_cases(table.places, provinces, communes, edition)
        return cls(
            rules=rules,
            as_of=as_of,
            edition=edition,
            tiers=tiers,
            cases=table,
            coverage=coverage,
            capacity=None if capacity is None else capacity.drop_duplicates("code").set_index("code"),
            population=population,
            previous=previous,
            zones=zones,
            overrides=overrides,
            of_communes=commune_population(population, communes),
            reporting=reporting_communes(communes, provinces, placed, reporting),
        )

    def inputs(self, level: AdminLevel, horizon: int) -> tuple[Inputs, NDArray[np.int64] | None]:
        """Prepare what the indicators of one tier are measured from.

        Parameters
        ----------
        level : AdminLevel
            The tier.
        horizon : int
            Days to look ahead.

        Returns
        -------
        inputs : Inputs
            For ``measure``.
        parts : ndarray of int64, shape (units, 2), or None
            Above the communes: communes whose population is known, and all of them.
        """
        tier, communes = self.tiers[level], self.tiers[AdminLevel.COMMUNE]
        counts = self._counts(tier, horizon)
        people, rated, parts = self.populated(level)
        rate_counts = counts if rated is tier else self._counts(rated, horizon)
        inputs = Inputs(
            tier.codes,
            counts,
            rate_counts,
            people,
            parent_coverage(self.coverage, tier, communes),
            self.capacity,
            *self._zone_inputs(tier, communes),
        )
        return inputs, parts

    def populated(self, level: AdminLevel) -> tuple[NDArray[np.float64], Tier, NDArray[np.int64] | None]:
        """Give the people of a tier, and the tier as rates count it.

        Parameters
        ----------
        level : AdminLevel
            The tier.

        Returns
        -------
        people : ndarray of float64
            Per unit, NaN where unknown.
        rated : Tier
            The tier without the communes whose people are missing from its units' figures; the
            same one where none are.
        parts : ndarray of int64, shape (units, 2), or None
            Above the communes: communes whose population is known, and all of them.
        """
        tier = self.tiers[level]
        if level is AdminLevel.COMMUNE:
            return self.of_communes, tier, None
        people, own, parts = tier_population(self.population, tier, self.of_communes)
        unknown = np.isnan(self.of_communes) & ~np.append(own, True)[tier.parent_of_commune]
        if not unknown.any():
            return people, tier, parts
        parents = np.where(unknown, -1, tier.parent_of_commune)
        return people, replace(tier, parent_of_commune=parents), parts

    def previous_ranks(self, tier: Tier) -> NDArray[np.int8]:
        """Read the rank that each unit had before.

        Parameters
        ----------
        tier : Tier
            The units.

        Returns
        -------
        ndarray of int8
            0 where there was none; where two classes share a level, the milder one unless the
            class is named.
        """
        ranks = np.zeros(tier.size, dtype=np.int8)
        if self.previous is None:
            return ranks
        by_level = {item.epidemic_level: item.rank for item in reversed(self.rules.levels)}
        by_key = {(item.key, item.epidemic_level): item.rank for item in self.rules.levels}
        table = self.previous
        keys = table["level_key"] if "level_key" in table.columns else [None] * len(table)
        for code, level, key in zip(table["code"], table["epidemic_level"], keys, strict=True):
            position = tier.position.get(code)
            if position is not None and not pd.isna(level):
                ranks[position] = by_key.get((key, int(level)), by_level.get(int(level), 0))
        return ranks

    def _zone_inputs(self, tier: Tier, communes: Tier) -> tuple[NDArray[np.float64] | None, ZoneReach | None]:
        """Look at the zones, as far as the rules do."""
        asked = {item.what for item in self.rules.indicators.values()}
        clusters = reach = None
        if "cluster_cases" in asked:
            clusters = cluster_sizes(self.zones, tier, communes, self.cases.places, self.edition)
        if asked & {"zone", "containment"}:
            reach = zone_reach(self.zones, tier, communes, self.rules.zoning)
        return clusters, reach

    def _counts(self, tier: Tier, horizon: int) -> CaseCounts:
        communes = self.tiers[AdminLevel.COMMUNE]
        placement = place_cases(self.cases.places, tier, communes, self.edition)
        return CaseCounts(self.cases, placement, tier.size, horizon)
