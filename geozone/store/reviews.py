"""Decisions of reviewers: appended with before and after, applied to the same address again, undone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import insert, select
from sqlalchemy.engine import Connection

from geozone.errors import ConflictError, NotFoundError
from geozone.schema import GEOCODES
from geozone.store.aliases import forget_aliases_of
from geozone.store.changes import key_of
from geozone.store.decided import (
    KEPT,
    Decision,
    geocodes_as_json,
    last_change,
    places_of,
    read_review_places,
    undone_decisions,
)
from geozone.store.frames import execute_many, insert_rows, moment
from geozone.store.geocodes import save_geocodes
from geozone.store.records import append_audit
from geozone.store.sealed import SEALED, next_seq, open_texts, seal_texts
from geozone.store.tables import METADATA
from geozone.types import ReviewAction, ReviewScope

__all__ = ["apply_standing", "confirm_pins", "put_decision", "undo_decision"]

_DECISIONS = METADATA.tables["review_decisions"]
_KEY = ("case_id", "role")
_GEO = tuple(column.name for column in GEOCODES.columns)
_NUMBERS = frozenset(column.name for column in GEOCODES.columns if column.kind == "number")


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
        _check_unchanged(connection, now, expected)
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
    number = next_seq(connection, "review_decisions")
    key, reason = (
        seal_texts(connection, "review_decisions", name, [text], [(number,)])[0]
        for name, text in (("address_key", decision.address_key), ("reason", decision.reason))
    )
    row = {
        "seq": number,
        "at": at,
        "actor": actor,
        "action": str(decision.action),
        "scope": str(decision.scope),
        "address_key": key,
        "code": decision.code,
        "lon": decision.lon,
        "lat": decision.lat,
        "uncertainty_m": decision.uncertainty_m,
        "choice": decision.choice,
        "reason": reason,
        "undoes": undoes,
    }
    connection.execute(insert(_DECISIONS).values(row))
    return number


_FEW = 500  # cases that are read one by one; of more, every place is


def _current(connection: Connection, keys: pd.DataFrame) -> pd.DataFrame:
    """Read the places named, in their order, as they are now."""
    cases = sorted(set(keys["case_id"]))
    return _take(read_review_places(connection, cases=cases if 0 < len(cases) <= _FEW else None), keys)


def _take(stored: pd.DataFrame, keys: pd.DataFrame) -> pd.DataFrame:
    position = pd.Index(key_of(stored, _KEY)).get_indexer(pd.Index(key_of(keys, _KEY)))
    if (position < 0).any():
        raise NotFoundError(f"{int((position < 0).sum())} of the places decided about do not exist")
    return stored.take(position).reset_index(drop=True)


def _check_unchanged(
    connection: Connection, now: pd.DataFrame, expected: Mapping[tuple[str, str], tuple[int, int]]
) -> None:
    found = {
        (row.case_id, row.role): (int(row.revision), int(row.decision)) for row in now.itertuples(index=False)
    }
    if found != dict(expected):
        changed = [key for key in found if found[key] != expected.get(key)] or list(found)
        who, when = last_change(connection, *changed[0]) or (None, None)
        raise ConflictError(
            "somebody decided about this address, or it changed, since you looked; look again",
            by=who,
            at=when,
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
    before = geocodes_as_json(now, _makers(connection, now))
    after = geocodes_as_json(
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
    keys = list(zip(now["case_id"], now["role"], now["revision"].astype("int64").tolist(), strict=True))
    olds, news = (
        seal_texts(connection, "review_places", name, texts, [(number, *key) for key in keys])
        for name, texts in (("before", before), ("after", after))
    )
    rows = [(number, when, *key, old, new) for key, old, new in zip(keys, olds, news, strict=True)]
    insert_rows(connection, "review_places", names, rows)


def _makers(connection: Connection, now: pd.DataFrame) -> list[int | None]:
    """Find the decision that made each geocode; none where the geocoder did."""
    numbers = sorted({int(number) for number in now["decision"] if number > 0})
    made: dict[tuple[int, str, str], int | None] = {}
    for number in numbers:
        for row in places_of(connection, number):
            made[(number, row["case_id"], row["role"])] = row["after"]["decision"]
    return [made.get((int(row.decision), row.case_id, row.role)) for row in now.itertuples(index=False)]


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
    undone = undone_decisions(connection)
    if number in undone:
        raise ConflictError(f"decision {number} was taken back already")
    places = {(row["case_id"], row["role"]): row for row in reversed(places_of(connection, number))}
    stored = read_review_places(connection)
    keys = list(zip(stored["case_id"], stored["role"], strict=True))
    met = stored[np.array([key in places for key in keys], dtype=bool)]
    mine = [maker == number for maker in _makers(connection, met)]
    now = met[np.array(mine, dtype=bool)].reset_index(drop=True)
    [key] = open_texts(connection, "review_decisions", "address_key", [found["address_key"]], [(number,)])
    back = Decision(ReviewAction.UNDO, ReviewScope(found["scope"]), key or "", reason=reason)
    undo = _append(connection, back, undoes=number, at=at, actor=actor)
    keys = list(zip(now["case_id"], now["role"], strict=True))
    restored = [_before(connection, places[key], undone) for key in keys]
    _restore(connection, keys, restored, at=at)
    after = [
        json.dumps(old if old is not None else {"decision": None}, ensure_ascii=False) for old in restored
    ]
    _append_places(connection, undo, now, geocodes_as_json(now, [number] * len(now)), after, at=at)
    forget_aliases_of(connection, number, at=at, actor=actor)
    _tell(connection, undo, back, len(keys), at=at, actor=actor)
    return undo, len(keys)


def _before(connection: Connection, row: dict[str, Any], undone: set[int]) -> dict[str, Any] | None:
    """Find what stood before a decision, past decisions that were taken back meanwhile."""
    before: dict[str, Any] | None = row["before"]
    while before is not None and before.get("decision") in undone:
        earlier = [
            one
            for one in places_of(connection, before["decision"])
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
    sets = ", ".join(f"{name} = ?" for name in (*KEPT, "geocoded_at"))
    former = [(key, old) for key, old in pairs if old]
    named = [key for key, _ in former]
    sealed = {
        name: seal_texts(connection, "geocodes", name, [old[name] for _, old in former], named)
        for name in SEALED["geocodes"].columns
    }
    rows = [
        (
            *(sealed[name][at_row] if name in sealed else old[name] for name in KEPT),
            moment(connection, at),
            *key,
        )
        for at_row, (key, old) in enumerate(former)
    ]
    execute_many(connection, f"UPDATE geocodes SET {sets} WHERE case_id = ? AND role = ?", rows)


def _standing(connection: Connection) -> tuple[dict[str, int], dict[tuple[str, str, str], int]]:
    """Find the decisions in force: the newest of each address, and of each place decided about alone."""
    column, place = _DECISIONS.c, METADATA.tables["review_places"].c
    undone = undone_decisions(connection)
    made = select(column.seq).where(column.action != str(ReviewAction.UNDO))
    addresses = made.where(column.scope == str(ReviewScope.ADDRESS)).order_by(column.seq)
    alone = (
        made.add_columns(place.case_id, place.role)
        .join(METADATA.tables["review_places"], place.decision == column.seq)
        .where(column.scope == str(ReviewScope.CASE))
        .order_by(column.seq)
    )
    keys = _address_keys(connection)
    by_key = {keys[int(seq)]: int(seq) for (seq,) in connection.execute(addresses) if int(seq) not in undone}
    by_place = {
        (case_id, role, keys[int(seq)]): int(seq)
        for seq, case_id, role in connection.execute(alone)
        if int(seq) not in undone
    }
    return by_key, by_place


def _address_keys(connection: Connection) -> dict[int, str]:
    """Read which address each decision was about."""
    column = _DECISIONS.c
    rows = [tuple(row) for row in connection.execute(select(column.seq, column.address_key))]
    numbers = [(int(seq),) for seq, _ in rows]
    texts = open_texts(connection, "review_decisions", "address_key", [text for _, text in rows], numbers)
    return {seq: text or "" for (seq,), text in zip(numbers, texts, strict=True)}


def apply_standing(connection: Connection, places: pd.DataFrame, *, at: datetime, actor: str) -> int:
    """Settle places whose address was decided about before they came, or came again.

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
    by_key, by_place = _standing(connection)
    keys = zip(places["case_id"], places["role"], places["address_key"], strict=True)
    found = [by_place.get(key, by_key.get(key[2])) for key in keys]
    number = pd.Series(found, index=places.index, dtype="Int64")
    if number.isna().all():
        return 0
    stored = read_review_places(connection)
    settled = 0
    for seq, group in places[number.notna()].groupby(number[number.notna()].astype("int64")):
        made = places_of(connection, int(str(seq)))
        # Of a case whose identifiers were erased not all is left.
        after = next((row["after"] for row in made if row["after"]["decision"] is not None), made[0]["after"])
        answer = {name: after[name] for name in _GEO}
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
    keys = _address_keys(connection)
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
