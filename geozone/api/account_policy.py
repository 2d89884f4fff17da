"""Who a request comes from, where there are accounts: a session's cookie, a token, a key of a machine.

No secret is ever read from an address. A cookie is sent by the browser whoever asked it to, so with one a
request that changes something must come from a page of this very service.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

from fastapi import Request
from starlette.responses import Response

from geozone.access import AccessPolicy, Identity, Right, Role
from geozone.access.machine_keys import read_key
from geozone.access.rate import RateLimit
from geozone.access.tokens import Claims, Tokens, digest_of_secret, new_secret
from geozone.api.problems import CHALLENGE, ProblemError
from geozone.errors import DeniedError
from geozone.store import Account, Store

__all__ = ["AccountPolicy", "Caller", "ForeignTokens", "SignedIn"]

_COOKIE = "geozone-session"
_SECURE_COOKIE = "__Host-geozone-session"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_IDLE = timedelta(minutes=30)
_DAY = timedelta(hours=10)
_KNOWN = "geozone_caller"
_ANYBODY = Identity("anybody", Role.VIEWER)


class ForeignTokens(Protocol):
    """Reads tokens that an issuer of OpenID Connect signed."""

    def subject_of(self, token: str, *, at: datetime) -> str | None:
        """Tell for whom a token vouches; none if it does not hold."""
        ...


class Caller(NamedTuple):
    """Who sent a request.

    Attributes
    ----------
    identity : Identity
        Who they are.
    session : int or None
        The session it belongs to; none for a key.
    """

    identity: Identity
    session: int | None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session just opened.

    Attributes
    ----------
    account : Account
        Whose.
    secret : str
        What the client keeps.
    session : int
        Its number.
    """

    account: Account
    secret: str
    session: int


