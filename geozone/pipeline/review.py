"""The queue of doubtful addresses of a workspace, and how well addresses were placed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from geozone import vaccination
from geozone.admin import AdminUnits
from geozone.errors import NotFoundError
from geozone.geocoding import Geocoder
from geozone.levels.placement import first_places
from geozone.pipeline.days import earlier_levels, line_of
from geozone.pipeline.decide import choose_rules
from geozone.pipeline.geocoding import geocode_pending, workspace_geocoder
from geozone.review import Basis, QueueEntry, address_keys, build_queue, find_doubts
from geozone.rules import RuleSet
from geozone.types import GeoStatus, MatchLevel, Progress, ReviewAction, ReviewOrder, no_progress
from geozone.workspace import Workspace

__all__ = [
    "MatchRate",
    "ReviewQueue",
    "find_place",
    "match_rate",
    "place_token",
    "read_places",
    "review_queue",
]

_PLACED = tuple(str(level) for level in MatchLevel if level.rank <= MatchLevel.COMMUNE.rank)
_TOKEN_COLUMNS = (
    "case_id", "role", "revision", "decision", "geo_status", "geo_commune_code", "geo_candidates"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReviewQueue:
    """The doubtful addresses of a day, those that decide most first.

    Attributes
    ----------
    as_of : date
        The day the effects hold for.
    rules : RuleSet
        The rules they were computed by.
    entries : tuple of QueueEntry
        One per address.
    places : DataFrame
        Private: the places that the rows of the doubts point to.
    """

    as_of: date
    rules: RuleSet
    entries: tuple[QueueEntry, ...]
    places: pd.DataFrame

    def token(self, entry: QueueEntry) -> str:
        """Name the state of an address: another one after any decision, change or new case.

        Parameters
        ----------
        entry : QueueEntry
            One of the entries.

        Returns
        -------
        str
            Hexadecimal.
        """
        return place_token(self.places.iloc[list(entry.doubt.rows)])


@dataclass(frozen=True, slots=True)
class MatchRate:
    """How cases came to their place; people, each once, where they live first.

    Attributes
    ----------
    cases : int
        All of them: the sum of the next four.
    automatic : int
        Placed in one commune by the geocoder.
    reviewed : int
        Placed by a reviewer.
    rejected : int
        Left unplaced by a reviewer, with a reason.
    remaining : int
        Not placed in one commune, and not decided about.
    decisions : int
        Decisions in force that chose a place among candidates.
    first_accepted : int
        Of these, those that took the geocoder's first answer.
    """

    cases: int
    automatic: int
    reviewed: int
    rejected: int
    remaining: int
    decisions: int
    first_accepted: int

    def lines(self) -> list[str]:
        """Tell it in words.

        Returns
        -------
        list of str
            Two lines.
        """
        parts = ((self.automatic, "automatically"), (self.reviewed, "by review"))
        shares = ", ".join(f"{count} placed {how} ({_percent(count, self.cases)})" for count, how in parts)
        return [
            f"{self.cases} cases: {shares}, {self.rejected} rejected, {self.remaining} remaining"
            f" ({_percent(self.remaining, self.cases)})",
            f"First answer accepted in {self.first_accepted} of {self.decisions} decisions",
        ]


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def read_places(workspace: Workspace, *, cases: Sequence[str] | None = None) -> pd.DataFrame:
    """Read every place with its case, its geocode and what it has in common with others.

    Parameters
    ----------
    workspace : Workspace
        Where from; nothing is pending.
    cases : sequence of str, optional
        Only those of these cases; at least one.

    Returns
    -------
    DataFrame
        Private: the columns of ``Store.review_places`` and of the cases, ``key`` (one for all places that
        one decision settles) and ``outdated``; index 0 to n - 1.
    """
    places = workspace.store.review_places(cases=cases).drop(columns=["report_date"])
    table = places.merge(workspace.store.cases(only=cases), on="case_id", how="inner", validate="m:1")
    table = table[table["geo_status"].notna()].reset_index(drop=True)
    table["key"] = address_keys(table)
    table["outdated"] = (table["place_revision"] != table["revision"]).to_numpy(dtype=bool)
    table["manual"] = table["manual"].fillna(False).to_numpy(dtype=bool)
    return table


def review_queue(
    workspace: Workspace,
    *,
    at: datetime,
    actor: str,
    as_of: date | None = None,
    rules: RuleSet | None = None,
    rules_folder: Path | None = None,
    order: ReviewOrder = ReviewOrder.EFFECT,
    progress: Progress = no_progress,
) -> ReviewQueue:
    """Find the doubtful addresses and what each answer would change.

    Parameters
    ----------
    workspace : Workspace
        Where from; what is pending is geocoded first.
    at : datetime
        Time, with zone.
    actor : str
        Who asks.
    as_of : date, optional
        The day; that of the newest case by default.
    rules : RuleSet, optional
        The rules; those in force for the disease on the day by default.
    rules_folder : Path, optional
        The user's own rule sets.
    order : ReviewOrder
        What comes first.
    progress : callable
        Told of each stage.

    Returns
    -------
    ReviewQueue
        Private: it holds addresses.

    Raises
    ------
    NotFoundError
        If no case has been imported.
    """
    units = workspace.units()
    geocode_pending(workspace, units=units, geocoded_at=at, actor=actor, progress=progress)
    table = read_places(workspace)
    if table.empty:
        raise NotFoundError("no cases have been imported: import a line list first")
    day = as_of or table["report_date"].max().date()
    chosen = rules or choose_rules(workspace, None, day, rules_folder)
    doubts = find_doubts(table, reread=_Rereader(workspace, units))
    entries = build_queue(
        _basis(workspace, units, table, chosen, day), doubts, order=order, progress=progress
    )
    return ReviewQueue(day, chosen, tuple(entries), table)


class _Rereader:
    """Geocodes addresses without their points; the geocoder is built at the first question."""

    def __init__(self, workspace: Workspace, units: AdminUnits) -> None:
        self._workspace, self._units = workspace, units
        self._geocoder: Geocoder | None = None

    def __call__(self, asked: pd.DataFrame) -> pd.DataFrame:
        if self._geocoder is None:
            self._geocoder = workspace_geocoder(self._workspace, self._units)
        return self._geocoder.geocode(asked["address"], dates=asked["report_date"])


def _basis(
    workspace: Workspace, units: AdminUnits, table: pd.DataFrame, rules: RuleSet, as_of: date
) -> Basis:
    """Gather what a draft of the day would be drawn from."""
    store = workspace.store
    population, doses = store.population(), store.doses()
    coverage = None
    if len(doses) and len(population):
        coverage = vaccination.coverage(doses, population, units.communes, as_of=as_of)
    # A case of another disease is in the queue, but changes nothing under these rules: it is never reported.
    mine = table["disease"].isin(rules.diseases)
    return Basis(
        table.assign(report_date=table["report_date"].where(mine)),
        units,
        rules,
        as_of,
        population=population if len(population) else None,
        coverage=coverage,
        previous=earlier_levels(workspace, line_of(table[mine]), as_of),
    )


def place_token(rows: pd.DataFrame) -> str:
    """Name the state of the places of one address.

    Parameters
    ----------
    rows : DataFrame
        Private: rows of ``read_places``.

    Returns
    -------
    str
        Hexadecimal; another one after a decision, a change of a place or of its answer, or a new case.
    """
    kept = rows.sort_values(["case_id", "role"])[list(_TOKEN_COLUMNS)].astype(object)
    text = json.dumps(kept.where(kept.notna(), None).to_numpy().tolist(), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def find_place(table: pd.DataFrame, reference: str, role: str = "home") -> int:
    """Find the place that a person means.

    Parameters
    ----------
    table : DataFrame
        Of ``read_places``.
    reference : str
        ``p812`` as the queue names it, or a case.
    role : str
        Which place of a case.

    Returns
    -------
    int
        Its row.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    numbered = reference[:1] == "p" and reference[1:].isdigit()
    if numbered:
        found = table.index[table["place"] == int(reference[1:])]
        if len(found):
            return int(found[0])
    found = table.index[(table["case_id"] == reference) & (table["role"] == role)]
    if not len(found):
        what = f"place {reference}" if numbered else f"{role} place of a case {reference!r}"
        raise NotFoundError(f"there is no {what}; `geozone review list` names them")
    return int(found[0])


