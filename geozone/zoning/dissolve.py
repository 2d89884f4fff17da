"""Dissolve discs on the ellipsoid into perimeters.

The country is cut into tiles of half a degree. In each, distances are true to 6 parts in a
million in the frame of its middle, so the discs are circles there. The tiles are laid out in one
plane, too far apart to touch, and the circles dissolved exactly by their arcs
(`geozone.zoning.arcs`). Perimeters that reach over the edge of their tile are then joined.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from geozone.geodesy import LocalFrame, area_true_radius_m, discs, segments_for
from geozone.zoning.arcs import Degenerate, settled, union_of_discs
from geozone.zoning.clusters import components

__all__ = ["dissolve_discs"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
GeometryArray = npt.NDArray[np.object_]

_TILE = 0.5
_SLOT_M = 100_000.0
_ORIGIN = (212, 32)
_LARGE_M = 15_000.0
_BATCH = 250_000


def dissolve_discs(lon: npt.ArrayLike, lat: npt.ArrayLike, radius_m: npt.ArrayLike) -> GeometryArray:
    """Dissolve the discs around points.

    Parameters
    ----------
    lon, lat : array_like
        Centres, degrees.
    radius_m : array_like
        One radius, or one for each point, metres. The fewer different ones, the faster.

    Returns
    -------
    ndarray of Polygon
        The connected parts of the union: each is one perimeter.

    Raises
    ------
    ValueError
        If a radius is not over 0 and at most 200 km, or a point is beyond 84° north or south or
        within a degree of the 180th meridian.

    Notes
    -----
    The outline is within 0.7 m of the true one for radii up to 15 km, and within 0.01 % of the
    radius plus 0.7 m beyond. The order of the points makes no difference.
    """
    x, y, radius = (
        np.ascontiguousarray(values, dtype=np.float64)
        for values in np.broadcast_arrays(*np.atleast_1d(lon, lat, radius_m))
    )
    if not np.all((radius > 0) & (radius <= 200_000)):
        raise ValueError("radius_m holds a value that is not over 0 and at most 200 000 metres")
    if not np.all((np.abs(x) < 179) & (np.abs(y) < 84)):
        raise ValueError("a point cannot be drawn: expected longitudes within 179° and latitudes within 84°")
    classes = [_dissolve_equal(x[radius == one], y[radius == one], float(one)) for one in np.unique(radius)]
    if not classes:
        return np.empty(0, dtype=object)
    return classes[0] if len(classes) == 1 else _join_touching(np.concatenate(classes))


def _dissolve_equal(lon: FloatArray, lat: FloatArray, radius: float) -> GeometryArray:
    quad_segs = segments_for(radius)
    if len(lon) == 1 and radius <= _LARGE_M:
        return _one_disc(lon, lat, float(area_true_radius_m(radius, quad_segs)), quad_segs)
    if not radius <= _LARGE_M:
        places = np.unique(np.column_stack([lon, lat]), axis=0)
        return _union(discs(places[:, 0], places[:, 1], radius, quad_segs=quad_segs))
    tile = np.column_stack([np.floor(lon / _TILE), np.floor(lat / _TILE)]).astype(np.int64)
    order = np.lexsort((tile[:, 0], tile[:, 1]))
    new = (tile[order][1:] != tile[order][:-1]).any(axis=1)
    groups = np.split(order, np.flatnonzero(new) + 1)
    plane = _to_plane(lon, lat, tile, groups)
    reach = float(area_true_radius_m(radius, quad_segs))
    drawn = np.concatenate([_dissolve_plane(plane, batch, reach, quad_segs) for batch in _batches(groups)])
    return _join_over_edges(*_to_degrees(drawn))


def _one_disc(lon: FloatArray, lat: FloatArray, reach: float, quad_segs: int) -> GeometryArray:
    """Draw a disc alone as it would be drawn among others."""
    tile = np.column_stack([np.floor(lon / _TILE), np.floor(lat / _TILE)]).astype(np.int64)
    slot = (tile - _ORIGIN) * _SLOT_M
    frame = _frame(*tile[0].tolist())
    place = slot + np.column_stack(frame.to_metres(lon, lat))
    centre = settled(np.asarray(place, dtype=np.float64))
    outline = shapely.get_coordinates(_plane_discs(centre, reach, quad_segs)) - slot
    return np.asarray([shapely.Polygon(np.column_stack(frame.to_degrees(*outline.T)))], dtype=object)


def _batches(groups: list[IntArray]) -> list[list[IntArray]]:
    """Tiles taken together until there are enough points to pay for a triangulation."""
    batches: list[list[IntArray]] = [[]]
    size = 0
    for group in groups:
        if size > 0 and size + len(group) > _BATCH:
            batches.append([])
            size = 0
        batches[-1].append(group)
        size += len(group)
    return batches


def _frame(column: int, row: int) -> LocalFrame:
    """Make the frame of a tile: its own, so that a place is drawn alike whoever its neighbours are."""
    return LocalFrame((column + 0.5) * _TILE, (row + 0.5) * _TILE)


def _to_plane(lon: FloatArray, lat: FloatArray, tile: IntArray, groups: list[IntArray]) -> FloatArray:
    """Metres in the frame of each point's tile, tiles laid out apart from each other in one plane."""
    plane = (tile - _ORIGIN) * _SLOT_M
    for mine in groups:
        x, y = _frame(*tile[mine[0]].tolist()).to_metres(lon[mine], lat[mine])
        plane[mine, 0] += x
        plane[mine, 1] += y
    return np.asarray(plane, dtype=np.float64)


