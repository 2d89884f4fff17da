"""The gate of a service whose releases are not public: nothing of them without an identity.

It stands before the short ways of tiles and features, so it covers them, the event stream and every route
alike. What it lets through may be kept by the browser, but by nothing between.
"""

from __future__ import annotations

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geozone.api.access import Policy
from geozone.api.problems import ProblemError, problem_response

__all__ = ["Gate", "is_open"]

_SHUT = ("/api/", "/ogc", "/tiles", "/docs", "/openapi.json", "/metrics")
_OPEN = ("/api/v1/session", "/api/v1/token", "/api/v1/verify")  # whoever holds a print may check it


def is_open(path: str) -> bool:
    """Tell whether an address is open to everybody even where releases are not.

    Parameters
    ----------
    path : str
        Path of the address.

    Returns
    -------
    bool
        True for signing in, the probes and the files of the page, which hold nothing of a release.
    """
    if any(path == begin or path.startswith(f"{begin}/") for begin in _OPEN):
        return True
    return not path.startswith(_SHUT)


class Gate:
    """ASGI layer that asks for the right to read releases.

    Parameters
    ----------
    app : ASGI application
        What is inside.
    policy : Policy
        Who is let in.
    """

    def __init__(self, app: ASGIApp, policy: Policy) -> None:
        self._app = app
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a connection in, or refuse it.

        Parameters
        ----------
        scope, receive, send : ASGI
            The connection.
        """
        if scope["type"] != "http" or is_open(scope["path"]):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        try:
            await run_in_threadpool(self._policy.identify, request, "release:read")
        except ProblemError as problem:
            await problem_response(problem, request)(scope, receive, send)
            return

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [_for_one(*header) for header in message["headers"]]}
            await send(message)

        await self._app(scope, receive, send_on)


def _for_one(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    if name.lower() == b"cache-control":
        return name, value.replace(b"public", b"private")
    if name.lower() == b"vary":
        return name, value + b", Authorization, Cookie"
    return name, value
