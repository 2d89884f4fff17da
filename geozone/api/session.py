"""Who is at work, where there are no accounts: nobody, or the one person who holds the token."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from starlette.responses import Response

from geozone.access import RIGHTS_OF, Identity, Right
from geozone.api.access import Policy
from geozone.api.problems import ProblemError
from geozone.api.respond import json_bytes, respond
from geozone.api.service import strict_query

__all__ = ["SESSION", "session_router"]

SESSION = "/api/v1/session"
"""Where the map asks who is at work."""


class WhoAnswer(BaseModel):
    """Who is at work, and what is open to them."""

    signed_in: bool
    accounts: bool
    token: bool
    name: str | None
    role: str | None
    rights: list[str]


def session_router(policy: Policy | None) -> APIRouter:
    """Make the route that tells the map whether there is a desk, and for whom.

    Parameters
    ----------
    policy : Policy or None
        Who is let in by the token of this run; ``None`` where all that is served is public.

    Returns
    -------
    APIRouter
        ``/api/v1/session``.
    """
    router = APIRouter(tags=["session"], dependencies=[Depends(strict_query)])

    @router.get(SESSION, summary="Who is at work", response_model=WhoAnswer)
    def session(request: Request) -> Response:
        """Name, role and rights of the one who asks; open to everybody."""
        who = None if policy is None else _identify(policy, request)
        document = {
            "signed_in": who is not None,
            "accounts": False,
            "token": policy is not None,
            "name": None if who is None else who.name,
            "role": None if who is None else str(who.role),
            "rights": [] if who is None else sorted(str(right) for right in RIGHTS_OF[who.role]),
        }
        return respond(request, json_bytes(document), tag=None)

    return router


def _identify(policy: Policy, request: Request) -> Identity | None:
    try:
        return policy.identify(request, Right.DRAFT_READ)
    except ProblemError:
        return None
