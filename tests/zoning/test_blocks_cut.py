"""The minimum cut beside brute force over all sets, a second solver, and its own promises."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geozone.zoning.blocks.cut import BlockCosts, Network, network, percent_of, smallest_cut
from geozone.zoning.blocks.enclosure import Enclosure, block_costs
from geozone.zoning.blocks.posts import NO_GATE, Posts


@st.composite
def made_costs(draw: st.DrawFn, most: int = 8) -> BlockCosts:
    count = draw(st.integers(1, most))
    residents = np.array(draw(st.lists(st.integers(0, 400), min_size=count, max_size=count)))
    share = np.array(draw(st.lists(st.sampled_from([0, 0, 0.1, 0.5, 1]), min_size=count, max_size=count)))
    required = np.array(draw(st.lists(st.booleans(), min_size=count, max_size=count)))
    members = st.lists(st.integers(-1, count - 1), min_size=2, max_size=6, unique=True).map(sorted)
    posts = draw(st.lists(members, max_size=12))
    starts = np.concatenate([[0], np.cumsum([len(post) for post in posts])]).astype(np.int64)
    blocks = np.array([block for post in posts for block in post], dtype=np.int64)
    gates = [draw(st.sampled_from([-1, *[block for block in post if block >= 0]])) for post in posts]
    price = draw(st.sampled_from([0, 1, 17, 300]))
    exposed = np.rint(residents * share).astype(np.int64)
    gate = np.array(gates, dtype=np.int64)
    return BlockCosts(residents, exposed, share > 0, required, starts, blocks, gate, price)


def every_set(costs: BlockCosts, percent: int) -> list[np.ndarray]:
    must = costs.required | costs.touched if percent == 100 else costs.required
    sets = [np.array(one) for one in itertools.product([False, True], repeat=len(must))]
    return [one for one in sets if not (must & ~one).any()]


@settings(max_examples=200, deadline=None)
@given(made_costs(), st.integers(0, 100))
def test_no_set_is_cheaper_and_every_equal_one_holds_it(costs: BlockCosts, percent: int) -> None:
    found = smallest_cut(costs, percent)
    least = costs.scaled(found, percent)
    for other in every_set(costs, percent):
        cost = costs.scaled(other, percent)
        assert cost >= least
        if cost == least:
            assert not (found & ~other).any()


@settings(max_examples=60, deadline=None)
@given(made_costs(14), st.integers(0, 100))
def test_a_second_solver_cuts_as_cheaply(costs: BlockCosts, percent: int) -> None:
    made = network(costs, percent)
    graph = nx.DiGraph()
    graph.add_nodes_from([made.source, made.sink])
    for start, stop, capacity in zip(
        made.start.tolist(), made.stop.tolist(), made.capacity.tolist(), strict=True
    ):
        known = graph.get_edge_data(start, stop, {"capacity": 0})["capacity"]
        graph.add_edge(start, stop, capacity=known + capacity)
    value, _ = nx.minimum_cut(graph, made.source, made.sink)
    inside = np.zeros(made.sink + 1, dtype=bool)
    inside[made.source] = True
    inside[: len(costs.residents)] = smallest_cut(costs, percent)
    _complete(inside, made, len(costs.residents))
    crossing = inside[made.start] & ~inside[made.stop]
    assert int(made.capacity[crossing].sum()) == value


def _complete(inside: np.ndarray, made: Network, count: int) -> None:
    """Put the two nodes of each post where they cost least: one in if any block is, one only if all are."""
    for entry in range(count, made.source, 2):
        inside[entry] = inside[made.start[made.stop == entry]].any()
        after = made.stop[made.start == entry + 1]
        inside[entry + 1] = len(after) > 0 and inside[after].all()


@settings(max_examples=150, deadline=None)
@given(made_costs(20), st.tuples(st.integers(0, 100), st.integers(0, 100)).map(sorted))
def test_more_caution_never_takes_a_block_out(costs: BlockCosts, percents: list[int]) -> None:
    narrow, wide = (smallest_cut(costs, percent) for percent in percents)
    assert not (narrow & ~wide).any()


@settings(max_examples=100, deadline=None)
@given(made_costs(16), st.integers(0, 100), st.data())
def test_more_cases_never_shrink_it(costs: BlockCosts, percent: int, data: st.DataObject) -> None:
    count = len(costs.residents)
    more = np.array(data.draw(st.lists(st.booleans(), min_size=count, max_size=count)))
    grown = costs._replace(
        required=costs.required | more,
        touched=costs.touched | more,
        exposed=np.where(more, costs.residents, costs.exposed),
    )
    assert not (smallest_cut(costs, percent) & ~smallest_cut(grown, percent)).any()


@settings(max_examples=100, deadline=None)
@given(made_costs(16), st.integers(0, 100), st.randoms(use_true_random=False))
def test_the_order_of_blocks_and_posts_is_irrelevant(costs: BlockCosts, percent: int, rng) -> None:
    count = len(costs.residents)
    order = np.array(rng.sample(range(count), count))
    place = np.append(np.argsort(order), -1)
    posts = [place[costs.post_blocks[a:b]] for a, b in itertools.pairwise(costs.post_starts.tolist())]
    shuffled = rng.sample(range(len(posts)), len(posts))
    posts = [posts[i] for i in shuffled]
    gate = place[costs.post_gate][np.array(shuffled, dtype=int)]
    starts = np.concatenate([[0], np.cumsum([len(post) for post in posts])]).astype(np.int64)
    blocks = np.concatenate(posts).astype(np.int64) if posts else np.empty(0, dtype=np.int64)
    mixed = BlockCosts(
        *(column[order] for column in costs[:4]), starts, blocks, gate, costs.checkpoint
    )  # fmt: skip
    assert (smallest_cut(mixed, percent) == smallest_cut(costs, percent)[order]).all()


def posts_of(starts: np.ndarray, blocks: np.ndarray) -> Posts:
    """Posts without corners: what a cut needs of them."""
    none = np.empty(0, dtype=np.int64)
    gates = np.full(len(starts) - 1, NO_GATE)
    return Posts(starts, blocks, gates, none, np.empty((0, 2)), none, none, none, none, none)


def street_grid(side: int, rng: np.random.Generator) -> BlockCosts:
    """City blocks between crossings: a post at every corner of four blocks, one in three missing."""
    index = np.arange(side * side).reshape(side, side)
    corners = np.stack([index[:-1, :-1], index[1:, :-1], index[:-1, 1:], index[1:, 1:]], axis=-1).reshape(
        -1, 4
    )
    corners = corners[rng.random(len(corners)) < 0.7]
    row, column = np.divmod(np.arange(side * side), side)
    share = np.clip(1.6 - np.hypot(row - side / 2, column - side / 2) / (side / 10), 0, 1)
    weight = rng.integers(0, 60, side * side).astype(float)
    required = (share == 1) & (rng.random(side * side) < 0.1)
    starts = np.arange(len(corners) + 1) * 4
    return block_costs(weight, share, required, posts_of(starts, corners.ravel()), checkpoint_residents=40)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("caution", [0.0, 0.4, 0.8, 1.0])
def test_the_neighbourhood_gives_the_answer_of_the_whole_map(seed: int, caution: float) -> None:
    costs = street_grid(30, np.random.default_rng(seed))
    whole = smallest_cut(costs, percent_of(caution))
    assert (Enclosure(costs).solve(caution) == whole).all()
    assert not (costs.required & ~whole).any()


def test_a_neighbourhood_that_is_too_small_grows() -> None:
    """A long empty street with a checkpoint at each end: only far out is it cheaper to shut it whole."""
    count = 40
    starts = np.arange(count) * 2
    blocks = np.column_stack([np.arange(count - 1), np.arange(1, count)]).ravel()
    share = np.zeros(count)
    share[0] = 1.0
    costs = block_costs(np.zeros(count), share, share == 1, posts_of(starts, blocks))
    assert Enclosure(costs).solve(0.5).all()


def test_people_in_a_far_block_stop_it() -> None:
    starts = np.arange(4) * 2
    weight = np.array([10.0, 5.0, 5.0, 500.0])
    share = np.array([1.0, 0, 0, 0])
    costs = block_costs(weight, share, share == 1, posts_of(starts, np.array([0, 1, 1, 2, 2, 3])))
    assert Enclosure(costs).solve(0.5).tolist() == [True, False, False, False]


@pytest.mark.parametrize("caution", [-0.1, 1.1, float("nan")])
def test_caution_outside_its_domain_is_refused(caution: float) -> None:
    with pytest.raises(ValueError, match="expected 0"):
        percent_of(caution)
