"""Does the cost grow with the number of cases? Perimeters, clusters and the cluster of each case.

    python benchmarks/zoning/slope.py [--most 1000000] [--radius 1000]

``--most 10000000`` takes some minutes.
"""

from __future__ import annotations

import argparse
import resource
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from _outbreak import points, timed

from geozone.rules.zoning_rules import ZoningRules
from geozone.zoning.perimeters import certain_perimeters

COUNTS = (10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=1_000_000)
    parser.add_argument("--radius", type=float, default=1_000.0)
    options = parser.parse_args()
    rules = ZoningRules(14, 0, options.radius, 14, 14)
    done = []
    for count in (count for count in COUNTS if count <= options.most):
        at = points(count)
        radius = np.full(count, options.radius)
        seconds, found = timed(lambda at=at, radius=radius: certain_perimeters(*at.T, radius, rules))
        done.append((count, seconds))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{count:>10,} cases  {len(found.geometry):>7,} clusters  {seconds:8.2f} s  "
            f"{seconds / count * 1e6:5.2f} s per million  peak {peak:,.0f} MB",
            flush=True,
        )
    x, y = np.log(np.array(done)).T
    print(f"slope of log seconds over log cases: {np.polyfit(x, y, 1)[0]:.2f} (1 is linear)")


if __name__ == "__main__":
    main()
