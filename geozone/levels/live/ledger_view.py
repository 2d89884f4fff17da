"""Counts of some units as indicators ask for them, read from the ledger that follows every case."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geozone.levels.live.ledger import CLOCKS, Floats, Integers, Ledger
from geozone.levels.tally import Window, distinct_values
from geozone.rules import CaseFilter

__all__ = ["LedgerView"]


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


def _first_age(table: Integers) -> Floats:
    some = table > 0
    return np.where(some.any(axis=1), some.argmax(axis=1).astype(np.float64), np.inf)
