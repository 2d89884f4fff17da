"""OGC API Features: landing page, conformance, collections and their schemas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from geozone.api.items import pin
from geozone.api.ogc_documents import OPENAPI, collection, conformance, landing, own_links
from geozone.api.ogc_schemas import SCHEMA_TYPE, describe_properties, queryables, schema, sortables
from geozone.api.open_release import require_layer
from geozone.api.openapi import openapi_3_0
from geozone.api.pages import STYLE, downloads, local_root, render
from geozone.api.parameters import LayerName, ReleaseQuery
from geozone.api.reference_systems import REFERENCE_SYSTEMS
from geozone.api.rendering import Rendering, document_form
from geozone.api.respond import json_bytes, respond_content
from geozone.api.service import Service, strict_query
from geozone.api.table import LayerTable

__all__ = ["features_router"]

Form = Annotated[Rendering, Depends(document_form)]
_JsonOnly = Annotated[str, Query(pattern="^json$", description="Format: json")]


_PAGE_TOO: dict[int | str, dict[str, Any]] = {200: {"content": {"application/json": {}, "text/html": {}}}}


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
    _collection_routes(router, service)
    _schema_routes(router, service)
    return router


def _document_routes(router: APIRouter, service: Service) -> None:
    strict = [Depends(strict_query)]

    def answer(request: Request, form: Rendering, document: dict[str, Any], template: str) -> Response:
        """Answer with a document that depends on no release, or with its page."""
        body = (
            render(
                request, template, {"service": service.options.title, "classes": document.get("conformsTo")}
            )
            if form.is_page
            else json_bytes(document)
        )
        return respond_content(request, body, media_type=form.media_type, headers=form.headers)

    @router.get("", summary="Landing page", response_class=Response, responses=_PAGE_TOO, dependencies=strict)
    @router.get("/", include_in_schema=False, dependencies=strict)
    def landing_page(request: Request, form: Form) -> Response:
        """Where everything of this API is."""
        return answer(
            request, form, landing(service.base_url(request), service.options.title), "landing.html"
        )

    @router.get(
        "/conformance",
        summary="Conformance classes",
        response_class=Response,
        responses=_PAGE_TOO,
        dependencies=strict,
    )
    def conformance_classes(request: Request, form: Form) -> Response:
        """List the requirement classes implemented."""
        return answer(request, form, conformance(), "conformance.html")

    @router.get(
        "/api",
        summary="OpenAPI 3.0 document",
        dependencies=strict,
        response_class=Response,
        responses={200: {"content": {OPENAPI: {}}}},
    )
    def api(request: Request, f: _JsonOnly = "json") -> Response:  # noqa: ARG001 - checked by FastAPI
        """Describe this API in OpenAPI 3.0."""
        document = openapi_3_0(request.app.openapi(), service.base_url(request))
        return respond_content(request, json_bytes(document), media_type=OPENAPI)

    @router.get("/style.css", include_in_schema=False, dependencies=strict)
    def style(request: Request) -> Response:
        """Style sheet of the pages."""
        return respond_content(request, STYLE, media_type="text/css; charset=utf-8")


def _collection_routes(router: APIRouter, service: Service) -> None:
    @router.get(
        "/collections",
        summary="Collections",
        response_class=Response,
        responses=_PAGE_TOO,
        dependencies=[Depends(strict_query)],
    )
    def collections(request: Request, form: Form, release: ReleaseQuery = None) -> Response:
        """Every layer of the release."""
        found = service.catalogue.find(release)
        base = service.base_url(request)

        def make() -> Any:
            if form.is_page:
                layers = [{"spec": spec, "count": len(found.table(spec.id))} for spec in found.layers]
                context = {"service": service.options.title, "layers": layers, "release": found.manifest}
                return render(request, "collections.html", context)
            return {
                "links": own_links(
                    f"{base}/ogc/collections", pin(release), "application/json", "Collections"
                ),
                "crs": list(REFERENCE_SYSTEMS),
                "collections": [
                    collection(base, spec, found.table(spec.id), pin(release)) for spec in found.layers
                ],
            }

        return service.answer(
            request, found, make, media_type=form.media_type, headers=form.headers, variant=form.variant
        )

    @router.get(
        "/collections/{layer}",
        summary="One collection",
        response_class=Response,
        responses=_PAGE_TOO,
        dependencies=[Depends(strict_query)],
    )
    def one_collection(
        request: Request, layer: LayerName, form: Form, release: ReleaseQuery = None
    ) -> Response:
        """Title, extent and links of a layer."""
        found = service.catalogue.find(release)
        spec = require_layer(found, layer)

        def make() -> Any:
            document = collection(service.base_url(request), spec, found.table(layer), pin(release))
            if not form.is_page:
                return document
            address = f"{local_root(request)}/collections/{layer}/items"
            context = {
                "service": service.options.title,
                "spec": spec,
                "count": len(found.table(layer)),
                "items": address,
                "extent": document.get("extent", {}),
                "formats": downloads(request, address),
                "properties": describe_properties(found.table(layer), found.table(layer).properties),
                "systems": list(REFERENCE_SYSTEMS),
            }
            return render(request, "collection.html", context)

        return service.answer(
            request, found, make, media_type=form.media_type, headers=form.headers, variant=form.variant
        )


def _schema_routes(router: APIRouter, service: Service) -> None:
    def add(name: str, summary: str, describe: Callable[[LayerTable, str], dict[str, Any]]) -> None:
        @router.get(
            f"/collections/{{layer}}/{name}",
            summary=summary,
            dependencies=[Depends(strict_query)],
            name=name,
            operation_id=name,
            response_class=Response,
            responses={200: {"content": {SCHEMA_TYPE: {}, "text/html": {}}}},
        )
        def described(
            request: Request, layer: LayerName, form: Form, release: ReleaseQuery = None
        ) -> Response:
            """Describe properties as a JSON Schema, with titles in both languages and units."""
            found = service.catalogue.find(release)
            spec = require_layer(found, layer)
            address = f"{service.base_url(request)}/ogc/collections/{layer}/{name}{pin(release)}"

            def make() -> Any:
                document = describe(found.table(layer), address)
                if not form.is_page:
                    return document
                context = {"name": name, "spec": spec, "properties": document["properties"]}
                return render(request, "schema.html", context | {"service": service.options.title})

            return service.answer(
                request,
                found,
                make,
                media_type=form.media_type if form.is_page else SCHEMA_TYPE,
                headers=form.headers,
                variant=form.variant,
            )

    add("schema", "Schema of the features", schema)
    add("queryables", "Properties that filters may name", queryables)
    add("sortables", "Properties to sort by", sortables)
