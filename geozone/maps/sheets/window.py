"""The part of the world on a sheet: the projection of the web map, fitted into a frame."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from geozone.maps.sheets.paper import MM, Frame

__all__ = ["Box", "Window"]

Box = tuple[float, float, float, float]
_RADIUS_M = 6_378_137.0
_MOST_LATITUDE = 85.05
_LEAST_SIDE = 1e-4  # degrees; a smaller box is a point, and is widened


class Window:
    """A box of longitudes and latitudes in a frame of the sheet, whole and in the middle.

    Parameters
    ----------
    box : tuple of float
        West, south, east, north, degrees.
    frame : Frame
        Where it is drawn.
    """

    def __init__(self, box: Box, frame: Frame) -> None:
        west, south, east, north = box
        east, north = max(east, west + _LEAST_SIDE), max(north, south + _LEAST_SIDE)
        (left, right), (low, high) = self._mercator(np.array([west, east]), np.array([south, north]))
        self.frame = frame
        self._points_per_unit = min(frame.width / (right - left), frame.height / (high - low))
        self._middle = (left + right) / 2, (low + high) / 2
        self._latitude = (south + north) / 2

    @staticmethod
    def _mercator(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
        within = np.radians(np.clip(lat, -_MOST_LATITUDE, _MOST_LATITUDE))
        return np.radians(lon), np.log(np.tan(np.pi / 4 + within / 2))

    def points(self, at: NDArray[np.float64]) -> NDArray[np.float64]:
        """Place positions on the sheet.

        Parameters
        ----------
        at : ndarray of shape (n, 2)
            Longitudes and latitudes, degrees.

        Returns
        -------
        ndarray of shape (n, 2)
            Points from the lower left corner of the sheet.
        """
        x, y = self._mercator(at[:, 0], at[:, 1])
        across = self.frame.x + self.frame.width / 2 + (x - self._middle[0]) * self._points_per_unit
        up = self.frame.y + self.frame.height / 2 + (y - self._middle[1]) * self._points_per_unit
        return np.column_stack([across, up])

    @property
    def box(self) -> Box:
        """What the whole frame shows: west, south, east, north, degrees."""
        half_x = self.frame.width / 2 / self._points_per_unit
        half_y = self.frame.height / 2 / self._points_per_unit
        edges = [self._middle[1] - half_y, self._middle[1] + half_y]
        south, north = (math.degrees(2 * math.atan(math.exp(edge)) - math.pi / 2) for edge in edges)
        return (
            math.degrees(self._middle[0] - half_x),
            south,
            math.degrees(self._middle[0] + half_x),
            north,
        )

    @property
    def metres_per_point(self) -> float:
        """Metres on the ground that one point stands for, in the middle of the frame."""
        return float(_RADIUS_M * math.cos(math.radians(self._latitude)) / self._points_per_unit)

    @property
    def scale(self) -> float:
        """The number N of a scale 1 : N, in the middle of the frame."""
        return self.metres_per_point * 1000 * MM
