"""Tiles under load: ours beside tipg and a bare FastAPI ``async def``, in one run, on the same data.

    python benchmarks/serving/beside_tipg.py --postgis DSN --tipg PYTHON [--seconds N] [--connections N]

PYTHON is the interpreter of an environment with ``tipg`` and ``uvicorn`` in it; the load comes from
``wrk``. Each server has one worker. Contenders take turns, zoom by zoom, over the same 16 tiles: tipg and
ours draw each tile anew, ours twice: keeping nothing, and keeping what the tiles showed of the outlines but
no tile, as when a new release has made every tile another. Then the cached tile, the bare one with the same
bytes and the 304. The mesh is prepared before, as a release does it; tipg has its GiST index.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import httpx
import mercantile
import pandas as pd
import uvicorn
from fastapi import FastAPI, Request, Response

from geozone.api import ServiceOptions, create_app
from geozone.api.respond import gzip_bytes
from geozone.release import ReleaseStore

sys.path.insert(0, str(Path(__file__).resolve().parent))
from _service import Draft, Measured, serving, wrk
from tiles import _Database, _units

ZOOMS = range(6, 15)
HANOI = (105.85, 21.03)
COLUMNS = {"level": "epidemic_level", "rate": "rate_per_100k"}


def main() -> None:
    options = _options()
    if options.postgis is None or options.tipg is None or shutil.which("wrk") is None:
        print("skipped: needs --postgis, --tipg and wrk")
        return
    units = _units(options.units)
    _Database(options.postgis).load("bench_units", units)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
        root = Path(folder) / "releases"
        digest = _publish(root, units)
        cutting = running.enter_context(serving(_cutting, root))
        drawing = running.enter_context(serving(_drawing, root))
        keeping = running.enter_context(serving(_keeping, root))
        bare = running.enter_context(serving(_bare, root))
        tipg = running.enter_context(_tipg(options))
        print(f"{len(units)} communes, {options.connections} connections, one worker each, load from wrk")
        for zoom in ZOOMS:
            bases = {"cutting": cutting, "drawing": drawing, "keeping": keeping, "bare": bare, "tipg": tipg}
            _zoom(zoom, digest, bases, options)


def _zoom(zoom: int, digest: str, bases: dict[str, str], options: argparse.Namespace) -> None:
    at = mercantile.tile(*HANOI, zoom)
    tiles = [(x, y) for x in range(at.x - 2, at.x + 2) for y in range(at.y - 2, at.y + 2)]
    ours = [f"/tiles/communes/{zoom}/{x}/{y}.mvt?v={digest}" for x, y in tiles]
    theirs = [f"/collections/public.bench_units/tiles/WebMercatorQuad/{zoom}/{x}/{y}" for x, y in tiles]
    middle = f"/tiles/communes/{zoom}/{at.x}/{at.y}.mvt?v={digest}"
    for path in (*ours, middle):  # prepares the mesh, fills the cache
        httpx.get(bases["cutting"] + path, timeout=300).raise_for_status()
        httpx.get(bases["drawing"] + path, timeout=300).raise_for_status()
        answer = httpx.get(bases["keeping"] + path, timeout=300).raise_for_status()
    for path in theirs:
        httpx.get(bases["tipg"] + path, timeout=300).raise_for_status()
    body = gzip_bytes(answer.content)
    httpx.post(bases["bare"] + "/tile", content=body).raise_for_status()
    held = {"If-None-Match": answer.headers["etag"]}
    found = {
        "tipg, drawn": _load(bases["tipg"], theirs, options),
        "ours, first drawn": _load(bases["cutting"], ours, options),
        "ours, drawn again": _load(bases["drawing"], ours, options),
        "bare FastAPI": _load(bases["bare"], ["/tile"], options),
        "ours, cached": _load(bases["keeping"], [middle], options),
        "ours, 304": _load(bases["keeping"], [middle], options, held),
    }
    cached, theirs_drawn = found["ours, cached"].rate, found["tipg, drawn"].rate
    first, again = (found[f"ours, {which}"].rate / theirs_drawn for which in ("first drawn", "drawn again"))
    print(
        f"z{zoom:<2} {len(answer.content) / 1024:6.0f} kB   drawn x{first:5.1f}, again x{again:5.1f} of tipg"
        f"   cached x{cached / found['bare FastAPI'].rate:4.1f} of bare"
        f"   304 x{found['ours, 304'].rate / cached:4.1f} of cached"
    )
    for name, one in found.items():
        print(
            f"      {name:18s} {one.rate:9.1f} requests/s   p99 {one.p99_ms:8.1f} ms   {one.errors} errors",
            flush=True,
        )


def _load(
    base: str, paths: list[str], options: argparse.Namespace, headers: dict[str, str] | None = None
) -> Measured:
    lines = ", ".join(f'"{path}"' for path in paths)
    script = f"""local paths, at = {{ {lines} }}, 0
