"""The build hook: which Node it takes, when it builds, what it leaves behind."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


hook = load(CHECKOUT / "hatch_build.py")


class AbortedError(Exception):
    pass


class Application:
    """What hatchling hands to a hook."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def display_info(self, message: str) -> None:
        self.said.append(message)

    def abort(self, message: str) -> None:
        raise AbortedError(message)


def make_web(root: Path) -> Path:
    web = root / "web"
    (web / "src").mkdir(parents=True)
    (web / "package.json").write_text("{}")
    (web / "src" / "main.ts").write_text("1")
    return web


def make_hook(root: Path) -> tuple[Any, Application]:
    application = Application()
    made = hook.MapPageHook(str(root), {}, None, None, str(root / "dist"), "wheel", app=application)
    return made, application


@pytest.fixture
def npm(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[list[str]]]:
    """A Node of the machine whose npm writes a page, or fails."""

    def pretend(*, fails: bool = False) -> list[list[str]]:
        calls: list[list[str]] = []

        def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
            calls.append(command)
            if not fails and command[-1] == "build":
                for name in hook.PAGE_FILES:
                    target = options["cwd"] / "dist" / name
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_text(name)
            return subprocess.CompletedProcess(command, int(fails), "npm error the reason\n")

        node = hook.Node(Path("/opt/node/bin/node"), ("npm",))
        monkeypatch.setattr(hook, "system_node", lambda: node)
        monkeypatch.setattr(hook.subprocess, "run", run)
        return calls

    return pretend


@pytest.mark.parametrize(
    ("version", "answer"),
    [
        ("v20.19.0", True), ("v20.18.9", False), ("v18.20.0", False), ("v21.7.0", False), ("v22.11.0", False),
        ("v22.12.0\n", True), ("v24.0.0", True), ("v26.1.2-nightly", True), ("", False), ("node", False),
    ],
)  # fmt: skip
def test_the_versions_of_node_that_can_build(version: str, answer: bool) -> None:
    assert hook.is_recent_enough(version) is answer


def test_the_page_is_built_once_and_again_when_a_source_changes(
    tmp_path: Path, npm: Callable[..., list[list[str]]]
) -> None:
    calls = npm()
    web = make_web(tmp_path)
    made, application = make_hook(tmp_path)
    made.initialize("standard", {})
    assert [command[1] for command in calls] == ["ci", "run"]
    assert (tmp_path / "geozone" / "web" / "vendor" / "leaflet.js").read_text() == "vendor/leaflet.js"
    made.initialize("standard", {})
    assert len(calls) == 2, "an unchanged page is not built again"
    assert "up to date" in application.said[-1]
    (web / "src" / "main.ts").write_text("2")
    made.initialize("editable", {})
    assert len(calls) == 4
    (tmp_path / "geozone" / "web" / "index.html").unlink()
    made.initialize("standard", {})
    assert len(calls) == 6, "a page with a file missing is built again"
    assert sorted(path.name for path in (tmp_path / "geozone").iterdir()) == ["web"], "no scratch is left"


def test_what_is_made_does_not_count_as_a_source(tmp_path: Path) -> None:
    web = make_web(tmp_path)
    before = hook.checksum(web)
    for made in ("node_modules/x/index.js", "dist/index.html", "tests/out/a.js"):
        (web / made).parent.mkdir(parents=True, exist_ok=True)
        (web / made).write_text("x")
    assert hook.checksum(web) == before
    (web / "src" / "main.ts").rename(web / "src" / "other.ts")
    assert hook.checksum(web) != before, "a name counts as well as a content"


def test_a_failed_build_says_why_and_keeps_the_page_before(
    tmp_path: Path, npm: Callable[..., list[list[str]]]
) -> None:
    npm()
    web = make_web(tmp_path)
    made, _ = make_hook(tmp_path)
    made.initialize("standard", {})
    (web / "src" / "main.ts").write_text("broken")
    npm(fails=True)
    with pytest.raises(AbortedError, match=r"(?s)'npm ci .*' in .*ended with 1:.*the reason"):
        made.initialize("standard", {})
    assert (tmp_path / "geozone" / "web" / "index.html").is_file()
    assert not hook.is_fresh(web, tmp_path / "geozone" / "web")


