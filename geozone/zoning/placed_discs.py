"""Discs around places that come, move and go: which are near, what they look like drawn together."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from geozone.index import LiveIndex
from geozone.zoning.dissolve import dissolve_discs, dissolve_places
from geozone.zoning.perimeters import polygons_of

__all__ = ["PlacedDiscs"]

FloatArray = npt.NDArray[np.float64]
At = tuple[float, float]

_COVERING = 3
_OVERLAP = 0.05


class PlacedDiscs:
    """Places, each with the radius of its disc, in an R*-tree that is edited in place.

    Parameters
    ----------
    keys : sequence of hashable
        Keys of the places.
    lon, lat : ndarray of float64
        Where they are, degrees.
    radius_m : ndarray of float64
        Radius of each disc, metres.
    least_m : float
        The least radius there can be, metres.

    Raises
    ------
    ValueError
        If a key is given twice, a coordinate is not a number or the lengths differ.
    """

    def __init__(
        self, keys: Sequence[Hashable], lon: FloatArray, lat: FloatArray, radius_m: FloatArray, least_m: float
    ) -> None:
        self._index = LiveIndex(keys, lon, lat)
        self._radius: dict[Hashable, float] = dict(zip(keys, radius_m.tolist(), strict=True))
        self._least = least_m
        self._largest = float(radius_m.max(initial=least_m))

    def insert(self, key: Hashable, at: At, radius_m: float) -> None:
        """Put a place.

        Parameters
        ----------
        key : hashable
            Its key.
        at : tuple of float
            Longitude and latitude, degrees.
        radius_m : float
            Radius of its disc, metres.

        Raises
        ------
        ValueError
            If the key is there already.
        """
        self._index.insert(key, *at)
        self._radius[key] = radius_m
        self._largest = max(self._largest, radius_m)

    def remove(self, key: Hashable) -> tuple[At, float]:
        """Take a place away.

        Parameters
        ----------
        key : hashable
            The place.

        Returns
        -------
        at : tuple of float
            Where it was, degrees.
        radius_m : float
            Radius of its disc, metres.

        Raises
        ------
        KeyError
            If there is no such place.
        """
        at = self._index.position(key)
        self._index.remove(key)
        return at, self._radius.pop(key)

    def within_m(self, at: At, distance_m: float) -> list[Hashable]:
        """Find the places near another.

        Parameters
        ----------
        at : tuple of float
            Longitude and latitude, degrees.
        distance_m : float
            How near, metres.

        Returns
        -------
        list of hashable
            Their keys.
        """
        return list(self._index.within_m(*at, distance_m))

    def touching(self, at: At, radius_m: float, margin_m: float = 0.0) -> list[Hashable]:
        """Find the places whose discs a disc may touch.

        Parameters
        ----------
        at : tuple of float
            Its middle, degrees.
        radius_m : float
            Its radius, metres.
        margin_m : float
            How far apart they may be, metres.

        Returns
        -------
        list of hashable
            Their keys; none whose disc touches it is missing.
        """
        return self.within_m(at, radius_m + self._largest + margin_m)

    def positions(self, keys: Sequence[Hashable]) -> FloatArray:
        """Tell where places are.

        Parameters
        ----------
        keys : sequence of hashable
            The places.

        Returns
        -------
        ndarray of float64, shape (n, 2)
            Longitudes and latitudes, degrees.
        """
        return self._index.positions(keys)

    def radii(self, keys: Sequence[Hashable]) -> FloatArray:
        """Tell the radii of discs.

        Parameters
        ----------
        keys : sequence of hashable
            The places.

        Returns
        -------
        ndarray of float64
            Metres.
        """
        return np.array([self._radius[key] for key in keys])

    def covers(self, at: At, radius_m: float) -> bool:
        """Tell whether discs near its middle cover a disc: then it makes no difference to the outline.

        Parameters
        ----------
        at : tuple of float
            Its middle, degrees.
        radius_m : float
            Its radius, metres.

        Returns
        -------
        bool
            Whether they surely do.
        """
        near = self.within_m(at, radius_m + self._least)
        if len(near) < _COVERING:
            return False
        return bool(shapely.covers(self.drawn(near), dissolve_discs(*at, radius_m)[0]).any())

    def drawn(self, keys: Sequence[Hashable]) -> npt.NDArray[np.object_]:
        """Draw discs together.

        Parameters
        ----------
        keys : sequence of hashable
            Their places.

        Returns
        -------
        ndarray of Polygon
            The connected parts.
        """
        if not keys:
            return np.empty(0, dtype=object)
        at = self.positions(keys)
        return dissolve_discs(at[:, 0], at[:, 1], self.radii(keys))

    def drawn_with(self, at: At, radius_m: float, keys: Sequence[Hashable]) -> BaseGeometry:
        """Draw a disc together with others, and take the part that it is in.

        Parameters
        ----------
        at : tuple of float
            Its middle, degrees.
        radius_m : float
            Its radius, metres.
        keys : sequence of hashable
            Places of the others.

        Returns
        -------
        Polygon
            The part.
        """
        places = np.vstack([at, self.positions(keys)])
        found = dissolve_places(places[:, 0], places[:, 1], np.array([radius_m, *self.radii(keys)]))
        part: BaseGeometry = found.geometry[found.member[0]]
        return part

    def without(
        self, shape: BaseGeometry, at: At, radius_m: float, among: Collection[Hashable]
    ) -> npt.NDArray[np.object_]:
        """Draw a perimeter anew where a disc went, and only there.

        The window is drawn a little beyond the part that is cut out of the old perimeter: where they
        overlap both are the same, so no seam is left.

        Parameters
        ----------
        shape : geometry
            The perimeter with the disc.
        at : tuple of float
            Middle of the disc, degrees.
        radius_m : float
            Its radius, metres.
        among : collection of hashable
            The places of the perimeter.

        Returns
        -------
        ndarray of Polygon
            Its parts without the disc.
        """
        west, south, east, north = dissolve_discs(*at, radius_m)[0].bounds
        margin_x, margin_y = _OVERLAP * (east - west), _OVERLAP * (north - south)
        window = shapely.box(west - margin_x, south - margin_y, east + margin_x, north + margin_y)
        reach = np.sqrt(2) * (1 + 2 * _OVERLAP) * radius_m + self._largest
        near = [key for key in self.within_m(at, reach) if key in among]
        inside = shapely.intersection(self.drawn(near), window)
        outside = shapely.difference(shape, shapely.box(west, south, east, north))
        return np.asarray(shapely.get_parts(polygons_of(shapely.union_all([outside, *inside]))))
