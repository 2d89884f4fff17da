"""PostGIS as an oracle for radii, areas, memberships and dissolved perimeters."""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
import pytest
import shapely

from geozone.geodesy import area_km2, buffer_m, discs, distance_m, length_m
from geozone.index import UnitIndex
from geozone.zoning.clusters import cluster_points
from geozone.zoning.dissolve import dissolve_discs

DSN = os.environ.get("GEOZONE_TEST_POSTGIS")
psycopg = pytest.importorskip("psycopg", reason="the PostgreSQL driver is not installed")
pytestmark = pytest.mark.skipif(not DSN, reason="GEOZONE_TEST_POSTGIS names no database with PostGIS")


@pytest.fixture(scope="module")
def database() -> Iterator[psycopg.Connection]:
    with psycopg.connect(DSN, autocommit=True) as connection:
        connection.execute("create extension if not exists postgis")
        yield connection


def ask(database: psycopg.Connection, query: str, *values: object) -> np.ndarray:
    return np.array(database.execute(query, values).fetchall())


def cases(count: int = 400) -> np.ndarray:
    rng = np.random.default_rng(9)
    centre = rng.uniform([103, 9], [109, 23], (8, 2))
    return centre[rng.integers(0, 8, count)] + rng.normal(0, 0.01, (count, 2))


def load(database: psycopg.Connection, at: np.ndarray) -> None:
    database.execute("drop table if exists pg_temp.cases")
    database.execute("create temporary table cases (id int, geom geometry(Point, 4326))")
    rows = [(i, f"SRID=4326;POINT({x!r} {y!r})") for i, (x, y) in enumerate(at.tolist())]
    with database.cursor() as cursor:
        cursor.executemany("insert into cases values (%s, %s)", rows)


def test_distances_lengths_and_areas(database: psycopg.Connection) -> None:
    at, to = cases(50), cases(100)[50:]
    query = "select ST_Distance(ST_Point(%s, %s, 4326)::geography, ST_Point(%s, %s, 4326)::geography)"
    theirs = [ask(database, query, *pair)[0, 0] for pair in np.column_stack([at, to]).tolist()]
    assert distance_m(*at.T, *to.T) == pytest.approx(theirs, rel=1e-5)
    shapes = discs(*at[:10].T, 3_000)
    query = "select ST_Area(g), ST_Perimeter(g) from (select ST_GeogFromText(%s) g) t"
    theirs = np.array([ask(database, query, shape.wkt)[0] for shape in shapes], dtype=float)
    assert area_km2(shapes) * 1e6 == pytest.approx(theirs[:, 0], rel=1e-4)
    assert length_m(shapes) == pytest.approx(theirs[:, 1], rel=1e-5)


def test_memberships(database: psycopg.Connection) -> None:
    at = cases()
    load(database, at)
    units = [shapely.box(x, y, x + 0.02, y + 0.02) for x, y in np.floor(at[::7] * 50) / 50]
    database.execute("create temporary table units (id int, geom geometry)")
    with database.cursor() as cursor:
        cursor.executemany(
            "insert into units values (%s, ST_GeomFromText(%s, 4326))",
            [(i, unit.wkt) for i, unit in enumerate(units)],
        )
    query = "select (select min(u.id) from units u where ST_Intersects(u.geom, c.geom)) from cases c order by c.id"
    theirs = [-1 if row[0] is None else row[0] for row in database.execute(query).fetchall()]
    assert UnitIndex(units).locate(*at.T).tolist() == theirs


@pytest.mark.parametrize("radius", [200.0, 1_000.0, 3_000.0])
def test_discs_hold_what_is_within_the_radius(database: psycopg.Connection, radius: float) -> None:
    at = cases()
    load(database, at)
    centre = at[0]
    query = (
        "select id, ST_Distance(geom::geography, ST_Point(%s, %s, 4326)::geography) from cases order by id"
    )
    metres = ask(database, query, *centre.tolist())[:, 1]
    inside = shapely.contains_xy(discs(*centre, radius)[0], *at.T)
    assert inside[metres < radius - 1].all()
    assert not inside[metres > radius + 1].any()


@pytest.mark.parametrize("radius", [200.0, 1_000.0, 3_000.0])
def test_dissolved_perimeters_and_clusters(database: psycopg.Connection, radius: float) -> None:
    at = cases()
    load(database, at)
    # Buffers of PostGIS are drawn in a UTM zone of its choosing, so they are handed ours to dissolve.
    drawn = discs(*at.T, radius)
    database.execute("drop table if exists pg_temp.discs")
    database.execute("create temporary table discs (geom geometry)")
    with database.cursor() as cursor:
        cursor.executemany(
            "insert into discs values (ST_GeomFromWKB(%s, 4326))", [(shapely.to_wkb(one),) for one in drawn]
        )
    query = "select ST_Area(geom::geography) / 1e6 from (select (ST_Dump(ST_Union(geom))).geom from discs) t"
    theirs = ask(database, query)[:, 0].astype(float)
    parts = dissolve_discs(*at.T, radius)
    assert area_km2(parts).sum() == pytest.approx(theirs.sum(), rel=1e-4)
    assert abs(len(parts) - len(theirs)) <= 1
    assert len(np.unique(cluster_points(*at.T, 2 * radius))) == len(parts)


def test_grown_shapes(database: psycopg.Connection) -> None:
    line = shapely.LineString([(105.8, 21.0), (105.85, 21.05), (105.9, 21.02)])
    query = "select ST_Area(ST_Buffer(ST_GeogFromText(%s), 1000, 32)) / 1e6"
    theirs = float(ask(database, query, line.wkt)[0, 0])
    assert area_km2(buffer_m(line, 1_000))[0] == pytest.approx(theirs, rel=2e-3)
