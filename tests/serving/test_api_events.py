"""The event stream: the current release at once, every other one when it is put in force."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from geozone.api import ServiceOptions, create_app, events
from geozone.api.catalogue import Catalogue

pytestmark = pytest.mark.enable_socket


def told(lines: Iterator[str]) -> Any:
    """Data of the next event."""
    for line in lines:
        if line.startswith("data: "):
            return json.loads(line.removeprefix("data: "))
    raise AssertionError("the stream ended")


@pytest.fixture
def stop_streams() -> Iterator[list[Any]]:
    apps: list[Any] = []
    yield apps
    for app in apps:
        app.state.events.close()


def test_releases_are_told_as_they_are_put_in_force(
    store: Any, make_release: Any, running: Any, stop_streams: list[Any]
) -> None:
    first = store.publish(make_release("2021-07-01"))
    app = create_app(store, web_root=None, options=ServiceOptions(prepare=False))
    stop_streams.append(app)
    with running(app) as address:
        options = {"trust_env": False, "timeout": 20}
        with httpx.stream("GET", f"{address}/api/v1/events", **options) as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            assert stream.headers["cache-control"] == "no-store"
            lines = stream.iter_lines()
            assert told(lines) == {
                "digest": first.digest,
                "as_of": "2021-07-01",
                "decision": first.manifest["decision"],
                "created_at": first.manifest["created_at"],
            }
            second = store.publish(make_release("2021-07-08", 2))
            assert told(lines)["digest"] == second.digest
            store.set_current(first.digest)
            assert told(lines)["digest"] == first.digest, "a roll-back is told as well"
            app.state.events.close()
            assert not [line for line in lines if line.startswith("data")], "the stream ends by itself"


def test_an_empty_store_tells_of_no_release_and_then_of_the_first(
    store: Any, make_release: Any, running: Any, stop_streams: list[Any]
) -> None:
    app = create_app(store, web_root=None, options=ServiceOptions(prepare=False))
    stop_streams.append(app)
    with (
        running(app) as address,
        httpx.stream("GET", f"{address}/api/v1/events", trust_env=False, timeout=20) as stream,
    ):
        lines = stream.iter_lines()
        assert told(lines) is None
        made = store.publish(make_release("2021-07-01"))
        assert told(lines)["digest"] == made.digest
        app.state.events.close()


def test_who_leaves_is_forgotten_and_the_watcher_with_the_last_one(
    store: Any, make_release: Any, running: Any, stop_streams: list[Any]
) -> None:
    store.publish(make_release("2021-07-01"))
    app = create_app(store, web_root=None, options=ServiceOptions(prepare=False))
    stop_streams.append(app)
    with running(app) as address:
        with httpx.stream("GET", f"{address}/api/v1/events", trust_env=False, timeout=20) as stream:
            lines = stream.iter_lines()  # held: its end would end the stream
            told(lines)
            assert app.state.events.listeners == 1
        deadline = time.monotonic() + 20
        while app.state.events.listeners and time.monotonic() < deadline:
            time.sleep(0.05)
        assert app.state.events.listeners == 0
        while not app.state.events._watcher.done() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert app.state.events._watcher.done()


def test_silence_is_broken_by_a_comment(store: Any, make_release: Any) -> None:
    store.publish(make_release("2021-07-01"))
    stream = events.Events(Catalogue(store, ServiceOptions()), look_every_s=0.01, heartbeat_s=0.02)

    async def first(count: int) -> list[bytes]:
        found = []
        async for piece in stream.listen():
            found.append(piece)
            if len(found) == count:
                break
        return found

    pieces = asyncio.run(first(4))
    assert pieces[0].startswith(b"retry: ")
    assert pieces[1].startswith(b"event: release\nid: ")
    assert pieces[2:] == [b": still here\n\n"] * 2


def test_more_listeners_than_it_bears_are_refused(
    store: Any, make_release: Any, make_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.publish(make_release("2021-07-01"))
    monkeypatch.setattr(events, "_MOST_LISTENERS", 0)
    client = make_client(create_app(store, web_root=None, options=ServiceOptions(prepare=False)))
    answer = client.get("/api/v1/events")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "60"


def test_head_does_not_open_a_stream(client: Any) -> None:
    answer = client.request("HEAD", "/api/v1/events")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert client.get("/api/v1/events?x=1").status_code == 400


def test_closing_before_anybody_listened_is_nothing(store: Any) -> None:
    stream = events.Events(SimpleNamespace(stamp=lambda: None))  # type: ignore[arg-type]
    thread = threading.Thread(target=stream.close)
    thread.start()
    thread.join()
    assert stream.listeners == 0
