"""The real epidemic of 2021, browsed by GDAL: every collection to every format, counted against the service.

    python benchmarks/serving/real_epidemic.py WORKSPACE

WORKSPACE holds a release (``docs/api.md`` says how it is made from the evaluation data). Each collection is
copied by ``ogr2ogr`` from the OAPIF driver to each target, then each format of the service is opened by
GDAL as the file that it is. Exit status 1 if any copy fails or its rows are not those of the collection.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import pyarrow.parquet as pq
import pyogrio
from _service import ours, serving

TARGETS = {"GPKG": "gpkg", "FlatGeobuf": "fgb", "GeoJSON": "geojson", "CSV": "csv", "ESRI Shapefile": "shp"}
FORMATS = {
    "json": "geojson",
    "jsonseq": "geojsonl",
    "csv": "csv",
    "flatgeobuf": "fgb",
    "parquet": "parquet",
    "xlsx": "xlsx",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workspace", type=Path)
    options = parser.parse_args()
    faults = 0
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(ours, options.workspace / "releases") as base,
        httpx.Client(timeout=300) as client,
    ):
        collections = client.get(f"{base}/ogc/collections?f=json").json()["collections"]
        for collection in [one["id"] for one in reversed(collections)]:
            items = f"{base}/ogc/collections/{collection}/items"
            expected = client.get(f"{items}?limit=1&f=json").json()["numberMatched"]
            if not expected:
                print(f"{collection:18s} holds nothing", flush=True)
                continue
            found = [
                *(_copied(base, collection, Path(folder), driver) for driver in TARGETS),
                *(_opened(client, items, Path(folder) / collection, name) for name in FORMATS),
            ]
            wrong = [told for told, rows, _ in found if rows != expected]
            faults += len(wrong)
            slowest = max(found, key=lambda one: one[2])
            print(
                f"{collection:18s} {expected:6d} features in {len(found)} formats, {len(wrong)} wrong {wrong}"
                f"  slowest {slowest[0]} {slowest[2]:.1f} s",
                flush=True,
            )
    return int(faults > 0)


def _copied(base: str, collection: str, folder: Path, driver: str) -> tuple[str, int, float]:
    target = folder / f"{collection}-copy.{TARGETS[driver]}"
    started = time.perf_counter()
    done = subprocess.run(
        ["ogr2ogr", "-f", driver, "-oo", "PAGE_SIZE=1000", "-mapFieldType", "StringList=String",
         target, f"OAPIF:{base}/ogc", collection],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"},
    )  # fmt: skip
    seconds = time.perf_counter() - started
    rows = -1 if done.returncode or "ERROR" in done.stderr else _rows(target)
    return driver, rows, seconds


def _opened(client: httpx.Client, items: str, stem: Path, name: str) -> tuple[str, int, float]:
    started = time.perf_counter()
    answer = client.get(f"{items}?limit=10000&f={name}").raise_for_status()
    target = stem.with_suffix(f".{FORMATS[name]}")
    target.write_bytes(answer.content.replace(b"\x1e", b"") if name == "jsonseq" else answer.content)
    return f"f={name}", _rows(target), time.perf_counter() - started


def _rows(file: Path) -> int:
    if not file.is_file():
        return 0
    if file.suffix == ".parquet":  # GDAL of the wheels has no driver for it
        return int(pq.read_metadata(file).num_rows)
    first = pyogrio.list_layers(file)[0, 0]
    return int(pyogrio.read_info(file, layer=first, force_feature_count=True)["features"])


if __name__ == "__main__":
    sys.exit(main())
