"""Dates as Vietnamese spreadsheets write them: the day comes first."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geozone.tables.headers import fold

__all__ = ["MAX_DATE", "MIN_DATE", "ParsedDates", "parse_date", "parse_dates"]

MIN_DATE = dt.date(1900, 1, 1)
"""Earliest date that is believed."""
MAX_DATE = dt.date(2099, 12, 31)
"""Latest date that is believed unless the caller lowers it."""

_EXCEL_EPOCH = dt.date(1899, 12, 30)
_SERIALS = (20_000, 73_050)
"""Excel serial numbers taken for dates: 1954-10-03 to 2099-12-31."""
_LOCAL = dt.timezone(dt.timedelta(hours=7))
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july",
         "aug august", "sep sept september", "oct october", "nov november", "dec december"),
        start=1,
    )
    for name in names.split()
}  # fmt: skip

_TIME = re.compile(
    r"(?:(?<=\s)|(?<=^))\d{1,2}\s?(?::\d{2}(?::\d{2}(?:[.,]\d+)?)?|[hg]\d{0,2}|giờ(?:\s?\d{1,2}\s?phút)?)"
    r"(?:\s?(?:am|pm|sa|ch))?(?=[\s,;]|$)",
    re.IGNORECASE,
)
_PARTS = re.compile(r"(\d{1,4})\s*[/.\-–\s]\s*(\d{1,2})\s*[/.\-–\s]\s*(\d{1,4})")
_ISO_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:?\d{2}.*")
_NUMBER = re.compile(r"\d{5}(?:[.,]\d+)?")
_COMPACT = re.compile(r"\d{8}")
_WORDS = re.compile(r"(?:ngay )?(\d{1,2}) thang (\d{1,2})(?: nam)? (\d{4}|\d{2})")
_DAY_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th)? ([a-z]{3,9}) (\d{4}|\d{2})")
_MONTH_DAY = re.compile(r"([a-z]{3,9}) (\d{1,2})(?:st|nd|rd|th)? (\d{4}|\d{2})")

_EXPECTED = "a date, day first, as 1/7/2021"


class _Read(NamedTuple):
    date: dt.date | None
    expected: str
    order: str
    """``day`` or ``month`` if only that order makes sense, ``both``, or empty where it is not in doubt."""


class ParsedDates(NamedTuple):
    """The dates of one column."""

    dates: NDArray[np.datetime64]
    """Days; NaT where there is nothing or a fault."""
    expected: NDArray[np.object_]
    """For each row what was expected, None where the cell is right or empty."""
    month_first: bool
    """Whether the column makes sense only with the month first."""
    order: NDArray[np.object_]
    """For each row ``day``, ``month``, ``both`` or empty: which order of day and month it allows."""


def _year(text: str) -> int:
    number = int(text)
    return number + 2000 if len(text) <= 2 else number


def _make(year: int, month: int, day: int, order: str = "") -> _Read:
    try:
        return _Read(dt.date(year, month, day), "", order)
    except ValueError:
        if 1 <= month <= 12 and 28 < day <= 31 and 1 <= year <= 9999:
            days = calendar.monthrange(year, month)[1]
            return _Read(None, f"a date that exists (month {month} of {year} has {days} days)", order)
        return _Read(None, _EXPECTED, order)


def _from_parts(first: str, second: str, third: str, day_first: bool) -> _Read:
    if len(first) == 4:
        return _make(int(first), int(second), int(third))
    if len(first) > 2 or len(third) not in (2, 4):
        return _Read(None, _EXPECTED, "")
    one, two, year = int(first), int(second), _year(third)
    as_day, as_month = two <= 12, one <= 12
    order = "both" if as_day and as_month else "day" if as_day else "month" if as_month else ""
    if one == two:
        order = ""
    day, month = (one, two) if day_first else (two, one)
    if order == ("month" if day_first else "day"):
        other = "month" if day_first else "day"
        return _Read(None, f"{_EXPECTED} (this one has the {other} first)", order)
    return _make(year, month, day, order)


def _from_serial(number: float) -> _Read:
    if _SERIALS[0] <= number <= _SERIALS[1]:
        return _Read(_EXCEL_EPOCH + dt.timedelta(days=int(number)), "", "")
    return _Read(None, _EXPECTED, "")


def _from_iso(text: str) -> _Read | None:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is not None:
        moment = moment.astimezone(_LOCAL)
    return _Read(moment.date(), "", "")


def _from_words(text: str) -> _Read:
    folded = fold(text)
    if match := _WORDS.fullmatch(folded):
        return _make(_year(match[3]), int(match[2]), int(match[1]))
    if (match := _DAY_MONTH.fullmatch(folded)) and match[2] in _MONTHS:
        return _make(_year(match[3]), _MONTHS[match[2]], int(match[1]))
    if (match := _MONTH_DAY.fullmatch(folded)) and match[1] in _MONTHS:
        return _make(_year(match[3]), _MONTHS[match[1]], int(match[2]))
    return _Read(None, _EXPECTED, "")


def _from_text(text: str, day_first: bool) -> _Read:
    text = " ".join(text.split()).strip(" '\"")
    if _ISO_TIME.fullmatch(text) and (read := _from_iso(text)) is not None:
        return read
    if _COMPACT.fullmatch(text):
        forward = _make(int(text[:4]), int(text[4:6]), int(text[6:]))
        return forward if forward.date else _make(int(text[4:]), int(text[2:4]), int(text[:2]))
    if _NUMBER.fullmatch(text):
        return _from_serial(float(text.replace(",", ".")))
    text = _TIME.sub("", text).strip(" ,;-")
    text = re.sub(
        r"^(?:ngày|ngay|thứ \w+|thu \w+|cn|chủ nhật)[,:]?\s+(?=\d{1,2}[/.\-])", "", text, flags=re.IGNORECASE
    )
    if match := _PARTS.fullmatch(text):
        return _from_parts(match[1], match[2], match[3], day_first)
    return _from_words(text)


def parse_date(cell: object, *, day_first: bool = True) -> tuple[dt.date | None, str]:
    """Read one date.

    Parameters
    ----------
    cell : object
        Text, an Excel serial number, or a date.
    day_first : bool
        Whether ``1/7/2021`` is the first of July.

    Returns
    -------
    tuple of (date or None, str)
        The day, or None and what was expected.
    """
    read = _read(cell, day_first)
    return read.date, read.expected


def _read(cell: object, day_first: bool) -> _Read:
    if isinstance(cell, dt.datetime):
        moment = cell.astimezone(_LOCAL) if cell.tzinfo is not None else cell
        return _Read(moment.date(), "", "")
    if isinstance(cell, dt.date):
        return _Read(cell, "", "")
    if isinstance(cell, bool):
        return _Read(None, _EXPECTED, "")
    if isinstance(cell, int | float | np.integer | np.floating):
        number = float(cell)
        if number.is_integer() and 19_000_101 <= number <= 20_991_231:
            return _from_text(str(int(number)), day_first)
        return _from_serial(number)
    return _from_text(str(cell), day_first)


def _bounded(read: _Read, earliest: dt.date, latest: dt.date) -> _Read:
    if read.date is None or earliest <= read.date <= latest:
        return read
    return _Read(None, f"a date from {earliest} to {latest}", read.order)


def parse_dates(
    cells: Sequence[object] | pd.Series,
    *,
    day_first: bool = True,
    earliest: dt.date = MIN_DATE,
    latest: dt.date = MAX_DATE,
) -> ParsedDates:
    """Read a column of dates.

    Parameters
    ----------
    cells : sequence of object or Series
        Text, Excel serial numbers or dates; missing cells stay missing.
    day_first : bool
        Whether ``1/7/2021`` is the first of July. It is never guessed cell by cell.
    earliest, latest : date
        Closed bounds of what is believed.

    Returns
    -------
    ParsedDates
        Days, faults, and whether the column as a whole contradicts ``day_first``.

    Notes
    -----
    A moment with a time zone is the day it was in Viet Nam (UTC+7). Years of two digits are of this
    century.
    """
    codes, uniques = pd.factorize(np.asarray(pd.Series(cells), dtype=object), use_na_sentinel=True)
    reads = [_bounded(_read(cell, day_first), earliest, latest) for cell in uniques]
    reads.append(_Read(None, "", ""))
    days = np.array([read.date or "NaT" for read in reads], dtype="datetime64[D]")
    expected = np.array([read.expected or None for read in reads], dtype=object)
    order = np.array([read.order for read in reads], dtype=object)
    orders = order[codes]
    contrary, agreeing = ("month", "day") if day_first else ("day", "month")
    against = int(np.sum(orders == contrary))
    doubtful = against + int(np.sum(orders == "both"))
    month_first = against > 0 and not np.any(orders == agreeing) and against >= 0.05 * doubtful
    return ParsedDates(days[codes].astype("datetime64[s]"), expected[codes], bool(month_first), orders)
