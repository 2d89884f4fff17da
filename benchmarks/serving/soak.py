"""Mixed load on a service whose workspace changes all the time, every answer checked against its release.

    python benchmarks/serving/soak.py [--seconds 600] [--clients 4]

The demonstration outbreak is served twice: to the public by two workers, to analysts by one process with the
live draft. Meanwhile other processes import line lists, draw drafts, publish releases, roll back, and encrypt
all identifiers with a new key, and reviewers decide and take back. Clients ask for tiles, items, searches,
differences, summaries and drafts, some with what they already have. Every public answer is compared, after
the run, with what a fresh service makes of a release that was in force while it was asked for; one that fits
none is stale. Errors, memory and open files of every process are told.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import hashlib
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from geozone.api import ServiceOptions, create_app
from geozone.api.single_release import SingleRelease
from geozone.demo import AS_OF, run_demo
from geozone.release import ReleaseStore
from geozone.workspace import Workspace

GEOZONE = Path(sys.executable).with_name("geozone")
HEADER = ["Mã BN", "Địa chỉ", "Ngày báo cáo", "Kinh độ", "Vĩ độ"]
TILES = [(6, 50, 28), (7, 101, 56), (8, 203, 112), (9, 406, 225), (10, 813, 450), (12, 3252, 1802)]
PLAIN = [
    "/api/v1/summary",
    "/api/v1/communes/09187",
    "/api/v1/search?q=bac%20ninh",
    "/ogc/collections/communes/items?limit=50",
    "/ogc/collections/communes/items?epidemic_level=3",
    "/ogc/collections/containment_zones/items?limit=20",
    "/ogc/collections/communes/items?limit=20&f=csv",
    *(
        f"/tiles/{layers}/{z}/{x}/{y}.mvt"
        for z, x, y in TILES
        for layers in ("communes", "containment_zones")
    ),
]
ALWAYS = ("/api/v1/communes/",)  # tells of other releases too: compared by its digest only
DRAFTS = ["/drafts/api/v1/live", *(f"/drafts/tiles/communes,cases/{z}/{x}/{y}.mvt" for z, x, y in TILES)]


class Asked(NamedTuple):
    path: str
    began: float
    ended: float
    body: str


class Reign(NamedTuple):
    """A release was put in force at some time between these two."""

    digest: str
    after: float
    before: float


def content(answer: httpx.Response) -> str:
    return hashlib.sha256(answer.content).hexdigest()


class Soak:
    def __init__(self, root: Path, seconds: float) -> None:
        self.root, self.end = root, time.monotonic() + seconds
        self.store = ReleaseStore(root / "releases")
        self.asked: list[Asked] = []
        self.reigns = [Reign(self.store.get("current").digest, 0.0, 0.0)]
        self.count: Counter[str] = Counter()
        self.faults: list[str] = []
        self.lag: list[float] = []
        self.sizes: list[tuple[float, dict[str, tuple[int, int]]]] = []
        self._guard = threading.Lock()

    @property
    def over(self) -> bool:
        return time.monotonic() > self.end

    def fault(self, what: str) -> None:
        with self._guard:
            self.faults.append(what)

    def guarded(self, work: Any, *arguments: Any) -> threading.Thread:
        def run() -> None:
            try:
                work(*arguments)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is a fault of the service
                self.fault(f"{work.__name__}: {type(error).__name__}: {error}")

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    def read(self, public: str, seed: int) -> None:
        """One public client: asks without pause, with what it has half of the time."""
        rng, held = random.Random(seed), dict[str, tuple[str, str]]()
        with httpx.Client(base_url=public, trust_env=False, timeout=60) as client:
            while not self.over:
                path = rng.choice(PLAIN)
                if rng.random() < 0.05:
                    a, b = (rng.choice(self.reigns).digest for _ in range(2))
                    path = f"/api/v1/releases/{a}/diff/{b}"
                headers = {"If-None-Match": held[path][0]} if path in held and rng.random() < 0.5 else {}
                began = time.time()
                answer = client.get(path, headers=headers)
                ended = time.time()
                with self._guard:
                    self.count[f"public {answer.status_code}"] += 1
                if answer.status_code not in (200, 204, 304):
                    self.fault(f"{path}: {answer.status_code}")
                    continue
                body = held[path][1] if answer.status_code == 304 else content(answer)
                held[path] = (answer.headers["etag"], body)
                with self._guard:
                    self.asked.append(Asked(path, began, ended, body))

    def analyse(self, private: str, opens: dict[str, str], seed: int) -> None:
        """One analyst: reads the live draft; the same digest before and after means the same tile."""
        rng, seen = random.Random(seed), dict[tuple[str, str], str]()
        with httpx.Client(base_url=private, trust_env=False, timeout=120, headers=opens) as client:
            while not self.over:
                path = rng.choice(DRAFTS)
                before = client.get("/drafts/api/v1/live").json()["digest"]
                answer = client.get(path)
                after = client.get("/drafts/api/v1/live").json()["digest"]
                with self._guard:
                    self.count[f"draft {answer.status_code}"] += 3
                if answer.status_code not in (200, 204):
                    self.fault(f"{path}: {answer.status_code}")
                elif (
                    before == after
                    and "/tiles/" in path
                    and seen.setdefault((before, path), content(answer)) != content(answer)
                ):
                    self.fault(f"{path}: another tile of the same draft")
                time.sleep(0.05)

    def decide(self, private: str, opens: dict[str, str]) -> None:
        """A reviewer: pins an address and takes it back, and waits each time until the draft says so."""
        with httpx.Client(base_url=private, trust_env=False, timeout=120, headers=opens) as client:
            while not self.over:
                queue = client.get("/api/v1/review?limit=20").json()["queue"]
                entry = random.Random(len(self.lag)).choice(queue)
                before = client.get("/drafts/api/v1/live").json()["digest"]
                body = {"action": "pin", "lon": 106.07, "lat": 21.18, "reason": "soak", "teach": False}
                done = client.post(
                    f"/api/v1/review/{entry['place']}/decisions",
                    json=body,
                    headers={"If-Match": f'"{entry["revision"]}"'},
                )
                if done.status_code == 412:  # imported about meanwhile
                    continue
                began = time.monotonic()
                while client.get("/drafts/api/v1/live").json()["digest"] == before:
                    time.sleep(0.02)
                    if time.monotonic() - began > 60:
                        self.fault("a decision is not in the live draft after a minute")
                        break
                self.lag.append(time.monotonic() - began)
                self.count[f"decision {done.status_code}"] += 1
                number = done.json()["decision"]
                self.count[
                    f"undo {client.post(f'/api/v1/review/decisions/{number}/undo', json={}).status_code}"
                ] += 1
                time.sleep(3)

    def change(self) -> None:
        """Import, draw, publish, roll back: each in a process of its own, as a user would."""
        turn = 0
        while not self.over:
            turn += 1
            self.run("import", "cases", str(self.more_cases(turn)))
            self.run("draft", "--as-of", AS_OF.isoformat())
            began = time.time()
            self.run("release", "--decision", f"{turn}/QĐ")
            self.reign(began)
            if turn % 4 == 0:
                self.run("keys", "rotate-identifiers")
            if turn % 3 == 0:
                began = time.time()
                older = self.store.list()[1].digest
                self.run("put-in-force", older)
                self.reign(began)
            time.sleep(5)

    def more_cases(self, turn: int) -> Path:
        path = self.root.parent / f"more-{turn}.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADER)
            for i in range(3):
                day = AS_OF - timedelta(days=i)
                at = (106.05 + 0.001 * turn, 21.15 + 0.002 * i)
                writer.writerow([f"S{turn}-{i}", f"Nhà {turn}-{i}, Bắc Ninh", f"{day:%d/%m/%Y}", *at])
        return path

    def run(self, *words: str) -> None:
        done = subprocess.run(
            [GEOZONE, *words, "--workspace", self.root], capture_output=True, text=True, check=False
        )
        self.count[f"geozone {words[0]} {done.returncode}"] += 1
        if done.returncode:
            self.fault(f"geozone {words[0]}: {done.stderr[-300:]}")

    def reign(self, began: float) -> None:
        with self._guard:
            self.reigns.append(Reign(self.store.get("current").digest, began, time.time()))

    def watch(self, processes: dict[str, int]) -> None:
        while not self.over:
            self.sizes.append((time.monotonic(), {name: size_of(pid) for name, pid in processes.items()}))
            time.sleep(5)

    def in_force(self, began: float, ended: float) -> set[str]:
        """Releases that may have been in force at some time between two."""
        found = {self.reigns[0].digest} if len(self.reigns) == 1 or began < self.reigns[1].before else set()
        for i, reign in enumerate(self.reigns):
            until = self.reigns[i + 1].before if i + 1 < len(self.reigns) else float("inf")
            if reign.after <= ended and until >= began:
                found.add(reign.digest)
        return found

    def check(self) -> Counter[str]:
        """Make every answer again from releases that were in force, by a service that has seen no other."""
        fresh: dict[tuple[str, str], str] = {}
        apps: dict[str, Any] = {}
        verdict: Counter[str] = Counter()
        for asked in self.asked:
            digests = self.in_force(asked.began, asked.ended)
            if asked.path.startswith(ALWAYS) or "/diff/" in asked.path:
                verdict["of several releases, not compared"] += 1
                continue
            made = set()
            for digest in digests:
                if (digest, asked.path) not in fresh:
                    if digest not in apps:
                        apps.clear()
                        single = SingleRelease(self.store.get(digest))
                        options = ServiceOptions(prepare=False, cache=self.root / "cache")
                        apps[digest] = create_app(single, web_root=None, options=options)
                    fresh[digest, asked.path] = asyncio.run(remake(apps[digest], asked.path))
                made.add(fresh[digest, asked.path])
            verdict["as its release" if asked.body in made else "STALE"] += 1
            if asked.body not in made:
                self.fault(f"stale: {asked.path}")
        return verdict


async def remake(app: Any, path: str) -> str:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=HOST) as client:
        return content(await client.get(path))


HOST = "http://127.0.0.1"


def size_of(pid: int) -> tuple[int, int]:
    """Memory (MB) and open files of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") >> 20, len(list(Path(f"/proc/{pid}/fd").iterdir()))


