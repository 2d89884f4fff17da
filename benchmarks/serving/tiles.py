"""Vector tiles: ours beside PostGIS ``ST_AsMVT`` and mapbox-vector-tile, in one run, as ratios.

    python benchmarks/serving/tiles.py [--units FILE] [--postgis DSN] [--repeat N] [--cpu]

Units are the file given, else the real ones kept beside the checkout, else the embedded ones.
PostGIS is measured where an address is given, on the outlines as they are and on the mesh that we
prepare, so that the simplification is not counted as the encoder's. Every tile of every encoder is
decoded and its polygons are checked. With ``--cpu`` time is that of the processor, of this process and
of the database's own: for a machine that others use.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import mapbox_vector_tile
import mercantile
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import shape

from geozone.tiles import CUT_BYTES, TileGeometry, TileSource

FIELDS = "code text, name text, level int, rate float8"
COLUMNS = ["code", "name", "level", "rate"]
PLACES = {"Ha Noi": (105.85, 21.03), "Bac Ninh": (106.07, 21.18), "Ho Chi Minh": (106.70, 10.78)}
WORLD = 40075016.68557849


def main() -> None:
    options = _options()
    if options.cpu:
        _CPU.append(True)
    units = _units(options.units)
    vertices = int(shapely.get_num_coordinates(units.geometry.to_numpy()).sum())
    print(f"{len(units)} communes, {vertices} vertices\n")
    started = time.perf_counter()
    folder = tempfile.TemporaryDirectory()
    kept, geometry = (
        TileGeometry(units.geometry.to_numpy(), mesh=True, cache=Path(folder.name), cut_bytes=size)
        for size in (CUT_BYTES, 0)
    )
    again, source = (
        TileSource("communes", one, pd.DataFrame(units[COLUMNS]), ids=units["code"].tolist())
        for one in (kept, geometry)
    )
    print(f"open the layer  {time.perf_counter() - started:8.2f} s, once a release")
    for zoom in range(5, 11):
        started = time.perf_counter()
        kept.prepare(zoom)
        print(f"prepare zoom {zoom:2d} {time.perf_counter() - started:8.2f} s, once a unit set")
        geometry.prepare(zoom)  # from the disk
    _zoom_6(source, again, units, options)
    _every_zoom(source)
    _points(options)


def _zoom_6(
    source: TileSource, again: TileSource, units: gpd.GeoDataFrame, options: argparse.Namespace
) -> None:
    tile = max(
        (mercantile.tile(*place, 6) for place in PLACES.values()),
        key=lambda at: len(source.tile(at.z, at.x, at.y)),
    )
    rows, _ = source.geometry.draw(6, tile.x, tile.y)
    vertices = int(shapely.get_num_coordinates(units.geometry.to_numpy()[rows]).sum())
    print(f"\nz6 tile {tile.x}/{tile.y}: {len(rows)} communes, {vertices} source vertices")
    contenders: dict[str, Callable[[], bytes]] = {
        "geozone": lambda: source.tile(6, tile.x, tile.y),
        "geozone, outlines kept cut": lambda: again.tile(6, tile.x, tile.y),
    }
    if options.postgis:
        database = _Database(options.postgis)
        database.load("bench_units", units)
        contenders["ST_AsMVT, same outlines"] = lambda: database.tile("bench_units", tile)
        database.load("bench_mesh", _mesh(source, units))
        contenders["ST_AsMVT, our mesh"] = lambda: database.tile("bench_mesh", tile)
    if not options.no_reference:
        contenders["mapbox-vector-tile"] = lambda: _reference(units, tile)
    _race(contenders, options.repeat)


def _every_zoom(source: TileSource) -> None:
    print("\nevery zoom, 25 tiles around each of 3 places, not cached, prepared meshes, ms")
    for zoom in range(5, 15):
        taken = []
        for place in PLACES.values():
            at = mercantile.tile(*place, zoom)
            for x in range(at.x - 2, at.x + 3):
                for y in range(at.y - 2, at.y + 3):
                    started = _clock()
                    source.tile(zoom, x, y)
                    taken.append((_clock() - started) * 1000)
        print(f"z{zoom:2d}  median {statistics.median(taken):7.2f}   p95 {np.percentile(taken, 95):7.2f}")


def _points(options: argparse.Namespace, count: int = 50_000) -> None:
    rng = np.random.default_rng(1)
    at = rng.normal((105.9, 21.1), (0.4, 0.4), (count, 2))
    points = gpd.GeoDataFrame(
        {
            "code": [f"{i:06d}" for i in range(count)],
            "name": rng.choice(["school", "market", "hospital"], count),
            "level": rng.integers(1, 5, count),
            "rate": rng.integers(0, 100, count),
        },
        geometry=shapely.points(at),
        crs="EPSG:4326",
    )
    source = TileSource(
        "communes",
        TileGeometry(points.geometry.to_numpy()),
        pd.DataFrame(points[COLUMNS]),
        ids=points["code"].tolist(),
    )
    tile = mercantile.tile(105.9, 21.1, 6)
    print(f"\nz6 tile of points: {len(source.geometry.draw(6, tile.x, tile.y).rows)}")
    contenders: dict[str, Callable[[], bytes]] = {"geozone": lambda: source.tile(6, tile.x, tile.y)}
    if options.postgis:
        database = _Database(options.postgis)
        database.load("bench_points", points)
        contenders["ST_AsMVT"] = lambda: database.tile("bench_points", tile)
    if not options.no_reference:
        contenders["mapbox-vector-tile"] = lambda: _reference(points, tile)
    _race(contenders, options.repeat)


def _race(contenders: dict[str, Callable[[], bytes]], repeat: int) -> None:
    """Take turns, so that a busy machine is busy for all; the slow ones once."""
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    tiles: dict[str, bytes] = {}
    for turn in range(repeat):
        for name, write in contenders.items():
            if turn and statistics.median(taken[name]) > 3:
                continue
            started = _clock()
            tiles[name] = write()
            taken[name].append(_clock() - started)
    ours = statistics.median(taken["geozone"])
    for name in contenders:
        median = statistics.median(taken[name])
        features = mapbox_vector_tile.decode(tiles[name])["communes"]["features"]
        invalid = sum(not shape(feature["geometry"]).is_valid for feature in features)
        print(
            f"{name:28s} {median * 1000:9.1f} ms   x{median / ours:7.1f}   {len(tiles[name]) / 1024:7.0f} kB"
            f"   {len(features)} features, {invalid} invalid"
        )


def _mesh(source: TileSource, units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Our outlines of zoom 6 back in longitude and latitude."""
    step = WORLD / (4096 << 6)

    def metres(grid: np.ndarray) -> np.ndarray:
        return np.column_stack([grid[:, 0] * step - WORLD / 2, WORLD / 2 - grid[:, 1] * step])

    outlines = shapely.transform(source.geometry.prepared(6), metres)
    mesh = gpd.GeoDataFrame(units[COLUMNS], geometry=outlines, crs="EPSG:3857")
    return mesh.to_crs("EPSG:4326")


