"""A street or an alley, or the part of it in some communes, and where its house numbers are."""

from __future__ import annotations

from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from geozone.geocoding.street.house_numbers import HouseNumber
from geozone.geodesy import distance_m

__all__ = ["NEAR_NUMBERS", "NO_NUMBER", "Houses", "Method", "Spot", "Stretch"]

FloatArray = npt.NDArray[np.float64]

_POINT_M: Final = 100.0
"""Radius of a house that is known: points of one number in two sources lie so far apart."""
_BESIDE_M: Final = 50.0
"""How much further the house next door may be."""
_SAME_HOUSE_M: Final = 400.0
"""Known houses of one number further apart than this are not one house."""
_BETWEEN_M: Final = 60.0
_BETWEEN_SHARE: Final = 0.6
_OTHER_SIDE_M: Final = 20.0
_PER_NUMBER_M: Final = 30.0
"""Two numbers further apart than this a number do not belong to one row of houses."""
_WIDEST_GAP: Final = 120
NO_NUMBER: Final = 10**6
"""Stands for the number of a house that has none; larger than any."""
NEAR_NUMBERS: Final = 40
"""How many numbers away the nearest known house may be."""
_NEAR_M: Final = 120.0
_NEAR_PER_NUMBER_M: Final = 20.0
_UNDRAWN_M: Final = 600.0
"""How much further than its known houses a street without a line may go."""
_AWAY_PER_NUMBER_M: Final = 4.0


class Method(NamedTuple):
    """How a spot was found: a key of the reasons, and what it names."""

    key: str
    first: str = ""
    second: str = ""


class Spot(NamedTuple):
    """A place on the map."""

    lon: float
    lat: float
    radius_m: float
    method: Method
    lon_trace: FloatArray | None = None
    lat_trace: FloatArray | None = None
    """Points all along, where the spot is the whole of something long."""
    drawn: bool = True
    """Whether these points are all of it; false where it is known by a few houses only."""


class Houses(NamedTuple):
    """Known houses of one street or alley, in order of number."""

    value: npt.NDArray[np.int64]
    suffix: npt.NDArray[np.object_]
    lon: FloatArray
    lat: FloatArray
    radius_m: FloatArray


