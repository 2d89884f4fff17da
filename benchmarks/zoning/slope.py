"""Does the cost grow with the number of cases? Perimeters and clusters, or the whole line to the levels.

    python benchmarks/zoning/slope.py [--most 1000000] [--radius 1000] [--even] [--line]

Without ``--line``: perimeters, clusters and the cluster of each case. With it: zones with members, residents
and communes, then the levels of communes and provinces by Decision 4800, on the real communes if they are
kept beside the checkout. The outbreak is clusters of 300 cases; ``--even`` spreads the cases evenly over the
country instead. ``--most 10000000`` takes some minutes. ``--only COUNT`` measures one size.
"""

from __future__ import annotations

import argparse
import gc
import resource
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from _outbreak import AS_OF, country, points, real_communes, timed
from live import cases

from geozone import levels
from geozone.rules import load_ruleset
from geozone.rules.zoning_rules import ZoningRules
from geozone.zoning import Land, zones
from geozone.zoning.perimeters import certain_perimeters

COUNTS = (10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)


def perimeters(radius_m: float, *, even: bool) -> Callable[[int], tuple[float, int]]:
    rules = ZoningRules(14, 0, radius_m, 14, 14)

    def run(count: int) -> tuple[float, int]:
        at = points(count)
        if even:
            at = np.random.default_rng(1).uniform([103.0, 9.0], [109.0, 23.0], (count, 2))
        radius = np.full(count, radius_m)
        seconds, found = timed(lambda: certain_perimeters(*at.T, radius, rules))
        return seconds, len(found.geometry)

    return run


def line(radius_m: float) -> Callable[[int], tuple[float, int]]:
    communes, population = country(real_communes())
    land, adjacency = Land(communes), levels.adjacency(communes)
    rules = load_ruleset("vn-4800-2021")
    rules = replace(
        rules, zoning=replace(rules.zoning, containment_m=radius_m, link_m=0.0, buffer_widths_m=())
    )

    def run(count: int) -> tuple[float, int]:
        table = cases(land, count)

        def decide() -> Any:
            drawn = zones(table, land, rules.zoning, as_of=AS_OF, population=population)
            levels.assess(
                communes, table, None, None, population, rules, as_of=AS_OF, adjacency=adjacency,
                admin_levels=["commune", "province"],
            )  # fmt: skip
            return drawn

        seconds, drawn = timed(decide)
        return seconds, len(drawn.containment)

    run(1_000)
    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=1_000_000)
    parser.add_argument("--only", type=int)
    parser.add_argument("--radius", type=float, default=1_000.0)
    parser.add_argument("--even", action="store_true")
    parser.add_argument("--line", action="store_true")
    options = parser.parse_args()
    run = line(options.radius) if options.line else perimeters(options.radius, even=options.even)
    counts = [options.only] if options.only else [count for count in COUNTS if count <= options.most]
    done = []
    for count in counts:
        seconds, found = run(count)
        gc.collect()
        done.append((count, seconds))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{count:>10,} cases  {found:>7,} perimeters  {seconds:8.2f} s  "
            f"{seconds / count * 1e6:6.2f} s per million  peak {peak:,.0f} MB",
            flush=True,
        )
    if len(done) > 1:
        x, y = np.log(np.array(done)).T
        print(f"slope of log seconds over log cases: {np.polyfit(x, y, 1)[0]:.2f} (1 is linear)")


if __name__ == "__main__":
    main()
