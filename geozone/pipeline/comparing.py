"""Other parameters and other rule sets on what a workspace holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pandas as pd

from geozone import zoning
from geozone.draft import RulesCompared, WhatIf, compare_rules, compared, sketch
from geozone.pipeline.decide import gather
from geozone.rules import RuleSet
from geozone.types import Progress, no_progress
from geozone.workspace import Workspace

__all__ = ["kept_trade_off", "kept_what_if", "rules_side_by_side"]


def kept_what_if(
    workspace: Workspace,
    *,
    rules: RuleSet,
    as_of: date,
    changes: Mapping[str, Any],
    drawn_at: datetime,
    actor: str,
    progress: Progress = no_progress,
) -> WhatIf:
    """Compare a day with the same day under other parameters; nothing is kept.

    Parameters
    ----------
    workspace : Workspace
        Where from.
    rules : RuleSet
        The rules to start from.
    as_of : date
        The day.
    changes : mapping
        Parameters as ``draft.what_if`` takes them.
    drawn_at : datetime
        Time, with zone.
    actor : str
        Who asks.
    progress : callable
        Told of geocoding.

    Returns
    -------
    WhatIf
        The difference.

    Raises
    ------
    NotFoundError
        If no case of the rule set's disease was reported by that day.
    ValueError
        If a parameter is not known or its value is outside its domain.
    """
    inputs = gather(workspace, rules, as_of, drawn_at=drawn_at, actor=actor, progress=progress)
    return compared(sketch(inputs, rules, as_of), inputs, rules, as_of, changes)


def kept_trade_off(
    workspace: Workspace,
    *,
    rules: RuleSet,
    as_of: date,
    radii_m: Iterable[float],
    window_days: Iterable[int],
    drawn_at: datetime,
    actor: str,
    progress: Progress = no_progress,
) -> pd.DataFrame:
    """Draw the zones of a day under several radii and days; nothing is kept.

    Parameters
    ----------
    workspace : Workspace
        Where from.
    rules : RuleSet
        The rules to vary.
    as_of : date
        The day.
    radii_m : iterable of float
        Containment radii, metres.
    window_days : iterable of int
        Days of activity and lifting; only those of the rules if empty.
    drawn_at : datetime
        Time, with zone.
    actor : str
        Who asks.
    progress : callable
        Told of geocoding.

    Returns
    -------
    DataFrame
        As ``zoning.trade_off`` gives it.

    Raises
    ------
    NotFoundError
        If no case of the rule set's disease was reported by that day.
    """
    inputs = gather(workspace, rules, as_of, drawn_at=drawn_at, actor=actor, progress=progress)
    return zoning.trade_off(
        inputs.cases,
        inputs.land,
        rules.zoning,
        as_of=as_of,
        radii_m=radii_m,
        window_days=window_days,
        population=inputs.population,
        ground=inputs.ground,
        caution=inputs.caution,
    )


def rules_side_by_side(
    workspace: Workspace,
    *,
    rule_sets: Sequence[RuleSet],
    as_of: date,
    drawn_at: datetime,
    actor: str,
    progress: Progress = no_progress,
) -> RulesCompared:
    """Decide one day under several rule sets; nothing is kept.

    Parameters
    ----------
    workspace : Workspace
        Where from.
    rule_sets : sequence of RuleSet
        The rule sets; the diseases of the first choose the cases.
    as_of : date
        The day.
    drawn_at : datetime
        Time, with zone.
    actor : str
        Who asks.
    progress : callable
        Told of geocoding.

    Returns
    -------
    RulesCompared
        Levels and reasons by unit, totals by rule set.

    Raises
    ------
    NotFoundError
        If no case of the disease was reported by that day.
    ValueError
        If a rule set is named twice.
    """
    inputs = gather(workspace, rule_sets[0], as_of, drawn_at=drawn_at, actor=actor, progress=progress)
    return compare_rules(inputs, rule_sets, as_of)
