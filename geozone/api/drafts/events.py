"""Server-sent events of the live draft: open maps are told which features, boxes and tiles changed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import orjson

from geozone.api.drafts.changes import LayerChange
from geozone.release import DraftView

__all__ = ["MOST_LISTENERS", "DraftEvents"]

_HEARTBEAT_S = 15.0
_RETRY_MS = 2000
MOST_LISTENERS = 100
_WAITING = 64  # events that a slow listener may be behind; then it is told to look at everything


class DraftEvents:
    """Tells listeners of every change of the live draft; changes come from any thread."""

    def __init__(self) -> None:
        self._listeners: dict[asyncio.Queue[bytes | None], asyncio.AbstractEventLoop] = {}
        self._lock = threading.Lock()
        self._whole = b"event: draft\ndata: null\n\n"
        self._closed = False

    @property
    def listeners(self) -> int:
        """How many listen."""
        return len(self._listeners)

    def tell(self, view: DraftView, previous: DraftView | None, changes: list[LayerChange]) -> None:
        """Tell of a change.

        Parameters
        ----------
        view : DraftView
            The live draft from now on.
        previous : DraftView or None
            The one before.
        changes : list of LayerChange
            What is different.
        """
        about = {
            "digest": view.digest,
            "as_of": view.manifest["as_of"],
            "rules": view.manifest["rules"].get("id"),
            "drawn_at": view.created_at,
            "settled": not view.is_edited,
            "counts": view.manifest["counts"],
        }
        boxes = [box for change in changes for box in change.boxes.tolist()]
        told = {
            "previous": None if previous is None else previous.digest,
            "bbox": _around(boxes),
            "layers": [change.document() for change in changes],
        }
        event = _event(view.digest, about | told)
        with self._lock:
            # Whoever begins to listen now is told of the draft as a whole.
            self._whole = _event(view.digest, about | {"previous": None, "bbox": None, "layers": None})
            for queue, loop in self._listeners.items():
                loop.call_soon_threadsafe(_put, queue, event, self._whole)

    def close(self) -> None:
        """End every stream; from any thread."""
        self._closed = True
        with self._lock:
            for queue, loop in self._listeners.items():
                if not loop.is_closed():
                    loop.call_soon_threadsafe(queue.put_nowait, None)

    async def listen(self) -> AsyncIterator[bytes]:
        """Send events until the listener goes or the service stops.

        Yields
        ------
        bytes
            Lines of the event stream format (WHATWG HTML, 9.2): the live draft as it is, then each change.
        """
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        with self._lock:
            self._listeners[queue] = asyncio.get_running_loop()
            first = self._whole
        try:
            yield f"retry: {_RETRY_MS}\n\n".encode() + first
            while not self._closed:
                try:
                    event = await asyncio.wait_for(queue.get(), _HEARTBEAT_S)
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                if event is None:
                    return
                yield event
        finally:
            with self._lock:
                del self._listeners[queue]


def _put(queue: asyncio.Queue[bytes | None], event: bytes, whole: bytes) -> None:
    if queue.qsize() >= _WAITING:
        while not queue.empty():
            queue.get_nowait()
        event = whole
    queue.put_nowait(event)


def _event(digest: str, document: dict[str, Any]) -> bytes:
    return f"event: draft\nid: {digest}\ndata: {orjson.dumps(document).decode()}\n\n".encode()


def _around(boxes: list[list[float]]) -> list[float] | None:
    if not boxes:
        return None
    west, south, east, north = zip(*boxes, strict=True)
    return [round(edge, 6) for edge in (min(west), min(south), max(east), max(north))]
