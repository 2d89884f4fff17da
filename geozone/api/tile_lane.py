"""The short way for a tile: answered before routing begins, from memory or drawn now.

It handles only the plain form of a request, the one that maps send: a known release, no filter, gzip
accepted. Anything else goes on to the route, which knows every case.
"""

from __future__ import annotations

import re
from types import SimpleNamespace

from starlette.types import ASGIApp, Receive, Scope, Send

from geozone.api.catalogue import Catalogue
from geozone.api.open_release import OpenRelease
from geozone.api.packed_tile import KINDS, PackedTile, TileKind
from geozone.api.problems import ProblemError
from geozone.api.respond import IMMUTABLE, REVALIDATE
from geozone.api.service import Service
from geozone.api.tile_sets import TileSet, open_tile_set
from geozone.api.tiles import find_or_draw

__all__ = ["TileLane"]

_PATH = re.compile(
    r"/tiles/([a-z_,]{1,200})/(0|[1-9]\d?)/(0|[1-9]\d{0,6})/(0|[1-9]\d{0,6})(@2x\.png|\.png|\.mvt)"
)
_VERSION = re.compile(rb"v=([0-9a-f]{64})")
_ROUTES = {end: SimpleNamespace(path=f"/tiles/{{layers}}/{{z}}/{{x}}/{{y}}{end}") for end in KINDS}
_KNOWN = 64  # releases and lists of layers that stay open


class TileLane:
    """ASGI layer that answers tiles.

    Parameters
    ----------
    app : ASGI application
        What answers everything else.
    service : Service
        Shared state.
    """

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service
        self._catalogue = service.catalogue
        self._opened: dict[tuple[str, str], TileSet] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on.

        Parameters
        ----------
        scope, receive, send : ASGI
            The connection.
        """
        if scope["type"] != "http" or scope["method"] != "GET" or not await self._answer(scope, send):
            await self._app(scope, receive, send)

    async def _answer(self, scope: Scope, send: Send) -> bool:
        address = _PATH.fullmatch(scope["path"])
        if address is None:
            return False
        release, immutable = _release(self._catalogue, scope["query_string"])
        if release is None:
            return False
        held, plain = _conditions(scope)
        if not plain:
            return False
        layers, *where, end = address.groups()
        packed = await self._tile(release, layers, tuple(map(int, where)), KINDS[end])
        if packed is None:
            return False
        tag = packed.tag.encode()
        if held is not None and held != tag:
            return False
        headers = [
            (b"vary", b"Accept-Encoding"),
            (b"etag", tag),
            (b"cache-control", IMMUTABLE.encode() if immutable else REVALIDATE.encode()),
        ]
        status = 304 if held == tag else 200 if packed.body else 204
        if status == 200:
            headers += [
                (b"content-type", packed.media_type.encode()),
                (b"content-length", str(len(packed)).encode()),
            ]
            headers += [(b"content-encoding", b"gzip")] if packed.compressed else []
        scope["route"] = _ROUTES[end]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": packed.body if status == 200 else b""})
        return True

    async def _tile(
        self, release: OpenRelease, layers: str, address: tuple[int, ...], kind: TileKind
    ) -> PackedTile | None:
        """Find or draw a tile; ``None`` where the route must say what is wrong."""
        zoom, x, y = address
        tiles = self._tile_set(release, layers)
        if tiles is None or x >= 1 << zoom or y >= 1 << zoom:
            return None
        try:
            return await find_or_draw(self._service, tiles, (zoom, x, y), kind)
        except Exception:  # noqa: BLE001 - whatever it is, the route meets it again and answers for it
            return None

    def _tile_set(self, release: OpenRelease, layers: str) -> TileSet | None:
        known = self._opened.get((release.digest, layers))
        if known is None or known.release is not release:
            try:
                known = open_tile_set(release, layers)
            except ProblemError:
                return None
            # A release that the catalogue has closed must not be held open here.
            self._opened = {
                key: tiles
                for key, tiles in self._opened.items()
                if self._catalogue.held(key[0]) is tiles.release
            }
            if len(self._opened) < _KNOWN:
                self._opened[release.digest, layers] = known
        return known


def _release(catalogue: Catalogue, query: bytes) -> tuple[OpenRelease | None, bool]:
    if not query:
        return catalogue.current(), False
    version = _VERSION.fullmatch(query)
    return (catalogue.held(version[1].decode()), True) if version is not None else (None, False)


def _conditions(scope: Scope) -> tuple[bytes | None, bool]:
    """Read the tag that the client holds, and whether its request is of the plain form."""
    held, packed = None, False
    for name, value in scope["headers"]:
        if name == b"accept-encoding":
            packed = b"gzip" in value and b";" not in value
        elif name == b"if-none-match":
            held = value
        elif name == b"origin":
            return None, False
    return held, packed
