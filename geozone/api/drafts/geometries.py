"""Tile geometry of drafts, and their layers as tiles: an edit leaves all that it does not touch as it was."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np

from geozone.api.layers import ANALYST_LAYERS, LAYERS
from geozone.api.open_release import GeometryPool, OpenRelease, tile_properties
from geozone.api.table import LayerTable
from geozone.release import DraftView, Origin
from geozone.tiles import Outlines, TileGeometry, TileSource

__all__ = ["DraftGeometries"]

_LASTING = ("communes", "coverage")
_HELD = 24
_OPENED = 8
"""States of one layer that stay open as tiles: those who draw an earlier one are not kept waiting."""
_SPECS = LAYERS | ANALYST_LAYERS

Digests = tuple[str, str]


class DraftGeometries(GeometryPool):
    """Tile geometry by digest, of layers that change with every case.

    Outlines of communes are taken from and kept on disk. All others are prepared feature by feature, not as
    a mesh, so that a zone that changes leaves every other one as it was, and stay in memory.

    Parameters
    ----------
    cache : Path, optional
        Folder for prepared outlines of communes.
    """

    def __init__(self, cache: Path | None) -> None:
        super().__init__(cache, capacity=_HELD)
        self._sources: dict[str, dict[Digests, TileSource]] = {}
        self._noting = threading.Lock()

    def expect(self, view: DraftView) -> None:
        """Open as tiles what follows from layers that are open, before anyone asks for them.

        Parameters
        ----------
        view : DraftView
            An edited draft.
        """
        for layer, origin in view.origins.items():
            before = self.opened(layer, (origin.attributes, origin.outlines))
            if before is None:
                continue
            geometry = self._followed(layer, view, origin, before.geometry)
            new = np.flatnonzero(origin.rows < 0)
            fresh = view.rows(layer, new)
            spec = _SPECS[layer]
            ids = [str(value) for value in fresh[spec.id_column].tolist()]
            made = before.succeeded(geometry, origin.rows, tile_properties(spec, fresh), ids)
            if made is not None:
                digests = view.attributes_digest(layer), str(view.geometry_digest(layer))
                self.note(layer, digests, made)

    def expect_whole(self, view: DraftView) -> None:
        """Open as tiles the layers that were open of earlier drafts, before anyone asks for them.

        Parameters
        ----------
        view : DraftView
            A draft drawn as a whole.
        """
        release = OpenRelease(view, self)
        for layer in list(self._sources):
            if release.has(layer):
                source = release.tiles(layer)
                source.tile(source.max_zoom, 0, 0)  # reads the outlines

    def opened(self, layer: str, digests: Digests, /) -> TileSource | None:
        """Look for a layer that is open as tiles already.

        Parameters
        ----------
        layer : str
            Its name.
        digests : tuple of str
            Of its attributes and of its outlines.

        Returns
        -------
        TileSource or None
            The layer.
        """
        return self._sources.get(layer, {}).get(digests)

    def note(self, layer: str, digests: Digests, source: TileSource, /) -> None:
        """Hold a layer that was opened as tiles.

        Parameters
        ----------
        layer : str
            Its name.
        digests : tuple of str
            Of its attributes and of its outlines.
        source : TileSource
            The layer.
        """
        with self._noting:
            held = self._sources.get(layer, {})
            kept = list(held.items())[1 - _OPENED :]
            self._sources[layer] = dict(kept) | {digests: source}

    def _followed(self, layer: str, view: DraftView, origin: Origin, before: TileGeometry) -> TileGeometry:
        """Take the geometry of a layer from the one that it follows."""
        digest, outlines = str(view.geometry_digest(layer)), view.outlines(layer)
        if digest == origin.outlines or outlines is None:
            return before
        bounds = view.manifest["layers"][layer]["bounds"]
        made = before.succeeded(
            origin.rows, outlines[origin.rows < 0], None if bounds is None else tuple(bounds)
        )
        with self._lock:
            keys = [key for key, held in self._held.items() if held is before]
            self._held.update({(digest, *key[1:]): made for key in keys})
        return made

    def make(self, digest: str, table: LayerTable, lender: TileGeometry | None) -> TileGeometry:
        """Make the tile geometry of a layer.

        Parameters
        ----------
        digest : str
            Digest of the geometry.
        table : LayerTable
            The layer.
        lender : TileGeometry or None
            Geometry that some of it may be taken over from.

        Returns
        -------
        TileGeometry
            The geometry.
        """
        if table.spec.id in _LASTING:
            return super().make(digest, table, lender)
        outlines = Outlines(
            lambda: table.geometry,
            count=len(table),
            points=table.spec.geometry == "point",
            bounds=table.bounds,
        )
        return TileGeometry(outlines, digest=digest, lender=lender)
