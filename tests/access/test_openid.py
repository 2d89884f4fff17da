"""Tokens of an issuer on the loopback address: which hold, which do not, and whom they let in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from geozone.access.openid import Issuer
from geozone.errors import StoreError

from .fake_issuer import FakeIssuer, unsigned


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeIssuer]:
    made = FakeIssuer()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def issuer(fake: FakeIssuer) -> Iterator[Issuer]:
    fake.published, fake.claimed, fake.asked = ["one"], None, 0
    with httpx.Client(timeout=5) as client:
        yield Issuer(fake.url, "geozone", client)


def test_a_token_holds_and_the_keys_are_asked_for_once(
    fake: FakeIssuer, issuer: Issuer, now: datetime
) -> None:
    for _ in range(3):
        assert issuer.subject_of(fake.token(now), at=now) == f"{fake.url} lan@ytế"
    assert fake.asked == 2
    assert issuer.subject_of(fake.token(now), at=now + timedelta(minutes=5)) is None
    assert issuer.subject_of(fake.token(now), at=now - timedelta(hours=1)) is None


def test_what_does_not_hold(fake: FakeIssuer, issuer: Issuer, now: datetime) -> None:
    other = rsa.generate_private_key(65537, 2048)
    for token in (
        fake.token(now, key=other),
        fake.token(now, aud="another"),
        fake.token(now, iss="https://another.test"),
        fake.token(now, nbf=int(now.timestamp()) + 3600),
        fake.token(now, key="x" * 32, algorithm="HS256"),
        unsigned(fake.token(now)),
        fake.token(now, kid="two"),
        "",
        "a.b.c",
        "x" * 20_000,
    ):
        assert issuer.subject_of(token, at=now) is None


def test_a_new_key_is_found_after_a_minute_and_not_asked_for_at_each_request(
    fake: FakeIssuer, issuer: Issuer, now: datetime
) -> None:
    assert issuer.subject_of(fake.token(now), at=now) is not None
    fake.published = ["one", "two"]
    for _ in range(5):
        assert issuer.subject_of(fake.token(now, kid="two"), at=now) is None
    assert fake.asked == 2
    later = now + timedelta(minutes=1)
    assert issuer.subject_of(fake.token(later, kid="two"), at=later) is not None


def test_an_issuer_that_calls_itself_otherwise_is_not_believed(
    fake: FakeIssuer, issuer: Issuer, now: datetime
) -> None:
    fake.claimed = "https://another.test"
    assert issuer.subject_of(fake.token(now), at=now) is None


def test_an_issuer_without_https_is_refused() -> None:
    with httpx.Client() as client, pytest.raises(StoreError, match="HTTPS"):
        Issuer("http://issuer.test", "geozone", client)


def test_only_people_whom_the_admin_entered_come_in(
    fake: FakeIssuer, issuer: Issuer, space: Any, make_client: Any, now: datetime
) -> None:
    from geozone.access import AccessPolicy, Identity, Role
    from geozone.access.tokens import Tokens
    from geozone.api import ServiceOptions, create_app
    from geozone.api.account_policy import AccountPolicy
    from geozone.api.sign_in import sign_in_router
    from geozone.pipeline import accounts
    from geozone.pipeline.accounts import SYSTEM

    rules = AccessPolicy()
    tokens = Tokens([b"k" * 32], lifetime=timedelta(minutes=15))
    policy = AccountPolicy(space.store, rules, tokens, now=lambda: now, foreign=issuer)
    options = ServiceOptions(prepare=False)
    app = create_app(
        space.releases, web_root=None, options=options, private=[sign_in_router(policy)], policy=policy
    )
    ask = make_client(app).request
    held = {"Authorization": f"Bearer {fake.token(now)}"}
    assert ask("GET", "/api/v1/session", headers=held).status_code == 401
    lan = Identity("lan", Role.ANALYST)
    _, secret = accounts.add_account(
        space.store, lan, SYSTEM, policy=rules, at=now, subject=f"{fake.url} lan@ytế"
    )
    assert secret is None
    who = ask("GET", "/api/v1/session", headers=held).json()
    assert (who["name"], who["role"]) == ("lan", "analyst")
    accounts.first_admin(space.store, at=now)
    accounts.change_account(space.store, "lan", SYSTEM, policy=rules, at=now, disabled=True)
    assert ask("GET", "/api/v1/session", headers=held).status_code == 401
