"""Backups and copies: whole, made while in use, from either kind of database to either."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from geozone.errors import StoreError
from geozone.store import Store, backup
from geozone.types import Source

Make = Callable[..., Any]

TABLES = ("cases", "places", "persons", "geocodes", "population", "audit", "source_table")


@pytest.fixture
def filled(store: Store, line_list: Make, answers: Make, now: datetime) -> Store:
    rows = [
        {"case_id": f"C{i}", "home": f"thôn {i}", "name": "A", "age": i, "source_known": bool(i % 2)}
        for i in range(30)
    ]
    store.import_line_list(line_list(rows), imported_at=now, actor="an")
    table = answers(store.pending_places("v1").head(20))
    store.save_geocodes(table, geocoded_at=now, actor="an", inputs="v1")
    people = pd.DataFrame(
        {"code": ["00001"], "age_from": [0], "age_to": [None], "population": [9.5], "population_flag": ["ok"]}
    )
    store.replace_population(
        people, source=Source("population", "p.csv", "f" * 64, ""), imported_at=now, actor="an"
    )
    store.set_setting("focus", "Bắc Ninh", set_at=now, actor="an")
    return store


def assert_same(a: Store, b: Store) -> None:
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(a, name)(), getattr(b, name)())
    assert a.setting("focus") == b.setting("focus")
    assert a.sources() == b.sources()


def test_a_backup_is_one_private_file_that_opens(filled: Store, tmp_path: Path) -> None:
    target = tmp_path / "backup" / "b.db"
    target.parent.mkdir()
    filled.backup(target)
    assert [path.name for path in target.parent.iterdir()] == ["b.db"]
    assert target.stat().st_mode & 0o077 == 0
    with Store.open(target) as copy:
        assert_same(filled, copy)
        assert copy.integrity_faults() == []


def test_a_copy_can_be_written_on(
    filled: Store, tmp_path: Path, line_list: Make, now: datetime, request: pytest.FixtureRequest
) -> None:
    with Store.open(tmp_path / "copy.db", create=True) as copy:
        counts = filled.copy_to(copy)
        assert counts["cases"] == 30
        copy.import_line_list(line_list([{"case_id": "new"}], sha="b"), imported_at=now, actor="an")
        assert len(copy.cases()) == 31
        with pytest.raises(StoreError, match="already holds"):
            filled.copy_to(copy)


def test_from_sqlite_to_postgresql_and_back(
    tmp_path: Path, postgres_address: str, line_list: Make, now: datetime
) -> None:
    rows = [{"case_id": f"C{i}", "home": "x", "onset_date": "2021-05-01"} for i in range(5)]
    with (
        Store.open(tmp_path / "a.db", create=True) as first,
        Store.open(postgres_address, create=True) as second,
        Store.open(tmp_path / "b.db", create=True) as third,
    ):
        first.import_line_list(line_list(rows), imported_at=now, actor="an")
        first.copy_to(second)
        second.import_line_list(line_list([{"case_id": "more"}], sha="b"), imported_at=now, actor="an")
        second.copy_to(third)
        assert_same(second, third)
        assert len(third.cases()) == 6


@pytest.fixture
def writer(filled: Store, line_list: Make, now: datetime) -> Iterator[threading.Event]:
    """Import batches of three cases until told to stop."""
    stop = threading.Event()
    started = threading.Event()

    def work() -> None:
        number = 0
        while not stop.is_set():
            rows = [{"case_id": f"W{number}-{i}", "home": "x"} for i in range(3)]
            filled.import_line_list(line_list(rows, sha=f"{number:064x}"), imported_at=now, actor="w")
            number += 1
            started.set()

    thread = threading.Thread(target=work)
    thread.start()
    started.wait(20)
    yield stop
    stop.set()
    thread.join()


def test_a_backup_made_while_writing_holds_whole_imports_only(
    filled: Store, tmp_path: Path, writer: threading.Event
) -> None:
    for number in range(3):
        target = tmp_path / f"{number}.db"
        filled.backup(target)
        with Store.open(target) as copy:
            cases = copy.cases()["case_id"]
            batches = cases[cases.str.startswith("W")].str.partition("-")[0].value_counts()
            assert set(batches) <= {3}
            assert len(copy.places()) == len(cases)
            assert copy.integrity_faults() == []


def test_a_backup_that_fails_leaves_the_last_one(
    filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "b.db"
    target.write_bytes(b"the last backup")

    def refuse(path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup, "_sync", refuse)
    with pytest.raises(StoreError, match="No space left"):
        filled.backup(target)
    assert target.read_bytes() == b"the last backup"
    assert not list(tmp_path.glob(".*"))


def test_a_backup_to_no_folder_is_told(filled: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written"):
        filled.backup(tmp_path / "none" / "b.db")


def test_an_index_that_does_not_agree_is_found(tmp_path: Path, line_list: Make, now: datetime) -> None:
    path = tmp_path / "geozone.db"
    with Store.open(path, create=True) as store:
        rows = [{"case_id": f"C{i}", "home": "x"} for i in range(20)]
        store.import_line_list(line_list(rows), imported_at=now, actor="an")
        assert store.integrity_faults() == []
    other = sqlite3.connect(path)
    other.execute("PRAGMA foreign_keys=OFF")
    other.execute("DELETE FROM cases WHERE case_id = 'C3'")
    other.commit()
    other.close()
    with Store.open(path) as store:
        assert store.integrity_faults() == ["a row of case_places refers to a missing row of cases"]
