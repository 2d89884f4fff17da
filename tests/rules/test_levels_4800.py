"""Decision 4800: thresholds, modifiers and the edge cases of small and unknown numbers."""

from __future__ import annotations

import json
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from geozone import levels
from geozone.errors import DataError
from geozone.rules import load_ruleset
from geozone.types import AdminLevel

BEFORE, AFTER = date(2021, 11, 1), date(2021, 11, 2)


def level_of(world, cases: int, *, people: float = 100_000, dose1=90.0, full=90.0, **options):
    rows = [world.case(0, count=cases)] if cases else []
    covered = {(1, 18): [dose1], (2, 50): [full], (2, 65): [full]}
    return world.assess(rows, people=[people], covered=covered, **options).iloc[0]


@pytest.mark.parametrize(
    ("cases", "met", "unmet"),
    [
        (0, 1, 1),
        (38, 1, 1),  # rate 19
        (40, 2, 2),  # exactly 20
        (98, 2, 2),  # 49
        (100, 2, 3),  # exactly 50
        (298, 2, 3),  # 149
        (300, 3, 4),  # exactly 150
        (900, 3, 4),
    ],
)
def test_the_table_at_its_thresholds(world, cases: int, met: int, unmet: int) -> None:
    row = level_of(world, cases)
    assert row["epidemic_level"] == row["base_level"] == met
    assert row["rate_per_100k"] == cases / 2
    assert row["cases_window"] == cases
    assert level_of(world, cases, dose1=69.9)["epidemic_level"] == unmet


def test_a_rate_is_rounded_to_a_whole_number_before_it_is_compared(world) -> None:
    row = level_of(world, 39)  # 19.5 rounds half up to 20
    assert row["epidemic_level"] == 2
    assert row["rate_per_100k"] == 19.5
    assert "làm tròn 20 (từ 20 đến dưới 50: mức 2)" in row["why_vi"]
    exact = load_ruleset("vn-4800-2021").with_rounding("rate", digits=0, mode="none")
    assert level_of(world, 39, rules=exact)["epidemic_level"] == 1
    assert level_of(world, 40, rules=exact)["epidemic_level"] == 2


def test_coverage_of_exactly_70_and_80_is_met(world) -> None:
    assert level_of(world, 100, dose1=70.0)["epidemic_level"] == 2
    assert level_of(world, 100, dose1=69.99)["epidemic_level"] == 3
    assert level_of(world, 100, full=80.0)["epidemic_level"] == 2
    assert level_of(world, 100, full=79.99)["epidemic_level"] == 3


def test_a_gap_in_the_elderly_raises_one_level_but_not_without_a_case_nor_above_red(world) -> None:
    assert level_of(world, 0, full=10.0)["epidemic_level"] == 1
    raised = level_of(world, 1, full=10.0)
    assert (raised["base_level"], raised["epidemic_level"]) == (1, 2)
    assert "nên tăng 1 cấp" in raised["why_vi"]
    red = level_of(world, 900, dose1=10.0, full=10.0)
    assert (red["base_level"], red["epidemic_level"]) == (4, 4)


def test_the_age_of_the_elderly_changes_in_november(world) -> None:
    for day, by_65, by_50 in ((BEFORE, 3, 2), (AFTER, 2, 3)):
        rows = [world.case(0, count=100, report_date=pd.Timestamp(day))]
        for (full_50, full_65), expected in (((90.0, 10.0), by_65), ((10.0, 90.0), by_50)):
            covered = {(1, 18): [90.0], (2, 50): [full_50], (2, 65): [full_65]}
            table = world.assess(rows, people=[100_000], covered=covered, as_of=day)
            assert table["epidemic_level"].iloc[0] == expected


