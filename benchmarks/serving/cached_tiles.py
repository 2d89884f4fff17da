"""A tile from memory: ours beside a bare FastAPI ``async def`` returning the same bytes, in one run.

    python benchmarks/serving/cached_tiles.py [--seconds N] [--connections N]

Both run in uvicorn with one worker; the load comes from this process, on the same machine, in turns.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import socket
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import uvicorn

from geozone.admin import load_units
from geozone.api import ServiceOptions, create_app
from geozone.api.respond import gzip_bytes
from geozone.release import ReleaseStore

TILE = "/tiles/communes/8/203/112.mvt"


@dataclass
class Draft:
    layers: dict[str, Any]
    as_of: date = date(2021, 7, 13)
    rules: dict[str, str] = field(default_factory=dict)
    edition: str = "2025"
    boundary_quality: str = "approximate"
    counts: dict[str, int] = field(default_factory=dict)
    warnings: tuple[Any, ...] = ()
    sources: tuple[Any, ...] = ()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "releases"
        digest = _publish(root)
        with _server(_ours, root) as ours:
            answer = httpx.get(f"{ours}{TILE}?v={digest}", timeout=120)
            (Path(folder) / "tile").write_bytes(gzip_bytes(answer.content, 4))
            with _server(_bare, Path(folder) / "tile") as bare:
                _race(ours, bare, digest, answer, options)


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
            taken = asyncio.run(_load(base, path, headers, options.connections, options.seconds))
            rates[name].append(len(taken) / options.seconds)
            delays[name] += taken
    print(f"{len(answer.content)} bytes before compression, {options.connections} connections, one worker")
    base_rate = statistics.median(rates["bare FastAPI async def"])
    for name in contenders:
        rate = statistics.median(rates[name])
        p99 = float(np.percentile(delays[name], 99)) * 1000
        print(f"{name:28s} {rate:8.0f} requests/s   x{rate / base_rate:5.2f}   p99 {p99:6.1f} ms")


async def _load(base: str, path: str, headers: str, connections: int, seconds: float) -> list[float]:
    host, port = base.removeprefix("http://").split(":")
    lines = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: gzip, deflate\r\n{headers}\r\n"
    request = lines.encode()
    end = time.perf_counter() + seconds
    taken: list[float] = []

    async def client() -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        while (started := time.perf_counter()) < end:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            if b"content-length: " in head:
                length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
                await reader.readexactly(length)
            taken.append(time.perf_counter() - started)
        writer.close()

    await asyncio.gather(*(client() for _ in range(connections)))
    return taken


def _publish(root: Path) -> str:
    communes = load_units().communes
    columns = ["code", "name", "full_name", "province_code", "province_name", "boundary_quality", "geometry"]
    draft = Draft({"communes": communes[columns]})
    store = ReleaseStore(root)
    return store.publish(draft, decision="benchmark", created_at=datetime.now(UTC), actor="benchmark").digest


@contextmanager
def _server(target: Any, argument: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = multiprocessing.get_context("spawn").Process(target=target, args=(argument, port), daemon=True)
    process.start()
    base = f"http://127.0.0.1:{port}"
    for _ in range(600):
        try:
            httpx.get(f"{base}/health", timeout=5)
            break
        except httpx.TransportError:
            time.sleep(0.1)
    yield base
    process.terminate()
    process.join(10)


def _ours(root: Path, port: int) -> None:
    app = create_app(ReleaseStore(root), options=ServiceOptions(prepare=False))
    uvicorn.run(app, port=port, log_level="warning", access_log=False)


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
