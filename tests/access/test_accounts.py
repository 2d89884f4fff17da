"""Accounts: the first one, one-time secrets, locks, sessions, keys of machines; on both databases."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from geozone.access import EVERYWHERE, AccessPolicy, Identity, Role, Scope
from geozone.access.machine_keys import read_key
from geozone.access.tokens import digest_of_secret
from geozone.errors import ConflictError, DataError, DeniedError
from geozone.pipeline import accounts
from geozone.pipeline.accounts import SYSTEM
from geozone.store import Store

POLICY = AccessPolicy()
GOOD = "con ngựa pin kẹp giấy"
HANOI = Scope(frozenset({"01"}))


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "sqlite":
        with Store.open(tmp_path / "a.db", create=True) as made:
            yield made
        return
    server = os.environ.get("GEOZONE_TEST_POSTGIS")
    if not server:
        pytest.skip("needs PostgreSQL: GEOZONE_TEST_POSTGIS is not set")
    name = f"geozone_access_{uuid.uuid4().hex[:12]}"
    root = sa.create_engine(
        sa.make_url(server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
    )
    with root.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    try:
        with Store.open(server.rsplit("/", 1)[0] + f"/{name}", create=True, key_file=tmp_path / "k") as made:
            yield made
    finally:
        with root.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
        root.dispose()


def person(store: Store, name: str, role: Role, now: datetime, scope: Scope = EVERYWHERE) -> None:
    _, secret = accounts.add_account(store, Identity(name, role, scope), SYSTEM, policy=POLICY, at=now)
    assert secret is not None
    accounts.change_own_password(store, name, secret, GOOD, at=now)


def test_the_first_start_makes_one_admin_whose_secret_opens_nothing_else(store: Store, now: datetime) -> None:
    made = accounts.first_admin(store, at=now)
    assert made is not None
    name, secret = made
    assert accounts.first_admin(store, at=now) is None
    account = accounts.sign_in(store, name, secret, at=now)
    assert account.identity.must_change_password
    with pytest.raises(DeniedError, match="password of your own"):
        accounts.reset_password(store, name, account.identity, policy=POLICY, at=now)
    with pytest.raises(DeniedError):
        accounts.sign_in(store, name, secret, at=now + timedelta(days=3))
    with pytest.raises(DataError, match="another than the old one"):
        accounts.change_own_password(store, name, secret, secret, at=now)
    changed = accounts.change_own_password(store, name, secret, GOOD, at=now)
    assert not changed.identity.must_change_password
    with pytest.raises(DeniedError):
        accounts.sign_in(store, name, secret, at=now)
    assert accounts.sign_in(store, name, GOOD, at=now + timedelta(days=400)).identity.role is Role.ADMIN
    kept = store.account(name).password or ""
    assert kept.startswith("$argon2id$")
    assert not {secret, GOOD} & set(str(store.audit().to_dict("records")).split("'"))


def test_a_lock_after_five_failures_grows_and_opens(store: Store, now: datetime) -> None:
    person(store, "an", Role.ANALYST, now)
    for _ in range(5):
        with pytest.raises(DeniedError, match="wrong"):
            accounts.sign_in(store, "an", "wrong password", at=now)
    with pytest.raises(DeniedError, match="locked"):
        accounts.sign_in(store, "an", GOOD, at=now)
    later = now + timedelta(minutes=1)
    with pytest.raises(DeniedError, match="wrong"):
        accounts.sign_in(store, "an", "wrong password", at=later)
    with pytest.raises(DeniedError, match="locked"):
        accounts.sign_in(store, "an", GOOD, at=later + timedelta(minutes=1))
    assert accounts.sign_in(store, "an", GOOD, at=later + timedelta(minutes=2)).identity.name == "an"
    for _ in range(4):
        with pytest.raises(DeniedError, match="wrong"):
            accounts.sign_in(store, "an", "wrong password", at=later + timedelta(minutes=2))
    accounts.sign_in(store, "an", GOOD, at=later + timedelta(minutes=2))
    told = store.audit(subject="account an")["action"].tolist()
    assert (told.count("access:locked"), told.count("access:sign-in-failed")) == (2, 10)


def test_nobody_learns_which_names_exist(store: Store, now: datetime) -> None:
    person(store, "an", Role.ANALYST, now)
    accounts.first_admin(store, at=now)
    answers = set()
    for name in ("an", "nobody"):
        with pytest.raises(DeniedError) as caught:
            accounts.sign_in(store, name, "wrong password", at=now)
        answers.add(str(caught.value))
    assert len(answers) == 1


def test_a_change_ends_sessions_and_the_slower_admin_is_told(store: Store, now: datetime) -> None:
    person(store, "gốc", Role.ADMIN, now)
    person(store, "an", Role.ANALYST, now)
    account = store.account("an")
    number = store.open_session(
        account, kind="refresh", secret_sha256="a", at=now, expires_at=now + timedelta(hours=1)
    )
    found = store.session(number, revision=account.revision, at=now)
    assert found is not None
    assert found.account.identity.name == "an"
    by = store.account("gốc").identity
    accounts.change_account(store, "an", by, policy=POLICY, at=now, scope=HANOI, expected=account.revision)
    assert store.session(number, revision=account.revision, at=now) is None
    assert store.account("an").identity.scope == HANOI
    with pytest.raises(ConflictError) as caught:
        accounts.change_account(
            store, "an", by, policy=POLICY, at=now, disabled=True, expected=account.revision
        )
    assert (caught.value.by, caught.value.at) == ("gốc", now)
    with pytest.raises(ConflictError, match="no admin"):
        accounts.change_account(store, "gốc", by, policy=POLICY, at=now, disabled=True)
    assert not store.account("gốc").disabled
    with pytest.raises(DeniedError):
        accounts.change_account(
            store, "gốc", store.account("an").identity, policy=POLICY, at=now, disabled=True
        )


def test_a_refresh_secret_used_twice_ends_the_session(store: Store, now: datetime) -> None:
    person(store, "an", Role.ANALYST, now)
    account = store.account("an")
    number = store.open_session(
        account, kind="refresh", secret_sha256="one", at=now, expires_at=now + timedelta(hours=1)
    )
    assert store.renew_session("one", new_sha256="two", at=now) is not None
    assert store.session(number, revision=account.revision, at=now) is not None
    assert store.renew_session("one", new_sha256="three", at=now) is None
    assert store.session(number, revision=account.revision, at=now) is None
    assert store.renew_session("two", new_sha256="four", at=now) is None


def test_an_idle_browser_is_signed_out(store: Store, now: datetime) -> None:
    person(store, "an", Role.ANALYST, now)
    store.open_session(
        store.account("an"), kind="browser", secret_sha256="s", at=now, expires_at=now + timedelta(hours=10)
    )
    idle = timedelta(minutes=30)
    for minutes in (20, 40, 60):
        at = now + timedelta(minutes=minutes)
        assert store.session_of_secret("s", kind="browser", idle=idle, at=at) is not None
    assert store.session_of_secret("s", kind="refresh", idle=idle, at=at) is None
    assert store.session_of_secret("s", kind="browser", idle=idle, at=at + idle) is None
    assert (
        store.session_of_secret("s", kind="browser", idle=timedelta(days=1), at=now + timedelta(hours=10))
        is None
    )


def make_key(store: Store, now: datetime, **given: Any) -> tuple[Any, str]:
    plain = {"label": "bảng điều khiển", "role": Role.VIEWER, "scope": Scope(), "days": 30}
    return accounts.add_machine_key(store, "an", SYSTEM, policy=POLICY, at=now, **(plain | given))


def test_a_key_never_has_more_than_its_owner(store: Store, now: datetime) -> None:
    accounts.first_admin(store, at=now)
    person(store, "an", Role.ANALYST, now, HANOI)
    for wrong in (
        {"scope": HANOI, "role": Role.APPROVER},
        {"role": Role.ANALYST},
        {"scope": HANOI, "days": 400},
        {"scope": HANOI, "label": " "},
    ):
        with pytest.raises(DataError):
            make_key(store, now, **wrong)
    key, text = make_key(store, now, role=Role.ANALYST, scope=HANOI)
    sent = read_key(text)
    assert sent is not None

    def held(at: datetime = now) -> Any:
        return store.machine_key(sent.public_id, sent.secret_sha256, at=at)

    assert held().identity.machine
    assert store.machine_key(sent.public_id, digest_of_secret("x"), at=now) is None
    assert held(now + timedelta(days=30)) is None
    accounts.change_account(store, "an", SYSTEM, policy=POLICY, at=now, role=Role.VIEWER)
    assert held() is None
    accounts.change_account(store, "an", SYSTEM, policy=POLICY, at=now, role=Role.ANALYST)
    assert held() is not None
    accounts.change_account(store, "an", SYSTEM, policy=POLICY, at=now, disabled=True)
    assert held() is None
    accounts.change_account(store, "an", SYSTEM, policy=POLICY, at=now, disabled=False)
    store.revoke_machine_key(key.public_id, at=now, actor="x")
    assert held() is None


@pytest.mark.parametrize(
    ("name", "role", "scope"),
    [
        ("", Role.VIEWER, Scope()),
        ("a\nb", Role.VIEWER, Scope()),
        ("an", Role.OWNER, Scope()),
        ("an", Role.VIEWER, Scope(frozenset({"Hà Nội"}))),
        ("an", Role.VIEWER, Scope(frozenset())),
    ],
)
def test_accounts_that_are_none(tmp_path: Path, now: datetime, name: str, role: Role, scope: Scope) -> None:
    with Store.open(tmp_path / "a.db", create=True) as store:
        with pytest.raises(DataError):
            accounts.add_account(store, Identity(name, role, scope), SYSTEM, policy=POLICY, at=now)
        assert store.accounts() == []
