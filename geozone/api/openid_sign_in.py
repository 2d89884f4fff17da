"""Signing in on the map at the issuer of OpenID Connect that the installation names.

The browser goes to the issuer and comes back with a code, which this service changes for the issuer's word
of who it is. Nobody comes in whom the admin has not entered, and no token is ever in an address: the code
holds once, and only together with a cookie that no script can read.
"""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from geozone.access.code_flow import CodeFlow
from geozone.access.tokens import new_secret
from geozone.api.account_policy import AccountPolicy
from geozone.api.problems import ProblemError
from geozone.errors import StoreError

__all__ = ["openid_router"]

_BEGIN, _BACK = "/api/v1/session/openid", "/api/v1/session/openid/return"
_COOKIE = "geozone-openid"
_HOLDS = timedelta(minutes=10)
_REFUSED, _UNKNOWN = "refused", "unknown"


def openid_router(policy: AccountPolicy, flow: CodeFlow | None, *, base_url: str | None = None) -> APIRouter:
    """Make the routes of signing in at an issuer.

    Parameters
    ----------
    policy : AccountPolicy
        Who is known.
    flow : CodeFlow, optional
        How the issuer is asked; without it the routes say that there is none.
    base_url : str, optional
        Public address of the service; that of the request by default.

    Returns
    -------
    APIRouter
        ``/api/v1/session/openid`` and the address to come back to.
    """
    # The issuer may add to the query whatever it likes, so unknown parameters are not refused here.
    router = APIRouter(tags=["Signing in"])

    def chosen() -> CodeFlow:
        if flow is None:
            raise ProblemError(404, "This service knows no issuer of OpenID Connect.")
        return flow

    def base(request: Request) -> str:
        return (base_url or str(request.base_url)).rstrip("/")

    @router.get(_BEGIN, summary="Sign in by OpenID Connect", response_class=RedirectResponse, status_code=303)
    def begin(request: Request) -> Response:
        """Send the browser to the issuer."""
        issuer = chosen()
        policy.slow_down_tries(request, "openid")
        kept = new_secret()
        try:
            address = issuer.address(kept, back=base(request) + _BACK, at=policy.now())
        except StoreError as error:
            raise ProblemError(503, "The issuer of OpenID Connect cannot be reached.") from error
        sent = _redirect(address)
        # Lax: the browser must send it when the issuer sends it back.
        sent.set_cookie(
            _COOKIE,
            kept,
            max_age=int(_HOLDS.total_seconds()),
            path=_BEGIN,
            secure=policy.secure,
            httponly=True,
            samesite="lax",
        )
        return sent

    @router.get(_BACK, summary="Back from OpenID Connect", response_class=RedirectResponse, status_code=303)
    def back(request: Request, state: str = "", code: str = "") -> Response:
        """Open a session for whom the issuer vouches, and show the map; what went wrong is told there."""
        issuer = chosen()
        policy.slow_down_tries(request, "openid")
        page, at = f"{base(request)}/", policy.now()
        try:
            kept = request.cookies.get(_COOKIE, "")
            subject = issuer.subject(kept, state, code, back=base(request) + _BACK, at=at) if kept else None
        except StoreError as error:
            raise ProblemError(503, "The issuer of OpenID Connect cannot be reached.") from error
        account = None if subject is None else policy.store.account_of_subject(subject)
        if account is None or account.disabled:
            answer = _redirect(f"{page}?sign-in={_REFUSED if subject is None else _UNKNOWN}")
        else:
            policy.store.end_sign_in(account.identity.name, worked=True, how="openid", at=at)
            answer = _redirect(page)
            policy.set_cookie(answer, policy.open_session(account, "browser").secret)
        answer.delete_cookie(_COOKIE, path=_BEGIN, secure=policy.secure, httponly=True, samesite="lax")
        return answer

    return router


def _redirect(address: str) -> RedirectResponse:
    return RedirectResponse(
        address, status_code=303, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    )
