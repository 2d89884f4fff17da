"""Geometry written in a filter: GeoJSON or a box, read with limits, in longitude and latitude."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geozone.api.filters.faults import FilterError

__all__ = ["MAX_VERTICES", "Project", "read_geometry"]

MAX_VERTICES = 1_500
"""Vertices of all geometry written in one filter."""
Project = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Coordinates of the filter, of shape (n, 2), to longitude and latitude, degrees."""
_STEPS = 8  # pieces of the edge of a box, which is a curve in another reference system
_FARTHEST = 1e8  # metres: beyond any plane coordinate on Earth
_DEPTHS = {
    "Point": 0,
    "MultiPoint": 1,
    "LineString": 1,
    "MultiLineString": 2,
    "Polygon": 2,
    "MultiPolygon": 3,
}


def read_geometry(node: dict[str, Any], project: Project | None) -> Any:
    """Read a geometry of a filter's tree.

    Parameters
    ----------
    node : dict
        GeoJSON geometry, or ``{"bbox": [...]}``.
    project : callable, optional
        Turns its coordinates into longitude and latitude; they are already, by default.

    Returns
    -------
    Geometry
        Valid, longitude and latitude on WGS 84.

    Raises
    ------
    FilterError
        If it is no geometry, not valid, out of range or too large.
    """
    geometry = _box(node["bbox"], project) if "bbox" in node else _geojson(node)
    if shapely.get_num_coordinates(geometry) > MAX_VERTICES:
        raise FilterError(f"holds geometry of more than {MAX_VERTICES} vertices")
    if project is not None:
        geometry = shapely.transform(geometry, project)
    found = shapely.get_coordinates(geometry)
    if not np.isfinite(found).all() or (np.abs(found) > (180, 90)).any():
        raise FilterError("holds coordinates beyond the range of the reference system")
    if not shapely.is_valid(geometry):
        raise FilterError("holds a geometry that is not valid, such as a ring that crosses itself")
    return geometry


def _geojson(node: dict[str, Any]) -> Any:
    kind = node.get("type")
    if kind == "GeometryCollection":
        parts = node.get("geometries")
        if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
            raise FilterError("holds a geometry collection without geometries")
        return shapely.GeometryCollection([_geojson(part) for part in parts])
    if kind not in _DEPTHS:
        raise FilterError("holds a geometry of a kind that is not known")
    try:
        return _MAKERS[kind](_positions(node.get("coordinates"), _DEPTHS[kind]))
    except (ValueError, TypeError, IndexError, shapely.errors.ShapelyError):
        raise FilterError(f"holds a {kind} that is not one") from None


def _positions(node: Any, depth: int) -> Any:
    """Check an array of positions; heights are passed over."""
    if not isinstance(node, list) or not node:
        raise ValueError("no coordinates")
    if depth:
        return [_positions(inner, depth - 1) for inner in node]
    if len(node) not in (2, 3) or not all(_is_number(part) for part in node):
        raise ValueError("no position")
    return [float(node[0]), float(node[1])]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _polygon(rings: list[Any]) -> Any:
    for ring in rings:
        if ring[0] != ring[-1] or len(ring) < 4:
            raise ValueError("a ring is not closed")
    return shapely.Polygon(rings[0], rings[1:])


_MAKERS: dict[str, Callable[[Any], Any]] = {
    "Point": shapely.Point,
    "MultiPoint": shapely.MultiPoint,
    "LineString": shapely.LineString,
    "MultiLineString": shapely.MultiLineString,
    "Polygon": _polygon,
    "MultiPolygon": lambda parts: shapely.MultiPolygon([_polygon(rings) for rings in parts]),
}


def _box(edges: Any, project: Project | None) -> Any:
    if not isinstance(edges, list) or len(edges) not in (4, 6) or not all(_is_number(edge) for edge in edges):
        raise FilterError("holds a bbox that is not 4 or 6 numbers")
    low_x, low_y, high_x, high_y = edges if len(edges) == 4 else (*edges[:2], *edges[3:5])
    if low_y > high_y:
        raise FilterError("holds a bbox whose southern edge lies north of the northern one")
    if low_x > high_x:
        if project is not None:
            raise FilterError("holds a bbox whose first edge lies beyond the opposite one")
        return shapely.MultiPolygon(
            [shapely.box(low_x, low_y, 180, high_y), shapely.box(-180, low_y, high_x, high_y)]
        )
    if max(map(abs, (low_x, low_y, high_x, high_y))) > _FARTHEST:
        raise FilterError("holds coordinates beyond the range of the reference system")
    box = shapely.box(low_x, low_y, high_x, high_y)
    longest = max(high_x - low_x, high_y - low_y)
    return box if project is None or longest == 0 else shapely.segmentize(box, longest / _STEPS)
