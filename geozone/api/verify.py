"""``/verify``: whether a paper, a file or a digest is a genuine release; for a phone and for machines."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from geozone.api.pages import choose_language, render
from geozone.api.problems import ProblemError
from geozone.api.release_models import VerifyAnswer
from geozone.api.respond import json_bytes, respond, respond_content
from geozone.api.service import Service, strict_query
from geozone.api.verification import Found, Verifications
from geozone.release import ReleaseStore, qr_svg, verify_address
from geozone.release.signing import Trust, grouped

__all__ = ["verify_router"]

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_SCRIPT = (FilePath(__file__).parent / "pages" / "verify.js").read_bytes()
_DIGEST = re.compile(r"(?:^|[^0-9a-f])([0-9a-f]{64})(?![0-9a-f])")
_SHOWN = 10
_HTML = "text/html; charset=utf-8"
_Digest = Annotated[str, Path(pattern="^(current|[0-9a-f]{64})$", description="Digest, or `current`")]
_Lang = Annotated[str | None, Query(pattern="^(vi|en)$", description="vi or en")]


def verify_router(service: Service, releases: ReleaseStore, trust: Callable[[], Trust]) -> APIRouter:
    """Make the routes that tell whether a release is genuine.

    Parameters
    ----------
    service : Service
        Shared state.
    releases : ReleaseStore
        The releases.
    trust : callable
        Gives the keys of the office and the history it has signed.

    Returns
    -------
    APIRouter
        ``/api/v1/verify/{digest}`` and the pages under ``/verify``.
    """
    router = APIRouter()
    checks = Verifications(releases, trust)

    @router.get(
        "/api/v1/verify/{digest}",
        tags=["geozone"],
        summary="Whether a release is genuine",
        response_model=VerifyAnswer,
        dependencies=[Depends(strict_query)],
    )
    def verify(request: Request, digest: _Digest) -> Response:
        """Verdict, signature, public keys and what a reader needs to repeat the check.

        A digest of a data file of a release finds that release. 404 where nothing has this digest.
        """
        found = checks.find(digest)
        if found is None:
            raise ProblemError(404, "No release here has this digest.")
        return respond(request, json_bytes(checks.proof(found)), tag=None)

    _page_routes(router, service, checks)
    return router


def _page_routes(router: APIRouter, service: Service, checks: Verifications) -> None:
    @router.get("/verify", include_in_schema=False, response_model=None)
    def form(
        request: Request, digest: Annotated[str, Query(max_length=500)] = "", lang: _Lang = None
    ) -> Response:
        """Ask for a file or a digest; one that was pasted leads to its page."""
        pasted = _DIGEST.search(re.sub(r"\s", "", digest.lower()))
        if pasted is not None:
            root = request.scope.get("root_path", "")
            tail = f"?lang={lang}" if lang else ""
            return RedirectResponse(f"{root}/verify/{pasted[1]}{tail}", 303, {"Cache-Control": "no-store"})
        return _page(request, service, {"found": None, "asked": "", "unreadable": bool(digest)}, 200)

    @router.get("/verify/verify.js", include_in_schema=False)
    def script(request: Request) -> Response:
        """Send the script that hashes a file in the browser, so that it is not sent anywhere."""
        return respond_content(request, _SCRIPT, media_type="text/javascript; charset=utf-8")

    @router.get("/verify/{digest}", include_in_schema=False)
    def page(request: Request, digest: _Digest, lang: _Lang = None) -> Response:  # noqa: ARG001 - read by the page
        """Show the verdict."""
        found = checks.find(digest)
        context = {"found": found, "asked": digest, "unreadable": False}
        if found is not None:
            context |= _shown(service, request, checks, found)
        return _page(request, service, context, 200 if found is not None else 404)


def _shown(service: Service, request: Request, checks: Verifications, found: Found) -> dict[str, Any]:
    """Gather what the page of a release shows."""
    report = found.report
    lines = checks.history()
    place = next((i for i, line in enumerate(lines) if line.digest == report.digest), None)
    near = lines[max(0, (place or 0) - 2) :][:_SHOWN]
    return {
        "report": report,
        "proof": checks.proof(found),
        "place": None if place is None else len(lines) - place,
        "total": len(lines),
        "near": near,
        "fingerprint": grouped(report.signature.key) if report.signature.key else "",
        "qr": qr_svg(verify_address(report.digest, service.base_url(request)), module_px=3),
    }


def _page(request: Request, service: Service, context: dict[str, Any], status: int) -> Response:
    body = render(request, "verify.html", {"service": service.options.title, **context})
    headers = {"Content-Security-Policy": _POLICY, "Content-Language": choose_language(request)}
    answer = respond(request, body, media_type=_HTML, tag=None, headers=headers)
    answer.status_code = status
    return answer
