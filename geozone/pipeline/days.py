"""From drafts to the days that are kept, and back to what the next draft knows zones by."""

from __future__ import annotations

import re
from datetime import date, datetime

import pandas as pd

from geozone.draft import Sketch
from geozone.release import ZoneDay
from geozone.rules import RuleSet
from geozone.workspace import Workspace
from geozone.zoning import ZoneTrace

__all__ = ["day_of", "earlier_levels", "earlier_zones", "line_of", "trace_of"]


def line_of(cases: pd.DataFrame) -> str:
    """Name the line of days that drafts of some cases belong to.

    Parameters
    ----------
    cases : DataFrame
        The cases of the rule set's diseases, whenever reported.

    Returns
    -------
    str
        Their diseases: zones keep their names when another rule set for the same disease comes into force.
    """
    diseases = sorted(cases["disease"].unique())
    return "+".join(re.sub(r"[^a-z0-9]+", "-", str(disease).casefold()).strip("-") for disease in diseases)


def day_of(drawn: Sketch, rules: RuleSet, *, drawn_at: datetime, draft: str = "") -> ZoneDay:
    """Take from zones and levels what is kept of their day.

    Parameters
    ----------
    drawn : Sketch
        The zones and levels.
    rules : RuleSet
        The rules applied.
    drawn_at : datetime
        Time of drawing, with zone.
    draft : str
        Identifier under which the draft itself is kept, if it is.

    Returns
    -------
    ZoneDay
        Its zones without geometry, the cases they rest on, the levels.
    """
    trace = ZoneTrace.of(drawn.zone_set)
    return ZoneDay(
        as_of=trace.as_of,
        rules=rules.id,
        drawn_at=drawn_at,
        draft=draft,
        release="",
        zones=pd.DataFrame(drawn.zone_set.containment.drop(columns="geometry")),
        membership=trace.membership,
        levels=drawn.levels[["code", "epidemic_level"]],
        retired=trace.retired,
    )


def trace_of(day: ZoneDay) -> ZoneTrace:
    """Make of a day that was kept what later zones are recognised by.

    Parameters
    ----------
    day : ZoneDay
        The day.

    Returns
    -------
    ZoneTrace
        Its zones are named as an origin only where they were released.
    """
    return ZoneTrace(
        day.as_of,
        day.zones[["zone_id", "opened_on", "came_from"]],
        day.membership,
        day.retired,
        published=bool(day.release),
    )


def earlier_zones(workspace: Workspace, line: str, as_of: date) -> ZoneTrace | None:
    """Find the zones of the newest day before a day, whichever days were drawn since.

    Parameters
    ----------
    workspace : Workspace
        Where they are kept.
    line : str
        The line of days.
    as_of : date
        The day to draw.

    Returns
    -------
    ZoneTrace or None
        None if no earlier day was drawn for the disease.
    """
    day = workspace.zone_days.before(line, as_of)
    return None if day is None else trace_of(day)


def earlier_levels(workspace: Workspace, line: str, as_of: date) -> pd.DataFrame | None:
    """Find the levels that held before a day, for rules that hold a level.

    Parameters
    ----------
    workspace : Workspace
        Where they are kept.
    line : str
        The line of days.
    as_of : date
        The day to draw.

    Returns
    -------
    DataFrame or None
        Levels of the newest earlier day that was released for the disease: a draft holds no level.
    """
    day = workspace.zone_days.released_before(line, as_of)
    return None if day is None else day.levels
