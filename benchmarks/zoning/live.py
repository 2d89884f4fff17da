"""One case added to or removed from many, perimeters and levels included, beside doing the day anew.

    python benchmarks/zoning/live.py [--count 100000] [--edits 300] [--units FILE] [--rules ID ...]

An edit ends with the perimeters drawn and the levels of communes and provinces decided; "told" is that
and the explained level of the case's commune, in both languages. The real communes are taken if they are
kept beside the checkout; else a mesh is made.
"""

from __future__ import annotations

import argparse
import gc
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent))

from _outbreak import AS_OF, country, real_communes, timed
from locate import on_land

from geozone import levels
from geozone.levels.live import LiveDay
from geozone.rules import load_ruleset
from geozone.zoning import Land
from geozone.zoning.dissolve import dissolve_discs


def percentiles(seconds: np.ndarray) -> str:
    p50, p95, worst = np.percentile(seconds * 1e3, [50, 95, 100])
    return f"p50 {p50:6.2f} ms  p95 {p95:6.2f} ms  max {worst:6.2f} ms"


def cases(land: Land, count: int) -> pd.DataFrame:
    """Single cases known to a street, over 13 days, clustered around places on land."""
    rng = np.random.default_rng(4)
    at = on_land(np.asarray(land.geometries), count)
    commune = land.index.locate(*at.T)
    kept = commune >= 0
    count = int(kept.sum())
    day = pd.Timestamp(AS_OF) - pd.to_timedelta(rng.integers(0, 13, count), "D")
    return pd.DataFrame(
        {
            "case_id": [f"C{i}" for i in range(count)],
            "count": 1,
            "report_date": day.astype("datetime64[s]"),
            "onset_date": pd.Series([pd.NaT] * count, dtype="datetime64[s]"),
            "case_class": "confirmed",
            "contact_degree": "F0",
            "origin": "local",
            "source_known": pd.array(rng.integers(0, 2, count) == 1, dtype="boolean"),
            "role": "home",
            "geo_status": "match",
            "geo_level": "street",
            "geo_lon": at[kept, 0],
            "geo_lat": at[kept, 1],
            "geo_uncertainty_m": 30.0,
            "geo_candidates": "[]",
            "geo_commune_code": land.codes[commune[kept]],
        }
    )


def edit(live: LiveDay, row: dict[str, object], *, add: bool) -> tuple[float, float]:
    """Seconds until perimeters and levels are there, and until the commune's level is explained."""

    def change() -> None:
        changed = live.add([row]) if add else live.remove(row["case_id"])
        for cluster in changed.clusters_changed:
            live.clusters.perimeter(cluster)

    decided, _ = timed(change)
    explained, _ = timed(lambda: live.levels_of([row["geo_commune_code"]]))
    return decided, decided + explained


def run(name: str, radius: float, communes, table: pd.DataFrame, population, edits: int) -> None:
    rules = load_ruleset(name)
    rules = replace(rules, zoning=replace(rules.zoning, containment_m=radius, link_m=0.0))
    held, coming = table.iloc[:-edits], table.iloc[-edits:].to_dict("records")
    adjacency = levels.adjacency(communes)
    load, live = timed(
        lambda: LiveDay(
            communes, held, rules, as_of=AS_OF, population=population, adjacency=adjacency,
            admin_levels=["commune", "province"],
        )
    )  # fmt: skip
    gc.collect()
    gc.freeze()
    added = np.array([edit(live, row, add=True) for row in coming])
    chosen = held.iloc[np.random.default_rng(2).choice(len(held), edits, replace=False)]
    removed = np.array([edit(live, row, add=False) for row in chosen.to_dict("records")])
    at = table[["geo_lon", "geo_lat"]].to_numpy()
    drawn, _ = timed(lambda: dissolve_discs(at[:, 0], at[:, 1], radius))
    assessed, _ = timed(
        lambda: levels.assess(
            communes, table, None, None, population, rules, as_of=AS_OF, adjacency=adjacency,
            admin_levels=["commune", "province"],
        )
    )  # fmt: skip
    anew = drawn + assessed
    print(f"{name}, {len(held):,} cases, {radius:,.0f} m, {len(live.clusters):,} clusters: load {load:.1f} s")
    print(f"  anew: perimeters {drawn:.2f} s, levels {assessed:.2f} s")
    for what, both in (("add", added), ("remove", removed)):
        for told, seconds in zip(("", ", told"), both.T, strict=True):
            faster = anew / float(np.percentile(seconds, 95))
            print(f"  {what + told:12} {percentiles(seconds)}  {faster:6,.0f}x faster than anew", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--edits", type=int, default=300)
    parser.add_argument("--units", type=Path, default=real_communes(), help="GeoParquet of units")
    parser.add_argument("--rules", nargs="*", default=["vn-4800-2021", "vn-2686-2021"])
    options = parser.parse_args()
    communes, population = country(options.units)
    table = cases(Land(communes), options.count + options.edits)
    for name in options.rules:
        for radius in (200.0, 1_000.0):
            run(name, radius, communes, table, population, options.edits)


if __name__ == "__main__":
    main()