def serve(root: Path, *words: str) -> tuple[subprocess.Popen[str], str, dict[str, str]]:
    server = subprocess.Popen(
        [GEOZONE, "serve", "--port", "0", "--workspace", root, *words],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"GEOZONE_BASE_URL": HOST},
    )
    address = server.stdout.readline().split()[1].rstrip("/").replace("localhost", "127.0.0.1")
    opens = {}
    if "--analyst" in words:
        server.stdout.readline()
        name, _, value = server.stdout.readline().strip().partition(": ")
        opens = {name: value}
    for _ in range(600):
        try:
            if httpx.get(f"{address}/ready", trust_env=False, timeout=5).status_code == 200:
                break
        except httpx.TransportError:
            time.sleep(0.2)
    return server, address, opens


def children(pid: int) -> list[int]:
    listed = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    )
    return [int(line.split()[0]) for line in listed.stdout.splitlines() if "resource_tracker" not in line]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--clients", type=int, default=4)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="geozone-soak-"))
    root = folder / "w"
    with Workspace.create(root, created_at=datetime.now(UTC)) as space:
        run_demo(space, seed=2021, at=datetime.now(UTC), actor="soak")
    public, address, _ = serve(root, "--workers", "2")
    private, desk, opens = serve(root, "--analyst")
    with httpx.Client(base_url=desk, trust_env=False, headers=opens, timeout=60) as client:
        while client.get("/drafts/api/v1/live").status_code != 200:
            time.sleep(0.5)
    watched = {"analyst": private.pid} | {
        f"worker {i + 1}": pid for i, pid in enumerate(children(public.pid))
    }
    soak = Soak(root, options.seconds)
    threads = [soak.guarded(soak.read, address, seed) for seed in range(options.clients)]
    threads += [soak.guarded(soak.analyse, desk, opens, 99), soak.guarded(soak.decide, desk, opens)]
    threads += [soak.guarded(soak.change), soak.guarded(soak.watch, watched)]
    for thread in threads:
        thread.join()
    alive = [server.poll() is None for server in (public, private)]
    for server in (public, private):
        server.terminate()
        server.wait(30)
    print(f"{options.seconds:.0f} s, load {os.getloadavg()[0]:.1f}; both alive at the end: {all(alive)}")
    print(", ".join(f"{name}: {count}" for name, count in sorted(soak.count.items())))
    print(f"releases put in force: {len(soak.reigns)}; answers to check: {len(soak.asked)}")
    print(", ".join(f"{name}: {count}" for name, count in soak.check().items()))
    lags = sorted(soak.lag)
    if lags:
        print(f"decision to live draft, polled: p50 {lags[len(lags) // 2]:.2f} s, worst {lags[-1]:.2f} s")
    for name in watched:
        seen = [sizes[name] for _, sizes in soak.sizes]
        quarters = [seen[len(seen) * part // 4 : len(seen) * (part + 1) // 4] for part in range(4)]
        memory, files = ([statistics.median(one[at] for one in part) for part in quarters] for at in (0, 1))
        print(f"{name}: median of each quarter: MB {memory}, files {files}")
    print(f"faults: {len(soak.faults)}", *soak.faults[:20], sep="\n  ")
    shutil.rmtree(folder, ignore_errors=True)
    sys.exit(1 if soak.faults else 0)


if __name__ == "__main__":
    main()
