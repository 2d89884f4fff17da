"""A release in one file: the same bytes each time, and anything changed in it is found."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from geozone.errors import DataError, StoreError
from geozone.release import Release, ReleaseStore, archive, verify_archive

Make = Callable[..., Any]


@pytest.fixture
def release(tmp_path: Path, draft: Make, now: datetime) -> Release:
    return ReleaseStore(tmp_path / "releases").publish(draft(), decision="1", created_at=now, actor="an")


@pytest.fixture
def file(tmp_path: Path, release: Release) -> Path:
    path = tmp_path / "release.zip"
    archive(release, path)
    return path


def rewrite(
    path: Path, change: Callable[[dict[str, bytes]], Any], compression: int = zipfile.ZIP_STORED
) -> None:
    with zipfile.ZipFile(path) as old:
        members = {name: old.read(name) for name in old.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w", compression) as new:
        for name, data in members.items():
            new.writestr(name, data)


def first_object(members: dict[str, bytes]) -> str:
    return next(name for name in members if name.startswith("objects/"))


def test_an_archive_verifies_and_is_the_same_each_time(file: Path, release: Release, tmp_path: Path) -> None:
    report = verify_archive(file)
    assert (report.digest, report.ok, report.objects, report.chain) == (release.digest, True, 5, 1)
    again = tmp_path / "again.zip"
    archive(release, again)
    assert again.read_bytes() == file.read_bytes()
    assert zipfile.ZipFile(io.BytesIO(file.read_bytes())).testzip() is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda m: m.pop(first_object(m)), "is missing"),
        (lambda m: m.update({first_object(m): b"forged"}), "has changed"),
        (lambda m: m.update({"objects/" + "0" * 64: b"extra"}), "is not part of the release"),
        (lambda m: m.update({"../../evil": b"x"}), "does not belong there"),
        (
            lambda m: m.update(
                {next(n for n in m if n.startswith("manifests")): b'{"format":1,"layers":{}}'}
            ),
            "manifest .* has changed",
        ),
    ],
)
def test_a_changed_archive_is_caught(
    file: Path, change: Callable[[dict[str, bytes]], Any], words: str
) -> None:
    rewrite(file, change)
    report = verify_archive(file)
    assert not report.ok
    import re

    assert any(re.search(words, problem) for problem in report.problems)


def test_a_compressed_member_is_refused_before_it_is_unpacked(file: Path) -> None:
    rewrite(file, lambda m: m.update({first_object(m): b"\0" * 50_000_000}), zipfile.ZIP_DEFLATED)
    assert file.stat().st_size < 1_000_000
    assert any("not stored as it must be" in problem for problem in verify_archive(file).problems)


@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip at all", b"PK\x05\x06" + b"\0" * 18])
def test_another_file_is_not_an_archive(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.zip"
    path.write_bytes(content)
    with pytest.raises(DataError, match="an archive of one release"):
        verify_archive(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="No such file"):
        verify_archive(tmp_path / "none.zip")


def test_no_flipped_byte_passes_for_the_release(file: Path, release: Release) -> None:
    """Names, contents and sizes are all covered; only dates and flags of the ZIP itself may differ."""
    whole = file.read_bytes()
    luck = random.Random(5)  # noqa: S311
    caught = 0
    for _ in range(150):
        position = luck.randrange(len(whole))
        changed = bytearray(whole)
        changed[position] ^= 1 << luck.randrange(8)
        file.write_bytes(changed)
        try:
            report = verify_archive(file)
        except (DataError, StoreError):
            caught += 1
            continue
        if not report.ok or report.digest != release.digest:
            caught += 1
            continue
        with zipfile.ZipFile(file) as found:
            assert {name: found.read(name) for name in found.namelist()} == members_of(whole)
    assert caught > 100


def members_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {name: file.read(name) for name in file.namelist()}


def test_a_damaged_release_cannot_be_archived(release: Release, tmp_path: Path) -> None:
    (tmp_path / "releases" / "objects" / release.attributes_digest("communes")).write_bytes(b"x")
    with pytest.raises(StoreError, match="has changed on disk"):
        archive(release, tmp_path / "release.zip")
    assert not (tmp_path / "release.zip").exists()
