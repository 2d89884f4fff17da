"""Dissolved discs against shapely's overlay, which shares no code with the arcs."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geozone.geodesy import area_km2, discs, distance_m, segments_for
from geozone.zoning.arcs import thin, union_of_discs
from geozone.zoning.clusters import cluster_points
from geozone.zoning.dissolve import dissolve_discs
from geozone.zoning.outlines import Degenerate


def overlay(points: np.ndarray, radius: float, quad_segs: int = 16) -> shapely.Geometry:
    return shapely.union_all(shapely.buffer(shapely.points(points), radius, quad_segs=quad_segs))


def layouts() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(11)
    turn = np.arange(0, 2 * np.pi, 0.05)
    square = np.stack(np.meshgrid(np.arange(25.0), np.arange(25.0)), axis=-1).reshape(-1, 2)
    return {
        "scattered": rng.uniform(0, 4_000, (300, 2)),
        "clustered": rng.normal(0, 500, (1_500, 2)) + rng.choice([0, 3_000.0], (1_500, 2)),
        "dense": rng.normal(0, 150, (3_000, 2)),
        "repeated": np.repeat(rng.uniform(0, 2_000, (50, 2)), 20, axis=0),
        "rounded": np.round(rng.uniform(0, 3_000, (800, 2)), -2),
        "touching grid": square * 200,
        "holed grid": square * 140,
        "overlapping grid": square * 50,
        "ring": 900 * np.column_stack([np.cos(turn), np.sin(turn)]),
        "rings in rings": np.concatenate(
            [r * np.column_stack([np.cos(turn), np.sin(turn)]) for r in (250, 800, 1_350)]
        ),
        "far away": rng.uniform(0, 2_000, (200, 2)) + 70_000,
    }


@pytest.mark.parametrize("name", layouts())
def test_union_by_arcs_is_the_overlay(name: str) -> None:
    points = layouts()[name]
    parts, _ = union_of_discs(points, 100.0, 16)
    expected = overlay(points, 100.0)
    assert shapely.is_valid(parts).all()
    assert shapely.MultiPolygon(parts.tolist()).is_valid
    # Ours keeps the true crossing of two circles, the overlay the crossing of two polygons.
    difference = shapely.MultiPolygon(parts.tolist()).symmetric_difference(expected)
    assert difference.area < 2e-4 * expected.area
    assert shapely.covers(shapely.MultiPolygon(parts.tolist()).buffer(1e-3), expected)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=4, max_size=60))
def test_union_by_arcs_is_exact_on_gridded_points_full_of_ties(cells: list[tuple[int, int]]) -> None:
    points = np.array(cells, dtype=float) * 50
    try:
        parts, _ = union_of_discs(points, 100.0, 8)
    except Degenerate:
        return
    expected = overlay(points, 100.0, 8)
    assert shapely.is_valid(parts).all()
    assert shapely.area(parts).sum() == pytest.approx(expected.area, rel=2e-3)
    assert shapely.covers(shapely.MultiPolygon(parts.tolist()).buffer(2e-3), expected)


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.floats(20, 400), st.sampled_from([30, 200, 700]))
def test_thinning_never_uncovers_anything(seed: int, spread: float, count: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.normal(0, spread, (count, 2))
    kept, _ = thin(points, 100.0)
    dropped = np.setdiff1d(np.arange(count), kept)
    remaining = shapely.union_all(shapely.buffer(shapely.points(points[kept]), 100.001, quad_segs=64))
    assert shapely.covers(remaining, shapely.buffer(shapely.points(points[dropped]), 99.9, quad_segs=8)).all()


def test_thinning_leaves_little_of_a_dense_cluster() -> None:
    points = np.random.default_rng(1).normal(0, 100, (20_000, 2))
    assert len(thin(points, 100.0)[0]) < 2_500


@given(st.lists(st.tuples(st.floats(0, 300), st.floats(0, 300)), min_size=1, max_size=3))
def test_discs_too_few_to_triangulate_are_the_overlay(places: list) -> None:
    points = np.array(places)
    parts, member = union_of_discs(points, 100.0, 16)
    expected = overlay(points, 100.0)
    assert shapely.symmetric_difference(shapely.union_all(parts), expected).area < 2e-3 * expected.area
    assert shapely.contains_xy(parts[member], points).all()


def test_where_arcs_do_not_close_the_overlay_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    points = np.random.default_rng(3).normal((106.1, 21.1), 0.01, (40, 2))
    by_arcs = shapely.union_all(dissolve_discs(points[:, 0], points[:, 1], 300.0))

    def refuse(*_: object) -> None:
        raise Degenerate("arcs that begin and do not end")

    monkeypatch.setattr("geozone.zoning.dissolve.union_of_discs", refuse)
    by_overlay = shapely.union_all(dissolve_discs(points[:, 0], points[:, 1], 300.0))
    difference = shapely.symmetric_difference(by_arcs, by_overlay)
    assert 0 < area_km2(difference)[0] < 1e-4 * area_km2(by_arcs)[0]


CLUSTERS = st.lists(
    st.tuples(st.floats(105.9, 106.2), st.floats(20.9, 21.1), st.integers(1, 30), st.integers(0, 99)),
    min_size=1, max_size=4,
)  # fmt: skip


@settings(max_examples=25)
@given(CLUSTERS, st.sampled_from([50.0, 200.0, 1_000.0, 3_000.0]))
def test_dissolved_discs_are_the_overlay_of_the_discs(clusters: list, radius: float) -> None:
    points = np.concatenate(
        [np.random.default_rng(seed).normal((lon, lat), 0.01, (n, 2)) for lon, lat, n, seed in clusters]
    )
    parts = dissolve_discs(points[:, 0], points[:, 1], radius)
    drawn = discs(points[:, 0], points[:, 1], radius, quad_segs=segments_for(radius))
    expected = shapely.union_all(drawn)
    difference = shapely.symmetric_difference(shapely.union_all(parts), expected)
    assert area_km2(difference)[0] < 1e-4 * area_km2(expected)[0]
    assert shapely.is_valid(parts).all()


def test_perimeters_over_the_edges_of_tiles_are_one() -> None:
    rng = np.random.default_rng(2)
    points = np.array([106.0, 21.0]) + rng.normal(0, 0.02, (400, 2))
    parts = dissolve_discs(points[:, 0], points[:, 1], 1_500)
    assert len(parts) == len(np.unique(cluster_points(points[:, 0], points[:, 1], 3_000)))
    expected = shapely.union_all(discs(points[:, 0], points[:, 1], 1_500))
    assert area_km2(parts).sum() == pytest.approx(area_km2(expected)[0], rel=1e-4)


def test_radii_may_differ_and_be_large() -> None:
    lon, lat = [106.0, 106.05, 107.5], [21.0, 21.0, 15.0]
    parts = dissolve_discs(lon, lat, [3_000, 4_000, 100_000])
    expected = shapely.union_all(discs(lon, lat, [3_000, 4_000, 100_000], quad_segs=128))
    assert len(parts) == 2
    assert area_km2(parts).sum() == pytest.approx(area_km2(expected)[0], rel=1e-4)
    assert dissolve_discs([], [], 100).shape == (0,)


@pytest.mark.parametrize(
    "bad", [(106, 89, 100), (179.5, 21, 100), (np.nan, 21, 100), (106, 21, 0), (106, 21, np.nan)]
)
def test_what_cannot_be_drawn_is_refused(bad: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match=r"expected longitudes|radius_m"):
        dissolve_discs(*bad)


def test_a_perimeter_does_not_depend_on_cases_far_away() -> None:
    rng = np.random.default_rng(6)
    near = np.array([106.2, 21.2]) + rng.normal(0, 0.01, (60, 2))
    far = np.array([106.3, 21.4]) + rng.normal(0, 0.005, (60, 2))
    alone = dissolve_discs(*near.T, 200)
    among = dissolve_discs(*np.concatenate([far, near]).T, 200)
    assert {part.wkb for part in alone} <= {part.wkb for part in among}


def test_order_and_repetition_make_no_difference() -> None:
    rng = np.random.default_rng(4)
    points = np.array([105.99, 20.99]) + rng.normal(0, 0.02, (300, 2))
    one = shapely.union_all(dissolve_discs(points[:, 0], points[:, 1], 300))
    twice = np.concatenate([points[::-1], points])
    other = shapely.union_all(dissolve_discs(twice[:, 0], twice[:, 1], 300))
    assert shapely.equals(shapely.normalize(one), shapely.normalize(other))


@settings(max_examples=40)
@given(st.lists(st.tuples(st.floats(106, 106.02), st.floats(21, 21.02)), max_size=25), st.floats(10, 1_500))
def test_clusters_are_those_of_brute_force(points: list[tuple[float, float]], link: float) -> None:
    at = np.array(points).reshape(-1, 2)
    labels = cluster_points(at[:, 0], at[:, 1], link)
    metres = distance_m(at[:, None, 0], at[:, None, 1], at[None, :, 0], at[None, :, 1])
    expected = np.arange(len(at))
    for _ in range(len(at)):
        expected = np.array([expected[metres[i] <= link].min() for i in range(len(at))], dtype=int)
    near_tie = (np.abs(metres - link) < 1e-4).any()
    if not near_tie:
        assert [labels.tolist().index(one) for one in labels] == [
            expected.tolist().index(one) for one in expected
        ]


def test_clusters_of_points_in_a_line_and_of_one_place() -> None:
    lon = 106 + np.arange(10) * 0.001
    assert cluster_points(lon, np.full(10, 21.0), 110).tolist() == [0] * 10
    assert cluster_points(lon, np.full(10, 21.0), 100).tolist() == list(range(10))
    assert cluster_points(np.full(5, 106.0), np.full(5, 21.0), 0).tolist() == [0] * 5
    assert cluster_points([], [], 10).tolist() == []
    assert cluster_points([106.0], [21.0], 10).tolist() == [0]
