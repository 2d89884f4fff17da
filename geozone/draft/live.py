"""A draft that follows single cases: only the zones, levels and points that an edit touches are made anew."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geozone import zoning
from geozone.draft.contents import with_contents
from geozone.draft.placements import count_placements
from geozone.draft.points import points_of
from geozone.draft.result import Draft
from geozone.draft.sketching import known_cases, prepared
from geozone.levels.live import DayChange, LiveDay, follows_cases
from geozone.schema import LEVELS
from geozone.types import AdminLevel, Certainty, PlaceRole
from geozone.zoning.selection import select_places

__all__ = ["Edited", "LiveState", "can_follow"]

_LEVEL_COLUMNS = [column.name for column in LEVELS.columns if column.name not in ("admin_level", "code")]
_FROM_ZONES = ["zone_share", "in_zone", "possible_zone"]
_NOTED = ["zone_id", "opened_on", "came_from", "certainty", "communes", "residents"]
Place = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Edited:
    """What an edit made anew; every other row of these layers is as it was.

    Attributes
    ----------
    zones_gone : frozenset of str
        Containment zones that are no more, or are among ``zones`` again.
    zones : GeoDataFrame
        Containment zones that are new or different.
    communes : DataFrame
        By ``code``: the columns of ``communes`` that may be different, of the communes touched.
    cases_gone : frozenset of str
        Cases whose points are no more, or are among ``points`` again.
    points : GeoDataFrame
        Points of the cases edited.
    counts : dict
        Counts of the draft that are different.
    """

    zones_gone: frozenset[str]
    zones: gpd.GeoDataFrame
    communes: pd.DataFrame
    cases_gone: frozenset[str]
    points: gpd.GeoDataFrame
    counts: dict[str, Any]


def can_follow(draft: Draft) -> bool:
    """Tell whether a draft can follow single cases.

    Parameters
    ----------
    draft : Draft
        The draft.

    Returns
    -------
    bool
        Not where zones are made of blocks, nor where levels look at zones or at all units.
    """
    return draft.inputs.ground is None and follows_cases(draft.rule_set)


class LiveState:
    """The zones, levels and points of a draft, edited case by case.

    Parameters
    ----------
    draft : Draft
        One that can follow (`can_follow`).

    Notes
    -----
    Zones and levels are those of ``draw`` on the cases as they are now. Rings, green zones, the schedule of
    lifting and the zones of facilities are not followed. Where several zones of one commune open on one day,
    a drawing anew may number them otherwise. Not safe to share between threads.
    """

    def __init__(self, draft: Draft) -> None:
        inputs = prepared(draft.inputs, draft.as_of)
        self._inputs, self._rules, self._as_of = inputs, draft.rule_set, draft.as_of
        known = known_cases(inputs, draft.as_of)
        self._dtypes = known.dtypes
        self._day = LiveDay(
            inputs.units.communes,
            known,
            draft.rule_set,
            as_of=draft.as_of,
            coverage=inputs.coverage,
            population=inputs.population,
            previous=inputs.previous,
            overrides=inputs.overrides,
            capacity=inputs.figures,
        )
        self._counts = dict(draft.counts)
        self._load_zones(draft)
        self._load_possible()
        totals = draft.layers["communes"].set_index("code")["cases_total"]
        self._totals: dict[str, int] = {str(code): int(total) for code, total in totals.items()}
        columns = draft.layers["communes"][["code", "epidemic_level", "possible_level"]].astype(object)
        plain = columns.where(columns.notna(), None)
        self._levels: dict[str, tuple[int | None, int | None]] = {
            code: (level, possible) for code, level, possible in plain.itertuples(index=False, name=None)
        }

    @property
    def diseases(self) -> tuple[str, ...]:
        """Diseases whose cases are followed."""
        return self._rules.diseases

    def replace(self, changed: Mapping[str, Sequence[Place]]) -> Edited:
        """Put cases in the place of those with the same identifiers.

        Parameters
        ----------
        changed : mapping of str to sequence of mapping
            By case, its rows of the line list, one per place, as ``draw`` takes them.

        Returns
        -------
        Edited
            What was made anew.
        """
        clusters: set[int] = set()
        gone: set[int] = set()
        units: set[str] = set()
        communes: set[str] = set()
        for case_id, rows in changed.items():
            is_known = case_id in self._day
            before = self._frame([case_id] if is_known else [])
            change = self._day.replace(rows) if is_known else self._day.add(rows)
            clusters |= set(change.clusters_changed)
            gone |= set(change.clusters_gone)
            after = self._frame([case_id])
            communes |= self._forget(case_id) | self._note(case_id, after)
            units |= _units(change) | self._count(before, after)
        clusters -= gone
        old = {self._zone_of[one] for one in clusters | gone if one in self._zone_of}
        old |= {name for code in communes for name in self._by_commune[code] if self._is_possible[name]}
        zones = self._draw(clusters, communes, old)
        units |= self._swap(old, zones, clusters | gone)
        points = points_of(self._frame(changed), self._as_of, self._certain_zones(changed))
        return Edited(
            frozenset(old), zones, self._communes(units), frozenset(changed), points, self._counted()
        )

    def _load_zones(self, draft: Draft) -> None:
        """Note which cluster made which zone, and which zones lie in which commune."""
        member = draft.zone_set.membership
        certain = member[(member["certainty"] == str(Certainty.CERTAIN)).to_numpy(dtype=bool)]
        named = dict(
            zip(zip(certain["case_id"], certain["role"], strict=True), certain["zone_id"], strict=True)
        )
        self._zone_of: dict[int, str] = {}
        clusters = self._day.clusters
        for cluster in clusters:
            place = _place(next(iter(clusters.members(cluster))))
            if place in named:
                self._zone_of[cluster] = named[place]
        table = draft.layers["containment_zones"]
        self._opened: dict[str, pd.Timestamp] = dict(zip(table["zone_id"], table["opened_on"], strict=True))
        self._came_from: dict[str, str] = dict(zip(table["zone_id"], table["came_from"], strict=True))
        self._residents: dict[str, float] = {}
        self._is_possible: dict[str, bool] = {}
        self._shares: dict[str, dict[str, float]] = {}
        self._by_commune: dict[str, set[str]] = defaultdict(set)
        self._note_zones(table)

    def _load_possible(self) -> None:
        """Note which cases may lie in which commune."""
        possible = select_places(
            known_cases(self._inputs, self._as_of), self._inputs.land, self._rules.zoning, self._as_of
        ).possible
        codes = self._inputs.land.codes[possible["commune"].to_numpy(dtype=np.int64)]
        self._cases_in: dict[str, set[str]] = defaultdict(set)
        self._communes_of: dict[str, set[str]] = defaultdict(set)
        for case_id, code in zip(possible["case_id"].tolist(), codes.tolist(), strict=True):
            self._cases_in[code].add(case_id)
            self._communes_of[case_id].add(code)

    def _forget(self, case_id: str) -> set[str]:
        """Forget where a case may lie; the communes."""
        codes = self._communes_of.pop(case_id, set())
        for code in codes:
            self._cases_in[code].discard(case_id)
        return codes

    def _note(self, case_id: str, table: pd.DataFrame) -> set[str]:
        """Note where a case may lie; the communes."""
        possible = select_places(table, self._inputs.land, self._rules.zoning, self._as_of).possible
        codes = set(self._inputs.land.codes[possible["commune"].to_numpy(dtype=np.int64)].tolist())
        for code in codes:
            self._cases_in[code].add(case_id)
        if codes:
            self._communes_of[case_id] = codes
        return codes

    def _frame(self, cases: Iterable[str], roles: Collection[tuple[str, str]] | None = None) -> pd.DataFrame:
        """Take the rows of some cases, or of some of their places, as ``draw`` takes them."""
        rows = [
            row
            for case_id in sorted(cases)
            for row in self._day.places(case_id)
            if roles is None or (case_id, str(row["role"])) in roles
        ]
        return pd.DataFrame(rows, columns=list(self._dtypes.index)).astype(self._dtypes)

    def _draw(self, clusters: set[int], communes: set[str], old: set[str]) -> gpd.GeoDataFrame:
        """Draw the zones of some clusters, and the possible ones of some communes."""
        places = {_place(key): one for one in clusters for key in self._day.clusters.members(one)}
        certain = self._zones(self._frame({case_id for case_id, _ in places}, places))
        kept = (certain.containment["certainty"] == str(Certainty.CERTAIN)).to_numpy(dtype=bool)
        held = certain.membership[certain.membership["certainty"] == str(Certainty.CERTAIN)]
        of_zone = {
            str(zone): places[str(case_id), str(role)]
            for case_id, role, zone in zip(held["case_id"], held["role"], held["zone_id"], strict=True)
        }
        found = certain.containment[kept]
        if communes:
            maybe = self._zones(self._frame({one for code in communes for one in self._cases_in[code]}))
            table = maybe.containment[maybe.containment["certainty"] == str(Certainty.POSSIBLE)]
            inside = [json.loads(text)[0]["code"] in communes for text in table["communes"]]
            found = pd.concat([found, table[inside]], ignore_index=True)
        names = self._names(found, of_zone, old)
        for name, new in zip(found["zone_id"], names, strict=True):
            if name in of_zone:
                self._zone_of[of_zone[name]] = new
        found = found.assign(zone_id=pd.Series(names, index=found.index, dtype="str"))
        return self._filled(gpd.GeoDataFrame(self._continued(found), geometry="geometry", crs="EPSG:4326"))

    def _zones(self, cases: pd.DataFrame) -> zoning.ZoneSet:
        inputs = self._inputs
        return zoning.zones(
            cases, inputs.land, self._rules.zoning, as_of=self._as_of, population=inputs.population
        )

    def _names(self, found: pd.DataFrame, of_zone: Mapping[str, int], old: set[str]) -> list[str]:
        """Let a zone keep the name that its cluster or its commune had; give others a free one."""
        taken = set(self._opened) - old
        names = []
        for zone_id in found["zone_id"].tolist():
            stem = zone_id.rpartition("-")[0]
            own = self._zone_of.get(of_zone[zone_id]) if zone_id in of_zone else None
            held = (
                [own]
                if own is not None and own in old
                else sorted(name for name in old if _stem(name) == stem)
            )
            if self._inputs.previous_zones is None:
                held = [name for name in held if name is not None and _stem(name) == stem]
            name = next((name for name in held if name not in taken), None)
            number = 1
            while name is None:
                name = f"{stem}-{number}" if f"{stem}-{number}" not in taken else None
                number += 1
            taken.add(name)
            names.append(name)
        return names

    def _continued(self, found: pd.DataFrame) -> pd.DataFrame:
        """Give zones that continue one of an earlier day its opening and its origins."""
        if self._inputs.previous_zones is None:
            return found
        opened = [
            min(day, self._opened.get(name, day))
            for name, day in zip(found["zone_id"], found["opened_on"], strict=True)
        ]
        origins = [
            self._came_from.get(name, text)
            for name, text in zip(found["zone_id"], found["came_from"], strict=True)
        ]
        return found.assign(
            opened_on=pd.Series(opened, index=found.index).astype("datetime64[s]"),
            came_from=pd.Series(origins, index=found.index, dtype="str"),
        )

    def _filled(self, zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Say what is inside; of the facilities, only those near are looked at."""
        facilities = self._inputs.facilities
        if facilities is not None and len(zones):
            west, south, east, north = zones.total_bounds
            near = facilities["lon"].between(west, east) & facilities["lat"].between(south, north)
            facilities = facilities[near.to_numpy(dtype=bool)]
        return with_contents(zones, population=self._inputs.population, facilities=facilities)

    def _swap(self, old: set[str], zones: gpd.GeoDataFrame, clusters: set[int]) -> set[str]:
        """Put zones in the place of others; the communes that they touch."""
        touched = {code for name in old for code in self._shares[name]}
        for name in old:
            for code in self._shares.pop(name):
                self._by_commune[code].discard(name)
            del self._opened[name], self._came_from[name], self._is_possible[name], self._residents[name]
        drawn = set(zones["zone_id"])
        for cluster in clusters:
            if self._zone_of.get(cluster) in old - drawn:
                del self._zone_of[cluster]
        self._note_zones(zones)
        return touched | {code for name in drawn for code in self._shares[name]}

    def _note_zones(self, table: pd.DataFrame) -> None:
        for row in table[
            ["zone_id", "opened_on", "came_from", "certainty", "communes", "residents"]
        ].itertuples():
            name = str(row.zone_id)
            self._opened[name], self._came_from[name] = row.opened_on, str(row.came_from)
            self._is_possible[name] = row.certainty == str(Certainty.POSSIBLE)
            self._residents[name] = float(row.residents)
            self._shares[name] = {part["code"]: part["share"] for part in json.loads(row.communes)}
            for code in self._shares[name]:
                self._by_commune[code].add(name)

    def _communes(self, codes: set[str]) -> pd.DataFrame:
        """Write what may be different of some communes."""
        rows = []
        for found in self._day.levels_of(sorted(codes)):
            code = found["code"]
            names = sorted(self._by_commune[code])
            certain = [self._shares[name][code] for name in names if not self._is_possible[name]]
            share = round(min(sum(certain), 1.0), 4)
            rows.append(
                {"code": code}
                | {name: found[name] for name in _LEVEL_COLUMNS}
                | {
                    "zone_share": share,
                    "in_zone": "whole" if share >= 0.9995 else "part" if share > 0 else "none",
                    "possible_zone": any(self._is_possible[name] for name in names),
                    "cases_total": self._totals[code],
                }
            )
            self._levels[code] = found["epidemic_level"], found["possible_level"]
        return pd.DataFrame(
            rows, columns=["code", *_LEVEL_COLUMNS, "zone_share", "in_zone", "possible_zone", "cases_total"]
        )

    def _count(self, before: pd.DataFrame, after: pd.DataFrame) -> set[str]:
        """Count a case anew; the communes whose totals are different."""
        touched = set()
        for table, sign in ((before, -1), (after, 1)):
            known = table[(table["report_date"] <= pd.Timestamp(self._as_of)).to_numpy(dtype=bool)]
            counts, _ = count_placements(known)
            for name, number in counts.items():
                self._counts[name] += sign * number
            homes = known[(known["role"] == str(PlaceRole.HOME)) & known["geo_commune_code"].notna()]
            for code, people in zip(homes["geo_commune_code"], homes["count"], strict=True):
                if code in self._totals:
                    self._totals[code] += sign * int(people)
                    touched.add(code)
        return touched

    def _counted(self) -> dict[str, Any]:
        seen = Counter(level for level, _ in self._levels.values())
        by_level = {str(level): seen[level] for level in (1, 2, 3, 4)} | {"none": seen[None]}
        higher = [
            level for level, possible in self._levels.values() if level and possible and possible > level
        ]
        certain = [self._residents[name] for name, possible in self._is_possible.items() if not possible]
        known = [people for people in certain if people == people]  # noqa: PLR0124 - not a number where unknown
        return self._counts | {
            "containment_zones": len(certain),
            "possible_zones": len(self._is_possible) - len(certain),
            "residents_inside": round(sum(known)) if known else None,
            "communes_by_level": by_level,
            "communes_possibly_higher": len(higher),
        }

    def _certain_zones(self, cases: Iterable[str]) -> dict[tuple[str, str], str]:
        """Tell the zone that each place of some cases opens."""
        found = {}
        for case_id in cases:
            for row in self._day.places(case_id):
                key = (case_id, str(row["role"]), 0)
                try:
                    cluster = self._day.clusters.cluster_of(key)
                except KeyError:
                    continue
                if cluster in self._zone_of:
                    found[key[:2]] = self._zone_of[cluster]
        return found


def _place(key: Any) -> tuple[str, str]:
    """Case and role of a key of the live clusters."""
    return str(key[0]), str(key[1])


def _stem(name: str) -> str:
    return name.rpartition("-")[0]


def _units(change: DayChange) -> set[str]:
    return set() if change.units is None else set(change.units[AdminLevel.COMMUNE].tolist())
