"""A made-up outbreak at country scale: clusters of cases between 103-109 E and 9-23 N."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt


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
