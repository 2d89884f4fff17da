"""A small canned service for the page, and a headless Chromium that watches what the page does.

The canned service answers in the shapes of docs/architecture.md from a made-up province, so the page
is tested by itself; test_web_service.py runs it on the real application.
"""

from __future__ import annotations

import functools
import math
import threading
import time
import unicodedata
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import mapbox_vector_tile
import mercantile
import numpy as np
import pytest
import shapely
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

CHECKOUT = Path(__file__).resolve().parents[2]
PAGE = CHECKOUT / "geozone" / "web"
CHROMIUM = Path("/usr/bin/chromium")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'"
)
CURRENT = "a1" * 32
OLDER = "b2" * 32
NEWER = "c3" * 32
WEST, SOUTH, EAST, NORTH = 105.70, 20.90, 106.30, 21.35
COLUMNS, ROWS = 7, 5
NAMES = [
    "Phường Ộ Chợ Dừa", "Xã Ữ Đằng", "Phường Ằn Thịnh", "Xã đồng Nguyên", "Xã Phượng Vỹ", "Phường Võ Cường",
    "Xã Hữu Bằng", "Phường Kinh Bắc", "Xã Trưng Nghĩa", "Phường Suối Hoa", "Xã Quế Võ", "Phường Từ Sơn",
]  # fmt: skip


@dataclass
class CannedService:
    """What the canned service serves; tests change it while the page is open."""

    CURRENT: ClassVar[str] = CURRENT
    OLDER: ClassVar[str] = OLDER
    NEWER: ClassVar[str] = NEWER

    current: str | None = CURRENT
    approximate: bool = True
    verified: bool = False
    broken: bool = False
    polls: list[str | None] = field(default_factory=list)

    def middle(self, code: str) -> tuple[float, float]:
        """A point well inside a commune: longitude, latitude."""
        point = BY_CODE[code]["geometry"].representative_point()
        return point.x, point.y

    @property
    def zone_middle(self) -> tuple[float, float]:
        """A point inside the certain zone."""
        point = ZONES[0]["geometry"].representative_point()
        return point.x, point.y


def _cells() -> list[shapely.Polygon]:
    """Irregular cells that share their edges: the Voronoi cells of a jittered grid."""
    random = np.random.default_rng(7)
    lon, lat = np.meshgrid((np.arange(COLUMNS) + 0.5) / COLUMNS, (np.arange(ROWS) + 0.5) / ROWS)
    lon = WEST + (EAST - WEST) * (lon + random.uniform(-0.05, 0.05, lon.shape))
    lat = SOUTH + (NORTH - SOUTH) * (lat + random.uniform(-0.07, 0.07, lat.shape))
    frame = shapely.box(WEST, SOUTH, EAST, NORTH)
    points = shapely.MultiPoint(np.column_stack([lon.ravel(), lat.ravel()]))
    cells = shapely.intersection(shapely.get_parts(shapely.voronoi_polygons(points, extend_to=frame)), frame)
    return sorted(cells, key=lambda cell: (-round(cell.centroid.y, 1), cell.centroid.x))


def _communes() -> list[dict[str, Any]]:
    communes = []
    for i, cell in enumerate(_cells()):
        level = None if i == 9 else (1, 1, 2, 1, 3, 4, 2)[i % 7]
        west = cell.centroid.x < 106.0
        communes.append(
            {
                "geometry": cell,
                "code": f"{9000 + i:05d}",
                "full_name": NAMES[i] if i < len(NAMES) else f"Xã Thử Nghiệm {i}",
                "province_code": "01" if west else "24",
                "province_name": "Thành phố Hà Nội" if west else "Tỉnh Bắc Ninh",
                "epidemic_level": level,
                "cases_window": 0 if level is None else 5 * level,
                "rate_per_100k": None if level is None else (0.0, 12.5, 41.0, 160.2)[level - 1],
                "coverage_18_dose1": None if level is None else (101.5, 92.0, 74.3, 48.0)[level - 1],
            }
        )
    for commune in communes:
        commune["name"] = commune["full_name"].split(" ", 1)[1]
        commune["boundary_quality"] = "approximate"
    return communes


