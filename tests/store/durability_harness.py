"""Kill a working process (SIGKILL) again and again, and check all that it had acknowledged.

Run as a program: it forks a worker, kills it at a random or at every possible point, and forks a
checker that opens what is left with a fresh process. What a worker prints, it has been promised is on
disk. One JSON line tells the number of kills, what was acknowledged and every broken promise.
"""

from __future__ import annotations

import argparse
import errno
import importlib.util
import itertools
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from geozone.access.sealing import IdentifierKeys
from geozone.errors import StoreError
from geozone.release import DraftStore, ReleaseStore, Verdict, archive, verify_archive
from geozone.release.signing import KeyFolder
from geozone.store import Store
from geozone.store.engine import address as address_of
from geozone.store.engine import connect, reading, writing
from geozone.store.versions import HEAD, configuration, migrate, version

_spec = importlib.util.spec_from_file_location("fixtures", Path(__file__).with_name("conftest.py"))
assert _spec is not None
assert _spec.loader is not None
fixtures = importlib.util.module_from_spec(_spec)
sys.modules["fixtures"] = fixtures
_spec.loader.exec_module(fixtures)

NOW = datetime(2021, 7, 1, tzinfo=UTC)
KEY_FILE = Path(tempfile.mkdtemp(prefix="geozone-key-")) / "identifiers.keys"
BATCH = 4
FRESH_EVERY = 6
Say = Callable[[str], None]
Outcome = tuple[int, int, list[str]]
"""Kills, things acknowledged, promises broken."""


