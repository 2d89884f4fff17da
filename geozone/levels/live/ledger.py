"""Cases of a tier by unit and age in days, kept as sums that follow each case that comes or goes.

What surely is in one unit is added up in whole numbers, so that a case taken away leaves no trace.
Shares of ties are kept one by one and added in the order of the line list, as the table does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geozone.levels.placement import Placement
from geozone.levels.tally import CaseTable, Window, distinct_values
from geozone.rules import CaseFilter, Indicator

__all__ = ["CLOCKS", "Entry", "Ledger", "Passing", "counted_filters"]

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

CLOCKS = ("report_date", "onset_date")
_FAR = 100_000


class Passing:
    """What the filters of a rule set say of one case.

    Parameters
    ----------
    filters : sequence of CaseFilter
        The filters.
    columns : iterable of str
        Columns that the line list has.
    as_of : date
        The day.
    """

    def __init__(self, filters: Sequence[CaseFilter], columns: Iterable[str], as_of: date) -> None:
        self.filters = tuple(filters)
        self._columns = frozenset(columns)
        self._as_of = as_of

    def of(self, case: Mapping[str, Any]) -> tuple[tuple[bool, bool], ...]:
        """Apply every filter to one case.

        Parameters
        ----------
        case : mapping
            Its columns.

        Returns
        -------
        tuple of (bool, bool)
            Per filter: surely passes, and does or may pass.
        """
        return tuple(self._one(wanted, case) for wanted in self.filters)

    def ages(self, case: Mapping[str, Any]) -> tuple[int, ...]:
        """Count the days from one case to the day.

        Parameters
        ----------
        case : mapping
            Its columns.

        Returns
        -------
        tuple of int
            Per clock; negative for days to come.
        """
        reported = self._days(case["report_date"])
        onset = case.get("onset_date") if "onset_date" in self._columns else None
        return reported, reported if onset is None or pd.isna(onset) else self._days(onset)

    def _days(self, value: Any) -> int:
        day: date = pd.Timestamp(value).date()
        return (self._as_of - day).days

    def _one(self, wanted: CaseFilter, case: Mapping[str, Any]) -> tuple[bool, bool]:
        sure = possible = True
        fields = (
            ("case_class", wanted.case_class),
            ("contact_degree", wanted.contact_degree),
            ("origin", wanted.origin),
            *wanted.columns,
        )
        for name, values in fields:
            if not values:
                continue
            if name not in self._columns:
                sure = False
                continue
            value = case.get(name)
            passes = value in values
            sure = sure and passes
            possible = possible and (passes or value is None or pd.isna(value))
        if wanted.source_known is not None:
            value = case.get("source_known")
            unknown = value is None or pd.isna(value)
            passes = not unknown and bool(value) == wanted.source_known
            sure, possible = sure and passes, possible and (passes or unknown)
        return sure, possible


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

    def view(self, units: Integers) -> LedgerView:
        """Look at some units.

        Parameters
        ----------
        units : ndarray of int64
            Their positions.

        Returns
        -------
        LedgerView
            Counts of these units, in the order asked for.
        """
        return LedgerView(self, units)

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


@dataclass(frozen=True, slots=True)
class LedgerView:
    """Counts of some units: what indicators are measured from.

    Attributes
    ----------
    ledger : Ledger
        The counts.
    chosen : ndarray of int64
        Positions of the units.
    """

    ledger: Ledger
    chosen: Integers

    @property
    def horizon(self) -> int:
        """Days to look ahead."""
        return self.ledger.horizon

    def records(self, column: str) -> bool:
        """Tell whether the line list has a column."""
        return self.ledger.records(column)

    def window(self, wanted: CaseFilter, days: int, clock: str) -> Window:
        """Count the cases of a window, today and on each day to come without a new case."""
        sums = self.ledger.sums(wanted, clock)
        sure = self._inside(sums.sure, days)
        possible = self._inside(sums.possible, days)
        cells = [sure, sure.copy(), possible.copy(), possible]
        number, at = self.ledger.number(wanted), CLOCKS.index(clock)
        for i, unit in enumerate(self.chosen.tolist()):
            for entry in self.ledger.shared(unit):
                age, (passes, may) = entry.ages[at], entry.passes[number]
                if age >= days:
                    continue
                part = entry.people * entry.share
                cells[0][i, age] += entry.people * (entry.certain and passes)
                cells[1][i, age] += part * passes
                cells[2][i, age] += part * may
                cells[3][i, age] += entry.people * may
        return Window(*(self._ahead(cell, days) for cell in cells))

    def total(self, wanted: CaseFilter) -> Floats:
        """Count all cases up to the day, by shares."""
        whole = self.ledger.sums(wanted, CLOCKS[0]).sure[self.chosen]
        total: Floats = whole.sum(axis=1).astype(np.float64)
        number = self.ledger.number(wanted)
        for i, unit in enumerate(self.chosen.tolist()):
            for entry in self.ledger.shared(unit):
                total[i] += entry.people * entry.share * entry.passes[number][0]
        return total

    def days_since(self, wanted: CaseFilter, clock: str) -> tuple[Floats, Floats]:
        """Find the days since the last case, counting every possible one and only the sure ones."""
        sums = self.ledger.sums(wanted, clock)
        number, at = self.ledger.number(wanted), CLOCKS.index(clock)
        found = [_first_age(table[self.chosen]) for table in (sums.possible, sums.sure)]
        for i, unit in enumerate(self.chosen.tolist()):
            for entry in self.ledger.shared(unit):
                sure, possible = entry.passes[number]
                if possible:
                    found[0][i] = min(found[0][i], entry.ages[at])
                if sure and entry.certain:
                    found[1][i] = min(found[1][i], entry.ages[at])
        return found[0], found[1]

    def distinct(self, column: str, wanted: CaseFilter, days: int, clock: str) -> tuple[Floats, Floats]:
        """Count the distinct values of a column among the cases of a window."""
        if column != self.ledger.grouped:
            raise ValueError(f"the ledger was not asked to keep {column}")
        number, at = self.ledger.number(wanted), CLOCKS.index(clock)
        pairs = [
            (i, entry) for i, unit in enumerate(self.chosen.tolist()) for entry in self.ledger.held(unit)
        ]
        entries = [entry for _, entry in pairs]
        keys, _ = pd.factorize(np.array([*(entry.group for entry in entries), None], dtype=object)[:-1])
        return distinct_values(
            np.array([i for i, _ in pairs], dtype=np.int64),
            np.array([entry.ages[at] for entry in entries], dtype=np.int64),
            keys.astype(np.int64),
            np.array([entry.people for entry in entries], dtype=np.float64),
            certain=np.array([entry.passes[number][0] and entry.certain for entry in entries], dtype=bool),
            possible=np.array([entry.passes[number][1] for entry in entries], dtype=bool),
            shape=(self.horizon + 1, len(self.chosen)),
            days=days,
        )

    def _inside(self, table: Integers, days: int) -> Floats:
        cells = np.zeros((len(self.chosen), days))
        found = table[self.chosen, :days]
        cells[:, : found.shape[1]] = found
        return cells

    def _ahead(self, cells: Floats, days: int) -> Floats:
        result = np.zeros((self.horizon + 1, len(self.chosen)))
        steps = min(days, self.horizon + 1)
        result[:steps] = np.cumsum(cells, axis=1)[:, ::-1].T[:steps]
        return result


def counted_filters(indicators: Iterable[Indicator]) -> tuple[CaseFilter, ...]:
    """List the filters of indicators that count cases.

    Parameters
    ----------
    indicators : iterable of Indicator
        Of a rule set.

    Returns
    -------
    tuple of CaseFilter
        Each once.
    """
    return tuple(dict.fromkeys(item.filter for item in indicators if item.what not in ("coverage", "input")))


def _first_age(table: Integers) -> Floats:
    some = table > 0
    return np.where(some.any(axis=1), some.argmax(axis=1).astype(np.float64), np.inf)
