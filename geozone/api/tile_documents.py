"""Documents of OGC API Tiles: the tile matrix set, lists of tilesets, one tileset."""

from __future__ import annotations

import math
from typing import Any

from geozone.api.ogc_documents import link
from geozone.api.packed_tile import PNG_TYPE, VECTOR_TYPE
from geozone.api.reference_systems import CRS84
from geozone.api.tile_sets import TileSet
from geozone.tiles import TileSource
from geozone.tiles.tilejson import bounds_of

__all__ = ["MATRIX_SET", "matrix_set", "matrix_sets", "tileset", "tilesets"]

MATRIX_SET = "WebMercatorQuad"
"""The one tile matrix set of the service."""

_URI = f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{MATRIX_SET}"
_CRS = "http://www.opengis.net/def/crs/EPSG/0/3857"
_RELATION = "http://www.opengis.net/def/rel/ogc/1.0"
_HALF = 20037508.3427892
_PIXEL_M = 0.28e-3  # of the standard's imagined screen
_JSON = "application/json"
_DEEPEST = 14


def matrix_sets(base: str) -> dict[str, Any]:
    """List the tile matrix sets.

    Parameters
    ----------
    base : str
        Address of the service.

    Returns
    -------
    dict
        A list of one.
    """
    href = f"{base}/ogc/tileMatrixSets/{MATRIX_SET}"
    entry = {
        "id": MATRIX_SET,
        "title": "Google Maps Compatible for the World",
        "uri": _URI,
        "crs": _CRS,
        "links": [link(href, "self", _JSON, MATRIX_SET)],
    }
    return {"tileMatrixSets": [entry]}


def matrix_set() -> dict[str, Any]:
    """Describe the tile matrix set, with the zooms that the service has.

    Returns
    -------
    dict
        WebMercatorQuad of OGC 17-083r4.
    """
    return {
        "id": MATRIX_SET,
        "title": "Google Maps Compatible for the World",
        "uri": _URI,
        "crs": _CRS,
        "orderedAxes": ["X", "Y"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": [_matrix(zoom) for zoom in range(_DEEPEST + 1)],
    }


def _matrix(zoom: int) -> dict[str, Any]:
    cell = 2 * _HALF / (256 << zoom)
    return {
        "id": str(zoom),
        "scaleDenominator": cell / _PIXEL_M,
        "cellSize": cell,
        "cornerOfOrigin": "topLeft",
        "pointOfOrigin": [-_HALF, _HALF],
        "tileWidth": 256,
        "tileHeight": 256,
        "matrixWidth": 1 << zoom,
        "matrixHeight": 1 << zoom,
    }


def tilesets(own: str, query: str, title: str, *, pictures: bool) -> dict[str, Any]:
    """List the tilesets of a collection or of the whole dataset.

    Parameters
    ----------
    own : str
        Address of the list.
    query : str
        What links carry on, with its question mark, or nothing.
    title : str
        Title of what is tiled.
    pictures : bool
        Whether the tiles are pictures.

    Returns
    -------
    dict
        A list of one.
    """
    entry = {
        "title": title,
        "dataType": "map" if pictures else "vector",
        "crs": _CRS,
        "tileMatrixSetURI": _URI,
        "links": [
            link(f"{own}/{MATRIX_SET}{query}", "self", _JSON, title),
            _scheme(own),
            _tiles(own, query, pictures=pictures),
        ],
    }
    return {"tilesets": [entry], "links": [link(own + query, "self", _JSON, "Tilesets")]}


def tileset(tiles: TileSet, own: str, query: str, title: str, *, pictures: bool) -> dict[str, Any]:
    """Describe a tileset.

    Parameters
    ----------
    tiles : TileSet
        What the tiles are drawn from.
    own : str
        Address of the list that it is in.
    query : str
        What links carry on, with its question mark, or nothing.
    title : str
        Title of what is tiled.
    pictures : bool
        Whether the tiles are pictures.

    Returns
    -------
    dict
        Its metadata, with the range of tiles that hold anything.
    """
    west, south, east, north = box = bounds_of(tiles.sources)
    document: dict[str, Any] = {
        "title": title,
        "dataType": "map" if pictures else "vector",
        "crs": _CRS,
        "tileMatrixSetURI": _URI,
        "boundingBox": {"lowerLeft": [west, south], "upperRight": [east, north], "crs": CRS84},
        "centerPoint": {
            "coordinates": [(west + east) / 2, (south + north) / 2],
            "crs": CRS84,
            "tileMatrix": "5",
        },
        "tileMatrixSetLimits": [_limits(zoom, box) for zoom in range(_DEEPEST + 1)],
        "links": [
            link(f"{own}/{MATRIX_SET}{query}", "self", _JSON, title),
            _scheme(own),
            _tiles(own, query, pictures=pictures),
        ],
    }
    if not pictures:
        document["layers"] = [_layer(source) for source in tiles.sources]
    return document


def _scheme(own: str) -> dict[str, str]:
    href = f"{own.partition('/ogc/')[0]}/ogc/tileMatrixSets/{MATRIX_SET}"
    return link(href, f"{_RELATION}/tiling-scheme", _JSON, MATRIX_SET)


def _tiles(own: str, query: str, *, pictures: bool) -> dict[str, Any]:
    href = f"{own}/{MATRIX_SET}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}{query}"
    return {**link(href, "item", PNG_TYPE if pictures else VECTOR_TYPE, "Tiles"), "templated": True}


def _limits(zoom: int, box: tuple[float, float, float, float]) -> dict[str, Any]:
    west, south, east, north = box
    (left, top), (right, bottom) = _tile_at(west, north, zoom), _tile_at(east, south, zoom)
    return {
        "tileMatrix": str(zoom),
        "minTileRow": top,
        "maxTileRow": bottom,
        "minTileCol": left,
        "maxTileCol": right,
    }


def _tile_at(lon: float, lat: float, zoom: int) -> tuple[int, int]:
    side = 1 << zoom
    x = (lon / 360 + 0.5) * side
    y = (0.5 - math.asinh(math.tan(math.radians(lat))) / (2 * math.pi)) * side
    return min(max(int(x), 0), side - 1), min(max(int(y), 0), side - 1)


_SCHEMA_TYPES = {"String": "string", "Number": "number", "Boolean": "boolean"}


def _layer(source: TileSource) -> dict[str, Any]:
    fields = {name: {"type": _SCHEMA_TYPES[kind]} for name, kind in source.fields.items()}
    return {
        "id": source.name,
        "dataType": "vector",
        "geometryDimension": 0 if source.geometry.points else 2,
        "minTileMatrix": str(source.min_zoom),
        "maxTileMatrix": str(source.max_zoom),
        "propertiesSchema": {"type": "object", "properties": fields},
    }
