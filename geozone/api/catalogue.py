"""Releases as the service reads them: found by digest, opened once, each answer from one only."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import geopandas as gpd
import pandas as pd

from geozone.api.layers import LAYERS, PRIVATE_LAYERS, LayerSpec
from geozone.api.options import ServiceOptions
from geozone.api.problems import ProblemError
from geozone.api.table import LayerTable
from geozone.errors import NotFoundError
from geozone.geojson import plain_values
from geozone.tiles import TileGeometry, TileSource

__all__ = ["Catalogue", "OpenRelease", "ReleaseSource", "Releases", "require_layer"]


class ReleaseSource(Protocol):
    """A release, as the store hands it over."""

    @property
    def digest(self) -> str:
        """Digest of its manifest."""

    @property
    def manifest(self) -> Mapping[str, Any]:
        """Its manifest."""

    def layer(self, name: str) -> gpd.GeoDataFrame:
        """Read a layer with its geometry."""

    def attributes(self, name: str) -> pd.DataFrame:
        """Read a layer without its geometry."""

    def geometry_digest(self, name: str) -> str:
        """Digest of the geometry of a layer."""


class Releases(Protocol):
    """A store of releases."""

    @property
    def root(self) -> Path:
        """Its folder; ``current`` in it names the current release."""

    def get(self, reference: str) -> Any:
        """Open the release with a digest, or ``current``; ``NotFoundError`` if there is none."""

    def list(self) -> Sequence[Any]:
        """Every release, newest first."""


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
                geometry = self._geometries.get(self._source.geometry_digest(layer), spec, table.frame)
                names = [name for name in table.properties if name not in spec.not_in_tiles]
                self._tiles[layer] = TileSource(layer, geometry, table.frame[names], ids=table.ids)
            return self._tiles[layer]


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

    def get(self, digest: str, spec: LayerSpec, table: gpd.GeoDataFrame) -> TileGeometry:
        """Find or make the tile geometry of a layer.

        Parameters
        ----------
        digest : str
            Digest of the geometry, in the order of the rows.
        spec : LayerSpec
            The layer.
        table : GeoDataFrame
            Its rows.

        Returns
        -------
        TileGeometry
            The geometry.
        """
        key = (digest, spec.mesh)
        with self._lock:
            found = self._held.get(key)
            if found is None:
                found = TileGeometry(table.geometry.array, mesh=spec.mesh, digest=digest, cache=self._cache)
                self._held[key] = found
                while len(self._held) > self._capacity:
                    self._held.popitem(last=False)
            self._held.move_to_end(key)
            return found


class Catalogue:
    """The releases of a store, the current one noticed as soon as its pointer is replaced.

    Parameters
    ----------
    releases : Releases
        The store.
    options : ServiceOptions
        Options of the service.
    """

    def __init__(self, releases: Releases, options: ServiceOptions) -> None:
        self._releases = releases
        self._capacity = options.open_releases
        self._open: OrderedDict[str, OpenRelease] = OrderedDict()
        self._geometries = GeometryPool(options.cache)
        self._stamp: tuple[int, int, int] | None = None
        self._current: OpenRelease | None = None
        self._listed: tuple[tuple[int, int, int] | None, dict[str, Mapping[str, Any]]] | None = None
        self._levels: dict[str, dict[str, int | None]] = {}
        self._lock = threading.RLock()

    def current(self) -> OpenRelease | None:
        """Open the current release; look at the pointer file's stamp each time, read it if new.

        Returns
        -------
        OpenRelease or None
            ``None`` while the workspace has no release.
        """
        stamp = self.stamp()
        if stamp is not None and stamp == self._stamp:
            return self._current
        with self._lock:
            if stamp is None:
                self._stamp, self._current = None, None
            else:
                try:
                    self._current = self._opened(self._releases.get("current"))
                except NotFoundError:
                    self._current = None
                self._stamp = stamp
            return self._current

    def find(self, reference: str | None) -> OpenRelease:
        """Open the release that a request names.

        Parameters
        ----------
        reference : str or None
            A digest, or ``None`` or ``current`` for the current release.

        Returns
        -------
        OpenRelease
            The release.

        Raises
        ------
        ProblemError
            404 if there is no such release, 503 if there is none at all.
        """
        if reference is None or reference == "current":
            found = self.current()
            if found is None:
                raise ProblemError(
                    503,
                    "There is no release yet. Make one with: geozone draft, then geozone release.",
                    headers={"Retry-After": "30"},
                )
            return found
        held = self._open.get(reference)
        if held is not None:
            return held
        try:
            source = self._releases.get(reference)
        except NotFoundError:
            raise ProblemError(404, "There is no release with that digest.") from None
        with self._lock:
            return self._opened(source)

    def digests(self) -> list[str]:
        """List the releases of the store, newest first; read again when the pointer has moved.

        Returns
        -------
        list of str
            Their digests.
        """
        return list(self._manifests())

    def manifest(self, digest: str) -> Mapping[str, Any]:
        """Read the manifest of a listed release.

        Parameters
        ----------
        digest : str
            Its digest.

        Returns
        -------
        mapping
            Its manifest.
        """
        return self._manifests()[digest]

    def mark(self) -> str:
        """Make a digest of the list of releases and of which is current.

        Returns
        -------
        str
            It changes when a release is added or another becomes current.
        """
        current = self.current()
        names = [*self.digests(), current.digest if current is not None else ""]
        return hashlib.sha256("\n".join(names).encode()).hexdigest()

    def levels(self, digest: str) -> dict[str, int | None]:
        """Read the epidemic level of every commune in a release.

        Parameters
        ----------
        digest : str
            Its digest.

        Returns
        -------
        dict
            Level by code, ``None`` where there is no data.
        """
        held = self._levels.get(digest)
        if held is None:
            communes = self._releases.get(digest).attributes("communes")
            levels = plain_values(communes["epidemic_level"])
            held = self._levels[digest] = dict(zip(communes["code"].tolist(), levels, strict=True))
        return held

    def _manifests(self) -> dict[str, Mapping[str, Any]]:
        stamp = self.stamp()
        with self._lock:
            if self._listed is None or self._listed[0] != stamp:
                found = {release.digest: release.manifest for release in self._releases.list()}
                self._listed = (stamp, found)
            return self._listed[1]

    def stamp(self) -> tuple[int, int, int] | None:
        """Take the stamp of the pointer file, which changes whenever it is replaced.

        Returns
        -------
        tuple of int or None
            Inode, time of change and size; ``None`` where there is no pointer.
        """
        try:
            found = (self._releases.root / "current").stat()
        except OSError:
            return None
        return (found.st_ino, found.st_mtime_ns, found.st_size)

    def _opened(self, source: ReleaseSource) -> OpenRelease:
        held = self._open.get(source.digest)
        if held is None:
            held = self._open[source.digest] = OpenRelease(source, self._geometries)
        self._open.move_to_end(source.digest)
        while len(self._open) > self._capacity:
            self._open.popitem(last=False)
        return held


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
