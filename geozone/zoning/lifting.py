"""Lifting part by part: what may be released when, if no new case comes, and what is missing until then."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geozone.geodesy import area_km2
from geozone.rules.zoning_rules import ZoningRules
from geozone.types import Certainty, PerimeterKind
from geozone.zoning.block_lifting import Remainder, remainders
from geozone.zoning.blocks.enforce import CAUTION
from geozone.zoning.blocks.ground import Ground
from geozone.zoning.dissolve import dissolve_discs
from geozone.zoning.drawing import ZoneSet
from geozone.zoning.drawn import Sheet
from geozone.zoning.inside import shares_of
from geozone.zoning.land import HasCommunes, Land
from geozone.zoning.people import People
from geozone.zoning.perimeters import close_holes, containment_radii, join_polygons, polygons_of
from geozone.zoning.selection import CLOCK, select_places

__all__ = ["PROOF", "lifting_schedule", "lifting_sentences"]

_SPECK_KM2 = 1e-6
PROOF = ("kết quả xét nghiệm âm tính lần cuối", "a negative last round of tests")
"""What must be shown for a disease of people, in Vietnamese and English."""


def lifting_schedule(
    zones: ZoneSet,
    cases: pd.DataFrame,
    units: Land | HasCommunes | gpd.GeoDataFrame,
    *,
    population: pd.DataFrame | None = None,
    ground: Ground | None = None,
    caution: float = CAUTION,
    proof: tuple[str, str] = PROOF,
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
        The population contract, for residents of the parts of certain zones; a possible zone keeps
        its own.
    ground : Ground, optional
        The blocks, roads and points that the zones were drawn with.
    caution : float
        The caution that they were drawn with.
    proof : tuple of str
        What must be shown besides days without a case, in Vietnamese and English.

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
    the part that only older cases cover carries the least risk and goes first. A zone of blocks is
    released in whole blocks: what the newer cases alone would not have shut. A new case starts
    the clock of its own disc again, so every date is the earliest possible one. Whether the last
    round of tests was negative is not in the line list: the evidence says that it is to be shown.
    """
    land = Land.of(units)
    certain = _of(zones.containment, Certainty.CERTAIN)
    possible = _of(zones.containment, Certainty.POSSIBLE)
    people = People.of(population, land, None if ground is None else ground.points)
    sheet = Sheet(people, zones.rules, ground, caution)
    parts = _measured(_certain_steps(zones, cases, certain, sheet), people)
    whole = pd.DataFrame(
        {
            "zone_id": possible["zone_id"],
            "last": possible["last_case_on"],
            "area_km2": possible["area_km2"],
            "residents": possible["residents"],
            "geometry": possible.geometry.to_numpy(),
        }
    )
    filled = [table for table in (parts, whole) if len(table)] or [whole]
    together = pd.concat(filled, ignore_index=True).sort_values(["zone_id", "last"], kind="stable")
    return _table(together.reset_index(drop=True), zones.rules, zones.as_of, proof)


def _of(containment: gpd.GeoDataFrame, certainty: Certainty) -> gpd.GeoDataFrame:
    return containment.loc[(containment["certainty"] == certainty).to_numpy(dtype=bool)]


class _Step(NamedTuple):
    """One part of a certain zone."""

    zone_id: str
    last: dt.date
    shape: shapely.Geometry
    residents: float | None
    """None where they are still to be counted."""


def _certain_steps(
    zones: ZoneSet, cases: pd.DataFrame, certain: gpd.GeoDataFrame, sheet: Sheet
) -> list[_Step]:
    places = select_places(cases, sheet.people.land, zones.rules, zones.as_of).certain
    names = zones.membership.loc[(zones.membership["certainty"] == Certainty.CERTAIN).to_numpy(dtype=bool)]
    names = names[names["zone_id"].isin(certain["zone_id"]).to_numpy(dtype=bool)]  # others are lifted whole
    places = places.merge(names[["case_id", "role", "zone_id"]], on=["case_id", "role"])
    in_blocks = set(certain.loc[(certain["perimeter"] == PerimeterKind.BLOCKS).to_numpy(), "zone_id"])
    left: dict[tuple[str, dt.date], Remainder] = {}
    if in_blocks and sheet.ground is not None:
        left = remainders(places, in_blocks, sheet, sheet.ground)
    rows = certain.set_index("zone_id")
    steps: list[_Step] = []
    for name, mine in places.groupby("zone_id", sort=True):
        zone = rows.loc[name]
        if name in in_blocks and sheet.ground is not None:
            steps += _block_parts(str(name), mine, zone, left)
        else:
            steps += [
                _Step(str(name), day, shape, None) for day, shape in _parts(mine, zone.geometry, zones.rules)
            ]
    return steps


def _block_parts(
    name: str, places: pd.DataFrame, zone: pd.Series, left: dict[tuple[str, dt.date], Remainder]
) -> list[_Step]:
    """Divide a zone of blocks by what must stay shut after each day."""
    shape, people = zone.geometry, float(zone["residents"])
    steps = []
    for day in np.unique(places[CLOCK].dt.date.to_numpy()):
        kept = left.get((name, day))
        if kept is None:
            steps.append(_Step(name, day, shape, people))
            break
        remains = polygons_of(shapely.intersection(shape, kept.shape))
        released = polygons_of(shapely.difference(shape, remains))
        if area_km2(released)[0] > _SPECK_KM2:
            steps.append(_Step(name, day, released, max(people - kept.residents, 0.0)))
            shape, people = remains, kept.residents
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


