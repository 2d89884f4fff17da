"""Numbers and dates the way each language writes them."""

from __future__ import annotations

import math
from datetime import date
from functools import lru_cache
from typing import Literal

__all__ = ["Language", "say_date", "say_number"]

Language = Literal["vi", "en"]

_SWAPPED = str.maketrans(",.", ".,")


@lru_cache(maxsize=16_384)
def say_number(value: float, language: Language, digits: int = 1) -> str:
    """Write a number.

    Parameters
    ----------
    value : float
        The number.
    language : str
        ``vi`` writes 1.234,5 and ``en`` 1,234.5.
    digits : int
        Most decimal places; a whole number has none.

    Returns
    -------
    str
        The number in words of that language.
    """
    if math.isinf(value):
        return "∞"
    rounded = math.floor(value * 10**digits + 0.5 + 1e-9) / 10**digits
    text = f"{rounded:,.0f}" if rounded == int(rounded) else f"{rounded:,.{digits}f}"
    return text.translate(_SWAPPED) if language == "vi" else text


def say_date(day: date, language: Language) -> str:
    """Write a date.

    Parameters
    ----------
    day : date
        The day.
    language : str
        ``vi`` writes 5/7/2021 and ``en`` 5 July 2021.

    Returns
    -------
    str
        The date.
    """
    if language == "vi":
        return f"{day.day}/{day.month}/{day.year}"
    months = (
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    )  # fmt: skip
    return f"{day.day} {months[day.month - 1]} {day.year}"
