"""Population, doses and facilities: a file replaces what it speaks of and keeps the rest.

Population is replaced commune by commune (all age bands of a commune that the file names), doses by
commune, day, dose and age band, facilities by identifier. Importing the same file twice changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from sqlalchemy.engine import Connection

from geozone.schema import DOSES, FACILITIES, POPULATION, Column, TableSchema
from geozone.store.changes import among, compare, key_of
from geozone.store.frames import execute_many, insert, quoted, read, records
from geozone.store.records import append_audit, put_source
from geozone.types import Source

__all__ = ["REFERENCES", "Reference", "read_reference", "replace_reference"]

_SEQ = Column("seq", "integer", "order of arrival")


@dataclass(frozen=True, slots=True)
class Reference:
    """One table of reference figures.

    Attributes
    ----------
    table : str
        Its name in the database, and the kind of its sources.
    schema : TableSchema
        Its contract.
    scope : tuple of str
        Columns that say what a file speaks of: every stored row of the same scope is replaced.
    """

    table: str
    schema: TableSchema
    scope: tuple[str, ...]


REFERENCES = {
    "population": Reference("population", POPULATION, ("code",)),
    "doses": Reference("doses", DOSES, DOSES.key),
    "facilities": Reference("facilities", FACILITIES, FACILITIES.key),
}


def read_reference(connection: Connection, reference: Reference) -> pd.DataFrame:
    """Read a whole table.

    Parameters
    ----------
    connection : Connection
        Where to read.
    reference : Reference
        Which table.

    Returns
    -------
    DataFrame
        Keeps the table's contract; in order of arrival.
    """
    return read(connection, reference.table, reference.schema.columns, tail="ORDER BY seq")


def replace_reference(
    connection: Connection,
    reference: Reference,
    incoming: pd.DataFrame,
    *,
    source: Source,
    imported_at: datetime,
    actor: str,
) -> bool:
    """Replace what a file speaks of, in an open transaction.

    Parameters
    ----------
    connection : Connection
        A write transaction.
    reference : Reference
        Which table.
    incoming : DataFrame
        Keeps the table's contract.
    source : Source
        The file.
    imported_at : datetime
        Time of import, with zone.
    actor : str
        Who imports.

    Returns
    -------
    bool
        Whether any row changed.

    Raises
    ------
    DataError
        If the rows break the contract.
    """
    schema, table = reference.schema, reference.table
    unsaid = [column.name for column in schema.columns if not column.required]
    incoming = incoming.assign(**{name: None for name in unsaid if name not in incoming.columns})
    schema.validate(incoming, source=f"{schema.name} of {source.name}")
    incoming = schema.conform(incoming)
    number, known = put_source(
        connection,
        source._replace(kind=table),
        rows=len(incoming),
        imported_at=imported_at,
        actor=actor,
    )
    stored = read(connection, table, (_SEQ, *schema.columns), tail="ORDER BY seq")
    compared = [column for column in schema.columns if column.name not in schema.key]
    changes = compare(stored, incoming, schema.key, compared, keep_unsaid=False)
    spoken = among(key_of(stored, reference.scope), key_of(incoming, reference.scope))
    gone = spoken & ~changes.met
    seqs = stored["seq"].astype("int64")
    execute_many(connection, f"DELETE FROM {table} WHERE seq = ?", [(int(seq),) for seq in seqs[gone]])
    rows = np.flatnonzero(changes.changed)
    values = records(incoming.iloc[rows], compared, (number,))
    targets = seqs.iloc[changes.position[rows]].tolist() if len(rows) else []
    assigned = ", ".join(f"{quoted(column.name)} = ?" for column in compared)
    execute_many(
        connection,
        f"UPDATE {table} SET {assigned}, source_id = ? WHERE seq = ?",
        [(*row, seq) for row, seq in zip(values, targets, strict=True)],
    )
    insert(connection, table, incoming[changes.new], schema.columns, {"source_id": number})
    detail = {
        "name": source.name,
        "sha256": source.sha256,
        "new": int(changes.new.sum()),
        "updated": len(rows),
        "removed": int(gone.sum()),
        "unchanged": len(incoming) - int(changes.new.sum()) - len(rows),
    }
    changed = bool(detail["new"] or detail["updated"] or detail["removed"])
    append_audit(
        connection,
        at=imported_at,
        actor=actor,
        action="seen-again" if known and not changed else f"import-{table}",
        entries=[(f"source {number}", detail)],
    )
    return changed
