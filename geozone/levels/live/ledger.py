"""Cases of a tier by unit and age in days, kept as sums that follow each case that comes or goes.

What surely is in one unit is added up in whole numbers, so that a case taken away leaves no trace.
Shares of ties are kept one by one and added in the order of the line list, as the table does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geozone.levels.live.passing import Passing
from geozone.levels.placement import Placement
from geozone.levels.tally import CaseTable
from geozone.rules import CaseFilter

__all__ = ["CLOCKS", "Entry", "Floats", "Integers", "Ledger"]

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

CLOCKS = ("report_date", "onset_date")


class Entry(NamedTuple):
    """One case in one unit."""

    ages: tuple[int, ...]
    """Days since it, per clock, not below 0."""
    people: int
    share: float
    certain: bool
    passes: tuple[tuple[bool, bool], ...]
    group: Any
    """Its household, for rules that count them."""


@dataclass(frozen=True, slots=True)
class _Sums:
    """People of whole cases by unit and age, for one filter and clock."""

    sure: Integers
    possible: Integers


class Ledger:
    """Counts of the units of one tier that follow each edit.

    Parameters
    ----------
    units : int
        Number of units.
    horizon : int
        Days to look ahead.
    passing : Passing
        The filters that are asked for.
    grouped : str, optional
        Column whose distinct values are asked for.
    """

    def __init__(self, units: int, horizon: int, passing: Passing, grouped: str | None = None) -> None:
        self.units = units
        self.horizon = horizon
        self.grouped = grouped
        self._passing = passing
        self._number = {wanted: i for i, wanted in enumerate(passing.filters)}
        self._sums: dict[tuple[int, int], _Sums] = {}
        self._resize(1)
        self._shared: dict[int, dict[Any, Entry]] = {}
        self._held: dict[int, dict[Any, Entry]] = {}

    def load(self, table: CaseTable, placement: Placement) -> None:
        """Take the cases to begin with.

        Parameters
        ----------
        table : CaseTable
            The cases.
        placement : Placement
            Where they count.
        """
        rows, known = placement.row, table.known()
        ages = [np.maximum(table.age_days(clock), 0) for clock in CLOCKS]
        count = table.places["count"].to_numpy(dtype=np.int64)
        whole = known[rows] & (placement.share == 1.0)
        self._resize(1 + max((int(age[known].max(initial=0)) for age in ages), default=0))
        columns = next(iter(self._sums.values())).sure.shape[1]
        at = rows[whole]
        for number, wanted in enumerate(self._passing.filters):
            masks = table.matches(wanted)
            for clock, age in enumerate(ages):
                cell = placement.unit[whole] * columns + age[at]
                sums = self._sums[number, clock]
                for total, mask in zip((sums.sure, sums.possible), masks, strict=True):
                    added = np.bincount(cell, count[at] * mask[at], minlength=self.units * columns)
                    np.add(total, added.reshape(total.shape).astype(np.int64), out=total)
        wanted_rows = np.flatnonzero(known[rows] & ((placement.share != 1.0) | (self.grouped is not None)))
        records = table.places.iloc[rows[wanted_rows]].to_dict("records")
        for i, case in zip(wanted_rows.tolist(), records, strict=True):
            entry = self.entry(case, float(placement.share[i]), certain=bool(placement.certain[i]))
            self._keep(case["case_id"], int(placement.unit[i]), entry)

    def entry(self, case: Mapping[str, Any], share: float, *, certain: bool) -> Entry:
        """Make the entry of a case.

        Parameters
        ----------
        case : mapping
            Its columns.
        share : float
            Part of it that counts in a unit.
        certain : bool
            Whether it is surely there.

        Returns
        -------
        Entry
            For ``add`` and ``remove``.
        """
        ages = tuple(max(age, 0) for age in self._passing.ages(case))
        group = None if self.grouped is None else case.get(self.grouped)
        passes = self._passing.of(case)
        return Entry(ages, int(case["count"]), share, certain, passes, group)

    def add(self, case_id: Any, unit: int, entry: Entry) -> None:
        """Count a case in a unit.

        Parameters
        ----------
        case_id : hashable
            The case.
        unit : int
            The unit.
        entry : Entry
            What counts there.
        """
        self._keep(case_id, unit, entry)
        if entry.share == 1.0:
            self._count(unit, entry, entry.people)

    def remove(self, case_id: Any, unit: int, entry: Entry) -> None:
        """Count a case no longer.

        Parameters
        ----------
        case_id : hashable
            The case.
        unit : int
            The unit.
        entry : Entry
            What counted there.
        """
        for kept in (self._shared, self._held):
            inside = kept.get(unit, {})
            inside.pop(case_id, None)
            if not inside:
                kept.pop(unit, None)
        if entry.share == 1.0:
            self._count(unit, entry, -entry.people)

    def records(self, column: str) -> bool:
        """Tell whether the line list has a column.

        Parameters
        ----------
        column : str
            Its name.

        Returns
        -------
        bool
            True if it has.
        """
        return column in self._passing._columns

    def sums(self, wanted: CaseFilter, clock: str) -> _Sums:
        """Give the sums of a filter.

        Parameters
        ----------
        wanted : CaseFilter
            One of the filters.
        clock : str
            Date that counts.

        Returns
        -------
        _Sums
            People by unit and age.
        """
        return self._sums[self._number[wanted], CLOCKS.index(clock)]

    def shared(self, unit: int) -> Iterable[Entry]:
        """List the cases that are in a unit by a share."""
        return self._shared.get(unit, {}).values()

    def held(self, unit: int) -> Iterable[Entry]:
        """List all cases of a unit; kept only where distinct values are asked for."""
        return self._held.get(unit, {}).values()

    def number(self, wanted: CaseFilter) -> int:
        """Give the position of a filter in an entry's ``passes``."""
        return self._number[wanted]

    def _keep(self, case_id: Any, unit: int, entry: Entry) -> None:
        if entry.share != 1.0:
            self._shared.setdefault(unit, {})[case_id] = entry
        if self.grouped is not None:
            self._held.setdefault(unit, {})[case_id] = entry

    def _count(self, unit: int, entry: Entry, people: int) -> None:
        oldest = max(entry.ages)
        if oldest >= next(iter(self._sums.values())).sure.shape[1]:
            self._resize(oldest + 30)
        for (number, clock), sums in self._sums.items():
            sure, possible = entry.passes[number]
            age = entry.ages[clock]
            if sure:
                sums.sure[unit, age] += people
            if possible:
                sums.possible[unit, age] += people

    def _resize(self, days: int) -> None:
        for number in range(len(self._passing.filters)):
            for clock in range(len(CLOCKS)):
                kept = self._sums.get((number, clock))
                grown = [np.zeros((self.units, days), dtype=np.int64) for _ in range(2)]
                if kept is not None:
                    for new, old in zip(grown, (kept.sure, kept.possible), strict=True):
                        new[:, : old.shape[1]] = old
                self._sums[number, clock] = _Sums(*grown)
