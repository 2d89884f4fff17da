"""Live clusters against drawing everything anew."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyproj import Geod

from geozone.geodesy import area_km2
from geozone.rules.zoning_rules import ZoningRules
from geozone.zoning.live import Change, LiveClusters

RULES = ZoningRules(14, 300, 200, 14, 14)
PLACE = st.tuples(st.floats(106.0, 106.03), st.floats(21.0, 21.03), st.sampled_from([0.0, 40.0, 120.0]))
STEP = st.tuples(st.sampled_from(["add", "add", "remove", "move"]), st.integers(0, 9), PLACE)


def groups(live: LiveClusters) -> set[frozenset]:
    return {live.members(cluster) for cluster in live}


def fresh(held: dict[int, tuple[float, float, float]], rules: ZoningRules) -> LiveClusters:
    at = np.array(list(held.values())).reshape(-1, 3)
    return LiveClusters(rules, list(held), at[:, 0], at[:, 1], at[:, 2])


def assert_same(live: LiveClusters, held: dict[int, tuple[float, float, float]], rules: ZoningRules) -> None:
    again = fresh(held, rules)
    assert groups(live) == groups(again)
    for cluster in live:
        key = next(iter(live.members(cluster)))
        one, other = live.perimeter(cluster), again.perimeter(again.cluster_of(key))
        assert one.is_valid
        assert area_km2(shapely.symmetric_difference(one, other))[0] < 1e-4 * area_km2(other)[0]


ALL_BUT_TOUCHING = [
    ("add", 0, (106.0, 21.0, 120.0)),
    ("add", 1, (106.02055133914146, 21.0099634151946, 120.0)),
    ("add", 2, (106.02433998997847, 21.015190631864716, 120.0)),
    ("add", 3, (106.015625, 21.0, 120.0)),
]


@settings(max_examples=40)
@given(st.lists(STEP, max_size=25), st.sampled_from([100.0, 300.0, 900.0]))
@example(ALL_BUT_TOUCHING, 100.0)
def test_any_edits_equal_drawing_anew(steps: list, link: float) -> None:
    rules = replace(RULES, link_m=link)
    live, held = LiveClusters(rules), {}
    for step, key, (lon, lat, unsure) in steps:
        before = {cluster: live.perimeter(cluster) for cluster in live}
        if step == "add" and key not in held:
            change = live.add(key, lon, lat, uncertainty_m=unsure)
            held[key] = (lon, lat, unsure)
        elif step == "remove" and key in held:
            change = live.remove(key)
            del held[key]
        elif step == "move" and key in held:
            change = live.move(key, lon, lat, uncertainty_m=unsure)
            held[key] = (lon, lat, unsure)
        else:
            continue
        assert set(before) - set(live) <= set(change.gone)
        untouched = set(live) - set(change.changed)
        assert all(live.perimeter(cluster) is before[cluster] for cluster in untouched)
    assert_same(live, held, rules)


@given(
    st.floats(0, 360),
    st.floats(-0.1, 0.4),
    st.lists(PLACE, min_size=0, max_size=3),
    st.sampled_from([(21.0001, 106.0001), (20.99999, 105.99999), (59.9, 10.2)]),
)
def test_discs_that_all_but_touch_are_joined_alike_however_drawn(
    azimuth: float, apart_m: float, others: list, middle: tuple[float, float]
) -> None:
    """Whether two circles meet must not hang on what else is drawn, nor on the order."""
    rules = replace(RULES, link_m=100.0)
    lat, lon = middle
    to_lon, to_lat, _ = Geod(ellps="WGS84").fwd(lon, lat, azimuth, 400.0 + apart_m)
    held = {"one": (lon, lat, 0.0), "other": (to_lon, to_lat, 0.0)}
    live = LiveClusters(rules)
    for key, place in held.items():
        live.add(key, *place[:2])
    for number, place in enumerate(others):
        live.add(number, *place[:2], uncertainty_m=place[2])
        held[number] = place
    assert_same(live, held, rules)


@settings(max_examples=20)
@given(st.dictionaries(st.integers(0, 30), PLACE, min_size=2, max_size=20), PLACE)
def test_adding_then_removing_restores(held: dict, place: tuple[float, float, float]) -> None:
    live = fresh(held, RULES)
    before = groups(live)
    areas = {live.members(cluster): area_km2(live.perimeter(cluster))[0] for cluster in live}
    live.add("new", place[0], place[1], uncertainty_m=place[2])
    live.remove("new")
    assert groups(live) == before
    for cluster in live:
        assert area_km2(live.perimeter(cluster))[0] == pytest.approx(areas[live.members(cluster)], rel=1e-4)


def test_changes_name_what_merged_and_what_split() -> None:
    live = LiveClusters(RULES, ["a", "b"], [106.0, 106.006], [21.0, 21.0])
    assert live.cluster_of("a") != live.cluster_of("b")
    assert live.add("c", 106.003, 21.0) == Change(gone=(1,), changed=(0,))
    assert live.members(0) == {"a", "b", "c"}
    split = live.remove("c")
    assert split.gone == ()
    assert len(split.changed) == 2
    alone = live.cluster_of("a")
    assert live.remove("a") == Change(gone=(alone,), changed=())
    assert list(live) == [live.cluster_of("b")]


def test_nonsense_is_refused_and_changes_nothing() -> None:
    live = LiveClusters(RULES, ["a"], [106.0], [21.0])
    before = live.perimeter(0)
    with pytest.raises(ValueError, match="already"):
        live.add("a", 106.0, 21.0)
    with pytest.raises(ValueError, match="expected"):
        live.move("a", 106.0, 89.0)
    with pytest.raises(KeyError):
        live.remove("b")
    with pytest.raises(KeyError):
        live.move("b", 106.0, 21.0)
    assert live.perimeter(0) is before
    assert groups(live) == {frozenset({"a"})}


def test_small_holes_are_closed_in_perimeters_only() -> None:
    turn = np.arange(0, 2 * np.pi, 0.25)
    lon, lat = 106 + 400 * np.cos(turn) / 103_900, 21 + 400 * np.sin(turn) / 110_740
    live = LiveClusters(replace(RULES, close_holes_km2=0.2), list(range(len(turn))), lon, lat)
    assert len(live.perimeter(0).interiors) == 0
    live.add("in the hole", 106.0, 21.0)
    assert len(live) == 1


@pytest.mark.parametrize("radius", [200.0, 600.0])
def test_a_large_cluster_is_cut_out_where_places_go_and_grows_where_they_come(radius: float) -> None:
    rules = replace(RULES, containment_m=radius, link_m=radius)
    rng = np.random.default_rng(int(radius))
    spread = rng.normal([106.0, 21.0], 0.012, (420, 2))
    held = {i: (float(x), float(y), float(rng.choice([0.0, 0.0, 120.0]))) for i, (x, y) in enumerate(spread)}
    live = fresh(held, rules)
    assert max(len(live.members(cluster)) for cluster in live) > 150
    for step in range(160):
        if step % 4 == 3:
            held[1_000 + step] = (*rng.normal([106.0, 21.0], 0.012, 2).tolist(), 0.0)
            live.add(1_000 + step, *held[1_000 + step][:2])
        else:
            key = int(rng.choice(sorted(held)))
            before = set(live)
            change = live.remove(key)
            del held[key]
            assert set(live) - before <= set(change.changed)
            assert before - set(live) <= set(change.gone)
        if step % 40 == 39:
            assert_same(live, held, rules)


def test_a_large_cluster_falls_apart_where_its_bridge_goes() -> None:
    rules = replace(RULES, close_holes_km2=0.0)
    rng = np.random.default_rng(3)
    west = rng.normal([106.0, 21.0], 0.001, (80, 2))
    held = {
        i: (float(x), float(y), 0.0)
        for i, (x, y) in enumerate(np.concatenate([west, west + np.array([0.016, 0.0])]))
    }
    for i in range(4):
        held[900 + i] = (106.0 + 0.016 * (i + 1) / 5, 21.0, 0.0)
    live = fresh(held, rules)
    assert len(live) == 1
    change = live.remove(901)
    del held[901]
    assert len(live) == len(change.changed) == 2
    assert_same(live, held, rules)
    live.add(901, 106.0064, 21.0)
    held[901] = (106.0064, 21.0, 0.0)
    assert len(live) == 1
    assert_same(live, held, rules)
