"""Parquet and GeoJSON."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geozone.errors import DataError
from geozone.tables import read_table


def collection(*features: dict[str, object], **extra: object) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features), **extra})


def feature(geometry: object, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def test_geojson_points(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    text = collection(feature({"type": "Point", "coordinates": [105.8, 21.0]}, Xã="A"), feature(None, Xã="B"))
    path.write_text("\ufeff" + text, "utf-8")
    table = read_table(path)
    assert table.format == "geojson"
    assert table.frame["Xã"].tolist() == ["A", "B"]
    assert table.first_row == 1
    assert table.geometry is not None
    assert table.geometry[0].equals(shapely.Point(105.8, 21.0))
    assert table.geometry[1] is None


def test_geojson_ids_and_broken_geometry(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(collection({**feature({"type": "Point", "coordinates": ["a"]}, n=1), "id": "BN1"}))
    table = read_table(path)
    assert table.frame["id"].tolist() == ["BN1"]
    assert table.geometry is not None
    assert table.geometry[0].is_empty


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"type": "FeatureCollection", "features": [', "not JSON"),
        ('{"type": "Topology", "objects": {}}', "type 'Topology'"),
        ('{"type": "FeatureCollection", "features": [1]}', "not objects"),
        (
            collection(crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3405"}}),
            "EPSG::3405",
        ),
    ],
)
def test_geojson_that_cannot_be_used(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        read_table(path)


def test_parquet_and_geoparquet(tmp_path: Path) -> None:
    frame = pd.DataFrame({"Xã": ["A", None], "Ngày": pd.to_datetime(["2021-07-01", None]), "n": [1, 2]})
    frame.to_parquet(tmp_path / "a.parquet")
    table = read_table(tmp_path / "a.parquet")
    pd.testing.assert_frame_equal(table.frame, frame, check_dtype=False)
    points = gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy([105.8, 105.9], [21.0, 21.1]), crs=4326)
    points.to_parquet(tmp_path / "b.parquet")
    located = read_table(tmp_path / "b.parquet")
    assert list(located.frame.columns) == ["Xã", "Ngày", "n"]
    assert located.geometry is not None
    assert shapely.get_x(located.geometry).tolist() == [105.8, 105.9]
    points.to_crs(32648).to_parquet(tmp_path / "c.parquet")
    with pytest.raises(DataError, match="32648"):
        read_table(tmp_path / "c.parquet")


def test_damaged_parquet(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1" + b"\x00" * 50)
    with pytest.raises(DataError, match="damaged"):
        read_table(tmp_path / "a.parquet")
