"""A draft in memory, read as a release is: the same tables, the same digests, nothing on disk."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geozone.errors import NotFoundError
from geozone.release.blobs import attributes_blob, geometry_blob, join, read_attributes
from geozone.release.disk import digest_of
from geozone.release.edits import HeldLayer, Origin, Replaced, Updated
from geozone.release.layers import LAYERS
from geozone.release.manifest import Publishable, canonical, described, plain
from geozone.release.patched import PatchedTable

__all__ = ["DraftView", "view_draft"]

_DECISION = "draft"


class DraftView:
    """A draft as whoever reads releases sees it. Private: it may hold layers that no release does.

    Attributes are what a release would give back, and layers have the digests that they would have in
    one. Do not change the tables that you are given. Safe to share between threads.

    Parameters
    ----------
    described : mapping
        Day, rules, counts and warnings, as a manifest has them.
    layers : mapping of str to HeldLayer
        The layers.
    drawn_at : str
        When it was drawn, RFC 3339; no part of the digest.
    digest : str, optional
        What it is called; what follows from its content by default.
    origins : mapping of str to Origin
        By layer: the earlier one that it follows from.
    """

    is_draft = True

    def __init__(
        self,
        described: Mapping[str, Any],
        layers: Mapping[str, HeldLayer],
        drawn_at: str,
        *,
        digest: str | None = None,
        origins: Mapping[str, Origin] = {},
    ) -> None:
        self._layers = dict(layers)
        self.is_edited = False
        self.origins = dict(origins)
        entries = {
            name: {
                "rows": len(held.table),
                "attributes": held.attributes_digest,
                "geometry": held.outlines_digest,
                "bounds": held.bounds,
            }
            for name, held in sorted(layers.items())
        }
        content = {**described, "decision": _DECISION, "previous": None, "layers": entries}
        self.digest = digest or digest_of(canonical(content))
        self.manifest: Mapping[str, Any] = {**content, "created_at": drawn_at}

    def __repr__(self) -> str:
        return f"DraftView({self.digest[:12]}, as of {self.manifest['as_of']})"

    @property
    def as_of(self) -> date:
        """The day it holds for."""
        return date.fromisoformat(self.manifest["as_of"])

    @property
    def decision(self) -> str:
        """What stands where a release names its decision."""
        return _DECISION

    @property
    def created_at(self) -> str:
        """When it was drawn, UTC, RFC 3339."""
        return str(self.manifest["created_at"])

    @property
    def layer_names(self) -> tuple[str, ...]:
        """The layers it holds."""
        return tuple(self._layers)

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
        """
        held = self._held(name)
        if held.outlines is None:
            return held.attributes
        return join(held.attributes, gpd.GeoSeries(held.outlines, crs="EPSG:4326"))

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
        """
        return self._held(name).attributes

    def rows(self, name: str, rows: NDArray[np.int64]) -> pd.DataFrame:
        """Read a few rows of a layer without their geometry.

        Parameters
        ----------
        name : str
            Which layer.
        rows : ndarray of int64
            Positions in the order of ``layer``.

        Returns
        -------
        DataFrame
            Numbered from 0.

        Raises
        ------
        NotFoundError
            If there is no such layer.
        """
        return self._held(name).table.take(rows)

    def count(self, name: str) -> int:
        """Count the rows of a layer.

        Parameters
        ----------
        name : str
            Which layer.

        Returns
        -------
        int
            How many.

        Raises
        ------
        NotFoundError
            If there is no such layer.
        """
        return len(self._held(name).table)

    def boxes(self, name: str) -> NDArray[np.float64] | None:
        """Measure the box of every row of a layer.

        Parameters
        ----------
        name : str
            Which.

        Returns
        -------
        ndarray of shape (rows, 4), or None
            West, south, east, north, degrees; NaN where a row has no outline. None for a plain table.

        Raises
        ------
        NotFoundError
            If there is no such layer.
        """
        return self._held(name).boxes

    def outlines(self, name: str) -> NDArray[np.object_] | None:
        """Give the outlines of a layer.

        Parameters
        ----------
        name : str
            Which.

        Returns
        -------
        ndarray of geometry, or None
            In the order of ``layer``; None for a plain table.

        Raises
        ------
        NotFoundError
            If there is no such layer.
        """
        return self._held(name).outlines

    def attributes_digest(self, name: str) -> str:
        """Name the attributes of a layer.

        Parameters
        ----------
        name : str
            Which layer.

        Returns
        -------
        str
            The same as in a release.

        Raises
        ------
        NotFoundError
            If there is no such layer.
        """
        return self._held(name).attributes_digest

    def geometry_digest(self, name: str) -> str | None:
        """Name the outlines of a layer.

        Parameters
        ----------
        name : str
            Which layer.

        Returns
        -------
        str or None
            The same as in a release; None for a plain table.

        Raises
        ------
        NotFoundError
            If there is no such layer.
        """
        return self._held(name).outlines_digest

    def _held(self, name: str) -> HeldLayer:
        try:
            return self._layers[name]
        except KeyError:
            raise NotFoundError(f"there is no layer {name!r} in this draft") from None

    def edited(
        self, layers: Mapping[str, Replaced | Updated], *, counts: Mapping[str, Any], drawn_at: str
    ) -> DraftView:
        """Make the view of a draft of which some rows are different.

        Parameters
        ----------
        layers : mapping of str to Replaced or Updated
            What is different, by layer.
        counts : mapping
            Counts that are different.
        drawn_at : str
            When, RFC 3339.

        Returns
        -------
        DraftView
            Its digest follows from this one's and from what is different: the same content drawn anew has
            another one. ``origins`` tells which rows are those of this one.
        """
        held, origins = dict(self._layers), {}
        for name, change in layers.items():
            held[name], origins[name] = change.apply(self._held(name))
        about = {key: value for key, value in self.manifest.items() if key not in ("layers", "created_at")}
        about["counts"] = {**about["counts"], **plain(counts)}
        made = DraftView(about, held, drawn_at, origins=origins)
        made.is_edited = True
        return made

    def prepare_edits(self, name: str, columns: tuple[str, ...]) -> None:
        """Work out ahead what the first edit of a layer needs.

        Parameters
        ----------
        name : str
            Which layer.
        columns : tuple of str
            The columns that edits will find its rows by.

        Raises
        ------
        NotFoundError
            If there is no such layer.
        """
        self._held(name).keys(columns)

    def same_outlines(self, name: str, outlines: NDArray[np.object_]) -> str | None:
        """Tell the digest of outlines that a layer of this draft has too.

        Parameters
        ----------
        name : str
            Which layer.
        outlines : ndarray of geometry
            Other outlines.

        Returns
        -------
        str or None
            The digest where they are the very same objects in the same order.
        """
        held = self._layers.get(name)
        if held is None or held.outlines is None or len(held.outlines) != len(outlines):
            return None
        same = all(one is other for one, other in zip(held.outlines, outlines, strict=True))
        return held.outlines_digest if same else None


def view_draft(
    draft: Publishable,
    *,
    drawn_at: str,
    private: Mapping[str, gpd.GeoDataFrame] | None = None,
    before: DraftView | None = None,
    digest: str | None = None,
) -> DraftView:
    """Read a draft as a release is read.

    Parameters
    ----------
    draft : Publishable
        The draft.
    drawn_at : str
        When it was drawn, RFC 3339.
    private : mapping of str to GeoDataFrame, optional
        Further layers, for those who may see cases.
    before : DraftView, optional
        The view of an earlier state: outlines that it has too are not digested again.
    digest : str, optional
        What a draft that is kept on disk is called there.

    Returns
    -------
    DraftView
        The same digest for the same content, unless it has one by name.

    Raises
    ------
    DataError
        If a column holds what a release cannot keep.
    """
    tables = {**draft.layers, **(private or {})}
    held = {name: _hold(name, table, before) for name, table in tables.items()}
    return DraftView(described(draft), held, drawn_at, digest=digest)


def _hold(name: str, table: pd.DataFrame, before: DraftView | None) -> HeldLayer:
    blob = attributes_blob(table)
    digest = digest_of(blob)
    if before is not None and name in before.layer_names and before.attributes_digest(name) == digest:
        rows = PatchedTable((before.attributes(name),))
    else:
        rows = PatchedTable((read_attributes(blob),))
    if not isinstance(table, gpd.GeoDataFrame):
        return HeldLayer(rows, digest, None, None, None)
    outlines = np.asarray(table.geometry.array, dtype=object)
    named = None if before is None else before.same_outlines(name, outlines)
    if named is None:
        key = LAYERS[name].key if name in LAYERS else ()
        named = digest_of(geometry_blob(table, key))
    return HeldLayer(rows, digest, outlines, named, np.asarray(shapely.bounds(outlines)).reshape(-1, 4))
