"""What zones come to, and what they would come to under other radii and days: the trade-off."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

import geopandas as gpd
import pandas as pd

from geozone.rules.zoning_rules import ZoningRules
from geozone.types import Certainty
from geozone.zoning.blocks import CAUTION, Ground
from geozone.zoning.drawing import ZoneSet, zones
from geozone.zoning.land import HasCommunes, Land

__all__ = ["ZoneTotals", "totals", "trade_off"]


class ZoneTotals(NamedTuple):
    """What the containment zones of a day come to."""

    certain_zones: int
    possible_zones: int
    certain_area_km2: float
    possible_area_km2: float
    residents: float
    """People inside certain and possible zones; a place in both counts in both. nan if unknown."""
    certain_residents: float
    """Of them, in certain zones."""
    possible_residents: float
    """Of them, in possible zones."""
    zones_without_residents: int
    """Zones whose residents are not known: they are missing in the sum."""
    communes: int
    """Communes touched."""
    cases: int
    """Active people that a zone was drawn for, each once."""
    undrawn: int
    """Active people that no zone could be drawn for at any of their places."""


def totals(drawn: ZoneSet) -> ZoneTotals:
    """Add up the containment zones of a day.

    Parameters
    ----------
    drawn : ZoneSet
        The zones.

    Returns
    -------
    ZoneTotals
        Sums; two of them subtracted field by field are the difference between two drafts.
    """
    table = drawn.containment
    certain = (table["certainty"] == Certainty.CERTAIN).to_numpy(dtype=bool)
    touched = {one["code"] for text in table["communes"] for one in json.loads(text)}
    inside = drawn.membership.drop_duplicates("case_id")
    lost = drawn.undrawn.drop_duplicates("case_id")
    lost = lost.loc[(~lost["case_id"].isin(inside["case_id"])).to_numpy(dtype=bool)]
    return ZoneTotals(
        int(certain.sum()),
        int((~certain).sum()),
        float(table.loc[certain, "area_km2"].sum()),
        float(table.loc[~certain, "area_km2"].sum()),
        _people(table["residents"]),
        _people(table.loc[certain, "residents"]),
        _people(table.loc[~certain, "residents"]),
        int(table["residents"].isna().sum()),
        len(touched),
        int(inside["count"].sum()),
        int(lost["count"].sum()),
    )


def _people(residents: pd.Series) -> float:
    """Add people up; no zone holds nobody, zones of unknown residents an unknown number."""
    return float(residents.sum(min_count=1)) if len(residents) else 0.0


def trade_off(
    cases: pd.DataFrame,
    units: Land | HasCommunes | gpd.GeoDataFrame,
    rules: ZoningRules,
    *,
    as_of: dt.date,
    radii_m: Iterable[float],
    window_days: Iterable[int] = (),
    population: pd.DataFrame | None = None,
    ground: Ground | None = None,
    caution: float = CAUTION,
) -> pd.DataFrame:
    """Draw the zones again under other radii and windows.

    Parameters
    ----------
    cases : DataFrame
        The table that zones are drawn from.
    units : Land, HasCommunes or GeoDataFrame
        The communes.
    rules : ZoningRules
        The rules to vary; rings are left out, for they do not change what is contained.
    as_of : date
        The day.
    radii_m : iterable of float
        Containment radii to try, metres.
    window_days : iterable of int
        Days of activity and lifting to try; only those of the rules by default.
    population : DataFrame, optional
        The population contract.
    ground : Ground, optional
        Blocks, roads and points, as ``zones`` takes them.
    caution : float
        Caution of zones made of blocks.

    Returns
    -------
    DataFrame
        ``containment_m, window_days``, the fields of `ZoneTotals` and ``people_per_case`` (residents
        inside for each case covered; nan if unknown), one row per combination.
    """
    land = Land.of(units)
    windows = list(window_days) or [rules.window_days]
    rows = []
    for radius, days in itertools.product(radii_m, windows):
        varied = replace(rules, containment_m=radius, activity_days=days, lift_days=days, buffer_widths_m=())
        drawn = zones(cases, land, varied, as_of=as_of, population=population, ground=ground, caution=caution)
        found = totals(drawn)
        per_case = found.residents / found.cases if found.cases else float("nan")
        row = {"containment_m": float(radius), "window_days": days, **found._asdict()}
        rows.append(row | {"people_per_case": per_case})
    return pd.DataFrame(
        rows, columns=["containment_m", "window_days", *ZoneTotals._fields, "people_per_case"]
    )
