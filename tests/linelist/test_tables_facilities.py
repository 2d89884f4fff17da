"""Facilities from tables and maps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from geozone.errors import DataError
from geozone.places import NO_NAME, read_facilities
from geozone.schema import FACILITIES


def test_vietnamese_headers_kinds_and_faults(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "Mã,Tên cơ sở,Loại hình,Vĩ độ,Kinh độ,Địa chỉ\n"
        "1,Trường Mẫu,Trường tiểu học,21.1,105.9,Số 1\n"
        "2,,Chợ,21.1,105.9,\n"
        "3,Bệnh viện,Bệnh viện tỉnh,105.9,21.1,\n"
        "4,Kho,Kho lạnh,,,\n"
        "1,Khác,Chợ,21.2,105.9,\n",
        "utf-8-sig",
    )
    read = read_facilities(path)
    FACILITIES.validate(read.table)
    assert read.table["name"].tolist() == ["Trường Mẫu", NO_NAME]
    assert read.table["kind"].tolist() == ["school", "market"]
    assert read.table["address"].fillna("").tolist() == ["Số 1", ""]
    assert [fault.row for fault in read.faults] == [3, 4, 5, 6]
    assert "swapped" in read.faults[1].expected
    assert read.rows_read == 5


def test_points_in_one_cell_and_a_kind_for_all(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('name,Toạ độ\nA,"21.1, 105.9"\nB,"x"\n', "utf-8")
    read = read_facilities(path, kind="port")
    assert read.table[["kind", "lon", "lat"]].to_numpy().tolist() == [["port", 105.9, 21.1]]
    assert read.faults[0].row == 3
    again = read_facilities(path, kind="port")
    assert again.table["facility_id"].tolist() == read.table["facility_id"].tolist()


def test_areas_become_points_inside(tmp_path: Path) -> None:
    ring = [[105.0, 21.0], [105.1, 21.0], [105.1, 21.1], [105.0, 21.1], [105.0, 21.0]]
    crossing = [[105.0, 21.0], [105.1, 21.1], [105.1, 21.0], [105.0, 21.1], [105.0, 21.0]]
    features = [
        {"type": "Feature", "properties": {"ten": str(number)}, "geometry": geometry}
        for number, geometry in enumerate(
            [
                {"type": "Polygon", "coordinates": [ring]},
                {"type": "Polygon", "coordinates": [crossing]},
                {"type": "Point", "coordinates": [105.2, 21.2]},
                None,
            ]
        )
    ]
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    read = read_facilities(path)
    assert read.table["name"].tolist() == ["0", "1", "2"]
    assert read.table["lon"].between(105.0, 105.2).all()
    assert [fault.row for fault in read.faults] == [4]


def test_missing_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("p,q\n1,2\n")
    with pytest.raises(DataError) as caught:
        read_facilities(path)
    assert len(caught.value.faults) == 2


@pytest.mark.real_data
def test_real_sites(real_data: Path) -> None:
    sites = read_facilities(real_data / "hanoi_vaccination_points_74.csv", kind="vaccination-site")
    assert (len(sites.table), sites.faults) == (74, ())
    berths = read_facilities(real_data / "haiphong_port_berths_122.geojson", kind="port")
    assert len(berths.table) == 122
    assert {fault.found for fault in berths.faults} == {"nothing"}
    FACILITIES.validate(berths.table)
