"""Polygons on the whole-number grid: rounding that keeps every ring valid, clipping, orientation."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["clip", "snap"]

Geometries = NDArray[Any]
_POLYGON, _MULTIPOLYGON = 3, 6


def snap(geometries: Geometries, scale: float = 1.0) -> Geometries:
    """Round polygons to whole coordinates without making one invalid.

    Vertices are rounded one by one, so two polygons that share a border still share it. The few
    that this breaks (a neck narrower than the grid, a spike) go through snap rounding. A polygon
    smaller than the grid becomes the grid cell around it: no feature is lost.

    Parameters
    ----------
    geometries : ndarray of Polygon or MultiPolygon
        In grid units. Empty ones stay empty.
    scale : float
        Grid units in one unit of the polygons, where they are in others.

    Returns
    -------
    ndarray of Polygon or MultiPolygon
        Valid, whole coordinates, exterior rings of positive area (surveyor's formula), in order.
    """
    if not len(geometries):
        return geometries
    try:
        return _snapped(geometries, scale)
    except shapely.errors.GEOSException:
        if len(geometries) == 1:  # one that GEOS can do nothing with is shown by where it is
            return _cells(_scaled(geometries, scale))
        middle = len(geometries) // 2
        return np.concatenate([snap(geometries[:middle], scale), snap(geometries[middle:], scale)])


def _snapped(geometries: Geometries, scale: float) -> Geometries:
    rounded = np.asarray(shapely.transform(geometries, lambda at: np.floor(at * scale + 0.5)), dtype=object)
    broken = ~shapely.is_valid(rounded)
    if broken.any():
        rounded[broken] = _repair(rounded[broken], _scaled(geometries[broken], scale))
    tiny = shapely.is_empty(rounded) & ~shapely.is_empty(geometries)
    if tiny.any():
        rounded[tiny] = _cells(_scaled(geometries[tiny], scale))
    return np.asarray(shapely.orient_polygons(rounded, exterior_cw=False), dtype=object)


def clip(geometries: Geometries, box: tuple[float, float, float, float]) -> Geometries:
    """Cut polygons to a box.

    Parameters
    ----------
    geometries : ndarray of Polygon or MultiPolygon
        Polygons to cut.
    box : tuple of float
        xmin, ymin, xmax, ymax, in the units of the polygons.

    Returns
    -------
    ndarray of Polygon or MultiPolygon
        The parts inside; empty where there is none.
    """
    if not len(geometries):
        return geometries
    try:
        parts = shapely.clip_by_rect(geometries, *box)
    except shapely.errors.GEOSException:  # the fast clipper gives up on some touching rings
        parts = shapely.intersection(shapely.make_valid(geometries), shapely.box(*box))
    return _polygons_only(np.asarray(parts, dtype=object))


def _scaled(geometries: Geometries, scale: float) -> Geometries:
    return np.asarray(shapely.transform(geometries, lambda at: at * scale), dtype=object)


def _repair(rounded: Geometries, sources: Geometries) -> Geometries:
    """Mend what rounding broke; where that needs a vertex off the grid, round the source again, slowly."""
    mended = shapely.make_valid(rounded, method="structure", keep_collapsed=False)
    mended = _polygons_only(np.asarray(mended, dtype=object))
    coordinates, owner = shapely.get_coordinates(mended, return_index=True)
    off_grid = owner[(coordinates != np.floor(coordinates)).any(axis=1)]
    for position in np.union1d(off_grid, np.flatnonzero(~shapely.is_valid(mended))):
        mended[position] = _snap_round(sources[position])
    return mended


def _snap_round(geometry: Any) -> Any:
    """Snap rounding of one polygon: valid and on the grid, whatever it takes."""
    valid = geometry if shapely.is_valid(geometry) else shapely.make_valid(geometry)
    polygon = _polygons_only(np.array([valid], dtype=object))[0]
    return _polygons_only(np.array([shapely.set_precision(polygon, 1.0)], dtype=object))[0]


def _polygons_only(geometries: Geometries) -> Geometries:
    """Drop the points and lines that an operation leaves beside polygons."""
    kinds = shapely.get_type_id(geometries)
    for position in np.flatnonzero((kinds != _POLYGON) & (kinds != _MULTIPOLYGON)):
        parts = shapely.get_parts(geometries[position])
        while (shapely.get_type_id(parts) > _MULTIPOLYGON).any():
            parts = shapely.get_parts(parts)
        areal = shapely.get_parts(parts)
        areal = areal[shapely.get_type_id(areal) == _POLYGON]
        geometries[position] = shapely.multipolygons(areal) if len(areal) else shapely.Polygon()
    return geometries


def _cells(geometries: Geometries) -> Geometries:
    bounds = shapely.bounds(geometries)
    corner = np.floor((bounds[:, :2] + bounds[:, 2:]) / 2)
    cells = shapely.box(corner[:, 0], corner[:, 1], corner[:, 0] + 1, corner[:, 1] + 1)
    return np.asarray(cells, dtype=object)
