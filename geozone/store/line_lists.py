"""Import a line list in one transaction.

A file replaces what it speaks of and keeps the rest: a case with the same ``case_id`` takes the file's
values; a column, a person table or a kind of place (home, work, exposure) on which the whole file is
silent keeps what was stored; where the file gives work places, a case without one has none any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import numpy as np
import pandas as pd
from sqlalchemy.engine import Connection

from geozone.errors import DataError, Fault
from geozone.schema import CASE_PLACES, CASES, Column, TableSchema
from geozone.store.changes import Changes, among, compare
from geozone.store.erasure import erased_among
from geozone.store.frames import execute_many, insert, quoted, read, records
from geozone.store.records import append_audit, put_source
from geozone.store.sealed import open_frame, seal_frame
from geozone.types import Source

__all__ = ["PERSONS", "ImportReport", "LineListLike", "import_line_list"]

PERSONS = TableSchema(
    "persons",
    (
        Column("case_id", "string", "the case"),
        Column("person_name", "string", "name", False),
        Column("phone", "string", "telephone number", False),
    ),
    key=("case_id",),
)
"""Private: one row per case that came with a name or a telephone number."""

_SEQ = Column("seq", "integer", "order of arrival")
_REVISION = Column("revision", "integer", "grows when the place must be geocoded again")
_FEW = 20_000
_IN_ONE_QUERY = 500


class LineListLike(Protocol):
    """What the store takes from a line list."""

    @property
    def cases(self) -> pd.DataFrame:
        """One row per case (``CASES``)."""
        ...

    @property
    def places(self) -> pd.DataFrame:
        """One row per place of a case (``CASE_PLACES``)."""
        ...

    @property
    def persons(self) -> pd.DataFrame:
        """Private: ``case_id, person_name, phone``."""
        ...

    @property
    def rejects(self) -> pd.DataFrame:
        """The rows that could not be read."""
        ...

    @property
    def source(self) -> Source:
        """The file."""
        ...

    @property
    def rows_read(self) -> int:
        """The number of rows of the file."""
        ...


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What importing a line list changed.

    Attributes
    ----------
    new, updated, unchanged : int
        Cases; they add up to the cases of the file.
    rejected : int
        Rows of the file that could not be read.
    import_id : int
        Number of the source in the store.
    already_imported : bool
        Whether a file of the same content was imported before.
    """

    new: int
    updated: int
    unchanged: int
    rejected: int
    import_id: int
    already_imported: bool


@dataclass(slots=True)
class _Told:
    """Changes of one case, for the audit trail: no name, telephone number, address or point."""

    values: dict[str, list[Any]] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    person: str | None = None

    def detail(self) -> dict[str, Any]:
        parts = {"values": self.values, "places": self.places, "person": self.person}
        return {name: part for name, part in parts.items() if part}


def import_line_list(
    connection: Connection, line_list: LineListLike, *, imported_at: datetime, actor: str
) -> ImportReport:
    """Import a line list into an open transaction.

    Parameters
    ----------
    connection : Connection
        A write transaction.
    line_list : LineListLike
        The cases, places and persons of one file.
    imported_at : datetime
        Time of import, with zone.
    actor : str
        Who imports.

    Returns
    -------
    ImportReport
        What changed.

    Raises
    ------
    DataError
        If a table breaks its contract or a place belongs to no case of the file.
    """
    cases, places, persons = _checked(line_list)
    source = line_list.source
    number, known = put_source(
        connection, source, rows=line_list.rows_read, imported_at=imported_at, actor=actor
    )
    told: dict[str, _Told] = {}
    erased = erased_among(connection, cases["case_id"].tolist())
    places = places[~places["case_id"].isin(erased)].reset_index(drop=True)
    persons = persons[~persons["case_id"].isin(erased)].reset_index(drop=True)
    changes = _put_cases(connection, cases, number, told)
    ids = cases["case_id"]
    known_ids = ids[~changes.new]
    _put_places(connection, places, ids[~ids.isin(erased)], known_ids, told)
    _put_persons(connection, persons, known_ids, told)
    new, changed = int(changes.new.sum()), len(told)
    append_audit(
        connection,
        at=imported_at,
        actor=actor,
        action="case-updated",
        entries=((case_id, {**detail.detail(), "source": number}) for case_id, detail in told.items()),
    )
    report = ImportReport(new, changed, len(cases) - new - changed, len(line_list.rejects), number, known)
    entry = {
        "name": source.name,
        "sha256": source.sha256,
        "new": report.new,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "rejected": report.rejected,
    }
    if erased:  # their identifiers stay out, however often an old list is brought again
        entry["identifiers_left_out"] = len(erased)
    action = "seen-again" if known and not new and not changed else "import-cases"
    append_audit(
        connection, at=imported_at, actor=actor, action=action, entries=[(f"source {number}", entry)]
    )
    return report


def _checked(line_list: LineListLike) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    name = line_list.source.name
    for schema, table in (
        (CASES, line_list.cases),
        (CASE_PLACES, line_list.places),
        (PERSONS, line_list.persons),
    ):
        faults = [_nameless(fault, schema) for fault in schema.faults(table)]
        if faults:
            raise DataError(f"{schema.name} of {name}", faults)
        if schema is not CASES:
            strange = ~among(table["case_id"], line_list.cases["case_id"])
            if strange.any():
                raise DataError(
                    f"{schema.name} of {name}",
                    [Fault(None, "case_id", f"{int(strange.sum())} rows of no case", "a case of the file")],
                )
    return (
        CASES.conform(line_list.cases),
        CASE_PLACES.conform(line_list.places),
        PERSONS.conform(line_list.persons),
    )


