"""Tiles drawn again from what an earlier one showed: the same bytes, whatever is kept and whoever asks."""

from __future__ import annotations

import mapbox_vector_tile
import mercantile
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geozone.tiles import TileGeometry, TileSource
from geozone.tiles.commands import POLYGON, Drawing
from geozone.tiles.cuts import Cut, KeptCuts

PLACE = (105.3, 20.3)


def cells(side: int = 12, step: float = 0.05) -> np.ndarray:
    at = [(105 + step * i, 20 + step * j) for i in range(side) for j in range(side)]
    return np.array([shapely.box(x, y, x + step, y + step) for x, y in at], dtype=object)


def source_of(outlines: np.ndarray, **options: int) -> TileSource:
    geometry = TileGeometry(outlines, mesh=True, **options)
    frame = pd.DataFrame(
        {"n": np.arange(len(outlines)) % 5, "name": [f"Xã {i}" for i in range(len(outlines))]}
    )
    return TileSource("layer", geometry, frame, ids=[f"{i:03d}" for i in range(len(outlines))])


KEEPING, FORGETTING = source_of(cells()), source_of(cells(), cut_bytes=0)


@settings(max_examples=40, deadline=None)
@given(zoom=st.integers(5, 14), chosen=st.none() | st.integers(0, 2**32))
def test_kept_or_not_a_tile_has_the_same_bytes(zoom: int, chosen: int | None) -> None:
    tile = mercantile.tile(*PLACE, zoom)
    rows = None if chosen is None else np.random.default_rng(chosen).random(144) < 0.4
    first, again = (KEEPING.tile(tile.z, tile.x, tile.y, rows) for _ in range(2))
    assert first == again == FORGETTING.tile(tile.z, tile.x, tile.y, rows)
    if rows is not None and first:
        found = mapbox_vector_tile.decode(first)["layer"]["features"]
        assert {feature["id"] for feature in found} <= set(np.flatnonzero(rows).tolist())


@pytest.mark.parametrize("zoom", [7, 9])
def test_many_features_are_written_as_few_are(zoom: int, monkeypatch: pytest.MonkeyPatch) -> None:
    tile = mercantile.tile(*PLACE, zoom)
    tiles = []
    for few in (0, 10**6):
        monkeypatch.setattr("geozone.tiles.encode._FEW", few)
        tiles.append(KEEPING.tile(tile.z, tile.x, tile.y))
    assert tiles[0] == tiles[1]
    assert len(mapbox_vector_tile.decode(tiles[0])["layer"]["features"]) > 20


def test_the_least_recently_used_cut_goes_first() -> None:
    one = Cut(np.arange(3), Drawing(POLYGON, np.zeros(600, np.uint8), np.full(3, 200)))
    kept = KeptCuts(3 * one.nbytes)
    for x in range(3):
        kept.put((0, x, 0), one)
    kept.find((0, 0, 0))
    kept.put((0, 3, 0), one)
    assert [kept.find((0, x, 0)) is not None for x in range(4)] == [True, False, True, True]
    kept.put((0, 3, 0), one)  # put again, it counts once
    assert kept.find((0, 0, 0)) is not None


def test_effort_is_known_without_reading_or_preparing() -> None:
    source = source_of(cells())
    coarse, fine = mercantile.tile(*PLACE, 8), mercantile.tile(*PLACE, 12)
    assert source.geometry.effort(8, coarse.x, coarse.y) is None
    source.geometry.prepare(8)
    assert source.geometry.effort(8, coarse.x, coarse.y) > 100
    assert source.geometry.effort(12, fine.x, fine.y) == 9 * 5  # nine squares meet a tile of 0.09 degrees
    assert source.geometry.effort(12, 0, 0) == 0
    source.tile(8, coarse.x, coarse.y)
    assert 0 < source.geometry.effort(8, coarse.x, coarse.y) < 144 * 5
