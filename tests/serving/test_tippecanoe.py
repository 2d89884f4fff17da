"""The decoder of tippecanoe reads our tiles: names, identifiers, properties and places as they went in."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import mercantile
import numpy as np
import pandas as pd
import pytest
import shapely

from geozone.tiles import TileGeometry, TileSource

BESIDE = Path(sys.executable).with_name("tippecanoe-decode")
DECODER = str(BESIDE) if BESIDE.is_file() else shutil.which("tippecanoe-decode")
pytestmark = pytest.mark.skipif(DECODER is None, reason="tippecanoe-decode is not installed")

STEP = 0.05


def decode(tile: bytes, address: mercantile.Tile, folder: Path) -> list[dict[str, Any]]:
    file = folder / "tile.mvt"
    file.write_bytes(tile)
    done = subprocess.run(
        [str(DECODER), str(file), *map(str, (address.z, address.x, address.y))],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    [layer] = json.loads(done.stdout)["features"]
    assert layer["properties"] == {"layer": "communes", "version": 2, "extent": 4096}
    return layer["features"]


@pytest.mark.parametrize("zoom", [6, 8, 10, 12, 14])
def test_polygons(zoom: int, tmp_path: Path) -> None:
    west, south = np.meshgrid(105 + STEP * np.arange(12), 20 + STEP * np.arange(12))
    outlines = shapely.box(west.ravel(), south.ravel(), west.ravel() + STEP, south.ravel() + STEP)
    frame = pd.DataFrame({"name": [f"Xã Đồng {i}" for i in range(144)], "level": np.arange(144) % 4 + 1})
    geometry = TileGeometry(outlines, mesh=True)
    source = TileSource("communes", geometry, frame, ids=[f"{i:05d}" for i in range(144)])
    address = mercantile.tile(105.31, 20.31, zoom)
    found = decode(source.tile(address.z, address.x, address.y), address, tmp_path)
    shown = shapely.box(*mercantile.bounds(address))
    assert {one["id"] for one in found} >= set(np.flatnonzero(shapely.intersects(outlines, shown)).tolist())
    step = 360 / 2**zoom / 4096
    for feature in found:
        row = feature["id"]
        assert feature["properties"] == {"name": f"Xã Đồng {row}", "level": row % 4 + 1}
        outline = shapely.from_geojson(json.dumps(feature["geometry"]))
        assert outline.is_valid
        inside, expected = outline & shown, outlines[row] & shown
        assert inside.is_empty or shapely.hausdorff_distance(inside, expected) < 3 * step


def test_points(tmp_path: Path) -> None:
    at = np.random.default_rng(5).uniform((105.0, 20.0), (105.3, 20.3), (300, 2))
    frame = pd.DataFrame({"kind": np.array(["school", "market"])[np.arange(300) % 2]})
    source = TileSource(
        "communes", TileGeometry(shapely.points(at)), frame, ids=[f"{i:03d}" for i in range(300)]
    )
    address = mercantile.tile(105.15, 20.15, 8)
    found = decode(source.tile(address.z, address.x, address.y), address, tmp_path)
    assert sorted(one["id"] for one in found) == list(range(300))
    for feature in found:
        assert feature["properties"]["kind"] == ("school", "market")[feature["id"] % 2]
        assert np.abs(at[feature["id"]] - feature["geometry"]["coordinates"]).max() < 360 / 2**8 / 4096
