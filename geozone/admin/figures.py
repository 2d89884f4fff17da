"""Read whole numbers and days as people type them in reports."""

from __future__ import annotations

import datetime as dt
import math
import re

import pandas as pd

__all__ = ["read_day", "read_number"]

_GROUPED = re.compile(r"\d{1,3}(?:([.,  ])\d{3})(?:\1\d{3})*")
_PLAIN = re.compile(r"\d+(?:[.,]\d+)?")
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[ T].*)?")
_DAY_FIRST = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})(?:[ T].*)?")
_SERIAL_ORIGIN = dt.date(1899, 12, 30)
_SERIALS = range(32_874, 73_051)
"""Spreadsheet serials of 1990 to 2099."""


def read_number(cell: object) -> float | None:
    """Read a count of people or doses.

    Parameters
    ----------
    cell : object
        A number, or text: ``1.234`` and ``1,234`` and ``1 234`` are one thousand two hundred and
        thirty-four, as no count of people has three decimals; ``65023.0`` is 65023.

    Returns
    -------
    float or None
        None if the cell is no number, or one below zero.
    """
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int | float):
        value = float(cell)
        return value if math.isfinite(value) and value >= 0 else None
    text = str(cell).strip()
    if _GROUPED.fullmatch(text):
        return float(re.sub(r"\D", "", text))
    return float(text.replace(",", ".")) if _PLAIN.fullmatch(text) else None


def read_day(cell: object) -> dt.date | None:
    """Read a day: day first, as in Viet Nam, or ISO 8601, or a spreadsheet's serial number.

    Parameters
    ----------
    cell : object
        A date, a number, or text: ``1/7/2021``, ``01-07-21``, ``2021-07-01``, ``44378``.

    Returns
    -------
    date or None
        None if the cell is no day that exists.
    """
    if isinstance(cell, pd.Timestamp | dt.datetime):
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    text = str(cell).strip()
    if re.fullmatch(r"\d{5}(\.\d+)?", text):
        serial = int(float(text))
        return _SERIAL_ORIGIN + dt.timedelta(days=serial) if serial in _SERIALS else None
    if match := _ISO.fullmatch(text):
        year, month, day = int(match[1]), int(match[2]), int(match[3])
    elif match := _DAY_FIRST.fullmatch(text):
        day, month, year = int(match[1]), int(match[2]), int(match[3])
        year += 2000 if year < 100 else 0
    else:
        return None
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None
