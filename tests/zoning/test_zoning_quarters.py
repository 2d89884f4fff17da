"""Large shapes in pieces: together the shape, and the shares measured on them those of the whole."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geozone.zoning import Land, inside, quarters
from geozone.zoning.quarters import in_pieces


def rough(seed: int, count: int) -> shapely.Geometry:
    """A shape of many vertices and holes, in one part or several."""
    places = np.random.default_rng(seed).uniform((105.5, 20.8), (106.1, 21.3), (count, 2))
    return shapely.union_all(shapely.buffer(shapely.points(places), 0.02, quad_segs=24))


@settings(max_examples=20)
@given(st.integers(0, 10_000), st.integers(300, 900))
def test_pieces_are_small_and_together_the_shape(seed: int, count: int) -> None:
    shapes = np.array([shapely.box(0, 0, 1, 1), rough(seed, count), shapely.Point(0, 0).buffer(1)])
    found, owner = in_pieces(shapes)
    assert (shapely.get_num_coordinates(found) <= 4_000).all()
    assert shapely.is_valid(found).all()
    assert np.array_equal(owner, np.sort(owner))
    for i, shape in enumerate(shapes):
        assert shapely.area(found[owner == i]).sum() == pytest.approx(shape.area, rel=1e-9)
    assert shapely.union_all(found[owner == 1]).symmetric_difference(shapes[1]).area < 1e-9


def test_shares_of_a_large_zone_are_those_of_the_whole(
    communes: gpd.GeoDataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    land = Land(communes)
    monkeypatch.setattr(quarters, "_MANY", 300)
    zones = np.array([rough(3, 400), shapely.Point(105.85, 21.0).buffer(0.01), rough(4, 200)])
    parts = inside.shares_of(zones, land)
    assert len(in_pieces(zones)[0]) > len(zones)
    monkeypatch.setattr(quarters, "_MANY", 10**9)
    whole = inside.shares_of(zones, land)
    assert len(whole.zone) > len(zones)
    assert np.array_equal(parts.zone, whole.zone)
    assert np.array_equal(parts.commune, whole.commune)
    assert np.allclose(parts.share, whole.share, rtol=1e-9, atol=1e-12)
