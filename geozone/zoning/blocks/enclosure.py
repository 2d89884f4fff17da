"""The blocks around one outbreak, prepared once, so that a slider of caution only solves."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geozone.zoning.blocks.cut import BlockCosts, percent_of, smallest_cut
from geozone.zoning.blocks.posts import Posts

__all__ = ["CHECKPOINT_RESIDENTS", "TENTHS", "Enclosure", "block_costs"]

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

CHECKPOINT_RESIDENTS = 100.0
"""What a checkpoint weighs unless told otherwise: it is worth shutting in this many more residents to save
one, for it takes several people in three shifts. No rule sets it: it is the committee's to choose."""
TENTHS = 10
_FIRST_RINGS = 1


def block_costs(
    weight: FloatArray,
    share: FloatArray,
    required: BoolArray,
    posts: Posts,
    *,
    checkpoint_residents: float = CHECKPOINT_RESIDENTS,
) -> BlockCosts:
    """Bring weights to whole tenths of a resident.

    Parameters
    ----------
    weight : ndarray of float64
        Residents of each block, known or assumed.
    share : ndarray of float64
        Part of each block that lies in the discs around cases, 0 to 1.
    required : ndarray of bool
        Which blocks hold a case.
    posts : Posts
        Where checkpoints may be needed.
    checkpoint_residents : float
        What a checkpoint weighs, residents; 0 or more.

    Returns
    -------
    BlockCosts
        Whole numbers, each rounded once; the cut is exact for these.

    Raises
    ------
    ValueError
        If the weight of a checkpoint is below 0 or no number.
    """
    if not (np.isfinite(checkpoint_residents) and checkpoint_residents >= 0):
        raise ValueError(f"checkpoint_residents is {checkpoint_residents!r}, expected 0 or more")
    residents = np.rint(weight * TENTHS).astype(np.int64)
    exposed = np.minimum(np.rint(weight * share * TENTHS).astype(np.int64), residents)
    price = round(checkpoint_residents * TENTHS)
    return BlockCosts(residents, exposed, share > 0, required, posts.starts, posts.blocks, posts.gate, price)


class Enclosure:
    """Finds the blocks to shut, for any caution.

    Parameters
    ----------
    costs : BlockCosts
        All blocks of the map.

    Attributes
    ----------
    searched : ndarray of bool
        Blocks of the neighbourhoods that settled the last answer: costs elsewhere have no part in it, as
        long as their own neighbourhoods share no post with these.

    Notes
    -----
    Only neighbourhoods of the exposed blocks are solved, each by itself, and the answer is that of the whole
    map all the same. Posts that reach out of a neighbourhood are counted as if the blocks outside took
    whatever side is cheapest, and nobody lived there: this can only make the cut cheaper. If the smallest
    cuts of these relaxed problems split no such post, their cost is the true cost, no other set of the map
    can cost less, and every equally cheap one holds it. A neighbourhood whose cut does split one is grown
    and solved again; two that come to share a post become one.
    """

    def __init__(self, costs: BlockCosts) -> None:
        self.costs = costs
        size = np.diff(costs.post_starts)
        self._owner = np.repeat(np.arange(len(size), dtype=np.int64), size)
        self._near = costs.required | costs.touched
        self.searched = self._near
        for _ in range(_FIRST_RINGS):
            self._near = self._grown(self._near)

    def solve(self, caution: float) -> BoolArray:
        """Find the cheapest set of blocks.

        Parameters
        ----------
        caution : float
            0, narrow, to 1, cautious; taken to whole hundredths.

        Returns
        -------
        ndarray of bool
            Which blocks of the map are inside. More caution never takes a block out.

        Raises
        ------
        ValueError
            If caution is no number from 0 to 1.
        """
        percent = percent_of(caution)
        near = self._near
        solved: dict[tuple[int, int], tuple[IntArray, bool]] = {}
        while True:
            inside, open_ = np.zeros(len(near), dtype=bool), np.zeros(len(near), dtype=bool)
            for blocks in self._neighbourhoods(near):
                key = (int(blocks[0]), len(blocks))
                if key not in solved:
                    solved[key] = self._solve_one(blocks, percent)
                found, reaches_out = solved[key]
                inside[found] = True
                open_[blocks] = reaches_out
            if not open_.any():
                self.searched = near
                return inside
            near = near | self._grown(self._grown(open_))

    def _solve_one(self, blocks: IntArray, percent: int) -> tuple[IntArray, bool]:
        """Solve one neighbourhood: its blocks inside, and whether they touch a post that reaches out."""
        local, beyond = self._local(blocks)
        found = blocks[smallest_cut(local, percent)]
        held = np.zeros(len(self._near) + 1, dtype=bool)
        held[found] = True
        return found, bool((held[self.costs.post_blocks] & beyond[self._owner]).any())

    def _neighbourhoods(self, near: BoolArray) -> list[IntArray]:
        """Divide blocks into those that posts connect."""
        member = np.append(near, False)[self.costs.post_blocks]
        block, post = self.costs.post_blocks[member], self._owner[member]
        size = len(near) + len(self.costs.post_starts) - 1
        link = coo_array((np.ones(len(block), dtype=np.int8), (block, len(near) + post)), shape=(size, size))
        label = connected_components(link, directed=False)[1][: len(near)][near]
        blocks = np.flatnonzero(near)
        order = np.argsort(label, kind="stable")
        return np.split(blocks[order], np.flatnonzero(np.diff(label[order])) + 1) if len(blocks) else []

    def _grown(self, near: BoolArray) -> BoolArray:
        """Add the blocks that share a post with those near."""
        held = np.append(near, False)[self.costs.post_blocks]
        posts = np.zeros(len(self.costs.post_starts) - 1, dtype=bool)
        posts[self._owner[held]] = True
        members = self.costs.post_blocks[posts[self._owner]]
        result = near.copy()
        result[members[members >= 0]] = True
        return result

    def _local(self, blocks: IntArray) -> tuple[BlockCosts, BoolArray]:
        """Cut a neighbourhood out: its costs, and the posts that reach out of it."""
        costs = self.costs
        position = np.full(len(self._near) + 1, -2, dtype=np.int64)
        position[blocks] = np.arange(len(blocks))
        position[-1] = -1
        member = position[costs.post_blocks]
        count = len(costs.post_starts) - 1
        beyond = np.bincount(self._owner[member == -2], minlength=count) > 0
        members = np.bincount(self._owner[member >= -1], minlength=count)
        used = (np.bincount(self._owner[member >= 0], minlength=count) > 0) & (members >= 2)
        used &= position[costs.post_gate] >= -1
        kept = (member >= -1) & used[self._owner]
        local = BlockCosts(
            costs.residents[blocks],
            costs.exposed[blocks],
            costs.touched[blocks],
            costs.required[blocks],
            np.concatenate([[0], np.cumsum(members[used])]).astype(np.int64),
            member[kept],
            position[costs.post_gate[used]],
            costs.checkpoint,
        )
        return local, beyond
