"""A draft that follows single cases: only the zones, levels and points that an edit touches are made anew."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import geopandas as gpd
import pandas as pd

from geozone.draft.contents import with_contents
from geozone.draft.edited import Edited
from geozone.draft.live_places import LivePlaces
from geozone.draft.placements import placement_of
from geozone.draft.points import points_of
from geozone.draft.result import Draft
from geozone.draft.sketching import known_cases, prepared
from geozone.levels.live import DayChange, LiveDay, follows_cases
from geozone.schema import LEVELS
from geozone.types import AdminLevel, Certainty, PlaceRole
from geozone.zoning.certain import draw_certain
from geozone.zoning.drawn import Sheet
from geozone.zoning.people import People
from geozone.zoning.possible import draw_possible
from geozone.zoning.selection import Places, select_places
from geozone.zoning.tables import name_zones

__all__ = ["LiveState", "can_follow"]

_LEVEL_COLUMNS = [column.name for column in LEVELS.columns if column.name not in ("admin_level", "code")]
_FROM_ZONES = ["zone_share", "in_zone", "possible_zone"]
_NOTED = ["zone_id", "opened_on", "came_from", "certainty", "communes", "residents"]
Place = Mapping[str, Any]


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
        plain_rules = replace(draft.rule_set.zoning, buffer_widths_m=())  # rings are not followed
        self._sheet = Sheet(People.of(inputs.population, inputs.land), plain_rules, None, 0.0)
        self._places = LivePlaces(self._selected(known))
        self._load_zones(draft)
        totals = draft.layers["communes"].set_index("code")["cases_total"]
        self._totals: dict[str, int] = {str(code): int(total) for code, total in totals.items()}
        columns = draft.layers["communes"][["code", "epidemic_level", "possible_level"]].astype(object)
        plain = columns.where(columns.notna(), None)
        self._levels: dict[str, tuple[int | None, int | None]] = {
            code: (level, possible) for code, level, possible in plain.itertuples(index=False, name=None)
        }
        self._by_level = Counter(level for level, _ in self._levels.values())
        self._higher = sum(_is_higher(*one) for one in self._levels.values())

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
        places_gone: set[str] = set()
        for case_id, rows in changed.items():
            is_known = case_id in self._day
            before = self._day.places(case_id) if is_known else []
            change = self._day.replace(rows) if is_known else self._day.add(rows)
            clusters |= set(change.clusters_changed)
            gone |= set(change.clusters_gone)
            places_gone |= {f"{case_id}:{row['role']}" for row in before}
            units |= _units(change) | self._count(before, -1) | self._count(self._day.places(case_id), 1)
        clusters -= gone
        rows_now = self._frame(changed)
        communes = self._places.replace(changed, self._selected(rows_now))
        old = {self._zone_of[one] for one in clusters | gone if one in self._zone_of}
        codes = {str(code) for code in self._sheet.people.land.codes[sorted(communes)]}
        old |= {name for code in codes for name in self._by_commune[code] if self._is_possible[name]}
        zones_gone = {
            name: Certainty.POSSIBLE if self._is_possible[name] else Certainty.CERTAIN for name in sorted(old)
        }
        zones, renamed = self._draw(clusters, communes, old, set(changed))
        units |= self._swap(old, zones, clusters | gone)
        if renamed - changed.keys():
            rows_now = self._frame(renamed | changed.keys())
            places_gone |= {f"{one}:{row['role']}" for one in renamed for row in self._day.places(one)}
        points = points_of(rows_now, self._as_of, self._named)
        return Edited(
            zones_gone, zones, self._communes(units), frozenset(places_gone), points, self._counted()
        )

    def _load_zones(self, draft: Draft) -> None:
        """Note which cluster made which zone, and which zones lie in which commune."""
        member = draft.zone_set.membership
        certain = member[(member["certainty"] == str(Certainty.CERTAIN)).to_numpy(dtype=bool)]
        places = zip(certain["case_id"].tolist(), certain["role"].tolist(), strict=True)
        self._named: dict[tuple[str, str], str] = dict(zip(places, certain["zone_id"].tolist(), strict=True))
        self._zone_of: dict[int, str] = {}
        clusters = self._day.clusters
        for cluster in clusters:
            place = _place(next(iter(clusters.members(cluster))))
            if place in self._named:
                self._zone_of[cluster] = self._named[place]
        table = draft.layers["containment_zones"]
        self._opened: dict[str, pd.Timestamp] = dict(zip(table["zone_id"], table["opened_on"], strict=True))
        self._came_from: dict[str, str] = dict(zip(table["zone_id"], table["came_from"], strict=True))
        self._residents: dict[str, float] = {}
        self._certain_zones = self._counted_zones = 0
        self._residents_inside = 0.0
        self._is_possible: dict[str, bool] = {}
        self._shares: dict[str, dict[str, float]] = {}
        self._by_commune: dict[str, set[str]] = defaultdict(set)
        self._note_zones(table)

    def _selected(self, cases: pd.DataFrame) -> Places:
        return select_places(cases, self._inputs.land, self._rules.zoning, self._as_of)

    def _frame(self, cases: Iterable[str]) -> pd.DataFrame:
        """Take the rows of some cases as ``draw`` takes them."""
        rows = [row for case_id in sorted(cases) for row in self._day.places(case_id)]
        return pd.DataFrame(rows, columns=list(self._dtypes.index)).astype(self._dtypes)

    def _draw(
        self, clusters: set[int], communes: set[int], old: set[str], edited: set[str]
    ) -> tuple[gpd.GeoDataFrame, set[str]]:
        """Draw the zones of some clusters and the possible ones of some communes; the cases moved by it."""
        cluster_of = {_place(key): one for one in clusters for key in self._day.clusters.members(one)}
        certain = draw_certain(self._places.certain(cluster_of), self._sheet)[0]
        possible = draw_possible(self._places.possible(communes), self._sheet)
        land = self._sheet.people.land
        stems = name_zones("KV", certain.clocks, land) + name_zones("NV", possible.clocks, land)
        places = list(zip(certain.places["case_id"].tolist(), certain.places["role"].tolist(), strict=True))
        of_zone = {
            stems[zone]: cluster_of[place]
            for place, zone in zip(places, certain.zone.tolist(), strict=True)
            if zone >= 0
        }
        tables = [table for table in (certain.table, possible.table) if len(table)] or [certain.table]
        found = tables[0] if len(tables) == 1 else pd.concat(tables, ignore_index=True)
        found = found.assign(zone_id=pd.Series(stems, dtype="str")).sort_values("zone_id", kind="stable")
        names = self._names(found["zone_id"].tolist(), of_zone, old)
        for stem, name in names.items():
            if stem in of_zone:
                self._zone_of[of_zone[stem]] = name
        found = found.assign(zone_id=found["zone_id"].map(names).astype("str")).reset_index(drop=True)
        zones = self._filled(gpd.GeoDataFrame(self._continued(found), geometry="geometry", crs="EPSG:4326"))
        zone_at = {
            place: names[stems[zone]]
            for place, zone in zip(places, certain.zone.tolist(), strict=True)
            if zone >= 0
        }
        return zones, self._renamed(set(cluster_of), zone_at, edited)

    def _renamed(
        self, touched: set[tuple[str, str]], zone_at: Mapping[tuple[str, str], str], edited: set[str]
    ) -> set[str]:
        """Note which zone places open; the cases of which that is another than before."""
        found = set()
        for case_id in edited:
            for role in PlaceRole:
                self._named.pop((case_id, str(role)), None)
        for place in touched:
            name = zone_at.get(place)
            if self._named.get(place) == name:
                continue
            found.add(place[0])
            if name is None:
                del self._named[place]
            else:
                self._named[place] = name
        return found

    def _names(self, stems: list[str], of_zone: Mapping[str, int], old: set[str]) -> dict[str, str]:
        """Let a zone keep the name that its cluster or its commune had; give others a free one."""
        names: dict[str, str] = {}
        taken: set[str] = set()
        for zone_id in stems:
            stem = _stem(zone_id)
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
                free = f"{stem}-{number}"
                name = None if free in taken or (free in self._opened and free not in old) else free
                number += 1
            taken.add(name)
            names[zone_id] = name
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
            self._count_zone(name, -1)
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
            self._count_zone(name, 1)
            self._shares[name] = {part["code"]: part["share"] for part in json.loads(row.communes)}
            for code in self._shares[name]:
                self._by_commune[code].add(name)

    def _count_zone(self, name: str, sign: int) -> None:
        """Count a zone, or no longer, and who lives in it where that is known."""
        if self._is_possible[name]:
            return
        self._certain_zones += sign
        people = self._residents[name]
        if not math.isnan(people):
            self._counted_zones += sign
            self._residents_inside += sign * people

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
            self._note_level(code, (found["epidemic_level"], found["possible_level"]))
        return pd.DataFrame(
            rows, columns=["code", *_LEVEL_COLUMNS, "zone_share", "in_zone", "possible_zone", "cases_total"]
        )

    def _note_level(self, code: str, level: tuple[int | None, int | None]) -> None:
        before = self._levels[code]
        self._by_level[before[0]] -= 1
        self._by_level[level[0]] += 1
        self._higher += _is_higher(*level) - _is_higher(*before)
        self._levels[code] = level

    def _count(self, rows: Sequence[Place], sign: int) -> set[str]:
        """Count a case, or no longer; the communes whose totals are different."""
        known = [row for row in rows if row["report_date"] <= pd.Timestamp(self._as_of)]
        if not known:
            return set()
        standing, people = placement_of(known)
        for name in ("cases", standing):
            self._counts[name] += sign * people
        touched = set()
        for row in known:
            code = row["geo_commune_code"]
            if row["role"] == str(PlaceRole.HOME) and isinstance(code, str) and code in self._totals:
                self._totals[code] += sign * int(row["count"])
                touched.add(code)
        return touched

    def _counted(self) -> dict[str, Any]:
        by_level = {str(level): self._by_level[level] for level in (1, 2, 3, 4)}
        return self._counts | {
            "containment_zones": self._certain_zones,
            "possible_zones": len(self._is_possible) - self._certain_zones,
            "residents_inside": round(self._residents_inside) if self._counted_zones else None,
            "communes_by_level": by_level | {"none": self._by_level[None]},
            "communes_possibly_higher": self._higher,
        }


def _place(key: Any) -> tuple[str, str]:
    """Case and role of a key of the live clusters."""
    return str(key[0]), str(key[1])


def _is_higher(level: int | None, possible: int | None) -> bool:
    return bool(level and possible and possible > level)


def _stem(name: str) -> str:
    return name.rpartition("-")[0]


def _units(change: DayChange) -> set[str]:
    return set() if change.units is None else set(change.units[AdminLevel.COMMUNE].tolist())
