"""``geozone doctor`` finds what is wrong with a workspace, and says it in two languages."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from geozone.cli import app
from geozone.cli.doctor import State, examine
from geozone.settings import Settings
from geozone.workspace import Workspace

NOW = datetime(2026, 7, 1, tzinfo=UTC)


@pytest.fixture
def space(tmp_path: Path) -> Path:
    """A workspace with a key."""
    root = tmp_path / "w"
    with Workspace.create(root, created_at=NOW) as made:
        made.keys.make("CDC", at=NOW)
    return root


def states(root: Path | None, at: datetime = NOW) -> dict[str, State]:
    checks = list(examine(root, Settings(), at=at))
    assert all(check.vi and check.en for check in checks)
    return {check.name: check.state for check in checks}


def test_a_good_workspace_is_good(space: Path) -> None:
    found = states(space)
    assert {name for name, state in found.items() if state is State.BAD} <= {"web", "disk"}
    assert {
        "packages",
        "web",
        "disk",
        "rights",
        "database",
        "releases",
        "key",
        "identifier-key",
        "clock",
    } == set(found)
    result = CliRunner().invoke(app, ["doctor", "--workspace", str(space), "--json"])
    document = json.loads(result.stdout)
    assert result.exit_code == (0 if document["ok"] else 1)
    assert len(document["checks"]) == 9


def _damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096 * 2 : 4096 * 3] = b"\xff" * 4096
    path.write_bytes(bytes(data))


def _identifier_keys(root: Path) -> Path:
    return root / "secrets" / "identifiers.keys"


FAULTS: dict[str, tuple[str, Callable[[Path], Any]]] = {
    "a readable key": ("rights", lambda root: next(root.glob("keys/*.pem")).chmod(0o644)),
    "an open database": ("rights", lambda root: (root / "geozone.db").chmod(0o640)),
    "a damaged database": ("database", lambda root: _damage(root / "geozone.db")),
    "no database": ("database", lambda root: (root / "geozone.db").unlink()),
    "no key of identifiers": ("database", lambda root: (root / "secrets" / "identifiers.keys").unlink()),
    "an open key of identifiers": ("rights", lambda root: _identifier_keys(root).chmod(0o640)),
    "a backup that holds the key": (
        "identifier-key",
        lambda root: (root / "b.db").write_bytes(b"\0" * 5_000_000 + _identifier_keys(root).read_bytes()),
    ),
    "a damaged pointer": ("releases", lambda root: (root / "releases" / "current").write_text("x")),
}


@pytest.mark.parametrize("what", FAULTS)
def test_what_is_bad_is_found(space: Path, what: str) -> None:
    name, break_it = FAULTS[what]
    break_it(space)
    assert states(space)[name] is State.BAD


def test_a_clock_that_went_back_is_found(space: Path) -> None:
    assert states(space, NOW - timedelta(days=400))["key"] is State.BAD
    assert states(None)["workspace"] is State.WARNING
