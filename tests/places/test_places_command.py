"""``geozone import places``: in the workspace, twice the same as once, faults told, nothing half-done."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from geozone.cli import app
from geozone.errors import DataError
from geozone.workspace import Workspace

HAMLETS = "Tên,Loại,Kinh độ,Vĩ độ\nThôn Giang Liễu,thôn,106.10,21.15\nThôn Cuông,thôn,106.11,x\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GEOZONE_WORKSPACE", raising=False)
    CliRunner().invoke(app, ["init", "w"], catch_exceptions=False)
    (tmp_path / "thon.csv").write_text(HAMLETS, encoding="utf-8")
    return tmp_path


def imported(*words: str) -> dict:
    result = CliRunner().invoke(app, ["import", "places", *words, "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def digest(here: Path) -> str | None:
    with Workspace.open(here / "w") as workspace:
        return workspace.gazetteer_digest()


def test_places_are_kept_with_their_source(here: Path) -> None:
    first = imported("thon.csv", "--licence", "CC BY 4.0")
    assert first["changed"]
    assert first["places"] == {"hamlet": 1}
    [file] = first["files"]
    assert (file["name"], file["licence"], file["rows_read"], file["fault_count"]) == (
        "thon.csv",
        "CC BY 4.0",
        2,
        1,
    )
    assert (file["faults"][0]["row"], file["faults"][0]["column"]) == (3, "Vĩ độ")
    with Workspace.open(here / "w") as workspace:
        gazetteer = workspace.gazetteer()
    assert gazetteer is not None
    assert gazetteer.digest == first["digest"] == digest(here)
    assert gazetteer.provenance[0].sha256 == file["sha256"]

    again = imported("thon.csv")
    assert not again["changed"]
    assert again["digest"] == first["digest"]


def test_files_add_up_and_replace_forgets(here: Path) -> None:
    (here / "kcn.csv").write_text("Tên,lon,lat\nKCN Quế Võ,106.12,21.14\n", encoding="utf-8")
    imported("thon.csv")
    assert imported("kcn.csv")["places"] == {"hamlet": 1, "industrial-park": 1}
    assert imported("kcn.csv", "--replace")["places"] == {"industrial-park": 1}


def test_a_bad_file_changes_nothing(here: Path) -> None:
    imported("thon.csv")
    before = digest(here)
    (here / "bad.csv").write_text("Tên,Loại\nThôn Đoài,thôn\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["import", "places", "thon.csv", "bad.csv"])
    assert isinstance(result.exception, DataError)
    assert "Kinh độ" in str(result.exception)
    assert digest(here) == before


def test_what_nothing_names_any_longer_is_removed(here: Path) -> None:
    """Of three imports in turn the first is gone, the one before the last still there for whoever reads it."""
    tables = here / "w" / "places" / "tables"
    names = []
    for number in range(3):
        (here / "kcn.csv").write_text(f"Tên,lon,lat\nKCN Số {number},106.12,21.14\n", encoding="utf-8")
        imported("kcn.csv")
        names.append({path.name for path in tables.iterdir()})
    assert len(names[1]) == 2
    assert len(names[2]) == 2
    assert names[0].isdisjoint(names[2])
    assert len(list((here / "w" / "places").glob("*.json"))) == 2
    with Workspace.open(here / "w") as workspace:
        gazetteer = workspace.gazetteer()
    assert gazetteer is not None
    assert [len(table) for table in gazetteer.tables] == [1]
