"""The keys that identifiers are encrypted with: where they are, which are in use, how one is replaced."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import URL, Connection, Engine

from geozone.access.sealing import KEY_NAME_LENGTH, IdentifierKeys
from geozone.errors import StoreError
from geozone.store.engine import reading, writing
from geozone.store.frames import fetch
from geozone.store.records import append_audit
from geozone.store.rewriting import note_sweep, rewrite_batch, sweep_if_noted
from geozone.store.sealed import KEYS_OPTION, SEALED, SealedTable, open_texts, seal_texts

__all__ = ["KEY_FILE", "Identifiers", "identifier_keys", "key_file_of", "note_key"]

KEY_FILE = "identifiers.keys"
"""Name of the file of the keys, in the folder of secrets."""


def key_file_of(url: URL) -> Path:
    """Tell where the keys of a database are, unless another file is named.

    Parameters
    ----------
    url : URL
        The database.

    Returns
    -------
    Path
        In the folder ``secrets`` beside a SQLite file, as in a workspace.

    Raises
    ------
    StoreError
        If the database is on a server: its key must be named.
    """
    if url.get_backend_name() != "sqlite":
        raise StoreError("name the file of the identifier key: GEOZONE_IDENTIFIER_KEY_FILE")
    return Path(url.database or "").parent / "secrets" / KEY_FILE


def identifier_keys(connection: Connection) -> list[str]:
    """Name the keys that the database was written with.

    Parameters
    ----------
    connection : Connection
        Where to read.

    Returns
    -------
    list of str
        Their names; empty where nothing was ever encrypted.
    """
    return [name for (name,) in fetch(connection, "SELECT name FROM identifier_keys")]


def note_key(connection: Connection, name: str) -> None:
    """Note that rows are written with a key from now on.

    Parameters
    ----------
    connection : Connection
        A write transaction.
    name : str
        Its name.
    """
    insert = text("INSERT INTO identifier_keys (name) VALUES (:name) ON CONFLICT DO NOTHING")
    connection.execute(insert, {"name": name})


class Identifiers:
    """The part of the store that looks after the encryption of identifiers.

    Parameters
    ----------
    engine : Engine
        A database whose tables are up to date.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def keys(self) -> IdentifierKeys:
        """The keys that identifiers are encrypted with."""
        found = self._engine.get_execution_options()[KEYS_OPTION]
        assert isinstance(found, IdentifierKeys)  # noqa: S101 - every store is opened with them
        return found

    def identifier_keys(self) -> list[str]:
        """Name the keys that the database was written with; more than one while one is being replaced.

        Returns
        -------
        list of str
            Their names.
        """
        with reading(self._engine) as connection:
            return identifier_keys(connection)

    def rotate_identifiers(
        self,
        *,
        at: datetime,
        actor: str,
        destroy_old: bool = False,
        told: Callable[[int], None] = lambda _: None,
    ) -> int:
        """Encrypt every identifier with a new key, some rows at a time, while others go on working.

        Killed and called again it goes on where it was, with the same new key.

        Parameters
        ----------
        at : datetime
            When, with zone.
        actor : str
            Who asked.
        destroy_old : bool
            Whether the older keys are destroyed at the end: identifiers in every backup made before are then
            unreadable for ever.
        told : callable
            Called with the rows written so far.

        Returns
        -------
        int
            Rows written anew.

        Raises
        ------
        StoreError
            If the database, the disk or the file of keys refuses; what was written is readable.
        """
        under_way = len(self.identifier_keys()) > 1
        if not under_way:
            self.keys.rotate()
        active = self.keys.seals().names[0]
        with writing(self._engine) as connection:
            note_key(connection, active)
        written = sum(self._rotate_table(table, spec, active, told) for table, spec in SEALED.items())
        with writing(self._engine) as connection:
            connection.exec_driver_sql(f"DELETE FROM identifier_keys WHERE name <> '{active}'")
            note_sweep(connection, needed=True)
            entry = ("identifiers", {"rows": written, "key": active, "old_destroyed": destroy_old})
            append_audit(connection, at=at, actor=actor, action="access:rotate-identifiers", entries=[entry])
        if destroy_old:
            self.keys.destroy_older()
        self.sweep()
        return written

    def _rotate_table(self, table: str, spec: SealedTable, active: str, told: Callable[[int], None]) -> int:
        stale = " OR ".join(f"substr({name}, 1, {KEY_NAME_LENGTH}) <> '{active}'" for name in spec.columns)
        after: tuple[object, ...] | None = None
        written = 0
        while True:
            with writing(self._engine) as connection:
                turn = partial(_sealed_anew, connection, table)
                after, rows = rewrite_batch(
                    connection, table, spec.columns, spec.key, turn, after=after, where=stale
                )
            if after is None:
                return written
            written += rows
            told(rows)

    def sweep(self) -> bool:
        """Take what was overwritten out of the files, if that is still to be done.

        Returns
        -------
        bool
            False where others are at work in the database: the next start does it.
        """
        return sweep_if_noted(self._engine, tuple(SEALED))


def _sealed_anew(
    connection: Connection,
    table: str,
    column: str,
    sealed: list[str | None],
    keys: list[tuple[object, ...]],
) -> list[str | None]:
    return seal_texts(connection, table, column, open_texts(connection, table, column, sealed, keys), keys)
