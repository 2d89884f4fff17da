"""What caution costs: zones of blocks from narrow to cautious, beside the plain discs of the same cases."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd

from geozone.rules.zoning_rules import ZoningRules
from geozone.types import Certainty, PerimeterKind
from geozone.zoning.blocks import Ground
from geozone.zoning.drawing import ZoneSet, zones
from geozone.zoning.land import HasCommunes, Land

__all__ = ["CAUTIONS", "caution_curve"]

CAUTIONS = (0.0, 0.25, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)
"""Steps of the curve: finer where a zone grows."""
_SUMS = ("area_km2", "residents", "checkpoints")


def caution_curve(
    cases: pd.DataFrame,
    units: Land | HasCommunes | gpd.GeoDataFrame,
    rules: ZoningRules,
    *,
    as_of: dt.date,
    ground: Ground,
    cautions: Iterable[float] = CAUTIONS,
    population: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Draw the zones of a day with growing caution.

    Parameters
    ----------
    cases : DataFrame
        The table that zones are drawn from.
    units : Land, HasCommunes or GeoDataFrame
        The communes.
    rules : ZoningRules
        The rules; rings are left out.
    as_of : date
        The day.
    ground : Ground
        Blocks and roads.
    cautions : iterable of float
        Steps, 0 to 1.
    population : DataFrame, optional
        The population contract.

    Returns
    -------
    DataFrame
        One row per step, then one with missing ``caution`` for the plain discs: ``caution, zones, blocks,
        area_km2, residents, checkpoints, cases`` (covered), ``people_per_case, exposed_inside`` (part of the
        people within the radius that are inside). Certain zones only; the plain discs are those of the
        clusters that are shut in by blocks. What is not known is missing.

    Raises
    ------
    ValueError
        If a step is outside its domain.
    """
    land = Land.of(units)
    bare = replace(rules, buffer_widths_m=())
    rows = []
    plain: dict[str, object] = {}
    for caution in cautions:
        drawn = zones(cases, land, bare, as_of=as_of, population=population, ground=ground, caution=caution)
        table = _held(drawn)
        rows.append({"caution": float(caution), **_row(table, "")})
        people = table["disc_residents"].to_numpy(dtype=np.float64)
        share = table["exposed_inside"].to_numpy(dtype=np.float64)
        whole = float(np.nansum(people))
        rows[-1]["exposed_inside"] = float(np.nansum(people * share)) / whole if whole else float("nan")
        plain = {"caution": float("nan"), **_row(table, "disc_"), "exposed_inside": 1.0}
    return pd.DataFrame([*rows, plain] if rows else rows)


def _held(drawn: ZoneSet) -> pd.DataFrame:
    table = pd.DataFrame(drawn.containment)
    certain = (table["certainty"] == Certainty.CERTAIN).to_numpy(dtype=bool)
    blocks = (table["perimeter"] == PerimeterKind.BLOCKS).to_numpy(dtype=bool)
    return table[certain & blocks]


def _row(table: pd.DataFrame, prefix: str) -> dict[str, object]:
    sums = {name: float(table[f"{prefix}{name}"].sum(min_count=1)) for name in _SUMS}
    cases = int(table["case_count"].sum())
    inside = sum(len(json.loads(text)) for text in table["blocks"])
    return {
        "zones": len(table),
        "blocks": float("nan") if prefix else inside,
        **sums,
        "cases": cases,
        "people_per_case": sums["residents"] / cases if cases else float("nan"),
    }
