"""Thinning of outlines for every zoom at once, with borders that stay common.

Visvalingam's rule on the distinct vertices of a whole layer: round after round, the vertices whose
triangle with their two neighbours is the smallest around are taken away, until every triangle left
is large enough for the zoom. A vertex that two polygons share is one vertex here, so it goes from
both or from none; a vertex where borders meet or part is never taken away. One pass, from the
finest zoom to the coarsest, tells from which zoom on each vertex is drawn.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geozone.tiles.mercator import grid_size

__all__ = ["Thinning"]

_QUANTUM_BITS = 31  # world units of 2 cm at the equator: two of them make one whole number
_TOLERANCE = 2.0  # grid units, the side of the smallest triangle's square: a quarter of a pixel

Longs = NDArray[np.int64]
Flags = NDArray[np.bool_]


class _Rings(NamedTuple):
    """Rings without their closing vertex."""

    vertex: Longs  # position of each in the distinct vertices
    ring: Longs  # ring of each
    starts: Longs
    polygon: Longs  # polygon of each ring
    feature: Longs  # feature of each polygon


class Thinning:
    """Outlines with the zoom from which each vertex is drawn.

    Parameters
    ----------
    world : ndarray of Polygon or MultiPolygon
        World coordinates (unit square), none missing; empty ones stay empty.
    finest, coarsest : int
        Zooms to thin for, both included.
    """

    def __init__(self, world: NDArray[Any], finest: int, coarsest: int) -> None:
        self._count = len(world)
        coordinates, self._rings = _read(world)
        self._at, inverse = _distinct(coordinates)
        self._rings = _without_repeats(self._rings._replace(vertex=inverse))
        self._drawn_from = _drawn_from(self._at, self._rings, finest, coarsest)

    def at(self, zoom: int) -> NDArray[Any]:
        """Draw the outlines for a zoom.

        Parameters
        ----------
        zoom : int
            One of the zooms that were thinned for.

        Returns
        -------
        ndarray of MultiPolygon
            Grid coordinates of the zoom, not rounded and perhaps not valid; a part that has
            collapsed is left out, and what has no part left is empty.
        """
        rings = self._rings
        keep = self._drawn_from[rings.vertex] <= zoom
        sizes = np.bincount(rings.ring[keep], minlength=len(rings.starts))
        whole = sizes >= 3
        # The exterior ring comes first: where it has gone, its holes go with it.
        exterior = np.flatnonzero(np.diff(rings.polygon, prepend=-1))
        standing = np.zeros(len(rings.feature), dtype=bool)
        standing[rings.polygon[exterior]] = whole[exterior]
        whole &= standing[rings.polygon]
        keep &= whole[rings.ring]
        vertices, sizes = self._at[rings.vertex[keep]] * grid_size(zoom), sizes[whole]
        ends = np.cumsum(sizes)
        closed = np.insert(vertices, ends, vertices[ends - sizes], axis=0)
        per_polygon = np.bincount(rings.polygon[whole], minlength=len(rings.feature))[standing]
        per_feature = np.bincount(rings.feature[standing], minlength=self._count)
        offsets = (_offsets(sizes + 1), _offsets(per_polygon), _offsets(per_feature))
        made = shapely.from_ragged_array(shapely.GeometryType.MULTIPOLYGON, closed, offsets)
        return np.asarray(made, dtype=object)


def _offsets(sizes: Longs) -> Longs:
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def _read(world: NDArray[Any]) -> tuple[NDArray[np.float64], _Rings]:
    # An empty multipolygon at the end makes the array one of multipolygons, whatever is in it.
    closed = np.array([*world, shapely.MultiPolygon()], dtype=object)
    _, coordinates, (by_ring, by_polygon, by_feature) = shapely.to_ragged_array(closed)
    sizes = np.diff(by_ring)
    keep = np.ones(len(coordinates), dtype=bool)
    keep[by_ring[1:][sizes > 0] - 1] = False
    sizes = np.maximum(sizes - 1, 0)
    rings = _Rings(
        vertex=np.empty(0, dtype=np.int64),
        ring=np.repeat(np.arange(len(sizes)), sizes),
        starts=(np.cumsum(sizes) - sizes).astype(np.int64),
        polygon=np.repeat(np.arange(len(by_polygon) - 1), np.diff(by_polygon)),
        feature=np.repeat(np.arange(len(by_feature) - 1), np.diff(by_feature)),
    )
    return coordinates[keep], rings


def _distinct(coordinates: NDArray[np.float64]) -> tuple[NDArray[np.float64], Longs]:
    """Give each distinct vertex a number."""
    side = 1 << _QUANTUM_BITS
    steps = np.clip(np.rint(coordinates * side), 0, side - 1).astype(np.int64)
    every = steps[:, 0] << _QUANTUM_BITS | steps[:, 1]
    order = np.argsort(every)
    in_order = every[order]
    is_new = np.ones(len(every), dtype=bool)
    is_new[1:] = in_order[1:] != in_order[:-1]
    keys = in_order[is_new]
    inverse = np.empty(len(every), dtype=np.int64)
    inverse[order] = np.cumsum(is_new) - 1
    at = np.column_stack([keys >> _QUANTUM_BITS, keys & side - 1]) / side
    return at, inverse


def _without_repeats(rings: _Rings) -> _Rings:
    """Leave out a vertex that comes twice in a row."""
    keep = np.ones(len(rings.vertex), dtype=bool)
    keep[1:] = (rings.vertex[1:] != rings.vertex[:-1]) | (rings.ring[1:] != rings.ring[:-1])
    ring = rings.ring[keep]
    sizes = np.bincount(ring, minlength=len(rings.starts))
    return rings._replace(vertex=rings.vertex[keep], ring=ring, starts=np.cumsum(sizes) - sizes)


class _Chains(NamedTuple):
    """Vertices linked to their neighbours, with the triangle of each; infinite where it must stay."""

    at: NDArray[np.float64]
    left: Longs
    right: Longs
    area: NDArray[np.float64]

    def measure(self, middle: Longs) -> None:
        """Measure the triangles of some vertices, world units squared."""
        corner = self.at[middle]
        one, other = self.at[self.left[middle]] - corner, self.at[self.right[middle]] - corner
        self.area[middle] = np.abs(one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]) / 2

    def take_smallest(self, waiting: Longs) -> Longs:
        """Take away the vertices smaller than both neighbours, and return them."""
        left, right, area = self.left, self.right, self.area
        before, after, own = left[waiting], right[waiting], area[waiting]
        goes = (own < area[before]) | ((own == area[before]) & (waiting < before))
        goes &= (own < area[after]) | ((own == area[after]) & (waiting < after))
        gone, before, after = waiting[goes], before[goes], after[goes]
        area[gone] = np.inf
        for here, beyond in ((before, after), (after, before)):
            is_left = left[here] == gone
            left[here[is_left]] = beyond[is_left]
            right[here[~is_left]] = beyond[~is_left]
        return np.asarray(gone)


def _drawn_from(at: NDArray[np.float64], rings: _Rings, finest: int, coarsest: int) -> NDArray[np.int8]:
    """Find the lowest zoom at which each vertex is drawn."""
    left, right, fixed = _neighbours(rings, len(at))
    _fix_extremes(at, rings, fixed)
    lowest = np.full(len(at), coarsest, dtype=np.int8)
    chains = _Chains(at, left, right, np.full(len(at), np.inf))
    chains.measure(np.flatnonzero(~fixed))
    for zoom in range(finest, coarsest - 1, -1):
        limit = (_TOLERANCE / grid_size(zoom)) ** 2
        waiting = np.flatnonzero(chains.area < limit)
        while len(waiting):
            gone = chains.take_smallest(waiting)
            lowest[gone] = zoom + 1
            beside = np.concatenate([left[gone], right[gone]])
            beside = beside[np.isfinite(chains.area[beside])]
            chains.measure(beside)
            is_next = np.zeros(len(at), dtype=bool)  # each once; quicker than sorting
            is_next[waiting] = is_next[beside] = True
            more = np.flatnonzero(is_next)
            waiting = more[chains.area[more] < limit]
    return lowest


def _neighbours(rings: _Rings, count: int) -> tuple[Longs, Longs, Flags]:
    """Link each vertex to the two beside it; fixed are those that have other ones elsewhere."""
    vertex, ring, starts = rings.vertex, rings.ring, rings.starts
    sizes = np.bincount(ring, minlength=len(starts))
    filled = sizes > 0
    first, last = starts[filled], (starts + sizes - 1)[filled]
    before, after = np.roll(vertex, 1), np.roll(vertex, -1)
    before[first], after[last] = vertex[last], vertex[first]
    low, high = np.minimum(before, after), np.maximum(before, after)
    left, right = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    left[vertex], right[vertex] = low, high
    fixed = np.zeros(count, dtype=bool)
    fixed[vertex[(left[vertex] != low) | (right[vertex] != high) | (low == high)]] = True
    return left, right, fixed


def _fix_extremes(at: NDArray[np.float64], rings: _Rings, fixed: Flags) -> None:
    """Keep the outermost vertices of every ring, so that none collapses by losing its vertices."""
    sizes = np.bincount(rings.ring, minlength=len(rings.starts))
    starts = rings.starts[sizes > 0]
    if not len(starts):
        return
    for axis in (0, 1):
        values = at[rings.vertex, axis]
        for outermost in (np.minimum, np.maximum):
            extreme = np.repeat(outermost.reduceat(values, starts), sizes[sizes > 0])
            found = np.flatnonzero(values == extreme)
            first = np.diff(rings.ring[found], prepend=-1) > 0  # one of a straight edge is enough
            fixed[rings.vertex[found[first]]] = True
