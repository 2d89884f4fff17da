"""Workbooks, written by openpyxl, and those made to exhaust the machine."""

from __future__ import annotations

import datetime as dt
import io
import struct
import zipfile
from pathlib import Path

import openpyxl
import pytest

from geozone.errors import DataError
from geozone.tables import package as package_guard
from geozone.tables import read_table

MORNING = dt.datetime.fromisoformat("2021-07-01T08:30")


def book(
    tmp_path: Path, rows: list[list[object]], *, sheets: dict[str, list[list[object]]] | None = None
) -> Path:
    workbook = openpyxl.Workbook()
    page = workbook.active
    for row in rows:
        page.append(row)
    for name, cells in (sheets or {}).items():
        extra = workbook.create_sheet(name)
        for row in cells:
            extra.append(row)
    path = tmp_path / "cases.xlsx"
    workbook.save(path)
    return path


def test_dates_numbers_and_text_keep_their_kind(tmp_path: Path) -> None:
    path = book(
        tmp_path,
        [
            ["Xã", "Ngày", "Số ca", "Giờ"],
            ["Phù Khê", dt.date(2021, 7, 1), 3, MORNING],
            ["Từ Sơn", 44379, 2.5, None],
        ],
    )
    frame = read_table(path).frame
    assert frame["Ngày"].tolist() == [dt.date(2021, 7, 1), 44379]
    assert frame["Số ca"].tolist() == [3, 2.5]
    assert frame["Giờ"].iloc[0] == MORNING


def test_titles_above_the_header_and_rows_below(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    page = workbook.active
    for row in (
        ["SỞ Y TẾ BẮC NINH", None, None, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"],
        [],
        ["DANH SÁCH CA BỆNH NGÀY 1/7/2021"],
        ["STT", "Họ và tên", "Ngày", "Địa chỉ"],
        ["(1)", "(2)", "(3)", "(4)"],
        [1, "A", dt.date(2021, 7, 1), "x"],
        [],
        [2, "B", 44378, None],
    ):
        page.append(row)
    page.merge_cells("A3:D3")
    workbook.save(tmp_path / "cases.xlsx")
    table = read_table(tmp_path / "cases.xlsx")
    assert list(table.frame.columns) == ["STT", "Họ và tên", "Ngày", "Địa chỉ"]
    assert table.row_numbers.tolist() == [6, 8]
    assert table.first_row == 6


def test_sheet_is_the_first_with_data_or_the_one_asked_for(tmp_path: Path) -> None:
    path = book(tmp_path, [], sheets={"Ca bệnh": [["a", "b"], [1, 2]], "Khác": [["c", "d"], [3, 4]]})
    assert read_table(path).sheet == "Ca bệnh"
    assert list(read_table(path, sheet="Khác").frame.columns) == ["c", "d"]
    with pytest.raises(DataError, match=r"no sheet 'Không'.*'Ca bệnh'"):
        read_table(path, sheet="Không")


def test_an_empty_workbook(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="without data"):
        read_table(book(tmp_path, []))


def test_a_workbook_is_known_by_its_bytes(tmp_path: Path) -> None:
    path = book(tmp_path, [["a", "b"], [1, 2]]).rename(tmp_path / "wrong.csv")
    assert read_table(path).format == "xlsx"


def test_cut_and_foreign_packages(tmp_path: Path) -> None:
    data = book(tmp_path, [["a", "b"], [1, 2]]).read_bytes()
    path = tmp_path / "cut.xlsx"
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(DataError, match="damaged"):
        read_table(path)
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("word/document.xml", "<w/>")
    with pytest.raises(DataError, match="without a sheet"):
        read_table(path)
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600)
    with pytest.raises(DataError, match=r"cannot be read|password"):
        read_table(path)


def repack(path: Path, part: str, content: bytes) -> Path:
    """Replace one part of a workbook."""
    target = path.with_name("made.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            if member.filename != part:
                new.writestr(member.filename, old.read(member))
        new.writestr(part, content)
    return target


def test_a_zip_bomb_is_refused_by_its_directory(tmp_path: Path) -> None:
    path = repack(book(tmp_path, [["a", "b"], [1, 2]]), "xl/worksheets/sheet1.xml", b" " * 60_000_000)
    assert path.stat().st_size < 200_000
    with pytest.raises(DataError, match="unpack to 57 MB"):
        package_guard.check_package(path.read_bytes(), "bomb.xlsx", 50 * 1024**2)


def test_a_zip_bomb_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    path = repack(book(tmp_path, [["a", "b"], [1, 2]]), "xl/worksheets/sheet1.xml", b" " * 6_000_000)
    data = bytearray(path.read_bytes())
    honest = struct.pack("<I", 6_000_000)
    assert data.count(honest) == 2
    lying = bytes(data.replace(honest, struct.pack("<I", 1000)))
    with pytest.raises(DataError, match=r"damaged|more than it says"):
        package_guard.check_package(lying, "bomb.xlsx", 1024**2)


def test_two_cells_far_apart_are_refused(tmp_path: Path) -> None:
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
        b"</sheetData></worksheet>"
    )
    path = repack(book(tmp_path, [["a"]]), "xl/worksheets/sheet1.xml", sheet)
    with pytest.raises(DataError, match=r"spans 17,179,869,184 cells"):
        read_table(path)


def test_one_long_text_in_many_cells_is_refused(tmp_path: Path) -> None:
    cells = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 6_001))
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = f'<worksheet xmlns="{space}"><sheetData>{cells}</sheetData></worksheet>'
    texts = f'<sst xmlns="{space}"><si><t>{"x" * 30_000}</t></si></sst>'
    path = repack(book(tmp_path, [["a"]]), "xl/worksheets/sheet1.xml", sheet.encode())
    path = repack(path.rename(tmp_path / "half.xlsx"), "xl/sharedStrings.xml", texts.encode())
    with pytest.raises(DataError, match="repeated in very many cells"):
        package_guard.check_package(path.read_bytes(), "bomb.xlsx", 100 * 1024**2)
    package_guard.check_package(path.read_bytes(), "fine.xlsx", 200 * 1024**2)


def test_a_locked_package(tmp_path: Path) -> None:
    buffer = io.BytesIO(book(tmp_path, [["a", "b"], [1, 2]]).read_bytes())
    data = bytearray(buffer.getvalue())
    start = data.find(b"PK\x01\x02")
    data[start + 8] |= 1
    with pytest.raises(DataError, match="password"):
        package_guard.check_package(bytes(data), "locked.xlsx", 1024**3)
