"""Routes of the base map; 404 where none is configured."""

from __future__ import annotations

import hashlib
from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from geozone.api.base_map import BaseMap
from geozone.api.models import BaseMapAnswer
from geozone.api.problems import ProblemError
from geozone.api.respond import entity_tag, json_bytes, respond, respond_content, unchanged
from geozone.api.service import strict_query
from geozone.api.tiles import Column, Row, Zoom

__all__ = ["base_map_document", "base_map_router"]

_PATH = "/api/v1/base-map"


def base_map_document(base_map: BaseMap) -> dict[str, Any]:
    """Describe a base map.

    Parameters
    ----------
    base_map : BaseMap
        The base map.

    Returns
    -------
    dict
        What the page draws it from; the address of its tiles is relative to that of the service.
    """
    return {**base_map.about, "tiles": f"{_PATH.lstrip('/')}/{{z}}/{{x}}/{{y}}"}


def base_map_router(base_map: BaseMap | None) -> APIRouter:
    """Make the routes of the base map.

    Parameters
    ----------
    base_map : BaseMap or None
        The base map configured.

    Returns
    -------
    APIRouter
        The routes.
    """
    router = APIRouter(prefix=_PATH, tags=["geozone"], dependencies=[Depends(strict_query)])

    def configured() -> BaseMap:
        if base_map is None:
            raise ProblemError(404, "No base map is configured.")
        return base_map

    @router.get("", summary="The base map, if one is configured", response_model=BaseMapAnswer)
    def about(request: Request) -> Response:
        """Kind, zooms, bounds and layers of the map beneath the map, and whom to name."""
        return respond_content(request, json_bytes(base_map_document(configured())))

    @router.get(
        "/{z}/{x}/{y}",
        summary="A tile of the base map",
        response_class=Response,
        responses={204: {"description": "Nothing in this tile"}},
    )
    def tile(request: Request, z: Zoom, x: Column, y: Row) -> Response:
        """Vectors or a picture, of the file configured or of the server configured."""
        if x >= 1 << z or y >= 1 << z:
            raise ProblemError(404, "The pyramid has no such tile.")
        found = configured().tile(z, x, y)
        if found is None:
            return Response(status_code=204)
        tag = entity_tag(hashlib.sha256(found.content).hexdigest())
        return unchanged(request, tag) or respond(
            request, found.content, media_type=found.media_type, tag=tag
        )

    return router
