"""Features as GeoJSON (RFC 7946) and as GeoJSON text sequences (RFC 8142)."""

from __future__ import annotations

from collections.abc import Iterator

from geozone.api.formats.feature_page import FeaturePage
from geozone.api.respond import json_bytes

__all__ = ["write_geojson", "write_geojson_sequence"]

_CHUNK = 64


def write_geojson(page: FeaturePage) -> Iterator[bytes]:
    """Write a page as one GeoJSON document.

    Parameters
    ----------
    page : FeaturePage
        The page.

    Yields
    ------
    bytes
        Pieces of the document.
    """
    yield b'{"type":"FeatureCollection",' + json_bytes(page.members)[1:-1] + b',"features":['
    for place, rows in enumerate(page.chunks(_CHUNK)):
        piece = b",".join(page.features(rows))
        yield piece if place == 0 else b"," + piece
    yield b"]}"


def write_geojson_sequence(page: FeaturePage) -> Iterator[bytes]:
    """Write a page as one feature a line, each after a record separator.

    Parameters
    ----------
    page : FeaturePage
        The page.

    Yields
    ------
    bytes
        Pieces of the sequence.
    """
    for rows in page.chunks(_CHUNK):
        yield b"".join(b"\x1e" + feature + b"\n" for feature in page.features(rows))
