"""Rejected rows are mended and imported again, and end up as if they had been right at first."""

from __future__ import annotations

import csv
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geozone.errors import StoreError
from geozone.linelist import LineList, read_line_list, write_rejects

HEADER = ["Mã BN", "Họ và tên", "Xã/Phường", "Ngày", "Số ca"]


def write(path: Path, rows: list[list[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def mend(path: Path, target: Path, mended: dict[int, list[str]]) -> Path:
    """Put right rows by the number they had in the original file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    at = header.index("_row")
    done = [[*mended[int(row[at])], *row[len(HEADER) :]] for row in rows]
    return write(target, [header, *done])


def content(*line_lists: LineList) -> list[tuple[object, ...]]:
    tables = []
    for line_list in line_lists:
        home = line_list.places.query("role == 'home'").set_index("case_id")["address"]
        cases = line_list.cases.assign(address=line_list.cases["case_id"].map(home))
        tables.append(cases[["case_id", "count", "report_date", "address"]])
    return sorted(map(tuple, pd.concat(tables).astype(str).to_numpy().tolist()))


GOOD = st.tuples(
    st.sampled_from(["", "", "", "BN1", "BN2", "BN3", "BN4", "BN5"]),
    st.sampled_from(["", "Trần Mẫu"]),
    st.sampled_from(["Xã A", "Xã B"]),
    st.sampled_from(["1/7/2021", "2/7/2021"]),
    st.sampled_from(["1", "5"]),
)
SPOILED = st.sampled_from([None, None, (3, "31/2/2021"), (3, ""), (4, "x"), (4, ""), (3, "hôm qua")])


def _first_ids_only(rows: list[list[str]]) -> list[list[str]]:
    """Keep an identifier only where it comes first: a file that is right has none twice."""
    seen: set[str] = set()
    result = []
    for row in rows:
        repeated = row[0] in seen
        seen |= {row[0]} - {""}
        result.append(["", *row[1:]] if repeated else row)
    return result


@settings(max_examples=25)
@given(st.lists(st.tuples(GOOD, SPOILED), min_size=1, max_size=14))
def test_mended_rejects_add_up_to_the_mended_file(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[tuple[str, ...], tuple[int, str] | None]]
) -> None:
    folder = tmp_path_factory.mktemp("mend")
    right = _first_ids_only([list(row) for row, _ in drawn])
    spoiled = [row.copy() for row in right]
    for row, (_, fault) in zip(spoiled, drawn, strict=True):
        if fault is not None:
            row[fault[0]] = fault[1]
    whole = read_line_list(write(folder / "right.csv", [HEADER, *right]))
    first = read_line_list(write(folder / "spoiled.csv", [HEADER, *spoiled]))
    assert not len(whole.rejects)
    write_rejects(first, folder / "rejects.csv")
    if not len(first.rejects):
        assert content(first) == content(whole)
        return
    unmended = read_line_list(folder / "rejects.csv")
    assert unmended.rows_read == len(unmended.rejects) == len(first.rejects)
    numbers = dict(enumerate(right, start=2))
    second = read_line_list(mend(folder / "rejects.csv", folder / "mended.csv", numbers))
    assert not len(second.rejects)
    assert not set(first.cases["case_id"]) & set(second.cases["case_id"])
    assert {row[0] for row in content(first, second)} == {row[0] for row in content(whole)}
    assert sorted(row[1:] for row in content(first, second)) == sorted(row[1:] for row in content(whole))


def test_rejects_of_rejects_keep_what_is_taken(tmp_path: Path) -> None:
    rows = [["", "", "Xã A", "1/7/2021", "1"], ["", "", "Xã A", "x", "1"], ["", "", "Xã A", "y", "1"]]
    first = read_line_list(write(tmp_path / "a.csv", [HEADER, *rows]))
    write_rejects(first, tmp_path / "r1.csv")
    half = {3: rows[0], 4: rows[2]}
    second = read_line_list(mend(tmp_path / "r1.csv", tmp_path / "m1.csv", half))
    write_rejects(second, tmp_path / "r2.csv")
    third = read_line_list(mend(tmp_path / "r2.csv", tmp_path / "m2.csv", {3: rows[0]}))
    whole = read_line_list(write(tmp_path / "b.csv", [HEADER, *[rows[0]] * 3]))
    assert content(first, second, third) == content(whole)


def test_importing_twice_gives_the_same_ids(tmp_path: Path) -> None:
    rows = [["", "", "Xã A", "1/7/2021", "1"]] * 3 + [["", "Trần Mẫu", "Xã B", "1/7/2021", "2"]]
    path = write(tmp_path / "a.csv", [HEADER, *rows])
    first, second = read_line_list(path), read_line_list(path)
    assert first.cases["case_id"].tolist() == second.cases["case_id"].tolist()
    assert first.cases["case_id"].is_unique


def test_a_corrected_count_keeps_its_id(tmp_path: Path) -> None:
    before = read_line_list(write(tmp_path / "a.csv", [HEADER, ["", "", "Xã A", "1/7/2021", "3"]]))
    after = read_line_list(write(tmp_path / "b.csv", [HEADER, ["", "", "xã  A", "01/07/2021", "4"]]))
    assert before.cases["case_id"].tolist() == after.cases["case_id"].tolist()


def test_a_repeated_id_stays_a_fault_until_it_is_mended(tmp_path: Path) -> None:
    rows = [["BN1", "", "Xã A", "1/7/2021", "1"], ["BN1", "", "Xã B", "1/7/2021", "1"]]
    first = read_line_list(write(tmp_path / "a.csv", [HEADER, *rows]))
    write_rejects(first, tmp_path / "r.csv")
    again = read_line_list(tmp_path / "r.csv")
    assert len(again.cases) == 0
    assert "another row of the original file" in again.faults[0].expected
    mended = read_line_list(mend(tmp_path / "r.csv", tmp_path / "m.csv", {3: ["BN2", *rows[1][1:]]}))
    assert mended.cases["case_id"].tolist() == ["BN2"]


def test_ragged_rows_are_rejected_until_their_note_is_emptied(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Xã,Ngày,Số ca\nXã A,1/7/2021,1\nXã A, thôn B,1/7/2021,1\nXã C,2/7/2021\n", "utf-8")
    first = read_line_list(path)
    assert first.rejects["_cells"].tolist() == ["1", "fewer than 3 cells"]
    write_rejects(first, tmp_path / "r.csv")
    assert len(read_line_list(tmp_path / "r.csv").rejects) == 2
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    right = [["Xã A, thôn B", "1/7/2021", "1"], ["Xã C", "2/7/2021", "4"]]
    cells = header.index("_cells")
    done = [
        [*good, *("" if at == cells else row[at] for at in range(3, len(row)))]
        for good, row in zip(right, rows, strict=True)
    ]
    mended = read_line_list(write(tmp_path / "m.csv", [header, *done]))
    assert mended.cases["count"].tolist() == [1, 4]


DANGEROUS = st.sampled_from(
    ["=", "+", "-", "@", "'", "''=", "'=", "\t=", " =", "＝", "-5", "-5,5", "+84", "x", "'x"]
)


@settings(max_examples=20)
@given(
    st.lists(
        st.tuples(DANGEROUS, st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=6)),
        min_size=1,
        max_size=6,
    )
)
def test_formulas_are_disarmed_and_come_back(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("formula")
    rows = [["", start + rest, "Xã A", "31/2/2021", "1"] for start, rest in cells]
    first = read_line_list(write(folder / "a.csv", [HEADER, *rows]))
    write_rejects(first, folder / "r.csv")
    with (folder / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        written = [row[1] for row in list(csv.reader(file))[1:]]
    for cell in written:
        number = cell.removeprefix("-").replace(",", "").isdigit()
        assert number or not cell.lstrip().startswith(("=", "+", "-", "@", "＝"))
    second = read_line_list(folder / "r.csv")
    columns = HEADER[1:]
    assert second.rejects[columns].fillna("").equals(first.rejects[columns].fillna(""))


def test_rejects_of_a_workbook(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.active.append(["Mã", "Xã", "Ngày", "Tuổi"])
    workbook.active.append([7, "Xã A", "x", 30.0])
    workbook.active.append([8, "Xã A", pd.Timestamp("2021-07-01").to_pydatetime(), 30.5])
    workbook.active.append([8, "Xã A", pd.Timestamp("2021-07-02").to_pydatetime(), 30.5])
    workbook.save(tmp_path / "a.xlsx")
    first = read_line_list(tmp_path / "a.xlsx")
    write_rejects(first, tmp_path / "r.csv")
    lines = (tmp_path / "r.csv").read_bytes().decode("utf-8-sig").splitlines()
    assert lines[0] == "Mã,Xã,Ngày,Tuổi,_row,_faults,_cells,_taken"
    assert lines[1].startswith("7,Xã A,x,30,2,")
    assert lines[2].startswith("8,Xã A,2021-07-02,30.5,4,")


def test_writing_replaces_whole_or_not_at_all(tmp_path: Path) -> None:
    line_list = read_line_list(write(tmp_path / "a.csv", [HEADER, ["", "", "Xã A", "x", "1"]]))
    target = tmp_path / "r.csv"
    target.write_text("before")
    write_rejects(line_list, target)
    assert target.read_bytes().startswith(b"\xef\xbb\xbf")
    with pytest.raises(StoreError, match="cannot be written"):
        write_rejects(line_list, tmp_path / "no folder" / "r.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "r.csv"]
