"""Cases by unit and day, for each filter of a rule set: at least, expected and at most."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geozone.levels.placement import Placement
from geozone.rules import CaseFilter

__all__ = ["CaseCounts", "CaseTable", "Window", "distinct_values"]

_FAR = 100_000


@dataclass(frozen=True, slots=True)
class CaseTable:
    """One row per case, with what the filters look at.

    Attributes
    ----------
    places : DataFrame
        One row per case.
    as_of : date
        Day that the windows end on.
    """

    places: pd.DataFrame
    as_of: date

    def age_days(self, clock: str) -> NDArray[np.int64]:
        """Days from each case to the as-of date.

        Parameters
        ----------
        clock : str
            ``report_date``, or ``onset_date`` (the report date where there is none).

        Returns
        -------
        ndarray of int64
            Negative for days to come.
        """
        day = self.places["report_date"]
        if clock == "onset_date" and "onset_date" in self.places.columns:
            day = self.places["onset_date"].fillna(day)
        days = day.to_numpy(dtype="datetime64[D]")
        age: NDArray[np.int64] = (np.datetime64(self.as_of) - days).astype(np.int64)
        return age

    def known(self) -> NDArray[np.bool_]:
        """Tell which cases were reported by the as-of date."""
        return self.age_days("report_date") >= 0

    def matches(self, wanted: CaseFilter) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Apply a filter.

        Parameters
        ----------
        wanted : CaseFilter
            The filter.

        Returns
        -------
        sure, possible : ndarray of bool
            Rows that surely pass, and rows that do or may pass because a field is not recorded.
        """
        sure = np.ones(len(self.places), dtype=bool)
        possible = sure.copy()
        fields = [
            ("case_class", wanted.case_class),
            ("contact_degree", wanted.contact_degree),
            ("origin", wanted.origin),
            *wanted.columns,
        ]
        for name, values in fields:
            if not values:
                continue
            if name not in self.places.columns:
                sure &= False
                continue
            column = self.places[name]
            passes = column.isin(values).to_numpy()
            sure &= passes
            possible &= passes | column.isna().to_numpy()
        if wanted.source_known is not None:
            column = self.places["source_known"].astype("boolean")
            passes = (column == wanted.source_known).fillna(False).to_numpy(dtype=bool)
            sure &= passes
            possible &= passes | column.isna().to_numpy()
        return sure, possible


@dataclass(frozen=True, slots=True)
class Window:
    """Cases of each unit in a window, today and on each day to come without a new case.

    Attributes
    ----------
    least, expected, expected_most, most : ndarray of float64, shape (days, units)
        Surely counted and surely there; by shares, surely counted; by shares, possibly counted; and
        every case that may count there.
    """

    least: NDArray[np.float64]
    expected: NDArray[np.float64]
    expected_most: NDArray[np.float64]
    most: NDArray[np.float64]