def _measured(steps: list[_Step], people: People) -> pd.DataFrame:
    """Area and residents of each part of the certain zones."""
    geometry = np.empty(len(steps), dtype=object)
    geometry[:] = [step.shape for step in steps]
    open_ = [i for i, step in enumerate(steps) if step.residents is None]
    counted = [step.residents for step in steps]
    shapes = geometry[open_]
    for i, one in zip(open_, people.inside(shapes, shares_of(shapes, people.land)), strict=True):
        counted[i] = one.residents
    return pd.DataFrame(
        {
            "zone_id": pd.Series([step.zone_id for step in steps], dtype="str"),
            "last": pd.to_datetime([step.last for step in steps]).astype("datetime64[s]"),
            "area_km2": area_km2(geometry),
            "residents": pd.Series(counted, dtype="float64"),
            "geometry": geometry,
        }
    )


def _table(
    parts: pd.DataFrame, rules: ZoningRules, as_of: dt.date, proof: tuple[str, str]
) -> gpd.GeoDataFrame:
    lift = parts["last"] + pd.Timedelta(days=rules.lift_days)
    missing = (lift - pd.Timestamp(as_of)).dt.days.clip(lower=0)
    sentences = [
        _evidence(day.date(), int(days), rules, proof)
        for day, days in zip(parts["last"], missing, strict=True)
    ]
    table = pd.DataFrame(
        {
            "zone_id": parts["zone_id"].astype("str"),
            "step": parts.groupby("zone_id").cumcount() + 1,
            "lift_on": lift.astype("datetime64[s]"),
            "free_on": (lift + pd.Timedelta(days=rules.step_down_days)).astype("datetime64[s]"),
            "days_missing": missing.astype("Int64"),
            "evidence_vi": pd.Series([vietnamese for vietnamese, _ in sentences], dtype="str"),
            "evidence_en": pd.Series([english for _, english in sentences], dtype="str"),
            "area_km2": parts["area_km2"].astype("float64"),
            "residents": parts["residents"].astype("float64"),
        }
    )
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(list(parts["geometry"])), crs="EPSG:4326")


def lifting_sentences(schedule: pd.DataFrame, zone_id: str) -> list[tuple[str, str]]:
    """Tell how a zone may be lifted, step by step.

    Parameters
    ----------
    schedule : DataFrame
        From ``lifting_schedule``, with or without geometry.
    zone_id : str
        The zone.

    Returns
    -------
    list of tuple
        A Vietnamese and an English sentence for each step, the earliest first; none if there is no such
        zone.
    """
    rows = schedule[(schedule["zone_id"] == zone_id).to_numpy(dtype=bool)].sort_values("step")
    return [_step(row, len(rows)) for row in rows.itertuples()]


def _step(row: Any, steps: int) -> tuple[str, str]:
    unknown = pd.isna(row.residents)
    people_vi = "chưa rõ số dân" if unknown else f"khoảng {row.residents:,.0f} dân".replace(",", ".")
    people_en = "residents unknown" if unknown else f"about {row.residents:,.0f} residents"
    area_vi, area_en = f"{row.area_km2:.3f}".replace(".", ","), f"{row.area_km2:.3f}"
    part_vi, part_en = ("toàn bộ khu", "the whole zone") if steps == 1 else ("một phần khu", "a part")
    after_vi = after_en = ""
    if row.free_on > row.lift_on:
        after_vi = f" Sau khi dỡ bỏ còn theo dõi đến hết ngày {row.free_on:%d/%m/%Y}."
        after_en = f" It stays under surveillance until {row.free_on:%Y-%m-%d}."
    return (
        f"Bước {row.step}/{steps}, sớm nhất ngày {row.lift_on:%d/%m/%Y}: dỡ bỏ {part_vi} "
        f"({area_vi} km², {people_vi}). {row.evidence_vi}{after_vi}",
        f"Step {row.step}/{steps}, on {row.lift_on:%Y-%m-%d} at the earliest: lift {part_en} "
        f"({area_en} km², {people_en}). {row.evidence_en}{after_en}",
    )


def _evidence(last: dt.date, missing: int, rules: ZoningRules, proof: tuple[str, str]) -> tuple[str, str]:
    day_vi, day_en = last.strftime("%d/%m/%Y"), last.isoformat()
    if missing:
        return (
            f"Ca cuối cùng ngày {day_vi}; còn thiếu {missing} trong {rules.lift_days} ngày không có ca mới, "
            f"và {proof[0]}.",
            f"Last case on {day_en}; {missing} of {rules.lift_days} days without a new case are missing, "
            f"and {proof[1]}.",
        )
    return (
        f"Ca cuối cùng ngày {day_vi}; đã đủ {rules.lift_days} ngày không có ca mới; cần {proof[0]}.",
        f"Last case on {day_en}; {rules.lift_days} days without a new case have passed; "
        f"{proof[1]} is to be shown.",
    )
