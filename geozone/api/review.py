"""Routes under ``/api/v1/review``: the queue, one address, decisions, history. Only for analysts.

Nothing of it is kept by a cache, and every reading of addresses is written to the audit. The routes know
the desk by a protocol: what opens the private database is not loaded with the service.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal, Protocol

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from geozone.access import Resource, Right
from geozone.access.purposes import Purpose
from geozone.api.access import Policy, needs
from geozone.api.preconditions import expected_tag
from geozone.api.problems import ProblemError, changed_meanwhile
from geozone.api.purposes import purpose_of
from geozone.api.respond import json_bytes, respond
from geozone.api.service import strict_query
from geozone.errors import ConflictError, DataError, NotFoundError

__all__ = ["DecisionBody", "Desk", "UndoBody", "review_router"]

_Place = Annotated[str, Path(pattern=r"^p\d{1,12}$", description="A place, as the queue names it: `p812`")]


class DecisionBody(BaseModel):
    """A decision about a doubtful address."""

    model_config = ConfigDict(extra="forbid")

    action: Literal["accept", "choose", "pin", "reject"]
    code: str | None = Field(None, description="Commune, for `choose`: a candidate or any other.")
    lon: float | None = Field(None, ge=-180, le=180, description="For `pin`, degrees.")
    lat: float | None = Field(None, ge=-90, le=90, description="For `pin`, degrees.")
    uncertainty_m: float | None = Field(None, gt=0, le=5000, description="For `pin`; 25 by default.")
    reason: str | None = Field(None, max_length=2000, description="Why; required for `reject`.")
    scope: Literal["address", "case"] = Field(
        "address", description="Every case of the address, or this one."
    )
    teach: bool = Field(True, description="Whether other addresses may learn from it.")


class UndoBody(BaseModel):
    """Why a decision is taken back."""

    model_config = ConfigDict(extra="forbid")

    reason: str | None = Field(None, max_length=2000)


class Answer(BaseModel):
    """Shape of the answers; they say more than is declared."""

    model_config = ConfigDict(extra="allow")


class QueueAnswer(Answer):
    """The queue, those that decide most first."""

    as_of: str
    rules: str
    doubtful_addresses: int
    match_rate: dict[str, int]
    queue: list[dict[str, Any]]


class EntryAnswer(Answer):
    """One doubtful address with its answers, their outlines and boxes."""

    place: str
    kind: str
    address: str | None
    revision: str
    answers: list[dict[str, Any]]


class DecidedAnswer(Answer):
    """What a decision did."""

    decision: int
    places: int
    people: int


class HistoryAnswer(Answer):
    """Decisions, newest first."""

    decisions: list[dict[str, Any]]


Within = Callable[[Resource], bool] | None
"""Tells whether something lies within the limits of the one who asks; ``None`` where they have none."""


class Desk(Protocol):
    """What the routes need of the private part of a workspace: small enough to fake.

    What does not lie ``within`` the limits of the one who asks does not exist for them.
    """

    def queue(
        self,
        *,
        actor: str,
        order: str,
        as_of: date | None,
        limit: int,
        within: Within,
        purpose: Purpose | None,
    ) -> dict[str, Any]:
        """List the queue."""
        ...

    def entry(
        self, place: str, *, actor: str, as_of: date | None, within: Within, purpose: Purpose | None
    ) -> dict[str, Any]:
        """Describe one address; ``NotFoundError`` where it is not doubtful."""
        ...

    def decide(
        self, place: str, decision: dict[str, Any], *, expected: str, actor: str, within: Within
    ) -> dict[str, Any]:
        """Decide; ``ConflictError`` where the address is not in the state expected."""
        ...

    def undo(self, number: int, *, reason: str | None, actor: str, within: Within) -> dict[str, Any]:
        """Take a decision back."""
        ...

    def history(
        self, place: str | None, *, limit: int, actor: str, within: Within, purpose: Purpose | None
    ) -> dict[str, Any]:
        """Tell what was decided."""
        ...


def review_router(desk: Desk, policy: Policy) -> APIRouter:
    """Make the routes under ``/api/v1/review``.

    Parameters
    ----------
    desk : Desk
        The private part of the workspace.
    policy : Policy
        Who is let in.

    Returns
    -------
    APIRouter
        The routes.
    """

    def reader(request: Request) -> tuple[str, Within, Purpose | None]:
        known = _known(policy, request, Right.REVIEW_READ)
        if request.method != "GET":
            return *known, None
        return *known, purpose_of(request, required=policy.rules.purpose_required)

    router = APIRouter(
        prefix="/api/v1/review",
        tags=["review (analysts only)"],
        dependencies=[Depends(reader), Depends(strict_query)],
    )
    _reading_routes(router, desk, reader)
    _deciding_routes(router, desk, policy)
    return router


def _known(policy: Policy, request: Request, right: Right) -> tuple[str, Within]:
    """Tell who asks, and within which limits."""
    identity = policy.identify(request, right)
    if not identity.scope.limited:
        return identity.name, None
    return identity.name, lambda about: policy.rules.verdict(identity, right, about).allowed


def _reading_routes(
    router: APIRouter, desk: Desk, reader: Callable[[Request], tuple[str, Within, Purpose | None]]
) -> None:
    @router.get("", summary="The doubtful addresses", response_model=QueueAnswer)
    def queue(
        request: Request,
        order: Annotated[Literal["effect", "cases"], Query(description="What comes first")] = "effect",
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
        as_of: Annotated[
            date | None, Query(description="Day of the effects; that of the newest case")
        ] = None,
    ) -> Response:
        """Addresses with what each answer would change, those that decide most first."""
        actor, within, purpose = reader(request)
        found = desk.queue(actor=actor, order=order, as_of=as_of, limit=limit, within=within, purpose=purpose)
        return _private(request, found)

    @router.get("/history", summary="What was decided", response_model=HistoryAnswer)
    def history(
        request: Request,
        place: Annotated[str | None, Query(pattern=r"^p\d{1,12}$")] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
    ) -> Response:
        """Decisions, newest first: who, when, why, before and after."""
        actor, within, purpose = reader(request)
        return _private(
            request, desk.history(place, limit=limit, actor=actor, within=within, purpose=purpose)
        )

    @router.get("/{place}", summary="One doubtful address", response_model=EntryAnswer)
    def entry(request: Request, place: _Place, as_of: date | None = None) -> Response:
        """Its answers with their outlines, boxes and effects; the `ETag` is for `If-Match`."""
        actor, within, purpose = reader(request)
        found = desk.entry(place, actor=actor, as_of=as_of, within=within, purpose=purpose)
        return _private(request, found, {"ETag": f'"{found["revision"]}"'})


def _deciding_routes(router: APIRouter, desk: Desk, policy: Policy) -> None:
    def decider(request: Request) -> tuple[str, Within]:
        return _known(policy, request, Right.REVIEW_DECIDE)

    decides = [needs(policy, Right.REVIEW_DECIDE)]

    @router.post(
        "/{place}/decisions",
        summary="Decide",
        response_model=DecidedAnswer,
        status_code=201,
        dependencies=decides,
    )
    def decide(request: Request, place: _Place, body: DecisionBody) -> Response:
        """Accept, choose, pin or reject. Needs `If-Match`; 412 if somebody decided meanwhile."""
        actor, within = decider(request)
        expected = expected_tag(request, "A decision")
        _check(body)
        try:
            done = desk.decide(place, body.model_dump(), expected=expected, actor=actor, within=within)
        except ConflictError as error:
            raise changed_meanwhile(
                error,
                412,
                "Somebody decided about this address, or it changed, since you looked. Look again.",
            ) from error
        except DataError as error:
            faults = tuple(
                {"in": "body", "name": str(fault.column), "reason": f"expected {fault.expected}"}
                for fault in error.faults
            )
            raise ProblemError(400, "The decision is wrong.", errors=faults) from error
        except NotFoundError as error:
            raise ProblemError(404, "There is no such place, commune or answer.") from error
        return _private(request, done, status=201)

    @router.post(
        "/decisions/{number}/undo",
        summary="Take a decision back",
        response_model=DecidedAnswer,
        dependencies=decides,
    )
    def undo(request: Request, number: int, body: UndoBody) -> Response:
        """Put its places back as they were, and forget what it taught."""
        actor, within = decider(request)
        return _private(request, desk.undo(number, reason=body.reason, actor=actor, within=within))


def _check(body: DecisionBody) -> None:
    """Ask for what each action needs."""
    needed = {"choose": ("code",), "pin": ("lon", "lat"), "reject": ("reason",)}.get(body.action, ())
    missing = tuple(
        {"in": "body", "name": name, "reason": f"`{body.action}` needs it"}
        for name in needed
        if getattr(body, name) is None
    )
    if missing:
        raise ProblemError(400, "The decision is not complete.", errors=missing)


def _private(
    request: Request, document: dict[str, Any], headers: dict[str, str] | None = None, *, status: int = 200
) -> Response:
    answer = respond(request, json_bytes(document), tag=None, headers=headers)
    answer.status_code = status
    return answer
