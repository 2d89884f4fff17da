"""Tables as bytes: any table comes back as it was, and the same table gives the same bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geozone.errors import DataError
from geozone.release.blobs import (
    attributes_blob,
    geometry_blob,
    join,
    read_attributes,
    read_boxes,
    read_geometry,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
DAYS = st.dates().map(pd.Timestamp)
COLUMNS: dict[str, tuple[st.SearchStrategy[Any], str]] = {
    "text": (TEXT, "str"),
    "whole": (st.integers(-(2**63), 2**63 - 1), "Int64"),
    "number": (st.floats(allow_nan=False), "float64"),
    "day": (DAYS, "datetime64[s]"),
    "flag": (st.booleans(), "boolean"),
}


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    length = draw(st.integers(0, 6))
    return pd.DataFrame(
        {
            name: pd.Series(draw(st.lists(st.none() | values, min_size=length, max_size=length)), dtype=kind)
            for name, (values, kind) in COLUMNS.items()
        }
    )


@settings(max_examples=60)
@given(table=tables())
def test_any_table_comes_back_as_it_was(table: pd.DataFrame) -> None:
    blob = attributes_blob(table)
    found = read_attributes(blob)
    pd.testing.assert_frame_equal(found, table)
    assert attributes_blob(found) == blob


def test_the_accident_of_a_dtype_does_not_change_the_bytes() -> None:
    plain = pd.DataFrame({"a": pd.Series(["x", None], dtype="str"), "n": pd.array([1, 2], dtype="Int64")})
    for other in (
        plain.astype({"a": object}),
        plain.astype({"a": "category"}),
        plain.astype({"n": "int64"}),
        plain.astype({"n": "int32"}),
        plain.astype({"n": object}),
        plain.set_axis([7, 8]),
    ):
        assert attributes_blob(other) == attributes_blob(plain)
    days = pd.DataFrame({"d": pd.to_datetime(["2021-07-01", None])})
    assert attributes_blob(days) == attributes_blob(days.astype("datetime64[ns]"))
    assert attributes_blob(pd.DataFrame({"z": [0.0]})) == attributes_blob(pd.DataFrame({"z": [-0.0]}))


@pytest.mark.parametrize(
    "values",
    [
        [{"a": 1}],
        [["a"]],
        [b"bytes"],
        ["a", 1],
        [pd.Timestamp("2021-07-01 12:00")],
        [pd.Timestamp("2021-07-01", tz="UTC")],
        [1 + 2j],
    ],
)
def test_values_that_would_not_come_back_are_refused(values: list[Any]) -> None:
    with pytest.raises(DataError, match="text, numbers, days or booleans"):
        attributes_blob(pd.DataFrame({"bad": pd.Series(values)}))


@st.composite
def polygons(draw: st.DrawFn) -> list[shapely.Geometry]:
    number = draw(st.integers(0, 5))
    made = []
    for _ in range(number):
        x, y = draw(st.floats(100, 110)), draw(st.floats(8, 24))
        size = draw(st.floats(1e-6, 1))
        shape = shapely.Point(x, y).buffer(size, quad_segs=draw(st.integers(1, 8)))
        made.append(shapely.MultiPolygon([shape]) if draw(st.booleans()) else shape)
    return made


@settings(max_examples=40)
@given(shapes=polygons())
def test_outlines_come_back_to_the_last_bit(shapes: list[shapely.Geometry]) -> None:
    keys = pd.Series([f"{i:05d}" for i in range(len(shapes))], dtype="str")
    table = gpd.GeoDataFrame({"code": keys}, geometry=shapes, crs="EPSG:4326")
    blob = geometry_blob(table, ("code",))
    found = join(read_attributes(attributes_blob(table)), read_geometry(blob))
    assert isinstance(found, gpd.GeoDataFrame)
    assert shapely.to_wkb(found.geometry.to_numpy()).tolist() == shapely.to_wkb(np.array(shapes)).tolist()
    assert geometry_blob(found, ("code",)) == blob
    assert found.crs is not None


@settings(max_examples=40)
@given(shapes=polygons())
def test_boxes_are_those_of_the_outlines(shapes: list[shapely.Geometry]) -> None:
    some = [*shapes, None, shapely.Polygon()]
    keys = pd.Series([f"{i:05d}" for i in range(len(some))], dtype="str")
    table = gpd.GeoDataFrame({"code": keys}, geometry=some, crs="EPSG:4326")
    expected = shapely.bounds(np.array(some, dtype=object))
    np.testing.assert_array_equal(read_boxes(geometry_blob(table, ("code",))), expected)


def test_other_programs_filter_by_the_boxes(tmp_path: Path) -> None:
    squares = [shapely.box(x, 20, x + 0.5, 20.5) for x in range(100, 110)]
    table = gpd.GeoDataFrame({"code": [str(i) for i in range(10)]}, geometry=squares, crs="EPSG:4326")
    path = tmp_path / "outlines.parquet"
    path.write_bytes(geometry_blob(table, ("code",)))
    found = gpd.read_parquet(path, bbox=(102.4, 20.1, 103.1, 20.2))
    assert found["code"].tolist() == ["2", "3"]


def test_a_blob_written_before_boxes_were_kept_is_read_all_the_same() -> None:
    squares = np.array([shapely.box(0, 0, 1, 2), None], dtype=object)
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"geometry": pa.array(shapely.to_wkb(squares), type=pa.binary())}), sink)
    found = read_boxes(sink.getvalue().to_pybytes())
    np.testing.assert_array_equal(found, [[0, 0, 1, 2], [np.nan] * 4])
