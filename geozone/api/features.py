"""OGC API Features, Part 1: landing page, conformance, collections, items."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple
from urllib.parse import quote, urlencode

import numpy as np
from fastapi import APIRouter, Depends, Query, Request
from numpy.typing import NDArray
from starlette.responses import Response

from geozone.api.ogc_documents import CRS84, GEOJSON, OPENAPI, collection, conformance, landing, link
from geozone.api.open_release import OpenRelease, require_layer
from geozone.api.openapi import openapi_3_0
from geozone.api.parameters import ReleaseQuery, check_query, parse_bbox, parse_datetime, refuse
from geozone.api.problems import ProblemError
from geozone.api.respond import entity_tag, json_bytes, respond, respond_content, stream, unchanged
from geozone.api.service import Service, strict_query
from geozone.api.table import LayerTable, Selection

__all__ = ["features_router"]

_MAX_ITEMS = 10_000
_USUAL_ITEMS = 100
_MAX_OFFSET = 10_000_000
_STREAM_FROM = 500
_MAX_INTEGER = 2**53
_OWN = {"bbox", "datetime", "limit", "offset", "after", "f", "release", "as_of"}
_Limit = Annotated[
    int,
    Query(
        ge=1,
        le=_MAX_INTEGER,
        description="Features in a page; more than the most is taken as the most.",
        json_schema_extra={"maximum": _MAX_ITEMS},
    ),
]
_Offset = Annotated[int, Query(ge=0, le=_MAX_OFFSET, description="Features to skip.")]
_Format = Annotated[
    str, Query(description="`json` for GeoJSON, the only format yet.", pattern="^(json|geojson)$")
]


def features_router(service: Service) -> APIRouter:
    """Make the routes under ``/ogc``.

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
    _item_routes(router, service)
    return router


def _document_routes(router: APIRouter, service: Service) -> None:
    strict = [Depends(strict_query), Depends(_json_only)]

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
            own = f"{base}/ogc/collections{_pin(release)}"
            return {
                "links": [link(own, "self", "application/json", "Collections")],
                "collections": [
                    collection(base, spec, found.table(spec.id), _pin(release)) for spec in found.layers
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
            request, found, lambda: collection(base, spec, found.table(layer), _pin(release))
        )


def _item_routes(router: APIRouter, service: Service) -> None:
    @router.get(
        "/collections/{layer}/items",
        summary="Features",
        dependencies=[Depends(_json_only)],
        response_class=Response,
        responses={200: {"content": {GEOJSON: {}}}},
    )
    def items(
        *,
        request: Request,
        layer: str,
        bbox: Annotated[str | None, Query(description="west,south,east,north, degrees")] = None,
        datetime: Annotated[str | None, Query(description="Day, or interval `start/end`")] = None,
        limit: _Limit = _USUAL_ITEMS,
        offset: _Offset = 0,
        after: Annotated[str | None, Query(description="Go on after this identifier")] = None,
        release: ReleaseQuery = None,
    ) -> Response:
        """Features of a layer by identifier; any other property may be given as `name=value`."""
        found = service.catalogue.find(release)
        require_layer(found, layer)
        table = found.table(layer)
        filters = set(table.filterable()) - _OWN
        check_query(request, _OWN | filters)
        selection = Selection(
            parse_bbox(bbox) if bbox is not None else (),
            parse_datetime(datetime) if datetime is not None else None,
            {name: value for name, value in request.query_params.items() if name in filters},
        )
        if after is not None and offset:
            refuse("offset", "cannot be given together with after")
        return _page(
            service, request, found, selection, _Window(table, min(limit, _MAX_ITEMS), offset, after)
        )

    @router.get(
        "/collections/{layer}/items/{feature}",
        summary="One feature",
        dependencies=[Depends(strict_query), Depends(_json_only)],
        response_class=Response,
        responses={200: {"content": {GEOJSON: {}}}},
    )
    def item(request: Request, layer: str, feature: str, release: ReleaseQuery = None) -> Response:
        """One feature of a layer."""
        found = service.catalogue.find(release)
        require_layer(found, layer)
        table = found.table(layer)
        row = table.row(feature)
        if row is None:
            raise ProblemError(404, "There is no feature with that identifier in this layer.")
        above = f"{service.base_url(request)}/ogc/collections/{layer}"
        links = [
            link(f"{above}/items/{quote(feature, safe='')}{_pin(release)}", "self", GEOJSON, "This feature"),
            link(above + _pin(release), "collection", "application/json", "Its collection"),
        ]

        def make() -> bytes:
            written = next(table.features(np.array([row])))
            return written[:-1] + b',"links":' + json_bytes(links) + b"}"

        return service.answer(request, found, make, media_type=GEOJSON, headers=_CRS_HEADER)


_CRS_HEADER = {"Content-Crs": f"<{CRS84}>"}


class _Window(NamedTuple):
    table: LayerTable
    limit: int
    offset: int
    after: str | None

    def cut(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], bool]:
        """Take the features of one page, and tell whether there are more."""
        rest = self.table.after(rows, self.after) if self.after is not None else rows[self.offset :]
        return rest[: self.limit], len(rest) > self.limit


