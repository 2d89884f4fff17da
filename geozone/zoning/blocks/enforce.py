"""Zones that can be held: plain perimeters replaced by blocks, where blocks are known."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from geozone.geodesy import area_km2, buffer_m
from geozone.zoning.blocks.block_zones import BlockZone, Chosen, Laid, block_zones
from geozone.zoning.blocks.enclosure import Enclosure, block_costs
from geozone.zoning.blocks.exposure import Exposure, expose, leftovers
from geozone.zoning.blocks.ground import BlockMap, Ground
from geozone.zoning.clusters import components, in_order
from geozone.zoning.land import Land
from geozone.zoning.people import People
from geozone.zoning.perimeters import Perimeters

__all__ = ["CAUTION", "Enforced", "communes_around", "enforce"]

GeometryArray = npt.NDArray[np.object_]
IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

CAUTION = 0.75
"""Caution unless told otherwise: a resident at risk left outside weighs three shut in without need."""
_MARGIN_M = 250.0
_WHOLE_EXPOSED = 0.5
"""Caution above which a block that is exposed whole is inside for its own sake."""


class Enforced(NamedTuple):
    """Perimeters of a day, in blocks where that is possible."""

    perimeters: Perimeters
    """One per zone; clusters that one area of blocks holds are one zone."""
    zones: list[BlockZone | None]
    """What each holds; None for a plain disc."""
    found: BlockMap | None
    """The blocks that they are made of, if any are known here."""
    searched: BoolArray | None = None
    """Blocks that were looked at: costs elsewhere have no part in the choice."""
    inside: BoolArray | None = None
    """Blocks that are shut in."""
    exposed: tuple[IntArray, IntArray] | None = None
    """Pairs of cluster and block that its plain perimeter touches."""


def enforce(
    places: tuple[FloatArray, FloatArray, FloatArray],
    plain: Perimeters,
    eligible: BoolArray,
    ground: Ground,
    people: People,
    *,
    caution: float,
    close_holes_km2: float = 0.0,
    found: BlockMap | None = None,
) -> Enforced:
    """Replace the plain perimeters of clusters by blocks.

    Parameters
    ----------
    places : tuple of ndarray
        Longitude and latitude, degrees, and containment radius, metres, of every certain place.
    plain : Perimeters
        Dissolved discs, one per cluster.
    eligible : ndarray of bool
        Which clusters get a zone at all.
    ground : Ground
        Blocks and roads.
    people : People
        Where people live, and the communes.
    caution : float
        0, the narrowest zone that holds every case's block, to 1: every block that a disc touches.
    close_holes_km2 : float
        Holes up to this size are closed whatever it costs, km².
    found : BlockMap, optional
        The blocks; those of the communes around the perimeters by default.

    Returns
    -------
    Enforced
        A cluster whose discs touch no block keeps them. What of a perimeter lies in no block
        counts as one more block: it is inside if it holds a case, or if caution is above one half.
    """
    lon, lat, radius = places
    active = eligible[plain.member] if len(plain.member) else np.zeros(0, dtype=bool)
    if found is None:
        found = ground.map_of(people, communes_around(plain.geometry[eligible], people.land)[1])
    if found is None or not active.any():
        return Enforced(plain, [None] * len(plain.geometry), None)
    shapes = found.blocks.geometry.to_numpy()
    drawn = plain.geometry.copy()
    drawn[~eligible] = shapely.Polygon()
    reach = Perimeters(drawn, plain.member)
    exposure = expose(shapes, lon[active], lat[active], radius[active], reach)
    held = np.full(len(lon), -1, dtype=np.int64)
    held[active] = exposure.held
    exposure = exposure._replace(held=held)
    rest = leftovers(shapes, exposure, reach, np.column_stack([lon, lat]))
    inside, searched = _solve(found, exposure, ground, caution, close_holes_km2)
    laid = Laid(found, exposure, plain, rest, ground, people)
    chosen = _assign(laid, inside)
    kept = [piece for piece in rest if piece.has_case or caution > _WHOLE_EXPOSED]
    drawn_on = (exposure.cluster, exposure.block)
    return Enforced(*block_zones(laid, chosen, kept), found, searched | inside, inside, drawn_on)


def communes_around(shapes: GeometryArray, land: Land) -> tuple[IntArray, IntArray]:
    """Find the communes whose blocks perimeters may be made of.

    Parameters
    ----------
    shapes : ndarray of geometry
        Plain perimeters, degrees.
    land : Land
        The communes.

    Returns
    -------
    shape, commune : ndarray of int64
        Pairs of a perimeter and the row of a commune.
    """
    if not len(shapes):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    shape, commune = land.index.pairs(buffer_m(shapes, _MARGIN_M, quad_segs=4))
    return shape.astype(np.int64), commune.astype(np.int64)


def _solve(
    found: BlockMap, exposure: Exposure, ground: Ground, caution: float, close_holes_km2: float
) -> tuple[BoolArray, BoolArray]:
    """Choose the blocks inside; and those that were looked at."""
    weight = found.blocks["weight"].to_numpy(dtype=np.float64)
    required = np.zeros(len(weight), dtype=bool)
    required[exposure.held[exposure.held >= 0]] = True
    costs = block_costs(
        weight,
        exposure.graded,
        required,
        found.posts,
        checkpoint_residents=ground.checkpoint_residents,
    )
    enclosure = Enclosure(costs)
    inside = enclosure.solve(caution)
    if close_holes_km2 > 0 and inside.any():
        inside |= _in_small_holes(found.blocks.geometry.to_numpy(), inside, close_holes_km2)
    return inside, enclosure.searched


def _in_small_holes(shapes: GeometryArray, inside: BoolArray, limit_km2: float) -> BoolArray:
    """Find the blocks in holes up to a size; more caution leaves no more of them open."""
    parts = shapely.get_parts(shapely.coverage_union_all(shapes[inside]))
    rings = [ring for part in parts for ring in part.interiors]
    swallowed = np.zeros(len(shapes), dtype=bool)
    if not rings:
        return swallowed
    holes = np.asarray(shapely.polygons(rings), dtype=object)
    holes = holes[area_km2(holes) <= limit_km2]
    points = shapely.point_on_surface(shapes)
    _, block = shapely.STRtree(points).query(holes, predicate="contains")
    swallowed[block] = True
    return swallowed


def _assign(laid: Laid, inside: BoolArray) -> Chosen:
    """Join clusters that share an area of blocks into one zone; give every area to a zone."""
    area = _areas(laid.found, inside)
    held = laid.exposure.held
    placed = held >= 0
    links = np.unique(np.column_stack([laid.plain.member[placed], area[held[placed]]]), axis=0)
    links = np.concatenate([links, _by_exposure(laid, area, set(links[:, 1].tolist()))])
    clusters = len(laid.plain.geometry)
    zone = in_order(components(links[:, 0], links[:, 1] + clusters, clusters + int(area.max()) + 1))
    return Chosen(area, zone[clusters:], zone[:clusters])


def _areas(found: BlockMap, inside: BoolArray) -> IntArray:
    """Label what blocks inside make together, by common borders or a common crossing; -1 outside."""
    mesh, owner, posts = found.partition.mesh, found.partition.owner, found.posts
    sides = np.where(mesh.sides >= 0, owner[mesh.sides], -1)
    sides = sides[(sides >= 0).all(axis=1) & (sides[:, 0] != sides[:, 1])]
    corner = np.repeat(np.arange(posts.total), np.diff(posts.starts))
    met = (posts.blocks >= 0) & np.append(inside, False)[posts.blocks]
    count = len(inside)
    start = np.concatenate([sides[:, 0], posts.blocks[met]])
    stop = np.concatenate([sides[:, 1], count + corner[met]])
    both = inside[start] & ((stop >= count) | inside[np.minimum(stop, count - 1)])
    label = components(start[both], stop[both], count + posts.total)[:count]
    area = np.full(count, -1, dtype=np.int64)
    area[inside] = in_order(label[inside])
    return area


def _by_exposure(laid: Laid, area: IntArray, with_cases: set[int]) -> IntArray:
    """Give each area without a case to the cluster that exposes most people in it."""
    exposure = laid.exposure
    corner = shapely.bounds(laid.plain.geometry)[:, :2]
    people = exposure.share * laid.found.blocks["weight"].to_numpy(dtype=np.float64)[exposure.block]
    where = area[exposure.block]
    best: dict[int, tuple[tuple[float, ...], int]] = {}
    for one in np.unique(np.column_stack([where, exposure.cluster]), axis=0).tolist():
        if one[0] < 0 or one[0] in with_cases:
            continue
        mine = (where == one[0]) & (exposure.cluster == one[1])
        # Equals go by place, not by the order of the cases.
        key = (float(people[mine].sum()), float(exposure.share[mine].sum()), *corner[one[1]].tolist())
        if one[0] not in best or key > best[one[0]][0]:
            best[one[0]] = (key, one[1])
    pairs = [(cluster, area_) for area_, (_, cluster) in sorted(best.items())]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)
