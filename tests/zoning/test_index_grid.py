"""The grid over units against GEOS, point by point."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geozone.index import UnitIndex
from geozone.index.grid import CellGrid

CORNER = st.tuples(st.integers(0, 24), st.integers(0, 24)).map(lambda at: (at[0] / 8, at[1] / 8))
TRIANGLE = st.lists(CORNER, min_size=3, max_size=9, unique=True).map(
    lambda corners: shapely.convex_hull(shapely.MultiPoint(corners))
)


def units_of(geometries: list) -> np.ndarray:
    units = np.empty(len(geometries), dtype=object)
    units[:] = geometries
    return units


def by_geos(units: np.ndarray, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    points = shapely.points(lon, lat)
    holds = np.array([shapely.intersects(unit, points) if unit is not None else np.zeros(len(points), bool)
                      for unit in units])  # fmt: skip
    return np.where(holds.any(axis=0), holds.argmax(axis=0), -1)


def on_and_around(units: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Vertices, middles of sides, points a hair beside them, points level with them, and random ones."""
    corner = np.unique(shapely.get_coordinates(units), axis=0)
    middle = (corner[1:] + corner[:-1]) / 2
    rng = np.random.default_rng(1)
    near = corner + rng.choice([-1e-16, 1e-16, -1e-12, 1e-12, -1e-9, 1e-9], corner.shape)
    level = np.column_stack([rng.uniform(-0.5, 3.5, len(corner)), corner[:, 1]])
    upright = np.column_stack([corner[:, 0], rng.uniform(-0.5, 3.5, len(corner))])
    at = np.concatenate([corner, middle, near, level, upright, rng.uniform(-0.5, 3.5, (300, 2))])
    return at[:, 0], at[:, 1]


def assert_as_geos(units: np.ndarray) -> None:
    lon, lat = on_and_around(units)
    found, doubtful = CellGrid(units).locate(lon, lat)
    expected = by_geos(units, lon, lat)
    assert found[~doubtful].tolist() == expected[~doubtful].tolist()
    random = slice(len(lon) - 300, None)
    assert doubtful[random].mean() < 0.02


@given(st.lists(TRIANGLE.filter(lambda shape: shape.geom_type == "Polygon"), min_size=1, max_size=6))
def test_overlapping_polygons_on_a_lattice(shapes: list) -> None:
    assert_as_geos(units_of(shapes))


@settings(max_examples=30)
@given(st.lists(CORNER, min_size=3, max_size=14, unique=True), st.integers(0, 3))
def test_a_mesh_with_holes_and_islands(seeds: list, turned: int) -> None:
    cells = shapely.voronoi_polygons(shapely.MultiPoint(seeds), extend_to=shapely.box(0, 0, 3, 3))
    pieces = shapely.get_parts(shapely.intersection(shapely.get_parts(cells), shapely.box(0, 0, 3, 3)))
    holed = shapely.difference(pieces, shapely.Point(1.5, 1.5).buffer(0.4))
    island = shapely.affinity.rotate(shapely.box(1.4, 1.4, 1.6, 1.6), 30 * turned)
    groups = [shapely.MultiPolygon([p for shape in holed[i::3] for p in shapely.get_parts(shape)])
              for i in range(3)]  # fmt: skip
    assert_as_geos(units_of([None, *groups, shapely.Polygon(), island]))


def test_crossing_both_legs_of_the_path_and_none() -> None:
    needle = shapely.Polygon([(0, 0), (3, 1e-7), (3, 2e-7), (0, 1e-9)])
    comb = shapely.Polygon(
        [(0, 0), *[(0.1 * i, 0.5 if i % 2 else 2.5) for i in range(1, 30)], (3, 0), (0, 0)]
    )
    assert_as_geos(units_of([needle, comb]))


def test_the_index_answers_alike_before_and_after_it_builds_the_grid() -> None:
    rng = np.random.default_rng(2)
    units = units_of([shapely.Point(x / 4, y / 4).buffer(0.2) for x in range(6) for y in range(6)])
    lon, lat = np.round(rng.uniform(-0.3, 1.6, (2, 1_500)), 3)
    index = UnitIndex(units)
    before, after = index.locate(lon, lat), index.locate(lon, lat)
    assert index._grid is not None
    assert before.tolist() == after.tolist() == by_geos(units, lon, lat).tolist()
    borders = shapely.get_coordinates(units)
    assert index.locate(*borders.T).tolist() == by_geos(units, *borders.T).tolist()


def test_units_without_an_outline_make_no_grid() -> None:
    with pytest.raises(ValueError, match="outline"):
        CellGrid(units_of([None, shapely.Polygon()]))
    assert set(UnitIndex([shapely.Polygon()]).locate(np.zeros(900), np.zeros(900)).tolist()) == {-1}


@pytest.mark.real_data
def test_the_real_communes_hold_the_points_that_geos_says(real_data) -> None:
    units = np.asarray(gpd.read_parquet(real_data / "communes_2025_all_20m.parquet").geometry.array)
    rng = np.random.default_rng(4)
    near = shapely.get_coordinates(units)[::40] + rng.normal(0, 1e-4, (39_077, 2))
    at = np.concatenate([near, rng.uniform([102, 8], [110, 23.5], (40_000, 2))])
    found, doubtful = CellGrid(units).locate(*at.T)
    tree = shapely.STRtree(shapely.points(at))
    unit, point = tree.query(units, predicate="intersects")
    expected = np.full(len(at), -1)
    expected[point[::-1]] = unit[::-1]
    assert doubtful.sum() < 10
    assert np.array_equal(found[~doubtful], expected[~doubtful])
