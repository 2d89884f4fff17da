"""A changed byte, a removed release, rewritten history, a wrong, revoked or missing key: each is named."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geozone.errors import ConflictError, NotFoundError, StoreError
from geozone.release import ReleaseStore, Verdict, archive, verify_archive
from geozone.release.manifest import canonical
from geozone.release.signing import (
    Head,
    KeyFolder,
    KeyRing,
    SigningKey,
    Standing,
    Statement,
    Trust,
    TrustFile,
    fingerprint_of,
)
from geozone.release.signing.statements import message, packed, unpacked

Make = Callable[..., Any]


@pytest.fixture
def keys(tmp_path: Path, now: datetime) -> KeyFolder:
    """An office with a key."""
    folder = KeyFolder(tmp_path / "keys")
    folder.make("CDC Bắc Ninh", at=now)
    return folder


def publish(root: Path, keys: KeyFolder, made: Any, at: datetime, decision: str) -> str:
    releases = ReleaseStore(root)
    releases.put_ring(keys.ring())
    return releases.publish(made, decision=decision, created_at=at, actor="an", signer=keys.signer()).digest


@pytest.fixture
def root(tmp_path: Path, keys: KeyFolder, draft: Make, now: datetime) -> Path:
    """Three signed releases, each seen by their office."""
    folder = tmp_path / "releases"
    for day in (1, 2, 3):
        publish(folder, keys, draft(day, level=day), now + timedelta(minutes=day), f"{day}/QĐ")
    releases = ReleaseStore(folder)
    seen = releases.newest_seen(releases.verify("current", keys.trust()), now)
    assert seen is not None
    keys.seen.learn(root=seen[0], head=seen[1])
    return folder


def verdict(root: Path, keys: KeyFolder, ref: str = "current") -> tuple[Verdict, set[str]]:
    report = ReleaseStore(root, repair=False).verify(ref, keys.trust())
    assert all(one.vi and one.en for one in report.findings)
    return report.verdict, {one.code for one in report.findings}


def digests(root: Path) -> list[str]:
    return [item.digest for item in ReleaseStore(root, repair=False).list()]


def rewrite(path: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    found = json.loads(path.read_bytes())
    change(found)
    path.write_bytes(canonical(found))


# --- what is good -----------------------------------------------------------------------------------


def test_signed_releases_are_genuine(root: Path, keys: KeyFolder) -> None:
    for place, digest in enumerate(reversed(digests(root)), 1):
        report = ReleaseStore(root).verify(digest, keys.trust())
        assert (report.verdict, report.findings) == (Verdict.GENUINE, ())
        assert report.signature.standing is Standing.GOOD
        assert report.signature.length == place
        assert report.lines("vi")[0].startswith("THẬT")
        assert "CDC Bắc Ninh" in report.signature.vi


def test_openssl_agrees(root: Path, keys: KeyFolder, tmp_path: Path) -> None:
    """A signature is checked by a program that we did not write, from the published files alone."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    statement = json.loads((root / "signatures" / f"{digests(root)[0]}.json").read_bytes())
    signature = statement.pop("signature")
    ring = json.loads((root / "keys.json").read_bytes())
    public = unpacked(ring["statements"][0]["public"])
    (tmp_path / "key.der").write_bytes(bytes.fromhex("302a300506032b6570032100") + public)
    (tmp_path / "sig").write_bytes(unpacked(signature))
    (tmp_path / "text").write_bytes(message(statement))
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "key.der"]
    command += ["-rawin", "-in", "text", "-sigfile", "sig"]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Successfully" in told.stdout


def test_the_same_fields_give_the_same_signature(now: datetime) -> None:
    key = SigningKey.new()
    fields = {"digest": "a" * 64, "previous": None, "length": 1}
    assert key.sign("release", fields, at=now) == key.sign("release", fields, at=now)
    with pytest.raises(ValueError, match="has the fields"):
        key.sign("release", {"digest": "a" * 64}, at=now)


def test_private_keys_are_private(tmp_path: Path, now: datetime) -> None:
    folder = KeyFolder(tmp_path / "keys")
    folder.passphrase = "mật khẩu"
    made = folder.make("CDC", at=now)
    path = tmp_path / "keys" / f"{made.fingerprint}.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert b"ENCRYPTED" in path.read_bytes()
    assert KeyFolder(tmp_path / "keys").is_locked(made.fingerprint)
    for passphrase, words in ((None, "has a passphrase"), ("wrong", "is wrong")):
        other = KeyFolder(tmp_path / "keys")
        other.passphrase = passphrase
        with pytest.raises(ConflictError, match=words):
            other.signer()
    assert folder.signer().public == made.public
    path.chmod(0o644)
    with pytest.raises(StoreError, match="0600"):
        folder.signer()


