"""Routes under ``/api/v1/drafts``: the way of a draft to a release, with four eyes.

The routes know the office by a protocol: what opens the private database is not loaded with the service.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from geozone.access import AccessPolicy, Identity, Right
from geozone.api.access import Policy, needs
from geozone.api.preconditions import expected_revision
from geozone.api.problems import ProblemError, changed_meanwhile
from geozone.api.respond import json_bytes, respond
from geozone.api.service import strict_query
from geozone.errors import ConflictError, DataError

__all__ = ["DraftOffice", "approvals_router"]

_Draft = Annotated[str, Path(pattern="^(latest|[0-9a-f]{64})$", description="Identifier, or `latest`")]
_Note = Annotated[str | None, Field(max_length=2000)]


class NoteBody(BaseModel):
    """Why, in one's own words."""

    model_config = ConfigDict(extra="forbid")

    note: _Note = None


class ReturnBody(BaseModel):
    """Why a draft goes back."""

    model_config = ConfigDict(extra="forbid")

    note: str = Field(min_length=1, max_length=2000)


class ApprovalBody(BaseModel):
    """The decision that approves a draft."""

    model_config = ConfigDict(extra="forbid")

    decision: str = Field(min_length=1, max_length=200, description="Number of the decision.")
    note: _Note = None


class StepAnswer(BaseModel):
    """A step that was taken."""

    step: str
    at: str
    actor: str
    decision: str | None
    note: str | None


class DraftAnswer(BaseModel):
    """A draft and where it stands; `may` says which steps are open to the one who asks."""

    model_config = ConfigDict(extra="allow")

    id: str
    as_of: str
    saved_at: str
    drafted_by: str
    state: str
    revision: int
    decision: str | None
    latest: bool
    counts: dict[str, Any]
    steps: list[StepAnswer]
    may: dict[str, bool]
    why_not: dict[str, str]


class DraftsAnswer(BaseModel):
    """Every draft, newest first."""

    four_eyes: bool
    drafts: list[DraftAnswer]


class ReleasedAnswer(BaseModel):
    """What was put in force."""

    digest: str
    decision: str
    draft: DraftAnswer


class DraftOffice(Protocol):
    """What the routes need of the private part of a workspace: small enough to fake."""

    def drafts(self, identity: Identity, policy: AccessPolicy) -> list[dict[str, Any]]:
        """List the drafts, newest first."""
        ...

    def draft(self, draft: str, identity: Identity, policy: AccessPolicy) -> dict[str, Any]:
        """Describe one draft."""
        ...

    def take_step(
        self,
        draft: str,
        step: str,
        identity: Identity,
        policy: AccessPolicy,
        *,
        expected: int,
        decision: str | None,
        note: str | None,
    ) -> dict[str, Any]:
        """Submit, withdraw, approve or return it; ``ConflictError`` where somebody was faster."""
        ...

    def release(
        self, draft: str, identity: Identity, policy: AccessPolicy, *, expected: int
    ) -> dict[str, Any]:
        """Put an approved draft in force."""
        ...


def approvals_router(office: DraftOffice, policy: Policy) -> APIRouter:
    """Make the routes under ``/api/v1/drafts``.

    Parameters
    ----------
    office : DraftOffice
        The private part of the workspace.
    policy : Policy
        Who is let in.

    Returns
    -------
    APIRouter
        The routes.
    """

    def reader(request: Request) -> Identity:
        return policy.identify(request, "draft:read")

    router = APIRouter(
        prefix="/api/v1/drafts",
        tags=["drafts (analysts and approvers only)"],
        dependencies=[Depends(reader), Depends(strict_query)],
    )

    @router.get("", summary="Every draft", response_model=DraftsAnswer)
    def drafts(request: Request) -> Response:
        """Drafts, newest first, with where each stands."""
        listed = office.drafts(reader(request), policy.rules)
        return _private(request, {"four_eyes": policy.rules.four_eyes, "drafts": listed})

    @router.get("/{draft}", summary="One draft", response_model=DraftAnswer)
    def draft(request: Request, draft: _Draft) -> Response:
        """Its counts, its steps, and what you may do with it; the `ETag` is for `If-Match`."""
        return _tagged(request, office.draft(draft, reader(request), policy.rules))

    _step_routes(router, office, policy)
    return router


