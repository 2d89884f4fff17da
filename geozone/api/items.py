"""Features of a layer and single features, under ``/ogc/collections/{layer}/items``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple
from urllib.parse import quote, urlencode

import numpy as np
from fastapi import APIRouter, Depends, Query, Request
from numpy.typing import NDArray
from starlette.responses import Response

from geozone.api.items_query import ItemsParameters, Question, read_crs, read_question
from geozone.api.ogc_documents import GEOJSON, link
from geozone.api.open_release import OpenRelease, require_layer
from geozone.api.parameters import ReleaseQuery
from geozone.api.problems import ProblemError
from geozone.api.respond import entity_tag, json_bytes, respond, stream, unchanged
from geozone.api.service import Service, strict_query
from geozone.api.table import LayerTable

__all__ = ["items_router", "json_only", "pin"]

_STREAM_FROM = 500
_Format = Annotated[
    str, Query(description="`json` for GeoJSON, the only format yet.", pattern="^(json|geojson)$")
]


def json_only(f: _Format = "json") -> None:
    """Check the format asked for; there is one."""


def pin(release: str | None) -> str:
    """Write the query that names a release.

    Parameters
    ----------
    release : str or None
        The release as the request named it.

    Returns
    -------
    str
        The query, or nothing.
    """
    return "" if release is None else f"?release={release}"


def items_router(service: Service) -> APIRouter:
    """Make the routes of features.

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

    @router.get(
        "/collections/{layer}/items",
        summary="Features",
        dependencies=[Depends(json_only)],
        response_class=Response,
        responses={200: {"content": {GEOJSON: {}}}},
    )
    def items(
        request: Request,
        layer: str,
        parameters: Annotated[ItemsParameters, Depends()],
        release: ReleaseQuery = None,
    ) -> Response:
        """Features of a layer by identifier; any other property may be given as `name=value`."""
        found = service.catalogue.find(release)
        require_layer(found, layer)
        table = found.table(layer)
        return _page(service, request, found, table, read_question(request, parameters, table))

    @router.get(
        "/collections/{layer}/items/{feature}",
        summary="One feature",
        dependencies=[Depends(strict_query), Depends(json_only)],
        response_class=Response,
        responses={200: {"content": {GEOJSON: {}}}},
    )
    def item(
        request: Request,
        layer: str,
        feature: str,
        crs: Annotated[str | None, Query(description="System of the coordinates of the answer")] = None,
        release: ReleaseQuery = None,
    ) -> Response:
        """One feature of a layer."""
        found = service.catalogue.find(release)
        require_layer(found, layer)
        table, system = found.table(layer), read_crs("crs", crs)
        row = table.row(feature)
        if row is None:
            raise ProblemError(404, "There is no feature with that identifier in this layer.")
        above = f"{service.base_url(request)}/ogc/collections/{layer}"
        links = [
            link(f"{above}/items/{quote(feature, safe='')}{pin(release)}", "self", GEOJSON, "This feature"),
            link(above + pin(release), "collection", "application/json", "Its collection"),
        ]

        def make() -> bytes:
            written = next(table.features(np.array([row]), system=system))
            return written[:-1] + b',"links":' + json_bytes(links) + b"}"

        return service.answer(
            request, found, make, media_type=GEOJSON, headers={"Content-Crs": f"<{system.uri}>"}
        )

    return router


class _Page(NamedTuple):
    table: LayerTable
    question: Question
    rows: NDArray[np.int64]
    members: dict[str, Any]

    def pieces(self) -> Iterator[bytes]:
        """Write the page piece by piece, so that a long one is never held as a whole."""
        shown = self.question.presentation
        yield b'{"type":"FeatureCollection",' + json_bytes(self.members)[1:-1] + b',"features":['
        for start in range(0, len(self.rows), 64):
            written = self.table.features(
                self.rows[start : start + 64],
                properties=shown.properties,
                system=shown.system,
                has_geometry=shown.has_geometry,
            )
            piece = b",".join(written)
            yield piece if start == 0 else b"," + piece
        yield b"]}"


def _page(
    service: Service, request: Request, release: OpenRelease, table: LayerTable, question: Question
) -> Response:
    tag = entity_tag(release.digest)
    immutable = request.query_params.get("release") == release.digest
    fresh = unchanged(request, tag, immutable=immutable)
    if fresh is not None:
        return fresh
    matched = table.select(question.selection, sort=question.sort)
    rest = (
        table.after(matched, question.after, sort=question.sort)
        if question.after is not None
        else matched[question.offset :]
    )
    rows = rest[: question.limit]
    links = _page_links(service.base_url(request), request, table.spec.id)
    headers = {"Content-Crs": f"<{question.presentation.system.uri}>"}
    if len(rest) > len(rows):
        last = table.ids[int(rows[-1])]
        links.append(_next_link(links[1]["href"], request, release, question.limit, last))
        headers["Link"] = f'<{links[-1]["href"]}>; rel="next"; type="{GEOJSON}"'
    members = {"links": links, "numberMatched": len(matched), "numberReturned": len(rows)}
    pieces = _Page(table, question, rows, members).pieces()
    if len(rows) >= _STREAM_FROM:
        return stream(request, pieces, media_type=GEOJSON, tag=tag, immutable=immutable, headers=headers)
    body = service.pages.get((release.digest, str(request.url)), lambda: b"".join(pieces))
    return respond(request, body, media_type=GEOJSON, tag=tag, immutable=immutable, headers=headers)


def _page_links(base: str, request: Request, layer: str) -> list[dict[str, str]]:
    above = f"{base}/ogc/collections/{layer}"
    given = dict(request.query_params)
    own = f"{above}/items" + (f"?{urlencode(given)}" if given else "")
    return [
        link(own, "self", GEOJSON, "This page"),
        link(above + pin(given.get("release")), "collection", "application/json", "The collection"),
    ]


def _next_link(above: str, request: Request, release: OpenRelease, limit: int, last: str) -> dict[str, str]:
    """Link to the next page of the same release, whatever is current by then."""
    onward = {
        name: value
        for name, value in request.query_params.items()
        if name not in ("offset", "after", "release", "as_of")
    }
    onward |= {"limit": str(limit), "after": last, "release": release.digest}
    href = f"{above.partition('?')[0]}/items?{urlencode(onward)}"
    return link(href, "next", GEOJSON, "The next page")
