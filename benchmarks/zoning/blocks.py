"""Enforceable perimeters: the cut beside networkx, blocks from roads beside PostGIS, and a slider's step.

python benchmarks/zoning/blocks.py [--sides 1000 2000 4000 8000] [--postgis DSN]
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

import networkx as nx
import numpy as np
import shapely

sys.path.insert(0, str(Path(__file__).parent))

from _outbreak import timed
from _town import AS_OF, RULES, cases_in, town

from geozone.synthetic.town import Town
from geozone.zoning import Ground, Land, zones
from geozone.zoning.blocks.cut import BlockCosts, network, smallest_cut
from geozone.zoning.blocks.enclosure import Enclosure, block_costs
from geozone.zoning.blocks.partition import PartitionOptions, divide
from geozone.zoning.blocks.posts import find_posts

_ROUNDS = 5


def costs_of(land: Land, made: Town) -> BlockCosts:
    """The whole town as one problem: exposed around its middle, a case in every fiftieth block there."""
    part = divide(land, _communes(land, made), polygons=made.blocks, roads=made.roads)
    shapes = part.blocks.geometry.to_numpy()
    at = shapely.get_coordinates(shapely.centroid(shapes))
    far = np.hypot(*(at - at.mean(axis=0)).T)
    share = np.clip(1.5 - far / (0.25 * far.max()), 0, 1)
    required = (share == 1) & (np.arange(len(shapes)) % 50 == 0)
    people = np.nan_to_num(part.blocks["residents"].to_numpy(dtype=float))
    return block_costs(people, share, required, find_posts(part))


def _communes(land: Land, made: Town) -> np.ndarray:
    return np.unique(land.index.pairs(made.blocks.geometry.to_numpy())[1])


def by_networkx(costs: BlockCosts, percent: int) -> int:
    made = network(costs, percent)
    graph = nx.DiGraph()
    for start, stop, capacity in zip(
        made.start.tolist(), made.stop.tolist(), made.capacity.tolist(), strict=True
    ):
        held = graph.get_edge_data(start, stop, {"capacity": 0})["capacity"]
        graph.add_edge(start, stop, capacity=held + capacity)
    return int(nx.minimum_cut(graph, made.source, made.sink)[0])


def cut(land: Land, sides: list[float]) -> None:
    heads = ("blocks", "places for checkpoints", "cut, ms", "by neighbourhoods, ms", "networkx, ms", "ratio")
    print(f"| {' | '.join(heads)} |")
    print("|---" * len(heads) + "|")
    for side in sides:
        _, made = town(side)
        costs = costs_of(land, made)
        smallest_cut(costs, 75)
        ours = min(timed(lambda costs=costs: smallest_cut(costs, 75))[0] for _ in range(5))
        local = Enclosure(costs)
        near = min(timed(lambda local=local: local.solve(0.75))[0] for _ in range(5))
        theirs, _ = timed(lambda costs=costs: by_networkx(costs, 75))
        print(
            f"| {len(costs.residents):,} | {len(costs.post_gate):,} | {1e3 * ours:.1f} | {1e3 * near:.1f} "
            f"| {1e3 * theirs:,.0f} | {theirs / ours:.0f} |",
            flush=True,
        )


def slider(side: float) -> None:
    """A whole step of the slider: zones, rings none, checkpoints and comparison, ground prepared before."""
    land, made = town(side)
    cases = cases_in(made)
    ground = Ground(made.blocks, made.roads)
    first, _ = timed(lambda: zones(cases, land, RULES, as_of=AS_OF, ground=ground))
    steps = [
        timed(lambda c=c: zones(cases, land, RULES, as_of=AS_OF, ground=ground, caution=c))[0]
        for c in np.linspace(0, 1, 11)
    ]
    print(
        f"slider, {len(made.blocks):,} blocks, {len(cases)} cases: first {1e3 * first:.0f} ms, "
        f"a step {1e3 * np.median(steps):.0f} ms (median), {1e3 * max(steps):.0f} ms (longest)"
    )


def polygonised(land: Land, side: float, dsn: str | None) -> None:
    """Blocks from roads alone, and by ST_Node and ST_Polygonize: the shortest of some times on the wall."""
    _, made = town(side)
    communes = _communes(land, made)
    bare = PartitionOptions(close_gap_m=0, least_area_m2=0, least_width_m=0, most_area_km2=np.inf)
    ours = []
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        part = divide(land, communes, polygons=None, roads=made.roads, options=bare)
        ours.append(time.perf_counter() - start)
    text = f"{len(made.roads):,} lines to {len(part.blocks):,} blocks: ours {min(ours):.2f} s"
    if dsn:
        runs = [by_postgis(dsn, land, communes, made) for _ in range(_ROUNDS)]
        theirs, faces = min(runs)
        text += f", PostGIS {theirs:.2f} s ({theirs / min(ours):.1f} times; {faces:,} faces)"
    print(text, flush=True)


def by_postgis(dsn: str, land: Land, communes: np.ndarray, made: Town) -> tuple[float, int]:
    import psycopg  # noqa: PLC0415 - only where a database is given

    outlines = land.geometries[communes]
    with psycopg.connect(dsn) as connection, connection.cursor() as cursor:
        cursor.execute("create temporary table lines (geom geometry(Geometry, 4326))")
        cursor.execute("create temporary table units (geom geometry(Geometry, 4326))")
        with cursor.copy("copy lines from stdin") as copy:
            for shape in [*made.roads.geometry, *shapely.boundary(outlines)]:
                copy.write_row((f"SRID=4326;{shapely.to_wkt(shape, rounding_precision=-1)}",))
        with cursor.copy("copy units from stdin") as copy:
            for shape in outlines:
                copy.write_row((f"SRID=4326;{shapely.to_wkt(shape, rounding_precision=-1)}",))
        start = time.perf_counter()
        cursor.execute(
            "with noded as (select ST_Node(ST_UnaryUnion(ST_Collect(geom))) g from lines), "
            "faces as (select (ST_Dump(ST_Polygonize(g))).geom f from noded) "
            "select count(*) from faces join units on ST_Contains(units.geom, ST_PointOnSurface(f))"
        )
        row = cursor.fetchone()
        return time.perf_counter() - start, int(row[0]) if row else 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sides", type=float, nargs="*", default=[1_200.0, 2_700.0, 5_400.0, 9_000.0])
    parser.add_argument("--postgis", default=os.environ.get("GEOZONE_TEST_POSTGIS"), help="DSN with PostGIS")
    options = parser.parse_args()
    land, _ = town(1_000.0)
    cut(land, options.sides)
    slider(5_400.0)
    for side in options.sides[1:]:
        polygonised(land, side, options.postgis)


if __name__ == "__main__":
    main()
