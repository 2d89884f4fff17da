"""Points to communes: ours beside geopandas.sjoin, in one run.

    python benchmarks/zoning/locate.py [--count 1000000] [--units FILE]

Without a file of units a mesh of 3,321 hexagon-like cells with 400 vertices each is made.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

sys.path.insert(0, str(Path(__file__).parent))

from _outbreak import points, timed

from geozone.index import UnitIndex


def mesh(count: int = 3_321) -> np.ndarray:
    """Voronoi cells with wavy sides: about as many vertices as real communes."""
    seeds = np.random.default_rng(3).uniform([103.0, 9.0], [109.0, 23.0], (count, 2))
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.MultiPoint(seeds), extend_to=shapely.box(102.5, 8.5, 109.5, 23.5))
    )
    fine = shapely.segmentize(cells, 0.001)
    return shapely.transform(fine, lambda c: c + 3e-4 * np.sin(np.column_stack([c[:, 1], c[:, 0]]) * 900))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--units", type=Path, help="GeoParquet of units")
    options = parser.parse_args()
    units = np.asarray(gpd.read_parquet(options.units).geometry.array) if options.units else mesh()
    at = points(options.count)
    build, index = timed(lambda: UnitIndex(units))
    ours, position = timed(lambda: index.locate(*at.T))
    frame = gpd.GeoDataFrame(geometry=units, crs=4326)

    def sjoin() -> gpd.GeoDataFrame:
        cases = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*at.T), crs=4326)
        return gpd.sjoin(cases, frame, how="left", predicate="within")

    theirs, joined = timed(sjoin)
    lowest = joined.groupby(level=0)["index_right"].min().fillna(-1).to_numpy(dtype=np.int64)
    differ = int((lowest != position).sum())
    vertices = int(shapely.get_num_coordinates(units).sum())
    print(
        f"{options.count:,} points, {len(units):,} units, {vertices:,} vertices: build {build:.2f} s",
        end="  ",
    )
    print(f"ours {ours:.2f} s  sjoin {theirs:.2f} s ({theirs / ours:.1f}x)  {differ} differ")


if __name__ == "__main__":
    main()
