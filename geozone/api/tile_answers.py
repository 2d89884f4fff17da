"""Tiles answered the short way: a plain request for a tile of a known release, before routing begins.

It handles only the form of request that maps send: no filter, gzip accepted, at most one tag held.
Anything else goes on to the route, which knows every case and says what is wrong. Nothing here waits:
a tile is in memory, or little enough work to be drawn at once, or left to a thread.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from geozone.api.catalogue import Catalogue
from geozone.api.open_release import OpenRelease
from geozone.api.packed_tile import KINDS, PackedTile, TileKind
from geozone.api.problems import ProblemError
from geozone.api.respond import IMMUTABLE, REVALIDATE
from geozone.api.service import Service
from geozone.api.tile_sets import TileSet, open_tile_set

__all__ = ["Asked", "Header", "TileAnswers", "answer", "plain_conditions"]

_PATH = re.compile(
    r"/tiles/([a-z_,]{1,200})/(0|[1-9]\d?)/(0|[1-9]\d{0,6})/(0|[1-9]\d{0,6})(@2x\.png|\.png|\.mvt)"
)
_VERSION = re.compile(rb"v=([0-9a-f]{64})")
_KNOWN = 64  # releases and lists of layers that stay open
_AT_ONCE = 8_000  # vertices: a millisecond or so; more would keep other requests waiting
_CACHING = {True: IMMUTABLE.encode(), False: REVALIDATE.encode()}

Header = tuple[bytes, bytes]


class Asked(NamedTuple):
    """A tile that exists.

    Attributes
    ----------
    tiles : TileSet
        What it is drawn from.
    address : tuple of int
        Zoom, column, row; inside the pyramid.
    kind : TileKind
        Vectors or a picture.
    route : str
        Template of its route, for logs and metrics.
    immutable : bool
        Whether the address names its release.
    """

    tiles: TileSet
    address: tuple[int, int, int]
    kind: TileKind
    route: str
    immutable: bool


class TileAnswers:
    """What a plain request for a tile is answered.

    Parameters
    ----------
    service : Service
        Shared state.
    """

    def __init__(self, service: Service) -> None:
        self._catalogue = service.catalogue
        self._held = service.tiles
        self._opened: dict[tuple[str, str], TileSet] = {}

    def read(self, path: str, query: bytes) -> Asked | None:
        """Read the address of a tile.

        Parameters
        ----------
        path : str
            Path of the request.
        query : bytes
            Its query.

        Returns
        -------
        Asked or None
            ``None`` where it is not of the plain form, or there is no such tile.
        """
        found = _PATH.fullmatch(path)
        if found is None:
            return None
        release, immutable = _release(self._catalogue, query)
        if release is None:
            return None
        layers, *numbers, end = found.groups()
        zoom, x, y = map(int, numbers)
        tiles = self._tile_set(release, layers)
        if tiles is None or x >= 1 << zoom or y >= 1 << zoom:
            return None
        route = f"/tiles/{{layers}}/{{z}}/{{x}}/{{y}}{end}"
        return Asked(tiles, (zoom, x, y), KINDS[end], route, immutable)

    def at_once(self, asked: Asked) -> PackedTile | None:
        """Take a tile from memory, or draw it if that is little work.

        Parameters
        ----------
        asked : Asked
            The tile.

        Returns
        -------
        PackedTile or None
            ``None`` where it must be drawn in a thread.
        """
        tiles, kind = asked.tiles, asked.kind
        key = (tiles.content, kind.id, *asked.address)
        packed = self._held.find(key)
        if packed is not None or kind.size:
            return packed
        effort = tiles.effort(*asked.address)
        if effort is None or effort > _AT_ONCE:
            return None
        return self._held.get(key, lambda: PackedTile.of(tiles.tile(*asked.address), kind.media_type))

    def _tile_set(self, release: OpenRelease, layers: str) -> TileSet | None:
        known = self._opened.get((release.digest, layers))
        if known is None or known.release is not release:
            try:
                known = open_tile_set(release, layers)
            except ProblemError:
                return None
            # A release that the catalogue has closed must not be held open here.
            self._opened = {
                key: tiles
                for key, tiles in self._opened.items()
                if self._catalogue.held(key[0]) is tiles.release
            }
            if len(self._opened) < _KNOWN:
                self._opened[release.digest, layers] = known
        return known


def answer(packed: PackedTile, held: bytes | None, *, immutable: bool) -> tuple[int, list[Header]] | None:
    """Say what a tile is sent with.

    Parameters
    ----------
    packed : PackedTile
        The tile.
    held : bytes, optional
        Tag that the client holds.
    immutable : bool
        Whether the address names its release.

    Returns
    -------
    tuple of int and list, or None
        Status and headers; ``None`` where the tag is of another form and the route must compare.
    """
    tag = packed.tag.encode()
    if held is not None and held != tag:
        return None
    headers = [(b"vary", b"Accept-Encoding"), (b"etag", tag), (b"cache-control", _CACHING[immutable])]
    if held is not None:
        return 304, headers
    if not packed.body:
        return 204, headers
    headers += [
        (b"content-type", packed.media_type.encode()),
        (b"content-length", str(len(packed)).encode()),
    ]
    return 200, headers + ([(b"content-encoding", b"gzip")] if packed.compressed else [])


def plain_conditions(headers: Iterable[Header]) -> tuple[bytes | None, bool]:
    """Read the tag that the client holds, and whether its request is of the plain form.

    Parameters
    ----------
    headers : iterable of tuple
        Names in lower case, and values.

    Returns
    -------
    held : bytes or None
        The tag.
    plain : bool
        Whether gzip is accepted, and no other origin asks.
    """
    held, packed = None, False
    for name, value in headers:
        if name == b"accept-encoding":
            packed = b"gzip" in value and b";" not in value
        elif name == b"if-none-match":
            held = value
        elif name == b"origin":
            return None, False
    return held, packed


def _release(catalogue: Catalogue, query: bytes) -> tuple[OpenRelease | None, bool]:
    if not query:
        return catalogue.current(), False
    version = _VERSION.fullmatch(query)
    return (catalogue.held(version[1].decode()), True) if version is not None else (None, False)
