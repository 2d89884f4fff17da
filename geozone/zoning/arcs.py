"""Exact union of equal discs in a plane, from the arcs that are on its outline.

The outline of a union of equal discs is made of arcs between neighbours in the Delaunay
triangulation of the centres. For each short edge of the triangulation, the two points where the
circles of its ends cross are on the outline unless the third corner of the triangle on that side
is nearer than the radius. Each such point ends an arc of one circle and begins an arc of the
other; following them gives closed rings: per connected component one outer ring, the rest holes.
No overlay of polygons is made, so the cost is that of the triangulation.

Before that, centres whose disc is covered by others are dropped (`thin`), which in a dense
outbreak is most of them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import Delaunay, QhullError

from geozone.zoning.clusters import components

__all__ = ["Degenerate", "settled", "thin", "union_of_discs"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
GeometryArray = npt.NDArray[np.object_]

_LEVELS = (5, 10, 20, 40)
_FEW = 20
_JITTER_M = 1e-4
_RING_OF_CELLS = tuple((dx, dy) for dx in range(-2, 3) for dy in range(-2, 3) if max(abs(dx), abs(dy)) == 2)


class Degenerate(Exception):  # noqa: N818 - not an error: the caller takes the slower way
    """The arcs do not close: the points are too regular for rounded arithmetic."""


class _Crossings(NamedTuple):
    """Points of the outline where the circle of one centre meets that of another."""

    start: IntArray
    """Centre whose arc begins here, going counter-clockwise."""
    end: IntArray
    """Centre whose arc ends here."""
    point: FloatArray


class _Outline(NamedTuple):
    """Arcs of the outline: one per crossing, from it to the next."""

    following: IntArray
    """The crossing where the arc ends."""
    first: FloatArray
    """Angle at which it begins."""
    last: FloatArray
    """Angle at which it ends: up to a full turn more."""


def thin(points: FloatArray, radius: float) -> IntArray:
    """Drop points whose disc is covered by the discs of the others.

    Parameters
    ----------
    points : ndarray of float64, shape (n, 2)
        Centres.
    radius : float
        Radius of every disc, in the same unit.

    Returns
    -------
    ndarray of int64
        Positions of the points kept, ascending. The union of their discs is that of all.

    Notes
    -----
    A grid of side ``radius / 5`` or finer is laid over the points, and a point is dropped when its
    cell holds another one that stays and all 16 cells two steps away hold a point that stays.
    Proof: let p be dropped, x = p + t·u in its disc (u a direction, t ≤ r). The 16 points seen from
    p leave no gap of more than 90°, since two neighbouring cells form a rectangle of 2 by 1 sides at
    least one side away; so one of them, q, is within 45° of u, and d = |q - p| ≤ 3√2 sides < r.
    Then |q - x|² = d² - 2·t·d·cos(angle) + t², convex in t, is at most d² < r² at t = 0 and at
    t = r at most d² - √2·r·d + r² < r², because d < √2·r. Hence x is in the disc of q.
    """
    kept = np.arange(len(points))
    for level in _LEVELS:
        kept = kept[_thin_once(points[kept], radius / level)]
    return kept


def _thin_once(points: FloatArray, side: float) -> BoolArray:
    cell = np.floor(points / side).astype(np.int64)
    cell -= cell.min(axis=0) - 4
    width = int(cell[:, 0].max()) + 5
    key = cell[:, 1] * width + cell[:, 0]
    order = np.lexsort((points[:, 1], points[:, 0], key))
    in_order = key[order]
    first = np.ones(len(key), dtype=bool)
    first[1:] = in_order[1:] != in_order[:-1]
    occupied = in_order[first]
    ringed = np.arange(len(occupied))
    for dx, dy in _RING_OF_CELLS:
        wanted = occupied[ringed] + dy * width + dx
        at = np.minimum(np.searchsorted(occupied, wanted), len(occupied) - 1)
        ringed = ringed[occupied[at] == wanted]
    full = np.zeros(len(occupied), dtype=bool)
    full[ringed] = True
    keep = np.empty(len(key), dtype=bool)
    keep[order] = first | ~full[np.cumsum(first) - 1]
    return keep


def union_of_discs(points: FloatArray, radius: float, quad_segs: int) -> GeometryArray:
    """Dissolve equal discs.

    Parameters
    ----------
    points : ndarray of float64, shape (n, 2)
        Centres, metres in a plane; repeated ones are allowed.
    radius : float
        Radius, metres.
    quad_segs : int
        Segments in a quarter of a circle. Vertices are at multiples of the same angle on every
        disc, plus the points where circles cross.

    Returns
    -------
    ndarray of Polygon
        Connected parts of the union.

    Raises
    ------
    Degenerate
        If rounding makes the outline inconsistent; another way must then be taken.

    """
    centres = settled(points)
    if len(centres) > _FEW:
        centres = centres[thin(centres, radius)]
    if len(centres) < 4:
        raise Degenerate("too few points to triangulate")
    crossings, part = _crossings(centres, _triangles(centres), radius)
    lone = np.ones(len(centres), dtype=bool)
    lone[crossings.start] = False
    lone[crossings.end] = False
    # A disc that is inside the union without an arc of its own is not lone: it has neighbours.
    lone &= np.bincount(part)[part] == 1
    circles = _circles(centres[lone], radius, quad_segs)
    if len(crossings.start) == 0:
        return circles
    outline = _follow(crossings, centres)
    rings, of_part = _rings(crossings, outline, part, centres, radius=radius, quad_segs=quad_segs)
    polygons = _polygons(rings, of_part)
    if not shapely.is_valid(polygons).all():
        raise Degenerate("an outline that crosses itself")
    return np.concatenate([polygons, circles])


def settled(points: FloatArray) -> FloatArray:
    """Put points where the arcs can tell them apart.

    Parameters
    ----------
    points : ndarray of float64, shape (n, 2)
        Metres in a plane.

    Returns
    -------
    ndarray of float64
        Different points only, rounded to a millimetre and then moved by up to 0.1 mm, always the same
        way for the same place, so that the exact ties of gridded coordinates (four points on one
        circle, three on one line) are decided consistently.
    """
    unique = np.unique(np.round(points / (10 * _JITTER_M)).astype(np.int64), axis=0)
    centres: FloatArray = np.asarray(unique * (10 * _JITTER_M), dtype=np.float64)
    seed = np.sin(centres @ np.array([[12.9898, 39.3468], [78.233, 11.135]])) * 43758.5453
    return np.asarray(centres + (seed - np.floor(seed) - 0.5) * (2 * _JITTER_M), dtype=np.float64)


def _triangles(points: FloatArray) -> tuple[IntArray, IntArray]:
    """Delaunay triangles, corners counter-clockwise, and the triangle across from each corner (-1: none)."""
    try:
        mesh = Delaunay(points)
    except QhullError as error:
        raise Degenerate("all points in a line") from error
    if len(mesh.coplanar):
        raise Degenerate("points too close together")
    corners, across = mesh.simplices.astype(np.int64), mesh.neighbors.astype(np.int64)
    a, b, c = (points[corners[:, i]] for i in range(3))
    turn = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    clockwise = turn < 0
    for table in (corners, across):
        table[clockwise] = table[clockwise][:, [0, 2, 1]]
    return corners, across


def _crossings(
    points: FloatArray, triangles: tuple[IntArray, IntArray], radius: float
) -> tuple[_Crossings, IntArray]:
    """Crossings on the outline, and the connected part of each centre."""
    start, end, left, right = _short_half_edges(points, triangles, 2 * radius)
    step = points[end] - points[start]
    height = np.sqrt(radius * radius / (step * step).sum(axis=1) - 0.25)
    normal = np.column_stack([-step[:, 1], step[:, 0]])
    point = (points[start] + points[end]) / 2 + normal * height[:, None]
    exposed = _uncovered(point, left, points, radius) & _uncovered(point, right, points, radius)
    found = _Crossings(start[exposed], end[exposed], point[exposed])
    return found, components(start, end, len(points))


def _short_half_edges(
    points: FloatArray, triangles: tuple[IntArray, IntArray], longest: float
) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Directed edges shorter than a limit, with the corners on their left and right, -1 outside the hull."""
    corners, across = triangles
    sums = np.append(corners.sum(axis=1), -1)
    found = []
    for k in range(3):
        start, end = corners[:, (k + 1) % 3], corners[:, (k + 2) % 3]
        step = points[end] - points[start]
        short = (step * step).sum(axis=1) < longest * longest
        start, end, left, beyond = start[short], end[short], corners[short, k], across[short, k]
        hull = beyond < 0
        # The far corner of the neighbour is what its corners hold besides the shared edge.
        right = np.where(hull, -1, sums[beyond] - start - end)
        found += [(start, end, left, right), (end[hull], start[hull], right[hull], left[hull])]
    start, end, left, right = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return start, end, left, right


