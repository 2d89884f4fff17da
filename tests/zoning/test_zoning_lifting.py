"""Lifting part by part, and what other parameters would give."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geozone.geodesy import area_km2
from geozone.rules.zoning_rules import ZoningRules
from geozone.zoning import Land, lifting_schedule, totals, trade_off, zones
from tests.zoning.conftest import AS_OF, SIDE, SOUTH, WEST, grid, place, table

RULES = ZoningRules(14, 300, 200, 14, 14, step_down_days=7)
LAND = Land(grid())
LON, LAT = WEST + 1.5 * SIDE, SOUTH + 1.5 * SIDE
METRE = 1 / 103_900
PEOPLE = pd.DataFrame(
    {
        "code": ["09011"], "age_from": [0], "age_to": pd.array([None], dtype="Int64"),
        "population": [10_000.0], "population_flag": ["ok"],
    }
)  # fmt: skip


def test_the_part_that_only_older_cases_cover_goes_first() -> None:
    cases = table(
        place("A", LON, LAT, report_date="2021-07-02"),
        place("B", LON + 200 * METRE, LAT, report_date="2021-07-09"),
    )
    drawn = zones(cases, LAND, RULES, as_of=AS_OF)
    parts = lifting_schedule(drawn, cases, LAND, population=PEOPLE)
    assert parts["step"].tolist() == [1, 2]
    assert parts["lift_on"].dt.strftime("%m-%d").tolist() == ["07-16", "07-23"]
    assert parts["free_on"].dt.strftime("%m-%d").tolist() == ["07-23", "07-30"]
    assert parts["days_missing"].tolist() == [3, 10]
    assert parts["area_km2"].iloc[1] == pytest.approx(np.pi * 0.04, rel=1e-3)
    assert parts["residents"].sum() == pytest.approx(
        10_000 * drawn.containment["area_km2"][0] / 28.8, rel=0.02
    )
    assert parts["lift_on"].max() == drawn.containment["earliest_lift_on"].max()
    assert parts["evidence_en"][0].startswith("Last case on 2021-07-02; 3 of 14 days")
    assert "còn thiếu 10 trong 14 ngày" in parts["evidence_vi"][1]


def test_a_possible_zone_is_one_part() -> None:
    cases = table(
        place("A", LON, LAT, geo_level="commune", report_date="2021-07-01"),
        place("B", LON, LAT, geo_level="commune", report_date="2021-07-12"),
    )
    drawn = zones(cases, LAND, RULES, as_of=AS_OF, population=PEOPLE)
    parts = lifting_schedule(drawn, cases, LAND, population=PEOPLE)
    assert parts["lift_on"].dt.strftime("%m-%d").tolist() == ["07-26"]
    assert parts["residents"].tolist() == [10_000]


def test_a_zone_whose_days_have_passed_lacks_only_the_tests() -> None:
    rules = replace(RULES, activity_days=28)
    cases = table(place("A", LON, LAT, report_date="2021-06-20"))
    parts = lifting_schedule(zones(cases, LAND, rules, as_of=AS_OF), cases, LAND)
    assert parts["days_missing"].tolist() == [0]
    assert "have passed" in parts["evidence_en"][0]
    assert np.isnan(parts["residents"][0])


def test_nothing_to_lift() -> None:
    cases = table()
    assert len(lifting_schedule(zones(cases, LAND, RULES, as_of=AS_OF), cases, LAND)) == 0


CASE = st.tuples(st.floats(0, 1_200), st.floats(0, 0.01), st.integers(0, 13))


@settings(max_examples=10)
@given(st.lists(CASE, min_size=1, max_size=8))
def test_parts_add_up_to_their_zone_and_only_shrink(spec: list[tuple[float, float, int]]) -> None:
    cases = table(
        *[
            place(f"C{i}", LON + x * METRE, LAT + y, report_date=pd.Timestamp(AS_OF) - pd.Timedelta(days=age))
            for i, (x, y, age) in enumerate(spec)
        ]
    )
    drawn = zones(cases, LAND, RULES, as_of=AS_OF)
    parts = lifting_schedule(drawn, cases, LAND)
    sums = parts.groupby("zone_id")["area_km2"].sum()
    assert sums.to_dict() == pytest.approx(
        drawn.containment.set_index("zone_id")["area_km2"].to_dict(), abs=1e-5
    )
    day = AS_OF + dt.timedelta(days=6)
    later = zones(cases, LAND, RULES, as_of=day).containment.geometry.union_all()
    still = parts.loc[(parts["lift_on"] > pd.Timestamp(day)).to_numpy()].geometry.union_all()
    assert area_km2(shapely.symmetric_difference(later, still))[0] < 2e-5 * len(spec)


def test_totals_count_each_person_once() -> None:
    cases = table(
        place("A", LON, LAT, count=2),
        place("A", LON + 0.03, LAT, count=2, role="work"),
        place("B", LON, LAT, geo_level="commune"),
        place("C", geo_status="none", geo_level="none"),
        place("A", geo_status="none", geo_level="none", role="exposure", count=2),
    )
    found = totals(zones(cases, LAND, RULES, as_of=AS_OF, population=PEOPLE))
    assert (found.certain_zones, found.possible_zones) == (2, 1)
    assert (found.cases, found.undrawn, found.communes) == (3, 1, 2)
    assert found.certain_area_km2 == pytest.approx(2 * np.pi * 0.04, rel=1e-3)
    assert found.zones_without_residents == 1
    assert np.isnan(totals(zones(cases, LAND, RULES, as_of=AS_OF)).residents)


def test_trade_off_grows_with_radius_and_days() -> None:
    cases = table(
        *[place(f"C{i}", LON + i * 0.002, LAT, report_date=f"2021-07-{i + 1:02d}") for i in range(9)]
    )
    curve = trade_off(cases, LAND, RULES, as_of=AS_OF, radii_m=[100, 200, 400], window_days=[7, 14])
    assert curve[["containment_m", "window_days"]].to_numpy().tolist() == [
        [radius, days] for radius in (100, 200, 400) for days in (7, 14)
    ]
    area = curve.pivot_table(index="containment_m", columns="window_days", values="certain_area_km2")
    assert (area.diff().dropna() > 0).all(axis=None)
    assert (area[14] > area[7]).all()
    only = trade_off(cases, LAND, RULES, as_of=AS_OF, radii_m=[200])
    assert only["certain_area_km2"].iloc[0] == pytest.approx(area.loc[200, 14])