class AccountPolicy:
    """Knows people by their sessions and machines by their keys, and holds them to the access policy.

    Parameters
    ----------
    store : Store
        The private database.
    rules : AccessPolicy
        What everybody is held to.
    tokens : Tokens
        Makes and reads bearer tokens.
    now : callable
        Tells the time, with zone.
    secure : bool
        Whether the service is reached by HTTPS: its cookie is then sent over nothing else.
    foreign : ForeignTokens, optional
        Reads tokens of an issuer.
    """

    def __init__(
        self,
        store: Store,
        rules: AccessPolicy,
        tokens: Tokens,
        *,
        now: Callable[[], datetime],
        secure: bool = False,
        foreign: ForeignTokens | None = None,
    ) -> None:
        self.store, self.rules, self.tokens, self.now = store, rules, tokens, now
        self.secure = secure
        self._foreign = foreign
        self._tries = RateLimit(burst=10, per_second=0.2)
        self._requests = RateLimit(burst=300, per_second=30.0)

    def admit(self, request: Request, right: str) -> str:
        """Let a request in, and tell who is recorded for it."""
        return self.identify(request, right).name

    def identify(self, request: Request, right: str) -> Identity:
        """Let a request in, and tell who sent it."""
        caller = self.caller(request)
        identity = None if caller is None else caller.identity
        try:
            self.rules.require(identity, Right(right))
        except DeniedError as error:
            raise ProblemError(
                403 if error.known else 401, str(error), headers={} if error.known else CHALLENGE
            ) from error
        return identity or _ANYBODY

    def caller(self, request: Request) -> Caller | None:
        """Find who sent a request, once a request.

        Parameters
        ----------
        request : Request
            The request.

        Returns
        -------
        Caller or None
            None where it says nothing of who sent it.

        Raises
        ------
        ProblemError
            401 if what it says does not hold; 403 for a cookie sent by a foreign page; 429 if they ask
            too often.
        """
        if not hasattr(request.state, _KNOWN):
            found = self._find(request)
            if found is not None:
                self._slow_down(self._requests, found.identity.name)
            setattr(request.state, _KNOWN, found)
        known: Caller | None = getattr(request.state, _KNOWN)
        return known

    def _find(self, request: Request) -> Caller | None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme:
            caller = self._by_header(given.strip()) if scheme.lower() == "bearer" else None
            if caller is None:
                raise ProblemError(401, "This token or key does not hold, or no longer.", headers=CHALLENGE)
            return caller
        secret = request.cookies.get(self.cookie)
        if not secret:
            return None
        session = self.store.session_of_secret(
            digest_of_secret(secret), kind="browser", idle=_IDLE, at=self.now()
        )
        if session is None:
            return None
        self.refuse_foreign_page(request)
        return Caller(session.account.identity, session.number)

    def _by_header(self, given: str) -> Caller | None:
        at = self.now()
        key = read_key(given)
        if key is not None:
            held = self.store.machine_key(key.public_id, key.secret_sha256, at=at)
            return None if held is None else Caller(held.identity, None)
        claims = self.tokens.read(given, at=at)
        if claims is not None:
            session = self.store.session(claims.session, revision=claims.revision, at=at)
            return None if session is None else Caller(session.account.identity, session.number)
        subject = None if self._foreign is None else self._foreign.subject_of(given, at=at)
        account = None if subject is None else self.store.account_of_subject(subject)
        return None if account is None or account.disabled else Caller(account.identity, None)

    @property
    def cookie(self) -> str:
        """Name of the cookie; the prefix binds it to this host and to HTTPS."""
        return _SECURE_COOKIE if self.secure else _COOKIE

    def refuse_foreign_page(self, request: Request) -> None:
        """Refuse a change that a page of another origin asked a browser for.

        Parameters
        ----------
        request : Request
            A request with a cookie, or one that would set it.

        Raises
        ------
        ProblemError
            403 unless the browser says that the page is ours, by ``Sec-Fetch-Site`` or ``Origin``.
        """
        if request.method in _SAFE:
            return
        site = request.headers.get("sec-fetch-site")
        origin = request.headers.get("origin")
        ours = site == "same-origin" if site else urlsplit(origin or "").netloc == request.headers.get("host")
        if not ours:
            raise ProblemError(403, "A page of another site may not do this.")

    def slow_down_tries(self, request: Request, name: str) -> None:
        """Count a try to sign in, by address and by name.

        Parameters
        ----------
        request : Request
            The request.
        name : str
            The name that was given.

        Raises
        ------
        ProblemError
            429 if there were too many.
        """
        host = request.client.host if request.client else "-"
        self._slow_down(self._tries, f"from {host}")
        self._slow_down(self._tries, f"as {name[:64]}")

    @staticmethod
    def _slow_down(limit: RateLimit, who: str) -> None:
        wait_s = limit.wait_s(who, time.monotonic())
        if wait_s > 0:
            raise ProblemError(
                429, "Too many requests: wait a little.", headers={"Retry-After": str(int(wait_s) + 1)}
            )

    def open_session(self, account: Account, kind: str) -> SignedIn:
        """Open a session of a browser or of a client that renews its tokens.

        Parameters
        ----------
        account : Account
            Whose.
        kind : str
            ``browser`` or ``refresh``.

        Returns
        -------
        SignedIn
            With the secret, which is kept nowhere here.
        """
        secret, at = new_secret(), self.now()
        number = self.store.open_session(
            account, kind=kind, secret_sha256=digest_of_secret(secret), at=at, expires_at=at + _DAY
        )
        return SignedIn(account, secret, number)

    def token_for(self, account: Account, session: int) -> str:
        """Make a bearer token of a session.

        Parameters
        ----------
        account : Account
            Whose.
        session : int
            The session.

        Returns
        -------
        str
            JWT.
        """
        claims = Claims(account.identity.name, session, account.revision)
        return self.tokens.make(claims, at=self.now())

    def set_cookie(self, response: Response, secret: str) -> None:
        """Hand a browser the secret of its session; no script can read it, no other site send it.

        Parameters
        ----------
        response : Response
            The answer.
        secret : str
            The secret.
        """
        response.set_cookie(
            self.cookie,
            secret,
            max_age=int(_DAY.total_seconds()),
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="strict",
        )

    def drop_cookie(self, response: Response) -> None:
        """Tell a browser to forget it.

        Parameters
        ----------
        response : Response
            The answer.
        """
        response.delete_cookie(self.cookie, path="/", secure=self.secure, httponly=True, samesite="strict")
