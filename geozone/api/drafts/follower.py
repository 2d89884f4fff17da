"""The thread that keeps the live draft: it looks for changes, draws, puts the draft up and tells of it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol

from geozone.api.drafts.changes import LayerChange, compare_drafts
from geozone.api.drafts.shelf import DraftShelf, Standing
from geozone.draft import Draft, Edited, case_points
from geozone.errors import NotFoundError
from geozone.release import DraftView, Replaced, Updated, view_draft

__all__ = ["Drawing", "Follower", "edited_standing", "standing_of"]

_log = logging.getLogger("geozone.api")
_LOOK_EVERY_S = 0.2
_AGAIN_AFTER_S = 5.0
_SETTLE_AFTER_S = 3.0

Mark = tuple[Any, ...]
Tell = Callable[[DraftView, DraftView | None, list[LayerChange]], None]


class Drawing(Protocol):
    """What the follower needs of a workspace: small enough to fake."""

    def mark(self) -> Mark:
        """Tell what a draft would rest on now."""
        ...

    def draw(self) -> tuple[Mark, Draft]:
        """Draw, and tell what the draft rests on; ``NotFoundError`` while there is nothing to draw."""
        ...

    def follow(self, draft: Draft) -> None:
        """Follow single cases from a draft on."""
        ...

    def edit(self, since: Mark) -> tuple[Mark, Edited] | None:
        """Make anew what decisions since then touch; ``None`` where the day must be drawn anew."""
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
    expect : callable
        Told of each view before it is put up.
    look_every_s : float
        Seconds between two looks.
    settle_after_s : float
        Seconds without a decision after which an edited draft is drawn anew, with all that edits leave out.
    by_case : bool
        Whether decisions change the draft at once where they touch it; else every change is drawn as a whole.
    """

    def __init__(
        self,
        drawing: Drawing,
        shelf: DraftShelf,
        tell: Tell,
        *,
        expect: Callable[[DraftView], object] = id,
        look_every_s: float = _LOOK_EVERY_S,
        settle_after_s: float = _SETTLE_AFTER_S,
        by_case: bool = True,
    ) -> None:
        self._drawing, self._shelf, self._tell, self._expect = drawing, shelf, tell, expect
        self._look_every_s, self._settle_after_s = look_every_s, settle_after_s
        self._by_case = by_case
        self._is_edited, self._edited_at = False, 0.0
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
        """Look once, and draw if anything has changed: what was decided about at once, all when it is quiet.

        Returns
        -------
        bool
            Whether it had.
        """
        now = self._drawing.mark()
        if now == self._seen:
            if not self._is_edited or time.monotonic() - self._edited_at < self._settle_after_s:
                return False
        elif self._by_case and self._edit():
            return True
        mark, draft = self._drawing.draw()
        before = self._shelf.live
        standing = standing_of(draft, drawn_at=datetime.now(UTC), before=before)
        self._seen, self._is_edited, self.fault = mark, False, None
        self._put(standing, before)
        if self._by_case:
            self._drawing.follow(draft)
        return True

    def _edit(self) -> bool:
        """Change the live draft where decisions touch it; not where it must be drawn anew."""
        before = self._shelf.live
        if self._seen is None or before is None:
            return False
        try:
            found = self._drawing.edit(self._seen)
            standing = (
                None if found is None else edited_standing(before, found[1], drawn_at=datetime.now(UTC))
            )
        except Exception:  # noqa: BLE001 - drawing the day as a whole does not rest on what was followed
            _log.exception("decisions could not be put into the live draft; it is drawn as a whole")
            return False
        if found is None or standing is None:
            return False
        self._seen = found[0]
        self._is_edited, self._edited_at = True, time.monotonic()
        self._put(standing, before)
        return True

    def _put(self, standing: Standing, before: Standing | None) -> None:
        previous = None if before is None else before.view
        if previous is not None and previous.digest == standing.view.digest:
            self._shelf.put_live(standing)
            return
        changes = compare_drafts(previous, standing.view)
        self._expect(standing.view)
        self._shelf.put_live(standing)
        self._tell(standing.view, previous, changes)

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
    return Standing(view, draft, draft.rule_set.diseases)


def edited_standing(before: Standing, edited: Edited, *, drawn_at: datetime) -> Standing:
    """Put an edit into what stands on the shelf; it cannot be kept until it is drawn anew.

    Parameters
    ----------
    before : Standing
        What stands.
    edited : Edited
        What was made anew.
    drawn_at : datetime
        When, with zone.

    Returns
    -------
    Standing
        Without a draft.
    """
    zones = frozenset((str(certainty), name) for name, certainty in edited.zones_gone.items())
    places = frozenset((place,) for place in edited.places_gone)
    view = before.view.edited(
        {
            "communes": Updated("code", edited.communes),
            "containment_zones": Replaced(zones, edited.zones, ("certainty", "zone_id")),
            "cases": Replaced(places, edited.points, ("place_id",)),
        },
        counts=edited.counts,
        drawn_at=drawn_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    return Standing(view, None, before.diseases)
