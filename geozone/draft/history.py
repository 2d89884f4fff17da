"""The history of zones: what became of each from day to day, and how to tell it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, NamedTuple

import pandas as pd

from geozone.errors import NotFoundError
from geozone.levels.numbers import say_number, say_range
from geozone.zoning import ZoneTrace, compare_days

__all__ = ["DayOfZones", "ZoneHistory", "history_of", "zone_sentences"]

_FIGURES = (
    "zone_id", "certainty", "case_count", "opened_on", "last_case_on", "earliest_lift_on", "residents",
    "area_km2", "communes",
)  # fmt: skip


class DayOfZones(NamedTuple):
    """The zones of one day: what may be told of them, and what they are recognised by."""

    zones: pd.DataFrame
    """Containment zones (``ZONES``)."""
    trace: ZoneTrace
    """Private."""


class ZoneHistory(NamedTuple):
    """What became of zones over days. It names no case."""

    zones: pd.DataFrame
    """One row per day and zone: ``as_of`` and its figures (``zone_id, certainty, case_count, opened_on,
    last_case_on, earliest_lift_on, residents, area_km2, communes``)."""
    events: pd.DataFrame
    """``as_of, zone_id, event, related``: ``opened``, ``closed``, ``merged`` (into ``related``) and
    ``split`` (from ``related``), by day. A zone that goes on unchanged has no row."""

    def of(self, zone_id: str) -> ZoneHistory:
        """Take the history of one zone.

        Parameters
        ----------
        zone_id : str
            Its identifier.

        Returns
        -------
        ZoneHistory
            Its days, and the events that it had a part in.

        Raises
        ------
        NotFoundError
            If there never was such a zone.
        """
        rows = self.zones[(self.zones["zone_id"] == zone_id).to_numpy(dtype=bool)]
        if rows.empty:
            raise NotFoundError(f"there is no zone {zone_id!r} on any day drawn")
        mine = (self.events["zone_id"] == zone_id) | (self.events["related"] == zone_id)
        events = self.events[mine.to_numpy(dtype=bool)]
        return ZoneHistory(rows.reset_index(drop=True), events.reset_index(drop=True))


def history_of(days: Iterable[DayOfZones]) -> ZoneHistory:
    """Follow zones through days.

    Parameters
    ----------
    days : iterable of DayOfZones
        In the order of their days.

    Returns
    -------
    ZoneHistory
        The zones of the first day count as opened on it.
    """
    zones: list[pd.DataFrame] = []
    events: list[pd.DataFrame] = []
    before: ZoneTrace | None = None
    for table, trace in days:
        day = pd.Timestamp(trace.as_of)
        zones.append(pd.DataFrame(table[list(_FIGURES)]).assign(as_of=day))
        if before is None:
            found = pd.DataFrame({"zone_id": table["zone_id"], "event": "opened", "related": None})
        else:
            found = compare_days(before, trace)
        events.append(found[(found["event"] != "continued").to_numpy(dtype=bool)].assign(as_of=day))
        before = trace
    return ZoneHistory(
        _together(zones, ["as_of", *_FIGURES]), _together(events, ["as_of", "zone_id", "event", "related"])
    )


def _together(tables: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    filled = [table for table in tables if len(table)] or tables[:1]
    joined = pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=columns)
    joined["as_of"] = joined["as_of"].astype("datetime64[s]")
    return joined[columns]


def zone_sentences(history: ZoneHistory, zone_id: str) -> list[tuple[str, str]]:
    """Tell the history of one zone.

    Parameters
    ----------
    history : ZoneHistory
        Of the days.
    zone_id : str
        The zone.

    Returns
    -------
    list of tuple
        A Vietnamese and an English sentence for each event and each day on which its cases or lifting
        date changed, in order of days.

    Raises
    ------
    NotFoundError
        If there never was such a zone.
    """
    own = history.of(zone_id)
    told: list[tuple[dt.date, tuple[str, str]]] = []
    opened = own.zones["opened_on"].min().date()
    for day, name, event, related in own.events.itertuples(index=False):
        if event == "opened" and opened < day.date():
            told.append((day.date(), _first_seen(day.date(), opened)))
        else:
            told.append((day.date(), _event(day.date(), zone_id, str(name), str(event), related)))
    before: tuple[Any, ...] | None = None
    for row in own.zones.itertuples(index=False):
        now = (*_cases(row), row.earliest_lift_on)
        if now != before:
            told.append((row.as_of.date(), _figures(row)))
        before = now
    return [sentence for _, sentence in sorted(told, key=lambda one: one[0])]


def _first_seen(day: dt.date, opened: dt.date) -> tuple[str, str]:
    """Say that the first day drawn is not the day that the zone opened."""
    return (
        f"Ngày {day:%d/%m/%Y}: lần đầu được vẽ; vùng có ca đầu tiên từ ngày {opened:%d/%m/%Y}.",
        f"{day.isoformat()}: drawn for the first time; its first case is of {opened.isoformat()}.",
    )


def _event(day: dt.date, zone_id: str, name: str, event: str, related: Any) -> tuple[str, str]:
    on_vi, on_en = f"Ngày {day:%d/%m/%Y}: ", f"{day.isoformat()}: "
    if event == "opened":
        return on_vi + "vùng được thiết lập.", on_en + "the zone was opened."
    if event == "closed":
        return (
            on_vi + "vùng không còn ca nào trong thời gian theo dõi và kết thúc.",
            on_en + "no case of the zone is within the days of the rule any more; the zone ended.",
        )
    if event == "merged" and name == zone_id:
        return on_vi + f"vùng nhập vào {related}.", on_en + f"the zone was merged into {related}."
    if event == "merged":
        return on_vi + f"vùng {name} nhập vào vùng này.", on_en + f"zone {name} was merged into this one."
    if name == zone_id:
        return on_vi + f"vùng tách ra từ {related}.", on_en + f"the zone was split from {related}."
    return on_vi + f"vùng {name} tách ra từ vùng này.", on_en + f"zone {name} was split from this one."


def _cases(row: Any) -> tuple[int, int]:
    """Least and most active cases: a release may tell only a range."""
    most = getattr(row, "case_count_upper", None)
    return int(row.case_count), int(row.case_count if most is None or pd.isna(most) else most)


def _figures(row: Any) -> tuple[str, str]:
    people_vi, people_en = "chưa rõ số dân", "residents unknown"
    if not pd.isna(row.residents):
        people_vi = f"khoảng {say_number(row.residents, 'vi', 0)} dân"
        people_en = f"about {say_number(row.residents, 'en', 0)} residents"
    least, most = _cases(row)
    cases_en = "case" if most == 1 else "cases"
    told_vi, told_en = say_range(least, most, "vi"), say_range(least, most, "en")
    lift = row.earliest_lift_on.date()
    return (
        f"Ngày {row.as_of:%d/%m/%Y}: {told_vi} ca đang theo dõi, {people_vi}, "
        f"sớm nhất dỡ bỏ ngày {lift:%d/%m/%Y}.",
        f"{row.as_of:%Y-%m-%d}: {told_en} active {cases_en}, {people_en}, "
        f"earliest lifting {lift.isoformat()}.",
    )
