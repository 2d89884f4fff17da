"""Numbers along a street: known, between known ones, near one; measured against pyproj and shapely."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geozone.geocoding.street.house_numbers import HouseNumber
from geozone.geocoding.street.names import NameKey
from geozone.geocoding.street.roads import Piece, Road, RoadParts, roads_of
from geozone.geocoding.street.stretches import Method, Spot
from geozone.geodesy import LocalFrame

GEOD = pyproj.Geod(ellps="WGS84")
FRAME = LocalFrame(105.8, 21.03)
NAME = NameKey("doican", ("đôi5", "cân1"), "", "Đội Cấn")


def at(x: float, y: float) -> tuple[float, float]:
    lon, lat = FRAME.to_degrees(x, y)
    return float(lon), float(lat)


def line(*points: tuple[float, float], alleys: tuple[str, ...] = ()) -> Piece:
    shape = np.array([at(*point) for point in points])
    return Piece(NAME, alleys, None, shape, *shape[0], 0.0)


def house(number: int, x: float, y: float, *, suffix: str = "", alleys: tuple[str, ...] = ()) -> Piece:
    return Piece(NAME, alleys, HouseNumber(number, suffix), None, *at(x, y), 0.0)


def apart(spot: Spot, x: float, y: float) -> float:
    return float(GEOD.inv(spot.lon, spot.lat, *at(x, y))[2])


def parts(*pieces: Piece) -> RoadParts:
    return Road(list(pieces)).parts(None, lambda lon, lat, scope: np.ones(len(lon), dtype=bool))


def found(road: RoadParts, number: int, *alleys: str, suffix: str = "") -> Spot:
    spot = road.locate(HouseNumber(number, suffix), alleys, "Đội Cấn")
    assert spot is not None
    return spot


STREET = line((0, 0), (1_000, 0))
ODD = [house(n, 10.0 * n, 8) for n in (1, 11, 21)]
EVEN = [house(n, 5.0 * n, -8) for n in (2, 22, 42)]


def test_a_known_house_is_where_it_is() -> None:
    spot = found(parts(STREET, *ODD, *EVEN), 11)
    assert spot.method.key == "house-known"
    assert apart(spot, 110, 8) < 0.01
    assert spot.radius_m <= 100


def test_between_known_numbers_of_its_own_side() -> None:
    road = parts(STREET, *ODD, *EVEN)
    odd, even = found(road, 15), found(road, 12)
    assert odd.method == Method("house-between", "11", "21")
    assert even.method == Method("house-between", "2", "22")
    assert apart(odd, 150, 0) < 1
    assert apart(even, 60, 0) < 1
    assert apart(odd, 150, 8) < odd.radius_m


def test_between_numbers_along_a_bend() -> None:
    bend = line((0, 0), (100, 0), (100, 100))
    spot = found(parts(bend, house(1, 0, 5), house(21, 95, 100)), 11)
    assert apart(spot, 100, 0) < 6


def test_a_letter_stands_beside_its_number_and_a_far_number_is_the_street() -> None:
    road = parts(STREET, *ODD, *EVEN)
    assert found(road, 11, suffix="a").method.key == "house-beside"
    odd = parts(STREET, *ODD)
    assert found(odd, 31).method.key == "house-near"
    assert found(odd, 31).radius_m > found(odd, 23).radius_m
    whole = found(road, 500)
    assert whole.method.key == "street-whole"
    assert apart(whole, 500, 0) < 60
    assert all(apart(whole, x, 0) <= whole.radius_m + 1 for x in (0, 1_000))


def test_an_alley_drawn_known_by_a_house_or_by_its_mouth() -> None:
    lane = line((110, 0), (110, 200), alleys=("11",))
    drawn = parts(STREET, *ODD, lane)
    assert found(drawn, 7, "11").method == Method("alley-whole", "11")
    assert apart(found(drawn, 7, "11"), 110, 100) < 40
    housed = parts(STREET, *ODD, house(5, 110, 90, alleys=("11",)))
    assert found(housed, 5, "11").method.key == "house-known"
    assert found(housed, 9, "11").method.key == "house-near"
    mouth = found(parts(STREET, *ODD), 7, "11", "3")
    assert mouth.method.key == "alley-mouth"
    assert apart(mouth, 110, 8) < 1
    assert mouth.radius_m > found(parts(STREET, *ODD), 7, "11").radius_m
    further = found(drawn, 7, "11", "4")
    assert further.method == Method("alley-whole", "11")


def test_houses_of_one_number_far_apart_are_no_answer() -> None:
    road = parts(STREET, house(5, 0, 0), house(5, 900, 0))
    assert found(road, 5).method.key != "house-known"


def test_pieces_far_apart_are_two_streets() -> None:
    near = [line((0, 0), (300, 0)), line((350, 0), (600, 0)), house(3, 500, 10)]
    far = [line((5_000, 0), (5_400, 0)), house(7, 5_100, 5)]
    roads = roads_of([*near, *far])
    assert sorted(len(road.pieces) for road in roads) == [2, 3]
    assert sum(len(road.pieces) for road in roads) == 5


def test_only_the_part_in_the_communes_asked_for() -> None:
    road = Road([STREET, *EVEN])
    middle = at(150, 0)[0]
    west = road.parts(frozenset({1}), lambda lon, lat, scope: lon < middle)
    assert not road.parts(frozenset({2}), lambda lon, lat, scope: np.zeros(len(lon), dtype=bool))
    spot = west.locate(HouseNumber(22, ""), (), "Đội Cấn")
    assert spot is not None
    assert spot.method.key == "house-known"
    assert west.locate(HouseNumber(42, ""), (), "Đội Cấn").method.key != "house-known"  # type: ignore[union-attr]


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.floats(-60, 60), st.floats(20, 80)), min_size=2, max_size=8),
    st.integers(5, 40),
    st.floats(3, 9),
    st.data(),
)
def test_the_truth_lies_within_the_radius_along_regular_streets(
    turns: list[tuple[float, float]], count: int, frontage: float, data: st.DataObject
) -> None:
    """Houses at even steps along any line, some known: another is found within the stated radius."""
    heading, corners = 0.0, [(0.0, 0.0)]
    for turn, length in turns:
        heading += np.radians(turn)
        corners.append(
            (corners[-1][0] + 4 * length * np.cos(heading), corners[-1][1] + 4 * length * np.sin(heading))
        )
    way = shapely.LineString(corners)
    last = min(count, int(way.length / frontage))
    places = {n: way.interpolate(n * frontage) for n in range(1, last + 1)}
    known = data.draw(st.sets(st.sampled_from(sorted(places)), min_size=1))
    asked = data.draw(st.sampled_from(sorted(places)))
    road = parts(line(*corners), *(house(n, places[n].x, places[n].y) for n in sorted(known)))
    spot = found(road, asked)
    assert apart(spot, places[asked].x, places[asked].y) <= spot.radius_m


def test_order_of_the_pieces_does_not_matter() -> None:
    pieces = [STREET, *ODD, *EVEN, line((110, 0), (110, 200), alleys=("11",))]
    one, other = parts(*pieces), parts(*reversed(pieces))
    for number, alleys in ((11, ()), (15, ()), (12, ()), (7, ("11",)), (500, ())):
        a, b = found(one, number, *alleys), found(other, number, *alleys)
        assert (a.method, round(a.radius_m, 6)) == (b.method, round(b.radius_m, 6))
        assert GEOD.inv(a.lon, a.lat, b.lon, b.lat)[2] == pytest.approx(0, abs=0.01)
