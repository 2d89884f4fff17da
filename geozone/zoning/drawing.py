"""Zones of a day: the one composition of selection, perimeters, rings, clocks and contents."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field, replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geozone.rules.zoning_rules import ZoningRules
from geozone.types import Certainty, PerimeterKind
from geozone.zoning.blocks.block_zones import fill_in
from geozone.zoning.blocks.checkpoints import checkpoints, no_checkpoints
from geozone.zoning.blocks.enforce import CAUTION, Enforced, enforce
from geozone.zoning.blocks.ground import Ground
from geozone.zoning.identity import ZoneTrace, inherit
from geozone.zoning.inside import Shares, resident_counts, shares_of
from geozone.zoning.land import HasCommunes, Land
from geozone.zoning.perimeters import (
    Perimeters,
    certain_perimeters,
    containment_radii,
    possible_perimeters,
    rings,
)
from geozone.zoning.selection import CLOCK, select_places
from geozone.zoning.tables import Clocks, clocks, empty_zones, name_zones, zone_table

__all__ = ["ZoneSet", "zones"]

IntArray = npt.NDArray[np.int64]


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


@dataclass(frozen=True, slots=True)
class _Layer:
    """One kind of containment zone, before and after it got names."""

    table: gpd.GeoDataFrame
    membership: pd.DataFrame
    perimeters: Perimeters
    names: list[str]
    found: Clocks


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
        Blocks and roads: certain zones are then made of blocks where these are, and get checkpoints.
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
    counts = resident_counts(population, land)
    enforced = _perimeters(places.certain, land, rules, counts, ground=ground, caution=caution)
    certain, lone = _certain(places.certain, enforced, land, rules, counts)
    possible = _possible(places.possible, land, rules, counts)
    buffer = _buffers(places.certain, certain, land, rules, counts)
    undrawn = [table for table in (places.undrawn, lone) if len(table)]
    drawn = ZoneSet(
        as_of,
        rules,
        _stack([certain.table, possible.table]),
        buffer,
        _members([certain.membership, possible.membership]),
        pd.concat(undrawn, ignore_index=True) if undrawn else places.undrawn,
    )
    drawn = drawn if previous is None else inherit(previous, drawn)
    return drawn if ground is None else _guarded(drawn, ground, enforced)


def _perimeters(
    places: pd.DataFrame,
    land: Land,
    rules: ZoningRules,
    counts: npt.NDArray[np.float64] | None,
    *,
    ground: Ground | None,
    caution: float,
) -> Enforced:
    """Draw the certain perimeters: discs, and blocks instead of them where they are known."""
    lon, lat = places["lon"].to_numpy(), places["lat"].to_numpy()
    radius = containment_radii(places["uncertainty_m"], rules)
    plain = certain_perimeters(lon, lat, radius, rules)
    if ground is None:
        return Enforced(plain, [None] * len(plain.geometry), None)
    found = clocks(places, plain.member, len(plain.geometry))
    return enforce(
        (lon, lat, radius),
        plain,
        found.case_count >= rules.min_cluster_cases,
        ground,
        land,
        counts=counts,
        caution=caution,
        close_holes_km2=rules.close_holes_km2,
    )


def _guarded(drawn: ZoneSet, ground: Ground, enforced: Enforced) -> ZoneSet:
    """Add the checkpoints, and how many each certain zone needs."""
    if not ground.knows_roads:
        return drawn
    table = drawn.containment.copy()
    certain = (table["certainty"] == Certainty.CERTAIN).to_numpy(dtype=bool)
    points = checkpoints(table[certain], ground, enforced.found)
    counted = points["zone_id"].value_counts()
    known = certain & ground.knows_roads_in(table.geometry.to_numpy())
    table.loc[known, "checkpoints"] = [float(counted.get(name, 0)) for name in table.loc[known, "zone_id"]]
    return replace(drawn, containment=table, checkpoints=points)


def _certain(
    places: pd.DataFrame,
    enforced: Enforced,
    land: Land,
    rules: ZoningRules,
    counts: npt.NDArray[np.float64] | None,
) -> tuple[_Layer, pd.DataFrame]:
    perimeters = enforced.perimeters
    found = clocks(places, perimeters.member, len(perimeters.geometry))
    shares = shares_of(perimeters.geometry, land)
    found = found._replace(anchor_commune=_nearest_commune(found, shares))
    names = name_zones("KV", found, land)
    table = empty_zones()
    if names:
        table = zone_table(
            names,
            perimeters.geometry,
            found,
            shares,
            certainty=Certainty.CERTAIN,
            radius_m=np.full(len(names), rules.containment_m),
            land=land,
            rules=rules,
            counts=counts,
        )
    held = {name: zone for name, zone in zip(names, enforced.zones, strict=True) if zone is not None}
    table = fill_in(table, held)
    reasons = _refused(found, shares, rules)
    kept = np.array([reason is None for reason in reasons], dtype=bool)
    membership = _membership(places, perimeters.member, names, Certainty.CERTAIN)
    inside = kept[perimeters.member]
    why = np.array(reasons, dtype=object)[perimeters.member[~inside]]
    lone = places.loc[~inside, ["case_id", "role", "count", CLOCK]].assign(
        reason=pd.Series(why, dtype="str").array
    )
    named = {name for name, keep in zip(names, kept, strict=True) if keep}
    layer = _Layer(
        table.loc[table["zone_id"].isin(named).to_numpy(dtype=bool)].reset_index(drop=True),
        membership.loc[inside].reset_index(drop=True),
        perimeters,
        [name if name in named else "" for name in names],
        found,
    )
    return layer, lone


def _nearest_commune(found: Clocks, shares: Shares) -> IntArray:
    """Commune to name a zone after: where its oldest case is, or the one most inside if at sea."""
    commune = found.anchor_commune.copy()
    for zone in np.flatnonzero(commune < 0):
        rows, share = shares.of(int(zone))
        if len(rows):
            commune[zone] = rows[np.argmax(share)]
    return commune


def _refused(found: Clocks, shares: Shares, rules: ZoningRules) -> list[str | None]:
    """Say why a cluster gets no zone; None for one that does."""
    touched = np.zeros(len(found.case_count), dtype=bool)
    touched[shares.zone] = True
    reasons: list[str | None] = []
    for count, on_land in zip(found.case_count.tolist(), touched.tolist(), strict=True):
        if not on_land:
            reasons.append("outside every commune")
        elif count < rules.min_cluster_cases:
            reasons.append(f"a cluster of {count}: the rule set asks for {rules.min_cluster_cases}")
        else:
            reasons.append(None)
    return reasons


def _possible(
    places: pd.DataFrame, land: Land, rules: ZoningRules, counts: npt.NDArray[np.float64] | None
) -> _Layer:
    perimeters, commune = possible_perimeters(places, land, rules)
    found = clocks(places, perimeters.member, len(commune))
    names = name_zones("NV", found, land)
    whole = np.array(
        [shape is land.geometries[i] for shape, i in zip(perimeters.geometry, commune, strict=True)],
        dtype=bool,
    )
    table = empty_zones()
    if names:
        shares = _own_shares(perimeters, commune, whole, land)
        table = zone_table(
            names,
            perimeters.geometry,
            found,
            shares,
            certainty=Certainty.POSSIBLE,
            radius_m=np.where(whole, np.nan, rules.containment_m),
            land=land,
            rules=rules,
            counts=counts,
            areas=land.areas_km2(commune) * shares.share,
        )
    membership = _membership(places, perimeters.member, names, Certainty.POSSIBLE)
    return _Layer(table, membership, perimeters, names, found)


def _own_shares(
    perimeters: Perimeters, commune: IntArray, whole: npt.NDArray[np.bool_], land: Land
) -> Shares:
    """Shares of possible zones: each lies in its own commune only."""
    share = np.ones(len(commune))
    partial = np.flatnonzero(~whole)
    if len(partial):
        measured = shares_of(perimeters.geometry[partial], land)
        own = measured.commune == commune[partial][measured.zone]
        share[partial[measured.zone[own]]] = measured.share[own]
    return Shares(np.arange(len(commune)), commune, share)


def _buffers(
    places: pd.DataFrame,
    certain: _Layer,
    land: Land,
    rules: ZoningRules,
    counts: npt.NDArray[np.float64] | None,
) -> gpd.GeoDataFrame:
    kept = np.array([bool(name) for name in certain.names], dtype=bool)
    inside = kept[certain.perimeters.member]
    position = np.cumsum(kept) - 1
    perimeters = Perimeters(certain.perimeters.geometry[kept], position[certain.perimeters.member[inside]])
    names = [name for name in certain.names if name]
    found = Clocks(*(part[kept] for part in certain.found))
    used = places.loc[inside]
    points = (
        used["lon"].to_numpy(dtype=np.float64),
        used["lat"].to_numpy(dtype=np.float64),
        containment_radii(used["uncertainty_m"], rules),
    )
    tables = []
    inner = 0.0
    made = set(certain.table.loc[certain.table["perimeter"] == PerimeterKind.BLOCKS, "zone_id"])
    in_blocks = np.array([name in made for name in names], dtype=bool)
    for ring, width in enumerate(rules.buffer_widths_m, start=1):
        drawn = rings(points, perimeters, inner, inner + width, in_blocks=in_blocks)
        inner += width
        if len(drawn.geometry) == 0:
            continue
        around = [_around(found, members) for members in drawn.members]
        clock = Clocks(*(np.concatenate(parts) for parts in zip(*around, strict=True)))
        table = zone_table(
            name_zones(f"VD{ring}", clock, land),
            drawn.geometry,
            clock,
            shares_of(drawn.geometry, land),
            certainty=Certainty.CERTAIN,
            radius_m=np.full(len(around), rules.containment_m + inner),
            land=land,
            rules=rules,
            counts=counts,
        )
        ids = {
            name: json.dumps(sorted(names[i] for i in members))
            for name, members in zip(name_zones(f"VD{ring}", clock, land), drawn.members, strict=True)
        }
        tables.append(table.assign(ring=ring, containment_ids=table["zone_id"].map(ids).astype("str")))
    empty = empty_zones().assign(
        ring=pd.Series([], dtype="int64"), containment_ids=pd.Series([], dtype="str")
    )
    return _stack(tables) if tables else empty


def _around(found: Clocks, members: list[int]) -> Clocks:
    """Clock of a ring: opens with the first and lasts as long as the last of its zones; counts no case."""
    first = min(members, key=lambda i: (found.opened_on[i], str(found.anchor[i])))
    return Clocks(
        found.opened_on[first : first + 1],
        found.last_case_on[members].max(keepdims=True),
        np.zeros(1, dtype=np.int64),
        np.zeros(1, dtype=np.int64),
        found.anchor[first : first + 1],
        found.anchor_commune[first : first + 1],
    )


def _membership(
    places: pd.DataFrame, member: IntArray, names: list[str], certainty: Certainty
) -> pd.DataFrame:
    zone = np.array(names, dtype=object)[member] if len(names) else np.empty(0, dtype=object)
    return pd.DataFrame(
        {
            "case_id": places["case_id"].astype("str"),
            "role": places["role"].astype("str"),
            "zone_id": pd.Series(zone, index=places.index, dtype="str"),
            "certainty": pd.Series([str(certainty)] * len(places), index=places.index, dtype="str"),
            "count": places["count"].astype("int64"),
            CLOCK: places[CLOCK],
        }
    )


def _members(tables: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [table for table in tables if len(table)] or tables[:1]
    joined = pd.concat(filled, ignore_index=True)
    return joined.sort_values(["case_id", "role", "zone_id"], kind="stable").reset_index(drop=True)


def _stack(tables: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    filled = [table for table in tables if len(table)] or tables[:1]
    joined = pd.concat(filled, ignore_index=True) if len(filled) > 1 else filled[0]
    return gpd.GeoDataFrame(joined, geometry="geometry", crs="EPSG:4326")
