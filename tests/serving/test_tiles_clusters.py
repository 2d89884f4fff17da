"""Clusters of points: every point is counted once, a cluster is the same in every tile that shows it."""

from __future__ import annotations

import mapbox_vector_tile
import mercantile
import numpy as np
import pandas as pd
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geozone.tiles import TileGeometry, TileSource

EXTENT = 4096
places = st.lists(
    st.tuples(st.floats(102.0, 110.0), st.floats(8.0, 23.5)), min_size=1, max_size=60, unique=True
)


def source_of(points: list[tuple[float, float]]) -> TileSource:
    names = pd.DataFrame({"name": [f"Phường Đống Đa {i}" for i in range(len(points))]})
    ids = [f"p{i}" for i in range(len(points))]
    return TileSource("p", TileGeometry(shapely.points(points)), names, ids=ids, clustered_to=12)


def drawn(source: TileSource, zoom: int, x: int, y: int) -> list[tuple[int, int, int, dict]]:
    """Number, world grid position and properties of everything in a tile, its margin included."""
    tile = source.tile(zoom, x, y)
    if not tile:
        return []
    options = {"y_coord_down": True}
    features = mapbox_vector_tile.decode(tile, default_options=options)["p"]["features"]
    return [
        (
            feature["id"],
            feature["geometry"]["coordinates"][0] + x * EXTENT,
            feature["geometry"]["coordinates"][1] + y * EXTENT,
            feature["properties"],
        )
        for feature in features
    ]


@settings(max_examples=40)
@given(places, st.integers(0, 13))
def test_every_point_is_counted_once(points: list[tuple[float, float]], zoom: int) -> None:
    source = source_of(points)
    tiles = {mercantile.tile(lon, lat, zoom) for lon, lat in points}
    near = {
        neighbour
        for tile in tiles
        for neighbour in (tile, *mercantile.neighbors(tile))
        if neighbour is not None
    }
    seen: dict[int, tuple[int, int, dict]] = {}
    owned = 0
    for tile in near:
        for number, x, y, properties in drawn(source, zoom, tile.x, tile.y):
            assert seen.setdefault(number, (x, y, properties)) == (x, y, properties)
            if (x // EXTENT, y // EXTENT) == (tile.x, tile.y):
                owned += properties.get("point_count", 1)
    assert owned == len(points)
    assert sum(properties.get("point_count", 1) for _, _, properties in seen.values()) == len(points)
    for number, (_, _, properties) in seen.items():
        if properties.get("cluster"):
            assert properties["point_count"] > 1
            assert 2**52 <= number < 2**53
        else:
            assert properties["name"].startswith("Phường Đống Đa")
            assert number < 2**52


def test_fewer_things_are_drawn_further_out() -> None:
    rng = np.random.default_rng(5)
    points = [tuple(at) for at in rng.normal((105.85, 21.03), 0.2, (4000, 2)).tolist()]
    source = source_of(points)
    counts = [len(drawn(source, zoom, *mercantile.tile(105.85, 21.03, zoom)[:2])) for zoom in (4, 6, 8)]
    assert counts == sorted(counts)
    assert counts[-1] <= 10 * 10


def test_points_at_one_place_are_all_drawn_close_up() -> None:
    source = source_of([(105.8, 21.0)] * 5)
    at = mercantile.tile(105.8, 21.0, 14)
    assert len(drawn(source, 14, at.x, at.y)) == 5
    at = mercantile.tile(105.8, 21.0, 12)
    [(_, _, _, properties)] = drawn(source, 12, at.x, at.y)
    assert properties == {"cluster": True, "point_count": 5}
