"""The page and the document that tell whether a release is genuine, and a reader who trusts neither."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import zxingcpp

from geozone.api import ServiceOptions, create_app
from geozone.errors import DataError, NotFoundError
from geozone.release import ReleaseStore, Verdict
from geozone.release.remote import address_parts, verify_service
from geozone.release.signing import KeyFolder, Trust

Make = Callable[..., Any]
NOW = datetime(2021, 7, 1, 8, tzinfo=UTC)
BASE = "http://testserver"


class Client:
    """Asks an application, without a socket."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def get(self, url: str, **values: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
                return await client.get(url, **values)

        return asyncio.run(ask())


@pytest.fixture
def office(tmp_path: Path, draft: Make) -> tuple[ReleaseStore, KeyFolder]:
    """Two signed releases."""
    keys = KeyFolder(tmp_path / "keys")
    keys.make("CDC Bắc Ninh", at=NOW)
    releases = ReleaseStore(tmp_path / "releases")
    releases.put_ring(keys.ring())
    for day in (1, 2):
        releases.publish(
            draft(day), decision=f"{day}/QĐ-<b>", created_at=NOW, actor="an", signer=keys.signer()
        )
    return releases, keys


@pytest.fixture
def client(office: tuple[ReleaseStore, KeyFolder]) -> Client:
    """A service of them."""
    return Client(create_app(office[0], options=ServiceOptions(prepare=False, trust=office[1].trust)))


def reader_of(client: Client, change: Callable[[str, Any], Any] = lambda url, found: found) -> Any:
    """What a reader fetches; ``change`` is a service that lies."""

    def fetch(url: str) -> bytes | None:
        found = client.get(url.removeprefix(BASE))
        return None if found.status_code != 200 else json.dumps(change(url, found.json())).encode()

    return fetch


def test_the_page_tells_the_verdict(client: Client, office: tuple[ReleaseStore, KeyFolder]) -> None:
    digest = office[0].get("current").digest
    answer = client.get(f"/verify/{digest}")
    assert answer.status_code == 200
    assert "THẬT: nguyên vẹn" in answer.text
    assert "GENUINE: whole" in answer.text
    assert "2/QĐ-&lt;b&gt;" in answer.text
    assert "<b>" not in answer.text
    mark = str(office[1].active())
    assert " ".join(mark[i : i + 4] for i in range(0, 32, 4)) in answer.text
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    assert " style=" not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert client.get(f"/verify/{digest}?lang=en").headers["content-language"] == "en"


def test_the_code_on_the_page_leads_to_the_page(client: Client) -> None:
    import io

    from PIL import Image

    from geozone.release import qr_png

    digest = client.get("/api/v1/verify/current").json()["digest"]
    address = f"{BASE}/verify/{digest}"
    assert f"<title>{address}</title>" in client.get(address).text
    read = zxingcpp.read_barcodes(Image.open(io.BytesIO(qr_png(address))))
    assert address_parts(read[0].text) == (BASE, digest)


def test_an_unknown_digest_is_not_found(client: Client) -> None:
    answer = client.get(f"/verify/{'0' * 64}")
    assert answer.status_code == 404
    assert "không bản công bố nào mang mã này" in answer.text
    assert client.get(f"/api/v1/verify/{'0' * 64}").status_code == 404
    for bad in ("x", "0" * 63, "../etc", "%00"):
        assert client.get(f"/api/v1/verify/{bad}").status_code in (400, 404)


def test_what_is_pasted_leads_to_its_page(client: Client) -> None:
    digest = "ab" * 32
    spaced = " ".join(digest[i : i + 8] for i in range(0, 64, 8)).upper()
    for pasted in (digest, f"https://map.example.vn/verify/{digest}", spaced, f"urn:geozone:sha256:{digest}"):
        answer = client.get("/verify", params={"digest": pasted, "lang": "en"})
        assert (answer.status_code, answer.headers["location"]) == (303, f"/verify/{digest}?lang=en")
    assert "64 chữ số" in client.get("/verify", params={"digest": "không phải"}).text
    assert client.get("/verify").status_code == 200


