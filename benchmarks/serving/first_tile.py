"""How long a new server takes to the first map: from ``create_app`` to the tiles of zoom 5.

    python benchmarks/serving/first_tile.py [--releases FOLDER] [--units FILE]

The folder is a workspace's ``releases``. Without one, a release is made of the units given, else
of the real ones kept beside the checkout, else of the embedded ones: every commune, and a green
layer of whole communes. Measured with an empty cache folder, then with the one that this filled;
beside it, what GEOS takes to simplify the same communes for that one zoom.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import mercantile
import numpy as np
import pandas as pd
import shapely
from starlette.testclient import TestClient

from geozone.api import ServiceOptions, create_app
from geozone.errors import NotFoundError
from geozone.release import ReleaseStore
from geozone.tiles.mercator import grid_size, to_world

HANOI = (105.85, 21.03)
ZOOM = 5
POLYGONS = ("communes", "green_zones", "containment_zones", "buffer_zones")


def main() -> None:
    options = _options()
    store: Any = ReleaseStore(options.releases) if options.releases else _Store(_units(options.units))
    source = store.get("current")
    outlines = source.layer("communes").geometry.to_numpy()
    print(f"{len(outlines)} communes, {shapely.get_num_coordinates(outlines).sum()} vertices")
    with tempfile.TemporaryDirectory() as folder:
        cold = _first_map("cold", store, source, Path(folder))
        warm = _first_map("warm", store, source, Path(folder))
    world = shapely.transform(shapely.force_2d(outlines), to_world)
    started = time.perf_counter()
    shapely.coverage_simplify(shapely.transform(world, lambda at: at * grid_size(ZOOM)), 2.0)
    geos = time.perf_counter() - started
    print(f"GEOS coverage_simplify, communes of one zoom {geos:6.2f} s")
    print(f"x{geos / cold:.1f} of our cold map, x{geos / warm:.1f} of our warm one")


def _first_map(name: str, store: Any, source: Any, cache: Path) -> float:
    """Ask for what the map asks for; the first tile alone, then the other layers."""
    at = mercantile.tile(*HANOI, ZOOM)
    started = time.perf_counter()
    app = create_app(store, options=ServiceOptions(cache=cache))
    with TestClient(app) as client:
        taken = []
        for layer in POLYGONS:
            if layer in source.manifest["layers"]:
                answer = client.get(f"/tiles/{layer}/{ZOOM}/{at.x}/{at.y}.mvt?v={source.digest}")
                answer.raise_for_status()
                taken.append(time.perf_counter() - started)
        print(f"{name}: communes at {taken[0]:6.2f} s, all {len(taken)} layers at {taken[-1]:6.2f} s")
        last = time.perf_counter()
        for zoom in range(ZOOM + 1, 11):
            there = mercantile.tile(*HANOI, zoom)
            client.get(f"/tiles/communes/{zoom}/{there.x}/{there.y}.mvt?v={source.digest}").raise_for_status()
        print(f"      zooms {ZOOM + 1} to 10 of communes in {time.perf_counter() - last:6.2f} s more")
    return taken[0]


class _Store:
    """One release in memory."""

    def __init__(self, units: gpd.GeoDataFrame) -> None:
        green = units.iloc[np.arange(len(units)) % 8 > 0].reset_index(drop=True)
        zones = gpd.GeoDataFrame({"zone_id": green["code"]}, geometry=green.geometry, crs=units.crs)
        communes = units.assign(epidemic_level=1)
        self._tables = {"communes": communes, "green_zones": zones}
        self.digest = hashlib.sha256(b"first tile").hexdigest()
        self.manifest = {"layers": {name: {} for name in self._tables}, "edition": "2025"}

    def get(self, reference: str) -> _Store:
        if reference not in ("current", self.digest):
            raise NotFoundError(reference)
        return self

    def list(self) -> list[Any]:
        return [SimpleNamespace(digest=self.digest, decision="benchmark", as_of=None, is_current=True)]

    def layer(self, name: str) -> gpd.GeoDataFrame:
        return self._tables[name].copy()

    def attributes(self, name: str) -> pd.DataFrame:
        return pd.DataFrame(self._tables[name].drop(columns="geometry"))

    def geometry_digest(self, name: str) -> str:
        return hashlib.sha256(name.encode()).hexdigest()


def _units(given: Path | None) -> gpd.GeoDataFrame:
    beside = Path(__file__).resolve().parents[3] / "shared" / "data" / "communes_2025_all_20m.parquet"
    path = given or (beside if beside.is_file() else None)
    if path is not None:
        table = gpd.read_parquet(path) if path.suffix == ".parquet" else gpd.read_file(path)
    else:
        from geozone.admin import load_units  # noqa: PLC0415 - only without a file

        table = load_units().communes
    names = table["full_name"] if "full_name" in table else table["name"]
    columns = {"code": table["code"].astype(str), "name": names, "full_name": names, "province_name": ""}
    return gpd.GeoDataFrame(columns, geometry=table.geometry.to_numpy(), crs="EPSG:4326")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--releases", type=Path, help="folder of a workspace's releases")
    parser.add_argument("--units", type=Path, help="file of units with a code and a name")
    return parser.parse_args()


if __name__ == "__main__":
    main()
