"""Tiles answered where their bytes arrive: as uvicorn's own protocol would, whatever the bytes are."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geozone.api import ServiceOptions, create_app
from geozone.api.tile_answers import TileAnswers
from geozone.api.tile_protocol import _read_block, _TileProtocol

TILE = "/tiles/communes/6/50/28.mvt"
NOTHING = "/tiles/communes/9/0/0.mvt"
CHANGING = (b"date:", b"x-request-id:")


@pytest.fixture(scope="module")
def both(app: Any, running: Any) -> Iterator[tuple[str, str]]:
    """The service by our protocol and by uvicorn's."""
    with running(app, http=app.state.tile_protocol) as ours, running(app, http="httptools") as plain:
        for path in (TILE, NOTHING):  # opens the layer; from now on both are in memory
            ask(plain, get(path, "Accept-Encoding: gzip"))
        yield ours, plain


@pytest.fixture
def short_way(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each request was answered the short way."""
    taken: list[bool] = []
    original = _TileProtocol._answered

    def answered(self: Any, data: bytes) -> bool:
        taken.append(original(self, data))
        return taken[-1]

    monkeypatch.setattr(_TileProtocol, "_answered", answered)
    return taken


@contextmanager
def connected(base: str) -> Iterator[socket.socket]:
    host, port = base.removeprefix("http://").split(":")
    with closing(socket.create_connection((host, int(port)), timeout=10)) as connection:
        yield connection


def read_answers(connection: socket.socket, count: int) -> list[tuple[bytes, list[bytes], bytes]]:
    """Read answers as status line, sorted headers, body; fewer where the connection is closed."""
    stream, answers = connection.makefile("rb"), []
    while len(answers) < count and (status := stream.readline()):
        headers = []
        while (line := stream.readline().rstrip(b"\r\n")) != b"":
            headers.append(line)
        length = next((int(h.split(b":")[1]) for h in headers if h.startswith(b"content-length:")), 0)
        body = stream.read(length)
        if b"transfer-encoding: chunked" in headers:
            while size := int(stream.readline(), 16):
                body += stream.read(size + 2)[:-2]
            stream.readline()
        body = re.sub(rb"urn:uuid:[0-9a-f-]+", b"", body)
        answers.append((status, sorted(h for h in headers if not h.startswith(CHANGING)), body))
    return answers


def ask(base: str, *requests: bytes) -> list[tuple[bytes, list[bytes], bytes]]:
    with connected(base) as connection:
        answers = []
        for request in requests:
            connection.sendall(request)
            answers += read_answers(connection, 1)
        return answers


def get(path: str, *lines: str, method: str = "GET", version: str = "HTTP/1.1") -> bytes:
    given_lines = ("Host: geo.test", *lines)
    return "\r\n".join([f"{method} {path} {version}", *given_lines, "", ""]).encode()


def test_both_ways_say_the_same(both: tuple[str, str], release: Any, short_way: list[bool]) -> None:
    gzip = "Accept-Encoding: gzip, deflate, br, zstd"
    ours, plain = both
    versioned = f"{TILE}?v={release.digest}"
    [first] = ask(plain, get(versioned, gzip))
    ask(plain, get(TILE.replace(".mvt", ".png"), gzip))
    tag = next(line for line in first[1] if line.startswith(b"etag:")).decode().removeprefix("etag: ")
    requests = [
        (get(versioned, gzip), True),
        (get(TILE, gzip), True),
        (get(TILE.replace(".mvt", ".png"), gzip), True),
        (get(NOTHING, gzip), True),
        (get(versioned, gzip, f"If-None-Match: {tag}"), True),
        (get(TILE, gzip, "connection: keep-alive", f"IF-NONE-MATCH: {tag}  "), True),
        (get(TILE, gzip, 'If-None-Match: "another"'), False),
        (get(TILE, gzip, f'If-None-Match: "another", {tag}'), False),
        (get(TILE, gzip, "If-None-Match: *"), False),
        (get(TILE), False),
        (get(TILE, "Accept-Encoding: gzip;q=0"), False),
        (get(TILE, gzip, "Origin: http://elsewhere.test"), False),
        (get(f"{TILE}?epidemic_level=4", gzip), False),
        (get(f"{TILE}?v={release.digest}&v={release.digest}", gzip), False),
        (get(f"{TILE}?v={'0' * 64}", gzip), False),
        (get("/tiles/communes/6/64/28.mvt", gzip), False),
        (get("/tiles/communes/15/0/0.mvt", gzip), False),
        (get("/tiles/cases/6/50/28.mvt", gzip), False),
        (get("/tiles/communes.json", gzip), False),
        (get("/tiles/%2e%2e/6/50/28.mvt", gzip), False),
        (get(TILE, gzip, "Content-Length: 0"), False),
        (get(TILE, gzip, "Connection: close"), False),
        (get(TILE, gzip, "Upgrade: h2c", "Connection: upgrade"), False),
        (get(TILE, gzip, version="HTTP/1.0"), False),
        (get(TILE, gzip, "Host: other.test"), False),
    ]
    for request, expected in requests:
        short_way.clear()
        assert ask(ours, request) == ask(plain, request), request
        assert any(short_way) is expected, request
    for method in ("HEAD", "POST", "DELETE"):
        status, _, _ = ask(ours, get(TILE, gzip, "Connection: close", method=method))[0]
        assert status == ask(plain, get(TILE, gzip, "Connection: close", method=method))[0][0]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_bytes_may_be_cut_anywhere_and_requests_follow_one_another(
    both: tuple[str, str], data: st.DataObject
) -> None:
    gzip = "Accept-Encoding: gzip"
    some = [get(TILE, gzip), get("/health"), get(NOTHING, gzip), get(TILE, gzip, "Range: bytes=0-1")]
    requests = data.draw(st.lists(st.sampled_from(some), min_size=1, max_size=5))
    sent = b"".join(requests)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(sent) - 1), max_size=6)))
    with connected(both[0]) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start, end in zip([0, *cuts], [*cuts, len(sent)], strict=True):
            connection.sendall(sent[start:end])
        found = read_answers(connection, len(requests))
    assert found == [ask(both[1], request)[0] for request in requests]


def test_tiles_and_other_requests_share_a_connection(both: tuple[str, str], short_way: list[bool]) -> None:
    requests = [get(TILE, "Accept-Encoding: gzip"), get("/health"), get(TILE, "Accept-Encoding: gzip")]
    answers = ask(both[0], *requests)
    assert [status for status, _, _ in answers] == [b"HTTP/1.1 200 OK\r\n"] * 3
    assert answers[0] == answers[2]
    assert short_way == [True, True]


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"Host: a\r\nHost: b",
        b"Host: a\r\n folded: no",
        b"Host: a\r\nname : value",
        b"Host: a\r\nAccept-Encoding: gzip\r\nTransfer-Encoding: chunked",
        b"Host: a\r\nAccept-Encoding: gzip\r\nX: \x00",
        b"Host: a\nAccept-Encoding: gzip",
        b"Host: a\r\nAccept-Encoding: gzip\r\nConnection: close",
        b"Host: a\r\nAccept-Encoding: gzip\r\n",
        b"Host: a\r\nAccept-Encoding: gzip\r\nAuthorization: Bearer secret",
        b"Host: a\r\nAccept-Encoding: gzip\r\nCookie: secret",
    ],
)
def test_what_is_not_plain_is_left_to_the_parser(block: bytes) -> None:
    assert _read_block(block) == (None, False)


def test_secrets_are_not_remembered(app: Any, both: tuple[str, str]) -> None:
    remembered = app.state.tile_protocol.blocks
    secrets = ("Authorization: Bearer hidden", "Cookie: hidden", "Origin: http://hidden.test")
    for line in ("X-Own: seen", *secrets):
        ask(both[0], get(TILE, "Accept-Encoding: gzip", line))
    assert any(b"seen" in block for block in remembered)
    assert not any(b"hidden" in block for block in remembered)


def test_it_is_counted_as_any_request(store: Any, make_release: Any, running: Any) -> None:
    store.publish(make_release())
    app = create_app(store, web_root=None, options=ServiceOptions(prepare=False))
    with running(app, http=app.state.tile_protocol) as base:
        for _ in range(3):
            ask(base, get(TILE, "Accept-Encoding: gzip"))
        metrics = ask(base, get("/metrics"))[0][2].decode()
    line = 'geozone_requests_total{method="GET",route="/tiles/{layers}/{z}/{x}/{y}.mvt",status="200"} 3.0'
    assert line in metrics


def test_a_fault_is_answered_by_the_route(
    both: tuple[str, str], monkeypatch: pytest.MonkeyPatch, short_way: list[bool]
) -> None:
    def fails(*_: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(TileAnswers, "at_once", fails)
    [answer] = ask(both[0], get(TILE, "Accept-Encoding: gzip"))
    assert answer[0] == b"HTTP/1.1 200 OK\r\n"
    assert short_way == [False]
