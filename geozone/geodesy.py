"""All measuring, on the WGS 84 ellipsoid: discs, distances, lengths, areas, buffers.

No other module may buffer or measure in degrees. Everything is vectorised over numpy arrays and
rests on one closed form: Legendre's series for the point at a given distance and direction, which
takes its two coefficients from the radii of curvature at the point of departure. Kept to the third
order it is true to 0.1 mm at 3 km anywhere up to 85°, and to 0.1 m at 150 km in Viet Nam (3 m at 60°).

The domain is latitudes up to 85° and shapes that do not cross the 180th meridian; outside it
functions that draw raise ``ValueError`` instead of drawing nonsense. ``distance_m`` works anywhere.

References
----------
Bomford, *Geodesy*, 4th ed., 2.14 (Legendre's series); Snyder, *Map Projections: A Working Manual*,
USGS PP 1395, eq. 3-12 (authalic latitude); Lambert's formula for long lines.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Geod
from shapely.geometry.base import BaseGeometry

__all__ = [
    "EQUATORIAL_RADIUS_M",
    "FLATTENING",
    "LocalFrame",
    "area_km2",
    "area_true_radius_m",
    "buffer_m",
    "degrees_per_metre",
    "discs",
    "distance_m",
    "length_m",
    "segments_for",
]

EQUATORIAL_RADIUS_M = 6_378_137.0
"""Semi-major axis of WGS 84, metres."""
FLATTENING = 1 / 298.257223563
"""Flattening of WGS 84."""

_E2 = FLATTENING * (2 - FLATTENING)
_EP2 = _E2 / (1 - _E2)
_E = float(np.sqrt(_E2))
_MAX_LATITUDE = 85.0
_LONG_EDGE = 0.05
_FRAME_REACH = 1.0
_NEAR_ANTIPODE = 3.0
_MAX_STEPS = 8
_CONVERGED_M = 1e-4

FloatArray = npt.NDArray[np.float64]
GeometryArray = npt.NDArray[np.object_]


def _radii(latitude: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Radii of curvature at latitudes in radians: meridian and prime vertical, metres."""
    w2 = 1 - _E2 * np.sin(latitude) ** 2
    prime_vertical = EQUATORIAL_RADIUS_M / np.sqrt(w2)
    return prime_vertical * (1 - _E2) / w2, prime_vertical


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
        _check_domain(self._lon, self._lat)
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


def _check_domain(lon: FloatArray, lat: FloatArray) -> None:
    with np.errstate(invalid="ignore"):
        inside = (np.abs(lat) <= _MAX_LATITUDE) & (np.abs(lon) <= 180)
    if not np.all(inside):
        at = np.flatnonzero(~np.atleast_1d(inside))[0]
        raise ValueError(
            f"point {at} is at longitude {np.broadcast_to(lon, np.shape(inside)).flat[at]:g}, latitude "
            f"{np.broadcast_to(lat, np.shape(inside)).flat[at]:g}: expected longitudes from -180 to 180 and "
            f"latitudes from -{_MAX_LATITUDE:g} to {_MAX_LATITUDE:g}"
        )


def area_true_radius_m(radius_m: npt.ArrayLike, quad_segs: int) -> FloatArray:
    """Give the radius on which to put a polygon's vertices so that it has the area of the disc.

    Parameters
    ----------
    radius_m : array_like
        Radius of the disc, metres.
    quad_segs : int
        Segments in a quarter of the circle.

    Returns
    -------
    ndarray of float64
        Metres. Vertices then lie outside the true circle by two thirds of the sagitta and the
        middles of the chords inside it by one third: 0.6 m and 0.3 m for 3 km and 32 segments.
    """
    step = np.pi / (2 * quad_segs)
    return np.asarray(radius_m, dtype=np.float64) * float(np.sqrt(step / np.sin(step)))


def segments_for(radius_m: float, *, error_m: float = 0.65) -> int:
    """Choose how finely to draw a disc.

    Parameters
    ----------
    radius_m : float
        Radius, metres.
    error_m : float
        How far the outline may be from the true circle, metres.

    Returns
    -------
    int
        Segments in a quarter of the circle: 16 to 512, a multiple of 4.
    """
    needed = np.pi / 2 * np.sqrt(radius_m / (12 * error_m))
    return int(min(512, max(16, 4 * np.ceil(needed / 2))))


def discs(
    lon: npt.ArrayLike, lat: npt.ArrayLike, radius_m: npt.ArrayLike, *, quad_segs: int = 32
) -> GeometryArray:
    """Draw a disc around each point.

    Parameters
    ----------
    lon, lat : array_like
        Centres, degrees.
    radius_m : array_like
        Radius of every disc, or one radius for each, metres; over 0, at most 200 km.
    quad_segs : int
        Segments in a quarter of the circle.

    Returns
    -------
    ndarray of Polygon
        One per point, in order, counter-clockwise, with the area of the true disc.

    Raises
    ------
    ValueError
        If a radius is not over 0 and at most 200 km, or a disc leaves the domain of this module.

    Notes
    -----
    With 32 segments no point of the outline is farther than 0.02 % of the radius from the true
    circle: 0.2 m at 1 km, 0.6 m at 3 km. See `area_true_radius_m`.
    """
    longitude, latitude, radius = np.broadcast_arrays(
        *(np.atleast_1d(np.asarray(values, dtype=np.float64)) for values in (lon, lat, radius_m))
    )
    if not np.all((radius > 0) & (radius <= 200_000)):
        raise ValueError("radius_m holds a value that is not over 0 and at most 200 000 metres")
    angles = np.arange(4 * quad_segs + 1) * (np.pi / (2 * quad_segs))
    angles[-1] = 0.0
    reach = area_true_radius_m(radius, quad_segs)[:, None]
    frame = LocalFrame(longitude[:, None], latitude[:, None])
    x, y = frame.to_degrees(reach * np.cos(angles), reach * np.sin(angles))
    if x.size:
        _check_domain(x, y)
    return np.asarray(shapely.polygons(np.stack([x, y], axis=-1)), dtype=object)


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
    q = (1 - _E2) * (sin / (1 - _E2 * sin**2) + np.arctanh(_E * sin) / _E)
    return np.asarray(EQUATORIAL_RADIUS_M**2 / 2 * q)


