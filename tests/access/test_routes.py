"""Every route and method with every role and with none, against one table; a route that is not in it fails.

A new route is added to ``EXPECTED`` with the right that it needs, and to the tables of ``docs/api.md``.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from fastapi import routing

from geozone.access import RIGHTS_OF, Identity, Right, Role, Scope, passwords
from geozone.access.policy import AccessPolicy
from geozone.access.roles import PEOPLE_ONLY
from geozone.api import ServiceOptions, create_app
from geozone.cli.private_service import DRAFTS, for_accounts, for_one_person
from geozone.pipeline import accounts, publish
from geozone.pipeline.accounts import SYSTEM
from geozone.settings import Settings
from geozone.store import Store
from geozone.workspace import Workspace

OPEN = "open"
EXPECTED = """
GET    /                                                        open
GET    /{path:path}                                             open
GET    /health                                                  open
GET    /ready                                                   open
GET    /api/v1/session                                          open
POST   /api/v1/session                                          open
DELETE /api/v1/session                                          open
POST   /api/v1/token                                            open
GET    /api/v1/verify/{digest}                                  open
GET    /verify                                                  open
GET    /verify/verify.js                                        open
GET    /verify/{digest}                                         open
GET    /metrics                                                 release:read
GET    /docs                                                    release:read
GET    /docs/style.css                                          release:read
GET    /openapi.json                                            release:read
GET    /api/v1/summary                                          release:read
GET    /api/v1/communes/{code}                                  release:read
GET    /api/v1/zones/{zone_id}                                  release:read
GET    /api/v1/zones/{zone_id}/history                          release:read
GET    /api/v1/search                                           release:read
GET    /api/v1/base-map                                         release:read
GET    /api/v1/base-map/{z}/{x}/{y}                             release:read
GET    /api/v1/sheet                                            release:read
GET    /api/v1/annex                                            release:read
GET    /api/v1/events                                           release:read
GET    /api/v1/releases                                         release:read
GET    /api/v1/releases/{digest}                                release:read
GET    /api/v1/releases/{a}/diff/{b}                            release:read
GET    /ogc                                                     release:read
GET    /ogc/                                                    release:read
GET    /ogc/api                                                 release:read
GET    /ogc/conformance                                         release:read
GET    /ogc/style.css                                           release:read
GET    /ogc/collections                                         release:read
GET    /ogc/collections/{layer}                                 release:read
GET    /ogc/collections/{layer}/schema                          release:read
GET    /ogc/collections/{layer}/queryables                      release:read
GET    /ogc/collections/{layer}/sortables                       release:read
GET    /ogc/collections/{layer}/items                           release:read
GET    /ogc/collections/{layer}/items/{feature}                 release:read
GET    /ogc/collections/{layer}/tiles                           release:read
GET    /ogc/collections/{layer}/tiles/WebMercatorQuad           release:read
GET    /ogc/collections/{layer}/tiles/WebMercatorQuad/{z}/{y}/{x}      release:read
GET    /ogc/collections/{layer}/map/tiles                       release:read
GET    /ogc/collections/{layer}/map/tiles/WebMercatorQuad       release:read
GET    /ogc/collections/{layer}/map/tiles/WebMercatorQuad/{z}/{y}/{x}  release:read
GET    /ogc/tileMatrixSets                                      release:read
GET    /ogc/tileMatrixSets/WebMercatorQuad                      release:read
GET    /ogc/tiles                                               release:read
GET    /ogc/tiles/WebMercatorQuad                               release:read
GET    /ogc/tiles/WebMercatorQuad/{z}/{y}/{x}                   release:read
GET    /ogc/map/tiles                                           release:read
GET    /ogc/map/tiles/WebMercatorQuad                           release:read
GET    /ogc/map/tiles/WebMercatorQuad/{z}/{y}/{x}               release:read
GET    /tiles/style.json                                        release:read
GET    /tiles/{layers}.json                                     release:read
GET    /tiles/{layers}/{z}/{x}/{y}.mvt                          release:read
GET    /tiles/{layers}/{z}/{x}/{y}.png                          release:read
GET    /tiles/{layers}/{z}/{x}/{y}@2x.png                       release:read
GET    /api/v1/session/openid                                   open
GET    /api/v1/session/openid/return                            open
POST   /api/v1/session/password                                 account:self
GET    /api/v1/accounts                                         account:manage
POST   /api/v1/accounts                                         account:manage
GET    /api/v1/accounts/{name}                                  account:manage
PATCH  /api/v1/accounts/{name}                                  account:manage
POST   /api/v1/accounts/{name}/reset                            account:manage
GET    /api/v1/api-keys                                         account:manage
POST   /api/v1/api-keys                                         account:manage
DELETE /api/v1/api-keys/{public_id}                             account:manage
GET    /api/v1/audit                                            audit:read
GET    /api/v1/review                                           review:read
GET    /api/v1/review/history                                   review:read
GET    /api/v1/review/{place}                                   review:read
POST   /api/v1/review/{place}/decisions                         review:decide
POST   /api/v1/review/decisions/{number}/undo                   review:decide
GET    /api/v1/drafts                                           draft:read
GET    /api/v1/drafts/{draft}                                   draft:read
POST   /api/v1/drafts/{draft}/submit                            draft:submit
POST   /api/v1/drafts/{draft}/withdraw                          draft:submit
POST   /api/v1/drafts/{draft}/approve                           draft:approve
POST   /api/v1/drafts/{draft}/return                            draft:approve
POST   /api/v1/drafts/{draft}/release                           draft:release
POST   /drafts/api/v1/live/keep                                 draft:edit
POST   /drafts/api/v1/what-if/keep                              draft:edit
"""
SAMPLES = {
    "code": "00004",
    "zone_id": "z",
    "digest": "current",
    "a": "current",
    "b": "current",
    "layer": "communes",
    "layers": "communes",
    "feature": "00004",
    "place": "p1",
    "number": "999",
    "draft": "latest",
    "name": "nobody",
    "public_id": "0" * 12,
    "path": "nothing",
}
QUERIES = {"/api/v1/search": "?q=x", "/ogc/map/tiles/WebMercatorQuad/{z}/{y}/{x}": "?collections=communes"}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
REFUSED = (401, 403)
GOOD = "con ngựa pin kẹp giấy"


def expected() -> dict[tuple[str, str], str]:
    rows = [line.split() for line in EXPECTED.strip().splitlines()]
    return {(method, path): right for method, path, right in rows}


def needed(method: str, path: str) -> str:
    """What a route needs; drafts are served as releases are, to those who may read drafts."""
    listed = expected().get((method, path))
    if listed is None and path.startswith(f"{DRAFTS}/") and method == "GET":
        return str(Right.DRAFT_READ)
    assert listed is not None, f"{method} {path} is new: say in EXPECTED what it needs"
    return listed


def routes_of(app: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    for found in routing.iter_route_contexts(app.routes):
        for method in sorted(found.methods or ()):
            if method != "HEAD":
                yield method, prefix + found.path


def address_of(path: str) -> str:
    filled = re.sub(r"\{(\w+)(?::path)?\}", lambda found: SAMPLES.get(found[1], "0"), path)
    return filled + QUERIES.get(path, "")


class Walk:
    """A service wired as ``geozone serve`` wires it, and somebody of every kind."""

    def __init__(self, root: Path, client: Any, *, public: bool) -> None:
        self.stack = ExitStack()
        settings = Settings(releases_public=public)
        with Workspace.open(root) as space:
            self.credentials = people(space.store)
            self.releases = releases = space.releases
        part = for_accounts(root, releases, settings, self.stack)
        assert part.drafts is not None
        options = ServiceOptions(prepare=False)
        mounted = {DRAFTS: part.drafts.app}
        app = create_app(
            releases,
            web_root=None,
            options=options,
            private=part.routers,
            mounted=mounted,
            policy=part.policy,
        )
        inner: Any = part.drafts.app
        self.routes = [*routes_of(app), *routes_of(inner._app, DRAFTS)]
        self.routes = [route for route in self.routes if route[1] != DRAFTS]
        policy: Any = part.policy
        policy.slow_down_tries = lambda *_: None
        policy._slow_down = lambda *_: None
        self.policy, self.ask = policy, client(app).request

    def headers(self, who: str, *, fresh: bool = False) -> dict[str, str]:
        """Somebody's headers; with a session of their own for what ends it."""
        if who == "nobody":
            return {}
        if who not in self.credentials or (fresh and not who.startswith("key")):
            account = self.policy.store.account(who)
            opened = self.policy.open_session(account, "refresh")
            token = self.policy.token_for(account, opened.session)
            if fresh:
                return {"Authorization": f"Bearer {token}"}
            self.credentials[who] = token
        return {"Authorization": f"Bearer {self.credentials[who]}"}


