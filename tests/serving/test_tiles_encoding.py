"""Integers, properties and messages of vector tiles, against decoders we did not write."""

from __future__ import annotations

import mapbox_vector_tile
import mercantile
import numpy as np
import pandas as pd
import pytest
import shapely
from google.protobuf.internal.encoder import _VarintBytes
from hypothesis import given
from hypothesis import strategies as st

from geozone.tiles import TileGeometry, TileSource, tile_bounds, tilejson
from geozone.tiles.attributes import feature_ids
from geozone.tiles.mercator import to_world
from geozone.tiles.varint import varint, varint_columns, varint_sizes, zigzag


@given(st.lists(st.integers(0, 2**64 - 1), max_size=50))
def test_integers_are_encoded_as_protobuf_does(numbers: list[int]) -> None:
    values = np.array(numbers, dtype=np.uint64)
    expected = b"".join(_VarintBytes(number) for number in numbers)
    assert b"".join(varint(number) for number in numbers) == expected
    sizes = [len(_VarintBytes(number)) for number in numbers]
    beside, used, lengths = varint_columns(values)
    assert beside[used].tobytes() == expected
    assert lengths.tolist() == sizes
    assert varint_sizes(values).tolist() == sizes


@given(st.lists(st.integers(-(2**31), 2**31), max_size=20))
def test_signed_integers_fold_and_unfold(numbers: list[int]) -> None:
    folded = zigzag(np.array(numbers, dtype=np.int64)).tolist()
    assert [(number >> 1) ^ -(number & 1) for number in folded] == numbers


@given(st.integers(0, 14).flatmap(lambda z: st.tuples(st.just(z), *[st.integers(0, 2**z - 1)] * 2)))
def test_boxes_are_those_of_mercantile(address: tuple[int, int, int]) -> None:
    z, x, y = address
    assert tile_bounds(z, x, y) == pytest.approx(tuple(mercantile.bounds(x, y, z)), abs=1e-9)


def test_the_projection_is_that_of_mercantile() -> None:
    lon, lat = np.array([-180.0, 0.0, 105.85, 179.9]), np.array([-80.0, 0.0, 21.03, 85.0])
    expected = [mercantile.xy(*point) for point in zip(lon, lat, strict=True)]
    half = 20037508.342789244
    world = to_world(np.column_stack([lon, lat]))
    assert np.allclose(
        np.column_stack([world[:, 0] * 2 - 1, 1 - world[:, 1] * 2]) * half, expected, atol=1e-6
    )


def point_source(frame: pd.DataFrame, **options: int) -> TileSource:
    geometry = TileGeometry(shapely.points(np.linspace(105, 105.01, len(frame)), 21.0))
    return TileSource("points", geometry, frame, ids=[str(i) for i in range(len(frame))], **options)


def decode(tile: bytes) -> dict:
    return mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True})


def test_every_kind_of_property_survives() -> None:
    frame = pd.DataFrame(
        {
            "text": ["Phường Đống Đa", "", None],
            "number": [0.5, np.nan, -1e300],
            "whole": pd.array([2**52, None, -3], dtype="Int64"),
            "as_float": [3.0, 4.0, np.inf],
            "yes": pd.array([True, False, None], dtype="boolean"),
            "day": pd.array(["2021-07-08", None, "2021-07-09"], dtype="datetime64[s]"),
        }
    )
    source = point_source(frame)
    tile = source.tile(8, *mercantile.tile(105, 21, 8)[:2])
    found = [feature["properties"] for feature in decode(tile)["points"]["features"]]
    assert found == [
        {
            "text": "Phường Đống Đa",
            "number": 0.5,
            "whole": 2**52,
            "as_float": 3,
            "yes": True,
            "day": "2021-07-08",
        },
        {"text": "", "as_float": 4, "yes": False},
        {"number": -1e300, "whole": -3, "day": "2021-07-09"},
    ]
    assert source.fields == {
        "text": "String",
        "number": "Number",
        "whole": "Number",
        "as_float": "Number",
        "yes": "Boolean",
        "day": "String",
    }