def _page(
    service: Service, request: Request, release: OpenRelease, selection: Selection, window: _Window
) -> Response:
    tag = entity_tag(release.digest)
    immutable = request.query_params.get("release") == release.digest
    fresh = unchanged(request, tag, immutable=immutable)
    if fresh is not None:
        return fresh
    matched = window.table.select(selection)
    rows, more = window.cut(matched)
    links = _page_links(service.base_url(request), request, window)
    headers = dict(_CRS_HEADER)
    if more:
        links.append(_next_link(links[1]["href"], request, release, window, rows))
        headers["Link"] = f'<{links[-1]["href"]}>; rel="next"; type="{GEOJSON}"'
    members = {"links": links, "numberMatched": len(matched), "numberReturned": len(rows)}
    pieces = _collection_pieces(window.table, rows, members)
    if len(rows) >= _STREAM_FROM:
        return stream(request, pieces, media_type=GEOJSON, tag=tag, immutable=immutable, headers=headers)
    body = service.pages.get((release.digest, str(request.url)), lambda: b"".join(pieces))
    return respond(request, body, media_type=GEOJSON, tag=tag, immutable=immutable, headers=headers)


def _collection_pieces(
    table: LayerTable, rows: NDArray[np.int64], members: dict[str, Any]
) -> Iterator[bytes]:
    yield b'{"type":"FeatureCollection",' + json_bytes(members)[1:-1] + b',"features":['
    for start in range(0, len(rows), 64):
        piece = b",".join(table.features(rows[start : start + 64]))
        yield piece if start == 0 else b"," + piece
    yield b"]}"


def _page_links(base: str, request: Request, window: _Window) -> list[dict[str, str]]:
    above = f"{base}/ogc/collections/{window.table.spec.id}"
    given = dict(request.query_params)
    own = f"{above}/items" + (f"?{urlencode(given)}" if given else "")
    return [
        link(own, "self", GEOJSON, "This page"),
        link(above + _pin(given.get("release")), "collection", "application/json", "The collection"),
    ]


def _next_link(
    above: str, request: Request, release: OpenRelease, window: _Window, rows: NDArray[np.int64]
) -> dict[str, str]:
    """Link to the next page of the same release, whatever is current by then."""
    onward = {
        name: value
        for name, value in request.query_params.items()
        if name not in ("offset", "after", "release")
    }
    onward |= {
        "limit": str(window.limit),
        "after": window.table.ids[int(rows[-1])],
        "release": release.digest,
    }
    href = f"{above.partition('?')[0]}/items?{urlencode(onward)}"
    return link(href, "next", GEOJSON, "The next page")


def _json_only(f: _Format = "json") -> None:
    """Check the format asked for; there is one."""


def _pin(release: str | None) -> str:
    return "" if release is None else f"?release={release}"
