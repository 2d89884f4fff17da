"""Checkpoints of a day's zones: points where roads cross their perimeters."""

from __future__ import annotations

import json
from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geozone.zoning.blocks.ground import BlockMap, Ground, road_words

__all__ = ["Found", "checkpoint_table", "crossing_points", "no_checkpoints"]

IntArray = npt.NDArray[np.int64]
_NEAR_BORDER_DEG = 1e-7

Found = tuple[float, float, str, str]
"""Longitude, latitude, name and kind of the road."""


def no_checkpoints() -> gpd.GeoDataFrame:
    """Make a table of no checkpoints.

    Returns
    -------
    GeoDataFrame
        ``checkpoint_id, name, zone_id, kind`` and point, without rows.
    """
    columns = {name: pd.Series([], dtype="str") for name in ("checkpoint_id", "name", "zone_id", "kind")}
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([], crs="EPSG:4326"), crs="EPSG:4326")


def crossing_points(
    zones: gpd.GeoDataFrame, ground: Ground, found: BlockMap | None
) -> list[list[Found] | None]:
    """Find where roads cross the perimeters of zones.

    Parameters
    ----------
    zones : GeoDataFrame
        ``perimeter, blocks`` and geometry, of certain containment zones.
    ground : Ground
        The roads.
    found : BlockMap or None
        The blocks that the zones were made of.

    Returns
    -------
    list of list
        Of each zone, from north to south: every point lies on its perimeter and on a road that people
        travel along. None where no road is known in the zone: unknown is not none.
    """
    known = ground.knows_roads_in(zones.geometry.to_numpy()) if ground.knows_roads else [False] * len(zones)
    codes = {} if found is None else {code: i for i, code in enumerate(found.blocks["block_code"])}
    listed: list[list[Found] | None] = []
    for knows, perimeter, blocks, shape in zip(
        known, zones["perimeter"], zones["blocks"], zones.geometry, strict=True
    ):
        if not ground.knows_roads:
            listed.append(None)
            continue
        if perimeter == "blocks" and found is not None:
            mine = np.array([codes[one["code"]] for one in json.loads(blocks)], dtype=np.int64)
            points = [*_between_blocks(found, mine, shape), *_off_blocks(found, mine, shape, ground)]
        else:
            points = _across(shapely.boundary(shape), ground)
        listed.append(sorted(points, key=_from_north) if knows or points else None)
    return listed


def checkpoint_table(zone_ids: Sequence[str], points: Sequence[list[Found] | None]) -> gpd.GeoDataFrame:
    """Put the checkpoints of zones into a table.

    Parameters
    ----------
    zone_ids : sequence of str
        Identifiers of the zones.
    points : sequence of list
        From `crossing_points`, in the same order.

    Returns
    -------
    GeoDataFrame
        ``checkpoint_id, name, zone_id, kind`` and point, by zone, then from north to south: name and kind
        of the road that crosses there, of several the widest first.
    """
    rows: list[tuple[str, str, str, str, float, float]] = []
    for zone_id, mine in zip(zone_ids, points, strict=True):
        stem = zone_id.partition("-")[2]
        for number, (lon, lat, name, kind) in enumerate(mine or (), start=1):
            rows.append((f"CK-{stem}-{number:02d}", name, zone_id, kind, lon, lat))
    if not rows:
        return no_checkpoints()
    columns = ["checkpoint_id", "name", "zone_id", "kind", "lon", "lat"]
    table = pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[:4], "str"))
    at = gpd.points_from_xy(table["lon"].astype("float64"), table["lat"].astype("float64"))
    return gpd.GeoDataFrame(table[columns[:4]], geometry=at, crs="EPSG:4326")


def _from_north(point: Found) -> tuple[float, float]:
    return -point[1], point[0]


def _between_blocks(found: BlockMap, mine: IntArray, shape: BaseGeometry) -> list[Found]:
    """Give each post that the blocks split its first corner on the perimeter."""
    posts, roads = found.posts, found.partition.roads
    inside = np.zeros(len(found.blocks), dtype=bool)
    inside[mine] = True
    corners = np.flatnonzero(posts.split_corners(inside))
    # Where a piece without blocks is inside too, a corner of the blocks lies within the zone.
    places = np.asarray(shapely.points(posts.corner_at[corners]), dtype=object)
    corners = corners[shapely.dwithin(places, shapely.boundary(shape), _NEAR_BORDER_DEG)]
    _, first = np.unique(posts.corner_post[corners], return_index=True)
    names, kinds = (roads[column].to_numpy(dtype=object) for column in ("name", "kind"))
    result = []
    for corner in corners[first].tolist():
        here = posts.roads[posts.road_starts[corner] : posts.road_starts[corner + 1]]
        name, kind = road_words(names, kinds, here)
        result.append((*posts.corner_at[corner].tolist(), name, kind))
    return result


def _off_blocks(found: BlockMap, mine: IntArray, shape: BaseGeometry, ground: Ground) -> list[Found]:
    """Checkpoints on the part of a perimeter that is the edge of a disc, not of a block."""
    borders = shapely.boundary(found.blocks.geometry.to_numpy()[mine])
    edge = shapely.difference(shapely.boundary(shape), shapely.union_all(borders))
    if edge.is_empty:
        return []
    points = _across(edge, ground)
    tree = shapely.STRtree(borders)
    return [
        point
        for point in points
        if not len(tree.query(shapely.Point(point[:2]), predicate="dwithin", distance=_NEAR_BORDER_DEG))
    ]


def _across(line: BaseGeometry, ground: Ground) -> list[Found]:
    met = ground.crossings(np.array([line], dtype=object))
    return [(*at, *ground.road_words(roads)) for at, roads in zip(met.at.tolist(), met.roads, strict=True)]
