"""A disk that refuses: at every single call of a publication, for real, and in the right order."""

from __future__ import annotations

import errno
import itertools
import json
import os
import shutil
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from geozone.errors import ConflictError, NotFoundError, StoreError
from geozone.pipeline.publish import signing_key
from geozone.release import DraftStore, ReleaseStore
from geozone.store import Store
from geozone.store.engine import address
from geozone.workspace import Workspace

Make = Callable[..., Any]

CALLS = ("fsync", "replace", "open")


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], None]]:
    """Make the n-th call to the disk fail as a full one does."""
    real = {name: getattr(os, name) for name in CALLS}

    def arm(point: int) -> None:
        calls = itertools.count(1)

        def refuse(name: str) -> Callable[..., Any]:
            def call(*values: Any, **named: Any) -> Any:
                if next(calls) == point:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                return real[name](*values, **named)

            return call

        for name in CALLS:
            monkeypatch.setattr(os, name, refuse(name) if point else real[name])

    yield arm
    arm(0)


def test_a_full_disk_at_any_call_leaves_the_previous_release(
    tmp_path: Path, draft: Make, now: datetime, failing: Callable[[int], None]
) -> None:
    start = tmp_path / "start"
    first = ReleaseStore(start).publish(draft(1), decision="1", created_at=now, actor="an")
    told: list[str] = []
    for point in itertools.count(1):
        root = tmp_path / str(point)
        shutil.copytree(start, root)
        releases = ReleaseStore(root)
        failing(point)
        try:
            made = releases.publish(draft(2, radius=0.02), decision="2", created_at=now, actor="an")
        except StoreError as error:
            failing(0)
            told.append(str(error))
            current = releases.get("current")
            assert releases.verify("current").ok
            # The rename is the moment of publication; only the sync of its folder can fail after it.
            if current.digest != first.digest:
                assert current.manifest["previous"] == first.digest
            assert not list(root.rglob("*.tmp"))
            again = ReleaseStore(root).publish(
                draft(2, radius=0.02), decision="2", created_at=now, actor="an"
            )
            assert again.manifest["previous"] == first.digest
            assert len(ReleaseStore(root).list()) == 2
            assert {path.stem for path in (root / "manifests").iterdir()} == {first.digest, again.digest}
        else:
            failing(0)
            assert releases.get("current").digest == made.digest
            if told and point > len(told) + 3:
                break
        shutil.rmtree(root)
    assert len(told) >= 15
    assert all("No space left" in text for text in told)


def test_a_full_disk_at_any_call_leaves_the_last_draft(
    tmp_path: Path, draft: Make, now: datetime, failing: Callable[[int], None]
) -> None:
    drafts = DraftStore(tmp_path)
    first = drafts.save(draft(1), saved_at=now, actor="an")
    for point in itertools.count(1):
        failing(point)
        try:
            second = drafts.save(draft(2, radius=0.02), saved_at=now, actor="an")
        except StoreError:
            failing(0)
            assert drafts.latest().id in {first, *drafts.list()}
            assert not list(tmp_path.rglob("*.tmp"))
        else:
            failing(0)
            assert drafts.latest().id == second
            break


