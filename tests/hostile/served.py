"""What comes to the service from outside: addresses of tiles and of features, tokens, and WKB in a file."""

from __future__ import annotations

import asyncio
import functools
import json
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import httptools
import httpx
import jwt
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from geozone.access.machine_keys import new_key, read_key
from geozone.access.openid import Issuer
from geozone.access.tokens import Claims, Tokens
from geozone.places.facilities import read_facilities
from geozone.zoning.blocks.block_files import read_blocks

AT = datetime(2021, 7, 1, tzinfo=UTC)
TILE = b"/tiles/communes,containment_zones/10/812/450.mvt?release=current"
OGC_TILE = b"/ogc/collections/communes/tiles/WebMercatorQuad/8/112/203?f=mvt"
ITEMS = (
    b"/ogc/collections/communes/items?bbox=105.6,20.9,105.9,21.2&limit=5&offset=0&datetime=2021-07-08/.."
    b"&sortby=-name&properties=code,name&crs=http://www.opengis.net/def/crs/EPSG/0/3857&f=json"
)
FILTERED = (
    b"/ogc/collections/communes/items?filter-lang=cql2-text&filter=population%3E1000%20AND%20"
    b"S_INTERSECTS(geometry,POLYGON((105.6%2020.9,105.9%2020.9,105.9%2021.2,105.6%2020.9)))"
)
_ISSUER = "https://id.geozone.test"


class RefusedError(Exception):
    """What was sent was refused, as it should be."""


@functools.cache
def _service() -> Any:
    root = str(Path(__file__).parents[2])
    if root not in sys.path:
        sys.path.append(root)
    from geozone.api import ServiceOptions, create_app
    from tests.serving.conftest import FakeStore, make_release

    store = FakeStore(Path(tempfile.mkdtemp()))
    store.publish(make_release())
    app = create_app(store, web_root=None, options=ServiceOptions(prepare=False), former_names=list)
    return asyncio.new_event_loop(), app


def ask(address: bytes) -> None:
    """Send what follows GET as a server hands it on; a fault of the service is an error."""
    loop, app = _service()
    try:
        url = httptools.parse_url(quote(address, safe="/?&=%,:+*()@").encode())
        path, query = (url.path or b"").decode("ascii"), url.query or b""
    except (httptools.HttpParserError, UnicodeDecodeError):
        raise RefusedError from None
    status: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            status.append(message["status"])

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": unquote(path), "raw_path": path.encode(), "query_string": query, "root_path": "",
        "headers": [(b"host", b"geo.test")], "client": ("127.0.0.1", 1), "server": ("geo.test", 80),
    }  # fmt: skip
    if "/events" in path:  # a stream that never ends
        raise RefusedError
    loop.run_until_complete(app(scope, receive, send))
    if not status or status[0] >= 500:
        raise RuntimeError(f"answered {status}")
    if status[0] >= 400:
        raise RefusedError


def read_wkb(path: Path) -> None:
    """Read a geometry as the column of a GeoParquet file."""
    column = {"encoding": "WKB", "geometry_types": []}
    meta = {"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": column}}
    table = pa.table({"name": ["A"], "kind": ["hospital"], "geometry": [path.read_bytes()]})
    wrapped = path.with_suffix(".parquet")
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(meta)}), wrapped)
    for read in (read_blocks, read_facilities):
        read(wrapped)


def good_wkb() -> bytes:
    """A polygon with a hole, in WKB."""
    outer = shapely.box(106, 21, 106.02, 21.02)
    made: bytes = shapely.to_wkb(shapely.difference(outer, shapely.box(106.005, 21.005, 106.01, 21.01)))
    return made


_TOKENS = Tokens([b"k" * 32], lifetime=timedelta(hours=1))
_KEY, _MACHINE = generate_private_key(SECP256R1()), new_key()[0]


def good_token() -> bytes:
    """A token of ours."""
    return _TOKENS.make(Claims("an", 1, 1), at=AT).encode()


def good_foreign_token() -> bytes:
    """A token of an issuer of OpenID Connect."""
    claims = {
        "iss": _ISSUER,
        "aud": "geozone",
        "sub": "an",
        "iat": AT.timestamp(),
        "exp": AT.timestamp() + 60,
    }
    return jwt.encode(claims, _KEY, algorithm="ES256", headers={"kid": "1"}).encode()


@functools.cache
def _issuer() -> Issuer:
    public = {**json.loads(jwt.algorithms.ECAlgorithm.to_jwk(_KEY.public_key())), "kid": "1", "use": "sig"}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("configuration"):
            return httpx.Response(200, json={"issuer": _ISSUER, "jwks_uri": f"{_ISSUER}/keys"})
        return httpx.Response(200, json={"keys": [public]})

    return Issuer(_ISSUER, "geozone", httpx.Client(transport=httpx.MockTransport(answer)))


def _refuse_nothing(read: Callable[[str], Any]) -> Callable[[str], None]:
    def check(text: str) -> None:
        if read(text) is None:
            raise RefusedError

    return check


read_token = _refuse_nothing(lambda text: _TOKENS.read(text, at=AT))
read_foreign_token = _refuse_nothing(lambda text: _issuer().subject_of(text, at=AT))
read_machine_key = _refuse_nothing(read_key)


def good_machine_key() -> bytes:
    """A key of a machine."""
    return _MACHINE.encode()
