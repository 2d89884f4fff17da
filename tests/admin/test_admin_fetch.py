"""Downloading, against a server on the loopback that breaks off, ignores ranges and lies."""

from __future__ import annotations

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from geozone.admin.fetch import BOUNDARIES_URL, fetch_boundaries
from geozone.errors import ConflictError, GeozoneError, NotFoundError, StoreError

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]

CONTENT = bytes(range(256)) * 2000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = CONTENT
        self.etag = '"one"'
        self.break_after: list[int] = []
        self.ranges = True
        self.seen: list[dict[str, str]] = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/boundaries.zip"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self):
        server = self.server
        server.seen.append(dict(self.headers))
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", server.url)
            self.end_headers()
            return
        if self.path != "/boundaries.zip":
            self.send_error(404 if self.path == "/none" else 503)
            return
        start = 0
        asked = self.headers.get("Range")
        if asked and server.ranges and self.headers.get("If-Range") == server.etag:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
        if start >= len(server.content):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(server.content)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = server.content[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header(
                "Content-Range", f"bytes {start}-{len(server.content) - 1}/{len(server.content)}"
            )
        if server.etag:
            self.send_header("ETag", server.etag)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        stop = server.break_after.pop(0) if server.break_after else len(body)
        self.wfile.write(body[:stop])

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def client():
    with httpx.Client(trust_env=False, timeout=5) as opened:
        yield opened


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_whole_download_with_progress_and_checksum(server, client, tmp_path):
    told = []
    file = fetch_boundaries(
        server.url,
        tmp_path / "new" / "b.zip",
        client=client,
        sha256=SHA256.upper(),
        progress=lambda *step: told.append(step),
    )
    assert file.read_bytes() == CONTENT
    assert names(file.parent) == ["b.zip"]
    assert told[0][1:] == (0, len(CONTENT))
    assert told[-1][1:] == (len(CONTENT), len(CONTENT))


def test_a_broken_connection_is_taken_up_where_it_stopped(server, client, tmp_path):
    server.break_after = [100_000, 50_000]
    file = fetch_boundaries(server.url, tmp_path / "b.zip", client=client, sha256=SHA256)
    assert file.read_bytes() == CONTENT
    assert [request.get("Range") for request in server.seen] == [None, "bytes=100000-", "bytes=150000-"]
    assert server.seen[1]["If-Range"] == '"one"'


def test_what_was_received_is_kept_for_the_next_call(server, client, tmp_path):
    server.break_after = [1000, 1000]
    with pytest.raises(GeozoneError, match="2,000 bytes"):
        fetch_boundaries(server.url, tmp_path / "b.zip", client=client, attempts=2)
    assert names(tmp_path) == ["b.zip.part", "b.zip.part.json"]
    file = fetch_boundaries(server.url, tmp_path / "b.zip", client=client, sha256=SHA256)
    assert server.seen[-1]["Range"] == "bytes=2000-"
    assert file.read_bytes() == CONTENT
    assert names(tmp_path) == ["b.zip"]


def test_a_server_without_ranges_starts_again(server, client, tmp_path):
    server.ranges = False
    server.break_after = [1000]
    file = fetch_boundaries(server.url, tmp_path / "b.zip", client=client, sha256=SHA256)
    assert file.read_bytes() == CONTENT


def test_a_file_that_changed_meanwhile_starts_again(server, client, tmp_path):
    server.break_after = [1000]
    with pytest.raises(GeozoneError):
        fetch_boundaries(server.url, tmp_path / "b.zip", client=client, attempts=1)
    server.etag, server.content = '"two"', CONTENT[::-1]
    file = fetch_boundaries(server.url, tmp_path / "b.zip", client=client)
    assert file.read_bytes() == CONTENT[::-1]


def test_a_server_without_etags_is_never_resumed(server, client, tmp_path):
    server.etag = ""
    server.break_after = [1000]
    file = fetch_boundaries(server.url, tmp_path / "b.zip", client=client, sha256=SHA256)
    assert file.read_bytes() == CONTENT
    assert all("Range" not in request for request in server.seen)


def test_another_address_does_not_continue_this_one(server, client, tmp_path):
    server.break_after = [1000]
    with pytest.raises(GeozoneError):
        fetch_boundaries(server.url, tmp_path / "b.zip", client=client, attempts=1)
    moved = server.url.replace("/boundaries.zip", "/moved")
    assert fetch_boundaries(moved, tmp_path / "b.zip", client=client).read_bytes() == CONTENT
    assert "Range" not in server.seen[-1]


def test_a_part_that_is_complete_already_is_only_checked(server, client, tmp_path):
    server.break_after = [1000]
    with pytest.raises(GeozoneError):
        fetch_boundaries(server.url, tmp_path / "b.zip", client=client, attempts=1)
    (tmp_path / "b.zip.part").write_bytes(CONTENT)
    file = fetch_boundaries(server.url, tmp_path / "b.zip", client=client, sha256=SHA256)
    assert file.read_bytes() == CONTENT


def test_a_wrong_checksum_keeps_the_old_file_and_drops_the_new(server, client, tmp_path):
    (tmp_path / "b.zip").write_bytes(b"old")
    with pytest.raises(ConflictError, match=SHA256):
        fetch_boundaries(server.url, tmp_path / "b.zip", client=client, sha256="0" * 64)
    assert (tmp_path / "b.zip").read_bytes() == b"old"
    assert names(tmp_path) == ["b.zip"]


def test_errors_of_the_server_are_told(server, client, tmp_path):
    with pytest.raises(NotFoundError, match="404"):
        fetch_boundaries(server.url.replace("boundaries.zip", "none"), tmp_path / "b", client=client)
    with pytest.raises(GeozoneError, match="503"):
        fetch_boundaries(server.url.replace("boundaries.zip", "busy"), tmp_path / "b", client=client)
    assert names(tmp_path) == []


def test_a_server_that_is_not_there(client, tmp_path):
    with pytest.raises(GeozoneError, match="cannot be reached"):
        fetch_boundaries("http://127.0.0.1:9/x", tmp_path / "b", client=client)


def test_a_disk_that_refuses(server, client, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError):
        fetch_boundaries(server.url, tmp_path / "file" / "b.zip", client=client)


def test_the_public_address_is_the_repository_s_archive_of_outlines():
    assert BOUNDARIES_URL.startswith("https://github.com/thanglequoc/vietnamese-provinces-database/")
    assert BOUNDARIES_URL.endswith(".zip")
