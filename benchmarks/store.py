"""The private database beside pandas' own ``to_sql`` and ``read_sql`` on the same tables, in one run.

``to_sql`` only writes rows: it compares nothing, audits nothing and declares no key, so it does less.

    python benchmarks/store.py --cases 1000000 [--database postgresql://...]
"""

from __future__ import annotations

import argparse
import gc
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from geozone.schema import CASE_PLACES, CASES
from geozone.store import Store
from geozone.types import Source

NOW = datetime(2021, 7, 1, tzinfo=UTC)


@dataclass
class Lines:
    cases: pd.DataFrame
    places: pd.DataFrame
    persons: pd.DataFrame
    source: Source
    rows_read: int
    rejects: pd.DataFrame


def make(number: int, *, sha: str, older: int = 0, first: int | None = None) -> Lines:
    count = number if first is None else first
    position = np.arange(count)
    ids = pd.Series([f"C{i:07d}" for i in position], dtype="str")
    days = pd.Timestamp("2021-04-27") + pd.to_timedelta(position % 78, "D")
    cases = pd.DataFrame(
        {
            "case_id": ids,
            "count": 1,
            "report_date": days,
            "disease": "covid-19",
            "case_class": "confirmed",
            "contact_degree": "F0",
            "origin": "local",
            "age": (position % 90 + older).astype(float),
            "sex": np.where(position % 2, "male", "female"),
        }
    )
    address = [f"Số {i % 300}, ngõ {i % 40}, thôn {i % 12}, xã Phù Khê, Từ Sơn, Bắc Ninh" for i in position]
    places = pd.DataFrame({"case_id": ids, "role": "home", "address": address})
    persons = pd.DataFrame({"case_id": ids, "person_name": "Nguyễn Văn A", "phone": "0912345678"})
    return Lines(
        CASES.conform(cases),
        CASE_PLACES.conform(places),
        persons.astype("str"),
        Source("cases", "cases.csv", sha * 64, ""),
        count,
        pd.DataFrame(),
    )


def timed(name: str, work: Callable[[], Any]) -> tuple[Any, float]:
    gc.collect()
    start, used = time.perf_counter(), time.process_time()
    found = work()
    wall = time.perf_counter() - start
    print(f"{name:<46} {wall:8.2f} s wall {time.process_time() - used:8.2f} s CPU")
    return found, wall


def peer(lines: Lines, path: Path) -> tuple[float, float]:
    engine = sa.create_engine(f"sqlite:///{path}")

    def write() -> None:
        with engine.begin() as connection:
            for name in ("cases", "places", "persons"):
                getattr(lines, name).to_sql(name, connection, index=False, chunksize=20_000)

    _, written = timed("pandas to_sql, the same three tables", write)
    with engine.connect() as connection:
        _, read = timed(
            "pandas read_sql, cases",
            lambda: pd.read_sql("SELECT * FROM cases", connection, parse_dates=["report_date", "onset_date"]),
        )
    engine.dispose()
    return written, read


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--database", help="an empty PostgreSQL database; a SQLite file by default")
    arguments = parser.parse_args()
    number = arguments.cases
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        where = arguments.database or folder / "geozone.db"
        lines = make(number, sha="a")
        key = folder / "identifiers.keys"
        with Store.open(where, create=True, key_file=key) as store:

            def bring(made: Lines) -> Any:
                return store.import_line_list(made, imported_at=NOW, actor="bench")

            _, imported = timed(f"import {number} new cases", lambda: bring(lines))
            timed("import the same again (nothing changes)", lambda: bring(lines))
            timed("import 500 cases, all changed", lambda: bring(make(number, sha="b", older=1, first=500)))
            _, read = timed("read all cases", store.cases)
            pending, _ = timed("read all pending places", lambda: store.pending_places("v1"))
            timed("backup", lambda: store.backup(folder / "backup.db"))
            faults, _ = timed("integrity check", store.integrity_faults)
            if faults:
                raise SystemExit(f"the database is not whole: {faults}")
            with (
                Store.open(folder / "restored.db", create=True, key_file=key) as empty,
                Store.open(folder / "backup.db", key_file=key) as backup,
            ):
                timed("restore the backup into an empty database", lambda: backup.copy_to(empty))
                pd.testing.assert_frame_equal(empty.cases(), store.cases())
        if len(pending) != number:
            raise SystemExit("places were lost")
        size = (folder / "backup.db").stat().st_size / 1e6
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        print(f"database {size:.0f} MB, peak memory {peak:.0f} MB")
        written, fetched = peer(lines, folder / "peer.db")
        print(f"import: {imported / written:.2f} of to_sql's time; read: {read / fetched:.2f} of read_sql's")


if __name__ == "__main__":
    main()
