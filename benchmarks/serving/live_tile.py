"""From a reviewer's decision to the changed tile in a client's hands, among many active cases.

    python benchmarks/serving/live_tile.py [--cases 100000] [--edits 40] [--keep FOLDER]

`geozone serve --analyst` runs in a process of its own on a workspace whose line list holds `cases` active
cases known to a point and some doubtful addresses. For each edit a client posts a decision (pin, and its
undoing), hears of the change by server-sent events, and fetches the tile (communes and zones, zoom 12) over
loopback; its bytes must differ from those of before. Times are by the clock from just before the post.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx
import numpy as np
from _cases import AS_OF, make_workspace

GEOZONE = Path(sys.executable).with_name("geozone")
LON, LAT = 106.6602, 10.7401


def tile_at(lon: float, lat: float, zoom: int) -> tuple[int, int]:
    side = 1 << zoom
    y = 0.5 - np.arctanh(np.sin(np.radians(lat))) / (2 * np.pi)
    return int((lon / 360 + 0.5) * side), int(y * side)


def percentiles(name: str, seconds: list[float]) -> str:
    p50, p95, worst = np.percentile(np.array(seconds) * 1e3, [50, 95, 100])
    return f"{name:32} p50 {p50:6.0f} ms  p95 {p95:6.0f} ms  worst {worst:6.0f} ms"


def listen(base: str, headers: dict[str, str], heard: queue.Queue[tuple[float, dict]]) -> None:
    with httpx.stream(
        "GET", f"{base}/drafts/api/v1/events", headers=headers, trust_env=False, timeout=3600
    ) as stream:
        for line in stream.iter_lines():
            if line.startswith("data: "):
                heard.put((time.perf_counter(), json.loads(line[6:])))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--edits", type=int, default=40)
    parser.add_argument(
        "--keep", type=Path, help="Folder of the workspace; made if missing, used again if not"
    )
    options = parser.parse_args()
    root = options.keep or Path(tempfile.mkdtemp()) / "w"
    if not root.exists():
        make_workspace(root, options.cases, 200)
    server = subprocess.Popen(
        [GEOZONE, "serve", "--analyst", "--port", "0", "--workspace", root], stdout=subprocess.PIPE, text=True
    )
    try:
        lines = [server.stdout.readline() for _ in range(3)]
        base = lines[0].split()[1].rstrip("/").replace("localhost", "127.0.0.1")
        name, _, value = (
            next(line for line in lines if line.startswith("Authorization")).strip().partition(": ")
        )
        measure(base, {name: value}, options.edits)
    finally:
        server.terminate()
        server.wait(60)


def measure(base: str, opens: dict[str, str], edits: int) -> None:
    with httpx.Client(base_url=base, headers=opens, trust_env=False, timeout=600) as client:
        while (live := client.get("/drafts/api/v1/live")).status_code != 200:
            time.sleep(1)
        counts = live.json()["counts"]
        listed = client.get(f"/api/v1/review?limit=500&order=cases&as_of={AS_OF}").json()["queue"]
        heard: queue.Queue[tuple[float, dict]] = queue.Queue()
        threading.Thread(target=listen, args=(base, opens, heard), daemon=True).start()
        heard.get()
        rng = np.random.default_rng(1)
        times: dict[str, list[float]] = {"answered": [], "event heard": [], "changed tile in hand": []}
        for i in range(edits + 2):
            entry = listed[i]
            lon, lat = (float(value) for value in rng.normal((LON, LAT), 0.02))
            x, y = tile_at(lon, lat, 12)
            address = f"/drafts/tiles/communes,containment_zones/12/{x}/{y}.mvt"
            before = client.get(address).content
            body = {"action": "pin", "lon": lon, "lat": lat, "reason": "benchmark", "teach": False}
            began = time.perf_counter()
            done = client.post(
                f"/api/v1/review/{entry['place']}/decisions",
                json=body,
                headers={"If-Match": f'"{entry["revision"]}"'},
            )
            answered = time.perf_counter()
            done.raise_for_status()
            at, _ = heard.get()
            after = client.get(address).content
            ended = time.perf_counter()
            if after == before:
                sys.exit("the tile has not changed")
            if i >= 2:  # the first ones prepare what is prepared once
                for key, value in zip(times, (answered, at, ended), strict=True):
                    times[key].append(value - began)
        zones, load = counts["containment_zones"], os.getloadavg()[0]
        print(f"{counts['cases']:,} cases, {zones:,} zones, load {load:.1f}, {edits} edits")
        for key, seconds in times.items():
            print(percentiles(key, seconds))
        began = time.perf_counter()
        while not client.get("/drafts/api/v1/live").json()["settled"]:
            time.sleep(0.2)
            if time.perf_counter() - began > 1200:
                break
        print(f"drawn anew as a whole {time.perf_counter() - began:.0f} s after the last edit")


if __name__ == "__main__":
    main()
