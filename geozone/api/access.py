"""Who may use what is not public: a small protocol, so that another policy can replace the token."""

from __future__ import annotations

import secrets
from typing import Protocol

from fastapi import Request

from geozone.api.problems import ProblemError

__all__ = ["Policy", "TokenPolicy"]

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="geozone"'}


class Policy(Protocol):
    """Decides who a request comes from and whether it is let in."""

    def admit(self, request: Request, right: str) -> str:
        """Let a request in.

        Parameters
        ----------
        request : Request
            The request.
        right : str
            What it needs: ``review:read`` or ``review:decide``.

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


class TokenPolicy:
    """Lets in whoever holds the token of this run of the service, for everything.

    Parameters
    ----------
    token : str
        The token; made anew at each start.
    actor : str
        Who is recorded.
    """

    def __init__(self, token: str, actor: str) -> None:
        self._token = token.encode()
        self._actor = actor

    @classmethod
    def new(cls, actor: str) -> tuple[TokenPolicy, str]:
        """Make a policy with a token that nobody has seen.

        Parameters
        ----------
        actor : str
            Who is recorded.

        Returns
        -------
        policy : TokenPolicy
            The policy.
        token : str
            What to send as ``Authorization: Bearer ...``.
        """
        token = secrets.token_urlsafe(32)
        return cls(token, actor), token

    def admit(self, request: Request, right: str) -> str:  # noqa: ARG002 - the token is good for everything
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
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not secrets.compare_digest(given.strip().encode(), self._token):
            raise ProblemError(
                401, "This address needs the token that the service printed.", headers=_CHALLENGE
            )
        return self._actor