def _uncovered(point: FloatArray, corner: IntArray, points: FloatArray, radius: float) -> BoolArray:
    away = points[corner] - point
    return np.asarray((corner < 0) | ((away * away).sum(axis=1) > radius * radius))


def _follow(crossings: _Crossings, points: FloatArray) -> _Outline:
    """Join the crossings: on each circle, every beginning of an arc to the next end."""
    start, end, at = crossings
    turn = 2 * np.pi
    begins = _angle(at - points[start]) % turn
    ends = _angle(at - points[end]) % turn
    by_start = np.lexsort((begins, start))
    by_end = np.lexsort((ends, end))
    circle = start[by_start]
    if not np.array_equal(circle, end[by_end]):
        raise Degenerate("arcs that begin and do not end")
    counts = np.bincount(circle, minlength=len(points))
    offset = np.concatenate([[0], np.cumsum(counts)[:-1]])[circle]
    begins, ends = begins[by_start], ends[by_end]
    # Where a circle's first end comes before its first beginning, the pairing is shifted by one.
    shift = (ends[offset] < begins[offset]).astype(np.int64)
    partner = offset + (np.arange(len(circle)) - offset + shift) % counts[circle]
    last = ends[partner]
    last = np.where(last <= begins, last + turn, last)
    result = _Outline(np.empty_like(circle), np.empty_like(begins), np.empty_like(begins))
    result.following[by_start] = by_end[partner]
    result.first[by_start] = begins
    result.last[by_start] = last
    return result


