"""The files for deployment are what their programs read, and pin what the package needs."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from geozone.settings import Settings

CHECKOUT = Path(__file__).resolve().parents[2]
DEPLOY = CHECKOUT / "deploy"


def lock() -> dict[str, str]:
    lines = (DEPLOY / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pinned = [line.split(";")[0].strip() for line in lines if line and not line.startswith((" ", "#"))]
    return {line.split("==")[0].split("[")[0].lower(): line.split("==")[1] for line in pinned}


def test_every_dependency_is_pinned_and_high_enough() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = [*project["dependencies"], *project["optional-dependencies"]["postgresql"]]
    pinned = lock()
    for need in needed:
        name, least = re.match(r"([A-Za-z0-9._-]+)(?:\[.*?\])?(?:>=([\d.]+))?", need).groups()  # type: ignore[union-attr]
        found = [int(part) for part in re.findall(r"\d+", pinned[name.lower()])]
        assert found >= [int(part) for part in (least or "0").split(".")], need


def test_the_lock_names_no_host() -> None:
    assert "://" not in (DEPLOY / "requirements.lock").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name", ["Containerfile", "compose.yaml", "geozone.service", "geozone-backup.service"]
)
def test_settings_named_there_exist(name: str) -> None:
    known = {f"GEOZONE_{field.upper()}" for field in Settings.model_fields}
    used = set(re.findall(r"\bGEOZONE_[A-Z_]+\b", (DEPLOY / name).read_text(encoding="utf-8")))
    assert used
    assert used <= known


def test_systemd_reads_the_units(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not installed")
    for name in ("geozone.service", "geozone-backup.service", "geozone-backup.timer"):
        text = (DEPLOY / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace("/opt/geozone/bin/geozone", "/bin/true"), encoding="utf-8")
    told = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *sorted(tmp_path.iterdir())],
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [line for line in told.stderr.splitlines() if "geozone" in line and "not-found" not in line]
    assert ours == []


def test_no_container_runs_as_root_and_the_database_has_no_way_out() -> None:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    stages = text.split("FROM ")
    assert "USER geozone" in stages[-1]
    assert stages[-1].index("USER geozone") < stages[-1].index("CMD [")
    compose = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    assert "inside: {internal: true}" in compose
    assert "privileged: true" not in compose
