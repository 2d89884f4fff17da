"""The places where zoning goes wrong first: borders, the sea, abroad, and zones that meet."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Geod

from geozone import levels
from geozone.geodesy import area_km2, discs, segments_for
from geozone.rules import list_rulesets, load_ruleset
from geozone.zoning import Land, zones
from tests.zoning.conftest import AS_OF, SIDE, SOUTH, WEST, commune_code, grid, place, table

GEOD = Geod(ellps="WGS84")
COVID = load_ruleset("vn-4800-2021")
BIRD_FLU = load_ruleset("eu-2020-687").for_disease("highly-pathogenic-avian-influenza")


def communes():
    """The mesh with the names that levels need."""
    mesh = grid()
    return mesh.assign(
        full_name=mesh["name"],
        parent_code=mesh["province_code"],
        province_name="Tỉnh " + mesh["province_code"],
        district_name=pd.array([None] * len(mesh), dtype="str"),
    )


def people(of: int) -> pd.DataFrame:
    mesh = communes()
    return pd.DataFrame(
        {
            "code": mesh["code"], "age_from": 0, "age_to": pd.array([None] * len(mesh), dtype="Int64"),
            "population": float(of), "population_flag": "ok",
        }
    )  # fmt: skip


def draw(rules, *rows):
    return zones(table(*rows), communes(), rules.zoning, as_of=AS_OF, population=people(10_000))


def assess(rules, drawn, *rows):
    cases = table(*rows).assign(origin="local", source_known=pd.array([None] * len(rows), dtype="boolean"))
    found = levels.assess(
        communes(),
        cases,
        None,
        drawn,
        people(10_000),
        rules,
        as_of=AS_OF,
        admin_levels=["commune", "province"],
    )
    return found.set_index("code")


def farm(name: str, lon: float, lat: float):
    return place(name, lon, lat, disease="highly-pathogenic-avian-influenza")


def test_two_3_km_zones_that_overlap_are_one_with_one_ring() -> None:
    farms = [farm("a", 106.08, 21.07), farm("b", 106.12, 21.08)]
    apart_m = GEOD.inv(106.08, 21.07, 106.12, 21.08)[2]
    assert 3_000 < apart_m < 6_000
    drawn = draw(BIRD_FLU, *farms)
    assert len(drawn.containment) == len(drawn.buffer) == 1
    zone, ring = drawn.containment.geometry.iloc[0], drawn.buffer.geometry.iloc[0]
    both = discs([106.08, 106.12], [21.07, 21.08], 3_000.0, quad_segs=64)
    assert area_km2(zone)[0] == pytest.approx(area_km2(shapely.union_all(both))[0], rel=1e-4)
    assert area_km2(zone)[0] < 2 * np.pi * 9
    assert area_km2(shapely.intersection(zone, ring))[0] < 1e-9
    assert json.loads(drawn.buffer["containment_ids"].iloc[0]) == [drawn.containment["zone_id"].iloc[0]]
    assert drawn.containment["case_count"].iloc[0] == 2
    found = assess(BIRD_FLU, drawn, *farms)
    assert found.loc[commune_code(1, 1), "level_key"] == "protection"


def test_two_3_km_zones_that_do_not_meet_share_the_ring_between_them() -> None:
    drawn = draw(BIRD_FLU, farm("a", 106.05, 21.07), farm("b", 106.15, 21.07))
    assert len(drawn.containment) == 2
    assert len(drawn.buffer) == 1
    assert len(json.loads(drawn.buffer["containment_ids"].iloc[0])) == 2
    for zone in drawn.containment.geometry:
        assert area_km2(shapely.intersection(zone, drawn.buffer.geometry.iloc[0]))[0] < 1e-9


def test_a_zone_across_a_province_border_is_one_and_counts_where_its_cases_are() -> None:
    border = WEST + 2 * SIDE
    rows = [place("a", border - 0.001, 21.02), place("b", border + 0.0005, 21.02, report_date="2021-07-12")]
    drawn = draw(COVID, *rows)
    assert len(drawn.containment) == 1
    zone = drawn.containment.iloc[0]
    listed = json.loads(zone["communes"])
    assert [one["code"] for one in listed] == [commune_code(1, 0), commune_code(2, 0)]
    provinces = communes().set_index("code")["province_code"]
    assert {provinces[one["code"]] for one in listed} == {"24", "27"}
    whole = Land(communes()).areas_km2(np.arange(12))[1]
    assert sum(one["share"] for one in listed) * whole == pytest.approx(zone["area_km2"], rel=1e-3)
    assert zone["zone_id"].startswith(f"KV-{commune_code(1, 0)}-20210710")
    found = assess(COVID, drawn, *rows)
    assert found.loc[[commune_code(1, 0), commune_code(2, 0)], "cases_window"].tolist() == [1, 1]
    assert found.loc[["24", "27"], "cases_window"].tolist() == [1, 1]


@pytest.mark.parametrize(
    ("lon", "lat", "expected"),
    [
        (WEST + SIDE, 21.02, (0, 0)),  # between two communes
        (WEST + 2 * SIDE, SOUTH + SIDE, (1, 0)),  # where four meet, two provinces
        (WEST, SOUTH, (0, 0)),  # the corner of the country
    ],
)
def test_a_case_on_a_shared_boundary_is_in_one_commune_always_the_same(lon, lat, expected) -> None:
    row = place("a", lon, lat, geo_commune_code=None)
    mesh = communes()
    drawn = zones(table(row), mesh, COVID.zoning, as_of=AS_OF)
    assert len(drawn.containment) == 1
    assert drawn.containment["zone_id"].iloc[0] == f"KV-{commune_code(*expected)}-20210710-1"
    assert len(drawn.membership) == 1
    assert shapely.covers(drawn.containment.geometry.iloc[0], shapely.Point(lon, lat))
    touched = {one["code"] for one in json.loads(drawn.containment["communes"].iloc[0])}
    expected_touched = {
        code for code, shape in zip(mesh["code"], mesh.geometry, strict=True)
        if area_km2(shapely.intersection(drawn.containment.geometry.iloc[0], shape))[0] > 0
    }  # fmt: skip
    assert touched == expected_touched


def test_a_case_at_sea_is_listed_and_lost_nowhere() -> None:
    rows = [
        place("wreck", 107.9, 20.2, count=2),
        place("near", WEST - 0.001, 21.02),
        place("land", 106.02, 21.02),
    ]
    drawn = draw(COVID, *rows)
    assert len(drawn.containment) == 2
    assert drawn.undrawn[["case_id", "count", "reason"]].to_numpy().tolist() == [
        ["wreck", 2, "outside every commune"]
    ]
    assert set(drawn.membership["case_id"]) == {"near", "land"}
    found = assess(COVID, drawn, *rows)
    assert found.loc[commune_code(0, 0), "cases_window"] == 1


def test_a_case_abroad_opens_no_zone_and_raises_no_level() -> None:
    rows = [
        place("laos", 102.6, 17.97),
        place("unknown", geo_status="none", geo_level="none"),
        place("home", 106.02, 21.02),
    ]
    drawn = draw(COVID, *rows)
    assert set(drawn.membership["case_id"]) == {"home"}
    assert set(drawn.undrawn["case_id"]) == {"laos", "unknown"}
    found = assess(COVID, drawn, *rows)
    assert found.loc[found["admin_level"] == "commune", "cases_window"].sum() == 1


def every_radius() -> list[tuple[str, float]]:
    found = set()
    for summary in list_rulesets():
        rules = load_ruleset(summary.id)
        for disease in rules.diseases:
            zoning = rules.for_disease(disease).zoning
            reach = zoning.containment_m
            found.add((summary.id, reach))
            for width in zoning.buffer_widths_m:
                reach += width
                found.add((summary.id, reach))
    return sorted(found)


@pytest.mark.parametrize(("name", "radius"), every_radius())
@pytest.mark.parametrize(("lon", "lat"), [(105.3, 8.6), (106.7, 20.9), (104.9, 23.3), (114.3, 10.4)])
def test_every_radius_of_every_rule_set_is_that_of_the_geodesic(name, radius, lon, lat) -> None:
    outline = shapely.get_coordinates(discs(lon, lat, radius, quad_segs=segments_for(radius))[0])
    middles = (outline[1:] + outline[:-1]) / 2
    both = np.concatenate([outline, middles])
    metres = GEOD.inv(np.full(len(both), lon), np.full(len(both), lat), both[:, 0], both[:, 1])[2]
    assert np.abs(metres - radius).max() < max(0.7, 1e-4 * radius), name


def test_every_certain_case_lies_in_its_zone_however_the_border_runs() -> None:
    rng = np.random.default_rng(11)
    at = np.round(rng.uniform([WEST, SOUTH], [WEST + 4 * SIDE, SOUTH + 3 * SIDE], (120, 2)) / 0.025) * 0.025
    drawn = draw(COVID, *(place(f"c{i}", float(x), float(y)) for i, (x, y) in enumerate(at)))
    shapes = drawn.containment.set_index("zone_id").geometry
    located = drawn.membership[drawn.membership["certainty"] == "certain"]
    assert len(located) == 120
    for case_id, zone_id in zip(located["case_id"], located["zone_id"], strict=True):
        assert shapely.covers(shapes[zone_id], shapely.Point(at[int(case_id[1:])]))
