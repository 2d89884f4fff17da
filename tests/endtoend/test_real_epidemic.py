"""The real epidemic of spring 2021 through the whole pipeline: nothing is lost, everything adds up."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from geozone.cli import app

pytestmark = pytest.mark.real_data


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
