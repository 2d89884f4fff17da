"""A thousand kills per database, bounded in time: what dies while importing, geocoding, backing up,
migrating, drafting, publishing and rolling back, and whether anything acknowledged was lost.

    python benchmarks/reliability/kills.py FOLDER [--postgres ADDRESS] [--kills 1000] [--seed 7]

FOLDER may be in memory (/dev/shm): a killed process leaves what it wrote either way, and the order of
syncs is tested elsewhere. Three quarters of the kills fall on the store, one quarter on migrations.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

HARNESS = Path(__file__).resolve().parents[2] / "tests" / "store" / "durability_harness.py"


def parts(arguments: argparse.Namespace) -> dict[str, list[list[str]]]:
    """The runs of the harness by what they are about; those of one kind follow one another."""
    most, few = arguments.kills * 3 // 4, arguments.kills - arguments.kills * 3 // 4
    both = [["store", f"--kills={most}"], ["migrate", f"--kills={few}"]]
    found = {"SQLite": both, "files": [["release", f"--kills={arguments.kills}"]]}
    if arguments.postgres:
        query = urlencode({"options": f"-csearch_path=geozone_kills_{uuid.uuid4().hex[:8]}"})
        found["PostgreSQL"] = [[*one, f"--database={arguments.postgres}?{query}"] for one in both]
    return found


def start(name: str, run: list[str], arguments: argparse.Namespace) -> subprocess.Popen[str]:
    folder = arguments.folder / f"{name}-{run[0]}"
    folder.mkdir(parents=True)
    limit = [f"--seed={arguments.seed}", f"--minutes={arguments.minutes}"]
    return subprocess.Popen(
        [sys.executable, str(HARNESS), str(folder), *run, *limit], stdout=subprocess.PIPE, text=True
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--postgres")
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--minutes", type=float, default=20)
    arguments = parser.parse_args()
    waiting = {name: list(runs) for name, runs in parts(arguments).items()}
    running: dict[str, tuple[subprocess.Popen[str], float]] = {}
    faults = 0
    while waiting or running:
        for name in list(waiting):
            if name not in running:
                runs = waiting[name]
                running[name] = (start(name, runs.pop(0), arguments), time.monotonic())
                if not runs:
                    del waiting[name]
        time.sleep(0.2)
        for name, (process, began) in list(running.items()):
            if process.poll() is not None:
                del running[name]
                faults += tell(name, process, time.monotonic() - began)
    sys.exit(1 if faults else 0)


def tell(name: str, process: subprocess.Popen[str], seconds: float) -> int:
    assert process.stdout is not None  # noqa: S101
    faults = 1 if process.returncode else 0
    for line in process.stdout:
        told: dict[str, Any] = json.loads(line)
        faults += len(told["problems"])
        print(
            f"{name} {told['mode']}: {told['kills']} kills, seed {told['seed']}, "
            f"{told['acknowledged']} acknowledged, {len(told['problems'])} broken promises, {seconds:.0f} s",
            flush=True,
        )
        for problem in told["problems"][:10]:
            print(f"  {problem[:500]}", flush=True)
    return faults


if __name__ == "__main__":
    main()
