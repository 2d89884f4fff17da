"""What reviewers decided, as it is kept: the rows, and how to read them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import pandas as pd
from sqlalchemy import Select, func, select
from sqlalchemy.engine import Connection

from geozone.schema import CASE_PLACES, GEOCODES, Column
from geozone.store.frames import among, read, records
from geozone.store.sealed import SEALED, open_frame, open_texts
from geozone.store.tables import METADATA
from geozone.types import ReviewAction, ReviewScope

__all__ = [
    "KEPT",
    "Decision",
    "geocodes_as_json",
    "has_decisions",
    "last_change",
    "places_of",
    "read_decision_places",
    "read_decisions",
    "read_place_keys",
    "read_place_mark",
    "read_review_places",
    "undone_decisions",
]

_DECISIONS = METADATA.tables["review_decisions"]
KEPT: Final = (*(column.name for column in GEOCODES.columns), "manual", "inputs", "place_revision")
"""Columns of a geocode that are kept with a decision."""


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


def read_place_keys(connection: Connection) -> tuple[tuple[int, int, int], pd.DataFrame]:
    """Read what tells which places have one address, and what changes whenever any of it does.

    Parameters
    ----------
    connection : Connection
        Where to read.

    Returns
    -------
    mark : tuple of int
        How many places there are, the newest, and the sum of their revisions.
    places : DataFrame
        Private: ``place, case_id, role, address, lon, lat, report_date``.
    """
    columns = [
        Column("p.seq", "integer", ""),
        *(Column(f"p.{column.name}", column.kind, "") for column in CASE_PLACES.columns),
        Column("c.report_date", "date", ""),
    ]
    tail = "ORDER BY p.seq"
    found = read(connection, "case_places p JOIN cases c ON c.case_id = p.case_id", columns, tail=tail)
    found = open_frame(connection, "case_places", found)
    return read_place_mark(connection), found.rename(columns={"seq": "place"})


def read_place_mark(connection: Connection) -> tuple[int, int, int]:
    """Read what changes whenever a place comes, or its address, point or report date changes.

    Parameters
    ----------
    connection : Connection
        Where to read.

    Returns
    -------
    tuple of int
        How many places there are, the newest, and the sum of their revisions, which only grow.
    """
    places = METADATA.tables["case_places"].c
    count, newest, revisions = connection.execute(
        select(func.count(), func.max(places.seq), func.sum(places.revision)).select_from(
            METADATA.tables["case_places"]
        )
    ).one()
    return int(count), int(newest or 0), int(revisions or 0)


def read_review_places(connection: Connection, *, cases: Sequence[str] | None = None) -> pd.DataFrame:
    """Read every place with its case and its geocode, for the review.

    Parameters
    ----------
    connection : Connection
        Where to read.
    cases : sequence of str, optional
        Only those of these cases; at least one.

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
        tail="ORDER BY p.seq" if cases is None else f"{among('p.case_id', cases)} ORDER BY p.seq",
        values=() if cases is None else tuple(cases),
    )
    found = open_frame(connection, "geocodes", open_frame(connection, "case_places", found))
    found["decision"] = found["decision"].fillna(0)
    return found.rename(columns={"seq": "place"})


def geocodes_as_json(table: pd.DataFrame, makers: Iterable[int | None]) -> list[str | None]:
    """Write geocodes as JSON, with the decision that made each.

    Parameters
    ----------
    table : DataFrame
        The columns of ``KEPT``.
    makers : iterable of int or None
        The decision that made each; none where the geocoder did.

    Returns
    -------
    list of str or None
        None where there is no geocode.
    """
    kinds = {column.name: column for column in GEOCODES.columns} | {
        "manual": Column("manual", "boolean", ""),
        "inputs": Column("inputs", "string", ""),
        "place_revision": Column("place_revision", "integer", ""),
    }
    rows = records(table, [kinds[name] for name in KEPT])
    return [
        None
        if row[0] is None
        else json.dumps({**dict(zip(KEPT, row, strict=True)), "decision": maker}, ensure_ascii=False)
        for row, maker in zip(rows, makers, strict=True)
    ]


def places_of(connection: Connection, number: int) -> list[dict[str, Any]]:
    """Read what one decision changed, oldest first.

    Parameters
    ----------
    connection : Connection
        Where to read.
    number : int
        The decision.

    Returns
    -------
    list of dict
        Rows of ``review_places`` with ``before`` and ``after`` as dicts.
    """
    table = METADATA.tables["review_places"]
    query = select(table).where(table.c.decision == number).order_by(table.c.seq)
    return _changed_places(connection, query)


def _changed_places(connection: Connection, query: Select[Any]) -> list[dict[str, Any]]:
    rows = [dict(row) for row in connection.execute(query).mappings()]
    keys = [tuple(row[name] for name in SEALED["review_places"].key) for row in rows]
    for name in ("before", "after"):
        texts = open_texts(connection, "review_places", name, [row[name] for row in rows], keys)
        for row, text in zip(rows, texts, strict=True):
            row[name] = None if text is None else json.loads(text)
    return rows


def undone_decisions(connection: Connection) -> set[int]:
    """List the decisions that were taken back.

    Parameters
    ----------
    connection : Connection
        Where to read.

    Returns
    -------
    set of int
        Their numbers.
    """
    column = _DECISIONS.c.undoes
    return {int(number) for (number,) in connection.execute(select(column).where(column.is_not(None)))}


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


def last_change(connection: Connection, case_id: str, role: str) -> tuple[str, datetime] | None:
    """Tell who changed a place last: a decision about it, or the import that its case came from.

    Parameters
    ----------
    connection : Connection
        Where to read.
    case_id, role : str
        The place.

    Returns
    -------
    tuple of (str, datetime) or None
        Who, and when, UTC; none for a place that does not exist.
    """
    places, cases, sources = (METADATA.tables[name] for name in ("review_places", "cases", "sources"))
    decided_by = (
        select(_DECISIONS.c.actor, _DECISIONS.c.at)
        .join(places, places.c.decision == _DECISIONS.c.seq)
        .where(places.c.case_id == case_id, places.c.role == role)
        .order_by(_DECISIONS.c.seq.desc())
        .limit(1)
    )
    imported_by = (
        select(sources.c.actor, sources.c.imported_at)
        .join(cases, cases.c.source_id == sources.c.seq)
        .where(cases.c.case_id == case_id)
    )
    found = [row for query in (decided_by, imported_by) if (row := connection.execute(query).first())]
    if not found:
        return None
    actor, at = max(found, key=lambda row: row[1])
    return str(actor), at


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
    found = pd.DataFrame([tuple(row) for row in rows], columns=names)
    found = open_frame(connection, "review_decisions", found).rename(columns={"seq": "decision"})
    counts: dict[int, set[tuple[str, str]]] = {}
    for number, case_id, role in connection.execute(select(table.c.decision, table.c.case_id, table.c.role)):
        counts.setdefault(int(number), set()).add((case_id, role))
    found["places"] = [len(counts.get(int(number), ())) for number in found["decision"]]
    found["undone"] = found["decision"].isin(undone_decisions(connection))
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
    rows = _changed_places(connection, query)
    columns = ["decision", "at", "case_id", "role", "place_revision", "before", "after"]
    return pd.DataFrame(rows, columns=columns)
