"""The part of the service that serves drafts: wiring only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from fastapi import FastAPI
from starlette.types import ASGIApp

import geozone
from geozone.access.purposes import Purpose
from geozone.api.access import Policy
from geozone.api.drafts.events import MOST_LISTENERS, DraftEvents
from geozone.api.drafts.follower import Drawing, Follower
from geozone.api.drafts.gate import DraftGate
from geozone.api.drafts.geometries import DraftGeometries
from geozone.api.drafts.router import Keeper, KeptDrafts, drafts_router
from geozone.api.drafts.shelf import DraftShelf
from geozone.api.drafts.what_if import what_if_router
from geozone.api.events import events_router
from geozone.api.features import features_router
from geozone.api.items import items_router
from geozone.api.models import PROBLEMS
from geozone.api.ogc_tiles import ogc_tiles_router
from geozone.api.options import ServiceOptions
from geozone.api.problems import register_problems
from geozone.api.protocols import Releases
from geozone.api.public import public_router
from geozone.api.search import NameIndexes, load_former_names
from geozone.api.service import Service
from geozone.api.tile_lane import TileLane
from geozone.api.tiles import tiles_router

__all__ = ["PREFIX", "DraftService"]

PREFIX = "/drafts"
"""Where the drafts are mounted."""
_OPEN = 8


class LiveWorkspace(Drawing, Keeper, KeptDrafts, Protocol):
    """The private part of a workspace, as the live draft needs it."""


class DraftService:
    """The live draft of a workspace, and all that is served of it.

    Parameters
    ----------
    workspace : LiveWorkspace
        Draws, keeps, and reads what was kept.
    releases : Releases
        What drafts can be compared with.
    policy : Policy
        Who is let in.
    note : callable
        Writes to the audit who read the points of how many cases, and why.
    options : ServiceOptions
        Options of the service.
    """

    def __init__(
        self,
        workspace: LiveWorkspace,
        releases: Releases,
        policy: Policy,
        *,
        note: Callable[[str, int, Purpose | None], None],
        options: ServiceOptions,
    ) -> None:
        self.shelf = DraftShelf(releases, kept=workspace.kept)
        self.events = DraftEvents()
        geometries = DraftGeometries(options.cache)
        self.follower = Follower(workspace, self.shelf, self.events.tell, geometries=geometries)
        self._note, self._noted = note, set[tuple[str, str, Purpose | None]]()
        base = None if options.base_url is None else options.base_url.rstrip("/") + PREFIX
        self.service = Service(
            self.shelf,
            ServiceOptions(title=options.title, base_url=base, cache=options.cache, open_releases=_OPEN),
            geometries=geometries,
        )
        self.app: ASGIApp = DraftGate(
            self._inner(workspace, policy), policy, about=self.shelf.resource, note=self._note_points
        )

    def start(self) -> None:
        """Begin to follow the workspace."""
        self.follower.start()

    def close(self) -> None:
        """End the streams and the following."""
        self.events.close()
        self.follower.stop()

    def _inner(self, keeper: Keeper, policy: Policy) -> FastAPI:
        app = FastAPI(
            title=f"{self.service.options.title}: bản dự thảo / drafts",
            version=getattr(geozone, "__version__", "0"),
            description="Only for those who may read drafts / Chỉ dành cho người được xem bản dự thảo",
            openapi_url=None,
            docs_url=None,
            redoc_url=None,
            responses=PROBLEMS,
        )
        register_problems(app)
        app.include_router(drafts_router(self.shelf, self.follower, keeper, policy))
        app.include_router(what_if_router(self.shelf, self.follower, keeper, policy))
        app.include_router(events_router(self.events, most=MOST_LISTENERS))
        app.include_router(public_router(self.service, NameIndexes(load_former_names)))
        app.include_router(features_router(self.service))
        app.include_router(items_router(self.service))
        app.include_router(ogc_tiles_router(self.service))
        app.include_router(tiles_router(self.service))
        app.add_middleware(TileLane, service=self.service)
        return app

    def _note_points(self, actor: str, purpose: Purpose | None) -> None:
        """Note once who reads the points of which draft, not every tile."""
        live = self.shelf.live
        if live is None or (actor, live.view.digest, purpose) in self._noted:
            return
        self._noted = {one for one in self._noted if one[1] == live.view.digest}
        self._noted.add((actor, live.view.digest, purpose))
        self._note(actor, len(live.view.attributes("cases")), purpose)
