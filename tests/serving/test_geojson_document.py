"""GeoJSON: RFC 7946, named properties only, JSON values."""

from __future__ import annotations

import io

import geopandas as gpd
import numpy as np
import orjson
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import shape

from geozone.geojson import feature_collection, features, stream_collection

SQUARE = shapely.Polygon(
    [(105, 21), (105, 22), (106, 22), (106, 21)], [[(105.2, 21.2), (105.4, 21.2), (105.4, 21.4)]]
)


def table(geometries: list[object], **columns: object) -> gpd.GeoDataFrame:
    rows = len(geometries)
    frame = {"code": [f"{i:05d}" for i in range(rows)], "secret": ["0912345678"] * rows, **columns}
    return gpd.GeoDataFrame(frame, geometry=geometries, crs="EPSG:4326")


def written(frame: gpd.GeoDataFrame, *names: str, **options: object) -> dict:
    return orjson.loads(feature_collection(frame, properties=names, id_column="code", **options))


def test_only_named_columns_leave_the_table() -> None:
    body = feature_collection(table([SQUARE]), properties=["code"], id_column="code")
    assert b"0912345678" not in body
    assert orjson.loads(body)["features"][0]["properties"] == {"code": "00000"}


def test_a_column_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError):
        feature_collection(table([SQUARE]), properties=["missing"], id_column="code")


def test_exterior_rings_turn_left_and_holes_right() -> None:
    for polygon in (SQUARE, shapely.reverse(SQUARE)):
        rings = written(table([polygon]))["features"][0]["geometry"]["coordinates"]
        assert shapely.is_ccw(shapely.LinearRing(rings[0]))
        assert not shapely.is_ccw(shapely.LinearRing(rings[1]))
        assert all(ring[0] == ring[-1] for ring in rings)


def test_values_are_those_of_json() -> None:
    frame = table(
        [SQUARE, SQUARE, SQUARE],
        number=[1.5, np.nan, np.inf],
        whole=pd.array([1, None, 3], dtype="Int64"),
        day=pd.array(["2021-07-08", None, "2021-07-09"], dtype="datetime64[s]"),
        yes=pd.array([True, None, False], dtype="boolean"),
        text=["Phường Đống Đa", None, 'a "quote"\n'],
        parts=['[{"code":"1"}]', None, "{}"],
    )
    names = ("number", "whole", "day", "yes", "text", "parts")
    rows = [feature["properties"] for feature in written(frame, *names, json_columns=["parts"])["features"]]
    assert rows[0] == {
        "number": 1.5,
        "whole": 1,
        "day": "2021-07-08",
        "yes": True,
        "text": "Phường Đống Đa",
        "parts": [{"code": "1"}],
    }
    assert set(rows[1].values()) == {None}
    assert rows[2]["number"] is None
    assert rows[2]["text"] == 'a "quote"\n'


def test_times_that_are_not_midnight_keep_their_time() -> None:
    frame = table([SQUARE], at=pd.to_datetime(["2021-07-08T10:30:00+07:00"]))
    assert written(frame, "at")["features"][0]["properties"]["at"] == "2021-07-08T10:30:00+07:00"


def test_missing_geometry_is_null_and_the_feature_stays() -> None:
    kinds = [feature["geometry"] for feature in written(table([SQUARE, None, shapely.Polygon()]))["features"]]
    assert kinds[0]["type"] == "Polygon"
    assert kinds[1:] == [None, None]


@pytest.mark.parametrize(
    "geometry",
    [
        shapely.Point(105.123456, 21.0),
        shapely.MultiPoint([(105, 21), (106, 22)]),
        shapely.LineString([(105, 21), (106, 22)]),
        shapely.MultiLineString([[(105, 21), (106, 22)], [(107, 21), (108, 22)]]),
        shapely.MultiPolygon([SQUARE, shapely.box(107, 21, 108, 22)]),
        shapely.MultiPolygon([SQUARE]),
    ],
    ids=lambda geometry: geometry.geom_type,
)
def test_every_plain_kind_reads_back_equal(geometry: shapely.Geometry) -> None:
    found = written(table([geometry]))["features"][0]["geometry"]
    assert found["type"] == geometry.geom_type
    assert shape(found).equals(geometry)


