"""Polygons of several sheets joined along their outlines, against shapely's overlay."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geozone.geodesy import area_km2, discs, segments_for
from geozone.index import UnitIndex
from geozone.zoning import seams
from geozone.zoning.dissolve import dissolve_places
from geozone.zoning.seams import join_overlapping, join_sheets


def scattered(seed: int, count: int, radius: float, side: float) -> np.ndarray:
    """Parts of the union of discs at random places."""
    places = np.random.default_rng(seed).uniform(0, side, (count, 2))
    return shapely.get_parts(shapely.union_all(shapely.buffer(shapely.points(places), radius, quad_segs=8)))


def sheets(seed: int, radii: list[float], side: float) -> tuple[np.ndarray, np.ndarray]:
    drawn = [scattered(seed + i, 80, radius, side) for i, radius in enumerate(radii)]
    return np.concatenate(drawn), np.repeat(np.arange(len(drawn)), [len(one) for one in drawn])


def shape_of(parts: np.ndarray) -> list[int]:
    """How many holes each part has, in an order of its own."""
    return sorted(shapely.get_num_interior_rings(parts).tolist())


@settings(max_examples=30)
@given(
    st.integers(0, 10_000),
    st.lists(st.sampled_from([3.0, 10.0, 25.0, 60.0]), min_size=1, max_size=5),
    st.sampled_from([150.0, 600.0, 3_000.0]),
)
def test_sheets_joined_are_the_overlay(seed: int, radii: list[float], side: float) -> None:
    parts, sheet = sheets(seed, radii, side)
    joined, into = join_sheets(parts, sheet)
    expected = shapely.union_all(parts)
    assert shapely.is_valid(joined).all()
    assert shape_of(joined) == shape_of(shapely.get_parts(expected))
    assert shapely.MultiPolygon(joined.tolist()).symmetric_difference(expected).area < 1e-9 * expected.area
    assert shapely.covers(joined[into].tolist(), shapely.point_on_surface(parts)).all()


def test_boxes_that_overlap_by_an_empty_corner_join_nothing() -> None:
    parts = shapely.buffer(shapely.points([(0.0, 0.0), (19.0, 19.0)]), 10.0, quad_segs=64)
    joined, into = join_sheets(np.asarray(parts, dtype=object), np.array([0, 1]))
    assert shapely.equals(joined, parts).all()
    assert into.tolist() == [0, 1]


def test_the_outlines_are_followed_without_an_overlay(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(parts: np.ndarray) -> None:
        raise AssertionError(f"{len(parts)} parts went to the overlay")

    monkeypatch.setattr(seams, "join_overlapping", refuse)
    for seed, radii in ((1, [10, 25]), (5, [3, 10, 25, 60]), (9, [25] * 6)):
        parts, sheet = sheets(seed, [float(radius) for radius in radii], 600.0)
        joined, _ = join_sheets(parts, sheet)
        assert 0 < len(joined) < len(parts)


def test_what_lies_inside_another_goes_and_what_lies_in_a_hole_stays() -> None:
    large = shapely.Point(0, 0).buffer(10).difference(shapely.Point(0, 0).buffer(5))
    inside, hole, over = (
        shapely.Point(*at).buffer(r) for at, r in (((7.5, 0), 1), ((0, 0), 2), ((0, 30), 2))
    )
    joined, into = join_sheets(np.array([large, inside, hole, over]), np.array([0, 1, 2, 3]))
    assert into.tolist()[0] == into.tolist()[1]
    assert len(joined) == 3
    assert joined[into[2]].equals(hole)
    assert joined[into[3]] is over
    assert joined[into[0]].equals(large)


def test_coinciding_outlines_are_left_to_the_overlay() -> None:
    parts = np.array([shapely.box(0, 0, 2, 2), shapely.box(1, 0, 3, 2), shapely.box(2, 1, 4, 2)])
    joined, into = join_sheets(parts, np.array([0, 1, 2]))
    assert joined[0].equals(shapely.union_all(parts))
    assert into.tolist() == [0, 0, 0]


def test_polygons_that_touch_in_a_point_are_two() -> None:
    parts = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 1, 2, 2), shapely.box(1.5, 1.5, 3, 3)])
    joined, into = join_overlapping(parts)
    assert sorted(shapely.area(joined).tolist()) == pytest.approx([1, 3.0])
    assert into[1] == into[2] != into[0]


@settings(max_examples=12)
@given(
    st.integers(0, 10_000),
    st.sampled_from([200.0, 1_000.0, 4_000.0]),
    st.lists(st.sampled_from([0.0, 50.0, 350.0, 2_000.0]), min_size=1, max_size=3),
)
def test_discs_around_the_corner_of_four_tiles(seed: int, radius: float, more: list[float]) -> None:
    rng = np.random.default_rng(seed)
    at = np.array([106.0, 21.0]) + rng.normal(0, 0.04, (250, 2))
    radii = radius + rng.choice(more, len(at))
    found = dissolve_places(*at.T, radii)
    drawn = [discs(*at[radii == one].T, one, quad_segs=segments_for(one)) for one in np.unique(radii)]
    expected = shapely.union_all(np.concatenate(drawn))
    ours = shapely.MultiPolygon(found.geometry.tolist())
    assert area_km2(ours)[0] == pytest.approx(area_km2(expected)[0], rel=1e-4)
    assert area_km2(ours.symmetric_difference(expected))[0] < 1e-4 * area_km2(expected)[0]
    assert np.array_equal(UnitIndex(found.geometry).locate(*at.T), found.member)
