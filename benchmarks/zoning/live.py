"""One case added to or removed from many: ours beside drawing the perimeters anew.

python benchmarks/zoning/live.py [--count 100000] [--edits 500]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from _outbreak import points, timed

from geozone.rules.zoning_rules import ZoningRules
from geozone.zoning.dissolve import dissolve_discs
from geozone.zoning.live import LiveClusters


def percentiles(seconds: list[float]) -> str:
    p50, p95, worst = np.percentile(np.array(seconds) * 1e3, [50, 95, 100])
    return f"p50 {p50:8.2f} ms  p95 {p95:8.2f} ms  max {worst:8.2f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--edits", type=int, default=500)
    options = parser.parse_args()
    at = points(options.count + options.edits)
    held, coming = at[: options.count], at[options.count :]
    going = np.random.default_rng(2).choice(options.count, options.edits, replace=False)
    for radius in (200.0, 1_000.0):
        rules = ZoningRules(14, 0, radius, 14, 14)
        load, live = timed(lambda rules=rules: LiveClusters(rules, range(len(held)), *held.T))
        added = [
            timed(lambda i=i, p=p, live=live: live.add(-1 - i, *p))[0] for i, p in enumerate(coming.tolist())
        ]
        removed = [timed(lambda i=i, live=live: live.remove(i))[0] for i in going.tolist()]
        anew, _ = timed(lambda radius=radius: dissolve_discs(*held.T, radius))
        title = f"{options.count:,} cases, {radius:,.0f} m, {len(live):,} clusters"
        print(f"{title}: load {load:.2f} s, anew {anew:.2f} s")
        print(
            f"  add    {percentiles(added)}  {anew / float(np.percentile(added, 95)):8,.0f}x faster than anew"
        )
        print(
            f"  remove {percentiles(removed)}  {anew / float(np.percentile(removed, 95)):8,.0f}x", flush=True
        )


if __name__ == "__main__":
    main()
