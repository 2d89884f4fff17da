"""Keys of machines as text: a name that may be seen, and a secret that is shown once."""

from __future__ import annotations

import re
import secrets
from typing import NamedTuple

from geozone.access.tokens import digest_of_secret, new_secret

__all__ = ["SentKey", "new_key", "read_key"]

PREFIX = "gzk"
_SHAPE = re.compile(rf"{PREFIX}_([0-9a-f]{{12}})_([A-Za-z0-9_-]{{43}})")


class SentKey(NamedTuple):
    """A key as a machine sends it.

    Attributes
    ----------
    public_id : str
        Its name.
    secret_sha256 : str
        Digest of its secret.
    """

    public_id: str
    secret_sha256: str


def new_key() -> tuple[str, SentKey]:
    """Make a key.

    Returns
    -------
    text : str
        What the machine sends; nobody can show it again.
    kept : SentKey
        What is kept of it.
    """
    text = f"{PREFIX}_{secrets.token_hex(6)}_{new_secret()}"
    found = read_key(text)
    assert found is not None  # noqa: S101 - of the shape just made
    return text, found


def read_key(text: str) -> SentKey | None:
    """Read a key that was sent.

    Parameters
    ----------
    text : str
        ``gzk_NAME_SECRET``.

    Returns
    -------
    SentKey or None
        None where it is something else.
    """
    match = _SHAPE.fullmatch(text)
    return None if match is None else SentKey(match[1], digest_of_secret(match[2]))