def test_heights_are_left_out() -> None:
    found = written(table([shapely.Point(105, 21, 7)]))["features"][0]["geometry"]
    assert found["coordinates"] == [105.0, 21.0]


def test_a_polygon_smaller_than_the_last_decimal_is_kept() -> None:
    tiny = shapely.box(105.00000001, 21.00000001, 105.00000009, 21.00000009)
    found = shape(written(table([tiny]))["features"][0]["geometry"])
    assert found.equals(tiny)


def test_a_hole_smaller_than_the_last_decimal_goes() -> None:
    holed = SQUARE.difference(shapely.box(105.70000001, 21.70000001, 105.70000009, 21.70000009))
    rings = written(table([holed]))["features"][0]["geometry"]["coordinates"]
    assert len(rings) == 2


def test_collections_and_other_coordinates_are_refused() -> None:
    mixed = shapely.GeometryCollection([shapely.Point(1, 1), SQUARE])
    with pytest.raises(ValueError, match="geometry collection"):
        written(table([mixed]))
    with pytest.raises(ValueError, match="WGS 84"):
        written(table([SQUARE]).to_crs(3857))


def test_an_empty_table_is_an_empty_collection() -> None:
    assert written(table([SQUARE]).iloc[:0], "code") == {"type": "FeatureCollection", "features": []}


def test_pieces_make_one_document_with_its_members() -> None:
    frame = table([SQUARE] * 600)
    pieces = list(
        stream_collection(frame, properties=["code"], id_column="code", members={"numberReturned": 600})
    )
    document = orjson.loads(b"".join(pieces))
    assert len(pieces) > 3
    assert document["numberReturned"] == 600
    assert [feature["id"] for feature in document["features"]] == frame["code"].tolist()


def test_features_come_one_by_one() -> None:
    found = [orjson.loads(line) for line in features(table([SQUARE, SQUARE]), properties=[], id_column=None)]
    assert len(found) == 2
    assert "id" not in found[0]
    assert found[0]["properties"] == {}


def test_geopandas_and_gdal_read_back_the_same_table() -> None:
    frame = table([SQUARE, shapely.box(107, 21, 108, 22)], people=[10.5, 20.25])
    body = feature_collection(frame, properties=["code", "people"], id_column="code")
    for found in (gpd.read_file(io.BytesIO(body)), pyogrio.read_dataframe(body)):
        assert found["code"].tolist() == frame["code"].tolist()
        assert found["people"].tolist() == frame["people"].tolist()
        assert shapely.equals(found.geometry.to_numpy(), frame.geometry.to_numpy()).all()
        assert found.crs.to_epsg() == 4326


@st.composite
def polygons(draw: st.DrawFn) -> shapely.Geometry:
    points = draw(st.lists(st.tuples(st.floats(102, 109), st.floats(8, 23)), min_size=3, max_size=12))
    hull = shapely.convex_hull(shapely.MultiPoint(points))
    shaped = shapely.buffer(hull, draw(st.floats(1e-4, 0.5)), quad_segs=3)
    return shaped.difference(shapely.buffer(shapely.centroid(shaped), 1e-5, quad_segs=2))


@given(st.lists(polygons(), min_size=1, max_size=4))
def test_any_polygon_reads_back_within_the_last_decimal(geometries: list[shapely.Geometry]) -> None:
    for source, feature in zip(geometries, written(table(geometries))["features"], strict=True):
        found = shape(feature["geometry"])
        assert shapely.hausdorff_distance(source.boundary, found.boundary) <= 1e-6
