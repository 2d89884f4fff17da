"""Line lists, drafts and stores for these tests; PostgreSQL where an address is given."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa

from geozone.schema import CASE_PLACES, CASES, GEOCODES
from geozone.store import Store
from geozone.store.engine import address
from geozone.types import Source

NOW = datetime(2021, 7, 1, 8, 30, tzinfo=UTC)


@dataclass
class FakeLineList:
    """What the store takes from a line list."""

    cases: pd.DataFrame
    places: pd.DataFrame
    persons: pd.DataFrame
    source: Source
    rows_read: int
    rejects: pd.DataFrame = field(default_factory=pd.DataFrame)


def make_line_list(
    rows: list[dict[str, Any]], *, sha: str = "a", name: str = "cases.csv", rejected: int = 0
) -> FakeLineList:
    """Make a line list; ``home``, ``work`` and ``exposure`` are addresses, ``name`` and ``phone`` private."""
    plain = {
        "count": 1,
        "report_date": "2021-06-01",
        "disease": "covid-19",
        "case_class": "confirmed",
        "contact_degree": "F0",
        "origin": "local",
    }
    cases = pd.DataFrame(
        [{**plain, **{k: v for k, v in row.items() if k in CASES_COLUMNS}} for row in rows],
        columns=list(CASES_COLUMNS),
    )
    for column in ("report_date", "onset_date"):
        cases[column] = pd.to_datetime(cases[column])
    places = [
        {"case_id": row["case_id"], "role": role, "address": row[role]}
        for row in rows
        for role in ("home", "work", "exposure")
        if role in row
    ]
    persons = [
        {"case_id": row["case_id"], "person_name": row.get("name"), "phone": row.get("phone")}
        for row in rows
        if "name" in row or "phone" in row
    ]
    return FakeLineList(
        CASES.conform(cases),
        CASE_PLACES.conform(pd.DataFrame(places, columns=["case_id", "role", "address"])),
        pd.DataFrame(persons, columns=["case_id", "person_name", "phone"]).astype("str"),
        Source("cases", name, sha * 64 if len(sha) == 1 else sha, ""),
        len(rows) + rejected,
        pd.DataFrame({"_row": range(rejected)}),
    )


CASES_COLUMNS = tuple(column.name for column in CASES.columns)


def make_answers(places: pd.DataFrame, **values: Any) -> pd.DataFrame:
    """Answer every place the same way."""
    row = {
        "geo_status": "match",
        "geo_level": "commune",
        "geo_score": 0.9,
        "geo_commune_code": "00001",
        "geo_commune_code_2021": None,
        "geo_lon": 105.8,
        "geo_lat": 21.0,
        "geo_uncertainty_m": 900.0,
        "geo_name": "Phường Phúc Xá",
        "geo_candidates": "[]",
        "geo_reason": "the commune is named",
        **values,
    }
    return GEOCODES.conform(places[["case_id", "role"]].assign(**row))


@dataclass
class FakeDraft:
    """What can be published and kept."""

    as_of: date
    layers: dict[str, pd.DataFrame]
    counts: dict[str, Any]
    rules: Any = field(default_factory=lambda: {"id": "vn-4800-2021", "verified": True})
    edition: str = "2025"
    boundary_quality: str = "approximate"
    warnings: tuple[Any, ...] = (("Ranh giới gần đúng", "Boundaries are approximate"),)
    sources: tuple[Source, ...] = (Source("cases", "cases.csv", "a" * 64, ""),)
    unplaced: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame({"case_id": ["C9"], "geo_reason": ["no commune is named"]})
    )


def make_draft(day: int = 1, *, communes: int = 4, level: int | None = 2, radius: float = 0.01) -> FakeDraft:
    """Make a small draft whose zone and levels depend on the arguments."""
    codes = pd.Series([f"{i:05d}" for i in range(communes)], dtype="str")
    squares = [shapely.box(105 + i / 10, 21, 105.1 + i / 10, 21.1) for i in range(communes)]
    units = gpd.GeoDataFrame(
        {
            "code": codes,
            "name": ("Xã Đ" + codes).astype("str"),
            "epidemic_level": pd.array([level] * communes, dtype="Int64"),
            "population": [1200.5] * (communes - 1) + [np.nan],
            "lower_on": pd.Series(["2021-08-01"] * (communes - 1) + [None], dtype="datetime64[s]"),
            "verified": pd.array([True] * (communes - 1) + [None], dtype="boolean"),
        },
        geometry=squares,
        crs="EPSG:4326",
    )
    zones = gpd.GeoDataFrame(
        {
            "zone_id": pd.Series(["z1"], dtype="str"),
            "certainty": pd.Series(["certain"], dtype="str"),
            "area_km2": [radius * 100],
            "residents": [30.0],
        },
        geometry=[shapely.Point(105.05, 21.05).buffer(radius)],
        crs="EPSG:4326",
    )
    counts = pd.DataFrame(
        {
            "code": pd.Series(["00000"], dtype="str"),
            "date": pd.to_datetime([f"2021-07-{day:02d}"]),
            "cases": pd.array([3], dtype="Int64"),
        }
    )
    layers = {"communes": units, "containment_zones": zones, "case_counts": counts}
    return FakeDraft(date(2021, 7, day), layers, {"cases": 3, "placed": 2, "unplaced": 1})


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The key of every database of these tests, wherever it lies."""
    return tmp_path_factory.mktemp("keys") / "identifiers.keys"


@pytest.fixture(autouse=True)
def _one_key(key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("store", "restoring"):
        monkeypatch.setattr(f"geozone.store.{module}.key_file_of", lambda url: key_file)


@pytest.fixture
def now() -> datetime:
    """A moment."""
    return NOW


@pytest.fixture
def line_list() -> Callable[..., FakeLineList]:
    """Make line lists."""
    return make_line_list


@pytest.fixture
def answers() -> Callable[..., pd.DataFrame]:
    """Make geocodes."""
    return make_answers


@pytest.fixture
def draft() -> Callable[..., FakeDraft]:
    """Make drafts."""
    return make_draft


def _postgres_address() -> str:
    found = os.environ.get("GEOZONE_TEST_POSTGIS")
    if not found:
        pytest.skip("no PostgreSQL: set GEOZONE_TEST_POSTGIS to the address of a database to test on")
    return found


@pytest.fixture
def postgres_address() -> Iterator[str]:
    """Address of an empty PostgreSQL schema."""
    url = address(_postgres_address())
    name = f"geozone_test_{uuid.uuid4().hex[:12]}"
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {name}")
    yield url.update_query_dict({"options": f"-csearch_path={name}"}).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA {name} CASCADE")
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def store_address(request: pytest.FixtureRequest, tmp_path: Path) -> str | Path:
    """Address of an empty database, of each kind."""
    if request.param == "sqlite":
        return tmp_path / "geozone.db"
    found: str = request.getfixturevalue("postgres_address")
    return found


@pytest.fixture
def store(store_address: str | Path) -> Iterator[Store]:
    """An empty store, of each kind."""
    with Store.open(store_address, create=True) as found:
        yield found