def test_capacity_not_met_holds_the_level_while_the_rate_falls(world) -> None:
    capacity = pd.DataFrame({"code": [world.code(0)], "capacity_ready": [0]})
    before = level_of(world, 300).to_frame().T.reset_index(drop=True)
    held = level_of(world, 10, previous=before, capacity=capacity)
    assert (held["base_level"], held["epidemic_level"], held["previous_level"]) == (1, 3, 3)
    assert pd.isna(held["lower_on"])
    assert "không được hạ cấp" in held["why_vi"]
    assert "đạt tiêu chí 3 về khả năng thu dung, điều trị" in held["lower_vi"]
    ready = capacity.assign(capacity_ready=1)
    assert level_of(world, 10, previous=before, capacity=ready)["epidemic_level"] == 1
    unknown = level_of(world, 10, previous=before)
    assert unknown["epidemic_level"] == 1
    assert "Chưa xét" in unknown["why_vi"]
    rising = level_of(world, 300, dose1=10.0, previous=before, capacity=capacity)
    assert rising["epidemic_level"] == 4


def test_population_unknown_zero_or_in_another_unit_gives_no_level(world) -> None:
    people = [None, 0.0, 120.0, 100_000.0]
    population = world.population(people, ["missing", "ok", "unit-error", "ok"])
    rows = [world.case(i, count=5) for i in range(4)]
    table = world.assess(rows, people=people, population=population)
    assert table["epidemic_level"].isna().tolist() == [True, True, True, False]
    assert table["level_status"].tolist() == ["no-data"] * 3 + ["computed"]
    assert table["cases_window"].tolist() == [5] * 4
    assert table["rate_per_100k"].isna().tolist() == [True, True, True, False]
    assert "dân số chưa rõ" in table["why_vi"].iloc[0]
    assert json.loads(table["detail"].iloc[0]) == {"no_data": "population"}
    nobody = levels.assess(
        world.units(2), world.cases(rows), None, None, None, load_ruleset("vn-4800-2021"), as_of=world.day
    )
    assert nobody["epidemic_level"].isna().all()


@pytest.mark.parametrize(("people", "level"), [(800, 3), (1_500, 2), (2_500, 2), (3_000, 1)])
def test_one_case_in_a_small_unit(world, people: int, level: int) -> None:
    """62.5, 33.3, 20.0 and 16.7: the figures of the dossier."""
    row = level_of(world, 1, people=people, dose1=10.0)
    assert row["epidemic_level"] == level
    assert row["rate_per_100k"] == pytest.approx(50_000 / people)
    assert ("dao động" in row["why_vi"]) == (people < 2_500)


def test_what_counts(world) -> None:
    rows = [
        world.case(0, days_ago=0),
        world.case(0, days_ago=13),
        world.case(0, days_ago=14),  # out of the window
        world.case(0, days_ago=-1),  # reported tomorrow
        world.case(0, origin="imported"),
        world.case(0, origin="unknown"),
        world.case(0, contact_degree="F1"),
        world.case(0, case_class="suspected"),
        world.case(None),  # abroad, in the sea, or unknown: in no unit
        world.case(0, geo_level="district", geo_commune_code=None),
    ]
    assert world.assess(rows, people=[100_000])["cases_window"].iloc[0] == 3


def test_a_case_counts_once_where_it_lives(world) -> None:
    rows = [
        world.case(1, case_id="a", role="work"),
        world.case(0, case_id="a", role="home"),
        world.case(2, case_id="b", role="work"),
        world.case(3, case_id="b", role="exposure"),
    ]
    assert world.assess(rows)["cases_window"].tolist() == [1, 0, 0, 1, 0, 0, 0, 0]


def test_a_tie_is_shared_out_for_rates_and_open_for_conditions(world) -> None:
    rows = [world.tie({0: 0.75, 1: 0.25}, count=40)]
    covered = {(1, 18): [90.0] * 8, (2, 50): [10.0] * 8}
    table = world.assess(rows, people=[100_000] * 8, covered=covered)
    assert table["rate_per_100k"].tolist()[:3] == [15.0, 5.0, 0.0]
    assert table["epidemic_level"].tolist()[:3] == [1, 1, 1]
    assert table["possible_level"].tolist()[:3] == [2, 2, 1]
    assert "chia theo khả năng" in table["why_vi"].iloc[0]
    province = world.assess(rows, people=[100_000] * 8, covered=covered, admin_levels=["province"])
    assert province["epidemic_level"].tolist() == province["possible_level"].tolist() == [2, 1]


