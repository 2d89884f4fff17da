"""Polygons in tiles: valid after decoding, close to their source, no gap in a mesh, no feature lost."""

from __future__ import annotations

import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import mapbox_vector_tile
import mercantile
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import shape

from geozone.tiles import TileGeometry, TileSource
from geozone.tiles.mesh_cache import read_mesh
from geozone.tiles.rings import snap

EXTENT, BUFFER = 4096, 64


def source_of(geometries: object, *, mesh: bool = False, **options: object) -> TileSource:
    rows = len(geometries)  # type: ignore[arg-type]
    frame = pd.DataFrame({"n": range(rows)})
    geometry = TileGeometry(geometries, mesh=mesh, **options)
    return TileSource("layer", geometry, frame, ids=[str(i) for i in range(rows)])


def decode(tile: bytes) -> list[dict]:
    """Features with tile coordinates, y downwards."""
    if not tile:
        return []
    return mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True})["layer"]["features"]


def in_tile(geometry: shapely.Geometry, z: int, x: int, y: int) -> shapely.Geometry:
    """Project with mercantile, not with the code under test."""
    scale = EXTENT * 2**z / (2 * 20037508.342789244)

    def move(coordinates: np.ndarray) -> np.ndarray:
        metres = np.array([mercantile.xy(*point) for point in coordinates.tolist()])
        return np.column_stack(
            [
                (metres[:, 0] + 20037508.342789244) * scale - x * EXTENT,
                (20037508.342789244 - metres[:, 1]) * scale - y * EXTENT,
            ]
        )

    return shapely.transform(geometry, move)


def assert_rings(geometry: dict) -> None:
    """Every ring is simple; exteriors have positive area by the surveyor's formula, holes negative."""
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    for polygon in polygons:
        for position, ring in enumerate(polygon):
            at = np.array(ring, dtype=float)
            assert len(at) >= 4
            area = float(np.sum(at[:-1, 0] * at[1:, 1] - at[1:, 0] * at[:-1, 1])) / 2
            assert area > 0 if position == 0 else area < 0
            assert shapely.LinearRing(ring).is_valid


@st.composite
def blobs(draw: st.DrawFn) -> shapely.Geometry:
    """Crooked polygons with holes, necks and spikes, from a point to a province in size."""
    lon, lat = draw(st.floats(105.2, 106.6)), draw(st.floats(20.4, 21.8))
    size = 10 ** draw(st.floats(-4.5, -0.3))
    corners = draw(st.integers(3, 24))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    angle = np.sort(rng.uniform(0, 2 * np.pi, corners))
    radius = size * rng.uniform(0.02, 1.0, corners)
    ring = np.column_stack([lon + radius * np.cos(angle), lat + radius * np.sin(angle)])
    polygon = shapely.make_valid(shapely.Polygon(ring))
    if draw(st.booleans()):
        polygon = polygon.difference(shapely.Point(lon, lat).buffer(size * 0.05, quad_segs=2))
    parts = [part for part in shapely.get_parts(polygon) if part.geom_type == "Polygon" and part.area > 0]
    return shapely.MultiPolygon(parts) if parts else shapely.box(lon, lat, lon + size, lat + size)


@settings(max_examples=60)
@given(st.lists(blobs(), min_size=1, max_size=4), st.integers(0, 14), st.booleans())
def test_any_polygon_decodes_valid_and_close_to_its_source(
    geometries: list[shapely.Geometry], zoom: int, mesh: bool
) -> None:
    source = source_of(np.array(geometries, dtype=object), mesh=mesh)
    centre = shapely.point_on_surface(geometries[0])
    at = mercantile.tile(centre.x, centre.y, zoom)
    features = decode(source.tile(zoom, at.x, at.y))
    assert features, "the tile under a feature shows it"
    window = shapely.box(-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)
    for feature in features:
        assert_rings(feature["geometry"])
        found = shape(feature["geometry"])
        assert found.is_valid
        assert window.buffer(1).covers(found)
        expected = in_tile(geometries[feature["properties"]["n"]], zoom, at.x, at.y)
        clipped = shapely.intersection(shapely.make_valid(expected), window)
        if clipped.area > 400:
            # Rounding moves a border by less than a step, simplification by less than two more.
            assert clipped.buffer(-4).difference(found.buffer(0.1)).area < 0.01 * clipped.area + 1
            assert found.buffer(-4).difference(clipped.buffer(0.1)).area < 0.01 * clipped.area + 1


