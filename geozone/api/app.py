"""The application: wiring only."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import APIRouter, FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

import geozone
from geozone.api.access import Policy
from geozone.api.base_map_routes import base_map_router
from geozone.api.docs import docs_router
from geozone.api.events import Events, events_router
from geozone.api.feature_lane import FeatureLane
from geozone.api.features import features_router
from geozone.api.gate import Gate
from geozone.api.items import items_router
from geozone.api.map_style import style_router
from geozone.api.metrics import Metrics
from geozone.api.middleware import AroundRequests
from geozone.api.models import PROBLEMS
from geozone.api.ogc_tiles import ogc_tiles_router
from geozone.api.options import ServiceOptions
from geozone.api.page_head import PageHead
from geozone.api.place_names import PlaceSearch
from geozone.api.preparing import prepare_current
from geozone.api.prints import prints_router
from geozone.api.probes import probes_router
from geozone.api.problems import register_problems
from geozone.api.protocols import Releases
from geozone.api.public import public_router
from geozone.api.search import FormerName, NameIndexes, load_former_names
from geozone.api.service import Service
from geozone.api.session import SESSION, session_router
from geozone.api.tile_answers import TileAnswers
from geozone.api.tile_lane import TileLane
from geozone.api.tile_protocol import tile_protocol
from geozone.api.tiles import tiles_router
from geozone.api.verify import verify_router
from geozone.api.web import WebFolder, web_router
from geozone.release import ReleaseStore

__all__ = ["create_app"]

_PACKAGED_PAGE = Path(geozone.__file__).parent / "web"


def create_app(
    releases: Releases,
    *,
    web_root: Path | None = _PACKAGED_PAGE,
    options: ServiceOptions | None = None,
    former_names: Callable[[], list[FormerName]] = load_former_names,
    private: Sequence[APIRouter] = (),
    mounted: Mapping[str, ASGIApp] = {},
    policy: Policy | None = None,
) -> FastAPI:
    """Make the service.

    Parameters
    ----------
    releases : Releases
        The store of releases; may be empty, and may grow while the service runs.
    web_root : Path, optional
        Folder of the built map page.
    options : ServiceOptions, optional
        Options.
    former_names : callable
        Reads former names of communes for the search.
    private : sequence of APIRouter
        Routes that are not public; each lets in whom it will. None by default: they answer 404.
    mounted : mapping of str to ASGI application
        The same for whole parts of the service, by the path that they begin with.
    policy : Policy, optional
        Who is known. Asked for everything that is read from a release where releases are not public.

    Returns
    -------
    FastAPI
        The application.
    """
    settings = options or ServiceOptions()
    service = Service(releases, settings)
    names = NameIndexes(former_names)
    places = None if settings.gazetteer is None else PlaceSearch(settings.gazetteer)
    metrics = Metrics(service.tiles, service.pages, shared=settings.shared_metrics)
    events = Events(service.catalogue)
    answers = TileAnswers(service)

    @asynccontextmanager
    async def lifespan(started: FastAPI) -> AsyncIterator[None]:
        stop = threading.Event()
        # FastAPI builds routes at the first match, muting warnings, which is not safe beside a thread.
        for route in started.routes:
            route.matches({"type": "http", "method": "GET", "path": "/-", "headers": []})
        if settings.prepare:
            words = (service, names, stop, places)
            threading.Thread(target=prepare_current, args=words, daemon=True).start()
        yield
        stop.set()
        events.close()

    app = FastAPI(
        title=settings.title,
        version=getattr(geozone, "__version__", "0"),
        description="Phân vùng dịch, cấp độ dịch, tiêm chủng / Outbreak zones, levels, vaccination",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        responses=PROBLEMS,
    )
    register_problems(app)
    app.include_router(public_router(service, names, places))
    if isinstance(releases, ReleaseStore):
        app.include_router(verify_router(service, releases, settings.trust))
    app.include_router(prints_router(service))
    app.include_router(base_map_router(settings.base_map))
    app.include_router(events_router(events))
    app.include_router(features_router(service))
    app.include_router(items_router(service))
    app.include_router(ogc_tiles_router(service))
    app.include_router(style_router(service, WebFolder(web_root)))
    app.include_router(tiles_router(service))
    app.include_router(probes_router(service, metrics))
    app.include_router(docs_router())
    for router in private:
        app.include_router(router)
    if not any(getattr(route, "path", "") == SESSION for router in private for route in router.routes):
        app.include_router(session_router(None))
    for path, part in mounted.items():
        app.mount(path, part)
    shut = policy is not None and not policy.rules.releases_public
    head = PageHead(service, accounts=policy is not None, releases=not shut)
    app.include_router(web_router(web_root, head=head))
    app.add_middleware(FeatureLane, service=service)
    app.add_middleware(TileLane, service=service, answers=answers)
    if policy is not None and shut:
        app.add_middleware(Gate, policy=policy)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "HEAD"],
            expose_headers=["ETag", "Link", "X-Request-Id"],
        )
    app.add_middleware(AroundRequests, metrics=metrics)
    app.state.service = service
    # Tiles answered before the application would pass by the gate.
    app.state.tile_protocol = None if shut else tile_protocol(answers, metrics)
    app.state.events = events
    app.state.end_streams = events.close
    return app
