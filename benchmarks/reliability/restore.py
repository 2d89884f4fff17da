"""Restore a backup of many cases, into SQLite and PostgreSQL, and compare the checksums of all tables.

python benchmarks/reliability/restore.py --cases 1000000 [--postgres ADDRESS_OF_AN_EMPTY_DATABASE]
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from geozone.store import Store
from geozone.store.restoring import restore

_spec = importlib.util.spec_from_file_location("lines", Path(__file__).resolve().parents[1] / "store.py")
assert _spec is not None  # noqa: S101
assert _spec.loader is not None  # noqa: S101
lines: Any = importlib.util.module_from_spec(_spec)
sys.modules["lines"] = lines
_spec.loader.exec_module(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--postgres")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        key = root / "identifiers.keys"
        with Store.open(root / "a.db", create=True, key_file=key) as store:
            store.import_line_list(lines.make(arguments.cases, sha="a"), imported_at=lines.NOW, actor="b")
            began = time.perf_counter()
            store.backup(root / "backup.db")
            size = (root / "backup.db").stat().st_size / 1e6
            print(f"backup: {time.perf_counter() - began:.1f} s, {size:.0f} MB", flush=True)
            expected = store.checksums()
        (root / "a.db").unlink()
        for where in (root / "restored.db", arguments.postgres):
            if where is None:
                continue
            began, used = time.perf_counter(), time.process_time()
            rows = restore(root / "backup.db", where, key_file=key)
            wall, cpu = time.perf_counter() - began, time.process_time() - used
            with Store.open(where, key_file=key) as restored:
                equal = restored.checksums() == expected
            kind = "SQLite" if isinstance(where, Path) else "PostgreSQL"
            print(
                f"restore into {kind}: {wall:.1f} s ({cpu:.1f} s CPU), {rows['cases']} cases, "
                f"{sum(rows.values())} rows, checksums {'equal' if equal else 'DIFFER'}",
                flush=True,
            )


if __name__ == "__main__":
    main()