def people(store: Store) -> dict[str, str]:
    """Make somebody of every role, one with a one-time secret, one with limits, and a key of a machine."""
    now = datetime.now(UTC)
    policy = AccessPolicy()
    for name, role, scope in (
        ("admin", Role.ADMIN, Scope()),
        ("viewer", Role.VIEWER, Scope()),
        ("analyst", Role.ANALYST, Scope()),
        ("approver", Role.APPROVER, Scope()),
        ("fresh", Role.ANALYST, Scope()),
    ):
        _, secret = accounts.add_account(store, Identity(name, role, scope), SYSTEM, policy=policy, at=now)
        if name != "fresh":
            accounts.change_own_password(store, name, secret or "", GOOD, at=now)
    keys = {}
    for owner in ("analyst", "approver", "admin"):
        key = {"label": "x", "role": store.account(owner).identity.role, "scope": Scope(), "days": 1}
        _, keys[f"key of {owner}"] = accounts.add_machine_key(
            store, owner, SYSTEM, policy=policy, at=now, **key
        )
    return keys


@pytest.fixture(scope="module", params=[True, False], ids=["public", "shut"])
def walk(
    request: pytest.FixtureRequest, template: Path, tmp_path_factory: pytest.TempPathFactory, make_client: Any
) -> Iterator[Walk]:
    root = tmp_path_factory.mktemp("walk") / "w"
    shutil.copytree(template, root)
    with Workspace.open(root) as space:
        publish.release(space, decision="1/QĐ", created_at=datetime(2021, 11, 12, tzinfo=UTC), actor="an")
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", quick)
        made = Walk(root, make_client, public=request.param)
        made.public = request.param  # type: ignore[attr-defined]
        with made.stack:
            yield made


