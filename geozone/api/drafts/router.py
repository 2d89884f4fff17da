"""Routes about the live draft itself: how it stands, and keeping it."""

from __future__ import annotations

from typing import Protocol

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from starlette.responses import Response

from geozone.access import Right
from geozone.api.access import Policy
from geozone.api.drafts.shelf import DraftShelf, Standing
from geozone.api.problems import ProblemError
from geozone.api.respond import json_bytes, respond
from geozone.api.service import strict_query
from geozone.draft import Draft
from geozone.release import DraftView

__all__ = ["Keeper", "KeptDrafts", "LiveAnswer", "Watched", "drafts_router", "expect_live", "live_standing"]


_CHANGED = "The live draft has changed since you looked. Look again."
_UNSETTLED = "Decisions were just put into the live draft; it is drawn as a whole before it can be kept."


class Keeper(Protocol):
    """Keeps a draft in the workspace."""

    def keep(self, draft: Draft, *, actor: str) -> str:
        """Keep it as the latest draft and give its identifier."""
        ...


class KeptDrafts(Protocol):
    """Reads drafts that were kept in the workspace."""

    def kept(self, name: str) -> DraftView:
        """Read one by its identifier; ``NotFoundError`` where there is none."""
        ...


class LiveAnswer(BaseModel):
    """How the live draft stands."""

    digest: str
    as_of: str
    rules: str
    drawn_at: str
    counts: dict[str, object]
    settled: bool
    fault: str | None


class KeptAnswer(BaseModel):
    """A draft that was kept."""

    draft: str
    digest: str


class Watched(Protocol):
    """What draws the live draft."""

    fault: str | None


def drafts_router(shelf: DraftShelf, drawn: Watched, keeper: Keeper, policy: Policy) -> APIRouter:
    """Make the routes under ``/api/v1/live``.

    Parameters
    ----------
    shelf : DraftShelf
        The drafts.
    drawn : Watched
        What draws the live one.
    keeper : Keeper
        Keeps it.
    policy : Policy
        Who may.

    Returns
    -------
    APIRouter
        The routes.
    """
    router = APIRouter(prefix="/api/v1/live", tags=["drafts"], dependencies=[Depends(strict_query)])

    @router.get("", summary="How the live draft stands", response_model=LiveAnswer)
    def live(request: Request) -> Response:
        """Digest, day, rules, counts; `fault` where a newer state could not be drawn; `ETag` for `keep`."""
        standing = live_standing(shelf, drawn)
        manifest = standing.view.manifest
        document = {
            "digest": standing.view.digest,
            "as_of": manifest["as_of"],
            "rules": manifest["rules"]["id"],
            "drawn_at": standing.view.created_at,
            "counts": manifest["counts"],
            "settled": standing.draft is not None,
            "fault": drawn.fault,
        }
        return respond(request, json_bytes(document), tag=None, headers={"ETag": f'"{standing.view.digest}"'})

    @router.post("/keep", summary="Keep the live draft", response_model=KeptAnswer, status_code=201)
    def keep(request: Request) -> Response:
        """Keep it as `geozone draft` would. Needs `If-Match`; 412 if changed since, 503 until settled."""
        actor = policy.admit(request, Right.DRAFT_EDIT)
        standing = expect_live(request, live_standing(shelf, drawn))
        if standing.draft is None:
            raise ProblemError(503, _UNSETTLED, headers={"Retry-After": "5"})
        kept = {"draft": keeper.keep(standing.draft, actor=actor), "digest": standing.view.digest}
        answer = respond(request, json_bytes(kept), tag=None)
        answer.status_code = 201
        return answer

    return router


def expect_live(request: Request, standing: Standing) -> Standing:
    """Hold a request to the live draft that it was made for.

    Parameters
    ----------
    request : Request
        Names the digest in ``If-Match``.
    standing : Standing
        The live draft.

    Returns
    -------
    Standing
        The same.

    Raises
    ------
    ProblemError
        428 if it names none, 412 if the live draft is another by now.
    """
    expected = request.headers.get("if-match", "").strip().removeprefix("W/").strip('"')
    if not expected:
        raise ProblemError(428, "Keeping the draft needs If-Match with the digest of what you saw.")
    if standing.view.digest != expected:
        raise ProblemError(412, _CHANGED)
    return standing


def live_standing(shelf: DraftShelf, drawn: Watched) -> Standing:
    """Take the live draft.

    Parameters
    ----------
    shelf : DraftShelf
        The drafts.
    drawn : Watched
        What draws the live one.

    Returns
    -------
    Standing
        The live draft.

    Raises
    ------
    ProblemError
        503 while there is none.
    """
    if shelf.live is None:
        detail = drawn.fault or "The live draft is being drawn."
        raise ProblemError(503, detail, headers={"Retry-After": "5"})
    return shelf.live
