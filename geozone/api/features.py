"""OGC API Features: landing page, conformance, collections and their schemas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from geozone.api.items import json_only, pin
from geozone.api.ogc_documents import OPENAPI, collection, conformance, landing, link
from geozone.api.ogc_schemas import SCHEMA_TYPE, queryables, schema, sortables
from geozone.api.open_release import require_layer
from geozone.api.openapi import openapi_3_0
from geozone.api.parameters import ReleaseQuery
from geozone.api.reference_systems import REFERENCE_SYSTEMS
from geozone.api.respond import json_bytes, respond_content
from geozone.api.service import Service, strict_query
from geozone.api.table import LayerTable

__all__ = ["features_router"]


def features_router(service: Service) -> APIRouter:
    """Make the routes under ``/ogc`` that describe.

    Parameters
    ----------
    service : Service
        Shared state.

    Returns
    -------
    APIRouter
        The routes.
    """
    router = APIRouter(prefix="/ogc", tags=["OGC API Features"])
    _document_routes(router, service)
    _schema_routes(router, service)
    return router


def _document_routes(router: APIRouter, service: Service) -> None:
    strict = [Depends(strict_query), Depends(json_only)]

    @router.get("", summary="Landing page", dependencies=strict)
    @router.get("/", include_in_schema=False, dependencies=strict)
    def landing_page(request: Request) -> Response:
        """Where everything of this API is."""
        body = json_bytes(landing(service.base_url(request), service.options.title))
        return respond_content(request, body)

    @router.get("/conformance", summary="Conformance classes", dependencies=strict)
    def conformance_classes(request: Request) -> Response:
        """List the requirement classes implemented."""
        return respond_content(request, json_bytes(conformance()))

    @router.get("/api", summary="OpenAPI 3.0 document", dependencies=strict)
    def api(request: Request) -> Response:
        """Describe this API in OpenAPI 3.0."""
        document = openapi_3_0(request.app.openapi(), service.base_url(request))
        return respond_content(request, json_bytes(document), media_type=OPENAPI)

    @router.get("/collections", summary="Collections", dependencies=strict)
    def collections(request: Request, release: ReleaseQuery = None) -> Response:
        """Every layer of the release."""
        found = service.catalogue.find(release)
        base = service.base_url(request)

        def make() -> dict[str, Any]:
            own = f"{base}/ogc/collections{pin(release)}"
            return {
                "links": [link(own, "self", "application/json", "Collections")],
                "crs": list(REFERENCE_SYSTEMS),
                "collections": [
                    collection(base, spec, found.table(spec.id), pin(release)) for spec in found.layers
                ],
            }

        return service.answer(request, found, make)

    @router.get("/collections/{layer}", summary="One collection", dependencies=strict)
    def one_collection(request: Request, layer: str, release: ReleaseQuery = None) -> Response:
        """Title, extent and links of a layer."""
        found = service.catalogue.find(release)
        spec = require_layer(found, layer)
        base = service.base_url(request)
        return service.answer(
            request, found, lambda: collection(base, spec, found.table(layer), pin(release))
        )


def _schema_routes(router: APIRouter, service: Service) -> None:
    def add(name: str, summary: str, make: Callable[[LayerTable, str], dict[str, Any]]) -> None:
        @router.get(
            f"/collections/{{layer}}/{name}",
            summary=summary,
            dependencies=[Depends(strict_query), Depends(json_only)],
            name=name,
            operation_id=name,
            response_class=Response,
            responses={200: {"content": {SCHEMA_TYPE: {}}}},
        )
        def described(request: Request, layer: str, release: ReleaseQuery = None) -> Response:
            """Describe properties as a JSON Schema, with titles in both languages and units."""
            found = service.catalogue.find(release)
            require_layer(found, layer)
            address = f"{service.base_url(request)}/ogc/collections/{layer}/{name}{pin(release)}"
            return service.answer(
                request, found, lambda: make(found.table(layer), address), media_type=SCHEMA_TYPE
            )

    add("schema", "Schema of the features", schema)
    add("queryables", "Properties that filters may name", queryables)
    add("sortables", "Properties to sort by", sortables)
