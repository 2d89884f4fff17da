"""Decisions of reviewers: appended with before and after, applied to the same address again, undone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import insert, select
from sqlalchemy.engine import Connection

from geozone.errors import ConflictError, NotFoundError
from geozone.schema import CASE_PLACES, GEOCODES, Column
from geozone.store.aliases import forget_aliases_of
from geozone.store.changes import key_of
from geozone.store.frames import execute_many, insert_rows, moment, read, records
from geozone.store.geocodes import save_geocodes
from geozone.store.records import append_audit
from geozone.store.tables import METADATA
from geozone.types import ReviewAction, ReviewScope

__all__ = [
    "Decision",
    "apply_standing",
    "confirm_pins",
    "has_decisions",
    "put_decision",
    "read_decision_places",
    "read_decisions",
    "read_review_places",
    "undo_decision",
]

_DECISIONS = METADATA.tables["review_decisions"]
_KEY = ("case_id", "role")
_GEO = tuple(column.name for column in GEOCODES.columns)
_NUMBERS = frozenset(column.name for column in GEOCODES.columns if column.kind == "number")
_KEPT = (*_GEO, "manual", "inputs", "place_revision")


@dataclass(frozen=True, slots=True)
class Decision:
    """What a reviewer decided, before it is kept.

    Attributes
    ----------
    action : ReviewAction
        What is done.
    scope : ReviewScope
        For which places.
    address_key : str
        Identity of the address: what the places it is for have in common.
    code : str, optional
        Commune, current edition.
    lon, lat : float, optional
        The point, degrees.
    uncertainty_m : float, optional
        Radius that holds the true place, metres.
    choice : int, optional
        Which of the candidates it was, 1 for the geocoder's first; none for another.
    reason : str, optional
        Why, in the reviewer's words.
    """

    action: ReviewAction
    scope: ReviewScope
    address_key: str
    code: str | None = None
    lon: float | None = None
    lat: float | None = None
    uncertainty_m: float | None = None
    choice: int | None = None
    reason: str | None = None


def read_review_places(connection: Connection) -> pd.DataFrame:
    """Read every place with its case and its geocode, for the review.

    Parameters
    ----------
    connection : Connection
        Where to read.

    Returns
    -------
    DataFrame
        Private. ``place`` (number of the place), ``case_id, role, address, lon, lat, revision,
        report_date``, the ``GEOCODES`` columns, ``manual, inputs, place_revision`` and ``decision``
        (the newest decision about it; 0 for none). A place that was not geocoded yet has no answer.
    """
    columns = [
        Column("p.seq", "integer", ""),
        *(Column(f"p.{column.name}", column.kind, "") for column in CASE_PLACES.columns),
        Column("p.revision", "integer", ""),
        Column("c.report_date", "date", ""),
        *(Column(f"g.{column.name}", column.kind, "") for column in GEOCODES.columns),
        Column("g.manual", "boolean", ""),
        Column("g.inputs", "string", ""),
        Column("g.place_revision", "integer", ""),
        Column("d.decision", "integer", ""),
    ]
    found = read(
        connection,
        "case_places p JOIN cases c ON c.case_id = p.case_id "
        "LEFT JOIN geocodes g ON g.case_id = p.case_id AND g.role = p.role "
        "LEFT JOIN (SELECT case_id, role, max(decision) AS decision FROM review_places "
        "GROUP BY case_id, role) d ON d.case_id = p.case_id AND d.role = p.role",
        columns,
        tail="ORDER BY p.seq",
    )
    found["decision"] = found["decision"].fillna(0)
    return found.rename(columns={"seq": "place"})


def put_decision(
    connection: Connection,
    decision: Decision,
    answers: pd.DataFrame,
    *,
    expected: Mapping[tuple[str, str], tuple[int, int]] | None,
    at: datetime,
    actor: str,
) -> int:
    """Keep a decision and set its places by hand.

    Parameters
    ----------
    connection : Connection
        A write transaction.
    decision : Decision
        What was decided.
    answers : DataFrame
        ``case_id, role`` and ``GEOCODES`` of every place it is for.
    expected : mapping, optional
        Revision and newest decision of each place as the reviewer saw them.
    at : datetime
        When, with zone.
    actor : str
        Who decides.

    Returns
    -------
    int
        Number of the decision.

    Raises
    ------
    ConflictError
        If a place has changed, or somebody decided about it, since the reviewer looked.
    NotFoundError
        If a place does not exist.
    """
    now = _current(connection, answers)
    if expected is not None:
        _check_unchanged(now, expected)
    number = _append(connection, decision, undoes=None, at=at, actor=actor)
    _settle(connection, number, answers, now, at=at, actor=actor)
    _tell(connection, number, decision, len(answers), at=at, actor=actor)
    return number


def _tell(
    connection: Connection, number: int, decision: Decision, places: int, *, at: datetime, actor: str
) -> None:
    detail = {"action": str(decision.action), "scope": str(decision.scope), "places": places}
    append_audit(connection, at=at, actor=actor, action="review", entries=[(f"decision {number}", detail)])


def _append(
    connection: Connection, decision: Decision, *, undoes: int | None, at: datetime, actor: str
) -> int:
    row = {
        "at": at,
        "actor": actor,
        "action": str(decision.action),
        "scope": str(decision.scope),
        "address_key": decision.address_key,
        "code": decision.code,
        "lon": decision.lon,
        "lat": decision.lat,
        "uncertainty_m": decision.uncertainty_m,
        "choice": decision.choice,
        "reason": decision.reason,
        "undoes": undoes,
    }
    made = connection.execute(insert(_DECISIONS).values(row).returning(_DECISIONS.c.seq)).scalar_one()
    return int(made)


def _current(connection: Connection, keys: pd.DataFrame) -> pd.DataFrame:
    """Read the places named, in their order, as they are now."""
    return _take(read_review_places(connection), keys)


def _take(stored: pd.DataFrame, keys: pd.DataFrame) -> pd.DataFrame:
    position = pd.Index(key_of(stored, _KEY)).get_indexer(pd.Index(key_of(keys, _KEY)))
    if (position < 0).any():
        raise NotFoundError(f"{int((position < 0).sum())} of the places decided about do not exist")
    return stored.take(position).reset_index(drop=True)


def _check_unchanged(now: pd.DataFrame, expected: Mapping[tuple[str, str], tuple[int, int]]) -> None:
    found = {
        (row.case_id, row.role): (int(row.revision), int(row.decision)) for row in now.itertuples(index=False)
    }
    if found != dict(expected):
        raise ConflictError(
            "somebody decided about this address, or it changed, since you looked; look again"
        )


def _settle(
    connection: Connection,
    number: int,
    answers: pd.DataFrame,
    now: pd.DataFrame,
    *,
    at: datetime,
    actor: str,
) -> None:
    """Write the answers of a decision over the geocodes, and keep both."""
    answers = GEOCODES.conform(answers).reset_index(drop=True)
    before = _as_json(now, _makers(connection, now))
    after = _as_json(
        answers.assign(manual=True, inputs=f"decision {number}", place_revision=now["revision"]),
        [number] * len(answers),
    )
    _append_places(connection, number, now, before, after, at=at)
    save_geocodes(
        connection,
        answers,
        geocoded_at=at,
        actor=actor,
        inputs=f"decision {number}",
        manual=True,
        made_from=None,
    )


def _append_places(
    connection: Connection,
    number: int,
    now: pd.DataFrame,
    before: Iterable[str | None],
    after: Iterable[str | None],
    *,
    at: datetime,
) -> None:
    when = moment(connection, at)
    names = ("decision", "at", "case_id", "role", "place_revision", "before", "after")
    keys = zip(now["case_id"], now["role"], now["revision"].astype("int64").tolist(), strict=True)
    rows = [(number, when, *key, old, new) for key, old, new in zip(keys, before, after, strict=True)]
    insert_rows(connection, "review_places", names, rows)


def _as_json(table: pd.DataFrame, makers: Iterable[int | None]) -> list[str | None]:
    """Write geocodes as JSON, with the decision that made each; none where there is no geocode."""
    kinds = {column.name: column for column in GEOCODES.columns} | {
        "manual": Column("manual", "boolean", ""),
        "inputs": Column("inputs", "string", ""),
        "place_revision": Column("place_revision", "integer", ""),
    }
    rows = records(table, [kinds[name] for name in _KEPT])
    return [
        None
        if row[0] is None
        else json.dumps({**dict(zip(_KEPT, row, strict=True)), "decision": maker}, ensure_ascii=False)
        for row, maker in zip(rows, makers, strict=True)
    ]


def _makers(connection: Connection, now: pd.DataFrame) -> list[int | None]:
    """Find the decision that made each geocode; none where the geocoder did."""
    numbers = sorted({int(number) for number in now["decision"] if number > 0})
    made: dict[tuple[int, str, str], int | None] = {}
    for number in numbers:
        for row in _places_of(connection, number):
            made[(number, row["case_id"], row["role"])] = row["after"]["decision"]
    return [made.get((int(row.decision), row.case_id, row.role)) for row in now.itertuples(index=False)]


def _places_of(connection: Connection, number: int) -> list[dict[str, Any]]:
    table = METADATA.tables["review_places"]
    query = select(table).where(table.c.decision == number).order_by(table.c.seq)
    rows = [dict(row) for row in connection.execute(query).mappings()]
    for row in rows:
        row["before"] = None if row["before"] is None else json.loads(row["before"])
        row["after"] = json.loads(row["after"])
    return rows


def undo_decision(
    connection: Connection, number: int, *, at: datetime, actor: str, reason: str | None
) -> tuple[int, int]:
    """Take a decision back: its places are as they were before it, and it teaches nothing more.

    A place that was decided about again since keeps the later decision.

    Parameters
    ----------
    connection : Connection
        A write transaction.
    number : int
        The decision.
    at : datetime
        When, with zone.
    actor : str
        Who takes it back.
    reason : str or None
        Why.

    Returns
    -------
    undo : int
        Number of the new decision.
    restored : int
        Places that are again as they were.

    Raises
    ------
    NotFoundError
        If there is no such decision.
    ConflictError
        If it was taken back already, or is itself a taking back.
    """
    found = connection.execute(select(_DECISIONS).where(_DECISIONS.c.seq == number)).mappings().first()
    if found is None:
        raise NotFoundError(f"there is no decision {number}")
    if found["action"] == str(ReviewAction.UNDO):
        raise ConflictError(
            f"decision {number} took another one back; decide about the address again instead"
        )
    undone = _undone(connection)
    if number in undone:
        raise ConflictError(f"decision {number} was taken back already")
    places = {(row["case_id"], row["role"]): row for row in reversed(_places_of(connection, number))}
    stored = read_review_places(connection)
    keys = list(zip(stored["case_id"], stored["role"], strict=True))
    met = stored[np.array([key in places for key in keys], dtype=bool)]
    mine = [maker == number for maker in _makers(connection, met)]
    now = met[np.array(mine, dtype=bool)].reset_index(drop=True)
    back = Decision(ReviewAction.UNDO, ReviewScope(found["scope"]), found["address_key"], reason=reason)
    undo = _append(connection, back, undoes=number, at=at, actor=actor)
    keys = list(zip(now["case_id"], now["role"], strict=True))
    restored = [_before(connection, places[key], undone) for key in keys]
    _restore(connection, keys, restored, at=at)
    after = [
        json.dumps(old if old is not None else {"decision": None}, ensure_ascii=False) for old in restored
    ]
    _append_places(connection, undo, now, _as_json(now, [number] * len(now)), after, at=at)
    forget_aliases_of(connection, number, at=at, actor=actor)
    _tell(connection, undo, back, len(keys), at=at, actor=actor)
    return undo, len(keys)


def _undone(connection: Connection) -> set[int]:
    column = _DECISIONS.c.undoes
    return {int(number) for (number,) in connection.execute(select(column).where(column.is_not(None)))}


def _before(connection: Connection, row: dict[str, Any], undone: set[int]) -> dict[str, Any] | None:
    """Find what stood before a decision, past decisions that were taken back meanwhile."""
    before: dict[str, Any] | None = row["before"]
    while before is not None and before.get("decision") in undone:
        earlier = [
            one
            for one in _places_of(connection, before["decision"])
            if (one["case_id"], one["role"]) == (row["case_id"], row["role"])
        ]
        before = earlier[0]["before"] if earlier else None
    return before


def _restore(
    connection: Connection,
    keys: list[tuple[str, str]],
    restored: list[dict[str, Any] | None],
    *,
    at: datetime,
) -> None:
    """Put former geocodes back; a place that had none is pending again."""
    pairs = list(zip(keys, restored, strict=True))
    nothing = [key for key, old in pairs if old is None]
    execute_many(connection, "DELETE FROM geocodes WHERE case_id = ? AND role = ?", nothing)
    sets = ", ".join(f"{name} = ?" for name in (*_KEPT, "geocoded_at"))
    execute_many(
        connection,
        f"UPDATE geocodes SET {sets} WHERE case_id = ? AND role = ?",
        [(*(old[name] for name in _KEPT), moment(connection, at), *key) for key, old in pairs if old],
    )


def _standing(connection: Connection) -> dict[str, int]:
    """Find the decision in force for each address: the newest for all its places that was not taken back."""
    column = _DECISIONS.c
    query = (
        select(column.address_key, column.seq)
        .where(column.scope == str(ReviewScope.ADDRESS), column.action != str(ReviewAction.UNDO))
        .order_by(column.seq)
    )
    undone = _undone(connection)
    return {key: int(seq) for key, seq in connection.execute(query) if int(seq) not in undone}


def apply_standing(connection: Connection, places: pd.DataFrame, *, at: datetime, actor: str) -> int:
    """Settle places whose address was decided about before they came.

    Parameters
    ----------
    connection : Connection
        A write transaction.
    places : DataFrame
        ``case_id, role`` and ``address_key`` of places that wait for an answer.
    at : datetime
        When, with zone.
    actor : str
        Who asked; the decision keeps its own author.

    Returns
    -------
    int
        Places settled.
    """
    number = places["address_key"].map(_standing(connection))
    if number.isna().all():
        return 0
    stored = read_review_places(connection)
    settled = 0
    for seq, group in places[number.notna()].groupby(number[number.notna()].astype("int64")):
        answer = {name: _places_of(connection, int(str(seq)))[0]["after"][name] for name in _GEO}
        answers = group[list(_KEY)].assign(**answer)
        for name in _NUMBERS:
            answers[name] = pd.to_numeric(answers[name])
        _settle(connection, int(str(seq)), answers, _take(stored, answers), at=at, actor=actor)
        settled += len(answers)
    return settled


def confirm_pins(connection: Connection, places: pd.DataFrame) -> int:
    """Keep pins up to date where only the date of the case changed, and the address did not.

    Parameters
    ----------
    connection : Connection
        A write transaction.
    places : DataFrame
        ``case_id, role`` and ``address_key`` of outdated places set by hand.

    Returns
    -------
    int
        Pins that hold for the place as it is now.
    """
    if places.empty:
        return 0
    now = _current(connection, places)
    column = _DECISIONS.c
    keys = {int(seq): key for seq, key in connection.execute(select(column.seq, column.address_key))}
    rows = [
        (int(revision), case_id, role)
        for revision, case_id, role, decided, key in zip(
            now["revision"], now["case_id"], now["role"], now["decision"], places["address_key"], strict=True
        )
        if keys.get(int(decided)) == key
    ]
    execute_many(
        connection, "UPDATE geocodes SET place_revision = ? WHERE case_id = ? AND role = ? AND manual", rows
    )
    return len(rows)


def has_decisions(connection: Connection) -> bool:
    """Tell whether anything was ever decided.

    Parameters
    ----------
    connection : Connection
        Where to read.

    Returns
    -------
    bool
        Whether there is a decision.
    """
    return connection.execute(select(_DECISIONS.c.seq).limit(1)).first() is not None


def read_decisions(connection: Connection) -> pd.DataFrame:
    """Read every decision, newest first.

    Parameters
    ----------
    connection : Connection
        Where to read.

    Returns
    -------
    DataFrame
        Private: the columns of ``review_decisions`` with ``decision`` (its number), ``places`` (how many
        it settled) and ``undone``.
    """
    table = METADATA.tables["review_places"]
    names = [column.name for column in _DECISIONS.c]
    rows = connection.execute(select(_DECISIONS).order_by(_DECISIONS.c.seq.desc()))
    found = pd.DataFrame([tuple(row) for row in rows], columns=names).rename(columns={"seq": "decision"})
    counts: dict[int, set[tuple[str, str]]] = {}
    for number, case_id, role in connection.execute(select(table.c.decision, table.c.case_id, table.c.role)):
        counts.setdefault(int(number), set()).add((case_id, role))
    found["places"] = [len(counts.get(int(number), ())) for number in found["decision"]]
    found["undone"] = found["decision"].isin(_undone(connection))
    return found


def read_decision_places(connection: Connection, *, place: tuple[str, str] | None = None) -> pd.DataFrame:
    """Read what decisions changed, oldest first.

    Parameters
    ----------
    connection : Connection
        Where to read.
    place : tuple of (str, str), optional
        Only this case and role.

    Returns
    -------
    DataFrame
        Private: ``decision, at, case_id, role, place_revision, before, after`` (dicts).
    """
    table = METADATA.tables["review_places"]
    query = select(table).order_by(table.c.seq)
    if place is not None:
        query = query.where(table.c.case_id == place[0], table.c.role == place[1])
    rows = [dict(row) for row in connection.execute(query).mappings()]
    for row in rows:
        row["before"] = None if row["before"] is None else json.loads(row["before"])
        row["after"] = json.loads(row["after"])
    columns = ["decision", "at", "case_id", "role", "place_revision", "before", "after"]
    return pd.DataFrame(rows, columns=columns)
