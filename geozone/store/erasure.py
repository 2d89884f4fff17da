"""Identifiers of some cases taken out of every table for ever; the cases are kept under their identifiers.

What is erased: the person, addresses and given points, what an address was matched to and why, geocodes
before and after decisions, decisions that were about these cases alone, and what those taught if it could
only be such an address. The audit tells that, when and by whom. The geocode itself is kept, as one set by
hand: without an address there is nothing to read it from again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd
from sqlalchemy.engine import Connection, Engine

from geozone.review import canonical
from geozone.store.engine import reading, writing
from geozone.store.frames import among, execute_many, fetch, moment
from geozone.store.records import append_audit
from geozone.store.rewriting import appended_opened, note_sweep, sweep_if_noted
from geozone.store.sealed import SEALED, open_texts, seal_texts

__all__ = ["ERASED", "Erased", "Erasures", "erased_among"]

ERASED = "erase-identifiers"
"""Action of the audit entries that tell of an erasure."""
_GONE = "identifiers erased"
_FEW = 500
_FINE = "('address', 'street', 'hamlet')"


@dataclass(frozen=True, slots=True)
class Erased:
    """What was taken out, or would be.

    Attributes
    ----------
    cases : int
        Cases whose identifiers are gone.
    persons, places : int
        Persons, and places with an address or a given point.
    points : int
        Geocodes below the commune, of which only the commune is kept.
    decisions : int
        Decisions that were about these cases alone.
    aliases : int
        Taught phrases that could only be an address of theirs.
    """

    cases: int
    persons: int
    places: int
    points: int
    decisions: int
    aliases: int


def erased_among(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Find the cases whose identifiers were erased before.

    Parameters
    ----------
    connection : Connection
        Where to read.
    ids : sequence of str
        Cases.

    Returns
    -------
    set of str
        Those of them that were.
    """
    known = {
        case_id for (case_id,) in fetch(connection, "SELECT case_id FROM cases WHERE erased_at IS NOT NULL")
    }
    return known & set(ids) if known else set()


