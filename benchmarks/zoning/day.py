"""A day's zones, land classes and what-if on a mesh of communes; cases known to communes and to streets.

python benchmarks/zoning/day.py [--units FILE] [--rows 7230] [--streets 5000]
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent))

from _outbreak import points, timed
from locate import mesh

from geozone.rules.zoning_rules import ZoningRules
from geozone.zoning import Land, land_classes, zones

AS_OF = dt.date(2021, 7, 13)


def communes(path: Path | None) -> gpd.GeoDataFrame:
    shapes = np.asarray(gpd.read_parquet(path).geometry.array) if path else mesh()
    codes = [f"{i:05d}" for i in range(len(shapes))]
    table = {"code": codes, "name": codes, "province_code": "01", "boundary_quality": "imported"}
    return gpd.GeoDataFrame(table, geometry=list(shapes), crs=4326)


def cases(land: Land, rows: int, streets: int) -> pd.DataFrame:
    """Aggregated rows known to a commune, over 70 days, and single cases known to a street."""
    rng = np.random.default_rng(4)
    at = points(streets, seed=5, cases_per_cluster=25)
    where = land.index.locate(*at.T) if streets else np.empty(0, dtype=np.int64)
    commune = np.concatenate([rng.integers(0, len(land), rows), where])
    street = np.arange(rows + streets) >= rows
    return pd.DataFrame(
        {
            "case_id": [f"C{i}" for i in range(rows + streets)],
            "count": np.where(street, 1, 4),
            "report_date": pd.Timestamp(AS_OF) - pd.to_timedelta(rng.integers(0, 70, rows + streets), "D"),
            "case_class": "confirmed",
            "contact_degree": "F0",
            "role": "home",
            "geo_status": "match",
            "geo_level": np.where(street, "street", "commune"),
            "geo_lon": np.concatenate([np.full(rows, np.nan), at[:, 0]]),
            "geo_lat": np.concatenate([np.full(rows, np.nan), at[:, 1]]),
            "geo_uncertainty_m": 30.0,
            "geo_candidates": "[]",
            "geo_commune_code": np.where(commune >= 0, land.codes[commune], None),
        }
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=Path, help="GeoParquet of units")
    parser.add_argument("--rows", type=int, default=7_230)
    parser.add_argument("--streets", type=int, default=5_000)
    options = parser.parse_args()
    land = Land(communes(options.units))
    rules = ZoningRules(14, 300, 200, 14, 14, buffer_widths_m=(500.0,), close_holes_km2=0.05)
    for streets in dict.fromkeys((0, options.streets)):
        table = cases(land, options.rows, streets)
        first, drawn = timed(lambda table=table: zones(table, land, rules, as_of=AS_OF))
        green, _ = timed(
            lambda table=table, drawn=drawn: land_classes(land, drawn, table, rules, as_of=AS_OF)
        )
        wider = replace(rules, containment_m=300, activity_days=21)
        again, _ = timed(lambda table=table, wider=wider: zones(table, land, wider, as_of=AS_OF))
        name = (
            f"{options.rows:,} rows of communes, {streets:,} street cases, {len(drawn.containment):,} zones"
        )
        print(f"{name}: zones {first:.2f} s  land classes {green:.2f} s  what-if {again:.2f} s", flush=True)


if __name__ == "__main__":
    main()