def test_a_folder_that_signs_takes_nothing_unsigned(root: Path, draft: Make, now: datetime) -> None:
    releases = ReleaseStore(root)
    with pytest.raises(ConflictError, match="signed"):
        releases.publish(draft(9), decision="9", created_at=now, actor="an")
    with pytest.raises(ConflictError, match="signed"):
        releases.set_current(digests(root)[1], at=now, actor="an")


# --- what is altered --------------------------------------------------------------------------------


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_flipped_bit_of_any_file_is_found(root: Path, keys: KeyFolder, data: st.DataObject) -> None:
    """Of blobs, manifests, signatures, keys and pointers."""
    newest = ReleaseStore(root, repair=False).get("current")
    blobs = {newest.attributes_digest(n) for n in newest.layer_names}
    files = sorted(root.glob("manifests/*")) + sorted(root.glob("signatures/*"))
    files += [root / "objects" / name for name in sorted(blobs)] + [root / "keys.json", root / "current"]
    path = data.draw(st.sampled_from(files))
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    bit = data.draw(st.integers(0, 7))
    try:
        path.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << bit)]) + whole[at + 1 :])
        try:
            found, codes = verdict(root, keys)
            assert found is Verdict.ALTERED
            assert codes
        except (StoreError, NotFoundError):
            assert path.name == "current"
    finally:
        path.write_bytes(whole)


def test_a_changed_layer_is_named(root: Path, keys: KeyFolder) -> None:
    release = ReleaseStore(root).get("current")
    (root / "objects" / str(release.geometry_digest("communes"))).write_bytes(b"x")
    report = ReleaseStore(root).verify("current", keys.trust())
    assert report.verdict is Verdict.ALTERED
    assert "hình dạng của lớp communes" in report.findings[0].vi


def test_a_removed_release_is_named(root: Path, keys: KeyFolder) -> None:
    _, middle, _ = digests(root)
    (root / "manifests" / f"{middle}.json").unlink()
    found, codes = verdict(root, keys)
    assert found is Verdict.ALTERED
    assert "removed" in codes


def test_a_shortened_history_is_named(root: Path, keys: KeyFolder) -> None:
    newest, middle, _ = digests(root)
    (root / "manifests" / f"{newest}.json").unlink()
    (root / "signatures" / f"{newest}.json").unlink()
    (root / "current").write_text(f"{middle}\n")
    assert verdict(root, keys) == (Verdict.ALTERED, {"shortened"})


