"""Copies of the private database: whole, consistent, made while it is in use, put in place by rename."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from geozone.errors import StoreError
from geozone.store.engine import address, connect, reading, translated, writing
from geozone.store.frames import insert_rows, quoted
from geozone.store.tables import METADATA, UtcDateTime
from geozone.store.versions import migrate

__all__ = ["copy_rows", "integrity_faults", "write_backup"]

_CHUNK = 10_000
_PAGES = 4096


def write_backup(engine: Engine, target: Path) -> None:
    """Write one SQLite file that holds everything, from either kind of database.

    Parameters
    ----------
    engine : Engine
        The database; it may be read and written meanwhile.
    target : Path
        The file to write; what stood there is replaced only when the copy is complete.

    Raises
    ------
    StoreError
        If the database or the disk refuses; ``target`` is as it was.
    """
    beside = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        beside.unlink(missing_ok=True)
        os.close(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        if engine.dialect.name == "sqlite":
            _copy_pages(engine, beside)
        else:
            _copy_into_new(engine, beside)
        _sync(beside)
        beside.replace(target)
        _sync(target.parent)
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror}") from error
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(f"{beside}{suffix}").unlink(missing_ok=True)


def _copy_pages(engine: Engine, beside: Path) -> None:
    with translated(engine), closing(sqlite3.connect(beside)) as copy:
        connection = engine.raw_connection()
        try:
            driver: Any = connection.driver_connection
            driver.backup(copy, pages=_PAGES)
        finally:
            connection.close()
        # One file that can be carried away: no write-ahead log beside it.
        copy.execute("PRAGMA journal_mode=DELETE")


def _copy_into_new(engine: Engine, beside: Path) -> None:
    copy = connect(address(beside), create=True)
    try:
        migrate(copy, create=True)
        with reading(engine) as source, writing(copy) as target:
            copy_rows(source, target)
        with translated(copy):
            driver = copy.raw_connection()
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            driver.close()
    finally:
        copy.dispose()


def copy_rows(source: Connection, target: Connection) -> dict[str, int]:
    """Copy every row of every table, parents first, into an empty database of the same version.

    Parameters
    ----------
    source : Connection
        A transaction that sees one moment.
    target : Connection
        A write transaction.

    Returns
    -------
    dict of str to int
        Rows copied, by table.

    Raises
    ------
    StoreError
        If the target already holds rows.
    """
    copied: dict[str, int] = {}
    names = {table.name for table in METADATA.sorted_tables if table.name != "identifier_keys"}
    for table in METADATA.sorted_tables:
        if table.name in names and target.execute(sa.select(sa.func.count()).select_from(table)).scalar():
            raise StoreError(f"the target already holds {table.name}; copy into an empty database")
        if table.name not in names:  # what was noted when the empty database was opened
            target.exec_driver_sql(f"DELETE FROM {table.name}")
        copied[table.name] = _copy_table(table, source, target)
        if "seq" in table.c and target.dialect.name == "postgresql":
            target.exec_driver_sql(
                f"SELECT setval(pg_get_serial_sequence('{table.name}', 'seq'), "
                f"(SELECT coalesce(max(seq), 0) + 1 FROM {table.name}), false)"
            )
    return copied


def _copy_table(table: sa.Table, source: Connection, target: Connection) -> int:
    names = [column.name for column in table.c]
    write = [_writer(column, source.dialect.name, target.dialect.name) for column in table.c]
    driver: Any = source.connection.driver_connection
    # On PostgreSQL a named cursor stays on the server: memory is bounded on both kinds.
    cursor = driver.cursor() if source.dialect.name == "sqlite" else driver.cursor(name="geozone_copy")
    copied = 0
    try:
        cursor.execute(f"SELECT {', '.join(map(quoted, names))} FROM {table.name}")
        while rows := cursor.fetchmany(_CHUNK):
            if any(write):
                columns = [
                    values
                    if change is None
                    else [None if value is None else change(value) for value in values]
                    for values, change in zip(zip(*rows, strict=True), write, strict=True)
                ]
                rows = list(zip(*columns, strict=True))
            insert_rows(target, table.name, names, rows)
            copied += len(rows)
    finally:
        cursor.close()
    return copied


def _writer(column: sa.Column[Any], source: str, target: str) -> Callable[[Any], Any] | None:
    """Turn a value as one driver reads it into what the other writes; none where they agree."""
    if source == target:
        return None
    if isinstance(column.type, sa.Boolean):
        return bool
    if isinstance(column.type, UtcDateTime):
        return _text_of_moment if target == "sqlite" else _with_zone
    if isinstance(column.type, sa.Date) and target == "sqlite":
        return date.isoformat
    return None


def _text_of_moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _with_zone(text: str) -> str:
    return f"{text}+00:00"


def integrity_faults(engine: Engine) -> list[str]:
    """Ask the database whether it is whole.

    Parameters
    ----------
    engine : Engine
        The database.

    Returns
    -------
    list of str
        What is wrong, in words without any value of a row; empty if nothing is.
    """
    try:
        with reading(engine) as connection:
            if engine.dialect.name != "sqlite":
                for table in METADATA.sorted_tables:
                    connection.execute(sa.select(sa.func.count()).select_from(table)).scalar()
                return []
            rows = connection.exec_driver_sql("PRAGMA integrity_check").fetchall()
            faults = [str(row[0]) for row in rows if row[0] != "ok"]
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            return faults + [f"a row of {row[0]} refers to a missing row of {row[2]}" for row in broken]
    except StoreError as error:
        return [str(error)]


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
