"""Places of cases on a grid, so that the outline of a zone shows a cell of homes and not one of them.

A disc around a case has the case at its centre. With a mask, a place counts as the middle of its grid cell,
and its disc is grown by the way from there to the corner: it still holds the rule's radius around every
home of the cell, and depends on nothing but the cell. The same home gives the same outline on every day and
in every release, so there is nothing to average.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from geozone.geodesy import degrees_per_metre

__all__ = ["mask_places", "mask_reach_m"]

FloatArray = npt.NDArray[np.float64]

_TALLER = 1.01
"""A degree of latitude is up to 1 % longer towards the poles than the cells are made for."""


def mask_places(lon: npt.ArrayLike, lat: npt.ArrayLike, side_m: float) -> tuple[FloatArray, FloatArray]:
    """Move places to the middle of their grid cells.

    Parameters
    ----------
    lon, lat : array_like
        Degrees; nan stays nan.
    side_m : float
        Side of a cell, metres; 0 moves nothing.

    Returns
    -------
    lon, lat : ndarray of float64
        Degrees. Cells are rows of equal height from the equator; those of a row are of equal width.
    """
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    if side_m <= 0:
        return lon, lat
    height = side_m * float(degrees_per_metre(0.0)[1])
    middle = (np.floor(lat / height) + 0.5) * height
    width = side_m * degrees_per_metre(middle)[0]
    return (np.floor(lon / width) + 0.5) * width, middle


def mask_reach_m(side_m: float) -> float:
    """Tell how far from the middle of its cell a place can be.

    Parameters
    ----------
    side_m : float
        Side of a cell, metres.

    Returns
    -------
    float
        Metres, no less than the way to a corner.
    """
    return _TALLER * side_m / math.sqrt(2)
