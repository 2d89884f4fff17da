"""What every route shares: the catalogue, the caches, and how an answer names its release."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from fastapi import Request
from fastapi.dependencies.models import Dependant
from starlette.responses import Response

from geozone.api.byte_cache import ByteCache
from geozone.api.catalogue import Catalogue
from geozone.api.open_release import GeometryPool, OpenRelease
from geozone.api.options import ServiceOptions
from geozone.api.packed_tile import PackedTile
from geozone.api.parameters import check_query
from geozone.api.problems import ProblemError
from geozone.api.protocols import Releases
from geozone.api.respond import entity_tag, json_bytes, respond, unchanged

__all__ = ["Service", "declared_query", "strict_query"]

_DRAWING_THREADS = 2
_HOST = re.compile(r"[A-Za-z0-9.\-_]{1,253}(:\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:\d{1,5})?")


class Service:
    """Shared state of one application.

    Parameters
    ----------
    releases : Releases
        The store.
    options : ServiceOptions
        Options.
    geometries : GeometryPool, optional
        Where tile geometry is shared; a new one by default.
    """

    def __init__(
        self, releases: Releases, options: ServiceOptions, *, geometries: GeometryPool | None = None
    ) -> None:
        self.options = options
        self.catalogue = Catalogue(releases, options, geometries=geometries)
        self.tiles: ByteCache[PackedTile] = ByteCache(options.tile_cache_bytes)
        self.pages: ByteCache[Any] = ByteCache(options.page_cache_bytes)
        # Few, for they hold the interpreter most of the time: more would only wait for one another.
        self.drawing = ThreadPoolExecutor(_DRAWING_THREADS, thread_name_prefix="tile")

    def base_url(self, request: Request) -> str:
        """Find the address that links start with.

        Parameters
        ----------
        request : Request
            The request.

        Returns
        -------
        str
            Scheme, host and root path, without a slash at the end.

        Raises
        ------
        ProblemError
            400 if the request names a host that cannot be one.
        """
        if self.options.base_url is not None:
            return self.options.base_url.rstrip("/")
        if not _HOST.fullmatch(request.headers.get("host", "localhost")):
            raise ProblemError(400, "The Host header is not a host name.")
        return str(request.base_url).rstrip("/")

    def answer(
        self,
        request: Request,
        release: OpenRelease,
        make: Callable[[], Any],
        *,
        media_type: str = "application/json",
        headers: dict[str, str] | None = None,
        variant: str = "",
        lasting: bool = True,
    ) -> Response:
        """Answer with a document made from one release: 304, from memory, or made now.

        Parameters
        ----------
        request : Request
            The request.
        release : OpenRelease
            The release it is made from.
        make : callable
            Makes the document: bytes, or what JSON encodes.
        media_type : str
            Its type.
        headers : dict, optional
            Further headers.
        variant : str
            Which of several answers at the same address.
        lasting : bool
            Whether an address that names its release will always have this answer.

        Returns
        -------
        Response
            The answer.
        """
        tag = entity_tag(release.digest, variant)
        immutable = lasting and request.query_params.get("release") == release.digest
        fresh = unchanged(request, tag, immutable=immutable, headers=headers)
        if fresh is not None:
            return fresh

        def body() -> bytes:
            document = make()
            return document if isinstance(document, bytes) else json_bytes(document)

        key = (release.digest, str(request.url), variant)
        content = self.pages.get(key, body)
        return respond(request, content, media_type=media_type, tag=tag, immutable=immutable, headers=headers)


def strict_query(request: Request) -> None:
    """Refuse query parameters that the route does not declare.

    Parameters
    ----------
    request : Request
        The request, already routed.
    """
    check_query(request, declared_query(request))


def declared_query(request: Request) -> set[str]:
    """List the query parameters that the route of a request declares.

    Parameters
    ----------
    request : Request
        The request, already routed.

    Returns
    -------
    set of str
        Their names.
    """
    return _query_names(request.scope["route"].dependant)


def _query_names(dependant: Dependant) -> set[str]:
    own = {field.alias for field in dependant.query_params}
    return own.union(*(_query_names(inner) for inner in dependant.dependencies))
