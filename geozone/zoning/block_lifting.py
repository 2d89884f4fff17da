"""What of zones made of blocks must stay shut once their older cases no longer count."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geozone.zoning.blocks.enforce import Enforced, communes_around, enforce
from geozone.zoning.blocks.ground import BlockMap, Ground
from geozone.zoning.drawn import Sheet
from geozone.zoning.inside import shares_of
from geozone.zoning.perimeters import certain_perimeters, containment_radii
from geozone.zoning.selection import CLOCK

__all__ = ["Remainder", "remainders"]

IntArray = npt.NDArray[np.int64]


class Remainder(NamedTuple):
    """What stays shut of one zone."""

    shape: BaseGeometry
    residents: float
    """nan where unknown."""


def remainders(
    places: pd.DataFrame, wanted: set[str], sheet: Sheet, ground: Ground
) -> dict[tuple[str, dt.date], Remainder]:
    """Draw zones of blocks again for the cases after each day.

    Parameters
    ----------
    places : DataFrame
        Certain places with the day of their clock and their ``zone_id``.
    wanted : set of str
        Zones that are made of blocks.
    sheet : Sheet
        What they were drawn on.
    ground : Ground
        The blocks.

    Returns
    -------
    dict
        By zone and day: the cheapest blocks that hold the cases after that day. Fewer cases never add a
        block, so it lies within the zone. No entry where no case is newer.
    """
    lon, lat, radius = _discs(places, sheet)
    plain = certain_perimeters(lon, lat, radius, sheet.rules)
    found = ground.map_of(sheet.people, communes_around(plain.geometry, sheet.people.land)[1])
    mine = places["zone_id"].isin(list(wanted))
    days = places[CLOCK].dt.date
    left: dict[tuple[str, dt.date], Remainder] = {}
    for day in sorted(days[mine].unique()):
        newer = places[(days > day).to_numpy(dtype=bool)].reset_index(drop=True)
        if not len(newer):
            break
        enforced = _drawn(newer, sheet, ground, found)
        for name, rows in newer.groupby("zone_id").indices.items():
            if name in wanted:
                left[(str(name), day)] = _remainder(enforced, np.asarray(rows, dtype=np.int64), sheet)
    return left


def _discs(places: pd.DataFrame, sheet: Sheet) -> tuple[npt.NDArray[np.float64], ...]:
    lon, lat = (places[axis].to_numpy(dtype=np.float64) for axis in ("lon", "lat"))
    return lon, lat, containment_radii(places["uncertainty_m"], sheet.rules)


def _drawn(places: pd.DataFrame, sheet: Sheet, ground: Ground, found: BlockMap | None) -> Enforced:
    lon, lat, radius = _discs(places, sheet)
    plain = certain_perimeters(lon, lat, radius, sheet.rules)
    return enforce(
        (lon, lat, radius),
        plain,
        np.ones(len(plain.geometry), dtype=bool),
        ground,
        sheet.people,
        caution=sheet.caution,
        close_holes_km2=sheet.rules.close_holes_km2,
        found=found,
    )


def _remainder(enforced: Enforced, rows: IntArray, sheet: Sheet) -> Remainder:
    """Put together what holds some places."""
    parts = np.unique(enforced.perimeters.member[rows])
    shapes = enforced.perimeters.geometry[parts]
    people = sheet.people.inside(shapes, shares_of(shapes, sheet.people.land))
    known = []
    for part, counted in zip(parts.tolist(), people, strict=True):
        zone = enforced.zones[part]
        known.append(counted.residents if zone is None else zone.residents)
    shape = shapes[0] if len(shapes) == 1 else shapely.union_all(shapes)
    return Remainder(shape, float(np.sum(known)))
