"""Download a file of boundaries where there is internet: resumable, checksummed, whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import NamedTuple

import httpx

from geozone.errors import ConflictError, GeozoneError, NotFoundError, StoreError
from geozone.types import Progress, no_progress

__all__ = ["BOUNDARIES_LICENCE", "BOUNDARIES_REPOSITORY", "BOUNDARIES_URL", "fetch_boundaries"]

BOUNDARIES_REPOSITORY = "https://github.com/thanglequoc/vietnamese-provinces-database"
"""Public repository of the real outlines of the communes since 2025-07-01."""
BOUNDARIES_URL = f"{BOUNDARIES_REPOSITORY}/raw/HEAD/json/vn_provinces_wards_geojson.zip"
"""Its archive with one GeoJSON file per unit, which `read_units` reads as it is."""
BOUNDARIES_LICENCE = "MIT (vietnamese-provinces-database); outlines: sapnhap.bando.com.vn, credit asked"

_TASK = "download"
_RESUMABLE = (httpx.RemoteProtocolError, httpx.ReadError, httpx.ReadTimeout)


class _Part(NamedTuple):
    """A download that was begun: its bytes, and what they are a part of."""

    data: Path
    about: Path

    def size(self) -> int:
        return self.data.stat().st_size if self.data.is_file() else 0

    def validator(self, url: str) -> str | None:
        """Give the ETag or date of what the bytes are a part of, if it was this URL."""
        try:
            about = json.loads(self.about.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return str(about["validator"]) if about.get("url") == url and about.get("validator") else None

    def begin(self, url: str, response: httpx.Response) -> None:
        etag = response.headers.get("etag", "")
        validator = response.headers.get("last-modified", "") if etag.startswith("W/") else etag
        validator = validator or response.headers.get("last-modified", "")
        self.data.write_bytes(b"")
        self.about.write_text(json.dumps({"url": url, "validator": validator}), encoding="utf-8")

    def drop(self) -> None:
        self.data.unlink(missing_ok=True)
        self.about.unlink(missing_ok=True)


def fetch_boundaries(
    url: str,
    target: str | os.PathLike[str],
    *,
    client: httpx.Client,
    sha256: str | None = None,
    attempts: int = 3,
    progress: Progress = no_progress,
) -> Path:
    """Download a file; an interrupted download is taken up where it stopped.

    Parameters
    ----------
    url : str
        What to download.
    target : path-like
        Where to keep it. While it is incomplete it is ``<target>.part``, with ``<target>.part.json``
        beside it; the target itself is only ever complete.
    client : httpx.Client
        Client to use; proxies, certificates and time limits are its own.
    sha256 : str, optional
        Checksum that the file must have, hexadecimal.
    attempts : int
        How often a connection that breaks is taken up again before giving up.
    progress : Progress
        Told of the bytes received.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    NotFoundError
        If the server has no such file.
    ConflictError
        If the file does not have the checksum; it is not kept.
    StoreError
        If the disk refuses.
    GeozoneError
        If the server cannot be reached, refuses, or breaks off every time; what was received is kept,
        and the next call goes on from there.
    """
    goal = Path(target)
    part = _Part(goal.with_name(goal.name + ".part"), goal.with_name(goal.name + ".part.json"))
    try:
        goal.parent.mkdir(parents=True, exist_ok=True)
        for left in range(attempts - 1, -1, -1):
            try:
                _receive(url, part, client, progress)
                break
            except _RESUMABLE as error:
                if left == 0:
                    text = f"{url}: the connection broke after {part.size():,} bytes; run it again to go on"
                    raise GeozoneError(text) from error
        _check(part, sha256, url)
        part.data.replace(goal)
        part.about.unlink(missing_ok=True)
    except httpx.HTTPError as error:
        raise GeozoneError(f"{url}: cannot be reached ({error or type(error).__name__})") from error
    except OSError as error:
        raise StoreError(f"{goal.name}: cannot be written ({error.strerror or error})") from error
    return goal


def _receive(url: str, part: _Part, client: httpx.Client, progress: Progress) -> None:
    """Receive what is missing: from the start, unless the server goes on with the same file."""
    validator, have = part.validator(url), part.size()
    resuming = validator is not None and have > 0
    headers = {"Accept-Encoding": "identity"}
    if resuming and validator is not None:
        headers |= {"Range": f"bytes={have}-", "If-Range": validator}
    with client.stream("GET", url, headers=headers, follow_redirects=True) as response:
        if resuming and response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            if response.headers.get("content-range") == f"bytes */{have}":
                progress(_TASK, have, have)
                return
            part.drop()
            raise httpx.ReadError(f"the server's file is not the one begun at {have} bytes")
        _refuse_status(url, response)
        if response.status_code == httpx.codes.PARTIAL_CONTENT and not _goes_on(response, have):
            part.drop()
            raise httpx.ReadError("the server sent another part than was asked for")
        if response.status_code != httpx.codes.PARTIAL_CONTENT:
            part.begin(url, response)
            have = 0
        length = response.headers.get("content-length")
        total = have + int(length) if length and length.isdigit() else None
        progress(_TASK, have, total)
        with part.data.open("ab") as stream:
            for block in response.iter_raw():
                stream.write(block)
                have += len(block)
                progress(_TASK, have, total)
            stream.flush()
            os.fsync(stream.fileno())
        if total is not None and have != total:
            raise httpx.ReadError(f"{have} bytes of {total}")


def _goes_on(response: httpx.Response, have: int) -> bool:
    return str(response.headers.get("content-range", "")).startswith(f"bytes {have}-")


def _refuse_status(url: str, response: httpx.Response) -> None:
    status = response.status_code
    if status in (httpx.codes.NOT_FOUND, httpx.codes.GONE):
        raise NotFoundError(f"{url}: the server has no such file ({status})")
    if status not in (httpx.codes.OK, httpx.codes.PARTIAL_CONTENT):
        raise GeozoneError(f"{url}: the server answered {status} {response.reason_phrase}".rstrip())


def _check(part: _Part, sha256: str | None, url: str) -> None:
    if sha256 is None:
        return
    digest = hashlib.sha256()
    with part.data.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    if digest.hexdigest() != sha256.strip().lower():
        part.drop()
        raise ConflictError(f"{url}: the file has the checksum {digest.hexdigest()}, not {sha256}; not kept")
