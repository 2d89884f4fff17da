"""Outlines or points of a layer, in the unit square of the world: read when the first tile needs them."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geozone.splicing import spliced
from geozone.tiles.mercator import to_world

__all__ = ["Outlines"]

Bounds = tuple[float, float, float, float]


class _Read(NamedTuple):
    lonlat: NDArray[Any]
    world: NDArray[Any]
    boxes: NDArray[np.float64]  # of ``world``; NaN for a missing one
    usable: NDArray[np.bool_]
    vertices: NDArray[np.integer[Any]]


class Outlines:
    """Polygons or points of a layer; safe to share between threads.

    A service that finds every zoom it is asked for prepared on disk never reads them.

    Parameters
    ----------
    read : callable
        Gives the geometries: longitude and latitude, degrees, all areal or all points; a missing one
        is never drawn. Called once, when first needed.
    count : int
        How many there are.
    points : bool
        Whether they are points.
    bounds : tuple of float, optional
        West, south, east, north, degrees; ``None`` where nothing can be drawn.

    Raises
    ------
    ValueError
        When read, if areal and other geometries are mixed, or are of a kind that is not drawn.
    """

    def __init__(
        self, read: Callable[[], NDArray[Any]], *, count: int, points: bool, bounds: Bounds | None
    ) -> None:
        self.count = count
        self.points = points
        self.bounds = bounds
        self._source = read
        self._held: _Read | None = None
        self._lock = threading.Lock()

    @classmethod
    def of(cls, geometries: Any) -> Outlines:
        """Take geometries that are in memory.

        Parameters
        ----------
        geometries : array-like of Polygon, MultiPolygon or Point
            Longitude and latitude, degrees.

        Returns
        -------
        Outlines
            Checked at once.

        Raises
        ------
        ValueError
            If areal and other geometries are mixed, or are of a kind that is not drawn.
        """
        array = np.asarray(geometries, dtype=object)
        drawn = array[~(shapely.is_missing(array) | shapely.is_empty(array))]
        west, south, east, north = shapely.total_bounds(drawn).tolist() if len(drawn) else (0.0,) * 4
        bounds = (west, south, east, north) if len(drawn) else None
        points = not len(drawn) or bool((shapely.get_type_id(drawn) == shapely.GeometryType.POINT).all())
        made = cls(lambda: array, count=len(array), points=points, bounds=bounds)
        _check(array, points=points)
        return made

    @property
    def is_read(self) -> bool:
        """Whether they are in memory."""
        return self._held is not None

    @property
    def vertices(self) -> NDArray[np.integer[Any]]:
        """How many vertices each has."""
        return self._read().vertices

    @property
    def lonlat(self) -> NDArray[Any]:
        """Longitude and latitude, degrees."""
        return self._read().lonlat

    @property
    def world(self) -> NDArray[Any]:
        """Unit square of the world, y downwards."""
        return self._read().world

    @property
    def boxes(self) -> NDArray[np.float64]:
        """Boxes of ``world``; NaN for a missing one."""
        return self._read().boxes

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Which of them can be drawn."""
        return self._read().usable

    def succeeded(self, rows: NDArray[np.int64], fresh: Outlines, bounds: Bounds | None) -> Outlines:
        """Take outlines that follow these, of which a few are new.

        Parameters
        ----------
        rows : ndarray of int64
            Where each was among these; -1 for the new ones, in order.
        fresh : Outlines
            The new ones.
        bounds : tuple of float or None
            West, south, east, north of all, degrees.

        Returns
        -------
        Outlines
            In memory; what was worked out of these is taken over.
        """
        read, own = self._read(), fresh._read()
        parts = [spliced(one, rows, other) for one, other in zip(read, own, strict=True)]
        made = Outlines(lambda: parts[0], count=len(rows), points=self.points, bounds=bounds)
        made._held = _Read(*parts)
        return made

    def digest(self) -> str:
        """Name the geometries by their content.

        Returns
        -------
        str
            SHA-256 of their well-known binary.
        """
        content = hashlib.sha256()
        for encoded in shapely.to_wkb(self.lonlat).tolist():
            content.update(encoded or b"\0")
        return content.hexdigest()

    def _read(self) -> _Read:
        held = self._held
        if held is not None:
            return held
        with self._lock:
            if self._held is None:
                lonlat = shapely.force_2d(np.asarray(self._source(), dtype=object))
                _check(lonlat, points=self.points)
                world = np.asarray(shapely.transform(lonlat, to_world), dtype=object)
                boxes, vertices = shapely.bounds(world).reshape(-1, 4), shapely.get_num_coordinates(world)
                usable = ~(shapely.is_missing(world) | shapely.is_empty(world))
                self._held = _Read(lonlat, world, boxes, usable, vertices)
            return self._held


def _check(geometries: NDArray[Any], *, points: bool) -> None:
    kinds = set(np.unique(shapely.get_type_id(geometries)).tolist()) - {-1}
    expected = {0} if points else {3, 6}
    if not kinds <= expected:
        raise ValueError("a tile layer holds polygons or single points, not a mixture or other kinds")
