"""Operation: logs without personal data, metrics, CORS, background work, many clients at once."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from geozone.api import ServiceOptions, create_app
from geozone.api.byte_cache import ByteCache
from geozone.api.search import FormerName
from geozone.errors import StoreError


def test_the_log_names_routes_and_nothing_personal(client: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="geozone.access"):
        answer = client.get(
            "/api/v1/search?q=Nguyễn Văn A 0912345678",
            {"User-Agent": "someone", "X-Forwarded-For": "203.0.113.7"},
        )
        client.get("/api/v1/communes/00004")
    entries = [json.loads(record.message) for record in caplog.records]
    assert [entry["route"] for entry in entries] == ["/api/v1/search", "/api/v1/communes/{code}"]
    assert entries[0]["request_id"] == answer.headers["x-request-id"]
    assert set(entries[0]) == {"request_id", "method", "route", "status", "bytes", "ms"}
    assert entries[0]["status"] == 200
    assert entries[0]["bytes"] == len(answer.content)
    whole = caplog.text
    for secret in ("0912345678", "Nguy", "someone", "203.0.113.7", "00004"):
        assert secret not in whole


def test_metrics_count_by_template(client: Any) -> None:
    def count() -> float:
        text = client.get("/metrics").text
        line = 'geozone_requests_total{method="GET",route="/api/v1/zones/{zone_id}",status="404"}'
        return sum(float(row.rsplit(" ", 1)[1]) for row in text.splitlines() if row.startswith(line))

    before = count()
    for name in ("a", "b", "c"):
        client.get(f"/api/v1/zones/{name}")
    assert count() == before + 3
    text = client.get("/metrics").text
    assert "geozone_tile_cache_bytes" in text
    assert "geozone_request_seconds_bucket" in text


def test_other_origins_read_only_where_it_is_allowed(store: Any, make_client: Any, make_release: Any) -> None:
    store.publish(make_release())
    open_ = make_client(
        create_app(
            store, web_root=None, options=ServiceOptions(prepare=False, cors_origins=("https://a.example",))
        )
    )
    closed = make_client(create_app(store, web_root=None, options=ServiceOptions(prepare=False)))
    address, origin = "/api/v1/summary", {"Origin": "https://a.example"}
    assert open_.get(address, origin).headers["access-control-allow-origin"] == "https://a.example"
    assert "access-control-allow-origin" not in open_.get(address, {"Origin": "https://b.example"}).headers
    assert "access-control-allow-origin" not in closed.get(address, origin).headers
    asked = {**origin, "Access-Control-Request-Method": "GET"}
    assert open_.request("OPTIONS", address, asked).status_code == 200


def test_values_are_made_once_however_many_ask() -> None:
    cache = ByteCache(1 << 20)
    made: list[int] = []
    together = threading.Barrier(8)

    def make() -> bytes:
        made.append(1)
        time.sleep(0.05)
        return b"tile"

    def ask() -> bytes:
        together.wait()
        return cache.get("key", make)

    with ThreadPoolExecutor(8) as pool:
        found = [future.result() for future in [pool.submit(ask) for _ in range(8)]]
    assert found == [b"tile"] * 8
    assert len(made) == 1


def test_a_failed_value_is_not_kept_and_waiters_try_again() -> None:
    cache = ByteCache(1 << 20)

    def fail() -> bytes:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        cache.get("key", fail)
    assert cache.get("key", lambda: b"yes") == b"yes"


def test_the_cache_keeps_its_size_and_drops_the_oldest() -> None:
    cache = ByteCache(10_000)
    for key in range(100):
        cache.get(key, lambda: b"x" * 800)
        cache.find(0)
    assert cache.size <= 10_000
    assert cache.find(0) is not None
    assert cache.find(1) is None
    assert cache.get("huge", lambda: b"x" * 9_000) == b"x" * 9_000
    assert cache.find("huge") is None


@pytest.fixture
def served(store: Any, make_release: Any, running: Any) -> Iterator[tuple[str, Any]]:
    app = create_app(store, web_root=None, options=ServiceOptions(prepare=False), former_names=list)
    with running(app) as address:
        yield address, store


def test_many_clients_while_releases_change_never_get_a_mixture(
    served: tuple[str, Any], make_release: Any
) -> None:
    """Each answer names its release by its tag, and holds that release's levels and no other's."""
    address, store = served
    releases = [make_release(f"2021-07-{8 + level:02d}", level) for level in (1, 2, 3)]
    level_of = {release.digest[:32]: level for level, release in enumerate(releases, start=1)}
    for release in releases:
        store.publish(release)
    problems: list[str] = []
    answered: list[str] = []

    def ask(seed: int) -> None:
        rng = np.random.default_rng(seed)
        with httpx.Client(base_url=address, trust_env=False, timeout=60) as client:
            while len(answered) < 60:
                zoom = int(rng.integers(8, 13))
                x, y = int(812 * 2 ** (zoom - 10)), int(450 * 2 ** (zoom - 10))
                tile = client.get(f"/tiles/communes/{zoom}/{x}/{y}.mvt")
                answer = client.get("/ogc/collections/communes/items?limit=36")
                tag = answer.headers["etag"].removeprefix('W/"')[:32]
                features = answer.json()["features"][3:]
                levels = {feature["properties"]["epidemic_level"] for feature in features}
                answered.append(tag)
                if tile.status_code not in (200, 204) or levels != {level_of[tag]}:
                    problems.append(f"{tile.status_code} {tag} {levels}")

    with ThreadPoolExecutor(6) as pool:
        asking = [pool.submit(ask, seed) for seed in range(6)]
        turn = 0
        while not all(future.done() for future in asking):
            store.set_current(releases[turn % 3].digest)
            turn += 1
            time.sleep(0.02)
        for future in asking:
            future.result()
    assert problems == []
    assert set(answered) == set(level_of)


def test_the_start_prepares_the_release_in_the_background(
    store: Any, make_release: Any, running: Any, tmp_path: Path
) -> None:
    store.publish(make_release())
    loaded = threading.Event()

    def former_names() -> list[FormerName]:
        loaded.set()
        return []

    options = ServiceOptions(cache=tmp_path / "cache")
    app = create_app(store, web_root=None, options=options, former_names=former_names)
    with running(app, lifespan="on") as address:
        assert httpx.get(f"{address}/health", trust_env=False).status_code == 200
        assert loaded.wait(20)
        for _ in range(200):
            if len(list((tmp_path / "cache").glob("*-10.npz"))) == 4:
                break
            time.sleep(0.1)
    # Four outlines for five layers of polygons: coverage shares those of the communes.
    assert len(list((tmp_path / "cache").glob("*-10.npz"))) == 4


def test_a_damaged_release_does_not_stop_the_start(
    store: Any, make_release: Any, running: Any, caplog: pytest.LogCaptureFixture
) -> None:
    release = make_release()
    store.publish(release)

    def fail(name: str) -> None:
        raise StoreError("damaged")

    release.layer = release.boxes = fail
    with running(create_app(store, web_root=None), lifespan="on") as address:
        for _ in range(100):
            if "preparing the current release failed" in caplog.text:
                break
            time.sleep(0.05)
        assert httpx.get(f"{address}/ready", trust_env=False).status_code == 200
        assert httpx.get(f"{address}/tiles/communes.json", trust_env=False).status_code == 503
    assert "preparing the current release failed" in caplog.text