def _nameless(fault: Fault, schema: TableSchema) -> Fault:
    """Leave the values of private tables out of a message."""
    return fault if schema is CASES else fault._replace(found="a value that does not fit")


def _put_cases(connection: Connection, cases: pd.DataFrame, number: int, told: dict[str, _Told]) -> Changes:
    stored = _stored(connection, "cases", (_SEQ, *CASES.columns), cases["case_id"])
    compared = [column for column in CASES.columns if column.name != "case_id"]
    changes = compare(stored, cases, ("case_id",), compared, keep_unsaid=True)
    insert(connection, "cases", changes.merged[changes.new], CASES.columns, {"source_id": number})
    _update(connection, "cases", changes, compared, {"source_id": number})
    ids = cases["case_id"].tolist()
    for row, values in changes.details([column.name for column in compared]):
        told.setdefault(ids[row], _Told()).values = values
    moved = cases.loc[changes.differs["report_date"], "case_id"]
    # The date of a case helps to tell the edition of its addresses.
    execute_many(
        connection,
        "UPDATE case_places SET revision = revision + 1 WHERE case_id = ?",
        [(case_id,) for case_id in moved],
    )
    return changes


def _put_places(
    connection: Connection,
    places: pd.DataFrame,
    ids: pd.Series,
    known_ids: pd.Series,
    told: dict[str, _Told],
) -> None:
    key = ("case_id", "role")
    stored = _stored(connection, "case_places", (_SEQ, *CASE_PLACES.columns, _REVISION), ids)
    compared = [column for column in CASE_PLACES.columns if column.name not in key]
    changes = compare(stored, places, key, compared, keep_unsaid=True)
    missing = stored[~changes.met]
    missing = missing[among(missing["role"], places["role"].drop_duplicates())]
    gone = missing[among(missing["case_id"], ids)]
    execute_many(connection, "DELETE FROM case_places WHERE seq = ?", [(int(seq),) for seq in gone["seq"]])
    insert(connection, "case_places", changes.merged[changes.new], CASE_PLACES.columns, {"revision": 1})
    _update(connection, "case_places", changes, compared, {}, extra="revision = revision + 1")
    for found, word in (
        (gone, "removed"),
        (places[changes.new & among(places["case_id"], known_ids)], "added"),
        (places[changes.changed], "changed"),
    ):
        for case_id, role in zip(found["case_id"], found["role"], strict=True):
            told.setdefault(case_id, _Told()).places[role] = word


def _put_persons(
    connection: Connection, persons: pd.DataFrame, known_ids: pd.Series, told: dict[str, _Told]
) -> None:
    if persons.empty:
        return
    stored = _stored(connection, "case_persons", (_SEQ, *PERSONS.columns), persons["case_id"])
    compared = PERSONS.columns[1:]
    changes = compare(stored, persons, ("case_id",), compared, keep_unsaid=True)
    insert(connection, "case_persons", changes.merged[changes.new], PERSONS.columns)
    _update(connection, "case_persons", changes, compared, {})
    for case_id in persons.loc[changes.new & among(persons["case_id"], known_ids), "case_id"]:
        told.setdefault(case_id, _Told()).person = "added"
    for case_id in persons.loc[changes.changed, "case_id"]:
        told.setdefault(case_id, _Told()).person = "changed"


def _stored(connection: Connection, table: str, columns: Sequence[Column], ids: pd.Series) -> pd.DataFrame:
    """Read the stored rows of these cases by their identifiers; simply all rows if these are many."""
    if len(ids) > _FEW:
        return open_frame(connection, table, read(connection, table, columns, tail="ORDER BY seq"))
    parts = []
    values = ids.tolist()
    for start in range(0, len(values), _IN_ONE_QUERY):
        some = values[start : start + _IN_ONE_QUERY]
        marks = ", ".join("?" * len(some))
        parts.append(read(connection, table, columns, tail=f"WHERE case_id IN ({marks})", values=some))
    filled = [part for part in parts if len(part)]
    if not filled:
        return read(connection, table, columns, tail="WHERE seq IS NULL")
    return open_frame(connection, table, pd.concat(filled, ignore_index=True))


def _update(
    connection: Connection,
    table: str,
    changes: Changes,
    columns: Sequence[Column],
    constants: dict[str, Any],
    *,
    extra: str = "",
) -> None:
    rows = np.flatnonzero(changes.changed)
    if not len(rows):
        return
    seqs = changes.stored["seq"].iloc[changes.position[rows]].astype("int64").tolist()
    sealed = seal_frame(connection, table, changes.merged.iloc[rows])
    values = records(sealed, columns, tuple(constants.values()))
    assigned = [f"{quoted(column.name)} = ?" for column in columns]
    assigned += [f"{name} = ?" for name in constants] + ([extra] if extra else [])
    execute_many(
        connection,
        f"UPDATE {table} SET {', '.join(assigned)} WHERE seq = ?",
        [(*row, seq) for row, seq in zip(values, seqs, strict=True)],
    )
