"""Partial lifting: the parts of a zone that a committee may choose to release, and the zones without them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geozone.geodesy import area_km2
from geozone.zoning.blocks.ground import Ground
from geozone.zoning.drawing import ZoneSet
from geozone.zoning.inside import communes_json, shares_of
from geozone.zoning.land import Land
from geozone.zoning.people import People
from geozone.zoning.perimeters import polygons_of

__all__ = ["lift_parts", "zone_parts"]

GeometryArray = npt.NDArray[np.object_]
_SPECK_KM2 = 1e-6
_UNKNOWN = ("checkpoints", "disc_checkpoints", "disc_residents")


def zone_parts(
    zones: ZoneSet,
    zone_id: str,
    land: Land,
    *,
    population: pd.DataFrame | None = None,
    ground: Ground | None = None,
) -> gpd.GeoDataFrame:
    """Divide a containment zone into what may be chosen: hamlets or blocks, elsewhere communes.

    Parameters
    ----------
    zones : ZoneSet
        The zones of a day.
    zone_id : str
        The zone.
    land : Land
        The communes.
    population : DataFrame, optional
        The population contract, for residents.
    ground : Ground, optional
        The blocks that it was drawn on.

    Returns
    -------
    GeoDataFrame
        ``part_id, name, kind`` (of the blocks contract, or ``commune``), ``area_km2, residents`` and
        geometry; the parts add up to the zone and do not overlap.

    Raises
    ------
    ValueError
        If there is no such containment zone.
    """
    rows = (zones.containment["zone_id"] == zone_id).to_numpy(dtype=bool)
    if not rows.any():
        raise ValueError(f"there is no containment zone {zone_id!r}")
    shape = zones.containment.geometry.to_numpy()[rows][0]
    blocks, left = _blocks(shape, ground)
    parts = pd.concat([blocks, _communes(left, land)], ignore_index=True)
    people = People.of(population, land, None if ground is None else ground.points)
    shapes = parts["geometry"].to_numpy(dtype=object)
    inside = people.inside(shapes, shares_of(shapes, land))
    parts["area_km2"] = area_km2(shapes)
    parts["residents"] = pd.Series([one.residents for one in inside], dtype="float64")
    return gpd.GeoDataFrame(parts, geometry="geometry", crs="EPSG:4326")


def lift_parts(
    zones: ZoneSet,
    chosen: Sequence[str],
    land: Land,
    *,
    population: pd.DataFrame | None = None,
    ground: Ground | None = None,
) -> ZoneSet:
    """Take chosen parts out of the containment zones of a day.

    Parameters
    ----------
    zones : ZoneSet
        The zones of the day.
    chosen : sequence of str
        ``zone_id/part_id`` of each part, as ``zone_parts`` names them.
    land : Land
        The communes.
    population : DataFrame, optional
        The population contract, for residents.
    ground : Ground, optional
        The blocks that the zones were drawn on.

    Returns
    -------
    ZoneSet
        Zones smaller by the parts, without those of which all was chosen, nor rings around these alone. How
        many checkpoints the new edges need is not known; those no longer on an edge are left out. Cases keep
        their zone, so that it keeps its name on the next day.

    Raises
    ------
    ValueError
        If a zone or part is not there.
    """
    wanted: dict[str, set[str]] = defaultdict(set)
    for name in chosen:
        zone_id, _, part_id = name.partition("/")
        wanted[zone_id].add(part_id)
    table, people = zones.containment, People.of(population, land, None if ground is None else ground.points)
    gone: set[str] = set()
    for zone_id, names in sorted(wanted.items()):
        parts = zone_parts(zones, zone_id, land, ground=ground)
        unknown = names - set(parts["part_id"])
        if unknown:
            raise ValueError(f"zone {zone_id!r} has no part {min(unknown)!r}")
        kept = parts[~parts["part_id"].isin(names).to_numpy(dtype=bool)]
        if not len(kept):
            gone.add(zone_id)
        else:
            table = _shrunk(table, zone_id, polygons_of(shapely.union_all(kept.geometry.to_numpy())), people)
    table = table[~table["zone_id"].isin(gone).to_numpy(dtype=bool)].reset_index(drop=True)
    return replace(
        zones,
        containment=table,
        buffer=_around(zones.buffer, gone),
        checkpoints=_guarding(zones.checkpoints, table, set(wanted)),
    )


def _blocks(shape: BaseGeometry, ground: Ground | None) -> tuple[pd.DataFrame, BaseGeometry]:
    """Cut the polygons of the user to a zone; what they leave is given too."""
    empty = pd.DataFrame({"part_id": [], "name": [], "kind": [], "geometry": []}, dtype=object)
    if ground is None or ground.blocks is None or not len(ground.blocks):
        return empty, shape
    near = np.sort(ground.blocks.sindex.query(shape, predicate="intersects"))
    found = ground.blocks.iloc[near]
    pieces = np.empty(len(found), dtype=object)
    pieces[:] = [polygons_of(one) for one in shapely.intersection(found.geometry.to_numpy(), shape)]
    real = area_km2(pieces) > _SPECK_KM2 if len(pieces) else np.zeros(0, dtype=bool)
    if not real.any():
        return empty, shape
    found, pieces = found[real], pieces[real]
    table = pd.DataFrame(
        {
            "part_id": ("block:" + found["block_code"].astype("str")).to_numpy(dtype=object),
            "name": found["name"].to_numpy(dtype=object),
            "kind": found["kind"].fillna("block").to_numpy(dtype=object),
            "geometry": pieces,
        }
    )
    return table, polygons_of(shapely.difference(shape, shapely.union_all(pieces)))


def _communes(shape: BaseGeometry, land: Land) -> pd.DataFrame:
    near = np.sort(land.index.intersecting(shape))
    pieces = np.empty(len(near), dtype=object)
    pieces[:] = [polygons_of(one) for one in shapely.intersection(land.geometries[near], shape)]
    real = area_km2(pieces) > _SPECK_KM2 if len(pieces) else np.zeros(0, dtype=bool)
    return pd.DataFrame(
        {
            "part_id": [f"commune:{code}" for code in land.codes[near[real]]],
            "name": land.names[near[real]],
            "kind": np.full(int(real.sum()), "commune", dtype=object),
            "geometry": pieces[real],
        }
    )


def _shrunk(table: gpd.GeoDataFrame, zone_id: str, shape: BaseGeometry, people: People) -> gpd.GeoDataFrame:
    """Give a zone another outline, and measure it anew."""
    row = int(np.flatnonzero((table["zone_id"] == zone_id).to_numpy(dtype=bool))[0])
    shapes = np.empty(1, dtype=object)
    shapes[0] = shape
    shares = shares_of(shapes, people.land)
    [inside] = people.inside(shapes, shares)
    outlines = table.geometry.to_numpy().copy()
    outlines[row] = shape
    changed = table.set_geometry(gpd.GeoSeries(list(outlines), index=table.index, crs="EPSG:4326"))
    values = {
        "area_km2": float(area_km2(shapes)[0]),
        "residents": inside.residents,
        "residents_method": inside.method,
        "households": inside.households,
        "communes": communes_json(people.land, *shares.of(0)),
    }
    for name, value in values.items():
        if name in changed.columns:
            changed.iloc[row, changed.columns.get_loc(name)] = value
    for name in _UNKNOWN:
        if name in changed.columns:
            changed.iloc[row, changed.columns.get_loc(name)] = (
                pd.NA if changed[name].dtype == "Int64" else np.nan
            )
    return changed


def _around(rings: gpd.GeoDataFrame, gone: set[str]) -> gpd.GeoDataFrame:
    """Leave out rings that surround no zone any more."""
    if not gone or not len(rings):
        return rings
    around = rings["containment_ids"].map(lambda text: set(json.loads(text)))
    return rings[[bool(ids - gone) for ids in around]].reset_index(drop=True)


def _guarding(points: gpd.GeoDataFrame, table: gpd.GeoDataFrame, changed: set[str]) -> gpd.GeoDataFrame:
    """Keep the checkpoints that still stand on the edge of their zone."""
    if not len(points):
        return points
    outline = dict(zip(table["zone_id"], table.geometry.to_numpy(), strict=True))
    kept = [
        zone_id not in changed
        or (zone_id in outline and bool(shapely.dwithin(shapely.boundary(outline[zone_id]), at, 1e-6)))
        for zone_id, at in zip(points["zone_id"], points.geometry.to_numpy(), strict=True)
    ]
    return points[kept].reset_index(drop=True)
