"""How long a new server takes to the first map: from ``create_app`` to the tiles of zoom 5.

    python benchmarks/serving/first_tile.py [--releases FOLDER]

The folder is a workspace's ``releases``. Without one, a release is made first: of the real epidemic
where the real data is beside the checkout, else of the demonstration. Measured with an empty cache
folder, then with the one that this filled; beside it, what GEOS takes to simplify the same communes
for that one zoom.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import mercantile
import shapely
from starlette.testclient import TestClient

from geozone.api import ServiceOptions, create_app
from geozone.release import ReleaseStore
from geozone.tiles.mercator import grid_size, to_world

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from first_paint import workspace

HANOI = (105.85, 21.03)
ZOOM = 5
POLYGONS = ("communes", "green_zones", "containment_zones", "buffer_zones")


def main() -> None:
    options = _options()
    if options.releases:
        _compare(ReleaseStore(options.releases))
        return
    with tempfile.TemporaryDirectory() as folder:
        _compare(ReleaseStore(Path(folder) / workspace(Path(folder)) / "releases"))


def _compare(store: ReleaseStore) -> None:
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


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--releases", type=Path, help="folder of a workspace's releases")
    return parser.parse_args()


if __name__ == "__main__":
    main()
