"""Communes divided into blocks: nothing lost, nothing twice, and as PostGIS divides them."""

from __future__ import annotations

import os

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geozone.geodesy import LocalFrame, area_km2
from geozone.zoning.blocks.mesh import cut_mesh, extend_ends
from geozone.zoning.blocks.partition import Partition, PartitionOptions, divide
from geozone.zoning.blocks.people import settle
from geozone.zoning.blocks.posts import NO_GATE, find_posts
from geozone.zoning.land import Land
from geozone.zoning.people import PeoplePoints

DSN = os.environ.get("GEOZONE_TEST_POSTGIS")
FRAME = LocalFrame(106.0, 21.0)
NO_SLIVERS = PartitionOptions(close_gap_m=0.0, least_area_m2=0.0, least_width_m=0.0)
ANY_SIZE = PartitionOptions(most_area_km2=np.inf)


def at(points: object) -> np.ndarray:
    """Metres east and north of 106 E, 21 N as degrees."""
    x, y = np.asarray(points, dtype=float).reshape(-1, 2).T
    return np.column_stack(FRAME.to_degrees(x, y))


def polygon(*points: tuple[float, float]) -> shapely.Polygon:
    return shapely.Polygon(at(points))


def square(x: float, y: float, width: float, height: float) -> shapely.Polygon:
    return polygon((x, y), (x + width, y), (x + width, y + height), (x, y + height))


def land_of(*shapes: shapely.Polygon) -> Land:
    rows = [
        {"code": f"{i:05d}", "name": f"Phường {i}", "province_code": "01", "boundary_quality": "imported"}
        for i in range(len(shapes))
    ]
    return Land(gpd.GeoDataFrame(rows, geometry=list(shapes), crs="EPSG:4326"))


def roads_of(*lines: object, kind: str = "street", names: list[str | None] | None = None) -> gpd.GeoDataFrame:
    shapes = [shapely.LineString(at(line)) for line in lines]
    table = pd.DataFrame({"road_id": [f"r{i}" for i in range(len(shapes))]})
    table["name"] = pd.Series(names or [f"Phố {i}" for i in range(len(shapes))], dtype="str")
    table["kind"] = kind
    table["passable"] = kind not in ("river", "railway")
    return gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:4326")


