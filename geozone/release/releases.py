"""The releases of a workspace: publish, find, roll back, verify."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from geozone.errors import DataError, Fault, StoreError
from geozone.release.disk import digest_of, locked, read_bytes, refusals
from geozone.release.layers import refuse_private
from geozone.release.manifest import Publishable, act, canonical, content, moment, object_digests
from geozone.release.signed_folder import SignedFolder
from geozone.release.signing import SigningKey, Trust
from geozone.release.snapshot import Release

__all__ = ["ReleaseStore", "ReleaseSummary"]

_PREFIX = re.compile(r"[0-9a-f]{6,64}")
_ACT = ("format", "geozone", "created_at", "previous")


@dataclass(frozen=True, slots=True)
class ReleaseSummary:
    """One line of the list of releases.

    Attributes
    ----------
    digest : str
        SHA-256 of the manifest.
    decision : str
        Number or name of the decision.
    as_of : date
        The day it holds for.
    created_at : str
        Time of publication, UTC, RFC 3339.
    current : bool
        Whether it is in force.
    """

    digest: str
    decision: str
    as_of: date
    created_at: str
    current: bool


class ReleaseStore(SignedFolder):
    """A folder of releases; opening it repairs what a killed process left.

    Parameters
    ----------
    root : Path
        The folder; made if missing.
    repair : bool
        Whether to mend; not so for a folder of somebody else that is only to be verified.

    Raises
    ------
    StoreError
        If the disk refuses.
    """

    def __init__(self, root: Path, *, repair: bool = True) -> None:
        super().__init__(root)
        if repair:
            self._repair()

    def publish(
        self,
        draft: Publishable,
        *,
        decision: str,
        created_at: datetime,
        actor: str,
        signer: SigningKey | None = None,
    ) -> Release:
        """Publish a draft and put it in force.

        Blobs are on disk before the manifest, the manifest before the pointer: killed at any point, the
        previous release stays whole and in force. Publishing what is in force again returns it.

        Parameters
        ----------
        draft : Publishable
            What to publish.
        decision : str
            Number or name of the decision that puts it in force.
        created_at : datetime
            Time of publication, with zone.
        actor : str
            Who publishes; kept in the journal, not in the release.
        signer : SigningKey, optional
            Key that signs it. The signature is on disk before the release is in force.

        Returns
        -------
        Release
            In force.

        Raises
        ------
        DataError
            If the draft holds something that must not be published, or there is no decision.
        ConflictError
            If there is no signer where every release is signed.
        StoreError
            If the disk refuses; the previous release stays in force.
        """
        if not decision.strip():
            raise DataError("release", [Fault(None, "decision", "nothing", "the number of a decision")])
        refuse_private(draft.layers)
        with self._writer():
            self._must_be_signed(signer)
            found = {"decision": decision, **content(draft, self._objects)}
            current = self._chain.current()
            if current is not None:
                manifest = self._chain.manifest(current)
                if found == {name: value for name, value in manifest.items() if name not in _ACT}:
                    self._sign(current, signer, created_at)
                    return self._release(current)
            made = {**act(decision, created_at, self._chain.head()), **found}
            data = canonical(made)
            digest = digest_of(data)
            self._chain.add(digest, data)
            self._sign(digest, signer, created_at)
            self._chain.move(digest)
            self._journal("publish", digest, at=moment(created_at), actor=actor)
        return self._release(digest)

    def get(self, ref: str) -> Release:
        """Find a release.

        Parameters
        ----------
        ref : str
            ``current``, a digest, or at least the first six digits of one.

        Returns
        -------
        Release
            Its layers are read when asked for.

        Raises
        ------
        NotFoundError
            If there is none.
        ConflictError
            If several begin so.
        StoreError
            If its manifest or the pointer has changed on disk.
        """
        with refusals(self._root):
            return self._release(self._resolve(ref, self._chain.published()))

    def list(self) -> tuple[ReleaseSummary, ...]:
        """List the releases.

        Returns
        -------
        tuple of ReleaseSummary
            Newest first.

        Raises
        ------
        StoreError
            If the pointer is damaged.
        """
        with refusals(self._root):
            current = self._chain.current()
            return tuple(
                ReleaseSummary(
                    digest,
                    str(manifest["decision"]),
                    date.fromisoformat(manifest["as_of"]),
                    str(manifest["created_at"]),
                    digest == current,
                )
                for digest in self._chain.published()
                for manifest in (self._chain.manifest(digest),)
            )

    def set_current(self, ref: str, *, at: datetime, actor: str, signer: SigningKey | None = None) -> Release:
        """Put another release in force; nothing is removed, and the journal tells who did it.

        The signed order is on disk before the pointer moves: killed in between, the next start moves it.

        Parameters
        ----------
        ref : str
            A digest, or at least the first six digits of one.
        at : datetime
            Time, with zone.
        actor : str
            Who decides.
        signer : SigningKey, optional
            Key that signs the order.

        Returns
        -------
        Release
            Now in force.

        Raises
        ------
        NotFoundError
            If there is none.
        ConflictError
            If several begin so, or there is no signer where every release is signed.
        StoreError
            If it is not whole, or the disk refuses.
        """
        with self._writer():
            self._must_be_signed(signer)
            digest = self._resolve(ref, self._chain.published())
            report = self._verify(digest, Trust())
            if not report.ok:
                raise StoreError("; ".join(report.problems))
            if digest != self._chain.current():
                self._order(digest, signer, at)
                self._chain.move(digest)
                self._journal("set-current", digest, at=moment(at), actor=actor)
        return self._release(digest)

    def sweep(self) -> tuple[str, ...]:
        """Remove blobs that no release refers to.

        Returns
        -------
        tuple of str
            What was removed.

        Raises
        ------
        StoreError
            If a manifest cannot be read, so that it is not sure what is used; nothing is removed.
        """
        with self._writer():
            used: set[str] = set()
            for digest in self._chain.stored():
                fault = self._chain.fault(digest)
                if fault is not None:
                    raise StoreError(f"nothing was swept: {fault.en}")
                used |= object_digests(self._chain.manifest(digest))
            return self._objects.sweep(used)

    def journal(self) -> tuple[Mapping[str, Any], ...]:
        """Read who published and who rolled back.

        Returns
        -------
        tuple of mapping
            ``at, actor, action, digest``; oldest first. ``actor`` is none where a process was killed
            before it could write its line.
        """
        with refusals(self._root):
            return self._journal_lines()

    def _repair(self) -> None:
        """Mend what a killed process left; a reader without the right to write leaves it."""
        try:
            with locked(self._root / ".lock", wait=False) as held:
                if not held:
                    return
                lines = self._journal_lines()
                self._objects.clean()
                self._signatures.forget(self._chain.repair(first=not lines))
                self._follow_order()
                self._mend_journal(lines)
        except (OSError, StoreError):
            # Reading must work on a read-only disk; what is damaged is named by verify.
            return

    def _mend_journal(self, lines: tuple[dict[str, Any], ...]) -> None:
        current = self._chain.current()
        if current is None or (lines and lines[-1]["digest"] == current):
            return
        manifest = self._chain.manifest(current)
        known = any(line["digest"] == current for line in lines)
        action = "set-current" if known else "publish"
        self._journal(action, current, at=None if known else manifest["created_at"], actor=None)

    def _journal_lines(self) -> tuple[dict[str, Any], ...]:
        data = read_bytes(self._root / "journal.jsonl") or b""
        found = []
        for line in data.split(b"\n"):
            try:
                found.append(json.loads(line))
            except ValueError:  # the last line of a killed process
                continue
        return tuple(found)

    def _journal(self, action: str, digest: str, *, at: str | None, actor: str | None) -> None:
        """Append a line; the pointer has moved already, so a refusal is mended when next opened."""
        entry = canonical({"action": action, "digest": digest, "at": at, "actor": actor})
        path = self._root / "journal.jsonl"
        try:
            torn = (read_bytes(path) or b"\n")[-1:] != b"\n"
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                os.write(handle, (b"\n" if torn else b"") + entry + b"\n")
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError:
            return
