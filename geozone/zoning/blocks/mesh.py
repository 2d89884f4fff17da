"""Roads, rivers and outlines cut into one planar mesh: vertices, edges, and the faces between them.

Everything is brought to a fixed grid of about a millimetre while it is cut (GEOS snap rounding), so that
an edge has the same two vertices for every face along it: faces are a polygon coverage, and neighbours are
found by comparing whole numbers. Lines that cross without a common vertex are cut where they cross.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from geozone.geodesy import degrees_per_metre, distance_m

__all__ = ["Mesh", "cut_mesh", "extend_ends"]

GeometryArray = npt.NDArray[np.object_]
IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

GRID_DEG = 1e-8
"""Spacing of the vertices, degrees: 1.1 mm or less."""
_ON_LINE_DEG = 4 * GRID_DEG


class Mesh(NamedTuple):
    """A planar mesh. Faces, edges and vertices are named by their position."""

    faces: GeometryArray
    """Polygons, counter-clockwise."""
    vertices: FloatArray
    """Longitude and latitude of each vertex, degrees, shape (n, 2)."""
    ends: IntArray
    """The two vertices of each edge, shape (m, 2)."""
    sides: IntArray
    """The faces to the left and to the right of each edge on the way from its first to its second
    vertex; -1 for none. Both are -1 on a line that ends inside a face."""
    line: IntArray
    """The line that each edge is part of; of several that run along it, the first."""
    length_m: FloatArray
    """Length of each edge, metres."""


def extend_ends(
    lines: GeometryArray, targets: GeometryArray, reach_m: float
) -> tuple[GeometryArray, IntArray]:
    """Close small gaps: lead lines that end just short of another line up to it.

    Parameters
    ----------
    lines : ndarray of LineString
        Lines, degrees.
    targets : ndarray of geometry
        What they may be led up to, beside each other.
    reach_m : float
        Widest gap to close, metres; 0 closes none.

    Returns
    -------
    pieces : ndarray of LineString
        What to add, each from the end of a line to the nearest point of another line.
    line : ndarray of int64
        The line that each piece prolongs.
    """
    tips, owner = _loose_ends(lines, targets)
    if reach_m <= 0 or not len(tips):
        return np.empty(0, dtype=object), np.empty(0, dtype=np.int64)
    everything = np.concatenate([lines, targets])
    reach = reach_m * max(float(value.max()) for value in degrees_per_metre(shapely.get_y(tips)))
    tip, other = shapely.STRtree(everything).query(tips, predicate="dwithin", distance=reach)
    apart = shapely.distance(tips[tip], everything[other]) > GRID_DEG
    tip, other = tip[apart], other[apart]
    gaps = np.asarray(shapely.shortest_line(tips[tip], everything[other]), dtype=object)
    ends = shapely.get_coordinates(gaps).reshape(-1, 2, 2)
    metres = distance_m(ends[:, 0, 0], ends[:, 0, 1], ends[:, 1, 0], ends[:, 1, 1])
    order = np.lexsort((ends[:, 1, 1], ends[:, 1, 0], metres, tip))
    order = order[metres[order] <= reach_m]
    _, first = np.unique(tip[order], return_index=True)
    chosen = order[first]
    return gaps[chosen], owner[tip[chosen]]


def _loose_ends(lines: GeometryArray, targets: GeometryArray) -> tuple[GeometryArray, IntArray]:
    """Find the ends of lines at which no other line arrives or passes, and the line of each."""
    owner = np.tile(np.arange(len(lines), dtype=np.int64), 2)
    tips = np.concatenate([shapely.get_point(lines, 0), shapely.get_point(lines, -1)])
    tip, _ = shapely.STRtree(np.concatenate([lines, targets])).query(
        tips, predicate="dwithin", distance=GRID_DEG
    )
    closed = np.tile(shapely.is_closed(lines), 2)
    loose = (np.bincount(tip, minlength=len(tips)) <= 1) & ~closed
    return tips[loose], owner[loose]


def cut_mesh(lines: GeometryArray) -> Mesh:
    """Cut lines where they meet, and find the faces that they enclose.

    Parameters
    ----------
    lines : ndarray of LineString or MultiLineString
        Lines, degrees, the most telling ones first: an edge along several of them is told to be part of
        the first.

    Returns
    -------
    Mesh
        Faces in no particular order; lines that enclose nothing are edges without faces.
    """
    noded = shapely.get_parts(shapely.union_all(lines, grid_size=GRID_DEG))
    vertices, ends = _edges(noded)
    found = shapely.polygonize(noded) if len(noded) else shapely.GeometryCollection()
    faces = np.asarray(shapely.orient_polygons(shapely.get_parts(found)), dtype=object)
    points = vertices[ends]
    length = distance_m(points[:, 0, 0], points[:, 0, 1], points[:, 1, 0], points[:, 1, 1])
    return Mesh(
        faces, vertices, ends, _sides(faces, vertices, ends), _lines_of(points, lines), np.asarray(length)
    )


class _Grid:
    """Whole numbers for the points of a grid that spans no more than some tens of degrees."""

    def __init__(self, points: FloatArray) -> None:
        steps = np.round(points / GRID_DEG).astype(np.int64)
        self._first = steps.min(axis=0)
        self._height = int(steps[:, 1].max() - self._first[1]) + 1

    def keys(self, points: FloatArray) -> IntArray:
        steps = np.round(points / GRID_DEG).astype(np.int64) - self._first
        return np.asarray(steps[:, 0] * self._height + steps[:, 1], dtype=np.int64)


def _edges(noded: GeometryArray) -> tuple[FloatArray, IntArray]:
    """Vertices in the order of the grid, and the edges between them, each once."""
    points, line = shapely.get_coordinates(noded, return_index=True)
    if not len(points):
        return np.empty((0, 2)), np.empty((0, 2), dtype=np.int64)
    _, first, vertex = np.unique(_Grid(points).keys(points), return_index=True, return_inverse=True)
    along = line[1:] == line[:-1]
    ends = np.sort(np.column_stack([vertex[:-1][along], vertex[1:][along]]), axis=1)
    ends = np.unique(ends[ends[:, 0] != ends[:, 1]], axis=0)
    return points[first], ends.astype(np.int64)


def _sides(faces: GeometryArray, vertices: FloatArray, ends: IntArray) -> IntArray:
    """Faces to the left and right of each edge."""
    sides = np.full((len(ends), 2), -1, dtype=np.int64)
    if not len(faces):
        return sides
    grid = _Grid(vertices)
    rings, face_of_ring = shapely.get_rings(faces, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    vertex = np.searchsorted(grid.keys(vertices), grid.keys(points))
    along = ring[1:] == ring[:-1]
    start, stop, face = vertex[:-1][along], vertex[1:][along], face_of_ring[ring[:-1][along]]
    count = len(vertices)
    wanted = np.minimum(start, stop) * count + np.maximum(start, stop)
    edge = np.searchsorted(ends[:, 0] * count + ends[:, 1], wanted)
    # Outer rings run counter-clockwise and inner ones clockwise: the face is on the left of both.
    sides[edge, (start > stop).astype(np.int64)] = face
    return sides


def _lines_of(points: FloatArray, lines: GeometryArray) -> IntArray:
    """First line that runs along each edge."""
    parts, part_line = shapely.get_parts(lines, return_index=True)
    corners, part = shapely.get_coordinates(parts, return_index=True)
    along = part[1:] == part[:-1]
    pairs = np.stack([corners[:-1][along], corners[1:][along]], axis=1)
    stretches = np.asarray(shapely.linestrings(pairs), dtype=object)
    owner = part_line[part[:-1][along]]
    middles = np.asarray(shapely.points(points.mean(axis=1)), dtype=object)
    tree = shapely.STRtree(stretches)
    edge, stretch = tree.query(middles, predicate="dwithin", distance=_ON_LINE_DEG)
    found = np.full(len(points), len(lines), dtype=np.int64)
    np.minimum.at(found, edge, owner[stretch])
    lost = np.flatnonzero(found == len(lines))
    if len(lost):
        found[lost] = owner[tree.nearest(middles[lost])]
    return found
