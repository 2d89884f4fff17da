"""Signing in at an issuer of OpenID Connect: the authorization code flow with PKCE.

A browser is sent to the issuer with a state and a nonce and comes back with a code, which is changed for
a token here, from server to server. All that the browser keeps meanwhile is one secret, in a cookie:
state, nonce and verifier are made of it, each by its own digest, so none of them tells another.

Sources: OpenID Connect Core 1.0, 3.1; RFC 7636 (PKCE); RFC 6749, 2.3.1 and 4.1.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from geozone.access.openid import Issuer, subject_in
from geozone.errors import StoreError

__all__ = ["CodeFlow"]

_LONGEST = 4096


class CodeFlow:
    """Sends people to the issuer, and learns from it who came back; safe to share between threads.

    Parameters
    ----------
    issuer : Issuer
        The issuer.
    client : httpx.Client
        Asks it.
    secret : str, optional
        What the issuer knows this client by; none for a public client, which PKCE protects alone.
    """

    def __init__(self, issuer: Issuer, client: httpx.Client, *, secret: str | None = None) -> None:
        self._issuer, self._client, self._secret = issuer, client, secret

    def address(self, kept: str, *, back: str, at: datetime) -> str:
        """Make the address at which somebody signs in.

        Parameters
        ----------
        kept : str
            Secret that the browser keeps until it is back, new for each try.
        back : str
            Address to come back to, as registered with the issuer.
        at : datetime
            Now, with zone.

        Returns
        -------
        str
            Address of the issuer.

        Raises
        ------
        StoreError
            If the issuer cannot be asked.
        """
        endpoint = self._issuer.endpoint("authorization_endpoint", at=at)
        challenge = _text(hashlib.sha256(_derived(kept, "verifier").encode()).digest())
        asked = {
            "response_type": "code",
            "scope": "openid",
            "client_id": self._issuer.audience,
            "redirect_uri": back,
            "state": _derived(kept, "state"),
            "nonce": _derived(kept, "nonce"),
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"

    def subject(self, kept: str, state: str, code: str, *, back: str, at: datetime) -> str | None:
        """Tell who came back.

        Parameters
        ----------
        kept : str
            The secret that the browser kept.
        state, code : str
            What it came back with.
        back : str
            The address that it came back to.
        at : datetime
            Now, with zone.

        Returns
        -------
        str or None
            Issuer and subject, parted by a blank, as `Issuer.subject_of` tells them; none if the browser is
            not the one that was sent, or what the issuer says does not hold.

        Raises
        ------
        StoreError
            If the issuer cannot be asked.
        """
        sent_by_us = hmac.compare_digest(state.encode(), _derived(kept, "state").encode())
        if not sent_by_us or not 0 < len(code) <= _LONGEST:
            return None
        token = self._token(code, _derived(kept, "verifier"), back, at)
        claims = None if token is None else self._issuer.claims_of(token, at=at)
        if claims is None:
            return None
        nonce = str(claims.get("nonce", ""))
        if not hmac.compare_digest(nonce.encode(), _derived(kept, "nonce").encode()):
            return None
        return subject_in(claims)

    def _token(self, code: str, verifier: str, back: str, at: datetime) -> str | None:
        """Change the code for a token that says who it is; none if the issuer refuses."""
        endpoint = self._issuer.endpoint("token_endpoint", at=at)
        name = self._issuer.audience
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back}
        form |= {"code_verifier": verifier, "client_id": name}
        by_name: Any = httpx.USE_CLIENT_DEFAULT
        if self._secret is not None:
            by_name = httpx.BasicAuth(quote(name, safe=""), quote(self._secret, safe=""))
        try:
            answer = self._client.post(
                endpoint, data=form, auth=by_name, headers={"Accept": "application/json"}
            )
        except httpx.HTTPError as error:
            raise StoreError("the issuer of OpenID Connect cannot be asked who signed in") from error
        if answer.status_code >= 500:
            raise StoreError("the issuer of OpenID Connect cannot tell who signed in")
        try:
            told: Any = answer.json()
            return str(told["id_token"]) if answer.status_code == 200 else None
        except (KeyError, TypeError, ValueError):
            return None


def _derived(kept: str, part: str) -> str:
    return _text(hmac.digest(kept.encode(), part.encode(), "sha256"))


def _text(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")
