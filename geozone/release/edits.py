"""What a decision changes of a layer in memory: rows taken out and put in, values that are different."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geozone.release.blobs import attributes_blob, read_attributes
from geozone.release.disk import digest_of

__all__ = ["HeldLayer", "Replaced", "Updated"]


@dataclass(frozen=True, slots=True)
class HeldLayer:
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

    def apply(self, held: HeldLayer) -> tuple[HeldLayer, NDArray[np.int64] | None]:
        """Change a layer.

        Parameters
        ----------
        held : HeldLayer
            The layer.

        Returns
        -------
        held : HeldLayer
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
            HeldLayer(
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

    def apply(self, held: HeldLayer) -> tuple[HeldLayer, None]:
        """Change a layer.

        Parameters
        ----------
        held : HeldLayer
            The layer.

        Returns
        -------
        held : HeldLayer
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
        return HeldLayer(attributes, digest, held.outlines, held.outlines_digest, held.bounds), None


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
