"""What a committee reads, word for word, and the JSON behind it."""

from __future__ import annotations

import json
from datetime import date

import pandas as pd
import pytest

from geozone.levels.numbers import say_date, say_number
from geozone.rules import list_rulesets


@pytest.mark.parametrize(
    ("value", "digits", "vi", "en"),
    [
        (0, 1, "0", "0"),
        (74.2000309, 1, "74,2", "74.2"),
        (19.95, 1, "20", "20"),
        (19.94, 1, "19,9", "19.9"),
        (1234.5, 1, "1.234,5", "1,234.5"),
        (1_234_567, 0, "1.234.567", "1,234,567"),
        (0.25, 2, "0,25", "0.25"),
        (float("inf"), 1, "∞", "∞"),
    ],
)
def test_numbers(value: float, digits: int, vi: str, en: str) -> None:
    assert say_number(value, "vi", digits) == vi
    assert say_number(value, "en", digits) == en


def test_dates() -> None:
    assert say_date(date(2021, 7, 5), "vi") == "5/7/2021"
    assert say_date(date(2021, 7, 5), "en") == "5 July 2021"


def example(world):
    rows = [world.case(0, days_ago=3, count=96)]
    covered = {(1, 18): [65.3], (2, 50): [85.0]}
    return world.assess(rows, people=[64_690], covered=covered).iloc[0]


def test_the_explanation_in_vietnamese(world) -> None:
    row = example(world)
    assert row["why_vi"] == (
        "Phường Số 0 ở cấp 3 (cam): 14 ngày qua có 96 ca mới, bằng 74,2 ca/100.000 dân/tuần"
        " (từ 50 đến dưới 150: mức 3); tỷ lệ người từ 18 tuổi đã tiêm ít nhất 1 mũi vắc-xin là 65,3 %"
        " (dưới 70 %: chưa đạt); tỷ lệ người từ 50 tuổi đã tiêm đủ liều là 85 %."
        " Theo bảng phân loại của Quyết định 4800: cấp 3 (cam)."
        " Chưa kiểm chứng: kết quả dùng giá trị chưa đối chiếu với văn bản gốc."
    )
    assert row["lower_vi"] == (
        "Hạ xuống cấp 2 (vàng) nếu tiêm cho thêm ít nhất 470 người để tỷ lệ người từ 18 tuổi đã tiêm"
        " ít nhất 1 mũi vắc-xin đạt 70 %; hoặc số ca mới trong 14 ngày không quá 64 (hiện 96)."
        " Nếu không có ca mới và các số liệu khác giữ nguyên, sớm nhất là ngày 12/12/2021"
        " (xuống thẳng cấp 1 (xanh))."
    )


def test_the_explanation_in_english(world) -> None:
    row = example(world)
    assert row["why_en"].startswith(
        "Phường Số 0 is at level 3 (orange): 96 new cases in the past 14 days, or 74.2 cases per 100,000"
        " people per week (from 50 to below 150: band 3);"
    )
    assert row["lower_en"].endswith("12 December 2021 at the earliest (straight to level 1 (green)).")


def test_one_case_is_singular_in_english(world) -> None:
    row = world.assess([world.case(0)], people=[100_000]).iloc[0]
    assert "1 new case in the past 14 days" in row["why_en"]


def test_the_level_before_is_told_where_it_changed(world) -> None:
    before = world.assess([world.case(0, count=400)], people=[100_000]).reset_index(drop=True)
    row = world.assess([], people=[100_000], previous=before).iloc[0]
    assert "Lần trước ở cấp 3 (cam)." in row["why_vi"]
    assert row["previous_level"] == 3
    same = world.assess([world.case(0, count=400)], people=[100_000], previous=before).iloc[0]
    assert "Lần trước" not in same["why_vi"]


def test_the_detail_holds_raw_and_compared_values_bands_and_evidence(world) -> None:
    detail = json.loads(example(world)["detail"])
    rate = detail["indicators"]["rate"]
    assert rate["value"] == pytest.approx(74.20003)
    assert (rate["compared"], rate["band"], rate["count"], rate["denominator"]) == (74, 3, 96, 64_690)
    coverage = detail["indicators"]["first_dose_18"]
    assert (coverage["band"], coverage["count"], coverage["denominator"]) == (1, 6_530, 10_000)
    assert detail["cells"] == [[[1, 3]]]
    assert (detail["base"], detail["level"], detail["possible"]) == ("orange", "orange", "orange")
    modifiers = {item["id"]: item["holds"] for item in detail["modifiers"]}
    assert modifiers == {"elderly_50": False, "capacity": None}
    assert detail["skipped"] == ["capacity"]
    assert all(set(item) == {"key", "grade", "source", "note"} for item in detail["evidence"])


