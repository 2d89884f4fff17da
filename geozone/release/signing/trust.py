"""Whom a reader trusts, and how long the history was that was seen last."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from geozone.errors import StoreError
from geozone.release.disk import make_folder, read_bytes, refusals, write_whole
from geozone.release.manifest import canonical
from geozone.release.signing.ring import KeyRing

__all__ = ["Head", "Trust", "TrustFile"]


@dataclass(frozen=True, slots=True)
class Head:
    """The newest release of a history, as it was seen.

    Attributes
    ----------
    length : int
        Releases up to it.
    digest : str
        The release.
    seen_at : str
        When, UTC, RFC 3339.
    """

    length: int
    digest: str
    seen_at: str


@dataclass(frozen=True, slots=True)
class Trust:
    """What a reader holds a release against.

    Attributes
    ----------
    anchors : frozenset of str
        Fingerprints of keys that are trusted by themselves.
    ring : KeyRing
        Keys and revocations that are known already.
    heads : mapping of str
        Histories seen before, by the first key of the line that signs them.
    expected : bool
        Whether what is verified must be of these keys and these histories, as in the office's own
        workspace: there a missing signature, or one by a stranger, is a forgery.
    """

    anchors: frozenset[str] = frozenset()
    ring: KeyRing = field(default_factory=KeyRing)
    heads: Mapping[str, Head] = field(default_factory=dict)
    expected: bool = False

    def __or__(self, other: Trust) -> Trust:
        heads = dict(self.heads)
        for root, head in other.heads.items():
            if root not in heads or head.length > heads[root].length:
                heads[root] = head
        expected = self.expected or other.expected
        return Trust(self.anchors | other.anchors, self.ring | other.ring, heads, expected)


class TrustFile:
    """A private file that keeps a ``Trust``.

    Parameters
    ----------
    path : Path
        The file; made when first written to.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Trust:
        """Read it.

        Returns
        -------
        Trust
            Empty where there is no file.

        Raises
        ------
        StoreError
            If it is damaged: it must not be taken for an empty one.
        """
        with refusals(self._path):
            data = read_bytes(self._path)
        if data is None:
            return Trust()
        try:
            found: Any = json.loads(data)
            heads = {root: Head(**head) for root, head in found["heads"].items()}
            return Trust(frozenset(found["anchors"]), KeyRing.from_dict(found["ring"]), heads)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise StoreError(f"{self._path} is damaged: it keeps which keys are trusted") from None

    def write(self, trust: Trust) -> None:
        """Keep a trust in place of what was kept.

        Parameters
        ----------
        trust : Trust
            What to keep.

        Raises
        ------
        StoreError
            If the disk refuses; the file is as it was.
        """
        kept = {
            "anchors": sorted(trust.anchors),
            "ring": trust.ring.to_dict(),
            "heads": {
                root: {"length": head.length, "digest": head.digest, "seen_at": head.seen_at}
                for root, head in trust.heads.items()
            },
        }
        with refusals(self._path):
            make_folder(self._path.parent, private=True)
            write_whole(self._path, canonical(kept), private=True)

    def learn(
        self, *, ring: KeyRing | None = None, root: str | None = None, head: Head | None = None
    ) -> None:
        """Keep what a successful verification taught: keys vouched for, revocations, a longer history.

        Parameters
        ----------
        ring : KeyRing, optional
            The ring that came with the release; keys that the anchors vouch for become anchors, so that
            they stay trusted if the old key is lost later.
        root : str, optional
            First key of the line that signs the history.
        head : Head, optional
            Its newest release.

        Raises
        ------
        StoreError
            If the disk refuses.
        """
        held = self.read()
        known = held
        if ring is not None:
            joined = held.ring | ring
            known = replace(known, ring=joined, anchors=held.anchors | joined.trusted(held.anchors))
        if root is not None and head is not None:
            known = known | Trust(heads={root: head})
        if known != held or known.ring.to_bytes() != held.ring.to_bytes():
            self.write(known)
