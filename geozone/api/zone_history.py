"""What became of a zone from release to release."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pandas as pd

from geozone.api.catalogue import Catalogue
from geozone.api.problems import ProblemError
from geozone.geojson import plain_values

__all__ = ["zone_history_document"]

_SHOWN = (
    "certainty", "case_count", "case_count_upper", "opened_on", "last_case_on", "earliest_lift_on",
    "residents", "area_km2",
)  # fmt: skip
Event = tuple[str, str, str | None]


def zone_history_document(catalogue: Catalogue, zone_id: str) -> dict[str, Any]:
    """Tell the history of a zone from the releases: no draft and no case has a part in it.

    Parameters
    ----------
    catalogue : Catalogue
        Every release.
    zone_id : str
        Identifier of a containment zone.

    Returns
    -------
    dict
        ``days`` (its figures in each release, oldest first), ``events`` (``opened``, ``closed``,
        ``merged`` into or ``split`` from ``related``), and ``sentences`` in both languages.

    Raises
    ------
    ProblemError
        404 if no release has such a zone, 503 if there is no release at all.
    """
    catalogue.find(None)  # without any release, say so
    lines = _one_a_day(catalogue)
    tables = [catalogue.zones(digest) for _, digest in lines]
    days = []
    for (as_of, digest), table in zip(lines, tables, strict=True):
        row = table[(table["zone_id"] == zone_id).to_numpy(dtype=bool)]
        if len(row):
            shown = {name: plain_values(row[name])[0] for name in _SHOWN if name in row.columns}
            days.append({"as_of": as_of, "digest": digest, **shown})
    if not days:
        raise ProblemError(404, "There is no zone with that identifier in any release.")
    events: list[dict[str, Any]] = []
    empty = tables[0].iloc[:0]
    for number, (before, after) in enumerate(pairwise([empty, *tables])):
        as_of, digest = lines[number]
        events += [
            {"as_of": as_of, "digest": digest, "zone_id": name, "event": event, "related": related}
            for name, event, related in _events(before, after)
            if zone_id in (name, related)
        ]
    return {
        "zone_id": zone_id,
        "days": days,
        "events": events,
        "sentences": _sentences(zone_id, days, events),
    }


def _one_a_day(catalogue: Catalogue) -> list[tuple[str, str]]:
    """Day and digest of the newest release of each day, oldest first."""
    newest: dict[str, str] = {}
    for line in catalogue.lines():
        newest.setdefault(line.as_of.isoformat(), line.digest)
    return sorted(newest.items())


def _events(before: pd.DataFrame, after: pd.DataFrame) -> list[Event]:
    """Say what became of zones between two releases, from the names that each later one came from."""
    old, new = set(before["zone_id"]), set(after["zone_id"])
    origins = {
        name: set(json.loads(text)) & old
        for name, text in zip(after["zone_id"], after["came_from"], strict=True)
    }
    found: list[Event] = []
    merged: set[str] = set()
    for name, parents in sorted(origins.items()):
        found += [(one, "merged", name) for one in sorted(parents - new)]
        merged |= parents - new
        if name not in old:
            kept = sorted(parents & new)
            found += [(name, "split", one) for one in kept]
            found += [] if parents else [(name, "opened", None)]
    return found + [(name, "closed", None) for name in sorted(old - new - merged)]


def _sentences(
    zone_id: str, days: list[dict[str, Any]], events: list[dict[str, Any]]
) -> list[dict[str, str]]:
    # Loaded here: a service starts without what draws zones.
    from geozone.draft import ZoneHistory, zone_sentences  # noqa: PLC0415

    table = pd.DataFrame(days).assign(zone_id=zone_id)
    for name in ("as_of", "opened_on", "last_case_on", "earliest_lift_on"):
        table[name] = pd.to_datetime(table[name])
    columns = ["as_of", "zone_id", "event", "related"]
    happened = pd.DataFrame([[event[name] for name in columns] for event in events], columns=columns)
    happened["as_of"] = pd.to_datetime(happened["as_of"])
    told = zone_sentences(ZoneHistory(table, happened), zone_id)
    return [{"vi": vietnamese, "en": english} for vietnamese, english in told]
