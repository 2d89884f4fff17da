"""The short way for a page of features that is already in memory: answered before routing begins.

Only answers that the route has made are kept, each under the whole of what it depends on: release,
address, form, compression. So what the route checks has been checked for that very request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace

from fastapi import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from geozone.api.catalogue import Catalogue
from geozone.api.formats import FEATURE_FORMATS
from geozone.api.open_release import OpenRelease
from geozone.api.rendering import Rendering, find_rendering
from geozone.api.respond import GzipStream, accepts_gzip, gzip_stream, unchanged
from geozone.api.service import Service

__all__ = ["FeatureLane", "FinishedPage", "kept_while_sent", "page_key"]

_BEGIN, _END = "/ogc/collections/", "/items"
_ROUTE = SimpleNamespace(path="/ogc/collections/{layer}/items")
_LONGEST = 8 << 20  # bytes, as sent, that are kept of one page


@dataclass(frozen=True, slots=True)
class FinishedPage:
    """A page of features as it was sent.

    Attributes
    ----------
    body : bytes
        As sent, compressed or not.
    headers : dict
        Its headers, type and entity tag among them.
    tag : str
        The entity tag.
    immutable : bool
        Whether its address names its release.
    """

    body: bytes
    headers: dict[str, str]
    tag: str
    immutable: bool

    def __len__(self) -> int:
        return len(self.body)


def page_key(request: Request, release: OpenRelease, form: Rendering) -> Hashable:
    """Name a page of features by all that it depends on.

    Parameters
    ----------
    request : Request
        The request.
    release : OpenRelease
        The release it is read from.
    form : Rendering
        Its form.

    Returns
    -------
    hashable
        Key for the cache.
    """
    return ("features", release.digest, str(request.url), form.variant, accepts_gzip(request))


def kept_while_sent(
    service: Service, key: Hashable, pieces: Iterator[bytes], page: FinishedPage
) -> Iterator[bytes]:
    """Send a long page piece by piece, and keep it if all of it was sent and it is not too long.

    Parameters
    ----------
    service : Service
        Shared state.
    key : hashable
        Name of the page.
    pieces : iterator of bytes
        The page, not compressed.
    page : FinishedPage
        The page without its body.

    Yields
    ------
    bytes
        The page, as its headers say.
    """
    packer = gzip_stream() if "Content-Encoding" in page.headers else None
    sent: list[bytes] = []
    size = 0
    for piece in _compressed(pieces, packer):
        size += len(piece)
        if size <= _LONGEST:
            sent.append(piece)
        yield piece
    if size <= _LONGEST:
        service.pages.put(key, FinishedPage(b"".join(sent), page.headers, page.tag, page.immutable))


def _compressed(pieces: Iterator[bytes], packer: GzipStream | None) -> Iterator[bytes]:
    for piece in pieces:
        packed = piece if packer is None else packer.compress(piece)
        if packed:
            yield packed
    if packer is not None:
        yield packer.flush()


class FeatureLane:
    """ASGI layer that answers pages of features from memory.

    Parameters
    ----------
    app : ASGI application
        What answers everything else.
    service : Service
        Shared state.
    """

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._pages = service.pages
        self._catalogue = service.catalogue

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on.

        Parameters
        ----------
        scope, receive, send : ASGI
            The connection.
        """
        answer = self._answer(scope) if _is_ours(scope) else None
        if answer is None:
            await self._app(scope, receive, send)
            return
        scope["route"] = _ROUTE
        await answer(scope, receive, send)
        await asyncio.sleep(0)  # one client with many requests on one connection does not keep others out

    def _answer(self, scope: Scope) -> Response | None:
        request = Request(scope)
        release = _named_release(self._catalogue, request)
        if release is None:
            return None
        held = self._pages.find(page_key(request, release, find_rendering(request, FEATURE_FORMATS)))
        if held is None:
            return None
        of_the_body = ("Content-Type", "Content-Encoding", "Content-Disposition")
        others = {name: value for name, value in held.headers.items() if name not in of_the_body}
        return unchanged(request, held.tag, immutable=held.immutable, headers=others) or Response(
            held.body, headers=held.headers
        )


def _is_ours(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    path: str = scope["path"]
    return path.startswith(_BEGIN) and path.endswith(_END)


def _named_release(catalogue: Catalogue, request: Request) -> OpenRelease | None:
    if "as_of" in request.query_params:
        return None
    named = request.query_params.get("release", "current")
    return catalogue.current() if named == "current" else catalogue.held(named)
