"""Files of blocks and roads, as people have them: read, mended, or refused with the reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from geozone.errors import DataError
from geozone.zoning.blocks import read_blocks, read_roads
from geozone.zoning.blocks.kinds import KINDS, kind_of

BOUNDS = (102.0, 8.0, 110.0, 24.0)


def write(path: Path, *features: tuple[dict[str, Any], shapely.Geometry | None]) -> Path:
    """Write GeoJSON features of the given properties and shapes."""
    rows = [
        {
            "type": "Feature",
            "properties": properties,
            "geometry": None if shape is None else json.loads(shapely.to_geojson(shape)),
        }
        for properties, shape in features
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": rows}), encoding="utf-8")
    return path


def box(x: float, y: float = 21.0) -> shapely.Polygon:
    return shapely.box(x, y, x + 0.01, y + 0.01)


BOW = shapely.Polygon([(105.8, 21), (105.82, 21.02), (105.82, 21), (105.8, 21.02)])
LINE = shapely.LineString([(105.8, 21.0), (105.81, 21.01)])


def test_hamlets_with_vietnamese_headers(tmp_path: Path) -> None:
    path = write(
        tmp_path / "thon.geojson",
        ({"Mã thôn": "T1", "Tên thôn": "Thôn Đông", "Số nhân khẩu": "1.250", "Số hộ": 310}, box(105.8)),
        ({"Mã thôn": "T2", "Tên thôn": None, "Số nhân khẩu": "chưa rõ", "Số hộ": None}, box(105.81)),
    )
    read = read_blocks(path, licence="CC BY 4.0", bounds=BOUNDS)
    assert read.table["block_code"].tolist() == ["T1", "T2"]
    assert read.table["name"].tolist() == ["Thôn Đông", "T2"]
    assert read.table["residents"].tolist()[0] == 1250
    assert read.table["residents"].isna().tolist() == [False, True]
    assert read.table["households"].tolist()[0] == 310
    [fault] = read.faults
    assert (fault.row, fault.column) == (2, "Số nhân khẩu")
    assert "a number of 0 or more" in fault.expected
    assert read.source.licence == "CC BY 4.0"
    assert len(read.source.sha256) == 64
    assert read.topology.coverage_valid


def test_faults_of_polygons_name_row_and_column(tmp_path: Path) -> None:
    path = write(
        tmp_path / "blocks.geojson",
        ({"code": "a"}, BOW),
        ({"code": "b"}, shapely.Point(105.8, 21)),
        ({"code": "c"}, None),
        ({"code": "d"}, shapely.box(105.815, 21.0, 105.83, 21.02)),
    )
    read = read_blocks(path)
    assert read.table["block_code"].tolist() == ["a", "d"]
    assert read.repaired == ("a",)
    assert read.table.geometry.is_valid.all()
    assert [(fault.row, fault.found) for fault in read.faults] == [
        (1, "self-intersection"),
        (2, "a Point"),
        (3, "no geometry"),
    ]
    [overlap] = read.topology.overlaps
    assert {overlap.code, overlap.other_code} == {"a", "d"}


def test_a_code_given_twice_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "b.geojson", ({"code": "x1"}, box(105.8)), ({"code": "x1"}, box(105.9)))
    with pytest.raises(DataError, match=r"row 2, column 'code': found 'x1', expected each only once \(row 1"):
        read_blocks(path)


def test_polygons_without_codes_get_one_from_their_place(tmp_path: Path) -> None:
    one = read_blocks(write(tmp_path / "a.geojson", ({}, box(105.8)), ({}, box(105.9))))
    other = read_blocks(write(tmp_path / "b.geojson", ({}, box(105.9)), ({}, box(105.8))))
    assert set(one.table["block_code"]) == set(other.table["block_code"])
    assert one.table["block_code"].is_unique


@pytest.mark.parametrize("read", [read_blocks, read_roads])
def test_swapped_coordinates_and_empty_files_are_refused(tmp_path: Path, read: Any) -> None:
    shape = box(21.0, 105.8) if read is read_blocks else shapely.LineString([(21, 105.8), (21.1, 105.9)])
    with pytest.raises(DataError, match="swapped"):
        read(write(tmp_path / "s.geojson", ({}, shape)), bounds=BOUNDS)
    with pytest.raises(DataError, match=r"found no (rows|geometry)"):
        read(write(tmp_path / "e.geojson", ({"code": "a"}, None)))
    with pytest.raises(DataError, match="no such file"):
        read(tmp_path / "missing.geojson")


def test_roads_from_openstreetmap_tags(tmp_path: Path) -> None:
    water = shapely.box(105.7, 21.0, 105.72, 21.02)
    path = write(
        tmp_path / "osm.geojson",
        ({"osm_id": 1, "highway": "primary", "name": "Đường Láng"}, LINE),
        ({"osm_id": 1, "highway": "primary", "name": "Đường Láng"}, LINE),
        ({"osm_id": 2, "railway": "rail"}, LINE),
        ({"osm_id": 3, "waterway": "river", "name": "Sông Tô Lịch"}, LINE),
        ({"osm_id": 4, "waterway": "riverbank"}, water),
        ({"osm_id": 5, "highway": "street_lamp"}, LINE),
        ({"osm_id": 6, "highway": "footway", "footway": "sidewalk"}, LINE),
        ({"osm_id": 7, "highway": "service"}, shapely.Point(105.8, 21)),
    )
    read = read_roads(path, bounds=BOUNDS)
    assert read.table["road_id"].tolist() == ["1", "1.2", "2", "3", "4"]
    assert read.table["kind"].tolist() == ["primary", "primary", "railway", "river", "river"]
    assert read.table["passable"].tolist() == [True, True, False, False, False]
    assert read.table["name"].isna().tolist() == [False, False, True, False, True]
    assert read.table.geometry.iloc[4].length == pytest.approx(0.08)
    assert [(fault.row, fault.column) for fault in read.faults] == [
        (6, "highway"),
        (7, "highway"),
        (8, "geometry"),
    ]


def test_roads_with_vietnamese_headers_in_another_reference_system(tmp_path: Path) -> None:
    table = gpd.GeoDataFrame(
        {"Tên đường": ["Quốc lộ 1A", "Ngõ 12"], "Loại đường": ["Quốc lộ", "Ngõ"]},
        geometry=[LINE, shapely.LineString([(105.8, 21.01), (105.81, 21.0)])],
        crs="EPSG:4326",
    ).to_crs("EPSG:32648")
    table.to_file(tmp_path / "duong.gpkg")
    read = read_roads(tmp_path / "duong.gpkg", bounds=BOUNDS)
    assert read.table["kind"].tolist() == ["trunk", "alley"]
    assert read.table["name"].tolist() == ["Quốc lộ 1A", "Ngõ 12"]
    assert shapely.get_coordinates(read.table.geometry.iloc[0])[0] == pytest.approx([105.8, 21.0], abs=1e-7)


def test_lines_without_a_kind_are_streets_unless_told(tmp_path: Path) -> None:
    path = write(tmp_path / "r.geojson", ({"name": "A"}, LINE))
    assert read_roads(path).table["kind"].tolist() == ["street"]
    assert read_roads(path, kind="river").table["passable"].tolist() == [False]
    with pytest.raises(DataError, match="expected one of motorway, trunk"):
        read_roads(path, kind="road")


def test_kinds_in_words() -> None:
    words = [
        "Quốc lộ 5",
        "QL 1A",
        "Hẻm",
        "living_street",
        "trunk_link",
        "Sông Hồng",
        "Đường sắt Thống Nhất",
        "xyz",
    ]
    found = [kind_of(word) for word in words]
    assert found == ["trunk", "trunk", "alley", "street", "trunk", "river", "railway", None]
    assert list(KINDS).index("motorway") < list(KINDS).index("alley") < list(KINDS).index("river")