@given(
    st.lists(
        st.lists(st.sampled_from(["a", "b", None, "Hà Nội", "x" * 200]), min_size=3, max_size=3),
        min_size=1,
        max_size=40,
    )
)
def test_properties_of_any_table_survive(rows: list[list[str | None]]) -> None:
    frame = pd.DataFrame(rows, columns=["one", "two", "three"], dtype="str")
    tile = point_source(frame).tile(0, 0, 0)
    found = [feature["properties"] for feature in decode(tile)["points"]["features"]]
    assert found == [
        {name: value for name, value in zip(frame.columns, row, strict=True) if value is not None}
        for row in rows
    ]


def test_a_tile_holds_only_the_values_it_uses() -> None:
    frame = pd.DataFrame({"name": [f"name number {i}" for i in range(1000)]})
    geometry = TileGeometry(shapely.points(np.linspace(103, 109, 1000), 16.0))
    source = TileSource("points", geometry, frame, ids=[str(i) for i in range(1000)])
    tile = source.tile(14, *mercantile.tile(103, 16, 14)[:2])
    assert tile.count(b"name number") == len(decode(tile)["points"]["features"]) < 5


def test_points_lie_where_they_should() -> None:
    source = point_source(pd.DataFrame({"n": [1]}))
    at = mercantile.tile(105, 21, 14)
    [feature] = decode(source.tile(14, at.x, at.y))["points"]["features"]
    west, south, east, north = mercantile.bounds(*at)
    x, y = feature["geometry"]["coordinates"]
    assert west + (x + 0.5) / 4096 * (east - west) == pytest.approx(105, abs=1e-5)
    assert north - (y + 0.5) / 4096 * (north - south) == pytest.approx(21, abs=1e-5)


def test_a_point_on_an_edge_is_drawn_by_both_tiles() -> None:
    west = mercantile.bounds(800, 450, 10)[0]
    source = TileSource(
        "points", TileGeometry([shapely.Point(west, 21.9)]), pd.DataFrame({"n": [1]}), ids=["a"]
    )
    row = mercantile.tile(west, 21.9, 10).y
    assert source.tile(10, 800, row)
    assert source.tile(10, 799, row)
    assert not source.tile(10, 798, row)


def test_codes_become_their_number_and_other_names_a_digest() -> None:
    assert feature_ids(["00004", "00007"]).tolist() == [4, 7]
    mixed = feature_ids(["4", "00004", "z-1"]).tolist()
    assert len(set(mixed)) == 3
    assert max(mixed) < 2**53
    assert feature_ids(["z-1"]).tolist() == [mixed[2]]


def test_requests_outside_the_pyramid_are_programming_errors() -> None:
    source = point_source(pd.DataFrame({"n": [1]}), min_zoom=2, max_zoom=5)
    for address in ((1, 0, 0), (6, 0, 0), (3, 8, 0), (3, 0, -1)):
        with pytest.raises(ValueError, match=r"zoom|world"):
            source.tile(*address)


def test_lengths_must_agree() -> None:
    with pytest.raises(ValueError, match="2 rows"):
        TileSource("x", TileGeometry([shapely.Point(1, 1)]), pd.DataFrame({"n": [1, 2]}), ids=["a"])


def test_mixed_kinds_are_refused() -> None:
    for other in (shapely.box(0, 0, 1, 1), shapely.LineString([(0, 0), (1, 1)])):
        with pytest.raises(ValueError, match="polygons or single points"):
            TileGeometry([shapely.Point(1, 1), other])


def test_tilejson_describes_the_layer() -> None:
    source = point_source(pd.DataFrame({"n": [1, 2], "name": ["a", "b"]}))
    document = tilejson(source, url="https://x/{z}/{x}/{y}.mvt?v=1", title="Points", attribution="geozone")
    assert document["tilejson"] == "3.0.0"
    assert document["bounds"] == [105.0, 21.0, 105.01, 21.0]
    assert document["vector_layers"] == [
        {
            "id": "points",
            "description": "",
            "fields": {"n": "Number", "name": "String"},
            "minzoom": 0,
            "maxzoom": 14,
        }
    ]
    assert document["tiles"] == ["https://x/{z}/{x}/{y}.mvt?v=1"]


def test_an_empty_layer_has_tiles_of_nothing_and_the_bounds_of_the_world() -> None:
    source = TileSource("none", TileGeometry([]), pd.DataFrame({"n": []}), ids=[])
    assert source.tile(0, 0, 0) == b""
    assert tilejson(source, url="x")["bounds"][0] == -180
