"""What the disk or another process can do to us: told in words, with nothing changed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from geozone.errors import StoreError
from geozone.store import Store
from geozone.store.engine import writing

Make = Callable[..., Any]


def fill(store: Store, line_list: Make, now: datetime, cases: int = 50) -> None:
    rows = [{"case_id": f"C{i}", "home": f"thôn {i}", "name": "Hoàng Canary"} for i in range(cases)]
    store.import_line_list(line_list(rows), imported_at=now, actor="an")


def more(line_list: Make, cases: int = 2000) -> Any:
    rows = [{"case_id": f"D{i}", "home": "thôn " + "x" * 200, "name": "Hoàng Canary"} for i in range(cases)]
    return line_list(rows, sha="b")


def test_a_second_writer_waits_and_then_is_told(store_address: Any, line_list: Make, now: datetime) -> None:
    with (
        Store.open(store_address, create=True) as first,
        Store.open(store_address, lock_seconds=0.2) as second,
    ):
        fill(first, line_list, now)
        with writing(first._engine):
            assert len(second.cases()) == 50
            with pytest.raises(StoreError, match="another process is writing"):
                second.import_line_list(more(line_list), imported_at=now, actor="an")
        assert second.import_line_list(more(line_list), imported_at=now, actor="an").new == 2000


def test_a_full_database_is_told_and_unchanged(tmp_path: Path, line_list: Make, now: datetime) -> None:
    with Store.open(tmp_path / "geozone.db", create=True) as store:
        fill(store, line_list, now)
        before = (store.cases(), store.audit())
        connection = store._engine.raw_connection()
        pages = connection.driver_connection.execute("PRAGMA page_count").fetchone()[0]
        connection.driver_connection.execute(f"PRAGMA max_page_count={pages + 3}")
        connection.close()
        with pytest.raises(StoreError, match="the disk is full; nothing was changed") as caught:
            store.import_line_list(more(line_list), imported_at=now, actor="an")
        assert "Canary" not in str(caught.value)
        pd.testing.assert_frame_equal(store.cases(), before[0])
        pd.testing.assert_frame_equal(store.audit(), before[1])
        assert store.integrity_faults() == []


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda data: b"this is not a database" * 400, "not a database|damaged"),
        (lambda data: data[: len(data) // 2], "damaged|disk"),
        (lambda data: data[:4096] + os.urandom(8192) + data[12288:], "damaged"),
    ],
)
def test_a_damaged_file_is_named_and_not_touched(
    tmp_path: Path, line_list: Make, now: datetime, damage: Callable[[bytes], bytes], words: str
) -> None:
    path = tmp_path / "geozone.db"
    with Store.open(path, create=True) as store:
        fill(store, line_list, now, 3000)
    bad = damage(path.read_bytes())
    path.write_bytes(bad)
    for wal in tmp_path.glob("geozone.db-*"):
        wal.unlink()

    def everything() -> list[str]:
        with Store.open(path) as store:
            faults = store.integrity_faults()
            store.cases()
            store.places()
            store.persons()
            return faults

    try:
        faults = everything()
    except StoreError as error:
        faults = [str(error)]
    assert faults
    assert any(re.search(words, fault) for fault in faults) or "***" in faults[0]
    assert path.read_bytes() == bad


def _run_without_rights(code: str, *arguments: str) -> list[str]:
    """Run code as a user who owns nothing here (root may do anything, so it is dropped)."""
    prefix = "import os, sys, json\n"
    if os.geteuid() == 0:
        prefix += "from geozone.store import Store\nos.setgid(65534); os.setuid(65534)\n"
    result = subprocess.run(
        [sys.executable, "-c", prefix + textwrap.dedent(code), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    found: list[str] = json.loads(result.stdout.splitlines()[-1])
    return found


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users can enter, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        folder.chmod(0o755)


def test_a_file_that_may_not_be_written_is_told(line_list: Make, now: datetime, open_folder: Path) -> None:
    path = open_folder / "geozone.db"
    with Store.open(path, create=True) as store:
        fill(store, line_list, now)
    path.chmod(0o444)
    open_folder.chmod(0o555)
    told = _run_without_rights(
        """
        from datetime import UTC, datetime
        from geozone.errors import StoreError
        from geozone.store import Store
        told = []
        try:
            with Store.open(sys.argv[1]) as store:
                try:
                    store.set_setting("a", 1, set_at=datetime.now(UTC), actor="x")
                except StoreError as error:
                    told.append(str(error))
        except StoreError as error:
            told.append(str(error))
        print(json.dumps(told))
        """,
        str(path),
    )
    assert len(told) == 1
    assert "read-only" in told[0] or "cannot be opened" in told[0]


def test_the_file_and_its_log_are_closed_to_others(tmp_path: Path, line_list: Make, now: datetime) -> None:
    with Store.open(tmp_path / "geozone.db", create=True) as store:
        fill(store, line_list, now)
        modes = {path.name: path.stat().st_mode & 0o077 for path in tmp_path.iterdir()}
    assert "geozone.db-wal" in modes
    assert set(modes.values()) == {0}


def test_every_commit_is_synced(tmp_path: Path) -> None:
    with Store.open(tmp_path / "geozone.db", create=True) as store:
        connection = store._engine.raw_connection()
        pragmas = {
            name: connection.driver_connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
        connection.close()
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
