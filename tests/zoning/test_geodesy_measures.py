"""Geodesy against pyproj's geodesics (Karney), which share no code with ours."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geozone.geodesy import (
    LocalFrame,
    area_km2,
    area_true_radius_m,
    buffer_m,
    degrees_per_metre,
    discs,
    distance_m,
    length_m,
    segments_for,
)

GEOD = Geod(ellps="WGS84")
VIETNAM_LON = st.floats(102.0, 117.9)
VIETNAM_LAT = st.floats(6.0, 23.5)


@given(VIETNAM_LON, VIETNAM_LAT, st.floats(1, 3000))
def test_disc_outline_is_within_a_metre_anywhere_in_viet_nam(lon: float, lat: float, radius: float) -> None:
    disc = discs(lon, lat, radius)[0]
    outline = shapely.get_coordinates(shapely.segmentize(disc, 2e-5 * max(radius, 50) / 50))
    metres = GEOD.inv(np.full(len(outline), lon), np.full(len(outline), lat), *outline.T)[2]
    assert np.abs(metres - radius).max() < min(1.0, 2.1e-4 * radius + 1e-5)


@pytest.mark.parametrize("lat", [-84.0, -40.0, 0.0, 8.6, 16.0, 23.4, 60.0, 84.0])
@pytest.mark.parametrize(("radius", "error"), [(200, 1e-5), (3_000, 1e-4), (10_000, 0.01)])
def test_disc_vertices_lie_on_the_area_true_circle(lat: float, radius: float, error: float) -> None:
    outline = shapely.get_coordinates(discs(105.8, lat, radius)[0])
    metres = GEOD.inv(np.full(len(outline), 105.8), np.full(len(outline), lat), *outline.T)[2]
    assert np.abs(metres - area_true_radius_m(radius, 32)).max() < error


@given(VIETNAM_LON, VIETNAM_LAT, st.floats(10, 50_000))
def test_disc_has_the_area_of_the_true_disc(lon: float, lat: float, radius: float) -> None:
    disc = discs(lon, lat, radius)[0]
    area = abs(GEOD.geometry_area_perimeter(disc)[0])
    assert area == pytest.approx(np.pi * radius**2, rel=1e-5)
    assert area_km2(disc)[0] * 1e6 == pytest.approx(area, rel=1e-5)
    assert shapely.is_ccw(disc.exterior)


def test_disc_of_a_restricted_zone_is_within_a_metre_with_enough_segments() -> None:
    segments = segments_for(150_000)
    outline = shapely.get_coordinates(discs(105.8, 21.0, 150_000, quad_segs=segments)[0])
    middles = (outline[1:] + outline[:-1]) / 2
    for points in (outline, middles):
        metres = GEOD.inv(np.full(len(points), 105.8), np.full(len(points), 21.0), *points.T)[2]
        assert np.abs(metres - 150_000).max() < 1.5


@pytest.mark.parametrize(
    ("lon", "lat", "radius"),
    [(105.8, 89.5, 100), (179.999, 10, 3000), (200, 10, 100), (105, 84.99, 5000), (105, 21, 0), (105, 21, -5),
     (105, 21, np.nan), (np.nan, 21, 100)],
)  # fmt: skip
def test_disc_outside_the_domain_is_refused(lon: float, lat: float, radius: float) -> None:
    with pytest.raises(ValueError, match=r"expected|radius_m"):
        discs(lon, lat, radius)


def test_discs_take_one_radius_or_one_each_and_none_at_all() -> None:
    both = discs([105, 106], [21, 10], [100, 3000])
    assert area_km2(both) == pytest.approx([np.pi * 0.01, np.pi * 9], rel=1e-6)
    assert discs([], [], 100).shape == (0,)


def test_distance_agrees_with_the_geodesic_everywhere() -> None:
    rng = np.random.default_rng(7)
    lon1, lon2 = rng.uniform(-180, 180, (2, 20_000))
    lat1, lat2 = rng.uniform(-89, 89, (2, 20_000))
    assert distance_m(lon1, lat1, lon2, lat2) == pytest.approx(GEOD.inv(lon1, lat1, lon2, lat2)[2], rel=1e-4)
    assert distance_m(0, 0, 180, 0) == pytest.approx(GEOD.inv(0, 0, 180, 0)[2])


@given(VIETNAM_LON, VIETNAM_LAT, st.floats(-0.06, 0.06), st.floats(-0.06, 0.06))
def test_distance_below_10_km_is_within_20_mm(lon: float, lat: float, dlon: float, dlat: float) -> None:
    ours = float(distance_m(lon, lat, lon + dlon, lat + dlat))
    assert ours == pytest.approx(GEOD.inv(lon, lat, lon + dlon, lat + dlat)[2], abs=0.02)
    assert ours == pytest.approx(float(distance_m(lon + dlon, lat + dlat, lon, lat)), abs=1e-6)


def test_distance_to_itself_is_zero() -> None:
    assert distance_m([105.0, -10.0], [21.0, 0.0], [105.0, -10.0], [21.0, 0.0]).tolist() == [0, 0]


def test_area_with_holes_parts_and_nothing() -> None:
    plain = shapely.box(105.0, 21.0, 105.05, 21.05)
    hole = shapely.box(105.01, 21.01, 105.02, 21.02)
    holed = plain.difference(hole)
    # The oracle wants outer rings and holes wound in opposite directions.
    multi = shapely.orient_polygons(shapely.MultiPolygon([holed, shapely.box(106, 20, 106.03, 20.03)]))
    reversed_ = shapely.Polygon(plain.exterior.coords[::-1])
    collection = shapely.GeometryCollection(
        [multi, shapely.Point(1, 1), shapely.LineString([(0, 0), (1, 1)])]
    )
    given = [plain, holed, multi, reversed_, collection, shapely.Point(1, 1), shapely.Polygon(), None]
    areas = area_km2(given)
    expected = [abs(GEOD.geometry_area_perimeter(g)[0]) / 1e6 for g in (plain, holed, multi, plain, multi)]
    assert areas[:5] == pytest.approx(expected, rel=1e-5)
    assert areas[5:7].tolist() == [0, 0]
    assert np.isnan(areas[7])


@pytest.mark.real_data
def test_area_of_real_communes_agrees_with_geodesic_areas(real_data: Path) -> None:
    units = gpd.read_parquet(real_data / "communes_2025_all_20m.parquet", columns=["geometry"]).geometry
    ours = area_km2(units)
    sample = range(0, len(units), 37)
    theirs = [abs(GEOD.geometry_area_perimeter(units.iloc[i])[0]) / 1e6 for i in sample]
    assert ours[::37] == pytest.approx(theirs, rel=1e-4)


def test_length_of_lines_and_perimeters() -> None:
    line = shapely.LineString([(105, 21), (105.02, 21.01), (105.05, 21.0)])
    square = shapely.box(105, 21, 105.05, 21.05)
    holed = square.difference(shapely.box(105.01, 21.01, 105.02, 21.02))
    both = shapely.MultiLineString([line, [(106, 10), (106.01, 10)]])
    lengths = length_m([line, square, holed, both, shapely.Point(0, 0), None])
    expected = [GEOD.geometry_length(line), GEOD.geometry_length(square.exterior)]
    expected += [expected[1] + GEOD.geometry_length(holed.interiors[0]), GEOD.geometry_length(both), 0]
    assert lengths[:5] == pytest.approx(expected, rel=2e-6, abs=1e-9)
    assert np.isnan(lengths[5])


@given(VIETNAM_LON, VIETNAM_LAT, st.floats(-80_000, 80_000), st.floats(-80_000, 80_000))
def test_local_frame_goes_there_and_back_and_is_true_from_its_origin(
    lon: float, lat: float, x: float, y: float
) -> None:
    frame = LocalFrame(lon, lat)
    there = frame.to_degrees(x, y)
    assert frame.to_metres(*there) == pytest.approx((x, y), abs=1e-5)
    assert GEOD.inv(lon, lat, *there)[2] == pytest.approx(np.hypot(x, y), abs=0.02)


def test_degrees_per_metre_agree_with_a_metre() -> None:
    for lat in (0.0, 8.5, 23.0, -60.0):
        dlon, dlat = degrees_per_metre(lat)
        assert GEOD.inv(105, lat, 105 + dlon * 10, lat)[2] == pytest.approx(10, rel=1e-6)
        assert GEOD.inv(105, lat - dlat * 5, 105, lat + dlat * 5)[2] == pytest.approx(10, rel=1e-6)


@pytest.mark.parametrize("distance", [50.0, 1_000.0, 10_000.0])
@pytest.mark.parametrize("reach", [0.02, 0.7, 2.6])
def test_buffer_outline_is_that_far_from_the_shape(distance: float, reach: float) -> None:
    line = shapely.LineString([(105, 18), (105 + reach * 0.4, 18 + reach), (105 + reach, 18 + reach / 3)])
    grown = buffer_m(line, distance)[0]
    assert grown.is_valid
    fine = shapely.get_coordinates(shapely.segmentize(line, 2e-3 if distance > 50 else 1e-4))
    outline = shapely.get_coordinates(grown)[::7]
    metres = [distance_m(*point, fine[:, 0], fine[:, 1]).min() for point in outline]
    # The nearest sampled point of a line is at most half a step beyond the nearest point.
    slack = 120**2 / (2 * distance) if distance > 50 else 0.6
    assert min(metres) > distance * 0.9994 - 0.5
    assert max(metres) < distance * 1.0006 + 0.5 + slack


def test_buffer_of_points_is_their_discs() -> None:
    points = shapely.points([105, 106.5], [21, 9])
    grown = buffer_m(points, [200, 3000])
    expected = discs([105, 106.5], [21, 9], [200, 3000])
    assert area_km2(shapely.symmetric_difference(grown, expected)) == pytest.approx([0, 0], abs=0.02)


def test_buffer_refuses_what_it_cannot_draw() -> None:
    with pytest.raises(ValueError, match="0 to 200 000"):
        buffer_m(shapely.Point(105, 21), -1)
    with pytest.raises(ValueError, match="geometry 1 is missing"):
        buffer_m([shapely.Point(105, 21), None], 10)
    assert buffer_m([], 10).shape == (0,)
    assert buffer_m(shapely.Polygon(), 10)[0].is_empty
