"""The commands as a person types them, each in a process-like call, on small real-looking input."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from geozone.cli import app
from geozone.errors import GeozoneError

ROWS = [
    (
        "BN001",
        "Nguyễn Văn Mẫu",
        "Thôn Giang Liễu, xã Phương Liễu, huyện Quế Võ, tỉnh Bắc Ninh",
        "1/11/2021",
        "",
        "",
    ),
    ("BN002", "Trần Thị Thử", "phường Võ Cường, TP Bắc Ninh, Bắc Ninh", "05-11-21", "106.0490", "21.1745"),
    ("BN003", "Lê Giả Định", "Phường Võ Cường, Tỉnh Bắc Ninh", "44510", "106.0495", "21.1750"),
    ("HN001", "Phạm Ví Dụ", "Số 5 ngõ 12 phố Đội Cấn, P. Đội Cấn, Q. Ba Đình, Hà Nội", "10/11/2021", "", ""),
    ("HN002", "Vũ Không Có", "không rõ", "10/11/2021", "", ""),
    ("HN003", "Đỗ Ngày Sai", "P. Trúc Bạch, Ba Đình, Hà Nội", "31/2/2021", "", ""),
]
HEADER = ["Mã BN", "Họ và tên", "Địa chỉ", "Ngày báo cáo", "Kinh độ", "Vĩ độ"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GEOZONE_WORKSPACE", raising=False)
    return tmp_path


@pytest.fixture
def line_list(here: Path) -> Path:
    path = here / "ds.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(ROWS)
    return path


def call(*words: str | Path) -> Result:
    result = CliRunner().invoke(app, [str(word) for word in words])
    if result.exception and not isinstance(result.exception, SystemExit | GeozoneError):
        raise result.exception
    return result


def as_json(*words: str | Path) -> dict:
    result = call(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_from_a_line_list_to_a_verified_release(here: Path, line_list: Path) -> None:
    assert call("init", "w").exit_code == 0
    imported = as_json("import", "cases", line_list)
    assert (imported["rows_read"], imported["rows_kept"], imported["rejected"]) == (6, 5, 1)
    [fault] = imported["faults"]
    assert fault["row"] == 7
    assert "31/2/2021" in fault["found"]

    again = as_json("import", "cases", line_list)
    assert (again["new"], again["updated"], again["unchanged"]) == (0, 0, 5)

    drawn = as_json("draft", "--as-of", "2021-11-12", "--rules", "vn-4800-2021")
    counts = drawn["counts"]
    assert counts["cases"] == 5
    assert counts["placed"] + counts["ambiguous"] + counts["unplaced"] == 5
    assert counts["unplaced"] == 1
    [lost] = [row for row in drawn["unplaced"] if row["geo_status"] == "none"]
    assert lost["case_id"] == "HN002"
    assert lost["geo_reason"]
    assert counts["containment_zones"] >= 1

    released = as_json("release", "--decision", "12/QĐ-UBND")
    assert released["manifest"]["decision"] == "12/QĐ-UBND"
    assert as_json("release", "--decision", "12/QĐ-UBND")["digest"] == released["digest"]
    assert [row["digest"] for row in as_json("releases")["releases"]] == [released["digest"]]
    assert call("verify").exit_code == 0


def test_nothing_personal_leaves_in_a_release(here: Path, line_list: Path) -> None:
    call("init", "w")
    call("import", "cases", line_list)
    call("draft", "--as-of", "2021-11-12")
    assert call("release", "--decision", "1").exit_code == 0
    assert call("export", "--geojson", "--out", "out").exit_code == 0
    public = [path for path in (here / "w" / "releases").rglob("*") if path.is_file()]
    public += [path for path in (here / "out").rglob("*") if path.is_file()]
    secrets = [text.encode() for row in ROWS for text in row[:3]] + [b"geo_lon", b"case_id"]
    assert len(public) > 5
    for path in public:
        content = path.read_bytes()
        assert not [secret for secret in secrets if secret in content], path.name


def test_rejects_can_be_mended_and_imported(here: Path, line_list: Path) -> None:
    call("init", "w")
    rejects = Path(as_json("import", "cases", line_list)["rejects_file"])
    text = rejects.read_text(encoding="utf-8-sig")
    rejects.write_text(text.replace("31/2/2021", "28/2/2021"), encoding="utf-8-sig")
    mended = as_json("import", "cases", rejects)
    assert (mended["new"], mended["rejected"]) == (1, 0)
    assert as_json("status")["case_rows"] == 6


def test_strict_ends_with_one_but_keeps_good_rows(here: Path, line_list: Path) -> None:
    call("init", "w")
    assert call("import", "cases", line_list, "--strict").exit_code == 1
    assert as_json("status")["case_rows"] == 5


def test_a_file_without_a_usable_row_ends_with_one(here: Path) -> None:
    (here / "bad.csv").write_text("Mã BN,Địa chỉ,Ngày báo cáo\n1,Hà Nội,31/2/2021\n", encoding="utf-8")
    call("init", "w")
    assert call("import", "cases", "bad.csv").exit_code == 1
    assert as_json("status")["case_rows"] == 0


def test_a_manual_pin_survives_a_new_draft(here: Path, line_list: Path) -> None:
    call("init", "w")
    call("import", "cases", line_list)
    call("draft", "--as-of", "2021-11-12")
    assert "Bắc Ninh" in call("review", "fix", "HN002", "--lon", "106.0492", "--lat", "21.1748").output
    after = as_json("draft", "--as-of", "2021-11-12")
    assert after["counts"]["unplaced"] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["import", "cases", "absent.csv"], "absent.csv"),
        (["import", "cases", "empty.csv"], "empty.csv"),
        (["draft", "--as-of", "2021-11-12", "--rules", "no-such-rules"], "no-such-rules"),
        (["draft", "--as-of", "2021-11-12"], "no cases have been imported"),
        (["release", "--decision", "1"], "draft"),
        (["verify", "0123456789"], "0123456789"),
    ],
)
def test_bad_data_is_named(here: Path, words: list[str], said: str) -> None:
    (here / "empty.csv").write_bytes(b"")
    call("init", "w")
    result = call(*words)
    assert isinstance(result.exception, GeozoneError)
    assert said in str(result.exception)


def test_usage_errors_end_with_two(here: Path) -> None:
    assert call("draft", "--as-of", "yesterday").exit_code == 2
    assert call("nonsense").exit_code == 2


def test_no_workspace_says_how_to_make_one(here: Path) -> None:
    result = call("status")
    assert isinstance(result.exception, GeozoneError)
    assert "geozone init" in str(result.exception)


def test_init_refuses_a_folder_that_holds_something(here: Path) -> None:
    (here / "w").mkdir()
    (here / "w" / "file").write_text("x")
    assert isinstance(call("init", "w").exception, GeozoneError)
    assert (here / "w" / "file").read_text() == "x"
