"""One release, read lazily; every byte is checked against its digest as it is read."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geozone.errors import NotFoundError
from geozone.release.blobs import join, read_attributes, read_boxes, read_geometry
from geozone.release.disk import refusals
from geozone.release.manifest import canonical
from geozone.release.objects import Objects
from geozone.release.signatures import Signatures
from geozone.release.signing.ring import KeyRing

__all__ = ["Release"]


class Release:
    """An immutable release.

    Layers are read when first asked for and kept; do not change the tables that you are given. Safe to
    share between threads.

    Parameters
    ----------
    digest : str
        SHA-256 of its manifest.
    manifest : mapping
        What it is.
    objects : Objects
        Where its blobs are.
    signatures : Signatures
        Where its signature is.
    """

    def __init__(
        self, digest: str, manifest: Mapping[str, Any], objects: Objects, signatures: Signatures
    ) -> None:
        self.digest = digest
        self.manifest = manifest
        self._objects = objects
        self._signatures = signatures
        self._attributes: dict[str, pd.DataFrame] = {}
        self._geometry: dict[str, gpd.GeoSeries] = {}
        self._lock = threading.RLock()

    def __repr__(self) -> str:
        return f"Release({self.digest[:12]}, as of {self.manifest['as_of']}, {self.manifest['decision']!r})"

    @property
    def as_of(self) -> date:
        """The day it holds for."""
        return date.fromisoformat(self.manifest["as_of"])

    @property
    def decision(self) -> str:
        """Number or name of the decision."""
        return str(self.manifest["decision"])

    @property
    def created_at(self) -> str:
        """Time of publication, UTC, RFC 3339."""
        return str(self.manifest["created_at"])

    @property
    def layer_names(self) -> tuple[str, ...]:
        """The layers it holds."""
        return tuple(self.manifest["layers"])

    def layer(self, name: str) -> pd.DataFrame:
        """Read a layer.

        Parameters
        ----------
        name : str
            Which.

        Returns
        -------
        DataFrame
            A GeoDataFrame in EPSG:4326 where the layer has geometry.

        Raises
        ------
        NotFoundError
            If there is no such layer.
        StoreError
            If a blob is missing or has changed.
        """
        attributes = self.attributes(name)
        digest = self.geometry_digest(name)
        if digest is None:
            return attributes
        with self._lock, refusals(f"release {self.digest[:12]}"):
            if digest not in self._geometry:
                self._geometry[digest] = read_geometry(self._objects.get(digest))
        return join(attributes, self._geometry[digest])

    def attributes(self, name: str) -> pd.DataFrame:
        """Read a layer without its geometry.

        Parameters
        ----------
        name : str
            Which.

        Returns
        -------
        DataFrame
            In the order of ``layer``.

        Raises
        ------
        NotFoundError
            If there is no such layer.
        StoreError
            If a blob is missing or has changed.
        """
        entry = self._entry(name)
        with self._lock, refusals(f"release {self.digest[:12]}"):
            if name not in self._attributes:
                self._attributes[name] = read_attributes(self._objects.get(entry["attributes"]))
        return self._attributes[name]

    def boxes(self, name: str) -> NDArray[np.float64] | None:
        """Read the box of every row of a layer, without its outlines.

        Parameters
        ----------
        name : str
            Which.

        Returns
        -------
        ndarray of shape (rows, 4), or None
            West, south, east, north, degrees, in the order of ``layer``; NaN where a row has no outline.
            None for a plain table.

        Raises
        ------
        NotFoundError
            If there is no such layer.
        StoreError
            If the blob is missing or has changed.
        """
        digest = self.geometry_digest(name)
        if digest is None:
            return None
        with refusals(f"release {self.digest[:12]}"):
            return read_boxes(self._objects.get(digest))

    def geometry_digest(self, name: str) -> str | None:
        """Name the outlines of a layer, for caches: the same outlines have the same digest in any release.

        Parameters
        ----------
        name : str
            Which layer.

        Returns
        -------
        str or None
            None for a plain table.

        Raises
        ------
        NotFoundError
            If there is no such layer.
        """
        digest = self._entry(name)["geometry"]
        return None if digest is None else str(digest)

    def attributes_digest(self, name: str) -> str:
        """Name the attributes of a layer, for caches.

        Parameters
        ----------
        name : str
            Which layer.

        Returns
        -------
        str
            The same attributes have the same digest in any release.

        Raises
        ------
        NotFoundError
            If there is no such layer.
        """
        return str(self._entry(name)["attributes"])

    def manifest_bytes(self) -> bytes:
        """Write the manifest as it is on disk.

        Returns
        -------
        bytes
            Canonical JSON; its SHA-256 is the digest.
        """
        return canonical(self.manifest)

    def statement(self) -> bytes | None:
        """Read the signed statement that goes with it.

        Returns
        -------
        bytes or None
            None if it is not signed.

        Raises
        ------
        StoreError
            If the disk refuses.
        """
        with refusals(f"release {self.digest[:12]}"):
            return self._signatures.statement(self.digest)

    def ring(self) -> KeyRing:
        """Read the public keys that travel with it.

        Returns
        -------
        KeyRing
            Empty where nothing was ever signed.

        Raises
        ------
        StoreError
            If the disk refuses.
        """
        with refusals(f"release {self.digest[:12]}"):
            return self._signatures.ring()

    def blob(self, digest: str) -> bytes:
        """Read one of the blobs.

        Parameters
        ----------
        digest : str
            Its SHA-256.

        Returns
        -------
        bytes
            Parquet or GeoParquet.

        Raises
        ------
        StoreError
            If it is missing or has changed.
        """
        with refusals(f"release {self.digest[:12]}"):
            return self._objects.get(digest)

    def _entry(self, name: str) -> Mapping[str, Any]:
        try:
            entry: Mapping[str, Any] = self.manifest["layers"][name]
        except KeyError:
            raise NotFoundError(
                f"release {self.digest[:12]} has no layer {name!r}; it has {', '.join(self.layer_names)}"
            ) from None
        return entry
