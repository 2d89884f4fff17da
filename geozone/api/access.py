"""Who is let in over HTTP: a small protocol, and the token of the one-person service."""

from __future__ import annotations

import secrets
from typing import Any, Protocol

from fastapi import Depends, Request

from geozone.access import AccessPolicy, Identity, Resource, Right, Role
from geozone.api.problems import CHALLENGE, ProblemError

__all__ = ["Policy", "TokenPolicy", "needs"]


class Policy(Protocol):
    """Decides who a request comes from and whether it is let in."""

    @property
    def rules(self) -> AccessPolicy:
        """What everybody is held to; the same object that the pipeline is handed."""

    def admit(self, request: Request, right: str) -> str:
        """Let a request in.

        Parameters
        ----------
        request : Request
            The request.
        right : str
            What it needs, one of ``Right``: ``review:read``, ``draft:edit``...

        Returns
        -------
        str
            Who is recorded for what it does.

        Raises
        ------
        ProblemError
            401 for somebody unknown, 403 for somebody who may not.
        """
        ...

    def identify(self, request: Request, right: str) -> Identity:
        """Let a request in, and tell all that is known of who sent it.

        Parameters
        ----------
        request : Request
            The request.
        right : str
            What it needs.

        Returns
        -------
        Identity
            Name, role and limits; whatever is answered must lie within the limits.

        Raises
        ------
        ProblemError
            401 for somebody unknown, 403 for somebody who may not.
        """
        ...


def needs(policy: Policy, right: Right) -> Any:
    """Declare what a route needs: it is asked before the body is looked at.

    Parameters
    ----------
    policy : Policy
        Who is let in.
    right : Right
        What the route needs.

    Returns
    -------
    Depends
        For the ``dependencies`` of a route or a router.
    """

    def admit(request: Request) -> str:
        return policy.admit(request, right)

    return Depends(admit)


class TokenPolicy:
    """Lets in whoever holds the token of this run of the service, for everything.

    One person works alone here, so there are no four eyes.

    Parameters
    ----------
    token : str
        The token; made anew at each start.
    actor : str
        Who is recorded.
    rules : AccessPolicy, optional
        The policy; one without four eyes by default.
    """

    def __init__(self, token: str, actor: str, rules: AccessPolicy | None = None) -> None:
        self._token = token.encode()
        self._identity = Identity(actor, Role.OWNER)
        self.rules = rules or AccessPolicy(four_eyes=False)

    @classmethod
    def new(cls, actor: str, rules: AccessPolicy | None = None) -> tuple[TokenPolicy, str]:
        """Make a policy with a token that nobody has seen.

        Parameters
        ----------
        actor : str
            Who is recorded.
        rules : AccessPolicy, optional
            The policy; one without four eyes by default.

        Returns
        -------
        policy : TokenPolicy
            The policy.
        token : str
            What to send as ``Authorization: Bearer ...``.
        """
        token = secrets.token_urlsafe(32)
        return cls(token, actor, rules), token

    def admit(self, request: Request, right: str) -> str:
        """Let a request with the token in.

        Parameters
        ----------
        request : Request
            The request.
        right : str
            What it needs.

        Returns
        -------
        str
            Who is recorded.

        Raises
        ------
        ProblemError
            401 without the token.
        """
        return self.identify(request, right).name

    def identify(self, request: Request, right: str) -> Identity:
        """Let a request with the token in.

        Parameters
        ----------
        request : Request
            The request.
        right : str
            What it needs.

        Returns
        -------
        Identity
            The one person of the workspace.

        Raises
        ------
        ProblemError
            401 without the token.
        """
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not secrets.compare_digest(given.strip().encode(), self._token):
            raise ProblemError(
                401, "This address needs the token that the service printed.", headers=CHALLENGE
            )
        self.rules.require(self._identity, Right(right), Resource())
        return self._identity
