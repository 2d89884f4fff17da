"""What changed between two releases: zones by where they are, levels by commune."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyproj
import pytest
import shapely

from geozone.release import Release, ReleaseDifference, ReleaseStore, diff

Make = Callable[..., Any]
Zones = dict[str, tuple[float, float, float]]


def zones(places: Zones, certainty: str = "certain") -> gpd.GeoDataFrame:
    """Squares by name: west, south, side; area in made-up km²."""
    return gpd.GeoDataFrame(
        {
            "zone_id": pd.Series(list(places), dtype="str"),
            "certainty": pd.Series([certainty] * len(places), dtype="str"),
            "area_km2": [side * side for _, _, side in places.values()],
            "residents": pd.Series([10 * side for _, _, side in places.values()], dtype="float64"),
        },
        geometry=[shapely.box(x, y, x + side, y + side) for x, y, side in places.values()],
        crs="EPSG:4326",
    )


@pytest.fixture
def compare(tmp_path: Path, draft: Make, now: datetime) -> Callable[..., ReleaseDifference]:
    releases = ReleaseStore(tmp_path)

    def publish(decision: str, table: gpd.GeoDataFrame, levels: list[int | None]) -> Release:
        made = draft(communes=len(levels))
        made.layers["containment_zones"] = table
        made.layers["communes"]["epidemic_level"] = pd.array(levels, dtype="Int64")
        return releases.publish(made, decision=decision, created_at=now, actor="an")

    def both(
        before: Zones | gpd.GeoDataFrame,
        after: Zones | gpd.GeoDataFrame,
        levels: tuple[list[int | None], list[int | None]] = ([1], [1]),
    ) -> ReleaseDifference:
        tables = [zones(one) if isinstance(one, dict) else one for one in (before, after)]
        return diff(publish("a", tables[0], levels[0]), publish("b", tables[1], levels[1]))

    return both


def told(found: ReleaseDifference) -> set[tuple[str, str]]:
    return set(zip(found.table["change"], found.table["id"], strict=True))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {"a": (0, 0, 1)}, {("opened", "a")}),
        ({"a": (0, 0, 1)}, {}, {("closed", "a")}),
        ({"a": (0, 0, 1)}, {"a": (0, 0, 2)}, {("grown", "a")}),
        ({"a": (0, 0, 2)}, {"a": (0, 0, 1)}, {("shrunk", "a")}),
        ({"a": (0, 0, 1)}, {"renamed": (0, 0, 2)}, {("grown", "renamed")}),
        ({"a": (0, 0, 1)}, {"renamed": (0, 0, 1)}, set()),
        ({"a": (0, 0, 1)}, {"a": (0.5, 0, 1)}, {("moved", "a")}),
        ({"a": (0, 0, 1)}, {"a": (5, 0, 1)}, {("moved", "a")}),
        ({"a": (0, 0, 1)}, {"b": (5, 0, 1)}, {("closed", "a"), ("opened", "b")}),
        ({"a": (0, 0, 1)}, {"b": (1, 0, 1)}, {("closed", "a"), ("opened", "b")}),
        ({"a": (0, 0, 1), "b": (2, 0, 1)}, {"a": (0, 0, 4)}, {("merged", "a")}),
        ({"a": (0, 0, 4)}, {"a": (0, 0, 1), "b": (2, 0, 1)}, {("split", "a, b")}),
        ({"a": (0, 0, 1)}, {"a": (0, 0, 1)}, set()),
        ({}, {}, set()),
    ],
)
def test_zones_are_followed_by_where_they_are(
    compare: Callable[..., ReleaseDifference], before: Zones, after: Zones, expected: set[tuple[str, str]]
) -> None:
    assert told(compare(before, after)) == expected


def test_certain_and_possible_zones_do_not_answer_for_each_other(
    compare: Callable[..., ReleaseDifference],
) -> None:
    before = zones({"p": (0, 0, 2)}, "possible")
    after = pd.concat([zones({"p": (0, 0, 2)}, "possible"), zones({"c": (0, 0, 1)})], ignore_index=True)
    assert told(compare(before, after)) == {("opened", "c")}


def test_people_are_added_up_and_unknown_stays_unknown(compare: Callable[..., ReleaseDifference]) -> None:
    before = zones({"a": (0, 0, 1), "b": (2, 0, 1)})
    before.loc[1, "residents"] = float("nan")
    row = compare(before, {"a": (0, 0, 4)}).table.iloc[0]
    assert (row["before"], row["after"]) == ("a, b", "a")
    assert (row["area_km2_before"], row["area_km2_after"], row["residents_after"]) == (2.0, 16.0, 40.0)
    assert pd.isna(row["residents_before"])


def test_levels_raised_lowered_known_and_unknown(compare: Callable[..., ReleaseDifference]) -> None:
    found = compare({}, {}, ([1, 4, None, 2, 3, None], [2, 1, 3, None, 3, None]))
    assert list(
        zip(found.table["change"], found.table["id"], found.table["before"].fillna("-"), strict=True)
    ) == [
        ("level-known", "00002", "-"),
        ("level-lowered", "00001", "4"),
        ("level-raised", "00000", "1"),
        ("level-unknown", "00003", "2"),
    ]
    assert found.counts() == {
        "communes": {"level-known": 1, "level-lowered": 1, "level-raised": 1, "level-unknown": 1}
    }


def test_it_reads_for_people_and_machines(compare: Callable[..., ReleaseDifference]) -> None:
    found = compare({"a": (0, 0, 1)}, {"a": (0, 0, 2)}, ([1], [None]))
    text = "\n".join(found.lines())
    assert "containment_zones: 1 grown" in text
    assert "1.000 km² -> 4.000 km²" in text
    assert "people, certain zones: 10 added, 0 released" in text
    assert "1 -> no data" in text
    document = found.to_dict()
    assert document["changes"][0]["change"] == "grown"
    assert document["changes"][1]["after"] is None
    same = compare({"a": (0, 0, 1)}, {"a": (0, 0, 1)})
    assert same.lines()[0].endswith("nothing changed")
    assert same.to_dict()["changes"] == []


def test_going_back_is_the_reverse(tmp_path: Path, draft: Make, now: datetime) -> None:
    releases = ReleaseStore(tmp_path)
    a = releases.publish(draft(1, level=2), decision="a", created_at=now, actor="an")
    b = releases.publish(draft(2, level=3, radius=0.02), decision="b", created_at=now, actor="an")
    assert diff(a, b).counts() == {
        "communes": {"level-raised": 4},
        "containment_zones": {"grown": 1},
    }
    assert diff(b, a).counts() == {
        "communes": {"level-lowered": 4},
        "containment_zones": {"shrunk": 1},
    }
    assert diff(a, a).table.empty


def test_green_zones_are_followed_by_commune_and_slivers_are_nothing(
    tmp_path: Path, draft: Make, now: datetime
) -> None:
    releases = ReleaseStore(tmp_path)
    found = []
    for decision, edge in (("a", 105.1), ("b", 105.1 + 1e-13)):
        made = draft()
        made.layers["green_zones"] = gpd.GeoDataFrame(
            {"code": pd.Series(["00000", "00001"], dtype="str"), "name": "Xã", "area_km2": [100.0, 100.0]},
            geometry=[shapely.box(105, 21, edge, 21.1), shapely.box(105.1, 21, 105.2, 21.1)],
            crs="EPSG:4326",
        )
        found.append(releases.publish(made, decision=decision, created_at=now, actor="an"))
    assert found[0].geometry_digest("green_zones") != found[1].geometry_digest("green_zones")
    assert diff(*found).table.empty


def test_the_ground_that_came_and_went(compare: Callable[..., ReleaseDifference]) -> None:
    found = compare(
        {"grows": (0, 0, 1), "goes": (5, 0, 1), "moves": (10, 0, 1), "stays": (20, 0, 1)},
        {"grows": (0, 0, 2), "comes": (7, 0, 1), "moves": (10.5, 0, 1), "stays": (20, 0, 1)},
    )
    ground = found.ground.set_index(["id", "part"]).geometry
    assert set(ground.index) == {
        ("grows", "added"),
        ("goes", "removed"),
        ("comes", "added"),
        ("moves", "added"),
        ("moves", "removed"),
    }
    assert shapely.equals(
        ground["grows", "added"], shapely.difference(shapely.box(0, 0, 2, 2), shapely.box(0, 0, 1, 1))
    )
    assert shapely.equals(ground["moves", "removed"], shapely.box(10, 0, 10.5, 1))
    geod = pyproj.Geod(ellps="WGS84")
    for shape, area in zip(found.ground.geometry, found.ground["area_km2"], strict=True):
        assert area == pytest.approx(abs(geod.geometry_area_perimeter(shape)[0]) / 1e6, rel=1e-3)


def test_people_added_and_released(compare: Callable[..., ReleaseDifference]) -> None:
    before = zones({"grows": (0, 0, 1), "goes": (5, 0, 1), "unknown": (30, 0, 1)})
    before.loc[2, "residents"] = float("nan")
    after = zones({"grows": (0, 0, 3), "comes": (7, 0, 2), "unknown": (30, 0, 2)})
    possible = zones({"p": (40, 0, 4)}, "possible")
    found = compare(before, pd.concat([after, possible], ignore_index=True))
    assert found.people() == {
        "certain": {"added": 20 + 20, "released": 10, "unknown": 1},
        "possible": {"added": 40, "released": 0, "unknown": 0},
    }


def test_nothing_changed_has_no_ground(compare: Callable[..., ReleaseDifference]) -> None:
    found = compare({"a": (0, 0, 1)}, {"a": (0, 0, 1)})
    assert found.ground.empty
    assert found.people()["certain"] == {"added": 0.0, "released": 0.0, "unknown": 0}


def test_a_zone_is_named_after_its_communes_the_largest_share_first(
    compare: Callable[..., ReleaseDifference],
) -> None:
    after = zones({"a": (0, 0, 1)}).assign(
        communes='[{"code":"1","name":"Ba Đình","share":0.1},{"code":"2","name":"Ngọc Hà","share":0.4}]'
    )
    assert compare({}, after).table["name"].tolist() == ["Ngọc Hà, Ba Đình"]
