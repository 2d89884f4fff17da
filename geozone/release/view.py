"""A draft in memory, read as a release is: the same tables, the same digests, nothing on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geozone.errors import NotFoundError
from geozone.release.blobs import attributes_blob, bounds, geometry_blob, join, read_attributes
from geozone.release.disk import digest_of
from geozone.release.layers import LAYERS
from geozone.release.manifest import Publishable, canonical, described, plain

__all__ = ["DraftView", "Replaced", "Updated", "view_draft"]

_DECISION = "draft"


@dataclass(frozen=True, slots=True)
class _Held:
    """One layer: its attributes as a release would give them back, and its outlines."""

    attributes: pd.DataFrame
    attributes_digest: str
    outlines: NDArray[np.object_] | None
    outlines_digest: str | None
    bounds: list[float] | None


@dataclass(frozen=True, slots=True)
class Replaced:
    """Rows taken out of a layer, and others put in.

    Attributes
    ----------
    column : str
        The column that says which rows go.
    gone : frozenset of str
        Its values in the rows that go.
    rows : GeoDataFrame
        The rows that come.
    order : tuple of str
        Columns that the layer is in the order of.
    """

    column: str
    gone: frozenset[str]
    rows: gpd.GeoDataFrame
    order: tuple[str, ...]

    def apply(self, held: _Held) -> tuple[_Held, NDArray[np.int64] | None]:
        """Change a layer.

        Parameters
        ----------
        held : _Held
            The layer.

        Returns
        -------
        held : _Held
            The layer as it is now.
        rows : ndarray of int64
            Where each row was, -1 for one that has come.
        """
        old = held.attributes
        assert held.outlines is not None  # noqa: S101 - only layers with outlines are edited so
        kept = np.flatnonzero(~old[self.column].isin(self.gone).to_numpy(dtype=bool))
        blob = attributes_blob(self.rows)
        fresh = _alike(read_attributes(blob), old)
        joined = pd.concat([old.iloc[kept], fresh], ignore_index=True)
        key = joined[self.order[0]].astype(object)
        for name in self.order[1:]:
            key = key + "\0" + joined[name].astype(object)
        order = np.argsort(key.to_numpy(dtype=object), kind="stable")
        came = np.asarray(self.rows.geometry.array, dtype=object)
        outlines = np.concatenate([held.outlines[kept], came])[order]
        rows = np.concatenate([kept, np.full(len(fresh), -1)])[order].astype(np.int64)
        attributes = joined.iloc[order].reset_index(drop=True)
        wkb = b"".join(shapely.to_wkb(came).tolist())
        mark = repr(sorted(self.gone)).encode()
        return (
            _Held(
                attributes,
                digest_of(held.attributes_digest.encode() + mark + blob),
                outlines,
                digest_of(str(held.outlines_digest).encode() + mark + wkb),
                None if not len(outlines) else [float(edge) for edge in shapely.total_bounds(outlines)],
            ),
            rows,
        )


@dataclass(frozen=True, slots=True)
class Updated:
    """Values of some rows of a layer that are different.

    Attributes
    ----------
    column : str
        The column that names the rows.
    values : DataFrame
        It, and the columns that are different.
    """

    column: str
    values: pd.DataFrame

    def apply(self, held: _Held) -> tuple[_Held, None]:
        """Change a layer.

        Parameters
        ----------
        held : _Held
            The layer.

        Returns
        -------
        held : _Held
            The layer as it is now; its outlines are the same.
        rows : None
            Nothing moved.
        """
        blob = attributes_blob(self.values)
        attributes = held.attributes.copy()
        at = pd.Index(attributes[self.column]).get_indexer(pd.Index(self.values[self.column]))
        columns = [name for name in self.values.columns if name in attributes.columns]
        fresh = _alike(read_attributes(blob)[columns], attributes[columns])
        for name in columns:
            values = attributes[name].copy()
            values.iloc[at] = fresh[name].array
            attributes[name] = values
        digest = digest_of(held.attributes_digest.encode() + blob)
        return _Held(attributes, digest, held.outlines, held.outlines_digest, held.bounds), None


def _alike(table: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Give a table the columns and dtypes of another."""
    made = {}
    for name in other.columns:
        values = table[name] if name in table.columns else pd.Series([None] * len(table))
        dtype = other[name].dtype
        if values.isna().all():
            made[name] = pd.Series(pd.array([pd.NA] * len(table), dtype="Int64")).astype(dtype)
        else:
            made[name] = values.astype(dtype)
    return pd.DataFrame(made, columns=list(other.columns))


class DraftView:
    """A draft as whoever reads releases sees it. Private: it may hold layers that no release does.

    Attributes are what a release would give back, and layers have the digests that they would have in
    one. Do not change the tables that you are given. Safe to share between threads.

    Parameters
    ----------
    described : mapping
        Day, rules, counts and warnings, as a manifest has them.
    layers : mapping of str to _Held
        The layers.
    drawn_at : str
        When it was drawn, RFC 3339; no part of the digest.
    origins : mapping of str to tuple
        By layer: digest of earlier outlines, and the row among them of each outline that is one of them, -1
        for others.
    """

    is_draft = True

    def __init__(
        self,
        described: Mapping[str, Any],
        layers: Mapping[str, _Held],
        drawn_at: str,
        *,
        origins: Mapping[str, tuple[str, NDArray[np.int64]]] = {},
    ) -> None:
        self._layers = dict(layers)
        self.is_edited = False
        self.origins = dict(origins)
        entries = {
            name: {
                "rows": len(held.attributes),
                "attributes": held.attributes_digest,
                "geometry": held.outlines_digest,
                "bounds": held.bounds,
            }
            for name, held in sorted(layers.items())
        }
        content = {**described, "decision": _DECISION, "previous": None, "layers": entries}
        self.digest = digest_of(canonical(content))
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
        outlines = self.outlines(name)
        return None if outlines is None else np.asarray(shapely.bounds(outlines)).reshape(-1, 4)

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

    def _held(self, name: str) -> _Held:
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
            another one. ``origins`` tells which outlines are those of this one.
        """
        held, origins = dict(self._layers), {}
        for name, change in layers.items():
            held[name], rows = change.apply(self._held(name))
            if rows is not None:
                origins[name] = (str(self._held(name).outlines_digest), rows)
        about = {key: value for key, value in self.manifest.items() if key not in ("layers", "created_at")}
        about["counts"] = {**about["counts"], **plain(counts)}
        made = DraftView(about, held, drawn_at, origins=origins)
        made.is_edited = True
        return made

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

    Returns
    -------
    DraftView
        The same digest for the same content.

    Raises
    ------
    DataError
        If a column holds what a release cannot keep.
    """
    tables = {**draft.layers, **(private or {})}
    held = {name: _hold(name, table, before) for name, table in tables.items()}
    return DraftView(described(draft), held, drawn_at)


def _hold(name: str, table: pd.DataFrame, before: DraftView | None) -> _Held:
    blob = attributes_blob(table)
    digest = digest_of(blob)
    if before is not None and name in before.layer_names and before.attributes_digest(name) == digest:
        attributes = before.attributes(name)
    else:
        attributes = read_attributes(blob)
    if not isinstance(table, gpd.GeoDataFrame):
        return _Held(attributes, digest, None, None, None)
    outlines = np.asarray(table.geometry.array, dtype=object)
    named = None if before is None else before.same_outlines(name, outlines)
    if named is None:
        key = LAYERS[name].key if name in LAYERS else ()
        named = digest_of(geometry_blob(table, key))
    return _Held(attributes, digest, outlines, named, bounds(table) if len(table) else None)