def test_areas_that_do_not_report_have_no_data(world) -> None:
    table = world.assess([world.case(0)], reporting=None)
    assert table["level_status"].tolist() == ["computed"] * 4 + ["no-data"] * 4
    assert "không có nghĩa là không có ca" in table["why_vi"].iloc[7]
    named = world.assess([world.case(0)], reporting=["02", world.code(1)])
    assert named["level_status"].tolist() == ["no-data", "computed", "no-data", "no-data"] + ["computed"] * 4
    assert (world.assess([], reporting=None)["level_status"] == "no-data").all()


def test_both_counts_are_given_where_the_line_list_records_the_community(world) -> None:
    rows = [
        world.case(0, count=30, found_in="community"),
        world.case(0, count=60, found_in="quarantine"),
    ]
    row = world.assess(rows, people=[100_000]).iloc[0]
    assert (row["cases_window"], row["community_cases"]) == (90, 30)
    assert (row["rate_per_100k"], row["community_rate_per_100k"]) == (45.0, 15.0)
    assert "Riêng ca cộng đồng: 30 ca, 15 ca/100.000 dân/tuần" in row["why_vi"]
    assert pd.isna(level_of(world, 90)["community_cases"])


def test_missing_coverage_leaves_a_range_of_levels(world) -> None:
    for cases, low, high in ((0, 1, 1), (50, 2, 3), (100, 2, 4), (300, 3, 4)):
        row = level_of(world, cases, dose1=None, full=None)
        assert (row["epidemic_level"], row["possible_level"]) == (low, high)
    assert "chưa có số liệu" in row["why_vi"]
    assert "Có thể đến cấp 4 (đỏ)" in row["why_vi"]


def test_unverified_exactly_where_a_remembered_value_is_used(world) -> None:
    assert level_of(world, 100)["verified"]
    assert level_of(world, 400, dose1=10.0)["verified"]
    row = level_of(world, 100, dose1=10.0)
    assert not row["verified"]
    assert "Chưa kiểm chứng" in row["why_vi"]
    assert "Unverified" in row["why_en"]
    evidence = {item["key"]: item["grade"] for item in json.loads(row["detail"])["evidence"]}
    assert evidence["cell_remembered"] == "M"
    assert evidence["bands"] == "S"


def test_overrides_are_shown_beside_the_computed_level(world) -> None:
    overrides = pd.DataFrame(
        {
            "code": [world.code(0), world.code(1)],
            "old_level": [1, 1],
            "new_level": [4, 3],
            "reason": ["ổ dịch tại chợ đầu mối", "cũ"],
            "decision": ["Quyết định 12/QĐ-UBND", "Quyết định 1/QĐ-UBND"],
            "actor": ["Chủ tịch UBND", "Chủ tịch UBND"],
            "until": [None, "2021-11-30"],
        }
    )
    table = world.assess([], overrides=overrides)
    assert table["level_status"].tolist()[:3] == ["override", "computed", "computed"]
    assert table["epidemic_level"].tolist()[:3] == [4, 1, 1]
    assert table["computed_level"].tolist()[:3] == [1, 1, 1]
    assert table["override_decision"].iloc[0] == "Quyết định 12/QĐ-UBND"
    why = table["why_vi"].iloc[0]
    assert "được quyết định ở cấp 4 (đỏ) theo Quyết định 12/QĐ-UBND: ổ dịch tại chợ đầu mối." in why
    assert "Tính theo quy tắc, Phường Số 0 ở cấp 1 (xanh)" in why


def test_faulty_overrides_are_all_told(world) -> None:
    good = {"code": "00000", "new_level": 2, "reason": "a", "decision": "b", "actor": "c"}
    faulty = pd.DataFrame(
        [good, good, good | {"code": "00001", "new_level": 7}, good | {"code": "00002", "reason": ""}]
    )
    with pytest.raises(DataError) as caught:
        world.assess([], overrides=faulty)
    assert [(fault.row, fault.column) for fault in caught.value.faults] == [
        (3, "code"),
        (4, "new_level"),
        (5, "reason"),
    ]
    with pytest.raises(DataError, match="decision"):
        world.assess([], overrides=pd.DataFrame([{"code": "00000"}]))


