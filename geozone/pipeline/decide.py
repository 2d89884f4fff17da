"""From geocoded cases to a draft."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pandas as pd

from geozone.admin import AdminUnits
from geozone.draft import Draft, Inputs, draw, sketch_of
from geozone.errors import NotFoundError
from geozone.pipeline.days import day_of, earlier_levels, earlier_zones, line_of
from geozone.pipeline.geocoding import geocode_pending, geocoded_cases
from geozone.rules import RuleSet, choose_ruleset, load_ruleset
from geozone.types import Progress, Source, no_progress
from geozone.workspace import Workspace
from geozone.zoning import CAUTION, Land

__all__ = [
    "choose_rules",
    "draw_day",
    "drawn_caution",
    "gather",
    "keep_draft",
    "make_draft",
    "sources_of",
]


def choose_rules(
    workspace: Workspace, rules_id: str | None, as_of: date, rules_folder: Path | None = None
) -> RuleSet:
    """Load the rule set named, or the one in force for the disease on the day.

    Parameters
    ----------
    workspace : Workspace
        Whose disease.
    rules_id : str or None
        Identifier or path of a rule set.
    as_of : date
        The day.
    rules_folder : Path, optional
        The user's own rule sets.

    Returns
    -------
    RuleSet
        To draw with: of one for many diseases, the zoning of the one that most cases are of. Its places
        are masked as the workspace decided.

    Raises
    ------
    NotFoundError
        If none is in force, or no case has been imported to tell the disease.
    """
    return _masked(_named_rules(workspace, rules_id, as_of, rules_folder), workspace.mask_m)


def _masked(rules: RuleSet, mask_m: float) -> RuleSet:
    """Put the mask of a workspace into the zoning of a rule set."""
    return replace(rules, zoning=replace(rules.zoning, mask_m=mask_m)) if mask_m else rules


def _named_rules(
    workspace: Workspace, rules_id: str | None, as_of: date, rules_folder: Path | None
) -> RuleSet:
    diseases = workspace.store.cases()["disease"].value_counts()
    if rules_id is not None:
        named = load_ruleset(rules_id, extra_folder=rules_folder)
        found = [disease for disease in diseases.index if disease in named.diseases]
        return named.for_disease(str(found[0])) if found else named
    if diseases.empty:
        raise NotFoundError("no cases have been imported: import a line list, or name a rule set")
    return choose_ruleset(str(diseases.index[0]), as_of, extra_folder=rules_folder)


def make_draft(
    workspace: Workspace,
    *,
    rules: RuleSet,
    as_of: date,
    drawn_at: datetime,
    actor: str,
    caution: float = CAUTION,
    progress: Progress = no_progress,
) -> Draft:
    """Geocode what is pending, draw, and keep the draft.

    Parameters
    ----------
    workspace : Workspace
        Where to.
    rules : RuleSet
        The rules to apply.
    as_of : date
        The day to draw for.
    drawn_at : datetime
        Time of drawing, with zone.
    actor : str
        Who draws.
    caution : float
        How far zones made of imported blocks go for people who are exposed, 0 to 1.
    progress : callable
        Told of each stage.

    Returns
    -------
    Draft
        Saved as the latest draft. Its zones bear the names of those of the newest earlier day drawn
        that they continue, so that drawing a day again names them the same.

    Raises
    ------
    NotFoundError
        If no case of the rule set's disease was reported by that day.
    """
    draft = draw_day(
        workspace,
        rules=rules,
        as_of=as_of,
        drawn_at=drawn_at,
        actor=actor,
        caution=caution,
        progress=progress,
    )
    keep_draft(workspace, draft, drawn_at=drawn_at, actor=actor)
    return draft


def draw_day(
    workspace: Workspace,
    *,
    rules: RuleSet,
    as_of: date,
    drawn_at: datetime,
    actor: str,
    caution: float = CAUTION,
    prepared: tuple[AdminUnits, Land] | None = None,
    progress: Progress = no_progress,
) -> Draft:
    """Geocode what is pending and draw, without keeping the draft.

    Parameters
    ----------
    workspace, rules, as_of, drawn_at, actor, caution, progress
        As ``make_draft`` takes them.
    prepared : tuple of AdminUnits and Land, optional
        The outlines in force, if they have been read already.

    Returns
    -------
    Draft
        What ``make_draft`` would keep.

    Raises
    ------
    NotFoundError
        If no case of the rule set's disease was reported by that day.
    """
    inputs = gather(
        workspace, rules, as_of, drawn_at=drawn_at, actor=actor, prepared=prepared, progress=progress
    )
    return draw(
        inputs.cases,
        inputs.units,
        rules,
        as_of,
        population=inputs.population,
        doses=inputs.doses,
        facilities=inputs.facilities,
        overrides=inputs.overrides,
        figures=inputs.figures,
        previous=inputs.previous,
        previous_zones=inputs.previous_zones,
        land=inputs.land,
        ground=inputs.ground,
        caution=caution,
        sources=sources_of(workspace, inputs.units),
        progress=progress,
    )


def sources_of(workspace: Workspace, units: AdminUnits) -> tuple[Source, ...]:
    """List all that a draft of the workspace rests on.

    Parameters
    ----------
    workspace : Workspace
        Which.
    units : AdminUnits
        The outlines in force.

    Returns
    -------
    tuple of Source
        Outlines, line lists, tables, blocks and roads, places.
    """
    return (
        *units.sources,
        *workspace.store.sources(),
        *workspace.handed_in_sources(),
        *workspace.ground_sources(),
        *workspace.place_sources(),
    )


def keep_draft(workspace: Workspace, draft: Draft, *, drawn_at: datetime, actor: str) -> str:
    """Keep a draft as the latest, and its zones for the days to come.

    Parameters
    ----------
    workspace : Workspace
        Where to.
    draft : Draft
        What was drawn from it.
    drawn_at : datetime
        Time of drawing, with zone.
    actor : str
        Who draws.

    Returns
    -------
    str
        The draft's identifier.
    """
    kept = workspace.drafts.save(draft, saved_at=drawn_at, actor=actor)
    workspace.zone_days.save(
        line_of(draft.inputs.cases), [day_of(sketch_of(draft), draft.rule_set, drawn_at=drawn_at, draft=kept)]
    )
    return kept


def gather(
    workspace: Workspace,
    rules: RuleSet,
    as_of: date,
    *,
    drawn_at: datetime,
    actor: str,
    prepared: tuple[AdminUnits, Land] | None = None,
    progress: Progress = no_progress,
) -> Inputs:
    """Geocode what is pending and bring together what a day is drawn from.

    Parameters
    ----------
    workspace : Workspace
        Where from.
    rules : RuleSet
        The rules: their diseases choose the cases.
    as_of : date
        The day.
    drawn_at : datetime
        Time, with zone.
    actor : str
        Who asks.
    prepared : tuple of AdminUnits and Land, optional
        The outlines in force, if they have been read already.
    progress : callable
        Told of each stage.

    Returns
    -------
    Inputs
        Cases, units and figures, and the zones and levels of before.

    Raises
    ------
    NotFoundError
        If no case of the rule set's disease was reported by that day.
    """
    units, land = prepared or (workspace.units(), None)
    geocode_pending(workspace, units=units, geocoded_at=drawn_at, actor=actor, progress=progress)
    cases = geocoded_cases(workspace)
    cases = cases[cases["disease"].isin(rules.diseases)]
    if not bool((cases["report_date"] <= pd.Timestamp(as_of)).any()):
        raise NotFoundError(f"no case of {', '.join(rules.diseases)} was reported by {as_of.isoformat()}")
    line = line_of(cases)
    store = workspace.store
    population, doses, facilities = store.population(), store.doses(), store.facilities()
    ground = workspace.ground()
    return Inputs(
        cases=cases,
        units=units,
        land=Land.of(units) if land is None else land,
        population=population if len(population) else None,
        doses=doses if len(doses) else None,
        facilities=facilities if len(facilities) else None,
        overrides=workspace.handed_in("overrides"),
        figures=workspace.handed_in("committee-figures"),
        previous=earlier_levels(workspace, line, as_of),
        previous_zones=earlier_zones(workspace, line, as_of),
        ground=ground,
        caution=CAUTION if ground is None else drawn_caution(workspace),
    )


def drawn_caution(workspace: Workspace) -> float:
    """Tell the caution that the latest draft was drawn with, to compare like with like.

    Parameters
    ----------
    workspace : Workspace
        Where from.

    Returns
    -------
    float
        Caution of zones made of blocks; the usual one where no draft says.
    """
    if not workspace.drafts.list():
        return CAUTION
    told = workspace.drafts.latest().counts.get("caution")
    return CAUTION if told is None else float(told)
