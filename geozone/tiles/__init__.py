"""Mapbox vector tiles 2.1, written from coordinate arrays; TileJSON 3.0.

``TileGeometry`` holds outlines or points, prepared once per zoom and shared by every layer drawn
on them; ``TileSource`` adds names, properties and identifiers and writes tiles::

    geometry = TileGeometry(units.geometry, mesh=True)
    communes = TileSource("communes", geometry, units[["code", "name"]], ids=units["code"])
    communes.tile(6, 50, 28)
"""

from geozone.tiles.cuts import CUT_BYTES
from geozone.tiles.geometry import TileGeometry
from geozone.tiles.mercator import EXTENT, TILE_BUFFER, tile_bounds
from geozone.tiles.outlines import Outlines
from geozone.tiles.source import TileSource
from geozone.tiles.tilejson import bounds_of, tilejson

__all__ = [
    "CUT_BYTES",
    "EXTENT",
    "TILE_BUFFER",
    "Outlines",
    "TileGeometry",
    "TileSource",
    "bounds_of",
    "tile_bounds",
    "tilejson",
]
