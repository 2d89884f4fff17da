"""Pages of features: ours beside tipg on PostGIS under the same load, and writing beside GeoPandas.

    python benchmarks/serving/features.py [--tipg PYTHON --postgis URL] [--units FILE] [--seconds N]

PYTHON is the interpreter of an environment with ``tipg`` and ``uvicorn``; URL a database with PostGIS, in
which the table ``bench_communes`` is made. Without them only GeoPandas is beside. Outlines are those of the
file, else the embedded ones. Each service has one worker; the load comes from ``wrk``, in turns. Each is
asked twice: for one page over many connections, which ours has in memory, and over one connection for a new
page each time (another ``offset``), for which ours has the outlines written but no page.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import httpx
from _service import COLUMNS, communes_of, ours, publish, serving, wrk

from geozone.geojson import feature_collection

_ONE = 'request = function() return wrk.format("GET", "PATHlimit=LIMIT") end'
_NEW = """local asked = 0
request = function()
  asked = asked + 1
  local limit = LIMIT + math.floor(asked / 2000)
  return wrk.format("GET", "PATHlimit=" .. limit .. "&offset=" .. asked % 2000 + 1)
end"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tipg", type=Path)
    parser.add_argument("--postgis")
    parser.add_argument("--units", type=Path, help="outlines of the communes, with their codes")
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--connections", type=int, default=16)
    options = parser.parse_args()
    communes = communes_of(options.units)
    print(f"{len(communes)} communes, {communes.count_coordinates().sum():,} vertices")
    _write(communes)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "releases"
        publish(root, communes)
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
        for told, script, connections in (
            ("one page", _ONE, options.connections),
            ("a new page each time", _NEW, 1),
        ):
            first = None
            for name, base in services.items():
                path = f"{_items(name)}limit={limit}"
                httpx.get(base + path, timeout=120).raise_for_status()
                made = script.replace("PATH", _items(name)).replace("LIMIT", str(limit))
                found = wrk(base, made, connections, options.seconds)
                first = first or found.rate
                print(
                    f"limit={limit:<5d} {told:22s} {name:10s} {found.rate:8.1f} requests/s"
                    f"  x{found.rate / first:6.1f}  p99 {found.p99_ms:8.1f} ms  {found.errors} errors",
                    flush=True,
                )


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
