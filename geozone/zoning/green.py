"""Green zones, as one class of a partition of the land: nothing is both, nothing is neither."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geozone.geodesy import area_km2
from geozone.rules.zoning_rules import ZoningRules
from geozone.types import GeoStatus
from geozone.zoning.drawing import ZoneSet
from geozone.zoning.inside import clip_to
from geozone.zoning.land import HasCommunes, Land
from geozone.zoning.perimeters import join_polygons, polygons_of
from geozone.zoning.selection import CLOCK, counting_rows, tied_communes

__all__ = ["LAND_CLASSES", "green_zones", "land_classes"]

LAND_CLASSES = ("containment", "buffer", "green", "not_green", "no_data")
"""Classes of land, strongest first."""

_NOTHING = shapely.Polygon()

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]


class _Evidence(NamedTuple):
    """What is known of each commune: arrays by row of the communes."""

    days: FloatArray
    """Days since the last case; nan if none was ever recorded."""
    reports: BoolArray
    coverage: FloatArray
    """Percent; nan where unknown."""


def land_classes(
    units: Land | HasCommunes | gpd.GeoDataFrame,
    zones: ZoneSet,
    cases: pd.DataFrame,
    rules: ZoningRules,
    *,
    as_of: dt.date,
    coverage: pd.DataFrame | None = None,
    reporting: Collection[str] | None = None,
) -> gpd.GeoDataFrame:
    """Divide the land into classes.

    Parameters
    ----------
    units : Land, HasCommunes or GeoDataFrame
        The communes.
    zones : ZoneSet
        The zones of the day.
    cases : DataFrame
        The table that the zones were drawn from.
    rules : ZoningRules
        Days without a case, and the coverage asked for if any.
    as_of : date
        The day.
    coverage : DataFrame, optional
        The coverage contract.
    reporting : collection of str, optional
        Codes of the communes whose reporting is complete. By default those of every province that
        has at least one case in the table: a province that never sent one may not be reporting.

    Returns
    -------
    GeoDataFrame
        ``code, name, land_class, days_without_cases, coverage_percent, reason_vi, reason_en,
        boundary_quality, area_km2`` and geometry, by code and class. ``land_class`` is
        ``containment`` (in a certain or a possible zone), ``buffer`` (in a ring), and outside every
        zone ``green``, ``not_green`` or ``no_data``. The pieces of one commune add up to it and do
        not overlap. A commune that no zone touches keeps its geometry.

    Notes
    -----
    "No case in the line list" is not "no case": a commune that is not known to report, or whose
    vaccination coverage the rules ask for and nobody knows, is ``no_data``, never green.
    """
    land = Land.of(units)
    evidence = _evidence(land, cases, rules, as_of=as_of, coverage=coverage, reporting=reporting)
    pieces = _pieces(land, zones)
    rows = np.array([row for row, _, _ in pieces], dtype=np.int64)
    geometry = np.empty(len(pieces), dtype=object)
    geometry[:] = [shape for _, _, shape in pieces]
    inside = np.array([name for _, name, _ in pieces], dtype=object)
    own, vietnamese, english = _judge(evidence, rules)
    outside = inside == ""
    found = np.where(outside, own[rows], inside)
    days = evidence.days[rows]
    table = pd.DataFrame(
        {
            "code": pd.Series(land.codes[rows], dtype="str"),
            "name": pd.Series(land.names[rows], dtype="str"),
            "land_class": pd.Series(found, dtype="str"),
            "days_without_cases": pd.Series(np.where(np.isnan(days), np.nan, days)).astype("Int64"),
            "coverage_percent": evidence.coverage[rows],
            "reason_vi": pd.Series(np.where(outside, vietnamese[rows], _VI[0]), dtype="str"),
            "reason_en": pd.Series(np.where(outside, english[rows], _EN[0]), dtype="str"),
            "boundary_quality": pd.Series(land.quality[rows], dtype="str"),
            "area_km2": _areas(land, rows, geometry),
        }
    )
    table.loc[found == "buffer", ["reason_vi", "reason_en"]] = [_VI[1], _EN[1]]
    order = np.lexsort((found.astype(str), land.codes[rows].astype(str)))
    result = gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(list(geometry)), crs="EPSG:4326")
    return result.iloc[order].reset_index(drop=True)


_SLIVER_DEGREES2 = 1e-10
_VI = ("Nằm trong khu vực phong tỏa.", "Nằm trong vùng đệm.")
_EN = ("Inside a containment zone.", "Inside a buffer zone.")


def green_zones(
    units: Land | HasCommunes | gpd.GeoDataFrame,
    zones: ZoneSet,
    cases: pd.DataFrame,
    rules: ZoningRules,
    *,
    as_of: dt.date,
    coverage: pd.DataFrame | None = None,
    reporting: Collection[str] | None = None,
) -> gpd.GeoDataFrame:
    """Take the green part of the land.

    Parameters
    ----------
    units : Land, HasCommunes or GeoDataFrame
        The communes.
    zones : ZoneSet
        The zones of the day.
    cases : DataFrame
        The table that the zones were drawn from.
    rules : ZoningRules
        Days without a case, and the coverage asked for if any.
    as_of : date
        The day.
    coverage : DataFrame, optional
        The coverage contract.
    reporting : collection of str, optional
        Codes of the communes whose reporting is complete; see `land_classes`.

    Returns
    -------
    GeoDataFrame
        ``code, name, days_without_cases`` (none if no case was ever recorded), ``criteria_vi,
        criteria_en, boundary_quality, area_km2`` and geometry: the part of each green commune that
        lies outside every zone.
    """
    classes = land_classes(units, zones, cases, rules, as_of=as_of, coverage=coverage, reporting=reporting)
    return green_part(classes)


def green_part(classes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Take the green zones out of a division of the land.

    Parameters
    ----------
    classes : GeoDataFrame
        What `land_classes` gave.

    Returns
    -------
    GeoDataFrame
        As `green_zones` gives it.
    """
    green = classes.loc[(classes["land_class"] == "green").to_numpy(dtype=bool)].reset_index(drop=True)
    green = green.rename(columns={"reason_vi": "criteria_vi", "reason_en": "criteria_en"})
    columns = ["code", "name", "days_without_cases", "criteria_vi", "criteria_en"]
    return _without_slivers(green[[*columns, "boundary_quality", "area_km2", "geometry"]])


