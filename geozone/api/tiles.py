"""Tiles and their TileJSON: of one layer or several, filtered or whole, versioned by the release."""

from __future__ import annotations

import asyncio
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from geozone.api.filters import LANGUAGES
from geozone.api.open_release import OpenRelease
from geozone.api.packed_tile import KINDS, PackedTile, TileKind
from geozone.api.parameters import ReleaseQuery, refuse
from geozone.api.problems import ProblemError
from geozone.api.service import Service
from geozone.api.tile_sets import TileSet, filters_of, open_tile_set
from geozone.tiles import tilejson

__all__ = ["Column", "Row", "Zoom", "find_or_draw", "send_tile", "tile_filters", "tiles_router"]

_MAX_ZOOM = 22
_VERSION = Query(
    description="Digest of the release; such an address never changes.", pattern="^[0-9a-f]{64}$"
)
Layers = Annotated[str, Path(max_length=200, description="A layer, or several with commas between")]
Zoom = Annotated[int, Path(ge=0, le=_MAX_ZOOM)]
Column = Annotated[int, Path(ge=0, lt=1 << _MAX_ZOOM)]
Row = Annotated[int, Path(ge=0, lt=1 << _MAX_ZOOM)]
_Days = Annotated[
    str | None,
    Query(description="Day, or interval `start/end`: zones in force then; any property is a filter, too"),
]
Version = Annotated[str | None, _VERSION]


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
    router = APIRouter(prefix="/tiles", tags=["Tiles"])

    @router.get(
        "/{layers}.json", summary="TileJSON of one layer or several", dependencies=[Depends(tile_filters)]
    )
    def tile_json(request: Request, layers: Layers, release: ReleaseQuery = None) -> Response:
        """TileJSON 3.0. The address of the tiles names the release, so they may be cached for ever."""
        found = service.catalogue.find(release)
        filters = filters_of(request, found, layers)
        tiles = open_tile_set(found, layers, filters)
        url = _tile_address(service.base_url(request), tiles, filters)
        return service.answer(request, found, lambda: _tilejson(tiles, url))

    for suffix, kind in KINDS.items():
        _tile_route(router, service, suffix, kind)
    return router


def _tile_route(router: APIRouter, service: Service, suffix: str, kind: TileKind) -> None:
    @router.get(
        f"/{{layers}}/{{z}}/{{x}}/{{y}}{suffix}",
        summary=kind.title,
        operation_id=f"tile_{kind.id}",
        dependencies=[Depends(tile_filters)],
        response_class=Response,
        responses={200: {"content": {kind.media_type: {}}}, 204: {"description": "Nothing in this tile"}},
        description=f"{kind.title}. A tile with nothing in it is 204.",
    )
    async def tile(
        *,
        request: Request,
        layers: Layers,
        z: Zoom,
        x: Column,
        y: Row,
        v: Version = None,
        release: ReleaseQuery = None,
    ) -> Response:
        if v is not None and release not in (None, v):
            refuse("as_of" if "as_of" in request.query_params else "release", "names another release than v")
        found = service.catalogue.find(v or release)
        filters = filters_of(request, found, layers)
        immutable = found.digest in (v, request.query_params.get("release"))
        wanted = (found, layers, filters)
        return await send_tile(service, request, wanted, (z, x, y), kind, immutable=immutable)


def tile_filters(
    datetime: _Days = None,
    filter: Annotated[str | None, Query(description="CQL2 filter")] = None,  # noqa: A002 - the standard's name
    filter_lang: Annotated[
        str, Query(alias="filter-lang", pattern=f"^({'|'.join(LANGUAGES)})$", description="Its language")
    ] = LANGUAGES[0],
) -> None:
    """Declare the filters of tiles; properties differ from layer to layer."""


async def send_tile(
    service: Service,
    request: Request,
    wanted: tuple[OpenRelease, str, dict[str, str]],
    address: tuple[int, int, int],
    kind: TileKind,
    *,
    immutable: bool,
) -> Response:
    """Answer with a tile: from memory, or made in a thread.

    Parameters
    ----------
    service : Service
        Shared state.
    request : Request
        The request.
    wanted : tuple
        Release, names of layers with commas between, filters.
    address : tuple of int
        Zoom, column, row.
    kind : TileKind
        Vectors or a picture.
    immutable : bool
        Whether the address names its release.

    Returns
    -------
    Response
        The tile.

    Raises
    ------
    ProblemError
        404 for a tile outside the pyramid, and as ``open_tile_set``.
    """
    zoom, x, y = address
    if x >= 1 << zoom or y >= 1 << zoom:
        raise ProblemError(404, "The pyramid has no such tile.")
    # Only a filter takes time to open: it is worked out on the whole layer.
    tiles = await run_in_threadpool(open_tile_set, *wanted) if wanted[2] else open_tile_set(*wanted)
    packed = await find_or_draw(service, tiles, address, kind)
    return packed.respond(request, immutable=immutable)


async def find_or_draw(
    service: Service, tiles: TileSet, address: tuple[int, int, int], kind: TileKind
) -> PackedTile:
    """Take a tile from memory, or draw it in a thread.

    Parameters
    ----------
    service : Service
        Shared state.
    tiles : TileSet
        What it is drawn from.
    address : tuple of int
        Zoom, column, row; inside the pyramid.
    kind : TileKind
        Vectors or a picture.

    Returns
    -------
    PackedTile
        The tile.

    Raises
    ------
    ProblemError
        404 if no layer has tiles of that zoom.
    """
    key = (tiles.content, kind.id, *address)
    packed = service.tiles.find(key)
    if packed is not None:
        return packed

    def make() -> PackedTile:
        content = tiles.picture(*address, kind.size) if kind.size else tiles.tile(*address)
        return PackedTile.of(content, kind.media_type)

    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(service.drawing, service.tiles.get, key, make)


def _tile_address(base: str, tiles: TileSet, filters: dict[str, str]) -> str:
    query = urlencode({"v": tiles.release.digest, **filters})
    return f"{base}/tiles/{tiles.name}/{{z}}/{{x}}/{{y}}.mvt?{query}"


def _tilejson(tiles: TileSet, url: str) -> dict[str, object]:
    return tilejson(
        *tiles.sources,
        url=url,
        title=", ".join(spec.title_en for spec in tiles.layers),
        descriptions={spec.id: f"{spec.title_vi} / {spec.title_en}" for spec in tiles.layers},
    )
