"""A small made-up country: a mesh of communes around Bac Ninh, and cases in it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geozone.rules.zoning_rules import ZoningRules

AS_OF = dt.date(2021, 7, 13)
WEST, SOUTH, SIDE = 106.0, 21.0, 0.05


def commune_code(column: int, row: int) -> str:
    return f"{9000 + 10 * row + column:05d}"


def grid(columns: int = 4, rows: int = 3, quality: str = "imported") -> gpd.GeoDataFrame:
    """Communes of about 5.2 by 5.5 km; the western half is province 24, the eastern 27."""
    table = [
        {
            "code": commune_code(x, y),
            "edition": "2025",
            "name": f"Xã {x}{y}",
            "province_code": "24" if x < columns / 2 else "27",
            "boundary_quality": quality,
            "geometry": shapely.box(
                WEST + x * SIDE, SOUTH + y * SIDE, WEST + (x + 1) * SIDE, SOUTH + (y + 1) * SIDE
            ),
        }
        for y in range(rows)
        for x in range(columns)
    ]
    return gpd.GeoDataFrame(table, crs="EPSG:4326")


@pytest.fixture(scope="session")
def communes() -> gpd.GeoDataFrame:
    return grid()


@pytest.fixture(scope="session")
def rules() -> ZoningRules:
    return ZoningRules(
        activity_days=14, link_m=300, containment_m=200, lift_days=14, green_days=14,
        buffer_widths_m=(500.0, 1000.0),
    )  # fmt: skip


def place(case_id: str, lon: float | None = None, lat: float | None = None, **changes: Any) -> dict[str, Any]:
    """One row of the table that zones are drawn from: a case at a street address by default."""
    commune = None
    if lon is not None and lat is not None:
        column, row = int((lon - WEST) // SIDE), int((lat - SOUTH) // SIDE)
        commune = commune_code(column, row) if 0 <= column < 4 and 0 <= row < 3 else None
    given: dict[str, Any] = {
        "case_id": case_id,
        "count": 1,
        "report_date": pd.Timestamp("2021-07-10"),
        "onset_date": pd.NaT,
        "disease": "covid-19",
        "case_class": "confirmed",
        "contact_degree": "F0",
        "role": "home",
        "geo_status": "match",
        "geo_level": "street",
        "geo_score": 0.9,
        "geo_commune_code": commune,
        "geo_lon": lon,
        "geo_lat": lat,
        "geo_uncertainty_m": 30.0,
        "geo_candidates": "[]",
    }
    given.update(changes)
    if isinstance(given["report_date"], str):
        given["report_date"] = pd.Timestamp(given["report_date"])
    if isinstance(given["geo_candidates"], list):
        members = [{"code": code, "name": code, "share": 0.5} for code in given["geo_candidates"]]
        given["geo_candidates"] = json.dumps(members)
    return given


def table(*rows: dict[str, Any]) -> pd.DataFrame:
    columns = list(place("x", 106.0, 21.0))
    frame = pd.DataFrame(list(rows), columns=columns)
    types = {"geo_lon": "float64", "geo_lat": "float64", "geo_uncertainty_m": "float64", "count": "int64"}
    frame = frame.astype(types)
    frame["report_date"] = frame["report_date"].astype("datetime64[s]")
    frame["onset_date"] = frame["onset_date"].astype("datetime64[s]")
    frame["geo_commune_code"] = frame["geo_commune_code"].astype("str")
    return frame


@pytest.fixture(scope="session")
def make_place() -> Callable[..., dict[str, Any]]:
    return place


@pytest.fixture(scope="session")
def make_cases() -> Callable[..., pd.DataFrame]:
    return table