def test_an_override_of_a_unit_without_data(world) -> None:
    overrides = pd.DataFrame(
        [{"code": "00000", "new_level": 3, "reason": "giáp vùng dịch", "decision": "5", "actor": "x"}]
    )
    row = world.assess([], people=[None], overrides=overrides).iloc[0]
    assert (row["epidemic_level"], row["level_status"]) == (3, "override")
    assert pd.isna(row["computed_level"])
    assert "chưa xếp được mức" in row["why_vi"]


def test_every_tier_is_computed_from_its_own_totals(world) -> None:
    rows = [world.case(0, count=100)]
    table = world.assess(rows, edition="2021", admin_levels=list(AdminLevel), people=[50_000] * 8)
    kinds = table["admin_level"].tolist()
    assert kinds == ["commune"] * 8 + ["district"] * 4 + ["province"] * 2
    assert table["epidemic_level"].tolist()[0] == 2
    assert table.loc["001", "rate_per_100k"] == 50.0
    assert table.loc["01", "rate_per_100k"] == 25.0
    assert table.loc[["002", "02"], "epidemic_level"].tolist() == [1, 1]
    assert table.loc["001", "why_vi"].startswith("Quận 001 ở cấp 2 (vàng): 14 ngày qua có 100 ca mới")


def test_a_province_with_unknown_populations_uses_the_communes_that_are_known(world) -> None:
    rows = [world.case(0, count=100), world.case(1, count=900)]
    table = world.assess(rows, people=[100_000, None, 100_000, None], admin_levels=["province"])
    row = table.loc["01"]
    assert row["rate_per_100k"] == 25.0
    assert "Chỉ 2/4 xã, phường có số liệu dân số" in row["why_vi"]
    own = pd.concat(
        [
            world.population([100_000, None, 100_000, None]),
            world.population([1_000_000]).assign(code="01"),
        ]
    )
    whole = world.assess(
        rows, people=[100_000, None, 100_000, None], population=own, admin_levels=["province"]
    )
    assert whole.loc["01", "rate_per_100k"] == 50.0
    assert "Chỉ" not in whole.loc["01", "why_vi"]


def test_the_window_moves_with_the_day(world) -> None:
    rows = [world.case(0, days_ago=1, count=100)]
    for later, level in ((0, 2), (12, 2), (13, 1)):
        day = world.day + timedelta(days=later)
        assert world.assess(rows, people=[100_000], as_of=day)["epidemic_level"].iloc[0] == level
    assert world.assess(rows, people=[100_000])["lower_on"].iloc[0] == pd.Timestamp(
        world.day + timedelta(days=13)
    )


def test_no_units_and_no_cases(world) -> None:
    empty = world.assess([], people=[])
    assert len(empty) == 0
    table = world.assess([])
    assert (table["epidemic_level"] == 1).all()
    assert table["lower_vi"].isna().all()
    assert table["lower_on"].isna().all()


def test_without_explanations_the_levels_are_the_same(world) -> None:
    rows = [world.case(i, count=30 * i + 1) for i in range(8)]
    told, bare = world.assess(rows), world.assess(rows, explain=False)
    columns = ["epidemic_level", "possible_level", "verified", "rate_per_100k", "cases_window", "base_level"]
    pd.testing.assert_frame_equal(told[columns], bare[columns])
    assert (bare["why_vi"] == "").all()
    assert np.all(told["why_vi"] != "")


@pytest.mark.parametrize("people", [8_053_663, 250_000, 2_400])
def test_the_allowed_number_of_cases_is_exact_for_a_city_and_for_a_hamlet(world, people: int) -> None:
    def level(cases: int) -> int:
        return level_of(world, cases, people=people, explain=False)["epidemic_level"]

    many = people // 200
    said = level_of(world, many, people=people)["lower_vi"]
    number = int(said.split("không quá ")[1].split(" ")[0].replace(".", "")) if "không quá" in said else 0
    assert level(number) < level(many)
    assert level(number + 1) == level(many)
