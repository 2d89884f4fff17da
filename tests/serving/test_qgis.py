"""QGIS from Debian's packages opens every collection and draws the vector tiles."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import httpx
import pytest

SYSTEM_PYTHON = "/usr/bin/python3"
COLLECTIONS = [
    "communes", "containment_zones", "buffer_zones", "green_zones", "coverage", "facilities", "checkpoints",
]  # fmt: skip


def environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    local = {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", "HOME": str(home)}
    return {**kept, **local, "QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": str(home)}


@functools.cache
def has_qgis() -> bool:
    if shutil.which(SYSTEM_PYTHON) is None:
        return False
    probe = [SYSTEM_PYTHON, "-c", "import qgis.core"]
    return (
        subprocess.run(
            probe, capture_output=True, check=False, env=environment(Path(tempfile.gettempdir()))
        ).returncode
        == 0
    )


@pytest.fixture(scope="module")
def seen(server: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    if not has_qgis():
        pytest.skip("python3-qgis and qgis-providers of Debian are not installed")
    script = Path(__file__).with_name("qgis_client.py")
    done = subprocess.run(
        [SYSTEM_PYTHON, script, server, "communes", *COLLECTIONS],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
        env=environment(tmp_path_factory.mktemp("qgis")),
    )
    assert done.stdout.startswith("{"), done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[0])
    return found


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_qgis_opens_every_collection(server: str, seen: dict[str, Any], collection: str) -> None:
    found = seen["features"][collection]
    page = httpx.get(f"{server}/ogc/collections/{collection}/items?limit=1000").json()
    if not page["features"]:
        pytest.skip("this release has no feature here")
    assert found["valid"], found
    assert found["count"] == page["numberMatched"]
    assert set(page["features"][0]["properties"]) <= set(found["fields"])
    assert found["valid_geometries"]
    box = ",".join(map(repr, found["middle"]))
    inside = httpx.get(f"{server}/ogc/collections/{collection}/items?limit=1000&bbox={box}").json()
    assert found["in_the_middle"] == inside["numberMatched"]


def test_qgis_draws_the_vector_tiles(seen: dict[str, Any]) -> None:
    assert seen["tiles"]["valid"]
    assert seen["tiles"]["inked"] > 100
    assert seen["tiles"]["inked_elsewhere"] == 0
