"""Zones of a day: the one composition of selection, perimeters, rings, clocks and contents."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from geozone.rules.zoning_rules import ZoningRules
from geozone.types import Certainty
from geozone.zoning.blocks.checkpoints import checkpoint_table, no_checkpoints
from geozone.zoning.blocks.enforce import CAUTION
from geozone.zoning.blocks.ground import Ground
from geozone.zoning.certain import draw_certain
from geozone.zoning.drawn import Drawn, Sheet, stacked, undrawn_places
from geozone.zoning.identity import ZoneTrace, inherit
from geozone.zoning.land import HasCommunes, Land
from geozone.zoning.people import People
from geozone.zoning.possible import draw_possible
from geozone.zoning.selection import CLOCK, select_places
from geozone.zoning.tables import empty_zones, name_zones

__all__ = ["ZoneSet", "named", "zones"]

_ROW = "_row"


@dataclass(frozen=True, slots=True)
class ZoneSet:
    """The zones of one day.

    Attributes
    ----------
    as_of : date
        The day.
    rules : ZoningRules
        The rules they were drawn by.
    containment : GeoDataFrame
        The zones contract with geometry: certain zones (``KV-...``) and possible ones (``NV-...``),
        plus ``tied_count`` (cases of the zone that may be elsewhere instead) and ``free_on`` (end
        of surveillance after lifting).
    buffer : GeoDataFrame
        The same for the rings around certain zones (``VD1-...`` innermost), plus ``ring`` (1, 2,
        ...) and ``containment_ids`` (JSON list). A ring counts no cases: they are in its zones.
        ``radius_m`` is the distance from a case to the ring's outer edge.
    membership : DataFrame
        ``case_id, role, zone_id, certainty, count, clock_day``: every place that a zone rests on.
        Private: it links cases to places.
    undrawn : DataFrame
        ``case_id, role, count, clock_day, reason``: active places that no zone could be drawn for.
        Private.
    retired : frozenset of str
        Names borne on earlier days by zones that are no more.
    checkpoints : GeoDataFrame
        ``checkpoint_id, name, zone_id, kind`` and point: where roads cross the certain zones; none while no
        roads are known.
    """

    as_of: dt.date
    rules: ZoningRules
    containment: gpd.GeoDataFrame
    buffer: gpd.GeoDataFrame
    membership: pd.DataFrame
    undrawn: pd.DataFrame
    retired: frozenset[str] = frozenset()
    checkpoints: gpd.GeoDataFrame = field(default_factory=no_checkpoints)


def zones(
    cases: pd.DataFrame,
    units: Land | HasCommunes | gpd.GeoDataFrame,
    rules: ZoningRules,
    *,
    as_of: dt.date,
    population: pd.DataFrame | None = None,
    previous: ZoneSet | ZoneTrace | None = None,
    ground: Ground | None = None,
    caution: float = CAUTION,
) -> ZoneSet:
    """Draw the zones of a day.

    Parameters
    ----------
    cases : DataFrame
        One row per case and place: ``case_id, count, report_date, onset_date, case_class,
        contact_degree, role`` and the geocodes contract.
    units : Land, HasCommunes or GeoDataFrame
        The communes. Hand over the same ``Land`` again to make a what-if fast.
    rules : ZoningRules
        Distances, holes, clocks.
    as_of : date
        The day. Cases reported later, and cases older than the window, draw nothing.
    population : DataFrame, optional
        The population contract, for residents.
    previous : ZoneSet or ZoneTrace, optional
        Zones of an earlier day: a zone that continues one of them keeps its name and its opening day.
    ground : Ground, optional
        Blocks and roads: certain zones are then made of blocks where these are, and get checkpoints; cases
        known to a hamlet are in its outline; points tell residents.
    caution : float
        How far a zone of blocks goes for people who are exposed but no case: 0, the blocks with cases, to
        1, every block that a disc touches.

    Returns
    -------
    ZoneSet
        Certain and possible containment zones, rings, membership, and what could not be drawn.
        The order of the rows of ``cases`` makes no difference.

    Raises
    ------
    DataError
        If a column of the cases is missing.
    ValueError
        If caution is no number from 0 to 1.
    """
    land = Land.of(units)
    places = select_places(cases, land, rules, as_of)
    people = People.of(population, land, None if ground is None else ground.points)
    sheet = Sheet(people, rules, ground, caution)
    certain = draw_certain(places.certain, sheet)[0]
    possible = draw_possible(places.possible, sheet)
    return named(certain, possible, places.undrawn, sheet, as_of=as_of, previous=previous)


def named(
    certain: Drawn,
    possible: Drawn,
    undrawn: pd.DataFrame,
    sheet: Sheet,
    *,
    as_of: dt.date,
    previous: ZoneSet | ZoneTrace | None = None,
) -> ZoneSet:
    """Name the zones of a day and put them together.

    Parameters
    ----------
    certain, possible : Drawn
        The zones.
    undrawn : DataFrame
        Places too vague for a zone.
    sheet : Sheet
        What they were drawn on.
    as_of : date
        The day.
    previous : ZoneSet or ZoneTrace, optional
        Zones of an earlier day.

    Returns
    -------
    ZoneSet
        The same whatever order the zones and places come in.
    """
    land = sheet.people.land
    names = name_zones("KV", certain.clocks, land)
    maybe = name_zones("NV", possible.clocks, land)
    lost = stacked([undrawn, undrawn_places(certain)])
    drawn = ZoneSet(
        as_of,
        sheet.rules,
        stacked([_with_names(certain.table, names), _with_names(possible.table, maybe)]),
        _buffers(certain, names, land),
        _members([(certain, names, Certainty.CERTAIN), (possible, maybe, Certainty.POSSIBLE)]),
        lost.sort_values(["case_id", "role", "reason"], kind="stable").reset_index(drop=True),
    )
    drawn = drawn if previous is None else inherit(previous, drawn)
    return _guarded(drawn, certain)


def _with_names(table: gpd.GeoDataFrame, names: list[str]) -> gpd.GeoDataFrame:
    """Name zones and sort them; ``_row`` remembers which is which."""
    found = table.assign(zone_id=pd.Series(names, dtype="str"), **{_ROW: np.arange(len(table))})
    return found.sort_values("zone_id", kind="stable").reset_index(drop=True)


def _guarded(drawn: ZoneSet, certain: Drawn) -> ZoneSet:
    """Add the checkpoints of the certain zones, by the names that these have at last."""
    table = drawn.containment
    bare = table.drop(columns=_ROW)
    if not any(certain.posts):
        return replace(drawn, containment=bare)
    mine = table[(table["certainty"] == Certainty.CERTAIN).to_numpy(dtype=bool)]
    points = [certain.posts[row] for row in mine[_ROW].tolist()]
    return replace(drawn, containment=bare, checkpoints=checkpoint_table(mine["zone_id"].tolist(), points))


def _buffers(certain: Drawn, names: list[str], land: Land) -> gpd.GeoDataFrame:
    """Name the rings after the zones that they surround."""
    table = certain.rings
    empty = empty_zones().assign(
        ring=pd.Series([], dtype="int64"), containment_ids=pd.Series([], dtype="str")
    )
    tables = [empty]
    for ring in sorted(table["ring"].unique().tolist()):
        rows = np.flatnonzero(table["ring"].to_numpy() == ring)
        clock = certain.ring_clocks.take(rows)
        ids = [json.dumps(sorted(names[zone] for zone in certain.around[row])) for row in rows.tolist()]
        found = table.iloc[rows].reset_index(drop=True)
        found = found.assign(
            zone_id=pd.Series(name_zones(f"VD{ring}", clock, land), dtype="str"),
            containment_ids=pd.Series(ids, dtype="str"),
        )
        tables.append(found.sort_values("zone_id", kind="stable"))
    return stacked(tables)


def _members(layers: list[tuple[Drawn, list[str], Certainty]]) -> pd.DataFrame:
    """Say which place is in which zone."""
    tables = []
    for drawn, names, certainty in layers:
        inside = drawn.zone >= 0
        places = drawn.places[inside]
        zone = np.array(names, dtype=object)[drawn.zone[inside]] if names else np.empty(0, dtype=object)
        tables.append(
            pd.DataFrame(
                {
                    "case_id": places["case_id"].astype("str").array,
                    "role": places["role"].astype("str").array,
                    "zone_id": pd.Series(zone, dtype="str").array,
                    "certainty": pd.Series([str(certainty)] * len(places), dtype="str").array,
                    "count": places["count"].astype("int64").array,
                    CLOCK: places[CLOCK].array,
                }
            )
        )
    return stacked(tables).sort_values(["case_id", "role", "zone_id"], kind="stable").reset_index(drop=True)
