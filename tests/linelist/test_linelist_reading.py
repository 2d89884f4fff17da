"""Read line lists: headers, values, faults, contracts."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geozone.errors import DataError
from geozone.linelist import LineList, read_line_list
from geozone.linelist.fields import FIELDS
from geozone.linelist.values import (
    read_age,
    read_case_class,
    read_contact_degree,
    read_count,
    read_origin,
    read_sex,
    read_source_known,
)
from geozone.schema import CASE_PLACES, CASES
from geozone.tables import map_columns


def write(path: Path, rows: list[list[object]], **options: object) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def check(line_list: LineList) -> LineList:
    """Hold what holds for every line list."""
    CASES.validate(line_list.cases)
    CASE_PLACES.validate(line_list.places)
    counts = line_list.counts()
    assert counts["rows_read"] == len(line_list.cases) + len(line_list.rejects) + line_list.rows_without_cases
    homes = line_list.places[line_list.places["role"] == "home"]
    assert homes["case_id"].tolist() == line_list.cases["case_id"].tolist()
    assert set(line_list.persons["case_id"]) <= set(line_list.cases["case_id"])
    assert line_list.summary()
    return line_list


HEADERS = {
    "case_id": ["Mã BN", "Mã số bệnh nhân", "MSBN", "Case ID", "Patient No", "Mã ca bệnh"],
    "person_name": ["Họ và tên", "Họ tên", "HO VA TEN", "Full name", "Họ tên bệnh nhân"],
    "phone": ["SĐT", "Số điện thoại", "Điện thoại liên hệ", "Phone number", "SĐT BN"],
    "age": ["Tuổi", "tuoi", "Age", "Age (years)"],
    "birth": ["Năm sinh", "Ngày tháng năm sinh", "Ngày sinh", "DOB", "Year of birth", "Ngày/năm sinh"],
    "sex": ["Giới tính", "Giới", "GT", "Sex", "Gender", "Nam/Nữ"],
    "address": [
        "Địa chỉ",
        "Địa chỉ nơi ở",
        "Nơi ở hiện tại",
        "Nơi ở",
        "Địa chỉ hiện nay",
        "Address",
        "Thường trú",
    ],
    "house": ["Số nhà", "House number"],
    "street": ["Đường", "Đường/phố", "Street"],
    "hamlet": ["Thôn/TDP", "Thôn", "Tổ dân phố", "Thôn/Xóm/Ấp", "Khu phố", "Tổ/Thôn"],
    "commune": [
        "Xã/Phường",
        "Phường/Xã",
        "Xã",
        "Xã/Phường/Thị trấn",
        "commune",
        "Ward",
        "Xã, phường (nơi ở)",
    ],
    "district": ["Quận/Huyện", "Huyện", "Quận/Huyện/TX/TP", "district", "Quận, huyện"],
    "province": ["Tỉnh/TP", "Tỉnh", "Tỉnh/Thành phố", "Tỉnh thành", "province", "TP/Tỉnh"],
    "report_date": ["Ngày báo cáo", "Ngày công bố", "date", "Ngày", "Report date", "Ngày ghi nhận"],
    "positive_date": [
        "Ngày (XN) dương tính",
        "Ngày dương tính",
        "Ngày có kết quả dương tính",
        "Ngày KQ XN dương tính",
    ],
    "sample_date": ["Ngày lấy mẫu", "Ngày lấy mẫu xét nghiệm", "Sample date", "Specimen collection date"],
    "onset_date": ["Ngày khởi phát", "Ngày phát bệnh", "Onset date", "Date of onset", "Ngày có triệu chứng"],
    "count": ["Số ca", "Số ca mắc", "new_cases", "Số ca mắc mới", "cases", "Số lượng"],
    "lon": ["Kinh độ", "lon", "lng", "Longitude"],
    "lat": ["Vĩ độ", "lat", "Latitude"],
    "point": ["Tọa độ", "Toạ độ GPS", "Coordinates"],
    "work_address": ["Nơi làm việc", "Cơ quan", "Công ty", "Địa chỉ nơi làm việc", "Workplace"],
    "exposure_address": ["Nơi phơi nhiễm", "Địa điểm liên quan", "Place of exposure"],
    "case_class": ["Phân loại ca bệnh", "Case classification", "Kết quả", "Kết quả XN"],
    "contact_degree": ["F0/F1", "Đối tượng", "Contact degree"],
    "origin": ["Origin", "Nguồn gốc"],
    "source_known": ["Nguồn lây", "Nguồn lây nhiễm", "Source of infection"],
    "disease": ["Bệnh", "Disease"],
}


@pytest.mark.parametrize(
    ("field", "header"), [(f, header) for f, headers in HEADERS.items() for header in headers]
)
def test_headers_are_known(field: str, header: str) -> None:
    assert map_columns([header], FIELDS, name="f").columns == {field: header}
    assert map_columns([header.upper()], FIELDS, name="f").columns == {field: header.upper()}
    assert map_columns([f"1. {header}"], FIELDS, name="f").columns == {field: f"1. {header}"}


@pytest.mark.parametrize(
    "header", ["STT", "Ghi chú", "Ngày nhập viện", "Ngày ra viện", "Nghề nghiệp", "Dân tộc", "Ngày cách ly"]
)
def test_headers_that_are_left_alone(header: str) -> None:
    assert map_columns([header], FIELDS, name="f").columns == {}


def test_individual_cases_with_places_and_persons(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.csv",
        [
            ["STT", "Mã BN", "Họ và tên", "Năm sinh", "Giới tính", "SĐT", "Địa chỉ", "Xã/Phường", "Quận/Huyện",
             "Tỉnh", "Nơi làm việc", "Nơi phơi nhiễm", "Ngày khởi phát", "Ngày dương tính", "Phân loại", "F0/F1",
             "Nguồn lây", "Kinh độ", "Vĩ độ"],
            [1, "BN1", "Trần Thị Mẫu", 1985, "nữ", "0900000001", "Số 5 ngõ 3", "P. Đồng Kỵ", "TP Từ Sơn",
             "Bắc Ninh", "Công ty Ví Dụ, KCN Quế Võ", "chợ Giả Định", "30/6/2021", "1/7/2021", "Dương tính", "F0",
             "F1 của BN0", "105,95", "21,12"],
            [2, "BN2", "", "", "Nam", "", "", "", "", "", "", "", "", "2/7/2021", "nghi ngờ", "F1", "chưa rõ", "", ""],
        ],
    )  # fmt: skip
    line_list = check(read_line_list(path))
    first, second = line_list.cases.to_dict("records")
    assert first["report_date"] == pd.Timestamp("2021-07-01")
    assert first["onset_date"] == pd.Timestamp("2021-06-30")
    assert (first["age"], first["sex"], first["source_known"]) == (36.0, "female", True)
    assert (second["case_class"], second["contact_degree"], second["source_known"]) == (
        "suspected",
        "F1",
        False,
    )
    assert second["disease"] == "covid-19"
    places = line_list.places
    assert places["role"].tolist() == ["home", "work", "exposure", "home"]
    assert places["address"].iloc[0] == "Số 5 ngõ 3, P. Đồng Kỵ, TP Từ Sơn, Bắc Ninh"
    assert (places["lon"].iloc[0], places["lat"].iloc[0]) == (105.95, 21.12)
    assert places["lon"].iloc[1:].isna().all()
    assert pd.isna(places["address"].iloc[3])
    assert line_list.persons.to_numpy().tolist() == [["BN1", "Trần Thị Mẫu", "0900000001"]]
    assert line_list.unmapped == ("STT",)
    assert line_list.counts()["without_address"] == 1


def test_aggregated_rows_and_zero(tmp_path: Path) -> None:
    rows = [["Xã", "Huyện", "Tỉnh", "Ngày", "Số ca"]]
    rows += [
        ["1", "3", "TP. Hồ Chí Minh", "1/7/2021", count]
        for count in ("2", "0", "1.250", "-1", "x", "2,5", "")
    ]
    line_list = check(read_line_list(write(tmp_path / "a.csv", rows)))
    assert line_list.cases["count"].tolist() == [2, 1250]
    assert line_list.rows_without_cases == 1
    assert [fault.row for fault in line_list.faults] == [5, 6, 7, 8]
    assert line_list.places["address"].iloc[0] == "Phường 1, Quận 3, TP. Hồ Chí Minh"
    assert line_list.cases["case_id"].is_unique


def test_the_day_that_counts_is_the_first_given(tmp_path: Path) -> None:
    rows = [["Xã", "Ngày báo cáo", "Ngày dương tính", "Ngày lấy mẫu"]]
    rows += [
        ["A", "3/7/2021", "2/7/2021", "1/7/2021"],
        ["A", "", "2/7/2021", "1/7/2021"],
        ["A", "", "", "1/7/2021"],
    ]
    rows += [["A", "", "", ""], ["A", "31/6/2021", "2/7/2021", ""]]
    line_list = check(read_line_list(write(tmp_path / "a.csv", rows)))
    assert line_list.cases["report_date"].dt.day.tolist() == [3, 2, 1]
    assert [(fault.row, fault.found) for fault in line_list.faults] == [(5, "nothing"), (6, "'31/6/2021'")]


def test_every_fault_of_a_row_is_told_at_once(tmp_path: Path) -> None:
    rows = [["Mã BN", "Ngày", "Tuổi", "Phân loại", "F0/F1", "Kinh độ", "Vĩ độ", "Xã"]]
    rows += [["BN1", "31/2/2021", "abc", "âm tính", "F7", "21.12", "105.95", "A"]]
    rows += [["BN1", "1/7/2021", "30", "", "", "", "", "A"], ["BN2", "1/7/2021", "abc", "", "", "", "", "A"]]
    line_list = check(read_line_list(write(tmp_path / "a.csv", rows)))
    columns = {fault.column for fault in line_list.faults if fault.row == 2}
    assert columns == {"Ngày", "Tuổi", "Phân loại", "F0/F1", "Vĩ độ"}
    assert "row 2 has the same" in str(next(fault for fault in line_list.faults if fault.row == 3))
    assert line_list.cases["case_id"].tolist() == ["BN2"]
    assert [fault.row for fault in line_list.warnings] == [4]
    assert "left out, the row is kept" in line_list.warnings[0].expected
    assert line_list.rejects["_row"].tolist() == [2, 3]
    assert line_list.rejects["Ngày"].tolist() == ["31/2/2021", "1/7/2021"]


def test_month_first_is_reported_not_guessed(tmp_path: Path) -> None:
    rows = [["Xã", "Ngày"], ["A", "7/1/2021"], ["B", "7/25/2021"], ["C", "7/7/2021"]]
    path = write(tmp_path / "a.csv", rows)
    line_list = check(read_line_list(path))
    assert line_list.faults[0].row is None
    assert "day_first=False" in line_list.faults[0].expected
    assert line_list.cases["report_date"].dt.strftime("%d/%m").tolist() == ["07/07"]
    read = check(read_line_list(path, day_first=False))
    assert read.cases["report_date"].dt.day.tolist() == [1, 25, 7]


def test_missing_columns_name_what_is_there(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [["alpha", "beta"], ["1", "2"]])
    with pytest.raises(DataError) as caught:
        read_line_list(path)
    assert [fault.column for fault in caught.value.faults] == ["report_date", "address"]
    assert "'alpha', 'beta'" in str(caught.value)
    assert "columns={'report_date': ...}" in str(caught.value)
    given = write(tmp_path / "b.csv", [["alpha", "beta"], ["1/7/2021", "Xã A"]])
    line_list = check(read_line_list(given, columns={"report_date": "alpha", "address": "beta"}))
    assert line_list.places["address"].tolist() == ["Xã A"]


def test_two_date_columns_alike_are_reported(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [["Xã", "Ngày", "Date"], ["A", "1/7/2021", "2/7/2021"]])
    line_list = check(read_line_list(path))
    assert "'Ngày', 'Date'" in line_list.faults[0].found
    assert line_list.mapping["report_date"] == "Ngày"


def test_header_only_is_a_list_of_no_cases(tmp_path: Path) -> None:
    line_list = check(read_line_list(write(tmp_path / "a.csv", [["Xã", "Ngày"]])))
    assert line_list.rows_read == 0
    assert "no rows" in line_list.faults[0].found


def test_limits(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [["Xã", "Ngày"], *[["A", "1/7/2021"]] * 5])
    with pytest.raises(DataError, match="5 rows, expected 4 rows or less"):
        read_line_list(path, max_rows=4)
    assert len(read_line_list(path, latest=dt.date(2021, 6, 1)).rejects) == 5


def test_nobody_is_named_in_a_message(tmp_path: Path) -> None:
    rows = [["Họ và tên", "SĐT", "Xã", "Ngày", "Tuổi"], ["x", "y", "A", "Trần Thị Mẫu", "0900000001"]]
    rows += [["Trần Thị Mẫu", "0900 000 001", "A", "1/7/2021", "3", "0900000001"], ["Lê Văn Ví Dụ"]]
    rows += [["Trần Thị Mẫu\x00", "0900000001", "A", "1/7/2021", "3"]]
    line_list = check(read_line_list(write(tmp_path / "a.csv", rows)))
    text = " ".join(map(str, line_list.faults)) + line_list.summary() + " ".join(line_list.rejects["_faults"])
    assert len(line_list.rejects) == 4
    for secret in ("Trần", "Mẫu", "Ví Dụ", "0900"):
        assert secret not in text


def test_a_workbook_with_titles_dates_and_serials(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    page = workbook.active
    for row in (
        ["TRUNG TÂM KIỂM SOÁT BỆNH TẬT", None, None, None],
        ["DANH SÁCH CA BỆNH"],
        ["STT", "Mã số BN", "Xã/Phường", "Ngày dương tính"],
        [1, 1001, "Xã Phù Khê", dt.date(2021, 7, 1)],
        [2, 1002, "Xã Phù Khê", 44379],
        [3, 1003, "Xã Phù Khê", "3/7/2021"],
        [4, 1004, "Xã Phù Khê", "hôm nay"],
    ):
        page.append(row)
    page.merge_cells("A2:D2")
    workbook.save(tmp_path / "a.xlsx")
    line_list = check(read_line_list(tmp_path / "a.xlsx"))
    assert line_list.cases["case_id"].tolist() == ["1001", "1002", "1003"]
    assert line_list.cases["report_date"].dt.day.tolist() == [1, 2, 3]
    assert line_list.faults[0].row == 7


def test_geojson_points_and_other_shapes(tmp_path: Path) -> None:
    features = [
        {"type": "Feature", "id": "BN1", "properties": {"date": "2021-07-01"}, "geometry": geometry}
        for geometry in (
            {"type": "Point", "coordinates": [105.9, 21.1]},
            None,
            {"type": "LineString", "coordinates": [[105, 21], [106, 21]]},
        )
    ]
    for number, feature in enumerate(features):
        feature["id"] = f"BN{number}"
    (tmp_path / "a.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    line_list = check(read_line_list(tmp_path / "a.geojson"))
    assert line_list.cases["case_id"].tolist() == ["BN0", "BN1"]
    assert line_list.places["lon"].tolist()[0] == 105.9
    assert [fault.row for fault in line_list.faults if fault.row] == [3, 3]


def test_columns_of_age_by_sex(tmp_path: Path) -> None:
    rows = [
        ["Xã", "Ngày", "Nam", "Nữ"],
        ["A", "1/7/2021", "35", ""],
        ["A", "1/7/2021", "", "1991"],
        ["A", "1/7/2021", "x", ""],
    ]
    cases = check(read_line_list(write(tmp_path / "a.csv", rows))).cases
    assert cases["sex"].tolist() == ["male", "female", "male"]
    assert cases["age"].fillna(-1).tolist() == [35.0, 30.0, -1.0]


@pytest.mark.parametrize(
    ("reader", "cells"),
    [
        (read_count, {"3": 3, "3.0": 3, "1.250": 1250, "1 250": 1250, "+4": 4, "0": 0, "-1": None, "2,5": None}),
        (read_age, {"35": 35, "35 tuổi": 35, "35t": 35, "8 tháng": 8 / 12, "1985": 1985, "131": None, "abc": None,
                    "20-29": 24.5, "0,5": 0.5, "Nguyễn": None}),
        (read_sex, {"Nam": "male", "NỮ": "female", "nu": "female", "F": "female", "khác": "other", "không rõ": None}),
        (read_case_class, {"Dương tính": "confirmed", "(+)": "confirmed", "nghi ngờ": "suspected", "F0": "confirmed",
                           "Probable": "probable", "test nhanh (+)": "probable", "Âm tính": None, "??": None}),
        (read_contact_degree, {"F0": "F0", "f 1": "F1", "F1 chuyển F0": "F0", "F2": "F2", "F3": None, "xyz": None}),
        (read_origin, {"Nhập cảnh": "imported", "cộng đồng": "local", "chưa rõ": "unknown", "imported": "imported",
                       "trong khu phong tỏa": "local", "abc": None}),
        (read_source_known, {"chưa rõ": False, "không": False, "F1 của BN12": True, "đang điều tra": False}),
    ],
)  # fmt: skip
def test_values(reader: object, cells: dict[str, object]) -> None:
    assert {cell: reader(cell)[0] for cell in cells} == cells  # type: ignore[operator]


@given(st.text(max_size=20))
def test_no_text_stops_a_value_reader(text: str) -> None:
    for reader in (read_count, read_age, read_sex, read_case_class, read_contact_degree, read_origin):
        value, expected = reader(text)
        assert value is None or expected == ""


# A file that is mostly control characters is refused as no text.
CELL = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)


@settings(max_examples=20)
@given(st.lists(st.tuples(*[CELL] * 4), max_size=12))
def test_no_content_breaks_the_invariants(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]
) -> None:
    path = tmp_path_factory.mktemp("any") / "a.csv"
    content = [
        ["Mã BN", "Xã", "Ngày", "Tọa độ"],
        ["BN 0", "an ordinary commune name", "1/7/2021", "21.1, 105.9"],
    ]
    write(
        path,
        [
            *content,
            *[list(row) for row in rows],
        ],
    )
    check(read_line_list(path))


@pytest.mark.real_data
def test_the_real_epidemic_needs_no_option(real_data: Path) -> None:
    line_list = check(read_line_list(real_data / "covid_cases_commune_daily_2021.csv"))
    assert line_list.mapping == {
        "province": "province",
        "district": "district",
        "commune": "commune",
        "count": "new_cases",
        "report_date": "date",
    }
    assert line_list.rows_read == len(line_list.cases) == 7230
    assert line_list.cases["count"].sum() == 27_035
    assert not line_list.faults
    again = read_line_list(real_data / "covid_cases_commune_daily_2021.csv")
    assert again.cases["case_id"].tolist() == line_list.cases["case_id"].tolist()
