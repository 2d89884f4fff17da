"""The draft of what the workspace holds now, drawn again whenever that has changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from geozone.admin import AdminUnits
from geozone.draft import Draft, Edited, LiveState, can_follow
from geozone.errors import NotFoundError
from geozone.pipeline.aside import Aside, Known
from geozone.pipeline.decide import choose_rules, draw_day, keep_draft
from geozone.pipeline.geocoding import geocode_pending
from geozone.release import DraftView, view_draft
from geozone.workspace import Workspace
from geozone.zoning import Land

__all__ = ["LiveDraft", "Mark"]

Mark = tuple[Any, ...]
"""What a draft rests on; another one after anything that may change it."""


class LiveDraft:
    """Draws the newest line list under the rules in force.

    Parameters
    ----------
    workspace : Workspace
        Open, and kept open by whoever opened it.
    now : callable
        Tells the time, with zone.
    actor : str
        Who is recorded for geocoding what is pending.
    as_of : date, optional
        The day; that of the newest case by default.
    rules_id : str, optional
        The rule set; the one in force by default.
    rules_folder : Path, optional
        The user's own rule sets.
    reopen : callable, optional
        Opens the workspace again in another process, where days are then drawn; it, ``now`` and all else
        given here are sent there. Without it they are drawn in this one.
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        now: Callable[[], datetime],
        actor: str,
        as_of: date | None = None,
        rules_id: str | None = None,
        rules_folder: Path | None = None,
        reopen: Callable[[], Workspace] | None = None,
    ) -> None:
        self._space, self._now, self._actor = workspace, now, actor
        self._as_of, self._rules_id, self._rules_folder = as_of, rules_id, rules_folder
        self._reopen, self._aside = reopen, Aside()
        self._held: tuple[str | None, AdminUnits, Land] | None = None

    def mark(self) -> Mark:
        """Tell what a draft would rest on now; quick enough to be asked several times a second.

        Returns
        -------
        tuple
            How far the store has been written, and which files are in force.
        """
        root = self._space.root
        pointers = sorted((path.parent.name, path.read_text("ascii")) for path in root.glob("*/current"))
        own_rules = self._rules_folder.glob("*") if self._rules_folder is not None else ()
        days = (root / "zones").glob("*")
        touched = sorted((str(path), path.stat().st_mtime_ns) for path in (*own_rules, *days))
        return (*self._space.store.mark(), tuple(pointers), tuple(touched))

    def draw(self) -> tuple[Mark, Draft]:
        """Geocode what is pending and draw.

        Returns
        -------
        mark : tuple
            What the draft rests on, or an older one if something was written meanwhile.
        draft : Draft
            The same as ``geozone draft`` makes of the same line list.

        Raises
        ------
        NotFoundError
            If there is no case yet, or no rule set in force.
        """
        if self._reopen is not None:
            options = {"now": self._now, "actor": self._actor, "as_of": self._as_of}
            options |= {"rules_id": self._rules_id, "rules_folder": self._rules_folder}
            drawn: tuple[Mark, Draft] = self._aside.run(_drawn_there, (self._reopen, options), self._known)
            return drawn
        units, land = self._outlines()
        geocode_pending(self._space, units=units, geocoded_at=self._now(), actor=self._actor)
        mark = self.mark()
        as_of = self._as_of or self._newest()
        rules = choose_rules(self._space, self._rules_id, as_of, self._rules_folder)
        draft = draw_day(
            self._space,
            rules=rules,
            as_of=as_of,
            drawn_at=self._now(),
            actor=self._actor,
            prepared=(units, land),
        )
        return mark, draft

    def halt(self) -> None:
        """End a drawing under way in another process."""
        self._aside.halt()

    def follow(self, draft: Draft) -> LiveState | None:
        """Begin to follow single cases from a draft on.

        Parameters
        ----------
        draft : Draft
            Drawn here.

        Returns
        -------
        LiveState or None
            ``None`` where its rules and zones do not allow it.
        """
        return LiveState(draft) if can_follow(draft) else None

    def edit(self, state: LiveState, since: Mark) -> tuple[Mark, Edited] | None:
        """Make anew what decisions of reviewers touch, and nothing else.

        Parameters
        ----------
        state : LiveState
            What follows the last draft or edit; not to be used again where this fails.
        since : tuple
            What that rests on.

        Returns
        -------
        tuple of (tuple, Edited) or None
            What it rests on now, and what is different; ``None`` where the day must be drawn anew.
        """
        now = self.mark()
        if now[2:] != since[2:]:
            return None
        rows = self._space.store.decided_since((since[0], since[1]))
        if rows is None:
            return None
        diseases = state.diseases
        changed = {
            str(case_id): part.to_dict("records")
            for case_id, part in rows.groupby("case_id", sort=False)
            if part["disease"].isin(diseases).all()
        }
        return now, state.replace(changed)

    def keep(self, draft: Draft, *, actor: str) -> str:
        """Keep a draft that was drawn here as ``geozone draft`` keeps it.

        Parameters
        ----------
        draft : Draft
            The draft.
        actor : str
            Who keeps it.

        Returns
        -------
        str
            Its identifier: it is the latest draft now.
        """
        return keep_draft(self._space, draft, drawn_at=self._now(), actor=actor)

    def kept(self, name: str) -> DraftView:
        """Read a draft that was kept, as a release is read.

        Parameters
        ----------
        name : str
            Its identifier.

        Returns
        -------
        DraftView
            Named by that identifier; without the points of its cases.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        saved = self._space.drafts.load(name)
        return view_draft(saved, drawn_at=saved.saved_at, digest=saved.id)

    def _outlines(self) -> tuple[AdminUnits, Land]:
        """Read the outlines in force, once for as long as they are."""
        digest = self._space.units_digest()
        if self._held is None or self._held[0] != digest:
            units = self._space.units()
            self._held = (digest, units, Land.of(units))
        return self._held[1:]

    def _known(self) -> Known:
        """Give the outlines in force, which every process that opens the workspace has."""
        units, land = self._outlines()
        digest = self._held[0] if self._held is not None else None
        return digest, [units, land, *units.communes.geometry.array, *land.geometries]

    def _newest(self) -> date:
        days = self._space.store.cases()["report_date"]
        if days.empty:
            raise NotFoundError("no cases have been imported: import a line list")
        newest: date = days.max().date()
        return newest


def _drawn_there(
    reopen: Callable[[], Workspace], options: dict[str, Any]
) -> tuple[Known, tuple[Mark, Draft]]:
    """Draw, in another process."""
    with reopen() as space:
        live = LiveDraft(space, **options)
        answer = live.draw()
        return live._known(), answer
