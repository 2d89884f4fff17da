"""Cases of a unit by day, told so that no difference of what is told leads to a small count.

Lockdown orders name the days of cases, so the days on which a unit had a case are taken as known to
everybody, and so is a case for each zone that an order opens on a day. What is withheld is how many more
there were: the *excess*.

- A day with a small excess is told as any of the values of a small count, never more closely.
- The running sum of excesses is told in steps, and looked at only after every second day with a small
excess, or on
  a day that is large in itself: a step that is reached belongs to two days and tells of neither.
- Whatever else is told of the unit, the cases of a window of days or of all days, is worked out from these
two. So
  windows of any length, of any two releases, subtracted from one another, give no more than these do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["Curves", "Range", "told_curves"]

IntArray = NDArray[np.int64]
_TOGETHER = 2
"""Days with a small excess that are looked at together; a step is as wide as the excesses of so many."""


@dataclass(frozen=True, slots=True)
class Range:
    """Ranges of counts, both ends included."""

    least: IntArray
    most: IntArray


@dataclass(frozen=True, slots=True)
class Curves:
    """Units and their days with cases, with what is told of each.

    Attributes
    ----------
    code : ndarray of str
        The unit of each row; rows are in the order of units and days.
    day : ndarray of datetime64
        A day with at least one case.
    known : ndarray of int64
        Cases that are known of on it anyway: one, or one for each zone that shows one.
    of_day : Range
        Cases of the day.
    excess : Range
        Cases beyond the known ones, from the unit's first day to this one.
    before : Range
        The same to the unit's day before.
    """

    code: NDArray[np.object_]
    day: NDArray[np.datetime64]
    known: IntArray
    of_day: Range
    excess: Range
    before: Range

    def windows(self, codes: NDArray[np.object_], first: np.datetime64 | None) -> Range:
        """Tell the cases of each unit since a day.

        Parameters
        ----------
        codes : ndarray of str
            Units.
        first : datetime64, optional
            First day that counts; the first of all by default.

        Returns
        -------
        Range
            In the order of ``codes``; nothing is 0 to 0.
        """
        least, most = np.zeros(len(codes), np.int64), np.zeros(len(codes), np.int64)
        rows = np.arange(len(self.code)) if first is None else np.flatnonzero(self.day >= first)
        if not len(rows):
            return Range(least, most)
        units, starts = np.unique(self.code[rows].astype(str), return_index=True)
        ends = np.append(starts[1:], len(rows)) - 1
        begin, end = rows[starts], rows[ends]
        known, low, high = (
            np.add.reduceat(values[rows], starts)
            for values in (self.known, self.of_day.least, self.of_day.most)
        )
        more = np.maximum(0, self.excess.least[end] - self.before.most[begin])
        low = np.maximum(low, known + more)
        high = np.minimum(high, known + self.excess.most[end] - self.before.least[begin])
        at = pd.Index(units).get_indexer_for(pd.Index(codes.astype(str)))
        least[at >= 0], most[at >= 0] = low[at[at >= 0]], high[at[at >= 0]]
        return Range(least, most)


def told_curves(
    series: pd.DataFrame, width: int, *, shown: Mapping[tuple[str, pd.Timestamp], int] = {}
) -> Curves:
    """Choose what is told of every unit and day.

    Parameters
    ----------
    series : DataFrame
        ``code, date, cases``: new cases by unit and day.
    width : int
        Values of a small count.
    shown : mapping of tuple to int
        By unit and day, how many cases the outlines of zones show at least, where more than one.

    Returns
    -------
    Curves
        One row per unit and day with cases.
    """
    rows = series.loc[(series["cases"] > 0).to_numpy(dtype=bool), ["code", "date", "cases"]]
    rows = rows.sort_values(["code", "date"], kind="stable")
    code, cases = rows["code"].to_numpy(dtype=object), rows["cases"].to_numpy(dtype=np.int64)
    day = rows["date"].to_numpy(dtype="datetime64[s]")
    seen = [shown.get(key, 1) for key in zip(code, pd.DatetimeIndex(day), strict=True)]
    known = np.minimum(np.array(seen, dtype=np.int64), cases)
    excess = cases - known
    states = np.array(list(_states(code, excess, width)), dtype=np.int64).reshape(-1, 4)
    before, after = Range(*states[:, :2].T), Range(*states[:, 2:].T)
    large = excess >= width
    low = np.where(large, np.maximum(width, after.least - before.most), 0)
    high = np.where(large, after.most - before.least, width - 1)
    return Curves(code, day, known, Range(known + low, known + high), after, before)


def _states(code: NDArray[np.object_], excess: IntArray, width: int) -> Iterator[tuple[int, int, int, int]]:
    """Give the range of the running sum before and after each day."""
    step = _TOGETHER * width
    unit, total, pending = None, 0, 0
    least = most = 0
    for own, more in zip(code.tolist(), excess.tolist(), strict=True):
        if own != unit:
            unit, total, pending, least, most = own, 0, 0, 0, 0
        before = (least, most)
        total += more
        pending += 1
        if more >= width or pending == _TOGETHER:
            least = total // step * step
            most, pending = least + step - 1, 0
        else:
            most += width - 1
        yield (*before, least, most)
