"""An issuer of OpenID Connect on the loopback address: keys, tokens, and people who sign in without a word."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

__all__ = ["FakeIssuer", "unsigned"]


@functools.cache
def _keys() -> dict[str, Any]:
    return {"one": rsa.generate_private_key(65537, 2048), "two": ec.generate_private_key(ec.SECP256R1())}


class FakeIssuer:
    def __init__(self) -> None:
        self.keys = _keys()
        self.published = ["one"]
        self.asked = 0
        self.claimed: str | None = None
        self.person = "lan@ytế"
        self.secret: str | None = None
        self.codes: dict[str, dict[str, str]] = {}
        self.told: dict[str, Any] = {}
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked += 1
                if self.path.startswith("/authorize?"):
                    self.send_response(302)
                    self.send_header("Location", issuer.let_in(dict(parse_qs(urlsplit(self.path).query))))
                    self.end_headers()
                    return
                told = issuer.documents().get(self.path)
                self.send_response(200 if told else 404)
                self.end_headers()
                self.wfile.write(json.dumps(told).encode())

            def do_POST(self) -> None:
                sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
                status, told = issuer.token_for_code(dict(parse_qs(sent)), self.headers["Authorization"])
                self.send_response(status)
                self.end_headers()
                self.wfile.write(json.dumps(told).encode())

            def log_message(self, *_: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def documents(self) -> dict[str, Any]:
        makers = {"one": jwt.algorithms.RSAAlgorithm, "two": jwt.algorithms.ECAlgorithm}
        keys = [
            json.loads(makers[name].to_jwk(self.keys[name].public_key())) | {"kid": name, "use": "sig"}
            for name in self.published
        ]
        return {
            "/.well-known/openid-configuration": {
                "issuer": self.claimed or self.url,
                "jwks_uri": f"{self.url}/jwks",
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
            },
            "/jwks": {"keys": keys},
        }

    def token(
        self, now: datetime, kid: str = "one", key: Any = None, algorithm: str | None = None, **changes: Any
    ) -> str:
        claims = {"iss": self.url, "aud": "geozone", "sub": "lan@ytế", "iat": int(now.timestamp())}
        claims |= {"exp": int(now.timestamp()) + 300} | changes
        chosen = algorithm or {"one": "RS256", "two": "ES256"}[kid]
        return jwt.encode(claims, key or self.keys[kid], algorithm=chosen, headers={"kid": kid})

    def let_in(self, asked: dict[str, list[str]]) -> str:
        """Sign the person in, and send them back with a code."""
        wanted = {name: values[0] for name, values in asked.items()}
        code = f"code-{len(self.codes)}"
        self.codes[code] = wanted
        return (
            f"{wanted['redirect_uri']}?{urlencode({'code': code, 'state': wanted['state'], 'iss': self.url})}"
        )

    def token_for_code(self, form: dict[str, list[str]], by_name: str | None) -> tuple[int, dict[str, Any]]:
        """Change a code for a token, once and with the right verifier."""
        given = {name: values[0] for name, values in form.items()}
        asked = self.codes.pop(given["code"], None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(given["code_verifier"].encode()).digest())
        expected = (
            None
            if self.secret is None
            else base64.b64encode(f"geozone:{quote(self.secret, safe='')}".encode()).decode()
        )
        if (
            asked is None
            or challenge.decode().rstrip("=") != asked["code_challenge"]
            or given["redirect_uri"] != asked["redirect_uri"]
            or (expected is not None and by_name != f"Basic {expected}")
        ):
            return 400, {"error": "invalid_grant"}
        claims = {"sub": self.person, "nonce": asked["nonce"]} | self.told
        now = datetime.fromtimestamp(time.time(), UTC)
        return 200, {"token_type": "Bearer", "id_token": self.token(now, **claims)}


def unsigned(token: str) -> str:
    head = base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": "one"}).encode()).decode().rstrip("=")
    return f"{head}.{token.split('.')[1]}."
