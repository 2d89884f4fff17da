"""Green zones and the other classes of land: a partition, with the reason of each."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geozone.geodesy import area_km2
from geozone.rules.zoning_rules import ZoningRules
from geozone.zoning import Land, green_zones, land_classes, zones
from tests.zoning.conftest import AS_OF, SIDE, SOUTH, WEST, grid, place, table

RULES = ZoningRules(14, 300, 200, 14, 14, buffer_widths_m=(500.0, 1000.0))
LAND = Land(grid())
MIDDLE = (WEST + 1.5 * SIDE, SOUTH + 1.5 * SIDE)


def classes(*rows: dict, rules: ZoningRules = RULES, **more) -> pd.DataFrame:
    cases = table(*rows)
    drawn = zones(cases, LAND, rules, as_of=AS_OF)
    return land_classes(LAND, drawn, cases, rules, as_of=AS_OF, **more)


def class_of(found: pd.DataFrame) -> dict[str, set[str]]:
    return found.groupby("code")["land_class"].agg(set).to_dict()


def test_a_province_without_any_case_is_not_green_but_unknown() -> None:
    found = class_of(classes(place("A", *MIDDLE)))
    assert found["09011"] == {"containment", "buffer", "not_green"}
    assert found["09000"] == {"green"}
    assert found["09003"] == {"no_data"}


def test_reporting_given_by_name_decides() -> None:
    found = class_of(classes(place("A", *MIDDLE), reporting=["09003", "no-such-code"]))
    assert found["09003"] == {"green"}
    assert found["09000"] == {"no_data"}


@pytest.mark.parametrize(("day", "expected"), [("2021-06-30", "not_green"), ("2021-06-29", "green")])
def test_days_without_cases_are_counted_to_the_day(day: str, expected: str) -> None:
    rules = replace(RULES, activity_days=1, lift_days=0)
    found = classes(place("A", *MIDDLE, report_date=day), rules=rules).set_index("code")
    assert found.loc["09011", "land_class"] == expected
    assert found.loc["09011", "days_without_cases"] == (AS_OF - pd.Timestamp(day).date()).days
    assert pd.isna(found.loc["09000", "days_without_cases"])


def test_reasons_are_sentences_in_both_languages() -> None:
    rules = replace(RULES, activity_days=1, lift_days=0)
    found = classes(place("A", *MIDDLE, report_date="2021-07-08"), rules=rules).set_index("code")
    assert found.loc["09011", "reason_en"] == "The last case was 5 days ago; 14 are needed, 9 are missing."
    assert found.loc["09011", "reason_vi"] == "Ca gần nhất cách đây 5 ngày; cần 14 ngày, còn thiếu 9 ngày."
    assert found.loc["09000", "reason_en"].startswith("No case in the line list, outside every")
    assert "đầy đủ" in found.loc["09003", "reason_vi"]


def test_a_tie_keeps_every_candidate_from_being_green() -> None:
    rules = replace(RULES, activity_days=1, lift_days=0)
    tie = place("A", geo_status="tie", geo_level="commune", geo_candidates=["09000", "09021"])
    found = class_of(classes({**tie, "report_date": pd.Timestamp("2021-07-08")}, rules=rules))
    assert found["09000"] == found["09021"] == {"not_green"}
    assert found["09010"] == {"green"}


def test_whole_commune_zones_leave_nothing_and_touch_no_neighbour() -> None:
    found = classes(place("A", *MIDDLE, geo_level="commune")).set_index("code")
    assert found.loc["09011", "land_class"] == "containment"
    assert found.loc["09011", "geometry"] is LAND.geometries[5]
    assert (found.drop(index="09011")["land_class"].isin(["green", "no_data"])).all()


def test_coverage_below_the_threshold_or_unknown_is_not_green() -> None:
    rules = replace(RULES, green_coverage_percent=70.0)
    coverage = pd.DataFrame(
        {
            "code": ["09000", "09010", "09010", "09020"],
            "dose": [1, 1, 2, 1],
            "age_from": [18, 18, 18, 18],
            "age_to": pd.array([None] * 4, dtype="Int64"),
            "coverage_percent": [70.0, 69.9, 99.0, np.nan],
        }
    )
    found = classes(place("A", *MIDDLE), rules=rules, coverage=coverage).set_index("code")
    assert found.loc["09000", "land_class"] == "green"
    assert found.loc["09010", "land_class"] == "not_green"
    assert found.loc["09020", "land_class"] == "no_data"
    assert "69.9 % < 70 %" in found.loc["09010", "reason_en"]
    told = found.loc["09010", "reason_vi"]
    assert "tỷ lệ người từ 18 tuổi đã tiêm mũi 1 là 69,9 %, chưa đạt mức 70 %." in told
    without = classes(place("A", *MIDDLE), rules=rules).set_index("code")
    assert without.loc["09000", "land_class"] == "no_data"


def test_green_zones_are_the_green_part() -> None:
    cases = table(place("A", *MIDDLE), place("B", WEST + 0.0495, SOUTH + 0.01, report_date="2021-06-01"))
    drawn = zones(cases, LAND, RULES, as_of=AS_OF)
    found = green_zones(LAND, drawn, cases, RULES, as_of=AS_OF)
    assert list(found.columns) == [
        "code", "name", "days_without_cases", "criteria_vi", "criteria_en", "boundary_quality", "area_km2",
        "geometry",
    ]  # fmt: skip
    assert found["code"].tolist() == ["09000", "09001", "09010", "09020", "09021"]
    assert found["days_without_cases"].tolist()[0] == 42
    assert found["criteria_en"][0].startswith("42 days without a case (14 needed), outside every")
    assert area_km2(found.geometry) == pytest.approx(found["area_km2"])


def test_zones_read_back_from_a_file_give_the_same_classes(tmp_path: Path) -> None:
    cases = table(place("A", *MIDDLE), place("B", WEST + 0.07, SOUTH + 0.02, geo_level="commune"))
    drawn = zones(cases, LAND, RULES, as_of=AS_OF)
    drawn.containment.to_parquet(tmp_path / "zones.parquet")
    again = replace(drawn, containment=gpd.read_parquet(tmp_path / "zones.parquet"))
    one = land_classes(LAND, drawn, cases, RULES, as_of=AS_OF)
    other = land_classes(LAND, again, cases, RULES, as_of=AS_OF)
    pd.testing.assert_frame_equal(one.drop(columns="geometry"), other.drop(columns="geometry"))


CASE = st.tuples(
    st.floats(WEST - 0.005, WEST + 4 * SIDE), st.floats(SOUTH, SOUTH + 3 * SIDE), st.integers(0, 25),
    st.sampled_from(["street", "street", "hamlet", "commune"]),
)  # fmt: skip


@settings(max_examples=12)
@given(st.lists(CASE, max_size=12))
def test_classes_partition_the_land(spec: list[tuple[float, float, int, str]]) -> None:
    rows = []
    for i, (lon, lat, age, level) in enumerate(spec):
        at = LAND.index.locate(lon, lat)[0]
        day = pd.Timestamp(AS_OF) - pd.Timedelta(days=age)
        code = LAND.codes[at] if at >= 0 else None
        rows.append(place(f"C{i}", lon, lat, geo_level=level, report_date=day, geo_commune_code=code))
    found = classes(*rows)
    assert shapely.is_valid(found.geometry).all()
    assert not found.duplicated(["code", "land_class"]).any()
    areas = found.groupby("code")["area_km2"].sum()
    every = np.arange(len(LAND))
    assert areas[list(LAND.codes)].to_numpy() == pytest.approx(LAND.areas_km2(every), rel=1e-8)
    together = area_km2(shapely.union_all(found.geometry))[0]
    assert together == pytest.approx(LAND.areas_km2(every).sum(), rel=1e-8)
    outside = found.loc[(found.groupby("code")["code"].transform("size") > 1).to_numpy()]
    assert (
        outside.groupby("code")["land_class"]
        .agg(lambda own: len(set(own) - {"containment", "buffer"}))
        .le(1)
        .all()
    )
