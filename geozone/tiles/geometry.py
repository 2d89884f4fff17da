"""Outlines or points in the tile pyramid, prepared once per zoom and shared by layers.

Polygons that share borders are simplified together, as a mesh, so no gap opens between
neighbours. A zoom is prepared when first asked for: up to ``_LAST_SIMPLIFIED`` the whole set is
simplified, rounded to the grid of the zoom and kept; beyond it each tile rounds what it shows,
because the grid is then finer than the outlines. Geometry is never shared in prepared form, which
is not safe between threads.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geozone.splicing import spliced
from geozone.tiles.clusters import Clusters, cluster_points
from geozone.tiles.commands import Drawing, draw_points, draw_polygons
from geozone.tiles.cuts import CUT_BYTES, Cut, KeptCuts, crossing, tile_box, touching
from geozone.tiles.mercator import EXTENT, grid_size
from geozone.tiles.mesh_cache import read_mesh, write_mesh
from geozone.tiles.outlines import Outlines
from geozone.tiles.rings import clip, snap
from geozone.tiles.thinning import Thinning

__all__ = ["TileGeometry", "points_in_tile"]

_log = logging.getLogger(__name__)

_LAST_SIMPLIFIED = 10
_TOLERANCE = 1.0  # grid units, for polygons that share no border
_OVERVIEW_ZOOM = 5  # lower zooms start from this one's mesh, which is small


class _Zoom(NamedTuple):
    polygons: NDArray[Any]
    bounds: NDArray[np.float64]
    vertices: NDArray[np.integer[Any]]

    @classmethod
    def of(cls, polygons: NDArray[Any]) -> _Zoom:
        """Measure what is prepared."""
        boxes = np.asarray(shapely.bounds(polygons)).reshape(-1, 4)
        return cls(polygons, boxes, shapely.get_num_coordinates(polygons))


class _Loan(NamedTuple):
    """Polygons of which some are prepared elsewhere."""

    lender: TileGeometry
    rows: NDArray[np.int64]  # row of each at the lender, -1 for those of its own
    own: TileGeometry

    def prepared(self, zoom: int) -> NDArray[Any]:
        polygons = np.empty(len(self.rows), dtype=object)
        lent = self.rows >= 0
        if lent.any():
            polygons[lent] = self.lender.prepared(zoom)[self.rows[lent]]
        polygons[~lent] = self.own.prepared(zoom)
        return polygons


class TileGeometry:
    """Polygons, or points, that tiles are cut from.

    Parameters
    ----------
    geometries : Outlines, or array-like of Polygon, MultiPolygon or Point
        Longitude and latitude, degrees. All areal or all points; a missing one is never drawn.
    mesh : bool
        Whether the polygons share borders and must be simplified together.
    digest : str, optional
        Digest of the geometry, the name of its prepared forms on disk; computed if a cache
        folder is given without it.
    cache : Path, optional
        Folder for prepared zooms, shared by processes.
    lender : TileGeometry, optional
        Geometry whose prepared form is taken over by every polygon that is also one of its own,
        such as the communes for zones that are whole communes: prepared once, drawn the same.
    cut_bytes : int
        Memory for what tiles have shown, from which they are drawn again with other properties.

    Raises
    ------
    ValueError
        If areal and other geometries are mixed, or are of a kind that is not drawn.
    """

    def __init__(
        self,
        geometries: Any,
        *,
        mesh: bool = False,
        digest: str | None = None,
        cache: Path | None = None,
        lender: TileGeometry | None = None,
        cut_bytes: int = CUT_BYTES,
    ) -> None:
        self._outlines = geometries if isinstance(geometries, Outlines) else Outlines.of(geometries)
        self._mesh = mesh
        self._cache = cache
        self._digest = digest
        self._lender = None if self._outlines.points else lender
        self._zooms: dict[int, _Zoom] = {}
        self._clusters: dict[int, Clusters] = {}
        self._cuts = KeptCuts(cut_bytes)
        self._locks: dict[int, threading.Lock] = {}
        self._guard = threading.Lock()
        self._thinning: Thinning | None = None
        self._loan: _Loan | None = None
        self._by_box: dict[bytes, list[int]] | None = None

    def __len__(self) -> int:
        return self._outlines.count

    @property
    def points(self) -> bool:
        """Whether the layer is of points."""
        return self._outlines.points

    @property
    def bounds(self) -> tuple[float, float, float, float] | None:
        """West, south, east, north, degrees; ``None`` where nothing can be drawn."""
        return self._outlines.bounds

    def succeeded(
        self,
        rows: NDArray[np.int64],
        fresh: NDArray[Any],
        bounds: tuple[float, float, float, float] | None,
    ) -> TileGeometry:
        """Take the geometry that follows this one, of which a few outlines are new.

        Parameters
        ----------
        rows : ndarray of int64
            Where each outline was here; -1 for the new ones, in order.
        fresh : ndarray of Polygon, MultiPolygon or Point
            The new ones; longitude and latitude, degrees.
        bounds : tuple of float or None
            West, south, east, north of all, degrees.

        Returns
        -------
        TileGeometry
            Not a mesh. Every zoom that is prepared here is prepared there, the new outlines each by itself or
            as the lender has them.
        """
        outlines = Outlines.of(fresh)
        outlines.points = self.points
        own = TileGeometry(outlines, lender=self._lender)
        made = TileGeometry(self._outlines.succeeded(rows, outlines, bounds), lender=self._lender)
        for zoom, held in list(self._zooms.items()):
            new = _Zoom.of(own.prepared(zoom))
            parts = [spliced(one, rows, other) for one, other in zip(held, new, strict=True)]
            made._zooms[zoom] = _Zoom(*parts)
        return made

    def prepare(self, zoom: int) -> None:
        """Prepare a zoom ahead of its first tile.

        Parameters
        ----------
        zoom : int
            Zoom, 0 or more. Nothing is done for points and for zooms that need no preparation.
        """
        if not self.points and zoom <= _LAST_SIMPLIFIED:
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

    def draw(self, zoom: int, x: int, y: int, chosen: NDArray[np.bool_] | None = None) -> Cut:
        """Draw what a tile shows.

        Parameters
        ----------
        zoom, x, y : int
            Address of the tile.
        chosen : ndarray of bool, optional
            Which features may be drawn; all by default.

        Returns
        -------
        Cut
            The features drawn, and their geometry.
        """
        if self.points:
            # A missing point is at NaN, which is in no tile.
            return Cut(*points_in_tile(self._outlines.boxes[:, :2], zoom, x, y, chosen))
        held = self._cuts.find((zoom, x, y))
        if held is None:
            rows, polygons = self.shapes(zoom, x, y)
            held = Cut(rows, draw_polygons(polygons, (x * EXTENT, y * EXTENT)))
            self._cuts.put((zoom, x, y), held)
        return held.only(chosen)

    def effort(self, zoom: int, x: int, y: int) -> int | None:
        """Tell how much there is to do for a tile.

        Parameters
        ----------
        zoom, x, y : int
            Address of the tile.

        Returns
        -------
        int or None
            Vertices that are handled, about; ``None`` where outlines must first be read or prepared.
        """
        held = self._cuts.find((zoom, x, y))
        if held is not None:
            return len(held.drawing.encoded) >> 4
        if self.points:
            return len(self) if self._outlines.is_read else None
        if zoom > _LAST_SIMPLIFIED:
            if not self._outlines.is_read:
                return None
            rows = touching(self._outlines.boxes, tile_box(x, y, grid_size(zoom)))
            return int(self._outlines.vertices[rows].sum())
        prepared = self._zooms.get(zoom)
        if prepared is None:
            return None
        return int(prepared.vertices[touching(prepared.bounds, tile_box(x, y))].sum())

    def shapes(
        self, zoom: int, x: int, y: int, chosen: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[Any]]:
        """Cut the polygons that a tile shows.

        Parameters
        ----------
        zoom, x, y, chosen
            As for ``draw``.

        Returns
        -------
        rows : ndarray of int64
            Positions of the features, ascending.
        polygons : ndarray of Polygon or MultiPolygon
            Grid coordinates of the zoom, whole, none empty, cut a little beyond the tile's edges.
        """
        cut = self._cut_prepared if zoom <= _LAST_SIMPLIFIED else self._cut_source
        rows, polygons = cut(zoom, x, y, chosen)
        shown = ~shapely.is_empty(polygons)
        return rows[shown], polygons[shown]

    def clusters(
        self, zoom: int, chosen: NDArray[np.bool_] | None = None, *, gathered: bool = True
    ) -> Clusters:
        """Gather the points of a zoom into clusters.

        Parameters
        ----------
        zoom : int
            Zoom to gather for.
        chosen : ndarray of bool, optional
            Which points count; all by default, and then the answer is kept.
        gathered : bool
            Whether points of one cell become one; else each stands for itself.

        Returns
        -------
        Clusters
            One for each cell with a point, or for each point.
        """
        held = self._clusters.get(zoom) if chosen is None and gathered else None
        if held is None:
            rows = np.flatnonzero(self._outlines.usable if chosen is None else self._outlines.usable & chosen)
            at = self._outlines.boxes[rows, :2]
            if not gathered:
                return Clusters(at, np.ones(len(rows), np.int64), rows, rows.astype(np.uint64))
            held = cluster_points(at, rows, zoom)
            if chosen is None:
                self._clusters[zoom] = held
        return held

    def _cut_prepared(
        self, zoom: int, x: int, y: int, chosen: NDArray[np.bool_] | None
    ) -> tuple[NDArray[np.int64], NDArray[Any]]:
        prepared, box = self._prepared(zoom), tile_box(x, y)
        rows = touching(prepared.bounds, box)
        rows = rows if chosen is None else rows[chosen[rows]]
        polygons = prepared.polygons[rows]
        cut = crossing(prepared.bounds[rows], box)
        polygons[cut] = snap(clip(polygons[cut], box))
        return rows, polygons

    def _cut_source(
        self, zoom: int, x: int, y: int, chosen: NDArray[np.bool_] | None
    ) -> tuple[NDArray[np.int64], NDArray[Any]]:
        size = grid_size(zoom)
        box = tile_box(x, y, size)
        rows = touching(self._outlines.boxes, box)
        rows = rows if chosen is None else rows[chosen[rows]]
        return rows, snap(clip(self._outlines.world[rows], box), size)

    def _prepared(self, zoom: int) -> _Zoom:
        found = self._zooms.get(zoom)
        if found is not None:
            return found
        with self._guard:
            lock = self._locks.setdefault(zoom, threading.Lock())
        with lock:
            found = self._zooms.get(zoom)
            if found is None:
                found = self._zooms[zoom] = _Zoom.of(self._load_or_make(zoom))
        return found

    def _load_or_make(self, zoom: int) -> NDArray[Any]:
        if self._cache is None:
            return self._borrow_or_make(zoom)
        name = self._cache_name()
        stored = read_mesh(self._cache, name, zoom)
        if stored is not None and len(stored) == len(self):
            return stored
        made = self._borrow_or_make(zoom)
        write_mesh(self._cache, name, zoom, made)
        return made

    def _cache_name(self) -> str:
        """Name the prepared form by what it is made of; what is lent depends on the lender's mesh."""
        if self._digest is None:
            self._digest = self._outlines.digest()
        kind = "mesh" if self._mesh else "free"
        if self._lender is None:
            return f"{self._digest}-{kind}"
        lent = hashlib.sha256(self._lender._cache_name().encode()).hexdigest()[:16]
        return f"{self._digest}-{kind}-{lent}"

    def _borrow_or_make(self, zoom: int) -> NDArray[Any]:
        if self._lender is None:
            return self._make(zoom)
        with self._guard:
            if self._loan is None:
                rows = self._lender._rows_of(self._outlines.lonlat)
                own = TileGeometry(self._outlines.lonlat[rows < 0], mesh=self._mesh)
                self._loan = _Loan(self._lender, rows, own)
        return self._loan.prepared(zoom)

    def _rows_of(self, geometries: NDArray[Any]) -> NDArray[np.int64]:
        """Find the row at which each of some geometries is here too, -1 for none."""
        own = self._outlines.lonlat
        with self._guard:
            if self._by_box is None:
                self._by_box = {}
                for row, box in enumerate(shapely.bounds(own)):
                    self._by_box.setdefault(box.tobytes(), []).append(row)
        rows = np.full(len(geometries), -1, dtype=np.int64)
        for i, box in enumerate(shapely.bounds(geometries).reshape(-1, 4)):
            for row in self._by_box.get(box.tobytes(), ()):
                if shapely.equals_exact(geometries[i], own[row], tolerance=0.0):
                    rows[i] = row
                    break
        return rows

    def _make(self, zoom: int) -> NDArray[Any]:
        if zoom < _OVERVIEW_ZOOM:
            overview = self._prepared(_OVERVIEW_ZOOM).polygons
            scale = 0.5 ** (_OVERVIEW_ZOOM - zoom)
            return snap(overview, scale)
        size = grid_size(zoom)
        if self._mesh:
            simplified = self._thinned().at(zoom)
            lost = np.flatnonzero(shapely.is_empty(simplified) & self._outlines.usable)
            simplified[lost] = shapely.transform(self._outlines.world[lost], lambda world: world * size)
            return snap(simplified)
        grid = np.asarray(shapely.transform(self._outlines.world, lambda world: world * size), dtype=object)
        grid[~self._outlines.usable] = shapely.MultiPolygon()
        try:
            grid = np.asarray(shapely.simplify(grid, _TOLERANCE, preserve_topology=True), dtype=object)
        except shapely.errors.GEOSException:
            _log.warning("outlines of zoom %d are drawn without simplification", zoom, exc_info=True)
        return snap(grid)

    def _thinned(self) -> Thinning:
        with self._guard:
            if self._thinning is None:
                usable = self._outlines.world.copy()
                usable[~self._outlines.usable] = shapely.MultiPolygon()
                self._thinning = Thinning(usable, _LAST_SIMPLIFIED, _OVERVIEW_ZOOM)
            return self._thinning


def points_in_tile(
    at: NDArray[np.float64], zoom: int, x: int, y: int, chosen: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.int64], Drawing]:
    """Draw the points that a tile shows.

    Parameters
    ----------
    at : ndarray of float64, shape (n, 2)
        World coordinates.
    zoom, x, y : int
        Address of the tile.
    chosen : ndarray of bool, optional
        Which of them may be drawn; all by default.

    Returns
    -------
    shown : ndarray of int64
        Positions of those drawn, ascending.
    drawing : Drawing
        Their geometry.
    """
    size, corner = grid_size(zoom), np.array([x * EXTENT, y * EXTENT])
    west, north, east, south = tile_box(x, y, size)
    inside = (at[:, 0] >= west) & (at[:, 0] < east) & (at[:, 1] >= north) & (at[:, 1] < south)
    shown = np.flatnonzero(inside if chosen is None else inside & chosen)
    return shown, draw_points(np.floor(at[shown] * size).astype(np.int64) - corner)
