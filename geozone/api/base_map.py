"""A map beneath the map, only where one is configured: a PMTiles file, or tiles of another server.

It is sent as a part of this service, so that the page still asks no other host, and the other server never
learns who looks where.
"""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

from pmtiles.reader import MmapSource, Reader
from pmtiles.tile import Compression, MagicNumberNotFound, SpecVersionUnsupported, TileType

from geozone.api.byte_cache import ByteCache
from geozone.errors import DataError, Fault, StoreError

__all__ = ["BaseMap", "BaseTile", "FileBaseMap", "ServerBaseMap", "open_base_map"]

_KINDS: Final = {
    TileType.MVT: "application/vnd.mapbox-vector-tile",
    TileType.PNG: "image/png",
    TileType.JPEG: "image/jpeg",
    TileType.WEBP: "image/webp",
}
_SIGNATURES: Final = ((b"\x89PNG\r\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"RIFF", "image/webp"))
_MOST_BYTES = 2 << 20
_HELD_BYTES = 32 << 20
_MOST_ZOOM = 18


class BaseTile(NamedTuple):
    """One tile."""

    content: bytes
    media_type: str

    def __len__(self) -> int:
        """Bytes of the tile."""
        return len(self.content)


class BaseMap(Protocol):
    """What the routes need of a base map."""

    @property
    def about(self) -> dict[str, Any]:
        """Kind (``vector`` or ``raster``), zooms, bounds, layers and whom to name."""
        ...

    def tile(self, zoom: int, x: int, y: int) -> BaseTile | None:
        """Give a tile; ``None`` where there is nothing. `StoreError` where it cannot be had."""
        ...


class FileBaseMap:
    """Tiles of a PMTiles file, vectors or pictures.

    Parameters
    ----------
    path : Path
        The file.
    attribution : str
        Whom to name on the map; what the file says by default.

    Raises
    ------
    DataError
        If the file cannot be read, or holds another kind of tile.
    """

    def __init__(self, path: Path, attribution: str = "") -> None:
        try:
            with path.open("rb") as stream:  # the memory map outlives it
                self._reader = Reader(MmapSource(stream))
            header, metadata = self._reader.header(), self._reader.metadata()
        except (OSError, ValueError, KeyError, MagicNumberNotFound, SpecVersionUnsupported) as error:
            found = str(error) or type(error).__name__
            raise DataError(str(path), [Fault(None, None, found, "a PMTiles file, version 3")]) from error
        kind = header["tile_type"]
        if kind not in _KINDS:
            raise DataError(str(path), [Fault(None, "tiles", str(kind), "vectors (MVT), PNG, JPEG or WebP")])
        self._media_type = _KINDS[kind]
        self._packed = header["tile_compression"] == Compression.GZIP
        edges = [header[f"{name}_e7"] / 1e7 for name in ("min_lon", "min_lat", "max_lon", "max_lat")]
        self.about: dict[str, Any] = {
            "kind": "vector" if kind is TileType.MVT else "raster",
            "minzoom": header["min_zoom"],
            "maxzoom": header["max_zoom"],
            "bounds": edges,
            "layers": [str(layer["id"]) for layer in metadata.get("vector_layers", [])],
            "attribution": attribution or str(metadata.get("attribution", "")),
        }

    def tile(self, zoom: int, x: int, y: int) -> BaseTile | None:
        """Read a tile."""
        content = self._reader.get(zoom, x, y)
        if not content:
            return None
        return BaseTile(gzip.decompress(content) if self._packed else content, self._media_type)


class ServerBaseMap:
    """Pictures of another server, fetched by this one and held for a while.

    Parameters
    ----------
    address : str
        Address with ``{z}``, ``{x}`` and ``{y}``.
    fetch : callable
        Gets an address: its bytes, or ``None`` where there is nothing; `StoreError` where it fails.
    attribution : str
        Whom to name on the map.
    """

    def __init__(self, address: str, fetch: Callable[[str], bytes | None], attribution: str = "") -> None:
        self._address, self._fetch = address, fetch
        self._held: ByteCache[BaseTile] = ByteCache(_HELD_BYTES)
        self._few = threading.Semaphore(4)
        self.about: dict[str, Any] = {
            "kind": "raster",
            "minzoom": 0,
            "maxzoom": _MOST_ZOOM,
            "bounds": [-180.0, -85.05, 180.0, 85.05],
            "layers": [],
            "attribution": attribution,
        }

    def tile(self, zoom: int, x: int, y: int) -> BaseTile | None:
        """Fetch a tile, unless it is held."""
        found = self._held.get((zoom, x, y), lambda: self._ask(zoom, x, y))
        return found if found.content else None

    def _ask(self, zoom: int, x: int, y: int) -> BaseTile:
        with self._few:
            content = self._fetch(self._address.format(z=zoom, x=x, y=y)) or b""
        if not content:
            return BaseTile(b"", "")
        media_type = next((kind for begin, kind in _SIGNATURES if content.startswith(begin)), None)
        if media_type is None or len(content) > _MOST_BYTES:
            raise StoreError("the server of the base map sent something else than a picture")
        return BaseTile(content, media_type)


def open_base_map(named: str, fetch: Callable[[str], bytes | None], attribution: str = "") -> BaseMap:
    """Open the base map that a setting names.

    Parameters
    ----------
    named : str
        Path of a PMTiles file, or an address with ``{z}``, ``{x}`` and ``{y}``.
    fetch : callable
        Gets an address.
    attribution : str
        Whom to name on the map.

    Returns
    -------
    BaseMap
        Open.

    Raises
    ------
    DataError
        If it is neither.
    """
    if not named.startswith(("http://", "https://")):
        return FileBaseMap(Path(named), attribution)
    try:
        filled = named.format(z="1", x="2", y="3")
    except (KeyError, IndexError, ValueError):
        filled = ""
    if not filled or not all(part in named for part in ("{z}", "{x}", "{y}")):
        raise DataError("base map", [Fault(None, "address", named, "an address with {z}, {x} and {y}")])
    return ServerBaseMap(named, fetch, attribution)
