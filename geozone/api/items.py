"""Features of a layer and single features, under ``/ogc/collections/{layer}/items``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, NamedTuple
from urllib.parse import quote, urlencode

import numpy as np
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response, StreamingResponse

from geozone.api.feature_lane import FinishedPage, kept_while_sent, page_key
from geozone.api.formats import FEATURE_FORMATS, FeaturePage, Format
from geozone.api.items_query import ItemsParameters, Question, SystemName, read_crs, read_question
from geozone.api.ogc_documents import GEOJSON, link
from geozone.api.open_release import OpenRelease, require_layer
from geozone.api.pages import item_context, items_context, local_root, render
from geozone.api.parameters import LayerName, ReleaseQuery
from geozone.api.problems import ProblemError
from geozone.api.rendering import Rendering, document_form, feature_form
from geozone.api.respond import accepts_gzip, caching_headers, entity_tag, json_bytes, unchanged
from geozone.api.service import Service, strict_query
from geozone.api.table import LayerTable

__all__ = ["items_router", "pin"]

_STREAM_FROM = 500
_MOST_ON_PAGE = 500  # features of an HTML page


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
        response_class=Response,
        responses={200: {"content": {one.media_type: {} for one in FEATURE_FORMATS.values()}}},
    )
    def items(
        request: Request,
        layer: LayerName,
        parameters: Annotated[ItemsParameters, Depends()],
        form: Annotated[Rendering, Depends(feature_form)],
        release: ReleaseQuery = None,
    ) -> Response:
        """Features of a layer by identifier; any other property may be given as `name=value`."""
        found = service.catalogue.find(release)
        require_layer(found, layer)
        table = found.table(layer)
        question = read_question(request, parameters, table)
        if form.is_page:
            question = question._replace(limit=min(question.limit, _MOST_ON_PAGE))
        return _answer(service, request, found, _Asked(table, question, form))

    @router.get(
        "/collections/{layer}/items/{feature}",
        summary="One feature",
        dependencies=[Depends(strict_query)],
        response_class=Response,
        responses={200: {"content": {GEOJSON: {}, "text/html": {}}}},
    )
    def item(
        *,
        request: Request,
        layer: LayerName,
        feature: str,
        form: Annotated[Rendering, Depends(document_form)],
        crs: SystemName = None,
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

        def make() -> bytes:
            if form.is_page:
                context = item_context(request, table, row, f"{local_root(request)}/collections/{layer}")
                return render(request, "item.html", context | {"service": service.options.title})
            written = next(table.features(np.array([row]), system=system))
            return written[:-1] + b',"links":' + json_bytes(_item_links(above, feature, release)) + b"}"

        return service.answer(
            request,
            found,
            make,
            media_type=form.media_type if form.is_page else GEOJSON,
            headers=form.headers | ({} if form.is_page else {"Content-Crs": f"<{system.uri}>"}),
            variant=form.variant,
        )

    return router


class _Asked(NamedTuple):
    table: LayerTable
    question: Question
    form: Rendering


def _answer(service: Service, request: Request, release: OpenRelease, asked: _Asked) -> Response:
    table, question, form = asked
    tag = entity_tag(release.digest, form.variant)
    immutable = request.query_params.get("release") == release.digest
    headers = form.headers | {"Content-Crs": f"<{question.presentation.system.uri}>"}
    fresh = unchanged(request, tag, immutable=immutable, headers=headers)
    if fresh is not None:
        return fresh
    if form.format.suffix:
        headers["Content-Disposition"] = f'attachment; filename="{table.spec.id}{form.format.suffix}"'
    page = _page(service.base_url(request), request, release, asked)
    onward = next((one for one in page.members["links"] if one["rel"] == "next"), None)
    if onward is not None:
        headers["Link"] = f'<{onward["href"]}>; rel="next"; type="{onward["type"]}"'

    def pieces() -> Iterator[bytes]:
        if form.format.write is not None:
            return form.format.write(page)
        context = items_context(request, page, f"{local_root(request)}/collections/{table.spec.id}")
        return iter([render(request, "items.html", context | {"service": service.options.title})])

    headers = caching_headers(tag, immutable=immutable) | headers
    headers["Content-Type"] = form.media_type
    if accepts_gzip(request):
        headers["Content-Encoding"] = "gzip"
    key = page_key(request, release, form)
    sent = kept_while_sent(service, key, pieces(), FinishedPage(b"", headers, tag, immutable))
    if form.format.is_streamed and len(page.rows) >= _STREAM_FROM:
        return StreamingResponse(sent, headers=headers)
    return Response(b"".join(sent), headers=headers)


def _page(base: str, request: Request, release: OpenRelease, asked: _Asked) -> FeaturePage:
    """Find the features of one page, and the way to the next."""
    table, question, form = asked
    matched = table.select(question.selection, sort=question.sort)
    rest = (
        table.after(matched, question.after, sort=question.sort)
        if question.after is not None
        else matched[question.offset :]
    )
    rows = rest[: question.limit]
    above = f"{base}/ogc/collections/{table.spec.id}"
    links = _page_links(above, request, form.format)
    if len(rest) > len(rows):
        onward = {"limit": str(question.limit), "after": table.ids[int(rows[-1])], "release": release.digest}
        links.append(_next_link(above, request, form.format, onward))
    members = {"links": links, "numberMatched": len(matched), "numberReturned": len(rows)}
    return FeaturePage(table, rows, question.presentation, members)


def _item_links(above: str, feature: str, release: str | None) -> list[dict[str, str]]:
    own = f"{above}/items/{quote(feature, safe='')}{pin(release)}"
    page = f"{own}{'&' if release else '?'}f=html"
    return [
        link(own, "self", GEOJSON, "This feature"),
        link(page, "alternate", "text/html", "This feature as a page"),
        link(above + pin(release), "collection", "application/json", "Its collection"),
    ]


def _page_links(above: str, request: Request, shown: Format) -> list[dict[str, str]]:
    given = dict(request.query_params)
    own = f"{above}/items" + (f"?{urlencode(given)}" if given else "")
    others = [
        link(f"{above}/items?{urlencode(given | {'f': one.id})}", "alternate", one.media_type, one.title)
        for one in FEATURE_FORMATS.values()
        if one.id != shown.id
    ]
    return [
        link(own, "self", shown.media_type, "This page"),
        *others,
        link(above + pin(given.get("release")), "collection", "application/json", "The collection"),
    ]


def _next_link(above: str, request: Request, shown: Format, onward: dict[str, str]) -> dict[str, str]:
    """Link to the next page of the same release, whatever is current by then."""
    kept = {
        name: value
        for name, value in request.query_params.items()
        if name not in ("offset", "after", "release", "as_of")
    }
    return link(f"{above}/items?{urlencode(kept | onward)}", "next", shown.media_type, "The next page")
