"""Residents of blocks: their own figures, else points of a population grid, else by area."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geozone.index import UnitIndex
from geozone.zoning.land import Land
from geozone.zoning.people import PeoplePoints

__all__ = ["ASSUMED_PER_KM2", "METHODS", "settle"]

FloatArray = npt.NDArray[np.float64]

METHODS = ("own", "points", "areal", "unknown")
"""How the residents of a block are known, the surest first: the file's figure; a population grid or
points added up; the commune's people who are in no other block, shared out by area; not at all."""
ASSUMED_PER_KM2 = 5_000.0
"""Density at which a block of unknown population is weighed, people per km²; it is never reported."""


def settle(
    blocks: gpd.GeoDataFrame,
    land: Land,
    *,
    counts: FloatArray | None = None,
    points: PeoplePoints | None = None,
) -> gpd.GeoDataFrame:
    """Estimate the residents of each block.

    Parameters
    ----------
    blocks : GeoDataFrame
        ``commune_code, residents, area_km2`` and geometry; residents missing where the file has none.
    land : Land
        The communes.
    counts : ndarray of float64, optional
        Residents of every commune by row of ``land``, nan where unknown.
    points : PeoplePoints, optional
        Cells of a population grid, or houses.

    Returns
    -------
    GeoDataFrame
        The blocks with ``residents`` and, from points, ``households`` filled in, ``residents_method`` (one
        of `METHODS`) and ``weight``: the residents that a perimeter is chosen by, assumed where they are
        unknown.

    Notes
    -----
    By area, a commune's people less those of its blocks with figures of their own are shared out among
    its other blocks. A commune with fewer people than its blocks add up to leaves none for the others.
    """
    known = blocks["residents"].to_numpy(dtype=np.float64, na_value=np.nan).copy()
    area = blocks["area_km2"].to_numpy(dtype=np.float64)
    method = np.where(np.isfinite(known), "own", "unknown").astype(object)
    if points is not None and len(points):
        counted, homes = _counted(blocks, points)
        blocks = blocks.assign(households=blocks["households"].fillna(pd.Series(homes, index=blocks.index)))
        given = ~np.isfinite(known) & np.isfinite(counted)
        known[given], method[given] = counted[given], "points"
    if counts is not None:
        shared = _shared_out(blocks["commune_code"], known, area, land, counts)
        given = ~np.isfinite(known) & np.isfinite(shared)
        known[given], method[given] = shared[given], "areal"
    weight = np.where(np.isfinite(known), known, area * ASSUMED_PER_KM2)
    return blocks.assign(
        residents=known, residents_method=pd.Series(method, dtype="str").array, weight=weight
    )


def _counted(blocks: gpd.GeoDataFrame, points: PeoplePoints) -> tuple[FloatArray, FloatArray]:
    """Residents and households of the points in each block; nan in communes without a point."""
    block = UnitIndex(blocks.geometry.to_numpy()).locate(*points.at)
    inside = block >= 0
    covered = blocks["commune_code"].isin(blocks["commune_code"].iloc[np.unique(block[inside])].unique())
    sums = []
    for values in (points.residents, points.households):
        total = np.bincount(block[inside], np.nan_to_num(values[inside]), minlength=len(blocks))
        known = covered.to_numpy() & np.isfinite(values).any()
        sums.append(np.where(known, total, np.nan))
    return sums[0], sums[1]


def _shared_out(
    commune_code: pd.Series, known: FloatArray, area: FloatArray, land: Land, counts: FloatArray
) -> FloatArray:
    """Each open block's share of its commune's other people, by area."""
    codes, commune = np.unique(commune_code.to_numpy(dtype=object).astype(str), return_inverse=True)
    position = land.positions(codes)
    total = np.where(position >= 0, counts[position], np.nan)
    told = np.isfinite(known)
    left = total - np.bincount(commune[told], known[told], minlength=len(codes))
    open_area = np.bincount(commune[~told], area[~told], minlength=len(codes))
    with np.errstate(invalid="ignore", divide="ignore"):
        density = np.maximum(left, 0.0) / open_area
    return np.asarray(area * density[commune], dtype=np.float64)
