"""Levels set by decision and the committee's figures, read from files."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from geozone.errors import DataError
from geozone.rules import read_committee_figures, read_override_file

CODES = {"00004", "00008", "01"}
KNOWN = {"capacity_ready", "positivity_percent"}


def write(folder: Path, text: str) -> Path:
    path = folder / "file.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_overrides_with_vietnamese_headers(tmp_path) -> None:
    path = write(
        tmp_path,
        "Mã xã,Cấp độ,Lý do,Số quyết định,Người ký,Từ ngày,Đến ngày\n"
        "4,4,ổ dịch tại chợ đầu mối,12/QĐ-UBND,Chủ tịch UBND,13/07/2021,20/7/2021\n"
        "01,2,giáp vùng dịch,13/QĐ-UBND,Chủ tịch UBND,2021-07-14,\n",
    )
    table = read_override_file(path, codes=CODES).table
    assert table["code"].tolist() == ["00004", "01"]
    assert table["new_level"].tolist() == [4, 2]
    assert table["since"].tolist() == [pd.Timestamp("2021-07-13"), pd.Timestamp("2021-07-14")]
    assert table["until"].iloc[0] == pd.Timestamp("2021-07-20")
    assert pd.isna(table["until"].iloc[1])


def test_a_file_of_overrides_with_any_fault_is_refused_whole_with_every_fault(tmp_path) -> None:
    path = write(
        tmp_path,
        "code,level,reason,decision,actor,since,until\n"
        "00004,5,a,b,c,2021-07-13,\n"
        "99999,2,a,b,c,2021-07-13,\n"
        "00008,2,,b,c,,31/2/2021\n",
    )
    with pytest.raises(DataError) as caught:
        read_override_file(path, codes=CODES)
    found = [(fault.row, fault.column) for fault in caught.value.faults]
    assert found == [(2, "level"), (3, "code"), (4, "reason"), (4, "since"), (4, "until")]
    with pytest.raises(DataError) as caught:
        read_override_file(write(tmp_path, "code,level\n00004,2\n"), codes=CODES)
    assert {fault.column for fault in caught.value.faults} == {"reason", "decision", "actor", "since"}


def test_figures_are_numbers_or_yes_and_no_and_empty_is_not_zero(tmp_path) -> None:
    path = write(
        tmp_path, 'code,name,capacity_ready,positivity_percent\n4,x,không,"4,5"\n8,y,,0\n01,z,Đạt,7\n'
    )
    table = read_committee_figures(path, codes=CODES, known=KNOWN).table
    assert table["code"].tolist() == ["00004", "00008", "01"]
    assert table["positivity_percent"].tolist() == [4.5, 0.0, 7.0]
    assert table["capacity_ready"].fillna(-1).tolist() == [0.0, -1.0, 1.0]


def test_faulty_figures_are_all_told(tmp_path) -> None:
    with pytest.raises(DataError) as caught:
        read_committee_figures(
            write(tmp_path, "code,capacity_ready\n4,maybe\n4,1\n7,1\n"), codes=CODES, known=KNOWN
        )
    assert [fault.row for fault in caught.value.faults] == [4, 2, 3]
    with pytest.raises(DataError, match="no rule set knows"):
        read_committee_figures(write(tmp_path, "code,beds\n4,1\n"), codes=CODES, known=KNOWN)
    with pytest.raises(DataError, match="code"):
        read_committee_figures(write(tmp_path, "unit,capacity_ready\n4,1\n"), codes=CODES, known=KNOWN)
