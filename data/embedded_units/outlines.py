"""Turn shared land into outlines that form one polygon coverage."""

from __future__ import annotations

import numpy as np
import pandas as pd
import partition
import shapely
from scipy.spatial import Voronoi, cKDTree

GRID = 2.0**-16
"""Coordinates are multiples of this, degrees: 1.7 m. A power of two leaves the low bits of every coordinate
zero, which packs to half the size of decimal rounding."""
SIMPLIFY = 0.0015
"""Tolerance of the simplification of the shared edges, degrees: about 160 m."""
SEEN_LAND = 0.4
"""Below this share of its expected area on the coast map, a unit brings land of its own."""


def draw(pieces: pd.DataFrame, land: shapely.Geometry, options: partition.Options) -> np.ndarray:
    """Draw one polygon or multipolygon per piece; together they are a polygon coverage."""
    west, south, east, north = partition.FRAME
    remote = ~(pieces["cx"].between(west, east) & pieces["cy"].between(south, north)).to_numpy()
    near = pieces[~remote].reset_index(drop=True)
    domain = shapely.union_all([land, *own_land(near, land, options)])
    shapely.prepare(domain)
    points = partition.sample(near, options)
    on_land = shapely.contains_xy(domain, points[:, 0], points[:, 1])
    labels = partition.share(points, on_land, near, options)
    coverage = shapely.coverage_simplify(dissolve(points, labels, len(near)), SIMPLIFY)
    shapes = np.full(len(pieces), None, dtype=object)
    shapes[~remote] = clip(coverage, domain, near)
    for i in np.flatnonzero(remote):
        shapes[i] = disc(pieces.iloc[i])
    return shapes


def own_land(
    pieces: pd.DataFrame, land: shapely.Geometry, options: partition.Options
) -> list[shapely.Geometry]:
    """Ellipses in the boxes of units that the coast map does not show: small islands."""
    boxes = shapely.box(*(pieces[side].to_numpy() for side in ("west", "south", "east", "north")))
    shapely.prepare(land)
    expected = shapely.area(boxes) * options.fill
    seen = np.where(shapely.contains_properly(land, boxes), expected, 0.0)
    unsure = seen == 0
    seen[unsure] = shapely.area(shapely.intersection(boxes[unsure], land))
    return [ellipse(row) for row in pieces[seen < SEEN_LAND * expected].itertuples()]


def ellipse(row: object) -> shapely.Polygon:
    """Draw the ellipse in a unit's box, shrunk to the known area where that is smaller."""
    half_w, half_h = (row.east - row.west) / 2, (row.north - row.south) / 2
    lon_km = partition.KM_LON * np.cos(np.radians(row.cy))
    full = np.pi * half_w * half_h * lon_km * partition.KM_LAT
    shrink = min(1.0, np.sqrt(row.new_area / full))
    turn = np.linspace(0, 2 * np.pi, 25)[:-1]
    ring = np.column_stack([row.cx + half_w * shrink * np.cos(turn), row.cy + half_h * shrink * np.sin(turn)])
    return shapely.Polygon(np.round(ring, 5))


def disc(row: pd.Series, largest_km2: float = np.inf) -> shapely.Polygon:
    """Draw a circle of the unit's area (at most `largest_km2`) at its point."""
    radius_km = np.sqrt(min(float(row["new_area"]), largest_km2) / np.pi)
    turn = np.linspace(0, 2 * np.pi, 33)[:-1]
    lon_km = partition.KM_LON * np.cos(np.radians(row["lat"]))
    ring = np.column_stack(
        [
            row["lon"] + radius_km / lon_km * np.cos(turn),
            row["lat"] + radius_km / partition.KM_LAT * np.sin(turn),
        ]
    )
    return shapely.Polygon(np.round(ring, 5))


def dissolve(points: np.ndarray, labels: np.ndarray, n: int) -> np.ndarray:
    """Join the Voronoi cells of the points of each piece, by the edges between pieces alone."""
    diagram = Voronoi(points)
    a, b = diagram.ridge_points.T
    ends = np.asarray(diagram.ridge_vertices)[labels[a] != labels[b]]
    lines = shapely.linestrings(diagram.vertices[ends[(ends >= 0).all(axis=1)]])
    faces = np.asarray(shapely.get_parts(shapely.polygonize(lines)))
    inside = shapely.point_on_surface(faces)
    nearest = cKDTree(points).query(np.column_stack([shapely.get_x(inside), shapely.get_y(inside)]))[1]
    return group(faces, labels[nearest], n, shapely.Polygon())


def group(faces: np.ndarray, owner: np.ndarray, n: int, nothing: shapely.Geometry | None) -> np.ndarray:
    """Join the faces of each owner; owners below 0 are left out."""
    shapes = np.full(n, nothing, dtype=object)
    order = np.argsort(owner, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(owner[order])) + 1):
        if owner[members[0]] >= 0:
            joined = shapely.coverage_union_all(faces[members])
            shapes[owner[members[0]]] = joined
    return shapes


def clip(coverage: np.ndarray, domain: shapely.Geometry, pieces: pd.DataFrame) -> np.ndarray:
    """Clip a coverage to the land without breaking it, and give a cell to units left with none."""
    faces, owner = faces_of(coverage, domain, {})
    owned = pieces.iloc[np.unique(owner)]
    bare_old = ~pieces["code_2021"].isin(owned["code_2021"]) & ~pieces["code_2021"].duplicated()
    bare_new = ~pieces["code_2025"].isin(owned["code_2025"]) & ~pieces["code_2025"].duplicated()
    bare = np.flatnonzero(bare_old | bare_new)
    if len(bare):
        forced = {int(i): disc(pieces.iloc[i], largest_km2=1.0) for i in bare}
        faces, owner = faces_of(coverage, domain, forced)
    return group(faces, owner, len(pieces), None)


def faces_of(
    coverage: np.ndarray, domain: shapely.Geometry, forced: dict[int, shapely.Geometry]
) -> tuple[np.ndarray, np.ndarray]:
    """Node every edge on one grid and return the faces on land with their owners."""
    edges = [shapely.boundary(shape) for shape in (*coverage, domain, *forced.values())]
    lines = shapely.union_all(edges, grid_size=GRID)
    faces = np.asarray(shapely.get_parts(shapely.polygonize([lines])))
    inside = shapely.point_on_surface(faces)
    owner = np.full(len(faces), -1)
    at, of = shapely.STRtree(coverage).query(inside, predicate="intersects")
    owner[at] = of
    shapely.prepare(domain)
    owner[~shapely.intersects(domain, inside)] = -1
    for piece, shape in forced.items():
        shapely.prepare(shape)
        owner[shapely.intersects(shape, inside)] = piece
    keep = owner >= 0
    return faces[keep], owner[keep]