def may(who: str, right: str, *, public: bool) -> bool:
    if right == OPEN or (right == Right.RELEASE_READ and public):
        return True
    if who == "nobody":
        return False
    if who == "fresh":
        return right == Right.ACCOUNT_SELF
    role = Role(who.removeprefix("key of "))
    if who.startswith("key of ") and Right(right) in PEOPLE_ONLY:
        return False
    return Right(right) in RIGHTS_OF[role]


def test_every_route_is_listed_and_every_listed_route_exists(walk: Walk) -> None:
    for method, path in walk.routes:
        needed(method, path)
    assert set(expected()) <= set(walk.routes)


WHO = (
    "nobody",
    "viewer",
    "analyst",
    "approver",
    "admin",
    "fresh",
    "key of analyst",
    "key of approver",
    "key of admin",
)


@pytest.mark.parametrize("who", WHO)
def test_every_route_and_method_for_everybody(walk: Walk, who: str) -> None:
    public: bool = walk.public  # type: ignore[attr-defined]
    checked = 0
    for path in sorted({path for _, path in walk.routes}):
        listed = {method for method, one in walk.routes if one == path}
        for method in METHODS:
            if path.endswith("/events"):
                continue  # streams: below
            plain = "GET" if method == "HEAD" else method
            if plain not in listed and who not in ("nobody", "analyst"):
                continue
            headers = walk.headers(who, fresh=method == "DELETE")
            answer = walk.ask(method, address_of(path), headers=headers, json=None if plain == "GET" else {})
            told = f"{who}: {method} {path} -> {answer.status_code} {answer.text[:200]}"
            if plain in listed:
                allowed = may(who, needed(plain, path), public=public)
                assert (answer.status_code not in REFUSED) is allowed, told
                assert allowed or answer.status_code == (401 if who == "nobody" else 403), told
            else:
                # Another route may match the path; whatever it is, nothing is done for one who may not.
                assert answer.status_code in (404, 405, *REFUSED) or method in ("GET", "HEAD"), told
            assert answer.status_code < 500 or answer.status_code == 503, told
            checked += 1
    assert checked > (500 if who in ("nobody", "analyst") else 140)


