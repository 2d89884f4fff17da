"""Who a zone is, from day to day: the same cases make the same zone, through merge and split."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from geozone.zoning.selection import CLOCK

if TYPE_CHECKING:
    from geozone.zoning.drawing import ZoneSet

__all__ = ["compare_days", "inherit"]


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


def inherit(previous: ZoneSet, current: ZoneSet) -> ZoneSet:
    """Give zones the names and opening days of the zones that they continue.

    Parameters
    ----------
    previous : ZoneSet
        Zones of an earlier day.
    current : ZoneSet
        Zones of a later day, just drawn.

    Returns
    -------
    ZoneSet
        The later zones renamed. A zone continues an earlier one if they share a case. Where several
        earlier zones merged, the one opened first gives its name; where one was split, the part
        with its oldest remaining case keeps the name and the other parts get names of their own.
    """
    pairs = _shared(previous.membership, current.membership)
    if pairs.empty:
        return current
    opened = previous.containment.set_index("zone_id")["opened_on"]
    links = pairs.groupby(["before", "after"], as_index=False)[CLOCK].min()
    links["opened_on"] = links["before"].map(opened)
    links = links.sort_values(["opened_on", "before", CLOCK, "after"], kind="stable")
    heir = links.drop_duplicates("before")
    heir = heir.drop_duplicates("after")
    names = dict(zip(heir["after"], heir["before"], strict=True))
    days = links.groupby("after")["opened_on"].min()
    taken = set(names.values())
    for name in current.containment["zone_id"]:
        if name not in names:
            names[name] = _free_name(name, taken)
            taken.add(names[name])
    return _renamed(current, names, days)


def _free_name(name: str, taken: set[str]) -> str:
    stem, _, last = name.rpartition("-")
    number = int(last)
    while f"{stem}-{number}" in taken:
        number += 1
    return f"{stem}-{number}"


def _renamed(zones: ZoneSet, names: dict[str, str], days: pd.Series) -> ZoneSet:
    containment = zones.containment.copy()
    inherited = containment["zone_id"].map(days)
    containment["opened_on"] = inherited.where(
        inherited < containment["opened_on"], containment["opened_on"]
    ).astype("datetime64[s]")
    containment["zone_id"] = containment["zone_id"].map(names).astype("str")
    membership = zones.membership.assign(zone_id=zones.membership["zone_id"].map(names).astype("str"))
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


def _ring_names(inside: list[list[str]], ring: list[int], opened: pd.Series) -> pd.Series:
    """Name each ring after the zone that opened first among those it surrounds."""
    first = [min(ids, key=lambda name: (opened[name], name)) for ids in inside]
    return pd.Series(
        [f"VD{number}-{name.partition('-')[2]}" for number, name in zip(ring, first, strict=True)],
        dtype="str",
    )


def compare_days(before: ZoneSet, after: ZoneSet) -> pd.DataFrame:
    """Tell what became of each zone from one day to a later one.

    Parameters
    ----------
    before, after : ZoneSet
        The two days; draw the later with ``previous=`` the earlier one, so that names follow.

    Returns
    -------
    DataFrame
        ``zone_id, event, related`` by zone and event. ``opened`` and ``closed``; ``continued``;
        ``merged`` (an earlier zone that went into ``related``); ``split`` (a later zone that came
        out of ``related``).
    """
    pairs = _shared(before.membership, after.membership)[["before", "after"]].drop_duplicates()
    old, new = set(before.containment["zone_id"]), set(after.containment["zone_id"])
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
