"""Pages of features: ours beside tipg on PostGIS under the same load, and writing beside GeoPandas.

    python benchmarks/serving/features.py [--tipg PYTHON --postgis URL] [--seconds N] [--connections N]

PYTHON is the interpreter of an environment with ``tipg`` and ``uvicorn``; URL a database with PostGIS, in
which the table ``bench_communes`` is made. Without them only GeoPandas is beside. Each service has one
worker; the load comes from this process, in turns. Each is asked twice: for one page over many connections,
which ours has in memory, and over one connection for a new page each time (another ``offset``).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import httpx
import numpy as np
from _service import load, ours, publish, serving

from geozone.admin import load_units
from geozone.geojson import feature_collection

COLUMNS = ["code", "name", "full_name", "province_code", "province_name", "boundary_quality"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tipg", type=Path)
    parser.add_argument("--postgis")
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--connections", type=int, default=16)
    options = parser.parse_args()
    communes = load_units().communes[[*COLUMNS, "geometry"]]
    print(f"{len(communes)} communes, {communes.count_coordinates().sum():,} vertices")
    _write(communes)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "releases"
        publish(root)
        with serving(ours, root) as base:
            if options.tipg is None or options.postgis is None:
                _race({"geozone": base}, options)
                return
            _to_postgis(communes, options.postgis, Path(folder))
            with _tipg(options.tipg, options.postgis) as peer:
                _race({"tipg": peer, "geozone": base}, options)
                _copy({"tipg": peer, "geozone": base}, Path(folder))


def _write(communes: gpd.GeoDataFrame) -> None:
    writers = {
        "GeoDataFrame.to_json": lambda: communes.to_json().encode(),
        "geozone": lambda: feature_collection(communes, properties=COLUMNS, id_column="code"),
    }
    taken = {}
    for name, write in writers.items():
        runs = []
        for _ in range(3):
            started = time.process_time()
            write()
            runs.append(time.process_time() - started)
        taken[name] = min(runs)
    for name, seconds in taken.items():
        ratio = taken["GeoDataFrame.to_json"] / seconds
        print(f"all as GeoJSON   {name:22s} {seconds:6.2f} s of processor   x{ratio:5.1f}")


def _race(services: dict[str, str], options: argparse.Namespace) -> None:
    for limit in (10, 1000):
        rates: dict[str, float] = {}
        for name, base in services.items():
            path = _items(name) + f"limit={limit}"
            httpx.get(base + path, timeout=120)
            runs = [asyncio.run(load(base, path, "", options.connections, options.seconds)) for _ in range(3)]
            rates[name] = statistics.median(len(run) for run in runs) / options.seconds
            p99 = float(np.percentile(np.concatenate(runs), 99)) * 1000
            rates_line = f"{rates[name]:8.1f} requests/s  x{rates[name] / next(iter(rates.values())):6.1f}"
            print(f"limit={limit:<5d} {name:28s} {rates_line}  p99 {p99:8.1f} ms")
        fresh = {name: _fresh(name, base, limit, options.seconds) for name, base in services.items()}
        for name, rate in fresh.items():
            told = f"{name}, a new page each time"
            ratio = rate / next(iter(fresh.values()))
            print(f"limit={limit:<5d} {told:28s} {rate:8.1f} requests/s  x{ratio:6.1f}")


def _fresh(name: str, base: str, limit: int, seconds: float) -> float:
    """Ask for a different page each time over one connection."""
    done, offset = 0, 0
    with httpx.Client(base_url=base, timeout=120) as client:
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            offset = (offset + 7) % 2300
            client.get(_items(name) + f"limit={limit}&offset={offset}")
            done += 1
    return done / seconds


def _items(name: str) -> str:
    collection = "public.bench_communes" if name == "tipg" else "communes"
    return f"{'' if name == 'tipg' else '/ogc'}/collections/{collection}/items?"


def _copy(services: dict[str, str], folder: Path) -> None:
    environment = {**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    for page in ("default", "1000"):
        for name, base in services.items():
            collection = "public.bench_communes" if name == "tipg" else "communes"
            source = f"OAPIF:{base}{'' if name == 'tipg' else '/ogc'}"
            options = [] if page == "default" else ["-oo", f"PAGE_SIZE={page}"]
            target = folder / f"{name}{page}.gpkg"
            started = time.perf_counter()
            subprocess.run(
                ["ogr2ogr", *options, "-f", "GPKG", target, source, collection],
                check=True,
                env=environment,
                stderr=subprocess.DEVNULL,
            )
            seconds, rows = time.perf_counter() - started, len(gpd.read_file(target, ignore_geometry=True))
            print(f"GDAL copies {rows} features, page {page:8s} {name:10s} {seconds:6.1f} s")


def _to_postgis(communes: gpd.GeoDataFrame, url: str, folder: Path) -> None:
    file = folder / "communes.gpkg"
    communes.to_file(file, layer="communes")
    subprocess.run(
        ["ogr2ogr", "-f", "PostgreSQL", f"PG:{url}", file, "-nln", "bench_communes", "-overwrite",
         "-lco", "GEOMETRY_NAME=geom", "-nlt", "PROMOTE_TO_MULTI"],
        check=True,
    )  # fmt: skip


@contextmanager
def _tipg(python: Path, url: str) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "DATABASE_URL": url, "TIPG_DB_SCHEMAS": '["public"]', "PYTHONPATH": ""}
    command = [python, "-m", "uvicorn", "tipg.main:app", "--port", str(port), "--log-level", "error"]
    process = subprocess.Popen(command, env=environment)
    base = f"http://127.0.0.1:{port}"
    for _ in range(300):
        try:
            httpx.get(f"{base}/healthz", timeout=5)
            break
        except httpx.TransportError:
            time.sleep(0.1)
    yield base
    process.terminate()
    process.wait(10)


if __name__ == "__main__":
    main()