class Erasures:
    """The part of the store that erases identifiers.

    Parameters
    ----------
    engine : Engine
        A database whose tables are up to date.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def cases_to_erase(self, before: date) -> list[str]:
        """List the cases older than a day whose identifiers are still there.

        Parameters
        ----------
        before : date
            Reported before it, and fallen ill before it where that is known.

        Returns
        -------
        list of str
            Their identifiers, in order of arrival.
        """
        sql = (
            "SELECT case_id FROM cases WHERE erased_at IS NULL AND report_date < ? "
            "AND (onset_date IS NULL OR onset_date < ?) ORDER BY seq"
        )
        day = before.isoformat()
        with reading(self._engine) as connection:
            return [case_id for (case_id,) in fetch(connection, sql, (day, day))]

    def erase_identifiers(
        self,
        ids: Sequence[str],
        *,
        at: datetime,
        actor: str,
        reason: str,
        communes: pd.DataFrame | None = None,
        dry_run: bool = False,
    ) -> Erased:
        """Erase the identifiers of some cases in one transaction, and sweep the files.

        Parameters
        ----------
        ids : sequence of str
            Cases; those already erased are left alone.
        at : datetime
            When, with zone.
        actor : str
            Who erases.
        reason : str
            Why, free of identifiers: it is kept in the audit.
        communes : DataFrame, optional
            ``code, lon, lat, radius_m``: points below the commune become its point. They are kept without.
        dry_run : bool
            Whether only to tell what would be done.

        Returns
        -------
        Erased
            What was taken out.

        Raises
        ------
        StoreError
            If the database refuses; nothing changes.
        """
        with writing(self._engine) as connection:
            erased = Erased(0, 0, 0, 0, 0, 0)
            for start in range(0, len(ids), _FEW):
                part = _open_cases(connection, ids[start : start + _FEW])
                if part:
                    erased = _sum(erased, _erase(connection, part, communes, at=at))
                    detail = {"reason": reason, "points": "kept" if communes is None else "commune"}
                    entries = [(case_id, detail) for case_id in part]
                    append_audit(connection, at=at, actor=actor, action=ERASED, entries=entries)
            if dry_run or not erased.cases:
                connection.rollback()
                return erased
            note_sweep(connection, needed=True)
        sweep_if_noted(self._engine, tuple(SEALED))
        return erased

    def note_backup(self, name: str, *, at: datetime, actor: str) -> None:
        """Write to the audit that a backup was made: an erasure tells which ones hold more.

        Parameters
        ----------
        name : str
            Name of its file.
        at : datetime
            When, with zone.
        actor : str
            Who made it.
        """
        with writing(self._engine) as connection:
            append_audit(connection, at=at, actor=actor, action="access:backup", entries=[(name, {})])


def _sum(one: Erased, other: Erased) -> Erased:
    return Erased(*(a + b for a, b in zip(asdict(one).values(), asdict(other).values(), strict=True)))


def _open_cases(connection: Connection, ids: Sequence[str]) -> list[str]:
    sql = f"SELECT case_id FROM cases {among('case_id', ids)} AND erased_at IS NULL ORDER BY seq"
    return [case_id for (case_id,) in fetch(connection, sql, tuple(ids))]


def _erase(connection: Connection, ids: list[str], communes: pd.DataFrame | None, *, at: datetime) -> Erased:
    where, when = among("case_id", ids), moment(connection, at)
    persons = _changed(connection, f"DELETE FROM case_persons {where}", ids)
    known = f"{where} AND (address IS NOT NULL OR lon IS NOT NULL)"
    places = _changed(
        connection, f"UPDATE case_places SET address = NULL, lon = NULL, lat = NULL {known}", ids
    )
    _erase_geocodes(connection, ids)
    points = 0 if communes is None else _coarsen(connection, ids, communes)
    _changed(connection, f"UPDATE cases SET erased_at = ? {where}", [when, *ids])
    decisions = _erase_history(connection, ids)
    aliases = _erase_decisions(connection, decisions, when)
    return Erased(len(ids), persons, places, points, len(decisions), aliases)


def _changed(connection: Connection, sql: str, values: Sequence[Any]) -> int:
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    return int(connection.exec_driver_sql(sql.replace("?", mark), tuple(values)).rowcount)


def _erase_geocodes(connection: Connection, ids: list[str]) -> None:
    keys = fetch(connection, f"SELECT case_id, role FROM geocodes {among('case_id', ids)}", ids)
    reasons = seal_texts(connection, "geocodes", "geo_reason", [_GONE] * len(keys), keys)
    execute_many(
        connection,
        "UPDATE geocodes SET geo_name = NULL, geo_reason = ?, manual = ?, inputs = 'erased', "
        "place_revision = (SELECT revision FROM case_places p "
        "WHERE p.case_id = geocodes.case_id AND p.role = geocodes.role) WHERE case_id = ? AND role = ?",
        [(reason, True, *key) for reason, key in zip(reasons, keys, strict=True)],
    )


def _coarsen(connection: Connection, ids: list[str], communes: pd.DataFrame) -> int:
    """Keep of a point below the commune the commune alone; of one in no known commune nothing."""
    at = communes.set_index("code")[["lon", "lat", "radius_m"]].to_dict("index")
    fine = f"{among('case_id', ids)} AND geo_level IN {_FINE}"
    sql = f"SELECT case_id, role, geo_commune_code FROM geocodes {fine}"
    rows = []
    for case_id, role, code in fetch(connection, sql, ids):
        place = at.get(code)
        values = (None, None, None) if place is None else (place["lon"], place["lat"], place["radius_m"])
        rows.append((*values, case_id, role))
    execute_many(
        connection,
        "UPDATE geocodes SET geo_level = 'commune', geo_lon = ?, geo_lat = ?, geo_uncertainty_m = ? "
        "WHERE case_id = ? AND role = ?",
        rows,
    )
    return len(rows)


def _erase_history(connection: Connection, ids: list[str]) -> list[int]:
    """Erase what decisions changed of these cases; list the decisions that are about nobody else."""
    spec = SEALED["review_places"]
    names = ", ".join((*spec.key, "seq", *spec.columns))
    rows = fetch(connection, f"SELECT {names} FROM review_places {among('case_id', ids)}", ids)
    keys = [row[: len(spec.key)] for row in rows]
    texts = [
        open_texts(connection, "review_places", name, [row[len(spec.key) + 1 + at] for row in rows], keys)
        for at, name in enumerate(spec.columns)
    ]
    bare = [
        seal_texts(connection, "review_places", name, map(_bare, column), keys)
        for name, column in zip(spec.columns, texts, strict=True)
    ]
    seqs = [row[len(spec.key)] for row in rows]
    with appended_opened(connection, "review_places"):
        execute_many(
            connection,
            "UPDATE review_places SET before = ?, after = ? WHERE seq = ?",
            list(zip(*bare, seqs, strict=True)),
        )
    return sorted(_of_nobody_else(connection, sorted({int(row[0]) for row in rows})))


def _bare(text: str | None) -> str | None:
    """Leave of a geocode what tells of nobody; no taking back finds it any more."""
    if text is None:
        return None
    kept = {**json.loads(text), "geo_name": None, "geo_reason": _GONE, "geo_lon": None, "geo_lat": None}
    return json.dumps({**kept, "decision": None}, ensure_ascii=False)


def _of_nobody_else(connection: Connection, decisions: list[int]) -> set[int]:
    if not decisions:
        return set()
    held = fetch(
        connection,
        "SELECT DISTINCT p.decision FROM review_places p JOIN cases c ON c.case_id = p.case_id "
        f"{among('p.decision', [str(number) for number in decisions])} AND c.erased_at IS NULL",
        decisions,
    )
    alone = set(decisions) - {int(number) for (number,) in held}
    if not alone:
        return set()
    where = among("undoes", [str(number) for number in alone])
    undone = fetch(connection, f"SELECT seq FROM review_decisions {where}", sorted(alone))
    return alone | {int(number) for (number,) in undone}


def _erase_decisions(connection: Connection, decisions: list[int], when: Any) -> int:
    if not decisions:
        return 0
    marks = among("seq", [str(number) for number in decisions])
    rows = fetch(connection, f"SELECT seq, address_key FROM review_decisions {marks}", decisions)
    numbers = [(int(seq),) for seq, _ in rows]
    keys = open_texts(connection, "review_decisions", "address_key", [key for _, key in rows], numbers)
    addresses = {(key or "").rpartition("|")[2] for key in keys}
    gone = seal_texts(
        connection, "review_decisions", "address_key", [f"erased|{seq}" for (seq,) in numbers], numbers
    )
    with appended_opened(connection, "review_decisions"):
        execute_many(
            connection,
            "UPDATE review_decisions SET address_key = ?, reason = NULL, lon = NULL, lat = NULL "
            "WHERE seq = ?",
            [(key, seq) for key, (seq,) in zip(gone, numbers, strict=True)],
        )
    return _erase_aliases(connection, decisions, addresses, when)


def _erase_aliases(connection: Connection, decisions: list[int], addresses: Iterable[str], when: Any) -> int:
    """Erase phrases with a number, or that are the whole address; names of places are nobody's."""
    marks = among("decision", [str(number) for number in decisions])
    rows = fetch(connection, f"SELECT seq, alias FROM taught_aliases {marks}", decisions)
    numbers = [(int(seq),) for seq, _ in rows]
    phrases = open_texts(connection, "taught_aliases", "alias", [text for _, text in rows], numbers)
    whole = set(addresses)
    found = [
        number
        for number, phrase in zip(numbers, phrases, strict=True)
        if phrase and (any(letter.isdigit() for letter in phrase) or canonical(phrase) in whole)
    ]
    gone = seal_texts(connection, "taught_aliases", "alias", [""] * len(found), found)
    execute_many(
        connection,
        "UPDATE taught_aliases SET alias = ?, forgotten_at = coalesce(forgotten_at, ?), "
        "forgotten_by = coalesce(forgotten_by, 'erased') WHERE seq = ?",
        [(text, when, seq) for text, (seq,) in zip(gone, found, strict=True)],
    )
    return len(found)
