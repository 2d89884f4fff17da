"""The WGS 84 ellipsoid: its radii of curvature, and metres around one point."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = [
    "ECCENTRICITY_SQUARED",
    "EQUATORIAL_RADIUS_M",
    "FLATTENING",
    "FloatArray",
    "GeometryArray",
    "LocalFrame",
    "check_domain",
    "degrees_per_metre",
]

EQUATORIAL_RADIUS_M = 6_378_137.0
"""Semi-major axis of WGS 84, metres."""
FLATTENING = 1 / 298.257223563
"""Flattening of WGS 84."""

ECCENTRICITY_SQUARED = FLATTENING * (2 - FLATTENING)
_EP2 = ECCENTRICITY_SQUARED / (1 - ECCENTRICITY_SQUARED)
_MAX_LATITUDE = 85.0
_MAX_STEPS = 8
_CONVERGED_M = 1e-4

FloatArray = npt.NDArray[np.float64]
GeometryArray = npt.NDArray[np.object_]


def _radii(latitude: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Radii of curvature at latitudes in radians: meridian and prime vertical, metres."""
    w2 = 1 - ECCENTRICITY_SQUARED * np.sin(latitude) ** 2
    prime_vertical = EQUATORIAL_RADIUS_M / np.sqrt(w2)
    return prime_vertical * (1 - ECCENTRICITY_SQUARED) / w2, prime_vertical


def degrees_per_metre(lat: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Tell how many degrees one metre is.

    Parameters
    ----------
    lat : array_like
        Latitudes, degrees.

    Returns
    -------
    dlon, dlat : ndarray of float64
        Degrees of longitude per metre eastward and of latitude per metre northward, at ``lat``.
    """
    latitude = np.radians(np.asarray(lat, dtype=np.float64))
    meridian, prime_vertical = _radii(latitude)
    return np.degrees(1 / (prime_vertical * np.cos(latitude))), np.degrees(1 / meridian)


class LocalFrame:
    """Metres east and north of an origin, along geodesics (azimuthal equidistant).

    One frame may have one origin, or one origin per point: everything broadcasts.

    Parameters
    ----------
    lon, lat : array_like
        Origin, degrees; latitude at most 85° north or south.

    Raises
    ------
    ValueError
        If an origin is outside the domain.

    Notes
    -----
    Distances and directions from the origin are true. Elsewhere lengths across the radius are too
    long by ``d² / 6R²``, where d is the distance from the origin: 0.01 m per kilometre at 50 km,
    0.04 m per kilometre at 100 km.
    """

    def __init__(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> None:
        self._lon = np.asarray(lon, dtype=np.float64)
        self._lat = np.asarray(lat, dtype=np.float64)
        check_domain(self._lon, self._lat)
        latitude = np.radians(self._lat)
        self._meridian, self._prime = _radii(latitude)
        self._cos = np.cos(latitude)
        tan = np.tan(latitude)
        eta2 = _EP2 * self._cos**2
        self._t = tan
        self._north2 = -1.5 * eta2 * tan
        self._north3 = -(1 + 3 * tan**2 + eta2 - 9 * eta2 * tan**2) / 6
        self._north4 = -0.5 * eta2 * (1 - tan**2)
        self._east3 = -(tan**2) / 3
        self._east4 = (1 + 3 * tan**2 + eta2) / 3

    def to_degrees(self, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Turn metres into longitude and latitude.

        Parameters
        ----------
        x, y : array_like
            Metres east and north of the origin.

        Returns
        -------
        lon, lat : ndarray of float64
            Degrees.
        """
        q = np.asarray(x, dtype=np.float64) / self._prime
        p = np.asarray(y, dtype=np.float64) / self._prime
        q2 = q * q
        p2 = p * p
        north = p - 0.5 * self._t * q2 + self._north2 * p2 + self._north3 * q2 * p + self._north4 * p2 * p
        east = q * (1 + self._t * p + self._east3 * q2 + self._east4 * p2)
        return (
            self._lon + np.degrees(east / self._cos),
            self._lat + np.degrees(north * (self._prime / self._meridian)),
        )

    def to_metres(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Turn longitude and latitude into metres.

        Parameters
        ----------
        lon, lat : array_like
            Degrees, within about 300 km of the origin.

        Returns
        -------
        x, y : ndarray of float64
            Metres east and north of the origin; the inverse of `to_degrees` to a micrometre.
        """
        longitude = np.asarray(lon, dtype=np.float64)
        latitude = np.asarray(lat, dtype=np.float64)
        east = np.radians(self._prime) * self._cos
        north = np.radians(self._meridian)
        x = (longitude - self._lon) * east
        y = (latitude - self._lat) * north
        for _ in range(_MAX_STEPS):
            back_lon, back_lat = self.to_degrees(x, y)
            step_x = (longitude - back_lon) * east
            step_y = (latitude - back_lat) * north
            x = x + step_x
            y = y + step_y
            if not np.any(np.hypot(step_x, step_y) > _CONVERGED_M):
                break
        return x, y


def check_domain(lon: FloatArray, lat: FloatArray) -> None:
    """Refuse points outside the domain of the closed form.

    Parameters
    ----------
    lon, lat : ndarray of float64
        Points, degrees.

    Raises
    ------
    ValueError
        If a point is beyond 85 degrees of latitude or 180 of longitude; it is named.
    """
    with np.errstate(invalid="ignore"):
        inside = (np.abs(lat) <= _MAX_LATITUDE) & (np.abs(lon) <= 180)
    if not np.all(inside):
        at = np.flatnonzero(~np.atleast_1d(inside))[0]
        raise ValueError(
            f"point {at} is at longitude {np.broadcast_to(lon, np.shape(inside)).flat[at]:g}, latitude "
            f"{np.broadcast_to(lat, np.shape(inside)).flat[at]:g}: expected longitudes from -180 to 180 and "
            f"latitudes from -{_MAX_LATITUDE:g} to {_MAX_LATITUDE:g}"
        )