COMMUNES = _communes()
BY_CODE = {commune["code"]: commune for commune in COMMUNES}


def _zones() -> list[dict[str, Any]]:
    centre = COMMUNES[17]["geometry"].centroid
    possible = COMMUNES[12]["geometry"]
    certain = shapely.union(
        centre.buffer(0.018), shapely.Point(centre.x + 0.02, centre.y + 0.01).buffer(0.012)
    )
    return [
        {"geometry": certain, "zone_id": "Z-1", "certainty": "certain"},
        {"geometry": possible, "zone_id": "Z-2", "certainty": "possible"},
    ]


ZONES = _zones()
LAYERS: dict[str, list[dict[str, Any]]] = {
    "communes": COMMUNES,
    "containment_zones": ZONES,
    "buffer_zones": [
        {
            "geometry": ZONES[0]["geometry"].buffer(0.02).difference(ZONES[0]["geometry"]),
            "zone_id": "B-1",
            "certainty": "certain",
        }
    ],
    "green_zones": [
        {name: commune[name] for name in ("geometry", "code", "name")}
        for commune in COMMUNES
        if commune["code"] in ("09001", "09021")
    ],
    "coverage": [
        {**{name: commune[name] for name in ("geometry", "code", "name")},
         "dose1_18_plus_percent": commune["coverage_18_dose1"], "dose2_50_plus_percent": 61.5}
        for commune in COMMUNES
    ],
    "facilities": [
        {
            "geometry": COMMUNES[3]["geometry"].centroid,
            "facility_id": "F-1",
            "name": "Chợ Đồng Xuân",
            "kind": "market",
        }
    ],
}  # fmt: skip


