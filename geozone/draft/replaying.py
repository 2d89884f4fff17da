"""An epidemic drawn again day by day, each day with the zones and levels of the one before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from geozone import zoning
from geozone.draft.history import DayOfZones, ZoneHistory, history_of
from geozone.draft.inputs import Inputs
from geozone.draft.sketching import Sketch, sketch
from geozone.types import Progress, no_progress

if TYPE_CHECKING:
    from geozone.admin import AdminUnits
    from geozone.rules import RuleSet

__all__ = ["Replay", "replay"]

_EVENTS = ("opened", "closed", "merged", "split")


class Replay(NamedTuple):
    """An epidemic day by day."""

    days: pd.DataFrame
    """One row per day, nothing private: ``as_of, new_cases, active_cases, certain_zones, possible_zones,
    opened, closed, merged, split, certain_area_km2, possible_area_km2, residents,
    zones_without_residents, communes, undrawn, level_1`` to ``level_4, level_none``."""
    history: ZoneHistory
    """What became of each zone."""


def replay(
    cases: pd.DataFrame,
    units: AdminUnits,
    rules: RuleSet,
    first: date,
    last: date,
    *,
    population: pd.DataFrame | None = None,
    doses: pd.DataFrame | None = None,
    overrides: pd.DataFrame | None = None,
    figures: pd.DataFrame | None = None,
    previous: pd.DataFrame | None = None,
    previous_zones: zoning.ZoneTrace | None = None,
    ground: zoning.Ground | None = None,
    caution: float = zoning.CAUTION,
    each: Callable[[Sketch], None] | None = None,
    progress: Progress = no_progress,
) -> Replay:
    """Draw every day from the first to the last.

    Parameters
    ----------
    cases : DataFrame
        The table that ``draw`` takes; each day sees the cases reported by then.
    units : AdminUnits
        The communes.
    rules : RuleSet
        The rules to apply.
    first, last : date
        First and last day, both included.
    population, doses, overrides, figures : DataFrame, optional
        As ``draw`` takes them.
    previous : DataFrame, optional
        Levels before the first day.
    previous_zones : ZoneTrace, optional
        Zones before the first day.
    ground : Ground, optional
        Blocks, roads and points, as ``draw`` takes them.
    caution : float
        Caution of zones made of blocks.
    each : callable, optional
        Given the zones and levels of each day.
    progress : callable
        Told of days done.

    Returns
    -------
    Replay
        Figures by day, and the history of each zone.

    Raises
    ------
    ValueError
        If the last day is before the first.
    """
    if last < first:
        raise ValueError(f"the last day, {last.isoformat()}, is before the first, {first.isoformat()}")
    inputs = Inputs(
        cases=cases,
        units=units,
        land=zoning.Land.of(units),
        population=population,
        doses=doses,
        overrides=overrides,
        figures=figures,
        previous=previous,
        previous_zones=previous_zones,
        ground=ground,
        caution=caution,
    )
    total = (last - first).days + 1
    new = cases.drop_duplicates("case_id").groupby("report_date")["count"].sum()
    rows: list[dict[str, Any]] = []
    kept: list[DayOfZones] = []
    for number in range(total):
        progress("days", number, total)
        day = first + timedelta(days=number)
        drawn = sketch(inputs, rules, day)
        trace = zoning.ZoneTrace.of(drawn.zone_set, published=False)
        inputs = replace(inputs, previous=drawn.levels, previous_zones=trace)
        rows.append(_figures(drawn, day, int(new.get(pd.Timestamp(day), 0))))
        kept.append(DayOfZones(pd.DataFrame(drawn.zone_set.containment), trace))
        if each is not None:
            each(drawn)
    progress("days", total, total)
    history = history_of(kept)
    return Replay(_with_events(pd.DataFrame(rows), history.events), history)


def _figures(drawn: Sketch, day: date, new_cases: int) -> dict[str, Any]:
    """Sum a day up."""
    sums = zoning.totals(drawn.zone_set)._asdict()
    known = drawn.levels["epidemic_level"]
    return {
        "as_of": pd.Timestamp(day),
        "new_cases": new_cases,
        "active_cases": sums.pop("cases"),
        **sums,
        **{f"level_{level}": int((known == level).sum()) for level in (1, 2, 3, 4)},
        "level_none": int(known.isna().sum()),
    }


def _with_events(days: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    counts = events.groupby(["as_of", "event"]).size().unstack(fill_value=0)  # noqa: PD010
    counts = counts.reindex(columns=list(_EVENTS), fill_value=0).reindex(days["as_of"], fill_value=0)
    days["as_of"] = days["as_of"].astype("datetime64[s]")
    for number, name in enumerate(_EVENTS, start=5):
        days.insert(number, name, counts[name].to_numpy(dtype="int64"))
    return days
