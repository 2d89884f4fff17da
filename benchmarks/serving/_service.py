"""A service on the embedded communes, in a process of its own: shared by the benchmarks beside it."""

from __future__ import annotations

import asyncio
import multiprocessing
import re
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import httpx
import uvicorn

from geozone.admin import load_units
from geozone.api import ServiceOptions, create_app
from geozone.release import ReleaseStore


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


COLUMNS = ["code", "name", "full_name", "province_code", "province_name", "boundary_quality"]


def communes_of(outlines: Path | None = None) -> gpd.GeoDataFrame:
    """The embedded communes, with the outlines of a file that has their codes where one is given."""
    communes = load_units().communes[[*COLUMNS, "geometry"]]
    if outlines is not None:
        read = gpd.read_parquet if outlines.suffix == ".parquet" else gpd.read_file
        by_code = read(outlines).set_index("code").geometry
        communes = communes.set_geometry(by_code.reindex(communes["code"]).array, crs="EPSG:4326")
    return communes


def publish(root: Path, communes: gpd.GeoDataFrame | None = None, **more: Any) -> str:
    """Publish the communes, with further columns, and give the digest."""
    draft = Draft({"communes": (communes_of() if communes is None else communes).assign(**more)})
    store = ReleaseStore(root)
    return store.publish(draft, decision="benchmark", created_at=datetime.now(UTC), actor="benchmark").digest


@contextmanager
def serving(target: Any, argument: Path) -> Iterator[str]:
    """Run a service in another process and give its address."""
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


def ours(root: Path, port: int) -> None:
    """Serve the releases of a folder with one worker."""
    app = create_app(ReleaseStore(root), options=ServiceOptions(prepare=False))
    uvicorn.run(app, http=app.state.tile_protocol, port=port, log_level="warning", access_log=False)


async def load(base: str, path: str, headers: str, connections: int, seconds: float) -> list[float]:
    """Ask for one address over several connections without pause; give the seconds each answer took."""
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
                await reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r\n")[0]))
            elif b"transfer-encoding: chunked" in head:
                while size := int(await reader.readline(), 16):
                    await reader.readexactly(size + 2)
                await reader.readline()
            taken.append(time.perf_counter() - started)
        writer.close()

    await asyncio.gather(*(client() for _ in range(connections)))
    return taken


class Measured(NamedTuple):
    rate: float
    p99_ms: float
    errors: int


def wrk(
    base: str, script: str, connections: int, seconds: float, headers: dict[str, str] | None = None
) -> Measured:
    """Ask by ``wrk``, whose requests a Lua script makes; answers are not decompressed."""
    given = {"Accept-Encoding": "gzip", **(headers or {})}
    lines = "".join(f"wrk.headers[{name!r}] = {value!r}\n" for name, value in given.items())
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(lines + script)
        file.flush()
        command = ["wrk", "--latency", "-t1", f"-c{connections}", f"-d{round(seconds)}s"]
        command += ["--timeout", "60s", "-s", file.name, base]
        shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s|m)", shown).groups()
    scale = {"us": 1e-3, "ms": 1, "s": 1e3, "m": 6e4}[unit]
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", shown)
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", shown)[1])
    return Measured(rate, float(number) * scale, int(bad[1]) if bad else 0)
