"""An issuer of OpenID Connect: found by discovery, its tokens verified with the keys that it publishes.

The client that asks the issuer is handed over; nothing here opens a connection of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import jwt

from geozone.errors import StoreError

__all__ = ["Issuer", "subject_in"]

# Only keys in two halves: with a shared secret a public key could be taken for one.
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
_KEYS_HOLD = timedelta(hours=1)
_ASK_AGAIN = timedelta(minutes=1)
_LONGEST_TOKEN = 16_384
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Issuer:
    """One issuer: where it lets people sign in, and whose tokens hold; safe to share between threads.

    Parameters
    ----------
    issuer : str
        Its address, as in the claim ``iss``; HTTPS, unless it is this machine.
    audience : str
        Who the tokens must be for: the client identifier registered with the issuer.
    client : httpx.Client
        Asks the issuer.

    Raises
    ------
    StoreError
        If the address is not HTTPS.
    """

    def __init__(self, issuer: str, audience: str, client: httpx.Client) -> None:
        _refuse_open_address(issuer)
        self._issuer, self._audience, self._client = issuer, audience, client
        self._lock = threading.Lock()
        self._keys: dict[str, jwt.PyJWK] = {}
        self._endpoints: dict[str, str] = {}
        self._asked_at: datetime | None = None

    @property
    def audience(self) -> str:
        """Who its tokens must be for: the client identifier."""
        return self._audience

    def endpoint(self, name: str, *, at: datetime) -> str:
        """Tell where the issuer does something.

        Parameters
        ----------
        name : str
            As its discovery document calls it, such as ``authorization_endpoint``.
        at : datetime
            Now, with zone.

        Returns
        -------
        str
            Address.

        Raises
        ------
        StoreError
            If the issuer cannot be asked, does not say, or names an address that is not HTTPS.
        """
        with self._lock:
            age = None if self._asked_at is None else at - self._asked_at
            if age is None or age >= _KEYS_HOLD or (not self._endpoints and age >= _ASK_AGAIN):
                self._refresh(at)
            found = self._endpoints.get(name)
        if found is None:
            raise StoreError("the issuer of OpenID Connect cannot be asked where people sign in")
        _refuse_open_address(found)
        return found

    def subject_of(self, token: str, *, at: datetime) -> str | None:
        """Tell for whom a token vouches.

        Parameters
        ----------
        token : str
            A token in the form of JWT.
        at : datetime
            Now, with zone.

        Returns
        -------
        str or None
            Issuer and subject, parted by a blank; none if the token does not hold, or the issuer cannot be
            asked.
        """
        claims = self.claims_of(token, at=at)
        return None if claims is None else subject_in(claims)

    def claims_of(self, token: str, *, at: datetime) -> dict[str, Any] | None:
        """Read what a token says.

        Parameters
        ----------
        token : str
            A token in the form of JWT.
        at : datetime
            Now, with zone.

        Returns
        -------
        dict or None
            Its claims; none if it does not hold, or the issuer cannot be asked.
        """
        if len(token) > _LONGEST_TOKEN:
            return None
        try:
            key = self._key_of(str(jwt.get_unverified_header(token).get("kid")), at)
            if key is None:
                return None
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=list(_ALGORITHMS),
                audience=self._audience,
                issuer=self._issuer,
                options={
                    "require": ["exp", "iat", "sub"],
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
            begins = max(float(claims["iat"]), float(claims.get("nbf", 0)))
            holds = begins - 60 <= at.timestamp() < float(claims["exp"])
        except (jwt.PyJWTError, KeyError, TypeError, ValueError):
            return None
        return claims if holds else None

    def _key_of(self, kid: str, at: datetime) -> jwt.PyJWK | None:
        with self._lock:
            age = None if self._asked_at is None else at - self._asked_at
            stale = age is None or age >= _KEYS_HOLD or (kid not in self._keys and age >= _ASK_AGAIN)
            if stale:
                self._refresh(at)
            return self._keys.get(kid)

    def _refresh(self, at: datetime) -> None:
        """Read where the issuer does what, and its keys; what was known stays if it cannot be asked."""
        self._asked_at = at
        try:
            told = self._get(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
            if told.get("issuer") != self._issuer:
                return
            _refuse_open_address(str(told["jwks_uri"]))
            listed = self._get(str(told["jwks_uri"]))["keys"]
            found = {}
            for one in listed:
                if one.get("use", "sig") == "sig" and "kid" in one and one.get("kty") != "oct":
                    found[str(one["kid"])] = jwt.PyJWK(one)
        except (httpx.HTTPError, jwt.PyJWTError, StoreError, KeyError, TypeError, ValueError):
            return
        self._keys = found or self._keys
        self._endpoints = {name: str(value) for name, value in told.items() if name.endswith("_endpoint")}

    def _get(self, url: str) -> dict[str, Any]:
        answer = self._client.get(url)
        answer.raise_for_status()
        document: dict[str, Any] = answer.json()
        return document


def subject_in(claims: Mapping[str, Any]) -> str:
    """Name the one for whom a token vouches.

    Parameters
    ----------
    claims : mapping
        Of a token that holds.

    Returns
    -------
    str
        Issuer and subject, parted by a blank.
    """
    return f"{claims['iss']} {claims['sub']}"


def _refuse_open_address(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise StoreError("the issuer of OpenID Connect must have an HTTPS address")
