"""The version of the tables: migrations say the same as the tables, up and down, and newer is refused."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from geozone.errors import NotFoundError, StoreError
from geozone.store import Store
from geozone.store.engine import address, connect, reading, writing
from geozone.store.tables import METADATA
from geozone.store.versions import _KNOWN, HEAD, VERSION_TABLE, configuration, version


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
def test_the_tables_are_what_the_migrations_make(store: Store) -> None:
    with reading(store._engine) as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE, "compare_type": True}
        )
        assert compare_metadata(context, METADATA) == []


def test_the_known_versions_are_the_migrations_in_the_package(store: Store) -> None:
    with reading(store._engine) as connection:
        scripts = ScriptDirectory.from_config(configuration(connection))
        assert scripts.get_current_head() == HEAD
        assert {script.revision for script in scripts.walk_revisions()} == _KNOWN
        assert version(connection) == HEAD


def test_down_and_up_again(store: Store, line_list: Any, now: datetime) -> None:
    store.import_line_list(line_list([{"case_id": "C1", "home": "x"}]), imported_at=now, actor="an")
    with writing(store._engine) as connection:
        command.downgrade(configuration(connection), "base")
    with reading(store._engine) as connection:
        assert set(sa.inspect(connection).get_table_names()) == {VERSION_TABLE}
        assert version(connection) is None
    with writing(store._engine) as connection:
        command.upgrade(configuration(connection), "head")
    assert store.cases().empty


def test_opening_again_keeps_everything(store_address: Any, line_list: Any, now: datetime) -> None:
    with Store.open(store_address, create=True) as store:
        store.import_line_list(line_list([{"case_id": "C1"}]), imported_at=now, actor="an")
    for create in (True, False):
        with Store.open(store_address, create=create) as store:
            assert len(store.cases()) == 1


def test_a_newer_version_is_refused(store_address: Any) -> None:
    with Store.open(store_address, create=True) as store, writing(store._engine) as connection:
        connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    with pytest.raises(StoreError, match="9999, made by a newer geozone"):
        Store.open(store_address)


def test_a_database_without_our_tables_is_not_taken_for_one(store_address: Any, tmp_path: Path) -> None:
    if isinstance(store_address, Path):
        with pytest.raises(NotFoundError, match="there is no database"):
            Store.open(store_address)
        assert not store_address.exists()
        store_address.touch()
    with pytest.raises(NotFoundError, match="holds no geozone tables"):
        Store.open(store_address)


def test_tables_of_somebody_else_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE cases (x)")
    other.close()
    with pytest.raises(StoreError, match="did not make"):
        Store.open(path, create=True)


def test_two_processes_may_open_a_new_database_at_once(store_address: Any) -> None:
    first = connect(address(store_address), create=True)
    with Store.open(store_address, create=True) as store, reading(first) as connection:
        assert version(connection) == HEAD
        assert store.cases().empty
    first.dispose()


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("mysql://user:secret-word@host/name", "not supported"),
        ("postgresql://user:secret-word@host:port/name", "cannot be read"),
        ("sqlite://", "must be a file"),
        ("postgresql://user:secret-word@127.0.0.1:1/name", "cannot be reached"),
    ],
)
def test_an_address_that_cannot_be_used_is_told_without_its_password(where: str, words: str) -> None:
    with pytest.raises(StoreError, match=words) as caught:
        Store.open(where)
    assert "secret-word" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_the_representation_hides_the_password(postgres_address: str) -> None:
    with Store.open(postgres_address, create=True) as store:
        assert "***" in repr(store)
        assert f":{address(postgres_address).password}@" not in repr(store)