def match_rate(workspace: Workspace) -> MatchRate:
    """Measure how cases came to their place.

    Parameters
    ----------
    workspace : Workspace
        Where from.

    Returns
    -------
    MatchRate
        Counts of people.
    """
    first = first_places(read_places(workspace))
    placed = (first["geo_status"] == str(GeoStatus.MATCH)) & first["geo_level"].isin(_PLACED)
    manual, people = first["manual"], first["count"]
    rejected = manual & (first["geo_status"] == str(GeoStatus.NONE))
    made = workspace.store.decisions()
    chosen = made[~made["undone"].astype(bool) & made["action"].isin(_choosing())]
    return MatchRate(
        cases=int(people.sum()),
        automatic=int(people[placed & ~manual].sum()),
        reviewed=int(people[placed & manual].sum()),
        rejected=int(people[rejected].sum()),
        remaining=int(people[~placed & ~rejected].sum()),
        decisions=len(chosen),
        first_accepted=int((chosen["choice"] == 1).sum()),
    )


def _choosing() -> Sequence[str]:
    return [str(ReviewAction.ACCEPT), str(ReviewAction.CHOOSE), str(ReviewAction.PIN)]


def decision_history(
    workspace: Workspace, reference: str | None = None, role: str = "home"
) -> list[dict[str, Any]]:
    """Tell what was decided, newest first, with what was before and after.

    Parameters
    ----------
    workspace : Workspace
        Where from.
    reference : str, optional
        Only about this place (``p812``) or case.
    role : str
        Which place of a case.

    Returns
    -------
    list of dict
        Private: ``decision, at, actor, action, scope, reason, undoes, undone, places, code, lon, lat,
        uncertainty_m`` and ``changes`` (``case_id, role, before, after`` in words).

    Raises
    ------
    NotFoundError
        If there is no such place.
    """
    made = workspace.store.decisions()
    place = None
    if reference is not None:
        table = read_places(workspace)
        row = table.iloc[find_place(table, reference, role)]
        place = (str(row["case_id"]), str(row["role"]))
    changed = workspace.store.decision_places(place=place)
    changes: dict[int, list[dict[str, Any]]] = {}
    for one in changed.to_dict("records"):
        told = {name: one[name] for name in ("case_id", "role")}
        told |= {name: _answer_in_words(one[name]) for name in ("before", "after")}
        changes.setdefault(int(one["decision"]), []).append(told)
    made = made[made["decision"].isin(list(changes))] if place is not None else made
    names = ["decision", "actor", "action", "scope", "reason", "undoes", "undone", "places", "code"]
    names += ["lon", "lat", "uncertainty_m"]
    rows = made.astype(object).where(made.notna(), None).to_dict("records")
    return [
        {
            **{name: row[name] for name in names},
            "undoes": None if row["undoes"] is None else int(row["undoes"]),
            "at": row["at"].isoformat(),
            "changes": changes.get(int(row["decision"]), []),
        }
        for row in rows
    ]


def _answer_in_words(answer: dict[str, Any] | None) -> str:
    if answer is None or answer.get("geo_status") is None:
        return "not geocoded"
    hand = ", by hand" if answer["manual"] else ""
    return f"{answer['geo_status']} {answer['geo_level']} {answer['geo_name'] or ''}".strip() + hand
