"""The thread that keeps the live draft: it looks for changes, draws, puts the draft up and tells of it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

from geozone.api.drafts.changes import LayerChange, compare_drafts
from geozone.api.drafts.shelf import DraftShelf, Standing
from geozone.draft import Draft, case_points
from geozone.errors import NotFoundError
from geozone.release import DraftView, view_draft

__all__ = ["Drawing", "Follower", "standing_of"]

_log = logging.getLogger("geozone.api")
_LOOK_EVERY_S = 0.2
_AGAIN_AFTER_S = 5.0

Mark = tuple[object, ...]
Tell = Callable[[DraftView, DraftView | None, list[LayerChange]], None]


class Drawing(Protocol):
    """What the follower needs of a workspace: small enough to fake."""

    def mark(self) -> Mark:
        """Tell what a draft would rest on now."""
        ...

    def draw(self) -> tuple[Mark, Draft]:
        """Draw, and tell what the draft rests on; ``NotFoundError`` while there is nothing to draw."""
        ...


class Follower:
    """Keeps the live draft of a shelf up to date, whichever process changes the workspace.

    Parameters
    ----------
    drawing : Drawing
        What is drawn.
    shelf : DraftShelf
        Where the live draft is put.
    tell : callable
        Told of each change.
    look_every_s : float
        Seconds between two looks.
    """

    def __init__(
        self, drawing: Drawing, shelf: DraftShelf, tell: Tell, *, look_every_s: float = _LOOK_EVERY_S
    ) -> None:
        self._drawing, self._shelf, self._tell = drawing, shelf, tell
        self._look_every_s = look_every_s
        self._seen: Mark | None = None
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.fault: str | None = None

    def start(self) -> None:
        """Begin to follow."""
        self._thread = threading.Thread(target=self._run, name="live-draft", daemon=True)
        self._thread.start()

    def look(self) -> None:
        """Look now: something was just written."""
        self._wake.set()

    def stop(self) -> None:
        """End; waits for a drawing under way."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def step(self) -> bool:
        """Look once, and draw if anything has changed.

        Returns
        -------
        bool
            Whether it had.
        """
        if self._drawing.mark() == self._seen:
            return False
        mark, draft = self._drawing.draw()
        before = self._shelf.live
        standing = standing_of(draft, drawn_at=datetime.now(UTC), before=before)
        self._seen, self.fault = mark, None
        previous = None if before is None else before.view
        if previous is None or previous.digest != standing.view.digest:
            changes = compare_drafts(previous, standing.view)
            self._shelf.put_live(standing)
            self._tell(standing.view, previous, changes)
        return True

    def _run(self) -> None:
        while not self._stop.is_set():
            wait = self._look_every_s
            try:
                if self.step():
                    continue
            except NotFoundError as nothing:
                self.fault = str(nothing)
            except Exception:  # noqa: BLE001 - the service goes on; what is served says when it was drawn
                _log.exception("the live draft could not be drawn")
                self.fault = "the live draft could not be drawn; the log says why"
                wait = _AGAIN_AFTER_S
            self._wake.wait(wait)
            self._wake.clear()


def standing_of(draft: Draft, *, drawn_at: datetime, before: Standing | None = None) -> Standing:
    """Make of a draft what stands on the shelf, with the points of its cases.

    Parameters
    ----------
    draft : Draft
        The draft.
    drawn_at : datetime
        When it was drawn, with zone.
    before : Standing, optional
        An earlier one: what it has too is taken over.

    Returns
    -------
    Standing
        The draft and its view.
    """
    at = drawn_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    view = view_draft(
        draft,
        drawn_at=at,
        private={"cases": case_points(draft)},
        before=None if before is None else before.view,
    )
    return Standing(view, draft)