request = function() at = at % #paths + 1 return wrk.format("GET", paths[at]) end
"""
    return wrk(base, script, options.connections, options.seconds, headers)


def _publish(root: Path, units: gpd.GeoDataFrame) -> str:
    communes = units.rename(columns=COLUMNS)
    communes["epidemic_level"] = pd.array(communes["epidemic_level"], dtype="Int64")
    communes["boundary_quality"] = "imported"
    store = ReleaseStore(root)
    draft = Draft({"communes": communes})
    return store.publish(draft, decision="benchmark", created_at=datetime.now(UTC), actor="benchmark").digest


def _cutting(root: Path, port: int) -> None:
    """Serve keeping neither a tile nor what one showed of the outlines."""
    _serve(root, port, tile_cache_bytes=0, cut_bytes=0)


def _drawing(root: Path, port: int) -> None:
    """Serve without keeping a tile, as when a new release has made every tile another."""
    _serve(root, port, tile_cache_bytes=0)


def _keeping(root: Path, port: int) -> None:
    """Serve as the command does."""
    _serve(root, port)


def _serve(root: Path, port: int, **sizes: int) -> None:
    options = ServiceOptions(prepare=False, cache=root.with_name("cache"), **sizes)
    app = create_app(ReleaseStore(root), options=options)
    uvicorn.run(app, http=app.state.tile_protocol, port=port, log_level="warning", access_log=False)


def _bare(_: Path, port: int) -> None:
    app, held = FastAPI(), {"body": b""}
    headers = {"Content-Encoding": "gzip"}

    @app.post("/tile")
    async def take(request: Request) -> None:
        held["body"] = await request.body()

    @app.get("/tile")
    async def answer() -> Response:
        return Response(held["body"], headers=headers, media_type="application/vnd.mapbox-vector-tile")

    uvicorn.run(app, port=port, log_level="warning", access_log=False)


@contextmanager
def _tipg(options: argparse.Namespace) -> Iterator[str]:
    port = _free_port()
    environment = {**os.environ, "DATABASE_URL": options.postgis, "TIPG_DB_SCHEMAS": '["public"]'}
    environment.pop("PYTHONPATH", None)
    command = [options.tipg, "-m", "uvicorn", "tipg.main:app", "--port", str(port), "--log-level", "warning"]
    with subprocess.Popen([*command, "--no-access-log"], env=environment) as process:
        try:
            yield _answering(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _answering(base: str) -> str:
    for _ in range(600):
        try:
            httpx.get(f"{base}/docs", timeout=5)
            break
        except httpx.TransportError:
            time.sleep(0.1)
    return base


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--postgis", help="address of a PostGIS database to measure on; tables bench_* are made"
    )
    parser.add_argument("--tipg", help="interpreter of an environment with tipg and uvicorn")
    parser.add_argument("--units", type=Path, help="file of units with a code and a name")
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--connections", type=int, default=16)
    return parser.parse_args()


if __name__ == "__main__":
    main()
