"""What a decision changes of a layer in memory: rows taken out and put in, values that are different."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geozone.release.disk import digest_of
from geozone.release.patched import PatchedTable
from geozone.splicing import is_missing, spliced

__all__ = ["HeldLayer", "Origin", "Replaced", "Updated"]

Keys = NDArray[np.object_]


class Origin(NamedTuple):
    """Which layer another follows from, and how.

    Attributes
    ----------
    attributes, outlines : str
        Digests of the earlier layer.
    rows : ndarray of int64
        Where each row was there; -1 for one that is new or may be different.
    """

    attributes: str
    outlines: str
    rows: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class HeldLayer:
    """One layer: its attributes as a release would give them back, and its outlines with their boxes."""

    table: PatchedTable
    attributes_digest: str
    outlines: NDArray[np.object_] | None
    outlines_digest: str | None
    boxes: NDArray[np.float64] | None
    _keys: dict[tuple[str, ...], Keys] = field(default_factory=dict)

    @property
    def attributes(self) -> pd.DataFrame:
        """All rows."""
        return self.table.whole()

    @property
    def bounds(self) -> list[float] | None:
        """West, south, east, north, degrees; ``None`` without an outline."""
        if self.boxes is None or not len(self.boxes) or np.isnan(self.boxes).all():
            return None
        low, high = np.nanmin(self.boxes[:, :2], axis=0), np.nanmax(self.boxes[:, 2:], axis=0)
        return [float(edge) for edge in (*low, *high)]

    def keys(self, columns: tuple[str, ...]) -> Keys:
        """Give the key of every row.

        Parameters
        ----------
        columns : tuple of str
            Columns that identify a row.

        Returns
        -------
        ndarray of str
            Their values with a NUL between.
        """
        if columns not in self._keys:
            self._keys[columns] = _joined(self.attributes, columns)
        return self._keys[columns]


@dataclass(frozen=True, slots=True)
class Replaced:
    """Rows taken out of a layer, and others put in.

    Attributes
    ----------
    gone : frozenset of tuple of str
        The rows that go: their values in the columns of ``order``.
    rows : GeoDataFrame
        The rows that come.
    order : tuple of str
        Columns that identify a row, and that the layer is in the order of.
    """

    gone: frozenset[tuple[str, ...]]
    rows: gpd.GeoDataFrame
    order: tuple[str, ...]

    def apply(self, held: HeldLayer) -> tuple[HeldLayer, Origin]:
        """Change a layer; nothing is done for the rows that stay but to number them.

        Parameters
        ----------
        held : HeldLayer
            The layer.

        Returns
        -------
        held : HeldLayer
            The layer as it is now.
        origin : Origin
            Where its rows were.
        """
        assert held.outlines is not None and held.boxes is not None  # noqa: S101, PT018 - only such are edited so
        fresh = _alike(self.rows, held.table, list(held.table.columns))
        named = _joined(fresh, self.order)
        by_key = np.argsort(named, kind="stable")
        keys = held.keys(self.order)
        stay = np.ones(len(keys), dtype=bool)
        stay[_found(keys, np.array(sorted("\0".join(one) for one in self.gone), dtype=object))] = False
        kept = np.flatnonzero(stay)
        rows = np.insert(kept, np.searchsorted(keys[kept], named[by_key]), -1).astype(np.int64)
        came = np.asarray(self.rows.geometry.array, dtype=object)[by_key]
        mark = repr(sorted(self.gone)).encode()
        wkb = b"".join(shapely.to_wkb(came).tolist())
        made = HeldLayer(
            held.table.followed(rows, fresh.iloc[by_key].reset_index(drop=True)),
            digest_of(held.attributes_digest.encode() + mark + _content(fresh)),
            spliced(held.outlines, rows, came),
            digest_of(str(held.outlines_digest).encode() + mark + wkb),
            spliced(held.boxes, rows, np.asarray(shapely.bounds(came)).reshape(-1, 4)),
            {self.order: spliced(keys, rows, named[by_key])},
        )
        return made, Origin(held.attributes_digest, str(held.outlines_digest), rows)


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

    def apply(self, held: HeldLayer) -> tuple[HeldLayer, Origin]:
        """Change a layer.

        Parameters
        ----------
        held : HeldLayer
            The layer.

        Returns
        -------
        held : HeldLayer
            The layer as it is now; its outlines are the same.
        origin : Origin
            Its rows are where they were.
        """
        keys = held.keys((self.column,))
        at = pd.Index(keys).get_indexer(pd.Index(self.values[self.column].astype(object)))
        order = np.argsort(at, kind="stable")
        columns = [name for name in self.values.columns if name in held.table.columns]
        values = _alike(self.values.iloc[order], held.table, columns)
        fresh = held.table.take(at[order].astype(np.int64)).assign(**dict(values.items()))
        rows = np.arange(len(keys))
        rows[at] = -1
        made = HeldLayer(
            held.table.followed(rows, fresh),
            digest_of(held.attributes_digest.encode() + _content(values)),
            held.outlines,
            held.outlines_digest,
            held.boxes,
            {(self.column,): keys},
        )
        return made, Origin(held.attributes_digest, str(held.outlines_digest), rows)


def _joined(table: pd.DataFrame, columns: tuple[str, ...]) -> Keys:
    values = [table[name].astype(object).tolist() for name in columns]
    found = np.empty(len(table), dtype=object)
    found[:] = values[0] if len(values) == 1 else ["\0".join(parts) for parts in zip(*values, strict=True)]
    return found


def _found(keys: Keys, wanted: Keys) -> NDArray[np.int64]:
    """Positions of those that are there, among keys in order."""
    first, last = np.searchsorted(keys, wanted, "left"), np.searchsorted(keys, wanted, "right")
    ranges = [np.arange(a, b) for a, b in zip(first.tolist(), last.tolist(), strict=True)]
    return np.concatenate([np.empty(0, dtype=np.int64), *ranges])


def _content(table: pd.DataFrame) -> bytes:
    """Write a small table so that another one is written otherwise."""
    return repr([(name, table[name].tolist()) for name in table.columns]).encode()


def _alike(table: pd.DataFrame, other: PatchedTable, columns: list[str]) -> pd.DataFrame:
    """Give a small table the columns of another, each of the type that it has there."""
    made, types = {}, other.dtypes
    for name in columns:
        if name in table.columns:
            plain = [None if is_missing(value) else value for value in table[name].tolist()]
        else:
            plain = [None] * len(table)
        made[name] = pd.array(plain, dtype=types[name])
        if types[name] == np.float64:  # minus zero is zero, as in a release
            made[name] = made[name].to_numpy(np.float64, na_value=np.nan) + 0.0
    return pd.DataFrame(made, columns=columns)
