"""Measure the embedded approximate outlines against real ones that are not part of the product.

Run with the file of real outlines as the only argument, or with none where it is kept beside the checkout.
"""

from __future__ import annotations

import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geozone.admin import load_units

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "communes_2025_all_20m.parquet"
EQUAL_AREA = "+proj=cea +lon_0=106 +lat_ts=16 +ellps=WGS84"


def compare(ours: gpd.GeoDataFrame, real: gpd.GeoDataFrame) -> pd.DataFrame:
    """Areas of each commune drawn, real and shared, km²."""
    a = ours.geometry.to_crs(EQUAL_AREA).to_numpy()
    b = shapely.make_valid(real.geometry.to_crs(EQUAL_AREA).to_numpy())
    shared = shapely.area(shapely.intersection(a, b)) / 1e6
    table = pd.DataFrame({"drawn": shapely.area(a) / 1e6, "real": shapely.area(b) / 1e6, "shared": shared})
    table["iou"] = shared / (table["drawn"] + table["real"] - shared)
    return table.set_axis(ours.index)


def points_right(ours: gpd.GeoDataFrame, real: gpd.GeoDataFrame, per_commune: int, seed: int) -> float:
    """Share of random points of each real commune that fall in the same approximate one."""
    rng = np.random.default_rng(seed)
    west, south, east, north = shapely.bounds(real.geometry.to_numpy()).T
    hits = total = 0
    shapely.prepare(real.geometry.to_numpy())
    shapely.prepare(ours.geometry.to_numpy())
    for _ in range(per_commune * 3):
        x, y = rng.uniform(west, east), rng.uniform(south, north)
        inside = shapely.contains_xy(real.geometry.to_numpy(), x, y)
        hits += int((inside & shapely.contains_xy(ours.geometry.to_numpy(), x, y)).sum())
        total += int(inside.sum())
    return hits / total


def report(ours: gpd.GeoDataFrame, real: gpd.GeoDataFrame) -> None:
    table = compare(ours, real)
    iou = table["iou"]
    print(f"communes compared                       {len(table):>8,}")
    print(f"intersection over union, median         {iou.median():>8.3f}")
    print(f"intersection over union, mean           {iou.mean():>8.3f}")
    print(f"intersection over union, worst tenth    {iou.quantile(0.1):>8.3f}")
    print(f"area in the right commune               {table['shared'].sum() / table['real'].sum():>8.1%}")
    print(f"drawn area over real area               {table['drawn'].sum() / table['real'].sum():>8.3f}")
    inside = real.representative_point()
    right = shapely.intersects(ours.geometry.to_numpy(), inside.to_numpy())
    print(f"representative points in the right one  {right.mean():>8.1%}")
    if "population" in real:
        people = real["population"].fillna(0)
        print(f"  the same, weighted by residents       {people[right].sum() / people.sum():>8.1%}")
    share = points_right(ours, real, per_commune=20, seed=1)
    print(f"a random point of a random commune      {share:>8.1%}")
    by_province = iou.groupby(ours["province_name"]).median().sort_values()
    print("median by province, worst and best:")
    for name, value in [*by_province.head(4).items(), *by_province.tail(4).items()]:
        print(f"  {name:<36}  {value:>8.3f}")
    urban = ours["kind"] == "phường"
    print(f"median of wards (phường) / communes (xã): {iou[urban].median():.3f} / {iou[~urban].median():.3f}")


def main() -> None:
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else REAL
    if not file.is_file():
        print("skipped: the real outlines are not here (they are not part of the product)")
        return
    real = gpd.read_parquet(file).set_index("code")
    ours = load_units().communes.set_index("code")
    common = ours.index.intersection(real.index)
    print(f"not in both: {sorted(set(ours.index) ^ set(real.index)) or 'none'}")
    report(ours.loc[common], real.loc[common])


if __name__ == "__main__":
    main()
