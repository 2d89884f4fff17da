"""Never stale: tags, 304, immutable addresses, new releases noticed at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from geozone.api import ServiceOptions, create_app

CACHEABLE = [
    "/api/v1/summary",
    "/api/v1/communes/00004",
    "/api/v1/zones/z-1",
    "/api/v1/search?q=ba",
    "/api/v1/releases",
    "/api/v1/releases/current",
    "/ogc",
    "/ogc/conformance",
    "/ogc/api",
    "/ogc/collections",
    "/ogc/collections/communes",
    "/ogc/collections/communes/items?limit=3",
    "/ogc/collections/communes/items/00004",
    "/tiles/communes.json",
    "/tiles/communes/10/812/450.mvt",
    "/tiles/communes/10/0/0.mvt",
    "/openapi.json",
    "/docs",
    "/docs/style.css",
]
OF_A_RELEASE = [
    address for address in CACHEABLE if address.startswith(("/api/v1/s", "/api/v1/z", "/ogc/coll", "/tiles"))
]


@pytest.mark.parametrize("address", CACHEABLE)
def test_a_tag_is_answered_with_304(client: Any, address: str) -> None:
    first = client.get(address)
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "public, no-cache"
    for held in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        again = client.get(address, {"If-None-Match": held})
        assert again.status_code == 304
        assert again.content == b""
        assert again.headers["etag"] == tag
        assert "content-type" not in again.headers
    assert client.get(address, {"If-None-Match": '"other"'}).status_code == first.status_code


@pytest.mark.parametrize("address", OF_A_RELEASE)
def test_an_address_that_names_its_release_never_changes(client: Any, release: Any, address: str) -> None:
    joined = f"{address}{'&' if '?' in address else '?'}release={release.digest}"
    assert client.get(joined).headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("address", OF_A_RELEASE)
def test_a_day_leads_to_what_was_known_of_it(
    store: Any, make_client: Any, make_release: Any, address: str
) -> None:
    client = make_client(create_app(store, web_root=None, options=ServiceOptions(prepare=False)))
    early, late = store.publish(make_release("2021-07-01")), store.publish(make_release("2021-07-08", 2))
    store.set_current(early.digest)
    join = "&" if "?" in address else "?"
    for day, expected in (
        ("2021-07-01", early),
        ("2021-07-07", early),
        ("2021-07-08", late),
        ("2030-01-01", late),
    ):
        answer = client.get(f"{address}{join}as_of={day}")
        named = client.get(f"{address}{join}release={expected.digest}")
        assert answer.headers["etag"] == named.headers["etag"]
        assert answer.headers["cache-control"] == "public, no-cache"
        assert answer.content == named.content or "items" in address  # links name the address itself
    assert client.get(f"{address}{join}as_of=2021-06-30").status_code == 404
    assert client.get(f"{address}{join}as_of=2021-07-01&release={early.digest}").status_code == 400
    assert client.get(f"{address}{join}as_of=yesterday").status_code == 400


def test_of_two_releases_of_one_day_the_later_one_counts(
    store: Any, make_client: Any, make_release: Any
) -> None:
    client = make_client(create_app(store, web_root=None, options=ServiceOptions(prepare=False)))
    store.publish(make_release("2021-07-01", 1))
    corrected = store.publish(make_release("2021-07-01", 2))
    found = client.get("/api/v1/summary?as_of=2021-07-03").json()
    assert found["release"]["digest"] == corrected.digest


@pytest.mark.parametrize("address", CACHEABLE)
def test_head_sends_the_headers_of_get(client: Any, address: str) -> None:
    got, asked = client.get(address), client.request("HEAD", address)
    assert asked.status_code == got.status_code
    assert asked.content == b""
    assert asked.headers["etag"] == got.headers["etag"]
    assert asked.headers.get("content-length") == got.headers.get("content-length")


@pytest.mark.parametrize("address", ["/tiles/communes/10/812/450.mvt", "/ogc/collections/communes/items"])
def test_compression_is_negotiated(client: Any, address: str) -> None:
    plain = client.get(address, {"Accept-Encoding": "identity"})
    packed = client.get(address, {"Accept-Encoding": "br;q=1, gzip;q=0.5"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert int(packed.headers["content-length"]) < len(plain.content)
    assert packed.headers["vary"] == plain.headers["vary"]
    assert packed.headers["vary"].split(", ")[0] == "Accept-Encoding"
    refused = client.get(address, {"Accept-Encoding": "gzip;q=0"})
    assert "content-encoding" not in refused.headers


def test_a_new_release_is_served_without_a_restart(store: Any, make_client: Any, make_release: Any) -> None:
    client = make_client(create_app(store, web_root=None, options=ServiceOptions(prepare=False)))
    assert client.get("/ready").status_code == 503
    first = store.publish(make_release("2021-07-08"))
    assert client.get("/ready").json()["release"] == first.digest
    old = client.get("/tiles/communes/10/812/450.mvt")
    second = store.publish(make_release("2021-07-15", level=2))
    assert client.get("/ready").json()["release"] == second.digest
    new = client.get("/tiles/communes/10/812/450.mvt", {"If-None-Match": old.headers["etag"]})
    assert new.status_code == 200
    assert new.content != old.content
    pinned = client.get(f"/tiles/communes/10/812/450.mvt?v={first.digest}")
    assert pinned.content == old.content
    assert client.get(f"/api/v1/summary?release={first.digest}").json()["release"]["as_of"] == "2021-07-08"
    assert [line["current"] for line in client.get("/api/v1/releases").json()["releases"]] == [True, False]
    history = client.get("/api/v1/communes/00013").json()["history"]
    assert [(entry["as_of"], entry["epidemic_level"]) for entry in history] == [
        ("2021-07-08", 1),
        ("2021-07-15", 2),
    ]
    store.set_current(first.digest)
    assert client.get("/ready").json()["release"] == first.digest
    assert client.get("/tiles/communes/10/812/450.mvt").content == old.content


def test_a_commune_known_before_shows_its_new_history(
    store: Any, make_client: Any, make_release: Any
) -> None:
    client = make_client(create_app(store, web_root=None, options=ServiceOptions(prepare=False)))
    first = store.publish(make_release("2021-07-08"))
    address = f"/api/v1/communes/00004?release={first.digest}"
    tag = client.get(address).headers["etag"]
    assert client.get(address, {"If-None-Match": tag}).status_code == 304
    store.publish(make_release("2021-07-15"))
    assert client.get(address, {"If-None-Match": tag}).status_code == 200


def test_pages_go_on_in_the_release_they_began_in(store: Any, make_client: Any, make_release: Any) -> None:
    client = make_client(create_app(store, web_root=None, options=ServiceOptions(prepare=False)))
    store.publish(make_release("2021-07-08"))
    page = client.get("/ogc/collections/communes/items?limit=20").json()
    store.publish(make_release("2021-07-15", level=3))
    [onward] = [link["href"] for link in page["links"] if link["rel"] == "next"]
    rest = client.get(onward).json()
    levels = {feature["properties"]["epidemic_level"] for feature in rest["features"]}
    assert levels == {1}


def test_v_and_release_must_agree(client: Any, release: Any) -> None:
    address = f"/tiles/communes/10/812/450.mvt?v={release.digest}"
    assert client.get(f"{address}&release={release.digest}").status_code == 200
    assert client.get(f"{address}&release=current").status_code == 400
    assert client.get(f"/tiles/communes/10/812/450.mvt?v={'0' * 64}").status_code == 404


def test_outlines_are_prepared_once_for_layers_that_share_them(
    tmp_path: Path, store: Any, make_client: Any, make_release: Any
) -> None:
    options = ServiceOptions(prepare=False, cache=tmp_path / "cache")
    store.publish(make_release())
    client = make_client(create_app(store, web_root=None, options=options))
    for layer in ("communes", "coverage"):
        assert client.get(f"/tiles/{layer}/8/203/112.mvt").status_code == 200
    assert len(list((tmp_path / "cache").glob("*.npz"))) == 1


def test_what_is_prepared_is_drawn_without_reading_an_outline(
    tmp_path: Path, store: Any, make_client: Any, make_release: Any
) -> None:
    options = ServiceOptions(prepare=False, cache=tmp_path / "cache")
    release = store.publish(make_release())
    layers = ("communes", "containment_zones", "green_zones", "coverage")

    def seen() -> list[bytes]:
        client = make_client(create_app(store, web_root=None, options=options))
        return [client.get(f"/tiles/{layer}/8/203/112.mvt").content for layer in layers]

    first = seen()
    release.layer = None  # would raise if called
    assert seen() == first
    assert all(first)


@pytest.mark.parametrize("address", ["/tiles/communes/9/406/225.mvt", "/tiles/communes/9/1/1.mvt"])
def test_a_tile_from_memory_is_the_answer_of_its_route(client: Any, release: Any, address: str) -> None:
    def plain(answer: Any) -> tuple[int, dict[str, str], bytes]:
        changing = ("x-request-id", "content-security-policy")
        headers = {name: value for name, value in answer.headers.items() if name not in changing}
        return answer.status_code, headers, answer.content

    for query in ("", f"?v={release.digest}"):
        through_the_route = client.get(address + query, {"Accept-Encoding": "gzip;q=1"})
        from_memory = client.get(address + query, {"Accept-Encoding": "gzip"})
        assert plain(from_memory) == plain(through_the_route)
        held = {"If-None-Match": from_memory.headers["etag"]}
        unchanged = client.get(address + query, {**held, "Accept-Encoding": "gzip;q=1"})
        assert unchanged.status_code == 304
        assert plain(client.get(address + query, {**held, "Accept-Encoding": "gzip"})) == plain(unchanged)
    assert 'route="/tiles/{layers}/{z}/{x}/{y}.mvt"' in client.get("/metrics").text


def test_two_changes_within_one_tick_of_the_disk_are_both_seen(
    store: Any, make_client: Any, make_release: Any
) -> None:
    client = make_client(create_app(store, web_root=None, options=ServiceOptions(prepare=False)))
    releases = [store.publish(make_release(f"2021-07-{day:02d}")) for day in (8, 9, 10)]
    for turn in range(30):
        wanted = releases[turn % 3].digest
        store.set_current(wanted)
        assert client.get("/ready").json()["release"] == wanted
