"""What is inside a zone, against geopandas' own joins; unknown stays unknown."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geozone.draft.contents import method_in_vietnamese, with_contents
from geozone.zoning import Land, zones
from geozone.zoning.drawing import ZoneSet
from tests.zoning.conftest import AS_OF, SIDE, SOUTH, WEST, commune_code, grid, place, table


@pytest.fixture(scope="module")
def drawn(rules: object) -> ZoneSet:
    generator = np.random.default_rng(4)
    rows = [
        place(f"C{i}", WEST + x * SIDE, SOUTH + y * SIDE)
        for i, (x, y) in enumerate(generator.uniform((0.2, 0.2), (3.8, 2.8), (30, 2)))
    ]
    rows.append(place("V", geo_commune_code=commune_code(3, 2), geo_level="commune"))
    return zones(table(*rows), Land(grid()), rules, as_of=AS_OF)


@pytest.fixture(scope="module")
def places_inside() -> pd.DataFrame:
    generator = np.random.default_rng(9)
    spot = generator.uniform((WEST, SOUTH), (WEST + 4 * SIDE, SOUTH + 3 * SIDE), (2_000, 2))
    return pd.DataFrame(
        {
            "facility_id": [f"F{i:04d}" for i in range(len(spot))],
            "name": "Cơ sở",
            "kind": generator.choice(["school", "market", "holding"], len(spot)),
            "lon": spot[:, 0],
            "lat": spot[:, 1],
        }
    )


def people(households: list[float | None]) -> pd.DataFrame:
    communes = grid()
    return pd.DataFrame(
        {
            "code": communes["code"],
            "age_from": 0,
            "age_to": pd.array([None] * len(communes), dtype="Int64"),
            "population": 4_000.0,
            "population_flag": "ok",
            "households": households,
        }
    )


def test_facilities_are_those_that_a_spatial_join_finds(drawn: ZoneSet, places_inside: pd.DataFrame) -> None:
    points = gpd.GeoDataFrame(
        places_inside,
        geometry=gpd.points_from_xy(places_inside["lon"], places_inside["lat"]),
        crs="EPSG:4326",
    )
    for layer in (drawn.containment, drawn.buffer):
        found = with_contents(layer, population=None, facilities=places_inside).set_index("zone_id")
        joined = gpd.sjoin(points, layer[["zone_id", "geometry"]])
        assert found["facility_count"].sum() == len(joined) > 100
        for name, inside in joined.groupby("zone_id"):
            listed = json.loads(found.loc[name, "facilities"])
            assert [one["facility_id"] for one in listed] == sorted(inside["facility_id"])
            assert json.loads(found.loc[name, "facility_kinds"]) == inside["kind"].value_counts().to_dict()
    empty = with_contents(drawn.containment, population=None, facilities=places_inside.iloc[:0])
    assert (empty["facility_count"] == 0).all()


def test_households_follow_the_part_inside(drawn: ZoneSet) -> None:
    found = with_contents(drawn.containment, population=people([1_000.0] * 12), facilities=None)
    for row in found.itertuples():
        share = sum(part["share"] for part in json.loads(row.communes))
        assert row.households == pytest.approx(1_000 * share, abs=0.5)
    whole = found[found["certainty"] == "possible"]
    assert whole["households"].tolist() == [1_000]


def test_unknown_is_not_zero(drawn: ZoneSet) -> None:
    missing = json.loads(drawn.containment["communes"].iloc[0])[0]["code"]
    some = [None if code == missing else 1_000.0 for code in grid()["code"]]
    found = with_contents(drawn.containment, population=people(some), facilities=None)
    first = found["communes"].str.contains(missing)
    assert first.any()
    assert found.loc[first, "households"].isna().all()
    assert found.loc[~first, "households"].notna().all()
    for column in ("facility_count", "facility_kinds", "facilities"):
        assert found[column].isna().all()
    bare = with_contents(drawn.containment, population=None, facilities=None)
    assert bare["households"].isna().all()


@pytest.mark.parametrize(
    ("english", "vietnamese"),
    [
        ("whole communes", "cộng dân số của cả xã, phường"),
        (
            "areal interpolation; population unknown in 1 of 2 communes",
            "nội suy theo diện tích; chưa rõ dân số của 1 trong 2 xã, phường",
        ),
        ("population unknown in all 3 communes", "chưa rõ dân số của cả 3 xã, phường"),
        ("no population given", "chưa có dữ liệu dân số"),
    ],
)
def test_the_method_is_said_in_vietnamese(english: str, vietnamese: str) -> None:
    assert method_in_vietnamese(english) == vietnamese
