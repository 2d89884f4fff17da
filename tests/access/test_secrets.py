"""Passwords, tokens, keys of machines and files of keys: what holds, and what does not."""

from __future__ import annotations

import base64
import json
import unicodedata
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geozone.access.key_files import add_key, read_keys
from geozone.access.machine_keys import new_key, read_key
from geozone.access.passwords import check_password, hash_password, one_time_secret, verify_password
from geozone.access.rate import RateLimit
from geozone.access.tokens import Claims, Tokens
from geozone.errors import DataError, StoreError

KEY, OTHER = b"k" * 32, b"o" * 32
CLAIMS = Claims("chị Bình", 7, 3)
QUARTER = timedelta(minutes=15)


def test_a_password_is_kept_as_argon2id_and_found_again_however_it_is_typed() -> None:
    password = "mật khẩu của Bình ơi"
    kept = hash_password(unicodedata.normalize("NFC", password))
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert verify_password(kept, unicodedata.normalize("NFD", password))
    assert not verify_password(kept, password + "x")
    assert not verify_password(None, password)
    assert not verify_password(kept, "x" * 100_000)


@pytest.mark.parametrize("password", ["short", "a" * 257, "aaaaaaaaaaaaaaaa", "tôi là bình đây nhé"])
def test_what_is_guessed_easily_is_refused_without_being_repeated(password: str) -> None:
    with pytest.raises(DataError) as caught:
        check_password("Bình", password)
    assert password not in str(caught.value)


def test_a_one_time_secret_is_itself_good_enough() -> None:
    check_password("admin", one_time_secret())
    assert one_time_secret() != one_time_secret()


def test_a_token_holds_until_its_end(now: datetime) -> None:
    tokens = Tokens([KEY], lifetime=QUARTER)
    token = tokens.make(CLAIMS, at=now)
    assert tokens.read(token, at=now) == CLAIMS
    assert tokens.read(token, at=now + QUARTER - timedelta(seconds=1)) == CLAIMS
    assert tokens.read(token, at=now + QUARTER) is None
    assert tokens.read(token, at=now - timedelta(hours=1)) is None


def test_an_older_key_still_verifies_until_it_is_dropped(now: datetime) -> None:
    token = Tokens([OTHER], lifetime=QUARTER).make(CLAIMS, at=now)
    assert Tokens([KEY, OTHER], lifetime=QUARTER).read(token, at=now) == CLAIMS
    assert Tokens([KEY], lifetime=QUARTER).read(token, at=now) is None


def forged(now: datetime, key: Any = KEY, algorithm: str = "HS256", **changes: Any) -> str:
    kid = jwt.get_unverified_header(Tokens([KEY], lifetime=QUARTER).make(CLAIMS, at=now))["kid"]
    payload = {"iss": "geozone", "aud": "geozone", "sub": "x", "sid": 7, "rev": 3}
    payload |= {"iat": int(now.timestamp()), "exp": int(now.timestamp()) + 900} | changes
    kept = {name: value for name, value in payload.items() if value is not None}
    return jwt.encode(kept, key, algorithm=algorithm, headers={"kid": kid})


def test_forged_tokens_do_not_hold(now: datetime) -> None:
    tokens = Tokens([KEY], lifetime=QUARTER)
    assert tokens.read(forged(now), at=now) is not None
    for token in (
        forged(now, key=OTHER),
        forged(now, key="", algorithm="none"),
        forged(now, algorithm="HS512", key=KEY * 2),
        forged(now, aud="another"),
        forged(now, iss="another"),
        forged(now, exp=None),
        forged(now, sid="x"),
        forged(now, rev=None),
    ):
        assert tokens.read(token, at=now) is None


@given(st.text(max_size=200), st.integers(0, 400), st.characters())
def test_no_text_breaks_the_reader(text: str, where: int, letter: str) -> None:
    at = datetime.fromisoformat("2021-11-12T08:00:00+00:00")
    tokens = Tokens([KEY], lifetime=QUARTER)
    assert tokens.read(text, at=at) is None
    token = tokens.make(CLAIMS, at=at)
    where = min(where, len(token) - 1)
    changed = token[:where] + letter + token[where + 1 :]
    # The last letter of a part may differ in bits that base64 drops: what is read is then the same.
    assert tokens.read(changed, at=at) in (None, CLAIMS)
    if letter not in token:
        assert tokens.read(changed, at=at) is None


def test_a_payload_that_was_changed_is_found(now: datetime) -> None:
    tokens = Tokens([KEY], lifetime=QUARTER)
    head, body, mark = tokens.make(CLAIMS, at=now).split(".")
    payload = json.loads(base64.urlsafe_b64decode(body + "=="))
    changed = base64.urlsafe_b64encode(json.dumps(payload | {"sub": "admin"}).encode()).decode().rstrip("=")
    assert tokens.read(f"{head}.{changed}.{mark}", at=now) is None


def test_a_key_of_a_machine_is_kept_as_a_digest() -> None:
    text, kept = new_key()
    assert read_key(text) == kept
    assert text.split("_", 2)[2] not in repr(kept)
    assert read_key(text + "x") is None
    assert read_key("Bearer") is None


def test_a_file_of_keys_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "tokens.keys"
    assert read_keys(path, create=False) == ()
    first = read_keys(path, create=True)
    assert (len(first), len(first[0])) == (1, 32)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert read_keys(path, create=True) == first
    add_key(path, keep=1)
    assert read_keys(path, create=False)[1] == first[0]
    assert list(path.parent.iterdir()) == [path]
    path.chmod(0o640)
    with pytest.raises(StoreError, match="read by others"):
        read_keys(path, create=True)


@pytest.mark.parametrize("content", ["", "not base64!\n", "c2hvcnQ=\n", "\udce9"])
def test_a_file_that_holds_no_key_is_refused_without_quoting_it(tmp_path: Path, content: str) -> None:
    path = tmp_path / "k"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    path.chmod(0o600)
    with pytest.raises(StoreError) as caught:
        read_keys(path, create=True)
    assert not content.strip() or content.strip() not in str(caught.value)


@given(st.lists(st.floats(0, 10), max_size=40))
def test_a_bucket_never_gives_more_than_it_fills(gaps: list[float]) -> None:
    limit, now_s, taken = RateLimit(burst=5, per_second=0.5), 0.0, 0
    for gap in gaps:
        now_s += gap
        taken += limit.wait_s("x", now_s) == 0.0
        assert taken <= 5 + now_s * 0.5 + 1e-6
    assert limit.wait_s("another", now_s) == 0.0
