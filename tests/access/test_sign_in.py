"""Signing in over HTTP: the map's cookie, bearer tokens, keys; and what must not work."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from geozone.access import AccessPolicy, Identity, Role, Scope
from geozone.access.tokens import Tokens
from geozone.api import ServiceOptions, create_app
from geozone.api.access import Policy
from geozone.api.account_policy import AccountPolicy
from geozone.api.account_routes import account_router, audit_router
from geozone.api.approvals import approvals_router
from geozone.api.desk import WorkspaceDesk
from geozone.api.draft_office import WorkspaceOffice
from geozone.api.review import review_router
from geozone.api.sign_in import sign_in_router
from geozone.pipeline import accounts
from geozone.pipeline.accounts import SYSTEM
from geozone.workspace import Workspace

GOOD = "con ngựa pin kẹp giấy"
HERE = {"Origin": "http://geo.test"}


class Clock:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


class Service:
    """A service with accounts, and its clients."""

    def __init__(
        self, space: Workspace, client: Callable[[Any], Any], at: datetime, *, public: bool = True
    ) -> None:
        self.space, self.clock = space, Clock(at)
        rules = AccessPolicy(releases_public=public)
        tokens = Tokens([b"k" * 32], lifetime=timedelta(minutes=15))
        self.policy = AccountPolicy(space.store, rules, tokens, now=self.clock)
        held: Policy = self.policy
        app = create_app(
            space.releases,
            web_root=None,
            options=ServiceOptions(prepare=False),
            private=[
                sign_in_router(self.policy),
                account_router(self.policy),
                audit_router(self.policy),
                review_router(WorkspaceDesk(space, now=self.clock), held),
                approvals_router(WorkspaceOffice(space, now=self.clock), held),
            ],
            policy=held,
        )
        self.ask = client(app).request

    def person(self, name: str, role: str, scope: Scope | None = None) -> None:
        new = Identity(name, Role(role), scope or Scope())
        _, secret = accounts.add_account(
            self.space.store, new, SYSTEM, policy=self.policy.rules, at=self.clock.at
        )
        assert secret is not None
        accounts.change_own_password(self.space.store, name, secret, GOOD, at=self.clock.at)

    def cookie(self, name: str) -> dict[str, str]:
        answer = self.ask("POST", "/api/v1/session", headers=HERE, json={"name": name, "password": GOOD})
        assert answer.status_code == 200, answer.text
        return {"Cookie": answer.headers["set-cookie"].split(";")[0]}

    def bearer(self, name: str) -> dict[str, str]:
        form = {"grant_type": "password", "username": name, "password": GOOD}
        answer = self.ask("POST", "/api/v1/token", data=form)
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}


@pytest.fixture
def service(space: Workspace, make_client: Any, now: datetime) -> Service:
    return Service(space, make_client, now)


def test_the_first_admin_signs_in_and_must_choose_a_password(service: Service, now: datetime) -> None:
    made = accounts.first_admin(service.space.store, at=now)
    assert made is not None
    name, secret = made
    answer = service.ask("POST", "/api/v1/session", headers=HERE, json={"name": name, "password": secret})
    assert answer.json()["must_change_password"] is True
    assert answer.json()["rights"] == ["account:self"]
    cookie = answer.headers["set-cookie"]
    assert all(mark in cookie for mark in ("HttpOnly", "SameSite=strict", "Path=/"))
    held = HERE | {"Cookie": cookie.split(";")[0]}
    refused = service.ask("GET", "/api/v1/accounts", headers=held)
    assert (refused.status_code, "password of your own" in refused.json()["detail"]) == (403, True)
    weak = service.ask("POST", "/api/v1/session/password", headers=held, json={"old": secret, "new": "short"})
    assert (weak.status_code, weak.json()["errors"][0]["name"]) == (400, "new")
    changed = service.ask("POST", "/api/v1/session/password", headers=held, json={"old": secret, "new": GOOD})
    assert changed.json()["must_change_password"] is False
    assert service.ask("GET", "/api/v1/accounts", headers=held).status_code == 401  # the old session ended
    held = {"Cookie": changed.headers["set-cookie"].split(";")[0]}
    assert service.ask("GET", "/api/v1/accounts", headers=held).json()["accounts"][0]["name"] == "admin"


def test_who_is_signed_in_and_out_again(service: Service) -> None:
    service.person("an", "analyst", Scope(frozenset({"01"}), {"disease": frozenset({"covid-19"})}))
    assert service.ask("GET", "/api/v1/session").json()["signed_in"] is False
    held = service.cookie("an")
    who = service.ask("GET", "/api/v1/session", headers=held)
    assert who.headers["cache-control"] == "no-store"
    assert (who.json()["name"], who.json()["role"]) == ("an", "analyst")
    assert (who.json()["areas"], who.json()["attributes"]) == (["01"], {"disease": ["covid-19"]})
    assert service.ask("DELETE", "/api/v1/session", headers=held | HERE).status_code == 200
    assert service.ask("GET", "/api/v1/review", headers=held).status_code == 401
    told = service.space.store.audit(subject="account an")["action"].tolist()
    assert {"access:sign-in", "access:sign-out", "access:account-add"} <= set(told)


@pytest.mark.parametrize(
    "origin",
    [
        {},
        {"Origin": "https://evil.test"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://geo.test"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_a_page_of_another_site_changes_nothing_with_our_cookie(
    service: Service, origin: dict[str, str]
) -> None:
    service.person("an", "analyst")
    held = service.cookie("an")
    address = f"/api/v1/drafts/{service.space.drafts.list()[0]}/submit"
    answer = service.ask("POST", address, headers=held | origin | {"If-Match": '"0"'}, json={})
    assert answer.status_code == 403
    assert service.space.store.draft_steps() == []
    signed = service.ask("POST", "/api/v1/session", headers=origin, json={"name": "an", "password": GOOD})
    assert signed.status_code == 403
    ours = {"Sec-Fetch-Site": "same-origin", "If-Match": '"0"'}
    assert service.ask("POST", address, headers=held | ours, json={}).status_code == 200


def test_bearer_tokens_are_short_and_renewed_once(service: Service) -> None:
    service.person("an", "analyst")
    form = {"grant_type": "password", "username": "an", "password": GOOD}
    granted = service.ask("POST", "/api/v1/token", data=form)
    assert granted.headers["cache-control"] == "no-store"
    assert (granted.json()["token_type"], granted.json()["expires_in"]) == ("bearer", 900)
    held = {"Authorization": f"Bearer {granted.json()['access_token']}"}
    assert service.ask("GET", "/api/v1/review", headers=held).status_code == 200
    service.clock.at += timedelta(minutes=15)
    assert service.ask("GET", "/api/v1/review", headers=held).status_code == 401
    renew = {"grant_type": "refresh_token", "refresh_token": granted.json()["refresh_token"]}
    renewed = service.ask("POST", "/api/v1/token", data=renew)
    held = {"Authorization": f"Bearer {renewed.json()['access_token']}"}
    assert service.ask("GET", "/api/v1/review", headers=held).status_code == 200
    again = service.ask("POST", "/api/v1/token", data=renew)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert service.ask("GET", "/api/v1/review", headers=held).status_code == 401  # two held it: ended


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"data": {"grant_type": "password", "username": "an", "password": "wrong"}}, 400),
        ({"data": {"grant_type": "password", "username": "an"}}, 400),
        ({"data": {"grant_type": "client_credentials"}}, 400),
        ({"json": {"grant_type": "password"}}, 415),
        ({"data": {"grant_type": "password", "username": "a" * 5000}}, 413),
    ],
)
def test_grants_that_are_none(service: Service, sent: dict[str, Any], status: int) -> None:
    service.person("an", "analyst")
    assert service.ask("POST", "/api/v1/token", **sent).status_code == status


def test_no_secret_is_taken_from_an_address(service: Service) -> None:
    service.person("an", "analyst")
    token = service.bearer("an")["Authorization"].split()[1]
    for name in ("token", "access_token", "api_key", "key"):
        assert service.ask("GET", f"/api/v1/drafts?{name}={token}").status_code in (400, 401)
        assert service.ask("GET", f"/api/v1/review?{name}={token}").status_code in (400, 401)
    form = "grant_type=password&username=an&password=x"
    assert service.ask("POST", f"/api/v1/token?{form}", data={"x": "y"}).status_code == 400


def test_too_many_tries_are_slowed_down_before_the_password_is_looked_at(service: Service) -> None:
    statuses = [
        service.ask(
            "POST", "/api/v1/session", headers=HERE, json={"name": f"n{n}", "password": "x"}
        ).status_code
        for n in range(14)
    ]
    assert statuses[:10] == [401] * 10
    assert 429 in statuses[10:]


def test_a_locked_account_is_told_so(service: Service) -> None:
    service.person("an", "analyst")
    for _ in range(5):
        service.ask("POST", "/api/v1/session", headers=HERE, json={"name": "an", "password": "x"})
    answer = service.ask("POST", "/api/v1/session", headers=HERE, json={"name": "an", "password": GOOD})
    assert (answer.status_code, "locked" in answer.json()["detail"]) == (401, True)


def test_a_key_reads_and_decides_nothing(service: Service) -> None:
    service.person("gốc", "admin")
    service.person("bình", "approver")
    held = service.bearer("gốc")
    body = {"owner": "bình", "label": "bảng", "role": "approver", "days": 30}
    made = service.ask("POST", "/api/v1/api-keys", headers=held, json=body)
    assert made.status_code == 201, made.text
    key = {"Authorization": f"Bearer {made.json()['secret']}"}
    listed = service.ask("GET", "/api/v1/drafts", headers=key)
    assert listed.status_code == 200
    address = f"/api/v1/drafts/{service.space.drafts.list()[0]}"
    no = service.ask("POST", f"{address}/approve", headers=key | {"If-Match": '"0"'}, json={"decision": "1"})
    assert (no.status_code, "a person must sign in" in no.json()["detail"]) == (403, True)
    shown = service.ask("GET", "/api/v1/api-keys", headers=held).text
    assert made.json()["secret"].split("_", 2)[2] not in shown
    gone = service.ask("DELETE", f"/api/v1/api-keys/{made.json()['public_id']}", headers=held)
    assert gone.status_code == 200
    assert service.ask("GET", "/api/v1/drafts", headers=key).status_code == 401


def test_the_admin_changes_accounts_as_they_were_seen(service: Service) -> None:
    service.person("gốc", "admin")
    service.person("an", "analyst")
    held = service.bearer("gốc")
    seen = service.ask("GET", "/api/v1/accounts/an", headers=held)
    change = held | {"If-Match": seen.headers["etag"]}
    assert (
        service.ask("PATCH", "/api/v1/accounts/an", headers=held, json={"disabled": True}).status_code == 428
    )
    done = service.ask("PATCH", "/api/v1/accounts/an", headers=change, json={"limits": {"areas": ["01"]}})
    assert (done.status_code, done.json()["areas"]) == (200, ["01"])
    late = service.ask("PATCH", "/api/v1/accounts/an", headers=change, json={"disabled": True})
    assert (late.status_code, late.json()["changed_by"]) == (412, "gốc")
    same = service.ask("POST", "/api/v1/accounts", headers=held, json={"name": "an", "role": "viewer"})
    assert same.status_code == 409
    wrong = service.ask("POST", "/api/v1/accounts", headers=held, json={"name": "x", "role": "owner"})
    assert wrong.status_code == 400
    new = service.ask("POST", "/api/v1/accounts", headers=held, json={"name": "chi", "role": "viewer"})
    assert (new.status_code, len(new.json()["secret"])) == (201, 24)
    last = service.ask("GET", "/api/v1/accounts/gốc", headers=held).headers["etag"]
    no = service.ask(
        "PATCH", "/api/v1/accounts/gốc", headers=held | {"If-Match": last}, json={"disabled": True}
    )
    assert (no.status_code, "no admin" in no.json()["detail"].lower()) == (409, True)
    audit = service.ask("GET", "/api/v1/audit?limit=5", headers=held).json()["audit"]
    assert audit[0]["action"] == "access:account-add"


def test_four_eyes_over_http(service: Service) -> None:
    service.person("an", "analyst")
    service.person("bình", "approver")
    address = f"/api/v1/drafts/{service.space.drafts.list()[0]}"
    an, binh = service.bearer("an"), service.bearer("bình")
    assert service.ask("GET", "/api/v1/drafts", headers=an).json()["four_eyes"] is True
    done = service.ask("POST", f"{address}/submit", headers=an | {"If-Match": '"0"'}, json={})
    assert done.json()["may"]["withdraw"] is True
    assert "role analyst" in done.json()["why_not"]["approve"]
    held = {"If-Match": done.headers["etag"]}
    assert (
        service.ask("POST", f"{address}/approve", headers=an | held, json={"decision": "1"}).status_code
        == 403
    )
    done = service.ask("POST", f"{address}/approve", headers=binh | held, json={"decision": "12/QĐ"})
    assert done.status_code == 200, done.text
    held = {"If-Match": done.headers["etag"]}
    assert service.ask("POST", f"{address}/release", headers=an | held).status_code == 403
    assert service.ask("POST", f"{address}/release", headers=binh | held).status_code == 200
    assert service.ask("GET", "/api/v1/summary").json()["release"]["decision"] == "12/QĐ"


@pytest.fixture
def shut(space: Workspace, make_client: Any, now: datetime) -> Service:
    from geozone.pipeline import publish

    publish.release(space, decision="1/QĐ", created_at=now, actor="an")
    return Service(space, make_client, now, public=False)


RELEASE = (
    "/api/v1/summary",
    "/api/v1/releases",
    "/ogc/collections/communes/items?limit=1",
    "/tiles/communes.json",
    "/tiles/communes/0/0/0.mvt",
    "/docs",
    "/metrics",
)


@pytest.mark.parametrize("address", RELEASE)
def test_where_releases_are_not_public_nothing_of_them_is(shut: Service, address: str) -> None:
    shut.person("xem", "viewer")
    for method in ("GET", "HEAD"):
        refused = shut.ask(method, address, headers={"Accept-Encoding": "gzip"})
        assert refused.status_code == 401, address
    for headers in (shut.bearer("xem"), shut.cookie("xem")):
        for _ in range(2):  # drawn, then from memory
            answer = shut.ask("GET", address, headers=headers)
            assert answer.status_code == 200, (address, answer.text)
            assert "public" not in answer.headers.get("cache-control", "")
    assert shut.ask("GET", address, headers={"Accept-Encoding": "gzip"}).status_code == 401


def test_what_is_open_there(shut: Service) -> None:
    for address in ("/", "/health", "/ready", "/api/v1/session"):
        assert shut.ask("GET", address).status_code == 200


def test_an_analyst_of_one_province_reviews_there_only(service: Service) -> None:
    """`A3` is an address that nobody knows, `A4` may lie in several communes of one province."""
    everywhere, saigon, hanoi, dengue = (
        Scope(),
        Scope(frozenset({"79"})),
        Scope(frozenset({"01"})),
        Scope(attributes={"disease": frozenset({"dengue"})}),
    )
    service.policy.slow_down_tries = lambda *_: None  # type: ignore[method-assign]
    seen = {}
    for name, scope in (("a", everywhere), ("b", saigon), ("c", hanoi), ("d", dengue)):
        service.person(name, "analyst", scope)
        answer = service.ask("GET", "/api/v1/review", headers=service.bearer(name)).json()
        seen[name] = {entry["place"]: entry for entry in answer["queue"]}
        assert answer["doubtful_addresses"] == len(answer["queue"])
    assert len(seen["a"]) == 2
    [(place, entry)] = seen["b"].items()
    assert seen["c"] == seen["d"] == {}
    for name, status in (("a", 200), ("b", 200), ("c", 404), ("d", 404)):
        address = f"/api/v1/review/{place}"
        held = service.bearer(name)
        assert service.ask("GET", address, headers=held).status_code == status
        held |= {"If-Match": f'"{entry["revision"]}"'}
        if status == 404:
            body = {"action": "accept"}
            assert service.ask("POST", f"{address}/decisions", headers=held, json=body).status_code == 404
    held = service.bearer("b") | {"If-Match": f'"{entry["revision"]}"'}
    away = {"action": "choose", "code": "00004"}
    assert (
        service.ask("POST", f"/api/v1/review/{place}/decisions", headers=held, json=away).status_code == 404
    )
    pin = {"action": "pin", "lon": 105.84, "lat": 21.03}
    assert service.ask("POST", f"/api/v1/review/{place}/decisions", headers=held, json=pin).status_code == 404
    done = service.ask("POST", f"/api/v1/review/{place}/decisions", headers=held, json={"action": "accept"})
    assert done.status_code == 201, done.text
    undo = f"/api/v1/review/decisions/{done.json()['decision']}/undo"
    for name, rows, status in (("c", 0, 404), ("b", 1, 200)):
        history = service.ask("GET", "/api/v1/review/history", headers=service.bearer(name)).json()
        assert len(history["decisions"]) == rows
        assert service.ask("POST", undo, headers=service.bearer(name), json={}).status_code == status
