"""The other rule sets, each against the words of its table."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import pandas as pd
import pytest

from geozone.rules import load_ruleset
from geozone.types import AdminLevel

SUMMER = date(2021, 7, 13)


@dataclass
class Zones:
    """The part of a zone set that levels look at."""

    containment: gpd.GeoDataFrame
    buffer: gpd.GeoDataFrame
    membership: pd.DataFrame


def make_zones(
    world,
    contained: dict[int, str],
    rings: dict[int, int] | None = None,
    clusters: dict[str, list[str]] | None = None,
) -> Zones:
    def listed(units):
        return [json.dumps([{"code": world.code(i), "share": 0.5, "whole": False}]) for i in units]

    rings = rings or {}
    members = [(case, zone) for zone, cases in (clusters or {}).items() for case in cases]
    return Zones(
        gpd.GeoDataFrame({"certainty": list(contained.values()), "communes": listed(contained)}),
        gpd.GeoDataFrame({"ring": list(rings.values()), "communes": listed(rings)}),
        pd.DataFrame(members, columns=["case_id", "zone_id"]).astype("str"),
    )


def summer(world, unit: int | None, **changes):
    return world.case(unit, report_date=pd.Timestamp(SUMMER), **changes)


class TestDecision2686:
    def levels(self, world, rows, **options):
        return world.assess(rows, rules="vn-2686-2021", as_of=SUMMER, **options)

    def test_red_first_then_its_neighbours_then_theirs(self, world) -> None:
        rows = [summer(world, 3, source_known=False, count=2)]
        table = self.levels(world, rows)
        assert table["epidemic_level"].tolist() == [1, 2, 3, 4, 3, 2, 1, 1]
        assert (table["epidemic_level"] == table["possible_level"]).all()
        assert "giáp ranh xã, phường có nguy cơ rất cao" in table["why_vi"].iloc[2]
        assert "nếu các đơn vị giáp ranh được hạ mức" in table["lower_vi"].iloc[2]
        assert (table["lower_on"].dropna() == pd.Timestamp("2021-07-27")).all()

    def test_one_unknown_source_is_orange_one_known_is_yellow(self, world) -> None:
        rows = [summer(world, 0, source_known=False), summer(world, 5, source_known=True, count=50)]
        table = self.levels(world, rows)
        assert table["epidemic_level"].tolist() == [3, 2, 1, 1, 1, 2, 1, 1]

    def test_contacts_in_the_community_are_yellow(self, world) -> None:
        rows = [summer(world, 6, contact_degree="F1", case_class="suspected")]
        assert self.levels(world, rows)["epidemic_level"].tolist() == [1, 1, 1, 1, 1, 1, 2, 1]

    def test_a_source_in_a_crowded_place_is_red(self, world) -> None:
        rows = [summer(world, 0, source_known=True, source_place="school")]
        assert self.levels(world, rows)["epidemic_level"].iloc[0] == 4

    def test_a_source_that_was_not_recorded_is_neither_known_nor_unknown(self, world) -> None:
        table = self.levels(world, [summer(world, 0, count=9), summer(world, 4)])
        assert table["epidemic_level"].tolist()[:2] == [2, 1]
        assert table["possible_level"].tolist() == [4, 3, 2, 2, 3, 2, 1, 1]
        why = table["why_vi"].iloc[0]
        assert why.startswith("Phường Số 0 tối thiểu ở mức nguy cơ (vàng): 14 ngày qua có 9 ca F0;")
        assert "từ 0 đến 9 ca F0 chưa rõ nguồn lây (danh sách ca chưa ghi nguồn lây)" in why
        assert "Có thể đến mức nguy cơ rất cao (đỏ) vì danh sách ca chưa ghi nguồn lây" in why
        clauses = {item["id"]: item["holds"] for item in json.loads(table["detail"].iloc[0])["clauses"]}
        assert clauses["unknown_cluster"] is None
        assert clauses["known_source"] is True
        assert clauses["contacts"] is False

    def test_needs_no_population(self, world) -> None:
        table = self.levels(world, [summer(world, 0)], people=[None] * 8)
        assert table["epidemic_level"].notna().all()

    def test_districts_and_provinces_roll_up(self, world) -> None:
        rows = [summer(world, 0, source_known=False, count=2)]
        table = self.levels(world, rows, edition="2021", admin_levels=list(AdminLevel))
        assert table.loc[["00000", "00001", "00002"], "epidemic_level"].tolist() == [4, 3, 2]
        # district 001: one of two communes red (50 % >= 30 %); 002: one of two at risk
        assert table.loc[["001", "002", "003"], "epidemic_level"].tolist() == [4, 3, 1]
        # province 01: one of two districts red (50 % > 30 %)
        assert table.loc[["01", "02"], "epidemic_level"].tolist() == [4, 1]
        assert "từ 30 % số xã, phường có nguy cơ rất cao" in table.loc["001", "why_vi"]

    def test_a_province_without_districts_is_unverified(self, world) -> None:
        rows = [summer(world, 0, source_known=False, count=2)]
        table = self.levels(world, rows, admin_levels=["province"])
        assert table.loc["01", "epidemic_level"] == 4  # two of four communes are orange or red
        assert not table["verified"].any()
        evidence = json.loads(table.loc["01", "detail"])["evidence"]
        assert "no_districts" in [item["key"] for item in evidence]


class TestPlan2716:
    @pytest.mark.parametrize(
        ("households", "days", "contact", "key"),
        [
            ([], 1, None, "green"),
            (["a"], 15, None, "green"),
            (["a"], 14, None, "near_green"),
            (["a"], 7, None, "near_green"),
            (["a"], 6, 0, "yellow"),
            (["a"], 6, 1, "orange"),
            (["a", "a"], 1, 0, "yellow"),
            (["a", "b"], 1, 0, "orange"),
            (["a", "b", "c"], 1, 0, "red"),
        ],
    )
    def test_the_classes(self, world, households, days, contact, key) -> None:
        rows = [world.case(0, days_ago=days, household_id=name) for name in households]
        capacity = pd.DataFrame({"code": [world.code(0)], "household_contact": [contact]})
        table = world.assess(rows, rules="vn-hcm-2716-2021", people=[300], capacity=capacity)
        assert table["level_key"].iloc[0] == key
        if key == "near_green":
            assert table["epidemic_level"].iloc[0] == 2

    def test_without_households_the_number_is_a_range(self, world) -> None:
        row = world.assess([world.case(0), world.case(0)], rules="vn-hcm-2716-2021", people=[300]).iloc[0]
        assert (row["level_key"], row["epidemic_level"], row["possible_level"]) == ("yellow", 2, 3)
        row = world.assess([world.case(0, count=3)], rules="vn-hcm-2716-2021", people=[300]).iloc[0]
        assert row["possible_level"] == 4


def ecdc(rate: float, positivity: float) -> int:
    """The printed table, written out."""
    if rate >= 500:
        return 4
    if (rate >= 50 and positivity >= 4) or rate > 150:
        return 3
    if (rate < 50 and positivity >= 4) or (25 <= rate <= 150 and positivity < 4):
        return 2
    return 1


def test_ecdc_over_its_whole_table(world) -> None:
    rates = [0, 24, 25, 49, 50, 150, 151, 499, 500, 900]
    for positivity in (0.0, 3.99, 4.0, 12.0):
        capacity = pd.DataFrame(
            {
                "code": [world.code(i) for i in range(len(rates))],
                "positivity_percent": positivity,
                "tests_per_100k": 1_000,
            }
        )
        rows = [world.case(i, count=rate) for i, rate in enumerate(rates) if rate]
        table = world.assess(
            rows, rules="ecdc-traffic-light", people=[100_000] * len(rates), capacity=capacity
        )
        assert table["epidemic_level"].tolist() == [ecdc(rate, positivity) for rate in rates]


def test_ecdc_knows_no_dark_red_before_january_2021(world) -> None:
    capacity = pd.DataFrame({"code": [world.code(0)], "positivity_percent": 9.0, "tests_per_100k": 900})
    for day, level in ((dt.date(2020, 12, 31), 3), (dt.date(2021, 1, 1), 4)):
        rows = [world.case(0, count=700, report_date=pd.Timestamp(day))]
        table = world.assess(rows, rules="ecdc-traffic-light", people=[100_000], capacity=capacity, as_of=day)
        assert table["epidemic_level"].tolist() == [level]
    assert "trước tháng 01/2021 chưa có mức đỏ sẫm" in world.assess(
        [world.case(0, count=700, report_date=pd.Timestamp("2020-12-31"))],
        rules="ecdc-traffic-light", people=[100_000], capacity=capacity, as_of=dt.date(2020, 12, 31),
    )["why_vi"].iloc[0]  # fmt: skip


def test_ecdc_is_grey_without_enough_tests(world) -> None:
    capacity = pd.DataFrame(
        {
            "code": [world.code(i) for i in range(3)],
            "positivity_percent": [5.0, 5.0, None],
            "tests_per_100k": [300, 301, 900],
        }
    )
    table = world.assess([world.case(0)], rules="ecdc-traffic-light", people=[1_000] * 3, capacity=capacity)
    assert table["level_status"].tolist() == ["no-data", "computed", "no-data"]


def cdc(rate: float, admissions: float, beds: float) -> int:
    if rate < 200:
        by_admissions = 1 if admissions < 10 else 2 if admissions < 20 else 3
        by_beds = 1 if beds < 10 else 2 if beds < 15 else 3
    else:
        by_admissions = 2 if admissions < 10 else 3
        by_beds = 2 if beds < 10 else 3
    return max(by_admissions, by_beds)


def test_cdc_is_the_worse_of_two_tables(world) -> None:
    grid = [(r, a, b) for r in (0, 199, 200) for a in (0, 9.9, 10, 19.9, 20) for b in (0, 10, 14.9, 15)]
    capacity = pd.DataFrame(
        {
            "code": [world.code(i) for i in range(len(grid))],
            "admissions_per_100k": [a for _, a, _ in grid],
            "staffed_beds_percent": [b for _, _, b in grid],
        }
    )
    rows = [world.case(i, count=r) for i, (r, _, _) in enumerate(grid) if r]
    table = world.assess(rows, rules="us-cdc-community-2022", people=[100_000] * len(grid), capacity=capacity)
    assert table["epidemic_level"].tolist() == [cdc(*item) for item in grid]
    none = world.assess(rows, rules="us-cdc-community-2022", people=[100_000] * len(grid))
    assert none["epidemic_level"].isna().all()


def test_india_by_days_without_a_case_share_and_doubling(world) -> None:
    rows = [
        world.case(0, days_ago=30, count=90),
        world.case(1, days_ago=20, count=5),
        world.case(2, days_ago=13, count=3),
        world.case(3, days_ago=1, count=90),
        world.case(4, days_ago=2, count=2),  # all its cases within the week: doubling
        world.case(5, days_ago=60, count=4),
        world.case(5, days_ago=5, count=1),
    ]
    table = world.assess(rows, rules="in-containment-2020")
    keys = ["green", "orange", "orange", "red", "red", "orange", "green", "green"]
    assert table["level_key"].tolist() == keys
    assert "chưa ghi nhận" in table["why_vi"].iloc[7]
    assert table["lower_on"].iloc[3] == pd.Timestamp("2021-12-14")
    assert table["lower_on"].iloc[1] == pd.Timestamp("2021-12-09")


class TestDengue:
    def level(self, world, rows, **options):
        row = world.assess(rows, rules="vn-dengue-3711", people=[10_000], **options).iloc[0]
        return row["level_key"]

    def fever(self, world, days_ago, case_class="suspected", **changes):
        return world.case(0, days_ago, case_class=case_class, disease="dengue", **changes)

    def test_the_site_and_its_end(self, world) -> None:
        assert self.level(world, []) == "quiet"
        assert self.level(world, [self.fever(world, 1)]) == "watch"
        assert self.level(world, [self.fever(world, 6, count=2)]) == "active"
        assert self.level(world, [self.fever(world, 7, count=2)]) == "watch"
        assert self.level(world, [self.fever(world, 13, "confirmed")]) == "active"
        assert self.level(world, [self.fever(world, 14, "confirmed")]) == "quiet"

    def test_the_clock_starts_at_onset(self, world) -> None:
        late = self.fever(world, 1, "confirmed", onset_date=pd.Timestamp("2021-11-10"))
        assert self.level(world, [late]) == "quiet"

    def test_vectors_and_the_three_year_mean(self, world) -> None:
        case = self.fever(world, 1, "confirmed")
        found = pd.DataFrame({"code": [world.code(0)], "vectors_found": [0], "month_excess": [-2]})
        assert self.level(world, [case], capacity=found) == "watch"
        assert self.level(world, [case], capacity=found.assign(vectors_found=1)) == "active"
        assert self.level(world, [case], capacity=found.assign(month_excess=1)) == "epidemic"

    def test_a_district_needs_two_communes(self, world) -> None:
        excess = pd.DataFrame({"code": [world.code(i) for i in range(4)], "month_excess": [1, 1, 1, 0]})
        table = world.assess(
            [self.fever(world, 1)],
            rules="vn-dengue-3711",
            edition="2021",
            admin_levels=["district", "province"],
            capacity=excess,
        )
        assert table.loc[["001", "002", "003"], "level_key"].tolist() == ["epidemic", "active", "quiet"]
        assert table.loc["01", "level_key"] == "active"


def test_singapore_clusters(world) -> None:
    rows = [
        world.case(i // 10, case_id=f"d{i}", disease="dengue", days_ago=3 + 20 * (i >= 20)) for i in range(30)
    ]
    clusters = {"z1": [f"d{i}" for i in range(10)], "z2": ["d10", "d11"], "z3": ["d20", "d21"]}
    zones = make_zones(world, {}, clusters=clusters)
    table = world.assess(rows, rules="sg-dengue-cluster", zones=zones, people=[1_000] * 4)
    assert table["level_key"].tolist() == ["red", "yellow", "green", "green"]
    assert table["verified"].all()
    without = world.assess(rows, rules="sg-dengue-cluster", people=[1_000] * 4)
    assert without["epidemic_level"].isna().all()


def test_swine_fever_by_the_innermost_zone(world) -> None:
    zones = make_zones(world, {0: "certain", 1: "possible"}, {0: 1, 2: 1, 3: 2})
    table = world.assess([], rules="vn-asf-practice", zones=zones)
    assert table["level_key"].tolist()[:5] == ["infected", "free", "threatened", "buffer", "free"]
    assert table["possible_level"].tolist()[:5] == [4, 4, 3, 2, 1]
    report = world.case(5, disease="african-swine-fever", days_ago=2)
    table = world.assess([report], rules="vn-asf-practice", zones=zones)
    assert table["level_key"].iloc[5] == "infected"


def test_eu_zones_of_two_diseases(world) -> None:
    zones = make_zones(world, {0: "certain"}, {0: 1, 2: 1})
    rules = load_ruleset("eu-2020-687")
    table = world.assess([], rules=rules, zones=zones)
    assert table["level_key"].tolist()[:4] == ["protection", "free", "surveillance", "free"]
    glanders = rules.for_disease("glanders")
    table = world.assess([], rules=glanders, zones=make_zones(world, {1: "certain"}))
    assert table["level_key"].tolist()[:3] == ["free", "protection", "free"]
    assert world.assess([], rules=rules)["epidemic_level"].isna().all()


def test_218_decides_only_what_is_confirmed(world) -> None:
    capacity = pd.DataFrame(
        {
            "code": [world.code(i) for i in range(5)],
            "transmission_level": [4, 3, 2, None, None],
            "response": [1, 1, 2, 1, None],
        }
    )
    rows = [world.case(3, count=7)]
    table = world.assess(rows, rules="vn-218-2022", people=[1_000] * 5, capacity=capacity)
    assert table["epidemic_level"].fillna(0).tolist() == [3, 1, 0, 3, 0]
    assert table["possible_level"].fillna(0).tolist() == [3, 2, 0, 3, 0]
    assert "chưa được xác nhận" in table["why_vi"].iloc[2]
    assert "thiếu số liệu bắt buộc" in table["why_vi"].iloc[4]
