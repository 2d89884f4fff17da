"""A release of a running service, checked by somebody who does not trust the service.

Nothing that the service says about itself is believed: its manifests are hashed and its signatures are
checked here, back to the first release.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from geozone.errors import DataError, Fault, NotFoundError
from geozone.release.disk import digest_of
from geozone.release.findings import Finding, changed, malformed, missing
from geozone.release.manifest import canonical, parse
from geozone.release.report import VerifyReport
from geozone.release.signing import Head, KeyRing, Statement, Trust
from geozone.release.verifying import check_signatures, newest_seen, walk

__all__ = ["address_parts", "verify_service"]

Fetch = Callable[[str], bytes | None]
"""Reads an address; none where there is nothing."""

_PAGE = re.compile(r"(?P<base>https?://.+?)(?:/verify)?(?:/(?P<digest>[0-9a-f]{64}))?/*(?:[?#].*)?")
_LONGEST = 10_000


def address_parts(url: str) -> tuple[str, str]:
    """Split what a QR code says, or the address of a service.

    Parameters
    ----------
    url : str
        Such as ``https://map.example.vn`` or ``https://map.example.vn/verify/DIGEST``.

    Returns
    -------
    base : str
        Address of the service.
    digest : str
        The release; ``current`` where none is named.

    Raises
    ------
    DataError
        If it is no such address.
    """
    found = _PAGE.fullmatch(url)
    if found is None:
        raise DataError(
            "address", [Fault(None, None, repr(url), "https://HOST or https://HOST/verify/DIGEST")]
        )
    return found["base"].rstrip("/"), found["digest"] or "current"


def verify_service(
    fetch: Fetch, base: str, digest: str, trust: Trust, *, at: str
) -> tuple[VerifyReport, KeyRing, tuple[str, Head] | None]:
    """Check a release of a service and its whole history.

    Parameters
    ----------
    fetch : callable
        Reads an address of the service; none where there is nothing.
    base : str
        Address of the service.
    digest : str
        The release, or ``current``.
    trust : Trust
        Whom the reader trusts, and what was seen of the history before.
    at : str
        Now, UTC, RFC 3339.

    Returns
    -------
    report : VerifyReport
        No blob is hashed: a service sends them in other forms.
    ring : KeyRing
        The keys that the service sent.
    head : tuple of str and Head, or None
        What is worth remembering of its history.

    Raises
    ------
    NotFoundError
        If the service knows no such release, or is no geozone.
    DataError
        If its answer cannot be read.
    """
    history = _Service(fetch, base)
    proof = history.proof(digest)
    try:
        digest, newest = str(proof["digest"]), str(proof["head"] or proof["digest"])
        ring = KeyRing.from_dict(proof["keys"])
    except (KeyError, ValueError) as error:
        raise DataError(
            base, [Fault(None, None, f"an answer without {error}", "a release of geozone")]
        ) from None
    whole, fault = walk(history, newest)
    findings = [] if fault is None else [fault]
    if not any(link.digest == digest for link in whole):
        own, fault = walk(history, digest)
        findings.append(
            Finding(
                "removed",
                f"bản công bố {digest[:12]} không còn trong lịch sử của dịch vụ này",
                f"release {digest[:12]} is not part of the history of this service",
            )
        )
        whole = own
    known = trust.ring | ring
    signature, more = check_signatures(history, digest, whole, known, trust, complete=fault is None)
    report = VerifyReport(digest, 0, len(whole), (*findings, *more), signature)
    return report, ring, newest_seen(whole, signature, known, at) if report.ok and signature.good else None


class _Service:
    """The history of a service, read through its API."""

    def __init__(self, fetch: Fetch, base: str) -> None:
        self._fetch = fetch
        self._base = base
        self._known: dict[str, dict[str, Any]] = {}

    def proof(self, digest: str) -> dict[str, Any]:
        data = self._fetch(f"{self._base}/api/v1/verify/{digest}")
        if data is None:
            raise NotFoundError(f"{self._base} knows no release {digest[:12]}, or is not a geozone service")
        found = _json(data)
        if not isinstance(found, dict):
            raise DataError(self._base, [Fault(None, None, "no JSON object", "a release of geozone")])
        return found

    def fault(self, digest: str) -> Finding | None:
        if len(self._known) >= _LONGEST:
            return missing("manifest", digest)
        data = self._fetch(f"{self._base}/api/v1/releases/{digest}")
        found = None if data is None else _json(data)
        if not isinstance(found, dict):
            return missing("manifest", digest)
        found.pop("digest", None)
        try:
            canon = canonical(found)
            if digest_of(canon) != digest:
                return changed("manifest", digest)
            self._known[digest] = parse(canon)
        except ValueError as error:
            return malformed(digest, error)
        return None

    def manifest(self, digest: str) -> dict[str, Any]:
        return self._known[digest]

    def statement(self, digest: str) -> bytes | None:
        found = self.proof(digest).get("statement")
        try:
            return None if found is None else Statement.from_dict(found).to_bytes()
        except ValueError:
            return canonical({"unreadable": True})


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None
