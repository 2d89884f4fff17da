"""Certain zones: the perimeters of cases known to the street, and the rings around them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geozone.rules.zoning_rules import ZoningRules
from geozone.types import Certainty, PerimeterKind
from geozone.zoning.blocks.block_zones import fill_in
from geozone.zoning.blocks.checkpoints import Found, crossing_points
from geozone.zoning.blocks.enforce import Enforced, enforce
from geozone.zoning.blocks.ground import BlockMap
from geozone.zoning.drawn import Drawn, Sheet, stacked
from geozone.zoning.inside import Shares, shares_of
from geozone.zoning.perimeters import Perimeters, certain_perimeters, containment_radii, rings
from geozone.zoning.tables import Clocks, clocks, empty_zones, zone_table

__all__ = ["draw_certain", "plain_perimeters"]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


def draw_certain(
    places: pd.DataFrame, sheet: Sheet, found: BlockMap | None = None
) -> tuple[Drawn, Enforced, IntArray]:
    """Draw the zones of places known to the street, and the rings around them.

    Parameters
    ----------
    places : DataFrame
        As ``select_places`` gives them.
    sheet : Sheet
        What they are drawn on.
    found : BlockMap, optional
        The blocks; those of the communes around the places by default.

    Returns
    -------
    drawn : Drawn
        The zones.
    enforced : Enforced
        How they follow blocks.
    cluster : ndarray of int64
        Plain perimeter of each place: discs linked or touching.
    """
    people, rules = sheet.people, sheet.rules
    enforced, cluster = _perimeters(places, sheet, found)
    perimeters = enforced.perimeters
    times = clocks(places, perimeters.member, len(perimeters.geometry))
    shares = shares_of(perimeters.geometry, people.land)
    times = times._replace(anchor_commune=_nearest_commune(times, shares))
    reasons = _refused(times, shares, rules)
    kept = np.array([reason is None for reason in reasons], dtype=bool)
    place = np.cumsum(kept) - 1
    zone = np.where(kept[perimeters.member], place[perimeters.member], -1) if len(places) else cluster
    shapes = perimeters.geometry[kept]
    own = times.take(kept)
    table = empty_zones()
    if len(shapes):
        table = zone_table(
            shapes,
            own,
            _kept_shares(shares, kept),
            certainty=Certainty.CERTAIN,
            radius_m=np.full(len(shapes), rules.containment_m),
            people=people,
            rules=rules,
        )
    table = fill_in(table, [one for one, stays in zip(enforced.zones, kept, strict=True) if stays])
    posts: list[list[Found] | None] = [None] * len(table)
    if sheet.ground is not None and len(table):
        posts = crossing_points(table, sheet.ground, enforced.found)
        table = table.assign(checkpoints=[np.nan if one is None else float(len(one)) for one in posts])
    around = _rings(places[zone >= 0], Perimeters(shapes, zone[zone >= 0]), own, table, sheet)
    reason = np.array(reasons, dtype=object)[perimeters.member] if len(places) else np.empty(0, dtype=object)
    return Drawn(places, zone, reason, table, own, *around, posts), enforced, cluster


def plain_perimeters(places: pd.DataFrame, rules: ZoningRules) -> tuple[Perimeters, BoolArray]:
    """Draw the plain perimeters of places: discs, dissolved cluster by cluster.

    Parameters
    ----------
    places : DataFrame
        As ``select_places`` gives them.
    rules : ZoningRules
        Distances, holes, the least size of a cluster.

    Returns
    -------
    plain : Perimeters
        One per cluster.
    eligible : ndarray of bool
        Which clusters have cases enough for a zone.
    """
    lon, lat = places["lon"].to_numpy(), places["lat"].to_numpy()
    plain = certain_perimeters(lon, lat, containment_radii(places["uncertainty_m"], rules), rules)
    times = clocks(places, plain.member, len(plain.geometry))
    return plain, times.case_count >= rules.min_cluster_cases


def _perimeters(places: pd.DataFrame, sheet: Sheet, found: BlockMap | None) -> tuple[Enforced, IntArray]:
    """Draw the certain perimeters: discs, and blocks instead of them where they are known."""
    rules = sheet.rules
    plain, eligible = plain_perimeters(places, rules)
    if sheet.ground is None or not len(places):
        return Enforced(plain, [None] * len(plain.geometry), None), plain.member
    enforced = enforce(
        (
            places["lon"].to_numpy(),
            places["lat"].to_numpy(),
            containment_radii(places["uncertainty_m"], rules),
        ),
        plain,
        eligible,
        sheet.ground,
        sheet.people,
        caution=sheet.caution,
        close_holes_km2=rules.close_holes_km2,
        found=found,
    )
    return enforced, plain.member


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


def _kept_shares(shares: Shares, kept: BoolArray) -> Shares:
    """Shares of the perimeters that are kept, numbered anew."""
    mine = kept[shares.zone]
    place = np.cumsum(kept) - 1
    return Shares(place[shares.zone[mine]], shares.commune[mine], shares.share[mine])


def _rings(
    places: pd.DataFrame, perimeters: Perimeters, found: Clocks, table: gpd.GeoDataFrame, sheet: Sheet
) -> tuple[gpd.GeoDataFrame, list[list[int]], Clocks]:
    """Draw the rings, the innermost first, with the zones that each surrounds."""
    rules = sheet.rules
    points = (
        places["lon"].to_numpy(dtype=np.float64),
        places["lat"].to_numpy(dtype=np.float64),
        containment_radii(places["uncertainty_m"], rules),
    )
    in_blocks = (table["perimeter"] == PerimeterKind.BLOCKS).to_numpy(dtype=bool)
    tables = [empty_zones().assign(ring=pd.Series([], dtype="int64"))]
    around: list[list[int]] = []
    inner = 0.0
    for ring, width in enumerate(rules.buffer_widths_m, start=1):
        drawn = rings(points, perimeters, inner, inner + width, in_blocks=in_blocks)
        inner += width
        if len(drawn.geometry) == 0:
            continue
        members = _ring_clocks(found, drawn.members)
        one = zone_table(
            drawn.geometry,
            members,
            shares_of(drawn.geometry, sheet.people.land),
            certainty=Certainty.CERTAIN,
            radius_m=np.full(len(drawn.geometry), rules.containment_m + inner),
            people=sheet.people,
            rules=rules,
        )
        tables.append(one.assign(ring=ring))
        around += drawn.members
    return stacked(tables), around, _ring_clocks(found, around)


def _ring_clocks(found: Clocks, around: list[list[int]]) -> Clocks:
    """Clock of rings: each opens with its first zone and lasts as long as the last; it counts no case."""
    first = np.array(
        [min(zones, key=lambda i: (found.opened_on[i], str(found.anchor[i]))) for zones in around],
        dtype=np.int64,
    )
    last = [found.last_case_on[zones].max() for zones in around]
    nobody = np.zeros(len(around), dtype=np.int64)
    return Clocks(
        found.opened_on[first],
        np.array(last, dtype=found.last_case_on.dtype),
        nobody,
        nobody,
        found.anchor[first],
        found.anchor_commune[first],
    )
