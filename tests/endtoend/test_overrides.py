"""A level set by decision, from a file to the property of the released map, beside the computed one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from geozone.cli import app
from geozone.errors import GeozoneError


def call(*words: str | Path, code: int = 0) -> str:
    result = CliRunner().invoke(app, [str(word) for word in words])
    if result.exception and not isinstance(result.exception, SystemExit | GeozoneError):
        raise result.exception
    assert (result.exit_code != 0) == (code != 0), result.output
    return result.output + str(result.exception or "")


def drafted(day: str) -> dict:
    return json.loads(CliRunner().invoke(app, ["draft", "--as-of", day, "--json"]).stdout)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    cases = tmp_path / "cases.csv"
    cases.write_text(
        "Mã BN,Họ và tên,Địa chỉ,Ngày báo cáo\n"
        'A1,Nguyễn Văn Mẫu,"Phường Ngọc Hà, Thành phố Hà Nội",10/11/2021\n',
        encoding="utf-8",
    )
    call("init", "w")
    monkeypatch.setenv("GEOZONE_WORKSPACE", str(tmp_path / "w"))
    call("import", "cases", cases)
    people = tmp_path / "people.csv"
    people.write_text("Mã xã,Dân số\n00004,30000\n00008,30000\n", encoding="utf-8")
    call("import", "population", people)
    return tmp_path


def commune(folder: Path, code: str) -> dict:
    call("export", "--geojson", "--out", folder / "out")
    found = next(
        json.loads(file.read_text(encoding="utf-8"))
        for file in sorted((folder / "out").rglob("*communes*"))
        if file.is_file()
    )
    return next(f["properties"] for f in found["features"] if f["properties"]["code"] == code)


def test_a_decision_goes_from_a_file_to_the_map_and_never_hides_the_computed_level(workspace) -> None:
    file = workspace / "overrides.csv"
    file.write_text(
        "Mã xã,Cấp độ,Lý do,Số quyết định,Người ký,Từ ngày,Đến ngày\n"
        "00004,4,ổ dịch phức tạp,12/QĐ-UBND,Chủ tịch UBND,09/11/2021,20/11/2021\n",
        encoding="utf-8",
    )
    assert "1 rows" in call("import", "overrides", file)
    assert "nothing changed" in call("import", "overrides", file)
    assert drafted("2021-11-21")["counts"]["communes_set_by_decision"] == 0
    document = drafted("2021-11-12")
    assert document["counts"]["communes_set_by_decision"] == 1
    assert any("set by decision" in text for text in document["warnings"])
    call("release", "--decision", "15/QĐ-UBND")
    found = commune(workspace, "00004")
    assert (found["epidemic_level"], found["level_status"]) == (4, "override")
    assert found["override_decision"] == "12/QĐ-UBND"
    assert "ổ dịch phức tạp" in found["why_vi"]
    assert found["computed_level"] != 4
    published = [path for path in (workspace / "w" / "releases").rglob("*") if path.is_file()]
    assert any(b"overrides.csv" in path.read_bytes() for path in published)

    file.write_text("Mã xã,Cấp độ,Lý do,Số quyết định,Người ký,Từ ngày\n00004,9,,x,y,z\n", encoding="utf-8")
    assert "level from 1 to 4" in call("import", "overrides", file, code=1)
    assert drafted("2021-11-12")["counts"]["communes_set_by_decision"] == 1


def test_figures_of_the_committee_hold_a_level(workspace) -> None:
    file = workspace / "overrides.csv"
    file.write_text(
        "code,level,reason,decision,actor,since,until\n00004,4,a,b,c,2021-11-09,2021-11-12\n",
        encoding="utf-8",
    )
    call("import", "overrides", file)
    drafted("2021-11-12")
    call("release", "--decision", "1")
    by_level = drafted("2021-11-13")["counts"]["communes_by_level"]
    assert by_level["4"] == 0
    figures = workspace / "figures.csv"
    figures.write_text("code,capacity_ready\n00004,không\n", encoding="utf-8")
    assert "1 rows" in call("import", "committee-figures", figures)
    assert drafted("2021-11-13")["counts"]["communes_by_level"]["4"] == 1
    call("import", "committee-figures", workspace / "cases.csv", code=1)
    assert drafted("2021-11-13")["counts"]["communes_by_level"]["4"] == 1
