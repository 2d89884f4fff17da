"""Dates, coordinates, headers and what a message may show."""

from __future__ import annotations

import datetime as dt
import unicodedata

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geozone.errors import DataError
from geozone.tables import (
    clean_text,
    fold,
    fold_texts,
    has_control,
    map_columns,
    parse_date,
    parse_dates,
    read_points,
    shown,
    split_point,
)
from geozone.tables.headers import find_header, is_numbering, unique_headers

FIRST_OF_JULY = dt.date(2021, 7, 1)


@pytest.mark.parametrize(
    "cell",
    [
        "1/7/2021", "01/07/2021", "01-07-21", "1.7.2021", "1 / 7 / 2021", "2021-07-01", "2021/7/1",
        "2021.07.01",
        "2021-07-01T08:30:00", "2021-07-01 08:30", "1/7/2021 08:30", "08:30 1/7/2021", "8h30 1/7/2021",
        "7h ngày 1/7/2021", "ngày 1 tháng 7 năm 2021", "Ngày 1 tháng 7, 2021", "1 Jul 2021", "1-Jul-21",
        "July 1, 2021", "20210701", "01072021", "44378", "44378.0", "44378,75", 44378, 44378.5, 20210701,
        dt.date(2021, 7, 1), pd.Timestamp("2021-07-01 23:59"), "2021-06-30T17:00:00.000Z", "'1/7/2021",
        "  1/7/2021\u00a0", "Thứ năm, 1/7/2021", "2021-07-01T00:00:00+07:00",
    ],
)  # fmt: skip
def test_every_form_of_one_day(cell: object) -> None:
    assert parse_date(cell) == (FIRST_OF_JULY, "")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("31/2/2021", "month 2 of 2021 has 28 days"),
        ("29/2/2021", "month 2 of 2021 has 28 days"),
        ("31/11/2021", "month 11 of 2021 has 30 days"),
        ("7/25/2021", "month first"),
        ("1/7", "day first"),
        ("2021", "day first"),
        (2021, "day first"),
        ("40/40/2021", "day first"),
        ("1/7/20211", "day first"),
        ("hôm qua", "day first"),
        ("12345678901", "day first"),
        (True, "day first"),
        ("1/13/21/4", "day first"),
        ("²/7/2021", "day first"),
    ],
)
def test_days_that_are_not(cell: object, expected: str) -> None:
    date, wanted = parse_date(cell)
    assert date is None
    assert expected in wanted


@given(st.dates(dt.date(1900, 1, 1), dt.date(2099, 12, 31)))
def test_written_days_come_back(day: dt.date) -> None:
    forms = [f"{day.day}/{day.month}/{day.year}", day.isoformat(), f"{day:%d.%m.%Y}", f"{day:%Y%m%d}"]
    forms += [f"ngày {day.day} tháng {day.month} năm {day.year}", f"{day:%d%m%Y}"]
    assert [parse_date(form)[0] for form in forms] == [day] * len(forms)


@given(st.text(max_size=20))
def test_no_text_stops_the_date_reader(text: str) -> None:
    date, expected = parse_date(text)
    assert (date is None) == bool(expected)


@given(st.integers(20_000, 73_050))
def test_excel_serials_agree_with_pandas(serial: int) -> None:
    assert parse_date(serial)[0] == (pd.Timestamp("1899-12-30") + pd.Timedelta(days=serial)).date()


def test_bounds_of_what_is_believed() -> None:
    parsed = parse_dates(["1/1/1899", "1/7/2021", "2/7/2021", None], latest=FIRST_OF_JULY)
    assert parsed.dates.astype("datetime64[D]").tolist() == [None, FIRST_OF_JULY, None, None]
    assert "from 1900-01-01 to 2021-07-01" in parsed.expected[0]
    assert parsed.expected[1] is None
    assert parsed.expected[3] is None


def test_a_column_with_the_month_first_is_said_to_be_so() -> None:
    american = ["7/1/2021", "7/25/2021", "7/26/2021"]
    assert parse_dates(american).month_first
    read = parse_dates(american, day_first=False)
    assert not read.month_first
    assert read.dates.astype("datetime64[D]").tolist() == [dt.date(2021, 7, day) for day in (1, 25, 26)]
    typo = ["25/7/2021", "7/25/2021"]
    assert not parse_dates(typo).month_first
    assert parse_dates(["1/7/2021", "2/8/2021"]).month_first is False


def test_a_date_column_of_parquet() -> None:
    parsed = parse_dates(pd.Series(pd.to_datetime(["2021-07-01", None])))
    assert parsed.dates.astype("datetime64[D]").tolist() == [FIRST_OF_JULY, None]


def test_points() -> None:
    lon = pd.Series(
        ["105.85", "105,85", "105°51'0\"E", " 105.85 ", None, "21.03", "0", "587000", "abc", "190", "105.85"]
    )
    lat = pd.Series(
        ["21.03", "21,03", "21°01'48\"N", "21.03", None, "105.85", "0", "2327000", "21.03", "1", None]
    )
    points = read_points(lon, lat)
    np.testing.assert_allclose(points.lon[:4], 105.85)
    np.testing.assert_allclose(points.lat[:4], 21.03)
    assert np.isnan(points.lon[4:]).all()
    assert [points.lon_expected[4], points.lat_expected[4]] == [None, None]
    assert "swapped" in points.lat_expected[5]
    assert "Atlantic" in points.lon_expected[6]
    assert "metres" in points.lon_expected[7]
    assert "degrees" in points.lon_expected[8]
    assert "-180 to 180" in points.lon_expected[9]
    assert "beside" in points.lat_expected[10]


