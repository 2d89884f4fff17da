"""A day that follows its line list: perimeters and levels after each case that comes, moves or goes."""

from __future__ import annotations

import threading
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from geozone.levels.assessment import assess
from geozone.levels.live.levels import LiveLevels, follows_cases
from geozone.levels.live.line import LiveLine, Place
from geozone.levels.placement import first_place
from geozone.rules import RuleSet
from geozone.types import AdminLevel
from geozone.zoning import CAUTION, Ground, Land, LiveClusters, LiveZones, ZoneSet, ZoneTrace
from geozone.zoning.live import Change
from geozone.zoning.masking import mask_places
from geozone.zoning.selection import is_certain_place, select_places

__all__ = ["DayChange", "LiveDay"]


class DayChange(NamedTuple):
    """What an edit touched; nothing else changed."""

    clusters_gone: tuple[int, ...]
    """Clusters that are no more."""
    clusters_changed: tuple[int, ...]
    """Clusters that are new, or have another perimeter or other members."""
    units: Mapping[AdminLevel, NDArray[np.object_]] | None
    """Codes of the units decided anew, by tier; ``None`` if any may have changed."""


class LiveDay:
    """Zones and levels, edited case by case.

    Safe to share between threads: each call holds a lock.

    Parameters
    ----------
    units : GeoDataFrame
        Communes (``UNITS``).
    cases : DataFrame
        One row per case and place, as ``draw`` takes them.
    rules : RuleSet
        The rules.
    as_of : date
        The day. Cases reported later are kept, and count for nothing.
    coverage, population, previous, overrides, capacity : DataFrame, optional
        As ``assess`` takes them.
    admin_levels, reporting, adjacency
        As ``assess`` takes them.
    previous_zones, ground, caution
        As ``zones`` takes them.

    Raises
    ------
    DataError
        If a column of the cases is missing, or ``overrides`` is at fault.

    Notes
    -----
    ``levels`` equals ``assess`` of the cases as they are now, ``zones`` equals drawing all zones anew (see
    `LiveZones`), and the clusters equal the discs of the certain ones (see `LiveClusters`). Clusters
    and levels follow each edit; zones draw what the edits since touched when they are asked for, and so
    do the levels of rules that look at zones or at the shares of all units (`follows_cases`).
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
        previous_zones: ZoneSet | ZoneTrace | None = None,
        ground: Ground | None = None,
        caution: float = CAUTION,
    ) -> None:
        self._lock = threading.RLock()
        self._units, self._land = units, Land(units)
        self._rules, self._as_of = rules, as_of
        self._facts: dict[str, Any] = {
            "previous": previous,
            "overrides": overrides,
            "capacity": capacity,
            "admin_levels": admin_levels,
            "reporting": reporting,
            "adjacency": adjacency,
        }
        self._coverage, self._population = coverage, population
        self._line = LiveLine(cases)
        self._drawing: dict[str, Any] = {"previous": previous_zones, "ground": ground, "caution": caution}
        self._zones: LiveZones | None = None
        self._edited: set[Hashable] = set()
        self._keys: dict[Hashable, list[Hashable]] = {}
        self._clusters = self._load_clusters()
        self._anew: pd.DataFrame | None = None
        self._levels: LiveLevels | None = None
        if follows_cases(rules):
            self._levels = LiveLevels(
                units, cases, rules, as_of=as_of, coverage=coverage, population=population, **self._facts
            )

    def __len__(self) -> int:
        return len(self._line)

    def __contains__(self, case_id: Hashable) -> bool:
        return case_id in self._line

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self._line)

    @property
    def clusters(self) -> LiveClusters:
        """The clusters of certain cases with their perimeters; keys are case, role and a number."""
        return self._clusters

    def add(self, places: Sequence[Place]) -> DayChange:
        """Add a case.

        Parameters
        ----------
        places : sequence of mapping
            Its rows of the line list, one per place, all with the same ``case_id``. Columns that the
            line list does not have are ignored; those that it has and the rows lack are empty.

        Returns
        -------
        DayChange
            What it touched.

        Raises
        ------
        ValueError
            If there is no row, the rows are of several cases, the case is there already, or a place
            is outside the domain; nothing is changed then.
        """
        rows = self._line.read(places)
        case_id = rows[0]["case_id"]
        with self._lock:
            if case_id in self:
                raise ValueError("the case is there already")
            changes = self._enter(case_id, rows)
            self._line.enter(case_id, rows)
            self._edited.add(case_id)
            units = None if self._levels is None else self._levels.add(first_place(rows))
            return self._told(changes, units)

    def remove(self, case_id: Hashable) -> DayChange:
        """Take a case away.

        Parameters
        ----------
        case_id : hashable
            The case.

        Returns
        -------
        DayChange
            What it touched.

        Raises
        ------
        KeyError
            If there is no such case.
        """
        with self._lock:
            rows = self._line.places(case_id)
            changes = [self._clusters.remove(key) for key in self._keys.pop(case_id, [])]
            self._line.leave(case_id)
            self._edited.add(case_id)
            units = None if self._levels is None else self._levels.remove(first_place(rows))
            return self._told(changes, units)

    def replace(self, places: Sequence[Place]) -> DayChange:
        """Put a case in the place of the one with the same identifier.

        Parameters
        ----------
        places : sequence of mapping
            As ``add`` takes them.

        Returns
        -------
        DayChange
            What it touched, before and after.

        Raises
        ------
        KeyError
            If there is no such case.
        ValueError
            As ``add``; the case then stays as it was.
        """
        with self._lock:
            case_id = next((place["case_id"] for place in places), None)
            before = self.places(case_id)
            left = self.remove(case_id)
            try:
                came = self.add(places)
            except ValueError:
                self.add(before)
                raise
            gone = set(left.clusters_gone) | set(came.clusters_gone)
            changed = (set(left.clusters_changed) | set(came.clusters_changed)) - gone
            units = None
            if left.units is not None and came.units is not None:
                units = {level: np.union1d(left.units[level], came.units[level]) for level in came.units}
            return DayChange(tuple(sorted(gone)), tuple(sorted(changed)), units)

    def places(self, case_id: Hashable) -> list[Place]:
        """Give the rows of a case.

        Parameters
        ----------
        case_id : hashable
            The case.

        Returns
        -------
        list of mapping
            One per place.

        Raises
        ------
        KeyError
            If there is no such case.
        """
        return self._line.places(case_id)

    def cases(self) -> pd.DataFrame:
        """Give the line list as it is now.

        Returns
        -------
        DataFrame
            One row per case and place: those to begin with, then those added, in that order.
        """
        with self._lock:
            return self._line.cases()

    def zones(self) -> ZoneSet:
        """Give the zones as they are now.

        Returns
        -------
        ZoneSet
            As ``geozone.zoning.zones`` draws them: certain and possible ones, rings, checkpoints. Only what
            the edits since the last time touched is drawn.
        """
        with self._lock:
            if self._zones is None:
                drawing = {"as_of": self._as_of, "population": self._population, **self._drawing}
                self._zones = LiveZones(self._line.cases(), self._land, self._rules.zoning, **drawing)
            elif self._edited:
                here = [row for one in self._edited if one in self._line for row in self._line.places(one)]
                self._zones.edit({str(one) for one in self._edited}, self._line.table(here))
            self._edited.clear()
            return self._zones.zones()

    def levels(self, *, explain: bool = True) -> pd.DataFrame:
        """Give the levels of every unit.

        Parameters
        ----------
        explain : bool
            Whether to write the sentences and the detail.

        Returns
        -------
        DataFrame
            As ``assess`` gives it.
        """
        with self._lock:
            if self._levels is not None:
                return self._levels.table(explain=explain)
            if self._anew is None:
                self._anew = self._assess()
            return self._anew.copy()

    def levels_of(self, codes: Sequence[str], level: AdminLevel = AdminLevel.COMMUNE) -> list[dict[str, Any]]:
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
            Their rows of ``levels`` with plain values: ``None`` for none.

        Raises
        ------
        KeyError
            If there is no such tier or unit.
        """
        with self._lock:
            if self._levels is not None:
                return self._levels.of(codes, level)
            table = self.levels()
            table = table[(table["admin_level"] == str(level)).to_numpy()]
            absent = set(codes) - set(table["code"])
            if absent:
                raise KeyError(min(absent))
            rows = table[table["code"].isin(codes)].astype(object)
            found: list[dict[str, Any]] = rows.where(rows.notna(), None).to_dict("records")
            return found

    def _assess(self) -> pd.DataFrame:
        return assess(
            self._units,
            self._line.cases(),
            self._coverage,
            self.zones(),
            self._population,
            self._rules,
            as_of=self._as_of,
            **self._facts,
        )

    def _load_clusters(self) -> LiveClusters:
        certain = select_places(self._line.base, self._land, self._rules.zoning, self._as_of).certain
        number = certain.groupby(["case_id", "role"]).cumcount()
        keys: list[Hashable] = list(zip(certain["case_id"], certain["role"], number, strict=True))
        for key, case_id in zip(keys, certain["case_id"], strict=True):
            self._keys.setdefault(case_id, []).append(key)
        return LiveClusters(
            self._rules.zoning, keys, certain["lon"], certain["lat"], certain["uncertainty_m"]
        )

    def _enter(self, case_id: Hashable, rows: Sequence[Place]) -> list[Change]:
        """Draw the certain places of a case; none of them if one cannot be drawn."""
        changes: list[Change] = []
        keys: list[tuple[Hashable, str, int]] = []
        try:
            for row in rows:
                if not is_certain_place(row, self._rules.zoning, self._as_of):
                    continue
                role = str(row["role"])
                key = (case_id, role, sum(key[1] == role for key in keys))
                unsure = row["geo_uncertainty_m"]
                lon, lat = mask_places(row["geo_lon"], row["geo_lat"], self._rules.zoning.mask_m)
                changes.append(
                    self._clusters.add(
                        key,
                        float(lon),
                        float(lat),
                        uncertainty_m=0.0 if pd.isna(unsure) else float(unsure),
                    )
                )
                keys.append(key)
        except ValueError:
            for key in keys:
                self._clusters.remove(key)
            raise
        if keys:
            self._keys[case_id] = list(keys)
        return changes

    def _told(
        self, changes: Sequence[Change], units: Mapping[AdminLevel, NDArray[np.object_]] | None
    ) -> DayChange:
        self._anew = None
        gone = {cluster for change in changes for cluster in change.gone}
        changed = {cluster for change in changes for cluster in change.changed} - gone
        return DayChange(tuple(sorted(gone)), tuple(sorted(changed)), units)