def _angle(vector: FloatArray) -> FloatArray:
    return np.asarray(np.arctan2(vector[:, 1], vector[:, 0]))


def _walk(following: IntArray, point: FloatArray) -> tuple[IntArray, IntArray]:
    """Order the crossings ring by ring, by pointer jumping; with the ring of each.

    A ring begins at its westernmost crossing, so that it does not depend on what else is drawn.
    """
    count = len(following)
    ring = components(np.arange(count), following, count)
    by_place = np.lexsort((point[:, 1], point[:, 0], ring))
    is_head = np.zeros(count, dtype=bool)
    is_head[by_place[np.searchsorted(ring[by_place], np.arange(ring.max() + 1))]] = True
    # Cut each ring before its head, then double the steps until every crossing knows its distance
    # to the end of its chain.
    jump = np.where(is_head[following], np.arange(count), following)
    distance = (jump != np.arange(count)).astype(np.int64)
    while True:
        further = jump[jump]
        if np.array_equal(further, jump):
            break
        distance = distance + distance[jump]
        jump = further
    order = np.lexsort((-distance, ring))
    return order, ring[order]


def _rings(
    crossings: _Crossings,
    outline: _Outline,
    part: IntArray,
    points: FloatArray,
    *,
    radius: float,
    quad_segs: int,
) -> tuple[list[FloatArray], IntArray]:
    """Coordinates of each ring and the connected part it belongs to, outer rings first per part."""
    order, ring = _walk(outline.following, crossings.point)
    step = np.pi / (2 * quad_segs)
    low = np.floor(outline.first[order] / step + 1e-9).astype(np.int64) + 1
    high = np.ceil(outline.last[order] / step - 1e-9).astype(np.int64) - 1
    counts = np.maximum(high - low + 1, 0) + 1
    offset = np.concatenate([[0], np.cumsum(counts)])
    arc = np.repeat(np.arange(len(order)), counts)
    within = np.arange(offset[-1]) - offset[arc]
    angle = (low[arc] + within - 1) * step
    circle = crossings.start[order]
    coordinates = points[circle][arc] + radius * np.column_stack([np.cos(angle), np.sin(angle)])
    coordinates[offset[:-1]] = crossings.point[order]
    breaks = np.flatnonzero(ring[1:] != ring[:-1]) + 1
    starts = np.concatenate([[0], offset[breaks]])
    rings = np.split(coordinates, starts[1:])
    of_part = part[circle[np.concatenate([[0], breaks])]]
    area = _signed_areas(coordinates, starts)
    best = np.lexsort((-area, of_part))
    return [rings[i] for i in best], of_part[best]


def _signed_areas(coordinates: FloatArray, starts: IntArray) -> FloatArray:
    """Twice the area of each ring, positive if counter-clockwise."""
    following = np.roll(coordinates, -1, axis=0)
    ends = np.concatenate([starts[1:], [len(coordinates)]]) - 1
    following[ends] = coordinates[starts]
    origin = np.repeat(coordinates[starts], np.diff(np.append(starts, len(coordinates))), axis=0)
    a, b = coordinates - origin, following - origin
    return np.asarray(np.add.reduceat(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0], starts))


def _polygons(rings: list[FloatArray], of_part: IntArray) -> GeometryArray:
    """One polygon per part: its first ring is the outline, the others are holes."""
    owner = np.repeat(np.arange(len(rings)), [len(one) for one in rings])
    lines = np.asarray(shapely.linearrings(np.concatenate(rings), indices=owner), dtype=object)
    first = np.concatenate([[True], of_part[1:] != of_part[:-1]])
    return np.asarray(shapely.polygons(lines, indices=np.cumsum(first) - 1), dtype=object)


def _circles(points: FloatArray, radius: float, quad_segs: int) -> GeometryArray:
    angle = np.arange(4 * quad_segs) * (np.pi / (2 * quad_segs))
    outline = radius * np.column_stack([np.cos(angle), np.sin(angle)])
    if len(points) == 0:
        return np.empty(0, dtype=object)
    return np.asarray(shapely.polygons(points[:, None, :] + outline[None, :, :]), dtype=object)