def test_what_a_pointer_names_is_synced_before_the_pointer_moves(
    tmp_path: Path, draft: Make, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blobs, then the manifest, then the pointer; each file before its rename, each folder after it."""
    releases = ReleaseStore(tmp_path)
    events: list[tuple[str, str]] = []
    real_sync, real_replace = os.fsync, os.replace

    def sync(handle: int) -> None:
        events.append(("sync", Path(f"/proc/self/fd/{handle}").readlink().name))
        real_sync(handle)

    def replace(source: Any, target: Any) -> None:
        events.append(("rename", Path(target).name))
        assert events[-2] == ("sync", Path(source).name)
        real_replace(source, target)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(os, "replace", replace)
    made = releases.publish(draft(), decision="1", created_at=now, actor="an")
    renamed = [name for kind, name in events if kind == "rename"]
    blobs = {path.name for path in (tmp_path / "objects").iterdir()}
    assert set(renamed[:-2]) == blobs
    assert renamed[-2:] == [f"{made.digest}.json", "current"]
    folders = {
        **dict.fromkeys(blobs, "objects"),
        f"{made.digest}.json": "manifests",
        "current": tmp_path.name,
    }
    for position, (kind, name) in enumerate(events):
        if kind == "rename":
            assert events[position + 1] == ("sync", folders[name])


def test_a_release_folder_that_cannot_be_written_can_still_be_read(
    tmp_path: Path, draft: Make, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    ReleaseStore(tmp_path).publish(draft(), decision="1", created_at=now, actor="an")

    def read_only(path: Any, flags: int, *rest: Any, **named: Any) -> int:
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return real(path, flags, *rest, **named)

    real = os.open
    monkeypatch.setattr(os, "open", read_only)
    releases = ReleaseStore(tmp_path)
    assert len(releases.get("current").layer("communes")) == 4
    assert releases.verify("current").ok
    with pytest.raises(StoreError, match="Read-only file system"):
        releases.publish(draft(2), decision="2", created_at=now, actor="an")


REAL_DISK = """
    import importlib.util, sys
    from datetime import UTC, datetime
    from pathlib import Path
    spec = importlib.util.spec_from_file_location("fixtures", sys.argv[2])
    fixtures = importlib.util.module_from_spec(spec)
    sys.modules["fixtures"] = fixtures
    spec.loader.exec_module(fixtures)
    from geozone.errors import StoreError
    from geozone.release import ReleaseStore
    from geozone.store import Store
    root, now = Path(sys.argv[1]), datetime(2021, 7, 1, tzinfo=UTC)
    store = Store.open(root / "geozone.db", create=True)
    releases = ReleaseStore(root / "releases")
    held, published, told = 0, None, []
    for number in range(400):
        if "store" not in told:
            rows = [{"case_id": f"C{number}-{i}", "home": "thon " * 40} for i in range(200)]
            try:
                made = fixtures.make_line_list(rows, sha=f"{number:064x}")
                store.import_line_list(made, imported_at=now, actor="an")
                held += 1
            except StoreError as error:
                assert "full" in str(error) or "disk" in str(error), error
                told.append("store")
        try:
            made = fixtures.make_draft(1, communes=300, radius=0.01 + number / 1000)
            published = releases.publish(made, decision=str(number), created_at=now, actor="an").digest
        except StoreError as error:
            assert "No space" in str(error), error
            told.append("release")
            break
    assert "release" in told, told
    assert len(store.cases()) == 200 * held
    assert store.integrity_faults() == []
    store.close()
    again = ReleaseStore(root / "releases")
    assert again.get("current").digest == published
    assert again.verify("current").ok
    print("held", held, *told)
"""


def test_a_disk_that_really_fills(tmp_path: Path) -> None:
    """A small file system in a namespace of its own: it is gone when the process ends."""
    if shutil.which("unshare") is None or os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root and unshare")
    fixtures = Path(__file__).with_name("conftest.py")
    script = 'mount -t tmpfs -o size=1500k tmpfs "$1" && exec "$2" -c "$3" "$1" "$4"'
    result = subprocess.run(
        [
            "unshare",
            "-m",
            "sh",
            "-c",
            script,
            "-",
            tmp_path,
            sys.executable,
            textwrap.dedent(REAL_DISK),
            fixtures,
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if "mount:" in result.stderr or "unshare:" in result.stderr:
        pytest.skip(f"mounting is not allowed here: {result.stderr.strip()}")
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("held")


def test_an_interrupted_first_publication_is_not_a_release(
    tmp_path: Path, draft: Make, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    releases = ReleaseStore(tmp_path)
    monkeypatch.setattr(releases._chain, "move", lambda digest: None)
    releases.publish(draft(), decision="1", created_at=now, actor="an")
    (tmp_path / "journal.jsonl").unlink()
    again = ReleaseStore(tmp_path)
    with pytest.raises(NotFoundError, match="no release yet"):
        again.get("current")
    assert again.list() == ()
    assert list((tmp_path / "manifests").iterdir()) == []


def test_a_lost_pointer_does_not_make_releases_disappear(tmp_path: Path, draft: Make, now: datetime) -> None:
    """Where something was published before, nothing is taken for a leftover."""
    ReleaseStore(tmp_path).publish(draft(), decision="1", created_at=now, actor="an")
    (tmp_path / "current").unlink()
    ReleaseStore(tmp_path)
    assert len(list((tmp_path / "manifests").iterdir())) == 1


def test_a_torn_journal_is_mended(tmp_path: Path, draft: Make, now: datetime) -> None:
    first = ReleaseStore(tmp_path).publish(draft(1), decision="1", created_at=now, actor="an")
    journal = tmp_path / "journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:-20])
    found = ReleaseStore(tmp_path).journal()
    assert [(line["action"], line["digest"], line["actor"]) for line in found] == [
        ("publish", first.digest, None)
    ]
    ReleaseStore(tmp_path).publish(draft(2), decision="2", created_at=now, actor="an")
    assert [line["actor"] for line in ReleaseStore(tmp_path).journal()] == [None, "an"]


def test_a_disk_that_refuses_below_python(tmp_path: Path) -> None:
    """EIO, a full and a read-only disk at calls of an import, a backup and a publication, SQLite included."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("needs a C compiler and Linux")
    here = Path(__file__).parent
    shim = tmp_path / "faulty_disk.so"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-o", shim, here / "faulty_disk.c", "-ldl"], check=True
    )
    every = os.environ.get("GEOZONE_TEST_FAULTS_EVERY", "40")
    told = subprocess.run(
        [sys.executable, here / "durability_harness.py", tmp_path / "f", "faults", f"--every={every}"],
        env={**os.environ, "LD_PRELOAD": str(shim)},
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )
    assert told.returncode == 0, told.stderr
    found = json.loads(told.stdout)
    assert found["problems"] == []
    assert found["kills"] >= 3


