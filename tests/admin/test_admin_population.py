"""Reading population and doses."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geozone.admin import read_doses, read_population
from geozone.admin.ages import AgeBand, read_age_band
from geozone.admin.codes import as_code
from geozone.admin.doses import read_dose_number
from geozone.admin.figures import read_day, read_number
from geozone.errors import DataError
from geozone.schema import DOSES, POPULATION


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def everybody(table):
    return table[(table["age_from"] == 0) & table["age_to"].isna()].set_index("code")["population"]


def test_vietnamese_headers_thousands_and_codes_that_lost_their_zeros(grid, tmp_path):
    file = write(tmp_path / "dan_so.csv", "Mã xã;Tên xã;Dân số\n1;Ba Đình;65.023\n2;Ngọc Hà;93 536\n3;;\n")
    result = read_population(file, units=grid)
    assert everybody(result.table).to_dict() == pytest.approx(
        {"00001": 65023, "00002": 93536, "00003": float("nan")}, nan_ok=True
    )
    assert list(result.table["population_flag"]) == ["ok", "ok", "missing"]
    assert result.faults == ()
    assert result.source.kind == "population"
    assert result.source.name == "dan_so.csv"
    assert result.rows_read == 3


def test_the_figure_of_the_edition_s_first_day_is_preferred(grid, tmp_path):
    header = "code,pop2019,population_2026_03,population_2025_07\n"
    result = read_population(write(tmp_path / "p.csv", header + "00001,1,2,3\n"), units=grid)
    assert everybody(result.table)["00001"] == 3
    named = read_population(tmp_path / "p.csv", units=grid, columns={"population": "pop2019"})
    assert everybody(named.table)["00001"] == 1


def test_wide_age_bands_add_up_to_everybody_only_if_they_cover_every_age(grid, tmp_path):
    full = write(tmp_path / "wide.csv", "code,0-17,18-64,65+\n00001,100,200,50\n00002,1,,3\n")
    result = read_population(full, units=grid)
    bands = result.table[result.table["code"] == "00001"]
    assert [
        (a, None if pd.isna(b) else b, p)
        for a, b, p in bands[["age_from", "age_to", "population"]].to_numpy()
    ] == [
        (0, None, 350),
        (0, 18, 100),
        (18, 65, 200),
        (65, None, 50),
    ]
    second = result.table[result.table["code"] == "00002"]
    assert list(second["population_flag"]) == ["ok", "missing", "ok"]
    part = read_population(write(tmp_path / "adults.csv", "code,pop_18_plus\n00001,900\n"), units=grid)
    assert part.table[["age_from", "population"]].to_numpy().tolist() == [[18, 900]]


def test_long_age_bands_with_a_total(grid, tmp_path):
    file = write(
        tmp_path / "long.csv",
        "mã xã,nhóm tuổi,dân số\n00001,Tổng số,1000\n"
        "00001,từ 18 tuổi trở lên,700\n00001,12-17,90\n00001,lớn,1\n",
    )
    result = read_population(file, units=grid)
    assert result.table[["age_from", "population"]].to_numpy().tolist() == [[0, 1000], [12, 90], [18, 700]]
    assert result.table["age_to"].tolist()[1] == 18
    assert [(fault.row, fault.column) for fault in result.faults] == [(5, "nhóm tuổi")]
    half_open = write(tmp_path / "h.csv", "code,age_from,age_to,population\n1,18,50,9\n1,50,,8\n1,9,5,1\n")
    result = read_population(half_open, units=grid)
    assert result.table["age_to"].tolist() == [50, pd.NA]
    assert result.faults[0].row == 4


def test_bad_rows_are_named_and_good_rows_kept(grid, tmp_path):
    file = write(
        tmp_path / "bad.csv",
        "code,population\n00001,10\n99999,20\n,30\n00002,-5\n00003,nhiều\n00001,11\n00004,40\n",
    )
    result = read_population(file, units=grid)
    assert everybody(result.table).dropna().to_dict() == {"00001": 10, "00004": 40}
    assert set(result.table.loc[result.table["population"].isna(), "code"]) == {"00002", "00003"}
    assert [fault.row for fault in result.faults] == [3, 4, 5, 6, 7]
    assert result.faults[0].found == "'99999'"
    POPULATION.validate(result.table)


def test_flags_are_carried_with_their_numbers(grid, tmp_path):
    file = write(
        tmp_path / "flags.csv",
        "code,population,population_flag\n1,10,ok\n2,20,check\n3,,missing\n4,65,unit-error?\n5,5,perhaps\n",
    )
    result = read_population(file, units=grid)
    assert list(result.table["population_flag"]) == ["ok", "check", "missing", "unit-error", "check"]
    assert result.table["population"].iloc[3] == 65
    assert [fault.row for fault in result.faults] == [6]
    synthetic = read_population(
        write(tmp_path / "s.csv", "code,dân số,synthetic\n1,10,True\n2,5,0\n"), units=grid
    )
    assert list(synthetic.table["population_flag"]) == ["synthetic", "ok"]


def test_communes_found_by_name_and_province(grid, tmp_path):
    file = write(
        tmp_path / "n.csv", "Tỉnh,Xã,Dân số\nHà Nội,PHƯỜNG BA ĐÌNH,5\nCao Bằng,Ba Đình,6\nCao Bằng,Tây Hồ,7\n"
    )
    result = read_population(file, units=grid)
    assert everybody(result.table).to_dict() == {"00001": 5, "00008": 7}
    assert result.faults[0].row == 3


def test_a_name_that_two_communes_bear_is_a_fault(grid, tmp_path):
    communes = grid.communes.copy()
    communes.loc[8, ["name", "full_name"]] = ["Ba Đình", "Phường Ba Đình"]
    twins = type(grid)(grid.edition, communes, grid.sources)
    result = read_population(write(tmp_path / "t.csv", "tên xã,dân số\nBa Đình,5\n"), units=twins)
    assert result.table.empty
    assert "2 have this name" in result.faults[0].expected
    POPULATION.validate(result.table)


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "code,name\n00001,Ba Đình\n", "population\n5\n"])
def test_a_file_without_the_columns_is_refused_with_its_headers(grid, tmp_path, text):
    with pytest.raises(DataError, match="column"):
        read_population(write(tmp_path / "x.csv", text), units=grid)


def test_an_excel_file_reads_like_a_csv(grid, tmp_path):
    pd.DataFrame({"Mã xã": [1, 2], "Dân số": [10, 20]}).to_excel(tmp_path / "p.xlsx", index=False)
    result = read_population(tmp_path / "p.xlsx", units=grid)
    assert everybody(result.table).to_dict() == {"00001": 10, "00002": 20}


@pytest.mark.real_data
def test_the_real_population_reads_whole_with_its_flags(real_data, units_2025):
    result = read_population(real_data / "commune_attributes_2025.csv", units=units_2025)
    assert result.columns["population"] == "population_2025_07"
    assert len(result.table) == 3321
    assert result.faults == ()
    assert result.table["population_flag"].value_counts()[["missing", "unit-error"]].to_dict() == {
        "missing": 70,
        "unit-error": 22,
    }
    assert result.table.loc[result.table["population_flag"] == "missing", "population"].isna().all()


@pytest.mark.parametrize(
    ("text", "band"),
    [
        ("18+", (18, None)),
        ("18 +", (18, None)),
        (">=65", (65, None)),
        ("≥ 65 tuổi", (65, None)),
        ("pop_18_plus", (18, None)),
        ("Từ 18 tuổi trở lên", (18, None)),
        ("0-4", (0, 5)),
        ("12–17 tuổi", (12, 18)),
        ("age_5_11", (5, 12)),
        ("từ 12 đến dưới 18", (12, 18)),
        ("từ 12 đến 17 tuổi", (12, 18)),
        ("dưới 5 tuổi", (0, 5)),
        ("<5", (0, 5)),
        ("Tổng", (0, None)),
        ("all ages", (0, None)),
        ("17-12", None),
        ("2019", None),
        ("hộ", None),
        ("", None),
    ],
)
def test_age_bands(text, band):
    assert read_age_band(text) == (None if band is None else AgeBand(*band))


@given(st.integers(0, 120), st.integers(0, 9))
def test_age_bands_round_trip(low, years):
    assert read_age_band(f"{low}-{low + years}") == AgeBand(low, low + years + 1)
    assert read_age_band(f"{low}+") == AgeBand(low, None)


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("1.234", 1234), ("1,234,567", 1234567), ("1 234", 1234), ("65023.0", 65023), ("12,5", 12.5), (7, 7),
        (7.0, 7), ("0", 0), ("-1", None), ("abc", None), (True, None), (float("nan"), None), ("1.23.4", None),
        ("1.234,567", None),
    ],
)  # fmt: skip
def test_numbers(cell, number):
    assert read_number(cell) == number


@given(st.integers(0, 10**9))
def test_numbers_round_trip_with_either_separator(n):
    assert read_number(f"{n:,}") == read_number(f"{n:,}".replace(",", ".")) == read_number(str(n)) == n


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("1/7/2021", "2021-07-01"), ("01-07-21", "2021-07-01"), ("2021-07-01", "2021-07-01"),
        ("2021-07-01 00:00:00", "2021-07-01"), (44378, "2021-07-01"), ("44378", "2021-07-01"),
        (pd.Timestamp(2021, 7, 1, 8), "2021-07-01"),
        ("31/2/2021", None), ("13/13/2021", None), ("hôm qua", None),
    ],
)  # fmt: skip
def test_days(cell, day):
    assert read_day(cell) == (None if day is None else dt.date.fromisoformat(day))


@given(st.dates(dt.date(1990, 1, 1), dt.date(2098, 12, 31)))
def test_days_round_trip(day):
    forms = ("%d/%m/%Y", "%Y-%m-%d", "%d.%m.%Y")
    assert {read_day(day.strftime(form)) for form in forms} == {day}
    assert read_day((day - dt.date(1899, 12, 30)).days) == day


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (4, "00004"), (4.0, "00004"), ("4", "00004"), ("4.0", "00004"), ("00004", "00004"),
        ("'00004", "00004"), (None, ""), (float("nan"), ""), ("VN-01", "VN-01"), (" 4 ", "00004"),
    ],
)  # fmt: skip
def test_codes_get_their_zeros_back(cell, code):
    assert as_code(cell, 5) == code


@pytest.mark.parametrize(
    ("text", "dose"),
    [
        ("1", 1), ("2.0", 2), ("Mũi 2", 2), ("mũi1", 1), ("second dose", 2), ("Mũi nhắc lại lần 1", 3),
        ("mũi nhắc lại", 3), ("booster 2", 4), ("Mũi bổ sung", 3), ("thứ hai", 2), ("0", None),
        ("AstraZeneca", None),
    ],
)  # fmt: skip
def test_dose_numbers(text, dose):
    assert read_dose_number(text) == dose


def test_doses_are_read_added_up_and_bad_rows_named(grid, tmp_path):
    file = write(
        tmp_path / "tiem.csv",
        "Mã xã,Ngày tiêm,Mũi,Nhóm tuổi,Số liều,Điểm tiêm\n"
        "00001,13/7/2021,Mũi 1,18+,100,A\n"
        "00001,13/7/2021,Mũi 1,18+,50,B\n"
        "00001,13/7/2021,Mũi 1,18+,50,B\n"
        "00002,31/2/2021,1,18+,5,A\n"
        "88888,13/7/2021,1,18+,5,A\n"
        "00002,14/7/2021,chín,18+,5,A\n"
        "00002,14/7/2021,2,già,5,A\n"
        "00002,14/7/2021,2,18+,x,A\n"
        '00002,14/7/2021,2,,"1.000",A\n',
    )
    result = read_doses(file, units=grid)
    DOSES.validate(result.table)
    rows = result.table.astype({"date": "str"}).fillna(-1).to_numpy().tolist()
    assert rows == [
        ["00001", "2021-07-13", 1, 18, -1, 150],
        ["00002", "2021-07-14", 2, 0, -1, 1000],
    ]
    assert [fault.row for fault in result.faults] == [4, 5, 6, 7, 8, 9]
    assert result.source.kind == "doses"
    assert result.rows_read == 9


def test_doses_in_a_column_per_dose(grid, tmp_path):
    file = write(
        tmp_path / "wide.csv",
        "Mã xã,Ngày,Mũi 1,Mũi 2,Mũi nhắc lại\n00001,2021-07-13,10,5,\n00002,2021-07-13,,0,2\n",
    )
    result = read_doses(file, units=grid)
    assert result.table[["code", "dose", "doses"]].to_numpy().tolist() == [
        ["00001", 1, 10],
        ["00001", 2, 5],
        ["00002", 2, 0],
        ["00002", 3, 2],
    ]
    assert result.faults == ()


@pytest.mark.parametrize(
    "text", ["code,date\n1,2021-07-13\n", "date,dose,doses\n2021-07-13,1,5\n", "code,dose,doses\n1,1,5\n"]
)
def test_doses_without_the_columns_are_refused(grid, tmp_path, text):
    with pytest.raises(DataError, match="column"):
        read_doses(write(tmp_path / "x.csv", text), units=grid)


def test_the_order_of_the_rows_does_not_matter(grid, tmp_path):
    lines = [f"0000{i % 4 + 1},1{i}/7/2021,{i % 2 + 1},18+,{i * 7}" for i in range(9)]
    header = "code,date,dose,age_band,doses\n"
    first = read_doses(write(tmp_path / "a.csv", header + "\n".join(lines)), units=grid)
    second = read_doses(write(tmp_path / "b.csv", header + "\n".join(lines[::-1])), units=grid)
    pd.testing.assert_frame_equal(first.table, second.table)


def test_households_stand_beside_everybody_and_unknown_is_not_zero(tmp_path, grid):
    text = "Mã xã,Dân số,Số hộ,0-17,18+\n00001,100,30,20,80\n00002,50,,10,40\n00003,60,nhiều,10,50\n"
    result = read_population(write(tmp_path / "p.csv", text), units=grid)
    assert result.columns["households"] == "Số hộ"
    whole = result.table[result.table["age_to"].isna() & (result.table["age_from"] == 0)]
    known = whole.set_index("code")["households"]
    assert known["00001"] == 30
    assert known[["00002", "00003"]].isna().all()
    assert result.table.loc[result.table["age_from"] == 18, "households"].isna().all()
    [fault] = result.faults
    assert (fault.row, fault.column) == (4, "Số hộ")
    assert "households" in fault.expected


@pytest.mark.parametrize(
    "header", ["Số hộ", "Tổng số hộ", "Số hộ dân", "Số hộ gia đình (2021)", "households"]
)
def test_households_are_known_by_their_headers(tmp_path, grid, header):
    result = read_population(
        write(tmp_path / "p.csv", f"code,population,{header}\n00001,100,31\n"), units=grid
    )
    assert result.table["households"].tolist() == [31]
