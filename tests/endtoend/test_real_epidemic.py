"""The real epidemic of spring 2021 through the whole pipeline: nothing is lost, everything adds up."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from geozone.cli import app

pytestmark = pytest.mark.real_data
NOW = datetime(2021, 7, 14, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def run(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict:
    root = tmp_path_factory.mktemp("real")
    space = root / "w"

    def call(*words: str | Path) -> dict:
        result = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout) if "--json" in words else {}

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        call("init", space)
        patch.setenv("GEOZONE_WORKSPACE", str(space))
        return {
            "units": call("import", "units", real_data / "communes_2025_all_20m.parquet", "--json"),
            "population": call("import", "population", real_data / "commune_attributes_2025.csv", "--json"),
            "cases": call("import", "cases", real_data / "covid_cases_commune_daily_2021.csv", "--json"),
            "draft": call("draft", "--as-of", "2021-07-13", "--json"),
            "release": call("release", "--decision", "test", "--json"),
            "space": space,
        }


def test_every_case_is_accounted_for(run: dict, real_data: Path) -> None:
    source = pd.read_csv(real_data / "covid_cases_commune_daily_2021.csv")
    counts = run["draft"]["counts"]
    assert int(source["new_cases"].sum()) == 27_035
    assert run["cases"]["cases"] == 27_035
    assert counts["cases"] == 27_035
    assert counts["placed"] + counts["ambiguous"] + counts["unplaced"] == 27_035


def test_each_row_not_placed_is_listed_with_its_reason(run: dict) -> None:
    rows = run["draft"]["unplaced"]
    counts = run["draft"]["counts"]
    assert sum(row["count"] for row in rows) == counts["ambiguous"] + counts["unplaced"]
    assert all(row["geo_reason"] for row in rows)


def test_contradictory_provinces_are_reported(run: dict) -> None:
    from geozone.workspace import Workspace

    with Workspace.open(run["space"]) as space:
        geocodes = space.store.geocodes().merge(space.store.places(), on=["case_id", "role"])
    contradicted = geocodes[geocodes["address"].str.endswith("Kim Đức, Việt Trì, Hà Nội")]
    assert len(contradicted) > 0
    assert (contradicted["geo_status"] == "match").all()
    assert contradicted["geo_name"].str.contains("Phú Thọ").all()
    assert contradicted["geo_reason"].str.contains("Hà Nội").all()


def test_all_communes_have_a_level_or_say_why_not(run: dict) -> None:
    levels = run["draft"]["counts"]["communes_by_level"]
    assert sum(levels.values()) == 3_321


def test_days_replayed_add_up_and_name_no_case(run: dict, real_data: Path) -> None:
    """The first days of the wave: new cases as in the source, zones carried from day to day."""
    source = pd.read_csv(real_data / "covid_cases_commune_daily_2021.csv", parse_dates=["date"])
    out = run["space"].parent / "days"
    words = ["replay", "--from", "2021-04-27", "--to", "2021-05-06", "--rules", "vn-2686-2021"]
    space = ["--workspace", str(run["space"]), "--out", str(out), "--json"]
    result = CliRunner().invoke(app, [*words, *space], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    days = pd.DataFrame(json.loads(result.stdout)["days"])
    reported = source.groupby("date")["new_cases"].sum()
    wanted = reported.reindex(pd.to_datetime(days["as_of"]), fill_value=0)
    assert days["new_cases"].tolist() == wanted.tolist()
    grown = (days["opened"] - days["closed"]).cumsum()
    assert (days["certain_zones"] + days["possible_zones"]).tolist() == grown.tolist()
    zones = pd.read_csv(out / "zones.csv", encoding="utf-8-sig")
    assert zones.groupby("as_of").size().tolist() == grown.tolist()
    opened = zones.groupby("zone_id")["opened_on"].nunique()
    assert (opened == 1).all(), "a zone keeps its opening day"
    for path in out.iterdir():
        assert "auto-" not in path.read_text("utf-8-sig"), path.name


@pytest.fixture(scope="module")
def reviewed(run: dict, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict]:
    """A copy of the workspace, its queue, decisions by a rule, and the counts before, after and undone."""
    from geozone.pipeline import decide, decisions
    from geozone.pipeline.decisions import Reviewer
    from geozone.pipeline.review import review_queue
    from geozone.rules import load_ruleset
    from geozone.workspace import Workspace

    root = tmp_path_factory.mktemp("reviewed") / "w"
    shutil.copytree(run["space"], root)
    rules, day = load_ruleset(run["draft"]["rules"]), date(2021, 7, 13)

    def draw() -> dict:
        return decide.make_draft(space, rules=rules, as_of=day, drawn_at=NOW, actor="test").counts

    with Workspace.open(root) as space:
        queue = review_queue(space, at=NOW, actor="test", as_of=day, rules=rules)
        found = {"space": space, "queue": queue, "before": draw(), "made": [], "people": 0}
        for entry in queue.entries[:16]:
            if entry.doubt.kind == "tie":
                reviewer = Reviewer("test", NOW, expected=queue.token(entry))
                done = decisions.accept(space, f"p{entry.doubt.place}", reviewer)
                found["made"].append(done.decision)
                found["people"] += done.people
        found["after"] = draw()
        for number in reversed(found["made"]):
            decisions.undo(space, number, Reviewer("test", NOW))
        found["undone"] = draw()
        yield found


def test_the_queue_holds_every_row_that_is_not_placed(run: dict, reviewed: dict) -> None:
    queue = reviewed["queue"]
    rows = [row for entry in queue.entries for row in entry.doubt.rows]
    assert len(rows) == len(set(rows))
    listed = set(queue.places["case_id"].iloc[rows])
    assert {row["case_id"] for row in run["draft"]["unplaced"]} <= listed
    stakes = [(entry.expected.certain, entry.expected.possible) for entry in queue.entries if entry.effects]
    assert stakes == sorted(stakes, reverse=True)
    assert stakes[0][0] > 0


def test_decisions_move_people_and_lose_none(reviewed: dict) -> None:
    before, after = reviewed["before"], reviewed["after"]
    assert len(reviewed["made"]) > 5
    assert after["cases"] == before["cases"] == 27_035
    assert after["placed"] + after["ambiguous"] + after["unplaced"] == 27_035
    # What was taught may settle further addresses, never fewer than those decided about.
    assert after["placed"] >= before["placed"] + reviewed["people"]
    assert after["communes_by_level"] != before["communes_by_level"]


def test_taking_everything_back_gives_the_draft_of_before(reviewed: dict) -> None:
    assert reviewed["undone"] == reviewed["before"]
    history = reviewed["space"].store.decisions()
    assert len(history) == 2 * len(reviewed["made"])
    assert int(history["undone"].sum()) == len(reviewed["made"])


def test_the_first_answers_change_what_the_queue_says(reviewed: dict) -> None:
    from geozone import levels
    from geozone.review.effects import placed
    from geozone.zoning import Land, Placing

    queue, space = reviewed["queue"], reviewed["space"]
    units, population = space.units(), space.store.population()
    land = Land.of(units)

    def shown(table: pd.DataFrame) -> dict[str, int]:
        found = levels.assess(
            units.communes, table, None, None, population, queue.rules, as_of=queue.as_of, explain=False
        )
        return dict(zip(found["code"], found["epidemic_level"].fillna(0).astype(int), strict=True))

    now = shown(queue.places)
    for entry in queue.entries[:3]:
        for effect in entry.effects:
            if effect.option.kind != "commune":
                continue
            commune = int(land.positions([effect.option.code])[0])
            then = shown(placed(queue.places, Placing(entry.doubt.rows, commune), land))
            changed = {code: level for code, level in then.items() if level != now[code]}
            assert {change.code: change.after for change in effect.levels} == changed
