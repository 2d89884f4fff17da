"""One release, open: its layers and tiles, read when first asked for."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from numpy.typing import NDArray

from geozone.api.layers import ANALYST_LAYERS, LAYERS, PRIVATE_LAYERS, LayerSpec
from geozone.api.outline_texts import OutlineTexts
from geozone.api.problems import ProblemError
from geozone.api.protocols import ReleaseSource
from geozone.api.table import LayerTable
from geozone.tiles import CUT_BYTES, Outlines, TileGeometry, TileSource

__all__ = ["GeometryPool", "OpenRelease", "require_layer", "tile_properties"]

_BASE = "communes"
_TEXT_BYTES = 64 << 20


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
        self.specs = LAYERS | ANALYST_LAYERS if getattr(source, "is_draft", False) else LAYERS
        self._source = source
        self._geometries = geometries
        self._tables: dict[str, LayerTable] = {}
        self._tiles: dict[str, TileSource] = {}
        self._attributes: dict[str, pd.DataFrame] = {}
        self._geometry_read: dict[str, NDArray[Any]] = {}
        self._contents: dict[str, str] = {}
        self._lock = threading.RLock()

    @property
    def is_draft(self) -> bool:
        """Whether it is a draft, which analysts only may read."""
        return self.specs is not LAYERS

    @property
    def source(self) -> ReleaseSource:
        """The release, as the store handed it over."""
        return self._source

    @property
    def layers(self) -> list[LayerSpec]:
        """The layers that it serves, in the order they are listed."""
        return [spec for spec in self.specs.values() if spec.id in self.manifest["layers"]]

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
                boxes = self._source.boxes(layer)
                if boxes is None:
                    raise ValueError(f"layer {layer} has no geometry")
                read = partial(self._geometry, layer)
                digest = str(self._source.geometry_digest(layer))
                self._tables[layer] = LayerTable(
                    self.specs[layer],
                    self._source.attributes(layer),
                    boxes,
                    read,
                    partial(self._geometries.texts.of, digest, read=read),
                )
            return self._tables[layer]

    def _geometry(self, layer: str) -> NDArray[Any]:
        """Read the geometry of a layer once, however many ask at the same time."""
        with self._lock:
            if layer not in self._geometry_read:
                self._geometry_read[layer] = self._source.layer(layer).geometry.to_numpy()
            return self._geometry_read[layer]

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
                digests = self._source.attributes_digest(layer), str(self._source.geometry_digest(layer))
                held = self._geometries.opened(layer, digests)
                self._tiles[layer] = self._open_tiles(layer, digests) if held is None else held
            return self._tiles[layer]

    def _open_tiles(self, layer: str, digests: tuple[str, str]) -> TileSource:
        spec, table = self.specs[layer], self.table(layer)
        geometry = self._geometries.get(digests[1], table, lender=self._lender(layer))
        shown = tile_properties(spec, table.attributes)
        made = TileSource(layer, geometry, shown, ids=table.ids, clustered_to=spec.clustered_to)
        self._geometries.note(layer, digests, made)
        return made

    def opened_tiles(self, layer: str) -> TileSource | None:
        """Look a layer up among those that are open as tiles.

        Parameters
        ----------
        layer : str
            Name of a public layer.

        Returns
        -------
        TileSource or None
            ``None`` where it must first be read. It waits for nothing.
        """
        return self._tiles.get(layer)

    def content_digest(self, layer: str) -> str:
        """Name what the tiles of a layer are made of: the same in every release that holds the same.

        Parameters
        ----------
        layer : str
            Name of a public layer that the release holds.

        Returns
        -------
        str
            Digest of its attributes, its outlines and the outlines that they may be drawn with.
        """
        held = self._contents.get(layer)  # no lock: it must not wait for a layer that is being read
        if held is None:
            borrowed = self._source.geometry_digest(_BASE) if self._borrows(layer) else None
            attributes, outlines = self._source.attributes_digest(layer), self._source.geometry_digest(layer)
            parts = repr((layer, attributes, outlines, borrowed))
            held = self._contents[layer] = hashlib.sha256(parts.encode()).hexdigest()
        return held

    def _lender(self, layer: str) -> TileGeometry | None:
        """Find the geometry that zones made of whole communes share."""
        return self.tiles(_BASE).geometry if self._borrows(layer) else None

    def _borrows(self, layer: str) -> bool:
        if layer == _BASE or self.specs[layer].geometry == "point" or not self.has(_BASE):
            return False
        # The very same outlines need no lender: the pool gives those of the communes.
        return self._source.geometry_digest(layer) != self._source.geometry_digest(_BASE)


class GeometryPool:
    """Tile geometry by digest: layers and releases with the same outlines share their preparation.

    Parameters
    ----------
    cache : Path, optional
        Folder for prepared outlines.
    capacity : int
        How many to hold.
    cut_bytes : int
        Memory that each may take for what its tiles have shown.
    text_bytes : int
        Memory for outlines written as GeoJSON.
    """

    def __init__(
        self,
        cache: Path | None,
        capacity: int = 16,
        *,
        cut_bytes: int = CUT_BYTES,
        text_bytes: int = _TEXT_BYTES,
    ) -> None:
        self._cache = cache
        self._cut_bytes = cut_bytes
        self.texts = OutlineTexts(text_bytes)
        self._capacity = capacity
        self._held: OrderedDict[tuple[str, bool, TileGeometry | None], TileGeometry] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, digest: str, table: LayerTable, *, lender: TileGeometry | None = None) -> TileGeometry:
        """Find or make the tile geometry of a layer.

        Parameters
        ----------
        digest : str
            Digest of the geometry, in the order of the rows.
        table : LayerTable
            The layer; its geometry is read when a tile needs more than what is prepared.
        lender : TileGeometry, optional
            Geometry that some of it may be taken over from.

        Returns
        -------
        TileGeometry
            The geometry.
        """
        spec = table.spec
        key = (digest, spec.mesh, lender)
        with self._lock:
            found = self._held.get(key)
            if found is None:
                found = self._held[key] = self.make(digest, table, lender)
                while len(self._held) > self._capacity:
                    self._held.popitem(last=False)
            self._held.move_to_end(key)
            return found

    def opened(self, layer: str, digests: tuple[str, str], /) -> TileSource | None:  # noqa: ARG002
        """Look for a layer that is open as tiles already; releases share none.

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
        return None

    def note(self, layer: str, digests: tuple[str, str], source: TileSource, /) -> None:
        """Be told of a layer that was opened as tiles.

        Parameters
        ----------
        layer : str
            Its name.
        digests : tuple of str
            Of its attributes and of its outlines.
        source : TileSource
            The layer.
        """

    def make(self, digest: str, table: LayerTable, lender: TileGeometry | None) -> TileGeometry:
        """Make the tile geometry of a layer.

        Parameters
        ----------
        digest : str
            Digest of the geometry, in the order of the rows.
        table : LayerTable
            The layer.
        lender : TileGeometry or None
            Geometry that some of it may be taken over from.

        Returns
        -------
        TileGeometry
            The geometry.
        """
        spec = table.spec
        outlines = Outlines(
            lambda: table.geometry,
            count=len(table),
            points=spec.geometry == "point",
            bounds=table.bounds,
        )
        return TileGeometry(
            outlines,
            mesh=spec.mesh,
            digest=digest,
            cache=self._cache,
            lender=lender,
            cut_bytes=self._cut_bytes,
        )


def tile_properties(spec: LayerSpec, attributes: pd.DataFrame) -> pd.DataFrame:
    """Take what the tiles of a layer say of its features.

    Parameters
    ----------
    spec : LayerSpec
        The layer.
    attributes : DataFrame
        Its rows.

    Returns
    -------
    DataFrame
        The properties served, rounded.
    """
    shown = pd.DataFrame(attributes[spec.in_tiles(spec.served(attributes.columns))])
    numbers = shown.select_dtypes("float").columns
    shown[numbers] = shown[numbers].round(spec.tile_decimals)
    return shown


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
    if layer in PRIVATE_LAYERS and not release.is_draft:
        raise ProblemError(403, "This layer is for analysts only.")
    if layer not in release.specs or not release.has(layer):
        raise ProblemError(404, "There is no layer with that name in this release.")
    return release.specs[layer]
