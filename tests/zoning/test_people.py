"""Residents and households by homes or a population grid, and by area where there are none."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geozone.draft.contents import method_in_vietnamese, with_contents
from geozone.errors import DataError
from geozone.zoning import Ground, Land, PeoplePoints, lifting_schedule, zones
from geozone.zoning.blocks import read_people

from .conftest import AS_OF, SIDE, SOUTH, WEST, grid, place, table

AT = (WEST + SIDE / 2, SOUTH + SIDE / 2)


def population(known: int = 12) -> pd.DataFrame:
    people = [30_000.0] * known + [np.nan] * (12 - known)
    flags = ["ok"] * known + ["missing"] * (12 - known)
    ages = {"age_from": 0, "age_to": pd.array([None] * 12, dtype="Int64")}
    return pd.DataFrame({"code": grid()["code"], **ages, "population": people, "population_flag": flags})


def homes(count: int, seed: int = 1, *, spread: float = 0.02, at: tuple[float, float] = AT) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "lon": at[0] + rng.uniform(-spread, spread, count),
            "lat": at[1] + rng.uniform(-spread, spread, count),
            "residents": rng.integers(1, 9, count).astype("float64"),
            "households": 1.0,
        }
    )


def drawn(points: pd.DataFrame | None, rules, *rows: dict, known: int = 12):
    ground = None if points is None else Ground(points=points)
    return zones(table(*rows), Land(grid()), rules, as_of=AS_OF, population=population(known), ground=ground)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 400), st.integers(0, 10_000), st.sampled_from([200.0, 800.0, 3_000.0]))
def test_points_are_added_up_one_by_one(rules, count: int, seed: int, radius: float) -> None:
    points = homes(max(count, 1), seed, spread=0.03)
    found = drawn(
        points, replace(rules, containment_m=radius), place("a", *AT), place("b", AT[0] + 0.01, AT[1])
    )
    assert len(found.buffer)
    for zone in pd.concat([found.containment, found.buffer]).itertuples():
        codes = {one["code"] for one in json.loads(zone.communes)}
        here = [
            (row.residents, row.households)
            for row in points.itertuples()
            if shapely.intersects(zone.geometry, shapely.Point(row.lon, row.lat))
        ]
        land = grid()
        covered = set(
            gpd.sjoin(
                gpd.GeoDataFrame(geometry=gpd.points_from_xy(points["lon"], points["lat"]), crs="EPSG:4326"),
                land,
            )["code"]
        )
        rest = sum(30_000 * one["share"] for one in json.loads(zone.communes) if one["code"] not in covered)
        assert zone.residents == pytest.approx(sum(people for people, _ in here) + rest, abs=1.0)
        if codes <= covered:
            assert zone.residents_method == "points added up"
            assert zone.households == sum(number for _, number in here)
        else:
            assert "areal interpolation" in zone.residents_method
            assert pd.isna(zone.households)


def test_the_method_says_what_is_known_how(rules) -> None:
    wide = replace(rules, containment_m=3_500.0)
    one = drawn(homes(50), wide, place("a", WEST + SIDE, SOUTH + SIDE)).containment.iloc[0]
    assert one["residents_method"] == "points added up; areal interpolation in 3 of 4 communes"
    assert method_in_vietnamese(one["residents_method"]) == (
        "cộng theo điểm dân cư; nội suy theo diện tích ở 3 trong 4 xã, phường"
    )
    gap = drawn(homes(50), wide, place("a", WEST + SIDE, SOUTH + SIDE), known=1).containment.iloc[0]
    assert gap["residents_method"] == "points added up; population unknown in 3 of 4 communes"
    nobody = drawn(homes(50, at=(WEST + 0.001, SOUTH + 0.001), spread=0.0005), rules, place("a", *AT))
    assert nobody.containment.iloc[0][["residents", "residents_method"]].tolist() == [0, "points added up"]


def test_households_of_points_stand_before_those_of_communes(rules) -> None:
    people = population().assign(households=9_000.0)
    told = with_contents(
        drawn(homes(300), rules, place("a", *AT)).containment, population=people, facilities=None
    )
    grid_only = homes(300).drop(columns="households")
    other = with_contents(
        drawn(grid_only, rules, place("a", *AT)).containment, population=people, facilities=None
    )
    share = json.loads(other["communes"].iloc[0])[0]["share"]
    assert other["households"].iloc[0] == pytest.approx(9_000 * share, abs=0.6)
    assert told["households"].iloc[0] != other["households"].iloc[0]


def test_parts_to_be_lifted_count_the_same_people(rules) -> None:
    cases = table(place("a", *AT, report_date="2021-07-02"), place("b", AT[0] + 0.002, AT[1]))
    ground = Ground(points=homes(2_000, spread=0.006))
    found = zones(cases, Land(grid()), rules, as_of=AS_OF, population=population(), ground=ground)
    parts = lifting_schedule(found, cases, Land(grid()), population=population(), ground=ground)
    assert len(parts) == 2
    assert parts["residents"].sum() == pytest.approx(found.containment["residents"].sum(), abs=1)


def write(path: Path, rows: list[dict]) -> Path:
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


def test_a_list_of_homes_is_read_with_vietnamese_headers(tmp_path: Path) -> None:
    file = write(
        tmp_path / "ho.csv",
        [
            {"Họ tên chủ hộ": "X", "Số nhân khẩu": "4", "Kinh độ": "106,01", "Vĩ độ": "21,02"},
            {"Họ tên chủ hộ": "Y", "Số nhân khẩu": "đông", "Kinh độ": "106.02", "Vĩ độ": "21.02"},
            {"Họ tên chủ hộ": "Z", "Số nhân khẩu": "3", "Kinh độ": "", "Vĩ độ": "21.02"},
            {"Họ tên chủ hộ": "V", "Số nhân khẩu": "1.204", "Kinh độ": "106.03", "Vĩ độ": "21.02"},
        ],
    )
    found = read_people(file, homes=True)
    assert found.table.columns.tolist() == ["point_id", "residents", "households", "geometry"]
    assert found.table["residents"].fillna(-1).tolist() == [4, -1, 1204]
    assert found.table["households"].tolist() == [1, 1, 1]
    assert [(fault.row, fault.column) for fault in found.faults] == [(3, "Số nhân khẩu"), (4, "Kinh độ")]
    assert found.rows_read == 4
    points = PeoplePoints.of(found.table)
    lon, _ = points.at
    assert lon.tolist() == [106.01, 106.02, 106.03]


def test_a_grid_without_people_or_places_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="a column with the people"):
        read_people(write(tmp_path / "a.csv", [{"lon": 106, "lat": 21, "height": 3}]))
    with pytest.raises(DataError, match="columns with the place"):
        read_people(write(tmp_path / "b.csv", [{"residents": 3, "name": "x"}]))
    with pytest.raises(DataError):
        read_people(write(tmp_path / "c.csv", [{"residents": 3, "lon": None, "lat": None}]))