@pytest.mark.parametrize("who", WHO)
def test_the_streams(walk: Walk, who: str) -> None:
    public: bool = walk.public  # type: ignore[attr-defined]
    streams = [path for _, path in walk.routes if path.endswith("/events")]
    assert "/api/v1/events" in streams
    for path in streams:
        answer = walk.ask("HEAD", path, headers=walk.headers(who))
        assert (answer.status_code not in REFUSED) is may(who, needed("GET", path), public=public), path


CANARIES = (
    *("Canh Yến", "Hoàng Yến", "Sơn Ca", "Chim Sẻ"),
    *("0912345678", "0987654321", "0900000001", "0900000002"),
    *("Phường Phúc Xá, Quận Ba Đình", "Phường Bến Nghé, Quận 1", "Phường 7, Quận 8"),
)


@pytest.mark.parametrize("who", ["nobody", "viewer", "approver", "admin", "key of approver", "key of admin"])
def test_no_name_telephone_number_or_address_reaches_anybody_but_analysts(
    walk: Walk, who: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    read = 0
    for method, path in walk.routes:
        if method != "GET" or path.endswith("/events"):
            continue
        address = address_of(path)
        for query in ("", "?limit=10000", "?q=Canh%20Y%E1%BA%BFn", "?filter=person_name%20IS%20NOT%20NULL"):
            answer = walk.ask(
                "GET", address if "?" in address else address + query, headers=walk.headers(who)
            )
            held = answer.text + str(answer.headers)
            # What somebody asks for may come back in a link; nothing else of it may.
            assert not [word for word in CANARIES if word in held], (who, address, query)
            read += len(answer.content)
    told = "\n".join(record.getMessage() for record in caplog.records)
    assert not [word for word in CANARIES if word in told]
    assert read > 10_000


def test_no_canary_is_in_a_release_or_in_the_audit(walk: Walk) -> None:
    public: Any = walk.releases
    release = public.get("current")
    texts = [str(release.manifest)]
    texts += [release.attributes(name).to_csv() for name in release.layer_names]
    texts.append(str(walk.policy.store.audit().to_dict("records")))
    assert sum(map(len, texts)) > 10_000
    for text in texts:
        assert not [word for word in CANARIES if word in text]
    # The canaries are alive: the private store has them.
    stored = walk.policy.store.persons().to_csv() + walk.policy.store.places().to_csv()
    assert all(word in stored for word in CANARIES)


def test_alone_everything_private_needs_the_token(template: Path, tmp_path: Path, make_client: Any) -> None:
    shutil.copytree(template, tmp_path / "w")
    with ExitStack() as stack:
        with Workspace.open(tmp_path / "w") as space:
            releases = space.releases
        part = for_one_person(tmp_path / "w", releases, Settings(), stack)
        assert part.drafts is not None
        mounted = {DRAFTS: part.drafts.app}
        app = create_app(
            releases,
            web_root=None,
            options=ServiceOptions(prepare=False),
            private=part.routers,
            mounted=mounted,
        )
        ask = make_client(app).request
        inner: Any = part.drafts.app
        for method, path in [*routes_of(app), *routes_of(inner._app, DRAFTS)]:
            if path != DRAFTS and needed(method, path) not in (OPEN, str(Right.RELEASE_READ)):
                answer = ask(method, address_of(path), json={} if method != "GET" else None)
                assert answer.status_code == 401, (method, path, answer.text)
