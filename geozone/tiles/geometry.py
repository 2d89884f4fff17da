"""Outlines or points in the tile pyramid, prepared once per zoom and shared by layers.

Polygons that share borders are simplified together, as a mesh, so no gap opens between
neighbours. A zoom is prepared when first asked for: up to ``_LAST_SIMPLIFIED`` the whole set is
simplified, rounded to the grid of the zoom and kept; beyond it each tile rounds what it shows,
because the grid is then finer than the outlines. Geometry is never shared in prepared form, which
is not safe between threads.
"""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geozone.tiles.encode import Commands, point_commands, polygon_commands
from geozone.tiles.mercator import EXTENT, TILE_BUFFER, grid_size, to_world
from geozone.tiles.mesh_cache import read_mesh, write_mesh
from geozone.tiles.rings import clip, snap

__all__ = ["TileGeometry"]

_LAST_SIMPLIFIED = 10
_TOLERANCE = 2.0  # grid units: a quarter of a pixel of a 512-pixel tile
_OVERVIEW_ZOOM = 5  # lower zooms start from this one's mesh, which is small


class _Zoom(NamedTuple):
    polygons: NDArray[Any]
    bounds: NDArray[np.float64]


class TileGeometry:
    """Polygons, or points, that tiles are cut from.

    Parameters
    ----------
    geometries : array-like of Polygon, MultiPolygon or Point
        Longitude and latitude, degrees. All areal or all points; a missing one is never drawn.
    mesh : bool
        Whether the polygons share borders and must be simplified together.
    digest : str, optional
        Digest of the geometry, the name of its prepared forms on disk; computed if a cache
        folder is given without it.
    cache : Path, optional
        Folder for prepared zooms, shared by processes.

    Raises
    ------
    ValueError
        If areal and other geometries are mixed, or are of a kind that is not drawn.
    """

    def __init__(
        self, geometries: Any, *, mesh: bool = False, digest: str | None = None, cache: Path | None = None
    ) -> None:
        self._lonlat = shapely.force_2d(np.asarray(geometries, dtype=object))
        self._mesh = mesh
        self._cache = cache
        self._digest = digest
        self._zooms: dict[int, _Zoom] = {}
        self._locks: dict[int, threading.Lock] = {}
        self._guard = threading.Lock()
        kinds = set(np.unique(shapely.get_type_id(self._lonlat)).tolist()) - {-1}
        if not kinds <= {0} and not kinds <= {3, 6}:
            raise ValueError("a tile layer holds polygons or single points, not a mixture or other kinds")
        self._points = kinds <= {0}
        self._world = np.asarray(shapely.transform(self._lonlat, to_world), dtype=object)
        self._world_bounds = shapely.bounds(self._world)
        self._usable = ~(shapely.is_missing(self._world) | shapely.is_empty(self._world))

    def __len__(self) -> int:
        return len(self._lonlat)

    @property
    def points(self) -> bool:
        """Whether the layer is of points."""
        return self._points

    @property
    def bounds(self) -> tuple[float, float, float, float] | None:
        """West, south, east, north, degrees; ``None`` where nothing can be drawn."""
        if not self._usable.any():
            return None
        box = [float(edge) for edge in shapely.total_bounds(self._lonlat)]
        return box[0], box[1], box[2], box[3]

    def prepare(self, zoom: int) -> None:
        """Prepare a zoom ahead of its first tile.

        Parameters
        ----------
        zoom : int
            Zoom, 0 or more. Nothing is done for points and for zooms that need no preparation.
        """
        if not self._points and zoom <= _LAST_SIMPLIFIED:
            self._prepared(zoom)

    def prepared(self, zoom: int) -> NDArray[Any]:
        """Prepare a zoom and hand its polygons over.

        Parameters
        ----------
        zoom : int
            A zoom that is prepared, 10 at most.

        Returns
        -------
        ndarray of Polygon or MultiPolygon
            In the order given; grid coordinates of the zoom, y downwards. Do not change them.
        """
        return self._prepared(zoom).polygons

    def draw(self, zoom: int, x: int, y: int) -> tuple[NDArray[np.int64], Commands]:
        """Draw what a tile shows.

        Parameters
        ----------
        zoom, x, y : int
            Address of the tile.

        Returns
        -------
        rows : ndarray of int64
            Positions of the features drawn, ascending.
        commands : Commands
            Their geometry.
        """
        if self._points:
            return self._draw_points(zoom, x, y)
        corner = (x * EXTENT, y * EXTENT)
        if zoom <= _LAST_SIMPLIFIED:
            rows, polygons = self._cut_prepared(zoom, corner)
        else:
            rows, polygons = self._cut_source(zoom, corner)
        shown = ~shapely.is_empty(polygons)
        return rows[shown], polygon_commands(polygons[shown], corner)

    def _draw_points(self, zoom: int, x: int, y: int) -> tuple[NDArray[np.int64], Commands]:
        size = grid_size(zoom)
        box = (np.array(_box((x * EXTENT, y * EXTENT)))) / size
        west, north, east, south = box
        at = self._world_bounds[:, :2]
        inside = (at[:, 0] >= west) & (at[:, 0] < east) & (at[:, 1] >= north) & (at[:, 1] < south)
        rows = np.flatnonzero(inside & self._usable)
        grid = np.floor(at[rows] * size).astype(np.int64) - np.array([x * EXTENT, y * EXTENT])
        return rows, point_commands(grid)

    def _cut_prepared(self, zoom: int, corner: tuple[int, int]) -> tuple[NDArray[np.int64], NDArray[Any]]:
        prepared = self._prepared(zoom)
        box = _box(corner)
        rows = _touching(prepared.bounds, box)
        polygons = prepared.polygons[rows]
        crossing = _crossing(prepared.bounds[rows], box)
        polygons[crossing] = snap(clip(polygons[crossing], box))
        return rows, polygons

    def _cut_source(self, zoom: int, corner: tuple[int, int]) -> tuple[NDArray[np.int64], NDArray[Any]]:
        size = grid_size(zoom)
        box = _box(corner)
        bounds = self._world_bounds * size
        rows = _touching(bounds, box)
        polygons = np.asarray(shapely.transform(self._world[rows], lambda world: world * size), dtype=object)
        crossing = _crossing(bounds[rows], box)
        polygons[crossing] = clip(polygons[crossing], box)
        return rows, snap(polygons)

    def _prepared(self, zoom: int) -> _Zoom:
        found = self._zooms.get(zoom)
        if found is not None:
            return found
        with self._guard:
            lock = self._locks.setdefault(zoom, threading.Lock())
        with lock:
            found = self._zooms.get(zoom)
            if found is None:
                polygons = self._load_or_make(zoom)
                found = self._zooms[zoom] = _Zoom(polygons, shapely.bounds(polygons))
        return found

    def _load_or_make(self, zoom: int) -> NDArray[Any]:
        if self._cache is None:
            return self._make(zoom)
        if self._digest is None:
            self._digest = _digest(self._lonlat)
        kind = "mesh" if self._mesh else "free"
        stored = read_mesh(self._cache, f"{self._digest}-{kind}", zoom)
        if stored is not None and len(stored) == len(self):
            return stored
        made = self._make(zoom)
        write_mesh(self._cache, f"{self._digest}-{kind}", zoom, made)
        return made

    def _make(self, zoom: int) -> NDArray[Any]:
        if zoom < _OVERVIEW_ZOOM:
            overview = self._prepared(_OVERVIEW_ZOOM).polygons
            scale = 0.5 ** (_OVERVIEW_ZOOM - zoom)
            grid = shapely.transform(overview, lambda whole: whole * scale)
        else:
            size = grid_size(zoom)
            grid = shapely.transform(self._world, lambda world: world * size)
        grid = np.asarray(grid, dtype=object)
        grid[~self._usable] = shapely.MultiPolygon()
        simplified = grid.copy()
        if self._mesh:
            simplified[self._usable] = shapely.coverage_simplify(grid[self._usable], _TOLERANCE)
        else:
            simplified = shapely.simplify(grid, _TOLERANCE / 2, preserve_topology=True)
        return snap(np.asarray(simplified, dtype=object))


