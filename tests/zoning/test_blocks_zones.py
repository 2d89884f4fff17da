"""Zones on a made-up town: every case shut in, caution monotone, checkpoints where roads cross."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geozone.geodesy import area_km2
from geozone.rules.zoning_rules import ZoningRules
from geozone.synthetic.town import Town, make_town
from geozone.zoning import Ground, Land, ZoneSet, caution_curve, land_classes, lifting_schedule, zones

from .conftest import AS_OF, SIDE, SOUTH, WEST, grid, place, table

RULES = ZoningRules(
    activity_days=14, link_m=300, containment_m=200, lift_days=14, green_days=14, buffer_widths_m=(150.0, 200.0)
)  # fmt: skip
MIDDLE = (WEST + 1.5 * SIDE, SOUTH + 1.5 * SIDE)


@cache
def town() -> Town:
    return make_town(*MIDDLE, seed=5, side_m=1_600.0)


@cache
def land() -> Land:
    return Land(grid())


@cache
def ground(*, with_blocks: bool = True) -> Ground:
    return Ground(town().blocks if with_blocks else None, town().roads)


def cases_at(*numbers: int) -> pd.DataFrame:
    return table(*[place(f"c{i}", *town().homes[i].tolist()) for i in numbers])


def drawn(
    cases: pd.DataFrame, caution: float = 0.75, *, on: Ground | None = None, **changes: object
) -> ZoneSet:
    rules = replace(RULES, **changes) if changes else RULES
    return zones(cases, land(), rules, as_of=AS_OF, ground=on or ground(), caution=caution)


def codes_inside(zone_set: ZoneSet) -> set[str]:
    texts = zone_set.containment["blocks"].dropna()
    return {one["code"] for text in texts for one in json.loads(text)}


some_cases = st.lists(st.integers(0, 220), min_size=1, max_size=6, unique=True)
a_caution = st.integers(0, 20).map(lambda step: step / 20)


@settings(max_examples=12, deadline=None)
@given(some_cases, a_caution)
def test_every_case_lies_in_its_zone_and_zones_do_not_overlap(numbers: list[int], caution: float) -> None:
    found = drawn(cases_at(*numbers), caution)
    table_ = found.containment
    assert set(table_["perimeter"]) == {"blocks"}
    shape_of = dict(zip(table_["zone_id"], table_.geometry, strict=True))
    zone_of = dict(zip(found.membership["case_id"], found.membership["zone_id"], strict=True))
    for i in numbers:
        assert shapely.covers(shape_of[zone_of[f"c{i}"]], shapely.Point(town().homes[i]))
    shapes = table_.geometry.to_numpy()
    assert area_km2(np.array([shapely.union_all(shapes)]))[0] == pytest.approx(
        area_km2(shapes).sum(), rel=1e-9
    )
    assert (table_["case_count"].sum()) == len(numbers)


@settings(max_examples=8, deadline=None)
@given(some_cases, st.tuples(a_caution, a_caution).map(sorted))
def test_more_caution_never_takes_a_block_out(numbers: list[int], cautions: list[float]) -> None:
    narrow, wide = (drawn(cases_at(*numbers), caution) for caution in cautions)
    assert codes_inside(narrow) <= codes_inside(wide)
    inside = [shapely.union_all(one.containment.geometry.to_numpy()) for one in (narrow, wide)]
    assert area_km2(np.array([shapely.difference(*inside)]))[0] < 1e-9


@settings(max_examples=8, deadline=None)
@given(some_cases, some_cases, a_caution)
def test_more_cases_never_shrink_the_ground_shut_in(one: list[int], more: list[int], caution: float) -> None:
    few, many = drawn(cases_at(*one), caution), drawn(cases_at(*sorted({*one, *more})), caution)
    assert codes_inside(few) <= codes_inside(many)


@settings(max_examples=6, deadline=None)
@given(some_cases, a_caution, st.randoms(use_true_random=False))
def test_the_order_of_cases_blocks_and_roads_is_irrelevant(numbers: list[int], caution: float, rng) -> None:
    mixed = Ground(
        town().blocks.iloc[rng.sample(range(len(town().blocks)), len(town().blocks))].reset_index(drop=True),
        town().roads.iloc[rng.sample(range(len(town().roads)), len(town().roads))].reset_index(drop=True),
    )
    cases = cases_at(*numbers)
    other = cases.iloc[rng.sample(range(len(cases)), len(cases))].reset_index(drop=True)
    one, two = drawn(cases, caution), drawn(other, caution, on=mixed)
    columns = ["zone_id", "area_km2", "residents", "checkpoints", "disc_residents", "case_count"]
    pd.testing.assert_frame_equal(
        pd.DataFrame(one.containment[columns]), pd.DataFrame(two.containment[columns])
    )
    assert codes_inside(one) == codes_inside(two)
    pd.testing.assert_frame_equal(
        pd.DataFrame(one.checkpoints.drop(columns="geometry")),
        pd.DataFrame(two.checkpoints.drop(columns="geometry")),
    )


@pytest.mark.parametrize("with_blocks", [True, False])
@pytest.mark.parametrize("caution", [0.0, 0.7, 1.0])
def test_checkpoints_lie_on_the_perimeter_and_on_a_road(caution: float, *, with_blocks: bool) -> None:
    found = drawn(cases_at(0, 5, 60, 90), caution, on=ground(with_blocks=with_blocks))
    roads = town().roads[town().roads["passable"]].geometry.to_numpy()
    shape_of = dict(zip(found.containment["zone_id"], found.containment.geometry, strict=True))
    assert len(found.checkpoints) > 3
    for zone_id, point in zip(found.checkpoints["zone_id"], found.checkpoints.geometry, strict=True):
        assert shapely.dwithin(shapely.boundary(shape_of[zone_id]), point, 5e-8)
        assert shapely.dwithin(roads, point, 5e-8).any()
    counted = found.checkpoints["zone_id"].value_counts()
    assert found.containment.set_index("zone_id")["checkpoints"].to_dict() == counted.to_dict()
    assert found.checkpoints["checkpoint_id"].is_unique
    assert found.checkpoints["kind"].isin(["primary", "street", "alley"]).all()
    assert (found.checkpoints["name"] != "").all()


def test_without_caution_only_blocks_with_cases_and_at_full_caution_every_disc() -> None:
    numbers = (0, 40, 41)
    free = Ground(town().blocks, town().roads, checkpoint_residents=0.0)
    narrow = drawn(cases_at(*numbers), 0.0, on=free)
    at = shapely.points(town().homes[list(numbers)])
    holding = town().blocks[
        shapely.intersects(town().blocks.geometry.to_numpy()[:, None], at[None]).any(axis=1)
    ]
    assert codes_inside(narrow) == set(holding["block_code"])
    assert narrow.containment["residents"].sum() == holding["residents"].sum()
    assert narrow.containment["households"].sum() == holding["households"].sum()
    assert set(narrow.containment["residents_method"].str.contains("own figures")) == {True}
    wide = drawn(cases_at(*numbers), 1.0, on=free)
    plain = zones(cases_at(*numbers), land(), RULES, as_of=AS_OF)
    outside = shapely.difference(
        shapely.union_all(plain.containment.geometry.to_numpy()),
        shapely.union_all(wide.containment.geometry.to_numpy()),
    )
    assert area_km2(np.array([outside]))[0] < 1e-6
    assert wide.containment["exposed_inside"].to_numpy() == pytest.approx(1.0)


def test_the_comparison_is_that_of_the_plain_zones() -> None:
    cases = cases_at(0, 40, 41)
    found = drawn(cases).containment
    plain = zones(cases, land(), RULES, as_of=AS_OF, ground=Ground(None, town().roads.iloc[:0]))
    assert found["disc_area_km2"].sum() == pytest.approx(plain.containment["area_km2"].sum(), rel=1e-9)
    shapes = plain.containment.geometry.to_numpy()
    blocks = town().blocks.geometry.to_numpy()
    share = shapely.area(shapely.intersection(shapely.union_all(shapes), blocks)) / shapely.area(blocks)
    people = float((share * town().blocks["residents"]).sum())
    assert found["disc_residents"].sum() == pytest.approx(people, abs=len(found))
    roads = town().roads[town().roads["passable"]].geometry.to_numpy()
    met = shapely.get_num_geometries(shapely.intersection(roads[:, None], shapely.boundary(shapes)[None]))
    crossings = int(
        met[~shapely.is_empty(shapely.intersection(roads[:, None], shapely.boundary(shapes)[None]))].sum()
    )
    assert 0.7 * crossings <= found["disc_checkpoints"].sum() <= crossings


def test_plain_zones_get_checkpoints_where_only_roads_are_known() -> None:
    """A road that divides nothing makes no blocks, but it crosses the disc twice."""
    lone = town().roads.iloc[[0]].reset_index(drop=True)
    x, y = town().homes[0].tolist()
    lone = lone.set_geometry(
        gpd.GeoSeries([shapely.LineString([(x - 0.01, y), (x + 0.01, y)])], crs="EPSG:4326")
    )
    found = drawn(cases_at(0), on=Ground(None, lone))
    assert found.containment["perimeter"].tolist() == ["disc"]
    assert found.containment["checkpoints"].tolist() == [2]
    assert found.checkpoints["name"].tolist() == [lone["name"].iloc[0]] * 2


def test_rings_and_land_classes_still_partition_the_land() -> None:
    cases = cases_at(0, 40, 41, 200)
    found = drawn(cases, 0.6)
    held = shapely.union_all(found.containment.geometry.to_numpy())
    shapes = found.buffer.geometry.to_numpy()
    assert set(found.buffer["ring"]) == {1, 2}
    assert area_km2(np.array([shapely.intersection(shapely.union_all(shapes), held)]))[0] < 1e-9
    assert area_km2(shapes).sum() == pytest.approx(
        area_km2(np.array([shapely.union_all(shapes)]))[0], rel=1e-9
    )
    rings = shapely.union_all([held, *shapes])
    plain = zones(cases, land(), RULES, as_of=AS_OF)
    around = shapely.union_all([*plain.containment.geometry, *plain.buffer.geometry])
    assert area_km2(np.array([shapely.difference(around, rings)]))[0] < 1e-6
    classes = land_classes(land(), found, cases, RULES, as_of=AS_OF)
    for code, mine in classes.groupby("code"):
        assert mine["area_km2"].sum() == pytest.approx(
            land().areas_km2(land().positions([code]))[0], rel=1e-7
        )
    parts = lifting_schedule(found, cases, land())
    assert parts["area_km2"].sum() == pytest.approx(found.containment["area_km2"].sum(), rel=1e-6)


def test_a_perimeter_that_leaves_the_blocks_keeps_its_disc_there() -> None:
    """A case at the edge of the town: the land beyond counts as one more block."""
    blocks = town().blocks
    edge = int(np.argmin(shapely.get_x(shapely.centroid(blocks.geometry.to_numpy()))))
    x, y = shapely.get_coordinates(shapely.point_on_surface(blocks.geometry.iloc[edge]))[0].tolist()
    only = Ground(blocks.iloc[[edge]], None)
    cases = table(place("c", x, y))
    narrow, wide = (drawn(cases, caution, on=only).containment.iloc[0] for caution in (0.2, 0.8))
    assert len(json.loads(narrow["blocks"])) == 1
    assert narrow["area_km2"] == pytest.approx(area_km2(blocks.geometry.to_numpy()[[edge]])[0], rel=1e-4)
    disc = zones(cases, land(), RULES, as_of=AS_OF).containment.geometry.iloc[0]
    rest = shapely.difference(disc, wide["geometry"])
    assert area_km2(np.array([rest]))[0] < 1e-5
    assert pd.isna(wide["checkpoints"])


def test_a_case_at_sea_stays_inside() -> None:
    coast = gpd.GeoDataFrame(
        {"block_code": ["A"], "name": ["Thôn 1"], "residents": [50.0], "households": [12.0]},
        geometry=[shapely.box(WEST, SOUTH + 0.02, WEST + 0.002, SOUTH + 0.022)],
        crs="EPSG:4326",
    )
    boat = table(place("c", WEST - 0.0005, SOUTH + 0.021))
    for caution in (0.0, 1.0):
        [shape] = drawn(boat, caution, on=Ground(coast, None)).containment.geometry
        assert shapely.covers(shape, shapely.Point(WEST - 0.0005, SOUTH + 0.021))
        assert shapely.covers(shape, coast.geometry.iloc[0]) == (caution == 1)


def test_a_cluster_below_the_number_of_the_rules_shuts_nothing(
    make_cases: Callable[..., pd.DataFrame],
) -> None:
    found = drawn(cases_at(0, 200), min_cluster_cases=2)
    assert found.containment.empty
    assert len(found.undrawn) == 2


def test_a_hole_of_the_zone_is_closed_up_to_the_size_of_the_rules() -> None:
    blocks = town().blocks
    shapes = blocks.geometry.to_numpy()
    middle = int(np.argmin(shapely.distance(shapely.centroid(shapes), shapely.Point(*MIDDLE))))
    ring = np.flatnonzero(shapely.touches(shapes, shapes[middle]))
    at = shapely.get_coordinates(shapely.point_on_surface(shapes[ring]))
    cases = table(*[place(f"c{i}", *point) for i, point in enumerate(at.tolist())])
    free = Ground(blocks, town().roads, checkpoint_residents=0.0)
    open_ = drawn(cases, 0.0, on=free)
    closed = drawn(cases, 0.0, on=free, close_holes_km2=0.5)
    code = blocks["block_code"].iloc[middle]
    assert code not in codes_inside(open_)
    assert code in codes_inside(closed)


def test_possible_zones_stay_whole_units() -> None:
    known_to_commune = place("p", geo_level="commune", geo_commune_code="09011", geo_uncertainty_m=2_000.0)
    found = drawn(table(place("c", *town().homes[0].tolist()), known_to_commune))
    kinds = dict(zip(found.containment["certainty"], found.containment["perimeter"], strict=True))
    assert kinds == {"certain": "blocks", "possible": "unit"}
    assert set(found.checkpoints["zone_id"]) == {found.containment["zone_id"].iloc[0]}


def test_zones_of_blocks_keep_their_names_from_day_to_day() -> None:
    first = drawn(cases_at(0, 40))
    later = cases_at(0, 40, 41)
    after = zones(
        later, land(), RULES, as_of=AS_OF + dt.timedelta(days=1), previous=first, ground=ground(), caution=0.9
    )
    assert set(first.containment["zone_id"]) & set(after.containment["zone_id"])
    assert set(after.checkpoints["zone_id"]) <= set(after.containment["zone_id"])


def test_the_same_seed_makes_the_same_town() -> None:
    again = make_town(*MIDDLE, seed=5, side_m=1_600.0)
    pd.testing.assert_frame_equal(pd.DataFrame(again.blocks), pd.DataFrame(town().blocks))
    assert shapely.coverage_is_valid(again.blocks.geometry.to_numpy())
    river = again.roads[again.roads["kind"] == "river"].geometry.iloc[0]
    met = again.roads[shapely.dwithin(again.roads.geometry.to_numpy(), river, 1e-8)]
    over = met[~_ends_at(met.geometry.to_numpy(), river)]
    assert set(over["kind"]) == {"primary"}
    assert len(met) > len(over)
    with pytest.raises(ValueError, match="at least four"):
        make_town(*MIDDLE, side_m=100.0)


def test_the_curve_grows_from_narrow_to_cautious_and_ends_with_the_discs() -> None:
    cases = cases_at(0, 3, 40, 41, 90)
    curve = caution_curve(cases, land(), RULES, as_of=AS_OF, ground=ground(), cautions=(0.0, 0.6, 0.8, 1.0))
    steps, plain = curve.iloc[:-1], curve.iloc[-1]
    assert steps["caution"].tolist() == [0.0, 0.6, 0.8, 1.0]
    for column in ("area_km2", "residents", "blocks", "exposed_inside"):
        assert steps[column].is_monotonic_increasing
    assert set(curve["cases"]) == {5}
    assert pd.isna(plain["caution"])
    narrow = steps.iloc[0]
    assert narrow["residents"] < plain["residents"]
    assert narrow["checkpoints"] < plain["checkpoints"]
    assert steps["exposed_inside"].iloc[-1] == pytest.approx(1.0)
    assert curve["people_per_case"].to_numpy() == pytest.approx(curve["residents"].to_numpy() / 5)


def _ends_at(lines: np.ndarray, river: shapely.LineString) -> np.ndarray:
    """Whether each line only ends at the river."""
    ends = np.stack([shapely.get_point(lines, 0), shapely.get_point(lines, -1)])
    return shapely.dwithin(ends, river, 1e-8).any(axis=0)


@settings(max_examples=6, deadline=None)
@given(some_cases, st.sampled_from([0.3, 0.75, 0.95]), st.booleans())
def test_lifting_releases_whole_blocks(numbers: list[int], caution: float, with_blocks) -> None:
    known = ground(with_blocks=with_blocks)
    days = ["2021-07-02", "2021-07-06", "2021-07-10"]
    rows = [
        place(f"c{i}", *town().homes[i].tolist(), report_date=days[n % 3])
        for n, i in enumerate(sorted(numbers))
    ]
    cases = table(*rows)
    found = zones(cases, land(), RULES, as_of=AS_OF, ground=known, caution=caution)
    parts = lifting_schedule(found, cases, land(), ground=known, caution=caution)
    newest = {f"c{i}": days[n % 3] for n, i in enumerate(sorted(numbers))}
    for zone in found.containment.itertuples():
        mine = parts[(parts["zone_id"] == zone.zone_id).to_numpy()]
        assert area_km2(mine.geometry.to_numpy()).sum() == pytest.approx(zone.area_km2, rel=1e-6)
        if not pd.isna(zone.residents):
            assert mine["residents"].sum() == pytest.approx(zone.residents, abs=1)
        inside = set(found.membership.loc[found.membership["zone_id"] == zone.zone_id, "case_id"])
        # What is left after the first part is what the newer cases alone would be shut in by.
        oldest = min(newest[one] for one in inside)
        later = cases[cases["case_id"].isin(inside) & (cases["report_date"] > oldest)].reset_index(drop=True)
        last = str((mine["lift_on"].max() - pd.Timedelta(days=14)).date())
        assert last == max(newest[one] for one in inside)
        if len(later) and len(mine) > 1:
            alone = zones(later, land(), RULES, as_of=AS_OF, ground=known, caution=caution).containment
            rest = shapely.union_all(mine.geometry.to_numpy()[1:])
            both = shapely.symmetric_difference(rest, shapely.union_all(alone.geometry.to_numpy()))
            assert area_km2(np.array([both]))[0] < 1e-5
