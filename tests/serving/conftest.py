"""A small release made by hand, in a store that keeps the contract, and the service on it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import httpx
import numpy as np
import pandas as pd
import pytest
import shapely
import uvicorn

from geozone.api import ServiceOptions, create_app
from geozone.api.search import FormerName
from geozone.errors import NotFoundError

WEST, SOUTH, STEP = 105.6, 20.9, 0.05
SIDE = 6


class FakeRelease:
    def __init__(self, manifest: dict[str, Any], tables: dict[str, pd.DataFrame]) -> None:
        self.manifest = manifest
        self.digest = hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()
        self._tables = tables

    @property
    def layer_names(self) -> tuple[str, ...]:
        return tuple(self._tables)

    def attributes_digest(self, name: str) -> str:
        return hashlib.sha256(self.attributes(name).to_csv().encode()).hexdigest()

    def layer(self, name: str) -> gpd.GeoDataFrame:
        return self._tables[name].copy()

    def attributes(self, name: str) -> pd.DataFrame:
        table = self._tables[name]
        return pd.DataFrame(table.drop(columns="geometry", errors="ignore"))

    def boxes(self, name: str) -> np.ndarray:
        return shapely.bounds(self._tables[name].geometry.to_numpy())

    def geometry_digest(self, name: str) -> str:
        content = b"".join(shapely.to_wkb(self._tables[name].geometry.to_numpy()).tolist())
        return hashlib.sha256(content).hexdigest()


class FakeStore:
    """Keeps releases in memory and, as the real one does, the name of the current one in a file."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._held: dict[str, FakeRelease] = {}

    def publish(self, release: FakeRelease) -> FakeRelease:
        self._held[release.digest] = release
        self.set_current(release.digest)
        return release

    def set_current(self, digest: str) -> None:
        temporary = self.root / "current.tmp"
        temporary.write_text(digest + "\n")
        os.replace(temporary, self.root / "current")  # noqa: PTH105

    def get(self, reference: str) -> FakeRelease:
        if reference == "current":
            try:
                reference = (self.root / "current").read_text().strip()
            except FileNotFoundError:
                raise NotFoundError(f"no release in {self.root}") from None
        if reference not in self._held:
            raise NotFoundError(f"no release {reference} in {self.root}")
        return self._held[reference]

    def list(self) -> tuple[SimpleNamespace, ...]:
        current = (self.root / "current").read_text().strip() if self._held else None
        return tuple(
            SimpleNamespace(
                digest=digest,
                decision=held.manifest["decision"],
                as_of=date.fromisoformat(held.manifest["as_of"]),
                created_at=held.manifest["created_at"],
                current=digest == current,
            )
            for digest, held in reversed(self._held.items())
        )


def make_mesh(side: int = SIDE) -> np.ndarray:
    """Square cells with crooked shared borders."""
    rng = np.random.default_rng(7)
    shift = rng.uniform(-0.3, 0.3, (side + 1, side + 1, 2)) * STEP
    shift[0, :], shift[-1, :], shift[:, 0], shift[:, -1] = 0, 0, 0, 0
    corner = np.stack(np.meshgrid(np.arange(side + 1), np.arange(side + 1), indexing="ij"), axis=-1)
    at = corner * STEP + np.array([WEST, SOUTH]) + shift
    return np.array(
        [
            shapely.Polygon([at[i, j], at[i + 1, j], at[i + 1, j + 1], at[i, j + 1]])
            for i in range(side)
            for j in range(side)
        ],
        dtype=object,
    )


