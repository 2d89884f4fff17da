"""Lifting part by part: what may be released when, if no new case comes, and what is missing until then."""

from __future__ import annotations

import datetime as dt
import json

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geozone.geodesy import area_km2
from geozone.rules.zoning_rules import ZoningRules
from geozone.types import Certainty
from geozone.zoning.dissolve import dissolve_discs
from geozone.zoning.drawing import ZoneSet
from geozone.zoning.inside import resident_counts, residents, shares_of
from geozone.zoning.land import HasCommunes, Land
from geozone.zoning.perimeters import close_holes, containment_radii, join_polygons, polygons_of
from geozone.zoning.selection import CLOCK, select_places

__all__ = ["lifting_schedule"]

_SPECK_KM2 = 1e-6


def lifting_schedule(
    zones: ZoneSet,
    cases: pd.DataFrame,
    units: Land | HasCommunes | gpd.GeoDataFrame,
    *,
    population: pd.DataFrame | None = None,
) -> gpd.GeoDataFrame:
    """Divide each containment zone into the parts that may be lifted one after another.

    Parameters
    ----------
    zones : ZoneSet
        The zones of a day.
    cases : DataFrame
        The table that they were drawn from.
    units : Land, HasCommunes or GeoDataFrame
        The communes.
    population : DataFrame, optional
        The population contract, for residents.

    Returns
    -------
    GeoDataFrame
        ``zone_id, step, lift_on, free_on, days_missing, area_km2, residents, evidence_vi,
        evidence_en`` and geometry, by zone and step: the earliest part first. The parts of a zone
        add up to it and do not overlap. A possible zone is one part: where its cases are within it
        is not known.

    Notes
    -----
    A place is released when every case whose disc covers it has held it for the days of the rule:
    the part that only older cases cover carries the least risk and goes first. A new case starts
    the clock of its own disc again, so every date is the earliest possible one. Whether the last
    round of tests was negative is not in the line list: the evidence says that it is to be shown.
    """
    land = Land.of(units)
    counts = resident_counts(population, land)
    certain = zones.containment.loc[
        (zones.containment["certainty"] == Certainty.CERTAIN).to_numpy(dtype=bool)
    ]
    possible = zones.containment.loc[
        (zones.containment["certainty"] == Certainty.POSSIBLE).to_numpy(dtype=bool)
    ]
    steps = _certain_steps(zones, cases, land, certain)
    last = possible["last_case_on"].dt.date
    steps += list(zip(possible["zone_id"], last, possible.geometry, strict=True))
    steps.sort(key=lambda step: (step[0], step[1]))
    geometry = np.empty(len(steps), dtype=object)
    geometry[:] = [shape for _, _, shape in steps]
    whole = possible.loc[possible["radius_m"].isna().to_numpy(dtype=bool)]
    people = _people(
        steps, geometry, dict(zip(whole["zone_id"], whole["communes"], strict=True)), land, counts
    )
    table = _table(steps, zones.rules, zones.as_of).assign(
        area_km2=area_km2(geometry), residents=np.array([value for value, _ in people], dtype=np.float64)
    )
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(list(geometry)), crs="EPSG:4326")


Step = tuple[str, dt.date, shapely.Geometry]


def _certain_steps(zones: ZoneSet, cases: pd.DataFrame, land: Land, certain: gpd.GeoDataFrame) -> list[Step]:
    rules = zones.rules
    places = select_places(cases, land, rules, zones.as_of).certain
    names = zones.membership.loc[(zones.membership["certainty"] == Certainty.CERTAIN).to_numpy(dtype=bool)]
    places = places.merge(names[["case_id", "role", "zone_id"]], on=["case_id", "role"])
    shapes = dict(zip(certain["zone_id"], certain.geometry, strict=True))
    steps: list[Step] = []
    for name, mine in places.groupby("zone_id", sort=True):
        steps += [(str(name), day, shape) for day, shape in _parts(mine, shapes[str(name)], rules)]
    return steps


