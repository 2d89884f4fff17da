"""Places where a perimeter would need a checkpoint: where roads pass between blocks or meet on a border.

Between city blocks a perimeter runs along streets, and a road does not cross it between two corners but
leaves it at one. So a post is a point on the borders of blocks at which a road passes or roads join, with
all the blocks that these roads touch there: the perimeter needs a checkpoint there if some of these blocks
are inside and others are not. Between hamlets, where a road crosses a border in the open, this is the plain
crossing. A road bend, or a road that only goes along between the same two blocks, is none.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geozone.geodesy import LocalFrame
from geozone.index import UnitIndex
from geozone.zoning.blocks.partition import Partition
from geozone.zoning.clusters import cluster_points

__all__ = ["OUTSIDE", "Posts", "find_posts", "within_reach"]

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

OUTSIDE = -1
"""Stands for the land that is in no block: never inside a perimeter."""
ONE_POST_M = 20.0
"""Corners no farther apart, metres, that share a block, are held by one post: both sides of a crossing."""


class Posts(NamedTuple):
    """Places for checkpoints, each made of one corner or of several close together.

    Arrays of pairs are sorted by post; ``starts`` has one entry more than there are posts.
    """

    starts: IntArray
    """Where the blocks of each post begin in ``blocks``."""
    blocks: IntArray
    """Blocks that each post's roads touch; `OUTSIDE` for land without blocks."""
    corner_post: IntArray
    """Post of each corner."""
    corner_at: FloatArray
    """Longitude and latitude of each corner, degrees, shape (n, 2)."""
    corner_starts: IntArray
    """Where the blocks of each corner begin in ``corner_blocks``."""
    corner_blocks: IntArray
    """Blocks that each corner's roads touch."""
    road_starts: IntArray
    """Where the roads of each corner begin in ``roads``."""
    roads: IntArray
    """Roads at each corner, the widest first."""

    @property
    def total(self) -> int:
        """How many posts there are."""
        return len(self.starts) - 1

    def split(self, inside: BoolArray) -> BoolArray:
        """Tell which posts a perimeter needs.

        Parameters
        ----------
        inside : ndarray of bool
            Which blocks are inside.

        Returns
        -------
        ndarray of bool
            One per post: whether some of its blocks are inside and others are not.
        """
        return _split(self.starts, self.blocks, inside)

    def split_corners(self, inside: BoolArray) -> BoolArray:
        """Tell which corners lie on a perimeter.

        Parameters
        ----------
        inside : ndarray of bool
            Which blocks are inside.

        Returns
        -------
        ndarray of bool
            One per corner.
        """
        return _split(self.corner_starts, self.corner_blocks, inside)


def _split(starts: IntArray, blocks: IntArray, inside: BoolArray) -> BoolArray:
    if len(starts) == 1:
        return np.zeros(0, dtype=bool)
    held = np.append(inside, False)[blocks]
    count = np.add.reduceat(held.astype(np.int64), starts[:-1])
    return np.asarray((count > 0) & (count < np.diff(starts)), dtype=np.bool_)


def find_posts(partition: Partition) -> Posts:
    """Find where perimeters of blocks may need checkpoints.

    Parameters
    ----------
    partition : Partition
        The blocks and the mesh that they are made of.

    Returns
    -------
    Posts
        Ordered by place.

    Notes
    -----
    Roads that cross on different levels count as meeting: a post on the perimeter below a bridge has
    the bridge in its hands too.
    """
    mesh = partition.mesh
    passable = _passable(partition)
    edges = np.flatnonzero(passable)
    sides = _blocks_beside(partition, edges)
    vertex = mesh.ends[edges].ravel()
    both = np.sort(np.repeat(sides, 2, axis=0), axis=1)
    corners = _corners(vertex, both)
    keep = np.isin(vertex, corners)
    touch = np.unique(
        np.concatenate([np.column_stack([vertex[keep], both[keep, i]]) for i in (0, 1)]), axis=0
    )
    roads = np.unique(np.column_stack([vertex, np.repeat(partition.road[edges], 2)])[keep], axis=0)
    at = mesh.vertices[corners]
    order = np.lexsort((at[:, 0], at[:, 1]))
    rank = np.empty(len(corners), dtype=np.int64)
    rank[order] = np.arange(len(order))
    corner_starts, corner_blocks = _grouped(
        rank[np.searchsorted(corners, touch[:, 0])], touch[:, 1], len(rank)
    )
    road_starts, of_roads = _grouped(rank[np.searchsorted(corners, roads[:, 0])], roads[:, 1], len(rank))
    post = _together(at[order], corner_starts, corner_blocks)
    owner = np.repeat(post, np.diff(corner_starts))
    pairs = np.unique(np.column_stack([owner, corner_blocks]), axis=0)
    count = int(post.max()) + 1 if len(post) else 0
    starts, blocks = _grouped(pairs[:, 0], pairs[:, 1], count)
    return Posts(starts, blocks, post, at[order], corner_starts, corner_blocks, road_starts, of_roads)


