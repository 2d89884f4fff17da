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
from geozone.rules.zoning_rules import ZoningRules
from geozone.zoning.blocks.enforce import Enforced
from geozone.zoning.blocks.ground import BlockMap
from geozone.zoning.clusters import components, in_order
from geozone.zoning.dissolve import Dissolved, dissolve_places
from geozone.zoning.perimeters import containment_radii

__all__ = ["BlockLinks", "Pieces", "Weighed", "pieces_of", "reach_of"]

GeometryArray = npt.NDArray[np.object_]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

_MARGIN = 1.002
"""Reaches are drawn a little too wide: joining two pieces that need not be joined does no harm."""
_MARGIN_M = 2.0
_WIDEST_M = 200_000.0


class BlockLinks:
    """How zones made of blocks may depend on one another.

    One cut weighs blocks for two zones where blocks that were looked at for either share a place for a
    checkpoint, or are the same; and two zones become one where blocks inside share a border.

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
        self._by_border = np.concatenate(
            [np.zeros(met.sum(), dtype=bool), np.ones(2 * len(sides), dtype=bool)]
        )
        self.count = len(found.blocks)

    def beside(self, own: Weighed, others: Weighed) -> IntArray:
        """Find the blocks weighed for some zones that depend on others.

        Parameters
        ----------
        own, others : Weighed
            Blocks of both.

        Returns
        -------
        ndarray of int64
            Which of ``others.block``.
        """
        used = np.zeros(self._links, dtype=bool)
        used[self._link[self._ends(own)]] = True
        ends = self._ends(others)
        held = np.zeros(self.count, dtype=bool)
        held[own.block] = True
        held[self._block[ends & used[self._link]]] = True
        return np.flatnonzero(held[others.block])

    def together(self, weighed: Weighed) -> IntArray:
        """Label the blocks that depend on one another.

        Parameters
        ----------
        weighed : Weighed
            Blocks.

        Returns
        -------
        ndarray of int64
            Label of each block of the map; -1 for those that were not weighed.
        """
        ends = self._ends(weighed)
        size = self.count + self._links
        edges = (np.ones(int(ends.sum()), dtype=np.int8), (self._block[ends], self.count + self._link[ends]))
        label = connected_components(coo_array(edges, shape=(size, size)), directed=False)[1]
        found = np.full(self.count, -1, dtype=np.int64)
        found[weighed.block] = label[weighed.block]
        return found

    def _ends(self, weighed: Weighed) -> BoolArray:
        """Which ends of links count: of crossings all blocks weighed, of borders those inside."""
        searched, inside = np.zeros(self.count, dtype=bool), np.zeros(self.count, dtype=bool)
        searched[weighed.block] = True
        inside[weighed.block[weighed.inside]] = True
        ends: BoolArray = np.where(self._by_border, inside[self._block], searched[self._block])
        return ends


class Weighed(NamedTuple):
    """Blocks that were looked at for zones."""

    block: IntArray
    inside: BoolArray
    """Which of them are shut in."""


class Pieces(NamedTuple):
    """Places divided into pieces."""

    piece: IntArray
    """Piece of each place: 0, 1, ..."""
    shape: GeometryArray
    """How far the pieces reach; several shapes may be of one."""
    shape_piece: IntArray
    weighed: Weighed
    """Blocks that were looked at for the zones, each for one piece only."""
    block_piece: IntArray


def reach_of(places: pd.DataFrame, rules: ZoningRules) -> Dissolved:
    """Draw how far places make others depend on them, blocks and closed holes apart.

    Parameters
    ----------
    places : DataFrame
        Certain places.
    rules : ZoningRules
        Radius, rings and linking distance.

    Returns
    -------
    Dissolved
        Discs: two places of different polygons are not linked, and their rings do not touch.
    """
    radius = containment_radii(places["uncertainty_m"], rules) + sum(rules.buffer_widths_m)
    wide = np.maximum(radius, rules.link_m / 2) * _MARGIN + _MARGIN_M
    lon, lat = (places[axis].to_numpy(dtype=np.float64) for axis in ("lon", "lat"))
    return dissolve_places(lon, lat, np.minimum(wide, _WIDEST_M))


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
    drawn = _shut_in(enforced, rules)
    shapes = np.concatenate([reach.geometry, drawn])
    place = np.arange(count)
    edges = [(place, count + reach.member)]
    if len(drawn):
        edges.append((place, count + len(reach.geometry) + enforced.perimeters.member))
        one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
        edges.append((count + one, count + other))
    weighed = Weighed(np.empty(0, dtype=np.int64), np.empty(0, dtype=bool))
    size = count + len(shapes)
    if links is not None and enforced.searched is not None and enforced.inside is not None:
        searched = np.flatnonzero(enforced.searched)
        weighed = Weighed(searched, enforced.inside[searched])
        label = links.together(weighed)
        first = np.full(int(cluster.max()) + 1, -1, dtype=np.int64)
        first[cluster[::-1]] = place[::-1]
        clusters, blocks = enforced.exposed or (cluster[:0], cluster[:0])
        seen = label[blocks] >= 0
        edges.append((first[clusters[seen]], size + label[blocks[seen]]))
        size += int(label.max(initial=-1)) + 1
    start, end = (np.concatenate([pair[i] for pair in edges]) for i in (0, 1))
    group = components(start, end, size)
    piece = in_order(group[:count])
    number = np.full(size, -1, dtype=np.int64)
    number[group[:count]] = piece
    shape_piece = number[group[count : count + len(shapes)]]
    block_piece = weighed.block
    if len(weighed.block):
        block_piece = number[group[count + len(shapes) + label[weighed.block]]]
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
