"""Tiles and their TileJSON: versioned by the digest of the release, compressed once."""

from __future__ import annotations

import zlib
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from geozone.api.open_release import OpenRelease, require_layer
from geozone.api.parameters import ReleaseQuery, refuse
from geozone.api.problems import ProblemError
from geozone.api.respond import IMMUTABLE, REVALIDATE, accepts_gzip, entity_tag, gzip_bytes, unchanged
from geozone.api.service import Service, strict_query
from geozone.tiles import tilejson

__all__ = ["TILE_TYPE", "tiles_router"]

TILE_TYPE = "application/vnd.mapbox-vector-tile"
_LEVEL = 4
_MAX_ZOOM = 22
_VERSION = Query(
    description="Digest of the release; such an address never changes.", pattern="^[0-9a-f]{64}$"
)


def tiles_router(service: Service) -> APIRouter:
    """Make the routes under ``/tiles``.

    Parameters
    ----------
    service : Service
        Shared state.

    Returns
    -------
    APIRouter
        The routes.
    """
    router = APIRouter(prefix="/tiles", tags=["Tiles"], dependencies=[Depends(strict_query)])

    @router.get("/{layer}.json", summary="TileJSON of a layer")
    def tile_json(request: Request, layer: str, release: ReleaseQuery = None) -> Response:
        """TileJSON 3.0. The address of the tiles names the release, so they may be cached for ever."""
        found = service.catalogue.find(release)
        spec = require_layer(found, layer)
        base = service.base_url(request)

        def make() -> dict[str, object]:
            return tilejson(
                found.tiles(layer),
                f"{base}/tiles/{layer}/{{z}}/{{x}}/{{y}}.mvt?v={found.digest}",
                title=spec.title_en,
                description=f"{spec.title_vi} / {spec.title_en}",
            )

        return service.answer(request, found, make)

    @router.get(
        "/{layer}/{z}/{x}/{y}.mvt",
        summary="Vector tile",
        response_class=Response,
        responses={200: {"content": {TILE_TYPE: {}}}, 204: {"description": "Nothing in this tile"}},
    )
    async def tile(
        *,
        request: Request,
        layer: str,
        z: Annotated[int, Path(ge=0, le=_MAX_ZOOM)],
        x: Annotated[int, Path(ge=0, lt=1 << _MAX_ZOOM)],
        y: Annotated[int, Path(ge=0, lt=1 << _MAX_ZOOM)],
        v: Annotated[str | None, _VERSION] = None,
        release: ReleaseQuery = None,
    ) -> Response:
        """Mapbox vector tile 2.1. A tile with nothing in it is 204."""
        if v is not None and release not in (None, v):
            refuse("as_of" if "as_of" in request.query_params else "release", "names another release than v")
        found = service.catalogue.find(v or release)
        require_layer(found, layer)
        if x >= 1 << z or y >= 1 << z:
            raise ProblemError(404, "The pyramid has no such tile.")
        tag = entity_tag(found.digest)
        immutable = found.digest in (v, request.query_params.get("release"))
        fresh = unchanged(request, tag, immutable=immutable)
        if fresh is not None:
            return fresh
        key = (found.digest, layer, z, x, y)
        packed = service.tiles.find(key)
        if packed is None:
            packed = await run_in_threadpool(service.tiles.get, key, lambda: _pack(found, layer, z, x, y))
        return _tile_response(request, packed, tag, immutable=immutable)

    return router


def _pack(release: OpenRelease, layer: str, z: int, x: int, y: int) -> bytes:
    source = release.tiles(layer)
    if z > source.max_zoom:
        raise ProblemError(404, f"This layer has tiles to zoom {source.max_zoom}.")
    content = source.tile(z, x, y)
    return gzip_bytes(content, _LEVEL) if content else b""


def _tile_response(request: Request, packed: bytes, tag: str, *, immutable: bool) -> Response:
    headers = {
        "ETag": tag,
        "Vary": "Accept-Encoding",
        "Cache-Control": IMMUTABLE if immutable else REVALIDATE,
    }
    if not packed:
        return Response(status_code=204, headers=headers)
    if accepts_gzip(request):
        headers["Content-Encoding"] = "gzip"
        return Response(packed, headers=headers, media_type=TILE_TYPE)
    return Response(zlib.decompress(packed, 31), headers=headers, media_type=TILE_TYPE)