def _reference(table: gpd.GeoDataFrame, tile: mercantile.Tile) -> bytes:
    west, south, east, north = mercantile.xy_bounds(tile)
    margin = (east - west) * 64 / 4096
    projected = table.to_crs(3857)
    near = projected.cx[west - margin : east + margin, south - margin : north + margin]
    clipped = shapely.clip_by_rect(
        near.geometry.to_numpy(), west - margin, south - margin, east + margin, north + margin
    )
    features = [
        {"geometry": geometry, "properties": dict(zip(COLUMNS, row, strict=True))}
        for geometry, row in zip(clipped, near[COLUMNS].itertuples(index=False), strict=True)
        if not geometry.is_empty
    ]
    return bytes(
        mapbox_vector_tile.encode(
            {"name": "communes", "features": features},
            default_options={"quantize_bounds": (west, south, east, north), "extents": 4096},
        )
    )


def _clock() -> float:
    """Read the clock; with ``--cpu`` the processor time of this process and of the database's."""
    if not _CPU:
        return time.perf_counter()
    ticks = 0
    for stat in [Path(f"/proc/{process}/stat") for process in _BACKENDS]:
        if not stat.exists():
            continue  # its connection is closed
        fields = stat.read_text(encoding="ascii").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


_CPU: list[bool] = []
_BACKENDS: list[int] = []


class _Database:
    def __init__(self, address: str) -> None:
        import psycopg  # noqa: PLC0415 - only where PostGIS is measured

        self._connection = psycopg.connect(address, autocommit=True)
        self._connection.execute("SET max_parallel_workers_per_gather = 0")
        _BACKENDS.append(self._connection.info.backend_pid)

    def load(self, name: str, table: gpd.GeoDataFrame) -> None:
        projected = table.to_crs(3857)
        with self._connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {name}")
            cursor.execute(f"CREATE TABLE {name} ({FIELDS}, geom geometry(Geometry, 3857))")
            with cursor.copy(f"COPY {name} FROM STDIN") as copy:
                wkb = shapely.to_wkb(projected.geometry.to_numpy(), hex=True, include_srid=True)
                for row, shape_ in zip(projected[COLUMNS].itertuples(index=False), wkb, strict=True):
                    copy.write_row([*row, shape_])
            cursor.execute(f"UPDATE {name} SET geom = ST_SetSRID(geom, 3857)")
            cursor.execute(f"CREATE INDEX ON {name} USING gist (geom)")
            cursor.execute(f"VACUUM ANALYZE {name}")

    def tile(self, name: str, tile: mercantile.Tile) -> bytes:
        query = f"""
            SELECT ST_AsMVT(t, 'communes', 4096, 'geom') FROM (
              SELECT code, name, level, rate,
                     ST_AsMVTGeom(geom, ST_TileEnvelope(%s, %s, %s), 4096, 64, true) AS geom
              FROM {name} WHERE geom && ST_TileEnvelope(%s, %s, %s, margin => 64.0 / 4096)
            ) t WHERE geom IS NOT NULL"""
        with self._connection.cursor() as cursor:
            found = cursor.execute(query, (tile.z, tile.x, tile.y) * 2, binary=True).fetchone()
        return bytes(found[0]) if found else b""


def _units(given: Path | None) -> gpd.GeoDataFrame:
    beside = Path(__file__).resolve().parents[3] / "shared" / "data" / "communes_2025_all_20m.parquet"
    path = given or (beside if beside.is_file() else None)
    if path is not None:
        table = gpd.read_parquet(path) if path.suffix == ".parquet" else gpd.read_file(path)
    else:
        from geozone.admin import load_units  # noqa: PLC0415 - only without a file

        table = load_units().communes
    rng = np.random.default_rng(1)
    return gpd.GeoDataFrame(
        {
            "code": table["code"].astype(str),
            "name": table["name"].astype(str),
            "level": rng.integers(1, 5, len(table)),
            "rate": rng.uniform(0, 300, len(table)).round(2),
        },
        geometry=table.geometry.to_numpy(),
        crs="EPSG:4326",
    )


def _options(arguments: Sequence[str] | None = None) -> Any:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--units", type=Path, help="file of units with a code and a name")
    parser.add_argument(
        "--postgis", help="address of a PostGIS database to measure on; tables bench_* are made"
    )
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--cpu", action="store_true", help="processor time instead of the clock")
    parser.add_argument("--no-reference", action="store_true", help="leave mapbox-vector-tile out")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