def _to_degrees(drawn: GeometryArray) -> tuple[GeometryArray, FloatArray]:
    """Back from the plane of tiles, with the south-west corner of each polygon's tile."""
    slot = np.round(shapely.bounds(drawn)[:, :2] / _SLOT_M).astype(np.int64)
    order = np.lexsort((slot[:, 0], slot[:, 1]))
    drawn, slot = drawn[order], slot[order]
    coordinates, owner = shapely.get_coordinates(drawn, return_index=True)
    first = np.flatnonzero((slot[1:] != slot[:-1]).any(axis=1)) + 1
    starts = np.concatenate([[0], first])
    edges = np.append(np.searchsorted(owner, starts), len(owner))
    for i, part in enumerate(starts.tolist()):
        mine = coordinates[edges[i] : edges[i + 1]]
        frame = _frame(*(slot[part] + _ORIGIN).tolist())
        mine[:, 0], mine[:, 1] = frame.to_degrees(*(mine - slot[part] * _SLOT_M).T)
    corner: FloatArray = np.asarray((slot + _ORIGIN) * _TILE, dtype=np.float64)
    return np.asarray(shapely.set_coordinates(drawn, coordinates), dtype=object), corner


def _dissolve_plane(plane: FloatArray, groups: list[IntArray], reach: float, quad_segs: int) -> GeometryArray:
    centres = plane[np.concatenate(groups)]
    try:
        return union_of_discs(centres, reach, quad_segs)
    except Degenerate:
        if len(groups) > 1:
            # Only the tile that is too regular takes the slow way.
            return np.concatenate([_dissolve_plane(plane, [one], reach, quad_segs) for one in groups])
        return _union(_plane_discs(settled(centres), reach, quad_segs))


def _plane_discs(centres: FloatArray, radius: float, quad_segs: int) -> GeometryArray:
    angle = np.arange(4 * quad_segs) * (np.pi / (2 * quad_segs))
    outline = radius * np.column_stack([np.cos(angle), np.sin(angle)])
    return np.asarray(shapely.polygons(centres[:, None, :] + outline[None, :, :]), dtype=object)


def _union(shapes: GeometryArray) -> GeometryArray:
    return np.asarray(shapely.get_parts(shapely.union_all(shapes)), dtype=object)


def _join_over_edges(parts: GeometryArray, tile: FloatArray) -> GeometryArray:
    """Join the parts that reach out of their tile with those they touch."""
    west, south, east, north = shapely.bounds(parts).T
    over = (
        (west < tile[:, 0])
        | (south < tile[:, 1])
        | (east > tile[:, 0] + _TILE)
        | (north > tile[:, 1] + _TILE)
    )
    if not over.any():
        return parts
    near = np.zeros(len(parts), dtype=bool)
    touched = shapely.STRtree(parts).query(parts[over])[1]
    near[touched] = True
    return np.concatenate([parts[~near], _join_touching(parts[near])])


def _join_touching(parts: GeometryArray) -> GeometryArray:
    """Union of polygons, component by component."""
    one, other = shapely.STRtree(parts).query(parts, predicate="intersects").astype(np.int64)
    pairs = one < other
    if not pairs.any():
        return parts
    group = components(one[pairs], other[pairs], len(parts))
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order])) + 1
    joined = [parts[mine] if len(mine) == 1 else _union(parts[mine]) for mine in np.split(order, starts)]
    return np.concatenate(joined)
