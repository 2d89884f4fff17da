"""The review on the real epidemic of 2021: the queue beside drawing the country anew, and a scripted session.

Run: ``python benchmarks/review.py [FOLDER_OF_REAL_DATA]``. The peer is the engine itself: zones and levels of
the whole country drawn again for an answer, which is what a queue would cost without measuring locally; it is
timed on a sample of the answers, and each one of the sample is checked to say the same. The session is by a
rule, not by a person: of the 50 addresses first in the queue whose likeliest commune holds four fifths or
more, the first answer is accepted; then the first of those decisions is taken back.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geozone import levels, zoning
from geozone.pipeline import decide, decisions, imports
from geozone.pipeline.decisions import Reviewer
from geozone.pipeline.review import ReviewQueue, match_rate, review_queue
from geozone.review import OptionKind, say_effect
from geozone.review.effects import placed
from geozone.rules import load_ruleset
from geozone.workspace import Workspace
from geozone.zoning import Land, Placing

HERE = Path(__file__).resolve().parents[1]
NOW = datetime(2021, 7, 13, 12, tzinfo=UTC)
SAMPLE = 20
SURE_SHARE = 0.8
SHOWN = 5
DECISIONS = 50


def processor_seconds(run: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    found = run()
    return time.process_time() - start, found


def fill(space: Workspace, data: Path) -> None:
    imports.import_units(space, data / "communes_2025_all_20m.parquet")
    for read, name in (
        (imports.import_population, "commune_attributes_2025.csv"),
        (imports.import_cases, "covid_cases_commune_daily_2021.csv"),
    ):
        read(space, data / name, imported_at=NOW, actor="benchmark")


def draw(space: Workspace, rules_id: str) -> dict[str, Any]:
    rules = load_ruleset(rules_id)
    drawn = decide.make_draft(space, rules=rules, as_of=NOW.date(), drawn_at=NOW, actor="benchmark")
    return drawn.counts


def whole(space: Workspace, queue: ReviewQueue, cases: pd.DataFrame, population: pd.DataFrame) -> Any:
    """Zones and levels of the whole country, as a draft draws them, without the sentences."""
    units = space.units()
    drawn = zoning.zones(cases, units, queue.rules.zoning, as_of=queue.as_of, population=population)
    found = levels.assess(
        units.communes, cases, None, drawn, population, queue.rules, as_of=queue.as_of, explain=False
    )
    return found.set_index("code")["epidemic_level"].fillna(0).astype(int)


def peer(space: Workspace, queue: ReviewQueue) -> float:
    """Time drawing everything anew for a sample of the answers, and check that it says the same."""
    answers = [
        (entry, effect)
        for entry in queue.entries
        for effect in entry.effects
        if effect.option.kind is OptionKind.COMMUNE
    ]
    population, land = space.store.population(), Land.of(space.units())
    now = whole(space, queue, queue.places, population)
    chosen = np.random.default_rng(1).choice(len(answers), SAMPLE, replace=False)
    seconds = 0.0
    for i in chosen:
        entry, effect = answers[i]
        commune = int(land.positions([effect.option.code])[0])
        table = placed(queue.places, Placing(entry.doubt.rows, commune), land)
        spent, then = processor_seconds(lambda table=table: whole(space, queue, table, population))
        seconds += spent
        differs = now.index[(now != then).to_numpy()]
        told = {change.code: change.after for change in effect.levels}
        if told != {code: int(then[code]) for code in differs}:
            raise SystemExit("the two do not agree: nothing to compare")
    return seconds / SAMPLE


def show(queue: ReviewQueue) -> None:
    for entry in queue.entries[:SHOWN]:
        doubt = entry.doubt
        print(
            f"p{doubt.place}  {doubt.kind}: {doubt.address}  ({doubt.cases} case rows, {doubt.people} people)"
        )
        for effect in entry.effects:
            print(f"    {100 * effect.option.share:.0f} %  {say_effect(effect, 'vi')}")


def session(space: Workspace, queue: ReviewQueue) -> list[int]:
    """Accept the first answer wherever it holds four fifths or more of a divided ward."""
    made = []
    for entry in queue.entries:
        first = entry.effects[0].option if entry.effects else None
        if len(made) == DECISIONS:
            break
        if first is not None and first.kind is OptionKind.COMMUNE and first.share >= SURE_SHARE:
            reviewer = Reviewer("script", NOW, expected=queue.token(entry))
            made.append(decisions.accept(space, f"p{entry.doubt.place}", reviewer).decision)
    return made


def measure(space: Workspace, rules_id: str) -> ReviewQueue:
    def build() -> ReviewQueue:
        return review_queue(space, at=NOW, actor="benchmark", as_of=NOW.date(), rules=load_ruleset(rules_id))

    seconds, queue = processor_seconds(build)
    answers = sum(len(entry.effects) for entry in queue.entries)
    deciding = sum(entry.expected.certain > 0 for entry in queue.entries)
    print(f"\n{rules_id}: {len(queue.entries)} addresses, {answers} answers, queue in {seconds:.1f} s;"
          f" {deciding} addresses decide a level or a certain zone")  # fmt: skip
    each = peer(space, queue)
    print(f"  drawing the country anew: {each:.3f} s an answer, {each * answers:.0f} s for all"
          f" ({each * answers / seconds:.0f} times the queue)")  # fmt: skip
    return queue


def main(data: Path) -> None:
    if not data.is_dir():
        print("the real data is not here: nothing is measured")
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        Workspace.create(Path(folder) / "w", created_at=NOW) as space,
    ):
        fill(space, data)
        run(space)


def run(space: Workspace) -> None:
    before = draw(space, "vn-2686-2021")
    print("before:", *match_rate(space).lines(), sep="\n  ")
    measure(space, "vn-4800-2021")
    queue = measure(space, "vn-2686-2021")
    show(queue)
    seconds, made = processor_seconds(lambda: session(space, queue))
    print(f"\n{len(made)} decisions in {seconds:.1f} s")
    after = draw(space, "vn-2686-2021")
    print("after:", *match_rate(space).lines(), sep="\n  ")
    for name in ("placed", "ambiguous", "unplaced", "possible_zones", "communes_by_level"):
        print(f"  {name}: {before[name]} -> {after[name]}")
    decisions.undo(space, made[0], Reviewer("script", NOW))
    print("after taking the first back:", *match_rate(space).lines(), sep="\n  ")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent / "shared" / "data")
