"""Texts that only the holder of a key can read: AES-256-GCM, bound to the cell that they were written for.

A sealed text names its key, so that texts of two keys can stand beside each other while a key is replaced.
What it is bound to (table, column, row) goes into the authentication: a text that was carried into another
cell does not open. The key that encrypts is derived from the one in the file (HKDF-SHA256).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from geozone.access.key_files import KEY_BYTES, add_key, drop_keys, read_keys
from geozone.errors import StoreError

__all__ = ["KEY_NAME_LENGTH", "IdentifierKeys", "Seals"]

KEY_NAME_LENGTH = 12
"""Characters of the name of a key, which a sealed text begins with."""
_NONCE = 12
_INFO = b"geozone identifiers: AES-256-GCM, 1"
_KEPT = 1000


def _name_of(key: bytes) -> str:
    return hashlib.sha256(_INFO + b"name" + key).hexdigest()[:KEY_NAME_LENGTH]


class Seals:
    """Seals and opens texts.

    Parameters
    ----------
    keys : sequence of bytes
        The first seals; all of them open.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        derived = {
            _name_of(key): AESGCM(HKDF(SHA256(), KEY_BYTES, salt=None, info=_INFO).derive(key))
            for key in keys
        }
        self._ciphers = derived
        self.names = tuple(derived)
        """Names of the keys, the one that seals first."""

    def __repr__(self) -> str:
        return f"Seals({', '.join(self.names)})"

    def seal(self, texts: Iterable[str | None], cells: Iterable[str]) -> list[str | None]:
        """Seal texts.

        Parameters
        ----------
        texts : iterable of str or None
            What is to be read with the key alone.
        cells : iterable of str
            What each is bound to: its table, column and row.

        Returns
        -------
        list of str or None
            ASCII, another one each time; ``None`` where there is no text.
        """
        name = self.names[0]
        encrypt, encode = self._ciphers[name].encrypt, base64.b64encode
        sealed: list[str | None] = []
        for text, cell in zip(texts, cells, strict=True):
            if text is None:
                sealed.append(None)
                continue
            nonce = os.urandom(_NONCE)
            hidden = encrypt(nonce, text.encode("utf-8", "surrogatepass"), cell.encode("utf-8", "replace"))
            sealed.append(name + encode(nonce + hidden).decode("ascii"))
        return sealed

    def open(self, sealed: Iterable[str | None], cells: Iterable[str]) -> list[str | None]:
        """Open sealed texts.

        Parameters
        ----------
        sealed : iterable of str or None
            As ``seal`` gave them.
        cells : iterable of str
            What each was bound to.

        Returns
        -------
        list of str or None
            The texts.

        Raises
        ------
        KeyError
            If one was sealed with a key that is not here; its name.
        StoreError
            If one was changed, or stands in another cell than it was written for.
        """
        ciphers, decode = self._ciphers, base64.b64decode
        texts: list[str | None] = []
        for text, cell in zip(sealed, cells, strict=True):
            if text is None:
                texts.append(None)
                continue
            cipher = ciphers[text[:KEY_NAME_LENGTH]]
            try:
                raw = decode(text[KEY_NAME_LENGTH:], validate=True)
                opened = cipher.decrypt(raw[:_NONCE], raw[_NONCE:], cell.encode("utf-8", "replace"))
            except (InvalidTag, binascii.Error, ValueError):
                raise StoreError(
                    "an encrypted text was changed, or moved from another row; restore a backup"
                ) from None
            texts.append(opened.decode("utf-8", "surrogatepass"))
        return texts


class IdentifierKeys:
    """The file of the keys that direct identifiers are encrypted with; read again when it changes.

    Parameters
    ----------
    path : Path
        The file, outside the database: one key a line, the one in use first.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._held: tuple[tuple[int, ...], Seals] | None = None

    def seals(self) -> Seals:
        """Read the keys.

        Returns
        -------
        Seals
            Of the file as it is now.

        Raises
        ------
        StoreError
            If the file is missing, open to others, or holds something else.
        """
        state = self._state()
        if self._held is None or self._held[0] != state:
            keys = read_keys(self.path, create=False)
            if not keys:
                raise StoreError(f"the file of the identifier key is missing: {self.path}; {_WHAT_TO_DO}")
            self._held = (state, Seals(keys))
        return self._held[1]

    def check(self, needed: Iterable[str]) -> None:
        """Refuse if a key is missing; make the first key where none was ever used.

        Parameters
        ----------
        needed : iterable of str
            Names of the keys that the database was written with.

        Raises
        ------
        StoreError
            If one is missing; it names the file and says what to do.
        """
        wanted = set(needed)
        if not wanted:
            read_keys(self.path, create=True)
        missing = sorted(wanted - set(self.seals().names))
        if missing:
            raise StoreError(
                f"the database was written with the identifier key {missing[0]}, which is not in "
                f"{self.path}; {_WHAT_TO_DO}"
            )

    def rotate(self) -> None:
        """Make a new key the one in use; all others still open.

        Raises
        ------
        StoreError
            If the file cannot be written; it is then as it was.
        """
        add_key(self.path, keep=_KEPT)

    def destroy_older(self) -> int:
        """Remove every key but the one in use: what was sealed with them is unreadable for ever.

        Returns
        -------
        int
            How many were removed.

        Raises
        ------
        StoreError
            If the file cannot be written; it is then as it was.
        """
        return drop_keys(self.path, keep=1)

    def _state(self) -> tuple[int, ...]:
        try:
            found = self.path.stat()
        except OSError:
            return ()
        return (found.st_mtime_ns, found.st_ino, found.st_size, found.st_mode)


_WHAT_TO_DO = (
    "put the file back from where it is kept apart from the backups, "
    "or name it by GEOZONE_IDENTIFIER_KEY_FILE"
)
