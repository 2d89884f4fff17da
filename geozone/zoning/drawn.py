"""Zones of some cases before they have names: drawn in pieces, taken apart and put together again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geozone.rules.zoning_rules import ZoningRules
from geozone.zoning.blocks.checkpoints import Found
from geozone.zoning.blocks.ground import Ground
from geozone.zoning.people import People
from geozone.zoning.selection import CLOCK
from geozone.zoning.tables import Clocks

__all__ = ["Drawn", "Sheet", "stacked", "undrawn_places"]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """What zones are drawn on.

    Attributes
    ----------
    people : People
        Where people live, and the communes.
    rules : ZoningRules
        Distances, holes, clocks.
    ground : Ground or None
        Blocks and roads.
    caution : float
        How far a zone of blocks goes for people who are exposed but no case.
    """

    people: People
    rules: ZoningRules
    ground: Ground | None
    caution: float


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Zones of one certainty, without names, and the places that they rest on. Private.

    Attributes
    ----------
    places : DataFrame
        The active places.
    zone : ndarray of int64
        Row in ``table`` of the zone of each place; -1 where there is none.
    reason : ndarray of object
        Why there is none; None where there is one.
    table : GeoDataFrame
        The zones contract, without identifiers.
    clocks : Clocks
        Clock of each zone.
    rings : GeoDataFrame
        The rings around the zones, without identifiers, and ``ring``.
    around : list of list of int
        Zones that each ring surrounds.
    ring_clocks : Clocks
        Clock of each ring.
    posts : list
        Checkpoints of each zone; None where no road is known.
    """

    places: pd.DataFrame
    zone: IntArray
    reason: npt.NDArray[np.object_]
    table: gpd.GeoDataFrame
    clocks: Clocks
    rings: gpd.GeoDataFrame
    around: list[list[int]]
    ring_clocks: Clocks
    posts: list[list[Found] | None]

    def without(self, leaving: BoolArray) -> Drawn:
        """Take places away, with their zones and the rings around these.

        Parameters
        ----------
        leaving : ndarray of bool
            Which places go. All places of a zone go together, and so do all zones that a ring surrounds.

        Returns
        -------
        Drawn
            The others, in order.
        """
        kept = np.ones(len(self.table), dtype=bool)
        kept[self.zone[leaving & (self.zone >= 0)]] = False
        place = np.append(np.cumsum(kept) - 1, -1)
        ring = np.array([bool(kept[zones[0]]) for zones in self.around], dtype=bool)
        return Drawn(
            self.places[~leaving].reset_index(drop=True),
            place[self.zone[~leaving]],
            self.reason[~leaving],
            self.table[kept].reset_index(drop=True),
            self.clocks.take(kept),
            self.rings[ring].reset_index(drop=True),
            [
                [int(place[one]) for one in zones]
                for zones, stays in zip(self.around, ring, strict=True)
                if stays
            ],
            self.ring_clocks.take(ring),
            [posts for posts, stays in zip(self.posts, kept, strict=True) if stays],
        )

    def and_also(self, other: Drawn) -> Drawn:
        """Put the zones of other places behind these.

        Parameters
        ----------
        other : Drawn
            Zones that have nothing to do with these.

        Returns
        -------
        Drawn
            Both.
        """
        count = len(self.table)
        return Drawn(
            stacked([self.places, other.places]),
            np.concatenate([self.zone, np.where(other.zone >= 0, other.zone + count, -1)]),
            np.concatenate([self.reason, other.reason]),
            stacked([self.table, other.table]),
            _joined(self.clocks, other.clocks),
            stacked([self.rings, other.rings]),
            [*self.around, *([one + count for one in zones] for zones in other.around)],
            _joined(self.ring_clocks, other.ring_clocks),
            [*self.posts, *other.posts],
        )


def stacked(tables: list[Any]) -> Any:
    """Put tables of the same columns below one another.

    Parameters
    ----------
    tables : list of DataFrame
        At least one.

    Returns
    -------
    DataFrame
        The rows of all, numbered anew; geometry if they have it.
    """
    filled = [table for table in tables if len(table)] or tables[:1]
    joined = pd.concat(filled, ignore_index=True) if len(filled) > 1 else filled[0].reset_index(drop=True)
    if isinstance(tables[0], gpd.GeoDataFrame):
        return gpd.GeoDataFrame(joined, geometry="geometry", crs="EPSG:4326")
    return joined


def _joined(one: Clocks, other: Clocks) -> Clocks:
    return Clocks(
        np.concatenate([one.opened_on, other.opened_on]),
        np.concatenate([one.last_case_on, other.last_case_on]),
        np.concatenate([one.case_count, other.case_count]),
        np.concatenate([one.tied_count, other.tied_count]),
        np.concatenate([one.anchor, other.anchor]),
        np.concatenate([one.anchor_commune, other.anchor_commune]),
    )


def undrawn_places(drawn: Drawn) -> pd.DataFrame:
    """List the places without a zone, and why.

    Parameters
    ----------
    drawn : Drawn
        The zones.

    Returns
    -------
    DataFrame
        ``case_id, role, count, clock_day, reason``.
    """
    alone = drawn.zone < 0
    reasons = pd.Series(drawn.reason[alone], dtype="str")
    table = drawn.places.loc[alone, ["case_id", "role", "count", CLOCK]].reset_index(drop=True)
    return table.assign(reason=reasons)
