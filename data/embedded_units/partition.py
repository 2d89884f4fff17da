"""Share the land among the pieces (old commune, new commune), by points, boxes and known areas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Delaunay

KM_LAT = 110.6
KM_LON = 111.32
FRAME = (101.6, 8.0, 110.2, 23.9)
"""West, south, east, north of the mainland with a margin: the islands beyond are made apart."""


LAOS = (103.5, 18.5)
"""A place on land abroad that all land abroad in the frame is connected with."""


@dataclass(frozen=True)
class Options:
    """What was tuned: one value for the whole country, never one for a unit."""

    fill: float = 0.54
    """Part of its box that a commune fills: the median over the new communes whose area is known."""
    per_axis: int = 6
    """Sample points along the shorter side of a box."""
    margin: float = 0.02
    """How far a commune may reach beyond its box, as a share of the box's half side."""
    edge_power: float = 4.0
    """Shape of a commune in its box: 2 is an ellipse, large is the whole box."""
    outside_cost: float = 1.1
    """Cost of the land that is no commune's, at the land border."""
    new_point_pull: float = 0.6
    """How strongly the parts of a divided commune follow the points of the new ones."""
    rounds: int = 40
    """Rounds of fitting the areas."""
    step: float = 0.25
    """Share of the area error corrected in a round."""
    limit: float = 0.2
    """Bound of the fitted weights."""


def half_sides(pieces: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Half the width and height of each piece's box, km."""
    lon_km = KM_LON * np.cos(np.radians(pieces["cy"].to_numpy()))
    return (
        (pieces["east"] - pieces["west"]).to_numpy() / 2 * lon_km,
        (pieces["north"] - pieces["south"]).to_numpy() / 2 * KM_LAT,
    )


def sample(pieces: pd.DataFrame, options: Options) -> np.ndarray:
    """Lay a triangular lattice of points in every box, a frame of points around, and the known points."""
    boxes = pieces.drop_duplicates("code_2021")
    half_x, half_y = half_sides(boxes)
    points = [pieces[["new_lon", "new_lat"]].to_numpy(), boxes[["lon", "lat"]].to_numpy()]
    for row, hx, hy in zip(boxes.itertuples(), half_x, half_y, strict=True):
        spacing = max(2 * min(hx, hy) / options.per_axis, 2 * max(hx, hy) / 30)
        nx, ny = int(2 * hx / spacing) + 1, int(2 * hy / (spacing * 0.866)) + 1
        ix, iy = np.meshgrid((np.arange(nx) + 0.5) / nx, (np.arange(ny) + 0.5) / ny)
        ix = ix + np.where(np.arange(ny) % 2 == 0, 0.25, -0.25)[:, None] / nx
        grow = 1 + options.margin
        x = row.cx + (ix.ravel() - 0.5) * (row.east - row.west) * grow
        y = row.cy + (iy.ravel() - 0.5) * (row.north - row.south) * grow
        points.append(np.column_stack([x, y]))
    west, south, east, north = FRAME
    gx, gy = np.meshgrid(np.arange(west, east, 0.025), np.arange(south, north, 0.025))
    gx = gx + np.where(np.arange(gx.shape[0]) % 2 == 0, 0.0, 0.0125)[:, None]
    points.append(np.column_stack([gx.ravel(), gy.ravel()]))
    return np.unique(np.round(np.concatenate(points), 4), axis=0)


def costs(points: np.ndarray, pieces: pd.DataFrame, options: Options) -> tuple[np.ndarray, ...]:
    """List the pieces each point may belong to, with what it costs: 0 at the box's centre, 1 at its edge."""
    reach = 1 + options.margin
    half_w = (pieces["east"] - pieces["west"]).to_numpy() / 2
    half_h = (pieces["north"] - pieces["south"]).to_numpy() / 2
    cx, cy = pieces["cx"].to_numpy(), pieces["cy"].to_numpy()
    boxes = shapely.box(cx - half_w * reach, cy - half_h * reach, cx + half_w * reach, cy + half_h * reach)
    tree = shapely.STRtree(shapely.points(points))
    piece, at = tree.query(boxes, predicate="intersects")
    u = np.abs(points[at, 0] - cx[piece]) / half_w[piece]
    v = np.abs(points[at, 1] - cy[piece]) / half_h[piece]
    cost = (u**options.edge_power + v**options.edge_power) ** (2 / options.edge_power)
    divided = pieces["divided"].to_numpy()[piece]
    hx, hy = half_sides(pieces)
    lon_km = KM_LON * np.cos(np.radians(cy))
    dx = (points[at, 0] - pieces["new_lon"].to_numpy()[piece]) * lon_km[piece]
    dy = (points[at, 1] - pieces["new_lat"].to_numpy()[piece]) * KM_LAT
    radius = np.sqrt(hx * hy)[piece] + np.sqrt(pieces["new_area"].to_numpy()[piece] / np.pi)
    cost = cost + np.where(divided, options.new_point_pull * np.hypot(dx, dy) / radius, 0.0)
    order = np.argsort(at, kind="stable")
    return at[order], piece[order], cost[order]


def mesh(points: np.ndarray) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """Pairs of neighbouring points, and the area each point stands for: a third of its triangles, km²."""
    triangles = Delaunay(points).simplices
    pairs = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    corner = points[triangles]
    first, second = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
    area = np.abs(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]) / 2
    area *= KM_LAT * KM_LON * np.cos(np.radians(corner[:, :, 1].mean(axis=1)))
    return (pairs[:, 0], pairs[:, 1]), np.bincount(triangles.ravel(), np.repeat(area / 3, 3), len(points))


