"""Signed statements: a few plain fields, the key that vouches for them, and its Ed25519 signature.

What is signed is a fixed first line and the canonical JSON of the fields, so that a signature made for
one purpose can never be shown as another: the kind of the statement is one of its fields.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from geozone.release.manifest import canonical

__all__ = ["FIELDS", "Statement", "fingerprint_of", "grouped", "message", "packed", "unpacked"]

_FIRST_LINE = b"geozone statement 1\n"
_FORMAT = 1
_DIGITS = 32
_FINGERPRINT = re.compile(rf"[0-9a-f]{{{_DIGITS}}}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")

FIELDS: Mapping[str, frozenset[str]] = {
    "release": frozenset({"digest", "previous", "length", "at"}),
    "order": frozenset({"current", "head", "length", "number", "at"}),
    "bundle": frozenset({"digest", "files", "at"}),
    "key": frozenset({"public", "name", "at", "until"}),
    "revocation": frozenset({"revoked", "reason", "compromised", "at"}),
}
"""Fields of each kind of statement, beside ``format``, ``kind`` and ``key``."""

_CHECKS: Mapping[str, Any] = {
    "digest": lambda value: _is(value, _DIGEST),
    "previous": lambda value: value is None or _is(value, _DIGEST),
    "current": lambda value: _is(value, _DIGEST),
    "head": lambda value: _is(value, _DIGEST),
    "files": lambda value: _is(value, _DIGEST),
    "length": lambda value: type(value) is int and value > 0,
    "number": lambda value: type(value) is int and value > 0,
    "at": lambda value: value is not None and _is_moment(value),
    "until": lambda value: value is None or _is_moment(value),
    "public": lambda value: isinstance(value, str) and len(unpacked(value)) == 32,
    "revoked": lambda value: _is(value, _FINGERPRINT),
    "name": lambda value: isinstance(value, str) and len(value) <= 200,
    "reason": lambda value: isinstance(value, str) and len(value) <= 500,
    "compromised": lambda value: isinstance(value, bool),
}


def fingerprint_of(public: bytes) -> str:
    """Name a public key by its hash.

    Parameters
    ----------
    public : bytes
        The 32 bytes of an Ed25519 public key.

    Returns
    -------
    str
        The first 32 hexadecimal digits of its SHA-256: to find another key with them is out of reach.
    """
    return hashlib.sha256(public).hexdigest()[:_DIGITS]


def grouped(fingerprint: str) -> str:
    """Write a fingerprint so that two people can compare it aloud.

    Parameters
    ----------
    fingerprint : str
        Hexadecimal digits.

    Returns
    -------
    str
        In groups of four.
    """
    return " ".join(fingerprint[i : i + 4] for i in range(0, len(fingerprint), 4))


def packed(data: bytes) -> str:
    """Write bytes as text.

    Parameters
    ----------
    data : bytes
        Any.

    Returns
    -------
    str
        Base 64.
    """
    return base64.b64encode(data).decode("ascii")


def unpacked(text: str) -> bytes:
    """Read what ``packed`` wrote; the one form only, so that nobody can vary a signature.

    Parameters
    ----------
    text : str
        Base 64.

    Returns
    -------
    bytes
        Empty if it is not in that form.
    """
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError, ValueError):
        return b""
    return data if packed(data) == text else b""


def message(fields: Mapping[str, Any]) -> bytes:
    """Write what is signed.

    Parameters
    ----------
    fields : mapping
        The statement without its signature.

    Returns
    -------
    bytes
        A first line that no other program signs, then canonical JSON.
    """
    return _FIRST_LINE + canonical(fields)


@dataclass(frozen=True, slots=True)
class Statement:
    """A signed statement; whether the signature is good is asked of it.

    Attributes
    ----------
    fields : mapping
        ``format``, ``kind``, ``key`` and the fields of its kind.
    signature : bytes
        Ed25519, 64 bytes.
    """

    fields: Mapping[str, Any]
    signature: bytes

    @property
    def kind(self) -> str:
        """What it is about: one of ``FIELDS``."""
        return str(self.fields["kind"])

    @property
    def key(self) -> str:
        """Fingerprint of the key that vouches for it."""
        return str(self.fields["key"])

    @property
    def at(self) -> datetime:
        """When it was made, as its signer says."""
        return datetime.strptime(self.fields["at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)

    def signed_by(self, public: bytes) -> bool:
        """Check the signature.

        Parameters
        ----------
        public : bytes
            The 32 bytes of the public key.

        Returns
        -------
        bool
            Whether this key, the one that it names, signed exactly these fields.
        """
        if fingerprint_of(public) != self.key:
            return False
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(self.signature, message(self.fields))
        except (InvalidSignature, ValueError):
            return False
        return True

    def to_dict(self) -> dict[str, Any]:
        """Write it as plain values.

        Returns
        -------
        dict
            The fields and ``signature``.
        """
        return {**self.fields, "signature": packed(self.signature)}

    def to_bytes(self) -> bytes:
        """Write it as a file.

        Returns
        -------
        bytes
            Canonical JSON.
        """
        return canonical(self.to_dict())

    @classmethod
    def from_dict(cls, found: Any, kind: str | None = None) -> Statement:
        """Read a statement from plain values.

        Parameters
        ----------
        found : object
            What JSON gave.
        kind : str, optional
            The kind that is expected.

        Returns
        -------
        Statement
            Well formed; its signature is not checked yet.

        Raises
        ------
        ValueError
            If it is anything else.
        """
        if not isinstance(found, dict) or found.get("format") != _FORMAT:
            raise ValueError("not a statement of format 1")
        named = found.get("kind")
        if not isinstance(named, str) or named not in FIELDS or (kind is not None and named != kind):
            raise ValueError(f"not a statement about a {kind or 'known thing'}")
        if set(found) != FIELDS[named] | {"format", "kind", "key", "signature"}:
            raise ValueError("fields are missing or unknown")
        if not _is(found["key"], _FINGERPRINT) or any(
            not _CHECKS[name](found[name]) for name in FIELDS[named]
        ):
            raise ValueError("a field is not in its form")
        signature = unpacked(found["signature"]) if isinstance(found["signature"], str) else b""
        if len(signature) != 64:
            raise ValueError("without a signature of 64 bytes")
        return cls({name: value for name, value in found.items() if name != "signature"}, signature)

    @classmethod
    def from_bytes(cls, data: bytes, kind: str | None = None) -> Statement:
        """Read a statement from a file.

        Parameters
        ----------
        data : bytes
            Canonical JSON.
        kind : str, optional
            The kind that is expected.

        Returns
        -------
        Statement
            Well formed; its signature is not checked yet.

        Raises
        ------
        ValueError
            If it is anything else.
        """
        try:
            found = json.loads(data.decode("utf-8"))
        except RecursionError:
            raise ValueError("nested too deeply") from None
        made = cls.from_dict(found, kind)
        if made.to_bytes() != data:
            raise ValueError("not in canonical form")
        return made


def _is(value: Any, pattern: re.Pattern[str]) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_moment(value: Any) -> bool:
    if not _is(value, _MOMENT):
        return False
    try:
        datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return False
    return True
