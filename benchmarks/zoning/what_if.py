"""What-if, trade-off, rule sets side by side and replay on a workspace, beside drawing the day anew.

python benchmarks/zoning/what_if.py [--workspace FOLDER] [--as-of 2021-11-20] [--rules vn-4800-2021]

Without a workspace, the demonstration outbreak is made in a temporary folder.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parent))

from _outbreak import timed

from geozone import zoning
from geozone.demo import run_demo
from geozone.draft import Inputs, compare_rules, draw, replay, what_if
from geozone.pipeline.decide import gather
from geozone.rules import load_ruleset
from geozone.workspace import Workspace

NOW = datetime(2021, 11, 20, tzinfo=UTC)
SIDE_BY_SIDE = ("vn-2686-2021", "vn-4800-2021", "in-containment-2020")


def measure(inputs: Inputs, rules_id: str, as_of: date) -> None:
    rules = load_ruleset(rules_id)

    def day() -> object:
        return draw(inputs.cases, inputs.units, rules, as_of, population=inputs.population, land=inputs.land)

    timed(day)  # the first pays for imports and for measuring the communes
    anew, draft = timed(day)
    changed, _ = timed(lambda: what_if(draft, radius_m=100, days=21))
    curve, _ = timed(
        lambda: zoning.trade_off(
            inputs.cases,
            inputs.land,
            rules.zoning,
            as_of=as_of,
            radii_m=(100, 200, 300),
            window_days=(14, 21, 28),
            population=inputs.population,
        )
    )
    sets = [load_ruleset(name) for name in SIDE_BY_SIDE]
    beside, _ = timed(lambda: compare_rules(draft.inputs, sets, as_of))
    first = as_of - timedelta(days=9)
    days, _ = timed(
        lambda: replay(inputs.cases, inputs.units, rules, first, as_of, population=inputs.population)
    )
    for name, seconds, parts in (
        ("the day drawn anew", anew, 1),
        ("what-if: zones, levels, the difference", changed, 1),
        ("trade-off of 3 radii and 3 windows, each", curve, 9),
        ("3 rule sets side by side, explained, each", beside, 3),
        ("replay of 10 days, each", days, 10),
    ):
        each = seconds / parts
        print(f"{name:<45} {each * 1000:8.0f} ms   {anew / each:5.1f} times faster than drawing anew")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path)
    parser.add_argument("--as-of", type=date.fromisoformat, default=date(2021, 11, 20))
    parser.add_argument("--rules", default="vn-4800-2021")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        root = options.workspace
        if root is None:
            root = Path(folder) / "demo"
            with Workspace.create(root, created_at=NOW) as space:
                run_demo(space, seed=2021, at=NOW, actor="benchmark")
        with Workspace.open(root) as space:
            rules = load_ruleset(options.rules)
            inputs = gather(space, rules, options.as_of, drawn_at=NOW, actor="benchmark")
        measure(inputs, options.rules, options.as_of)


if __name__ == "__main__":
    main()
