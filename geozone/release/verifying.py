"""A release held against its history, its signature, and what was seen of the history before.

The history may be a folder or a running service: what is needed of it are manifests and statements, as
bytes, and every one of them is checked here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from geozone.release.findings import Finding
from geozone.release.signing.judging import Judgement, Standing, judge, vouched
from geozone.release.signing.ring import KeyRing
from geozone.release.signing.trust import Head, Trust

__all__ = ["History", "Link", "check_pointer", "check_signatures", "newest_seen", "walk"]

_SHORT = 12


class Statements(Protocol):
    """Where signed statements are read from."""

    def statement(self, digest: str) -> bytes | None:
        """Read the signed statement about a release."""
        ...


class History(Statements, Protocol):
    """Where manifests are read from, too."""

    def fault(self, digest: str) -> Finding | None:
        """Read a manifest anew and say what is wrong with it."""
        ...

    def manifest(self, digest: str) -> dict[str, Any]:
        """Give a manifest in which no fault was found."""
        ...


@dataclass(frozen=True, slots=True)
class Link:
    """A release in its history.

    Attributes
    ----------
    digest : str
        The release.
    previous : str or None
        The one before it.
    """

    digest: str
    previous: str | None


def walk(history: History, newest: str) -> tuple[list[Link], Finding | None]:
    """Follow a history back to its beginning, hashing every manifest.

    Parameters
    ----------
    history : History
        Where it is read from.
    newest : str
        The release to begin with.

    Returns
    -------
    links : list of Link
        Newest first, as far as it can be read.
    fault : Finding or None
        Why it ends before the beginning.
    """
    found: list[Link] = []
    at: str | None = newest
    while at is not None:
        fault = history.fault(at)
        if fault is not None:
            return found, fault if at == newest else fault.as_cut()
        previous = history.manifest(at)["previous"]
        found.append(Link(at, previous))
        at = previous
    return found, None


def check_signatures(
    history: Statements, digest: str, whole: Sequence[Link], ring: KeyRing, trust: Trust, *, complete: bool
) -> tuple[Judgement, list[Finding]]:
    """Judge the signature of a release and of its history, and hold the history against what was seen.

    Parameters
    ----------
    history : Statements
        Where signatures are read from.
    digest : str
        The release.
    whole : sequence of Link
        The history it is part of, newest first, from its newest release on.
    ring : KeyRing
        Every key known.
    trust : Trust
        Whom the reader trusts.
    complete : bool
        Whether the history could be followed to its beginning.

    Returns
    -------
    signature : Judgement
        Of the release.
    findings : list of Finding
        What does not agree.
    """
    findings: list[Finding] = []
    place = next((i for i, link in enumerate(whole) if link.digest == digest), None)
    judged: list[Judgement] = []
    for i, link in enumerate(whole):
        expected: dict[str, Any] = {"digest": link.digest, "previous": link.previous}
        if complete:
            expected["length"] = len(whole) - i
        judged.append(judge(history.statement(link.digest), expected, ring, trust))
    own = judged[place] if place is not None else Judgement(Standing.UNSIGNED, "", "")
    ours = trust.expected or any(one.good for one in judged)
    for link, one in zip(whole, judged, strict=True):
        if one.standing is Standing.FORGED or (one.standing is Standing.UNKNOWN and ours):
            code = "signature" if one.standing is Standing.FORGED else "wrong-key"
            short = link.digest[:_SHORT]
            findings.append(Finding(code, f"bản công bố {short}: {one.vi}", f"release {short}: {one.en}"))
    later = next((i for i in range(place or 0) if judged[i].good), None) if place is not None else None
    if later is not None and own.standing in (Standing.UNSIGNED, Standing.REVOKED, Standing.OUTSIDE):
        own = vouched(own, judged[later], whole[later].digest)
    findings += _missing_signature(own, ring, trust)
    findings += _seen_before(whole, judged, ring, trust, complete=complete)
    return own, findings


def _missing_signature(own: Judgement, ring: KeyRing, trust: Trust) -> list[Finding]:
    if own.standing is Standing.UNSIGNED and (trust.expected or ring.trusted(trust.anchors)):
        return [
            Finding(
                "signature-missing",
                "chữ ký bị thiếu: nơi công bố này ký mọi bản công bố",
                "the signature is missing: this office signs its releases",
            )
        ]
    return []


def _seen_before(
    whole: Sequence[Link], judged: Sequence[Judgement], ring: KeyRing, trust: Trust, *, complete: bool
) -> list[Finding]:
    """Hold a history against the newest release that was seen of it before.

    Where only a part of it is here, as in an archive, only a release that claims the place of the
    remembered one contradicts it.
    """
    roots = {ring.root(one.key) for one in judged if one.key and one.good}
    heads = [head for root, head in trust.heads.items() if trust.expected or root in roots]
    if not complete:
        places = {one.length for one in judged if one.good}
        heads = [head for head in heads if head.length in places]
    return [fault for head in heads for fault in _against(whole, head, complete=complete)]


def _against(whole: Sequence[Link], head: Head, *, complete: bool) -> list[Finding]:
    if any(link.digest == head.digest for link in whole):
        return []
    short = head.digest[:_SHORT]
    if complete and len(whole) < head.length:
        return [
            Finding(
                "shortened",
                f"lịch sử bị rút ngắn: ngày {head.seen_at[:10]} có {head.length} bản công bố, mới nhất là "
                f"{short}; nay còn {len(whole)}",
                f"history was shortened: on {head.seen_at[:10]} there were {head.length} releases, the "
                f"newest {short}; now there are {len(whole)}",
            )
        ]
    return [
        Finding(
            "rewritten",
            f"lịch sử bị viết lại: bản công bố {short} (thứ {head.length}, thấy ngày {head.seen_at[:10]}) "
            "không còn trong đó",
            f"history was rewritten: release {short} (number {head.length}, seen on {head.seen_at[:10]}) is "
            "no longer part of it",
        )
    ]


def check_pointer(current: str, head: str, ordered: str | None, *, signed: bool) -> list[Finding]:
    """Check that what is in force was put in force by somebody who may sign.

    Parameters
    ----------
    current : str
        The release in force.
    head : str
        The newest release.
    ordered : str or None
        What the last signed order since then puts in force.
    signed : bool
        Whether this folder is signed at all.

    Returns
    -------
    list of Finding
        Empty if it agrees.
    """
    due = head if ordered is None else ordered
    if not signed or current == due:
        return []
    return [
        Finding(
            "pointer",
            f"bản đang có hiệu lực ({current[:_SHORT]}) không phải là bản đã được ký cho hiệu lực "
            f"({due[:_SHORT]})",
            f"what is in force ({current[:_SHORT]}) is not what was put in force under a signature "
            f"({due[:_SHORT]})",
        )
    ]


def newest_seen(whole: Sequence[Link], judged: Judgement, ring: KeyRing, at: str) -> tuple[str, Head] | None:
    """Give what is worth remembering of a history that was found genuine.

    Parameters
    ----------
    whole : sequence of Link
        The history, newest first, to its beginning.
    judged : Judgement
        Of one of its releases, good.
    ring : KeyRing
        Every key known.
    at : str
        Now, UTC, RFC 3339.

    Returns
    -------
    tuple of str and Head, or None
        First key of the line that signs it, and its newest release; none if it is not signed.
    """
    if judged.key is None or not whole:
        return None
    return ring.root(judged.key), Head(len(whole), whole[0].digest, at)
