"""Checksums of tables that are equal on both kinds of database, whatever the order of rows."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from geozone.store.frames import quoted
from geozone.store.tables import METADATA, UtcDateTime

__all__ = ["TableChecksum", "table_checksums"]

_CHUNK = 20_000
_MODULUS = 1 << 128


class TableChecksum(NamedTuple):
    """What a table holds, in one number.

    Attributes
    ----------
    rows : int
        Its rows.
    checksum : str
        Sum of the hashes of its rows, 32 hexadecimal digits.
    """

    rows: int
    checksum: str


def table_checksums(connection: Connection) -> dict[str, TableChecksum]:
    """Add up every table.

    Parameters
    ----------
    connection : Connection
        A transaction that sees one moment, of either kind of database.

    Returns
    -------
    dict of str to TableChecksum
        By table. Two databases with the same rows give the same.
    """
    return {table.name: _checksum(table, connection) for table in METADATA.sorted_tables}


def _checksum(table: sa.Table, connection: Connection) -> TableChecksum:
    names = ", ".join(quoted(column.name) for column in table.c)
    changes = [_plain_of(column) for column in table.c]
    driver: Any = connection.connection.driver_connection
    sqlite = connection.dialect.name == "sqlite"
    cursor = driver.cursor() if sqlite else driver.cursor(name="geozone_checksum")
    count = total = 0
    try:
        cursor.execute(f"SELECT {names} FROM {table.name}")
        while rows := cursor.fetchmany(_CHUNK):
            for row in rows:
                plain = [
                    value if value is None else change(value)
                    for change, value in zip(changes, row, strict=True)
                ]
                digest = hashlib.blake2b(
                    repr(plain).encode("utf-8", "surrogatepass"), digest_size=16
                ).digest()
                total += int.from_bytes(digest, "big")
            count += len(rows)
    finally:
        cursor.close()
    return TableChecksum(count, f"{total % _MODULUS:032x}")


def _plain_of(column: sa.Column[Any]) -> Any:
    """Turn what either driver reads into one form."""
    if isinstance(column.type, sa.Boolean):
        return bool
    if isinstance(column.type, UtcDateTime):
        return _moment
    if isinstance(column.type, sa.Date):
        return lambda value: value.isoformat() if isinstance(value, date) else str(value)
    if isinstance(column.type, sa.Float):
        return float
    if isinstance(column.type, sa.LargeBinary):
        return bytes
    return lambda value: value


def _moment(value: datetime | str) -> str:
    at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return at.strftime("%Y-%m-%d %H:%M:%S.%f")
