"""What a draft is drawn from, kept together so that it can be drawn again with one thing changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from geozone.zoning import CAUTION, Ground, Land, ZoneSet, ZoneTrace

if TYPE_CHECKING:
    from geozone.admin import AdminUnits

__all__ = ["Inputs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The tables that a draft is drawn from. Private: they hold cases.

    Attributes
    ----------
    cases : DataFrame
        One row per case and place, whenever reported.
    units : AdminUnits
        The communes with their outlines.
    land : Land
        The same communes, prepared.
    population, doses, facilities : DataFrame or None
        What was given of each.
    coverage : DataFrame or None
        Vaccination coverage on the day, where it has been worked out from the doses.
    overrides, figures : DataFrame or None
        Levels set by decision, and what the committee handed in.
    previous : DataFrame or None
        Levels that held before.
    previous_zones : ZoneSet, ZoneTrace or None
        Zones of an earlier day.
    ground : Ground or None
        Blocks and roads that certain zones are held on.
    caution : float
        How far zones of blocks go for people who are exposed, 0 to 1.
    lifted : tuple of str
        Parts of zones that are released before their time, each ``zone_id/part_id``.
    """

    cases: pd.DataFrame
    units: AdminUnits
    land: Land
    population: pd.DataFrame | None = None
    doses: pd.DataFrame | None = None
    facilities: pd.DataFrame | None = None
    coverage: pd.DataFrame | None = None
    overrides: pd.DataFrame | None = None
    figures: pd.DataFrame | None = None
    previous: pd.DataFrame | None = None
    previous_zones: ZoneSet | ZoneTrace | None = None
    ground: Ground | None = None
    caution: float = CAUTION
    lifted: tuple[str, ...] = ()
