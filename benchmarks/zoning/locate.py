"""Points to communes: ours beside geopandas.sjoin, in one run.

    python benchmarks/zoning/locate.py [--count 1000000 10000000] [--units FILE]

The real communes are taken if they are kept beside the checkout; else a mesh of 3,321 hexagon-like
cells with 400 vertices each is made. Cases are clustered around places on land.
"""

from __future__ import annotations

import argparse
import resource
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

sys.path.insert(0, str(Path(__file__).parent))

from _outbreak import real_communes, timed

from geozone.index import UnitIndex


def mesh(count: int = 3_321) -> np.ndarray:
    """Voronoi cells with wavy sides: about as many vertices as real communes."""
    seeds = np.random.default_rng(3).uniform([103.0, 9.0], [109.0, 23.0], (count, 2))
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.MultiPoint(seeds), extend_to=shapely.box(102.5, 8.5, 109.5, 23.5))
    )
    fine = shapely.segmentize(cells, 0.001)
    return shapely.transform(fine, lambda c: c + 3e-4 * np.sin(np.column_stack([c[:, 1], c[:, 0]]) * 900))


def on_land(units: np.ndarray, count: int, *, cases_per_cluster: int = 300) -> np.ndarray:
    """Cases around places inside random units, 0.3 to 5 km wide."""
    rng = np.random.default_rng(6)
    inside = shapely.get_coordinates(shapely.point_on_surface(units))
    centre = inside[rng.integers(0, len(units), max(1, count // cases_per_cluster))]
    own = rng.integers(0, len(centre), count)
    spread = rng.uniform(0.003, 0.045, len(centre))
    return centre[own] + rng.normal(0, 1, (count, 2)) * spread[own, None]


def sjoin(units: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The same question to geopandas: the lowest unit that holds each point."""
    cases = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*at.T), crs=4326)
    joined = gpd.sjoin(cases, gpd.GeoDataFrame(geometry=units, crs=4326), how="left", predicate="intersects")
    found = np.full(len(at), np.iinfo(np.int64).max)
    held = joined["index_right"].notna()
    np.minimum.at(found, joined.index[held], joined.loc[held, "index_right"].to_numpy(dtype=np.int64))
    return np.where(found == np.iinfo(np.int64).max, -1, found)


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def compare(units: np.ndarray, count: int) -> None:
    at = on_land(units, count)
    index = UnitIndex(units)
    index.locate(*at[:2].T)
    start = peak_mb()
    first, position = timed(lambda: index.locate(*at.T))
    index.locate(*at.T)
    again, _ = timed(lambda: index.locate(*at.T))
    ours_mb = peak_mb() - start
    theirs, lowest = timed(lambda: sjoin(units, at))
    more_mb = peak_mb() - start - ours_mb
    print(
        f"{count:>10,} points  first {first:6.2f} s ({theirs / first:4.1f}x)  kept index {again:6.2f} s "
        f"({theirs / again:4.1f}x)  sjoin {theirs:6.2f} s  ours at most {ours_mb:,.0f} MB, sjoin "
        f"{more_mb:,.0f} MB more  {int((lowest != position).sum())} differ",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, nargs="*", default=[1_000_000, 10_000_000])
    parser.add_argument("--units", type=Path, default=real_communes(), help="GeoParquet of units")
    options = parser.parse_args()
    units = np.asarray(gpd.read_parquet(options.units).geometry.array) if options.units else mesh()
    print(f"{len(units):,} units, {int(shapely.get_num_coordinates(units).sum()):,} vertices")
    for count in options.count:
        compare(units, count)


if __name__ == "__main__":
    main()