def test_without_node_it_is_asked_of_pypi_and_then_missed_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_web(tmp_path)
    monkeypatch.setattr(hook, "system_node", lambda: None)
    monkeypatch.setattr(hook, "pypi_node", lambda: None)
    made, _ = make_hook(tmp_path)
    assert made.dependencies() == [hook.NODE_FROM_PYPI]
    with pytest.raises(AbortedError, match=r"needs Node 20\.19"):
        made.initialize("standard", {})


def test_a_built_page_asks_for_no_node(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, npm: Callable[..., list[list[str]]]
) -> None:
    npm()
    make_web(tmp_path)
    made, _ = make_hook(tmp_path)
    made.initialize("standard", {})
    monkeypatch.setattr(hook, "system_node", lambda: None)
    assert made.dependencies() == []
    made.initialize("standard", {})


def test_without_sources_it_says_so(tmp_path: Path) -> None:
    made, _ = make_hook(tmp_path)
    with pytest.raises(AbortedError, match=r"no package\.json"):
        made.initialize("standard", {})


def test_a_certificate_authority_is_passed_on() -> None:
    node = hook.Node(Path("/opt/node/bin/node"), ("npm",))
    made = hook.npm_environment(node, {"PATH": "/bin", "SSL_CERT_FILE": "/ca.pem"})
    assert made["NODE_EXTRA_CA_CERTS"] == "/ca.pem"
    assert made["PATH"].split(":")[0] == "/opt/node/bin"
    kept = hook.npm_environment(node, {"NODE_EXTRA_CA_CERTS": "/own.pem", "SSL_CERT_FILE": "/ca.pem"})
    assert kept["NODE_EXTRA_CA_CERTS"] == "/own.pem"


@pytest.mark.parametrize("folder", ["web", "web/contract"])
def test_the_lock_file_names_no_registry_and_pins_every_package(folder: str) -> None:
    web = CHECKOUT / folder
    lock = json.loads((web / "package-lock.json").read_text(encoding="utf-8"))
    packages = {path: entry for path, entry in lock["packages"].items() if path}
    assert len(packages) > 20
    assert not [path for path, entry in packages.items() if "resolved" in entry]
    assert not [path for path, entry in packages.items() if "integrity" not in entry]
    assert "omit-lockfile-registry-resolved=true" in (web / ".npmrc").read_text()
    wanted = json.loads((web / "package.json").read_text())
    ranges = {**wanted.get("dependencies", {}), **wanted["devDependencies"]}
    assert not {
        name: version for name, version in ranges.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)
    }


def test_the_built_page_carries_its_policy_its_vendor_files_and_their_licences() -> None:
    page = CHECKOUT / "geozone" / "web"
    if not (page / "index.html").is_file():
        pytest.skip("the map page is not built: run 'hatchling build --hooks-only'")
    markup = (page / "index.html").read_text(encoding="utf-8")
    assert "Content-Security-Policy" in markup
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|(?:src|href)=\"https?:", markup)
    for name in hook.PAGE_FILES:
        assert (page / name).stat().st_size > 500
    assert "Leaflet 1.9.4" in (page / "vendor" / "leaflet.js").read_text(encoding="utf-8")[:300]
    assert "jQuery v3.7.1" in (page / "vendor" / "jquery.min.js").read_text(encoding="utf-8")[:300]
    licences = (page / "THIRD_PARTY_LICENSES.txt").read_text(encoding="utf-8")
    for package in ("maplibre-gl", "leaflet 1.9.4", "jquery 3.7.1", "@fontsource/be-vietnam-pro"):
        assert package in licences


def test_the_types_of_the_page_are_those_the_service_documents() -> None:
    """Their first line names the document they were written from; `make lint` writes them again."""
    types = load(CHECKOUT / "scripts" / "contract_types.py")
    document = types.contract()
    first = types.TARGET.read_text(encoding="utf-8").splitlines(keepends=True)[0]
    assert first == types.HEADER.format(digest=types.digest(document)), "run: make types"
    assert not {*document["components"]["schemas"]} - {
        *re.findall(r"export type (\w+)", types.TARGET.read_text())
    }
