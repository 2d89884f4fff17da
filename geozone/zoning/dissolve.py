"""Dissolve discs on the ellipsoid into perimeters.

The country is cut into tiles of half a degree. In each, distances are true to 6 parts in a
million in the frame of its middle, so the discs are circles there. The tiles are laid out in one
plane, too far apart to touch, and the circles dissolved exactly by their arcs
(`geozone.zoning.arcs`). Perimeters that reach over the edge of their tile are then joined along the
seams (`geozone.zoning.seams`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from geozone.geodesy import LocalFrame, area_true_radius_m, discs, segments_for
from geozone.zoning.arcs import settled, thin, union_of_discs
from geozone.zoning.outlines import Degenerate
from geozone.zoning.seams import join_sheets

__all__ = ["Dissolved", "dissolve_discs", "dissolve_places"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
GeometryArray = npt.NDArray[np.object_]

_TILE = 0.5
_SLOT_M = 100_000.0
_ORIGIN = (212, 32)
_LARGE_M = 15_000.0
_BATCH = 250_000


class Dissolved(NamedTuple):
    """Discs dissolved."""

    geometry: GeometryArray
    """The connected parts of the union: each is one perimeter."""
    member: IntArray
    """The perimeter of each place."""


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
    return dissolve_places(lon, lat, radius_m).geometry


def dissolve_places(lon: npt.ArrayLike, lat: npt.ArrayLike, radius_m: npt.ArrayLike) -> Dissolved:
    """Dissolve the discs around points, and tell which perimeter each point is in.

    Parameters
    ----------
    lon, lat, radius_m : array_like
        As `dissolve_discs` takes them.

    Returns
    -------
    Dissolved
        The perimeters and the members.

    Raises
    ------
    ValueError
        As `dissolve_discs` raises it.
    """
    x, y, radius = (
        np.ascontiguousarray(values, dtype=np.float64)
        for values in np.broadcast_arrays(*np.atleast_1d(lon, lat, radius_m))
    )
    if not np.all((radius > 0) & (radius <= 200_000)):
        raise ValueError("radius_m holds a value that is not over 0 and at most 200 000 metres")
    if not np.all((np.abs(x) < 179) & (np.abs(y) < 84)):
        raise ValueError("a point cannot be drawn: expected longitudes within 179° and latitudes within 84°")
    if len(x) == 0:
        return Dissolved(np.empty(0, dtype=object), np.empty(0, dtype=np.int64))
    radii, of_radius = np.unique(radius, return_inverse=True)
    if len(radii) == 1:
        return _dissolve_equal(x, y, float(radii[0]))
    drawn, member, sheet = [], np.empty(len(x), dtype=np.int64), []
    count = 0
    for i, one in enumerate(radii.tolist()):
        mine = of_radius == i
        found = _dissolve_equal(x[mine], y[mine], one)
        member[mine] = found.member + count
        drawn.append(found.geometry)
        sheet.append(np.full(len(found.geometry), i))
        count += len(found.geometry)
    joined, into = join_sheets(np.concatenate(drawn), np.concatenate(sheet))
    return Dissolved(joined, into[member])


def _dissolve_equal(lon: FloatArray, lat: FloatArray, radius: float) -> Dissolved:
    quad_segs = segments_for(radius)
    if len(lon) == 1 and radius <= _LARGE_M:
        alone = _one_disc(lon, lat, float(area_true_radius_m(radius, quad_segs)), quad_segs)
        return Dissolved(alone, np.zeros(1, dtype=np.int64))
    if not radius <= _LARGE_M:
        places = np.column_stack([lon, lat])
        different = np.unique(places, axis=0)
        return _overlay(discs(different[:, 0], different[:, 1], radius, quad_segs=quad_segs), places)
    tile = np.column_stack([np.floor(lon / _TILE), np.floor(lat / _TILE)]).astype(np.int64)
    order = np.lexsort((tile[:, 0], tile[:, 1]))
    new = (tile[order][1:] != tile[order][:-1]).any(axis=1)
    groups = np.split(order, np.flatnonzero(new) + 1)
    plane = _to_plane(lon, lat, tile, groups)
    reach = float(area_true_radius_m(radius, quad_segs))
    drawn, member = [], np.empty(len(lon), dtype=np.int64)
    count = 0
    for batch in _batches(groups):
        found = _dissolve_plane(plane, batch, reach, quad_segs)
        member[np.concatenate(batch)] = found.member + count
        drawn.append(found.geometry)
        count += len(found.geometry)
    parts, sheet, moved = _to_degrees(np.concatenate(drawn))
    joined, into = join_sheets(parts, sheet)
    return Dissolved(joined, into[moved[member]])


def _one_disc(lon: FloatArray, lat: FloatArray, reach: float, quad_segs: int) -> GeometryArray:
    """Draw a disc alone as it would be drawn among others."""
    tile = np.column_stack([np.floor(lon / _TILE), np.floor(lat / _TILE)]).astype(np.int64)
    slot = (tile - _ORIGIN) * _SLOT_M
    frame = _frame(*tile[0].tolist())
    place = slot + np.column_stack(frame.to_metres(lon, lat))
    centre, _ = settled(np.asarray(place, dtype=np.float64))
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


def _to_degrees(drawn: GeometryArray) -> tuple[GeometryArray, IntArray, IntArray]:
    """Back from the plane of tiles, in the order of tiles; with the tile of each and its new position."""
    slot = np.round(shapely.bounds(drawn)[:, :2] / _SLOT_M).astype(np.int64)
    order = np.lexsort((slot[:, 0], slot[:, 1]))
    drawn, slot = drawn[order], slot[order]
    coordinates, owner = shapely.get_coordinates(drawn, return_index=True)
    new = np.concatenate([[True], (slot[1:] != slot[:-1]).any(axis=1)])
    starts = np.flatnonzero(new)
    edges = np.append(np.searchsorted(owner, starts), len(owner))
    for i, part in enumerate(starts.tolist()):
        mine = coordinates[edges[i] : edges[i + 1]]
        frame = _frame(*(slot[part] + _ORIGIN).tolist())
        mine[:, 0], mine[:, 1] = frame.to_degrees(*(mine - slot[part] * _SLOT_M).T)
    moved = np.empty(len(order), dtype=np.int64)
    moved[order] = np.arange(len(order))
    return np.asarray(shapely.set_coordinates(drawn, coordinates), dtype=object), np.cumsum(new) - 1, moved


def _dissolve_plane(plane: FloatArray, groups: list[IntArray], reach: float, quad_segs: int) -> Dissolved:
    places = plane[np.concatenate(groups)]
    try:
        return Dissolved(*union_of_discs(places, reach, quad_segs))
    except Degenerate:
        if len(groups) == 1:
            centres, _ = settled(places)
            kept, _ = thin(centres, reach)
            return _overlay(_plane_discs(centres[kept], reach, quad_segs), places)
    # Only the tile that is too regular takes the slow way.
    found = [_dissolve_plane(plane, [one], reach, quad_segs) for one in groups]
    before = np.cumsum([0] + [len(one.geometry) for one in found[:-1]])
    member = [one.member + count for one, count in zip(found, before.tolist(), strict=True)]
    return Dissolved(np.concatenate([one.geometry for one in found]), np.concatenate(member))


def _plane_discs(centres: FloatArray, radius: float, quad_segs: int) -> GeometryArray:
    angle = np.arange(4 * quad_segs) * (np.pi / (2 * quad_segs))
    outline = radius * np.column_stack([np.cos(angle), np.sin(angle)])
    return np.asarray(shapely.polygons(centres[:, None, :] + outline[None, :, :]), dtype=object)


def _overlay(shapes: GeometryArray, places: FloatArray) -> Dissolved:
    """Dissolve by shapely's overlay."""
    parts = np.asarray(shapely.get_parts(shapely.union_all(shapes)), dtype=object)
    if len(parts) == 1:
        return Dissolved(parts, np.zeros(len(places), dtype=np.int64))
    points = np.asarray(shapely.points(places), dtype=object)
    part, place = shapely.STRtree(points).query(parts, predicate="intersects")
    member = np.empty(len(places), dtype=np.int64)
    member[place] = part
    return Dissolved(parts, member)