def _without_slivers(green: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Leave out parts of less than about a square metre: rounding made them, nobody can stand on them."""
    shapes = green.geometry.to_numpy().copy()
    parts, owner = shapely.get_parts(shapes, return_index=True)
    wide = shapely.area(parts) >= _SLIVER_DEGREES2
    cut = np.unique(owner[~wide])
    if not len(cut):
        return green
    for row in cut:
        rest = parts[wide & (owner == row)]
        shapes[row] = rest[0] if len(rest) == 1 else shapely.multipolygons(rest)
    green = green.set_geometry(gpd.GeoSeries(shapes, index=green.index, crs="EPSG:4326"))
    return green[~shapely.is_empty(shapes)].reset_index(drop=True)


def _areas(land: Land, rows: IntArray, geometry: npt.NDArray[np.object_]) -> FloatArray:
    cut = np.array([shape is not land.geometries[row] for shape, row in zip(geometry, rows, strict=True)])
    areas = land.areas_km2(rows).copy()
    if cut.any():
        areas[cut] = area_km2(geometry[cut])
    return areas


def _evidence(
    land: Land,
    cases: pd.DataFrame,
    rules: ZoningRules,
    *,
    as_of: dt.date,
    coverage: pd.DataFrame | None,
    reporting: Collection[str] | None,
) -> _Evidence:
    rows = counting_rows(cases, rules, as_of)
    commune, day = _communes_with_cases(rows, land)
    age = (pd.Timestamp(as_of) - pd.Series(day)).dt.days.to_numpy(dtype=np.float64, na_value=np.nan)
    days = np.full(len(land), np.inf)
    np.minimum.at(days, commune, age)
    days[np.isinf(days)] = np.nan
    if reporting is None:
        reports = np.isin(land.provinces.astype(str), np.unique(land.provinces[commune].astype(str)))
    else:
        reports = np.zeros(len(land), dtype=bool)
        known = land.positions(list(reporting))
        reports[known[known >= 0]] = True
    return _Evidence(days, reports, _coverage(coverage, land, rules))


def _communes_with_cases(rows: pd.DataFrame, land: Land) -> tuple[IntArray, npt.NDArray[np.datetime64]]:
    """Commune and day of every case; a tie counts in each of its candidates, for it may be there."""
    day = rows[CLOCK].to_numpy(dtype="datetime64[s]")
    status = rows["geo_status"].to_numpy(dtype=object)
    named = np.full(len(rows), -1, dtype=np.int64)
    if land.code_column in rows.columns:
        named = land.positions(rows[land.code_column].to_numpy(dtype=object))
    lon = pd.to_numeric(rows["geo_lon"]).to_numpy(dtype=np.float64, na_value=np.nan)
    lat = pd.to_numeric(rows["geo_lat"]).to_numpy(dtype=np.float64, na_value=np.nan)
    matched = status == GeoStatus.MATCH
    lost = np.flatnonzero(matched & (named < 0))
    named[lost] = land.index.locate(lon[lost], lat[lost])
    tie_rows, tie_communes = tied_communes(rows["geo_candidates"], status == GeoStatus.TIE, land)
    placed = matched & (named >= 0)
    return np.concatenate([named[placed], tie_communes]), np.concatenate([day[placed], day[tie_rows]])


def _coverage(coverage: pd.DataFrame | None, land: Land, rules: ZoningRules) -> FloatArray:
    percent = np.full(len(land), np.nan)
    if coverage is None or rules.green_coverage_percent is None:
        return percent
    wanted = (
        (coverage["dose"] == rules.green_coverage_dose)
        & (coverage["age_from"] == rules.green_coverage_age_from)
        & coverage["age_to"].isna()
    )
    rows = coverage.loc[wanted.to_numpy(dtype=bool)]
    at = land.positions(rows["code"].to_numpy(dtype=object))
    percent[at[at >= 0]] = rows["coverage_percent"].to_numpy(dtype=np.float64, na_value=np.nan)[at >= 0]
    return percent


def _judge(
    evidence: _Evidence, rules: ZoningRules
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.object_], npt.NDArray[np.object_]]:
    """Class and sentences of each commune outside the zones."""
    judged = [
        _judge_one(days, reports=bool(reports), coverage=coverage, rules=rules)
        for days, reports, coverage in zip(*(part.tolist() for part in evidence), strict=True)
    ]
    columns = []
    for i in range(3):
        column = np.empty(len(judged), dtype=object)
        column[:] = [one[i] for one in judged]
        columns.append(column)
    return columns[0], columns[1], columns[2]


def _judge_one(days: float, *, reports: bool, coverage: float, rules: ZoningRules) -> tuple[str, str, str]:
    if days < rules.green_days:
        lacking = rules.green_days - int(days)
        return (
            "not_green",
            f"Ca gần nhất cách đây {days:.0f} ngày; cần {rules.green_days} ngày, còn thiếu {lacking} ngày.",
            f"The last case was {days:.0f} days ago; {rules.green_days} are needed, {lacking} are missing.",
        )
    if not reports:
        return (
            "no_data",
            "Chưa biết báo cáo có đầy đủ hay không.",
            "It is not known whether reporting is complete.",
        )
    vietnamese, english = _calm(days, rules)
    needed = rules.green_coverage_percent
    if needed is None:
        return "green", f"{vietnamese}.", f"{english}."
    group_vi = f"tỷ lệ người từ {rules.green_coverage_age_from} tuổi đã tiêm mũi {rules.green_coverage_dose}"
    group_en = f"coverage with dose {rules.green_coverage_dose} at {rules.green_coverage_age_from} and over"
    if np.isnan(coverage):
        return (
            "no_data",
            f"{vietnamese}; chưa biết {group_vi}.",
            f"{english}; {group_en} is not known.",
        )
    met = coverage >= needed
    reached, compared = ("đạt", "≥") if met else ("chưa đạt", "<")
    return (
        "green" if met else "not_green",
        f"{vietnamese}; {group_vi} là {coverage:.1f} %, {reached} mức {needed:g} %".replace(".", ",") + ".",
        f"{english}; {group_en} {coverage:.1f} % {compared} {needed:g} %.",
    )


def _calm(days: float, rules: ZoningRules) -> tuple[str, str]:
    if np.isnan(days):
        vietnamese, english = "Chưa ghi nhận ca nào trong danh sách", "No case in the line list"
    else:
        vietnamese = f"{days:.0f} ngày không có ca mới (cần {rules.green_days})"
        english = f"{days:.0f} days without a case ({rules.green_days} needed)"
    return (
        f"{vietnamese}, nằm ngoài mọi khu vực phong tỏa và vùng đệm",
        f"{english}, outside every containment and buffer zone",
    )


def _pieces(land: Land, zones: ZoneSet) -> list[tuple[int, str, BaseGeometry]]:
    """Row, class and shape of each piece of land; the class is empty outside every zone."""
    whole, containment = _whole_and_drawn(zones.containment, land)
    buffer = _polygons(np.asarray(zones.buffer.geometry.array, dtype=object))
    held = _touching(containment, land)
    ringed = _touching(buffer, land)
    pieces: list[tuple[int, str, BaseGeometry]] = []
    for row in range(len(land)):
        unit = land.geometries[row]
        if unit is None or unit.is_empty:
            continue
        if row in whole:
            pieces.append((row, "containment", unit))
            continue
        inside, rest = _split(unit, containment, held.get(row))
        ring, rest = _split(rest, buffer, ringed.get(row))
        pieces += [
            (row, name, shape)
            for name, shape in (("containment", inside), ("buffer", ring), ("", rest))
            if not shape.is_empty
        ]
    return pieces


def _whole_and_drawn(table: gpd.GeoDataFrame, land: Land) -> tuple[set[int], npt.NDArray[np.object_]]:
    """Communes that are a zone as a whole, and the polygons of all other zones.

    A whole commune need not be overlaid: its border only touches its neighbours. A hamlet is a unit, but
    names itself among the blocks.
    """
    whole = (table["radius_m"].isna() & table["blocks"].isna()).to_numpy(dtype=bool)
    codes = [member["code"] for text in table.loc[whole, "communes"] for member in json.loads(text)]
    rows = land.positions(codes) if codes else np.empty(0, dtype=np.int64)
    shapes = np.asarray(table.geometry.array, dtype=object)
    return set(rows.tolist()), _polygons(shapes[~whole])


def _polygons(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    return np.asarray(shapely.get_parts(shapes), dtype=object)


def _touching(shapes: npt.NDArray[np.object_], land: Land) -> dict[int, IntArray]:
    shape, unit = land.index.pairs(shapes)
    order = np.argsort(unit, kind="stable")
    rows, starts = np.unique(unit[order], return_index=True)
    groups = np.split(shape[order], starts[1:])
    return {int(row): group for row, group in zip(rows, groups, strict=False)}


def _split(
    unit: BaseGeometry, shapes: npt.NDArray[np.object_], touching: IntArray | None
) -> tuple[BaseGeometry, BaseGeometry]:
    """Part of a unit inside some shapes, and the part outside."""
    if touching is None or unit.is_empty:
        return _NOTHING, unit
    units = np.full(len(touching), unit, dtype=object)
    clipped = shapely.get_parts(clip_to(shapes[touching], units))
    if len(clipped) == 0:
        return _NOTHING, unit
    mask = join_polygons(clipped)
    inside = polygons_of(shapely.intersection(unit, mask))
    if inside.is_empty:
        return _NOTHING, unit
    return inside, polygons_of(shapely.difference(unit, mask))
