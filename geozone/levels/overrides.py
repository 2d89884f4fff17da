"""Levels set by people: read, checked, and kept beside the computed ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd

from geozone.errors import DataError, Fault
from geozone.levels.results import Override
from geozone.rules import RuleSet

__all__ = ["read_overrides"]

_COLUMNS = {
    "code": "code of the unit",
    "new_level": "level set by the committee, 1 to 4",
    "reason": "why",
    "decision": "number of the decision",
    "actor": "who decided",
}


def read_overrides(table: pd.DataFrame | None, rules: RuleSet, as_of: date) -> Mapping[str, Override]:
    """Read the overrides in force on a day.

    Parameters
    ----------
    table : DataFrame or None
        ``code, new_level, reason, decision, actor`` (``OVERRIDES``); optional ``old_level``, ``since``
        (first day) and ``until`` (last day; none for no end).
    rules : RuleSet
        Levels must be levels of this rule set.
    as_of : date
        The day.

    Returns
    -------
    mapping of str to Override
        By code; those that do not hold yet or no longer are left out.

    Raises
    ------
    DataError
        If a column is missing, a level does not exist, a reason or decision is empty, or a unit has
        two overrides in force.
    """
    if table is None or table.empty:
        return {}
    faults = [
        Fault(None, name, "no such column", text)
        for name, text in _COLUMNS.items()
        if name not in table.columns
    ]
    if faults:
        raise DataError("overrides", faults)
    levels = {item.epidemic_level for item in rules.levels}
    found: dict[str, Override] = {}
    for number, row in enumerate(table.to_dict("records"), start=2):
        wrong = _row_faults(number, row, levels)
        since, until = (_day(row.get(name)) for name in ("since", "until"))
        if not wrong and (since is None or since <= as_of) and (until is None or as_of <= until):
            if row["code"] in found:
                wrong.append(Fault(number, "code", repr(row["code"]), "one override in force per unit"))
            found[row["code"]] = Override(
                int(row["new_level"]), str(row["reason"]), str(row["decision"]), str(row["actor"]), until
            )
        faults += wrong
    if faults:
        raise DataError("overrides", faults)
    return found


def _day(value: object) -> date | None:
    return None if value is None or pd.isna(value) else pd.Timestamp(str(value)).date()


def _row_faults(number: int, row: Mapping[str, object], levels: set[int]) -> list[Fault]:
    faults = [
        Fault(number, name, "nothing", text)
        for name, text in _COLUMNS.items()
        if pd.isna(row[name]) or not str(row[name]).strip()
    ]
    if not faults and row["new_level"] not in levels:
        allowed = ", ".join(map(str, sorted(levels)))
        faults.append(Fault(number, "new_level", repr(row["new_level"]), f"one of {allowed}"))
    return faults