def make_communes(level: int = 1) -> gpd.GeoDataFrame:
    cells = make_mesh()
    codes = [f"{4 + 3 * i:05d}" for i in range(len(cells))]
    names = ["Ba Đình", "Hoàn Kiếm", "Đống Đa"] + [f"Thôn {i}" for i in range(3, len(cells))]
    return gpd.GeoDataFrame(
        {
            "code": codes,
            "name": names,
            "full_name": [f"Phường {name}" for name in names],
            "province_code": "01",
            "province_name": "Thành phố Hà Nội",
            "boundary_quality": "approximate",
            "population": [np.nan] + [1000.0 + i for i in range(1, len(cells))],
            "population_flag": ["missing"] + ["ok"] * (len(cells) - 1),
            "epidemic_level": pd.array([4, 3, None] + [level] * (len(cells) - 3), dtype="Int64"),
            "level_status": ["computed", "computed", "no-data"] + ["computed"] * (len(cells) - 3),
            "verified": pd.array([False] * len(cells), dtype="boolean"),
            "rate_per_100k": [123.45, 60.0, np.nan] + [0.0] * (len(cells) - 3),
            "in_zone": ["part"] + ["none"] * (len(cells) - 1),
            "why_vi": "Vì 3 ca trong 14 ngày",
            "why_en": "Because of 3 cases in 14 days",
            "lower_on": pd.array([pd.Timestamp("2021-07-20")] + [pd.NaT] * (len(cells) - 1)).astype(
                "datetime64[s]"
            ),
            "detail": '{"bands":[1,2,3]}',
            "person_name": "Nguyễn Văn Bí Mật",
        },
        geometry=cells,
        crs="EPSG:4326",
    )


def make_zones() -> gpd.GeoDataFrame:
    centre = shapely.centroid(make_mesh()[0])
    rings = [shapely.buffer(centre, 0.002), shapely.buffer(shapely.Point(105.75, 21.05), 0.0005)]
    return gpd.GeoDataFrame(
        {
            "zone_id": ["z-1", "z-2"],
            "certainty": ["certain", "possible"],
            "radius_m": [200.0, np.nan],
            "case_count": pd.array([3, 1], dtype="Int64"),
            "opened_on": pd.array(["2021-07-01", "2021-07-08"], dtype="datetime64[s]"),
            "last_case_on": pd.array(["2021-07-05", "2021-07-08"], dtype="datetime64[s]"),
            "earliest_lift_on": pd.array(["2021-07-19", "2021-07-22"], dtype="datetime64[s]"),
            "area_km2": [0.15, 0.01],
            "residents": [120.0, np.nan],
            "residents_method": ["area share", None],
            "communes": [
                '[{"code":"00004","name":"Ba Đình","share":0.012,"whole":false}]',
                '[{"code":"00007","name":"Hoàn Kiếm","share":1.0,"whole":true}]',
            ],
            "boundary_quality": "approximate",
        },
        geometry=rings,
        crs="EPSG:4326",
    )


def make_tables(level: int = 1) -> dict[str, pd.DataFrame]:
    communes, zones = make_communes(level), make_zones()
    buffers = zones.assign(zone_id=["b-1", "b-2"], containment_ids=['["z-1"]', '["z-2"]'])
    buffers = buffers.set_geometry([shapely.buffer(ring, 0.004) for ring in zones.geometry])
    green = communes.loc[3:, ["code", "name", "boundary_quality", "geometry"]].reset_index(drop=True)
    green = green.assign(
        days_without_cases=pd.array([28] * len(green), dtype="Int64"),
        criteria_vi="Đạt",
        criteria_en="Met",
        area_km2=20.5,
    )
    coverage = communes[["code", "name", "full_name", "province_name", "geometry"]].assign(
        dose1_18_plus_percent=80.0,
        dose1_18_plus_vaccinated=800.0,
        dose1_18_plus_denominator=1000.0,
        dose2_12_18_percent=np.nan,
        dose2_12_18_vaccinated=np.nan,
        dose2_12_18_denominator=100.0,
        coverage_flag="ok",
    )
    facilities = gpd.GeoDataFrame(
        {
            "facility_id": ["f1", "f2"],
            "name": ["Trường Ba Đình", "Chợ"],
            "kind": ["school", "market"],
            "lon": [105.62, 105.7],
            "lat": [20.92, 21.0],
            "zone_id": ["z-1", None],
        },
        geometry=[shapely.Point(105.62, 20.92), shapely.Point(105.7, 21.0)],
        crs="EPSG:4326",
    )
    checkpoints = gpd.GeoDataFrame(
        {name: pd.Series([], dtype="str") for name in ("checkpoint_id", "name", "zone_id", "kind")},
        geometry=gpd.GeoSeries([], crs="EPSG:4326"),
        crs="EPSG:4326",
    )
    counts = pd.DataFrame(
        {
            "code": ["00004", "00004", "00007"],
            "date": pd.array(["2021-07-05", "2021-07-01", "2021-07-03"], dtype="datetime64[s]"),
            "cases": pd.array([2, 1, 1], dtype="Int64"),
            "possible_cases": [0.0, 0.5, 0.0],
        }
    )
    return {
        "communes": communes,
        "containment_zones": zones,
        "buffer_zones": buffers,
        "green_zones": green,
        "coverage": coverage,
        "facilities": facilities,
        "checkpoints": checkpoints,
        "case_counts": counts,
    }


