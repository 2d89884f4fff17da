"""Passwords of people: Argon2id digests, what a password must be, and secrets that are shown once."""

from __future__ import annotations

import secrets
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from geozone.errors import DataError, Fault

__all__ = ["check_password", "hash_password", "needs_new_hash", "one_time_secret", "verify_password"]

SHORTEST = 12
LONGEST = 256
_HASHER = PasswordHasher()  # Argon2id, the second recommended choice of RFC 9106: 64 MiB, 3 passes
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is mistaken for another
_GROUPS, _GROUP = 5, 4
# Verified where there is no such account, so that the time does not tell which names exist.
_NOBODY = _HASHER.hash(secrets.token_urlsafe(32))


def check_password(name: str, password: str) -> None:
    """Refuse a password that is guessed easily.

    Parameters
    ----------
    name : str
        Name of the account.
    password : str
        The password.

    Raises
    ------
    DataError
        If it is too short or too long, holds the name, or repeats few characters. (NIST SP 800-63B: length
        counts, rules about kinds of characters do not help.)
    """
    text = _normal(password)
    expected = None
    if not SHORTEST <= len(text) <= LONGEST:
        expected = f"{SHORTEST} to {LONGEST} characters"
    elif len(name) >= 3 and _normal(name).casefold() in text.casefold():
        expected = "a password without the name of the account"
    elif len(set(text)) < 5:
        expected = "at least 5 different characters"
    if expected is not None:
        raise DataError("password", [Fault(None, "password", "another", expected)])


def hash_password(password: str) -> str:
    """Make the digest that is kept.

    Parameters
    ----------
    password : str
        The password.

    Returns
    -------
    str
        Argon2id with its parameters and salt.
    """
    return _HASHER.hash(_normal(password))


def verify_password(stored: str | None, password: str) -> bool:
    """Compare a password with a digest, in the same time whether there is one or not.

    Parameters
    ----------
    stored : str or None
        The digest; ``None`` for somebody who has none.
    password : str
        What was given.

    Returns
    -------
    bool
        Whether it is the password.
    """
    if len(password) > 4 * LONGEST:
        return False
    try:
        _HASHER.verify(stored or _NOBODY, _normal(password))
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def needs_new_hash(stored: str) -> bool:
    """Tell whether a digest was made with weaker parameters than today's.

    Parameters
    ----------
    stored : str
        The digest.

    Returns
    -------
    bool
        Whether to make it again at the next sign-in.
    """
    return _HASHER.check_needs_rehash(stored)


def one_time_secret() -> str:
    """Make a password that is shown once and must be changed.

    Returns
    -------
    str
        Such as ``k7wm-3fqa-...``: 20 letters, 99 bits.
    """
    groups = ["".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS)]
    return "-".join(groups)


def _normal(text: str) -> str:
    """One form of each letter: keyboards for Vietnamese differ in which they send."""
    return unicodedata.normalize("NFKC", text)
