"""The short way for a tile that is already in memory: answered before routing begins.

It handles only the plain form of a request, the one that maps send: a known release, no filter, a
tile made before, gzip accepted. Anything else goes on to the route, which knows every case.
"""

from __future__ import annotations

import re
from types import SimpleNamespace

from starlette.types import ASGIApp, Receive, Scope, Send

from geozone.api.catalogue import Catalogue
from geozone.api.open_release import OpenRelease
from geozone.api.packed_tile import KINDS
from geozone.api.problems import ProblemError
from geozone.api.respond import IMMUTABLE, REVALIDATE
from geozone.api.service import Service
from geozone.api.tile_sets import open_tile_set

__all__ = ["TileLane"]

_PATH = re.compile(
    r"/tiles/([a-z_,]{1,200})/(0|[1-9]\d?)/(0|[1-9]\d{0,6})/(0|[1-9]\d{0,6})(@2x\.png|\.png|\.mvt)"
)
_VERSION = re.compile(rb"v=([0-9a-f]{64})")
_ROUTES = {end: SimpleNamespace(path=f"/tiles/{{layers}}/{{z}}/{{x}}/{{y}}{end}") for end in KINDS}
_KNOWN = 512  # releases and lists of layers whose content is remembered


class TileLane:
    """ASGI layer that answers tiles from memory.

    Parameters
    ----------
    app : ASGI application
        What answers everything else.
    service : Service
        Shared state.
    """

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._tiles = service.tiles
        self._catalogue = service.catalogue
        self._contents: dict[tuple[str, str], str] = {}

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
        layers, z, x, y, end = address.groups()
        content = self._content(release, layers)
        packed = self._tiles.find((content, KINDS[end].id, int(z), int(x), int(y)))
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

    def _content(self, release: OpenRelease, layers: str) -> str:
        known = self._contents.get((release.digest, layers))
        if known is None:
            try:
                known = open_tile_set(release, layers).content
            except ProblemError:
                return ""  # no tile has it: the route says what is wrong
            if len(self._contents) >= _KNOWN:
                self._contents.clear()
            self._contents[release.digest, layers] = known
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