def make_release(as_of: str = "2021-07-08", level: int = 1) -> FakeRelease:
    tables = make_tables(level)
    manifest = {
        "layers": {name: {"rows": len(table)} for name, table in tables.items()},
        "rules": {
            "id": "vn-4800",
            "name_vi": "Quyết định 4800",
            "name_en": "Decision 4800",
            "verified": False,
            "legal_basis": "4800/QD-BYT",
        },
        "edition": "2025",
        "as_of": as_of,
        "decision": f"{as_of}/QĐ",
        "created_at": f"{as_of}T10:00:00+00:00",
        "boundary_quality": "approximate",
        "warnings": [["Ranh giới gần đúng", "Approximate boundaries"]],
        "sources": [],
        "counts": {
            "cases": 4,
            "placed": 3,
            "ambiguous": 1,
            "unplaced": 0,
            "containment_zones": 1,
            "possible_zones": 1,
            "residents_inside": 120,
            "communes_by_level": {"1": 33, "2": 0, "3": 1, "4": 1, "none": 1},
        },
        "previous": None,
    }
    return FakeRelease(manifest, tables)


FORMER = [
    FormerName("00004", "Phường Phúc Xá (Quận Ba Đình, Thành phố Hà Nội)", "Phúc Xá", 1.0),
    FormerName("00007", "Phường Hàng Đào (Quận Hoàn Kiếm, Thành phố Hà Nội)", "Hàng Đào", 0.7),
    FormerName("00010", "Phường Hàng Đào (Quận Hoàn Kiếm, Thành phố Hà Nội)", "Hàng Đào", 0.3),
    FormerName("00010", "", "kinhdo", 1.0),
    FormerName("99999", "Xã Không Còn", "Không Còn", 1.0),
]


@pytest.fixture
def store(tmp_path: Path) -> FakeStore:
    root = tmp_path / "releases"
    root.mkdir()
    return FakeStore(root)


@pytest.fixture(scope="session")
def release() -> FakeRelease:
    return make_release()


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory, release: FakeRelease) -> Any:
    """The service on one release that no test changes."""
    root = tmp_path_factory.mktemp("releases")
    store = FakeStore(root)
    store.publish(release)
    options = ServiceOptions(prepare=False)
    page = tmp_path_factory.mktemp("page")  # not built, but for the style that its build writes
    (page / "map-style.json").write_text('{"version": 8, "sources": {}, "layers": []}')
    return create_app(store, web_root=page, options=options, former_names=lambda: FORMER)


class Client:
    """Asks an application, without a socket; a new event loop for each request."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def request(
        self, method: str, url: str, headers: dict[str, Any] | None = None, json: Any = None
    ) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://geo.test") as client:
                return await client.request(method, url, headers=headers, json=json)

        return asyncio.run(ask())

    def get(self, url: str, headers: dict[str, str] | None = None) -> httpx.Response:
        return self.request("GET", url, headers)

    def post(self, url: str, headers: dict[str, Any] | None = None, json: Any = None) -> httpx.Response:
        return self.request("POST", url, headers, json)


@pytest.fixture(scope="session")
def client(app: Any) -> Client:
    return Client(app)


@pytest.fixture(scope="session")
def make_client() -> type[Client]:
    return Client


@pytest.fixture(scope="session")
def server(app: Any) -> Iterator[str]:
    """The service on a loopback port, for clients that are programs of their own."""
    with running(app, http=app.state.tile_protocol) as address:
        yield address


@contextmanager
def running(app: Any, lifespan: str = "off", http: Any = "httptools") -> Iterator[str]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    config = uvicorn.Config(app, http=http, log_level="critical", access_log=False, lifespan=lifespan)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


@pytest.fixture(scope="session", name="make_release")
def make_release_fixture() -> Any:
    return make_release


@pytest.fixture(scope="session", name="running")
def running_fixture() -> Any:
    return running
