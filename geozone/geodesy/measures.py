"""Distances, areas and lengths on the ellipsoid."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Geod

from geozone.geodesy.ellipsoid import (
    ECCENTRICITY_SQUARED,
    EQUATORIAL_RADIUS_M,
    FLATTENING,
    FloatArray,
    GeometryArray,
)

__all__ = ["area_km2", "as_array", "distance_m", "length_m"]

_E = float(np.sqrt(ECCENTRICITY_SQUARED))
_NEAR_ANTIPODE = 3.0


def distance_m(
    lon1: npt.ArrayLike, lat1: npt.ArrayLike, lon2: npt.ArrayLike, lat2: npt.ArrayLike
) -> FloatArray:
    """Measure geodesic distances.

    Parameters
    ----------
    lon1, lat1 : array_like
        Points of departure, degrees.
    lon2, lat2 : array_like
        Destinations, degrees.

    Returns
    -------
    ndarray of float64
        Metres, in the broadcast shape; within 0.001 % of the geodesic, and 1 m, up to 100 km.

    Notes
    -----
    Lambert's formula (first order in the flattening on reduced latitudes); the rare pair more than
    172° apart, where that formula fails, goes to the full geodesic solution of pyproj.
    """
    arrays = np.broadcast_arrays(*(np.asarray(value, np.float64) for value in (lon1, lat1, lon2, lat2)))
    half_lon = np.radians((arrays[2] - arrays[0]) / 2)
    reduced1 = np.arctan((1 - FLATTENING) * np.tan(np.radians(arrays[1])))
    reduced2 = np.arctan((1 - FLATTENING) * np.tan(np.radians(arrays[3])))
    sin2_p = np.sin((reduced1 + reduced2) / 2) ** 2
    sin2_q = np.sin((reduced2 - reduced1) / 2) ** 2
    h = np.clip(sin2_q + np.cos(reduced1) * np.cos(reduced2) * np.sin(half_lon) ** 2, 0, 1)
    sigma = 2 * np.arcsin(np.sqrt(h))
    with np.errstate(divide="ignore", invalid="ignore"):
        far = np.where(h < 1, (sigma - np.sin(sigma)) * sin2_p * (1 - sin2_q) / (1 - h), 0.0)
        near = np.where(h > 0, (sigma + np.sin(sigma)) * (1 - sin2_p) * sin2_q / h, 0.0)
    result = np.asarray(EQUATORIAL_RADIUS_M * (sigma - FLATTENING / 2 * (far + near)))
    opposite = sigma > _NEAR_ANTIPODE
    if np.any(opposite):
        lon_a, lat_a, lon_b, lat_b = (values[opposite] for values in arrays)
        result[opposite] = Geod(ellps="WGS84").inv(lon_a, lat_a, lon_b, lat_b)[2]
    return result


def _authalic(latitude: FloatArray) -> FloatArray:
    """Height on the equal-area cylinder, as area per radian of longitude, m²."""
    sin = np.sin(latitude)
    q = (1 - ECCENTRICITY_SQUARED) * (sin / (1 - ECCENTRICITY_SQUARED * sin**2) + np.arctanh(_E * sin) / _E)
    return np.asarray(EQUATORIAL_RADIUS_M**2 / 2 * q)


def as_array(geometries: object) -> GeometryArray:
    """Make an array of geometries, however they are given.

    Parameters
    ----------
    geometries : object
        One geometry, a sequence, an array or a GeoSeries.

    Returns
    -------
    ndarray of object
        One entry per geometry.
    """
    array: GeometryArray = np.asarray(geometries, dtype=object)
    return np.atleast_1d(array)


def _parts(geometries: GeometryArray) -> tuple[GeometryArray, npt.NDArray[np.int64]]:
    """Take collections apart down to simple geometries, with the position each came from."""
    parts, owner = shapely.get_parts(geometries, return_index=True)
    while np.any(shapely.get_type_id(parts) >= 4):
        parts, inner = shapely.get_parts(parts, return_index=True)
        owner = owner[inner]
    return parts, owner


def area_km2(geometries: object) -> FloatArray:
    """Measure areas on the ellipsoid.

    Parameters
    ----------
    geometries : array_like of geometry
        In degrees, edges straight in longitude and latitude as GeoJSON has them. One geometry or many.

    Returns
    -------
    ndarray of float64
        km², one per geometry; 0 where there is no area, nan where there is no geometry.

    Notes
    -----
    Exact on the authalic cylinder; each edge is integrated by Simpson's rule.
    """
    array = as_array(geometries)
    parts, owner = _parts(array)
    surface = shapely.get_type_id(parts) == 3
    parts, owner = parts[surface], owner[surface]
    rings, part = shapely.get_rings(parts, return_index=True)
    outer = np.ones(len(part), dtype=bool)
    outer[1:] = part[1:] != part[:-1]
    signed = np.where(outer, 1.0, -1.0) * _ring_areas(rings)
    total = np.bincount(owner[part], signed, minlength=len(array)).astype(np.float64)
    total[shapely.is_missing(array)] = np.nan
    return total / 1e6


def _ring_areas(rings: GeometryArray) -> FloatArray:
    """Area inside each ring, m², whatever its direction."""
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    if len(coordinates) == 0:
        return np.zeros(len(rings))
    longitude, latitude = np.radians(coordinates).T
    step = ring[1:] == ring[:-1]
    first = np.searchsorted(ring, ring, side="left")
    # Relative to the ring's first vertex, so that a small ring far from the equator keeps its digits.
    height = _authalic(latitude) - _authalic(latitude[first])
    middle = _authalic((latitude[1:] + latitude[:-1]) / 2) - _authalic(latitude[first[1:]])
    slab = np.diff(longitude) * (height[:-1] + 4 * middle + height[1:]) / 6
    return np.abs(np.bincount(ring[1:][step], slab[step], minlength=len(rings)))


def length_m(geometries: object) -> FloatArray:
    """Measure lengths of lines and perimeters of polygons.

    Parameters
    ----------
    geometries : array_like of geometry
        In degrees. One geometry or many.

    Returns
    -------
    ndarray of float64
        Metres, one per geometry: holes count in a perimeter; 0 for points; nan where there is none.
    """
    array = as_array(geometries)
    parts, owner = _parts(array)
    surface = shapely.get_type_id(parts) == 3
    rings, part = shapely.get_rings(parts[surface], return_index=True)
    lines = np.concatenate([parts[~surface], rings])
    owner = np.concatenate([owner[~surface], owner[surface][part]])
    coordinates, line = shapely.get_coordinates(lines, return_index=True)
    step = line[1:] == line[:-1]
    start, end = coordinates[:-1][step], coordinates[1:][step]
    metres = distance_m(start[:, 0], start[:, 1], end[:, 0], end[:, 1])
    total = np.bincount(owner[line[1:][step]], metres, minlength=len(array)).astype(np.float64)
    total[shapely.is_missing(array)] = np.nan
    return total
