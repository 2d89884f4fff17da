"""What happens around every request: an id, HEAD, security headers, one log line, counts.

One pure ASGI layer. The log names routes by their template and carries neither addresses, queries
nor clients, for any of them may be personal.
"""

from __future__ import annotations

import logging
import time
import uuid

import orjson
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geozone.api.metrics import Metrics
from geozone.api.problems import failure_response

__all__ = ["AroundRequests", "log_request", "with_fixed"]

_log = logging.getLogger("geozone.access")
_failures = logging.getLogger("geozone.api")
_FIXED = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")


class AroundRequests:
    """ASGI layer around the application.

    Parameters
    ----------
    app : ASGI application
        What is inside.
    metrics : Metrics
        Counts.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection.

        Parameters
        ----------
        scope, receive, send : ASGI
            The connection.
        """
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        identifier = str(uuid.uuid4())
        method = scope["method"]
        is_head = method == "HEAD"
        inner = dict(scope, method="GET") if is_head else dict(scope)
        inner["state"] = {**scope.get("state", {}), "request_id": identifier, "is_head": is_head}
        sent = {"status": 0, "bytes": 0}

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent["status"] = message["status"]
                message = {**message, "headers": with_fixed(message["headers"], identifier)}
            elif message["type"] == "http.response.body":
                if is_head:
                    message = {**message, "body": b""}
                sent["bytes"] += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(inner, receive, send_on)
        except Exception as error:
            _failures.error("request %s failed", identifier, exc_info=error)
            if sent["status"]:
                raise  # half an answer is out: only closing the connection can tell the client
            await failure_response(Request(inner))(inner, receive, send_on)
        finally:
            seconds = time.perf_counter() - started
            route = getattr(inner.get("route"), "path", "unmatched")
            self._metrics.observe(route, method, sent["status"], seconds)
            log_request(identifier, method, route, (sent["status"], sent["bytes"]), seconds)


def log_request(identifier: str, method: str, route: str, sent: tuple[int, int], seconds: float) -> None:
    """Write the log line of a request.

    Parameters
    ----------
    identifier : str
        Id of the request.
    method, route : str
        Method, and template of the route.
    sent : tuple of int
        Status of the answer, and bytes of its body.
    seconds : float
        Time it took.
    """
    if _log.isEnabledFor(logging.INFO):
        entry = {
            "request_id": identifier,
            "method": method if method.isascii() and len(method) < 10 else "other",
            "route": route,
            "status": sent[0],
            "bytes": sent[1],
            "ms": round(seconds * 1000, 2),
        }
        _log.info(orjson.dumps(entry).decode())


def with_fixed(headers: list[tuple[bytes, bytes]], identifier: str) -> list[tuple[bytes, bytes]]:
    """Add the headers that every answer has.

    Parameters
    ----------
    headers : list of tuple
        Names in lower case, and values.
    identifier : str
        Id of the request.

    Returns
    -------
    list of tuple
        Those, the security headers and the id.
    """
    has_policy = any(name == _POLICY[0] for name, _ in headers)  # Starlette writes names in lower case
    own = () if has_policy else (_POLICY,)
    return [*headers, *_FIXED, (b"x-request-id", identifier.encode()), *own]