def _flat(geometries: object) -> GeometryArray:
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
    array = _flat(geometries)
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
    array = _flat(geometries)
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


def buffer_m(geometries: object, distance_m: npt.ArrayLike, *, quad_segs: int = 32) -> GeometryArray:
    """Grow geometries by metres.

    Parameters
    ----------
    geometries : array_like of geometry
        In degrees. One geometry or many; none may be missing.
    distance_m : array_like
        How far to grow all of them, or each of them, metres; 0 to 200 km.
    quad_segs : int
        Segments in a quarter of the circle around a corner.

    Returns
    -------
    ndarray of geometry
        One per geometry, in order.

    Raises
    ------
    ValueError
        If a distance is outside its domain, or a result leaves the domain of this module.

    Notes
    -----
    Each geometry is grown in a frame of its own; one more than 1° wide or high is first cut by a
    grid of 1°, its pieces are grown each in its own frame and dissolved. The outline is then within
    0.03 % of the distance plus 0.3 m of the true one: long edges are split every 0.05° so that they
    follow their own curve.
    """
    array = _flat(geometries)
    distance = np.broadcast_to(np.asarray(distance_m, dtype=np.float64), array.shape)
    if not np.all((distance >= 0) & (distance <= 200_000)):
        raise ValueError("distance_m holds a value that is not 0 to 200 000 metres")
    if np.any(shapely.is_missing(array)):
        raise ValueError(f"geometry {np.flatnonzero(shapely.is_missing(array))[0]} is missing")
    pieces, owner = _cut_large(array)
    grown = _buffer_pieces(pieces, distance[owner], quad_segs)
    if len(pieces) == len(array):
        return grown
    starts = np.searchsorted(owner, np.arange(len(array) + 1))
    result = np.empty(len(array), dtype=object)
    for i in range(len(array)):
        mine = grown[starts[i] : starts[i + 1]]
        result[i] = mine[0] if len(mine) == 1 else shapely.union_all(mine)
    return result


def _cut_large(array: GeometryArray) -> tuple[GeometryArray, npt.NDArray[np.int64]]:
    """Cut geometries wider or higher than a frame's reach by a grid of that size."""
    west, south, east, north = shapely.bounds(array).T
    with np.errstate(invalid="ignore"):
        large = np.fmax(east - west, north - south) > _FRAME_REACH
    if not large.any():
        return array, np.arange(len(array))
    pieces: list[BaseGeometry] = []
    owner: list[int] = []
    for i, geometry in enumerate(array):
        cut = [geometry] if not large[i] else _cut(geometry)
        pieces += cut
        owner += [i] * len(cut)
    result = np.empty(len(pieces), dtype=object)
    result[:] = pieces
    return result, np.asarray(owner, dtype=np.int64)


def _cut(geometry: BaseGeometry) -> list[BaseGeometry]:
    west, south, east, north = np.floor(np.asarray(geometry.bounds) / _FRAME_REACH).astype(int)
    x, y = np.meshgrid(np.arange(west, east + 1), np.arange(south, north + 1))
    cells = shapely.box(
        x.ravel() * _FRAME_REACH, y.ravel() * _FRAME_REACH, (x.ravel() + 1) * _FRAME_REACH,
        (y.ravel() + 1) * _FRAME_REACH,
    )  # fmt: skip
    pieces = shapely.intersection(geometry, cells)
    return [piece for piece in pieces if not piece.is_empty]


def _buffer_pieces(pieces: GeometryArray, distance: FloatArray, quad_segs: int) -> GeometryArray:
    west, south, east, north = np.nan_to_num(shapely.bounds(pieces)).T
    lon0, lat0 = (west + east) / 2, (south + north) / 2
    fine = shapely.segmentize(pieces, _LONG_EDGE)
    coordinates, owner = shapely.get_coordinates(fine, return_index=True)
    x, y = LocalFrame(lon0[owner], lat0[owner]).to_metres(coordinates[:, 0], coordinates[:, 1])
    local = shapely.set_coordinates(fine.copy(), np.column_stack([x, y]))
    grown = shapely.buffer(local, distance, quad_segs=quad_segs)
    coordinates, owner = shapely.get_coordinates(grown, return_index=True)
    lon, lat = LocalFrame(lon0[owner], lat0[owner]).to_degrees(coordinates[:, 0], coordinates[:, 1])
    if len(lon):
        _check_domain(lon, lat)
    result: GeometryArray = shapely.set_coordinates(grown, np.column_stack([lon, lat]))
    return result
