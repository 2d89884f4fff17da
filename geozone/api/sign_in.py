"""Routes of signing in and out: ``/api/v1/token`` for programs, ``/api/v1/session`` for the map."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from geozone.access import RIGHTS_OF, Identity, Right
from geozone.access.tokens import digest_of_secret, new_secret
from geozone.api.access import needs
from geozone.api.account_policy import AccountPolicy
from geozone.api.problems import ProblemError
from geozone.api.respond import json_bytes, respond
from geozone.api.service import strict_query
from geozone.errors import DataError, DeniedError
from geozone.pipeline import accounts

__all__ = ["SessionAnswer", "sign_in_router", "who_document"]

_LONGEST_FORM = 4096


class SignInBody(BaseModel):
    """Name and password."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=256)


class PasswordBody(BaseModel):
    """The old password and the new one."""

    model_config = ConfigDict(extra="forbid")

    old: str = Field(min_length=1, max_length=256)
    new: str = Field(min_length=1, max_length=256)


class SessionAnswer(BaseModel):
    """Who is signed in, and what is open to them."""

    signed_in: bool
    accounts: bool
    openid: bool
    name: str | None
    role: str | None
    rights: list[str]
    areas: list[str] | None
    attributes: dict[str, list[str]]
    must_change_password: bool


class TokenAnswer(BaseModel):
    """RFC 6749, 5.1."""

    access_token: str
    token_type: str
    expires_in: int
    refresh_token: str


def who_document(identity: Identity | None, *, openid: bool) -> dict[str, Any]:
    """Describe who is signed in.

    Parameters
    ----------
    identity : Identity or None
        Who; ``None`` for nobody.
    openid : bool
        Whether one may sign in by OpenID Connect.

    Returns
    -------
    dict
        As ``SessionAnswer``.
    """
    rights: frozenset[Right] = frozenset()
    if identity is not None:
        rights = RIGHTS_OF[identity.role]
        if identity.must_change_password:
            rights = rights & {Right.ACCOUNT_SELF}
    scope = None if identity is None else identity.scope
    return {
        "signed_in": identity is not None,
        "accounts": True,
        "openid": openid,
        "name": None if identity is None else identity.name,
        "role": None if identity is None else str(identity.role),
        "rights": sorted(str(right) for right in rights),
        "areas": None if scope is None or scope.areas is None else sorted(scope.areas),
        "attributes": {} if scope is None else {name: sorted(of) for name, of in scope.attributes.items()},
        "must_change_password": identity is not None and identity.must_change_password,
    }


def sign_in_router(policy: AccountPolicy, *, openid: bool = False) -> APIRouter:
    """Make the routes of signing in and out.

    Parameters
    ----------
    policy : AccountPolicy
        Who is known.
    openid : bool
        Whether one may sign in by OpenID Connect too.

    Returns
    -------
    APIRouter
        The routes.
    """
    router = APIRouter(prefix="/api/v1", tags=["Signing in"], dependencies=[Depends(strict_query)])
    _session_routes(router, policy, openid)
    _token_route(router, policy)
    return router


def _session_routes(router: APIRouter, policy: AccountPolicy, openid: bool) -> None:
    def answer(request: Request, identity: Identity | None) -> Response:
        return respond(request, json_bytes(who_document(identity, openid=openid)), tag=None)

    @router.get("/session", summary="Who is signed in", response_model=SessionAnswer)
    def who(request: Request) -> Response:
        """Name, role, rights and limits of the one who asks; open to everybody."""
        caller = policy.caller(request)
        return answer(request, None if caller is None else caller.identity)

    @router.post("/session", summary="Sign in on the map", response_model=SessionAnswer)
    def sign_in(request: Request, body: SignInBody) -> Response:
        """Set a cookie that no script can read."""
        policy.refuse_foreign_page(request)
        policy.slow_down_tries(request, body.name)
        account = accounts.sign_in(policy.store, body.name, body.password, at=policy.now())
        made = answer(request, account.identity)
        policy.set_cookie(made, policy.open_session(account, "browser").secret)
        return made

    @router.delete("/session", summary="Sign out", response_model=SessionAnswer)
    def sign_out(request: Request) -> Response:
        """End the session with all its tokens; open to everybody."""
        caller = policy.caller(request)
        if caller is not None and caller.session is not None:
            policy.store.end_session(caller.session, at=policy.now(), actor=caller.identity.name)
        made = answer(request, None)
        policy.drop_cookie(made)
        return made

    @router.post(
        "/session/password",
        summary="Change one's password",
        response_model=SessionAnswer,
        dependencies=[needs(policy, Right.ACCOUNT_SELF)],
    )
    def password(request: Request, body: PasswordBody) -> Response:
        """Every session ends, and a new one begins here."""
        identity = policy.identify(request, "account:self")
        policy.slow_down_tries(request, identity.name)
        try:
            account = accounts.change_own_password(
                policy.store, identity.name, body.old, body.new, at=policy.now()
            )
        except DataError as error:
            faults = tuple(
                {"in": "body", "name": "new", "reason": f"expected {fault.expected}"}
                for fault in error.faults
            )
            raise ProblemError(400, "The new password is not good enough.", errors=faults) from error
        made = answer(request, account.identity)
        policy.set_cookie(made, policy.open_session(account, "browser").secret)
        return made


