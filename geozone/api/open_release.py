"""One release, open: its layers and tiles, read when first asked for."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path

import geopandas as gpd
import pandas as pd

from geozone.api.layers import LAYERS, PRIVATE_LAYERS, LayerSpec
from geozone.api.problems import ProblemError
from geozone.api.protocols import ReleaseSource
from geozone.api.table import LayerTable
from geozone.tiles import TileGeometry, TileSource

__all__ = ["GeometryPool", "OpenRelease", "require_layer"]

_BASE = "communes"


class OpenRelease:
    """A release with its layers read when first asked for.

    Parameters
    ----------
    source : ReleaseSource
        The release.
    geometries : GeometryPool
        Geometry shared with other releases.
    """

    def __init__(self, source: ReleaseSource, geometries: GeometryPool) -> None:
        self.digest = source.digest
        self.manifest = source.manifest
        self._source = source
        self._geometries = geometries
        self._tables: dict[str, LayerTable] = {}
        self._tiles: dict[str, TileSource] = {}
        self._attributes: dict[str, pd.DataFrame] = {}
        self._lock = threading.RLock()

    @property
    def layers(self) -> list[LayerSpec]:
        """The public layers that it holds, in the order they are listed."""
        return [spec for spec in LAYERS.values() if spec.id in self.manifest["layers"]]

    def table(self, layer: str) -> LayerTable:
        """Read a layer.

        Parameters
        ----------
        layer : str
            Name of a public layer that the release holds.

        Returns
        -------
        LayerTable
            Its rows, by identifier.
        """
        with self._lock:
            if layer not in self._tables:
                self._tables[layer] = LayerTable(LAYERS[layer], self._source.layer(layer))
            return self._tables[layer]

    def attributes(self, name: str) -> pd.DataFrame:
        """Read a table without geometry.

        Parameters
        ----------
        name : str
            Name of the table.

        Returns
        -------
        DataFrame
            Its rows; do not change them.
        """
        with self._lock:
            if name not in self._attributes:
                self._attributes[name] = self._source.attributes(name)
            return self._attributes[name]

    def has(self, name: str) -> bool:
        """Tell whether the release holds a layer or table.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        bool
            Whether it does.
        """
        return name in self.manifest["layers"]

    def tiles(self, layer: str) -> TileSource:
        """Open a layer as tiles.

        Parameters
        ----------
        layer : str
            Name of a public layer that the release holds.

        Returns
        -------
        TileSource
            The layer.
        """
        with self._lock:
            if layer not in self._tiles:
                spec, table = LAYERS[layer], self.table(layer)
                geometry = self._geometries.get(
                    str(self._source.geometry_digest(layer)), spec, table.frame, lender=self._lender(layer)
                )
                shown = pd.DataFrame(table.frame[spec.in_tiles(table.properties)])
                numbers = shown.select_dtypes("float").columns
                shown[numbers] = shown[numbers].round(spec.tile_decimals)
                self._tiles[layer] = TileSource(layer, geometry, shown, ids=table.ids)
            return self._tiles[layer]

    def _lender(self, layer: str) -> TileGeometry | None:
        """Find the geometry that zones made of whole communes share."""
        if layer == _BASE or LAYERS[layer].geometry == "point" or not self.has(_BASE):
            return None
        return self.tiles(_BASE).geometry


class GeometryPool:
    """Tile geometry by digest: layers and releases with the same outlines share their preparation.

    Parameters
    ----------
    cache : Path, optional
        Folder for prepared outlines.
    capacity : int
        How many to hold.
    """

    def __init__(self, cache: Path | None, capacity: int = 16) -> None:
        self._cache = cache
        self._capacity = capacity
        self._held: OrderedDict[tuple[str, bool], TileGeometry] = OrderedDict()
        self._lock = threading.Lock()

    def get(
        self,
        digest: str,
        spec: LayerSpec,
        table: gpd.GeoDataFrame,
        *,
        lender: TileGeometry | None = None,
    ) -> TileGeometry:
        """Find or make the tile geometry of a layer.

        Parameters
        ----------
        digest : str
            Digest of the geometry, in the order of the rows.
        spec : LayerSpec
            The layer.
        table : GeoDataFrame
            Its rows.
        lender : TileGeometry, optional
            Geometry that some of it may be taken over from.

        Returns
        -------
        TileGeometry
            The geometry.
        """
        key = (digest, spec.mesh)
        with self._lock:
            found = self._held.get(key)
            if found is None:
                found = TileGeometry(
                    table.geometry.array, mesh=spec.mesh, digest=digest, cache=self._cache, lender=lender
                )
                self._held[key] = found
                while len(self._held) > self._capacity:
                    self._held.popitem(last=False)
            self._held.move_to_end(key)
            return found


def require_layer(release: OpenRelease, layer: str) -> LayerSpec:
    """Check that a release serves a layer.

    Parameters
    ----------
    release : OpenRelease
        The release.
    layer : str
        Name asked for.

    Returns
    -------
    LayerSpec
        The layer.

    Raises
    ------
    ProblemError
        403 for layers of analysts, 404 for anything that is not there.
    """
    if layer in PRIVATE_LAYERS:
        raise ProblemError(403, "This layer is for analysts only.")
    if layer not in LAYERS or not release.has(layer):
        raise ProblemError(404, "There is no layer with that name in this release.")
    return LAYERS[layer]
