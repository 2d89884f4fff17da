"""The map page: built files, served with a policy that lets nothing in from another host."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from fastapi import APIRouter, Request
from starlette.responses import Response

from geozone.api.problems import ProblemError
from geozone.api.respond import entity_tag, respond, unchanged

__all__ = ["PAGE_POLICY", "WebFolder", "web_router"]

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Content security policy of the map page."""

_NOT_BUILT = """<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><title>geozone</title></head>
<body><h1>geozone</h1>
<p>Trang bản đồ chưa được dựng. / The map page has not been built.</p>
<p><code>pip install .</code> dựng trang bản đồ. / builds it; in a checkout:
<code>npm ci &amp;&amp; npm run build</code> (<code>web/</code>).</p>
<p>API: <a href="/docs">/docs</a>, <a href="/ogc">/ogc</a>, <a href="/api/v1/summary">/api/v1/summary</a></p>
</body></html>
"""
_HASHED = re.compile(r"^assets/.+[-.][A-Za-z0-9_-]{8,}\.\w+$")
_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".woff2": "font/woff2",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".html": "text/html; charset=utf-8",
}


class _File(NamedTuple):
    body: bytes
    media_type: str
    tag: str
    immutable: bool


class WebFolder:
    """The files of the built page, read into memory when first asked for.

    Parameters
    ----------
    root : Path or None
        The folder.
    """

    def __init__(self, root: Path | None) -> None:
        self._root = root
        self._read: dict[str, tuple[tuple[int, int], _File]] = {}

    def find(self, path: str) -> _File | None:
        """Read a file, unless it has been read and has not changed.

        Parameters
        ----------
        path : str
            Path below the folder, as in the address.

        Returns
        -------
        File or None
            ``None`` where there is no such file inside the folder.
        """
        if self._root is None or "\0" in path or "\\" in path or len(path) > 500:
            return None
        parts = path.split("/")
        if any(part in ("", ".", "..") or part.startswith(".") for part in parts):
            return None
        target = self._root.joinpath(*parts)
        try:
            if not target.is_file() or not target.resolve().is_relative_to(self._root.resolve()):
                return None
            status = target.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            held = self._read.get(path)
            if held is None or held[0] != stamp:
                held = self._read[path] = (stamp, self._load(target, path))
        except OSError:
            return None
        return held[1]

    def _load(self, target: Path, path: str) -> _File:
        body = target.read_bytes()
        media_type = _TYPES.get(target.suffix) or mimetypes.guess_type(target.name)[0]
        tag = entity_tag(hashlib.sha256(body).hexdigest())
        return _File(body, media_type or "application/octet-stream", tag, bool(_HASHED.match(path)))


def web_router(root: Path | None, *, head: Callable[[Request], bytes] = lambda _: b"") -> APIRouter:
    """Make the routes of the map page: ``/`` and every file of its folder.

    Parameters
    ----------
    root : Path or None
        Folder of the built page; may be absent.
    head : callable
        Writes what the page is told in its head.

    Returns
    -------
    APIRouter
        The routes; add them last, for they match every path.
    """
    router = APIRouter(include_in_schema=False)
    folder = WebFolder(root)

    @router.get("/")
    def page(request: Request) -> Response:
        """Send the map."""
        found = folder.find("index.html")
        if found is None:
            body = _NOT_BUILT.encode()
            return respond(
                request, body, media_type="text/html; charset=utf-8", tag=None, headers=_page_headers()
            )
        return _send(request, _with_head(found, head(request)))

    @router.get("/{path:path}")
    def file(request: Request, path: str) -> Response:
        """Send a file of the page."""
        found = folder.find(path)
        if found is None:
            raise ProblemError(404, "There is nothing at this address.")
        return _send(request, found)

    return router


def _with_head(page: _File, head: bytes) -> _File:
    if not head:
        return page
    body = page.body.replace(b"</head>", head + b"</head>", 1)
    return _File(body, page.media_type, entity_tag(hashlib.sha256(body).hexdigest()), page.immutable)


def _send(request: Request, found: _File) -> Response:
    # A 304 carries the policy too: browsers put its headers in place of those that they hold.
    return unchanged(request, found.tag, immutable=found.immutable, headers=_page_headers()) or respond(
        request,
        found.body,
        media_type=found.media_type,
        tag=found.tag,
        immutable=found.immutable,
        # Scripts too: a worker is held to the policy of its own file, not of the page that starts it.
        headers=_page_headers(),
    )


def _page_headers() -> dict[str, str]:
    return {"Content-Security-Policy": PAGE_POLICY}
