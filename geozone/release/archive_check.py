"""An archive or a bundle held against its digests and its signatures, with bounded memory."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
import zlib
from collections.abc import Collection
from pathlib import Path
from typing import Any

from geozone.errors import DataError, Fault
from geozone.release.archive import BUNDLE_SIGNATURE, CHECKSUMS
from geozone.release.disk import refusals
from geozone.release.findings import Finding, changed, malformed, missing
from geozone.release.manifest import object_digests, parse
from geozone.release.report import VerifyReport
from geozone.release.signatures import RING
from geozone.release.signing import KeyRing, Statement, Trust
from geozone.release.verifying import Link, check_signatures

__all__ = ["verify_archive"]

_MANIFEST = re.compile(r"manifests/([0-9a-f]{64})\.json")
_OBJECT = re.compile(r"objects/([0-9a-f]{64})")
_LARGEST = 2 << 30
_LARGEST_DOCUMENT = 32 << 20
_LARGEST_SUM = 4 << 30
_MOST_MEMBERS = 100_000
_CHUNK = 1 << 20


def verify_archive(path: Path, trust: Trust | None = None) -> VerifyReport:
    """Hash everything in an archive again, and judge its signature.

    Parameters
    ----------
    path : Path
        A file that ``archive`` wrote, or a bundle with such an archive in it.
    trust : Trust, optional
        Whom the reader trusts, and what was seen of the history before; nobody by default.

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
                return _ArchiveCheck(path, file, trust or Trust()).run()
        except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, UnicodeDecodeError) as error:
            raise _not_ours(path, f"a damaged file ({type(error).__name__})") from None


def _not_ours(path: Path, found: str) -> DataError:
    return DataError(path.name, [Fault(None, None, found, "an archive of one release")])


