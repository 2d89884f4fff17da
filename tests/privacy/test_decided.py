"""What a workspace decides about privacy: kept, shown, and refused where it makes no sense."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from geozone.cli.app import app
from geozone.errors import DataError
from geozone.pipeline.decide import choose_rules
from geozone.workspace import MARKER, Workspace


@pytest.fixture
def root(tmp_path: Path) -> Path:
    Workspace.create(tmp_path / "w", created_at=datetime(2021, 11, 20, tzinfo=UTC)).close()
    return tmp_path / "w"


def test_small_counts_are_withheld_unless_decided_otherwise(root: Path) -> None:
    ask = ["small-counts", "--workspace", str(root), "--json"]
    assert json.loads(CliRunner().invoke(app, ask).stdout) == {"small_under": 5}
    told = CliRunner().invoke(app, ["small-counts", "0", "--workspace", str(root)])
    assert "as they are" in told.stdout
    assert json.loads(CliRunner().invoke(app, ask).stdout) == {"small_under": 0}
    refused = CliRunner().invoke(app, ["small-counts", "2", "--workspace", str(root)])
    assert isinstance(refused.exception, DataError)
    assert json.loads(CliRunner().invoke(app, ask).stdout) == {"small_under": 0}


def test_the_mask_of_zones_is_off_until_decided_and_then_in_the_rules(root: Path) -> None:
    with Workspace.open(root) as space:
        assert choose_rules(space, "vn-4800-2021", date(2021, 11, 20)).zoning.mask_m == 0
    told = CliRunner().invoke(app, ["zone-mask", "50", "--workspace", str(root)])
    assert "cells of 50 m" in told.stdout
    assert "36 m" in told.stdout
    with Workspace.open(root) as space:
        assert choose_rules(space, "vn-4800-2021", date(2021, 11, 20)).zoning.mask_m == 50
    kept = json.loads((root / MARKER).read_text(encoding="utf-8"))
    assert kept["format"] == 1
    assert CliRunner().invoke(app, ["zone-mask", "5000", "--workspace", str(root)]).exit_code == 2
