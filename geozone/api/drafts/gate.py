"""The gate before the drafts: who may not read them gets nothing, and nothing is left in shared caches."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geozone.access import Resource, Right
from geozone.access.purposes import Purpose
from geozone.api.access import Policy
from geozone.api.problems import ProblemError, problem_response
from geozone.api.purposes import purpose_of

__all__ = ["DraftGate"]

_KEPT = b"private, no-cache"
_CASES = "cases"


class DraftGate:
    """ASGI layer that asks the policy before anything below ``/drafts`` is looked at.

    Answers that may be kept are kept by the client alone and asked for each time (`private, no-cache`),
    also under addresses that name their draft; exact points are kept by nobody (`no-store`).

    Parameters
    ----------
    app : ASGI application
        The drafts.
    policy : Policy
        Who is let in.
    about : callable
        Tells what the drafts that a request names are about: those who have limits are let in where all
        of it lies within.
    note : callable
        Told who asks for exact points, and why.
    """

    def __init__(
        self,
        app: ASGIApp,
        policy: Policy,
        *,
        about: Callable[[Iterable[str]], Resource],
        note: Callable[[str, Purpose | None], None],
    ) -> None:
        self._app, self._policy, self._about, self._note = app, policy, about, note

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let in or refuse.

        Parameters
        ----------
        scope, receive, send : ASGI
            The connection, mounted.
        """
        if scope["type"] != "http":
            return
        inner = _inside(scope)
        points = _asks_for_cases(inner)
        request = Request(inner)
        try:
            await run_in_threadpool(self._let_in, request, points=points)
        except ProblemError as problem:
            await problem_response(problem, request)(inner, receive, send)
            return

        async def send_privately(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": _private(message["headers"], points=points)}
            await send(message)

        await self._app(inner, receive, send_privately)

    def _let_in(self, request: Request, *, points: bool) -> None:
        for right in (Right.DRAFT_READ, Right.CASE_READ) if points else (Right.DRAFT_READ,):
            identity = self._policy.identify(request, right)
            if identity.scope.limited:
                allowed, reason = self._policy.rules.verdict(identity, right, self._about(_named(request)))
                if not allowed:
                    raise ProblemError(403, reason)
        if points:
            self._note(identity.name, purpose_of(request, required=self._policy.rules.purpose_required))


def _inside(scope: Scope) -> Scope:
    """Give the part its own addresses: they begin after the path that it is mounted at."""
    root = scope.get("root_path", "")
    inner = dict(scope, path=scope["path"].removeprefix(root) or "/")
    inner.pop("app_root_path", None)  # links are made from the root path, which is this part's own
    return inner


def _named(request: Request) -> tuple[str, ...]:
    return (request.url.path, *request.query_params.values())


def _asks_for_cases(scope: Scope) -> bool:
    words = scope["path"].replace("/", ",").replace(".", ",").split(",")
    return _CASES in words or _CASES.encode() in scope.get("query_string", b"")


def _private(headers: list[tuple[bytes, bytes]], *, points: bool) -> list[tuple[bytes, bytes]]:
    kept = [(name, value) for name, value in headers if name != b"cache-control"]
    stored = next((value for name, value in headers if name == b"cache-control"), b"no-store")
    told = b"no-store" if points or stored == b"no-store" else _KEPT
    return [*kept, (b"cache-control", told), (b"vary", b"Authorization, Cookie")]
