"""The ring of public keys: signed statements that introduce keys and revoke them; it travels with releases.

A key is introduced by itself, and again by the key that it follows. Whoever trusts the one thereby
trusts the other. A revocation counts if a key of the same line signed it: the key itself, one before it or
one after it. A ring without it can be held against one that has it, for rings are united and never replaced.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from geozone.release.manifest import canonical
from geozone.release.signing.statements import Statement, fingerprint_of, unpacked

__all__ = ["KeyRing", "PublicKey", "Revocation"]

_LARGEST = 4 << 20


@dataclass(frozen=True, slots=True)
class Revocation:
    """Why a key is no longer used.

    Attributes
    ----------
    at : datetime
        From when.
    reason : str
        In the words of who revoked it.
    compromised : bool
        Whether somebody else may hold it; then no signature of it counts, whatever its date.
    by : str
        Fingerprint of the key that revoked it.
    """

    at: datetime
    reason: str
    compromised: bool
    by: str


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key of a ring.

    Attributes
    ----------
    fingerprint : str
        Its name.
    public : bytes
        The key, 32 bytes.
    name : str
        The office that holds it, as it calls itself.
    since, until : datetime
        When it may sign; ``until`` is none while no end is set.
    revocation : Revocation or None
        None while it is in use.
    """

    fingerprint: str
    public: bytes
    name: str
    since: datetime
    until: datetime | None
    revocation: Revocation | None

    def refusal(self, at: datetime) -> str | None:
        """Say why a signature does not count.

        Parameters
        ----------
        at : datetime
            When it was made, as it says.

        Returns
        -------
        str or None
            ``compromised``, ``revoked``, ``early`` or ``late``; none if it counts.
        """
        if self.revocation is not None and self.revocation.compromised:
            return "compromised"
        if self.revocation is not None and at > self.revocation.at:
            return "revoked"
        if at < self.since:
            return "early"
        return "late" if self.until is not None and at > self.until else None


class KeyRing:
    """An immutable ring of public keys.

    Parameters
    ----------
    statements : iterable of Statement
        About keys and revocations; those with a bad signature are left out.
    """

    def __init__(self, statements: Iterable[Statement] = ()) -> None:
        once = {s.to_bytes(): s for s in statements if s.kind in ("key", "revocation")}
        given = tuple(once.values())
        own = [s for s in given if s.kind == "key" and s.signed_by(unpacked(s.fields["public"]))]
        self._public = {s.key: unpacked(s.fields["public"]) for s in own}
        self.statements = tuple(
            s for s in given if s.key in self._public and s.signed_by(self._public[s.key])
        )
        self._first: dict[str, Statement] = {}
        for statement in own:
            self._first.setdefault(statement.key, statement)
        self._vouched: dict[str, set[str]] = {}
        for statement in self.statements:
            if statement.kind == "key":
                made = fingerprint_of(unpacked(statement.fields["public"]))
                if made in self._public and made != statement.key:
                    self._vouched.setdefault(statement.key, set()).add(made)

    def __or__(self, other: KeyRing) -> KeyRing:
        return KeyRing((*self.statements, *other.statements))

    def __bool__(self) -> bool:
        return bool(self._public)

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """Every key, in the order of introduction."""
        return tuple(self._first)

    def key(self, fingerprint: str) -> PublicKey | None:
        """Find a key; whether it is trusted is another question.

        Parameters
        ----------
        fingerprint : str
            Which.

        Returns
        -------
        PublicKey or None
            None if the ring does not hold it.
        """
        first = self._first.get(fingerprint)
        if first is None:
            return None
        until = first.fields["until"]
        end = None if until is None else datetime.strptime(until, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        return PublicKey(
            fingerprint,
            self._public[fingerprint],
            str(first.fields["name"]),
            first.at,
            end,
            self._revocation(fingerprint),
        )

    def trusted(self, anchors: AbstractSet[str]) -> frozenset[str]:
        """Find the keys that whoever trusts some trusts.

        Parameters
        ----------
        anchors : set of str
            Fingerprints that a reader has compared and trusts.

        Returns
        -------
        frozenset of str
            The anchors of this ring and every key that they vouch for, one after the other. A key that
            somebody else may hold vouches for nothing.
        """
        found: set[str] = set()
        waiting = [name for name in anchors if name in self._public]
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            found.add(name)
            revocation = self._revocation(name)
            if revocation is None or not revocation.compromised:
                waiting += self._vouched.get(name, ())
        return frozenset(found)

    def root(self, fingerprint: str) -> str:
        """Find the first key of the line that a key belongs to.

        Parameters
        ----------
        fingerprint : str
            Which.

        Returns
        -------
        str
            Fingerprint of the oldest key that vouches for it, over any number of steps.
        """
        before = self._before()
        seen = {fingerprint}
        while older := sorted(before.get(fingerprint, set()) - seen):
            fingerprint = older[0]
            seen.add(fingerprint)
        return fingerprint

    def to_bytes(self) -> bytes:
        """Write the ring as a file.

        Returns
        -------
        bytes
            Canonical JSON.
        """
        return canonical({"format": 1, "statements": [s.to_dict() for s in self.statements]})

    def to_dict(self) -> dict[str, Any]:
        """Write the ring as plain values.

        Returns
        -------
        dict
            As in its file.
        """
        found: dict[str, Any] = json.loads(self.to_bytes())
        return found

    @classmethod
    def from_bytes(cls, data: bytes) -> KeyRing:
        """Read a ring.

        Parameters
        ----------
        data : bytes
            What ``to_bytes`` wrote.

        Returns
        -------
        KeyRing
            Of the statements whose signatures are good.

        Raises
        ------
        ValueError
            If it is not a ring.
        """
        if len(data) > _LARGEST:
            raise ValueError("too large for a ring of keys")
        try:
            found = json.loads(data.decode("utf-8"))
        except RecursionError:
            raise ValueError("nested too deeply") from None
        return cls.from_dict(found)

    @classmethod
    def from_dict(cls, found: Any) -> KeyRing:
        """Read a ring from plain values.

        Parameters
        ----------
        found : object
            What JSON gave.

        Returns
        -------
        KeyRing
            Of the statements whose signatures are good.

        Raises
        ------
        ValueError
            If it is not a ring.
        """
        if not isinstance(found, dict) or found.get("format") != 1:
            raise ValueError("not a ring of keys of format 1")
        if not isinstance(found.get("statements"), list):
            raise ValueError("a ring without statements")  # noqa: TRY004
        return cls(Statement.from_dict(one) for one in found["statements"])

    def _revocation(self, fingerprint: str) -> Revocation | None:
        """Give the gravest revocation that counts, the earliest of those."""
        may = _reached(self._before(), fingerprint) | _reached(self._vouched, fingerprint)
        found = [
            Revocation(s.at, str(s.fields["reason"]), bool(s.fields["compromised"]), s.key)
            for s in self.statements
            if s.kind == "revocation" and s.fields["revoked"] == fingerprint and s.key in may
        ]
        return min(found, key=lambda one: (not one.compromised, one.at), default=None)

    def _before(self) -> dict[str, set[str]]:
        """Turn around who vouches for whom."""
        found: dict[str, set[str]] = {}
        for by, every in self._vouched.items():
            for made in every:
                found.setdefault(made, set()).add(by)
        return found


def _reached(steps: dict[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += steps.get(name, ())
    return found
