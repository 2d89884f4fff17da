"""Checkpoints of a day's zones: points where roads cross their perimeters."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geozone.zoning.blocks.ground import BlockMap, Ground, road_words

__all__ = ["checkpoints", "no_checkpoints"]

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


def checkpoints(zones: gpd.GeoDataFrame, ground: Ground, found: BlockMap | None) -> gpd.GeoDataFrame:
    """Find the checkpoints that zones need.

    Parameters
    ----------
    zones : GeoDataFrame
        ``zone_id, perimeter, blocks`` and geometry, of the certain containment zones.
    ground : Ground
        The roads.
    found : BlockMap or None
        The blocks that the zones were made of.

    Returns
    -------
    GeoDataFrame
        ``checkpoint_id, name, zone_id, kind`` and point, by zone, then from north to south: name and kind
        of the road that crosses there, of several the widest first. Every point lies on the perimeter of
        its zone and on a road that people travel along. None where no roads are known.
    """
    if not ground.knows_roads or not len(zones):
        return no_checkpoints()
    rows: list[tuple[str, str, str, str, float, float]] = []
    codes = {} if found is None else {code: i for i, code in enumerate(found.blocks["block_code"])}
    for zone_id, perimeter, blocks, shape in zip(
        zones["zone_id"], zones["perimeter"], zones["blocks"], zones.geometry, strict=True
    ):
        if perimeter == "blocks" and found is not None:
            mine = np.array([codes[one["code"]] for one in json.loads(blocks)], dtype=np.int64)
            points = [*_between_blocks(found, mine, shape), *_off_blocks(found, mine, shape, ground)]
        else:
            points = _across(shapely.boundary(shape), ground)
        stem = str(zone_id).partition("-")[2]
        for number, (lon, lat, name, kind) in enumerate(sorted(points, key=_from_north), start=1):
            rows.append((f"CK-{stem}-{number:02d}", name, str(zone_id), kind, lon, lat))
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
