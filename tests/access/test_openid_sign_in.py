"""Signing in at an issuer: there and back, and everything that must not let anybody in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from geozone.access import AccessPolicy, Identity, Role
from geozone.access.code_flow import CodeFlow
from geozone.access.openid import Issuer
from geozone.access.tokens import Tokens
from geozone.api import ServiceOptions, create_app
from geozone.api.account_policy import AccountPolicy
from geozone.api.openid_sign_in import openid_router
from geozone.api.sign_in import sign_in_router
from geozone.errors import StoreError
from geozone.pipeline import accounts
from geozone.pipeline.accounts import SYSTEM

from .fake_issuer import FakeIssuer

BEGIN, BACK = "/api/v1/session/openid", "/api/v1/session/openid/return"
HERE = "https://geozone.test"


class Visit:
    """A browser between the service and the issuer, one step at a time."""

    def __init__(self, space: Any, fake: FakeIssuer, client: httpx.Client, make_client: Any) -> None:
        self.store, self.fake, self.http = space.store, fake, client
        issuer = Issuer(fake.url, "geozone", client)
        self.policy = AccountPolicy(
            space.store,
            AccessPolicy(),
            Tokens([b"k" * 32], lifetime=timedelta(minutes=15)),
            now=lambda: datetime.now(UTC),
            secure=True,
            foreign=issuer,
        )
        flow = CodeFlow(issuer, client, secret=fake.secret)
        routers = [sign_in_router(self.policy, openid=True), openid_router(self.policy, flow, base_url=HERE)]
        app = create_app(
            space.releases,
            web_root=None,
            options=ServiceOptions(prepare=False),
            private=routers,
            policy=self.policy,
        )
        self.ask = make_client(app).request

    def go(self) -> tuple[str, str]:
        """Begin, and let the issuer answer: the cookie, and the address that it sends the browser to."""
        begun = self.ask("GET", BEGIN)
        assert begun.status_code == 303
        cookie = begun.headers["set-cookie"]
        assert all(word in cookie for word in ("HttpOnly", "Secure", "SameSite=lax", f"Path={BEGIN}"))
        sent = self.http.get(begun.headers["location"], follow_redirects=False)
        assert sent.status_code == 302
        return cookie.partition(";")[0], sent.headers["location"].removeprefix(HERE)

    def come_back(self, cookie: str, address: str) -> httpx.Response:
        return self.ask("GET", address, headers={"Cookie": cookie} if cookie else {})

    def session_in(self, answer: httpx.Response) -> dict[str, Any] | None:
        """Who is signed in with the cookie of an answer."""
        for cookie in answer.headers.get_list("set-cookie"):
            if cookie.startswith("__Host-geozone-session="):
                assert all(word in cookie for word in ("HttpOnly", "Secure", "SameSite=strict"))
                held = {"Cookie": cookie.partition(";")[0]}
                found: dict[str, Any] = self.ask("GET", "/api/v1/session", headers=held).json()
                return found
        return None


@pytest.fixture
def fake() -> Iterator[FakeIssuer]:
    made = FakeIssuer()
    made.secret = "một bí mật: 100 %"
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def visit(space: Any, fake: FakeIssuer, make_client: Any) -> Iterator[Visit]:
    with httpx.Client(timeout=5) as client:
        made = Visit(space, fake, client, make_client)
        lan = Identity("lan", Role.ANALYST)
        accounts.add_account(
            space.store,
            lan,
            SYSTEM,
            policy=AccessPolicy(),
            at=datetime.now(UTC),
            subject=f"{fake.url} lan@ytế",
        )
        yield made


def test_there_and_back_signs_in_whom_the_admin_entered(visit: Visit) -> None:
    back = visit.come_back(*visit.go())
    assert (back.status_code, back.headers["location"]) == (303, f"{HERE}/")
    assert back.headers["cache-control"] == "no-store"
    who = visit.session_in(back)
    assert who is not None
    assert (who["name"], who["role"], who["openid"]) == ("lan", "analyst", True)
    audit = visit.store.audit()
    signed_in = audit[audit["action"] == "access:sign-in"]
    assert signed_in["actor"].tolist() == ["lan"]
    assert "openid" in str(signed_in["detail"].iloc[0])


def test_a_code_and_a_cookie_hold_once_and_only_together(visit: Visit) -> None:
    cookie, address = visit.go()
    other, _ = visit.go()
    for held in ("", "geozone-openid=", other):
        refused = visit.come_back(held, address)
        assert refused.headers["location"] == f"{HERE}/?sign-in=refused"
        assert visit.session_in(refused) is None
    assert visit.session_in(visit.come_back(cookie, address)) is not None
    again = visit.come_back(cookie, address)
    assert again.headers["location"] == f"{HERE}/?sign-in=refused"
    assert visit.session_in(again) is None


@pytest.mark.parametrize(
    "told",
    [
        {"nonce": "another"},
        {"aud": "another"},
        {"iss": "https://another.test"},
        {"exp": 1_600_000_000},
    ],
)
def test_a_token_that_is_not_the_answer_to_this_question_lets_nobody_in(
    visit: Visit, fake: FakeIssuer, told: dict[str, Any]
) -> None:
    fake.told = told
    back = visit.come_back(*visit.go())
    assert back.headers["location"] == f"{HERE}/?sign-in=refused"
    assert visit.session_in(back) is None


def test_what_an_issuer_sends_when_somebody_says_no(visit: Visit) -> None:
    cookie, address = visit.go()
    state = parse_qs(urlsplit(address).query)["state"][0]
    denied = visit.come_back(cookie, f"{BACK}?error=access_denied&state={state}&error_description=No")
    assert denied.headers["location"] == f"{HERE}/?sign-in=refused"


def test_strangers_and_disabled_accounts_are_told_apart_from_faults(visit: Visit, fake: FakeIssuer) -> None:
    fake.person = "mai"
    stranger = visit.come_back(*visit.go())
    assert stranger.headers["location"] == f"{HERE}/?sign-in=unknown"
    fake.person, at = "lan@ytế", datetime.now(UTC)
    accounts.first_admin(visit.store, at=at)
    accounts.change_account(visit.store, "lan", SYSTEM, policy=AccessPolicy(), at=at, disabled=True)
    disabled = visit.come_back(*visit.go())
    assert disabled.headers["location"] == f"{HERE}/?sign-in=unknown"
    assert visit.session_in(disabled) is None


def test_an_issuer_that_cannot_be_reached_is_a_503(
    space: Any, fake: FakeIssuer, visit: Visit, make_client: Any
) -> None:
    cookie, address = visit.go()
    fake.server.shutdown()
    fake.server.server_close()
    assert visit.come_back(cookie, address).status_code == 503
    with httpx.Client(timeout=1) as client:
        fresh = Visit(space, fake, client, make_client)
        assert fresh.ask("GET", BEGIN).status_code == 503
        flow = CodeFlow(Issuer(fake.url, "geozone", client), client)
        with pytest.raises(StoreError, match="cannot be asked"):
            flow.address("kept", back="x", at=datetime.now(UTC))


def test_without_an_issuer_the_routes_say_so(space: Any, visit: Visit, make_client: Any) -> None:
    app = create_app(
        space.releases,
        web_root=None,
        options=ServiceOptions(prepare=False),
        private=[openid_router(visit.policy, None)],
        policy=visit.policy,
    )
    ask = make_client(app).request
    assert [ask("GET", path).status_code for path in (BEGIN, BACK)] == [404, 404]
