"""SIGKILL at random points and at system calls: nothing acknowledged is lost, nothing is half-published.

``GEOZONE_TEST_KILLS`` raises the number of kills per harness (about 30 in all by default), and
``GEOZONE_TEST_SEED`` changes where they fall.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HARNESS = Path(__file__).with_name("durability_harness.py")
KILLS = int(os.environ.get("GEOZONE_TEST_KILLS", "9"))
SEED = int(os.environ.get("GEOZONE_TEST_SEED", "20211105"))


def harness(folder: Path, *arguments: str) -> dict[str, dict[str, Any]]:
    result = subprocess.run(
        [sys.executable, HARNESS, folder, f"--kills={KILLS}", f"--seed={SEED}", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=240 + 20 * KILLS,
    )
    assert result.returncode == 0, result.stderr
    found = {told["mode"]: told for told in map(json.loads, result.stdout.splitlines())}
    for mode, told in found.items():
        sys.stdout.write(f"{mode}: {told['kills']} kills, {told['acknowledged']} acknowledged, seed {SEED}\n")
    return found


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """All harnesses in one process, for importing costs more than killing."""
    every = 1 if KILLS >= 100 else 11
    folder = tmp_path_factory.mktemp("kills")
    return harness(folder, "store", "early", "migrate", "release", "calls", "race", f"--every={every}")


def test_killed_while_importing_geocoding_and_backing_up(outcome: dict[str, Any]) -> None:
    assert outcome["store"]["problems"] == []
    assert outcome["store"]["kills"] == KILLS
    assert outcome["store"]["acknowledged"] > 0


def test_the_harness_catches_a_promise_made_too_early(outcome: dict[str, Any]) -> None:
    """Otherwise the silence of the other tests would mean nothing."""
    assert any("was acknowledged" in problem for problem in outcome["early"]["problems"])


def test_killed_while_migrating_up_and_down(outcome: dict[str, Any]) -> None:
    assert outcome["migrate"]["problems"] == []
    assert outcome["migrate"]["kills"] == KILLS


def test_killed_while_drafting_publishing_and_rolling_back(outcome: dict[str, Any]) -> None:
    assert outcome["release"]["problems"] == []
    assert outcome["release"]["kills"] == KILLS
    assert outcome["release"]["acknowledged"] > 0


def test_killed_at_system_calls_of_a_publication_a_roll_back_and_a_draft(outcome: dict[str, Any]) -> None:
    assert outcome["calls"]["problems"] == []
    assert outcome["calls"]["kills"] >= 5


def test_four_publishers_at_once_make_one_chain(outcome: dict[str, Any]) -> None:
    assert outcome["race"]["problems"] == []
    assert outcome["race"]["acknowledged"] == 12


def test_killed_while_importing_into_and_migrating_postgresql(tmp_path: Path, postgres_address: str) -> None:
    found = harness(tmp_path, "store", "migrate", f"--database={postgres_address}")
    assert [told["problems"] for told in found.values()] == [[], []]
    assert found["store"]["acknowledged"] > 0
