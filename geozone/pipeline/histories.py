"""Days drawn again one after another, and the history of zones as the days kept tell it."""

from __future__ import annotations

from datetime import date, datetime

from geozone.draft import DayOfZones, Replay, Sketch, ZoneHistory, history_of, replay
from geozone.errors import NotFoundError
from geozone.pipeline.days import day_of, line_of, trace_of
from geozone.pipeline.decide import gather
from geozone.release import ZoneDay
from geozone.rules import RuleSet
from geozone.types import Progress, no_progress
from geozone.workspace import Workspace

__all__ = ["kept_history", "replay_days"]


def replay_days(
    workspace: Workspace,
    *,
    rules: RuleSet,
    first: date,
    last: date,
    drawn_at: datetime,
    actor: str,
    progress: Progress = no_progress,
) -> Replay:
    """Draw every day from the first to the last, and keep the zones of each.

    Parameters
    ----------
    workspace : Workspace
        Where to.
    rules : RuleSet
        The rules to apply.
    first, last : date
        First and last day, both included.
    drawn_at : datetime
        Time of drawing, with zone.
    actor : str
        Who draws.
    progress : callable
        Told of days done.

    Returns
    -------
    Replay
        Figures by day and the history of each zone. What was released stays as it was released.

    Raises
    ------
    NotFoundError
        If no case of the rule set's disease was reported by the last day.
    ValueError
        If the last day is before the first.
    """
    inputs = gather(workspace, rules, last, drawn_at=drawn_at, actor=actor, progress=progress)
    line = line_of(inputs.cases)
    before = workspace.zone_days.before(line, first)
    kept: list[ZoneDay] = []

    def keep(drawn: Sketch) -> None:
        kept.append(day_of(drawn, rules, drawn_at=drawn_at))

    done = replay(
        inputs.cases,
        inputs.units,
        rules,
        first,
        last,
        population=inputs.population,
        doses=inputs.doses,
        overrides=inputs.overrides,
        figures=inputs.figures,
        previous=None if before is None else before.levels,
        previous_zones=None if before is None else trace_of(before),
        ground=inputs.ground,
        caution=inputs.caution,
        each=keep,
        progress=progress,
    )
    workspace.zone_days.save(line, kept)
    return done


def kept_history(workspace: Workspace, line: str | None = None) -> ZoneHistory:
    """Tell the history of zones from the days that were drawn.

    Parameters
    ----------
    workspace : Workspace
        Where they are kept.
    line : str, optional
        The disease; only needed where days of several were drawn.

    Returns
    -------
    ZoneHistory
        Of every day, released ones as they were released.

    Raises
    ------
    NotFoundError
        If no day was drawn, or not for that disease, or for several and none is named.
    """
    lines = workspace.zone_days.lines()
    if not lines:
        raise NotFoundError("no day has been drawn yet; draw with: geozone draft, or geozone replay")
    if line is None and len(lines) > 1:
        raise NotFoundError(f"days of several diseases were drawn; name one of {', '.join(lines)}")
    chosen = line or lines[0]
    if chosen not in lines:
        raise NotFoundError(f"no day was drawn for {chosen!r}; there are days of {', '.join(lines)}")
    days = (workspace.zone_days.load(chosen, day) for day in workspace.zone_days.days(chosen))
    return history_of(DayOfZones(day.zones, trace_of(day)) for day in days)