def mesh_cells(side: int = 12, step: float = 0.04) -> np.ndarray:
    rng = np.random.default_rng(3)
    corner = np.stack(np.meshgrid(np.arange(side + 1), np.arange(side + 1), indexing="ij"), axis=-1)
    at = corner * step + np.array([105.3, 20.6]) + rng.uniform(-0.3, 0.3, (side + 1, side + 1, 2)) * step

    def border(a: np.ndarray, b: np.ndarray) -> list[list[float]]:
        """Crooked line from a to b, the same for both neighbours."""
        low, high = (a, b) if tuple(a) < tuple(b) else (b, a)
        own = np.random.default_rng(abs(hash((tuple(low), tuple(high)))) % 2**32)
        along = np.linspace(0, 1, 30)[:, None]
        across = np.array([low[1] - high[1], high[0] - low[0]])
        # Sideways only, and less towards the ends: the line crosses neither itself nor another.
        sideways = own.uniform(-0.04, 0.04, (30, 1)) * np.sin(np.pi * along)  # of its length
        line = low + (high - low) * along + across * sideways
        line[0], line[-1] = low, high
        return (line if tuple(a) < tuple(b) else line[::-1])[:-1].tolist()

    cells = []
    for i in range(side):
        for j in range(side):
            ring = [at[i, j], at[i + 1, j], at[i + 1, j + 1], at[i, j + 1], at[i, j]]
            line = [point for a, b in pairwise(ring) for point in border(a, b)]
            cells.append(shapely.make_valid(shapely.Polygon(line)))
    return np.array(
        [shapely.MultiPolygon([p for p in shapely.get_parts(c) if p.area > 0]) for c in cells], dtype=object
    )


@pytest.mark.parametrize("zoom", range(15))
def test_neighbours_share_their_border_exactly(zoom: int) -> None:
    # Larger than the grid at every zoom: what is smaller is drawn as a whole grid cell.
    cells = mesh_cells(step=0.04 * 2 ** max(0, 4 - zoom))
    assert shapely.coverage_is_valid(cells)
    source = source_of(cells, mesh=True)
    at = mercantile.tile(105.5, 20.8, zoom)
    found = [shape(feature["geometry"]) for feature in decode(source.tile(zoom, at.x, at.y))]
    assert found
    inner = shapely.box(0, 0, EXTENT, EXTENT)
    overlap = sum(
        found[i].intersection(found[j]).area
        for i in range(len(found))
        for j in range(i)
        if found[i].intersects(found[j])
    )
    union = shapely.union_all(found)
    holes = (
        shapely.area(shapely.polygons(shapely.get_exterior_ring(shapely.get_parts(union)))).sum() - union.area
    )
    assert overlap <= 1e-6 * union.area + 1
    assert holes <= 1e-6 * union.area + 1
    assert union.intersection(inner).area > 0


def test_simplification_takes_vertices_away_at_low_zooms() -> None:
    cells = mesh_cells()
    source = source_of(cells, mesh=True)
    at = mercantile.tile(105.5, 20.8, 5)
    kept = sum(shapely.get_num_coordinates(shape(f["geometry"])) for f in decode(source.tile(5, at.x, at.y)))
    assert kept < 0.4 * shapely.get_num_coordinates(cells).sum()


def test_no_unit_is_too_small_to_be_drawn() -> None:
    speck = shapely.box(111.6, 16.5, 111.6001, 16.5001)
    source = source_of(np.array([speck, shapely.box(105, 20, 106, 21)], dtype=object), mesh=True)
    for zoom in (0, 3, 5, 9, 12, 14):
        at = mercantile.tile(111.60005, 16.50005, zoom)
        drawn = {feature["properties"]["n"] for feature in decode(source.tile(zoom, at.x, at.y))}
        assert 0 in drawn


def test_missing_and_empty_geometry_is_passed_over() -> None:
    geometries = np.array([None, shapely.Polygon(), shapely.box(105, 20, 106, 21)], dtype=object)
    for mesh in (True, False):
        source = source_of(geometries, mesh=mesh)
        for zoom in (3, 12):
            at = mercantile.tile(105.5, 20.5, zoom)
            assert [feature["properties"]["n"] for feature in decode(source.tile(zoom, at.x, at.y))] == [2]


def test_invalid_input_still_decodes_valid() -> None:
    bow = shapely.Polygon([(105, 20), (106, 21), (106, 20), (105, 21)])
    source = source_of(np.array([bow], dtype=object))
    for zoom in (5, 9, 12):
        at = mercantile.tile(105.2, 20.5, zoom)
        for feature in decode(source.tile(zoom, at.x, at.y)):
            assert_rings(feature["geometry"])
            assert shape(feature["geometry"]).is_valid


def test_rounding_repairs_necks_and_touching_holes() -> None:
    neck = shapely.Polygon(
        [
            (0, 0),
            (10, 0),
            (10, 4.6),
            (20, 4.6),
            (20, 0),
            (30, 0),
            (30, 10),
            (20, 10),
            (20, 5.4),
            (10, 5.4),
            (10, 10),
            (0, 10),
        ]
    )
    [found] = snap(np.array([neck], dtype=object))
    assert found.is_valid
    assert found.geom_type == "MultiPolygon" or shapely.is_valid(found)
    whole = shapely.get_coordinates(found)
    assert (whole == np.round(whole)).all()