@functools.cache
def _tile(layer: str, z: int, x: int, y: int) -> bytes:
    bounds = mercantile.bounds(x, y, z)
    margin = (bounds.east - bounds.west) / 64
    window = shapely.box(
        bounds.west - margin, bounds.south - margin, bounds.east + margin, bounds.north + margin
    )
    features = []
    for row in LAYERS[layer]:
        clipped = shapely.intersection(row["geometry"], window)
        if clipped.is_empty:
            continue
        projected = shapely.transform(
            clipped, lambda xy: np.array([mercantile.xy(lon, lat) for lon, lat in xy])
        )
        properties = {k: v for k, v in row.items() if k != "geometry" and v is not None}
        features.append({"geometry": projected, "properties": properties})
    mercator = mercantile.xy_bounds(x, y, z)
    options = {"quantize_bounds": tuple(mercator)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the encoder's own, not ours
        return bytes(
            mapbox_vector_tile.encode({"name": layer, "features": features}, default_options=options)
        )


def _release(digest: str, service: CannedService) -> dict[str, Any]:
    decision, as_of = {
        CURRENT: ("2560/QĐ-UBND", "2021-07-13"),
        OLDER: ("2490/QĐ-UBND", "2021-07-06"),
        NEWER: ("2601/QĐ-UBND", "2021-07-14"),
    }[digest]
    return {
        "digest": digest,
        "decision": decision,
        "as_of": as_of,
        "created_at": f"{as_of}T10:00:00Z",
        "rule_set": {
            "id": "vn-218-2022",
            "name_vi": "Quyết định 218/QĐ-BYT",
            "name_en": "Decision 218/QD-BYT",
            "verified": service.verified,
            "legal_basis": "218/QĐ-BYT, 27/01/2022",
        },
        "edition": "2025",
        "boundary_quality": "approximate" if service.approximate else "imported",
        "warnings_vi": ["Có 3 ca chưa định vị được."],
        "warnings_en": ["3 cases could not be placed."],
    }


def _problem(status: int, title: str) -> JSONResponse:
    body = {"type": "about:blank", "title": title, "status": status, "detail": title}
    return JSONResponse(body, status_code=status, media_type="application/problem+json")


def _summary(service: CannedService, digest: str) -> dict[str, Any]:
    by_level: dict[str, int] = {"1": 0, "2": 0, "3": 0, "4": 0, "none": 0}
    for commune in COMMUNES:
        by_level[str(commune["epidemic_level"] or "none")] += 1
    older = digest == OLDER
    return {
        "release": _release(digest, service),
        "counts": {
            "cases": 1234, "placed": 1200, "ambiguous": 31, "unplaced": 3,
            "containment_zones": 1 if older else 2, "possible_zones": 1,
            "residents_inside": 20000 if older else 18432, "communes_by_level": by_level,
        },
        "bounds": [WEST, SOUTH, EAST, NORTH],
        "layers": [
            {"id": name, "title_vi": name, "title_en": name, "geometry": "polygon",
             "tilejson": f"/tiles/{name}.json"}
            for name in LAYERS
        ],
    }  # fmt: skip


def _commune(code: str) -> dict[str, Any]:
    commune = {k: v for k, v in BY_CODE[code].items() if k != "geometry"}
    level = commune["epidemic_level"]
    return {
        **commune,
        "bbox": list(BY_CODE[code]["geometry"].bounds),
        "population": 12500, "population_flag": "synthetic",
        "level_status": "computed" if level else "no-data",
        "verified": False, "base_level": level, "previous_level": 2, "cases_window": 20, "cases_total": 45,
        "in_zone": "part", "zone_share": 0.125,
        "why_vi": "Có 20 ca mới trong 14 ngày: 160,2 ca trên 100.000 dân, từ 150 trở lên.",
        "why_en": "20 new cases in 14 days: 160.2 per 100,000 people, 150 or more.",
        "lower_vi": "Xuống cấp 3 khi còn không quá 18 ca trong 14 ngày.",
        "lower_en": "Level 3 when no more than 18 cases in 14 days.",
        "lower_on": "2021-07-19",
        "detail": {"possible": "orange", "level": "yellow"},
        "coverage": [
            {"dose": 1, "age_from": 18, "age_to": None, "vaccinated": 9135, "denominator": 9000,
             "coverage_percent": 101.5, "coverage_flag": "over-100"},
            {"dose": 2, "age_from": 50, "age_to": None, "vaccinated": 1200, "denominator": None,
             "coverage_percent": None, "coverage_flag": "no-population"},
        ],
        "series": [
            {"date": "2021-07-01", "cases": 4}, {"date": "2021-07-05", "cases": 11},
            {"date": "2021-07-12", "cases": 5},
        ],
        "zones": [
            {"zone_id": "Z-1", "certainty": "certain", "share": 0.125, "opened_on": "2021-07-05",
             "earliest_lift_on": "2021-07-26"}
        ],
        "history": [
            {"as_of": "2021-07-06", "digest": OLDER, "epidemic_level": 2},
            {"as_of": "2021-07-13", "digest": CURRENT, "epidemic_level": level},
        ],
    }  # fmt: skip


FACILITIES_INSIDE = [
    {"facility_id": f"F-{number}", "name": f"{name} {number}", "kind": kind, "lon": 106.0, "lat": 21.1}
    for number, (kind, name) in enumerate(
        [("school", "Trường"), ("market", "Chợ"), ("school", "Trường"), ("school", "Trường")], start=1
    )
]


def _zone(zone_id: str) -> dict[str, Any]:
    certain = zone_id == "Z-1"
    box = ZONES[0 if certain else 1]["geometry"].bounds
    return {
        "layer": "containment_zones", "bbox": list(box),
        "zone_id": zone_id, "certainty": "certain" if certain else "possible",
        "radius_m": 2000 if certain else None, "case_count": 20,
        "opened_on": "2021-07-05", "last_case_on": "2021-07-12", "earliest_lift_on": "2021-07-26",
        "area_km2": 13.42, "residents": 18432 if certain else None, "residents_method": "areal interpolation",
        "residents_method_vi": "nội suy theo diện tích", "households": 5120 if certain else None,
        "facilities": FACILITIES_INSIDE if certain else None, "free_on": "2021-08-02",
        "lifting": [
            {
                "step": step, "lift_on": day, "evidence_vi": f"còn thiếu {missing} ngày",
                "evidence_en": f"{missing} days are missing", "area_km2": 6.71, "residents": 9216,
            }
            for step, day, missing in ((1, "2021-07-20", 7), (2, "2021-07-26", 13))
        ],
        "communes": [{"code": "09017", "name": "Xã Thử Nghiệm 17", "share": 0.5, "whole": False}],
        "boundary_quality": "approximate", "perimeter": "blocks" if certain else "unit",
        "checkpoints": 12 if certain else None, "disc_checkpoints": 31 if certain else None,
    }  # fmt: skip


def _found(commune: dict[str, Any]) -> dict[str, Any]:
    named = {name: commune[name] for name in ("code", "name", "full_name", "province_name")}
    kind = {"kind": "commune", "commune_name": None, "edition": "2025", "old_names": ["Xã Cũ"]}
    return named | kind | {"bbox": list(commune["geometry"].bounds)}


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFD", text.lower()).replace("đ", "d")
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


class CannedApplication:
    """The routes of the service that the page uses."""

    def __init__(self, service: CannedService) -> None:
        self.service = service
        self.routes = Starlette(
            routes=[
                Route("/api/v1/summary", self.summary),
                Route("/api/v1/communes/{code}", self.commune),
                Route("/api/v1/zones/{zone_id}", self.zone),
                Route("/api/v1/zones/{zone_id}/history", self.zone_history),
                Route("/api/v1/search", self.search),
                Route("/api/v1/releases", self.releases),
                Route("/api/v1/session", self.session),
                Route("/api/v1/events", self.events),
                Route("/api/v1/releases/{a}/diff/{b}", self.difference),
                Route("/tiles/{layer}.json", self.tilejson),
                Route("/tiles/{layer}/{z:int}/{x:int}/{y:int}.mvt", self.tile),
                Mount("/", StaticFiles(directory=PAGE, html=True)),
            ]
        )

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def guarded(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"content-security-policy", POLICY.encode())]
            await send(message)

        await self.routes(scope, receive, guarded)

    async def summary(self, request: Request) -> Response:
        if self.service.broken:
            return _problem(503, "out of order")
        digest = request.query_params.get("release") or self.service.current
        if digest is None:
            return _problem(503, "no release yet")
        if digest not in (CURRENT, OLDER, NEWER):
            return _problem(404, "no such release")
        etag = f'"{digest}"'
        self.service.polls.append(request.headers.get("if-none-match"))
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers={"ETag": etag})
        return JSONResponse(_summary(self.service, digest), headers={"ETag": etag})

    async def commune(self, request: Request) -> Response:
        code = request.path_params["code"]
        return JSONResponse(_commune(code)) if code in BY_CODE else _problem(404, "no such commune")

    async def zone(self, request: Request) -> Response:
        return JSONResponse(_zone(request.path_params["zone_id"]))

    async def zone_history(self, request: Request) -> Response:
        told = {"vi": "Ngày 05/07/2021: vùng được thiết lập.", "en": "2021-07-05: the zone was opened."}
        answer = {"zone_id": request.path_params["zone_id"], "days": [], "events": [], "sentences": [told]}
        return JSONResponse(answer)

    async def search(self, request: Request) -> Response:
        words = _fold(request.query_params["q"])
        found = [commune for commune in COMMUNES if words in _fold(commune["full_name"])]
        results = [_found(commune) for commune in found[: int(request.query_params.get("limit", 10))]]
        if "hang dao".startswith(words):
            lon, lat = COMMUNES[0]["geometry"].centroid.coords[0]
            street = {"kind": "street", "name": "Hàng Đào", "full_name": "Phố Hàng Đào", "old_names": []}
            box = [lon - 0.001, lat - 0.001, lon + 0.001, lat + 0.001]
            results.append(
                _found(COMMUNES[0]) | street | {"commune_name": COMMUNES[0]["full_name"], "bbox": box}
            )
        return JSONResponse({"results": results})

    def session(self, request: Request) -> Response:
        return JSONResponse({"signed_in": False, "accounts": False, "token": False, "rights": []})

    async def releases(self, request: Request) -> Response:
        current = self.service.current
        if self.service.broken:
            return _problem(503, "out of order")
        held = [digest for digest in (NEWER, CURRENT, OLDER) if digest != NEWER or current == NEWER]
        held = held if current is not None else []
        entries = [{**_release(digest, self.service), "current": digest == current} for digest in held]
        return JSONResponse({"releases": entries})

    async def events(self, request: Request) -> Response:
        """An empty stream: the page must find a new release by asking, too."""
        return Response(b"retry: 600000\n\n", media_type="text/event-stream")

    async def difference(self, request: Request) -> Response:
        before, after = request.path_params["a"], request.path_params["b"]
        if request.query_params.get("f") == "geojson":
            return JSONResponse(GROUND)
        return JSONResponse({"a": before, "b": after, **DIFFERENCE})

    async def tilejson(self, request: Request) -> Response:
        layer, digest = request.path_params["layer"], request.query_params["release"]
        tiles = f"{request.base_url}tiles/{layer}/{{z}}/{{x}}/{{y}}.mvt?release={digest}"
        fields = {name: "Number" for name in LAYERS[layer][0] if name.endswith("_percent")}
        layers = [{"id": layer, "fields": fields}]
        return JSONResponse(
            {"tilejson": "3.0.0", "tiles": [tiles], "minzoom": 0, "maxzoom": 14, "vector_layers": layers}
        )

    async def tile(self, request: Request) -> Response:
        wanted = request.path_params
        content = _tile(wanted["layer"], wanted["z"], wanted["x"], wanted["y"])
        return Response(content, media_type="application/vnd.mapbox-vector-tile")


