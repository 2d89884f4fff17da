"""The base map: only where configured, from a file or from another server, never asked by the page itself."""

from __future__ import annotations

import gzip
import html
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from geozone.api import ServiceOptions, create_app
from geozone.api.base_map import open_base_map
from geozone.api.models import BaseMapAnswer
from geozone.cli.fetching import fetch_tile
from geozone.errors import DataError

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


def write_pmtiles(path: Path, kind: TileType, content: bytes) -> Path:
    packed = kind is TileType.MVT
    with path.open("wb") as stream:
        writer = Writer(stream)
        writer.write_tile(zxy_to_tileid(3, 6, 3), gzip.compress(content) if packed else content)
        header = {
            "tile_type": kind,
            "tile_compression": Compression.GZIP if packed else Compression.NONE,
            "min_lon_e7": 1020000000, "max_lon_e7": 1100000000, "min_lat_e7": 80000000, "max_lat_e7": 235000000,
            "min_zoom": 3, "max_zoom": 3, "center_zoom": 3, "center_lon_e7": 0, "center_lat_e7": 0,
        }  # fmt: skip
        writer.finalize(header, {"vector_layers": [{"id": "water"}], "attribution": "© Sở A"})
    return path


def never(_: str) -> bytes | None:
    raise AssertionError("a file asks no server")


@pytest.fixture
def serve(store: Any, release: Any, make_client: Any, tmp_path: Path) -> Any:
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "index.html").write_text("<head></head>")
    store.publish(release)

    def start(base_map: Any) -> Any:
        options = ServiceOptions(prepare=False, base_map=base_map)
        return make_client(create_app(store, web_root=tmp_path / "web", options=options, former_names=list))

    return start


@pytest.fixture
def other_server() -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []

    class Tiles(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            found = {"/1/0/0.png": (200, PNG), "/1/1/1.png": (200, b"<html>"), "/1/0/1.png": (500, b"")}
            status, body = found.get(self.path, (404, b""))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Tiles)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/{{z}}/{{x}}/{{y}}.png", asked
    server.shutdown()
    server.server_close()


def test_without_a_setting_there_is_none(serve: Any) -> None:
    client = serve(None)
    assert client.get("/api/v1/base-map").status_code == 404
    assert client.get("/api/v1/base-map/3/6/3").status_code == 404
    assert "base-map" not in client.get("/").text


@pytest.mark.parametrize(
    ("kind", "content", "told", "media_type"),
    [
        (TileType.MVT, b"vectors", "vector", "application/vnd.mapbox-vector-tile"),
        (TileType.PNG, PNG, "raster", "image/png"),
    ],
)
def test_a_file_is_served_as_our_own(
    serve: Any, tmp_path: Path, kind: TileType, content: bytes, told: str, media_type: str
) -> None:
    client = serve(open_base_map(str(write_pmtiles(tmp_path / "b.pmtiles", kind, content)), never))
    about = client.get("/api/v1/base-map").json()
    BaseMapAnswer.model_validate(about)
    assert (about["kind"], about["attribution"], about["layers"]) == (told, "© Sở A", ["water"])
    page = client.get("/")
    meta = re.search(r'<meta name="geozone-base-map" content="(.*?)">', page.text)
    assert meta is not None
    assert json.loads(html.unescape(meta[1])) == about
    assert "http" not in page.headers["content-security-policy"]
    tile = client.get("/api/v1/base-map/3/6/3")
    assert (tile.content, tile.headers["content-type"]) == (content, media_type)
    assert client.get("/api/v1/base-map/3/6/3", {"If-None-Match": tile.headers["etag"]}).status_code == 304
    assert client.get("/api/v1/base-map/3/5/3").status_code == 204
    assert client.get("/api/v1/base-map/3/8/3").status_code == 404
    assert client.get("/api/v1/base-map/3/6/3?url=http://a").status_code == 400


def test_another_server_is_asked_once_by_ours(serve: Any, other_server: tuple[str, list[str]]) -> None:
    address, asked = other_server
    client = serve(open_base_map(address, fetch_tile(), "© OpenStreetMap"))
    for _ in range(2):
        tile = client.get("/api/v1/base-map/1/0/0")
        assert (tile.content, tile.headers["content-type"]) == (PNG, "image/png")
    assert asked == ["/1/0/0.png"]
    assert client.get("/api/v1/base-map/1/1/0").status_code == 204
    assert client.get("/api/v1/base-map/1/1/1").status_code == 503, "no picture"
    broken = client.get("/api/v1/base-map/1/0/1")
    assert broken.status_code == 503
    assert "127.0.0.1" not in broken.text
    assert "127.0.0.1" not in client.get("/").text


@pytest.mark.parametrize(
    "named", ["https://tiles.example.vn/{z}/{x}.png", "http://{", "/nothing/here.pmtiles", __file__]
)
def test_what_is_no_base_map_is_refused_in_words(named: str) -> None:
    with pytest.raises(DataError, match="expected"):
        open_base_map(named, never)
