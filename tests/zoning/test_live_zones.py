"""Zones edited case by case equal zones drawn anew, in every column and every outline."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from geozone.geodesy import area_km2
from geozone.rules.zoning_rules import ZoningRules
from geozone.schema import BLOCKS
from geozone.synthetic.town import Town, make_town
from geozone.zoning import Ground, Land, LiveZones, ZoneSet, zones

from .conftest import AS_OF, SIDE, SOUTH, WEST, grid, place, table

RULES = ZoningRules(
    activity_days=14, link_m=300, containment_m=200, lift_days=14, green_days=14, buffer_widths_m=(150.0, 400.0)
)  # fmt: skip
VARIANTS = {
    "rings": RULES,
    "bare": replace(RULES, buffer_widths_m=()),
    "wide link": replace(RULES, link_m=900, buffer_widths_m=()),
    "holes": replace(RULES, close_holes_km2=0.6, buffer_widths_m=(100.0,)),
    "pairs": replace(RULES, min_cluster_cases=2),
}
MIDDLE = (WEST + 1.5 * SIDE, SOUTH + 1.5 * SIDE)
KINDS = [
    "street",
    "street",
    "street",
    "hamlet",
    "outlined",
    "commune",
    "tie",
    "far",
    "none",
    "sea",
    "old",
    "two",
]


@cache
def town() -> Town:
    return make_town(*MIDDLE, seed=5, side_m=1_600.0)


@cache
def land() -> Land:
    return Land(grid())


@cache
def ground(name: str) -> Ground | None:
    outline = shapely.box(WEST + 0.01, SOUTH + 0.01, WEST + 0.02, SOUTH + 0.02)
    row = pd.DataFrame({"block_code": ["h1"], "name": ["Thôn Đông"], "kind": ["hamlet"]})
    hamlet = gpd.GeoDataFrame(BLOCKS.conform(row), geometry=[outline], crs="EPSG:4326")
    if name == "none":
        return None
    if name == "hamlets":
        return Ground(hamlet)
    blocks = gpd.GeoDataFrame(pd.concat([town().blocks, hamlet], ignore_index=True), crs="EPSG:4326")
    rng = np.random.default_rng(2)
    at = rng.uniform([WEST, SOUTH], [WEST + 2 * SIDE, SOUTH + 2 * SIDE], (300, 2))
    points = pd.DataFrame({"lon": at[:, 0], "lat": at[:, 1], "residents": 5.0, "households": 2.0})
    return Ground(blocks if name == "blocks" else None, town().roads, points=points)


def rows_of(case_id: str, kind: str, x: float, y: float, day: int) -> list[dict]:
    """Rows of one case, one kind of knowledge each; the middle of the land is the town."""
    lon, lat = MIDDLE[0] + x * 0.012, MIDDLE[1] + y * 0.012
    more = {"report_date": f"2021-07-{day:02d}"}
    if kind in ("street", "old", "two"):
        more |= {"report_date": "2021-05-01"} if kind == "old" else {}
        rows = [place(case_id, lon, lat, **more)]
        if kind == "two":
            rows.append(place(case_id, lon + 0.004, lat, role="work", geo_uncertainty_m=90.0, **more))
        return rows
    if kind in ("hamlet", "outlined"):
        name = "Thôn Đông" if kind == "outlined" else "Thôn Nam"
        at = (WEST + 0.015 + x * 0.01, SOUTH + 0.015 + y * 0.01)
        return [place(case_id, *at, geo_level="hamlet", geo_uncertainty_m=300.0, **more) | {"geo_name": name}]
    if kind == "commune":
        return [place(case_id, lon, lat, geo_level="commune", **more)]
    if kind == "tie":
        codes = ["09000", "09001"]
        return [place(case_id, geo_status="tie", geo_level="commune", geo_candidates=codes, **more)]
    if kind == "far":
        return [place(case_id, WEST + 0.02 + x * 0.015, SOUTH + 0.12 + y * 0.01, **more)]
    if kind == "sea":
        return [place(case_id, WEST - 0.01 + x * 0.008, SOUTH + y * 0.01, **more)]
    return [place(case_id, geo_status="none", geo_level="none", **more)]


def frame(rows: list[dict]) -> pd.DataFrame:
    found = table(*rows)
    found["geo_name"] = pd.Series([row.get("geo_name") for row in rows], dtype="object")
    return found


def plain(zone_table: gpd.GeoDataFrame) -> pd.DataFrame:
    return pd.DataFrame(zone_table.drop(columns=["geometry", "communes"], errors="ignore"))


def shares(zone_table: gpd.GeoDataFrame) -> list[dict[str, float]]:
    texts = zone_table["communes"] if "communes" in zone_table.columns else []
    return [{one["code"]: one["share"] for one in json.loads(text)} for text in texts]


def assert_same(live: ZoneSet, anew: ZoneSet) -> None:
    for name in ("containment", "buffer", "checkpoints"):
        one, other = getattr(live, name), getattr(anew, name)
        pd.testing.assert_frame_equal(plain(one), plain(other), rtol=1e-4, obj=name)
        for mine, theirs in zip(shares(one), shares(other), strict=True):
            assert mine == pytest.approx(theirs, abs=1e-5)
        if name == "checkpoints":
            assert shapely.equals_exact(one.geometry.to_numpy(), other.geometry.to_numpy(), 1e-12).all()
        elif len(one):
            apart = shapely.symmetric_difference(one.geometry.to_numpy(), other.geometry.to_numpy())
            assert (area_km2(apart) <= 1e-4 * area_km2(other.geometry.to_numpy())).all()
    pd.testing.assert_frame_equal(live.membership, anew.membership)
    pd.testing.assert_frame_equal(live.undrawn, anew.undrawn)
    assert live.retired == anew.retired


quick = settings(max_examples=6, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
"""Without shrinking: it would draw for minutes."""
a_case = st.tuples(
    st.sampled_from(KINDS), st.floats(-1, 1, width=32), st.floats(-1, 1, width=32), st.integers(1, 13)
)
a_step = st.tuples(st.sampled_from(["add", "add", "remove", "replace"]), st.integers(0, 14), a_case)


@pytest.mark.parametrize("known", ["none", "hamlets", "blocks", "roads"])
@quick
@given(
    st.lists(a_case, max_size=14),
    st.lists(st.lists(a_step, min_size=1, max_size=3), min_size=1, max_size=4),
    st.sampled_from(sorted(VARIANTS)),
    st.booleans(),
)
def test_any_edits_equal_drawing_anew(known: str, start, batches, variant: str, inherits) -> None:
    rules, on = VARIANTS[variant], ground(known)
    held = {f"c{i}": rows_of(f"c{i}", *case) for i, case in enumerate(start)}
    before = frame([row for rows in held.values() for row in rows])
    options = {"as_of": AS_OF, "ground": on, "caution": 0.6}
    previous = zones(before, land(), rules, as_of=AS_OF, ground=on) if inherits else None
    live = LiveZones(before, land(), rules, previous=previous, **options)
    for batch in batches:
        gone, came = set(), {}
        for step, number, case in batch:
            name = f"c{number}"
            if name in held and step != "add":
                gone.add(name)
                came.pop(name, None)
                del held[name]
            if name not in held and step != "remove":
                held[name] = came[name] = rows_of(name, *case)
        live.edit(gone, frame([row for rows in came.values() for row in rows]))
        cases = frame([row for rows in held.values() for row in rows])
        assert_same(live.zones(), zones(cases, land(), rules, previous=previous, **options))


@pytest.mark.parametrize("known", ["none", "blocks"])
@quick
@given(st.lists(a_case, min_size=1, max_size=14), a_case, st.sampled_from(sorted(VARIANTS)))
def test_adding_then_removing_restores_every_zone(known: str, start, case, variant: str) -> None:
    cases = frame([row for i, one in enumerate(start) for row in rows_of(f"c{i}", *one)])
    live = LiveZones(cases, land(), VARIANTS[variant], as_of=AS_OF, ground=ground(known))
    before = live.zones()
    live.edit((), frame(rows_of("new", *case)))
    live.edit({"new"}, frame([]))
    assert_same(live.zones(), before)


def test_only_what_an_edit_touches_is_drawn_again() -> None:
    homes = town().homes[[0, -1]]
    rows = [place(f"t{i}", *at) for i, at in enumerate(homes.tolist())]
    rows += [place(f"f{i}", WEST + 0.005 + 0.009 * i, SOUTH + 0.13) for i in range(4)]
    narrow = replace(RULES, containment_m=60, link_m=60, buffer_widths_m=())
    live = LiveZones(frame(rows), land(), narrow, as_of=AS_OF, ground=ground("blocks"), caution=0.2)
    drawn = live.redrawn
    assert drawn == len(rows)
    live.edit({"f2"}, frame([place("f2", WEST + 0.0232, SOUTH + 0.1302)]))
    assert live.redrawn - drawn == 1
    drawn = live.redrawn
    live.edit({"t0"}, frame([]))
    live.edit((), frame([place("t0", *homes[0].tolist())]))
    assert live.redrawn - drawn <= 3  # the two of the town, whose blocks are weighed together
    untouched = live.zones()
    assert len(untouched.containment) == len(rows)


def test_a_zone_in_a_hole_that_closes_becomes_part_of_the_other() -> None:
    turn = np.linspace(0, 2 * np.pi, 14, endpoint=False)[1:]
    ring = [
        place(f"r{i}", MIDDLE[0] + 0.0055 * np.cos(t), MIDDLE[1] + 0.0055 * np.sin(t))
        for i, t in enumerate(turn)
    ]
    rules = replace(RULES, containment_m=170, link_m=100, close_holes_km2=1.0, buffer_widths_m=())
    live = LiveZones(frame([*ring, place("m", *MIDDLE)]), land(), rules, as_of=AS_OF)
    assert len(live.zones().containment) == 2
    live.edit((), frame([place("last", MIDDLE[0] + 0.0055, MIDDLE[1])]))
    assert len(live.zones().containment) == 1
    live.edit({"last"}, frame([]))
    assert len(live.zones().containment) == 2
