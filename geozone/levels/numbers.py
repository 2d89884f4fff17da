"""Numbers and dates the way each language writes them."""

from __future__ import annotations

import math
from datetime import date
from functools import lru_cache
from typing import Literal

__all__ = ["Language", "say_date", "say_number", "say_range"]

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


def say_range(least: float, most: float, language: Language, digits: int = 0) -> str:
    """Say a count of which only a range is public.

    Parameters
    ----------
    least, most : float
        The range, both included.
    language : str
        ``vi`` or ``en``.
    digits : int
        Most decimal places.

    Returns
    -------
    str
        The number where there is only one; ``dưới 5`` or ``fewer than 5`` for a range from 0 or 1;
        else both ends.
    """
    if least == most:
        return say_number(least, language, digits)
    if least <= 1 and digits == 0:
        below = say_number(most + 1, language, 0)
        return f"dưới {below}" if language == "vi" else f"fewer than {below}"
    low, high = (say_number(end, language, digits) for end in (least, most))
    return f"từ {low} đến {high}" if language == "vi" else f"{low} to {high}"


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
