"""What is inside a perimeter: communes with their shares, and residents."""

from __future__ import annotations

import json
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geozone.geodesy import area_km2
from geozone.zoning.land import Land
from geozone.zoning.quarters import in_pieces

__all__ = [
    "KNOWN_POPULATION",
    "Shares",
    "clip_to",
    "communes_json",
    "resident_counts",
    "residents",
    "shares_of",
]

KNOWN_POPULATION = ("ok", "check", "synthetic")
"""Flags of a population figure that may be added up."""
_WHOLE = 1 - 1e-6
_NOTHING = 1e-9
_WORTH_CLIPPING = 64


class Shares(NamedTuple):
    """Which part of which commune each zone takes: parallel arrays, sorted by zone, then code."""

    zone: npt.NDArray[np.int64]
    commune: npt.NDArray[np.int64]
    share: npt.NDArray[np.float64]

    def of(self, zone: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """Take the communes of one zone.

        Parameters
        ----------
        zone : int
            Position of the zone.

        Returns
        -------
        commune : ndarray of int64
            Rows of its communes.
        share : ndarray of float64
            The part of each that lies in the zone, over 0 and at most 1.
        """
        start, end = np.searchsorted(self.zone, [zone, zone + 1])
        return self.commune[start:end], self.share[start:end]


def shares_of(zones: npt.NDArray[np.object_], land: Land) -> Shares:
    """Measure which part of each commune lies in each zone.

    Parameters
    ----------
    zones : ndarray of geometry
        Perimeters, degrees.
    land : Land
        The communes.

    Returns
    -------
    Shares
        Only communes that share an area with the zone; a share within 1e-6 of 1 is 1.
    """
    pieces, owner = in_pieces(zones)
    piece, commune = land.index.pairs(pieces)
    area = _overlap_km2(pieces, land, piece, commune)
    zone = owner[piece]
    if len(pieces) > len(zones):
        pair, where = np.unique(zone * len(land) + commune, return_inverse=True)
        area = np.bincount(where, area, minlength=len(pair)).astype(np.float64)
        zone, commune = np.divmod(pair, len(land))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.nan_to_num(area / land.areas_km2(commune))
    kept = share > _NOTHING
    zone, commune, share = zone[kept], commune[kept], np.minimum(share[kept], 1.0)
    share[share > _WHOLE] = 1.0
    order = np.lexsort((land.codes[commune].astype(str), zone))
    return Shares(zone[order].astype(np.int64), commune[order].astype(np.int64), share[order])


def _overlap_km2(
    zones: npt.NDArray[np.object_],
    land: Land,
    zone: npt.NDArray[np.int64],
    commune: npt.NDArray[np.int64],
) -> npt.NDArray[np.float64]:
    """Area of each pair, each shape first cut down to the box of the other."""
    if len(zone) == 0:
        return np.zeros(0)
    shapes, units = zones[zone], land.geometries[commune]
    near_units = clip_to(units, shapes)
    near_shapes = clip_to(shapes, units)
    return area_km2(shapely.intersection(near_shapes, near_units))


def clip_to(shapes: npt.NDArray[np.object_], targets: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Cut shapes down to the boxes of others, before an exact operation on the pairs.

    Parameters
    ----------
    shapes : ndarray of geometry
        What to cut.
    targets : ndarray of geometry
        Of each pair, the one whose box, a little enlarged, is kept.

    Returns
    -------
    ndarray of geometry
        The part of each shape in the box; the shape itself where cutting would not pay.
    """
    box, own = shapely.bounds(targets), shapely.bounds(shapes)
    margin = (box[:, 2:] - box[:, :2]).sum(axis=1, keepdims=True) * 0.01 + 1e-6
    low, high = box[:, :2] - margin, box[:, 2:] + margin
    reaches_out = ((own[:, :2] < low) | (own[:, 2:] > high)).any(axis=1)
    result = shapes.copy()
    for i in np.flatnonzero(reaches_out & (shapely.get_num_coordinates(shapes) >= _WORTH_CLIPPING)):
        result[i] = shapely.clip_by_rect(shapes[i], *low[i].tolist(), *high[i].tolist())
    broken = ~shapely.is_valid(result)
    result[broken] = shapes[broken]
    return result


def resident_counts(population: pd.DataFrame | None, land: Land) -> npt.NDArray[np.float64] | None:
    """Take the residents of each commune from a population table.

    Parameters
    ----------
    population : DataFrame or None
        The population contract; only the rows of all ages count.
    land : Land
        The communes.

    Returns
    -------
    ndarray of float64 or None
        Residents by row of the communes, nan where unknown; None if no table was given.
    """
    if population is None:
        return None
    everybody = (population["age_from"] == 0) & population["age_to"].isna()
    trusted = population["population_flag"].isin(KNOWN_POPULATION)
    rows = population.loc[(everybody & trusted).to_numpy(dtype=bool)]
    counts = np.full(len(land), np.nan)
    positions = land.positions(rows["code"].to_numpy(dtype=object))
    known = positions >= 0
    counts[positions[known]] = rows["population"].to_numpy(dtype=np.float64, na_value=np.nan)[known]
    return counts


def residents(
    counts: npt.NDArray[np.float64] | None, commune: npt.NDArray[np.int64], share: npt.NDArray[np.float64]
) -> tuple[float, str]:
    """Estimate the residents of a zone.

    Parameters
    ----------
    counts : ndarray of float64 or None
        Residents of every commune, nan where unknown.
    commune : ndarray of int64
        Rows of the zone's communes.
    share : ndarray of float64
        Part of each that lies in the zone.

    Returns
    -------
    residents : float
        People, whole; nan if no commune's population is known.
    method : str
        How it was estimated, and what is missing.
    """
    if counts is None:
        return float("nan"), "no population given"
    if len(commune) == 0:
        return float("nan"), "outside every commune"
    known = np.isfinite(counts[commune])
    missing = int((~known).sum())
    if not known.any():
        return float("nan"), f"population unknown in all {len(commune)} communes"
    method = "whole communes" if np.all(share == 1) else "areal interpolation"
    if missing:
        method += f"; population unknown in {missing} of {len(commune)} communes"
    return float(np.round((counts[commune] * share)[known].sum())), method


def communes_json(land: Land, commune: npt.NDArray[np.int64], share: npt.NDArray[np.float64]) -> str:
    """Write the communes of a zone as JSON.

    Parameters
    ----------
    land : Land
        The communes.
    commune : ndarray of int64
        Rows of the zone's communes.
    share : ndarray of float64
        Part of each that lies in the zone.

    Returns
    -------
    str
        List of ``{code, name, share, whole}``, by code.
    """
    listed = [
        {"code": land.codes[i], "name": land.names[i], "share": round(float(part), 6), "whole": part == 1}
        for i, part in zip(commune.tolist(), share.tolist(), strict=True)
    ]
    return json.dumps(listed, ensure_ascii=False)
