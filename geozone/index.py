"""The R-tree: a static one over units, a live one over cases and clusters.

``UnitIndex`` packs once (GEOS's STR tree) and answers for whole arrays. ``LiveIndex`` is edited in
place (libspatialindex's R*-tree) and answers in metres.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from rtree import index as rtree_index
from shapely.geometry.base import BaseGeometry

from geozone.geodesy import degrees_per_metre, distance_m

__all__ = ["LiveIndex", "UnitIndex"]

IntArray = npt.NDArray[np.int64]
_BATCH = 4_000_000
_FEW = 512
_CELL_SIDES = (0.0025, 0.005, 0.01, 0.02)
_POINTS_PER_CELL = 7
_MOST_CELLS = 30_000_000


class UnitIndex:
    """Find which unit holds a point.

    Parameters
    ----------
    geometries : sequence of Polygon or MultiPolygon
        The units, in degrees; their position is their name here. None and empty ones hold nothing.

    Notes
    -----
    A point on a shared border belongs to the unit of the lowest position, so that the answer does
    not depend on chance; a point on an outer border is inside. A point a little outside every unit
    has none.

    May be shared between threads: prepared geometries, which must not be, are not kept here.
    GEOS prepares its own for the length of one call.
    """

    def __init__(self, geometries: Sequence[BaseGeometry | None] | npt.NDArray[np.object_]) -> None:
        units = np.empty(len(geometries), dtype=object)
        units[:] = list(geometries)
        self._geometries = units
        self._tree = shapely.STRtree(units)

    def __len__(self) -> int:
        return len(self._geometries)

    @property
    def geometries(self) -> npt.NDArray[np.object_]:
        """The units, by position; not to be changed."""
        return self._geometries

    def locate(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> IntArray:
        """Find the unit that holds each point.

        Parameters
        ----------
        lon, lat : array_like
            Points, degrees; a missing coordinate (nan) is in no unit.

        Returns
        -------
        ndarray of int64
            Position of the unit of each point, in order; -1 for none.
        """
        longitude = np.atleast_1d(np.asarray(lon, dtype=np.float64))
        latitude = np.atleast_1d(np.asarray(lat, dtype=np.float64))
        found = np.full(len(longitude), -1, dtype=np.int64)
        known = np.flatnonzero(np.isfinite(longitude) & np.isfinite(latitude))
        for start in range(0, len(known), _BATCH):
            batch = known[start : start + _BATCH]
            found[batch] = self._locate_batch(longitude[batch], latitude[batch])
        return found

    def intersecting(self, geometry: BaseGeometry) -> IntArray:
        """Find the units that touch a geometry.

        Parameters
        ----------
        geometry : geometry
            In degrees.

        Returns
        -------
        ndarray of int64
            Positions of the units, ascending.
        """
        found = self._tree.query(geometry, predicate="intersects")
        return np.sort(np.asarray(found, dtype=np.int64))

    def pairs(self, geometries: npt.NDArray[np.object_]) -> tuple[IntArray, IntArray]:
        """Find which geometries touch which units.

        Parameters
        ----------
        geometries : ndarray of geometry
            In degrees.

        Returns
        -------
        geometry, unit : ndarray of int64
            Positions of each pair that touches, sorted by geometry, then unit.
        """
        geometry, unit = self._tree.query(geometries, predicate="intersects").astype(np.int64)
        order = np.lexsort((unit, geometry))
        return geometry[order], unit[order]

    def _locate_batch(self, lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]) -> IntArray:
        if len(lon) <= _FEW:
            return self._locate_few(lon, lat)
        found = np.full(len(lon), -1, dtype=np.int64)
        cells = _shared_cells(lon, lat)
        if cells is None:
            self._locate_many(lon, lat, np.arange(len(lon)), found)
            return found
        boxes, cell = cells
        held, open_ = self._locate_cells(boxes)
        found[:] = held[cell]
        self._locate_many(lon, lat, np.flatnonzero(open_[cell]), found)
        return found

    def _locate_few(self, lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]) -> IntArray:
        points = np.asarray(shapely.points(lon, lat), dtype=object)
        point, unit = self._tree.query(points)
        hit = shapely.intersects(self._geometries[unit], points[point])
        unit, point = unit[hit], point[hit]
        order = np.argsort(unit, kind="stable")
        return _lowest(point[order], unit[order], len(points))

    def _locate_many(
        self,
        lon: npt.NDArray[np.float64],
        lat: npt.NDArray[np.float64],
        wanted: IntArray,
        found: IntArray,
    ) -> None:
        # Asking the points' tree with the units lets GEOS prepare each unit once.
        points = np.asarray(shapely.points(lon[wanted], lat[wanted]), dtype=object)
        unit, point = shapely.STRtree(points).query(self._geometries, predicate="intersects")
        found[wanted] = _lowest(point, unit, len(points))

    def _locate_cells(self, boxes: npt.NDArray[np.object_]) -> tuple[IntArray, npt.NDArray[np.bool_]]:
        """Give the one unit that holds each cell, -1 for none, and the cells to be asked point by point."""
        tree = shapely.STRtree(boxes)
        touching = np.bincount(tree.query(self._geometries, predicate="intersects")[1], minlength=len(boxes))
        unit, cell = tree.query(self._geometries, predicate="contains_properly")
        held = np.full(len(boxes), -1, dtype=np.int64)
        held[cell] = unit
        open_ = (touching > 1) | ((touching == 1) & (held < 0))
        held[open_] = -1
        return held, open_


def _lowest(point: IntArray, unit: IntArray, count: int) -> IntArray:
    """Lowest unit of each point, from pairs sorted by unit."""
    found = np.full(count, -1, dtype=np.int64)
    found[point[::-1]] = unit[::-1]
    return found


def _shared_cells(
    lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.object_], IntArray] | None:
    """Cells of a grid, and the cell of each point, if points are dense enough to share cells."""
    for side in _CELL_SIDES:
        column, row = np.floor(lon / side).astype(np.int64), np.floor(lat / side).astype(np.int64)
        first_column, first_row = int(column.min()), int(row.min())
        rows = int(row.max()) - first_row + 1
        if (int(column.max()) - first_column + 1) * rows > _MOST_CELLS:
            continue
        key = (column - first_column) * rows + (row - first_row)
        taken = np.zeros(int(key.max()) + 1, dtype=bool)
        taken[key] = True
        used = np.flatnonzero(taken)
        if len(used) * _POINTS_PER_CELL <= len(lon):
            cell = (np.cumsum(taken) - 1)[key]
            west, south = (used // rows + first_column) * side, (used % rows + first_row) * side
            # A little larger than the cell, so that rounding leaves no point outside its box.
            boxes = shapely.box(west - 1e-9, south - 1e-9, west + side + 1e-9, south + side + 1e-9)
            return np.asarray(boxes, dtype=object), cell.astype(np.int64)
    return None


class LiveIndex:
    """Points that come, move and go, found by distance in metres.

    Safe to share between threads: each call holds a lock.

    Parameters
    ----------
    keys : sequence of hashable, optional
        Keys of the points to begin with.
    lon, lat : array_like, optional
        Their coordinates, degrees, in the same order.

    Raises
    ------
    ValueError
        If a key is given twice, a coordinate is not a number or the lengths differ.
    """

    def __init__(
        self, keys: Sequence[Hashable] = (), lon: npt.ArrayLike = (), lat: npt.ArrayLike = ()
    ) -> None:
        x = np.asarray(lon, dtype=np.float64)
        y = np.asarray(lat, dtype=np.float64)
        if not len(keys) == len(x) == len(y):
            raise ValueError(f"{len(keys)} keys with {len(x)} longitudes and {len(y)} latitudes")
        if not (np.isfinite(x).all() and np.isfinite(y).all()):
            raise ValueError("a coordinate is not a number")
        self._lock = threading.RLock()
        self._key_of: dict[int, Hashable] = dict(enumerate(keys))
        self._slot_of: dict[Hashable, int] = {key: slot for slot, key in self._key_of.items()}
        if len(self._slot_of) != len(keys):
            raise ValueError("a key is given twice")
        self._at: dict[int, tuple[float, float]] = dict(enumerate(zip(x.tolist(), y.tolist(), strict=True)))
        self._next = len(keys)
        self._tree: Any = _bulk_tree(x, y)

    def __len__(self) -> int:
        return len(self._slot_of)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._slot_of

    def __iter__(self) -> Iterator[Hashable]:
        return iter(list(self._slot_of))

    def position(self, key: Hashable) -> tuple[float, float]:
        """Tell where a point is.

        Parameters
        ----------
        key : hashable
            The point.

        Returns
        -------
        tuple of float
            Longitude and latitude, degrees.

        Raises
        ------
        KeyError
            If there is no such point.
        """
        with self._lock:
            return self._at[self._slot_of[key]]

    def insert(self, key: Hashable, lon: float, lat: float) -> None:
        """Add a point.

        Parameters
        ----------
        key : hashable
            Its key.
        lon, lat : float
            Where it is, degrees.

        Raises
        ------
        ValueError
            If the key is there already, or a coordinate is not a number.
        """
        if not (np.isfinite(lon) and np.isfinite(lat)):
            raise ValueError("a coordinate is not a number")
        with self._lock:
            if key in self._slot_of:
                raise ValueError("the key is there already")
            slot = self._next
            self._next += 1
            self._slot_of[key] = slot
            self._key_of[slot] = key
            self._at[slot] = (float(lon), float(lat))
            self._tree.insert(slot, (lon, lat, lon, lat))

    def remove(self, key: Hashable) -> None:
        """Take a point away.

        Parameters
        ----------
        key : hashable
            The point.

        Raises
        ------
        KeyError
            If there is no such point.
        """
        with self._lock:
            slot = self._slot_of.pop(key)
            del self._key_of[slot]
            x, y = self._at.pop(slot)
            self._tree.delete(slot, (x, y, x, y))

    def move(self, key: Hashable, lon: float, lat: float) -> None:
        """Put a point somewhere else.

        Parameters
        ----------
        key : hashable
            The point.
        lon, lat : float
            Its new place, degrees.

        Raises
        ------
        KeyError
            If there is no such point.
        ValueError
            If a coordinate is not a number; the point then stays where it was.
        """
        if not (np.isfinite(lon) and np.isfinite(lat)):
            raise ValueError("a coordinate is not a number")
        with self._lock:
            self.remove(key)
            self.insert(key, lon, lat)

    def within_m(self, lon: float, lat: float, radius_m: float) -> list[Hashable]:
        """Find the points within a distance.

        Parameters
        ----------
        lon, lat : float
            Centre, degrees.
        radius_m : float
            Distance, metres; a point exactly that far is found.

        Returns
        -------
        list of hashable
            Keys, nearest first; equal distances in the order of insertion.
        """
        with self._lock:
            slots = sorted(self._tree.intersection(_box_around(lon, lat, radius_m)))
            return self._ranked(slots, lon, lat, radius_m)

    def nearest(self, lon: float, lat: float, *, max_m: float = 200_000.0) -> Hashable | None:
        """Find the nearest point.

        Parameters
        ----------
        lon, lat : float
            From where, degrees.
        max_m : float
            How far to look, metres.

        Returns
        -------
        hashable or None
            Its key; None if there is no point that near.
        """
        with self._lock:
            reach = min(1_000.0, max_m)
            while True:
                found = self.within_m(lon, lat, reach)
                if found:
                    return found[0]
                if reach >= max_m:
                    return None
                reach = min(reach * 4, max_m)

    def _ranked(self, slots: list[int], lon: float, lat: float, radius_m: float) -> list[Hashable]:
        if not slots:
            return []
        at = np.array([self._at[slot] for slot in slots])
        metres = distance_m(lon, lat, at[:, 0], at[:, 1])
        order = np.argsort(metres, kind="stable")
        return [self._key_of[slots[i]] for i in order if metres[i] <= radius_m]


def _bulk_tree(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> Any:
    properties = rtree_index.Property(dimension=2)
    if len(x) == 0:
        return rtree_index.Index(properties=properties)
    corners = np.column_stack([x, y])
    return rtree_index.Index((np.arange(len(x)), corners, corners), properties=properties)


def _box_around(lon: float, lat: float, radius_m: float) -> tuple[float, float, float, float]:
    """Box that holds the disc: measured at its edge nearest the pole, with a margin."""
    _, dlat = degrees_per_metre(0.0)
    height = 1.001 * radius_m * float(dlat)
    dlon, _ = degrees_per_metre(min(89.0, abs(lat) + height))
    width = 1.001 * radius_m * float(dlon)
    return lon - width, lat - height, lon + width, lat + height
