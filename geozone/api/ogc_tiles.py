"""OGC API Tiles under ``/ogc``: vector tiles and pictures, of one collection or of the whole dataset."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from geozone.api.open_release import OpenRelease
from geozone.api.packed_tile import KINDS, TileKind
from geozone.api.parameters import ReleaseQuery
from geozone.api.respond import json_bytes, respond_content
from geozone.api.service import Service, strict_query
from geozone.api.tile_documents import MATRIX_SET, matrix_set, matrix_sets, tileset, tilesets
from geozone.api.tile_sets import filters_of, open_tile_set, split_layers
from geozone.api.tiles import Column, Row, Zoom, send_tile, tile_filters

__all__ = ["ogc_tiles_router"]

_DRAWN = ("communes", "green_zones", "buffer_zones", "containment_zones", "facilities", "checkpoints")
_Layers = Annotated[
    str | None,
    Query(max_length=200, description="Collections with commas between; by default those of the map"),
]
_Json = Annotated[str, Query(description="`json`", pattern="^json$")]


def ogc_tiles_router(service: Service) -> APIRouter:
    """Make the routes of tiles under ``/ogc``.

    Parameters
    ----------
    service : Service
        Shared state.

    Returns
    -------
    APIRouter
        The routes.
    """
    router = APIRouter(prefix="/ogc", tags=["OGC API Tiles"])
    _matrix_set_routes(router, service)
    for above, kind in (("", ".mvt"), ("/map", ".png")):
        _collection_routes(router, service, above, KINDS[kind])
        _dataset_routes(router, service, above, KINDS[kind])
    return router


def _matrix_set_routes(router: APIRouter, service: Service) -> None:
    strict = [Depends(strict_query), Depends(_json_only)]

    @router.get("/tileMatrixSets", summary="Tile matrix sets", dependencies=strict)
    def list_matrix_sets(request: Request) -> Response:
        """List the tile matrix sets: there is one."""
        return respond_content(request, json_bytes(matrix_sets(service.base_url(request))))

    @router.get(
        f"/tileMatrixSets/{MATRIX_SET}", summary=f"The tile matrix set {MATRIX_SET}", dependencies=strict
    )
    def one_matrix_set(request: Request) -> Response:
        """Describe the pyramid of tiles."""
        return respond_content(request, json_bytes(matrix_set()))


def _collection_routes(router: APIRouter, service: Service, above: str, kind: TileKind) -> None:
    """Make the routes of one collection; ``above`` is what stands before ``/tiles``."""
    path = f"/collections/{{layer}}{above}/tiles"
    pictures = kind.size > 0
    strict = [Depends(strict_query), Depends(_json_only)]

    @router.get(path, summary=f"Tilesets of a collection: {kind.id}", dependencies=strict)
    def collection_tilesets(request: Request, layer: str, release: ReleaseQuery = None) -> Response:
        """List the tilesets of a collection."""
        found = service.catalogue.find(release)
        [spec] = split_layers(found, layer)
        own = f"{service.base_url(request)}/ogc/collections/{layer}{above}/tiles"
        document = tilesets(own, _carried(request), spec.title_en, pictures=pictures)
        return service.answer(request, found, lambda: document)

    @router.get(f"{path}/{MATRIX_SET}", summary=f"Tileset of a collection: {kind.id}", dependencies=strict)
    def collection_tileset(request: Request, layer: str, release: ReleaseQuery = None) -> Response:
        """Describe the tileset of a collection."""
        found = service.catalogue.find(release)
        tiles = open_tile_set(found, layer)
        own = f"{service.base_url(request)}/ogc/collections/{layer}{above}/tiles"
        title = tiles.layers[0].title_en
        return service.answer(
            request, found, lambda: tileset(tiles, own, _carried(request), title, pictures=pictures)
        )

    @router.get(
        f"{path}/{MATRIX_SET}/{{z}}/{{y}}/{{x}}",
        summary=f"Tile of a collection: {kind.id}",
        dependencies=[Depends(tile_filters), Depends(_pictures_only if kind.size else _vectors_only)],
        response_class=Response,
        responses={200: {"content": {kind.media_type: {}}}, 204: {"description": "Nothing in this tile"}},
    )
    async def collection_tile(
        *, request: Request, layer: str, z: Zoom, y: Row, x: Column, release: ReleaseQuery = None
    ) -> Response:
        """Answer with a tile of one collection: row before column."""
        found = service.catalogue.find(release)
        return await _tile(service, request, (found, layer), (z, x, y), kind)


def _dataset_routes(router: APIRouter, service: Service, above: str, kind: TileKind) -> None:
    """Make the routes of the whole dataset; ``above`` is what stands before ``/tiles``."""
    path = f"{above}/tiles"
    pictures = kind.size > 0
    title = "Communes, zones and points"
    strict = [Depends(strict_query), Depends(_json_only)]

    @router.get(path, summary=f"Tilesets of the dataset: {kind.id}", dependencies=strict)
    def dataset_tilesets(
        request: Request, collections: _Layers = None, release: ReleaseQuery = None
    ) -> Response:
        """List the tilesets of the whole dataset."""
        found = service.catalogue.find(release)
        split_layers(found, _names(found, collections))
        own = f"{service.base_url(request)}/ogc{path}"
        return service.answer(
            request, found, lambda: tilesets(own, _carried(request), title, pictures=pictures)
        )

    @router.get(f"{path}/{MATRIX_SET}", summary=f"Tileset of the dataset: {kind.id}", dependencies=strict)
    def dataset_tileset(
        request: Request, collections: _Layers = None, release: ReleaseQuery = None
    ) -> Response:
        """Describe the tileset of the whole dataset."""
        found = service.catalogue.find(release)
        tiles = open_tile_set(found, _names(found, collections))
        own = f"{service.base_url(request)}/ogc{path}"
        return service.answer(
            request, found, lambda: tileset(tiles, own, _carried(request), title, pictures=pictures)
        )

    @router.get(
        f"{path}/{MATRIX_SET}/{{z}}/{{y}}/{{x}}",
        summary=f"Tile of the dataset: {kind.id}",
        dependencies=[Depends(tile_filters), Depends(_pictures_only if kind.size else _vectors_only)],
        response_class=Response,
        responses={200: {"content": {kind.media_type: {}}}, 204: {"description": "Nothing in this tile"}},
    )
    async def dataset_tile(
        *,
        request: Request,
        z: Zoom,
        y: Row,
        x: Column,
        collections: _Layers = None,
        release: ReleaseQuery = None,
    ) -> Response:
        """Answer with a tile of several collections: row before column."""
        found = service.catalogue.find(release)
        return await _tile(service, request, (found, _names(found, collections)), (z, x, y), kind)


async def _tile(
    service: Service,
    request: Request,
    wanted: tuple[OpenRelease, str],
    address: tuple[int, int, int],
    kind: TileKind,
) -> Response:
    release, names = wanted
    filters = filters_of(request, release, names)
    immutable = request.query_params.get("release") == release.digest
    return await send_tile(service, request, (release, names, filters), address, kind, immutable=immutable)


def _names(release: OpenRelease, collections: str | None) -> str:
    return collections or ",".join(name for name in _DRAWN if release.has(name))


def _carried(request: Request) -> str:
    """Take along what names the release and the collections."""
    kept = {
        name: value
        for name, value in request.query_params.items()
        if name in ("release", "as_of", "collections")
    }
    return f"?{urlencode(kept)}" if kept else ""


def _json_only(f: _Json = "json") -> None:
    """Check the format asked for; there is one."""


def _vectors_only(f: Annotated[str, Query(description="`mvt`", pattern="^mvt$")] = "mvt") -> None:
    """Check the format asked for; there is one."""


def _pictures_only(f: Annotated[str, Query(description="`png`", pattern="^png$")] = "png") -> None:
    """Check the format asked for; there is one."""
