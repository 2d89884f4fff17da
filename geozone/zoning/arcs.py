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
from geozone.zoning.outlines import Degenerate, Outline, follow, polygons, signed_areas, walk

__all__ = ["settled", "thin", "union_of_discs"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
GeometryArray = npt.NDArray[np.object_]

_LEVELS = (5, 10, 20, 40)
_FEW = 20
_TRIANGULATED = 4
_JITTER_M = 1e-4
_RING_OF_CELLS = tuple((dx, dy) for dx in range(-2, 3) for dy in range(-2, 3) if max(abs(dx), abs(dy)) == 2)


class _Crossings(NamedTuple):
    """Points of the outline where the circle of one centre meets that of another."""

    start: IntArray
    """Centre whose arc begins here, going counter-clockwise."""
    end: IntArray
    """Centre whose arc ends here."""
    point: FloatArray


def thin(points: FloatArray, radius: float) -> tuple[IntArray, IntArray]:
    """Drop points whose disc is covered by the discs of the others.

    Parameters
    ----------
    points : ndarray of float64, shape (n, 2)
        Centres.
    radius : float
        Radius of every disc, in the same unit.

    Returns
    -------
    kept : ndarray of int64
        Positions of the points kept, ascending. The union of their discs is that of all.
    near : ndarray of int64
        For each point the place in ``kept`` of one that is nearer than the radius; its own if it is kept.

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
    near = np.arange(len(points))
    for level in _LEVELS:
        keep, leader = _thin_once(points[kept], radius / level)
        near = (np.cumsum(keep) - 1)[leader[near]]
        kept = kept[keep]
    return kept, near


def _thin_once(points: FloatArray, side: float) -> tuple[BoolArray, IntArray]:
    """Which points are kept, and for each one that is: itself, or the first of its cell."""
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
    cell_of = np.cumsum(first) - 1
    stays = first | ~full[cell_of]
    keep = np.empty(len(key), dtype=bool)
    keep[order] = stays
    leader = np.empty(len(key), dtype=np.int64)
    leader[order] = np.where(stays, order, order[first][cell_of])
    return keep, leader


def union_of_discs(points: FloatArray, radius: float, quad_segs: int) -> tuple[GeometryArray, IntArray]:
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
    parts : ndarray of Polygon
        Connected parts of the union.
    member : ndarray of int64
        The part that each point is in.

    Raises
    ------
    Degenerate
        If rounding makes the outline inconsistent; another way must then be taken.

    """
    centres, member = settled(points)
    if len(centres) > _FEW:
        kept, near = thin(centres, radius)
        centres, member = centres[kept], near[member]
    if len(centres) < _TRIANGULATED:
        crossings, part = _crossings_of_few(centres, radius)
    else:
        crossings, part = _crossings(centres, _triangles(centres), radius)
    lone = np.ones(len(centres), dtype=bool)
    lone[crossings.start] = False
    lone[crossings.end] = False
    # A disc that is inside the union without an arc of its own is not lone: it has neighbours.
    lone &= np.bincount(part)[part] == 1
    drawn = _circles(centres[lone], radius, quad_segs)
    if len(crossings.start):
        outline = _follow(crossings, centres)
        lines, of_part = _rings(crossings, outline, part, centres, radius=radius, quad_segs=quad_segs)
        outlined = polygons(lines, of_part)
        if not shapely.is_valid(outlined).all():
            raise Degenerate("an outline that crosses itself")
        drawn = np.concatenate([outlined, drawn])
        of_part = np.concatenate([np.unique(of_part), part[lone]])
    else:
        of_part = part[lone]
    position = np.empty(int(part.max()) + 1, dtype=np.int64)
    position[of_part] = np.arange(len(of_part))
    return drawn, position[part][member]


def settled(points: FloatArray) -> tuple[FloatArray, IntArray]:
    """Put points where the arcs can tell them apart.

    Parameters
    ----------
    points : ndarray of float64, shape (n, 2)
        Metres in a plane.

    Returns
    -------
    centres : ndarray of float64
        Different points only, rounded to a millimetre and then moved by up to 0.1 mm, always the same
        way for the same place, so that the exact ties of gridded coordinates (four points on one
        circle, three on one line) are decided consistently.
    which : ndarray of int64
        The centre of each point.
    """
    rounded = np.round(points / (10 * _JITTER_M))
    order = np.lexsort((rounded[:, 1], rounded[:, 0]))
    rounded = rounded[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (rounded[1:] != rounded[:-1]).any(axis=1)
    which = np.empty(len(order), dtype=np.int64)
    which[order] = np.cumsum(new) - 1
    centres: FloatArray = np.asarray(rounded[new] * (10 * _JITTER_M), dtype=np.float64)
    seed = np.sin(centres @ np.array([[12.9898, 39.3468], [78.233, 11.135]])) * 43758.5453
    jitter = (seed - np.floor(seed) - 0.5) * (2 * _JITTER_M)
    return np.asarray(centres + jitter, dtype=np.float64), which


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
    point = _meeting_points(points[start], points[end], radius)
    exposed = _uncovered(point, left, points, radius) & _uncovered(point, right, points, radius)
    found = _Crossings(start[exposed], end[exposed], point[exposed])
    return found, components(start, end, len(points))


def _crossings_of_few(points: FloatArray, radius: float) -> tuple[_Crossings, IntArray]:
    """Crossings on the outline of discs too few to triangulate: every pair is tried."""
    one, other = (ends.astype(np.int64) for ends in np.nonzero(~np.eye(len(points), dtype=bool)))
    step = points[other] - points[one]
    short = (step * step).sum(axis=1) < 4 * radius * radius
    start, end = one[short], other[short]
    point = _meeting_points(points[start], points[end], radius)
    exposed = np.ones(len(point), dtype=bool)
    for third in range(len(points)):
        apart = (third != start) & (third != end)
        exposed &= ~apart | _uncovered(point, np.full(len(point), third), points, radius)
    found = _Crossings(start[exposed], end[exposed], point[exposed])
    return found, components(start, end, len(points))


def _meeting_points(start: FloatArray, end: FloatArray, radius: float) -> FloatArray:
    """Where two circles meet, on the left of the way from one centre to the other."""
    step = end - start
    height = np.sqrt(radius * radius / (step * step).sum(axis=1) - 0.25)
    normal = np.column_stack([-step[:, 1], step[:, 0]])
    return np.asarray((start + end) / 2 + normal * height[:, None])


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


def _follow(crossings: _Crossings, points: FloatArray) -> Outline:
    """Join the crossings: on each circle, every beginning of an arc to the next end."""
    start, end, at = crossings
    turn = 2 * np.pi
    begins = _angle(at - points[start]) % turn
    ends = _angle(at - points[end]) % turn
    return follow((start, begins), (end, ends), np.full(len(points), turn))


def _angle(vector: FloatArray) -> FloatArray:
    return np.asarray(np.arctan2(vector[:, 1], vector[:, 0]))


def _rings(
    crossings: _Crossings,
    outline: Outline,
    part: IntArray,
    points: FloatArray,
    *,
    radius: float,
    quad_segs: int,
) -> tuple[GeometryArray, IntArray]:
    """Draw the rings, with the connected part each belongs to, the outer ring of a part first."""
    order, ring = walk(outline.following, crossings.point)
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
    lengths = np.diff(np.append(starts, len(coordinates)))
    owner = np.repeat(np.arange(len(starts)), lengths)
    lines = np.asarray(shapely.linearrings(coordinates, indices=owner), dtype=object)
    of_part = part[circle[np.concatenate([[0], breaks])]]
    best = np.lexsort((-signed_areas(coordinates, starts), of_part))
    return lines[best], of_part[best]


def _circles(points: FloatArray, radius: float, quad_segs: int) -> GeometryArray:
    angle = np.arange(4 * quad_segs) * (np.pi / (2 * quad_segs))
    outline = radius * np.column_stack([np.cos(angle), np.sin(angle)])
    if len(points) == 0:
        return np.empty(0, dtype=object)
    return np.asarray(shapely.polygons(points[:, None, :] + outline[None, :, :]), dtype=object)
