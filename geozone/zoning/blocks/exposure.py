"""How far each block is exposed: the discs around cases, laid over blocks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from geozone.geodesy import area_km2
from geozone.index import UnitIndex
from geozone.zoning.dissolve import dissolve_discs
from geozone.zoning.perimeters import Perimeters, polygons_of

__all__ = ["Exposure", "Leftover", "expose", "leftovers"]

GeometryArray = npt.NDArray[np.object_]
IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

_STEPS = (0.25, 0.5, 0.75, 1.0)
_SPECK_KM2 = 1e-4


class Exposure(NamedTuple):
    """Exposure of the blocks of a map."""

    graded: FloatArray
    """Weight of each block, 0 to 1: the mean of its shares in discs of a quarter, a half, three quarters and
    the whole of the radius, so that next door weighs four times the rim."""
    held: IntArray
    """Block that each place lies in; -1 for none."""
    cluster: IntArray
    """With ``block`` and ``share``: which part of each block lies in the plain perimeter of each cluster."""
    block: IntArray
    share: FloatArray


class Leftover(NamedTuple):
    """Part of a plain perimeter that lies in no block."""

    cluster: int
    shape: shapely.Geometry
    has_case: bool


def expose(
    blocks: GeometryArray, lon: FloatArray, lat: FloatArray, radius_m: FloatArray, plain: Perimeters
) -> Exposure:
    """Lay the discs around cases over blocks.

    Parameters
    ----------
    blocks : ndarray of Polygon
        Blocks, degrees.
    lon, lat, radius_m : ndarray of float64
        Places of cases, degrees, and the radius around each, metres.
    plain : Perimeters
        The plain perimeters of their clusters.

    Returns
    -------
    Exposure
        Exact to the outlines of the discs.
    """
    tree = shapely.STRtree(blocks)
    graded = np.zeros(len(blocks))
    for step in _STEPS:
        # Shares in the nested discs alone are not monotone in the radius's rounding: each is capped at 1.
        _, block, share = _shares(tree, blocks, dissolve_discs(lon, lat, radius_m * step))
        graded += np.minimum(np.bincount(block, share, minlength=len(blocks)), 1.0) / len(_STEPS)
    cluster, block, share = _shares(tree, blocks, plain.geometry)
    return Exposure(graded, UnitIndex(blocks).locate(lon, lat), cluster, block, share)


def _shares(
    tree: shapely.STRtree, blocks: GeometryArray, shapes: GeometryArray
) -> tuple[IntArray, IntArray, FloatArray]:
    shape, block = tree.query(shapes, predicate="intersects").astype(np.int64)
    whole = shapely.covers(shapes[shape], blocks[block])
    share = np.ones(len(shape))
    part = ~whole
    # Both areas are of one small place: degrees do for their ratio.
    common = shapely.area(shapely.intersection(shapes[shape[part]], blocks[block[part]]))
    share[part] = common / shapely.area(blocks[block[part]])
    kept = share > 0
    return shape[kept], block[kept], np.minimum(share[kept], 1.0)


def leftovers(
    blocks: GeometryArray, exposure: Exposure, plain: Perimeters, places: FloatArray
) -> list[Leftover]:
    """Find what of the perimeters that reach blocks lies in no block, on land or at sea.

    Parameters
    ----------
    blocks : ndarray of Polygon
        Blocks, degrees.
    exposure : Exposure
        Where the perimeters lie.
    plain : Perimeters
        The plain perimeters.
    places : ndarray of float64, shape (n, 2)
        Longitudes and latitudes of the cases.

    Returns
    -------
    list of Leftover
        By cluster; pieces under 100 m² are left out unless they hold a case.
    """
    found = []
    for cluster in np.unique(exposure.cluster).tolist():
        mine = exposure.block[exposure.cluster == cluster]
        rest = shapely.difference(plain.geometry[cluster], shapely.union_all(blocks[mine]))
        pieces = shapely.get_parts(polygons_of(rest))
        lone = places[(plain.member == cluster) & (exposure.held < 0)]
        for piece, area in zip(pieces, area_km2(pieces) if len(pieces) else (), strict=True):
            has_case = bool(len(lone) and shapely.intersects_xy(piece, lone[:, 0], lone[:, 1]).any())
            if has_case or area >= _SPECK_KM2:
                found.append(Leftover(cluster, piece, has_case))
    return found
