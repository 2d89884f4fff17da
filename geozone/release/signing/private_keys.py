"""Private keys: made, kept in a file of their owner only, and used to sign."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from geozone.errors import ConflictError, StoreError
from geozone.release.manifest import moment
from geozone.release.signing.statements import FIELDS, Statement, fingerprint_of, message

__all__ = ["SigningKey"]


class SigningKey:
    """A private key that is open for signing.

    Parameters
    ----------
    private : Ed25519PrivateKey
        The key.
    """

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = private.public_key().public_bytes_raw()
        self.fingerprint = fingerprint_of(self.public)

    def __repr__(self) -> str:
        return f"SigningKey({self.fingerprint})"

    @classmethod
    def new(cls) -> SigningKey:
        """Make a key that nobody has seen.

        Returns
        -------
        SigningKey
            From the system's source of randomness.
        """
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_pem(cls, data: bytes, passphrase: str | None) -> SigningKey:
        """Open a kept key.

        Parameters
        ----------
        data : bytes
            PKCS #8, PEM.
        passphrase : str or None
            The passphrase, if it has one.

        Returns
        -------
        SigningKey
            Open.

        Raises
        ------
        ConflictError
            If the passphrase is missing or wrong.
        StoreError
            If it is not an Ed25519 key.
        """
        try:
            found = serialization.load_pem_private_key(data, None)
        except TypeError:
            found = _locked(data, passphrase)
        except ValueError:
            raise StoreError("the file of the signing key is damaged") from None
        if not isinstance(found, Ed25519PrivateKey):
            raise StoreError("the signing key is not an Ed25519 key")
        return cls(found)

    def to_pem(self, passphrase: str | None) -> bytes:
        """Write the key for keeping.

        Parameters
        ----------
        passphrase : str or None
            Encrypts it; without one only the rights of the file protect it.

        Returns
        -------
        bytes
            PKCS #8, PEM.
        """
        lock: serialization.KeySerializationEncryption = serialization.NoEncryption()
        if passphrase:
            lock = serialization.BestAvailableEncryption(passphrase.encode())
        return self._private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock
        )

    def sign(self, kind: str, fields: Mapping[str, Any], *, at: datetime) -> Statement:
        """Make a statement.

        Parameters
        ----------
        kind : str
            One of ``FIELDS``.
        fields : mapping
            Its fields but ``at``.
        at : datetime
            When, with zone.

        Returns
        -------
        Statement
            Signed; the same fields always give the same signature.

        Raises
        ------
        ValueError
            If the fields are not those of the kind.
        """
        body = {**fields, "at": moment(at)}
        if set(body) != FIELDS[kind]:
            raise ValueError(f"a statement about a {kind} has the fields {sorted(FIELDS[kind])}")
        whole = {"format": 1, "kind": kind, "key": self.fingerprint, **body}
        made = Statement(whole, self._private.sign(message(whole)))
        return Statement.from_dict(made.to_dict(), kind)


def _locked(data: bytes, passphrase: str | None) -> Any:
    if not passphrase:
        raise ConflictError("the signing key has a passphrase; give it (GEOZONE_KEY_PASSPHRASE)") from None
    try:
        return serialization.load_pem_private_key(data, passphrase.encode())
    except ValueError:
        raise ConflictError("the passphrase of the signing key is wrong") from None
