"""A tile as it is sent: compressed once, tagged by what it shows."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from geozone.api.respond import IMMUTABLE, REVALIDATE, accepts_gzip, entity_tag, gzip_bytes, unchanged

__all__ = ["KINDS", "PNG_TYPE", "VECTOR_TYPE", "PackedTile", "TileKind"]

VECTOR_TYPE = "application/vnd.mapbox-vector-tile"
PNG_TYPE = "image/png"


class TileKind(NamedTuple):
    """A form that tiles come in.

    Attributes
    ----------
    id : str
        Its name in caches and documents.
    media_type : str
        Its type.
    size : int
        Pixels along a side of a picture; 0 for vectors.
    title : str
        For people.
    """

    id: str
    media_type: str
    size: int
    title: str


# The longer endings first: a route takes the first that fits.
KINDS = {
    "@2x.png": TileKind("png2x", PNG_TYPE, 512, "Picture of 512 pixels, for dense screens"),
    ".png": TileKind("png", PNG_TYPE, 256, "Picture of 256 pixels, transparent where nothing is drawn"),
    ".mvt": TileKind("mvt", VECTOR_TYPE, 0, "Mapbox vector tile 2.1"),
}
"""Forms by the ending of the address."""


@dataclass(frozen=True, slots=True)
class PackedTile:
    """A finished tile.

    Attributes
    ----------
    tag : str
        Entity tag, made from the tile's own bytes: a tile that a new release does not change keeps it.
    body : bytes
        What is sent; a vector tile is compressed. Empty where nothing is drawn.
    media_type : str
        Type of the tile.
    """

    tag: str
    body: bytes
    media_type: str

    @classmethod
    def of(cls, content: bytes, media_type: str) -> PackedTile:
        """Pack a tile.

        Parameters
        ----------
        content : bytes
            The tile, not compressed.
        media_type : str
            Its type.

        Returns
        -------
        PackedTile
            The tile to send.
        """
        tag = entity_tag(hashlib.sha256(content).hexdigest())
        is_vector = media_type == VECTOR_TYPE
        return cls(tag, gzip_bytes(content) if content and is_vector else content, media_type)

    def __len__(self) -> int:
        return len(self.body)

    @property
    def compressed(self) -> bool:
        """Whether what is sent is compressed beyond its own format."""
        return self.media_type == VECTOR_TYPE

    def respond(self, request: Request, *, immutable: bool) -> Response:
        """Answer with the tile, or 304.

        Parameters
        ----------
        request : Request
            The request.
        immutable : bool
            Whether the address names its release.

        Returns
        -------
        Response
            200, 204 where nothing is drawn, or 304.
        """
        fresh = unchanged(request, self.tag, immutable=immutable)
        if fresh is not None:
            return fresh
        headers = {
            "ETag": self.tag,
            "Vary": "Accept-Encoding",
            "Cache-Control": IMMUTABLE if immutable else REVALIDATE,
        }
        if not self.body:
            return Response(status_code=204, headers=headers)
        if not self.compressed:
            return Response(self.body, headers=headers, media_type=self.media_type)
        if accepts_gzip(request):
            headers["Content-Encoding"] = "gzip"
            return Response(self.body, headers=headers, media_type=self.media_type)
        return Response(zlib.decompress(self.body, 31), headers=headers, media_type=self.media_type)
