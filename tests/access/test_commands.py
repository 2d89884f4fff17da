"""Accounts, keys, drafts and the audit on the command line."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from geozone.cli import app
from geozone.workspace import Workspace

GOOD = "con ngựa pin kẹp giấy"


@pytest.fixture
def run(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    shutil.copytree(template, tmp_path / "w")
    monkeypatch.setenv("GEOZONE_WORKSPACE", str(tmp_path / "w"))
    monkeypatch.setenv("GEOZONE_ACTOR", "người giữ máy")

    def call(line: str, *, code: int = 0, typed: str | None = None) -> str:
        result = CliRunner().invoke(app, line.split(), input=typed)
        assert result.exit_code == code, f"{line}\n{result.output}\n{result.exception!r}"
        return result.output + (str(result.exception) if result.exception else "")

    return call


def person(run: Any, folder: Path, name: str, role: str) -> None:
    from datetime import UTC, datetime

    from geozone.pipeline import accounts

    secret = json.loads(run(f"users add {name} --role {role} --json"))["secret"]
    with Workspace.open(folder) as space:
        accounts.change_own_password(space.store, name, secret, GOOD, at=datetime.now(UTC))


def test_alone_one_person_goes_the_whole_way(run: Any) -> None:
    assert "drafted" in run("drafts list")
    run("drafts submit")
    assert "approved" in run("drafts approve --decision 7/QĐ")
    assert "Released" in run("drafts release")
    assert "released" in run("drafts list")


def test_with_accounts_four_eyes_hold_on_the_command_line_too(run: Any, tmp_path: Path) -> None:
    person(run, tmp_path / "w", "an", "analyst")
    person(run, tmp_path / "w", "binh", "approver")
    assert "four eyes" in run("release --decision 7/QĐ", code=1)
    assert "--as NAME" in run("drafts submit", code=2)
    run("drafts submit latest --as an", code=1, typed="wrong password\n")
    run("drafts submit latest --as an", typed=f"{GOOD}\n")
    run("drafts approve latest --decision 7/QĐ --as an", code=1, typed=f"{GOOD}\n")
    run("drafts approve latest --decision 7/QĐ --as binh", typed=f"{GOOD}\n")
    assert "by binh" in run("drafts release latest --as binh", typed=f"{GOOD}\n")
    told = json.loads(run("audit --action draft- --json"))["audit"]
    assert [(row["actor"], row["action"]) for row in told] == [
        ("binh", "draft-release"),
        ("binh", "draft-approve"),
        ("an", "draft-submit"),
    ]


def test_accounts_and_keys(run: Any, tmp_path: Path) -> None:
    secret = re.search(r"[a-z0-9]{4}(-[a-z0-9]{4}){4}", run("users add an --role analyst --area 01"))
    assert secret is not None
    assert "an  analyst  01  one-time secret" in run("users list")
    run("users change an --role viewer --everywhere")
    assert "an  viewer  everywhere" in run("users list")
    assert "already" in run("users add an --role viewer", code=1)
    assert "not a role" in run("users add x --role owner", code=2)
    key = json.loads(run("api-keys add an --label x --json"))
    assert key["key"] not in run("api-keys list")
    run(f"api-keys revoke {key['public_id']}")
    assert "taken back" in run("api-keys list")
    run("users disable an")
    run("users enable an")
    assert "One-time secret" in run("users password an")
    stored = b"".join(path.read_bytes() for path in (tmp_path / "w").glob("geozone.db*"))
    assert secret[0].encode() not in stored
    assert key["key"].split("_", 2)[2].encode() not in stored
    assert "người giữ máy (command line)" in run("audit --action access:key-add")