class _ArchiveCheck:
    """One pass over an archive; it gathers what does not agree."""

    def __init__(self, path: Path, file: zipfile.ZipFile, trust: Trust) -> None:
        self._file = file
        self._trust = trust
        self._names = [info.filename for info in file.infolist()]
        manifests = [match for name in self._names if (match := _MANIFEST.fullmatch(name))]
        if len(self._names) > _MOST_MEMBERS:
            raise _not_ours(path, f"{len(self._names)} files")
        if len(manifests) != 1:
            raise _not_ours(path, f"{len(manifests)} manifests")
        if sum(info.file_size for info in file.infolist()) > _LARGEST_SUM:
            raise _not_ours(path, "more than 4 GiB when unpacked")
        self._digest = manifests[0].group(1)
        self._findings: list[Finding] = []
        self._notes: list[Finding] = []

    def run(self) -> VerifyReport:
        names = set(self._names)
        twice = sorted(name for name in names if self._names.count(name) > 1) if self._repeats() else []
        self._findings += [
            Finding("foreign", f"{name} có hai lần", f"{name} is there twice") for name in twice
        ]
        manifest, objects = self._manifest()
        self._objects(names, objects)
        ring = self._trust.ring | self._ring()
        known = {f"manifests/{self._digest}.json", f"signatures/{self._digest}.json", RING}
        known |= {name for name in names if _OBJECT.fullmatch(name)}
        known |= self._beside(names - known, ring)
        for name in sorted(names - known):
            self._say("foreign", f"{name!r} không thuộc về bản này", f"{name!r} does not belong there")
        link = Link(self._digest, manifest.get("previous"))
        signature, more = check_signatures(self, self._digest, [link], ring, self._trust, complete=False)
        findings = [*self._findings, *more]
        return VerifyReport(self._digest, len(objects), 1, tuple(findings), signature, tuple(self._notes))

    def statement(self, digest: str) -> bytes | None:
        name = f"signatures/{digest}.json"
        return self._read(name) if name in self._names else None

    def _say(self, code: str, vi: str, en: str) -> None:
        self._findings.append(Finding(code, vi, en))

    def _repeats(self) -> bool:
        return len(set(self._names)) != len(self._names)

    def _manifest(self) -> tuple[dict[str, Any], frozenset[str]]:
        data = self._read(f"manifests/{self._digest}.json")
        if data is None:
            return {}, frozenset()
        if hashlib.sha256(data).hexdigest() != self._digest:
            self._findings.append(changed("manifest", self._digest))
        try:
            manifest = parse(data)
            return manifest, object_digests(manifest)
        except ValueError as error:
            self._findings.append(malformed(self._digest, error))
            return {}, frozenset()

    def _objects(self, names: Collection[str], expected: frozenset[str]) -> None:
        present = {match.group(1) for name in names if (match := _OBJECT.fullmatch(name))}
        for name in sorted(present - expected):
            self._say(
                "foreign",
                f"tệp dữ liệu {name} không thuộc bản công bố",
                f"object {name} is not part of the release",
            )
        for name in sorted(expected):
            if name not in present:
                self._findings.append(missing("object", name))
            elif self._hash(f"objects/{name}") not in (name, None):
                self._findings.append(changed("object", name))

    def _ring(self) -> KeyRing:
        data = self._read(RING) if RING in self._names else None
        if data is None:
            return KeyRing()
        try:
            ring = KeyRing.from_bytes(data)
        except ValueError:
            ring = KeyRing()
        if ring.to_bytes() != data:
            self._say("keys", f"tệp khóa {RING} đã bị thay đổi", f"the ring of keys {RING} has changed")
        return ring

    def _beside(self, names: set[str], ring: KeyRing) -> set[str]:
        """Check the files of a bundle against its list, and tell which are on it."""
        if CHECKSUMS not in names:
            return set()
        data = self._read(CHECKSUMS, packed=True)
        try:
            listed = json.loads(data or b"{}")
        except (ValueError, RecursionError):
            listed = None
        if not isinstance(listed, dict):
            self._say("changed", f"không đọc được {CHECKSUMS}", f"{CHECKSUMS} cannot be read")
            return {CHECKSUMS}
        for name, digest in sorted(listed.items()):
            if name not in names:
                self._say("missing", f"thiếu {name!r}", f"{name!r} is missing")
            elif self._hash(name, packed=True) not in (digest, None):
                self._say("changed", f"{name!r} đã bị thay đổi", f"{name!r} has changed")
        self._list_signature(data or b"", BUNDLE_SIGNATURE in names, ring)
        return {CHECKSUMS, BUNDLE_SIGNATURE, *listed}

    def _list_signature(self, listed: bytes, present: bool, ring: KeyRing) -> None:
        if not present:
            note = Finding(
                "signature-missing",
                "bản đồ và các tệp kèm theo khớp danh mục nhưng danh mục không được ký; chỉ bản công bố gốc "
                "(manifests/, objects/) được ký",
                "the map and the other files agree with their list, but the list is not signed; only the "
                "release itself (manifests/, objects/) is",
            )
            self._notes.append(note)
            return
        try:
            statement = Statement.from_bytes(self._read(BUNDLE_SIGNATURE, packed=True) or b"", "bundle")
        except ValueError:
            statement = None
        key = None if statement is None else ring.key(statement.key)
        fits = statement is not None and (
            statement.fields["digest"] == self._digest
            and statement.fields["files"] == hashlib.sha256(listed).hexdigest()
        )
        if statement is None or not fits or (key is not None and not statement.signed_by(key.public)):
            self._say(
                "signature",
                "chữ ký của danh mục tệp không khớp: bản đồ hoặc tệp kèm theo đã bị thay",
                "the signature of the list of files does not fit: the map or another file was exchanged",
            )
        elif (
            key is None
            or key.refusal(statement.at)
            or key.fingerprint not in ring.trusted(self._trust.anchors)
        ):
            self._notes.append(
                Finding(
                    "wrong-key",
                    f"danh mục tệp ký bằng khóa chưa được tin cậy hoặc đã thu hồi: {statement.key}",
                    f"the list of files is signed by a key that is not trusted or revoked: {statement.key}",
                )
            )

    def _read(self, name: str, *, packed: bool = False) -> bytes | None:
        if not self._is_readable(name, packed=packed, largest=_LARGEST_DOCUMENT):
            return None
        try:
            return self._file.read(name)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            self._damaged(name, error)
            return None

    def _hash(self, name: str, *, packed: bool = False) -> str | None:
        if not self._is_readable(name, packed=packed, largest=_LARGEST):
            return None
        hashed = hashlib.sha256()
        try:
            with self._file.open(name) as member:
                while data := member.read(_CHUNK):
                    hashed.update(data)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            self._damaged(name, error)
            return None
        return hashed.hexdigest()

    def _is_readable(self, name: str, *, packed: bool, largest: int) -> bool:
        info = self._file.getinfo(name)
        allowed = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} if packed else {zipfile.ZIP_STORED}
        if info.compress_type in allowed and info.file_size <= largest:
            return True
        self._say("changed", f"{name} không được lưu đúng cách", f"{name} is not stored as it must be")
        return False

    def _damaged(self, name: str, error: Exception) -> None:
        kind = type(error).__name__
        self._say("changed", f"{name} bị hỏng ({kind})", f"{name} is damaged ({kind})")
