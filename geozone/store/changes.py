"""What an import changes: rows that are new, rows that differ and in which columns, rows that do not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geozone.schema import Column

__all__ = ["Changes", "among", "compare", "key_of"]

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Changes:
    """How incoming rows differ from the stored ones.

    Attributes
    ----------
    new : ndarray of bool
        Incoming rows whose key is not stored.
    changed : ndarray of bool
        Incoming rows whose key is stored with other values.
    position : ndarray of int
        Where the stored row of each incoming row is; -1 for a new one.
    merged : DataFrame
        The incoming rows; a column in which the whole file says nothing keeps its stored values.
    differs : dict of str to ndarray of bool
        Incoming rows that differ, by column.
    stored : DataFrame
        The stored rows that were compared.
    """

    new: Mask
    changed: Mask
    position: npt.NDArray[np.intp]
    merged: pd.DataFrame
    differs: dict[str, Mask]
    stored: pd.DataFrame

    @property
    def met(self) -> Mask:
        """Stored rows whose key is among the incoming ones."""
        met = np.zeros(len(self.stored), dtype=bool)
        met[self.position[self.position >= 0]] = True
        return met

    def details(self, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, list[Any]]]]:
        """Tell, for every changed row, the old and the new value of each changed column.

        Parameters
        ----------
        columns : sequence of str
            Columns whose values may be told.

        Yields
        ------
        int
            Position of the incoming row.
        dict
            Old and new value, by column.
        """
        rows = np.flatnonzero(self.changed)
        told: dict[int, dict[str, list[Any]]] = {int(row): {} for row in rows}
        for name in columns:
            where = np.flatnonzero(self.differs[name] & self.changed)
            old = self.stored[name].iloc[self.position[where]]
            new = self.merged[name].iloc[where]
            for row, before, after in zip(where, old, new, strict=True):
                told[int(row)][name] = [_plain(before), _plain(after)]
        yield from told.items()


def compare(
    stored: pd.DataFrame,
    incoming: pd.DataFrame,
    key: Sequence[str],
    columns: Sequence[Column],
    *,
    keep_unsaid: bool,
) -> Changes:
    """Compare incoming rows with the stored ones of the same key.

    Parameters
    ----------
    stored, incoming : DataFrame
        In the dtypes of the contract; keys are unique in each.
    key : sequence of str
        Columns that identify a row.
    columns : sequence of Column
        Columns to compare, keys left out.
    keep_unsaid : bool
        Whether an optional column that is missing in every incoming row keeps its stored values.

    Returns
    -------
    Changes
        Row by row.
    """
    position = pd.Index(key_of(stored, key)).get_indexer(pd.Index(key_of(incoming, key)))
    known = position >= 0
    merged = incoming.reset_index(drop=True)
    differs: dict[str, Mask] = {}
    changed = np.zeros(len(merged), dtype=bool)
    for column in columns:
        before = stored[column.name].take(np.where(known, position, 0)) if len(stored) else None
        after = merged[column.name]
        differs[column.name] = np.zeros(len(merged), dtype=bool)
        if before is None:
            continue
        before = before.reset_index(drop=True)
        if keep_unsaid and not column.required and bool(after.isna().all()):
            merged[column.name] = after.where(~known, before)
            continue
        same = (before == after).to_numpy(dtype=bool, na_value=False)
        same = same | (before.isna().to_numpy() & after.isna().to_numpy())
        differs[column.name] = known & ~same
        changed |= differs[column.name]
    return Changes(~known, changed, position, merged, differs, stored)


def key_of(frame: pd.DataFrame, key: Sequence[str]) -> pd.Series:
    """Join key columns into one text per row; a missing part is told from every value.

    Parameters
    ----------
    frame : DataFrame
        Holds the columns.
    key : sequence of str
        Columns that identify a row.

    Returns
    -------
    Series
        Text, unique where the key is.
    """
    if len(key) == 1:
        return frame[key[0]].reset_index(drop=True)
    parts = [frame[name].astype("str").fillna("\x1e").reset_index(drop=True) for name in key]
    joined = parts[0]
    for part in parts[1:]:
        joined = joined + "\x1f" + part
    return joined


def among(values: pd.Series, those: pd.Series) -> Mask:
    """Tell which texts are among others.

    Parameters
    ----------
    values, those : Series
        Text.

    Returns
    -------
    ndarray of bool
        One per value.
    """
    if not len(values):
        return np.zeros(0, dtype=bool)
    # isin on Arrow-backed text walks it in Python; on plain objects it hashes.
    return values.astype(object).isin(those.astype(object)).to_numpy()  # type: ignore[no-any-return]


def _plain(value: Any) -> Any:
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return value.item() if isinstance(value, np.generic) else value
