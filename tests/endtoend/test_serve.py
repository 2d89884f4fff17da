"""`geozone serve` as a process: the address printed answers at once, and it ends when told to."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from pytest_socket import SocketConnectBlockedError


@pytest.mark.enable_socket
def test_the_address_printed_answers_before_any_release_and_the_service_ends_when_told(
    tmp_path: Path,
) -> None:
    geozone = Path(sys.executable).with_name("geozone")
    subprocess.run([geozone, "init", "w"], cwd=tmp_path, check=True, capture_output=True)
    server = subprocess.Popen(
        [geozone, "serve", "--port", "0"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        address = server.stdout.readline().split()[1]
        with urllib.request.urlopen(f"{address}health", timeout=60) as answer:
            assert answer.status == 200
        with (
            pytest.raises(urllib.error.HTTPError) as refused,
            urllib.request.urlopen(f"{address}ready", timeout=60),
        ):
            pass
        assert refused.value.code == 503
        refused.value.close()
    finally:
        server.send_signal(signal.SIGTERM)
        _, said = server.communicate(timeout=60)
    assert "No release yet" in said
    assert "Traceback" not in said


def test_the_network_is_blocked_in_tests() -> None:
    with pytest.raises((SocketConnectBlockedError, UserWarning), match=r"192\.0\.2\.1"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
