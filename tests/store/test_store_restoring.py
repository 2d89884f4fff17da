"""A backup is restored or a database moved with equal checksums; PostGIS shows points to other programs."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from geozone.errors import ConflictError, NotFoundError, StoreError
from geozone.store import Store
from geozone.store.engine import address
from geozone.store.restoring import move, restore

Make = Callable[..., Any]


def fill(store: Store, line_list: Make, answers: Make, now: datetime, *, cases: int = 40) -> None:
    rows = [
        {
            "case_id": f"C{i}",
            "home": f"thôn {i}",
            "name": "Đỗ Thị Ộ",
            "age": i % 90,
            "onset_date": "2021-05-30",
        }
        for i in range(cases)
    ]
    store.import_line_list(line_list(rows), imported_at=now, actor="an")
    pending = store.pending_places("v1")
    store.save_geocodes(answers(pending), geocoded_at=now, actor="an", inputs="v1", made_from=pending)


def test_a_backup_is_restored_with_equal_checksums(
    store: Store, line_list: Make, answers: Make, now: datetime, tmp_path: Path
) -> None:
    fill(store, line_list, answers, now)
    store.backup(tmp_path / "backup.db")
    before = (tmp_path / "backup.db").read_bytes()
    rows = restore(tmp_path / "backup.db", tmp_path / "restored.db")
    assert rows["cases"] == 40
    assert (tmp_path / "backup.db").read_bytes() == before
    with Store.open(tmp_path / "restored.db") as restored:
        assert restored.checksums() == store.checksums()
        assert restored.integrity_faults() == []
    assert not list(tmp_path.glob(".*restore*"))


def test_checksums_notice_any_change(store: Store, line_list: Make, answers: Make, now: datetime) -> None:
    fill(store, line_list, answers, now)
    before = store.checksums()
    store.import_line_list(line_list([{"case_id": "C3", "age": 99}], sha="b"), imported_at=now, actor="an")
    after = store.checksums()
    assert {name for name in before if before[name] != after[name]} == {"cases", "sources", "audit"}
    assert before["cases"].rows == after["cases"].rows


def test_between_the_two_kinds_and_back(
    postgres_address: str, line_list: Make, answers: Make, now: datetime, tmp_path: Path
) -> None:
    with Store.open(tmp_path / "a.db", create=True) as store:
        fill(store, line_list, answers, now)
        move(store, postgres_address)
        with pytest.raises(StoreError, match="already holds"):
            move(store, postgres_address)
        with Store.open(postgres_address) as moved:
            assert moved.checksums() == store.checksums()
            moved.backup(tmp_path / "b.db")
        restore(tmp_path / "b.db", tmp_path / "c.db")
        with Store.open(tmp_path / "c.db") as back:
            assert back.checksums() == store.checksums()


def test_a_backup_is_restored_into_postgresql(
    postgres_address: str, line_list: Make, answers: Make, now: datetime, tmp_path: Path
) -> None:
    with Store.open(tmp_path / "a.db", create=True) as store:
        fill(store, line_list, answers, now)
        store.backup(tmp_path / "b.db")
    restore(tmp_path / "b.db", postgres_address)
    with Store.open(postgres_address) as restored, Store.open(tmp_path / "a.db") as store:
        assert restored.checksums() == store.checksums()
    assert not list(tmp_path.glob(".b.db*"))


def test_what_is_there_is_replaced_on_request_only_and_kept(
    line_list: Make, answers: Make, now: datetime, tmp_path: Path
) -> None:
    for name, cases in (("old", 3), ("new", 5)):
        with Store.open(tmp_path / f"{name}.db", create=True) as store:
            fill(store, line_list, answers, now, cases=cases)
            store.backup(tmp_path / f"{name}.backup")
    with pytest.raises(ConflictError, match="is there already"):
        restore(tmp_path / "new.backup", tmp_path / "old.db")
    restore(tmp_path / "new.backup", tmp_path / "old.db", replace=True)
    with Store.open(tmp_path / "old.db") as store:
        assert len(store.cases()) == 5
    with Store.open(tmp_path / "old.db.before-restore") as kept:
        assert len(kept.cases()) == 3


@pytest.mark.parametrize("content", [b"", b"garbage" * 1000])
def test_a_damaged_backup_changes_nothing(
    line_list: Make, answers: Make, now: datetime, tmp_path: Path, content: bytes
) -> None:
    with Store.open(tmp_path / "old.db", create=True) as store:
        fill(store, line_list, answers, now, cases=3)
    (tmp_path / "bad.backup").write_bytes(content)
    with pytest.raises((StoreError, NotFoundError)):
        restore(tmp_path / "bad.backup", tmp_path / "old.db", replace=True)
    with pytest.raises(NotFoundError, match="no backup"):
        restore(tmp_path / "none.backup", tmp_path / "old.db", replace=True)
    with Store.open(tmp_path / "old.db") as store:
        assert len(store.cases()) == 3
    assert not list(tmp_path.glob(".old.db.*"))


def test_a_backup_that_was_cut_inside_is_refused(
    line_list: Make, answers: Make, now: datetime, tmp_path: Path
) -> None:
    with Store.open(tmp_path / "a.db", create=True) as store:
        fill(store, line_list, answers, now, cases=300)
        store.backup(tmp_path / "b.db")
    with sqlite3.connect(tmp_path / "b.db") as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute("DELETE FROM cases WHERE case_id = 'C7'")
    connection.close()
    with pytest.raises(StoreError, match="refers to a missing row"):
        restore(tmp_path / "b.db", tmp_path / "c.db")
    assert not (tmp_path / "c.db").exists()


def test_postgis_shows_points_to_ogrinfo(
    postgres_address: str, line_list: Make, answers: Make, now: datetime
) -> None:
    if shutil.which("ogrinfo") is None:
        pytest.skip("ogrinfo is not installed")
    url = address(postgres_address)
    with psycopg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False)) as owner:
        owner.execute("create extension if not exists postgis")
    with Store.open(postgres_address, create=True) as store:
        fill(store, line_list, answers, now)
        assert "geozone_gis.case_points" in store.make_gis_views()
        assert store.make_gis_views() == store.make_gis_views()
    where = f"PG:host={url.host} port={url.port or 5432} dbname={url.database} user={url.username}"
    told = subprocess.run(
        ["ogrinfo", "-ro", "-so", f"{where} password={url.password}", "geozone_gis.case_points"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Feature Count: 40" in told.stdout, told.stdout + told.stderr
    assert "Geometry: Point" in told.stdout
    assert "WGS 84" in told.stdout
    assert "thôn" not in told.stdout
    assert "Đỗ" not in json.dumps(told.stdout, ensure_ascii=False)


def test_sqlite_has_no_geometry_columns(tmp_path: Path) -> None:
    with Store.open(tmp_path / "a.db", create=True) as store, pytest.raises(StoreError, match="PostGIS"):
        store.make_gis_views()
