"""Who a zone is, from day to day: the same cases make the same zone, through merge and split."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from geozone.zoning.selection import CLOCK

if TYPE_CHECKING:
    from geozone.zoning.drawing import ZoneSet

__all__ = ["NO_PARENTS", "ZoneTrace", "compare_days", "inherit"]


NO_PARENTS = "[]"


@dataclass(frozen=True, slots=True)
class ZoneTrace:
    """What must be kept of a day's zones to recognise them on a later one. Private: it names cases.

    Attributes
    ----------
    as_of : date
        The day.
    zones : DataFrame
        ``zone_id, opened_on, came_from`` of the containment zones.
    membership : DataFrame
        ``case_id, role, zone_id, certainty, clock_day``.
    retired : frozenset of str
        Names that zones bore before and that no other zone may be given.
    published : bool
        Whether these zones were released, so that later ones may name them as where they came from.
    """

    as_of: dt.date
    zones: pd.DataFrame
    membership: pd.DataFrame
    retired: frozenset[str] = frozenset()
    published: bool = True

    @classmethod
    def of(cls, drawn: ZoneSet, *, published: bool = True) -> ZoneTrace:
        """Take the trace of zones just drawn.

        Parameters
        ----------
        drawn : ZoneSet
            The zones.
        published : bool
            Whether they are released.

        Returns
        -------
        ZoneTrace
            Their names, opening days and cases.
        """
        return cls(
            drawn.as_of,
            pd.DataFrame(drawn.containment[["zone_id", "opened_on", "came_from"]]),
            drawn.membership[["case_id", "role", "zone_id", "certainty", CLOCK]],
            drawn.retired,
            published,
        )


def _trace(zones: ZoneSet | ZoneTrace) -> ZoneTrace:
    return zones if isinstance(zones, ZoneTrace) else ZoneTrace.of(zones)


def _shared(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Pairs of zones of one kind that rest on the same place of the same case."""
    keys = ["case_id", "role", "certainty"]
    old = before[[*keys, "zone_id"]].rename(columns={"zone_id": "before"})
    new = after[[*keys, "zone_id", CLOCK]].rename(columns={"zone_id": "after"})
    pairs = old.merge(new, on=keys)
    # A tie lies in one possible zone per candidate: only the same commune continues it.
    certain = pairs["certainty"] == "certain"
    same = pairs["before"].str.split("-").str[1] == pairs["after"].str.split("-").str[1]
    return pairs.loc[certain | same]


def inherit(previous: ZoneSet | ZoneTrace, current: ZoneSet) -> ZoneSet:
    """Give zones the names and opening days of the zones that they continue.

    Parameters
    ----------
    previous : ZoneSet or ZoneTrace
        Zones of an earlier day.
    current : ZoneSet
        Zones of a later day, just drawn.

    Returns
    -------
    ZoneSet
        The later zones renamed, each with the published zones it came from. A zone continues an
        earlier one if they share a case. Where several earlier zones merged, the one opened first
        gives its name; where one was split, the part with its oldest remaining case keeps the name
        and the other parts get names of their own. A name that has been borne is never given again.
    """
    trace = _trace(previous)
    pairs = _shared(trace.membership, current.membership)
    opened = trace.zones.set_index("zone_id")["opened_on"]
    links = pairs.groupby(["before", "after"], as_index=False)[CLOCK].min()
    links["opened_on"] = opened.reindex(links["before"]).to_numpy()
    links = links.sort_values(["opened_on", "before", CLOCK, "after"], kind="stable")
    heir = links.drop_duplicates("before")
    heir = heir.drop_duplicates("after")
    names = dict(zip(heir["after"], heir["before"], strict=True))
    borne = trace.retired | set(opened.index)
    taken = set(borne)
    for name in current.containment["zone_id"]:
        if name not in names:
            names[name] = _free_name(name, taken)
            taken.add(names[name])
    days = links.groupby("after")["opened_on"].min()
    renamed = _renamed(current, names, days, _origins(trace, links))
    return dataclasses.replace(renamed, retired=frozenset(borne - set(names.values())))


def _free_name(name: str, taken: set[str]) -> str:
    stem, _, last = name.rpartition("-")
    number = int(last)
    while f"{stem}-{number}" in taken:
        number += 1
    return f"{stem}-{number}"