def _token_route(router: APIRouter, policy: AccountPolicy) -> None:
    form = {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "required": ["grant_type"],
                    "properties": {
                        "grant_type": {"type": "string", "enum": ["password", "refresh_token"]},
                        "username": {"type": "string"},
                        "password": {"type": "string", "format": "password"},
                        "refresh_token": {"type": "string"},
                    },
                }
            }
        },
    }

    @router.post(
        "/token",
        summary="A bearer token (OAuth 2.0)",
        response_model=TokenAnswer,
        openapi_extra={"requestBody": form},
    )
    def token(request: Request, body: Annotated[dict[str, str], Depends(_form)]) -> Response:
        """Grants `password` and `refresh_token` of RFC 6749; a refresh token holds once."""
        grant = body.get("grant_type")
        if grant == "password":
            return _by_password(request, policy, body)
        if grant == "refresh_token":
            return _by_refresh(request, policy, body.get("refresh_token", ""))
        detail = "grant_type is neither password nor refresh_token."
        raise ProblemError(400, detail, members={"error": "unsupported_grant_type"})


async def _form(request: Request) -> dict[str, str]:
    """Read a short form; its first value counts."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise ProblemError(415, "Send a form: application/x-www-form-urlencoded.")
    read = bytearray()
    async for piece in request.stream():
        read += piece
        if len(read) > _LONGEST_FORM:
            raise ProblemError(413, "The form is too long.")
    try:
        fields = parse_qs(read.decode("utf-8"), keep_blank_values=True, max_num_fields=20)
    except ValueError as error:
        raise ProblemError(400, "The form cannot be read.") from error
    return {name: values[0] for name, values in fields.items()}


def _by_password(request: Request, policy: AccountPolicy, form: dict[str, str]) -> Response:
    name, password = form.get("username", ""), form.get("password", "")
    if not name or not password:
        raise ProblemError(400, "username and password are needed.")
    policy.slow_down_tries(request, name)
    try:
        account = accounts.sign_in(policy.store, name, password, at=policy.now())
    except DeniedError as error:
        raise ProblemError(400, str(error), members={"error": "invalid_grant"}) from error
    opened = policy.open_session(account, "refresh")
    return _granted(request, policy, policy.token_for(account, opened.session), opened.secret)


def _by_refresh(request: Request, policy: AccountPolicy, secret: str) -> Response:
    policy.slow_down_tries(request, "refresh")
    renewed = new_secret()
    session = policy.store.renew_session(
        digest_of_secret(secret), new_sha256=digest_of_secret(renewed), at=policy.now()
    )
    if session is None:
        detail = "This refresh token does not hold: sign in again."
        raise ProblemError(400, detail, members={"error": "invalid_grant"})
    return _granted(request, policy, policy.token_for(session.account, session.number), renewed)


def _granted(request: Request, policy: AccountPolicy, token: str, refresh: str) -> Response:
    document = {
        "access_token": token,
        "token_type": "bearer",
        "expires_in": int(policy.tokens.lifetime.total_seconds()),
        "refresh_token": refresh,
    }
    return respond(request, json_bytes(document), tag=None, headers={"Pragma": "no-cache"})