def _change(layer: str, change: str, identifier: str, name: str, before: Any, after: Any) -> dict[str, Any]:
    figures = ("area_km2_before", "area_km2_after", "residents_before", "residents_after")
    row = {"layer": layer, "change": change, "id": identifier, "name": name, "certainty": None}
    if layer == "communes":
        return {**row, "before": before, "after": after, **dict.fromkeys(figures)}
    areas = [None if before is None else 0.25, None if after is None else 1.5]
    people = [None if before is None else 300.0, None if after is None else 1540.0]
    figure = dict(zip(figures, [*areas, *people], strict=True))
    return {**row, "certainty": "certain", "before": before, "after": after, **figure}


DIFFERENCE = {
    "changes": [
        _change("containment_zones", "grown", "Z-1", "Phường Suối Hoa", "Z-1", "Z-1"),
        _change("containment_zones", "closed", "Z-9", "Xã Quế Võ", "Z-9", None),
        _change("buffer_zones", "grown", "B-1", "Phường Suối Hoa", "B-1", "B-1"),
        _change("communes", "level-raised", "09005", "Phường Võ Cường", "2", "4"),
        _change("communes", "level-unknown", "09009", "Phường Suối Hoa", "1", None),
    ],
    "counts": {},
    "people": {
        "certain": {"added": 1240.0, "released": 310.0, "unknown": 1},
        "possible": {"added": 0.0, "released": 0.0, "unknown": 0},
    },
}
GROUND = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "geometry": shapely.geometry.mapping(COMMUNES[cell]["geometry"]),
            "properties": {
                "layer": "containment_zones",
                "change": change,
                "id": zone,
                "certainty": "certain",
                "part": part,
            },
        }
        for cell, change, zone, part in ((17, "grown", "Z-1", "added"), (5, "closed", "Z-9", "removed"))
    ],
}


