"""The private part of a workspace behind the review routes: loaded only for ``geozone serve --analyst``."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson
import shapely
from shapely.geometry.base import BaseGeometry

from geozone.access.purposes import Purpose
from geozone.errors import NotFoundError
from geozone.pipeline import decisions
from geozone.pipeline.decisions import Decided, Reviewer
from geozone.pipeline.review import (
    ReviewQueue,
    decision_history,
    find_place,
    match_rate,
    place_token,
    read_places,
    review_queue,
)
from geozone.pipeline.review_limits import (
    Within,
    provinces_of,
    resource_of_commune,
    resource_of_places,
    visible_places,
)
from geozone.review import QueueEntry
from geozone.review.documents import entry_document
from geozone.types import ReviewOrder, ReviewScope
from geozone.workspace import Workspace

__all__ = ["WorkspaceDesk"]

_DECIMALS = 6


class WorkspaceDesk:
    """The review of one workspace; safe to share between threads.

    Parameters
    ----------
    workspace : Workspace
        Open, and kept open by whoever opened it.
    now : callable
        Tells the time, with zone.
    rules_folder : Path, optional
        The user's own rule sets.
    decided : callable, optional
        Called after each decision and each taking back.
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        now: Callable[[], datetime],
        rules_folder: Path | None = None,
        decided: Callable[[], None] = lambda: None,
    ) -> None:
        self._space, self._now, self._rules_folder = workspace, now, rules_folder
        self._decided = decided
        self._lock = threading.Lock()
        self._kept: tuple[tuple[str, ...], ReviewQueue] | None = None

    def queue(
        self,
        *,
        actor: str,
        order: str,
        as_of: date | None,
        limit: int,
        within: Within | None = None,
        purpose: Purpose | None = None,
    ) -> dict[str, Any]:
        """List the queue."""
        with self._lock:
            found = self._find(actor, order, as_of)
            rate = match_rate(self._space)
        mine = [one for one in found.entries if self._concerns(found, one, within)]
        listed = mine[:limit]
        self._note("review queue", sum(len(entry.doubt.rows) for entry in listed), actor, purpose)
        return {
            "as_of": found.as_of.isoformat(),
            "rules": found.rules.id,
            "doubtful_addresses": len(mine),
            "match_rate": {name: getattr(rate, name) for name in rate.__slots__},
            "queue": [entry_document(entry) | {"revision": found.token(entry)} for entry in listed],
        }

    def entry(
        self,
        place: str,
        *,
        actor: str,
        as_of: date | None,
        within: Within | None = None,
        purpose: Purpose | None = None,
    ) -> dict[str, Any]:
        """Describe one address."""
        with self._lock:
            found = self._find(actor, str(ReviewOrder.EFFECT), as_of)
            outlines = self._space.units().communes.set_index("code").geometry
        row = find_place(found.places, place)
        entry = next((one for one in found.entries if row in one.doubt.rows), None)
        if entry is None or not self._concerns(found, entry, within):
            raise NotFoundError(f"place {place} is not doubtful")
        mine = found.places.iloc[list(entry.doubt.rows)]
        self._note(f"review {place}", len(mine), actor, purpose)
        document = entry_document(entry)
        nothing: dict[str, Any] = {"bbox": None, "geometry": None}
        document["answers"] = [
            answer | (_outline(outlines[answer["code"]]) if answer["code"] in outlines.index else nothing)
            for answer in document["answers"]
        ]
        first = mine.iloc[0]
        return document | {
            "revision": found.token(entry),
            "as_of": found.as_of.isoformat(),
            "point": None
            if first[["geo_lon", "geo_lat"]].isna().any()
            else {
                "lon": float(first["geo_lon"]),
                "lat": float(first["geo_lat"]),
                "uncertainty_m": float(first["geo_uncertainty_m"]),
            },
            "places": mine[["case_id", "role", "count"]].to_dict("records"),
        }

    def decide(
        self,
        place: str,
        decision: dict[str, Any],
        *,
        expected: str,
        actor: str,
        within: Within | None = None,
    ) -> dict[str, Any]:
        """Decide about the places of one address."""
        given = decision
        if within is not None:
            self._refuse_beyond(place, given, within)
        reviewer = Reviewer(
            actor, self._now(), ReviewScope(given["scope"]), expected=expected, teach=given["teach"]
        )
        reason = given["reason"]
        with self._lock:
            if given["action"] == "accept":
                done = decisions.accept(self._space, place, reviewer, reason=reason)
            elif given["action"] == "choose":
                done = decisions.choose(self._space, place, given["code"], reviewer, reason=reason)
            elif given["action"] == "pin":
                done = decisions.pin(
                    self._space,
                    place,
                    given["lon"],
                    given["lat"],
                    reviewer,
                    uncertainty_m=given["uncertainty_m"] or decisions.PIN_UNCERTAINTY_M,
                    reason=reason,
                )
            else:
                done = decisions.reject(self._space, place, reason or "", reviewer)
        self._decided()
        return _document(done)

    def undo(
        self, number: int, *, reason: str | None, actor: str, within: Within | None = None
    ) -> dict[str, Any]:
        """Take a decision back."""
        if within is not None and number not in {row["decision"] for row in self._told(None, within)}:
            raise NotFoundError(f"there is no decision {number}")
        with self._lock:
            done = decisions.undo(self._space, number, Reviewer(actor, self._now()), reason=reason)
        self._decided()
        return _document(done) | {"undoes": number}

    def history(
        self,
        place: str | None,
        *,
        limit: int,
        actor: str,
        within: Within | None = None,
        purpose: Purpose | None = None,
    ) -> dict[str, Any]:
        """Tell what was decided."""
        rows = self._told(place, within)[:limit]
        self._note("review history", sum(len(row["changes"]) for row in rows), actor, purpose)
        return {"decisions": rows}

    def _told(self, place: str | None, within: Within | None) -> list[dict[str, Any]]:
        """Tell the decisions all of whose places lie within the limits."""
        rows = decision_history(self._space, place)
        if within is None:
            return rows
        seen = visible_places(read_places(self._space), self._space, within)
        return [
            row
            for row in rows
            if row["changes"] and all((one["case_id"], one["role"]) in seen for one in row["changes"])
        ]

    def _concerns(self, found: ReviewQueue, entry: QueueEntry, within: Within | None) -> bool:
        if within is None:
            return True
        rows = found.places.iloc[list(entry.doubt.rows)]
        return within(resource_of_places(rows, provinces_of(self._space)))

    def _refuse_beyond(self, place: str, given: dict[str, Any], within: Within) -> None:
        """Refuse a decision about what lies beyond the limits, or that would move it there."""
        table = read_places(self._space)
        row = find_place(table, place)
        same = table[table["key"] == table["key"].iloc[row]]
        provinces = provinces_of(self._space)
        asked = [resource_of_places(same, provinces)]
        if given["action"] == "choose":
            asked.append(resource_of_commune(str(given["code"]), provinces))
        if given["action"] == "pin":
            units = self._space.units()
            at = int(units.index.locate([given["lon"]], [given["lat"]])[0])
            code = str(units.communes["code"].iloc[at]) if at >= 0 else ""
            asked.append(resource_of_commune(code, provinces))
        if not all(within(one) for one in asked):
            raise NotFoundError(f"place {place} is not doubtful")

    def _find(self, actor: str, order: str, as_of: date | None) -> ReviewQueue:
        """Build the queue, or take the last one if nothing it rests on has changed."""
        rest = self._rest(order, as_of)
        if self._kept is None or self._kept[0] != (place_token(read_places(self._space)), *rest):
            found = review_queue(
                self._space,
                at=self._now(),
                actor=actor,
                as_of=as_of,
                rules_folder=self._rules_folder,
                order=ReviewOrder(order),
            )
            self._kept = ((place_token(found.places), *rest), found)
        return self._kept[1]

    def _rest(self, order: str, as_of: date | None) -> tuple[str, ...]:
        """Name what the queue rests on besides the places."""
        store = self._space.store
        return (
            str(len(store.source_table())),
            str(store.aliases()["number"].tolist()),
            str(self._space.units_digest()),
            str(len(self._space.releases.list())),
            order,
            str(as_of),
        )

    def _note(self, what: str, places: int, actor: str, purpose: Purpose | None) -> None:
        self._space.store.note_reading(what, places, at=self._now(), actor=actor, purpose=purpose)


def _document(done: Decided) -> dict[str, Any]:
    return {
        "decision": done.decision,
        "places": done.places,
        "people": done.people,
        "name": done.name,
        "alias": done.alias,
    }


def _outline(geometry: BaseGeometry) -> dict[str, Any]:
    """Give the box and the outline of a commune as GeoJSON."""
    rounded = shapely.set_precision(geometry, 10.0**-_DECIMALS)
    return {
        "bbox": [round(float(edge), _DECIMALS) for edge in geometry.bounds],
        "geometry": orjson.loads(shapely.to_geojson(rounded)),
    }
