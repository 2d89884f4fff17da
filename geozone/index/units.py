"""Which unit holds which point: packed once, asked for whole arrays."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from geozone.index.grid import CellGrid

__all__ = ["UnitIndex"]

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

    Bulk questions are answered by a grid (`geozone.index.grid`), which is built once as many points
    have been asked as the outlines have vertices: about then it has paid for itself.

    May be shared between threads: prepared geometries, which must not be, are not kept here.
    GEOS prepares its own for the length of one call.
    """

    def __init__(self, geometries: Sequence[BaseGeometry | None] | npt.NDArray[np.object_]) -> None:
        units = np.empty(len(geometries), dtype=object)
        units[:] = list(geometries)
        self._geometries = units
        self._tree = shapely.STRtree(units)
        self._lock = threading.Lock()
        self._asked = 0
        self._vertices = int(shapely.get_num_coordinates(units).sum())
        self._grid: CellGrid | None = None

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
        grid = self._grid_for(len(known)) if len(known) > _FEW else None
        for start in range(0, len(known), _BATCH):
            batch = known[start : start + _BATCH]
            x, y = longitude[batch], latitude[batch]
            found[batch] = self._locate_batch(x, y) if grid is None else self._locate_on(grid, x, y)
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

    def _grid_for(self, points: int) -> CellGrid | None:
        """Give the grid, if there are points enough, now and before, to pay for it."""
        if self._vertices == 0:
            return None
        with self._lock:
            self._asked += points
            if self._grid is None and self._asked >= self._vertices:
                self._grid = CellGrid(self._geometries)
            return self._grid

    def _locate_on(
        self, grid: CellGrid, lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]
    ) -> IntArray:
        found, doubtful = grid.locate(lon, lat)
        again = np.flatnonzero(doubtful)
        if len(again) > _FEW:
            self._locate_many(lon, lat, again, found)
        elif len(again):
            found[again] = self._locate_few(lon[again], lat[again])
        return found

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
