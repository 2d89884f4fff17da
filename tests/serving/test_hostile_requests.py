"""What no honest client sends is refused in one shape, and what is dear is bounded."""

from __future__ import annotations

import contextlib
import socket
from typing import Any

import httpx
import pytest

from tests.serving.hostile_addresses import ADDRESSES, HEAVY

INTERNAL = (
    "traceback", "/releases", "site-packages", ".py", "shapely", "geos", "pyproj", "numpy", "pandas", "cql2.",
    "keyerror", "valueerror", "typeerror", "expected expr", "-->", "<class", "0x",
)  # fmt: skip


def test_the_list_is_long_enough() -> None:
    assert len(set(ADDRESSES)) == len(ADDRESSES) >= 60


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: address[:90])
def test_hostile_requests_are_refused_with_a_problem(client: Any, address: str) -> None:
    answer = client.get(address)
    assert 400 <= answer.status_code < 500, answer.text[:300]
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert document["status"] == answer.status_code
    assert len(answer.content) < 1500
    said = (document["detail"] + str(document.get("errors", ""))).lower()
    assert not [word for word in INTERNAL if word in said], said


@pytest.mark.parametrize("address", HEAVY, ids=lambda address: address[:90])
def test_dear_requests_are_answered_or_refused(client: Any, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code in (200, 400), answer.text[:300]


def test_a_filter_over_its_time_is_refused(client: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("geozone.api.table._FILTER_SECONDS", -1.0)
    answer = client.get(f"{HEAVY[0]}&limit=3")  # not one that is in memory
    assert answer.status_code == 400
    assert "longer to work out" in answer.json()["errors"][0]["reason"]


def test_a_megabyte_of_filter_is_refused_and_the_service_goes_on(server: str) -> None:
    host, port = server.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        # The service may answer, or close, before it has read everything.
        with contextlib.suppress(ConnectionError):
            connection.sendall(b"GET /ogc/collections/communes/items?filter=" + b"x" * 1_000_000)
            connection.sendall(b" HTTP/1.1\r\nHost: geo.test\r\nConnection: close\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            assert connection.recv(4096)[:10] == b"HTTP/1.1 4"
    assert httpx.get(f"{server}/ogc", timeout=30).status_code == 200
