"""The zones of a day, edited case by case: only what the cases of an edit touch is drawn again."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Collection
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geozone.rules.zoning_rules import ZoningRules
from geozone.zoning.blocks import CAUTION, Ground
from geozone.zoning.blocks.enforce import communes_around
from geozone.zoning.blocks.ground import BlockMap
from geozone.zoning.certain import draw_certain, plain_perimeters
from geozone.zoning.drawing import ZoneSet, named
from geozone.zoning.drawn import Drawn, Sheet, stacked
from geozone.zoning.identity import ZoneTrace
from geozone.zoning.land import HasCommunes, Land
from geozone.zoning.people import People
from geozone.zoning.pieces import BlockLinks, Pieces, Weighed, pieces_of, reach_of
from geozone.zoning.possible import draw_possible
from geozone.zoning.selection import select_places

__all__ = ["LiveZones"]

GeometryArray = npt.NDArray[np.object_]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


class _Certain(NamedTuple):
    """The certain zones, and which of them depend on one another."""

    drawn: Drawn
    pieces: Pieces
    around: tuple[IntArray, IntArray]
    """Pairs of piece and commune whose blocks its zones may be made of."""


class LiveZones:
    """The zones of a day, edited case by case.

    Safe to share between threads: each call holds a lock.

    Parameters
    ----------
    cases, units, rules, as_of, population, previous, ground, caution
        As ``zones`` takes them.

    Raises
    ------
    DataError
        If a column of the cases is missing.
    ValueError
        If caution is no number from 0 to 1.

    Notes
    -----
    ``zones()`` equals ``geozone.zoning.zones`` of the cases as they are now: certain and possible zones,
    rings, holes, blocks, checkpoints, names. The pieces that an edit touches are drawn by the same
    functions; a piece is what depends on one another (`geozone.zoning.pieces`). A case in a commune whose
    blocks were not needed so far has all zones drawn again, for the blocks of the day are one map.
    """

    def __init__(
        self,
        cases: pd.DataFrame,
        units: Land | HasCommunes | gpd.GeoDataFrame,
        rules: ZoningRules,
        *,
        as_of: dt.date,
        population: pd.DataFrame | None = None,
        previous: ZoneSet | ZoneTrace | None = None,
        ground: Ground | None = None,
        caution: float = CAUTION,
    ) -> None:
        self._lock = threading.RLock()
        land = Land.of(units)
        people = People.of(population, land, None if ground is None else ground.points)
        self._sheet = Sheet(people, rules, ground, caution)
        self._as_of, self._previous = as_of, previous
        places = select_places(cases, land, rules, as_of)
        self._undrawn = places.undrawn
        self._possible = draw_possible(places.possible, self._sheet)
        self._found: BlockMap | None = None
        self._links: BlockLinks | None = None
        self._mapped = np.empty(0, dtype=np.int64)
        self.redrawn = 0
        """Certain places drawn so far, each as often as it was drawn."""
        self._certain = self._drawn_anew(places.certain)
        self._tree: shapely.STRtree | None = None
        self._zones: ZoneSet | None = None

    def edit(self, gone: Collection[str], came: pd.DataFrame) -> None:
        """Take cases away and add others.

        Parameters
        ----------
        gone : collection of str
            Cases that leave, with all their places; unknown ones do nothing. A case that is corrected
            both leaves and comes.
        came : DataFrame
            Rows of the cases that come, as ``zones`` takes them.

        Raises
        ------
        DataError
            If a column is missing; nothing is changed then.
        """
        names = {str(one) for one in gone}
        with self._lock:
            land, rules = self._sheet.people.land, self._sheet.rules
            places = select_places(came, land, rules, self._as_of)
            stays = ~self._undrawn["case_id"].isin(list(names)).to_numpy(dtype=bool)
            certain = self._certain_after(names, places.certain)
            self._possible = self._possible_after(names, places.possible)
            self._undrawn = stacked([self._undrawn[stays], places.undrawn])
            self._certain = certain
            self._tree = self._zones = None

    def zones(self) -> ZoneSet:
        """Give the zones as they are now.

        Returns
        -------
        ZoneSet
            As ``geozone.zoning.zones`` draws them.
        """
        with self._lock:
            if self._zones is None:
                self._zones = named(
                    self._certain.drawn,
                    self._possible,
                    self._undrawn,
                    self._sheet,
                    as_of=self._as_of,
                    previous=self._previous,
                )
            return self._zones

    def _possible_after(self, gone: set[str], came: pd.DataFrame) -> Drawn:
        """Draw the possible zones of the communes touched again: they do not depend on others."""
        places = self._possible.places
        leaving = places["case_id"].isin(list(gone)).to_numpy(dtype=bool)
        communes = set(places.loc[leaving, "commune"]) | set(came["commune"])
        touched = places["commune"].isin(list(communes)).to_numpy(dtype=bool)
        fresh = stacked([places[touched & ~leaving], came])
        kept = self._possible.without(touched)
        return kept.and_also(draw_possible(fresh, self._sheet)) if len(fresh) else kept

    def _certain_after(self, gone: set[str], came: pd.DataFrame) -> _Certain:
        """Draw the pieces touched again, and those that they touch then."""
        drawn, pieces, around = self._certain
        leaving = drawn.places["case_id"].isin(list(gone)).to_numpy(dtype=bool)
        touched = set(pieces.piece[leaving].tolist())
        if len(came):
            touched |= self._reached(reach_of(came, self._sheet.rules).geometry)
        while True:
            mine = np.isin(pieces.piece, list(touched))
            seeds = stacked([drawn.places[mine & ~leaving], came])
            others = ~np.isin(around[0], list(touched))
            if not self._is_map_of(np.concatenate([around[1][others], self._communes(seeds)[1]])):
                return self._drawn_anew(stacked([drawn.places[~leaving], came]))
            fresh = self._drawn(seeds)
            more = self._reached(fresh.pieces.shape) | self._weighed(fresh.pieces)
            if more <= touched:
                break
            touched |= more
        return _joined(self._certain, touched, mine, fresh)

    def _drawn_anew(self, places: pd.DataFrame) -> _Certain:
        self._mapped = np.unique(self._communes(places)[1])
        if self._sheet.ground is not None:
            self._found = self._sheet.ground.map_of(self._sheet.people, self._mapped)
            self._links = None if self._found is None else BlockLinks(self._found)
        return self._drawn(places)

    def _drawn(self, places: pd.DataFrame) -> _Certain:
        """Draw places by themselves, and divide them into pieces."""
        self.redrawn += len(places)
        drawn, enforced, cluster = draw_certain(places, self._sheet, self._found)
        nothing = np.empty(0, dtype=np.int64)
        if not len(places):
            shapes = np.empty(0, dtype=object)
            unweighed = Weighed(nothing, np.empty(0, dtype=bool))
            return _Certain(drawn, Pieces(nothing, shapes, nothing, unweighed, nothing), (nothing, nothing))
        pieces = pieces_of(places, enforced, cluster, self._sheet.rules, self._links)
        owner = np.full(int(cluster.max()) + 1, -1, dtype=np.int64)
        owner[cluster] = pieces.piece
        clusters, communes = self._communes(places)
        return _Certain(drawn, pieces, (owner[clusters], communes))

    def _communes(self, places: pd.DataFrame) -> tuple[IntArray, IntArray]:
        """Pairs of cluster and commune whose blocks its zone may be made of."""
        nothing = np.empty(0, dtype=np.int64)
        if self._sheet.ground is None or not len(places):
            return nothing, nothing
        plain, eligible = plain_perimeters(places, self._sheet.rules)
        shape, commune = communes_around(plain.geometry[eligible], self._sheet.people.land)
        return np.flatnonzero(eligible)[shape], commune

    def _is_map_of(self, communes: IntArray) -> bool:
        """Tell whether the blocks at hand are those of some communes."""
        wanted = np.unique(communes)
        if self._sheet.ground is None or np.array_equal(wanted, self._mapped):
            return True
        return self._sheet.ground.map_of(self._sheet.people, wanted) is self._found

    def _reached(self, shapes: GeometryArray) -> set[int]:
        """Pieces whose shapes touch some."""
        pieces = self._certain.pieces
        if self._tree is None:
            self._tree = shapely.STRtree(pieces.shape)
        return set(pieces.shape_piece[self._tree.query(shapes, predicate="intersects")[1]].tolist())

    def _weighed(self, fresh: Pieces) -> set[int]:
        """Pieces whose blocks depend on those of others."""
        pieces = self._certain.pieces
        if self._links is None or not len(fresh.weighed.block):
            return set()
        return set(pieces.block_piece[self._links.beside(fresh.weighed, pieces.weighed)].tolist())


def _joined(before: _Certain, touched: set[int], mine: BoolArray, fresh: _Certain) -> _Certain:
    """Put pieces drawn again in the place of those that they were."""
    drawn, pieces, around = before
    first = int(pieces.piece.max(initial=-1)) + 1
    gone = list(touched)
    shapes, blocks = ~np.isin(pieces.shape_piece, gone), ~np.isin(pieces.block_piece, gone)
    others = ~np.isin(around[0], gone)
    new = fresh.pieces
    return _Certain(
        drawn.without(mine).and_also(fresh.drawn),
        Pieces(
            np.concatenate([pieces.piece[~mine], new.piece + first]),
            np.concatenate([pieces.shape[shapes], new.shape]),
            np.concatenate([pieces.shape_piece[shapes], new.shape_piece + first]),
            Weighed(
                np.concatenate([pieces.weighed.block[blocks], new.weighed.block]),
                np.concatenate([pieces.weighed.inside[blocks], new.weighed.inside]),
            ),
            np.concatenate([pieces.block_piece[blocks], new.block_piece + first]),
        ),
        (
            np.concatenate([around[0][others], fresh.around[0] + first]),
            np.concatenate([around[1][others], fresh.around[1]]),
        ),
    )