def abroad(n: int, free: np.ndarray, pairs: tuple[np.ndarray, np.ndarray], seed: int) -> np.ndarray:
    """Free points connected with the seed through free points: what lies outside the country."""
    keep = free[pairs[0]] & free[pairs[1]]
    graph = coo_array((np.ones(keep.sum(), dtype=bool), (pairs[0][keep], pairs[1][keep])), shape=(n, n))
    label = connected_components(graph, directed=False)[1]
    return free & (label == label[seed])


def share(points: np.ndarray, on_land: np.ndarray, pieces: pd.DataFrame, options: Options) -> np.ndarray:
    """Give every point the number of its piece, or -1 where it is none's."""
    pairs, area_km2 = mesh(points)
    labels = allocate(points, area_km2 * on_land, on_land, pairs=pairs, pieces=pieces, options=options)
    return drop_fragments(labels, pairs, area_km2 * on_land)


def allocate(
    points: np.ndarray,
    area_km2: np.ndarray,
    on_land: np.ndarray,
    *,
    pairs: tuple[np.ndarray, np.ndarray],
    pieces: pd.DataFrame,
    options: Options,
) -> np.ndarray:
    """Share the points by cost, fitting the areas of the new communes; -1 is abroad."""
    n = len(points)
    at, piece, cost = costs(points, pieces, options)
    seed = int(np.argmin(np.hypot(points[:, 0] - LAOS[0], points[:, 1] - LAOS[1])))
    cheapest = np.full(n, np.inf)
    np.minimum.at(cheapest, at, cost)
    open_land = abroad(n, on_land & (cheapest > options.outside_cost * 0.8), pairs, seed)
    target_of = pieces["new_position"].to_numpy()
    target = np.zeros(target_of.max() + 1)
    target[target_of] = pieces["new_area"]
    weight = np.zeros(len(target))
    starts = np.flatnonzero(np.r_[True, at[1:] != at[:-1]])
    owners = at[starts]
    counts = np.diff(np.r_[starts, len(at)])
    label = np.full(n, -1)
    for _ in range(options.rounds):
        value = cost - weight[target_of[piece]]
        best = np.minimum.reduceat(value, starts)
        first = np.flatnonzero(value == np.repeat(best, counts))
        _, unique = np.unique(at[first], return_index=True)
        label[owners] = piece[first[unique]]
        lost = open_land[owners] & (best > options.outside_cost)
        label[owners[lost]] = -1
        held = label >= 0
        have = np.bincount(target_of[label[held]], weights=area_km2[held], minlength=len(target))
        with np.errstate(divide="ignore", invalid="ignore"):
            error = np.where(target > 0, np.log(np.maximum(have, target * 0.05) / target), 0.0)
        weight = np.clip(weight - options.step * error, -options.limit, options.limit)
    outside = abroad(n, on_land & (label < 0), pairs, seed)
    return fill_gaps(label, pairs, ~on_land | outside)


def drop_fragments(
    label: np.ndarray, pairs: tuple[np.ndarray, np.ndarray], area_km2: np.ndarray
) -> np.ndarray:
    """Give every part of a piece but its largest (and those nearly as large) to the neighbours."""
    n = len(label)
    same = (label[pairs[0]] == label[pairs[1]]) & (label[pairs[0]] >= 0)
    graph = coo_array((np.ones(same.sum(), dtype=bool), (pairs[0][same], pairs[1][same])), shape=(n, n))
    part = connected_components(graph, directed=False)[1]
    size = np.bincount(part, weights=area_km2 + 1e-9)[part]
    largest = np.zeros(label.max() + 1)
    np.maximum.at(largest, label[label >= 0], size[label >= 0])
    stray = (label >= 0) & (size < 0.5 * largest[label])
    return fill_gaps(np.where(stray, -1, label), pairs, (label < 0))


def fill_gaps(label: np.ndarray, pairs: tuple[np.ndarray, np.ndarray], outside: np.ndarray) -> np.ndarray:
    """Give each unowned point inside the country its neighbour's owner, from the rim inwards."""
    label = label.copy()
    a, b = np.concatenate([pairs[0], pairs[1]]), np.concatenate([pairs[1], pairs[0]])
    while True:
        take = (label[a] < 0) & ~outside[a] & (label[b] >= 0)
        if not take.any():
            return label
        label[a[take]] = label[b[take]]