def test_a_clock_that_jumps_back_breaks_no_history(tmp_path: Path, draft: Make, now: datetime) -> None:
    releases = ReleaseStore(tmp_path)
    made = [
        releases.publish(draft(day), decision=str(day), created_at=now + jump, actor="an").digest
        for day, jump in enumerate((timedelta(0), timedelta(days=-400), timedelta(days=9000)), 1)
    ]
    assert [item.digest for item in ReleaseStore(tmp_path).list()] == made[::-1]
    assert ReleaseStore(tmp_path).verify("current").chain == 3


def test_nothing_is_signed_at_a_time_at_which_the_key_may_not_sign(tmp_path: Path, now: datetime) -> None:
    with Workspace.create(tmp_path / "w", created_at=now) as space:
        space.keys.make("CDC", at=now, until=now + timedelta(days=1))
        signing_key(space, at=now)
        for jump in (timedelta(days=-1), timedelta(days=2)):
            with pytest.raises(ConflictError, match="clock"):
                signing_key(space, at=now + jump)


def test_a_lost_connection_loses_nothing_that_was_acknowledged(
    postgres_address: str, line_list: Make, now: datetime
) -> None:
    """The server ends the connection in the middle of an import, thirty times at other moments."""
    rows = [{"case_id": f"C{i}", "home": f"thôn {i}"} for i in range(300)]
    killer = sa.create_engine(address(postgres_address), isolation_level="AUTOCOMMIT")
    stop = threading.Event()
    ended = 0

    def end_connections() -> None:
        nonlocal ended
        with killer.connect() as connection:
            while not stop.is_set():
                ended += connection.exec_driver_sql(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND application_name = 'geozone_lost'"
                ).scalar_one()
                stop.wait(0.03)

    thread = threading.Thread(target=end_connections)
    promised: set[str] = set()
    told: list[str] = []
    separator = "&" if "?" in postgres_address else "?"
    with Store.open(postgres_address, create=True):
        pass
    thread.start()
    try:
        for number in range(30):
            made = line_list([{**row, "age": number} for row in rows], sha=f"{number:064x}")
            try:
                with Store.open(f"{postgres_address}{separator}application_name=geozone_lost") as store:
                    store.import_line_list(made, imported_at=now, actor="an")
                promised.add(made.source.sha256)
            except StoreError as error:
                told.append(str(error))
    finally:
        stop.set()
        thread.join()
        killer.dispose()
    with Store.open(postgres_address) as store:
        assert store.integrity_faults() == []
        found = {source.sha256 for source in store.sources()}
        assert promised <= found
        assert len(store.cases()) == (len(rows) if found else 0)
        assert store.cases()["age"].nunique() <= 1, "half an import"
    assert ended
    assert told
    assert "thôn" not in "".join(told)
