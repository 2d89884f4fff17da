"""The tiles of a bundle: one PMTiles file a layer, and the TileJSON that leads the page to it."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator

import numpy as np
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from geozone.api.layers import LayerSpec
from geozone.api.open_release import OpenRelease
from geozone.api.respond import json_bytes
from geozone.tiles import TileSource, tilejson
from geozone.tiles.mercator import touched_tiles
from geozone.types import Progress

__all__ = ["tile_files"]

_LEVEL = 6
_NOT_DRAWN = frozenset({"coverage"})  # the outlines of the communes again; their values are on these
_LAST_OF_MESH, _LAST_OF_ZONES = 10, 12
_ATTRIBUTION = "geozone"


def tile_files(release: OpenRelease, progress: Progress) -> Iterator[tuple[str, bytes]]:
    """Write the tiles of every layer that the map draws.

    Parameters
    ----------
    release : OpenRelease
        The release.
    progress : callable
        Told of each layer.

    Yields
    ------
    name : str
        Name of a file.
    data : bytes
        PMTiles, or TileJSON.
    """
    layers = [spec for spec in release.layers if spec.id not in _NOT_DRAWN and len(release.table(spec.id))]
    for done, spec in enumerate(layers):
        progress("tiles", done, len(layers))
        source, last = release.tiles(spec.id), _last_zoom(spec)
        document = tilejson(
            source,
            url=f"pmtiles://data/tiles/{spec.id}.pmtiles/{{z}}/{{x}}/{{y}}",
            title=spec.title_en,
            descriptions={spec.id: f"{spec.title_vi} / {spec.title_en}"},
            attribution=_ATTRIBUTION,
        )
        document["maxzoom"] = document["vector_layers"][0]["maxzoom"] = last
        yield f"data/tiles/{spec.id}.pmtiles", _archive(source, release.table(spec.id).boxes, last, document)
        yield f"data/tiles/{spec.id}.json", json_bytes(document)
    progress("tiles", len(layers), len(layers))


def _last_zoom(spec: LayerSpec) -> int:
    """Find the zoom that the page draws further in from: points must have left their clusters by then."""
    if spec.geometry == "point":
        return (spec.clustered_to or 0) + 1
    return _LAST_OF_MESH if spec.mesh else _LAST_OF_ZONES


def _archive(source: TileSource, boxes: np.ndarray, last: int, document: dict[str, object]) -> bytes:
    stream = io.BytesIO()
    writer = Writer(stream)
    addresses = [(zoom, x, y) for zoom in range(last + 1) for x, y in touched_tiles(boxes, zoom)]
    for address in sorted(addresses, key=lambda address: zxy_to_tileid(*address)):
        content = source.tile(*address)
        if content:
            writer.write_tile(zxy_to_tileid(*address), gzip.compress(content, _LEVEL, mtime=0))
    west, south, east, north = (round(edge * 1e7) for edge in source.bounds or (0.0, 0.0, 0.0, 0.0))
    header = {
        "tile_type": TileType.MVT,
        "tile_compression": Compression.GZIP,
        "min_lon_e7": west,
        "min_lat_e7": south,
        "max_lon_e7": east,
        "max_lat_e7": north,
        "center_zoom": 5,
        "center_lon_e7": (west + east) // 2,
        "center_lat_e7": (south + north) // 2,
    }
    metadata = {name: document[name] for name in ("name", "description", "attribution", "vector_layers")}
    writer.finalize(header, metadata)
    return stream.getvalue()
