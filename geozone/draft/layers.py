"""The layers of a draft: zones, levels and coverage put into the tables that a release publishes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from geozone import vaccination, zoning
from geozone.schema import FACILITIES, LEVELS
from geozone.types import Certainty

if TYPE_CHECKING:
    from geozone.admin import AdminUnits

__all__ = ["commune_layer", "coverage_layer", "facility_layer"]

_PUBLIC_LEVEL_COLUMNS = [column.name for column in LEVELS.columns if column.name != "admin_level"]


def commune_layer(
    units: AdminUnits,
    *,
    level_table: pd.DataFrame,
    zone_set: zoning.ZoneSet,
    population: pd.DataFrame | None,
    coverage: pd.DataFrame | None,
    series: pd.DataFrame,
) -> gpd.GeoDataFrame:
    """Put everything known of each commune into one row.

    Parameters
    ----------
    units : AdminUnits
        The communes with their outlines.
    level_table : DataFrame
        Their levels (``LEVELS``).
    zone_set : ZoneSet
        The zones.
    population : DataFrame or None
        People by commune and age band.
    coverage : DataFrame or None
        Vaccination coverage (``COVERAGE``).
    series : DataFrame
        New cases by commune and day.

    Returns
    -------
    GeoDataFrame
        One row per commune, in the order of the units; unknown figures are missing, never 0.
    """
    communes = units.communes[
        [
            "code",
            "name",
            "full_name",
            "province_code",
            "province_name",
            "boundary_quality",
            "area_km2",
            "geometry",
        ]
    ]
    table = communes.merge(
        level_table[[*_PUBLIC_LEVEL_COLUMNS, "previous_level"]], on="code", how="left", validate="1:1"
    )
    table = table.merge(_everybody(population), on="code", how="left")
    shares = _zone_shares(zone_set.containment)
    table = table.merge(shares, on="code", how="left")
    table["zone_share"] = table["zone_share"].fillna(0.0).clip(upper=1.0).round(4)
    table["in_zone"] = np.select(
        [table["zone_share"] >= 0.9995, table["zone_share"] > 0], ["whole", "part"], "none"
    )
    table["possible_zone"] = table["possible_zone"].astype("boolean").fillna(False)
    totals = series.groupby("code")["cases"].sum().rename("cases_total").reset_index()
    table = table.merge(totals, on="code", how="left")
    table["cases_total"] = table["cases_total"].astype("Int64").fillna(0)
    for name, dose, age in (("coverage_18_dose1", 1, 18), ("coverage_50_dose2", 2, 50)):
        table[name] = table["code"].map(_one_coverage(coverage, dose, age)).astype("float64")
    return gpd.GeoDataFrame(table, geometry="geometry", crs="EPSG:4326")


def _everybody(population: pd.DataFrame | None) -> pd.DataFrame:
    if population is None:
        empty = {"code": "str", "population": "float64", "population_flag": "str"}
        return pd.DataFrame({name: pd.Series([], dtype=kind) for name, kind in empty.items()})
    whole = population[(population["age_from"] == 0) & population["age_to"].isna()]
    return whole[["code", "population", "population_flag"]]


def _zone_shares(containment: pd.DataFrame) -> pd.DataFrame:
    """Share of each commune inside certain zones, and whether a possible zone covers it."""
    certain: dict[str, float] = {}
    possible: dict[str, bool] = {}
    for certainty, text in zip(containment["certainty"], containment["communes"], strict=True):
        for part in json.loads(text):
            if certainty == Certainty.CERTAIN:
                certain[part["code"]] = certain.get(part["code"], 0.0) + part["share"]
            else:
                possible[part["code"]] = True
    codes = sorted(certain.keys() | possible.keys())
    return pd.DataFrame(
        {
            "code": pd.Series(codes, dtype="str"),
            "zone_share": pd.Series([certain.get(code, 0.0) for code in codes], dtype="float64"),
            "possible_zone": pd.Series([possible.get(code, False) for code in codes], dtype="boolean"),
        }
    )


def _one_coverage(coverage: pd.DataFrame | None, dose: int, age_from: int) -> Mapping[str, float]:
    if coverage is None:
        return {}
    rows = coverage[
        (coverage["dose"] == dose) & (coverage["age_from"] == age_from) & coverage["age_to"].isna()
    ]
    return dict(zip(rows["code"], rows["coverage_percent"], strict=True))


def coverage_layer(units: AdminUnits, coverage: pd.DataFrame | None) -> gpd.GeoDataFrame:
    """Put vaccination coverage on the outlines of the communes.

    Parameters
    ----------
    units : AdminUnits
        The communes.
    coverage : DataFrame or None
        Coverage by commune, dose and age band (``COVERAGE``).

    Returns
    -------
    GeoDataFrame
        One row per commune that has figures; none without coverage.
    """
    communes = units.communes[["code", "name", "full_name", "province_name", "geometry"]]
    if coverage is None:
        return communes.iloc[:0].copy()
    wide = vaccination.coverage_wide(coverage)
    return gpd.GeoDataFrame(communes.merge(wide, on="code", how="inner"), crs="EPSG:4326")


def facility_layer(facilities: pd.DataFrame | None, containment: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Say of each facility which containment zone it lies in.

    Parameters
    ----------
    facilities : DataFrame or None
        The facilities (``FACILITIES``).
    containment : GeoDataFrame
        Containment zones.

    Returns
    -------
    GeoDataFrame
        The facilities as points with ``zone_id``: a certain zone before a possible one, else missing.
    """
    table = FACILITIES.empty() if facilities is None else facilities
    points = gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table["lon"], table["lat"]), crs="EPSG:4326")
    if points.empty or containment.empty:
        points["zone_id"] = pd.Series([None] * len(points), dtype="str")
        return points
    inside = gpd.sjoin(points[["facility_id", "geometry"]], containment[["zone_id", "certainty", "geometry"]])
    inside = inside.sort_values(["facility_id", "certainty", "zone_id"]).drop_duplicates("facility_id")
    return points.merge(inside[["facility_id", "zone_id"]], on="facility_id", how="left")
