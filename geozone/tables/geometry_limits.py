"""What a geometry from outside may be: points that are numbers, and no more than can be mended in time."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from geozone.errors import DataError, Fault

__all__ = ["MOST_POINTS", "refuse_endless", "refuse_infinite"]

MOST_POINTS = 200_000
"""Of one outline or line; the most detailed province that is published has about a tenth."""


def refuse_endless(name: str, geometries: Any, first_row: int = 1) -> None:
    """Refuse a file in which a geometry has more points than can be mended within seconds.

    Parameters
    ----------
    name : str
        File name, for messages.
    geometries : array-like of Geometry
        As read.
    first_row : int
        Number of the first one, as a person sees it.

    Raises
    ------
    DataError
        With every such row.
    """
    points = shapely.get_num_coordinates(np.asarray(geometries, dtype=object))
    found = np.flatnonzero(points > MOST_POINTS).tolist()
    if found:
        raise DataError(
            name,
            [
                Fault(first_row + i, "geometry", f"{points[i]} points", f"{MOST_POINTS} points or fewer")
                for i in found
            ],
        )


def refuse_infinite(name: str, geometries: Any, first_row: int = 1) -> None:
    """Refuse a file in which a coordinate is not a number.

    Parameters
    ----------
    name : str
        File name, for messages.
    geometries : array-like of Geometry
        As read.
    first_row : int
        Number of the first one, as a person sees it.

    Raises
    ------
    DataError
        With every such row.
    """
    at, rows = shapely.get_coordinates(np.asarray(geometries, dtype=object), return_index=True)
    found = np.unique(rows[~np.isfinite(at).all(axis=1)]).tolist()
    if found:
        raise DataError(
            name,
            [Fault(first_row + i, "geometry", "a coordinate that is no number", "numbers") for i in found],
        )
