"""Server-sent events: an open map is told at once when another release is put in force.

One task looks at the pointer of the current release for as long as anybody listens, however many
do. An event names the release and nothing else; what is in it is read through the usual routes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol

import orjson
from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from geozone.api.catalogue import Catalogue
from geozone.api.problems import ProblemError
from geozone.api.service import strict_query

__all__ = ["Events", "Told", "events_router"]

_LOOK_EVERY_S = 0.25
_HEARTBEAT_S = 15.0
_RETRY_MS = 5000
_MOST_LISTENERS = 500


class Events:
    """Tells listeners of the current release, now and whenever it changes.

    Parameters
    ----------
    catalogue : Catalogue
        Where the current release is found.
    look_every_s : float
        Seconds between two looks at the pointer.
    heartbeat_s : float
        Seconds of silence after which a comment is sent, so that proxies keep the connection.
    """

    def __init__(
        self, catalogue: Catalogue, *, look_every_s: float = _LOOK_EVERY_S, heartbeat_s: float = _HEARTBEAT_S
    ) -> None:
        self._catalogue = catalogue
        self._look_every_s = look_every_s
        self._heartbeat_s = heartbeat_s
        self._listeners: set[asyncio.Event] = set()
        self._watcher: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    @property
    def listeners(self) -> int:
        """How many listen."""
        return len(self._listeners)

    async def listen(self) -> AsyncIterator[bytes]:
        """Send events until the listener goes or the service stops.

        Yields
        ------
        bytes
            Lines of the event stream format (WHATWG HTML, 9.2): the current release first.
        """
        wake = asyncio.Event()
        self._listeners.add(wake)
        self._loop = asyncio.get_running_loop()
        if self._watcher is None or self._watcher.done():
            self._watcher = asyncio.create_task(self._watch())
        try:
            yield f"retry: {_RETRY_MS}\n\n".encode()
            told: bytes | None = None
            while not self._closed:
                event = await run_in_threadpool(self._describe)
                yield b": still here\n\n" if event == told else event
                told = event
                try:
                    await asyncio.wait_for(wake.wait(), self._heartbeat_s)
                except TimeoutError:
                    continue
                wake.clear()
        finally:
            self._listeners.discard(wake)

    def close(self) -> None:
        """End every stream, so that stopping the service does not wait for open maps; from any thread."""
        self._closed = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake_all)

    async def _watch(self) -> None:
        seen = self._catalogue.stamp()
        while self._listeners and not self._closed:
            await asyncio.sleep(self._look_every_s)
            now = self._catalogue.stamp()
            if now != seen:
                seen = now
                self._wake_all()

    def _wake_all(self) -> None:
        for wake in self._listeners:
            wake.set()

    def _describe(self) -> bytes:
        release = self._catalogue.current()
        if release is None:
            return b"event: release\ndata: null\n\n"
        told = {name: release.manifest[name] for name in ("as_of", "decision", "created_at")}
        data = orjson.dumps({"digest": release.digest, **told}).decode()
        return f"event: release\nid: {release.digest}\ndata: {data}\n\n".encode()


class Told(Protocol):
    """What tells listeners: of releases, or of drafts."""

    @property
    def listeners(self) -> int:
        """How many listen."""

    def listen(self) -> AsyncIterator[bytes]:
        """Send events until the listener goes or the service stops."""


def events_router(events: Told, *, most: int | None = None) -> APIRouter:
    """Make the route of an event stream.

    Parameters
    ----------
    events : Told
        What tells.
    most : int, optional
        How many may listen at once.

    Returns
    -------
    APIRouter
        ``/api/v1/events``, below wherever it is mounted; not in the OpenAPI document, which has no streams.
    """
    router = APIRouter(prefix="/api/v1", dependencies=[Depends(strict_query)], include_in_schema=False)

    @router.get("/events")
    async def stream(request: Request) -> Response:
        """Send what holds now, and every change of it."""
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        if request.state.is_head:
            return Response(headers=headers, media_type="text/event-stream")
        if events.listeners >= (_MOST_LISTENERS if most is None else most):
            raise ProblemError(
                503, "Too many listen already: ask again later.", headers={"Retry-After": "60"}
            )
        return StreamingResponse(events.listen(), headers=headers, media_type="text/event-stream")

    return router