def test_a_second_history_by_the_same_key_is_named(
    root: Path, keys: KeyFolder, draft: Make, now: datetime, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    for day in (5, 6, 7, 8):
        publish(other, keys, draft(day), now, f"{day}/QĐ")
    assert verdict(other, keys) == (Verdict.ALTERED, {"rewritten"})
    archive(ReleaseStore(other).get(digests(other)[1]), tmp_path / "third.zip")
    report = verify_archive(tmp_path / "third.zip", replace(keys.trust(), expected=False))
    assert [one.code for one in report.findings] == ["rewritten"]


def test_a_missing_signature_is_named(root: Path, keys: KeyFolder) -> None:
    newest = digests(root)[0]
    (root / "signatures" / f"{newest}.json").unlink()
    assert verdict(root, keys) == (Verdict.ALTERED, {"signature-missing"})


def test_a_later_signature_vouches_for_an_older_release(root: Path, keys: KeyFolder) -> None:
    oldest = digests(root)[2]
    (root / "signatures" / f"{oldest}.json").unlink()
    report = ReleaseStore(root).verify(oldest, keys.trust())
    assert (report.verdict, report.signature.standing) == (Verdict.GENUINE, Standing.VOUCHED)


def test_a_signature_of_another_release_is_forged(root: Path, keys: KeyFolder) -> None:
    newest, middle, _ = digests(root)
    signatures = root / "signatures"
    shutil.copy(signatures / f"{middle}.json", signatures / f"{newest}.json")
    assert verdict(root, keys) == (Verdict.ALTERED, {"signature"})


def forge(root: Path, draft: Make, now: datetime, tmp_path: Path) -> None:
    """What a forger with the right to write does: a new release, its own key, its own ring."""
    shutil.rmtree(root)
    thief = KeyFolder(tmp_path / "thief")
    thief.make("CDC Bắc Ninh", at=now)
    for day in (1, 2, 4):
        publish(root, thief, draft(day, level=1), now, f"{day}/QĐ")


def test_a_forged_folder_is_found_by_its_office(
    root: Path, keys: KeyFolder, draft: Make, now: datetime, tmp_path: Path
) -> None:
    forge(root, draft, now, tmp_path)
    found, codes = verdict(root, keys)
    assert found is Verdict.ALTERED
    assert codes >= {"wrong-key", "rewritten"}


def test_a_forged_folder_is_not_confirmed_for_a_stranger(
    root: Path, draft: Make, now: datetime, tmp_path: Path
) -> None:
    forge(root, draft, now, tmp_path)
    report = ReleaseStore(root).verify("current")
    assert report.verdict is Verdict.UNCONFIRMED
    assert "geozone keys trust" in "\n".join(report.lines("en"))


def test_a_pointer_moved_by_hand_is_named_and_an_order_is_followed(
    root: Path, keys: KeyFolder, now: datetime
) -> None:
    newest, middle, oldest = digests(root)
    (root / "current").write_text(f"{oldest}\n")
    (root / "head").write_text(f"{newest}\n")
    assert verdict(root, keys) == (Verdict.ALTERED, {"pointer"})
    (root / "current").write_text(f"{newest}\n")
    ReleaseStore(root).set_current(middle, at=now, actor="an", signer=keys.signer())
    assert verdict(root, keys) == (Verdict.GENUINE, set())
    # A process that was killed between the order and the pointer: the next start moves the pointer.
    (root / "current").write_text(f"{newest}\n")
    assert verdict(root, keys) == (Verdict.ALTERED, {"pointer"})
    assert ReleaseStore(root).get("current").digest == middle
    assert verdict(root, keys) == (Verdict.GENUINE, set())


# --- keys over time ---------------------------------------------------------------------------------


def test_who_trusts_a_key_trusts_the_one_that_follows(
    root: Path, keys: KeyFolder, draft: Make, now: datetime
) -> None:
    first = keys.active()
    assert first is not None
    reader = Trust(frozenset({first}))
    later = now + timedelta(days=1)
    keys.rotate(at=later)
    publish(root, keys, draft(9), later, "9/QĐ")
    report = ReleaseStore(root).verify("current", reader)
    assert report.verdict is Verdict.GENUINE
    assert report.signature.key == keys.active() != first
    # The old one has retired: it may have signed before, not after.
    old = keys.open(first)
    manifest = ReleaseStore(root).get("current").manifest
    fields = {"digest": digests(root)[0], "previous": manifest["previous"], "length": 4}
    late = old.sign("release", fields, at=later + timedelta(hours=1))
    (root / "signatures" / f"{digests(root)[0]}.json").write_bytes(late.to_bytes())
    assert ReleaseStore(root).verify("current", reader).verdict is Verdict.REVOKED
    assert verdict(root, keys, digests(root)[2])[0] is Verdict.GENUINE


def test_no_signature_of_a_stolen_key_counts_unless_a_good_one_vouches(
    root: Path, keys: KeyFolder, now: datetime
) -> None:
    stolen = keys.active()
    assert stolen is not None
    reader = replace(keys.trust(), expected=False)
    keys.revoke(stolen, reason="máy bị mất", compromised=True, at=now + timedelta(days=1))
    ReleaseStore(root).put_ring(keys.ring())
    report = ReleaseStore(root).verify("current", reader)
    assert report.verdict is Verdict.REVOKED
    assert "máy bị mất" in report.signature.vi
    with pytest.raises(ConflictError, match="every signing key is revoked"):
        keys.signer()
    fresh = keys.make("CDC Bắc Ninh", at=now + timedelta(days=2))
    ReleaseStore(root).put_ring(keys.ring())
    ReleaseStore(root).sign("current", fresh, at=now + timedelta(days=2))
    oldest = digests(root)[2]
    report = ReleaseStore(root).verify(oldest, keys.trust())
    assert (report.verdict, report.signature.standing) == (Verdict.GENUINE, Standing.VOUCHED)


def test_a_stolen_key_cannot_introduce_another(keys: KeyFolder, now: datetime) -> None:
    first = keys.active()
    assert first is not None
    thief = SigningKey.new()
    introduced = {"public": packed(thief.public), "name": "CDC", "until": None}
    forged = KeyRing(
        (
            *keys.ring().statements,
            thief.sign("key", introduced, at=now),
            keys.open(first).sign("key", introduced, at=now),
        )
    )
    assert thief.fingerprint in forged.trusted({first})
    keys.revoke(first, reason="lộ", compromised=True, at=now)
    assert thief.fingerprint not in (forged | keys.ring()).trusted({first})


def test_a_stranger_cannot_revoke(keys: KeyFolder, now: datetime) -> None:
    first = keys.active()
    thief = SigningKey.new()
    ring = KeyRing(
        (
            *keys.ring().statements,
            thief.sign("key", {"public": packed(thief.public), "name": "", "until": None}, at=now),
            thief.sign("revocation", {"revoked": first, "reason": "", "compromised": True}, at=now),
        )
    )
    key = ring.key(str(first))
    assert key is not None
    assert key.revocation is None


def test_a_key_signs_in_its_time_only(tmp_path: Path, draft: Make, now: datetime) -> None:
    keys = KeyFolder(tmp_path / "keys")
    keys.make("CDC", at=now, until=now + timedelta(days=1))
    for day, expected in ((0, Verdict.GENUINE), (2, Verdict.REVOKED), (-1, Verdict.REVOKED)):
        root = tmp_path / f"releases{day}"
        publish(root, keys, draft(3), now + timedelta(days=day), "1")
        assert verdict(root, keys)[0] is expected


def test_a_reader_remembers_what_it_learned(tmp_path: Path, keys: KeyFolder, now: datetime) -> None:
    first = keys.active()
    assert first is not None
    file = TrustFile(tmp_path / "trust.json")
    file.write(Trust(frozenset({first})))
    second = keys.rotate(at=now).fingerprint
    file.learn(ring=keys.ring(), root=first, head=Head(3, "a" * 64, "2021-07-01T00:00:00Z"))
    file.learn(root=first, head=Head(2, "b" * 64, "2021-07-02T00:00:00Z"))
    kept = file.read()
    assert kept.anchors == {first, second}
    assert kept.heads[first].length == 3
    assert keys.ring().root(second) == first
    assert stat.S_IMODE((tmp_path / "trust.json").stat().st_mode) == 0o600
    (tmp_path / "trust.json").write_bytes(b"{}")
    with pytest.raises(StoreError, match="damaged"):
        file.read()


# --- archives ---------------------------------------------------------------------------------------


def test_an_archive_carries_its_signature(root: Path, keys: KeyFolder, tmp_path: Path) -> None:
    path = tmp_path / "release.zip"
    archive(ReleaseStore(root).get("current"), path)
    assert verify_archive(path).verdict is Verdict.UNCONFIRMED
    reader = Trust(frozenset({str(keys.active())}))
    assert verify_archive(path, reader).verdict is Verdict.GENUINE
    stripped = tmp_path / "stripped.zip"
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(stripped, "w") as less:
        for name in whole.namelist():
            if not name.startswith("signatures/"):
                less.writestr(name, whole.read(name))
    report = verify_archive(stripped, reader)
    assert (report.verdict, [one.code for one in report.findings]) == (
        Verdict.ALTERED,
        ["signature-missing"],
    )


# --- statements from outside ------------------------------------------------------------------------


@given(st.binary(max_size=300))
def test_no_bytes_make_a_statement_fail_otherwise(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        Statement.from_bytes(data)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(["release", "key", "order", "bundle", "revocation"]), st.data())
def test_a_statement_with_any_other_value_is_refused(kind: str, data: st.DataObject) -> None:
    key = SigningKey.new()
    good: dict[str, Any] = {
        "release": {"digest": "a" * 64, "previous": None, "length": 1},
        "order": {"current": "a" * 64, "head": "b" * 64, "length": 1, "number": 1},
        "bundle": {"digest": "a" * 64, "files": "b" * 64},
        "key": {"public": packed(key.public), "name": "CDC", "until": None},
        "revocation": {"revoked": key.fingerprint, "reason": "", "compromised": False},
    }[kind]
    statement = key.sign(kind, good, at=datetime.fromisoformat("2021-07-01T00:00:00+00:00"))
    assert Statement.from_bytes(statement.to_bytes(), kind) == statement
    name = data.draw(st.sampled_from(sorted(statement.to_dict())))
    value = data.draw(json_values)
    try:
        changed = Statement.from_dict({**statement.to_dict(), name: value})
    except ValueError:
        return
    assert changed == statement or not changed.signed_by(key.public)


def test_fingerprints_are_hashes() -> None:
    assert fingerprint_of(b"\0" * 32) == "66687aadf862bd776c8fc18b8e9f8e20"
    assert KeyRing.from_bytes(KeyRing().to_bytes()).fingerprints == ()
