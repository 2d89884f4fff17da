"""A made-up outbreak at country scale: clusters of cases between 103-109 E and 9-23 N."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

AS_OF = dt.date(2021, 7, 13)


def points(count: int, *, seed: int = 1, cases_per_cluster: int = 300) -> npt.NDArray[np.float64]:
    """Longitudes and latitudes; clusters have a spread of 0.3 to 5 km."""
    rng = np.random.default_rng(seed)
    clusters = max(1, count // cases_per_cluster)
    centre = rng.uniform([103.0, 9.0], [109.0, 23.0], (clusters, 2))
    spread = rng.uniform(0.003, 0.045, clusters)
    own = rng.integers(0, clusters, count)
    return centre[own] + rng.normal(0, 1, (count, 2)) * spread[own, None]


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of processor time that a call took in this process, and what it gave.

    Processor time, because on a shared machine it varies less than the clock on the wall.
    """
    start = time.process_time()
    result = call()
    return time.process_time() - start, result


def real_communes() -> Path | None:
    """The real communes kept beside the checkout; None where they are not."""
    file = Path(__file__).resolve().parents[3] / "shared" / "data" / "communes_2025_all_20m.parquet"
    return file if file.is_file() else None


def country(path: Path | None) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Communes as the package wants them, real or made, and a population of 2,000 to 60,000 each."""
    from locate import mesh  # noqa: PLC0415 - it takes from this module, too

    real = gpd.read_parquet(path) if path else None
    shapes = mesh() if real is None else np.asarray(real.geometry.array)
    codes = [f"{i:05d}" for i in range(len(shapes))]
    provinces = [f"{i * 34 // len(codes):02d}" for i in range(len(codes))]
    communes = gpd.GeoDataFrame(
        {
            "code": pd.array(codes, dtype="str"),
            "edition": "2025",
            "name": codes,
            "full_name": [f"Xã {code}" for code in codes],
            "parent_code": provinces,
            "province_code": provinces,
            "province_name": [f"Tỉnh {code}" for code in provinces],
            "district_name": pd.array([None] * len(codes), dtype="str"),
            "boundary_quality": "approximate",
        },
        geometry=list(shapes),
        crs="EPSG:4326",
    )
    population = pd.DataFrame(
        {
            "code": codes,
            "age_from": 0,
            "age_to": pd.array([None] * len(codes), dtype="Int64"),
            "population": np.random.default_rng(7).integers(2_000, 60_000, len(codes)).astype(float),
            "population_flag": "ok",
        }
    )
    return communes, population
