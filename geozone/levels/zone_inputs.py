"""What zones say about units: the largest cluster that touches one, and its innermost zone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geozone.levels.placement import Tier
from geozone.rules import ZoningRules
from geozone.types import Certainty, Edition

if TYPE_CHECKING:
    from geozone.zoning import ZoneSet

__all__ = ["ZoneReach", "cluster_sizes", "zone_reach"]


@dataclass(frozen=True, slots=True)
class ZoneReach:
    """Rank of the innermost zone that reaches into each unit.

    Attributes
    ----------
    certain, possible : ndarray of float64
        By certain zones, and by possible ones too: number of rings plus one for a containment
        zone, then down to 1 for the outermost ring, 0 for none.
    rings : int
        Number of rings.
    """

    certain: NDArray[np.float64]
    possible: NDArray[np.float64]
    rings: int


def cluster_sizes(
    zones: ZoneSet | None, tier: Tier, communes: Tier, places: pd.DataFrame, edition: Edition
) -> NDArray[np.float64] | None:
    """Find the cases of the largest cluster with a case in each unit.

    Parameters
    ----------
    zones : ZoneSet or None
        Zones; one containment zone is one cluster.
    tier : Tier
        The units.
    communes : Tier
        The communes.
    places : DataFrame
        One row per case.
    edition : Edition
        Edition of the units.

    Returns
    -------
    ndarray of float64 or None
        0 where no cluster has a case in the unit; ``None`` without zones.
    """
    if zones is None:
        return None
    sizes = np.zeros(tier.size)
    member = zones.membership.drop_duplicates(["case_id", "zone_id"])
    size = member.groupby("zone_id")["case_id"].size()
    column = "geo_commune_code_2021" if edition is Edition.E2021 else "geo_commune_code"
    codes = places.set_index("case_id")[column]
    position = member["case_id"].map(codes).map(communes.position)
    found = position.notna().to_numpy()
    unit = tier.parent_of_commune[position[found].to_numpy(dtype=np.int64)]
    values = member.loc[found, "zone_id"].map(size).to_numpy(dtype=np.float64)
    np.maximum.at(sizes, unit[unit >= 0], values[unit >= 0])
    return sizes


def zone_reach(zones: ZoneSet | None, tier: Tier, communes: Tier, zoning: ZoningRules) -> ZoneReach | None:
    """Find the innermost zone that reaches into each unit.

    Parameters
    ----------
    zones : ZoneSet or None
        Zones.
    tier : Tier
        The units.
    communes : Tier
        The communes.
    zoning : ZoningRules
        How many rings there are.

    Returns
    -------
    ZoneReach or None
        ``None`` without zones.
    """
    if zones is None:
        return None
    rings = len(zoning.buffer_widths_m)
    certain = np.zeros(tier.size)
    sure = zones.containment[zones.containment["certainty"] == str(Certainty.CERTAIN)]
    _reach(certain, sure, tier, communes, np.full(len(sure), rings + 1.0))
    if len(zones.buffer):
        _reach(certain, zones.buffer, tier, communes, _ring_ranks(zones.buffer, zoning))
    possible = certain.copy()
    _reach(possible, zones.containment, tier, communes, np.full(len(zones.containment), rings + 1.0))
    return ZoneReach(certain, possible, rings)


def _ring_ranks(buffer: pd.DataFrame, zoning: ZoningRules) -> NDArray[np.float64]:
    """Rank rings from the innermost, which counts most."""
    ring = buffer["ring"].to_numpy(dtype=np.float64)
    ranks: NDArray[np.float64] = len(zoning.buffer_widths_m) + 1 - ring
    return ranks


def _reach(
    ranks: NDArray[np.float64],
    table: pd.DataFrame,
    tier: Tier,
    communes: Tier,
    values: NDArray[np.float64],
) -> None:
    for text, value in zip(table["communes"], values, strict=True):
        for part in json.loads(text):
            position = communes.position.get(part["code"])
            if position is None:
                continue
            unit = int(tier.parent_of_commune[position])
            if unit >= 0:
                ranks[unit] = max(ranks[unit], value)
