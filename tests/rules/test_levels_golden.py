"""Published levels with their inputs, from notices and newspapers: the rules must give the same."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from geozone.rules import load_ruleset

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def published(real_data: Path) -> dict[str, dict[str, Any]]:
    listed = json.loads((real_data / "published_levels.json").read_text(encoding="utf-8"))
    return {item["id"]: item for item in listed["cases"]}


def one(world, day: date, cases: int, people: float, covered: dict[tuple[int, int], float]):
    rows = [world.case(0, count=cases, report_date=pd.Timestamp(day))]
    table = {key: [value] for key, value in covered.items()}
    return world.assess(rows, people=[people], covered=table, as_of=day).iloc[0]


def test_hanoi_1_november_2021(world, published) -> None:
    """84 community cases: rate printed as 1; 48 % of 65 and over raise level 1 to 2."""
    item = published["HN-2021-11-01"]
    given = item["in"]
    row = one(
        world,
        date(2021, 11, 1),
        given["community_cases_14d"],
        8_300_000,
        {(1, 18): given["cov18_dose1"], (2, 65): given["cov65_full"]},
    )
    assert json.loads(row["detail"])["indicators"]["rate"]["compared"] == item["expect"]["rate_published"]
    assert (row["base_level"], row["epidemic_level"]) == (1, item["expect"]["level"])
    assert row["verified"]


@pytest.mark.parametrize("people", [8_250_000, 8_330_000])
def test_hanoi_26_november_2021(world, published, people: int) -> None:
    """19.8 to 20.0, printed as 20: level 2 only if rounded before it is compared, and on all cases."""
    item = published["HN-2021-11-26"]
    given = item["in"]
    covered = {(1, 18): given["cov18_dose1"], (2, 50): given["cov50_full"]}
    row = one(world, date(2021, 11, 26), given["all_cases_14d"], people, covered)
    assert json.loads(row["detail"])["indicators"]["rate"]["compared"] == item["expect"]["rate_published"]
    assert row["epidemic_level"] == item["expect"]["level"]
    community = one(world, date(2021, 11, 26), given["community_cases_14d"], people, covered)
    assert community["epidemic_level"] == 1


@pytest.mark.parametrize(
    ("name", "day", "cases"),
    [("DD-2021-12-10", date(2021, 12, 10), 1_300), ("HBT-2021-12-17", date(2021, 12, 17), 1_070)],
)
def test_districts_above_150_are_orange(world, published, name: str, day: date, cases: int) -> None:
    item = published[name]
    people = cases / 2 / item["in"]["rate"] * 100_000
    row = one(world, day, cases, people, {(1, 18): 94.0, (2, 50): 85.0})
    assert json.loads(row["detail"])["indicators"]["rate"]["compared"] == item["in"]["rate"]
    assert row["epidemic_level"] == item["expect"]["level"]


def test_hai_phong_is_green_below_20(world, published) -> None:
    item = published["HP-2021-10"]
    assert item["in"]["rate_band"] == "0 - <20"
    row = one(world, date(2021, 10, 20), 38, 100_000, {(1, 18): 90.0, (2, 65): 85.0})
    assert row["epidemic_level"] == item["expect"]["level"]
    assert "(dưới 20: mức 1)" in row["why_vi"]


def test_hanoi_4_february_2022_under_decision_218(world, published) -> None:
    item = published["HN-2022-02-04"]
    given = item["in"]
    capacity = pd.DataFrame(
        {
            "code": [world.code(0)],
            "transmission_level": [given["transmission_level"]],
            "response": [{"high": 1, "medium": 2, "low": 3}[given["response"]]],
        }
    )
    day = date(2022, 2, 4)
    rows = [world.case(0, count=5, report_date=pd.Timestamp(day))]
    row = world.assess(rows, rules="vn-218-2022", people=[10_000], capacity=capacity, as_of=day).iloc[0]
    assert row["epidemic_level"] == row["possible_level"] == item["expect"]["level"]
    assert row["verified"]


def test_published_levels_are_levels_of_the_rule_set(published) -> None:
    ours = {str(level.epidemic_level) for level in load_ruleset("vn-4800-2021").levels}
    counted = published["VN-2021-10-22"]["expect"]
    assert all(set(counted[tier]) == ours for tier in ("provinces", "districts", "communes"))
    assert sum(published["BN-2022-01-21"]["expect"]["communes"].values()) == 126


def test_radii_of_the_swine_fever_notice(published) -> None:
    zoning = load_ruleset("vn-asf-practice").zoning
    radii = [zoning.containment_m]
    for width in zoning.buffer_widths_m:
        radii.append(radii[-1] + width)
    assert [radius / 1000 for radius in radii] == published["ASF-TinhBien-2019-06-05"]["in"]["radii_km"]