def _step_routes(router: APIRouter, office: DraftOffice, policy: Policy) -> None:
    def take(
        request: Request, draft: str, step: str, right: str, *, note: str | None, decision: str | None = None
    ) -> Response:
        identity = policy.identify(request, right)
        expected = expected_revision(request, "A step with a draft")
        return _tagged(
            request,
            _told(
                lambda: office.take_step(
                    draft, step, identity, policy.rules, expected=expected, decision=decision, note=note
                )
            ),
        )

    @router.post(
        "/{draft}/submit",
        summary="Submit a draft",
        response_model=DraftAnswer,
        dependencies=[needs(policy, Right.DRAFT_SUBMIT)],
    )
    def submit(request: Request, draft: _Draft, body: NoteBody) -> Response:
        """Hand it to those who approve. Needs `If-Match`."""
        return take(request, draft, "submit", "draft:submit", note=body.note)

    @router.post(
        "/{draft}/withdraw",
        summary="Take a submitted draft back",
        response_model=DraftAnswer,
        dependencies=[needs(policy, Right.DRAFT_SUBMIT)],
    )
    def withdraw(request: Request, draft: _Draft, body: NoteBody) -> Response:
        """Take it back before it is approved. Needs `If-Match`."""
        return take(request, draft, "withdraw", "draft:submit", note=body.note)

    @router.post(
        "/{draft}/approve",
        summary="Approve a draft",
        response_model=DraftAnswer,
        dependencies=[needs(policy, Right.DRAFT_APPROVE)],
    )
    def approve(request: Request, draft: _Draft, body: ApprovalBody) -> Response:
        """Approve it under a decision number; not one's own. Needs `If-Match`."""
        return take(request, draft, "approve", "draft:approve", note=body.note, decision=body.decision)

    @router.post(
        "/{draft}/return",
        summary="Send a draft back",
        response_model=DraftAnswer,
        dependencies=[needs(policy, Right.DRAFT_APPROVE)],
    )
    def send_back(request: Request, draft: _Draft, body: ReturnBody) -> Response:
        """Send it back to who drew it, with the reason. Needs `If-Match`."""
        return take(request, draft, "return", "draft:approve", note=body.note)

    @router.post(
        "/{draft}/release",
        summary="Put a draft in force",
        response_model=ReleasedAnswer,
        dependencies=[needs(policy, Right.DRAFT_RELEASE)],
    )
    def release(request: Request, draft: _Draft) -> Response:
        """Publish an approved draft under the number of its approval. Needs `If-Match`."""
        identity = policy.identify(request, "draft:release")
        expected = expected_revision(request, "A release")
        made = _told(lambda: office.release(draft, identity, policy.rules, expected=expected))
        return _private(request, made)


def _told(act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Act, and tell who was faster or what is missing."""
    try:
        return act()
    except ConflictError as error:
        raise changed_meanwhile(
            error, 412, "Somebody took a step with this draft since you looked, or it cannot take this one."
        ) from error
    except DataError as error:
        faults = tuple(
            {"in": "body", "name": str(fault.column), "reason": f"expected {fault.expected}"}
            for fault in error.faults
        )
        raise ProblemError(400, "The step is not complete.", errors=faults) from error


def _tagged(request: Request, document: dict[str, Any]) -> Response:
    return _private(request, document, {"ETag": f'"{document["revision"]}"'})


def _private(request: Request, document: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    return respond(request, json_bytes(document), tag=None, headers=headers)
