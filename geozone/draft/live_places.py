"""Where the active cases of a live draft are, or may be: found by place and by commune."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable

import numpy as np
import pandas as pd

from geozone.zoning.selection import Places

__all__ = ["LivePlaces"]

Place = tuple[str, str]
"""Case and role."""


class LivePlaces:
    """The active places of a day, edited case by case.

    Parameters
    ----------
    places : Places
        Those to begin with, as ``select_places`` gives them.
    """

    def __init__(self, places: Places) -> None:
        self.undrawn = places.undrawn.iloc[:0]
        """No place, in the form of those that no zone is drawn for."""
        self._certain = _Rows(places.certain, _places_of(places.certain))
        self._possible = _Rows(places.possible, places.possible["commune"].tolist())

    def replace(self, cases: Collection[str], places: Places) -> set[int]:
        """Put the places of some cases in the place of those that they had.

        Parameters
        ----------
        cases : collection of str
            The cases.
        places : Places
            Where they are now.

        Returns
        -------
        set of int
            Rows of the communes that one of them may have been in, or may be in now.
        """
        left = self._possible.drop(cases)
        self._certain.drop(cases)
        self._certain.add(places.certain, _places_of(places.certain))
        communes = places.possible["commune"].tolist()
        self._possible.add(places.possible, communes)
        return {int(commune) for commune in (*left, *communes)}

    def certain(self, places: Iterable[Place]) -> pd.DataFrame:
        """Take places known to the street.

        Parameters
        ----------
        places : iterable of tuple
            Case and role of each.

        Returns
        -------
        DataFrame
            Their rows.
        """
        return self._certain.take(places)

    def possible(self, communes: Iterable[int]) -> pd.DataFrame:
        """Take the places that may be in some communes.

        Parameters
        ----------
        communes : iterable of int
            Rows of the communes.

        Returns
        -------
        DataFrame
            Their rows.
        """
        return self._possible.take(communes)


class _Rows:
    """Rows found by a key; those that come are kept beside those to begin with."""

    def __init__(self, table: pd.DataFrame, keys: list[Hashable]) -> None:
        self._base, self._added = table, table.iloc[:0]
        self._by_key: dict[Hashable, set[int]] = defaultdict(set)
        self._by_case: dict[str, list[tuple[Hashable, int]]] = defaultdict(list)
        self._number(0, table, keys)

    def add(self, table: pd.DataFrame, keys: list[Hashable]) -> None:
        if not len(table):
            return
        first = len(self._base) + len(self._added)
        self._added = pd.concat([self._added, table], ignore_index=True) if len(self._added) else table
        self._number(first, table, keys)

    def drop(self, cases: Iterable[str]) -> set[Hashable]:
        """Forget cases; the keys that they had."""
        left = set()
        for case_id in cases:
            for key, row in self._by_case.pop(case_id, ()):
                self._by_key[key].discard(row)
                left.add(key)
        return left

    def take(self, keys: Iterable[Hashable]) -> pd.DataFrame:
        rows = np.array(sorted(row for key in set(keys) for row in self._by_key.get(key, ())), dtype=np.int64)
        own = rows[rows < len(self._base)]
        found = self._base.iloc[own]
        if len(own) < len(rows):
            added = self._added.iloc[rows[len(own) :] - len(self._base)]
            found = pd.concat([found, added]) if len(own) else added
        return found.reset_index(drop=True)

    def _number(self, first: int, table: pd.DataFrame, keys: list[Hashable]) -> None:
        for row, (case_id, key) in enumerate(zip(table["case_id"].tolist(), keys, strict=True), start=first):
            self._by_key[key].add(row)
            self._by_case[case_id].append((key, row))


def _places_of(table: pd.DataFrame) -> list[Hashable]:
    return list(zip(table["case_id"].tolist(), table["role"].tolist(), strict=True))
