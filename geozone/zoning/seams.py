"""Polygons that lie on several sheets, such as the tiles of the country, joined where sheets overlap.

Polygons of one sheet do not touch each other, so the outline of the union changes only where a polygon
of one sheet crosses one of another: there it passes from the outline of the one to that of the other.
The crossings are looked for along the seams only, and the outlines are followed from crossing to
crossing (`geozone.zoning.outlines`), as among discs. No overlay of whole polygons is made, so the cost
is that of the outlines, however far a perimeter reaches.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from geozone.zoning.clusters import components, in_order
from geozone.zoning.outlines import Degenerate, follow, polygons, signed_areas, walk

__all__ = ["join_overlapping", "join_sheets"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
GeometryArray = npt.NDArray[np.object_]

_HASH_BITS = 22
_HASH = np.uint64(0x9E3779B97F4A7C15)


class _Loops(NamedTuple):
    """Rings of polygons, the union on their left, without their closing points."""

    at: FloatArray
    """Vertices, loop after loop."""
    start: IntArray
    """Where each loop begins; one more at the end."""
    part: IntArray
    """The polygon of each loop."""
    ring: GeometryArray
    """The loops as they came."""


class _Segments(NamedTuple):
    """Sides of loops."""

    loop: IntArray
    place: IntArray
    """Position of the side in its loop."""
    a: FloatArray
    b: FloatArray
    sheet: IntArray


class _Crossings(NamedTuple):
    """Where a loop of one sheet crosses a loop of another."""

    begins: tuple[IntArray, FloatArray]
    """The loop that leaves the other there, and where on it, in sides."""
    ends: tuple[IntArray, FloatArray]
    """The loop that enters the other there."""
    point: FloatArray


def join_sheets(parts: GeometryArray, sheet: IntArray) -> tuple[GeometryArray, IntArray]:
    """Join polygons that overlap.

    Parameters
    ----------
    parts : ndarray of Polygon
        Polygons, in a plane.
    sheet : ndarray of int64
        Sheet of each: polygons of one sheet do not touch each other.

    Returns
    -------
    joined : ndarray of Polygon
        Connected parts of the union. A polygon that touches no other is among them as it was.
    into : ndarray of int64
        The part that each polygon is in.
    """
    if len(parts) == 0 or (sheet == sheet[0]).all():
        return parts, np.arange(len(parts))
    one, other = shapely.STRtree(parts).query(parts)
    near = np.unique(one[sheet[one] != sheet[other]])
    if len(near) == 0:
        return parts, np.arange(len(parts))
    near = near[np.argsort(sheet[near], kind="stable")]
    try:
        joined, joined_into = _join(parts[near], sheet[near])
    except Degenerate:
        joined, joined_into = join_overlapping(parts[near])
    far = np.ones(len(parts), dtype=bool)
    far[near] = False
    into = np.empty(len(parts), dtype=np.int64)
    into[far] = np.arange(len(parts) - len(near))
    into[near] = joined_into + (len(parts) - len(near))
    return np.concatenate([parts[far], joined]), into


def join_overlapping(parts: GeometryArray) -> tuple[GeometryArray, IntArray]:
    """Join polygons that touch, component by component, by an overlay.

    Parameters
    ----------
    parts : ndarray of Polygon
        Polygons, in a plane.

    Returns
    -------
    joined : ndarray of Polygon
        Connected parts of the union.
    into : ndarray of int64
        The part that each polygon is in.
    """
    one, other = shapely.STRtree(parts).query(parts, predicate="intersects").astype(np.int64)
    into = in_order(components(one, other, len(parts)))
    order = np.argsort(into, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(into[order])) + 1)
    joined = np.empty(len(groups), dtype=object)
    for i, mine in enumerate(groups):
        joined[i] = parts[mine[0]] if len(mine) == 1 else shapely.union_all(parts[mine])
    if (shapely.get_type_id(joined) == shapely.GeometryType.POLYGON).all():
        return joined, into
    # Polygons that touch in one point only are not joined by it.
    pieces = np.asarray(shapely.get_parts(joined), dtype=object)
    at = np.asarray(shapely.point_on_surface(parts), dtype=object)
    piece, part = shapely.STRtree(at).query(pieces, predicate="intersects")
    into[part] = piece
    return pieces, into


def _join(parts: GeometryArray, sheet: IntArray) -> tuple[GeometryArray, IntArray]:
    loops = _loops(parts)
    sides = _sides(loops, sheet)
    if len(sides.loop) == 0:  # boxes overlap by a corner that holds no outline
        return parts, np.arange(len(parts))
    crossings = _cross(*_meeting(sides))
    whole = np.ones(len(loops.part), dtype=bool)
    whole[crossings.begins[0]] = False
    whole[crossings.ends[0]] = False
    kept, covered, inside = _covered(loops, crossings, np.flatnonzero(whole), parts)
    crossing = loops.part[crossings.begins[0]], loops.part[crossings.ends[0]]
    start, end = (np.concatenate(ends) for ends in zip(crossing, inside, strict=True))
    into = in_order(components(start, end, len(parts)))
    whole[np.flatnonzero(whole)[covered]] = False
    exposed = _Crossings(
        (crossings.begins[0][kept], crossings.begins[1][kept]),
        (crossings.ends[0][kept], crossings.ends[1][kept]),
        crossings.point[kept],
    )
    return _assemble(parts, into, loops, exposed, whole), into


def _loops(parts: GeometryArray) -> _Loops:
    rings, part = shapely.get_rings(shapely.orient_polygons(parts), return_index=True)
    at, ring = shapely.get_coordinates(rings, return_index=True)
    closing = np.append(ring[1:] != ring[:-1], True)
    start = np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(rings) - 1)])
    return _Loops(at[~closing], start, part.astype(np.int64), np.asarray(rings, dtype=object))


def _sides(loops: _Loops, sheet: IntArray) -> _Segments:
    """Sides that may meet another sheet: those that reach into the box of one."""
    bounds = np.append(np.flatnonzero(np.diff(sheet)) + 1, len(sheet))
    last_loop = np.searchsorted(loops.part, bounds)
    first_vertex = np.concatenate([[0], loops.start[last_loop]]).tolist()
    slices = [loops.at[low:high] for low, high in pairwise(first_vertex)]
    boxes = np.array([[*mine.min(axis=0), *mine.max(axis=0)] for mine in slices])
    margin = _longest_side(loops)
    found = [
        low + np.flatnonzero(_in_boxes(mine, np.delete(boxes, i, axis=0), boxes[i], margin))
        for i, (low, mine) in enumerate(zip(first_vertex[:-1], slices, strict=True))
    ]
    vertex = np.concatenate(found)
    loop = np.searchsorted(loops.start, vertex, side="right") - 1
    after = np.where(vertex + 1 == loops.start[loop + 1], loops.start[loop], vertex + 1)
    place = vertex - loops.start[loop]
    return _Segments(loop, place, loops.at[vertex], loops.at[after], sheet[loops.part[loop]])


def _longest_side(loops: _Loops) -> FloatArray:
    steps = np.abs(np.diff(loops.at, axis=0))
    steps[loops.start[1:-1] - 1] = 0
    closing = np.abs(loops.at[loops.start[:-1]] - loops.at[loops.start[1:] - 1])
    return np.asarray(np.maximum(steps.max(axis=0), closing.max(axis=0)))


def _in_boxes(at: FloatArray, boxes: FloatArray, own: FloatArray, margin: FloatArray) -> BoolArray:
    """Tell which points of a sheet lie in the boxes of others, or not farther away than a margin."""
    near = (boxes[:, :2] - margin <= own[2:]).all(axis=1) & (boxes[:, 2:] + margin >= own[:2]).all(axis=1)
    found = np.zeros(len(at), dtype=bool)
    for box in boxes[near]:
        found |= ((at >= box[:2] - margin) & (at <= box[2:] + margin)).all(axis=1)
    return found


def _meeting(sides: _Segments) -> tuple[_Segments, IntArray, IntArray]:
    """Find pairs of sides of different sheets whose boxes overlap, among those near another sheet.

    A grid is laid over the sides, its cells as large as the largest box, so that a box reaches into no
    more than 2 by 2 of them; only cells with sides of several sheets are looked at.
    """
    low, high = np.minimum(sides.a, sides.b), np.maximum(sides.a, sides.b)
    origin = low.min(axis=0)
    cell = (high - low).max(axis=0) * (1 + 1e-9) + 1e-12
    first = np.floor((low - origin) / cell).astype(np.int64)
    reach = np.floor((high - origin) / cell).astype(np.int64) - first
    rows = int((first[:, 1] + reach[:, 1]).max()) + 1
    key = first[:, 0] * rows + first[:, 1]
    near = np.flatnonzero(_in_shared_cell(key, reach, rows, sides.sheet))
    sides = _Segments(sides.loop[near], sides.place[near], sides.a[near], sides.b[near], sides.sheet[near])
    low, high, key, reach = low[near], high[near], key[near], reach[near]
    entry, cell_key = _entries(key, reach, rows)
    order = np.lexsort((sides.sheet[entry], cell_key))
    entry, cell_key = entry[order], cell_key[order]
    one, other = _across(cell_key, sides.sheet[entry])
    here = cell_key[one]
    one, other = entry[one], entry[other]
    # A pair that shares several cells counts in the one with the lower corner of what its boxes share.
    corner = np.maximum(low[one], low[other])
    column, row = np.floor((corner - origin) / cell).astype(np.int64).T
    met = (column * rows + row == here) & (corner <= np.minimum(high[one], high[other])).all(axis=1)
    return sides, one[met], other[met]


def _entries(key: IntArray, reach: IntArray, rows: int) -> tuple[IntArray, IntArray]:
    """Cells of each box."""
    entry, cell = [np.arange(len(key))], [key]
    for right, up in ((0, 1), (1, 0), (1, 1)):
        further = np.flatnonzero((reach[:, 0] >= right) & (reach[:, 1] >= up))
        entry.append(further)
        cell.append(key[further] + right * rows + up)
    return np.concatenate(entry), np.concatenate(cell)


def _in_shared_cell(key: IntArray, reach: IntArray, rows: int, sheet: IntArray) -> BoolArray:
    """Tell which boxes share a cell with another sheet; by hashing, so that a few are told that do not."""
    size = 1 << _HASH_BITS
    last, mixed = np.empty(size, dtype=np.int64), np.zeros(size, dtype=bool)
    corners = [(right, up) for right in (0, 1) for up in (0, 1)]
    held = [np.flatnonzero((reach[:, 0] >= right) & (reach[:, 1] >= up)) for right, up in corners]
    hashed = [_hashed(key[mine] + right * rows + up) for mine, (right, up) in zip(held, corners, strict=True)]
    for mine, slot in zip(held, hashed, strict=True):
        last[slot] = sheet[mine]
    for mine, slot in zip(held, hashed, strict=True):
        mixed[slot[last[slot] != sheet[mine]]] = True
    shared = np.zeros(len(key), dtype=bool)
    for mine, slot in zip(held, hashed, strict=True):
        shared[mine] |= mixed[slot]
    return shared


def _hashed(key: IntArray) -> IntArray:
    return ((key.astype(np.uint64) * _HASH) >> np.uint64(64 - _HASH_BITS)).astype(np.int64)


def _across(cell: IntArray, sheet: IntArray) -> tuple[IntArray, IntArray]:
    """Pairs of entries of one cell and different sheets, from entries sorted by cell and sheet."""
    count = len(cell)
    new_cell = np.ones(count, dtype=bool)
    new_cell[1:] = cell[1:] != cell[:-1]
    new_sheet = new_cell.copy()
    new_sheet[1:] |= sheet[1:] != sheet[:-1]
    cell_start = np.maximum.accumulate(np.where(new_cell, np.arange(count), 0))
    before = np.maximum.accumulate(np.where(new_sheet, np.arange(count), 0)) - cell_start
    one = np.repeat(np.arange(count), before)
    offset = np.concatenate([[0], np.cumsum(before)])[:-1]
    return one, cell_start[one] + np.arange(len(one)) - offset[one]


def _cross(sides: _Segments, one: IntArray, other: IntArray) -> _Crossings:
    """Where pairs of sides cross. A vertex is taken to be left of a side or right of it, never on it."""
    a, b, c, d = sides.a[one], sides.b[one], sides.a[other], sides.b[other]
    a_left, b_left = _left_of(c, d, a), _left_of(c, d, b)
    c_left, d_left = _left_of(a, b, c), _left_of(a, b, d)
    cross = ((a_left >= 0) != (b_left >= 0)) & ((c_left >= 0) != (d_left >= 0))
    one, other, a, b = one[cross], other[cross], a[cross], b[cross]
    a_left, b_left, c_left, d_left = (values[cross] for values in (a_left, b_left, c_left, d_left))
    along_one, along_other = a_left / (a_left - b_left), c_left / (c_left - d_left)
    point = a + along_one[:, None] * (b - a)
    # What comes from the left of a side comes from inside its polygon.
    leaves = a_left >= 0
    loops = np.column_stack([sides.loop[one], sides.loop[other]])
    places = np.column_stack([sides.place[one] + along_one, sides.place[other] + along_other])
    out = np.where(leaves, 0, 1)
    row = np.arange(len(one))
    return _Crossings((loops[row, out], places[row, out]), (loops[row, 1 - out], places[row, 1 - out]), point)


def _left_of(start: FloatArray, end: FloatArray, point: FloatArray) -> FloatArray:
    along, away = end - start, point - start
    return np.asarray(along[:, 0] * away[:, 1] - along[:, 1] * away[:, 0])


def _covered(
    loops: _Loops, crossings: _Crossings, whole: IntArray, parts: GeometryArray
) -> tuple[BoolArray, BoolArray, tuple[IntArray, IntArray]]:
    """Crossings in no third polygon, loops without crossings that are in another; who is in whom."""
    count = len(crossings.point)
    at = np.concatenate([crossings.point, loops.at[loops.start[whole]]])
    own = np.concatenate([crossings.begins[0], whole])
    second = np.concatenate([crossings.ends[0], whole])
    points = np.asarray(shapely.points(at), dtype=object)
    part, point = shapely.STRtree(points).query(parts, predicate="intersects").astype(np.int64)
    foreign = (part != loops.part[own[point]]) & (part != loops.part[second[point]])
    part, point = part[foreign], point[foreign]
    hidden = np.zeros(len(at), dtype=bool)
    hidden[point] = True
    return ~hidden[:count], hidden[count:], (loops.part[own[point]], part)


def _assemble(
    parts: GeometryArray, into: IntArray, loops: _Loops, crossings: _Crossings, whole: BoolArray
) -> GeometryArray:
    """Polygons of the loops that stay whole and of those followed from crossing to crossing."""
    size = np.bincount(into)
    joined = np.empty(len(size), dtype=object)
    alone = size[into] == 1
    joined[into[alone]] = parts[alone]
    whole = whole & ~alone[loops.part]
    outer = np.concatenate([[True], loops.part[1:] != loops.part[:-1]])
    lines, loop, positive = _followed(loops, crossings)
    lines = np.concatenate([lines, loops.ring[whole]])
    target = into[loops.part[np.concatenate([loop, np.flatnonzero(whole)])]]
    positive = np.concatenate([positive, outer[whole]])
    together = np.flatnonzero(size > 1)
    if not np.array_equal(np.sort(target[positive]), together):
        raise Degenerate("a perimeter without an outer ring, or with several")
    order = np.lexsort((~positive, target))
    if len(together):
        joined[together] = polygons(lines[order], target[order])
    return joined


def _followed(loops: _Loops, crossings: _Crossings) -> tuple[GeometryArray, IntArray, BoolArray]:
    """Rings through the crossings, a loop of each, and whether it runs around what it holds."""
    if len(crossings.point) == 0:
        return np.empty(0, dtype=object), np.empty(0, dtype=np.int64), np.empty(0, dtype=bool)
    lap = np.diff(loops.start)
    outline = follow(crossings.begins, crossings.ends, lap.astype(np.float64))
    order, ring = walk(outline.following, crossings.point)
    loop = crossings.begins[0][order]
    low = np.floor(outline.first[order]).astype(np.int64) + 1
    high = np.ceil(outline.last[order]).astype(np.int64) - 1
    counts = np.maximum(high - low + 1, 0) + 1
    offset = np.concatenate([[0], np.cumsum(counts)])
    arc = np.repeat(np.arange(len(order)), counts)
    within = np.arange(offset[-1]) - offset[arc] - 1
    coordinates = loops.at[loops.start[loop[arc]] + (low[arc] + within) % lap[loop[arc]]]
    coordinates[offset[:-1]] = crossings.point[order]
    first = np.flatnonzero(np.concatenate([[True], ring[1:] != ring[:-1]]))
    starts = offset[first]
    lengths = np.diff(np.append(starts, len(coordinates)))
    if (lengths < 3).any():
        raise Degenerate("a ring without a surface")
    owner = np.repeat(np.arange(len(starts)), lengths)
    lines = np.asarray(shapely.linearrings(coordinates, indices=owner), dtype=object)
    if not shapely.is_simple(shapely.MultiLineString(lines.tolist())):
        raise Degenerate("rings that cross")
    return lines, loop[first], signed_areas(coordinates, starts) > 0
