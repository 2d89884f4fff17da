"""Zones under many other placements of a few cases, drawing again only what those cases touch."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geozone.geodesy import area_km2
from geozone.rules.zoning_rules import ZoningRules
from geozone.types import Certainty, GeoStatus, MatchLevel
from geozone.zoning.drawing import zones
from geozone.zoning.land import HasCommunes, Land
from geozone.zoning.perimeters import possible_perimeters

__all__ = ["Placing", "ZoneChanges", "zone_placings"]

Shares = dict[int, float]
_NOTHING = 1e-9


class Placing(NamedTuple):
    """A group of cases put into one commune, known to it only, instead of where they are now."""

    rows: tuple[int, ...]
    """Rows of the case table."""
    commune: int
    """Row of the commune; -1 for nowhere."""


class ZoneChanges(NamedTuple):
    """Communes of which another part would lie in containment zones; parts are shares of the area."""

    commune: npt.NDArray[np.int64]
    """Rows of the communes."""
    certain_before: npt.NDArray[np.float64]
    """Part in certain zones now."""
    certain_after: npt.NDArray[np.float64]
    """Part in certain zones then."""
    possible_before: npt.NDArray[np.float64]
    """Part in the possible zone now."""
    possible_after: npt.NDArray[np.float64]
    """Part in the possible zone then."""


def zone_placings(
    cases: pd.DataFrame,
    units: Land | HasCommunes | gpd.GeoDataFrame,
    rules: ZoningRules,
    *,
    as_of: dt.date,
    placings: Sequence[Placing],
) -> list[ZoneChanges]:
    """Find what each of many placings changes in the containment zones, one placing at a time.

    Parameters
    ----------
    cases : DataFrame
        One row per case and place, index 0 to n - 1: the table that ``zones`` takes.
    units : Land, HasCommunes or GeoDataFrame
        The communes.
    rules : ZoningRules
        Distances, holes, clocks.
    as_of : date
        The day.
    placings : sequence of Placing
        What to try.

    Returns
    -------
    list of ZoneChanges
        One per placing: how ``zones`` on the changed table would differ.

    Notes
    -----
    A case known to its commune only opens a possible zone in that commune and nowhere else, so each
    commune is looked at alone. A group that holds a perimeter open has the cases of that perimeter, and
    no others, drawn again without it.
    """
    if not placings:
        return []
    ground = _Ground(cases, Land.of(units), replace(rules, buffer_widths_m=()), as_of)
    return [ground.changes(one) for one in placings]


class _Ground:
    """The zones as they are, with the rows of the case table behind each."""

    def __init__(self, cases: pd.DataFrame, land: Land, rules: ZoningRules, as_of: dt.date) -> None:
        self.cases, self.land, self.rules, self.as_of = cases, land, rules, as_of
        drawn = zones(cases, land, rules, as_of=as_of)
        table = drawn.containment
        certain = (table["certainty"] == Certainty.CERTAIN).to_numpy(dtype=bool)
        self.certain = {
            zone: self._parts(text)
            for zone, text in zip(table.loc[certain, "zone_id"], table.loc[certain, "communes"], strict=True)
        }
        self.inside = _added(self.certain.values())
        possible = {
            zone: self._parts(text)
            for zone, text in zip(
                table.loc[~certain, "zone_id"], table.loc[~certain, "communes"], strict=True
            )
        }
        self.possible = {unit: share for parts in possible.values() for unit, share in parts.items()}
        row_of = {key: i for i, key in enumerate(zip(cases["case_id"], cases["role"], strict=True))}
        self.zone_rows: dict[str, list[int]] = defaultdict(list)
        self.zones_of: dict[int, list[str]] = defaultdict(list)
        self.unit_rows: dict[int, list[int]] = defaultdict(list)
        self.units_of: dict[int, list[int]] = defaultdict(list)
        members = drawn.membership
        for case_id, role, zone in zip(members["case_id"], members["role"], members["zone_id"], strict=True):
            row = row_of[(case_id, role)]
            if zone in self.certain:
                self.zone_rows[zone].append(row)
                self.zones_of[row].append(zone)
                continue
            for unit in possible[zone]:
                self.unit_rows[unit].append(row)
                self.units_of[row].append(unit)
        undrawn = zip(drawn.undrawn["case_id"], drawn.undrawn["role"], strict=True)
        self.active = {*self.zones_of, *self.units_of, *(row_of[key] for key in undrawn)}
        hamlet = (cases["geo_status"] == str(GeoStatus.MATCH)) & (
            cases["geo_level"] == str(MatchLevel.HAMLET)
        )
        self.hamlet = hamlet.to_numpy(dtype=bool)
        self._redrawn: dict[frozenset[int], Shares] = {}

    def _parts(self, text: str) -> Shares:
        parts = json.loads(text)
        found = self.land.positions([part["code"] for part in parts])
        return {int(unit): float(part["share"]) for unit, part in zip(found, parts, strict=True)}

    def changes(self, placing: Placing) -> ZoneChanges:
        """Compare one placing with the zones as they are."""
        moved = frozenset(placing.rows) & self.active
        opened = {unit for row in moved for unit in self.units_of.get(row, ())}
        if moved and placing.commune >= 0:
            opened.add(placing.commune)
        held = sorted({zone for row in moved for zone in self.zones_of.get(row, ())})
        gone = _added(self.certain[zone] for zone in held)
        kept = self._certain_without(held, moved) if held else {}
        units = sorted(opened | gone.keys() | kept.keys())
        before = {unit: self.possible.get(unit, 0.0) for unit in units}
        after = before | {unit: self._possible_without(unit, moved, placing.commune) for unit in opened}
        certain_before = {unit: self.inside.get(unit, 0.0) for unit in units}
        certain_after = {
            unit: share - gone.get(unit, 0.0) + kept.get(unit, 0.0) for unit, share in certain_before.items()
        }
        columns = [
            np.array([shares.get(unit, 0.0) for unit in units])
            for shares in (certain_before, certain_after, before, after)
        ]
        differs = (np.abs(columns[0] - columns[1]) > _NOTHING) | (np.abs(columns[2] - columns[3]) > _NOTHING)
        return ZoneChanges(
            np.array(units, dtype=np.int64)[differs],
            columns[0][differs],
            columns[1][differs],
            columns[2][differs],
            columns[3][differs],
        )

    def _possible_without(self, unit: int, moved: frozenset[int], commune: int) -> float:
        """Part of a commune in its possible zone once the group has moved."""
        if unit == commune:
            return 1.0
        others = [row for row in self.unit_rows[unit] if row not in moved]
        if not others:
            return 0.0
        if not self.hamlet[others].all():
            return 1.0
        mine = self.cases.iloc[others]
        places = pd.DataFrame(
            {
                "commune": unit,
                "level": str(MatchLevel.HAMLET),
                "lon": mine["geo_lon"].to_numpy(dtype=np.float64, na_value=np.nan),
                "lat": mine["geo_lat"].to_numpy(dtype=np.float64, na_value=np.nan),
                "uncertainty_m": mine["geo_uncertainty_m"].to_numpy(dtype=np.float64, na_value=np.nan),
            }
        )
        perimeters = possible_perimeters(places, self.land, self.rules)
        if perimeters.geometry[0] is self.land.geometries[unit]:
            return 1.0
        whole = self.land.areas_km2(np.array([unit]))[0]
        return float(area_km2(perimeters.geometry)[0] / whole)

    def _certain_without(self, held: Sequence[str], moved: frozenset[int]) -> Shares:
        """Draw the perimeters that the group held open again, without it."""
        leaving = frozenset(row for row in moved if self.zones_of.get(row))
        if leaving not in self._redrawn:
            left = sorted({row for zone in held for row in self.zone_rows[zone]} - leaving)
            drawn = zones(self.cases.iloc[left], self.land, self.rules, as_of=self.as_of).containment
            self._redrawn[leaving] = _added(self._parts(text) for text in drawn["communes"])
        return self._redrawn[leaving]


def _added(parts: Iterable[Mapping[int, float]]) -> Shares:
    total: Shares = defaultdict(float)
    for shares in parts:
        for unit, share in shares.items():
            total[unit] += share
    return dict(total)
