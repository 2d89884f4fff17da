"""Check that outlines fit together: overlaps, gaps, shared edges."""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from geozone.geodesy import area_km2

__all__ = ["Gap", "OverlapPair", "Topology", "check_topology", "polygons_of"]

SMALLEST_KM2 = 1e-4
"""Overlaps and gaps below a hundred square metres are the rounding of coordinates: not listed."""

GeometryArray = npt.NDArray[np.object_]


class OverlapPair(NamedTuple):
    """Two units that share an area."""

    code: str
    other_code: str
    area_km2: float


class Gap(NamedTuple):
    """A hole between units, at a point inside it; a lake or an enclave is one too."""

    lon: float
    lat: float
    area_km2: float


class Topology(NamedTuple):
    """How outlines fit together."""

    overlaps: tuple[OverlapPair, ...]
    gaps: tuple[Gap, ...]
    coverage_valid: bool
    mismatched: tuple[str, ...]
    """Codes of the units with an edge that is not its neighbour's."""


def polygons_of(geometries: GeometryArray) -> GeometryArray:
    """Keep the areal parts of each geometry.

    Parameters
    ----------
    geometries : ndarray of object
        Geometries of any kind.

    Returns
    -------
    ndarray of object
        Polygons and multipolygons; empty where there is no area.
    """
    result = geometries.copy()
    for i in np.flatnonzero(shapely.get_type_id(geometries) == shapely.GeometryType.GEOMETRYCOLLECTION):
        parts = shapely.get_parts(geometries[i])
        result[i] = shapely.union_all(parts[shapely.get_dimensions(parts) == 2])
    areal = np.isin(
        shapely.get_type_id(result), [shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON]
    )
    result[~areal] = shapely.Polygon()
    return result


def check_topology(codes: npt.NDArray[np.object_], outlines: GeometryArray) -> Topology:
    """Find the overlaps and gaps of a set of outlines.

    Parameters
    ----------
    codes : ndarray of object
        Code of each unit.
    outlines : ndarray of object
        Valid polygons and multipolygons, degrees.

    Returns
    -------
    Topology
        Overlaps and gaps of 100 m² and more, largest first.

    Notes
    -----
    Edges that two neighbours share vertex by vertex cancel. What is left, the outer border and every
    place where outlines do not fit, is noded and cut into faces: a face in no unit is a gap, a face in
    several is an overlap. Only units that reach into such a face are intersected with each other.
    """
    lines, units = _lone_edges(outlines)
    faces = np.asarray(shapely.get_parts(shapely.polygonize([shapely.union_all(lines)])), dtype=object)
    tree = shapely.STRtree(outlines)
    inside = shapely.point_on_surface(faces)
    touching = np.bincount(tree.query(inside, predicate="intersects")[0], minlength=len(faces))
    within = np.bincount(tree.query(inside, predicate="within")[0], minlength=len(faces))
    # A point on an edge that cancelled tells nothing: such a face is looked at like an overlap.
    several = faces[(within > 1) | (within != touching)]
    pairs = _pairs(tree, several)
    doubtful = np.union1d(units, pairs.ravel())
    broken = doubtful[~shapely.is_empty(shapely.coverage_invalid_edges(outlines[doubtful]))]
    return Topology(
        _overlaps(codes, outlines, pairs),
        _gaps(faces[touching == 0]),
        not len(broken),
        tuple(str(code) for code in codes[broken]),
    )


def _pairs(tree: shapely.STRtree, faces: GeometryArray) -> npt.NDArray[np.int64]:
    """Pairs of units that both reach into one of the faces."""
    face, unit = tree.query(faces, predicate="intersects")
    of_face = [np.sort(unit[face == i]) for i in range(len(faces))]
    pairs = {(int(a), int(b)) for members in of_face for a, b in combinations(members, 2)}
    return np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)


def _lone_edges(outlines: GeometryArray) -> tuple[GeometryArray, npt.NDArray[np.int64]]:
    """Chains of the edges that no neighbour runs along in the other direction, and the units they are of."""
    parts, part_unit = shapely.get_parts(shapely.orient_polygons(outlines), return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    first = np.flatnonzero(ring[1:] == ring[:-1])
    lone = first[_unpaired(points, first)]
    fresh = np.r_[True, (np.diff(lone) != 1) | (np.diff(ring[lone]) != 0)][: len(lone)]
    starts = np.flatnonzero(fresh)
    length = np.diff(np.r_[starts, len(lone)]) + 1
    offset = np.repeat(lone[starts] - np.r_[0, np.cumsum(length)[:-1]][: len(starts)], length)
    vertices = points[offset + np.arange(length.sum())]
    lines = shapely.linestrings(vertices, indices=np.repeat(np.arange(len(starts)), length))
    return np.asarray(lines, dtype=object), np.unique(part_unit[ring_part[ring[lone]]])


def _unpaired(points: npt.NDArray[np.float64], first: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Whether each edge, from a vertex to the next, lacks exactly one partner in the other direction."""
    bits = np.ascontiguousarray(points + 0.0).view(np.uint64)
    vertex = _mixed(_mixed(bits[:, 0]) + bits[:, 1])
    begin, end = vertex[first], vertex[first + 1]
    edge = _mixed(np.minimum(begin, end)) + np.maximum(begin, end)
    direction = np.where(begin < end, 1, -1)
    order = np.argsort(edge)
    starts = np.flatnonzero(np.r_[True, np.diff(edge[order]) != 0])
    count = np.diff(np.r_[starts, len(edge)])
    paired = (np.add.reduceat(direction[order], starts) == 0) & (count == 2)
    lone = np.empty(len(edge), dtype=np.bool_)
    lone[order] = ~np.repeat(paired, count)
    return lone


def _mixed(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Scatter 64-bit values, so that round coordinates do not meet (the finaliser of SplitMix64)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _overlaps(
    codes: npt.NDArray[np.object_], outlines: GeometryArray, pairs: npt.NDArray[np.int64]
) -> tuple[OverlapPair, ...]:
    if not len(pairs):
        return ()
    a, b = pairs.T
    area = area_km2(polygons_of(shapely.intersection(outlines[a], outlines[b])))
    order = [int(i) for i in np.argsort(-area, kind="stable") if area[i] >= SMALLEST_KM2]
    return tuple(OverlapPair(str(codes[a[i]]), str(codes[b[i]]), float(area[i])) for i in order)


def _gaps(faces: GeometryArray) -> tuple[Gap, ...]:
    if not len(faces):
        return ()
    area = area_km2(faces)
    inside = shapely.point_on_surface(faces)
    gaps = [Gap(float(p.x), float(p.y), float(a)) for p, a in zip(inside, area, strict=True)]
    return tuple(sorted((gap for gap in gaps if gap.area_km2 >= SMALLEST_KM2), key=lambda gap: -gap.area_km2))
