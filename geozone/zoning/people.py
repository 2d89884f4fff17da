"""Who lives inside a perimeter: points with residents where they are known, else shares of communes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geozone.zoning.inside import Shares, resident_counts, residents
from geozone.zoning.land import Land

__all__ = ["Inside", "People", "PeoplePoints"]

GeometryArray = npt.NDArray[np.object_]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_BY_POINTS = "points added up"


class Inside(NamedTuple):
    """Who lives in one perimeter."""

    residents: float
    """People, whole; nan where unknown."""
    method: str
    """How they were estimated, and what is missing."""
    households: float
    """nan unless points tell them for every commune of the perimeter."""


class PeoplePoints:
    """Cells of a population grid, or houses, with the people who live there. Private: they are homes.

    Parameters
    ----------
    table : DataFrame
        ``lon, lat, residents`` and, if known, ``households``; a missing number is unknown.

    Attributes
    ----------
    table : DataFrame
        The same.
    residents, households : ndarray of float64
        By point; households are nan where the table tells none.
    at : tuple of ndarray of float64
        Longitude and latitude by point, degrees.
    """

    def __init__(self, table: pd.DataFrame) -> None:
        self.table = table.reset_index(drop=True)
        self.residents = self._numbers("residents")
        self.households = self._numbers("households")
        self.at = self._numbers("lon"), self._numbers("lat")
        self._tree: shapely.STRtree | None = None
        self._located: tuple[Land, IntArray] | None = None

    @classmethod
    def of(cls, homes: gpd.GeoDataFrame) -> PeoplePoints:
        """Take points of the `geozone.schema.PEOPLE` contract.

        Parameters
        ----------
        homes : GeoDataFrame
            With point geometry.

        Returns
        -------
        PeoplePoints
            The same.
        """
        at = shapely.get_coordinates(homes.geometry.to_numpy())
        columns = homes[["residents", "households"]].reset_index(drop=True)
        return cls(columns.assign(lon=at[:, 0], lat=at[:, 1]))

    def __len__(self) -> int:
        return len(self.table)

    def communes(self, land: Land) -> IntArray:
        """Find the commune of each point.

        Parameters
        ----------
        land : Land
            The communes; the same ones are asked once.

        Returns
        -------
        ndarray of int64
            Row of the commune; -1 for none.
        """
        if self._located is None or self._located[0] is not land:
            self._located = (land, land.index.locate(*self.at))
        return self._located[1]

    def within(self, shapes: GeometryArray) -> tuple[IntArray, IntArray]:
        """Find the points in shapes; a point on an edge is inside.

        Parameters
        ----------
        shapes : ndarray of geometry
            Perimeters, degrees.

        Returns
        -------
        shape, point : ndarray of int64
            One entry per pair, by shape, then by point.
        """
        if self._tree is None:
            self._tree = shapely.STRtree(np.asarray(shapely.points(np.column_stack(self.at)), dtype=object))
        shape, point = self._tree.query(shapes, predicate="intersects").astype(np.int64)
        order = np.lexsort((point, shape))
        return shape[order], point[order]

    def _numbers(self, name: str) -> FloatArray:
        if name not in self.table.columns:
            return np.full(len(self.table), np.nan)
        return np.asarray(pd.to_numeric(self.table[name]).astype("float64"), dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """What is known of where people live.

    Attributes
    ----------
    land : Land
        The communes.
    counts : ndarray of float64 or None
        Residents of every commune by row of ``land``, nan where unknown; None if no table was given.
    points : PeoplePoints or None
        Points with residents; a commune with any is counted by them, the others by area.
    """

    land: Land
    counts: FloatArray | None = None
    points: PeoplePoints | None = None

    @classmethod
    def of(cls, population: pd.DataFrame | None, land: Land, points: PeoplePoints | None = None) -> People:
        """Take a population table and points.

        Parameters
        ----------
        population : DataFrame or None
            The population contract.
        land : Land
            The communes.
        points : PeoplePoints, optional
            Points with residents.

        Returns
        -------
        People
            Both.
        """
        return cls(
            land, resident_counts(population, land), points if points is not None and len(points) else None
        )

    def inside(self, shapes: GeometryArray, shares: Shares) -> list[Inside]:
        """Estimate who lives in perimeters.

        Parameters
        ----------
        shapes : ndarray of geometry
            Perimeters, degrees.
        shares : Shares
            Communes in each.

        Returns
        -------
        list of Inside
            One per perimeter, in order.
        """
        parts = [shares.of(i) for i in range(len(shapes))]
        if self.points is None:
            return [Inside(*residents(self.counts, *part), float("nan")) for part in parts]
        covered = np.zeros(len(self.land), dtype=bool)
        commune = self.points.communes(self.land)
        covered[commune[commune >= 0]] = True
        shape, point = self.points.within(shapes)
        starts = np.searchsorted(shape, np.arange(len(shapes) + 1))
        return [self._mixed(part, covered, point[starts[i] : starts[i + 1]]) for i, part in enumerate(parts)]

    def _mixed(
        self, part: tuple[IntArray, FloatArray], covered: npt.NDArray[np.bool_], point: IntArray
    ) -> Inside:
        """Points of the communes that have any, areal shares of the others."""
        commune, share = part
        by_points = covered[commune]
        if self.points is None or not by_points.any():
            return Inside(*residents(self.counts, commune, share), float("nan"))
        people = float(np.nansum(self.points.residents[point]))
        households = self.points.households[point]
        known = by_points.all() and bool(np.isfinite(self.points.households).any())
        told = float(np.nansum(households)) if known else float("nan")
        rest = int((~by_points).sum())
        if not rest:
            return Inside(float(np.round(people)), _BY_POINTS, told)
        others, _ = residents(self.counts, commune[~by_points], share[~by_points])
        unknown = rest if self.counts is None else int(np.isnan(self.counts[commune[~by_points]]).sum())
        method = _BY_POINTS
        if unknown < rest:
            method += f"; areal interpolation in {rest - unknown} of {len(commune)} communes"
        if unknown:
            method += f"; population unknown in {unknown} of {len(commune)} communes"
        return Inside(float(np.round(np.nansum([people, others]))), method, told)
