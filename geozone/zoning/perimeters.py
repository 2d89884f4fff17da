"""Perimeters: certain ones from discs, possible ones from units, rings around the certain ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geozone.geodesy import area_km2, buffer_m, discs
from geozone.index import UnitIndex
from geozone.rules.zoning_rules import ZoningRules
from geozone.types import MatchLevel
from geozone.zoning.clusters import cluster_points, components, in_order
from geozone.zoning.dissolve import dissolve_discs, dissolve_places
from geozone.zoning.land import Land
from geozone.zoning.masking import mask_reach_m

if TYPE_CHECKING:
    from geozone.zoning.blocks.hamlets import Hamlets

__all__ = [
    "Perimeters",
    "PossiblePerimeters",
    "Rings",
    "certain_perimeters",
    "containment_radii",
    "possible_perimeters",
    "rings",
]

GeometryArray = npt.NDArray[np.object_]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_UNCERTAINTY_STEP_M = 50.0
_MAX_RADIUS_M = 200_000.0


class Perimeters(NamedTuple):
    """Perimeters of one kind, and which place lies in which."""

    geometry: GeometryArray
    """One Polygon or MultiPolygon per perimeter."""
    member: IntArray
    """Position of the perimeter of each place, in the order of the places."""


class PossiblePerimeters(NamedTuple):
    """Perimeters of cases known only to a hamlet or commune, and which place lies in which."""

    geometry: GeometryArray
    """One Polygon or MultiPolygon per perimeter."""
    member: IntArray
    """Position of the perimeter of each place, in the order of the places."""
    commune: IntArray
    """Row of the commune of each perimeter."""
    hamlet: IntArray
    """Row of the hamlet that is the perimeter; -1 where it is a commune or a part of one."""


class Rings(NamedTuple):
    """Rings of one distance around containment zones."""

    geometry: GeometryArray
    """One Polygon or MultiPolygon per ring; rings do not overlap."""
    members: list[list[int]]
    """Positions of the containment zones that each ring surrounds."""


def containment_radii(uncertainty_m: npt.ArrayLike, rules: ZoningRules) -> FloatArray:
    """Choose the radius of the disc around each place.

    Parameters
    ----------
    uncertainty_m : array_like
        Radius that holds the true place, metres; nan where the place is exact.
    rules : ZoningRules
        The radius, and how much uncertainty it absorbs.

    Returns
    -------
    ndarray of float64
        Metres: the rule's radius, plus the uncertainty, rounded up to 50 m, where that is more
        than the rule set's share of the radius, plus the reach of the mask where places are masked.
    """
    uncertainty = np.nan_to_num(np.asarray(uncertainty_m, dtype=np.float64))
    stepped = np.ceil(uncertainty / _UNCERTAINTY_STEP_M) * _UNCERTAINTY_STEP_M
    grown = uncertainty > rules.uncertainty_share * rules.containment_m
    least = rules.containment_m + mask_reach_m(rules.mask_m)
    return np.minimum(least + np.where(grown, stepped, 0.0), _MAX_RADIUS_M)


def certain_perimeters(
    lon: FloatArray, lat: FloatArray, radius_m: FloatArray, rules: ZoningRules
) -> Perimeters:
    """Dissolve the discs of places, cluster by cluster, and close small holes.

    Parameters
    ----------
    lon, lat : ndarray of float64
        Places, degrees.
    radius_m : ndarray of float64
        Radius around each, metres.
    rules : ZoningRules
        Linking distance and size of holes.

    Returns
    -------
    Perimeters
        One per cluster: places linked by the rule's distance, or whose discs touch.
    """
    if len(lon) == 0:
        return Perimeters(np.empty(0, dtype=object), np.empty(0, dtype=np.int64))
    drawn = dissolve_places(lon, lat, radius_m)
    parts, into = _close(drawn.geometry, rules.close_holes_km2)
    part = into[drawn.member]
    if rules.link_m <= 2 * float(radius_m.min()):
        of_part = np.arange(len(parts))
    else:
        linked = cluster_points(lon, lat, rules.link_m)
        joined = components(part, linked + len(parts), len(parts) + int(linked.max()) + 1)
        of_part = joined[: len(parts)]
    of_part = in_order(of_part)
    return Perimeters(_gather(parts, of_part), of_part[part])


def close_holes(parts: GeometryArray, limit_km2: float) -> GeometryArray:
    """Close holes up to a size.

    Parameters
    ----------
    parts : ndarray of Polygon
        Polygons, degrees.
    limit_km2 : float
        Holes of this size or smaller are closed, km²; 0 closes none.

    Returns
    -------
    ndarray of Polygon
        In order. Anything that lay in a closed hole is then inside the polygon: parts that did
        are dropped.
    """
    return _close(parts, limit_km2)[0]


def _close(parts: GeometryArray, limit_km2: float) -> tuple[GeometryArray, IntArray]:
    """Close holes up to a size; with the polygon that each is in now."""
    into = np.arange(len(parts))
    holed = np.flatnonzero(shapely.get_num_interior_rings(parts) > 0)
    if limit_km2 <= 0 or len(holed) == 0:
        return parts, into
    rings, owner = shapely.get_rings(parts[holed], return_index=True)
    hole = np.concatenate([[False], owner[1:] == owner[:-1]])
    small = np.flatnonzero(hole)
    holes = np.asarray(shapely.polygons(rings[small]), dtype=object)
    closed = area_km2(holes) <= limit_km2
    stays = np.ones(len(rings), dtype=bool)
    stays[small[closed]] = False
    result = parts.copy()
    result[holed] = shapely.polygons(rings[stays], indices=owner[stays])
    if len(parts) == 1 or not closed.any():
        return result, into
    # What lies in a closed hole touches none of its outline: one of its points tells.
    at = shapely.get_point(shapely.get_exterior_ring(parts), 0)
    lost, around = shapely.STRtree(holes[closed]).query(at, predicate="within")
    into[lost] = holed[owner[small[closed]][around]]
    while not np.array_equal(into, into[into]):
        into = into[into]
    kept = into == np.arange(len(parts))
    return result[kept], (np.cumsum(kept) - 1)[into]


def _gather(parts: GeometryArray, group: IntArray) -> GeometryArray:
    """Put the polygons of each group together; groups are numbered from 0 without gaps."""
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(group.max() + 2 if len(group) else 1))
    result = np.empty(len(starts) - 1, dtype=object)
    for i in range(len(result)):
        mine = parts[order[starts[i] : starts[i + 1]]]
        result[i] = mine[0] if len(mine) == 1 else shapely.MultiPolygon(mine.tolist())
    return result


def possible_perimeters(
    places: pd.DataFrame, land: Land, rules: ZoningRules, hamlets: Hamlets | None = None
) -> PossiblePerimeters:
    """Draw where cases known only to a hamlet or commune may be.

    Parameters
    ----------
    places : DataFrame
        ``commune`` (row), ``level``, ``lon``, ``lat``, ``uncertainty_m``; with hamlets also ``name``.
    land : Land
        The communes.
    rules : ZoningRules
        The containment radius.
    hamlets : Hamlets, optional
        Hamlets with an outline.

    Returns
    -------
    PossiblePerimeters
        By commune; in a commune the whole of it or the part without an outline first, then the hamlets.

    Notes
    -----
    A case known to a hamlet may be anywhere in it: its outline, where there is one. Without one, the part
    of the commune within the uncertainty plus the containment radius of the hamlet's point, where that is
    smaller than the commune. Once any case of a commune is known to the commune only, the whole of it
    is one perimeter. A commune's centre says nothing of where the case is: no disc is drawn around it.
    """
    of_place = places["commune"].to_numpy(dtype=np.int64)
    reach = places["uncertainty_m"].to_numpy(dtype=np.float64) + rules.containment_m
    lon, lat = places["lon"].to_numpy(dtype=np.float64), places["lat"].to_numpy(dtype=np.float64)
    known = places["level"].to_numpy(dtype=object) == MatchLevel.HAMLET
    hamlet = np.full(len(places), -1, dtype=np.int64)
    if hamlets is not None and known.any():
        hamlet[known] = hamlets.of(places[known])
    part = (
        known & np.isfinite(lon) & np.isfinite(lat) & (reach <= _MAX_RADIUS_M)
        & (np.pi * reach**2 < land.areas_km2(of_place) * 1e6)
    )  # fmt: skip
    whole = np.isin(of_place, of_place[~part & (hamlet < 0)])
    hamlet[whole] = -1
    keys, member = np.unique(np.column_stack([of_place, hamlet]), axis=0, return_inverse=True)
    member = member.ravel().astype(np.int64)
    commune, outline = keys[:, 0], keys[:, 1]
    geometry = land.geometries[commune].copy()
    if hamlets is not None:
        geometry[outline >= 0] = hamlets.table.geometry.to_numpy()[outline[outline >= 0]]
    partial = np.zeros(len(keys), dtype=bool)
    partial[member[~whole]] = True
    for i in np.flatnonzero(partial & (outline < 0)):
        mine = member == i
        drawn = shapely.union_all(discs(lon[mine], lat[mine], reach[mine]))
        inside = polygons_of(shapely.intersection(drawn, geometry[i]))
        geometry[i] = geometry[i] if inside.is_empty else inside
    return PossiblePerimeters(geometry, member, commune, outline)


def polygons_of(geometry: BaseGeometry) -> BaseGeometry:
    """Keep only the surface of an overlay's result.

    Parameters
    ----------
    geometry : geometry
        Anything, also a collection with the points and lines where shapes merely touched.

    Returns
    -------
    geometry
        Polygon or MultiPolygon; an empty Polygon if there is no surface.
    """
    if geometry.geom_type in ("Polygon", "MultiPolygon"):
        return geometry
    parts = shapely.get_parts(shapely.get_parts(geometry))
    surface = [part for part in parts if isinstance(part, shapely.Polygon)]
    if len(surface) == 1:
        return surface[0]
    return shapely.MultiPolygon(surface) if surface else shapely.Polygon()


def join_polygons(polygons: GeometryArray) -> BaseGeometry:
    """Join polygons into one shape, without an overlay where they do not overlap.

    Parameters
    ----------
    polygons : ndarray of Polygon
        At least one.

    Returns
    -------
    geometry
        Their union.
    """
    if len(polygons) == 1:
        return shapely.Polygon(polygons[0])
    together = shapely.MultiPolygon(polygons.tolist())
    return together if together.is_valid else shapely.union_all(polygons)


def rings(
    places: tuple[FloatArray, FloatArray, FloatArray],
    perimeters: Perimeters,
    inner_m: float,
    outer_m: float,
    *,
    in_blocks: npt.NDArray[np.bool_] | None = None,
) -> Rings:
    """Draw the rings from one distance to another beyond containment zones.

    Parameters
    ----------
    places : tuple of ndarray
        Longitude and latitude, degrees, and containment radius, metres, of every certain place.
    perimeters : Perimeters
        The containment zones of those places.
    inner_m, outer_m : float
        Where the ring begins and ends, metres beyond the containment discs; 0 begins at the zone.
    in_blocks : ndarray of bool, optional
        Which zones are made of blocks: around these the ring also reaches as far beyond the zone itself.

    Returns
    -------
    Rings
        Rings that would overlap are dissolved into one; containment zones are cut out.
    """
    lon, lat, radius = places
    if len(lon) == 0:
        return Rings(np.empty(0, dtype=object), [])
    held = perimeters.geometry[in_blocks] if in_blocks is not None else perimeters.geometry[:0]
    reach = _reach((lon, lat, radius), held, outer_m)
    part = UnitIndex(reach).locate(lon, lat)
    count = len(reach)
    joined = components(part, perimeters.member + count, count + len(perimeters.geometry))
    group = in_order(joined[:count])
    zone_group = np.empty(len(perimeters.geometry), dtype=np.int64)
    zone_group[perimeters.member] = group[part]
    cores = list(perimeters.geometry)
    if inner_m > 0:
        cores += list(_reach((lon, lat, radius), held, inner_m))
    geometry = _gather(_without(reach, cores), group)
    members = [np.flatnonzero(zone_group == i).tolist() for i in range(len(geometry))]
    return Rings(geometry, members)


def _reach(
    places: tuple[FloatArray, FloatArray, FloatArray], held: GeometryArray, beyond_m: float
) -> GeometryArray:
    """Find what lies within a distance of the discs around places, or of zones made of blocks."""
    lon, lat, radius = places
    around = dissolve_discs(lon, lat, np.minimum(radius + beyond_m, _MAX_RADIUS_M))
    if not len(held):
        return around
    shapes = np.concatenate([around, shapely.get_parts(buffer_m(held, beyond_m))])
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects").astype(np.int64)
    group = in_order(components(one, other, len(shapes)))
    joined = np.empty(int(group.max()) + 1, dtype=object)
    for i in range(len(joined)):
        mine = shapes[group == i]
        joined[i] = mine[0] if len(mine) == 1 else shapely.union_all(mine)
    return np.asarray(shapely.get_parts(joined), dtype=object)


def _without(outer: GeometryArray, cores: list[BaseGeometry]) -> GeometryArray:
    """Cut from each polygon the cores that touch it."""
    inner = np.empty(len(cores), dtype=object)
    inner[:] = cores
    pieces = shapely.get_parts(inner)
    which, core = shapely.STRtree(pieces).query(outer, predicate="intersects")
    order = np.argsort(which, kind="stable")
    which, core = which[order], core[order]
    starts = np.searchsorted(which, np.arange(len(outer) + 1))
    result = outer.copy()
    for i in range(len(outer)):
        mine = pieces[core[starts[i] : starts[i + 1]]]
        if len(mine):
            result[i] = polygons_of(shapely.difference(outer[i], join_polygons(mine)))
    return result
