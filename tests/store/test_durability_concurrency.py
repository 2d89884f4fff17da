"""Several writers and readers at once: every acknowledged write is there, no reader sees half a thing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from geozone.release import ReleaseStore
from geozone.store import Store

Make = Callable[..., Any]


def test_importers_of_the_same_cases_do_not_lose_or_double_any(
    store_address: Any, line_list: Make, now: datetime
) -> None:
    Store.open(store_address, create=True).close()

    def bring(writer: int) -> int:
        new = 0
        with Store.open(store_address) as store:
            for number in range(4):
                rows = [{"case_id": f"C{number}-{i}", "home": f"thôn {writer}"} for i in range(5)]
                made = line_list(rows, sha=f"{writer * 100 + number:064x}")
                new += store.import_line_list(made, imported_at=now, actor=str(writer)).new
        return new

    with ThreadPoolExecutor(4) as pool:
        new = list(pool.map(bring, range(4)))
    with Store.open(store_address) as store:
        assert sum(new) == len(store.cases()) == len(store.places()) == 20
        assert len(store.sources()) == 16
        assert store.integrity_faults() == []


def test_a_store_may_be_shared_between_threads(store: Store, line_list: Make, now: datetime) -> None:
    def bring(number: int) -> int:
        made = line_list([{"case_id": f"C{number}", "home": "x"}], sha=f"{number:064x}")
        store.import_line_list(made, imported_at=now, actor="an")
        return len(store.cases())

    with ThreadPoolExecutor(6) as pool:
        seen = list(pool.map(bring, range(24)))
    assert max(seen) == len(store.cases()) == 24


def test_a_reader_never_sees_half_an_import(store_address: Any, line_list: Make, now: datetime) -> None:
    Store.open(store_address, create=True).close()
    stop = threading.Event()

    def write() -> None:
        with Store.open(store_address) as store:
            for number in range(8):
                rows = [{"case_id": f"C{number}-{i}", "home": "x"} for i in range(50)]
                store.import_line_list(line_list(rows, sha=f"{number:064x}"), imported_at=now, actor="w")
        stop.set()

    def read() -> set[int]:
        seen = set()
        with Store.open(store_address) as store:
            while not stop.is_set():
                seen.add(len(store.cases()))
        return seen

    with ThreadPoolExecutor(2) as pool:
        reader = pool.submit(read)
        pool.submit(write).result()
        assert all(number % 50 == 0 for number in reader.result())


def test_readers_of_releases_never_see_a_mixed_one(tmp_path: Path, draft: Make, now: datetime) -> None:
    ReleaseStore(tmp_path).publish(draft(1, level=1), decision="1", created_at=now, actor="an")
    stop = threading.Event()

    def read() -> int:
        releases, count = ReleaseStore(tmp_path), 0
        while not stop.is_set() or count == 0:
            found = releases.get("current")
            day = found.as_of.day
            levels = found.layer("communes")["epidemic_level"]
            assert set(levels) == {1 + (day - 1) % 4}
            assert found.attributes("case_counts")["date"].iloc[0] == pd.Timestamp(2021, 7, day)
            assert found.digest in {item.digest for item in releases.list()}
            count += 1
        return count

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        writers = ReleaseStore(tmp_path)
        for day in range(2, 16):
            made = draft(day, level=1 + (day - 1) % 4)
            writers.publish(made, decision=str(day), created_at=now, actor="an")
            if day % 5 == 0:
                writers.sweep()
                ReleaseStore(tmp_path)
        stop.set()
        assert all(reader.result() > 0 for reader in readers)
    assert ReleaseStore(tmp_path).verify("current").chain == 15
