"""Connections: SQLite in WAL mode with full sync, PostgreSQL by address, and their errors in our words.

A driver's message may quote the row that it refused, and the row may hold a name: no driver text is
passed on, and no driver error is chained.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from geozone.access.sealing import IdentifierKeys
from geozone.errors import NotFoundError, StoreError
from geozone.store.sealed import KEYS_OPTION

__all__ = ["LOCK_SECONDS", "address", "connect", "reading", "translated", "writing"]

LOCK_SECONDS = 30
_WRITER_LOCK = 0x67656F7A
_WRITE = "geozone_write"

_SQLITE_REASONS = {
    sqlite3.SQLITE_BUSY: "another process is writing to it; try again when that has ended",
    sqlite3.SQLITE_LOCKED: "another process is writing to it; try again when that has ended",
    sqlite3.SQLITE_FULL: "the disk is full; nothing was changed",
    sqlite3.SQLITE_READONLY: "it is read-only for this user",
    sqlite3.SQLITE_PERM: "this user may not open it",
    sqlite3.SQLITE_CANTOPEN: "the file or its folder cannot be opened or written by this user",
    sqlite3.SQLITE_CORRUPT: "the file is damaged; restore a backup",
    sqlite3.SQLITE_NOTADB: "the file is not a database, or it is damaged",
    sqlite3.SQLITE_IOERR: "the disk reported an error; nothing was changed",
    sqlite3.SQLITE_CONSTRAINT: "a row breaks a rule of the tables; nothing was changed",
}
_POSTGRES_REASONS = {
    "08": "the connection was lost; nothing was changed",
    "23": "a row breaks a rule of the tables; nothing was changed",
    "25006": "it is read-only",
    "28": "user or password was refused",
    "3D": "there is no such database on the server",
    "40": "another process changed the same rows; try again",
    "42501": "this user may not do that",
    "53100": "the disk of the server is full; nothing was changed",
    "53": "the server lacks resources; nothing was changed",
    "55P03": "another process is writing to it; try again when that has ended",
    "57": "the server is shutting down or the query was cancelled; nothing was changed",
}


def address(where: str | Path) -> URL:
    """Turn a path or an address into the address of a database.

    Parameters
    ----------
    where : str or Path
        A file, or an address such as ``postgresql://user@host/name``.

    Returns
    -------
    URL
        With the driver that geozone uses.

    Raises
    ------
    StoreError
        If the address cannot be read, or names another kind of database.
    """
    if isinstance(where, Path) or "://" not in where:
        return URL.create("sqlite", database=str(where))
    try:
        url = make_url(where)
    except (ArgumentError, ValueError):
        raise StoreError("the address of the database cannot be read") from None
    backend = url.get_backend_name()
    if backend in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise StoreError(f"databases of kind {backend!r} are not supported; use SQLite or PostgreSQL")
    return url


def connect(
    url: URL, *, create: bool, lock_seconds: float = LOCK_SECONDS, keys: IdentifierKeys | None = None
) -> Engine:
    """Prepare an engine; a SQLite file is made private to its owner.

    Parameters
    ----------
    url : URL
        The database.
    create : bool
        Whether a missing SQLite file is made.
    lock_seconds : float
        How long to wait for another writer, seconds.
    keys : IdentifierKeys, optional
        Keys that direct identifiers are encrypted with.

    Returns
    -------
    Engine
        Transactions on it begin as ``reading`` or ``writing`` say.

    Raises
    ------
    NotFoundError
        If the SQLite file does not exist and is not to be made.
    StoreError
        If it cannot be made.
    """
    options = {} if keys is None else {KEYS_OPTION: keys}
    if url.get_backend_name() != "sqlite":
        return _postgres(url, lock_seconds, options)
    path = Path(url.database or "")
    if not url.database or url.database == ":memory:":
        raise StoreError("the private database must be a file or a PostgreSQL address")
    if not path.exists():
        if not create:
            raise NotFoundError(f"there is no database {path}")
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise StoreError(f"{path} cannot be made: {error.strerror}") from error
    return _sqlite(url, lock_seconds, options)


def _sqlite(url: URL, lock_seconds: float, options: dict[str, Any]) -> Engine:
    engine = sa.create_engine(
        url, hide_parameters=True, connect_args={"timeout": lock_seconds}, execution_options=options
    )

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: Any) -> None:
        # pysqlite must not open transactions by itself: BEGIN is said below, before the first read.
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "cache_size=-65536",
            "secure_delete=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        write = connection.get_execution_options().get(_WRITE, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _postgres(url: URL, lock_seconds: float, options: dict[str, Any]) -> Engine:
    try:
        engine = sa.create_engine(
            url,
            hide_parameters=True,
            pool_pre_ping=True,
            isolation_level="REPEATABLE READ",
            execution_options=options,
        )
    except ModuleNotFoundError:
        raise StoreError("PostgreSQL needs a driver: pip install 'geozone[postgresql]'") from None

    @sa.event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get(_WRITE, False):
            # The lock is taken before the snapshot, so a writer sees all that the last one wrote.
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{int(lock_seconds * 1000)}ms'")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})")

    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Read from one moment of the database.

    Parameters
    ----------
    engine : Engine
        The database.

    Yields
    ------
    Connection
        In a transaction that sees no later writes.

    Raises
    ------
    StoreError
        If the database refuses.
    """
    with translated(engine), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Write all or nothing, one writer at a time.

    Parameters
    ----------
    engine : Engine
        The database.

    Yields
    ------
    Connection
        In a transaction that is on disk when the block ends, or undone if it raises.

    Raises
    ------
    StoreError
        If the database refuses; nothing has changed.
    """
    isolation = {} if engine.dialect.name == "sqlite" else {"isolation_level": "READ COMMITTED"}
    with (
        translated(engine),
        engine.execution_options(**{_WRITE: True}, **isolation).connect() as connection,
        connection.begin(),
    ):
        yield connection


@contextmanager
def translated(engine: Engine) -> Iterator[None]:
    """Say what a database refused in our words, without any value of a row.

    Parameters
    ----------
    engine : Engine
        The database.

    Yields
    ------
    None
        While the block runs.

    Raises
    ------
    StoreError
        In place of any error of the driver.
    """
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreError(f"{_name(engine)}: {_reason(error)}") from None
    except _driver_errors(engine) as error:
        raise StoreError(f"{_name(engine)}: {_driver_reason(error)}") from None


def _name(engine: Engine) -> str:
    if engine.dialect.name == "sqlite":
        return f"database {engine.url.database}"
    return f"database {engine.url.database} on {engine.url.host or 'this machine'}"


def _reason(error: SQLAlchemyError) -> str:
    if not isinstance(error, DBAPIError) or error.orig is None:
        return f"it refused ({type(error).__name__})"
    return _driver_reason(error.orig)


def _driver_errors(engine: Engine) -> type[BaseException]:
    """Name the errors of the driver, for the few calls that do not pass through SQLAlchemy."""
    driver: Any = engine.dialect.loaded_dbapi
    errors: type[BaseException] = driver.Error
    return errors


def _driver_reason(error: BaseException) -> str:
    if isinstance(error, sqlite3.Error):
        return _sqlite_reason(error)
    state = getattr(error, "sqlstate", None)
    if state is None:
        return "the server cannot be reached"
    for length in (5, 2):
        if state[:length] in _POSTGRES_REASONS:
            return _POSTGRES_REASONS[state[:length]]
    return f"it refused (SQLSTATE {state})"


def _sqlite_reason(error: sqlite3.Error) -> str:
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return f"it refused ({type(error).__name__})"
    return _SQLITE_REASONS.get(code & 0xFF, f"it refused ({getattr(error, 'sqlite_errorname', code)})")
