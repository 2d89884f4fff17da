"""The cheapest set of blocks that holds an outbreak, found exactly as a minimum cut.

What is minimised, over all sets S of blocks that hold every block with a case::

    residents of S + checkpoint price x checkpoints of S + caution / (1 - caution) x exposed outside S

``exposed`` are the residents of a block times the share of it that lies in the discs around cases. The
cost is submodular: a block is joined to the source by what leaving it out costs and to the sink by its
residents; a post with its blocks is joined by Lawler's two nodes, which cost its price unless all its
blocks are on one side; a gate has one of them, which costs its price if its own block is inside and
another is not.

Caution weighs the source's arcs only. The cuts for growing caution are therefore nested (Gallo, Grigoriadis
and Tarjan 1989): of all minimum cuts the one with the smallest side of the source is taken, which is unique,
independent of any order, and part of that of any greater caution. At caution 1 every exposed block is inside.

All weights are whole tenths of a resident and caution is a whole percentage, so that multiplying the cost
by ``100 - percent`` makes every capacity a whole number: no rounding happens between the cost and the cut.
A block whose own weight is no less than that of all its posts together falls on its own side in the smallest
cut whatever the rest does; its capacity is cut down to just that, which keeps capacities within 32 bits.

References
----------
Gallo, Grigoriadis and Tarjan, A fast parametric maximum flow algorithm, SIAM J. Comput. 18 (1989), 30-55;
Lawler, Cutsets and partitions of hypergraphs, Networks 3 (1973), 275-285.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

__all__ = ["FULL_CAUTION", "BlockCosts", "Network", "network", "percent_of", "smallest_cut"]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

FULL_CAUTION = 100
"""Caution in percent at which every exposed block is inside."""
_LARGEST = 2**31 - 1


class BlockCosts(NamedTuple):
    """What a set of blocks costs. Blocks are named by position; weights are tenths of a resident."""

    residents: IntArray
    """Residents of each block, 0 or more."""
    exposed: IntArray
    """Exposed residents of each block."""
    touched: BoolArray
    """Whether the block is exposed at all, also if nobody lives there."""
    required: BoolArray
    """Whether it must be inside: it holds a case."""
    post_starts: IntArray
    """Where the blocks of each post begin in ``post_blocks``; one entry more than there are posts."""
    post_blocks: IntArray
    """Blocks of each post; -1 for land that is never inside."""
    post_gate: IntArray
    """The block that must be inside for a post to be needed; -1 where any may."""
    checkpoint: int
    """Price of a checkpoint."""

    def scaled(self, inside: BoolArray, percent: int) -> int:
        """Give the cost of a set times ``100 - percent``.

        Parameters
        ----------
        inside : ndarray of bool
            The set; it must hold the required blocks, and at full caution all touched ones.
        percent : int
            Caution, 0 to 100; at 100 the residents and checkpoints alone.

        Returns
        -------
        int
            Tenths of a resident, times ``100 - percent`` (times 1 at full caution).
        """
        times = max(FULL_CAUTION - percent, 1)
        held = np.append(inside, False)[self.post_blocks]
        posts = 0
        for i, gate in enumerate(self.post_gate.tolist()):
            mine = held[self.post_starts[i] : self.post_starts[i + 1]]
            posts += bool(mine.any() and not mine.all() and (gate < 0 or inside[gate]))
        left = 0 if percent == FULL_CAUTION else percent * int(self.exposed[~inside].sum())
        return times * (int(self.residents[inside].sum()) + self.checkpoint * posts) + left


class Network(NamedTuple):
    """A flow network: arcs with whole capacities from a source to a sink."""

    start: IntArray
    stop: IntArray
    capacity: IntArray
    source: int
    sink: int


def percent_of(caution: float) -> int:
    """Bring caution to a whole percentage.

    Parameters
    ----------
    caution : float
        0, the narrowest zone, to 1, the most cautious.

    Returns
    -------
    int
        0 to 100.

    Raises
    ------
    ValueError
        If it is no number from 0 to 1.
    """
    if not 0 <= caution <= 1:
        raise ValueError(f"caution is {caution!r}, expected 0 (narrow) to 1 (cautious)")
    return round(caution * FULL_CAUTION)


def smallest_cut(costs: BlockCosts, percent: int) -> BoolArray:
    """Find the smallest of the cheapest sets of blocks.

    Parameters
    ----------
    costs : BlockCosts
        The blocks.
    percent : int
        Caution, 0 to 100.

    Returns
    -------
    ndarray of bool
        Which blocks are inside. No other set is cheaper; every equally cheap one holds this one.

    Raises
    ------
    ValueError
        If the exposed residents are too many for 32 bits: about two millions in one neighbourhood.
    """
    if not len(costs.residents):
        return np.zeros(0, dtype=bool)
    made = network(costs, percent)
    most = min(
        int(made.capacity[made.start == made.source].sum()), int(made.capacity[made.stop == made.sink].sum())
    )
    if max(most, 2 * int(made.capacity.max(initial=0))) > _LARGEST:
        raise ValueError("the exposed residents are too many, or checkpoints too dear, for an exact cut")
    size = int(max(made.source, made.sink)) + 1
    graph = csr_array(
        coo_array((made.capacity.astype(np.int32), (made.start, made.stop)), shape=(size, size)),
        dtype=np.int32,
    )
    flow = maximum_flow(graph, made.source, made.sink).flow
    residual = csr_array(graph - flow)
    residual.eliminate_zeros()
    reached = breadth_first_order(residual, made.source, return_predecessors=False)
    inside = np.zeros(size, dtype=bool)
    inside[reached] = True
    return inside[: len(costs.residents)]


def network(costs: BlockCosts, percent: int) -> Network:
    """Build the network whose smallest minimum cut is the set.

    Parameters
    ----------
    costs : BlockCosts
        The blocks.
    percent : int
        Caution, 0 to 100.

    Returns
    -------
    Network
        Nodes are the blocks, then two for each post (not joined if it is small), then source and sink.
    """
    count = len(costs.residents)
    full = percent == FULL_CAUTION
    times = 1 if full else FULL_CAUTION - percent
    required = costs.required | costs.touched if full else costs.required
    gain = (0 if full else percent) * costs.exposed - times * costs.residents
    # A post of three blocks is half a post between each two of them: everything is doubled.
    price = 2 * times * costs.checkpoint
    real = costs.post_blocks >= 0
    around = price * np.bincount(costs.post_blocks[real], minlength=count).astype(np.int64)
    gain = np.where(required, around + 1, np.clip(2 * gain, -around, around + 1))
    nodes = count + 2 * len(costs.post_gate)
    source, sink = nodes, nodes + 1
    arcs = [
        (np.full(int((gain > 0).sum()), source), np.flatnonzero(gain > 0), gain[gain > 0]),
        (np.flatnonzero(gain < 0), np.full(int((gain < 0).sum()), sink), -gain[gain < 0]),
        *_small_posts(costs, price, sink),
        *_large_posts(costs, price, count, sink),
    ]
    start, stop, capacity = (np.concatenate([arc[i] for arc in arcs]).astype(np.int64) for i in range(3))
    divisor = max(int(np.gcd.reduce(capacity)), 1) if len(capacity) else 1
    return Network(start, stop, capacity // divisor, source, sink)


Arcs = tuple[IntArray, IntArray, IntArray]


def _small_posts(costs: BlockCosts, price: int, sink: int) -> list[Arcs]:
    """Join the blocks of posts of two and three blocks with each other, both ways unless one is a gate."""
    arcs: list[Arcs] = []
    size = np.diff(costs.post_starts)
    for blocks, each in ((2, price), (3, price // 2)):
        chosen = (size == blocks) & ((costs.post_gate < 0) | (blocks == 2))
        first, gate = costs.post_starts[:-1][chosen], costs.post_gate[chosen]
        for a in range(blocks):
            for b in range(blocks):
                start, stop = costs.post_blocks[first + a], costs.post_blocks[first + b]
                real = (start >= 0) & (start != stop) & ((gate < 0) | (gate == start))
                arcs.append(
                    (start[real], np.where(stop < 0, sink, stop)[real], np.full(int(real.sum()), each))
                )
    return arcs


def _large_posts(costs: BlockCosts, price: int, first_node: int, sink: int) -> list[Arcs]:
    """Give other posts two nodes: one in if any block is (or the gate's), one only if all are."""
    size = np.diff(costs.post_starts)
    gated = (costs.post_gate >= 0) & (size >= 3)
    large = (size >= 4) & ~gated
    entry = first_node + 2 * np.arange(len(size))
    mine = np.repeat(large, size)
    block, any_in = costs.post_blocks[mine], np.repeat(entry, size)[mine]
    real = block >= 0
    all_in = np.repeat(large | gated, size)
    member, last = costs.post_blocks[all_in], np.repeat(entry, size)[all_in] + 1
    first = np.where(gated, costs.post_gate, entry)[large | gated]
    return [
        (block[real], any_in[real], np.full(int(real.sum()), price)),
        (last, np.where(member < 0, sink, member), np.full(len(last), price)),
        (first, entry[large | gated] + 1, np.full(len(first), price)),
    ]