def together(*tables: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    joined = pd.concat(tables, ignore_index=True)
    joined["road_id"] = [f"r{i}" for i in range(len(joined))]
    return gpd.GeoDataFrame(joined, crs="EPSG:4326")


def areas(part: Partition) -> list[float]:
    return sorted((part.blocks["area_km2"] * 1e6).round(-1))


WARD = square(0, 0, 1000, 1000)
ACROSS = [(-50, 500), (1050, 500)]
UP = [(500, -50), (500, 1050)]


def test_roads_that_cross_without_a_common_vertex_divide_a_commune_in_four() -> None:
    part = divide(land_of(WARD), np.arange(1), polygons=None, roads=roads_of(ACROSS, UP))
    assert areas(part) == pytest.approx([250_000] * 4, abs=1000)
    assert {tuple(sorted(name.split(" – "))) for name in part.blocks["name"]} == {("Phố 0", "Phố 1")}


def test_a_blind_alley_divides_nothing_and_a_small_gap_is_closed() -> None:
    blind = [(500, 500), (500, 900)]
    nearly = [(300, 500), (300, 998)]
    part = divide(land_of(WARD), np.arange(1), polygons=None, roads=roads_of(ACROSS, blind, nearly))
    assert areas(part) == pytest.approx([150_000, 350_000, 500_000], abs=2000)
    exact = divide(
        land_of(WARD), np.arange(1), polygons=None, roads=roads_of(ACROSS, nearly), options=NO_SLIVERS
    )
    assert len(exact.blocks) == 2


def test_the_space_between_two_carriageways_is_no_block() -> None:
    lanes = [[(-50, y), (1050, y)] for y in (496, 504)]
    part = divide(land_of(WARD), np.arange(1), polygons=None, roads=roads_of(*lanes))
    assert len(part.blocks) == 2
    assert part.blocks["area_km2"].sum() == pytest.approx(area_km2(np.array([WARD]))[0], rel=1e-5)


def test_a_commune_that_nothing_divides_is_no_block() -> None:
    part = divide(land_of(WARD, square(1000, 0, 1000, 1000)), np.arange(2), polygons=None, roads=roads_of(UP))
    assert part.blocks["commune_code"].tolist() == ["00000"] * 2


def test_what_is_too_large_between_roads_is_no_block() -> None:
    halves = roads_of([(-50, 300), (1050, 300)])
    options = PartitionOptions(most_area_km2=0.5)
    part = divide(land_of(WARD), np.arange(1), polygons=None, roads=halves, options=options)
    assert areas(part) == pytest.approx([300_000], abs=1000)
    own = gpd.GeoDataFrame(
        {"block_code": ["A"], "name": ["Tổ 1"], "residents": [5.0], "households": [2.0]},
        geometry=[square(0, 300, 1000, 700)],
        crs="EPSG:4326",
    )
    part = divide(land_of(WARD), np.arange(1), polygons=own, roads=halves, options=options)
    assert part.blocks["origin"].tolist() == ["imported", "roads"]


def test_rivers_bound_blocks_and_only_bridges_need_a_checkpoint() -> None:
    river = roads_of(ACROSS, kind="river")
    bridge = together(river, roads_of(UP))
    part = divide(land_of(WARD), np.arange(1), polygons=None, roads=bridge)
    assert len(part.blocks) == 4
    posts = find_posts(part)
    north = (part.blocks.geometry.centroid.y > at((0, 500))[0, 1]).to_numpy()
    assert posts.split(north).sum() == 1 + _at_edge(posts, north)
    lone = divide(land_of(WARD), np.arange(1), polygons=None, roads=river)
    assert find_posts(lone).total == 0


def _at_edge(posts, inside: np.ndarray) -> int:
    """Posts where a road leaves the divided communes altogether."""
    outside = np.array(
        [-1 in posts.blocks[a:b] for a, b in zip(posts.starts[:-1], posts.starts[1:], strict=True)]
    )
    return int((posts.split(inside) & outside).sum())


pytest.mark.filterwarnings("ignore:Geometry is in a geographic CRS")(
    test_rivers_bound_blocks_and_only_bridges_need_a_checkpoint
)


def test_a_bend_is_no_post_and_a_crossing_of_two_carriageways_is_one() -> None:
    bent = [(-50, 500), (500, 520), (1050, 500)]
    assert find_posts(divide(land_of(WARD), np.arange(1), polygons=None, roads=roads_of(bent))).total == 2
    lanes = [[(x, -50), (x, 1050)] for x in (494, 506)]
    part = divide(land_of(WARD), np.arange(1), polygons=None, roads=roads_of(ACROSS, *lanes))
    posts = find_posts(part)
    inner = [i for i in range(posts.total) if -1 not in posts.blocks[posts.starts[i] : posts.starts[i + 1]]]
    assert len(inner) == 1


def test_an_alley_is_a_gate_of_its_own_block() -> None:
    alley = [(300, 500), (300, 700)]
    part = divide(land_of(WARD), np.arange(1), polygons=None, roads=roads_of(ACROSS, alley))
    posts = find_posts(part)
    north = shapely.contains_xy(part.blocks.geometry.to_numpy(), *at((500, 800))[0])
    gate = np.flatnonzero(posts.gate != NO_GATE)
    assert posts.gate[gate].tolist() == np.flatnonzero(north).tolist()
    assert posts.split(north)[gate].tolist() == [True]
    assert posts.split(~north)[gate].tolist() == [False]
    across = [(300, 300), (300, 700)]
    part = divide(land_of(WARD), np.arange(1), polygons=None, roads=roads_of(ACROSS, across))
    assert (find_posts(part).gate == NO_GATE).all()


def test_imported_polygons_are_mended_into_a_partition() -> None:
    """An overlap goes to the first, a sliver to its neighbour, the rest of the commune is a block."""
    table = pd.DataFrame({"block_code": ["A", "B"], "name": ["Tổ 1", "Tổ 2"]})
    table["residents"], table["households"] = [300.0, np.nan], [80.0, np.nan]
    shapes = [square(0, 0, 400, 1000), square(398, 0, 300, 500), square(404, 500, 300, 500)]
    blocks = gpd.GeoDataFrame(
        pd.concat([table, table.tail(1).assign(block_code="C")], ignore_index=True),
        geometry=shapes,
        crs="EPSG:4326",
    )
    land = land_of(WARD)
    part = divide(land, np.arange(1), polygons=blocks, roads=None)
    found = settle(part.blocks, land, counts=np.array([1000.0])).set_index("block_code")
    assert found["origin"].tolist().count("roads") == 1
    assert shapely.coverage_is_valid(part.blocks.geometry.to_numpy())
    assert found["area_km2"].sum() == pytest.approx(land.areas_km2(np.arange(1))[0], rel=1e-5)
    assert found.loc["A", "area_km2"] * 1e6 == pytest.approx(400_000 + 4 * 500, rel=2e-3)
    assert found.loc["A", ["residents", "residents_method"]].tolist() == [300.0, "own"]
    assert found["residents"].sum() == pytest.approx(1000)
    assert found.loc["B", "residents_method"] == "areal"


def test_points_of_a_grid_count_before_area_and_nothing_known_is_nothing() -> None:
    land = land_of(WARD, square(1000, 0, 1000, 1000))
    roads = roads_of([(-50, 500), (2050, 500)])
    blocks = divide(land, np.arange(2), polygons=None, roads=roads).blocks
    places = at([(200, 200), (300, 800), (310, 810)])
    points = pd.DataFrame({"lon": places[:, 0], "lat": places[:, 1], "residents": [5.0, 7.0, 8.0]})
    found = settle(blocks, land, counts=np.array([np.nan, 90.0]), points=PeoplePoints(points))
    assert found["residents"].tolist() == pytest.approx([15, 5, 45, 45], rel=1e-3)
    assert found["residents_method"].tolist() == ["points", "points", "areal", "areal"]
    unknown = settle(blocks, land)
    assert unknown["residents"].isna().all()
    assert (unknown["weight"] > 0).all()


numbers = st.integers(-80, 1080)
lines = st.lists(
    st.lists(st.tuples(numbers, numbers), min_size=2, max_size=5, unique=True), min_size=1, max_size=7
)


@settings(max_examples=40, deadline=None)
@given(lines)
def test_blocks_partition_the_commune(drawn: list[list[tuple[int, int]]]) -> None:
    land = land_of(WARD, polygon((1000, 0), (1900, 100), (1800, 900), (1000, 1000)))
    base = [[(-50, 333), (2050, 350)]]
    part = divide(land, np.arange(2), polygons=None, roads=roads_of(*base, *drawn), options=ANY_SIZE)
    shapes = part.blocks.geometry.to_numpy()
    assert shapely.coverage_is_valid(shapes)
    assert shapely.is_valid(shapes).all()
    for code, mine in part.blocks.groupby("commune_code"):
        whole = land.areas_km2(land.positions([code]))[0]
        assert mine["area_km2"].sum() == pytest.approx(whole, rel=1e-5)
    inside = shapely.union_all(shapes)
    assert shapely.area(shapely.symmetric_difference(inside, shapely.union_all(land.geometries))) < 1e-9


@settings(max_examples=40, deadline=None)
@given(lines, st.randoms(use_true_random=False))
def test_the_order_of_roads_is_irrelevant(drawn: list[list[tuple[int, int]]], rng) -> None:
    roads = roads_of([(-50, 333), (1050, 350)], *drawn)
    order = rng.sample(range(len(roads)), len(roads))
    one, other = (
        divide(land_of(WARD), np.arange(1), polygons=None, roads=table)
        for table in (roads, roads.iloc[order])
    )
    columns = ["block_code", "name", "area_km2"]
    pd.testing.assert_frame_equal(one.blocks[columns], other.blocks[columns])
    assert find_posts(one).corner_at == pytest.approx(find_posts(other).corner_at)


def test_edges_know_the_faces_beside_them_and_the_line_they_are_of() -> None:
    shapes = np.array([shapely.LineString(at(line)) for line in (ACROSS, UP)] + [WARD.exterior], dtype=object)
    mesh = cut_mesh(shapes)
    start, stop = mesh.vertices[mesh.ends[:, 0]], mesh.vertices[mesh.ends[:, 1]]
    along = (stop - start) / np.hypot(*(stop - start).T)[:, None]
    left = (start + stop) / 2 + np.column_stack([-along[:, 1], along[:, 0]]) * 1e-6
    for edge in range(len(mesh.ends)):
        holding = np.flatnonzero(shapely.intersects_xy(mesh.faces, *left[edge]))
        assert holding.tolist() == [face for face in [mesh.sides[edge, 0]] if face >= 0]
        assert shapely.distance(shapes[mesh.line[edge]], shapely.Point(start[edge])) < 1e-7


def test_ends_are_led_up_to_the_nearest_line_within_reach_only() -> None:
    shapes = np.array([shapely.LineString(at(line)) for line in ([(0, 0), (0, 96)], [(-50, 100), (50, 100)])])
    pieces, owner = extend_ends(shapes, np.empty(0, dtype=object), 5.0)
    assert owner.tolist() == [0]
    assert shapely.get_coordinates(pieces[0])[-1] == pytest.approx(at((0, 100))[0], abs=1e-8)
    assert len(extend_ends(shapes, np.empty(0, dtype=object), 3.0)[0]) == 0


@pytest.mark.skipif(not DSN, reason="GEOZONE_TEST_POSTGIS names no database with PostGIS")
def test_postgis_polygonises_the_same_blocks() -> None:
    psycopg = pytest.importorskip("psycopg", reason="the PostgreSQL driver is not installed")
    rng = np.random.default_rng(4)
    drawn = [rng.uniform(-60, 1060, (4, 2)).tolist() for _ in range(25)]
    roads = roads_of(*drawn)
    part = divide(land_of(WARD), np.arange(1), polygons=None, roads=roads, options=NO_SLIVERS)
    with psycopg.connect(DSN) as connection:
        connection.execute("create extension if not exists postgis")
        query = (
            "with lines as (select ST_GeomFromText(w, 4326) g from unnest(%s::text[]) w), "
            "noded as (select ST_Node(ST_Union(ST_Collect(g), ST_Boundary(ST_GeomFromText(%s, 4326)))) g from lines), "
            "faces as (select (ST_Dump(ST_Polygonize(g))).geom f from noded) "
            "select ST_Area(f::geography) from faces "
            "where ST_Contains(ST_GeomFromText(%s, 4326), ST_PointOnSurface(f))"
        )
        wkt = [shape.wkt for shape in roads.geometry]
        theirs = sorted(row[0] for row in connection.execute(query, (wkt, WARD.wkt, WARD.wkt)).fetchall())
    ours = sorted(part.blocks["area_km2"] * 1e6)
    large = [area for area in ours if area > 1]
    assert large == pytest.approx([area for area in theirs if area > 1], rel=1e-4, abs=0.2)
    assert len(large) > 20
