"""Check that outlines fit together: overlaps, gaps, shared edges."""

from __future__ import annotations

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
    Only units that GEOS marks as breaking the coverage are compared with each other: where every edge
    is shared vertex by vertex, nothing can overlap.
    """
    broken = ~shapely.is_empty(shapely.coverage_invalid_edges(outlines))
    return Topology(
        _overlaps(codes[broken], outlines[broken]),
        _gaps(outlines, broken),
        not broken.any(),
        tuple(str(code) for code in codes[broken]),
    )


def _overlaps(codes: npt.NDArray[np.object_], outlines: GeometryArray) -> tuple[OverlapPair, ...]:
    if not len(outlines):
        return ()
    a, b = shapely.STRtree(outlines).query(outlines, predicate="intersects")
    a, b = a[a < b], b[a < b]
    shared = polygons_of(shapely.intersection(outlines[a], outlines[b]))
    area = area_km2(shared) if len(shared) else np.zeros(0)
    order = [int(i) for i in np.argsort(-area) if area[i] >= SMALLEST_KM2]
    return tuple(OverlapPair(str(codes[a[i]]), str(codes[b[i]]), float(area[i])) for i in order)


def _gaps(outlines: GeometryArray, broken: npt.NDArray[np.bool_]) -> tuple[Gap, ...]:
    parts = [shapely.union_all(outlines[broken])]
    if not broken.all():
        parts.append(shapely.coverage_union_all(outlines[~broken]))
    joined = shapely.get_parts(shapely.union_all(parts))
    rings, owner = shapely.get_rings(joined, return_index=True)
    inner = np.r_[False, owner[1:] == owner[:-1]]
    holes: GeometryArray = np.array([shapely.Polygon(ring) for ring in rings[inner]], dtype=object)
    # An island may lie in a lake: what is left of the hole is the gap.
    hole, island = shapely.STRtree(joined).query(holes, predicate="contains")
    for i in np.unique(hole):
        holes[i] = shapely.difference(holes[i], shapely.union_all(joined[island[hole == i]]))
    area = area_km2(holes) if len(holes) else np.zeros(0)
    order = [int(i) for i in np.argsort(-area) if area[i] >= SMALLEST_KM2]
    return tuple(
        Gap(float(point.x), float(point.y), float(area[i]))
        for i, point in ((i, shapely.point_on_surface(holes[i])) for i in order)
    )
