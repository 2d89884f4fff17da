"""What the filters of a rule set say of one case, and how old it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from geozone.rules import CaseFilter, Indicator

__all__ = ["Passing", "counted_filters"]


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
