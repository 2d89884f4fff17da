"""Which cases have zones that depend on one another: pieces that can be drawn each by itself.

Zones of two pieces have nothing to do with one another: no discs or rings that touch, no hole of one that
holds the other, no cases within the linking distance, no blocks that one cut weighs for both.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geozone.geodesy import buffer_m
from geozone.index import UnitIndex
from geozone.rules.zoning_rules import ZoningRules
from geozone.zoning.blocks.enforce import Enforced
from geozone.zoning.blocks.ground import BlockMap
from geozone.zoning.clusters import components, in_order
from geozone.zoning.dissolve import dissolve_discs
from geozone.zoning.perimeters import containment_radii

__all__ = ["BlockLinks", "Pieces", "pieces_of", "reach_of"]

GeometryArray = npt.NDArray[np.object_]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

_MARGIN = 1.002
"""Reaches are drawn a little too wide: joining two pieces that need not be joined does no harm."""
_MARGIN_M = 2.0
_WIDEST_M = 200_000.0


class BlockLinks:
    """Which blocks of a map share a crossing or a border.

    Parameters
    ----------
    found : BlockMap
        The blocks.
    """

    def __init__(self, found: BlockMap) -> None:
        mesh, owner, posts = found.partition.mesh, found.partition.owner, found.posts
        sides = np.where(mesh.sides >= 0, owner[mesh.sides], -1)
        sides = sides[(sides >= 0).all(axis=1) & (sides[:, 0] != sides[:, 1])]
        corner = np.repeat(np.arange(posts.total), np.diff(posts.starts))
        met = posts.blocks >= 0
        border = posts.total + np.arange(len(sides))
        self._block = np.concatenate([posts.blocks[met], sides[:, 0], sides[:, 1]])
        self._link = np.concatenate([corner[met], border, border])
        self._links = posts.total + len(sides)
        self._count = len(found.blocks)

    def grown(self, blocks: BoolArray) -> BoolArray:
        """Add the blocks beside some.

        Parameters
        ----------
        blocks : ndarray of bool
            Which blocks of the map.

        Returns
        -------
        ndarray of bool
            These and their neighbours.
        """
        used = np.zeros(self._links, dtype=bool)
        used[self._link[blocks[self._block]]] = True
        found = blocks.copy()
        found[self._block[used[self._link]]] = True
        return found

    def together(self, blocks: BoolArray) -> IntArray:
        """Label the blocks that hang together.

        Parameters
        ----------
        blocks : ndarray of bool
            Which blocks of the map.

        Returns
        -------
        ndarray of int64
            Label of each block of the map; -1 for the others.
        """
        mine = blocks[self._block]
        size = self._count + self._links
        edges = (np.ones(int(mine.sum()), dtype=np.int8), (self._block[mine], self._count + self._link[mine]))
        label = connected_components(coo_array(edges, shape=(size, size)), directed=False)[1][: self._count]
        return np.where(blocks, label, -1).astype(np.int64)


class Pieces(NamedTuple):
    """Places divided into pieces."""

    piece: IntArray
    """Piece of each place: 0, 1, ..."""
    shape: GeometryArray
    """How far the pieces reach; several shapes may be of one."""
    shape_piece: IntArray
    block: IntArray
    """Blocks that were weighed for the zones; each for one piece only."""
    block_piece: IntArray


def reach_of(places: pd.DataFrame, rules: ZoningRules) -> GeometryArray:
    """Draw how far places make others depend on them, blocks and closed holes apart.

    Parameters
    ----------
    places : DataFrame
        Certain places.
    rules : ZoningRules
        Radius, rings and linking distance.

    Returns
    -------
    ndarray of Polygon
        Dissolved discs: two places of different polygons are not linked, and their rings do not touch.
    """
    radius = containment_radii(places["uncertainty_m"], rules) + sum(rules.buffer_widths_m)
    wide = np.maximum(radius, rules.link_m / 2) * _MARGIN + _MARGIN_M
    lon, lat = (places[axis].to_numpy(dtype=np.float64) for axis in ("lon", "lat"))
    return dissolve_discs(lon, lat, np.minimum(wide, _WIDEST_M))


def pieces_of(
    places: pd.DataFrame,
    enforced: Enforced,
    cluster: IntArray,
    rules: ZoningRules,
    links: BlockLinks | None,
) -> Pieces:
    """Divide places into pieces.

    Parameters
    ----------
    places : DataFrame
        Certain places.
    enforced : Enforced
        Their perimeters.
    cluster : ndarray of int64
        Plain perimeter of each place.
    rules : ZoningRules
        Radius, rings, holes, linking distance.
    links : BlockLinks, optional
        Neighbours of the blocks that the perimeters are made of.

    Returns
    -------
    Pieces
        The smallest ones.
    """
    count = len(places)
    reach = reach_of(places, rules)
    lon, lat = (places[axis].to_numpy(dtype=np.float64) for axis in ("lon", "lat"))
    drawn = _shut_in(enforced, rules)
    shapes = np.concatenate([reach, drawn])
    place = np.arange(count)
    edges = [(place, count + UnitIndex(reach).locate(lon, lat))]
    if len(drawn):
        edges.append((place, count + len(reach) + enforced.perimeters.member))
        one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
        edges.append((count + one, count + other))
    weighed = np.zeros(0, dtype=np.int64)
    size = count + len(shapes)
    if links is not None and enforced.searched is not None and enforced.exposed is not None:
        label = links.together(enforced.searched)
        weighed = np.flatnonzero(enforced.searched)
        first = np.full(int(cluster.max()) + 1, -1, dtype=np.int64)
        first[cluster[::-1]] = place[::-1]
        clusters, blocks = enforced.exposed
        seen = label[blocks] >= 0
        edges.append((first[clusters[seen]], size + label[blocks[seen]]))
        size += int(label.max(initial=-1)) + 1
    start, end = (np.concatenate([pair[i] for pair in edges]) for i in (0, 1))
    group = components(start, end, size)
    piece = in_order(group[:count])
    number = np.full(size, -1, dtype=np.int64)
    number[group[:count]] = piece
    shape_piece = number[group[count : count + len(shapes)]]
    block_piece = weighed
    if len(weighed):
        block_piece = number[group[count + len(shapes) + label[weighed]]]
    return Pieces(piece, shapes, shape_piece, weighed, block_piece)


def _shut_in(enforced: Enforced, rules: ZoningRules) -> GeometryArray:
    """Shapes of perimeters that may reach beyond the discs: blocks with their rings, and closed holes."""
    in_blocks = np.array([zone is not None for zone in enforced.zones], dtype=bool)
    shapes = enforced.perimeters.geometry
    if not in_blocks.any():
        return shapes if rules.close_holes_km2 > 0 else shapes[:0]
    result = shapes.copy()
    width = sum(rules.buffer_widths_m) * _MARGIN + _MARGIN_M
    result[in_blocks] = buffer_m(shapes[in_blocks], width)
    return result
