"""All zones of a day after one case more or less, beside drawing the day anew in the same run.

    python benchmarks/zoning/live_zones.py [--count 20000] [--edits 30] [--units FILE]

First a country: cases known to the street, a ring of 800 m. Then the made-up town, whose zones are made of
blocks with checkpoints. Each edit ends with the whole table of zones, rings and names included.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent))

import _town
from _outbreak import AS_OF, country, real_communes, timed
from live import cases as country_cases

from geozone.rules import load_ruleset
from geozone.zoning import Ground, Land, LiveZones, zones


def tell(name: str, edits: list[float], anew: float, drawn: float) -> None:
    p50, p95 = np.percentile(np.array(edits) * 1e3, [50, 95])
    print(
        f"{name}: edit and zones p50 {p50:.0f} ms, p95 {p95:.0f} ms; {drawn:.1f} places drawn per edit; "
        f"anew {anew * 1e3:.0f} ms, {anew * 1e3 / p50:.1f} times"
    )


def measure(name: str, live: LiveZones, cases: pd.DataFrame, others: pd.DataFrame, anew: float) -> None:
    """Add cases one by one, then take as many away."""
    before, spent = live.redrawn, []
    empty = cases.iloc[:0]
    edits = [((), others.iloc[[i]]) for i in range(len(others))]
    edits += [({one}, empty) for one in cases["case_id"].sample(len(others), random_state=3)]
    for gone, came in edits:
        edit, _ = timed(partial(live.edit, gone, came))
        told, _ = timed(live.zones)
        spent.append(edit + told)
    tell(name, spent, anew, (live.redrawn - before) / len(edits))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--edits", type=int, default=30)
    parser.add_argument("--units", type=Path)
    options = parser.parse_args()
    communes, _ = country(options.units or real_communes())
    land = Land(communes)
    table = country_cases(land, options.count + options.edits)
    cases, others = table.iloc[: -options.edits], table.iloc[-options.edits :]
    rules = replace(load_ruleset("vn-4800-2021").zoning, buffer_widths_m=(800.0,))
    live = LiveZones(cases, land, rules, as_of=AS_OF)
    anew, _ = timed(lambda: zones(cases, land, rules, as_of=AS_OF))
    measure(
        f"{len(cases):,} street cases, {len(live.zones().containment):,} zones", live, cases, others, anew
    )
    land, town = _town.town()
    ground, rules = Ground(town.blocks, town.roads), replace(_town.RULES, containment_m=100.0, link_m=100.0)
    homes = np.random.default_rng(5).permutation(len(town.homes))[:60]
    table = pd.concat([_town.cases_in(town).iloc[[0]]] * len(homes), ignore_index=True)
    table = table.assign(
        case_id=[f"h{i}" for i in homes], geo_lon=town.homes[homes, 0], geo_lat=town.homes[homes, 1]
    )
    cases, others = table.iloc[:15], table.iloc[15:30]
    live = LiveZones(cases, land, rules, as_of=_town.AS_OF, ground=ground)
    anew, _ = timed(lambda: zones(cases, land, rules, as_of=_town.AS_OF, ground=ground))
    measure(f"{len(town.blocks):,} blocks, {len(cases)} cases", live, cases, others, anew)


if __name__ == "__main__":
    main()
