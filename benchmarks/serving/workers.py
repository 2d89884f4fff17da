"""Throughput with one, two and more processes of ``geozone serve --workers``, under the same load.

    python benchmarks/serving/workers.py WORKSPACE [--workers 1 2] [--seconds N] [--connections N]

WORKSPACE holds a release. Two loads from ``wrk``, in turns: pages of 100 communes, another one each time, and
tiles of zoom 13 and 14 all over the country, hardly one of them asked for twice. Beside the rate stands the
processor time of the workers for a request: where it stays the same and the rate does not grow, the cores
are what is lacking. ``wrk`` takes its own share of them.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from _service import wrk

_PAGES = """local asked = 0
request = function()
  asked = asked + 1
  return wrk.format("GET", "/ogc/collections/communes/items?limit=100&offset=" .. (asked * 37) % 3000)
end"""
_TILES = """math.randomseed(MARK)
request = function()
  local zoom = math.random(13, 14)
  local side = 2 ^ zoom
  local x = math.floor(side * (282 + 22 * math.random()) / 360)
  local y = math.floor(side * (0.418 + 0.05 * math.random()))
  return wrk.format("GET", string.format("/tiles/communes/%d/%d/%d.mvt", zoom, x, y))
end"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--connections", type=int, default=16)
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, {options.connections} connections")
    alone: dict[str, float] = {}
    for workers in options.workers:
        with _serving(options.workspace, workers) as (base, process):
            for name, script in {"pages": _PAGES, "tiles": _TILES.replace("MARK", str(workers))}.items():
                before = _seconds(process)
                found = wrk(base, script, options.connections, options.seconds)
                spent = _seconds(process) - before
                first = alone.setdefault(name, found.rate)
                each = 1e3 * spent / (found.rate * options.seconds)
                print(
                    f"{workers} workers, {name}: {found.rate:8.0f} requests/s   x{found.rate / first:4.2f}"
                    f"   {each:5.2f} ms each   p99 {found.p99_ms:6.1f} ms   {found.errors} faults",
                    flush=True,
                )


@contextmanager
def _serving(workspace: Path, workers: int) -> Iterator[tuple[str, int]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    geozone = Path(sys.executable).with_name("geozone")
    command = [geozone, "serve", "--workspace", workspace, "--port", port, "--workers", workers]
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                httpx.get(f"{base}/ready", timeout=5).raise_for_status()
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        _wait_until_idle(process.pid)
        yield base, process.pid
    finally:
        process.terminate()
        process.wait(20)


def _wait_until_idle(process: int) -> None:
    """Wait until what a start prepares is prepared."""
    for _ in range(120):
        before = _seconds(process)
        time.sleep(2)
        if _seconds(process) - before < 0.1:
            return


def _seconds(process: int) -> float:
    """Processor time of a process and its children (Linux)."""
    own = Path(f"/proc/{process}")
    children = (own / "task" / str(process) / "children").read_text().split()
    fields = (own / "stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK") + sum(_seconds(int(child)) for child in children)


if __name__ == "__main__":
    main()
