"""Who brought what, and what was done: sources, the audit trail and settings."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, and_, func, insert, or_, select
from sqlalchemy.engine import Connection

from geozone.store.frames import execute_many, insert_rows, moment
from geozone.store.tables import METADATA
from geozone.types import Source

__all__ = [
    "READING",
    "append_audit",
    "put_source",
    "read_audit",
    "read_decided",
    "read_mark",
    "read_setting",
    "read_source_table",
    "read_sources",
    "write_setting",
]

_SOURCES = METADATA.tables["sources"]
_AUDIT = METADATA.tables["audit"]
_SETTINGS = METADATA.tables["settings"]
_DECISIONS = METADATA.tables["review_decisions"]
_DECIDED_PLACES = METADATA.tables["review_places"]
_DECIDED, _BY_HAND = "review", "place-set-by-hand"
_MANY = 500
READING = "read-addresses"
"""Action of the audit entries that tell of a reading and of no change."""
_QUIET = ("access:", "draft-")  # who signed in, accounts, steps of drafts: nothing that drafts rest on
_ROWS_KEEP_SOURCE = ("population", "doses", "facilities")


def put_source(
    connection: Connection, source: Source, *, rows: int, imported_at: datetime, actor: str
) -> tuple[int, bool]:
    """Record a source once, however often it is imported.

    Parameters
    ----------
    connection : Connection
        A transaction.
    source : Source
        The file.
    rows : int
        Rows read from it.
    imported_at : datetime
        Time of import, with zone.
    actor : str
        Who imports.

    Returns
    -------
    number : int
        Its number in the store.
    known : bool
        Whether the same content was imported before.

    Raises
    ------
    ValueError
        If the time has no zone.
    """
    moment(connection, imported_at)
    same = (_SOURCES.c.kind == source.kind) & (_SOURCES.c.sha256 == source.sha256)
    number = connection.execute(select(_SOURCES.c.seq).where(same)).scalar()
    if number is not None:
        return int(number), True
    row = {**source._asdict(), "rows": rows, "imported_at": imported_at, "actor": actor}
    made = connection.execute(insert(_SOURCES).values(row).returning(_SOURCES.c.seq)).scalar_one()
    return int(made), False


def read_sources(connection: Connection) -> tuple[Source, ...]:
    """List the sources in use: every line list, and every table that still has a row in the store.

    Parameters
    ----------
    connection : Connection
        Where to read.

    Returns
    -------
    tuple of Source
        In order of import.
    """
    used: list[ColumnElement[bool]] = [_SOURCES.c.kind.notin_(_ROWS_KEEP_SOURCE)]
    for name in _ROWS_KEEP_SOURCE:
        table = METADATA.tables[name]
        held = select(table.c.seq).where(table.c.source_id == _SOURCES.c.seq).exists()
        used.append(and_(_SOURCES.c.kind == name, held))
    columns = (_SOURCES.c.kind, _SOURCES.c.name, _SOURCES.c.sha256, _SOURCES.c.licence)
    rows = connection.execute(select(*columns).where(or_(*used)).order_by(_SOURCES.c.seq))
    return tuple(Source(*row) for row in rows)


def read_source_table(connection: Connection) -> pd.DataFrame:
    """Read every source ever imported.

    Parameters
    ----------
    connection : Connection
        Where to read.

    Returns
    -------
    DataFrame
        ``kind, name, sha256, licence, imported_at, actor, rows``, in order of import.
    """
    names = ["kind", "name", "sha256", "licence", "imported_at", "actor", "rows"]
    rows = connection.execute(select(*(_SOURCES.c[name] for name in names)).order_by(_SOURCES.c.seq))
    return pd.DataFrame([tuple(row) for row in rows], columns=names)


def append_audit(
    connection: Connection,
    *,
    at: datetime,
    actor: str,
    action: str,
    entries: Iterable[tuple[str, dict[str, Any]]],
) -> None:
    """Append to the audit trail; nothing is ever changed or removed there.

    Parameters
    ----------
    connection : Connection
        A transaction.
    at : datetime
        Time of the action, with zone.
    actor : str
        Who acts.
    action : str
        What is done.
    entries : iterable of (str, dict)
        What it is done to, and details free of names, telephone numbers, addresses and points.
    """
    when = moment(connection, at)
    rows = [
        (when, actor, action, subject, json.dumps(detail, ensure_ascii=False, sort_keys=True))
        for subject, detail in entries
    ]
    insert_rows(connection, "audit", ("at", "actor", "action", "subject", "detail"), rows)


def read_audit(connection: Connection, *, subject: str | None, limit: int | None) -> pd.DataFrame:
    """Read the audit trail, newest first.

    Parameters
    ----------
    connection : Connection
        Where to read.
    subject : str or None
        Only what concerns this case or source.
    limit : int or None
        At most so many entries.

    Returns
    -------
    DataFrame
        ``at, actor, action, subject, detail`` (a dict).
    """
    names = ["at", "actor", "action", "subject", "detail"]
    query = select(*(_AUDIT.c[name] for name in names)).order_by(_AUDIT.c.seq.desc())
    if subject is not None:
        query = query.where(_AUDIT.c.subject == subject)
    if limit is not None:
        query = query.limit(limit)
    rows = [(*row[:4], json.loads(row[4])) for row in connection.execute(query)]
    return pd.DataFrame(rows, columns=names)


def read_mark(connection: Connection) -> tuple[int, int]:
    """Read what grows whenever something that drafts rest on is written.

    Parameters
    ----------
    connection : Connection
        Where to read.

    Returns
    -------
    audit : int
        Number of the newest entry of the audit trail that tells of a change.
    decision : int
        Number of the newest decision of a reviewer.
    """
    quiet = (_AUDIT.c.action == READING) | or_(*(_AUDIT.c.action.startswith(begin) for begin in _QUIET))
    changes = select(_AUDIT.c.seq).where(~quiet).order_by(_AUDIT.c.seq.desc()).limit(1)
    newest = connection.execute(changes).scalar()
    decision = connection.execute(select(func.max(_DECISIONS.c.seq))).scalar()
    return int(newest or 0), int(decision or 0)


def read_decided(connection: Connection, mark: tuple[int, int]) -> list[str] | None:
    """List the cases decided about since a mark, if nothing else was written.

    Parameters
    ----------
    connection : Connection
        Where to read.
    mark : tuple of int
        An earlier mark.

    Returns
    -------
    list of str or None
        Identifiers; ``None`` if anything else was written, or of more than 500 cases.
    """
    audit, decision = mark
    newer = (_AUDIT.c.seq > audit, _AUDIT.c.action != READING)
    actions = set(connection.execute(select(_AUDIT.c.action).where(*newer).distinct()).scalars())
    if actions - {_DECIDED, _BY_HAND}:
        return None
    places = _DECIDED_PLACES.c
    decided = select(places.case_id).where(places.decision > decision).distinct().limit(_MANY + 1)
    by_hand = select(_AUDIT.c.subject).where(*newer, _AUDIT.c.action == _BY_HAND).distinct().limit(_MANY + 1)
    found = sorted({case for query in (decided, by_hand) for case in connection.execute(query).scalars()})
    return found if len(found) <= _MANY else None


def read_setting(connection: Connection, key: str) -> Any:
    """Read one setting.

    Parameters
    ----------
    connection : Connection
        Where to read.
    key : str
        Its name.

    Returns
    -------
    object
        What was written, as JSON gives it back; none if nothing was.
    """
    found = connection.execute(select(_SETTINGS.c.value).where(_SETTINGS.c.key == key)).scalar()
    return None if found is None else json.loads(found)


def write_setting(connection: Connection, key: str, value: Any) -> bool:
    """Write one setting.

    Parameters
    ----------
    connection : Connection
        A transaction.
    key : str
        Its name.
    value : object
        Anything that JSON can hold.

    Returns
    -------
    bool
        Whether it changed.
    """
    known = connection.execute(
        select(func.count()).select_from(_SETTINGS).where(_SETTINGS.c.key == key)
    ).scalar()
    if known and read_setting(connection, key) == value:
        return False
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    sql = (
        "INSERT INTO settings (key, value) VALUES (?, ?) "
        "ON CONFLICT (key) DO UPDATE SET value = excluded.value"
    )
    execute_many(connection, sql, [(key, text)])
    return True
