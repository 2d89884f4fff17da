"""Where every unit is and how far it reaches: a point and the radius that covers it."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geozone.geocoding.lexicon import Lexicon
from geozone.geodesy import distance_m
from geozone.types import AdminLevel, Edition

__all__ = ["Extent", "Extents", "build_extents"]

_SURELY_NEARER: Final = 0.95
"""Degrees on a sphere err by less than 1 % within a province."""

FloatArray = npt.NDArray[np.float64]


class Extent(NamedTuple):
    """A point and the radius around it that holds the whole of a unit."""

    lon: float
    lat: float
    radius_m: float


class Extents:
    """Extents of every unit of a lexicon, by position; communes first, wider units on demand."""

    def __init__(self, lexicon: Lexicon, lon: FloatArray, lat: FloatArray, radius_m: FloatArray) -> None:
        self._lexicon = lexicon
        self._lon, self._lat, self._radius_m = lon, lat, radius_m
        self._wide: dict[int, Extent] = {}
        self._touching: dict[tuple[int, int], bool] = {}

    def of(self, unit: int) -> Extent:
        """Give the extent of one unit.

        Parameters
        ----------
        unit : int
            Position of the unit in the lexicon.

        Returns
        -------
        Extent
            For a district or province, around the commune nearest to its middle.
        """
        if self._lexicon.units[unit].level is AdminLevel.COMMUNE:
            return Extent(float(self._lon[unit]), float(self._lat[unit]), float(self._radius_m[unit]))
        if unit not in self._wide:
            self._wide[unit] = self._around(self._lexicon.communes_of[unit], inside=True)
        return self._wide[unit]

    def touches(self, commune: int, district: int) -> bool:
        """Tell whether a commune may touch a district: their circles meet.

        Parameters
        ----------
        commune, district : int
            Positions in the lexicon.

        Returns
        -------
        bool
            False only where they surely do not touch.
        """
        key = (commune, district)
        if key not in self._touching:
            members = np.asarray(self._lexicon.communes_of[district], dtype=np.int64)
            away = distance_m(self._lon[commune], self._lat[commune], self._lon[members], self._lat[members])
            self._touching[key] = bool((away <= self._radius_m[members] + self._radius_m[commune]).any())
        return self._touching[key]

    def covering(self, units: list[int]) -> Extent:
        """Give one extent that covers several units.

        Parameters
        ----------
        units : list of int
            Positions of communes.

        Returns
        -------
        Extent
            Around the middle of their points.
        """
        return self.of(units[0]) if len(units) == 1 else self._around(units, inside=False)

    def _around(self, communes: list[int], *, inside: bool) -> Extent:
        members = np.asarray(communes, dtype=np.int64)
        lon, lat = self._lon[members], self._lat[members]
        known = np.isfinite(lon) & np.isfinite(lat)
        if not known.any():
            return Extent(float("nan"), float("nan"), float("nan"))
        lon, lat, radius = lon[known], lat[known], self._radius_m[members][known]
        middle_lon, middle_lat = float(lon.mean()), float(lat.mean())
        if inside:
            nearest = int(np.argmin(distance_m(middle_lon, middle_lat, lon, lat)))
            middle_lon, middle_lat = float(lon[nearest]), float(lat[nearest])
        reach = distance_m(middle_lon, middle_lat, lon, lat) + radius
        return Extent(middle_lon, middle_lat, float(reach.max()))


def _radii(communes: pd.DataFrame) -> FloatArray:
    """Distance from each commune's point to its furthest vertex, metres.

    Most vertices are ruled out by a rough distance, so that few are measured on the ellipsoid.
    """
    geometry = np.asarray(communes.geometry.to_numpy(), dtype=object)
    coordinates, owner = shapely.get_coordinates(geometry, return_index=True)
    radius = np.full(len(communes), np.nan)
    if not len(owner):
        return radius
    lon = communes["lon"].to_numpy(dtype=np.float64)[owner]
    lat = communes["lat"].to_numpy(dtype=np.float64)[owner]
    east = (coordinates[:, 0] - lon) * np.cos(np.radians((coordinates[:, 1] + lat) / 2))
    rough = np.hypot(east, coordinates[:, 1] - lat)
    starts = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
    furthest = np.repeat(np.maximum.reduceat(rough, starts), np.diff(np.r_[starts, len(owner)]))
    far = ~(rough < _SURELY_NEARER * furthest)
    away = distance_m(lon[far], lat[far], coordinates[far, 0], coordinates[far, 1])
    owner = owner[far]
    starts = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
    radius[owner[starts]] = np.maximum.reduceat(away, starts)
    return radius


def build_extents(lexicon: Lexicon, units_2025: pd.DataFrame, units_2021: pd.DataFrame) -> Extents:
    """Measure every commune.

    Parameters
    ----------
    lexicon : Lexicon
        Built from the same tables.
    units_2025, units_2021 : GeoDataFrame
        Communes with points and outlines, EPSG:4326.

    Returns
    -------
    Extents
        Extents by position in the lexicon.
    """
    size = len(lexicon.units)
    lon, lat, radius_m = (np.full(size, np.nan) for _ in range(3))
    for edition, communes in ((Edition.E2025, units_2025), (Edition.E2021, units_2021)):
        positions = [lexicon.by_code[(edition, AdminLevel.COMMUNE, code)] for code in communes["code"]]
        lon[positions] = communes["lon"].to_numpy(dtype=np.float64)
        lat[positions] = communes["lat"].to_numpy(dtype=np.float64)
        radius_m[positions] = _radii(communes)
    return Extents(lexicon, lon, lat, radius_m)
