"""Several processes behind one address: none is needed, none is stale, and the end cuts nobody off."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from geozone.admin import load_units
from geozone.cli import app as command_line
from geozone.release import ReleaseStore
from geozone.workspace import Workspace

pytestmark = pytest.mark.enable_socket
NOW = datetime(2021, 7, 14, 8, tzinfo=UTC)
COLUMNS = ["code", "name", "full_name", "province_code", "province_name", "boundary_quality", "geometry"]


def publish(store: ReleaseStore, decision: str) -> str:
    draft = SimpleNamespace(
        layers={
            "communes": load_units()
            .communes[COLUMNS]
            .assign(cases_total=len(decision), in_zone="none", epidemic_level=1)
        },
        as_of=date(2021, 7, 13),
        rules={},
        edition="2025",
        boundary_quality="approximate",
        counts={},
        warnings=(),
        sources=(),
    )
    return store.publish(draft, decision=decision, created_at=NOW, actor="an").digest


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workers") / "w"
    with Workspace.create(folder, created_at=NOW) as space:
        publish(space.releases, "1/QĐ")
    return folder


@pytest.fixture
def service(root: Path) -> Iterator[SimpleNamespace]:
    """`geozone serve --workers 2`, both at work."""
    geozone = Path(sys.executable).with_name("geozone")
    command = [geozone, "serve", "--workers", "2", "--port", "0", "--workspace", root]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        address = server.stdout.readline().split()[1].rstrip("/")
        until(lambda: len(children(server.pid)) == 2 and answers(address))
        yield SimpleNamespace(process=server, address=address, store=ReleaseStore(root / "releases"))
    finally:
        if server.poll() is None:
            server.send_signal(signal.SIGTERM)
        _, said = server.communicate(timeout=60)
    assert "Traceback" not in said


def children(pid: int) -> list[int]:
    """Workers of a supervisor: its children that are no helper of Python's."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rsplit(")", 1)[1].split()[1])
            words = path.with_name("cmdline").read_bytes()
        except OSError:
            continue
        if parent == pid and b"resource_tracker" not in words:
            found.append(int(path.parent.name))
    return found


def answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health", trust_env=False, timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def until(holds: Any, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.1)


def release_named(address: str) -> str:
    answer = httpx.get(f"{address}/api/v1/releases/current", trust_env=False, timeout=20)
    assert answer.status_code == 200
    return answer.json()["digest"]


def test_no_worker_is_stale_and_the_counts_are_of_all(service: SimpleNamespace) -> None:
    first = release_named(service.address)
    second = publish(service.store, "02/QĐ")
    assert second != first
    assert {release_named(service.address) for _ in range(40)} == {second}
    service.store.set_current(first, at=NOW, actor="an")
    assert {release_named(service.address) for _ in range(40)} == {first}
    text = httpx.get(f"{service.address}/metrics", trust_env=False, timeout=20).text
    counted = [line for line in text.splitlines() if 'route="/api/v1/releases/{digest}"' in line]
    total = [line for line in counted if line.startswith("geozone_requests_total")]
    assert sum(float(line.rsplit(" ", 1)[1]) for line in total) == 81
    assert "geozone_ready 1.0" in text


def test_a_worker_that_is_killed_takes_no_answer_with_it(service: SimpleNamespace) -> None:
    expected = release_named(service.address)
    stop = threading.Event()
    answered: list[str] = []
    cut: list[str] = []

    def ask() -> None:
        with httpx.Client(trust_env=False, timeout=30) as client:
            while not stop.is_set():
                try:
                    answer = client.get(f"{service.address}/api/v1/releases/current")
                except httpx.TransportError as fault:
                    cut.append(type(fault).__name__)  # not answered: asked again
                    continue
                assert answer.status_code == 200
                answered.append(answer.json()["digest"])

    askers = [threading.Thread(target=ask) for _ in range(4)]
    for asker in askers:
        asker.start()
    until(lambda: len(answered) > 40)
    before = children(service.process.pid)
    os.kill(before[0], signal.SIGKILL)
    count = len(answered)
    until(lambda: len(answered) > count + 40)
    until(
        lambda: len(children(service.process.pid)) == 2 and set(children(service.process.pid)) != set(before)
    )
    stop.set()
    for asker in askers:
        asker.join(30)
    assert set(answered) == {expected}
    assert len(cut) <= 4, "a connection of the killed worker is cut once and asked again"


def test_open_streams_and_slow_readers_at_the_end(service: SimpleNamespace) -> None:
    host, port = service.address.removeprefix("http://").split(":")
    reader = socket.create_connection((host, int(port)), timeout=30)
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
    query = "/ogc/collections/communes/items?limit=10000"
    reader.sendall(f"GET {query} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    received = reader.recv(4096)
    assert received.startswith(b"HTTP/1.1 200")
    with httpx.stream("GET", f"{service.address}/api/v1/events", trust_env=False, timeout=30) as stream:
        lines = stream.iter_lines()
        assert next(lines).startswith("retry")
        service.process.send_signal(signal.SIGTERM)
        assert not [line for line in lines if "error" in line], "the stream of events ends by itself"
    while part := reader.recv(1 << 16):
        received += part
    reader.close()
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"transfer-encoding: chunked" in head.lower()
    assert body.endswith(b"0\r\n\r\n"), "whoever was being answered has all of it"
    document = json.loads(unchunked(body))
    assert document["numberReturned"] == len(document["features"]) > 3000
    assert service.process.wait(30) == 0
    assert not answers(service.address)


def unchunked(body: bytes) -> bytes:
    whole = b""
    while True:
        size, _, body = body.partition(b"\r\n")
        if int(size, 16) == 0:
            return whole
        whole, body = whole + body[: int(size, 16)], body[int(size, 16) + 2 :]


def test_the_live_draft_is_held_by_one_process(root: Path) -> None:
    said = CliRunner().invoke(
        command_line, ["serve", "--analyst", "--workers", "2", "--workspace", str(root)]
    )
    assert said.exit_code == 2
    assert "one process" in " ".join(said.output.split())
