"""The documentation is true: links lead somewhere, commands exist, the tutorial runs as written."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer.main
from typer.testing import CliRunner

from geozone.cli import app
from geozone.settings import Settings

CHECKOUT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [*CHECKOUT.glob("*.md"), *(CHECKOUT / "docs").rglob("*.md"), *(CHECKOUT / "data").rglob("*.md")]
)
PLACEHOLDERS = ("CASE", "CODE", "MÃ_", " A B", "FILE", "communes.geojson", "fetch-boundaries", "geozone demo")


def commands(page: Path) -> list[str]:
    blocks = re.findall(r"```(?:\w*)\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    lines = [line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines()]
    return [line.split("  #")[0].strip() for line in lines if line.startswith("geozone ")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    inside = [link for link in links if not re.match(r"[a-z]+:", link)]
    assert not [link for link in inside if not (page.parent / link).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_commands_and_options_exist(page: Path) -> None:
    root = typer.main.get_command(app)
    for line in commands(page):
        words = shlex.split(line.replace("[", " ").replace("]", " ").split("|")[0])[1:]
        command = root
        while words and hasattr(command, "commands") and words[0] in command.commands:
            command = command.commands[words.pop(0)]
        assert not hasattr(command, "commands") or not words, line
        known = {name for parameter in command.params for name in parameter.opts} | {
            "--help",
            "-h",
            "--version",
        }
        used = {word.split("=")[0] for word in words if word.startswith("-") and not re.match(r"-\d", word)}
        assert used <= known, line


def test_settings_named_in_the_documentation_exist() -> None:
    known = {f"GEOZONE_{name.upper()}" for name in Settings.model_fields}
    for page in PAGES:
        used = set(re.findall(r"\bGEOZONE_[A-Z_]+\b", page.read_text(encoding="utf-8")))
        assert {
            name for name in used if not name.startswith(("GEOZONE_TEST", "GEOZONE_REQUIRE", "GEOZONE_DEV"))
        } <= known, page


@pytest.mark.parametrize("name", ["README.md", "docs/tutorial.md", "docs/tutorial.vi.md"])
def test_the_commands_run_as_written(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").symlink_to(CHECKOUT / "data")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GEOZONE_WORKSPACE", raising=False)
    ran = 0
    for line in commands(CHECKOUT / name):
        if line == "geozone serve" or any(word in line for word in PLACEHOLDERS):
            continue
        result = CliRunner().invoke(app, shlex.split(line)[1:])
        assert result.exit_code == 0, f"{line}\n{result.output}\n{result.exception}"
        ran += 1
    assert ran >= 6
