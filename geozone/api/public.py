"""Routes under ``/api/v1``: the summary, one commune, one zone, search, releases."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from geozone.api.models import (
    CommuneAnswer,
    SearchAnswer,
    SummaryAnswer,
    ZoneAnswer,
    ZoneHistoryAnswer,
)
from geozone.api.parameters import ReleaseQuery
from geozone.api.place_names import PlaceSearch
from geozone.api.release_models import DifferenceAnswer, ReleasesAnswer
from geozone.api.respond import entity_tag, json_bytes, respond, unchanged
from geozone.api.search import NameIndexes
from geozone.api.service import Service, strict_query
from geozone.api.summary import commune_document, summary_document, zone_document
from geozone.api.zone_history import zone_history_document
from geozone.geojson import feature_collection
from geozone.release import diff

__all__ = ["public_router"]

GEOJSON = "application/geo+json"
_Digest = Annotated[str, Path(pattern="^(current|[0-9a-f]{64})$", description="Digest, or `current`")]


def public_router(service: Service, names: NameIndexes, places: PlaceSearch | None = None) -> APIRouter:
    """Make the routes under ``/api/v1``.

    Parameters
    ----------
    service : Service
        Shared state.
    names : NameIndexes
        Where names of communes are searched.
    places : PlaceSearch, optional
        Where streets and hamlets are searched.

    Returns
    -------
    APIRouter
        The routes.
    """
    router = APIRouter(prefix="/api/v1", tags=["geozone"], dependencies=[Depends(strict_query)])
    _release_routes(router, service)

    @router.get("/summary", summary="The release in numbers", response_model=SummaryAnswer)
    def summary(request: Request, release: ReleaseQuery = None) -> Response:
        """Decision, day, rule set, counts, warnings and layers of a release."""
        found = service.catalogue.find(release)
        base = service.base_url(request)
        pin = f"?release={release}" if release else ""
        return service.answer(request, found, lambda: summary_document(found, base, pin))

    @router.get("/communes/{code}", summary="One commune", response_model=CommuneAnswer)
    def commune(request: Request, code: str, release: ReleaseQuery = None) -> Response:
        """Level with its explanation, coverage, cases by day, zones, history."""
        found = service.catalogue.find(release)
        # The history grows with every release, so even an address that names its release may change.
        tag = entity_tag(found.digest[:24] + service.catalogue.mark())
        document = commune_document(service.catalogue, found, code)
        return unchanged(request, tag) or respond(request, json_bytes(document), tag=tag)

    @router.get("/zones/{zone_id}", summary="One zone", response_model=ZoneAnswer)
    def zone(request: Request, zone_id: str, release: ReleaseQuery = None) -> Response:
        """Properties of a containment or buffer zone with its communes."""
        found = service.catalogue.find(release)
        return service.answer(request, found, lambda: zone_document(found, zone_id))

    @router.get("/zones/{zone_id}/history", summary="History of a zone", response_model=ZoneHistoryAnswer)
    def zone_history(request: Request, zone_id: str) -> Response:
        """Figures of a containment zone in each release, and how it opened, merged, split and closed."""
        tag = entity_tag(service.catalogue.mark())
        document = zone_history_document(service.catalogue, zone_id)
        return unchanged(request, tag) or respond(request, json_bytes(document), tag=tag)

    _search_route(router, service, names, places)
    return router


def _search_route(
    router: APIRouter, service: Service, names: NameIndexes, places: PlaceSearch | None
) -> None:
    @router.get("/search", summary="Find a commune or a street by name", response_model=SearchAnswer)
    def search(
        request: Request,
        q: Annotated[str, Query(min_length=1, max_length=100, description="Name, old or new")],
        limit: Annotated[int, Query(ge=1, le=50)] = 10,
        release: ReleaseQuery = None,
    ) -> Response:
        """Communes by current or former name or by code, streets and hamlets; accents are optional."""
        found = service.catalogue.find(release)

        def make() -> dict[str, Any]:
            index = names.of(found)
            communes = index.named(q, limit)
            near = [] if places is None else places.search(found, q, limit)
            if not near:
                return {"results": communes or index.alike(q, limit)}
            kept = max(limit - len(near), (limit + 1) // 2)
            results = communes[:kept] + near
            return {"results": results[:limit]}

        variant = "" if places is None else places.mark()
        return service.answer(request, found, make, variant=variant, lasting=not variant)


def _release_routes(router: APIRouter, service: Service) -> None:
    catalogue = service.catalogue

    @router.get("/releases", summary="Every release", response_model=ReleasesAnswer)
    def releases(request: Request) -> Response:
        """Releases, newest first."""
        tag = entity_tag(catalogue.mark())
        fresh = unchanged(request, tag)
        if fresh is not None:
            return fresh
        current = catalogue.current()
        entries = [
            {
                "digest": line.digest,
                "decision": line.decision,
                "as_of": line.as_of.isoformat(),
                "created_at": line.created_at,
                "current": current is not None and line.digest == current.digest,
            }
            for line in catalogue.lines()
        ]
        return respond(request, json_bytes({"releases": entries}), tag=tag)

    @router.get("/releases/{digest}", summary="The manifest of a release", response_model=dict[str, Any])
    def manifest(request: Request, digest: _Digest) -> Response:
        """Read the manifest: inputs with their checksums, rule set, counts, layers."""
        found = catalogue.find(digest)
        tag = entity_tag(found.digest)
        immutable = digest == found.digest
        body = json_bytes({"digest": found.digest, **found.manifest})
        return unchanged(request, tag, immutable=immutable) or respond(
            request, body, tag=tag, immutable=immutable
        )

    @router.get(
        "/releases/{a}/diff/{b}",
        summary="What changed between two releases",
        response_model=DifferenceAnswer,
        responses={200: {"content": {GEOJSON: {}}}},
    )
    def difference(
        request: Request,
        a: _Digest,
        b: _Digest,
        f: Annotated[Literal["json", "geojson"], Query(description="`geojson` for the ground")] = "json",
    ) -> Response:
        """Zones opened, closed, grown, shrunk; levels raised and lowered; people added and released.

        As GeoJSON: the ground that each changed zone gained and lost.
        """
        before, after = catalogue.find(a), catalogue.find(b)
        immutable = (a, b) == (before.digest, after.digest)
        tag = entity_tag(hashlib.sha256(f"{before.digest}{after.digest}{f}".encode()).hexdigest())
        fresh = unchanged(request, tag, immutable=immutable)
        if fresh is not None:
            return fresh

        def make() -> bytes:
            found = diff(before.source, after.source)
            if f == "json":
                return json_bytes(found.to_dict())
            properties = [name for name in found.ground.columns if name != "geometry"]
            return feature_collection(found.ground, properties=properties, id_column=None)

        body = service.pages.get((before.digest, after.digest, "difference", f), make)
        kind = GEOJSON if f == "geojson" else "application/json"
        return respond(request, body, media_type=kind, tag=tag, immutable=immutable)