def _parts(
    places: pd.DataFrame, zone: shapely.Geometry, rules: ZoningRules
) -> list[tuple[dt.date, shapely.Geometry]]:
    """Day of the last case and shape of each part of one zone, oldest first."""
    days = places[CLOCK].dt.date.to_numpy()
    lon, lat = places["lon"].to_numpy(dtype=np.float64), places["lat"].to_numpy(dtype=np.float64)
    radius = containment_radii(places["uncertainty_m"], rules)
    found: list[tuple[dt.date, shapely.Geometry]] = []
    left = zone
    for day in np.unique(days):
        newer = days > day
        if not newer.any():
            found.append((day, left))
            break
        kept = close_holes(dissolve_discs(lon[newer], lat[newer], radius[newer]), rules.close_holes_km2)
        remains = polygons_of(shapely.intersection(left, join_polygons(kept)))
        released = polygons_of(shapely.difference(left, remains))
        if area_km2(released)[0] > _SPECK_KM2:
            found.append((day, released))
            left = remains
    return found


def _people(
    steps: list[Step],
    geometry: npt.NDArray[np.object_],
    whole: dict[str, str],
    land: Land,
    counts: npt.NDArray[np.float64] | None,
) -> list[tuple[float, str]]:
    """Residents of each part; a whole commune is not overlaid with its neighbours."""
    drawn = np.array([name not in whole for name, _, _ in steps], dtype=bool)
    shares = shares_of(geometry[drawn], land)
    position = np.cumsum(drawn) - 1
    found = []
    for i, (name, _, _) in enumerate(steps):
        own = shares.of(int(position[i])) if drawn[i] else _whole_commune(whole[name], land)
        found.append(residents(counts, *own))
    return found


def _whole_commune(communes: str, land: Land) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    rows = land.positions([one["code"] for one in json.loads(communes)])
    return rows, np.ones(len(rows))


def _table(steps: list[Step], rules: ZoningRules, as_of: dt.date) -> pd.DataFrame:
    names = pd.Series([name for name, _, _ in steps], dtype="str")
    last = pd.Series(pd.to_datetime([day for _, day, _ in steps])).astype("datetime64[s]")
    lift = last + pd.Timedelta(days=rules.lift_days)
    missing = (lift - pd.Timestamp(as_of)).dt.days.clip(lower=0)
    sentences = [_evidence(day, int(days), rules) for (_, day, _), days in zip(steps, missing, strict=True)]
    return pd.DataFrame(
        {
            "zone_id": names,
            "step": names.groupby(names).cumcount() + 1,
            "lift_on": lift.astype("datetime64[s]"),
            "free_on": (lift + pd.Timedelta(days=rules.step_down_days)).astype("datetime64[s]"),
            "days_missing": missing.astype("Int64"),
            "evidence_vi": pd.Series([vietnamese for vietnamese, _ in sentences], dtype="str"),
            "evidence_en": pd.Series([english for _, english in sentences], dtype="str"),
        }
    )


def _evidence(last: dt.date, missing: int, rules: ZoningRules) -> tuple[str, str]:
    day_vi, day_en = last.strftime("%d/%m/%Y"), last.isoformat()
    if missing:
        return (
            f"Ca cuối cùng ngày {day_vi}; còn thiếu {missing} trong {rules.lift_days} ngày không có ca mới, "
            "và kết quả xét nghiệm âm tính lần cuối.",
            f"Last case on {day_en}; {missing} of {rules.lift_days} days without a new case are missing, "
            "and a negative last round of tests.",
        )
    return (
        f"Ca cuối cùng ngày {day_vi}; đã đủ {rules.lift_days} ngày không có ca mới; "
        "cần kết quả xét nghiệm âm tính lần cuối.",
        f"Last case on {day_en}; {rules.lift_days} days without a new case have passed; "
        "a negative last round of tests is to be shown.",
    )
