"""Dissolve discs into perimeters."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from geozone.geodesy import discs, segments_for

__all__ = ["dissolve_discs"]

FloatArray = npt.NDArray[np.float64]
GeometryArray = npt.NDArray[np.object_]


def dissolve_discs(lon: npt.ArrayLike, lat: npt.ArrayLike, radius_m: npt.ArrayLike) -> GeometryArray:
    """Dissolve the discs around points.

    Parameters
    ----------
    lon, lat : array_like
        Centres, degrees.
    radius_m : array_like
        One radius, or one for each point, metres.

    Returns
    -------
    ndarray of Polygon
        The connected parts of the union, which do not touch one another.
    """
    x, y, radius = (np.array(a) for a in np.broadcast_arrays(*np.atleast_1d(lon, lat, radius_m)))
    if x.size == 0:
        return np.empty(0, dtype=object)
    drawn = discs(x, y, radius, quad_segs=segments_for(float(radius.max())))
    return np.asarray(shapely.get_parts(shapely.union_all(drawn)), dtype=object)
