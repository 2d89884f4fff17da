"""A folder of releases as something that can be verified and signed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from geozone.errors import ConflictError, NotFoundError, StoreError
from geozone.release.chain import Chain
from geozone.release.disk import locked, make_folder, refusals
from geozone.release.findings import Finding
from geozone.release.manifest import moment, object_digests
from geozone.release.objects import Objects
from geozone.release.report import VerifyReport
from geozone.release.signatures import Signatures
from geozone.release.signing import Head, KeyRing, SigningKey, Trust
from geozone.release.snapshot import Release
from geozone.release.verifying import Link, check_pointer, check_signatures, newest_seen, walk

__all__ = ["SignedFolder"]

_PREFIX = re.compile(r"[0-9a-f]{6,64}")


class SignedFolder:
    """Chain, blobs and signatures of a release folder.

    Parameters
    ----------
    root : Path
        The folder; made if missing.

    Raises
    ------
    StoreError
        If the disk refuses.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        with refusals(root):
            make_folder(root, private=False)
            self._objects = Objects(root / "objects")
            self._chain = Chain(root)
            self._signatures = Signatures(root)

    @property
    def root(self) -> Path:
        """Folder of the releases; its ``current`` is replaced when another one is put in force."""
        return self._root

    def verify(self, ref: str, trust: Trust | None = None) -> VerifyReport:
        """Hash a release and its history again, and judge the signatures.

        Parameters
        ----------
        ref : str
            ``current``, a digest, or at least the first six digits of one.
        trust : Trust, optional
            Whom the reader trusts, and what was seen of the history before; nobody by default.

        Returns
        -------
        VerifyReport
            Names every blob and manifest that is missing or has changed, and what is wrong with the
            history or a signature.

        Raises
        ------
        NotFoundError
            If there is no such release.
        ConflictError
            If several begin so.
        StoreError
            If the pointer is damaged.
        """
        with refusals(self._root):
            return self._verify(self._resolve(ref, self._chain.stored()), trust or Trust())

    def sign(self, ref: str, signer: SigningKey, *, at: datetime) -> Release:
        """Sign a release that was published without a signature, or by a key that is no longer used.

        Parameters
        ----------
        ref : str
            ``current``, a digest, or at least the first six digits of one.
        signer : SigningKey
            Key that signs it.
        at : datetime
            Time, with zone.

        Returns
        -------
        Release
            Signed; one that this key has signed already stays as it is.

        Raises
        ------
        NotFoundError
            If there is none.
        ConflictError
            If several begin so.
        StoreError
            If it or its history is not whole, or the disk refuses.
        """
        with self._writer():
            digest = self._resolve(ref, self._chain.published())
            report = self._verify(digest, Trust())
            if not report.ok:
                raise StoreError("; ".join(report.problems))
            self._sign(digest, signer, at, again=report.signature.key != signer.fingerprint)
        return self._release(digest)

    def put_ring(self, ring: KeyRing) -> None:
        """Publish the public keys of the office beside its releases.

        Parameters
        ----------
        ring : KeyRing
            Keys and revocations; what was published before is kept.

        Raises
        ------
        StoreError
            If the disk refuses.
        """
        with self._writer():
            self._signatures.put_ring(ring)

    def ring(self) -> KeyRing:
        """Read the public keys that travel with the releases.

        Returns
        -------
        KeyRing
            Empty where nothing was ever signed.

        Raises
        ------
        StoreError
            If the disk refuses.
        """
        with refusals(self._root):
            return self._signatures.ring()

    def statement(self, digest: str) -> bytes | None:
        """Read the signed statement about a release.

        Parameters
        ----------
        digest : str
            The whole digest.

        Returns
        -------
        bytes or None
            None if it is not signed.

        Raises
        ------
        StoreError
            If the disk refuses.
        """
        with refusals(self._root):
            return self._signatures.statement(digest)

    def newest_seen(self, report: VerifyReport, at: datetime) -> tuple[str, Head] | None:
        """Give what is worth remembering after a verification.

        Parameters
        ----------
        report : VerifyReport
            Of a genuine release.
        at : datetime
            Now, with zone.

        Returns
        -------
        tuple of str and Head, or None
            First key of the line that signs the history, and its newest release.

        Raises
        ------
        StoreError
            If the disk refuses.
        """
        with refusals(self._root):
            links, fault = walk(self, self._chain.head() or report.digest)
            ring = self._signatures.ring()
            return None if fault else newest_seen(links, report.signature, ring, moment(at))

    def stamp(self, ref: str) -> tuple[object, ...]:
        """Describe the files that a verification reads, so that it is made again only when one changed.

        Parameters
        ----------
        ref : str
            ``current``, a digest, or at least the first six digits of one.

        Returns
        -------
        tuple
            Name, size and times of each file.

        Raises
        ------
        NotFoundError
            If there is no such release.
        ConflictError
            If several begin so.
        StoreError
            If the disk refuses.
        """
        with refusals(self._root):
            digest = self._resolve(ref, self._chain.stored())
            blobs: frozenset[str] = frozenset()
            if self._chain.fault(digest) is None:
                blobs = object_digests(self._chain.manifest(digest))
            paths = [self._root / name for name in ("current", "head", "keys.json")]
            paths += sorted(self._root.glob("manifests/*")) + sorted(self._root.glob("signatures/*"))
            paths += [self._root / "objects" / name for name in sorted(blobs)]
            return (digest, *(_stamp(path) for path in paths))

    def fault(self, digest: str) -> Finding | None:
        """Read a manifest anew and say what is wrong with it.

        Parameters
        ----------
        digest : str
            The release.

        Returns
        -------
        Finding or None
            None if it is there and whole.
        """
        return self._chain.fault(digest)

    def manifest(self, digest: str) -> dict[str, Any]:
        """Read a manifest and check it.

        Parameters
        ----------
        digest : str
            The release.

        Returns
        -------
        dict
            Plain values; do not change them.

        Raises
        ------
        StoreError
            If it is missing or has changed.
        """
        return self._chain.manifest(digest)

    def _resolve(self, ref: str, known: tuple[str, ...]) -> str:
        if ref == "current":
            current = self._chain.current()
            if current is None:
                raise NotFoundError("there is no release yet; make one with: geozone release")
            return current
        found = [digest for digest in known if digest.startswith(ref)] if _PREFIX.fullmatch(ref) else []
        if not found:
            raise NotFoundError(f"there is no release {ref!r}; give at least six digits of its digest")
        if len(found) > 1:
            raise ConflictError(f"{len(found)} releases begin with {ref!r}; give more digits")
        return found[0]

    def _release(self, digest: str) -> Release:
        return Release(digest, self._chain.manifest(digest), self._objects, self._signatures)

    def _verify(self, digest: str, trust: Trust) -> VerifyReport:
        own, fault = walk(self, digest)
        findings = [] if fault is None else [fault]
        objects: frozenset[str] = frozenset()
        if own:
            manifest = self._chain.manifest(digest)
            objects = object_digests(manifest)
            names = _names_of(manifest)
            found = [(names[blob], self._objects.fault(blob)) for blob in sorted(objects)]
            findings += [one.about(*name) for name, one in found if one is not None]
        whole, complete = self._around(digest, own, complete=fault is None)
        ring = trust.ring | self._signatures.ring()
        signature, more = check_signatures(self, digest, whole, ring, trust, complete=complete)
        ring_fault = self._signatures.ring_fault()
        findings += more if ring_fault is None else [*more, ring_fault]
        findings += self._check_pointer(ring)
        return VerifyReport(digest, len(objects), len(own), tuple(findings), signature)

    def _around(self, digest: str, own: Sequence[Link], *, complete: bool) -> tuple[Sequence[Link], bool]:
        """Find the whole history that a release is part of, later releases included."""
        head = self._chain.head()
        if head is None or head == digest:
            return own, complete
        links, fault = walk(self, head)
        if any(link.digest == digest for link in links):
            return links, fault is None
        return own, complete

    def _check_pointer(self, ring: KeyRing) -> list[Finding]:
        current, head = self._chain.current(), self._chain.head()
        if current is None or head is None:
            return []
        order = self._signatures.order(head, ring)
        ordered = None if order is None else str(order.fields["current"])
        signed = self._signatures.statement(head) is not None
        return check_pointer(current, head, ordered, signed=signed)

    def _must_be_signed(self, signer: SigningKey | None) -> None:
        if signer is None and self._signatures.ring():
            raise ConflictError("every release here is signed; open the signing key first")

    def _sign(self, digest: str, signer: SigningKey | None, at: datetime, *, again: bool = False) -> None:
        """Sign a release of the chain, or one whose manifest is on disk and that comes next."""
        if signer is None or (not again and self._signatures.statement(digest) is not None):
            return
        links, fault = walk(self, digest)
        if fault is not None:
            raise StoreError(fault.en)
        fields = {"digest": digest, "previous": links[0].previous, "length": len(links)}
        self._signatures.put(signer.sign("release", fields, at=at))

    def _order(self, digest: str, signer: SigningKey | None, at: datetime) -> None:
        head = self._chain.head()
        if signer is None or head is None:
            return
        number = 1 + max((int(one.fields["number"]) for one in self._signatures.orders()), default=0)
        links, _ = walk(self, head)
        fields = {"current": digest, "head": head, "length": len(links), "number": number}
        self._signatures.put_order(signer.sign("order", fields, at=at))

    def _follow_order(self) -> None:
        """Move the pointer where a signed order says, if the process was killed before it did."""
        head = self._chain.head()
        if head is None:
            return
        order = self._signatures.order(head, self._signatures.ring())
        if order is not None and order.fields["current"] in self._chain.published():
            due = str(order.fields["current"])
            if due != self._chain.current():
                self._chain.move(due)

    @contextmanager
    def _writer(self) -> Iterator[None]:
        with refusals(self._root), locked(self._root / ".lock", wait=True):
            yield


def _names_of(manifest: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    names: dict[str, tuple[str, str]] = {}
    words = {"attributes": "thuộc tính", "geometry": "hình dạng"}
    for layer, entry in manifest["layers"].items():
        for part, vi in words.items():
            if entry[part] is not None:
                names.setdefault(entry[part], (f"{vi} của lớp {layer}", f"{part} of {layer}"))
    return names


def _stamp(path: Path) -> tuple[str, int, int, int]:
    try:
        found = path.stat()
    except FileNotFoundError:
        return path.name, -1, 0, 0
    return path.name, found.st_size, found.st_mtime_ns, found.st_ctime_ns