def _passable(partition: Partition) -> BoolArray:
    if not len(partition.roads):
        return np.zeros(len(partition.road), dtype=bool)
    known = partition.roads["passable"].to_numpy(dtype=bool)
    return np.asarray((partition.road >= 0) & known[np.maximum(partition.road, 0)], dtype=np.bool_)


def _blocks_beside(partition: Partition, edges: IntArray) -> IntArray:
    """Find the blocks beside edges: a road that ends inside a block has that block on both sides."""
    mesh = partition.mesh
    faces = mesh.sides[edges]
    sides = np.where(faces >= 0, partition.owner[faces], OUTSIDE)
    lone = np.flatnonzero((faces < 0).all(axis=1))
    if len(lone):
        middle = mesh.vertices[mesh.ends[edges[lone]]].mean(axis=1)
        face = UnitIndex(mesh.faces).locate(middle[:, 0], middle[:, 1])
        sides[lone] = np.where(face >= 0, partition.owner[face], OUTSIDE)[:, None]
    return np.asarray(sides, dtype=np.int64)


def _corners(vertex: IntArray, both: IntArray) -> IntArray:
    """Vertices where a perimeter could be passed: several blocks, and more than one road going along."""
    table = pd.DataFrame({"vertex": vertex, "low": both[:, 0], "high": both[:, 1]})
    seen = table.groupby("vertex").agg(
        ends=("low", "size"),
        low=("low", "min"),
        low_most=("low", "max"),
        high=("high", "max"),
        high_least=("high", "min"),
    )
    several = (seen["low"] != seen["high"]) & ((seen["low"] >= 0) | (seen["high"] >= 0))
    along = (seen["low"] == seen["low_most"]) & (seen["high"] == seen["high_least"])
    meets = (seen["ends"] >= 3) | ((seen["ends"] == 2) & ~along)
    return np.asarray(seen.index[(several & meets).to_numpy()], dtype=np.int64)


def _grouped(group: IntArray, values: IntArray, count: int) -> tuple[IntArray, IntArray]:
    order = np.lexsort((values, group))
    starts = np.searchsorted(group[order], np.arange(count + 1))
    return starts.astype(np.int64), values[order].astype(np.int64)


def _together(at: FloatArray, starts: IntArray, blocks: IntArray) -> IntArray:
    """Give each corner its post: the corners of one are all within reach and linked by blocks."""
    if not len(at):
        return np.empty(0, dtype=np.int64)
    return _linked(within_reach(at), starts, blocks)


def within_reach(at: FloatArray) -> IntArray:
    """Group points that one post can hold: no two of a group are farther apart than `ONE_POST_M`.

    Parameters
    ----------
    at : ndarray of float64, shape (n, 2)
        Longitudes and latitudes, degrees, in an order that does not depend on chance.

    Returns
    -------
    ndarray of int64
        Label of each point.
    """
    near = cluster_points(at[:, 0], at[:, 1], ONE_POST_M)
    order = np.argsort(near, kind="stable")
    label = np.zeros(len(at), dtype=np.int64)
    for mine in np.split(order, np.flatnonzero(np.diff(near[order])) + 1):
        if len(mine) > 1:
            frame = LocalFrame(*at[mine].mean(axis=0))
            metres = np.column_stack(frame.to_metres(at[mine, 0], at[mine, 1]))
            label[mine] = fcluster(linkage(metres, "complete"), ONE_POST_M, "distance")
    return np.unique(np.column_stack([near, label]), axis=0, return_inverse=True)[1].ravel()


def _linked(close: IntArray, starts: IntArray, blocks: IntArray) -> IntArray:
    """Divide groups of close corners into those that blocks link, numbered in the order of the corners."""
    corner = np.repeat(np.arange(len(close)), np.diff(starts))
    _, node = np.unique(np.column_stack([close[corner], blocks]), axis=0, return_inverse=True)
    size = len(close) + int(node.max()) + 1
    link = coo_array(
        (np.ones(len(corner), dtype=np.int8), (corner, len(close) + node.ravel())), shape=(size, size)
    )
    label = connected_components(link, directed=False)[1][: len(close)]
    _, first, where = np.unique(label, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[where.ravel()]