class Server:
    """An application served on a free port of the loopback address."""

    def __init__(self, application: Any) -> None:
        config = uvicorn.Config(application, host="127.0.0.1", port=0, log_level="error", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 20
        while not self._server.started and time.monotonic() < deadline:
            time.sleep(0.02)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/"

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)


@dataclass
class Watched:
    """A page, what it asked for and what it complained of."""

    page: Any
    url: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, fragment: str = "", *, settle: bool = True) -> None:
        self.page.goto(self.url + fragment)
        if settle:
            self.settle()

    def settle(self, limit_s: float = 120) -> None:
        """Wait until everything asked for is drawn (twice in a row: labels follow the tiles)."""
        deadline = time.monotonic() + limit_s
        calm = 0
        while calm < 3:
            assert time.monotonic() < deadline, f"the map never came to rest: {self.complaints}"
            calm = calm + 1 if self.page.evaluate("Boolean(window.geozone?.settled)") else 0
            self.page.wait_for_timeout(60)

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        """Where a place is on the page, pixels, found from the camera in the address."""
        camera = parse_qs(urlsplit(self.page.url).fragment)["map"][0]
        zoom, centre_lat, centre_lon = (float(part) for part in camera.split("/"))
        world = 512 * 2**zoom
        x, y = mercantile.xy(lon, lat)
        centre_x, centre_y = mercantile.xy(centre_lon, centre_lat)
        box = self.page.locator("#map canvas").bounding_box()
        per_metre = world / (2 * math.pi * 6378137)
        return (
            box["x"] + box["width"] / 2 + (x - centre_x) * per_metre,
            box["y"] + box["height"] / 2 - (y - centre_y) * per_metre,
        )

    def click_map(self, lon: float, lat: float) -> None:
        """Click on a place."""
        self.page.mouse.click(*self.at(lon, lat))

    def text(self, selector: str) -> str:
        return str(self.page.locator(selector).inner_text())