class CaseCounts:
    """Counts of one tier by filter, made once and kept.

    Parameters
    ----------
    table : CaseTable
        The cases.
    placement : Placement
        Where they count.
    units : int
        Number of units of the tier.
    horizon : int
        Days to look ahead.
    """

    def __init__(self, table: CaseTable, placement: Placement, units: int, horizon: int) -> None:
        self.table = table
        self.placement = placement
        self.units = units
        self.horizon = horizon
        self._count = table.places["count"].to_numpy(dtype=np.float64)[placement.row]
        self._known = table.known()[placement.row]
        self._masks: dict[CaseFilter, tuple[NDArray[np.bool_], NDArray[np.bool_]]] = {}

    def records(self, column: str) -> bool:
        """Tell whether the line list has a column.

        Parameters
        ----------
        column : str
            Its name.

        Returns
        -------
        bool
            True if it has, even if nothing stands in it.
        """
        return column in self.table.places.columns

    def window(self, wanted: CaseFilter, days: int, clock: str) -> Window:
        """Count the cases of a window.

        Parameters
        ----------
        wanted : CaseFilter
            Cases that count.
        days : int
            Days of the window, the as-of date included.
        clock : str
            Date that counts.

        Returns
        -------
        Window
            Row ``t`` is the window ``t`` days on, if no new case comes.
        """
        sure, possible = self._passing(wanted)
        age = self.table.age_days(clock)[self.placement.row]
        inside = self._known & (age < days)
        day = np.clip(age, 0, days - 1)
        share, certain = self.placement.share, self.placement.certain

        def ahead(weight: NDArray[np.float64]) -> NDArray[np.float64]:
            use = inside & (weight > 0)
            cells = self.placement.unit[use] * days + day[use]
            grid = np.bincount(cells, weights=weight[use], minlength=self.units * days)
            sums = np.cumsum(grid.reshape(self.units, days), axis=1)
            result = np.zeros((self.horizon + 1, self.units))
            steps = min(days, self.horizon + 1)
            result[:steps] = sums[:, ::-1].T[:steps]
            return result

        expected = ahead(self._count * share * sure)
        same = bool((sure == possible).all())
        whole = bool(certain.all())
        expected_most = expected if same else ahead(self._count * share * possible)
        return Window(
            expected if whole else ahead(self._count * certain * sure),
            expected,
            expected_most,
            expected_most if whole else ahead(self._count * possible),
        )

    def total(self, wanted: CaseFilter) -> NDArray[np.float64]:
        """Count all cases up to the as-of date, by shares.

        Parameters
        ----------
        wanted : CaseFilter
            Cases that count.

        Returns
        -------
        ndarray of float64, shape (units,)
            Expected number per unit.
        """
        sure, _ = self._passing(wanted)
        use = self._known & sure
        weights = (self._count * self.placement.share)[use]
        return np.bincount(self.placement.unit[use], weights, self.units).astype(np.float64)

    def days_since(self, wanted: CaseFilter, clock: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Find the days since the last case of each unit.

        Parameters
        ----------
        wanted : CaseFilter
            Cases that count.
        clock : str
            Date that counts.

        Returns
        -------
        least, most : ndarray of float64
            Counting every possible case, and only the sure ones; infinite where there is none.
        """
        sure, possible = self._passing(wanted)
        age = self.table.age_days(clock)[self.placement.row].clip(min=0)
        found = []
        for use in (self._known & possible, self._known & sure & self.placement.certain):
            newest = np.full(self.units, _FAR, dtype=np.int64)
            np.minimum.at(newest, self.placement.unit[use], age[use])
            found.append(np.where(newest >= _FAR, np.inf, newest.astype(np.float64)))
        return found[0], found[1]

    def distinct(
        self, column: str, wanted: CaseFilter, days: int, clock: str
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Count the distinct values of a column among the cases of a window.

        Parameters
        ----------
        column : str
            For example ``household_id``; a case without a value may share one with another case.
        wanted : CaseFilter
            Cases that count.
        days : int
            Days of the window.
        clock : str
            Date that counts.

        Returns
        -------
        least, most : ndarray of float64, shape (days, units)
            Today and on each day to come without a new case.
        """
        sure, possible = self._passing(wanted)
        age = self.table.age_days(clock)[self.placement.row]
        names = (
            self.table.places[column].to_numpy(dtype=object)[self.placement.row]
            if column in self.table.places.columns
            else np.full(len(self.placement.row), None, dtype=object)
        )
        keys, _ = pd.factorize(names)
        known = self._known
        return distinct_values(
            self.placement.unit[known],
            age[known],
            keys[known],
            self._count[known],
            certain=(sure & self.placement.certain)[known],
            possible=possible[known],
            shape=(self.horizon + 1, self.units),
            days=days,
        )

    def _passing(self, wanted: CaseFilter) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        if wanted not in self._masks:
            sure, possible = self.table.matches(wanted)
            self._masks[wanted] = (sure[self.placement.row], possible[self.placement.row])
        return self._masks[wanted]


def distinct_values(
    unit: NDArray[np.int64],
    age: NDArray[np.int64],
    keys: NDArray[np.int64],
    people: NDArray[np.float64],
    *,
    certain: NDArray[np.bool_],
    possible: NDArray[np.bool_],
    shape: tuple[int, int],
    days: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Count distinct values by unit, today and on days to come without a new case.

    Parameters
    ----------
    unit, age : ndarray of int64
        Unit and days since each case.
    keys : ndarray of int64
        Number of its value; -1 where it has none and may share one with another case.
    people : ndarray of float64
        People of each case.
    certain, possible : ndarray of bool
        Cases that surely count, and that may.
    shape : tuple of int
        Days and units of the answer.
    days : int
        Days of the window.

    Returns
    -------
    least, most : ndarray of float64, shape (days, units)
        At least and at most.
    """
    least = np.zeros(shape)
    most = least.copy()

    def distinct(use: NDArray[np.bool_]) -> NDArray[np.float64]:
        pairs = np.unique(np.stack([unit[use], keys[use]]), axis=1)
        return np.bincount(pairs[0], minlength=shape[1]).astype(np.float64)

    def total(use: NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.bincount(unit[use], people[use], shape[1]).astype(np.float64)

    for ahead in range(min(days, shape[0])):
        inside = age < days - ahead
        sure, maybe = inside & certain, inside & possible
        fewest = distinct(sure & (keys >= 0))
        least[ahead] = np.where((fewest == 0) & (total(sure & (keys < 0)) > 0), 1, fewest)
        most[ahead] = distinct(maybe & (keys >= 0)) + total(maybe & (keys < 0))
    return least, most
