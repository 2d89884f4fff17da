"""Which unit holds a point, and points that come and go, against brute force."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from geozone.index import LiveIndex, UnitIndex

GEOD = Geod(ellps="WGS84")
# Quarters of a unit square, so that borders and corners are hit exactly.
SQUARES = [shapely.box(x, y, x + 1, y + 1) for y in range(3) for x in range(3)]
QUARTERS = st.integers(-2, 14).map(lambda n: n / 4)


@given(st.lists(st.tuples(QUARTERS, QUARTERS), min_size=1, max_size=30))
def test_shared_border_goes_to_the_lowest_position(points: list[tuple[float, float]]) -> None:
    lon, lat = np.array(points).T
    expected = [
        next((i for i, square in enumerate(SQUARES) if square.intersects(shapely.Point(*point))), -1)
        for point in points
    ]
    assert UnitIndex(SQUARES).locate(lon, lat).tolist() == expected


@pytest.mark.parametrize("count", [0, 1, 511, 513, 5_000])
def test_many_points_get_the_answer_of_one(count: int) -> None:
    rng = np.random.default_rng(3)
    lon, lat = np.round(rng.uniform(-0.5, 3.5, (2, count)) * 8) / 8
    index = UnitIndex(SQUARES)
    one_by_one = [int(index.locate(x, y)[0]) for x, y in zip(lon[:600], lat[:600], strict=True)]
    assert index.locate(lon, lat)[:600].tolist() == one_by_one


def test_dense_points_that_share_cells_get_the_answer_of_one() -> None:
    rng = np.random.default_rng(8)
    shapes = [shapely.Point(x / 20, y / 20).buffer(0.032) for x in range(4) for y in range(4)]
    index = UnitIndex(shapes)
    lon, lat = np.round(rng.uniform(-0.05, 0.2, (2, 60_000)), 5)
    found = index.locate(lon, lat)
    sample = slice(0, 60_000, 61)
    assert found[sample].tolist() == [
        int(index.locate(x, y)[0]) for x, y in zip(lon[sample], lat[sample], strict=True)
    ]
    assert set(found.tolist()) == set(range(-1, 16))


def test_missing_coordinates_and_missing_units() -> None:
    index = UnitIndex([None, shapely.Polygon(), SQUARES[0]])
    assert index.locate([0.5, np.nan, 0.5, np.inf], [0.5, 0.5, np.nan, 0.5]).tolist() == [2, -1, -1, -1]
    assert UnitIndex([]).locate([0.5], [0.5]).tolist() == [-1]
    assert len(index) == 3


def test_point_a_little_outside_has_no_unit() -> None:
    assert UnitIndex(SQUARES).locate([-1e-9, 3 + 1e-9], [0.5, 0.5]).tolist() == [-1, -1]


def test_intersecting_is_ascending_and_exact() -> None:
    index = UnitIndex(SQUARES[::-1])
    assert index.intersecting(shapely.box(0.5, 0.5, 1.5, 0.6)).tolist() == [7, 8]
    assert index.intersecting(shapely.Point(10, 10)).tolist() == []
    below_diagonal = shapely.Polygon([(0.1, 0), (3, 2.9), (3, 0)])
    assert index.intersecting(below_diagonal).tolist() == [0, 3, 4, 6, 7, 8]


def test_one_index_serves_many_threads() -> None:
    rng = np.random.default_rng(5)
    index = UnitIndex([shapely.Point(x, y).buffer(0.7) for x in range(5) for y in range(5)])
    lon, lat = rng.uniform(-1, 5, (2, 2_000))
    expected = index.locate(lon, lat).tolist()
    with ThreadPoolExecutor(8) as pool:
        sizes = [2_000, 100, 2_000, 7] * 8
        answers = list(pool.map(lambda n: index.locate(lon[:n], lat[:n]).tolist(), sizes))
    assert all(answer == expected[:n] for answer, n in zip(answers, sizes, strict=True))


def test_live_index_starts_from_arrays() -> None:
    index = LiveIndex(["a", "b"], [105.0, 106.0], [21.0, 21.0])
    assert list(index) == ["a", "b"]
    assert index.position("b") == (106.0, 21.0)
    assert index.within_m(105.0005, 21.0, 100) == ["a"]
    assert index.nearest(105.9, 21.0) == "b"
    assert index.nearest(110, 10, max_m=5_000) is None
    assert LiveIndex().nearest(105, 21) is None


def test_live_index_refuses_nonsense_and_stays_as_it_was() -> None:
    index = LiveIndex(["a"], [105.0], [21.0])
    with pytest.raises(ValueError, match="already"):
        index.insert("a", 105, 21)
    with pytest.raises(ValueError, match="number"):
        index.insert("b", np.nan, 21)
    with pytest.raises(ValueError, match="number"):
        index.move("a", np.nan, 21)
    with pytest.raises(KeyError):
        index.remove("b")
    with pytest.raises(ValueError, match="twice"):
        LiveIndex(["a", "a"], [1, 2], [1, 2])
    with pytest.raises(ValueError, match="keys with"):
        LiveIndex(["a"], [1, 2], [1, 2])
    assert index.within_m(105, 21, 1) == ["a"]


PLACE = st.tuples(st.floats(105.0, 105.05), st.floats(21.0, 21.05))
STEP = st.tuples(st.sampled_from(["insert", "remove", "move"]), st.integers(0, 8), PLACE)


@settings(max_examples=40)
@given(st.lists(STEP, max_size=30), PLACE, st.floats(0, 6_000))
def test_live_index_is_a_dictionary_searched_by_brute_force(
    steps: list[tuple[str, int, tuple[float, float]]], centre: tuple[float, float], radius: float
) -> None:
    index, held = LiveIndex(), {}
    for step, key, place in steps:
        if step == "insert" and key not in held:
            index.insert(key, *place)
            held[key] = place
        elif step == "remove" and key in held:
            index.remove(key)
            del held[key]
        elif step == "move" and key in held:
            index.move(key, *place)
            held[key] = place
    metres = {key: GEOD.inv(*centre, *place)[2] for key, place in held.items()}
    surely = {key for key, value in metres.items() if value < radius - 0.05}
    perhaps = {key for key, value in metres.items() if value <= radius + 0.05}
    assert surely <= set(index.within_m(*centre, radius)) <= perhaps
    if held:
        nearest = index.nearest(*centre)
        assert metres[nearest] == pytest.approx(min(metres.values()), abs=0.05)
    assert len(index) == len(held)