def _box(corner: tuple[int, int]) -> tuple[float, float, float, float]:
    x, y = corner
    return (
        float(x - TILE_BUFFER),
        float(y - TILE_BUFFER),
        float(x + EXTENT + TILE_BUFFER),
        float(y + EXTENT + TILE_BUFFER),
    )


def _touching(bounds: NDArray[np.float64], box: tuple[float, float, float, float]) -> NDArray[np.int64]:
    # Missing geometry has bounds of NaN, which touch nothing.
    return np.flatnonzero(
        (bounds[:, 0] < box[2]) & (bounds[:, 2] > box[0]) & (bounds[:, 1] < box[3]) & (bounds[:, 3] > box[1])
    )


def _crossing(bounds: NDArray[np.float64], box: tuple[float, float, float, float]) -> NDArray[np.bool_]:
    inside = (
        (bounds[:, 0] >= box[0])
        & (bounds[:, 1] >= box[1])
        & (bounds[:, 2] <= box[2])
        & (bounds[:, 3] <= box[3])
    )
    return np.asarray(~inside)


def _digest(geometries: NDArray[Any]) -> str:
    content = hashlib.sha256()
    for encoded in shapely.to_wkb(geometries).tolist():
        content.update(encoded or b"\0")
    return content.hexdigest()
