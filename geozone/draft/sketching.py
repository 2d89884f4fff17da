"""Zones and levels of a day: what drafts begin with, and all that comparing and replaying them needs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from geozone import levels, vaccination, zoning
from geozone.draft.inputs import Inputs
from geozone.draft.layers import facility_layer
from geozone.draft.result import Draft
from geozone.types import AdminLevel

if TYPE_CHECKING:
    from geozone.rules import RuleSet

__all__ = ["Sketch", "known_cases", "prepared", "sketch", "sketch_of"]


@dataclass(frozen=True, slots=True)
class Sketch:
    """Zones, levels and facilities of one day under one rule set.

    Attributes
    ----------
    zone_set : ZoneSet
        The zones. Private: it names cases.
    levels : DataFrame
        Levels of the communes (``LEVELS``).
    facilities : DataFrame or None
        The facilities with ``zone_id`` where they are inside a containment zone; none if none are known.
    checkpoints : GeoDataFrame or None
        Where roads cross the outlines; none if no roads are known.
    """

    zone_set: zoning.ZoneSet
    levels: pd.DataFrame
    facilities: pd.DataFrame | None
    checkpoints: pd.DataFrame | None = None


def sketch(inputs: Inputs, rules: RuleSet, as_of: date, *, explain: bool = False) -> Sketch:
    """Draw zones and levels only.

    Parameters
    ----------
    inputs : Inputs
        What to draw from.
    rules : RuleSet
        The rules to apply.
    as_of : date
        The day.
    explain : bool
        Whether to write the sentences of the levels.

    Returns
    -------
    Sketch
        The same zones and levels as ``draw`` gives.
    """
    inputs = prepared(inputs, as_of)
    known = known_cases(inputs, as_of)
    zone_set = zoning.zones(
        known,
        inputs.land,
        rules.zoning,
        as_of=as_of,
        population=inputs.population,
        previous=inputs.previous_zones,
        ground=inputs.ground,
        caution=inputs.caution,
    )
    if inputs.lifted:
        zone_set = zoning.lift_parts(
            zone_set, inputs.lifted, inputs.land, population=inputs.population, ground=inputs.ground
        )
    table = levels.assess(
        inputs.units.communes,
        known,
        inputs.coverage,
        zone_set,
        inputs.population,
        rules,
        as_of=as_of,
        previous=inputs.previous,
        overrides=inputs.overrides,
        capacity=inputs.figures,
        explain=explain,
    )
    roads_known = inputs.ground is not None and inputs.ground.knows_roads
    checkpoints = zone_set.checkpoints if roads_known else None
    return Sketch(zone_set, _communes(table), _facilities(inputs, zone_set), checkpoints)


def sketch_of(draft: Draft) -> Sketch:
    """Take the sketch of a draft that has been drawn.

    Parameters
    ----------
    draft : Draft
        The draft.

    Returns
    -------
    Sketch
        Its zones, levels and facilities.
    """
    ground = draft.inputs.ground
    roads_known = ground is not None and ground.knows_roads
    return Sketch(
        draft.zone_set,
        pd.DataFrame(draft.layers["communes"].drop(columns="geometry")),
        None if draft.inputs.facilities is None else pd.DataFrame(draft.layers["facilities"]),
        draft.zone_set.checkpoints if roads_known else None,
    )


def known_cases(inputs: Inputs, as_of: date) -> pd.DataFrame:
    """Take the cases that were known on a day.

    Parameters
    ----------
    inputs : Inputs
        What to draw from.
    as_of : date
        The day.

    Returns
    -------
    DataFrame
        Those reported by then.
    """
    return inputs.cases[inputs.cases["report_date"] <= pd.Timestamp(as_of)].reset_index(drop=True)


def prepared(inputs: Inputs, as_of: date) -> Inputs:
    """Work the vaccination coverage out, if it has not been.

    Parameters
    ----------
    inputs : Inputs
        What to draw from.
    as_of : date
        The day.

    Returns
    -------
    Inputs
        The same with ``coverage``, where doses and population are known.
    """
    if inputs.coverage is not None or inputs.doses is None or inputs.population is None:
        return inputs
    found = vaccination.coverage(inputs.doses, inputs.population, inputs.units.communes, as_of=as_of)
    return replace(inputs, coverage=found)


def _communes(table: pd.DataFrame) -> pd.DataFrame:
    rows = (table["admin_level"] == str(AdminLevel.COMMUNE)).to_numpy(dtype=bool)
    return table[rows].reset_index(drop=True)


def _facilities(inputs: Inputs, zone_set: zoning.ZoneSet) -> pd.DataFrame | None:
    if inputs.facilities is None:
        return None
    return pd.DataFrame(facility_layer(inputs.facilities, zone_set.containment))