def test_a_polygon_that_mending_leaves_invalid_is_rounded_again() -> None:
    """Found by the property above: GEOS mends this one into two parts that lie over one another."""
    spikes = shapely.Polygon(
        [(3259.21875, 1809.84375), (3256.25, 1812.5625), (3254.75, 1812.0625), (3254.28125, 1812.5),
         (3253.90625, 1811.9375), (3253.46875, 1815.53125), (3253.15625, 1813.21875),
         (3250.6875, 1811.78125), (3253.3125, 1810.96875), (3249.6875, 1811.125),
         (3253.65625, 1810.65625), (3249.28125, 1808.65625), (3253.46875, 1810.53125),
         (3253.78125, 1810.53125), (3253.96875, 1810.6875), (3252.46875, 1807.875),
         (3252.78125, 1806.1875), (3254.8125, 1809.25), (3258.4375, 1807.5625),
         (3255.53125, 1810.03125), (3255.71875, 1810.28125)]
    )  # fmt: skip
    [found] = snap(np.array([spikes], dtype=object))
    assert found.is_valid
    whole = shapely.get_coordinates(found)
    assert (whole == np.round(whole)).all()


def test_prepared_outlines_are_kept_on_disk_and_never_trusted_blindly(tmp_path: Path) -> None:
    cells = mesh_cells(4)
    at = mercantile.tile(105.38, 20.68, 8)
    first = source_of(cells, mesh=True, cache=tmp_path, digest="d" * 64).tile(8, at.x, at.y)
    [kept] = tmp_path.glob("*.npz")
    assert not list(tmp_path.glob("*.tmp"))
    again = source_of(cells, mesh=True, cache=tmp_path, digest="d" * 64).tile(8, at.x, at.y)
    assert again == first
    kept.write_bytes(kept.read_bytes()[:100])
    assert read_mesh(tmp_path, f"{'d' * 64}-mesh", 8) is None
    assert source_of(cells, mesh=True, cache=tmp_path, digest="d" * 64).tile(8, at.x, at.y) == first
    assert read_mesh(tmp_path, f"{'d' * 64}-mesh", 8) is not None


def test_another_number_of_units_is_not_read_from_the_cache(tmp_path: Path) -> None:
    cells = mesh_cells(4)
    source_of(cells, mesh=True, cache=tmp_path, digest="d" * 64).geometry.prepare(8)
    at = mercantile.tile(105.38, 20.68, 8)
    fewer = source_of(cells[:3], mesh=True, cache=tmp_path, digest="d" * 64)
    assert len(decode(fewer.tile(8, at.x, at.y))) == 3


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    at = mercantile.tile(105.38, 20.68, 8)
    assert source_of(mesh_cells(4), mesh=True, cache=blocked).tile(8, at.x, at.y)


def test_the_same_tile_is_the_same_bytes() -> None:
    cells = mesh_cells(6)
    at = mercantile.tile(105.4, 20.7, 9)
    assert source_of(cells, mesh=True).tile(9, at.x, at.y) == source_of(cells, mesh=True).tile(9, at.x, at.y)


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="gdal-bin is not installed")
def test_gdal_reads_a_tile(tmp_path: Path) -> None:
    cells = mesh_cells(6)
    at = mercantile.tile(105.4, 20.7, 9)
    tile = source_of(cells, mesh=True).tile(9, at.x, at.y)
    (tmp_path / "tile.mvt").write_bytes(tile)
    shown = subprocess.run(
        ["ogrinfo", "-al", str(tmp_path / "tile.mvt")], capture_output=True, text=True, check=True
    ).stdout
    assert f"Feature Count: {len(decode(tile))}" in shown
    assert "Polygon" in shown
    assert not [line for line in shown.splitlines() if "ERROR" in line or "Warning" in line]


@pytest.mark.real_data
def test_every_ring_of_the_real_communes_is_valid(real_data: Path) -> None:
    units = pd.read_parquet(real_data / "communes_2025_all_20m.parquet", columns=["code", "geometry"])
    source = source_of(shapely.from_wkb(units["geometry"].to_numpy()), mesh=True)
    for zoom in (6, 9, 12):
        at = mercantile.tile(105.85, 21.03, zoom)
        features = decode(source.tile(zoom, at.x, at.y))
        found = [shape(feature["geometry"]) for feature in features]
        assert len(found) > 10
        assert shapely.is_valid(found).all()
        for feature in features:
            assert_rings(feature["geometry"])
