"""Where the rows of a table are: coordinates in columns, a pair in one column, or geometry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geozone.errors import Fault
from geozone.tables import Points, RawTable, clean_text, read_cells, read_points, shown, split_point

__all__ = ["POINT_FIELDS", "place_faults", "points_of", "tells_places"]

POINT_FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "lon": (r"lon|lng|long|longitude|kinh do|x|point x|toa do x",),
    "lat": (r"lat|latitude|vi do|y|point y|toa do y",),
    "point": (r"toa do|coordinates?|gps|lat ?lon|lat ?lng|lat ?long|location",),
}
"""Patterns of the headers of coordinates."""


def tells_places(table: RawTable, columns: Mapping[str, str]) -> bool:
    """Tell whether a table says where its rows are.

    Parameters
    ----------
    table : RawTable
        The table.
    columns : mapping of str to str
        Field to header.

    Returns
    -------
    bool
        Whether it has geometry, both coordinates or pairs.
    """
    return table.geometry is not None or {"lon", "lat"} <= set(columns) or "point" in columns


def points_of(table: RawTable, columns: Mapping[str, str]) -> Points:
    """Find the place of each row.

    Parameters
    ----------
    table : RawTable
        A table that `tells_places`.
    columns : mapping of str to str
        Field to header.

    Returns
    -------
    Points
        From the geometry where there is one: the point itself, or one on the surface of an area.
    """
    return _points_of_cells(table, columns) if table.geometry is None else _points_of_geometry(table.geometry)


def place_faults(table: RawTable, columns: Mapping[str, str], points: Points) -> list[tuple[int, Fault]]:
    """List the rows whose place cannot be used.

    Parameters
    ----------
    table : RawTable
        The table.
    columns : mapping of str to str
        Field to header.
    points : Points
        From `points_of`.

    Returns
    -------
    list of (int, Fault)
        Position of the row and what is wrong, longitudes first.
    """
    found = []
    for axis, expected in (("lon", points.lon_expected), ("lat", points.lat_expected)):
        header = None if table.geometry is not None else columns.get(axis) or columns.get("point")
        for position in np.flatnonzero(~pd.isna(expected)).tolist():
            what = shown(table.frame[header].iloc[position]) if header else "another geometry or none"
            row = int(table.row_numbers[position])
            found.append((position, Fault(row, header or "geometry", what, str(expected[position]))))
    return found


def _points_of_geometry(geometry: NDArray[np.object_]) -> Points:
    """Give a point inside every geometry: the point itself, or one on the surface of an area."""
    usable = np.array([shape is not None and not shape.is_empty for shape in geometry], dtype=bool)
    lon, lat = np.full(len(geometry), np.nan), np.full(len(geometry), np.nan)
    inside = shapely.point_on_surface(shapely.make_valid(geometry[usable]))
    lon[usable], lat[usable] = shapely.get_x(inside), shapely.get_y(inside)
    points = read_points(pd.Series(lon), pd.Series(lat))
    points.lon_expected[~usable] = "a point or an area"
    return points


def _points_of_cells(table: RawTable, columns: Mapping[str, str]) -> Points:
    if "point" in columns and not {"lon", "lat"} <= set(columns):
        pairs, expected = read_cells(clean_text(table.frame[columns["point"]]), split_point)
        halves = np.array([pair or (np.nan, np.nan) for pair in pairs], dtype="float64").reshape(-1, 2)
        points = read_points(pd.Series(halves[:, 0]), pd.Series(halves[:, 1]))
        points.lon_expected[~pd.isna(expected)] = expected[~pd.isna(expected)]
    else:
        points = read_points(table.frame[columns["lon"]], table.frame[columns["lat"]])
    nothing = np.isnan(points.lon) & pd.isna(points.lon_expected) & pd.isna(points.lat_expected)
    points.lon_expected[nothing] = "a longitude and a latitude"
    return points
