"""What the service writes into the head of the page, so that the map need not ask for it first.

The summary of the current release and where its tiles are stand in a block of data, which no policy has to
allow, for it is no script. The page shows the same without it, some round trips later.
"""

from __future__ import annotations

import html
from typing import Any

from fastapi import Request

from geozone.api.base_map_routes import base_map_document
from geozone.api.open_release import OpenRelease
from geozone.api.respond import entity_tag, json_bytes
from geozone.api.service import Service
from geozone.api.summary import summary_document
from geozone.errors import GeozoneError
from geozone.tiles import bounds_of

__all__ = ["PageHead"]

_BEGIN, _END = b'<script type="application/json" id="geozone-first">', b"</script>"


class PageHead:
    """Writes the head of the page.

    Parameters
    ----------
    service : Service
        Shared state.
    accounts : bool
        Whether people sign in: the page is told so, and asks nobody otherwise.
    releases : bool
        Whether anybody may read releases; nothing of one is written where not.
    """

    def __init__(self, service: Service, *, accounts: bool, releases: bool) -> None:
        self._service, self._accounts, self._releases = service, accounts, releases

    def __call__(self, request: Request) -> bytes:
        """Write what comes before ``</head>``.

        Parameters
        ----------
        request : Request
            Names the address that links start with.

        Returns
        -------
        bytes
            HTML; empty where there is nothing to say.
        """
        said = b'<meta name="geozone-accounts" content="yes">' if self._accounts else b""
        base_map = self._service.options.base_map
        if base_map is not None:
            told = html.escape(json_bytes(base_map_document(base_map)).decode())
            said += f'<meta name="geozone-base-map" content="{told}">'.encode()
        return said + (self._first(request) if self._releases else b"")

    def _first(self, request: Request) -> bytes:
        try:
            release = self._service.catalogue.current()
            if release is None:
                return b""
            document = self._document(release, self._service.base_url(request))
        except GeozoneError:
            return b""  # the page asks for the summary, and tells what it is answered
        # A text in it that ends the block would end it for the browser too.
        return _BEGIN + json_bytes(document).replace(b"<", b"\\u003c") + _END

    @staticmethod
    def _document(release: OpenRelease, base: str) -> dict[str, Any]:
        document = summary_document(release, base, "")
        # Only what is open already: the page must not wait for a layer to be read.
        opened = {layer["id"]: release.opened_tiles(layer["id"]) for layer in document["layers"]}
        tiles = {
            name: {
                "tiles": [f"{base}/tiles/{name}/{{z}}/{{x}}/{{y}}.mvt?v={release.digest}"],
                "minzoom": source.min_zoom,
                "maxzoom": source.max_zoom,
                "bounds": [round(edge, 6) for edge in bounds_of([source])],
            }
            for name, source in opened.items()
            if source is not None
        }
        return {"summary": document, "etag": entity_tag(release.digest), "tiles": tiles}
