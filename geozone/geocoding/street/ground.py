"""Which communes a point, a disc or a line lies in, and how sure the outlines let us be."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geozone.geodesy import LocalFrame, degrees_per_metre
from geozone.index import UnitIndex
from geozone.types import BoundaryQuality

__all__ = ["Ground"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_APPROXIMATE_M: Final = 500.0
"""How far an approximate outline errs: 94 of 100 points of a ward lie within it of their ward's outline."""
_IMPORTED_M: Final = 60.0
"""How far streets and outlines of different sources disagree."""
_MOST_BOXES: Final = 20_000
_RINGS: Final = ((0.0, 3), (0.33, 6), (0.66, 6), (1.0, 6))
"""Radius and number of the points that stand for a disc: denser towards the middle."""


def _disc() -> FloatArray:
    points = [
        (radius * np.cos(2 * np.pi * k / count), radius * np.sin(2 * np.pi * k / count))
        for radius, count in _RINGS
        for k in range(count)
    ]
    return np.asarray(points, dtype=np.float64)


_DISC: Final = _disc()


class Ground:
    """Communes of the current edition, by where things lie.

    Parameters
    ----------
    communes : GeoDataFrame
        `UNITS` with ``geometry``, EPSG:4326.
    index : UnitIndex
        Over the same, in the same order.
    """

    def __init__(self, communes: pd.DataFrame, index: UnitIndex) -> None:
        self._index = index
        self._geometry = index.geometries
        self.province = pd.factorize(communes["province_code"])[0].astype(np.int64)
        self.codes: tuple[str, ...] = tuple(communes["code"])
        approximate = np.ones(len(communes), dtype=bool)
        if "boundary_quality" in communes.columns:
            approximate = communes["boundary_quality"].to_numpy() == str(BoundaryQuality.APPROXIMATE)
        self._boxes: dict[frozenset[int], tuple[float, float, float, float]] = {}
        self._error_m = np.where(approximate, _APPROXIMATE_M, _IMPORTED_M)

    def locate(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> IntArray:
        """Find the commune of each point; -1 for none."""
        return self._index.locate(lon, lat)

    def error_m(self, communes: npt.ArrayLike) -> float:
        """Tell how far the outlines of some communes err at most, metres."""
        chosen = np.asarray(communes, dtype=np.int64)
        return float(self._error_m[chosen].max()) if len(chosen) else _APPROXIMATE_M

    def box(self, communes: frozenset[int]) -> tuple[float, float, float, float]:
        """Give the box around some communes, grown by how far their outlines err: west, south, east, north.

        Parameters
        ----------
        communes : frozenset of int
            Positions; at least one.

        Returns
        -------
        tuple of float
            Degrees.
        """
        known = self._boxes.get(communes)
        if known is None:
            if len(self._boxes) > _MOST_BOXES:
                self._boxes.clear()
            chosen = np.fromiter(communes, dtype=np.int64)
            bounds = shapely.bounds(self._geometry[chosen])
            west, south = np.nanmin(bounds[:, :2], axis=0)
            east, north = np.nanmax(bounds[:, 2:], axis=0)
            dlon, dlat = degrees_per_metre(float(north))
            grown = self.error_m(chosen) * np.array([-dlon, -dlat, dlon, dlat])
            west, south, east, north = (np.array([west, south, east, north]) + grown).tolist()
            known = self._boxes[communes] = (west, south, east, north)
        return known

    def within(self, lon: FloatArray, lat: FloatArray, communes: frozenset[int]) -> npt.NDArray[np.bool_]:
        """Tell which points lie in some communes, or as near to them as the outlines err.

        Parameters
        ----------
        lon, lat : ndarray
            Points, degrees.
        communes : frozenset of int
            Positions.

        Returns
        -------
        ndarray of bool
            In the order of the points.
        """
        chosen = np.fromiter(communes, dtype=np.int64)
        inside = np.isin(self.locate(lon, lat), chosen)
        if inside.all() or not len(chosen):
            return inside
        outside = np.flatnonzero(~inside)
        reach = self.error_m(chosen) * degrees_per_metre(float(lat[outside[0]]))[1]
        near = self._box(lon[outside], lat[outside], float(reach))
        chosen = np.intersect1d(chosen, near)
        if len(chosen):
            points = shapely.points(lon[outside], lat[outside])
            for geometry in self._geometry[chosen]:
                inside[outside] |= shapely.dwithin(points, geometry, float(reach))
        return inside

    def _box(self, lon: FloatArray, lat: FloatArray, reach: float) -> IntArray:
        """Communes that touch the box around some points."""
        box = shapely.box(lon.min() - reach, lat.min() - reach, lon.max() + reach, lat.max() + reach)
        return self._index.intersecting(box)

    def shares_of_disc(self, lon: float, lat: float, radius_m: float) -> dict[int, float]:
        """Tell which communes a disc lies in, grown by how far the outlines err.

        Parameters
        ----------
        lon, lat : float
            Its middle, degrees.
        radius_m : float
            Its radius.

        Returns
        -------
        dict of int to float
            Commune to the share of the disc on land; empty at sea or abroad.
        """
        here = self.locate(lon, lat)
        error = self.error_m(here[here >= 0])
        radius = float(np.hypot(radius_m, error))
        x, y = LocalFrame(lon, lat).to_degrees(_DISC[:, 0] * radius, _DISC[:, 1] * radius)
        return self.shares_of_points(x, y)

    def shares_of_points(self, lon: FloatArray, lat: FloatArray) -> dict[int, float]:
        """Tell which communes some points lie in, with their shares."""
        located = self.locate(lon, lat)
        found, counts = np.unique(located[located >= 0], return_counts=True)
        total = counts.sum()
        return {int(unit): float(count / total) for unit, count in zip(found, counts, strict=True)}
