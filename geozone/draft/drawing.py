"""The one composition: cases, units and rules in; zones, levels, coverage and green zones out.

``draw`` is a plain function: no clock, no environment, no files. What-if is the same call with other
arguments.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from geozone import zoning
from geozone.draft.caveats import caveats
from geozone.draft.contents import with_contents
from geozone.draft.inputs import Inputs
from geozone.draft.layers import commune_layer, coverage_layer, facility_layer
from geozone.draft.placements import count_cases, count_placements
from geozone.draft.proofs import proof_for
from geozone.draft.result import Draft, DraftRules
from geozone.draft.sketching import Sketch, known_cases, prepared, sketch
from geozone.types import Certainty, Progress, Source, no_progress

if TYPE_CHECKING:
    from geozone.admin import AdminUnits
    from geozone.rules import RuleSet

__all__ = ["draw", "redraw"]

_STAGES = 5


def draw(
    cases: pd.DataFrame,
    units: AdminUnits,
    rules: RuleSet,
    as_of: date,
    *,
    population: pd.DataFrame | None = None,
    doses: pd.DataFrame | None = None,
    facilities: pd.DataFrame | None = None,
    overrides: pd.DataFrame | None = None,
    figures: pd.DataFrame | None = None,
    previous: pd.DataFrame | None = None,
    previous_zones: zoning.ZoneSet | zoning.ZoneTrace | None = None,
    land: zoning.Land | None = None,
    ground: zoning.Ground | None = None,
    caution: float = zoning.CAUTION,
    sources: tuple[Source, ...] = (),
    progress: Progress = no_progress,
) -> Draft:
    """Draw zones, levels, coverage and green zones as of one day.

    Parameters
    ----------
    cases : DataFrame
        One row per case and place: the case columns, ``role`` and the geocode columns. Rows
        reported after ``as_of`` are left out.
    units : AdminUnits
        The communes with their outlines, and the tiers above them.
    rules : RuleSet
        The rules to apply.
    as_of : date
        The day to draw for.
    population : DataFrame, optional
        People by commune and age band (``POPULATION``); without it, rates are "no data".
    doses : DataFrame, optional
        Doses given (``DOSES``).
    facilities : DataFrame, optional
        Places to list inside zones (``FACILITIES``).
    overrides : DataFrame, optional
        Levels set by decision (``OVERRIDES``): shown as such, beside the computed ones.
    figures : DataFrame, optional
        ``code`` and what the committee handed in, as the rule set names it.
    previous : DataFrame, optional
        Levels of the last release (``LEVELS``), for rules that hold a level.
    previous_zones : ZoneSet or ZoneTrace, optional
        Zones of an earlier day: a zone that continues one of them keeps its name and opening day.
    land : Land, optional
        The communes already prepared, so that drawing again costs less.
    ground : Ground, optional
        Blocks and roads: certain zones are then made of whole blocks where these are, with checkpoints.
    caution : float
        How far such zones go for people who are exposed but no case: 0, the blocks with cases, to 1,
        every block that a disc of the rule's radius touches.
    sources : tuple of Source
        The inputs, kept in the draft.
    progress : callable
        Told of each stage.

    Returns
    -------
    Draft
        Everything that a release publishes, and the private list of unplaced cases.
    """
    progress("coverage", 0, _STAGES)
    inputs = prepared(
        Inputs(
            cases=cases,
            units=units,
            land=zoning.Land.of(units) if land is None else land,
            population=population,
            doses=doses,
            facilities=facilities,
            overrides=overrides,
            figures=figures,
            previous=previous,
            previous_zones=previous_zones,
            ground=ground,
            caution=caution,
        ),
        as_of,
    )
    return redraw(inputs, rules, as_of, sources=sources, progress=progress)


def redraw(
    inputs: Inputs,
    rules: RuleSet,
    as_of: date,
    *,
    sources: tuple[Source, ...] = (),
    progress: Progress = no_progress,
) -> Draft:
    """Draw from inputs that have been brought together, such as those of another draft.

    Parameters
    ----------
    inputs : Inputs
        What to draw from.
    rules : RuleSet
        The rules to apply.
    as_of : date
        The day to draw for.
    sources : tuple of Source
        The inputs, kept in the draft.
    progress : callable
        Told of each stage.

    Returns
    -------
    Draft
        As ``draw`` gives it.
    """
    progress("zones and levels", 1, _STAGES)
    drawn = sketch(inputs, rules, as_of, explain=True)
    return _filled(drawn, inputs, rules, as_of, sources=sources, progress=progress)


def _filled(
    drawn: Sketch,
    inputs: Inputs,
    rules: RuleSet,
    as_of: date,
    *,
    sources: tuple[Source, ...],
    progress: Progress,
) -> Draft:
    """Fill zones and levels up to a draft: green zones, contents, lifting, layers, counts, caveats."""
    units, zone_set = inputs.units, drawn.zone_set
    known = known_cases(inputs, as_of)
    progress("green zones", 2, _STAGES)
    green = zoning.green_zones(
        inputs.land, zone_set, known, rules.zoning, as_of=as_of, coverage=inputs.coverage
    )
    progress("lifting", 3, _STAGES)
    proof = proof_for(rules.diseases)
    parts = zoning.lifting_schedule(
        zone_set,
        known,
        inputs.land,
        population=inputs.population,
        ground=inputs.ground,
        caution=inputs.caution,
        proof=proof,
    )
    progress("layers", 4, _STAGES)
    placements, unplaced = count_placements(known)
    counts = {**placements, **_zone_counts(zone_set, drawn.levels)}
    counts["caution"] = None if inputs.ground is None else inputs.caution
    layers = _layers(drawn, inputs, green, parts, count_cases(known))
    progress("layers", _STAGES, _STAGES)
    return Draft(
        as_of=as_of,
        rules=DraftRules.of(rules, as_of),
        edition=str(units.edition),
        boundary_quality=str(units.boundary_quality),
        layers=layers,
        counts=counts,
        unplaced=unplaced,
        zone_set=zone_set,
        lifting_parts=parts,
        inputs=inputs,
        rule_set=rules,
        warnings=caveats(units, rules, counts, inputs.population, inputs.doses),
        sources=tuple(sources),
    )


def _layers(
    drawn: Sketch, inputs: Inputs, green: gpd.GeoDataFrame, parts: gpd.GeoDataFrame, series: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Make the layers of a release, every one on its list."""
    zone_set = drawn.zone_set
    inside = {"population": inputs.population, "facilities": inputs.facilities}
    return {
        "communes": commune_layer(
            inputs.units,
            level_table=drawn.levels,
            zone_set=zone_set,
            population=inputs.population,
            coverage=inputs.coverage,
            series=series,
        ),
        "containment_zones": with_contents(zone_set.containment, **inside),
        "buffer_zones": with_contents(zone_set.buffer, **inside),
        "green_zones": green,
        "coverage": coverage_layer(inputs.units, inputs.coverage),
        "facilities": facility_layer(inputs.facilities, zone_set.containment),
        "checkpoints": zone_set.checkpoints,
        "case_counts": series,
        "lifting": pd.DataFrame(parts.drop(columns="geometry")),
    }


def _zone_counts(zone_set: zoning.ZoneSet, level_table: pd.DataFrame) -> dict[str, Any]:
    containment = zone_set.containment
    certain = containment[containment["certainty"] == str(Certainty.CERTAIN)]
    residents = certain["residents"].dropna()
    levels_seen = level_table["epidemic_level"]
    by_level = {str(level): int((levels_seen == level).sum()) for level in (1, 2, 3, 4)}
    by_level["none"] = int(levels_seen.isna().sum())
    higher = level_table["possible_level"] > level_table["epidemic_level"]
    return {
        "containment_zones": len(certain),
        "possible_zones": len(containment) - len(certain),
        "residents_inside": round(float(residents.sum())) if len(residents) else None,
        "communes_by_level": by_level,
        "communes_set_by_decision": int((level_table["level_status"] == "override").sum()),
        "communes_possibly_higher": int(higher.fillna(False).sum()),
    }
