"""What zones of blocks hold, beside the plain perimeters of the same cases."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from geozone.geodesy import area_km2
from geozone.types import PerimeterKind
from geozone.zoning.blocks.exposure import Exposure, Leftover
from geozone.zoning.blocks.ground import BlockMap, Ground
from geozone.zoning.inside import shares_of
from geozone.zoning.people import People
from geozone.zoning.perimeters import Perimeters

__all__ = ["BlockZone", "Chosen", "Laid", "block_zones", "fill_in"]

GeometryArray = npt.NDArray[np.object_]
IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


class Laid(NamedTuple):
    """Perimeters laid over blocks."""

    found: BlockMap
    exposure: Exposure
    plain: Perimeters
    """Dissolved discs, one per cluster."""
    rest: list[Leftover]
    """What of them lies in no block."""
    ground: Ground
    people: People


class Chosen(NamedTuple):
    """The blocks chosen."""

    area: IntArray
    """Area that each block is part of; -1 for a block outside."""
    zone_of_area: IntArray
    zone_of_cluster: IntArray


class BlockZone(NamedTuple):
    """What a zone of blocks holds."""

    blocks: str
    """JSON list of ``{code, name, whole}``: the blocks inside, each of them whole."""
    residents: float
    residents_method: str
    households: float
    """nan where no block's are known."""
    exposed_inside: float
    """Part of the people within the rule's radius that are inside, 0 to 1; nan if there are none."""
    disc_area_km2: float
    disc_residents: float
    disc_checkpoints: float
    """nan where no roads are known."""


def block_zones(
    laid: Laid, chosen: Chosen, pieces: list[Leftover]
) -> tuple[Perimeters, list[BlockZone | None]]:
    """Put the blocks chosen together into zones.

    Parameters
    ----------
    laid : Laid
        Perimeters over blocks.
    chosen : Chosen
        Which blocks are inside.
    pieces : list of Leftover
        What is inside beside the blocks.

    Returns
    -------
    perimeters : Perimeters
        One per zone.
    zones : list of BlockZone or None
        What each holds; None for a cluster that keeps its disc, because no block is near.
    """
    zones = int(chosen.zone_of_cluster.max()) + 1
    shapes = np.empty(zones, dtype=object)
    told: list[BlockZone | None] = []
    on_blocks = np.unique(laid.exposure.cluster)
    for zone in range(zones):
        clusters = np.flatnonzero(chosen.zone_of_cluster == zone)
        if not np.isin(clusters, on_blocks).any():
            shapes[zone] = laid.plain.geometry[clusters[0]]
            told.append(None)
            continue
        areas = np.flatnonzero(chosen.zone_of_area == zone)
        mine = np.flatnonzero(np.isin(chosen.area, areas))
        own = [piece for piece in pieces if piece.cluster in set(clusters.tolist())]
        shapes[zone] = _shape(laid.found, mine, own)
        told.append(_held(laid, clusters, mine, own))
    return Perimeters(shapes, chosen.zone_of_cluster[laid.plain.member]), told


def fill_in(table: gpd.GeoDataFrame, zones: Sequence[BlockZone | None]) -> gpd.GeoDataFrame:
    """Tell in a table of zones what zones of blocks hold.

    Parameters
    ----------
    table : GeoDataFrame
        The zones contract.
    zones : sequence of BlockZone or None
        What each zone of blocks holds, row by row; None for one that is not made of blocks.

    Returns
    -------
    GeoDataFrame
        The table; zones that are not made of blocks as they were.
    """
    own = np.array([zone is not None for zone in zones], dtype=bool)
    if not own.any():
        return table
    result = table.copy()
    for column in BlockZone._fields:
        result.loc[own, column] = [getattr(zone, column) for zone in zones if zone is not None]
    result.loc[own, "perimeter"] = str(PerimeterKind.BLOCKS)
    return result


def _shape(found: BlockMap, blocks: IntArray, pieces: list[Leftover]) -> BaseGeometry:
    whole = shapely.coverage_union_all(found.blocks.geometry.to_numpy()[blocks])
    joined = shapely.union_all([whole, *(piece.shape for piece in pieces)]) if pieces else whole
    parts = shapely.get_parts(joined)
    return parts[0] if len(parts) == 1 else joined


def _held(laid: Laid, clusters: IntArray, mine: IntArray, pieces: list[Leftover]) -> BlockZone:
    table = laid.found.blocks
    people, method = _residents(laid, mine, pieces)
    known = table["residents"].to_numpy(dtype=np.float64)
    of_zone = np.isin(laid.exposure.cluster, clusters)
    block, share = laid.exposure.block[of_zone], laid.exposure.share[of_zone]
    exposed = np.nan_to_num(known[block]) * share
    inside = np.isin(block, mine)
    rest = [piece for piece in laid.rest if piece.cluster in set(clusters.tolist())]
    outside_blocks, in_pieces = _people(laid, rest), _people(laid, pieces)
    disc = float(exposed.sum()) + outside_blocks
    nobody_known = not np.isfinite(known[block]).any() and not disc
    households = table["households"].to_numpy(dtype=np.float64)[mine]
    listed = [
        {"code": code, "name": name, "whole": True}
        for code, name in zip(table["block_code"].iloc[mine], table["name"].iloc[mine], strict=True)
    ]
    return BlockZone(
        json.dumps(listed, ensure_ascii=False),
        people,
        method,
        float(np.nansum(households)) if np.isfinite(households).any() else float("nan"),
        (float(exposed[inside].sum()) + in_pieces) / disc if disc > 0 else float("nan"),
        float(area_km2(laid.plain.geometry[clusters]).sum()),
        float("nan") if nobody_known else float(np.round(disc)),
        _plain_checkpoints(laid, clusters),
    )


def _plain_checkpoints(laid: Laid, clusters: IntArray) -> float:
    if not laid.ground.knows_roads_in(laid.plain.geometry[clusters]).any():
        return float("nan")
    outlines = shapely.boundary(laid.plain.geometry[clusters])
    return float(len(laid.ground.crossings(outlines).line))


def _residents(laid: Laid, mine: IntArray, pieces: list[Leftover]) -> tuple[float, str]:
    """Add up the residents of blocks, and say how many blocks are known how."""
    table = laid.found.blocks.iloc[mine]
    counted = table["residents_method"].value_counts()
    words = {"own": "own figures", "points": "population points", "areal": "by area", "unknown": "unknown"}
    method = "blocks: " + ", ".join(
        f"{int(counted[name])} {text}" for name, text in words.items() if name in counted.index
    )
    known = table["residents"].to_numpy(dtype=np.float64)
    people = float(np.nansum(known)) if np.isfinite(known).any() else float("nan")
    if pieces:
        method += "; areal interpolation where there is no block"
        people = float(np.nansum([people, _people(laid, pieces)]))
    return float(np.round(people)), method


def _people(laid: Laid, pieces: list[Leftover]) -> float:
    """Estimate the residents of pieces of land without blocks; 0 where they are unknown."""
    if not pieces:
        return 0.0
    shapes = np.empty(len(pieces), dtype=object)
    shapes[:] = [piece.shape for piece in pieces]
    inside = laid.people.inside(shapes, shares_of(shapes, laid.people.land))
    return float(np.nansum([one.residents for one in inside]))
