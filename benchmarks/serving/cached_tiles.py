"""A tile from memory: ours beside a bare FastAPI ``async def`` returning the same bytes, in one run.

    python benchmarks/serving/cached_tiles.py [--seconds N] [--connections N]

Both run in uvicorn with one worker; the load comes from this process, on the same machine, in turns.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
from pathlib import Path

import httpx
import numpy as np
import uvicorn
from _service import load, ours, publish, serving

from geozone.api.respond import gzip_bytes

TILE = "/tiles/communes/8/203/112.mvt"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "releases"
        digest = publish(root)
        with serving(ours, root) as service:
            answer = httpx.get(f"{service}{TILE}?v={digest}", timeout=120)
            (Path(folder) / "tile").write_bytes(gzip_bytes(answer.content))
            with serving(_bare, Path(folder) / "tile") as bare:
                _race(service, bare, digest, answer, options)


def _race(ours: str, bare: str, digest: str, answer: httpx.Response, options: argparse.Namespace) -> None:
    tag = answer.headers["etag"]
    contenders = {
        "bare FastAPI async def": (bare, TILE, ""),
        "geozone, address with v": (ours, f"{TILE}?v={digest}", ""),
        "geozone, current release": (ours, TILE, ""),
        "geozone, 304": (ours, f"{TILE}?v={digest}", f"If-None-Match: {tag}\r\n"),
    }
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    delays: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(options.rounds):
        for name, (base, path, headers) in contenders.items():
            taken = asyncio.run(load(base, path, headers, options.connections, options.seconds))
            rates[name].append(len(taken) / options.seconds)
            delays[name] += taken
    print(f"{len(answer.content)} bytes before compression, {options.connections} connections, one worker")
    base_rate = statistics.median(rates["bare FastAPI async def"])
    for name in contenders:
        rate = statistics.median(rates[name])
        p99 = float(np.percentile(delays[name], 99)) * 1000
        print(f"{name:28s} {rate:8.0f} requests/s   x{rate / base_rate:5.2f}   p99 {p99:6.1f} ms")


def _bare(tile: Path, port: int) -> None:
    from fastapi import FastAPI, Response  # noqa: PLC0415 - only in this process

    body, headers = tile.read_bytes(), {"Content-Encoding": "gzip"}
    app = FastAPI()

    @app.get(TILE)
    async def answer() -> Response:
        return Response(body, headers=headers, media_type="application/vnd.mapbox-vector-tile")

    uvicorn.run(app, port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
