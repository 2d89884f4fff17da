"""Dissolved exact discs: ours beside shapely's union and PostGIS, in one run.

python benchmarks/zoning/dissolve.py [--count 100000] [--radius METRES ...] [--postgis DSN]

Then ten times as many at 1 km, beside shapely's union cluster by cluster. Seconds of processor time, of
PostGIS that of its own process.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

import numpy as np
import shapely

sys.path.insert(0, str(Path(__file__).parent))

from _outbreak import points, timed

from geozone.geodesy import area_km2, discs, segments_for
from geozone.zoning.clusters import cluster_points
from geozone.zoning.dissolve import dissolve_discs


def union_all(at: np.ndarray, radius: float) -> np.ndarray:
    drawn = discs(at[:, 0], at[:, 1], radius, quad_segs=segments_for(radius))
    return shapely.get_parts(shapely.union_all(drawn))


def per_component(at: np.ndarray, radius: float) -> np.ndarray:
    label = cluster_points(at[:, 0], at[:, 1], 2 * radius)
    drawn = discs(at[:, 0], at[:, 1], radius, quad_segs=segments_for(radius))
    order = np.argsort(label, kind="stable")
    groups = np.split(drawn[order], np.flatnonzero(np.diff(label[order])) + 1)
    return np.concatenate([shapely.get_parts(shapely.union_all(group)) for group in groups])


def postgis(dsn: str, at: np.ndarray, radius: float) -> tuple[float, float]:
    """Seconds and km² of ST_Union over geography buffers."""
    import psycopg  # noqa: PLC0415 - only where a database is given

    with psycopg.connect(dsn) as connection, connection.cursor() as cursor:
        cursor.execute("create extension if not exists postgis")
        cursor.execute("set max_parallel_workers_per_gather = 0")
        cursor.execute("create temporary table cases (geom geometry(Point, 4326))")
        with cursor.copy("copy cases from stdin") as copy:
            for lon, lat in at.tolist():
                copy.write_row((f"SRID=4326;POINT({lon!r} {lat!r})",))
        cursor.execute("analyze cases")
        query = (
            "select sum(ST_Area(geom::geography)) / 1e6 from (select (ST_Dump(ST_Union("
            "ST_Buffer(geom::geography, %s, %s)::geometry))).geom from cases) parts"
        )
        process = cursor.execute("select pg_backend_pid()").fetchone()[0]
        start = processor_seconds(process)
        cursor.execute(query, (radius, f"quad_segs={segments_for(radius)}"))
        area = cursor.fetchone()[0]
        return processor_seconds(process) - start, float(area)


def processor_seconds(process: int) -> float:
    """Processor time of another process on this machine; the clock's where it cannot be read."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return time.perf_counter()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def compare(count: int, radius: float, dsn: str | None, *, components: bool) -> None:
    at = points(count)
    ours, parts = timed(lambda: dissolve_discs(at[:, 0], at[:, 1], radius))
    area = area_km2(parts).sum()
    text = f"{count:>9,} {radius:>6,.0f} m  {len(parts):>6,} parts  ours {ours:7.2f} s"
    name, peer = ("per component", per_component) if components else ("union_all", union_all)
    seconds, other = timed(lambda: peer(at, radius))
    difference = area_km2(other).sum() / area - 1
    text += f"  {name} {seconds:7.2f} s ({seconds / ours:4.1f}x, area {difference:+.1e})"
    if dsn:
        seconds, theirs = postgis(dsn, at, radius)
        text += f"  PostGIS {seconds:7.2f} s ({seconds / ours:4.1f}x, area {theirs / area - 1:+.1e})"
    print(text, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--radius", type=float, nargs="*", default=[200.0, 1_000.0, 3_000.0])
    parser.add_argument("--postgis", default=os.environ.get("GEOZONE_TEST_POSTGIS"), help="DSN with PostGIS")
    options = parser.parse_args()
    dissolve_discs(*points(2_000).T, 1_000)
    for radius in options.radius:
        compare(options.count, radius, options.postgis, components=False)
    compare(10 * options.count, 1_000.0, None, components=True)


if __name__ == "__main__":
    main()
