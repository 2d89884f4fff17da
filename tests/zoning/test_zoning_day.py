"""Zones of a day: which cases make them, where they lie, what they say."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from geozone.errors import DataError
from geozone.geodesy import area_km2, distance_m
from geozone.rules.zoning_rules import ZoningRules
from geozone.schema import ZONES
from geozone.zoning import Land, ZoneSet, zones
from tests.zoning.conftest import AS_OF, SIDE, SOUTH, WEST, commune_code, grid, place, table

GEOD = Geod(ellps="WGS84")
RULES = ZoningRules(14, 300, 200, 14, 14, buffer_widths_m=(500.0, 1000.0))
COMMUNES = grid()
LAND = Land(COMMUNES)
MIDDLE = (WEST + 1.5 * SIDE, SOUTH + 1.5 * SIDE)


def draw(*rows: dict, rules: ZoningRules = RULES, as_of: dt.date = AS_OF, **more) -> ZoneSet:
    return zones(table(*rows), LAND, rules, as_of=as_of, **more)


def members(zone: pd.Series) -> dict[str, float]:
    return {one["code"]: one["share"] for one in json.loads(zone["communes"])}


def test_one_case_makes_one_disc_of_the_rule() -> None:
    drawn = draw(place("C1", *MIDDLE))
    ZONES.validate(drawn.containment)
    ZONES.validate(drawn.buffer)
    zone = drawn.containment.iloc[0]
    assert len(drawn.containment) == 1
    assert zone["zone_id"] == "KV-09011-20210710-1"
    assert (zone["certainty"], zone["radius_m"], zone["case_count"]) == ("certain", 200, 1)
    assert zone["area_km2"] == pytest.approx(np.pi * 0.04, rel=1e-4)
    outline = shapely.get_coordinates(zone.geometry)
    metres = GEOD.inv(*np.tile(np.array(MIDDLE)[:, None], len(outline)), *outline.T)[2]
    assert metres == pytest.approx(200, abs=0.2)
    assert members(zone) == {
        "09011": pytest.approx(zone["area_km2"] / area_km2(LAND.geometries[5])[0], rel=1e-4)
    }
    assert pd.isna(zone["residents"])
    assert zone["residents_method"] == "no population given"
    assert drawn.membership[["case_id", "role", "zone_id"]].to_dict("records") == [
        {"case_id": "C1", "role": "home", "zone_id": zone["zone_id"]}
    ]


def test_clocks_count_from_the_first_and_the_last_case() -> None:
    rules = replace(RULES, lift_days=21, step_down_days=9)
    drawn = draw(
        place("B", *MIDDLE, report_date="2021-07-01"),
        place("A", *MIDDLE, report_date="2021-07-08"),
        rules=rules,
    )
    zone = drawn.containment.iloc[0]
    days = [str(zone[name].date()) for name in ("opened_on", "last_case_on", "earliest_lift_on", "free_on")]
    assert days == ["2021-07-01", "2021-07-08", "2021-07-29", "2021-08-07"]
    ring = drawn.buffer.iloc[0]
    assert [str(ring[name].date()) for name in ("opened_on", "earliest_lift_on")] == [
        "2021-07-01",
        "2021-07-29",
    ]


def test_onset_starts_the_clock_where_the_rule_says_so() -> None:
    rules = replace(RULES, clock="onset_date")
    late = place("A", *MIDDLE, report_date="2021-07-12", onset_date=pd.Timestamp("2021-06-20"))
    unknown = place("B", *MIDDLE, report_date="2021-07-12")
    assert draw(late, rules=rules).containment.empty
    assert len(draw(late).containment) == 1
    assert str(draw(unknown, rules=rules).containment["opened_on"].iloc[0].date()) == "2021-07-12"


@pytest.mark.parametrize(
    ("changes", "zones_drawn"),
    [
        ({"report_date": "2021-06-30"}, 1),
        ({"report_date": "2021-06-29"}, 0),
        ({"report_date": "2021-07-13"}, 1),
        ({"report_date": "2021-07-14"}, 0),
        ({"case_class": "suspected"}, 0),
        ({"case_class": "probable"}, 1),
        ({"contact_degree": "F1"}, 0),
        ({"role": "work"}, 1),
        ({"role": "exposure"}, 1),
    ],
)
def test_only_active_patients_open_zones(changes: dict, zones_drawn: int) -> None:
    assert len(draw(place("A", *MIDDLE, **changes)).containment) == zones_drawn


def test_a_zone_does_not_disappear_before_it_may_be_lifted() -> None:
    rules = replace(RULES, activity_days=7, lift_days=28)
    drawn = draw(place("A", *MIDDLE, report_date="2021-06-20"), rules=rules)
    assert str(drawn.containment["earliest_lift_on"].iloc[0].date()) == "2021-07-18"


def test_a_case_with_two_places_in_one_zone_counts_once() -> None:
    drawn = draw(place("A", *MIDDLE, count=3), place("A", *MIDDLE, count=3, role="work"))
    assert drawn.containment["case_count"].tolist() == [3]
    assert len(drawn.membership) == 2


def test_commune_level_makes_the_whole_commune_and_never_a_disc() -> None:
    drawn = draw(place("A", *MIDDLE, geo_level="commune", geo_uncertainty_m=10.0))
    zone = drawn.containment.iloc[0]
    assert zone["zone_id"] == "NV-09011-20210710-1"
    assert zone["certainty"] == "possible"
    assert pd.isna(zone["radius_m"])
    assert zone.geometry.equals(LAND.geometries[5])
    assert members(zone) == {"09011": 1}
    assert json.loads(zone["communes"])[0]["whole"] is True
    assert drawn.buffer.empty


def test_street_level_without_a_point_falls_back_to_the_commune() -> None:
    drawn = draw(place("A", geo_commune_code="09011"))
    assert drawn.containment["certainty"].tolist() == ["possible"]


def test_hamlet_makes_the_part_of_its_commune_that_its_uncertainty_allows() -> None:
    corner = (WEST + SIDE + 0.001, SOUTH + SIDE + 0.001)
    zone = draw(place("A", *corner, geo_level="hamlet", geo_uncertainty_m=400.0)).containment.iloc[0]
    assert LAND.geometries[5].buffer(1e-9).covers(zone.geometry)
    outline = shapely.get_coordinates(shapely.segmentize(zone.geometry, 1e-4))
    metres = distance_m(*corner, outline[:, 0], outline[:, 1])
    assert metres.max() == pytest.approx(600, abs=0.2)
    assert 0.3 < zone["area_km2"] / (np.pi * 0.36) < 0.5
    assert members(zone)["09011"] == pytest.approx(
        zone["area_km2"] / area_km2(LAND.geometries[5])[0], rel=1e-4
    )


@pytest.mark.parametrize("uncertainty", [5_000.0, np.nan])
def test_hamlet_as_uncertain_as_its_commune_makes_the_whole(uncertainty: float) -> None:
    zone = draw(place("A", *MIDDLE, geo_level="hamlet", geo_uncertainty_m=uncertainty)).containment.iloc[0]
    assert members(zone) == {"09011": 1}


def test_tie_makes_every_candidate_possible_and_says_so() -> None:
    drawn = draw(
        place(
            "A", geo_status="tie", geo_level="commune", geo_candidates=["09011", "09020", "77777"], count=2
        ),
        place("B", *MIDDLE, geo_level="commune"),
    )
    found = drawn.containment.set_index("zone_id")
    assert found["case_count"].to_dict() == {"NV-09011-20210710-1": 3, "NV-09020-20210710-1": 2}
    assert found["tied_count"].to_dict() == {"NV-09011-20210710-1": 2, "NV-09020-20210710-1": 2}


def test_tie_between_provinces_shuts_nothing_and_is_listed() -> None:
    communes = COMMUNES.copy()
    communes.loc[communes["code"] == "09020", "province_code"] = "99"
    tie = place("A", geo_status="tie", geo_level="commune", geo_candidates=["09011", "09020"])
    drawn = zones(table(tie), Land(communes), RULES, as_of=AS_OF)
    assert drawn.containment.empty
    assert drawn.undrawn["case_id"].tolist() == ["A"]


def test_what_cannot_be_drawn_is_listed_with_its_reason() -> None:
    drawn = draw(
        place("A", geo_level="province", geo_commune_code=None),
        place("B", geo_level="district", geo_commune_code=None),
        place("C", geo_status="none", geo_level="none"),
        place("D", geo_level="commune", geo_commune_code="99999"),
        place("E", geo_status="tie", geo_level="commune", geo_candidates=["99999"]),
        place("F", 110.0, 15.0),
        place("G", geo_status="tie", geo_level="commune", geo_candidates="not json"),
    )
    assert drawn.containment.empty
    assert drawn.buffer.empty
    reasons = drawn.undrawn.set_index("case_id")["reason"].to_dict()
    assert reasons == {
        "A": "known only to the province: too wide to draw",
        "B": "known only to the district: too wide to draw",
        "C": "the address was not found",
        "D": "the commune is not in this edition of the units",
        "E": "the candidate communes are in several provinces, or not in this edition of the units",
        "F": "outside every commune",
        "G": "the candidate communes are in several provinces, or not in this edition of the units",
    }


def test_a_case_just_off_the_coast_is_drawn_and_named_after_the_land() -> None:
    zone = draw(place("A", WEST - 0.001, SOUTH + 0.02)).containment.iloc[0]
    assert zone["zone_id"] == "KV-09000-20210710-1"
    assert sum(members(zone).values()) > 0


def test_large_uncertainty_grows_the_disc_and_small_does_not() -> None:
    areas = [
        draw(place("A", *MIDDLE, geo_uncertainty_m=metres)).containment["area_km2"].iloc[0]
        for metres in (50.0, 51.0, 120.0)
    ]
    assert areas == pytest.approx([np.pi * r**2 for r in (0.2, 0.3, 0.35)], rel=1e-4)


def test_linked_cases_share_a_zone_even_where_their_discs_do_not_touch() -> None:
    metre = 1 / 103_900
    lon, lat = MIDDLE
    far = replace(RULES, link_m=600)
    pair = (place("A", lon, lat), place("B", lon + 500 * metre, lat))
    assert len(draw(*pair).containment) == 2
    joined = draw(*pair, rules=far).containment
    assert len(joined) == 1
    assert joined.geometry.iloc[0].geom_type == "MultiPolygon"
    assert joined["case_count"].tolist() == [2]
    touching = (place("A", lon, lat), place("B", lon + 390 * metre, lat))
    assert len(draw(*touching, rules=replace(RULES, link_m=0)).containment) == 1


def test_clusters_smaller_than_the_rule_asks_get_no_zone() -> None:
    rules = replace(RULES, min_cluster_cases=2)
    lon, lat = MIDDLE
    drawn = draw(place("A", lon, lat), place("B", lon, lat), place("C", lon + 0.03, lat), rules=rules)
    assert drawn.containment["case_count"].tolist() == [2]
    assert drawn.undrawn["reason"].tolist() == ["a cluster of 1: the rule set asks for 2"]
    assert set(drawn.membership["case_id"]) == {"A", "B"}
    assert json.loads(drawn.buffer["containment_ids"].iloc[0]) == drawn.containment["zone_id"].tolist()


def test_small_holes_are_closed_and_large_ones_kept() -> None:
    angles = np.arange(0, 2 * np.pi, 0.25)
    lon, lat = MIDDLE
    ring = [
        place(f"C{i}", lon + 400 * np.cos(a) / 103_900, lat + 400 * np.sin(a) / 110_740)
        for i, a in enumerate(angles)
    ]
    kept = draw(*ring).containment.iloc[0]
    closed = draw(*ring, rules=replace(RULES, close_holes_km2=0.2)).containment.iloc[0]
    assert len(kept.geometry.interiors) == 1
    assert len(closed.geometry.interiors) == 0
    hole = np.pi * 0.2**2
    assert closed["area_km2"] - kept["area_km2"] == pytest.approx(hole, rel=0.06)
    assert draw(*ring, rules=replace(RULES, close_holes_km2=0.1)).containment.iloc[0].geometry.interiors


def test_rings_surround_zones_without_overlap() -> None:
    lon, lat = MIDDLE
    drawn = draw(place("A", lon, lat), place("B", lon + 0.008, lat), place("C", lon - 0.04, lat))
    assert len(drawn.containment) == 3
    inner = drawn.buffer.loc[drawn.buffer["ring"] == 1]
    assert sorted(len(json.loads(ids)) for ids in inner["containment_ids"]) == [1, 2]
    alone = inner.loc[[len(json.loads(ids)) == 1 for ids in inner["containment_ids"]]]
    assert alone["area_km2"].iloc[0] == pytest.approx(np.pi * (0.7**2 - 0.2**2), rel=1e-4)
    assert alone["radius_m"].iloc[0] == 700
    assert drawn.buffer["case_count"].tolist() == [0] * len(drawn.buffer)
    shapes = [*drawn.containment.geometry, *drawn.buffer.geometry]
    total = area_km2(shapely.union_all(shapes))[0]
    assert area_km2(shapes).sum() == pytest.approx(total, rel=1e-9)


def test_residents_by_areal_interpolation() -> None:
    population = pd.DataFrame(
        {
            "code": ["09011", "09011", "09010"],
            "age_from": [0, 18, 0],
            "age_to": pd.array([None, None, None], dtype="Int64"),
            "population": [10_000.0, 7_000.0, 5_000.0],
            "population_flag": ["ok", "ok", "unit-error"],
        }
    )
    whole = place("A", *MIDDLE, geo_level="commune")
    zone = draw(whole, population=population).containment.iloc[0]
    assert (zone["residents"], zone["residents_method"]) == (10_000, "whole communes")
    border = (WEST + SIDE, SOUTH + 1.5 * SIDE)
    zone = draw(place("A", *border), population=population).containment.iloc[0]
    half = area_km2(LAND.geometries[5])[0]
    assert zone["residents"] == pytest.approx(10_000 * np.pi * 0.04 / 2 / half, abs=1)
    assert zone["residents_method"] == "areal interpolation; population unknown in 1 of 2 communes"
    zone = draw(place("A", WEST + 3.5 * SIDE, SOUTH + 0.01), population=population).containment.iloc[0]
    assert pd.isna(zone["residents"])
    assert zone["residents_method"] == "population unknown in all 1 communes"


def test_communes_are_found_in_the_edition_of_the_units() -> None:
    old = COMMUNES.assign(edition="2021", code=[f"0{i:04d}" for i in range(len(COMMUNES))])
    row = {**place("A", *MIDDLE, geo_level="commune"), "geo_commune_code_2021": "00005"}
    drawn = zones(pd.DataFrame([row]), old, RULES, as_of=AS_OF)
    assert drawn.containment["zone_id"].tolist() == ["NV-00005-20210710-1"]


def test_approximate_boundaries_are_carried_into_the_zones() -> None:
    drawn = zones(table(place("A", *MIDDLE)), grid(quality="approximate"), RULES, as_of=AS_OF)
    assert set(drawn.containment["boundary_quality"]) == {"approximate"}
    assert set(drawn.buffer["boundary_quality"]) == {"approximate"}


def test_no_case_at_all_draws_nothing() -> None:
    drawn = draw()
    ZONES.validate(drawn.containment)
    assert len(drawn.containment) + len(drawn.buffer) + len(drawn.membership) + len(drawn.undrawn) == 0
    assert {"ring", "containment_ids"} <= set(drawn.buffer.columns)


def test_missing_columns_are_all_named() -> None:
    with pytest.raises(DataError) as caught:
        zones(table(place("A", *MIDDLE)).drop(columns=["role", "geo_lon"]), LAND, RULES, as_of=AS_OF)
    assert [fault.column for fault in caught.value.faults] == ["role", "geo_lon"]


def test_no_identifier_of_a_case_is_in_a_zone() -> None:
    drawn = draw(place("BN-0417-NGUYEN", *MIDDLE), place("BN-0418-TRAN", *MIDDLE, geo_level="commune"))
    for layer in (drawn.containment, drawn.buffer):
        text = layer.drop(columns="geometry").to_csv()
        assert "NGUYEN" not in text
        assert "TRAN" not in text


CASE = st.tuples(
    st.floats(WEST, WEST + 4 * SIDE), st.floats(SOUTH, SOUTH + 3 * SIDE), st.integers(0, 20),
    st.sampled_from(["street", "hamlet", "commune"]),
)  # fmt: skip


def outbreak(spec: list[tuple[float, float, int, str]]) -> list[dict]:
    rows = []
    for i, (lon, lat, age, level) in enumerate(spec):
        code = LAND.codes[LAND.index.locate(lon, lat)[0]]
        day = pd.Timestamp(AS_OF) - pd.Timedelta(days=age)
        rows.append(place(f"C{i:02d}", lon, lat, geo_level=level, report_date=day, geo_commune_code=code))
    return rows


@settings(max_examples=12)
@given(st.lists(CASE, min_size=1, max_size=14), st.randoms(use_true_random=False))
def test_properties_of_any_outbreak(spec: list[tuple[float, float, int, str]], random) -> None:
    rows = outbreak(spec)
    drawn = draw(*rows)
    active = [row for row, (_, _, age, _) in zip(rows, spec, strict=True) if age < 14]
    assert set(drawn.membership["case_id"]) == {row["case_id"] for row in active}
    shape = drawn.containment.set_index("zone_id").geometry
    for _, row in drawn.membership.iterrows():
        case = next(one for one in rows if one["case_id"] == row["case_id"])
        assert shape[row["zone_id"]].intersects(shapely.Point(case["geo_lon"], case["geo_lat"]))
    assert drawn.containment["case_count"].sum() == len(active)
    assert shapely.is_valid([*drawn.containment.geometry, *drawn.buffer.geometry]).all()
    certain = drawn.containment.loc[drawn.containment["certainty"] == "certain"].geometry
    if len(certain):
        both = shapely.intersection(certain.union_all(), drawn.buffer.geometry.union_all())
        assert area_km2(both)[0] < 1e-9
    shuffled = rows.copy()
    random.shuffle(shuffled)
    again = draw(*shuffled)
    pd.testing.assert_frame_equal(
        again.containment.drop(columns=["geometry"]), drawn.containment.drop(columns=["geometry"]), rtol=1e-9
    )
    assert again.membership.equals(drawn.membership)
    difference = shapely.symmetric_difference(again.containment.geometry, drawn.containment.geometry)
    assert area_km2(np.asarray(difference)).sum() < 1e-9


@settings(max_examples=12)
@given(st.lists(CASE, min_size=1, max_size=10), st.floats(1.0, 3.0))
def test_a_larger_radius_never_shrinks_the_zones(
    spec: list[tuple[float, float, int, str]], factor: float
) -> None:
    rows = outbreak(spec)
    small = draw(*rows).containment.geometry.union_all()
    # Growing by less than the outline's own error would test the drawing of curves, not the zones.
    rules = replace(RULES, containment_m=RULES.containment_m * factor + 1)
    large = draw(*rows, rules=rules).containment.geometry.union_all()
    assert area_km2(shapely.difference(small, large))[0] < 1e-9


def test_land_refuses_tables_that_are_not_communes() -> None:
    with pytest.raises(ValueError, match="no column code"):
        Land(COMMUNES.drop(columns="code"))
    with pytest.raises(ValueError, match="EPSG:3857"):
        Land(COMMUNES.to_crs(3857))
    with pytest.raises(ValueError, match="repeated"):
        Land(gpd.GeoDataFrame(pd.concat([COMMUNES, COMMUNES]), crs="EPSG:4326"))
    assert Land.of(LAND) is LAND
    assert commune_code(1, 1) in set(Land.of(COMMUNES).codes)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("activity_days", 0, "activity_days"),
        ("lift_days", -1, "lift_days"),
        ("containment_m", 0, "containment_m"),
        ("containment_m", float("nan"), "containment_m"),
        ("link_m", -1, "link_m"),
        ("buffer_widths_m", (500.0, 0.0), "buffer_widths_m"),
        ("close_holes_km2", -0.1, "close_holes_km2"),
        ("clock", "death_date", "clock"),
        ("roles", (), "roles"),
        ("green_coverage_percent", 101, "green_coverage_percent"),
        ("uncertainty_share", 2, "uncertainty_share"),
    ],
)
def test_rules_that_draw_nonsense_are_refused(field: str, value: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(RULES, **{field: value})
