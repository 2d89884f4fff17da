"""Zones as tables: names, clocks, cases, communes and residents of each perimeter."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geozone.geodesy import area_km2
from geozone.rules.zoning_rules import ZoningRules
from geozone.schema import ZONES
from geozone.types import Certainty, PerimeterKind
from geozone.zoning.identity import NO_PARENTS
from geozone.zoning.inside import Shares, communes_json
from geozone.zoning.land import Land
from geozone.zoning.people import People
from geozone.zoning.selection import CLOCK

__all__ = ["CONTAINMENT_EXTRA", "Clocks", "clocks", "empty_zones", "name_zones", "zone_table"]

GeometryArray = npt.NDArray[np.object_]
IntArray = npt.NDArray[np.int64]

CONTAINMENT_EXTRA = ("tied_count", "free_on")
"""Columns beyond the contract: cases that may be elsewhere instead (ties), and the end of surveillance."""
_NOWHERE = "00000"


class Clocks(NamedTuple):
    """Clock and count of each zone: parallel arrays."""

    opened_on: npt.NDArray[np.datetime64]
    last_case_on: npt.NDArray[np.datetime64]
    case_count: IntArray
    tied_count: IntArray
    anchor: npt.NDArray[np.object_]
    """Oldest case and the role of its place, which tell zones of one day apart. Private: never leaves this
    package."""
    anchor_commune: IntArray
    """Row of the commune of the oldest case; -1 if it is in none."""

    def take(self, rows: IntArray | npt.NDArray[np.bool_]) -> Clocks:
        """Take the clocks of some zones.

        Parameters
        ----------
        rows : ndarray of int64 or bool
            Which.

        Returns
        -------
        Clocks
            Theirs.
        """
        return Clocks(
            self.opened_on[rows],
            self.last_case_on[rows],
            self.case_count[rows],
            self.tied_count[rows],
            self.anchor[rows],
            self.anchor_commune[rows],
        )


def clocks(places: pd.DataFrame, member: IntArray, count: int) -> Clocks:
    """Derive the clocks of zones from the places in them.

    Parameters
    ----------
    places : DataFrame
        Active places with ``case_id, count, commune, tied`` and the day of the clock.
    member : ndarray of int64
        Zone of each place.
    count : int
        How many zones there are; every one has a place.

    Returns
    -------
    Clocks
        A case counts once in a zone however many of its places are there.
    """
    table = places.assign(zone=member).sort_values(["zone", CLOCK, "case_id", "role"], kind="stable")
    once = table.drop_duplicates(["zone", "case_id"])
    first = once.drop_duplicates("zone")
    zone = once["zone"].to_numpy(dtype=np.int64)
    people = once["count"].to_numpy(dtype=np.int64)
    tied = once["tied"].to_numpy(dtype=bool) if "tied" in once.columns else np.zeros(len(once), dtype=bool)
    last = once.groupby("zone")[CLOCK].max()
    return Clocks(
        first[CLOCK].to_numpy(dtype="datetime64[s]"),
        last.to_numpy(dtype="datetime64[s]"),
        np.bincount(zone, people, minlength=count).astype(np.int64),
        np.bincount(zone[tied], people[tied], minlength=count).astype(np.int64),
        (first["case_id"].astype("str") + "\x1f" + first["role"].astype("str")).to_numpy(dtype=object),
        first["commune"].to_numpy(dtype=np.int64),
    )


def name_zones(prefix: str, found: Clocks, land: Land) -> list[str]:
    """Name zones after the commune and day of their oldest case.

    Parameters
    ----------
    prefix : str
        Kind of zone: ``KV`` (khu vực phong tỏa), ``NV`` (nghi vấn) or ``VD`` (vùng đệm).
    found : Clocks
        Clocks and oldest cases.
    land : Land
        The communes.

    Returns
    -------
    list of str
        Such as ``KV-09169-20211103-1``; the last number tells apart zones of one commune and day.
        No part of it is an identifier of a case.
    """
    codes = [land.codes[i] if i >= 0 else _NOWHERE for i in found.anchor_commune.tolist()]
    days = [pd.Timestamp(day).strftime("%Y%m%d") for day in found.opened_on]
    keys = [f"{prefix}-{code}-{day}" for code, day in zip(codes, days, strict=True)]
    ordinal: dict[str, int] = {}
    names = [""] * len(keys)
    for i in sorted(range(len(keys)), key=lambda i: (keys[i], str(found.anchor[i]))):
        ordinal[keys[i]] = ordinal.get(keys[i], 0) + 1
        names[i] = f"{keys[i]}-{ordinal[keys[i]]}"
    return names


def zone_table(
    geometry: GeometryArray,
    found: Clocks,
    shares: Shares,
    *,
    certainty: Certainty,
    radius_m: npt.NDArray[np.float64],
    people: People,
    rules: ZoningRules,
    areas: npt.NDArray[np.float64] | None = None,
) -> gpd.GeoDataFrame:
    """Put zones into a table.

    Parameters
    ----------
    geometry : ndarray of geometry
        Perimeters, degrees.
    found : Clocks
        Clocks and counts.
    shares : Shares
        Communes in each.
    certainty : Certainty
        What they rest on.
    radius_m : ndarray of float64
        Radius of the rule, metres; nan for a whole unit.
    people : People
        Where people live, and the communes.
    rules : ZoningRules
        The clocks' lengths.
    areas : ndarray of float64, optional
        Areas of the perimeters, km², where they are known already.

    Returns
    -------
    GeoDataFrame
        The zones contract with geometry, in order; the zones have no identifiers yet.
    """
    count, land = len(geometry), people.land
    inside = [shares.of(i) for i in range(count)]
    told = people.inside(geometry, shares)
    lift = found.last_case_on + np.timedelta64(rules.lift_days, "D")
    table = pd.DataFrame(
        {
            "zone_id": pd.Series([""] * count, dtype="str"),
            "certainty": pd.Series([str(certainty)] * count, dtype="str"),
            "radius_m": radius_m,
            "case_count": found.case_count,
            "opened_on": found.opened_on,
            "last_case_on": found.last_case_on,
            "earliest_lift_on": lift,
            "area_km2": area_km2(geometry) if areas is None else areas,
            "residents": [one.residents for one in told],
            "residents_method": pd.Series([one.method for one in told], dtype="str"),
            "households": [one.households for one in told],
            "communes": pd.Series([communes_json(land, *one) for one in inside], dtype="str"),
            "boundary_quality": pd.Series([land.worst_quality(one[0]) for one in inside], dtype="str"),
            "perimeter": pd.Series(
                np.where(np.isnan(radius_m), str(PerimeterKind.UNIT), str(PerimeterKind.DISC)), dtype="str"
            ),
            "came_from": pd.Series([NO_PARENTS] * count, dtype="str"),
            "tied_count": found.tied_count,
            "free_on": lift + np.timedelta64(rules.step_down_days, "D"),
        }
    )
    return gpd.GeoDataFrame(ZONES.conform(table), geometry=gpd.GeoSeries(list(geometry)), crs="EPSG:4326")


def empty_zones() -> gpd.GeoDataFrame:
    """Make a table of no zones.

    Returns
    -------
    GeoDataFrame
        The zones contract with its extra columns and geometry, without rows.
    """
    return _EMPTY.copy()


def _empty() -> gpd.GeoDataFrame:
    table = ZONES.empty()
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries([], dtype="geometry"), crs="EPSG:4326")


_EMPTY = _empty()
