"""Possible zones: where cases may be that are known only to a hamlet or commune."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geozone.geodesy import area_km2
from geozone.types import Certainty
from geozone.zoning.drawn import Drawn, Sheet
from geozone.zoning.inside import Shares, shares_of
from geozone.zoning.perimeters import PossiblePerimeters, possible_perimeters
from geozone.zoning.tables import clocks, empty_zones, zone_table

__all__ = ["draw_possible"]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


def draw_possible(places: pd.DataFrame, sheet: Sheet) -> Drawn:
    """Draw the zones of places known to a hamlet or commune.

    Parameters
    ----------
    places : DataFrame
        As ``select_places`` gives them.
    sheet : Sheet
        What they are drawn on.

    Returns
    -------
    Drawn
        The zones; they have no rings.
    """
    people, rules, land = sheet.people, sheet.rules, sheet.people.land
    hamlets = None if sheet.ground is None else sheet.ground.hamlets(land)
    perimeters = possible_perimeters(places, land, rules, hamlets)
    times = clocks(places, perimeters.member, len(perimeters.geometry))
    whole = np.array(
        [
            shape is land.geometries[i]
            for shape, i in zip(perimeters.geometry, perimeters.commune, strict=True)
        ],
        dtype=bool,
    )
    table = empty_zones()
    if len(perimeters.geometry):
        shares = _own_shares(perimeters, whole, sheet)
        outlined = perimeters.hamlet >= 0
        areas = land.areas_km2(perimeters.commune)
        areas[~whole] = area_km2(perimeters.geometry[~whole])
        table = zone_table(
            perimeters.geometry,
            times,
            shares,
            certainty=Certainty.POSSIBLE,
            radius_m=np.where(whole | outlined, np.nan, rules.containment_m),
            people=people,
            rules=rules,
            areas=areas,
        )
        if hamlets is not None and outlined.any():
            table = _of_hamlets(table, perimeters.hamlet, hamlets.table)
    nothing = np.empty(0, dtype=np.int64)
    reason = np.full(len(places), None, dtype=object)
    no_rings = empty_zones().assign(ring=pd.Series([], dtype="int64"))
    none = times.take(nothing)
    return Drawn(places, perimeters.member, reason, table, times, no_rings, [], none, [None] * len(table))


def _of_hamlets(table: gpd.GeoDataFrame, hamlet: IntArray, hamlets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Tell of zones that are hamlets which they are, and who lives there by the file's own figures."""
    result = table.copy()
    rows = np.flatnonzero(hamlet >= 0)
    own = hamlets.iloc[hamlet[rows]]
    result.loc[rows, "blocks"] = [
        json.dumps([{"code": code, "name": name, "whole": True}], ensure_ascii=False)
        for code, name in zip(own["block_code"], own["name"], strict=True)
    ]
    for column in ("residents", "households"):
        known = own[column].notna().to_numpy(dtype=bool)
        result.loc[rows[known], column] = own[column].to_numpy(dtype=np.float64, na_value=np.nan)[known]
    figures = rows[own["residents"].notna().to_numpy(dtype=bool)]
    result.loc[figures, "residents_method"] = "blocks: 1 own figures"
    return result


def _own_shares(perimeters: PossiblePerimeters, whole: BoolArray, sheet: Sheet) -> Shares:
    """Shares of possible zones: the part of a commune lies in its own commune only."""
    partial = np.flatnonzero(~whole)
    full = np.flatnonzero(whole)
    if not len(partial):
        return Shares(full, perimeters.commune, np.ones(len(full)))
    measured = shares_of(perimeters.geometry[partial], sheet.people.land)
    zone = partial[measured.zone]
    own = (measured.commune == perimeters.commune[zone]) | (perimeters.hamlet[zone] >= 0)
    zone = np.concatenate([full, zone[own]])
    commune = np.concatenate([perimeters.commune[full], measured.commune[own]])
    share = np.concatenate([np.ones(len(full)), measured.share[own]])
    order = np.lexsort((sheet.people.land.codes[commune].astype(str), zone))
    return Shares(zone[order], commune[order], share[order])
