"""Places where a perimeter would need a checkpoint: where roads pass between blocks or meet on a border.

Between city blocks a perimeter runs along streets, and a road does not cross it between two corners but
leaves it at one. So a post is a point on the borders of blocks at which a road passes or roads join, with
all the blocks that these roads touch there: the perimeter needs a checkpoint there if some of these blocks
are inside and others are not. Between hamlets, where a road crosses a border in the open, this is the plain
crossing. An alley that opens onto the street between two blocks is a gate: it needs a checkpoint only if its
own block is inside. A road bend, or a road that only goes along between the same two blocks, is none.
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

__all__ = ["NO_GATE", "OUTSIDE", "Posts", "find_posts", "within_reach"]

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

OUTSIDE = -1
"""Stands for the land that is in no block: never inside a perimeter."""
NO_GATE = -1
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
    gate: IntArray
    """The block that must be inside for a checkpoint to be needed; `NO_GATE` where any may."""
    corner_post: IntArray
    """Post of each corner."""
    corner_at: FloatArray
    """Longitude and latitude of each corner, degrees, shape (n, 2)."""
    corner_starts: IntArray
    """Where the blocks of each corner begin in ``corner_blocks``."""
    corner_blocks: IntArray
    """Blocks that each corner's roads touch."""
    corner_gate: IntArray
    """As ``gate``, of each corner."""
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
            One per post: whether some of its blocks are inside and others are not, the gate's among them.
        """
        return _split(self.starts, self.blocks, self.gate, inside)

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
        return _split(self.corner_starts, self.corner_blocks, self.corner_gate, inside)


def _split(starts: IntArray, blocks: IntArray, gate: IntArray, inside: BoolArray) -> BoolArray:
    if len(starts) == 1:
        return np.zeros(0, dtype=bool)
    held = np.append(inside, False)[blocks]
    count = np.add.reduceat(held.astype(np.int64), starts[:-1])
    open_gate = (gate == NO_GATE) | inside[np.maximum(gate, 0)]
    return np.asarray((count > 0) & (count < np.diff(starts)) & open_gate, dtype=np.bool_)


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
    edges = np.flatnonzero(_passable(partition))
    sides = np.sort(_blocks_beside(partition, edges), axis=1)
    vertex, both = mesh.ends[edges].ravel(), np.repeat(sides, 2, axis=0)
    corners, gates = _corners(vertex, both)
    order = np.lexsort((mesh.vertices[corners, 0], mesh.vertices[corners, 1]))
    at, gates = mesh.vertices[corners[order]], gates[order]
    rank = np.full(len(mesh.vertices), -1, dtype=np.int64)
    rank[corners[order]] = np.arange(len(order))
    here = rank[vertex] >= 0
    corner = rank[vertex[here]]
    corner_starts, corner_blocks = _grouped(np.tile(corner, 2), both[here].T.ravel(), len(order))
    road_starts, roads = _grouped(corner, np.repeat(partition.road[edges], 2)[here], len(order))
    post = _together(at, corner_starts, corner_blocks)
    count = int(post.max()) + 1 if len(post) else 0
    starts, blocks = _grouped(np.repeat(post, np.diff(corner_starts)), corner_blocks, count)
    return Posts(
        starts,
        blocks,
        _gate_of_posts(post, gates, count),
        post,
        at,
        corner_starts,
        corner_blocks,
        gates,
        road_starts,
        roads,
    )


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


def _corners(vertex: IntArray, both: IntArray) -> tuple[IntArray, IntArray]:
    """Find the vertices where a road does more than go along a border, and their gates."""
    if not len(vertex):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    inner = both[:, 0] == both[:, 1]
    table = pd.DataFrame({"vertex": vertex, "low": both[:, 0], "high": both[:, 1]})
    seen = table.groupby("vertex").agg(
        ends=("low", "size"),
        low=("low", "min"),
        low_most=("low", "max"),
        high=("high", "max"),
        high_least=("high", "min"),
    )
    several = (seen["low"] != seen["high"]) & (seen["high"] >= 0)
    along = (seen["low"] == seen["low_most"]) & (seen["high"] == seen["high_least"])
    meets = several & ((seen["ends"] >= 3) | ((seen["ends"] == 2) & ~along))
    border = (
        table[~inner]
        .groupby("vertex")
        .agg(low=("low", "min"), low_most=("low", "max"), high=("high", "max"), high_least=("high", "min"))
    )
    one_street = border.index[
        (border["low"] == border["low_most"]) & (border["high"] == border["high_least"])
    ]
    within = table[inner].groupby("vertex")["low"].agg(["min", "max"])
    alley = within.index[(within["min"] == within["max"]) & (within["min"] >= 0)].intersection(one_street)
    gate = pd.Series(NO_GATE, index=seen.index)
    gate[alley] = within.loc[alley, "min"]
    return np.asarray(seen.index[meets], dtype=np.int64), gate[meets].to_numpy(dtype=np.int64)


def _gate_of_posts(post: IntArray, gates: IntArray, count: int) -> IntArray:
    """Give a post the gate of its corners where all have the same."""
    low, high = np.full(count, np.iinfo(np.int64).max), np.full(count, NO_GATE)
    np.minimum.at(low, post, gates)
    np.maximum.at(high, post, gates)
    return np.where(low == high, high, NO_GATE)


def _grouped(group: IntArray, values: IntArray, count: int) -> tuple[IntArray, IntArray]:
    """Sort pairs by group and value, each once: where each group starts, and the values."""
    pairs = np.unique(np.column_stack([group, values]), axis=0)
    return np.searchsorted(pairs[:, 0], np.arange(count + 1)).astype(np.int64), pairs[:, 1].astype(np.int64)


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