class Stretch:
    """A street, an alley, or a part of one.

    Parameters
    ----------
    lines : list of ndarray
        Coordinates of its lines, shape (n, 2), degrees.
    houses : Houses
        Known houses on it, sorted by number.
    """

    def __init__(self, lines: list[FloatArray], houses: Houses) -> None:
        self.lines = lines
        self.houses = houses
        self._merged: npt.NDArray[np.object_] | None = None

    @cached_property
    def _trace(self) -> FloatArray:
        """Points all along its lines, or its houses where it has none, shape (n, 2)."""
        if self.lines:
            return np.concatenate([_filled(line) for line in self.lines])
        return np.column_stack([self.houses.lon, self.houses.lat])

    def whole(self, method: Method, number: HouseNumber | None = None) -> Spot:
        """Give the whole of it as one spot: the point of it nearest to its middle, and how far it reaches.

        Parameters
        ----------
        method : Method
            How it was found.
        number : HouseNumber, optional
            House that was looked for: of a street without a line it tells how far on it may be.

        Returns
        -------
        Spot
            With points all along; they are not all of a street that is known by a few houses only.
        """
        middle = self._trace.mean(axis=0)
        away = distance_m(middle[0], middle[1], self._trace[:, 0], self._trace[:, 1])
        lon, lat = self._trace[int(np.argmin(away))]
        x, y = np.concatenate([self._trace, np.column_stack([self.houses.lon, self.houses.lat])]).T
        reach = float(distance_m(lon, lat, x, y).max())
        if not self.lines:
            reach = 2 * reach + _UNDRAWN_M
            numbered = self.houses.value[self.houses.value < NO_NUMBER]
            if number is not None and len(numbered):
                steps = int(np.abs(numbered - number.value).min())
                reach = max(reach, _UNDRAWN_M + _AWAY_PER_NUMBER_M * min(steps, _WIDEST_GAP * 5))
        return Spot(float(lon), float(lat), max(reach, _POINT_M), method, x, y, bool(self.lines))

    def house(self, number: HouseNumber, *, in_rows: bool = True) -> Spot | None:
        """Find a house: known, between known ones, or near a known one.

        Parameters
        ----------
        number : HouseNumber
            Which.
        in_rows : bool
            Whether houses stand in order of their numbers, as on a street and not in an estate.

        Returns
        -------
        Spot or None
            None where no known number is near enough.
        """
        if not len(self.houses.value):
            return None
        known = self._known(number)
        if known is not None or not in_rows:
            return known
        return self._between(number) or self._near(number)

    def _known(self, number: HouseNumber) -> Spot | None:
        houses = self.houses
        same = np.flatnonzero(houses.value == number.value)
        if not len(same):
            return None
        exact = same[houses.suffix[same] == number.suffix]
        at = exact if len(exact) else same
        lon, lat = float(np.median(houses.lon[at])), float(np.median(houses.lat[at]))
        spread = float(distance_m(lon, lat, houses.lon[at], houses.lat[at]).max())
        if spread > _SAME_HOUSE_M:
            return None
        radius = spread + max(_POINT_M, float(houses.radius_m[at].max()))
        if len(exact):
            return Spot(lon, lat, radius, Method("house-known", _shown(number)))
        beside = HouseNumber(number.value, str(houses.suffix[same[0]]))
        return Spot(lon, lat, radius + _BESIDE_M, Method("house-beside", _shown(number), _shown(beside)))

    def _between(self, number: HouseNumber) -> Spot | None:
        """Interpolate between the nearest known numbers below and above: of its own side, else of either."""
        for side in (True, False):
            pair = self._bracket(number.value, side=side)
            if pair is None:
                continue
            below, above = pair
            gap = int(self.houses.value[above] - self.houses.value[below])
            share = (number.value - int(self.houses.value[below])) / gap
            lon, lat, length = self._part_way(below, above, share)
            if length > _PER_NUMBER_M * gap + 2 * _BESIDE_M:
                continue
            radius = _BETWEEN_M + _BETWEEN_SHARE * length + (0.0 if side else _OTHER_SIDE_M)
            method = Method("house-between", self._number(below), self._number(above))
            return Spot(lon, lat, radius, method)
        return None

    def _number(self, at: int) -> str:
        return _shown(HouseNumber(int(self.houses.value[at]), str(self.houses.suffix[at])))

    def _bracket(self, value: int, *, side: bool) -> tuple[int, int] | None:
        values = self.houses.value
        candidates = np.flatnonzero((values % 2 == value % 2) if side else np.ones(len(values), dtype=bool))
        after = int(np.searchsorted(values[candidates], value))
        if after == 0 or after == len(candidates):
            return None
        below, above = int(candidates[after - 1]), int(candidates[after])
        return (below, above) if 0 < values[above] - values[below] <= _WIDEST_GAP else None

    def _part_way(self, below: int, above: int, share: float) -> tuple[float, float, float]:
        """Go a share of the way from one house to another, along the street where both lie on one line."""
        houses = self.houses
        lon = houses.lon[[below, above]]
        lat = houses.lat[[below, above]]
        straight = float(distance_m(lon[0], lat[0], lon[1], lat[1]))
        x, y = lon[0] + share * (lon[1] - lon[0]), lat[0] + share * (lat[1] - lat[0])
        ends = np.asarray(shapely.points(lon, lat), dtype=object)
        line = self._line_near(ends)
        if line is None:
            return float(x), float(y), straight
        first, last = np.asarray(shapely.line_locate_point(line, ends)).tolist()
        way = shapely.line_interpolate_point(line, first + share * (last - first))
        cut = _between_measures(line, min(first, last), max(first, last))
        along = float(distance_m(cut[:-1, 0], cut[:-1, 1], cut[1:, 0], cut[1:, 1]).sum())
        return float(shapely.get_x(way)), float(shapely.get_y(way)), max(along, straight)

    def _line_near(self, points: npt.NDArray[np.object_]) -> shapely.LineString | None:
        """Give the line of the street that both points are nearest to, if it is one and the same."""
        if not self.lines:
            return None
        if self._merged is None:
            drawn = shapely.MultiLineString([shapely.LineString(line) for line in self.lines])
            self._merged = shapely.get_parts(shapely.line_merge(drawn))
        nearest = [int(np.argmin(shapely.distance(self._merged, point))) for point in points]
        line = self._merged[nearest[0]]
        return line if nearest[0] == nearest[1] and isinstance(line, shapely.LineString) else None

    def _near(self, number: HouseNumber) -> Spot | None:
        """Take the nearest known number, of its own side if there is one about as near."""
        houses = self.houses
        apart = np.abs(houses.value - number.value)
        apart = apart + (houses.value % 2 != number.value % 2)
        at = int(np.argmin(apart))
        steps = int(abs(houses.value[at] - number.value))
        if steps > NEAR_NUMBERS:
            return None
        radius = _NEAR_M + _NEAR_PER_NUMBER_M * steps + float(houses.radius_m[at])
        method = Method("house-near", _shown(number), self._number(at))
        return Spot(float(houses.lon[at]), float(houses.lat[at]), radius, method)


def _shown(number: HouseNumber) -> str:
    return f"{number.value}{number.suffix.upper()}"


def _filled(line: FloatArray, step_m: float = 60.0) -> FloatArray:
    """Put points between the corners of a line, so that its length counts and not its corners."""
    if len(line) < 2:
        return line
    lengths = distance_m(line[:-1, 0], line[:-1, 1], line[1:, 0], line[1:, 1])
    parts = []
    for start, end, length in zip(line[:-1], line[1:], lengths, strict=True):
        count = max(1, int(np.ceil(length / step_m)))
        parts.append(start + np.linspace(0, 1, count, endpoint=False)[:, None] * (end - start))
    return np.concatenate([*parts, line[-1:]])


def _between_measures(line: shapely.LineString, first: float, last: float) -> FloatArray:
    """Corners of the part of a line between two measures, degrees."""
    coordinates = shapely.get_coordinates(line)
    steps = np.hypot(*np.diff(coordinates, axis=0).T)
    measures = np.concatenate([[0.0], np.cumsum(steps)])
    inner = coordinates[(measures > first) & (measures < last)]
    ends = shapely.get_coordinates(shapely.line_interpolate_point(line, [first, last]))
    return np.concatenate([ends[:1], inner, ends[1:]])
