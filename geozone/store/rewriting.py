"""Encrypted columns written anew, some rows at a time, also those that are otherwise only appended to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy.engine import Connection, Engine

from geozone.store.engine import reading, translated, writing
from geozone.store.frames import execute_many, fetch

__all__ = [
    "BATCH_ROWS",
    "Turn",
    "appended_opened",
    "note_sweep",
    "rewrite_batch",
    "rewrite_table",
    "sweep_if_noted",
]

BATCH_ROWS: Final = 2_000
_APPEND_ONLY: Final = ("review_decisions", "review_places")

Turn = Callable[[str, list[str | None], list[tuple[Any, ...]]], list[str | None]]
"""Makes the new texts of a column: its name, the texts there, the keys of their rows."""


@contextmanager
def appended_opened(connection: Connection, table: str) -> Iterator[None]:
    """Let rows of a table that is only appended to be changed, until the block ends.

    Parameters
    ----------
    connection : Connection
        A write transaction: nobody else meets the table open.
    table : str
        Nothing is done for another table.

    Yields
    ------
    None
        While the block runs.
    """
    if table not in _APPEND_ONLY:
        yield
    elif connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", (table,)
        ).fetchall()
        for name, _ in found:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        yield
        for _, sql in found:
            connection.exec_driver_sql(sql)
    else:
        connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER {table}_append_only")
        yield
        connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE TRIGGER {table}_append_only")


def rewrite_batch(
    connection: Connection,
    table: str,
    columns: Sequence[str],
    key: Sequence[str],
    turn: Turn,
    *,
    after: tuple[Any, ...] | None = None,
    where: str = "",
) -> tuple[tuple[Any, ...] | None, int]:
    """Write some columns of the next rows anew.

    Parameters
    ----------
    connection : Connection
        A write transaction.
    table : str
        Which table.
    columns : sequence of str
        What is written.
    key : sequence of str
        What ``turn`` is told of each row.
    turn : callable
        Makes the new texts.
    after : tuple, optional
        Where the last batch ended.
    where : str
        Only these rows.

    Returns
    -------
    after : tuple or None
        Where this batch ended; ``None`` when no row was left.
    rows : int
        How many rows it had.
    """
    order = ("case_id", "role") if table == "geocodes" else ("seq",)
    conditions = [f"({where})"] if where else []
    if after is not None:
        conditions.append(f"({', '.join(order)}) > ({', '.join('?' * len(order))})")
    chosen = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    rows = fetch(
        connection,
        f"SELECT {', '.join((*order, *key, *columns))} FROM {table} {chosen} "
        f"ORDER BY {', '.join(order)} LIMIT {BATCH_ROWS}",
        after or (),
    )
    if not rows:
        return None, 0
    begin = len(order)
    keys = [tuple(row[begin : begin + len(key)]) for row in rows]
    turned = [
        turn(column, [row[begin + len(key) + at] for row in rows], keys) for at, column in enumerate(columns)
    ]
    sets = ", ".join(f"{column} = ?" for column in columns)
    same = " AND ".join(f"{name} = ?" for name in order)
    pointers = [tuple(row[:begin]) for row in rows]
    values = [(*texts, *at) for texts, at in zip(zip(*turned, strict=True), pointers, strict=True)]
    with appended_opened(connection, table):
        execute_many(connection, f"UPDATE {table} SET {sets} WHERE {same}", values)
    return pointers[-1], len(rows)


def rewrite_table(
    connection: Connection, table: str, columns: Sequence[str], key: Sequence[str], turn: Turn
) -> None:
    """Write some columns of every row anew in one transaction, with memory for some rows only.

    Parameters
    ----------
    connection : Connection
        A write transaction.
    table : str
        Which table.
    columns, key : sequence of str
        What is written, and what ``turn`` is told of each row.
    turn : callable
        Makes the new texts.
    """
    after, _ = rewrite_batch(connection, table, columns, key, turn)
    while after is not None:
        after, _ = rewrite_batch(connection, table, columns, key, turn, after=after)


def _sweep(engine: Engine, tables: Sequence[str]) -> bool:
    """Empty old pages, the log and dead rows; false where others at work keep the log."""
    with translated(engine):
        if engine.dialect.name != "sqlite":
            with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
                for table in tables:
                    connection.exec_driver_sql(f"VACUUM (FULL) {table}")
            return True
        raw = engine.raw_connection()
        try:
            driver: Any = raw.driver_connection
            driver.execute("VACUUM")
            busy = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        finally:
            raw.close()
    return not busy


def note_sweep(connection: Connection, *, needed: bool) -> None:
    """Remember that old pages are still to be swept, or that they were.

    Parameters
    ----------
    connection : Connection
        A write transaction.
    needed : bool
        Whether they are.
    """
    connection.exec_driver_sql("DELETE FROM settings WHERE key = 'sweep-needed'")
    if needed:
        connection.exec_driver_sql("INSERT INTO settings (key, value) VALUES ('sweep-needed', 'true')")


def sweep_if_noted(engine: Engine, tables: Sequence[str]) -> bool:
    """Sweep if a transaction before, or a process that was killed, noted that it is needed.

    Parameters
    ----------
    engine : Engine
        The database.
    tables : sequence of str
        Where something was overwritten.

    Returns
    -------
    bool
        Whether nothing is left to be swept.

    Raises
    ------
    StoreError
        If the database refuses.
    """
    with reading(engine) as connection:
        noted = connection.exec_driver_sql("SELECT 1 FROM settings WHERE key = 'sweep-needed'").first()
    if noted is None:
        return True
    if not _sweep(engine, tables):
        return False
    with writing(engine) as connection:
        note_sweep(connection, needed=False)
    return True