def _origins(trace: ZoneTrace, links: pd.DataFrame) -> dict[str, str]:
    """List the published zones that each later zone, by its first name, came from."""
    earlier = dict(zip(trace.zones["zone_id"], trace.zones["came_from"], strict=True))
    found: dict[str, set[str]] = {}
    for after, before in zip(links["after"], links["before"], strict=True):
        published = {before} if trace.published else set(json.loads(earlier[before]))
        found.setdefault(after, set()).update(published)
    return {after: json.dumps(sorted(names)) for after, names in found.items()}


def _renamed(zones: ZoneSet, names: dict[str, str], days: pd.Series, origins: dict[str, str]) -> ZoneSet:
    containment = zones.containment.copy()
    inherited = pd.Series(days.reindex(containment["zone_id"]).to_numpy(), index=containment.index)
    containment["opened_on"] = inherited.where(
        inherited < containment["opened_on"], containment["opened_on"]
    ).astype("datetime64[s]")
    containment["came_from"] = pd.Series(
        [origins.get(name, NO_PARENTS) for name in containment["zone_id"]], dtype="str"
    )
    containment["zone_id"] = _mapped(containment["zone_id"], names)
    membership = zones.membership.assign(zone_id=_mapped(zones.membership["zone_id"], names))
    buffer = zones.buffer.copy()
    opened = containment.set_index("zone_id")["opened_on"]
    inside = [sorted(names[old] for old in json.loads(ids)) for ids in buffer["containment_ids"]]
    buffer["containment_ids"] = pd.Series([json.dumps(ids) for ids in inside], dtype="str")
    if len(buffer):
        buffer["opened_on"] = pd.Series([opened[ids].min() for ids in inside]).astype("datetime64[s]")
        buffer["zone_id"] = _ring_names(inside, buffer["ring"].tolist(), opened)
    return dataclasses.replace(
        zones,
        containment=gpd.GeoDataFrame(
            containment.sort_values(["certainty", "zone_id"]).reset_index(drop=True), crs="EPSG:4326"
        ),
        membership=membership.sort_values(["case_id", "role", "zone_id"]).reset_index(drop=True),
        buffer=buffer,
    )


def _mapped(values: pd.Series, names: dict[str, str]) -> pd.Series:
    return pd.Series([names[value] for value in values], index=values.index, dtype="str")


def _ring_names(inside: list[list[str]], ring: list[int], opened: pd.Series) -> pd.Series:
    """Name each ring after the zone that opened first among those it surrounds."""
    first = [min(ids, key=lambda name: (opened[name], name)) for ids in inside]
    return pd.Series(
        [f"VD{number}-{name.partition('-')[2]}" for number, name in zip(ring, first, strict=True)],
        dtype="str",
    )


def compare_days(before: ZoneSet | ZoneTrace, after: ZoneSet | ZoneTrace) -> pd.DataFrame:
    """Tell what became of each zone from one day to a later one.

    Parameters
    ----------
    before, after : ZoneSet or ZoneTrace
        The two days; draw the later with ``previous=`` the earlier one, so that names follow.

    Returns
    -------
    DataFrame
        ``zone_id, event, related`` by zone and event. ``opened`` and ``closed``; ``continued``;
        ``merged`` (an earlier zone that went into ``related``); ``split`` (a later zone that came
        out of ``related``).
    """
    before, after = _trace(before), _trace(after)
    pairs = _shared(before.membership, after.membership)[["before", "after"]].drop_duplicates()
    old, new = set(before.zones["zone_id"]), set(after.zones["zone_id"])
    pairs = pairs.loc[pairs["before"].isin(old) & pairs["after"].isin(new)]
    rows: list[tuple[str, str, str | None]] = []
    rows += [(name, "continued", None) for name in sorted(old & new)]
    rows += [(name, "opened", None) for name in sorted(new - old - set(pairs["after"]))]
    rows += [(name, "closed", None) for name in sorted(old - new - set(pairs["before"]))]
    for one, other in pairs.itertuples(index=False):
        if one == other:
            continue
        if one not in new:
            rows.append((one, "merged", other))
        if other not in old:
            rows.append((other, "split", one))
    table = pd.DataFrame(rows, columns=["zone_id", "event", "related"]).astype("str")
    return table.drop_duplicates().sort_values(["zone_id", "event", "related"]).reset_index(drop=True)
