"""Cases known to a hamlet are somewhere in its outline, and nowhere else."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geozone.geodesy import area_km2
from geozone.schema import BLOCKS
from geozone.zoning import Ground, Land, land_classes, lifting_schedule, totals, zones
from geozone.zoning.blocks import Hamlets, read_blocks
from geozone.zoning.blocks.hamlets import bare_name

from .conftest import AS_OF, SIDE, SOUTH, WEST, grid, place, table

EAST = shapely.box(WEST + 0.03, SOUTH + 0.01, WEST + 0.04, SOUTH + 0.02)
WEST_ONE = shapely.box(WEST + 0.005, SOUTH + 0.01, WEST + 0.015, SOUTH + 0.02)
NEXT = shapely.box(WEST + SIDE + 0.01, SOUTH + 0.01, WEST + SIDE + 0.02, SOUTH + 0.02)


def blocks(*rows: tuple) -> gpd.GeoDataFrame:
    columns = ["block_code", "name", "kind", "residents", "households", "geometry"]
    frame = pd.DataFrame(list(rows), columns=columns)
    shapes = gpd.GeoSeries(list(frame.pop("geometry")))
    return gpd.GeoDataFrame(BLOCKS.conform(frame), geometry=shapes, crs="EPSG:4326")


HAMLETS = blocks(
    ("h1", "Thôn Đông", "hamlet", 900.0, 210.0, EAST),
    ("h2", "Thôn Đoài", "hamlet", None, None, WEST_ONE),
    ("h3", "Thôn Đông", "hamlet", 400.0, None, NEXT),
    ("b1", "Lô 7", "block", 50.0, None, shapely.box(WEST + 0.02, SOUTH + 0.03, WEST + 0.022, SOUTH + 0.032)),
)


def known_to(case_id: str, name: str | None, lon: float, lat: float, **changes: object) -> dict:
    more = {"geo_level": "hamlet", "geo_uncertainty_m": 400.0, **changes}
    return place(case_id, lon, lat, **more) | {"geo_name": name}


def drawn(*rows: dict, on: gpd.GeoDataFrame = HAMLETS, rules):
    cases = table(*rows)
    cases["geo_name"] = pd.Series([row.get("geo_name") for row in rows], dtype="object")
    population = pd.DataFrame(
        {
            "code": grid()["code"],
            "age_from": 0,
            "age_to": pd.array([None] * 12, dtype="Int64"),
            "population": 30_000.0,
            "population_flag": "ok",
        }
    )
    return cases, zones(cases, Land(grid()), rules, as_of=AS_OF, population=population, ground=Ground(on))


def test_the_zone_is_the_outline_with_its_own_people(rules) -> None:
    # The point is in the western half of the commune, 2 km from the hamlet: it plays no part.
    cases, found = drawn(known_to("a", "Thôn Đông, Xã 00", WEST + 0.01, SOUTH + 0.04), rules=rules)
    zone = found.containment.iloc[0]
    assert found.containment.geometry.iloc[0].equals(EAST)
    assert (zone["certainty"], zone["perimeter"]) == ("possible", "unit")
    assert pd.isna(zone["radius_m"])
    assert zone["area_km2"] == pytest.approx(area_km2([EAST])[0])
    assert (zone["residents"], zone["households"]) == (900, 210)
    assert zone["residents_method"] == "blocks: 1 own figures"
    assert json.loads(zone["blocks"]) == [{"code": "h1", "name": "Thôn Đông", "whole": True}]
    share = json.loads(zone["communes"])[0]["share"]
    assert share == pytest.approx(area_km2([EAST])[0] / area_km2(grid().geometry.to_numpy())[0], rel=1e-4)
    assert len(found.buffer) == 0
    parts = lifting_schedule(found, cases, Land(grid()))
    assert parts["area_km2"].tolist() == pytest.approx([zone["area_km2"]])


def test_each_hamlet_is_a_zone_with_its_own_clock(rules) -> None:
    _, found = drawn(
        known_to("a", "Thôn Đông, Xã 00", WEST + 0.035, SOUTH + 0.015, report_date="2021-07-02"),
        known_to("b", "thon doai", WEST + 0.01, SOUTH + 0.015),
        known_to("c", "Thôn Đông", WEST + SIDE + 0.015, SOUTH + 0.015),
        rules=rules,
    )
    table_ = found.containment
    assert [shape.wkt for shape in table_.geometry] == [shape.wkt for shape in (EAST, WEST_ONE, NEXT)]
    assert table_["last_case_on"].dt.day.tolist() == [2, 10, 10]
    assert table_["residents_method"].tolist() == [
        "blocks: 1 own figures",
        "areal interpolation",
        "blocks: 1 own figures",
    ]
    assert totals(found).possible_zones == 3


def test_a_case_known_to_the_commune_only_takes_all_of_it(rules) -> None:
    _, found = drawn(
        known_to("a", "Thôn Đông", WEST + 0.035, SOUTH + 0.015),
        place("b", geo_level="commune", geo_commune_code="09000"),
        rules=rules,
    )
    assert found.containment["case_count"].tolist() == [2]
    assert found.containment.geometry.iloc[0].equals(grid().geometry.iloc[0])


def test_a_hamlet_without_an_outline_keeps_what_its_uncertainty_allows(rules) -> None:
    for name in ("Thôn Nam", "Lô 7"):
        _, found = drawn(known_to("a", name, WEST + 0.021, SOUTH + 0.031), rules=rules)
        zone = found.containment.iloc[0]
        assert zone["radius_m"] == 200
        assert zone["area_km2"] == pytest.approx(3.1416 * 0.6**2, rel=1e-3)


def test_names_of_one_commune_that_are_told_apart_by_nothing_are_not_guessed(rules) -> None:
    twice = blocks(
        ("h1", "Thôn 3", "hamlet", None, None, EAST), ("h2", "Tổ dân phố 03", "hamlet", None, None, WEST_ONE)
    )
    land = Land(grid())
    places = pd.DataFrame(
        {
            "commune": 0,
            "name": ["Thôn 3", "TDP 03", "tổ dân phố 03", "3"],
            "lon": WEST + 0.02,
            "lat": SOUTH + 0.04,
        }
    )
    assert Hamlets(twice, land).of(places).tolist() == [0, -1, 1, -1]
    once = blocks(("h1", "Thôn 3", "hamlet", None, None, EAST))
    assert Hamlets(once, land).of(places).tolist() == [0, 0, 0, 0]


def test_without_a_name_the_outline_that_holds_the_point_counts(rules) -> None:
    _, found = drawn(known_to("a", None, WEST + 0.035, SOUTH + 0.015), rules=rules)
    assert found.containment.geometry.iloc[0].equals(EAST)
    nameless = blocks(("h9", "h9", "hamlet", None, None, EAST))
    _, found = drawn(known_to("a", "Thôn Bắc", WEST + 0.035, SOUTH + 0.015), on=nameless, rules=rules)
    assert found.containment.geometry.iloc[0].equals(EAST)
    _, found = drawn(known_to("a", "Thôn Bắc", WEST + 0.035, SOUTH + 0.015), rules=rules)
    assert not found.containment.geometry.iloc[0].equals(EAST)


@pytest.mark.parametrize(
    ("name", "bare"),
    [("Tổ dân phố số 03", "3"), ("TDP 12", "12"), ("Ấp Tân Lập", "tan lap"), ("Buôn Ea Nao", "ea nao"),
     ("Khu phố 0", "0"), ("Đông", "dong")],
)  # fmt: skip
def test_bare_names(name: str, bare: str) -> None:
    assert bare_name(name) == bare


def test_files_tell_kinds_by_a_column_by_the_name_or_by_the_option(tmp_path: Path) -> None:
    square = [shapely.box(106 + i / 100, 21, 106.005 + i / 100, 21.005) for i in range(5)]
    rows = {
        "code": list("abcde"),
        "Tên": ["Thôn Đông", "Tòa nhà B", "Phú Lãm", "Phú Lương", "Ngõ 4"],
        "Loại": [None, None, "Tổ dân phố", None, "block"],
    }
    file = tmp_path / "blocks.geojson"
    gpd.GeoDataFrame(rows, geometry=square, crs="EPSG:4326").to_file(file)
    kinds = read_blocks(file).table["kind"]
    assert kinds.fillna("?").tolist() == ["hamlet", "building", "hamlet", "?", "block"]
    assert read_blocks(file, kind="hamlet").table["kind"].tolist()[3] == "hamlet"
    with pytest.raises(ValueError, match="expected one of hamlet"):
        read_blocks(file, kind="ward")


def test_classes_of_land_stay_a_partition_where_hamlets_and_zones_overlap(rules) -> None:
    cases, found = drawn(
        known_to("a", "Thôn Đông", WEST + 0.035, SOUTH + 0.015),
        known_to("b", "Thôn Nam", WEST + 0.034, SOUTH + 0.012),
        known_to("c", "Thôn Đoài", WEST + 0.01, SOUTH + 0.015),
        place("d", WEST + 0.031, SOUTH + 0.011),
        rules=rules,
    )
    assert len(found.containment) == 4
    land = Land(grid())
    classes = land_classes(land, found, cases, rules, as_of=AS_OF)
    whole = area_km2(grid().geometry.to_numpy())
    for code, area in zip(grid()["code"], whole, strict=True):
        mine = classes[(classes["code"] == code).to_numpy()]
        assert area_km2(mine.geometry.to_numpy()).sum() == pytest.approx(area, rel=1e-6)
    pieces = classes.geometry.to_numpy()
    assert area_km2([shapely.union_all(pieces)])[0] == pytest.approx(whole.sum(), rel=1e-6)
    shut = classes[(classes["land_class"] == "containment").to_numpy()]
    zones_together = shapely.union_all(found.containment.geometry.to_numpy())
    assert area_km2(shut.geometry.to_numpy()).sum() == pytest.approx(area_km2([zones_together])[0], rel=1e-4)