@pytest.mark.parametrize(
    "text",
    ["21.03, 105.85", "21.03,105.85", "21.03 105.85", "(21.03; 105.85)", "105.85, 21.03", "21,03; 105,85",
     "21°01'48\"N, 105°51'0\"E"],
)  # fmt: skip
def test_a_point_in_one_cell(text: str) -> None:
    point, expected = split_point(text)
    assert expected == ""
    assert point == pytest.approx((105.85, 21.03))


@given(st.text(max_size=25))
def test_no_text_stops_the_point_reader(text: str) -> None:
    point, expected = split_point(text)
    assert (point is None) == bool(expected)


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_numbers_come_back_as_points(lon: float, lat: float) -> None:
    points = read_points(pd.Series([repr(lon)]), pd.Series([repr(lat)]))
    if lon or lat:
        assert (points.lon[0], points.lat[0]) == (lon, lat)


VIETNAMESE = st.text(
    st.sampled_from(
        "aăâbcdđeêghiklmnoôơpqrstuưvxyÀÁẢÃẠẰẮẲẴẶẦẤẨẪẬĐÈÉẺẼẸỀẾỂỄỆÌÍỈĨỊ"
        "ÒÓỎÕỌỒỐỔỖỘỜỚỞỠỢÙÚỦŨỤỪỨỬỮỰỲÝỶỸỴ 0123456789-/.,()"
    )
)


@given(VIETNAMESE)
def test_folding_ignores_form_case_and_diacritics(text: str) -> None:
    once = fold(text)
    assert fold(once) == once
    assert fold(unicodedata.normalize("NFD", text)) == once == fold(text.upper())
    assert once.isascii()
    assert fold_texts(pd.Series([text], dtype="str")) == [once]


def test_clean_text() -> None:
    cells = pd.Series(
        ["  Số 5\r\nngõ  3 ,", "-", "n/a", "", None, "Hoa\u0300 Bình", "a\u00a0b", "x"], dtype="str"
    )
    cleaned = clean_text(cells)
    assert cleaned.fillna("∅").tolist() == ["Số 5, ngõ 3", "∅", "∅", "∅", "∅", "Hoà Bình", "a b", "x"]
    native = clean_text(pd.Series([35.0, 2.5, dt.date(2021, 7, 1), None, True], dtype=object))
    assert native.fillna("∅").tolist() == ["35", "2.5", "2021-07-01", "∅", "True"]


def test_control_characters_are_found() -> None:
    cells = pd.Series(["a\x00b", "line\nbreak", None, "tab\tx", "bell\x07", "đ"], dtype="str")
    assert has_control(cells).tolist() == [True, False, False, False, True, False]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("31/2/2021", "'31/2/2021'"),
        ("Nguyễn Văn Mẫu", "a text of 3 words"),
        ("0912345678", "a number of 10 digits"),
        ("0912 345 678", "a number of 10 digits"),
        ("105.951234", "'105.95…'"),
        ("21.123456, 105.951234", "'21.12…, 105.95…'"),
        (None, "nothing"),
        (float("nan"), "nothing"),
        ("x" * 60, "'" + "x" * 39 + "…'"),
        (dt.date(2150, 1, 1), "'2150-01-01'"),
    ],
)
def test_messages_give_nobody_away(cell: object, text: str) -> None:
    assert shown(cell) == text


def test_headers() -> None:
    assert unique_headers(["a", "a", "a (2)", None, " b\n c "])[0] == (
        "a",
        "a (3)",
        "a (2)",
        "column 4",
        "b c",
    )
    assert find_header([[None], ["x", 1], ["Xã", "Ngày"], ["A", 3]]) == 2
    assert find_header([["code"], ["00004"], ["00007"]]) == 0
    assert find_header([[None, ""], []]) == -1
    assert is_numbering(["(1)", "(2)", "(3)"])
    assert is_numbering(["A", "B", "1", "2", "3"])
    assert not is_numbering(["1", "A", "x"])
    assert not is_numbering([1, "1/7/2021", 3])


def test_mapping_prefers_the_best_header_and_reports_rivals() -> None:
    vocabulary = {"date": ("report date", "date|day"), "place": ("place",)}
    mapped = map_columns(["Day", "Report date", "X"], vocabulary, name="f")
    assert mapped.columns == {"date": "Report date"}
    assert mapped.unmapped == ("Day", "X")
    assert not mapped.faults
    rivals = map_columns(["Day", "Date"], vocabulary, name="f")
    assert rivals.columns == {"date": "Day"}
    assert "'Day', 'Date'" in str(rivals.faults[0])


def test_overrides() -> None:
    vocabulary = {"date": ("date",), "place": ("place",)}
    mapped = map_columns(["Date", "Ô"], vocabulary, overrides={"place": "ô", "date": ""}, name="f")
    assert mapped.columns == {"place": "Ô"}
    with pytest.raises(DataError) as caught:
        map_columns(["Date"], vocabulary, overrides={"plaice": "Date", "place": "Where"}, name="f")
    assert len(caught.value.faults) == 2
