"""Layers of a draft that follow others by a few rows, beside making the whole of them anew."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geozone.api.drafts.changes import compare_drafts
from geozone.api.drafts.geometries import DraftGeometries
from geozone.api.open_release import OpenRelease
from geozone.release import DraftView, Replaced, Updated, view_draft
from geozone.splicing import spliced
from geozone.tiles.mercator import to_world

LON, LAT = 106.66, 10.74
NAMES = st.sampled_from([f"{kind}-{number}" for kind in ("KV", "NV", "ổ") for number in range(12)])


class Day:
    """A draft of these layers and nothing else."""

    def __init__(self, layers: dict[str, Any]) -> None:
        self.layers = layers
        self.as_of = pd.Timestamp("2021-11-05").date()
        self.rules, self.edition, self.boundary_quality = {"id": "x"}, "2025", "approximate"
        self.counts: dict[str, Any] = {"cases": 1}
        self.warnings, self.sources = (), ()


def zones(names: list[str], seed: int) -> gpd.GeoDataFrame:
    rng = np.random.default_rng([seed, len(names)])
    count = len(names)
    west, south = rng.normal(LON, 0.02, count), rng.normal(LAT, 0.02, count)
    size = rng.uniform(0.001, 0.01, count)
    table = gpd.GeoDataFrame(
        {
            "zone_id": pd.Series(names, dtype="str"),
            "certainty": pd.Series(rng.choice(["certain", "possible"], count), dtype="str"),
            "case_count": rng.integers(1, 4, count),
            "area_km2": rng.integers(0, 9, count) + 0.5,
            "opened_on": pd.to_datetime(rng.choice(["2021-10-30", "2021-11-02"], count)).astype(
                "datetime64[s]"
            ),
            "came_from": pd.Series([None if one > 0.7 else "[]" for one in rng.random(count)], dtype="str"),
        },
        geometry=shapely.box(west, south, west + size, south + size),
        crs="EPSG:4326",
    )
    return table.sort_values(["certainty", "zone_id"], kind="stable").reset_index(drop=True)


def communes(levels: list[int]) -> gpd.GeoDataFrame:
    count = len(levels)
    return gpd.GeoDataFrame(
        {
            "code": pd.Series([f"{one:05}" for one in range(count)], dtype="str"),
            "epidemic_level": pd.array(levels, dtype="Int64"),
            "rate_per_100k": np.arange(count) + 0.25,
        },
        geometry=shapely.box(LON + np.arange(count) / 50, LAT, LON + (np.arange(count) + 1) / 50, LAT + 0.02),
        crs="EPSG:4326",
    )


def view(table: gpd.GeoDataFrame, levels: list[int]) -> DraftView:
    return view_draft(Day({"communes": communes(levels), "containment_zones": table}), drawn_at="then")


def edited(before: DraftView, table: gpd.GeoDataFrame, names: set[str], levels: dict[int, int]) -> DraftView:
    """The view with the zones of these names, and levels, as they are in a table."""
    old = before.attributes("containment_zones")
    gone = old[old["zone_id"].isin(names)]
    values = pd.DataFrame({"code": [f"{one:05}" for one in levels], "epidemic_level": list(levels.values())})
    change = Replaced(
        frozenset(zip(gone["certainty"], gone["zone_id"], strict=True)),
        table[table["zone_id"].isin(names)],
        ("certainty", "zone_id"),
    )
    return before.edited(
        {"containment_zones": change, "communes": Updated("code", values)},
        counts={"cases": 2},
        drawn_at="now",
    )


STEPS = st.lists(
    st.tuples(
        st.sets(NAMES, max_size=4),
        st.integers(0, 9),
        st.dictionaries(st.integers(0, 4), st.integers(1, 4), min_size=1, max_size=2),
    ),
    min_size=1,
    max_size=4,
)


@given(st.sets(NAMES, min_size=1), STEPS)
@settings(max_examples=10, deadline=None)
def test_an_edited_view_and_its_tiles_are_those_of_the_whole(names: set[str], steps: list[Any]) -> None:
    table, levels = zones(sorted(names), 100), [1, 2, 3, 4, 1]
    live, pool = view(table, levels), DraftGeometries(None)
    opened = OpenRelease(live, pool)
    places = [(zoom, *tile(zoom)) for zoom in (0, 5, 9, 12)]
    for layer in ("containment_zones", "communes"):
        for place in places:
            opened.tiles(layer).tile(*place)
    for mine, seed, changed in steps:
        came = zones(sorted(mine)[: seed % 4], seed)
        kept = table[~table["zone_id"].isin(mine)]
        table = pd.concat([kept, came]).sort_values(["certainty", "zone_id"], kind="stable")
        table = table.reset_index(drop=True)
        levels = [changed.get(one, level) for one, level in enumerate(levels)]
        after = edited(live, table, mine, changed)
        pool.expect(after)
        whole = view(table, levels)
        check_same(after, whole)
        told, wanted = compare_drafts(live, after), compare_drafts(live, whole)
        assert [one.document() for one in told] == [one.document() for one in wanted]
        follows, anew = OpenRelease(after, pool), OpenRelease(whole, DraftGeometries(None))
        for layer in ("containment_zones", "communes"):
            digests = after.attributes_digest(layer), str(after.geometry_digest(layer))
            assert follows.tiles(layer) is pool.opened(layer, digests), "made before it is asked for"
            for place in places:
                assert follows.tiles(layer).tile(*place) == anew.tiles(layer).tile(*place)
        live = after


def tile(zoom: int) -> tuple[int, int]:
    x, y = to_world(np.array([[LON, LAT]]))[0] * (1 << zoom)
    return int(x), int(y)


def check_same(one: DraftView, other: DraftView) -> None:
    for layer in ("containment_zones", "communes"):
        pd.testing.assert_frame_equal(one.attributes(layer), other.attributes(layer))
        assert shapely.equals_exact(one.outlines(layer), other.outlines(layer), tolerance=0.0).all()
        assert np.array_equal(one.boxes(layer), other.boxes(layer), equal_nan=True)
        bounds = [each.manifest["layers"][layer]["bounds"] for each in (one, other)]
        assert bounds[0] == bounds[1]
        rows = np.arange(one.count(layer))[::-2]
        pd.testing.assert_frame_equal(
            one.rows(layer, rows), other.attributes(layer).iloc[rows].reset_index(drop=True)
        )


@given(st.data(), st.integers(0, 150), st.integers(0, 5))
def test_an_array_that_follows_another(data: Any, count: int, came: int) -> None:
    kept = data.draw(st.lists(st.integers(0, count - 1), unique=True)) if count else []
    mixed = data.draw(st.permutations([*(kept if data.draw(st.booleans()) else sorted(kept)), *[-1] * came]))
    array, fresh = np.arange(count).astype(object), np.arange(came) + 1000
    rest = iter(fresh.tolist())
    wanted = [next(rest) if row < 0 else row for row in mixed]
    assert spliced(array, np.array(mixed, dtype=np.int64), fresh).tolist() == wanted


def test_whole_numbers_that_become_fractions_are_written_anew() -> None:
    table = zones(["KV-0", "KV-1", "KV-2"], 1).assign(area_km2=[1.0, 2.0, 3.0])
    live, pool = view(table, [1, 2]), DraftGeometries(None)
    place = (12, *tile(12))
    OpenRelease(live, pool).tiles("containment_zones").tile(*place)
    table = table.assign(area_km2=[1.0, 2.5, 3.0])
    after = edited(live, table, {str(table["zone_id"][1])}, {0: 1})
    pool.expect(after)
    anew = OpenRelease(view(table, [1, 2]), DraftGeometries(None)).tiles("containment_zones").tile(*place)
    assert OpenRelease(after, pool).tiles("containment_zones").tile(*place) == anew