def in_child(work: Callable[[Say], None]) -> tuple[int, int]:
    """Fork; the child works and says lines into a pipe. Give its number and the pipe's reading end."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    os.close(reading)
    code = 1
    try:
        work(lambda line: os.write(writing, f"{line}\n".encode()) and None)
        code = 0
    except BaseException:  # noqa: BLE001
        os.write(writing, f"broken {json.dumps(traceback.format_exc())}\n".encode())
    finally:
        os._exit(code)


def lines_of(reading: int) -> list[str]:
    with os.fdopen(reading, "rb") as pipe:
        return [line.decode() for line in pipe.read().split(b"\n") if line]


def run(work: Callable[[Say], None]) -> list[str]:
    child, reading = in_child(work)
    lines = lines_of(reading)
    os.waitpid(child, 0)
    return lines


def kill_after(work: Callable[[Say], None], luck: random.Random) -> list[str]:
    """Kill the child a moment after it has said some lines: both are drawn by lot."""
    child, reading = in_child(work)
    patience, moment = luck.randrange(10), luck.uniform(0, 0.03)
    with os.fdopen(reading, "rb") as pipe:
        said = [line for line in (pipe.readline() for _ in range(patience)) if line]
        time.sleep(moment)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        said += pipe.readlines()
    return [line.decode().rstrip("\n") for line in said if line.endswith(b"\n")]


def kills_in_time(arguments: argparse.Namespace) -> Iterator[int]:
    end = time.monotonic() + 60 * arguments.minutes
    for kill in range(arguments.kills):
        yield kill
        if time.monotonic() > end:
            return


# --- the private database ---------------------------------------------------------------------------


def batch(number: int) -> Any:
    rows = [
        {"case_id": f"B{number}-{i}", "home": f"thôn {i}", "work": "KCN", "name": f"N{number}", "phone": "09"}
        for i in range(BATCH)
    ]
    rows.append({"case_id": "COUNTER", "age": number, "home": f"thôn {number}"})
    return fixtures.make_line_list(rows, sha=f"{number:064x}")


def work_on_store(address: str, folder: Path, early: bool, say: Say) -> None:
    with Store.open(address, create=True, key_file=KEY_FILE) as store:
        say("opened")
        for number in itertools.count(len(store.sources())):
            if early:
                say(f"imported {number}")
            store.import_line_list(batch(number), imported_at=NOW, actor="w")
            if not early:
                say(f"imported {number}")
            pending = store.pending_places("v1")
            table = fixtures.make_answers(pending)
            store.save_geocodes(table, geocoded_at=NOW, actor="w", inputs="v1", made_from=pending)
            say(f"geocoded {number}")
            if number % 3 == 0:
                store.backup(folder / "backup.db")
                say(f"backed-up {number}")


def check_store(address: str, folder: Path, said: list[str], say: Say) -> None:
    with Store.open(address, create="opened" not in said, key_file=KEY_FILE) as store:
        promised = dict.fromkeys(("imported", "geocoded", "backed-up"), -1)
        for line in said:
            word, _, number = line.partition(" ")
            if word in promised:
                promised[word] = int(number)
        done = _whole_batches(store, say)
        if not promised["imported"] <= done <= promised["imported"] + 1:
            say(f"broken {promised['imported']} was acknowledged, {done} is there")
        pending = {case_id.partition("-")[0] for case_id in store.pending_places("v1")["case_id"]}
        if any(f"B{number}" in pending for number in range(promised["geocoded"] + 1)):
            say(f"broken geocodes of {sorted(pending)} are gone")
    if promised["backed-up"] >= 0:
        with Store.open(folder / "backup.db", key_file=KEY_FILE) as copy:
            if _whole_batches(copy, say) < promised["backed-up"]:
                say("broken an acknowledged backup is older than it was said to be")


def _whole_batches(store: Store, say: Say) -> int:
    for fault in store.integrity_faults():
        say(f"broken {fault}")
    cases, places, persons = store.cases(), store.places(), store.persons()
    done = len(store.sources()) - 1
    expected = {f"B{number}-{i}" for number in range(done + 1) for i in range(BATCH)}
    counter = {"COUNTER"} if done >= 0 else set()
    if set(cases["case_id"]) != expected | counter:
        say("broken the cases are not whole imports")
    if len(places) != 2 * len(expected) + len(counter) or set(persons["case_id"]) != expected:
        say("broken the places or persons are not whole imports")
    if counter and cases.set_index("case_id").loc["COUNTER", "age"] != done:
        say("broken an import was applied in part")
    return done


def kill_store(arguments: argparse.Namespace, luck: random.Random) -> Outcome:
    acknowledged = 0
    problems: list[str] = []
    said: list[str] = []
    kill = 0
    address, folder = "", arguments.folder
    for kill in kills_in_time(arguments):
        if kill % FRESH_EVERY == 0:
            folder = arguments.folder / f"store{kill}"
            folder.mkdir()
            address = arguments.database or str(folder / "geozone.db")
            if arguments.database:
                run(lambda say: empty_postgres(arguments.database))
            said = []
        here, there = address, folder
        early = arguments.early
        new = kill_after(lambda say, a=here, f=there, e=early: work_on_store(a, f, e, say), luck)
        said += new
        problems += run(lambda say, a=here, f=there, kept=said: check_store(a, f, kept, say))
        acknowledged += sum(1 for line in new if not line.startswith("broken"))
        problems += [line for line in new if line.startswith("broken")]
    return kill + 1, acknowledged, problems


def empty_postgres(database: str) -> None:
    import sqlalchemy as sa

    from geozone.store.engine import address

    url = address(database)
    schema = dict(url.query)["options"].partition("=")[2]
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
    engine.dispose()


# --- migrations, up and down --------------------------------------------------------------------------


def work_on_migrations(address: str, say: Say) -> None:
    engine = connect(address_of(address), create=False, keys=IdentifierKeys(KEY_FILE))
    while True:
        say("try down")
        with writing(engine) as connection:
            from alembic import command

            command.downgrade(configuration(connection), "0001")
        say("at 0001")
        say("try up")
        migrate(engine, create=False, keys=IdentifierKeys(KEY_FILE))
        say(f"at {HEAD}")


def check_migrations(address: str, last: str, expected: int, say: Say) -> None:
    engine = connect(address_of(address), create=False, keys=IdentifierKeys(KEY_FILE))
    with reading(engine) as connection:
        found = version(connection)
    allowed = {"at 0001": {"0001"}, f"at {HEAD}": {HEAD}}.get(last, {"0001", HEAD})
    if found not in allowed:
        say(f"broken version {found} after {last!r}")
    engine.dispose()
    with Store.open(address, key_file=KEY_FILE) as store:  # brings it up to date by itself
        for fault in store.integrity_faults():
            say(f"broken {fault}")
        done = _whole_batches(store, say)
        if done != expected:
            say(f"broken {expected} batches were there, {done} are")


def kill_migrations(arguments: argparse.Namespace, luck: random.Random) -> Outcome:
    address = arguments.database or str(arguments.folder / "geozone.db")
    batches = 3
    if arguments.database:
        run(lambda say: empty_postgres(arguments.database))
    problems = run(lambda say: _fill(address, batches))
    kills = acknowledged = 0
    for _ in kills_in_time(arguments):
        kills += 1
        said = kill_after(lambda say: work_on_migrations(address, say), luck)
        acknowledged += sum(1 for line in said if line.startswith("at "))
        problems += [line for line in said if line.startswith("broken")]
        last = said[-1] if said else ""
        problems += run(lambda say, at=last: check_migrations(address, at, batches - 1, say))
    return kills, acknowledged, problems


def _fill(address: str, batches: int) -> None:
    with Store.open(address, create=True, key_file=KEY_FILE) as store:
        for number in range(batches):
            store.import_line_list(batch(number), imported_at=NOW, actor="w")


# --- releases and drafts ----------------------------------------------------------------------------


def work_on_releases(root: Path, seed: int, say: Say) -> None:
    luck = random.Random(seed)  # noqa: S311
    releases, drafts = ReleaseStore(root / "releases"), DraftStore(root / "drafts")
    key = _signing_key(root, releases)
    for number in itertools.count(len(releases.list())):
        made = fixtures.make_draft(1 + number % 28, level=1 + number % 4, radius=0.01 + number / 1e5)
        say("try draft")
        say(f"draft {drafts.save(made, saved_at=NOW, actor='w')}")
        say("try publish")
        found = releases.publish(drafts.latest(), decision=str(number), created_at=NOW, actor="w", signer=key)
        say(f"current {found.digest}")
        if luck.random() < 0.3:
            back = luck.choice(releases.list()).digest
            say(f"try current {back}")
            say(f"current {releases.set_current(back, at=NOW, actor='w', signer=key).digest}")
        if luck.random() < 0.1:
            key = KeyFolder(root / "keys").rotate(at=NOW)
            releases.put_ring(KeyFolder(root / "keys").ring())
            say("rotated")
        if luck.random() < 0.2:
            archive(releases.get("current"), root / "release.zip")
            say("archived")


def _signing_key(root: Path, releases: ReleaseStore) -> Any:
    """Open the key that signs, as a program that starts anew does: whatever the last one left."""
    keys = KeyFolder(root / "keys")
    key = keys.signer() or keys.make("CDC", at=NOW)
    releases.put_ring(keys.ring())
    return key


def check_releases(root: Path, said: list[str], say: Say) -> None:
    releases = ReleaseStore(root / "releases")
    keys = KeyFolder(root / "keys")
    listed = [item.digest for item in releases.list()]
    promised = [line.split()[1] for line in said if line.startswith("current ")]
    for digest in set(promised) - set(listed):
        say(f"broken an acknowledged release is gone: {digest}")
    for digest in listed:
        report = releases.verify(digest, keys.trust())
        for problem in report.problems:
            say(f"broken {problem}")
        if report.verdict is not Verdict.GENUINE:
            say(f"broken {digest} is not genuine: {report.signature.en}")
    current = next((item.digest for item in releases.list() if item.current), None)
    allowed = {promised[-1] if promised else None}
    last = said[-1] if said else ""
    if last == "try publish" and listed:
        allowed.add(listed[0])
    if last.startswith("try current"):
        allowed.add(last.split()[2])
    if current not in allowed:
        say(f"broken {current} is in force, not {allowed}")
    if current is not None and releases.journal()[-1]["digest"] != current:
        say("broken the journal does not tell of the current release")
    _check_files(root, listed, say)
    drafts = [line.split()[1] for line in said if line.startswith("draft ")]
    if drafts:
        latest = DraftStore(root / "drafts").latest()
        if last != "try draft" and latest.id != drafts[-1]:
            say("broken the latest draft is not the one that was acknowledged")
    if "archived" in said and not verify_archive(root / "release.zip").ok:
        say("broken the archive is not whole")


def _check_files(root: Path, listed: list[str], say: Say) -> None:
    stored = {path.stem for path in (root / "releases" / "manifests").iterdir()}
    if stored != set(listed):
        say(f"broken manifests that are not published: {stored - set(listed)}")
    left = list((root / "releases").rglob("*.tmp"))
    if left:
        say(f"broken leftovers: {left}")


def kill_releases(arguments: argparse.Namespace, luck: random.Random) -> Outcome:
    acknowledged = 0
    problems: list[str] = []
    said: list[str] = []
    kill = 0
    root = arguments.folder
    for kill in kills_in_time(arguments):
        if kill % FRESH_EVERY == 0:
            root = arguments.folder / f"release{kill}"
            said = []
        here, seed = root, luck.getrandbits(32)
        new = kill_after(lambda say, r=here, s=seed: work_on_releases(r, s, say), luck)
        said += new
        acknowledged += sum(1 for line in new if not line.startswith(("try", "broken")))
        problems += [line for line in new if line.startswith("broken")]
        problems += run(lambda say, r=here, kept=said: check_releases(r, kept, say))
        said = _settled(here, said)
    return kill + 1, acknowledged, problems


def _settled(root: Path, said: list[str]) -> list[str]:
    """Forget what was only tried: what the check found in force is in force from now on."""
    kept = [line for line in said if not line.startswith("try")]
    pointer = root / "releases" / "current"
    if pointer.exists():
        kept.append(f"current {pointer.read_text().strip()}")
    latest = root / "drafts" / "latest"
    if latest.exists():
        kept.append(f"draft {latest.read_text().strip()}")
    return kept


# --- at every system call of one publication --------------------------------------------------------

CALLS = ("fsync", "replace", "open", "unlink", "close", "mkdir")


def kill_at_every_call(arguments: argparse.Namespace, _: random.Random) -> Outcome:
    problems: list[str] = []
    kills = acknowledged = 0
    before = arguments.folder / "before"
    start = run(lambda say: _before(before, say))
    for act in ("publish", "roll-back", "draft"):
        for point in itertools.count(1 + arguments.seed % arguments.every, arguments.every):
            root = arguments.folder / f"{act}{point}"
            shutil.copytree(before, root)
            said = start + run(lambda say, r=root, p=point, a=act: _act(r, p, a, say))
            problems += [f"{act} {point}: {line}" for line in said if line.startswith("broken")]
            found = run(lambda say, r=root, s=said: check_releases(r, s, say))
            problems += [f"{act} {point}: {line}" for line in found]
            acknowledged += len(said) - len(start)
            shutil.rmtree(root)
            if "end" in said:
                break
            kills += 1
    return kills, acknowledged, problems


def _before(root: Path, say: Say) -> None:
    releases, drafts = ReleaseStore(root / "releases"), DraftStore(root / "drafts")
    key = _signing_key(root, releases)
    for day in (1, 2):
        say(f"draft {drafts.save(fixtures.make_draft(day), saved_at=NOW, actor='w')}")
        made = releases.publish(drafts.latest(), decision=str(day), created_at=NOW, actor="w", signer=key)
        say(f"current {made.digest}")


def _act(root: Path, point: int, act: str, say: Say) -> None:
    releases, drafts = ReleaseStore(root / "releases"), DraftStore(root / "drafts")
    oldest, key = releases.list()[-1].digest, _signing_key(root, releases)
    calls = itertools.count(1)

    def deadly(name: str) -> Callable[..., Any]:
        real = getattr(os, name)

        def call(*values: Any, **named: Any) -> Any:
            if next(calls) == point:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*values, **named)

        return call

    made = fixtures.make_draft(3, radius=0.02)
    for name in CALLS:
        setattr(os, name, deadly(name))
    if act == "draft":
        say("try draft")
        say(f"draft {drafts.save(made, saved_at=NOW, actor='w')}")
    elif act == "publish":
        say("try publish")
        say(f"current {releases.publish(made, decision='3', created_at=NOW, actor='w', signer=key).digest}")
    else:
        say(f"try current {oldest}")
        say(f"current {releases.set_current(oldest, at=NOW, actor='w', signer=key).digest}")
    say("end")


# --- several publishers at once ---------------------------------------------------------------------


def race(arguments: argparse.Namespace, _: random.Random) -> Outcome:
    root = arguments.folder / "race"
    run(lambda say: ReleaseStore(root / "releases") and None)

    def publish(name: int, say: Say) -> None:
        releases = ReleaseStore(root / "releases")
        for number in range(3):
            made = fixtures.make_draft(1 + name, radius=0.01 + number / 1000)
            found = releases.publish(made, decision=f"{name}/{number}", created_at=NOW, actor=str(name))
            say(f"current {found.digest}")
            found.layer("communes")

    children = [in_child(lambda say, n=name: publish(n, say)) for name in range(4)]
    said = [line for _, reading in children for line in lines_of(reading)]
    for child, _ in children:
        os.waitpid(child, 0)

    def check(say: Say) -> None:
        releases = ReleaseStore(root / "releases")
        listed = [item.digest for item in releases.list()]
        if sorted(listed) != sorted(line.split()[1] for line in said):
            say("broken the chain is not what was acknowledged")
        if not releases.verify("current").ok or releases.verify(listed[0]).chain != len(said):
            say("broken the chain is not one line")

    return 0, len(said), [line for line in said if line.startswith("broken")] + run(check)


def kill_early(arguments: argparse.Namespace, luck: random.Random) -> Outcome:
    """The same, by a worker that acknowledges before it writes: this must be caught."""
    few = min(arguments.kills, 8)
    return kill_store(argparse.Namespace(**{**vars(arguments), "early": True, "kills": few}), luck)


# --- a disk that refuses ------------------------------------------------------------------------------

REFUSALS = (errno.EIO, errno.ENOSPC, errno.EROFS)


def refuse_at_every_call(arguments: argparse.Namespace, _: random.Random) -> Outcome:
    """Let the n-th writing call of an import, a backup and a publication fail, and all that follow."""
    import ctypes

    disk = ctypes.CDLL(None)
    problems: list[str] = []
    faults = acknowledged = 0
    for reason in REFUSALS:
        for point in itertools.count(arguments.seed % arguments.every, arguments.every):
            root = arguments.folder / f"{errno.errorcode[reason]}{point}"
            root.mkdir()
            run(lambda say, r=root: _fill(str(r / "geozone.db"), 1))
            run(lambda say, r=root: _before(r, say) if not (r / "releases").exists() else None)
            said = run(lambda say, r=root, p=point, e=reason: _on_bad_disk(disk, r, p, e, say))
            problems += [f"{root.name}: {line}" for line in said if line.startswith("broken")]
            found = run(lambda say, r=root, s=said: _after_bad_disk(r, s, say))
            problems += [f"{root.name}: {line}" for line in found]
            acknowledged += sum(1 for line in said if line.startswith("done"))
            shutil.rmtree(root)
            if "done everything" in said:
                break
            faults += 1
    return faults, acknowledged, problems


def _on_bad_disk(disk: Any, root: Path, point: int, reason: int, say: Say) -> None:
    keys = KeyFolder(root / "keys")
    made, second = fixtures.make_draft(3, radius=0.02), batch(1)
    with Store.open(root / "geozone.db", key_file=KEY_FILE) as store:
        releases = ReleaseStore(root / "releases")
        acts: dict[str, Callable[[], Any]] = {
            "import": lambda: store.import_line_list(second, imported_at=NOW, actor="w"),
            "backup": lambda: store.backup(root / "backup.db"),
            "publish": lambda: releases.publish(
                made, decision="3", created_at=NOW, actor="w", signer=keys.signer()
            ),
        }
        disk.faulty_disk(ctypes_long(point), reason, str(root).encode())
        refused = False
        for name, act in acts.items():
            try:
                act()
                say(f"done {name}")
            except StoreError as error:
                refused = True
                if not str(error):
                    say("broken a refusal without words")
        disk.faulty_disk(ctypes_long(-1), 0, b"")
        if not refused:
            say("done everything")


def _after_bad_disk(root: Path, said: list[str], say: Say) -> None:
    with Store.open(root / "geozone.db", key_file=KEY_FILE) as store:
        done = _whole_batches(store, say)
        if "done import" in said and done != 1:
            say("broken an acknowledged import is gone")
        if "done backup" in said:
            with Store.open(root / "backup.db", key_file=KEY_FILE) as copy:
                if _whole_batches(copy, say) != done:
                    say("broken an acknowledged backup is not what was there")
        store.import_line_list(batch(1), imported_at=NOW, actor="w")
        if _whole_batches(store, say) != 1:
            say("broken the disk is good again and an import does not work")
    releases, keys = ReleaseStore(root / "releases"), KeyFolder(root / "keys")
    decisions = [item.decision for item in releases.list()]
    if decisions not in (["2", "1"], ["3", "2", "1"]) or ("done publish" in said and decisions[0] != "3"):
        say(f"broken the releases are {decisions}")
    for item in releases.list():
        report = releases.verify(item.digest, keys.trust())
        if report.verdict is not Verdict.GENUINE:
            say(f"broken {item.decision}: {report.problems} {report.signature.en}")
    if list((root / "releases").rglob("*.tmp")):
        say("broken leftovers")


def ctypes_long(value: int) -> Any:
    import ctypes

    return ctypes.c_long(value)


MODES: dict[str, Callable[[argparse.Namespace, random.Random], Outcome]] = {
    "store": kill_store,
    "early": kill_early,
    "faults": refuse_at_every_call,
    "migrate": kill_migrations,
    "release": kill_releases,
    "calls": kill_at_every_call,
    "race": race,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("modes", nargs="+", choices=sorted(MODES))
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=600, help="stop each mode after so long")
    parser.add_argument("--every", type=int, default=1, help="kill at every n-th system call only")
    parser.add_argument("--database", help="PostgreSQL address with options=-csearch_path=SCHEMA, emptied")
    arguments = parser.parse_args()
    for mode in arguments.modes:
        folder = arguments.folder / mode
        folder.mkdir(parents=True, exist_ok=True)
        luck = random.Random(arguments.seed)  # noqa: S311
        here = argparse.Namespace(**{**vars(arguments), "folder": folder, "early": False})
        kills, acknowledged, problems = MODES[mode](here, luck)
        told = {
            "mode": mode,
            "kills": kills,
            "seed": arguments.seed,
            "acknowledged": acknowledged,
            "problems": problems,
        }
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
