"""Verifications of releases, made again only when a file has changed, and what a digest is the digest of."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, NamedTuple

from geozone.errors import NotFoundError
from geozone.release import ReleaseStore, VerifyReport
from geozone.release.manifest import object_digests
from geozone.release.signing import Statement, Trust

__all__ = ["Found", "Verifications"]

_KEPT = 64


class Found(NamedTuple):
    """What a digest is the digest of.

    Attributes
    ----------
    report : VerifyReport
        Of the release.
    manifest : dict
        Of the release; empty where it cannot be read.
    part : str
        Empty for the release itself, else the part of it that the digest names, such as
        ``attributes of communes``.
    """

    report: VerifyReport
    manifest: dict[str, Any]
    part: str


class Verifications:
    """Verifies releases of a folder.

    Parameters
    ----------
    releases : ReleaseStore
        The folder.
    trust : callable
        Gives the keys of the office and the history it has signed.
    """

    def __init__(self, releases: ReleaseStore, trust: Callable[[], Trust]) -> None:
        self._releases = releases
        self._trust = trust
        self._kept: dict[str, tuple[object, VerifyReport]] = {}
        self._lock = threading.Lock()

    def find(self, digest: str) -> Found | None:
        """Verify the release that a digest names, or that holds the blob that it names.

        Parameters
        ----------
        digest : str
            64 hexadecimal digits, or ``current``.

        Returns
        -------
        Found or None
            None where nothing here has this digest.
        """
        try:
            report = self._report(digest)
            return Found(report, self._manifest(report.digest), "")
        except NotFoundError:
            pass
        for line in self._releases.list():
            manifest = self._manifest(line.digest)
            if digest in object_digests(manifest):
                return Found(self._report(line.digest), manifest, _part(manifest, digest))
        return None

    def proof(self, found: Found) -> dict[str, Any]:
        """Write a verification so that a reader can repeat it without trusting this service.

        Parameters
        ----------
        found : Found
            What was found.

        Returns
        -------
        dict
            The report with the signed statement, the ring of keys, and the newest release.
        """
        digest = found.report.digest
        data = self._releases.statement(digest)
        try:
            statement = None if data is None else Statement.from_bytes(data).to_dict()
        except ValueError:
            statement = None
        lines = self._releases.list()
        return {
            **found.report.to_dict(),
            "part": found.part or None,
            "decision": found.manifest.get("decision"),
            "as_of": found.manifest.get("as_of"),
            "created_at": found.manifest.get("created_at"),
            "previous": found.manifest.get("previous"),
            "in_force": any(line.current and line.digest == digest for line in lines),
            "head": lines[0].digest if lines else None,
            "statement": statement,
            "keys": self._releases.ring().to_dict(),
        }

    def history(self) -> list[Any]:
        """List the releases, newest first.

        Returns
        -------
        list of ReleaseSummary
            As the store lists them.
        """
        return list(self._releases.list())

    def _report(self, digest: str) -> VerifyReport:
        stamp = self._releases.stamp(digest)
        with self._lock:
            held = self._kept.get(digest)
            if held is not None and held[0] == stamp:
                return held[1]
            report = self._releases.verify(digest, self._trust())
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[digest] = (stamp, report)
            return report

    def _manifest(self, digest: str) -> dict[str, Any]:
        return {} if self._releases.fault(digest) else self._releases.manifest(digest)


def _part(manifest: dict[str, Any], digest: str) -> str:
    for layer, entry in manifest["layers"].items():
        for part in ("attributes", "geometry"):
            if entry[part] == digest:
                return f"{part} of {layer}"
    return ""
