"""``geozone erase``, ``retention`` and ``keys rotate-identifiers`` on a workspace, as its keeper runs them."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from geozone.cli import app
from geozone.workspace import Workspace

LIST = (
    "Mã ca,Họ tên,Số điện thoại,Địa chỉ,Ngày báo cáo\n"
    'BN1,Chim Hoàng Yến,0912345678,"thôn Sơn Ca, xã Phù Khê, Từ Sơn, Bắc Ninh",1/6/2021\n'
    'BN2,Chim Bồ Câu,0987654321,"thôn Én, xã Phù Khê, Từ Sơn, Bắc Ninh",9/6/2021\n'
)


def run(root: Path, *words: str) -> Any:
    result = CliRunner().invoke(app, [*words, "--workspace", str(root)])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout) if "--json" in words else result.stdout


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GEOZONE_IDENTIFIER_KEY_FILE", str(tmp_path / "elsewhere" / "id.keys"))
    monkeypatch.setenv("GEOZONE_ACTOR", "chi")
    made = CliRunner().invoke(app, ["init", "w"])
    assert made.exit_code == 0, made.output
    assert str(tmp_path / "elsewhere" / "id.keys") in made.output
    (tmp_path / "ds.csv").write_text(LIST, encoding="utf-8")
    run(tmp_path / "w", "import", "cases", str(tmp_path / "ds.csv"))
    return tmp_path / "w"


def test_one_is_erased_then_what_is_due_and_the_backups_are_named(root: Path, tmp_path: Path) -> None:
    assert (tmp_path / "elsewhere" / "id.keys").exists()
    assert not (root / "secrets" / "identifiers.keys").exists()
    run(root, "backup", str(tmp_path / "day1.db"))
    old = root / "rejects" / "old.csv"
    old.write_text("x")
    os.utime(old, (0, 0))
    told = run(root, "erase", "--case", "BN1", "--dry-run", "--json")
    assert (told["cases"], told["persons"], told["places"]) == (1, 1, 1)
    listed = root / "drafts" / "unplaced.csv"
    listed.write_text("BN1,thôn Sơn Ca")
    assert run(root, "erase", "--case", "BN1", "--dry-run", "--json")["files_removed"] == ["unplaced.csv"]
    assert listed.exists()
    done = run(root, "erase", "--case", "BN1", "--reason", "asked", "--points", "commune", "--json")
    assert {**done, "dry_run": True} == told | {"points": done["points"], "files_removed": ["unplaced.csv"]}
    assert not listed.exists()
    assert [one["name"] for one in done["backups"]] == ["day1.db"]
    assert done["reject_files_left"] == ["old.csv"]
    wrong = CliRunner().invoke(app, ["erase", "--case", "BN9", "--workspace", str(root)])
    assert wrong.exit_code == 1
    assert run(root, "retention", "show", "--json")["days"] is None
    run(root, "retention", "set", "--days", "90")
    assert run(root, "retention", "show", "--json") == {"days": 90, "points": "keep", "due": 1}
    assert run(root, "retention", "run", "--json")["files_removed"] == ["old.csv"]
    assert not old.exists()
    said = run(root, "audit", "--action", "erase")
    assert said.count("chi  erase-identifiers") == 2
    assert "Chim" not in said
    with Workspace.open(root, key_file=tmp_path / "elsewhere" / "id.keys") as space:
        assert space.store.persons().empty
        assert space.store.places()["address"].isna().all()
        assert len(space.store.cases()) == 2


def test_a_new_key_leaves_old_backups_without_names(root: Path, tmp_path: Path) -> None:
    run(root, "backup", str(tmp_path / "old.db"))
    assert "keep a copy" in run(root, "keys", "rotate-identifiers", "--destroy-old")
    wrong = CliRunner().invoke(
        app, ["database", "restore", str(tmp_path / "old.db"), "--replace", "-w", str(root)]
    )
    assert wrong.exit_code == 1
    assert "written with the identifier key" in str(wrong.exception)
    assert str(tmp_path / "elsewhere") in str(wrong.exception)
    run(root, "backup", str(tmp_path / "new.db"))
    run(root, "database", "restore", str(tmp_path / "new.db"), "--replace")
    with Workspace.open(root, key_file=tmp_path / "elsewhere" / "id.keys") as space:
        assert space.store.persons()["person_name"].tolist() == ["Chim Hoàng Yến", "Chim Bồ Câu"]
        assert space.store.audit()["at"].max() <= datetime.now(UTC)
