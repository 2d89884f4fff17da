"""One file that holds a release and can be verified anywhere."""

from __future__ import annotations

import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from geozone.errors import DataError, Fault
from geozone.release.disk import digest_of, refusals, write_whole
from geozone.release.manifest import object_digests, parse
from geozone.release.report import VerifyReport
from geozone.release.snapshot import Release

__all__ = ["CHECKSUMS", "archive", "checksums_bytes", "release_members", "verify_archive"]

CHECKSUMS = "checksums.json"
"""File of a bundle that names every file beside the release with its SHA-256."""

_MANIFEST = re.compile(r"manifests/([0-9a-f]{64})\.json")
_OBJECT = re.compile(r"objects/([0-9a-f]{64})")
_EPOCH = (1980, 1, 1, 0, 0, 0)
_LARGEST = 2 << 30


def archive(release: Release, path: Path) -> None:
    """Write a release to one ZIP file; the same release always gives the same bytes.

    Parameters
    ----------
    release : Release
        Every blob of it is checked as it is read.
    path : Path
        The file; it is replaced only when the archive is complete.

    Raises
    ------
    StoreError
        If a blob is missing or has changed, or the disk refuses.
    """
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as file:
        for name, data in release_members(release):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.external_attr = 0o644 << 16
            file.writestr(info, data)
    with refusals(path):
        write_whole(path, sink.getvalue())


def release_members(release: Release) -> Iterator[tuple[str, bytes]]:
    """Give the files that make up a release.

    Parameters
    ----------
    release : Release
        Every blob of it is checked as it is read.

    Yields
    ------
    name : str
        Name in an archive; it must be stored there without compression.
    data : bytes
        The manifest, or a blob.

    Raises
    ------
    StoreError
        If a blob is missing or has changed.
    """
    yield f"manifests/{release.digest}.json", release.manifest_bytes()
    for name in sorted(object_digests(release.manifest)):
        yield f"objects/{name}", release.blob(name)


def checksums_bytes(digests: Mapping[str, str]) -> bytes:
    """Write the list of the files of a bundle.

    Parameters
    ----------
    digests : mapping of str
        SHA-256 by name.

    Returns
    -------
    bytes
        JSON, names sorted.
    """
    return json.dumps(dict(digests), indent=0, sort_keys=True).encode()


def verify_archive(path: Path) -> VerifyReport:
    """Hash everything in an archive again.

    Parameters
    ----------
    path : Path
        A file that ``archive`` wrote, or a bundle with such an archive in it.

    Returns
    -------
    VerifyReport
        ``digest`` is what to compare with the published one; ``chain`` is 1, for the history is not
        in the archive.

    Raises
    ------
    DataError
        If the file is not an archive of a release.
    StoreError
        If the disk refuses.
    """
    with refusals(path):
        try:
            with zipfile.ZipFile(path) as file:
                return _verify(path, file)
        except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, UnicodeDecodeError) as error:
            raise _not_ours(path, f"a damaged file ({type(error).__name__})") from None


def _verify(path: Path, file: zipfile.ZipFile) -> VerifyReport:
    members = file.infolist()
    manifests = [match for info in members if (match := _MANIFEST.fullmatch(info.filename))]
    if len(manifests) != 1:
        raise _not_ours(path, f"{len(manifests)} manifests")
    digest = manifests[0].group(1)
    problems: list[str] = []
    names = [info.filename for info in members]
    problems += [
        f"{name} is there twice" for name in sorted({name for name in names if names.count(name) > 1})
    ]
    data = _read(file, manifests[0].group(0), problems)
    if data is not None and digest_of(data) != digest:
        problems.append(f"manifest {digest} has changed")
    expected: frozenset[str] = frozenset()
    try:
        expected = object_digests(parse(data or b""))
    except ValueError as error:
        problems.append(f"manifest {digest} is {error}")
    present = {match.group(1) for name in names if (match := _OBJECT.fullmatch(name))}
    known = {f"objects/{name}" for name in present} | {manifests[0].group(0)}
    known |= _verify_beside(file, set(names) - known, problems)
    problems += [f"{name!r} does not belong there" for name in sorted(set(names) - known)]
    problems += [f"object {name} is not part of the release" for name in sorted(present - expected)]
    for name in sorted(expected):
        blob = _read(file, f"objects/{name}", problems) if name in present else None
        if name not in present:
            problems.append(f"object {name} is missing")
        elif blob is not None and digest_of(blob) != name:
            problems.append(f"object {name} has changed")
    return VerifyReport(digest, len(expected), 1, tuple(problems))


def _verify_beside(file: zipfile.ZipFile, names: set[str], problems: list[str]) -> set[str]:
    """Check the files of a bundle against its list, and tell which are on it."""
    if CHECKSUMS not in names:
        return set()
    try:
        listed = json.loads(_read(file, CHECKSUMS, problems) or b"{}")
    except ValueError:
        listed = None
    if not isinstance(listed, dict):
        problems.append(f"{CHECKSUMS} cannot be read")
        return {CHECKSUMS}
    for name, digest in sorted(listed.items()):
        data = _read(file, name, problems, packed=True) if name in names else None
        if name not in names:
            problems.append(f"{name!r} is missing")
        elif data is not None and digest_of(data) != digest:
            problems.append(f"{name!r} has changed")
    return {CHECKSUMS, *listed}


def _read(file: zipfile.ZipFile, name: str, problems: list[str], *, packed: bool = False) -> bytes | None:
    info = file.getinfo(name)
    allowed = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} if packed else {zipfile.ZIP_STORED}
    if info.compress_type not in allowed or info.file_size > _LARGEST:
        problems.append(f"{name} is not stored as it must be")
        return None
    try:
        return file.read(name)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        problems.append(f"{name} is damaged ({type(error).__name__})")
        return None


def _not_ours(path: Path, found: str) -> DataError:
    return DataError(path.name, [Fault(None, None, found, "an archive of one release")])
