"""Tile geometry of drafts: outlines that a draft shares with a release are prepared as the release's are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geozone.api.open_release import GeometryPool
from geozone.api.table import LayerTable
from geozone.release import DraftView
from geozone.tiles import Outlines, TileGeometry

__all__ = ["DraftGeometries"]

_LASTING = ("communes", "coverage")
_HELD = 24


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
        self._origins: dict[str, tuple[str, NDArray[np.int64]]] = {}

    def expect(self, view: DraftView) -> None:
        """Note which outlines of an edited draft are those of the draft before.

        Parameters
        ----------
        view : DraftView
            The edited draft.
        """
        self._origins = {str(view.geometry_digest(layer)): origin for layer, origin in view.origins.items()}

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
        before, rows = self._origins.get(digest, ("", None))
        held = self._held.get((before, table.spec.mesh, lender))
        if held is not None and rows is not None:
            return held.succeeded(rows, table.geometry[rows < 0])
        outlines = Outlines(
            lambda: table.geometry,
            count=len(table),
            points=table.spec.geometry == "point",
            bounds=table.bounds,
        )
        return TileGeometry(outlines, digest=digest, lender=lender)