def test_no_name_of_a_person_or_case_is_in_an_explanation(world) -> None:
    rows = [world.case(0, case_id="BN-SECRET-1", person_name="Nguyễn Văn Bí Mật", count=50)]
    table = world.assess(rows, people=[10_000])
    text = " ".join(table[["why_vi", "why_en", "lower_vi", "lower_en", "detail"]].iloc[0])
    assert "SECRET" not in text
    assert "Bí Mật" not in text


def test_every_sentence_of_every_rule_set_is_filled_in(world) -> None:
    capacity = pd.DataFrame(
        {
            "code": [world.code(i) for i in range(4)],
            "positivity_percent": 5.0,
            "tests_per_100k": 900.0,
            "admissions_per_100k": 12.0,
            "staffed_beds_percent": 11.0,
            "response": 1,
            "transmission_level": 4,
        }
    )
    for name in [
        "vn-4800-2021",
        "vn-2686-2021",
        "vn-hcm-2716-2021",
        "vn-218-2022",
        "vn-dengue-3711",
        "in-containment-2020",
        "ecdc-traffic-light",
        "us-cdc-community-2022",
    ]:
        rows = [world.case(0, count=60), world.case(1, days_ago=10), world.tie({2: 0.5, 3: 0.5})]
        table = world.assess(rows, rules=name, people=[9_000] * 4, capacity=capacity)
        for column in ("why_vi", "why_en", "lower_vi", "lower_en"):
            for text in table[column].dropna():
                assert "{" not in text
                assert "nan" not in text.lower().split()
                assert "None" not in text
                assert "  " not in text
                assert text.endswith(".")


def test_a_range_that_the_text_leaves_open_is_told_as_one(world) -> None:
    capacity = pd.DataFrame({"code": [world.code(0)], "response": [1], "transmission_level": [3]})
    row = world.assess(
        [world.case(0, count=4)], rules="vn-218-2022", people=[10_000], capacity=capacity
    ).iloc[0]
    assert "Có thể đến cấp 2 (vàng) vì phần văn bản đã xác nhận chỉ cho biết" in row["why_vi"]
    assert "because the confirmed part of the text tells no more than this range." in row["why_en"]


def test_figures_without_which_there_is_no_level_are_named(world) -> None:
    row = world.assess([world.case(0)], rules="ecdc-traffic-light", people=[10_000]).iloc[0]
    assert row["level_status"] == "no-data"
    assert "quy tắc là tỷ lệ xét nghiệm dương tính, số xét nghiệm/100.000 dân trong 14 ngày." in row["why_vi"]


def test_the_last_household_and_the_days_to_wait_are_told_naturally(world) -> None:
    rows = [world.case(0, household_id="a")]
    row = world.assess(rows, rules="vn-hcm-2716-2021", people=[10_000]).iloc[0]
    assert "nếu không còn hộ có ca F0 mới trong 7 ngày (hiện 1)" in row["lower_vi"]
    quiet = world.assess([world.case(0)], rules="in-containment-2020", people=[10_000]).iloc[0]
    assert "đạt từ 14 trở lên" in quiet["lower_vi"] or "đạt từ 14 ngày trở lên" in quiet["lower_vi"]


def test_no_sentence_of_any_rule_set_ends_in_nothing(world) -> None:
    for item in list_rulesets():
        capacity = pd.DataFrame(
            {"code": [world.code(0)], "response": [1], "transmission_level": [2], "admissions_per_100k": [3.0],
             "staffed_beds_percent": [2.0], "positivity_percent": [1.0], "tests_per_100k": [900]}
        )  # fmt: skip
        table = world.assess(
            [world.case(0), world.case(1, count=9)], rules=item.id, people=[10_000, 500], capacity=capacity
        )
        texts = pd.concat([table[name] for name in ("why_vi", "why_en", "lower_vi", "lower_en")]).dropna()
        assert not texts.str.contains(r" \.|: \.|vì \.|because \.|\(\)|  ", regex=True).any(), item.id
