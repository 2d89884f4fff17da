"""The version of the tables: read it, bring it up to date, refuse a newer one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from geozone.errors import NotFoundError, StoreError
from geozone.store.engine import reading, writing
from geozone.store.gis_views import drop_gis_views, has_gis_views, make_gis_views
from geozone.store.identifiers import identifier_keys, note_key
from geozone.store.rewriting import sweep_if_noted
from geozone.store.sealed import SEALED
from geozone.store.tables import METADATA

if TYPE_CHECKING:
    from alembic.config import Config

    from geozone.access.sealing import IdentifierKeys

__all__ = ["HEAD", "VERSION_TABLE", "configuration", "migrate", "version"]

VERSION_TABLE = "geozone_version"
HEAD = "0005"
"""Newest version this geozone knows; a test holds it to the newest migration."""

_SEALED_SINCE = "0005"
_KNOWN = frozenset({"0001", "0002", "0003", "0004", "0005"})


def configuration(connection: Connection) -> Config:
    """Make the configuration for Alembic.

    Parameters
    ----------
    connection : Connection
        Where migrations run, in its transaction.

    Returns
    -------
    Config
        Names the migrations in the package.
    """
    from alembic.config import Config  # noqa: PLC0415 - a quarter of a second that only migrating needs

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def version(connection: Connection) -> str | None:
    """Read the version of the tables.

    Parameters
    ----------
    connection : Connection
        The database.

    Returns
    -------
    str or None
        None where geozone has made no tables yet.

    Raises
    ------
    StoreError
        If tables of the same names were made by something else.
    """
    names = set(sa.inspect(connection).get_table_names())
    if VERSION_TABLE in names:
        found = connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").scalar()
        return None if found is None else str(found)
    ours = names & set(METADATA.tables)
    if ours:
        raise StoreError(f"the database already holds tables that geozone did not make: {sorted(ours)}")
    return None


def migrate(engine: Engine, *, create: bool, keys: IdentifierKeys | None = None) -> None:
    """Bring the tables up to date in one transaction; what it overwrote is then taken out of the files.

    Parameters
    ----------
    engine : Engine
        The database.
    create : bool
        Whether tables are made in a database that has none.
    keys : IdentifierKeys, optional
        Keys of its identifiers: checked first, and made where none were ever used.

    Raises
    ------
    NotFoundError
        If the database has no tables of geozone and they are not to be made.
    StoreError
        If a newer geozone made the tables, the database refuses, or a key is missing.
    """
    with reading(engine) as connection:
        found = version(connection)
        used = identifier_keys(connection) if found is not None and found >= _SEALED_SINCE else []
    if found is None and not create:
        raise NotFoundError(f"database {engine.url.database} holds no geozone tables")
    if found is not None and found not in _KNOWN:
        raise StoreError(
            f"database {engine.url.database} has version {found}, made by a newer geozone; "
            f"this one knows up to {HEAD}"
        )
    if keys is not None:
        keys.check(used)
    if found != HEAD:
        from alembic import command  # noqa: PLC0415

        with writing(engine) as connection:
            viewed = has_gis_views(connection)
            if viewed:  # a view holds on to the columns that it shows
                drop_gis_views(connection)
            command.upgrade(configuration(connection), HEAD)
            if viewed:
                make_gis_views(connection)
    if keys is not None and keys.seals().names[0] not in used:
        with writing(engine) as connection:
            note_key(connection, keys.seals().names[0])
    sweep_if_noted(engine, tuple(SEALED))
