"""Geometries as GeoJSON, from coordinate arrays."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from geozone.geojson.positions import LENGTH, millionths, position_text

__all__ = ["write_geometries"]

_POINT, _LINE, _POLYGON, _MULTIPOINT, _MULTILINE, _MULTIPOLYGON = 0, 1, 3, 4, 5, 6
_KINDS = {
    _POINT: "Point",
    _LINE: "LineString",
    _MULTIPOINT: "MultiPoint",
    _MULTILINE: "MultiLineString",
}
_FEWEST = 4  # positions of a ring


def write_geometries(geometries: NDArray[Any], *, precision: int = 6) -> list[bytes]:
    """Write geometries as GeoJSON.

    Parameters
    ----------
    geometries : ndarray of Geometry
        Points, lines, polygons and their multiples; heights are left out.
    precision : int
        Decimals of a coordinate.

    Returns
    -------
    list of bytes
        One geometry each; ``null`` for a missing or empty one. Exterior rings turn left.

    Raises
    ------
    ValueError
        If there is a geometry collection.
    """
    flat = shapely.orient_polygons(
        shapely.force_2d(geometries) if shapely.has_z(geometries).any() else geometries
    )
    written = [b"null"] * len(flat)
    kinds = shapely.get_type_id(flat)
    kinds[shapely.is_empty(flat)] = -1
    if (kinds == 2).any() or (kinds > _MULTIPOLYGON).any():
        raise ValueError("a feature holds a geometry collection or a ring, not a plain geometry")
    areal = np.flatnonzero((kinds == _POLYGON) | (kinds == _MULTIPOLYGON))
    if len(areal):
        for row, text in zip(areal.tolist(), _polygons(flat[areal], precision), strict=True):
            written[row] = text
    for row in np.flatnonzero((kinds >= 0) & (kinds != _POLYGON) & (kinds != _MULTIPOLYGON)).tolist():
        written[row] = _simple(flat[row], int(kinds[row]), precision)
    return written


def _polygons(geometries: NDArray[Any], precision: int) -> Iterator[bytes]:
    parts, part_row = shapely.get_parts(geometries, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    is_shell = np.diff(ring_part, prepend=-1) != 0
    texts = _rings(rings, is_shell, precision)
    of_parts = [
        b"[" + b",".join([text for _, text in ring if text]) + b"]"
        for _, ring in groupby(zip(ring_part.tolist(), texts, strict=True), key=itemgetter(0))
    ]
    is_multi = (shapely.get_type_id(geometries) == _MULTIPOLYGON).tolist()
    for row, polygons in groupby(zip(part_row.tolist(), of_parts, strict=True), key=itemgetter(0)):
        if is_multi[row]:
            together = b",".join([polygon for _, polygon in polygons])
            yield b'{"type":"MultiPolygon","coordinates":[' + together + b"]}"
        else:
            yield b'{"type":"Polygon","coordinates":' + next(polygons)[1] + b"}"


def _rings(rings: NDArray[Any], is_shell: NDArray[np.bool_], precision: int) -> list[bytes]:
    """Write rings without repeated positions.

    One that rounding collapses is kept exact if it is a shell, and empty else.
    """
    coordinates = shapely.get_coordinates(rings)
    ends = shapely.get_num_coordinates(rings).cumsum()
    whole = millionths(coordinates) if precision == 6 else None
    rounded = np.round(coordinates, precision).T if whole is None else whole
    keep = np.ones(len(coordinates), dtype=bool)
    keep[1:] = (rounded[0, 1:] != rounded[0, :-1]) | (rounded[1, 1:] != rounded[1, :-1])
    keep[ends[:-1]] = True
    kept_ends = keep.cumsum()[ends - 1]
    if kept_ends[-1] < len(keep):
        rounded, whole = rounded[:, keep], whole if whole is None else whole[:, keep]
    text = b"" if whole is None else position_text(whole)
    written, start, kept_start = [], 0, 0
    for shell, end, kept_end in zip(is_shell.tolist(), ends.tolist(), kept_ends.tolist(), strict=True):
        if kept_end - kept_start < _FEWEST:
            written.append(_json(coordinates[start:end]) if shell else b"")
        elif text:
            written.append(b"[" + text[kept_start * LENGTH : kept_end * LENGTH - 1] + b"]")
        else:
            written.append(_json(rounded[:, kept_start:kept_end].T))
        start, kept_start = end, kept_end
    return written


def _simple(geometry: Any, kind: int, precision: int) -> bytes:
    """Write a point, line or multiple of them."""
    lines = [
        np.round(shapely.get_coordinates(part), precision)
        for part in (shapely.get_parts(geometry) if kind > _POLYGON else [geometry])
    ]
    if kind == _POINT:
        coordinates = _json(lines[0][0])
    elif kind == _LINE:
        coordinates = _json(lines[0])
    elif kind == _MULTIPOINT:
        coordinates = _json(np.concatenate(lines))
    else:
        coordinates = b"[" + b",".join([_json(line) for line in lines]) + b"]"
    return b'{"type":"%b","coordinates":%b}' % (_KINDS[kind].encode(), coordinates)


def _json(array: NDArray[Any]) -> bytes:
    return orjson.dumps(np.ascontiguousarray(array), option=orjson.OPT_SERIALIZE_NUMPY)