@pytest.fixture
def canned() -> CannedService:
    return CannedService()


@pytest.fixture
def canned_server(canned: CannedService) -> Iterator[Server]:
    if not (PAGE / "index.html").is_file():
        pytest.skip("the map page is not built: run 'hatchling build --hooks-only'")
    server = Server(CannedApplication(canned))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[[Any], str]]:
    """Serve applications on the loopback address until the tests of the module are over."""
    if not (PAGE / "index.html").is_file():
        pytest.skip("the map page is not built: run 'hatchling build --hooks-only'")
    servers: list[Server] = []

    def start(application: Any) -> str:
        servers.append(Server(application))
        return servers[-1].url

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    if not CHROMIUM.is_file():
        pytest.skip(f"no Chromium at {CHROMIUM}")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


def watch(browser: Any, url: str, **options: Any) -> Watched:
    context = browser.new_context(
        **{"viewport": {"width": 1180, "height": 760}, "locale": "vi-VN", **options}
    )
    watched = Watched(context.new_page(), url)
    watched.page.on("request", lambda request: watched.requests.append(request.url))
    watched.page.on(
        "console",
        lambda message: (
            watched.complaints.append(message.text) if message.type in ("error", "warning") else None
        ),
    )
    watched.page.on("pageerror", lambda error: watched.complaints.append(str(error)))
    return watched


@pytest.fixture
def open_page(chromium: Any) -> Iterator[Callable[..., Watched]]:
    """Open a page of a service in a browser of its own: options are Playwright's."""
    opened: list[Watched] = []

    def open_one(url: str, fragment: str = "", *, settle: bool = True, **options: Any) -> Watched:
        opened.append(watch(chromium, url, **options))
        opened[-1].open(fragment, settle=settle)
        return opened[-1]

    yield open_one
    for watched in opened:
        watched.page.context.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The accessibility checker, from the page's development dependencies."""
    source = CHECKOUT / "web" / "node_modules" / "axe-core" / "axe.min.js"
    if not source.is_file():
        pytest.skip("axe-core is not installed: run 'npm ci' in web/")
    return source.read_text(encoding="utf-8")
