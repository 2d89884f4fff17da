"""The keys of an office: private keys, the ring that names them, and the history it has signed.

The folder lies outside the releases, so that whoever can write releases cannot sign them. Every change
is one replacement of the ring; a key whose making was cut short is in no ring and is never used.
"""

from __future__ import annotations

import os
import re
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

from geozone.errors import ConflictError, NotFoundError, StoreError
from geozone.release.disk import locked, make_folder, read_bytes, refusals, write_whole
from geozone.release.manifest import moment
from geozone.release.signing.private_keys import SigningKey
from geozone.release.signing.ring import KeyRing
from geozone.release.signing.statements import Statement, packed
from geozone.release.signing.trust import Trust, TrustFile

__all__ = ["KeyFolder"]

_PREFIX = re.compile(r"[0-9a-f]{4,32}")
_SUPERSEDED = "superseded"


class KeyFolder:
    """A private folder of signing keys.

    Parameters
    ----------
    folder : Path
        The folder; made when the first key is.

    Attributes
    ----------
    passphrase : str or None
        Opens the private keys, and encrypts new ones.
    seen : TrustFile
        The history that this office has signed, as it saw it last.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.passphrase: str | None = None
        self.seen = TrustFile(folder / "seen.json")

    def ring(self) -> KeyRing:
        """Read the ring.

        Returns
        -------
        KeyRing
            Empty before the first key.

        Raises
        ------
        StoreError
            If it is damaged.
        """
        with refusals(self._folder):
            data = read_bytes(self._folder / "ring.json")
        if data is None:
            return KeyRing()
        try:
            return KeyRing.from_bytes(data)
        except ValueError as error:
            raise StoreError(f"{self._folder / 'ring.json'} is damaged: {error}") from None

    def trust(self) -> Trust:
        """Give what the office holds its own releases against.

        Returns
        -------
        Trust
            All of its own keys, and the history it has signed.

        Raises
        ------
        StoreError
            If a file is damaged.
        """
        ring = self.ring()
        return Trust(frozenset(ring.fingerprints), ring, expected=bool(ring)) | self.seen.read()

    def active(self) -> str | None:
        """Name the key that signs.

        Returns
        -------
        str or None
            The newest key that is here and not revoked; none before the first.
        """
        ring = self.ring()
        usable = [
            name
            for name in ring.fingerprints
            if self._path(name).exists() and (key := ring.key(name)) is not None and key.revocation is None
        ]
        return usable[-1] if usable else None

    def is_here(self, fingerprint: str) -> bool:
        """Tell whether the private key is in this folder.

        Parameters
        ----------
        fingerprint : str
            Which.

        Returns
        -------
        bool
            Not so for a key that was moved away after its revocation.
        """
        return self._path(fingerprint).exists()

    def is_locked(self, fingerprint: str) -> bool:
        """Tell whether a private key has a passphrase.

        Parameters
        ----------
        fingerprint : str
            Which.

        Returns
        -------
        bool
            Not so for a key that is not here.
        """
        with refusals(self._folder):
            return b"ENCRYPTED" in (read_bytes(self._path(fingerprint)) or b"")[:64]

    def find(self, prefix: str) -> str:
        """Find a key by the beginning of its fingerprint.

        Parameters
        ----------
        prefix : str
            Four digits or more; spaces are left out.

        Returns
        -------
        str
            The fingerprint.

        Raises
        ------
        NotFoundError
            If no key, or more than one, begins so.
        """
        wanted = prefix.replace(" ", "").lower()
        found = [name for name in self.ring().fingerprints if name.startswith(wanted)]
        if not _PREFIX.fullmatch(wanted) or len(found) != 1:
            raise NotFoundError(f"{len(found)} keys begin with {prefix!r}; see: geozone keys list")
        return found[0]

    def make(self, name: str, *, at: datetime, until: datetime | None = None) -> SigningKey:
        """Make the first key.

        Parameters
        ----------
        name : str
            The office, as it calls itself.
        at : datetime
            From when it signs, with zone.
        until : datetime, optional
            Until when it signs; no end by default.

        Returns
        -------
        SigningKey
            Open.

        Raises
        ------
        ConflictError
            If there is a key already.
        StoreError
            If the disk refuses.
        """
        with self._writer():
            if self.active() is not None:
                raise ConflictError("there is a signing key already; replace it with: geozone keys rotate")
            made = SigningKey.new()
            self._keep(made, self.passphrase)
            self._add(made.sign("key", _introduced(made, name, until), at=at))
        return made

    def open(self, fingerprint: str) -> SigningKey:
        """Open a private key.

        Parameters
        ----------
        fingerprint : str
            Which.

        Returns
        -------
        SigningKey
            Open for signing.

        Raises
        ------
        NotFoundError
            If it is not here.
        ConflictError
            If the passphrase is missing or wrong.
        StoreError
            If others may read its file, or it is damaged.
        """
        path = self._path(fingerprint)
        with refusals(self._folder):
            data = read_bytes(path)
            if data is None:
                raise NotFoundError(f"the private key {fingerprint} is not in {self._folder}")
            if os.name == "posix" and path.stat().st_mode & 0o077:
                raise StoreError(f"{path} can be read by others; a signing key must have mode 0600")
        opened = SigningKey.from_pem(data, self.passphrase)
        if opened.fingerprint != fingerprint:
            raise StoreError(f"{path} holds another key")
        return opened

    def signer(self) -> SigningKey | None:
        """Open the key that signs.

        Returns
        -------
        SigningKey or None
            None before the first key.

        Raises
        ------
        ConflictError
            If the passphrase is missing or wrong, or every key has been revoked.
        StoreError
            If its file is damaged or open to others.
        """
        name = self.active()
        if name is not None:
            return self.open(name)
        if self.ring():
            raise ConflictError("every signing key is revoked; make a new one with: geozone keys make")
        return None

    def rotate(self, *, at: datetime, new_passphrase: str | None = None) -> SigningKey:
        """Replace the key that signs; the old one vouches for the new one and retires.

        Parameters
        ----------
        at : datetime
            When, with zone.
        new_passphrase : str, optional
            Of the new key.

        Returns
        -------
        SigningKey
            The new key, open.

        Raises
        ------
        ConflictError
            If there is no key to replace, or the passphrase is wrong.
        StoreError
            If the disk refuses; the old key is still in use.
        """
        with self._writer():
            old = self.signer()
            if old is None:
                raise ConflictError("there is no signing key yet; make one with: geozone keys make")
            known = self.ring().key(old.fingerprint)
            name = "" if known is None else known.name
            made = SigningKey.new()
            self._keep(made, new_passphrase)
            introduced = _introduced(made, name, None)
            retired = {"revoked": old.fingerprint, "reason": _SUPERSEDED, "compromised": False}
            self._add(
                made.sign("key", introduced, at=at),
                old.sign("key", introduced, at=at),
                old.sign("revocation", retired, at=at),
            )
            self.passphrase = new_passphrase
        return made

    def revoke(self, fingerprint: str, *, reason: str, compromised: bool, at: datetime) -> None:
        """Say that a key is no longer to be believed; the key itself signs it if it is here.

        Parameters
        ----------
        fingerprint : str
            Which.
        reason : str
            Why; it is published.
        compromised : bool
            Whether somebody else may hold it.
        at : datetime
            From when, with zone.

        Raises
        ------
        NotFoundError
            If no key is here that may revoke it.
        ConflictError
            If the passphrase is wrong.
        StoreError
            If the disk refuses.
        """
        with self._writer():
            by = fingerprint if self._path(fingerprint).exists() else self.active()
            if by is None:
                raise NotFoundError("no private key is here that could sign the revocation")
            fields = {"revoked": fingerprint, "reason": reason, "compromised": compromised}
            self._add(self.open(by).sign("revocation", fields, at=at))

    def _path(self, fingerprint: str) -> Path:
        return self._folder / f"{fingerprint}.pem"

    def _writer(self) -> AbstractContextManager[bool]:
        with refusals(self._folder):
            make_folder(self._folder, private=True)
        return locked(self._folder / ".lock", wait=True)

    def _keep(self, key: SigningKey, passphrase: str | None) -> None:
        with refusals(self._folder):
            write_whole(self._path(key.fingerprint), key.to_pem(passphrase), private=True)

    def _add(self, *statements: Statement) -> None:
        ring = KeyRing((*self.ring().statements, *statements))
        with refusals(self._folder):
            write_whole(self._folder / "ring.json", ring.to_bytes())


def _introduced(key: SigningKey, name: str, until: datetime | None) -> dict[str, str | None]:
    return {
        "public": packed(key.public),
        "name": name,
        "until": None if until is None else moment(until),
    }