def test_a_data_file_leads_to_its_release(client: Client, office: tuple[ReleaseStore, KeyFolder]) -> None:
    release = office[0].get("current")
    found = client.get(f"/api/v1/verify/{release.attributes_digest('communes')}").json()
    assert (found["digest"], found["part"]) == (release.digest, "attributes of communes")
    assert found["decision"] == "2/QĐ-<b>"


def test_an_altered_release_is_told_at_once(client: Client, office: tuple[ReleaseStore, KeyFolder]) -> None:
    release = office[0].get("current")
    blob = office[0].root / "objects" / str(release.geometry_digest("communes"))
    whole = blob.read_bytes()
    assert client.get("/api/v1/verify/current").json()["verdict"] == "genuine"
    blob.write_bytes(whole[:-1])
    found = client.get("/api/v1/verify/current").json()
    assert (found["verdict"], found["findings"][0]["code"]) == ("altered", "changed")
    assert "KHÔNG THẬT" in client.get(f"/verify/{release.digest}").text
    blob.write_bytes(whole)
    assert client.get("/api/v1/verify/current").json()["verdict"] == "genuine"


def test_a_reader_checks_the_service_itself(client: Client, office: tuple[ReleaseStore, KeyFolder]) -> None:
    reader = Trust(frozenset({str(office[1].active())}))
    report, ring, seen = verify_service(reader_of(client), BASE, "current", reader, at="2021-07-02T00:00:00Z")
    assert (report.verdict, report.chain) == (Verdict.GENUINE, 2)
    assert seen is not None
    assert seen[1].length == 2
    assert ring.fingerprints == (office[1].active(),)
    stranger, _, _ = verify_service(reader_of(client), BASE, "current", Trust(), at="2021-07-02T00:00:00Z")
    assert stranger.verdict is Verdict.UNCONFIRMED


def _lie(what: str) -> Callable[[str, Any], Any]:
    def change(url: str, found: Any) -> Any:
        if what == "decision" and "/releases/" in url:
            return {**found, "decision": "giả"}
        if what == "history" and "/releases/" in url and found["previous"] is not None:
            return {**found, "previous": None}
        if what == "signature" and "/verify/" in url:
            return {**found, "statement": None, "verdict": "genuine"}
        if what == "statement" and "/verify/" in url:
            return {**found, "statement": {**found["statement"], "length": 7}}
        if what == "head" and "/verify/" in url:
            return {**found, "head": "0" * 64}
        return found

    return change


@pytest.mark.parametrize("what", ["decision", "history", "signature", "statement", "head"])
def test_a_service_that_lies_is_caught(
    client: Client, office: tuple[ReleaseStore, KeyFolder], what: str
) -> None:
    reader = Trust(frozenset({str(office[1].active())}))
    report, _, seen = verify_service(reader_of(client, _lie(what)), BASE, "current", reader, at="")
    assert report.verdict is Verdict.ALTERED
    assert seen is None


def test_what_is_no_service_is_said(client: Client) -> None:
    with pytest.raises(NotFoundError, match="is not a geozone service"):
        verify_service(lambda url: None, BASE, "current", Trust(), at="")
    with pytest.raises(DataError, match="expected"):
        verify_service(lambda url: b"{}", BASE, "current", Trust(), at="")
    with pytest.raises(DataError, match="expected"):
        address_parts("ftp://x")


def test_the_script_hashes_as_sha256_does(client: Client, tmp_path: Path) -> None:
    """The part for browsers that switch their own hashing off without https."""
    import shutil
    import subprocess

    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    script = client.get("/verify/verify.js").text
    functions = script[: script.index("const drop =")]
    lengths = [0, 1, 55, 56, 63, 64, 65, 1000]
    program = f"{functions}\nfor (const n of {lengths}) console.log(plainSha256(new Uint8Array(n).fill(n)));"
    told = subprocess.run(["node", "-e", program], capture_output=True, text=True, check=True)
    assert told.stdout.split() == [hashlib.sha256(bytes([n % 256]) * n).hexdigest() for n in lengths]
    assert not re.search(r"fetch\(|XMLHttp|sendBeacon", script)
