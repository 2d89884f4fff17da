"""Any changed byte, any missing file and any rewritten history is found and named."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geozone.errors import StoreError
from geozone.release import ReleaseStore
from geozone.release.manifest import canonical

Make = Callable[..., Any]


@pytest.fixture
def chain(tmp_path: Path, draft: Make, now: datetime) -> Path:
    """Three releases."""
    releases = ReleaseStore(tmp_path / "releases")
    for day in (1, 2, 3):
        releases.publish(draft(day, level=day), decision=f"{day}/QĐ", created_at=now, actor="an")
    return tmp_path / "releases"


def digests(root: Path) -> list[str]:
    return [item.digest for item in ReleaseStore(root).list()]


def test_a_whole_chain_verifies(chain: Path) -> None:
    releases = ReleaseStore(chain)
    for length, digest in enumerate(reversed(digests(chain)), 1):
        report = releases.verify(digest)
        assert report.ok
        assert (report.objects, report.chain, report.problems) == (5, length, ())
        assert report.to_dict()["ok"] is True
        assert "whole" in report.lines()[-1]


def test_a_missing_blob_is_named_with_its_layer(chain: Path) -> None:
    release = ReleaseStore(chain).get("current")
    (chain / "objects" / str(release.geometry_digest("communes"))).unlink()
    report = ReleaseStore(chain).verify("current")
    assert not report.ok
    assert report.problems == (
        f"object {release.geometry_digest('communes')} is missing (geometry of communes)",
    )
    assert report.lines()[0].startswith("NOT GENUINE")
    with pytest.raises(StoreError, match="is missing"):
        ReleaseStore(chain).get("current").layer("communes")


def test_a_removed_predecessor_is_named(chain: Path) -> None:
    newest, middle, oldest = digests(chain)
    (chain / "manifests" / f"{middle}.json").unlink()
    report = ReleaseStore(chain).verify("current")
    assert report.problems == (f"history is cut: manifest {middle} is missing",)
    # What can still be read is still listed, and nothing is taken for a leftover.
    assert digests(chain) == [newest, oldest]
    assert ReleaseStore(chain).verify(oldest).ok


def test_history_cannot_be_rewritten(chain: Path) -> None:
    newest, middle, _ = digests(chain)
    path = chain / "manifests" / f"{middle}.json"
    manifest = json.loads(path.read_bytes())
    manifest["decision"] = "forged"
    path.write_bytes(json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode())
    report = ReleaseStore(chain).verify(newest)
    assert report.problems == (f"history is cut: manifest {middle} has changed on disk",)
    with pytest.raises(StoreError, match="has changed on disk"):
        ReleaseStore(chain)._chain.manifest(middle)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (json.dumps, "not in canonical form"),
        (lambda m: canonical({**m, "format": 99}).decode(), "of format 99"),
        (lambda m: '{"format":1,"layers":{"communes":7}}', "not described"),
        (lambda m: '{"format":1,"layers":{"communes":{"attributes":"../../etc/passwd"}}}', "not described"),
        (lambda m: '{"format":1}', "without layers"),
        (lambda m: '{"format":1,"layers":{},"previous":"../x"}', "proper predecessor"),
        (lambda m: "[]", "not an object"),
        (lambda m: "[" * 100_000, "nested too deeply|Expecting|too deeply"),
        (lambda m: "\udcff", "decode"),
    ],
)
def test_a_forged_manifest_with_a_right_name_is_refused(
    chain: Path, change: Callable[[Any], str], words: str
) -> None:
    newest = digests(chain)[0]
    manifest = json.loads((chain / "manifests" / f"{newest}.json").read_bytes())
    data = change(manifest).encode("utf-8", "surrogateescape")
    digest = hashlib.sha256(data).hexdigest()
    (chain / "manifests" / f"{digest}.json").write_bytes(data)
    (chain / "current").write_text(digest + "\n")
    report = ReleaseStore(chain).verify(digest)
    assert len(report.problems) == 1
    with pytest.raises(StoreError, match=words):
        ReleaseStore(chain).get("current")


@pytest.mark.parametrize("content", [b"", b"garbage\n", b"\xff" * 64, b"0" * 63, b"../manifests/x"])
def test_a_damaged_pointer_is_named(chain: Path, content: bytes) -> None:
    (chain / "current").write_bytes(content)
    releases = ReleaseStore(chain)
    for call in (releases.list, lambda: releases.get("current"), lambda: releases.verify("current")):
        with pytest.raises(StoreError, match="is damaged"):
            call()
    assert len(list((chain / "manifests").iterdir())) == 3


def test_a_pointer_to_nothing_is_named(chain: Path) -> None:
    (chain / "current").write_text("0" * 64 + "\n")
    with pytest.raises(StoreError, match="is missing"):
        ReleaseStore(chain).get("current")
    assert not ReleaseStore(chain).verify("current").ok
    assert len(list((chain / "manifests").iterdir())) == 3


def test_rolling_back_to_a_damaged_release_is_refused(chain: Path, now: datetime) -> None:
    newest, middle, _ = digests(chain)
    release = ReleaseStore(chain).get(middle)
    (chain / "objects" / release.attributes_digest("communes")).write_bytes(b"x")
    with pytest.raises(StoreError, match="has changed on disk"):
        ReleaseStore(chain).set_current(middle, at=now, actor="an")
    assert ReleaseStore(chain).get("current").digest == newest


def test_publishing_mends_a_damaged_blob(chain: Path, draft: Make, now: datetime) -> None:
    release = ReleaseStore(chain).get("current")
    blob = chain / "objects" / str(release.geometry_digest("communes"))
    whole = blob.read_bytes()
    blob.write_bytes(whole[:-1])
    ReleaseStore(chain).publish(draft(4), decision="4/QĐ", created_at=now, actor="an")
    assert blob.read_bytes() == whole
    assert ReleaseStore(chain).verify("current").ok


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_flipped_bit_of_a_blob_or_manifest_is_found(chain: Path, data: st.DataObject) -> None:
    copy = chain.with_name("copy")
    if copy.exists():
        shutil.rmtree(copy)
    shutil.copytree(chain, copy)
    newest = digests(copy)[0]
    release = ReleaseStore(copy).get(newest)
    used = {
        entry[part] for entry in release.manifest["layers"].values() for part in ("attributes", "geometry")
    }
    files = [copy / "objects" / name for name in sorted(used - {None})]
    files += sorted((copy / "manifests").iterdir())
    file = data.draw(st.sampled_from(files))
    content = bytearray(file.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    file.write_bytes(content)
    report = ReleaseStore(copy).verify(newest)
    assert not report.ok
    assert file.name.removesuffix(".json") in report.problems[0]
    if file.parent.name == "objects":
        with pytest.raises(StoreError, match="has changed on disk"):
            [release.layer(name) for name in release.layer_names]
