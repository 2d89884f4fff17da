"""Bearer tokens of this service: signed, short-lived, bound to a session that can be ended."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import jwt

__all__ = ["Claims", "Tokens", "digest_of_secret", "new_secret"]

_ISSUER = "geozone"
_ALGORITHM = "HS256"
_LONGEST = 4096


class Claims(NamedTuple):
    """What a token says.

    Attributes
    ----------
    name : str
        The account.
    session : int
        The session that it belongs to.
    revision : int
        Revision of the account when it was made: another password or role ends it.
    """

    name: str
    session: int
    revision: int


class Tokens:
    """Makes and reads tokens.

    Parameters
    ----------
    keys : sequence of bytes
        The first signs; all of them verify.
    lifetime : timedelta
        How long a token holds.
    """

    def __init__(self, keys: Sequence[bytes], *, lifetime: timedelta) -> None:
        self._keys = {hashlib.sha256(key).hexdigest()[:16]: key for key in keys}
        self.lifetime = lifetime

    def make(self, claims: Claims, *, at: datetime) -> str:
        """Make a token.

        Parameters
        ----------
        claims : Claims
            What it says.
        at : datetime
            Now, with zone.

        Returns
        -------
        str
            JWT (RFC 7519), HMAC-SHA256.
        """
        named, key = next(iter(self._keys.items()))
        payload = {
            "iss": _ISSUER,
            "aud": _ISSUER,
            "sub": claims.name,
            "sid": claims.session,
            "rev": claims.revision,
            "iat": int(at.timestamp()),
            "exp": int((at + self.lifetime).timestamp()),
            "jti": secrets.token_hex(8),
        }
        return jwt.encode(payload, key, algorithm=_ALGORITHM, headers={"kid": named})

    def read(self, token: str, *, at: datetime) -> Claims | None:
        """Read a token.

        Parameters
        ----------
        token : str
            What was sent.
        at : datetime
            Now, with zone.

        Returns
        -------
        Claims or None
            None for one that is not ours, was changed, or has run out.
        """
        if len(token) > _LONGEST:
            return None
        try:
            key = self._keys.get(str(jwt.get_unverified_header(token).get("kid")))
            if key is None:
                return None
            # The clock is handed over, so the times are compared below.
            payload: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[_ALGORITHM],
                audience=_ISSUER,
                issuer=_ISSUER,
                options={"require": ["exp", "iat", "sub"], "verify_exp": False, "verify_iat": False},
            )
            now = at.timestamp()
            if not int(payload["iat"]) - 60 <= now < int(payload["exp"]):
                return None
            return Claims(str(payload["sub"]), int(payload["sid"]), int(payload["rev"]))
        except (jwt.PyJWTError, KeyError, TypeError, ValueError):
            return None


def new_secret() -> str:
    """Make a secret for a session or a machine.

    Returns
    -------
    str
        256 bits, for addresses and headers.
    """
    return secrets.token_urlsafe(32)


def digest_of_secret(secret: str) -> str:
    """Make what is kept of a secret that nobody could guess: no salt and no slow digest are needed.

    Parameters
    ----------
    secret : str
        At least 128 bits.

    Returns
    -------
    str
        SHA-256.
    """
    return hashlib.sha256(secret.encode()).hexdigest()
