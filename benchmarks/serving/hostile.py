"""Seconds that hostile and dear requests take, and what an honest one waits beside them, in one run.

    python benchmarks/serving/hostile.py [--beside N]

The list is that of the tests (``tests/serving/hostile_addresses.py``); the service has one worker.
"""

from __future__ import annotations

import argparse
import asyncio
import runpy
import tempfile
import time
from pathlib import Path

import httpx
import numpy as np
from _service import ours, publish, serving

LISTS = runpy.run_path(str(Path(__file__).parents[2] / "tests" / "serving" / "hostile_addresses.py"))
HONEST = "/ogc/collections/communes/items?limit=10"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--beside", type=int, default=4, help="hostile requests at the same time")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "releases"
        rng = np.random.default_rng(7)
        why = "Vì 3 ca trong 14 ngày, tỷ lệ 12,5 trên 100.000 dân, tỷ lệ tiêm chủng đạt yêu cầu. " * 4
        publish(
            root,
            population=rng.integers(1000, 50_000, 3321).astype(float),
            rate_per_100k=rng.gamma(1, 40, 3321),
            epidemic_level=rng.integers(1, 5, 3321),
            verified=False,
            why_vi=why,
            why_en=why,
        )
        with serving(ours, root) as base:
            _run(base, options.beside)


def _run(base: str, beside: int) -> None:
    with httpx.Client(base_url=base, timeout=120) as client:
        client.get(HONEST)
        client.get("/ogc/collections/communes/items?filter=true&limit=1")
        for name in ("ADDRESSES", "HEAVY"):
            taken = []
            for address in LISTS[name]:
                started = time.perf_counter()
                answer = client.get(address)
                taken.append((time.perf_counter() - started, answer.status_code, address))
            statuses = sorted({status for _, status, _ in taken})
            print(f"{name.lower():10s} {len(taken)} requests, statuses {statuses}")
            for seconds, status, address in sorted(taken, reverse=True)[:5]:
                print(f"   {seconds * 1000:8.1f} ms  {status}  {address[:90]}")
    alone, crowded = asyncio.run(_waits(base, 0)), asyncio.run(_waits(base, beside))
    for name, waits in (("alone", alone), (f"beside {beside} dear ones", crowded)):
        p50, p99 = np.percentile(waits, [50, 99]) * 1000
        print(f"an honest request {name:22s} p50 {p50:7.1f} ms  p99 {p99:8.1f} ms")


async def _waits(base: str, beside: int) -> list[float]:
    """Ask honestly, one after another, while others ask dear things without pause."""
    over = asyncio.Event()

    async def annoy(client: httpx.AsyncClient, place: int) -> None:
        while not over.is_set():
            for address in LISTS["HEAVY"][place::beside]:
                if not over.is_set():
                    await client.get(address)

    waits = []
    async with httpx.AsyncClient(base_url=base, timeout=120) as client:
        others = [asyncio.create_task(annoy(client, place)) for place in range(beside)]
        for _ in range(40):
            started = time.perf_counter()
            await client.get(HONEST)
            waits.append(time.perf_counter() - started)
            await asyncio.sleep(0.02)
        over.set()
        await asyncio.gather(*others)
    return waits


if __name__ == "__main__":
    main()
