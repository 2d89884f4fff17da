"""The thread that keeps the live draft: it looks for changes, draws, puts the draft up and tells of it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

from geozone.api.drafts.changes import LayerChange, compare_drafts, put_together
from geozone.api.drafts.geometries import DraftGeometries
from geozone.api.drafts.shelf import DraftShelf, Standing
from geozone.draft import Draft, Edited, LiveState, case_points
from geozone.errors import NotFoundError
from geozone.release import DraftView, Replaced, Updated, view_draft

__all__ = ["Drawing", "Follower", "edited_standing", "standing_of"]

_log = logging.getLogger("geozone.api")
_LOOK_EVERY_S = 0.2
_AGAIN_AFTER_S = 5.0
_SETTLE_AFTER_S = 3.0
_KEYS = {"communes": ("code",), "containment_zones": ("certainty", "zone_id"), "cases": ("place_id",)}

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

    def follow(self, draft: Draft) -> LiveState | None:
        """Begin to follow single cases from a draft on; ``None`` where that cannot be done."""
        ...

    def edit(self, state: LiveState, since: Mark) -> tuple[Mark, Edited] | None:
        """Make anew what decisions since then touch; ``None`` where the day must be drawn anew."""
        ...

    def halt(self) -> None:
        """End a drawing under way as soon as that can be done."""
        ...


class Whole(NamedTuple):
    """A day drawn as a whole, ready to be put up and to be followed."""

    mark: Mark
    standing: Standing
    state: LiveState | None
    base: DraftView | None
    """What it was compared with."""
    changes: list[LayerChange]


class Follower:
    """Keeps the live draft of a shelf up to date, whichever process changes the workspace.

    Once started, a day is drawn as a whole beside the following: decisions go on to change the live draft
    meanwhile, and are put into the new one before that is put up.

    Parameters
    ----------
    drawing : Drawing
        What is drawn.
    shelf : DraftShelf
        Where the live draft is put.
    tell : callable
        Told of each change.
    geometries : DraftGeometries, optional
        Told of each view before it is put up.
    look_every_s : float
        Seconds between two looks.
    settle_after_s : float
        Seconds without a decision after which an edited draft is drawn anew, with all that edits leave out;
        not before the last such drawing is as long ago as it took.
    by_case : bool
        Whether decisions change the draft at once where they touch it; else every change is drawn as a whole.
    """

    def __init__(
        self,
        drawing: Drawing,
        shelf: DraftShelf,
        tell: Tell,
        *,
        geometries: DraftGeometries | None = None,
        look_every_s: float = _LOOK_EVERY_S,
        settle_after_s: float = _SETTLE_AFTER_S,
        by_case: bool = True,
    ) -> None:
        self._drawing, self._shelf, self._tell = drawing, shelf, tell
        self._geometries = geometries or DraftGeometries(None)
        self._look_every_s, self._settle_after_s = look_every_s, settle_after_s
        self._by_case = by_case
        self._is_edited, self._edited_at, self._rested_at = False, 0.0, 0.0
        self._seen: Mark | None = None
        self._asked: Mark | None = None
        self._vain: Mark | None = None  # nothing could be drawn of this
        self._state: LiveState | None = None
        self._aside: ThreadPoolExecutor | None = None
        self._drawn: Future[Whole] | None = None
        self._told: list[list[LayerChange]] = []  # since the drawing under way began
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.fault: str | None = None

    def start(self) -> None:
        """Begin to follow."""
        self._aside = ThreadPoolExecutor(1, thread_name_prefix="whole-draft")
        self._thread = threading.Thread(target=self._run, name="live-draft", daemon=True)
        self._thread.start()

    def look(self) -> None:
        """Look now: something was just written."""
        self._wake.set()

    def stop(self) -> None:
        """End, and end a drawing under way."""
        self._stop.set()
        self._wake.set()
        self._drawing.halt()
        if self._thread is not None:
            self._thread.join()
        if self._aside is not None:
            self._aside.shutdown()

    def step(self) -> bool:
        """Look once, and draw if anything has changed: what was decided about at once, all when it is quiet.

        Returns
        -------
        bool
            Whether the live draft is another.
        """
        if self._drawn is not None and self._drawn.done():
            drawn, self._drawn = self._drawn, None
            return self._put_up(drawn.result())
        now = self._drawing.mark()
        if now == self._vain:
            return False
        if now == self._seen:
            if not self._is_edited or not self._is_quiet():
                return False
        elif self._by_case and self._edit():
            return True
        if self._aside is None:
            return self._put_up(self._draw_whole())
        if self._drawn is None:
            self._told, self._asked = [], now
            self._drawn = self._aside.submit(self._draw_whole)
            self._drawn.add_done_callback(lambda _: self._wake.set())
        return False

    def _is_quiet(self) -> bool:
        is_rested = self._aside is None or time.monotonic() >= self._rested_at
        return is_rested and time.monotonic() >= self._edited_at + self._settle_after_s

    def _draw_whole(self) -> Whole:
        """Draw the day, and do all that can be done before it is put up."""
        began = time.monotonic()
        mark, draft = self._drawing.draw()
        before = self._shelf.live
        standing = standing_of(draft, drawn_at=datetime.now(UTC), before=before)
        base = None if before is None else before.view
        same = base is not None and base.digest == standing.view.digest
        changes = [] if same else compare_drafts(base, standing.view)
        state = self._drawing.follow(draft) if self._by_case else None
        if state is not None:
            make_editable(standing.view)
        if not same:
            self._geometries.expect_whole(standing.view)
        ended = time.monotonic()
        self._rested_at = ended + (ended - began)
        return Whole(mark, standing, state, base, changes)

    def _put_up(self, whole: Whole) -> bool:
        """Put up a day drawn as a whole, with what was decided since."""
        before = self._shelf.live
        self._seen, self._state, self._is_edited, self.fault = whole.mark, whole.state, False, None
        same = before is not None and before.view.digest == whole.standing.view.digest
        if same or self._drawing.mark() == whole.mark or not self._edit(whole):
            self._put(whole.standing, before, [*self._told, whole.changes])
        return True

    def _edit(self, whole: Whole | None = None) -> bool:
        """Change the live draft, or a new one, where decisions touch it; not where it must be drawn anew."""
        live = self._shelf.live
        onto = live if whole is None else whole.standing
        state, self._state = self._state, None  # none to go on from if this one fails half-way
        if self._seen is None or onto is None or state is None:
            return False
        try:
            found = self._drawing.edit(state, self._seen)
            if found is None:
                return False
            standing = edited_standing(onto, found[1], drawn_at=datetime.now(UTC))
            changes = compare_drafts(onto.view, standing.view)
            self._geometries.expect(standing.view)
        except Exception:  # noqa: BLE001 - drawing the day as a whole does not rest on what was followed
            _log.exception("decisions could not be put into the live draft; it is drawn as a whole")
            return False
        self._seen, self._state = found[0], state
        self._is_edited, self._edited_at = True, time.monotonic()
        earlier = [] if whole is None else [*self._told, whole.changes]
        self._told.append(changes)
        self._put(standing, live, [*earlier, changes])
        return True

    def _put(self, standing: Standing, before: Standing | None, changes: list[list[LayerChange]]) -> None:
        previous = None if before is None else before.view
        self._shelf.put_live(standing)
        if previous is None or previous.digest != standing.view.digest:
            told = [one for one in changes if one]
            self._tell(standing.view, previous, told[0] if len(told) == 1 else put_together(told))

    def _run(self) -> None:
        while not self._stop.is_set():
            wait = self._look_every_s
            try:
                if self.step():
                    continue
            except NotFoundError as nothing:
                self.fault = str(nothing)
                self._vain = self._asked
            except Exception:  # noqa: BLE001 - the service goes on; what is served says when it was drawn
                if not self._stop.is_set():
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
            "containment_zones": Replaced(zones, edited.zones, _KEYS["containment_zones"]),
            "cases": Replaced(places, edited.points, _KEYS["cases"]),
        },
        counts=edited.counts,
        drawn_at=drawn_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    return Standing(view, None, before.diseases)


def make_editable(view: DraftView) -> None:
    """Work out ahead what the first edit of a view needs.

    Parameters
    ----------
    view : DraftView
        Drawn as a whole.
    """
    for layer, columns in _KEYS.items():
        view.prepare_edits(layer, columns)
