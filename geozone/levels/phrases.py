"""One phrase at a time: facts, ways down and lists, in either language."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple, TypeVar

from geozone.levels.numbers import Language, say_number
from geozone.levels.words import CAUSES, WORDS
from geozone.rules import BandSet, Indicator, Text

__all__ = ["Fact", "each", "pick", "quoted", "say_fact", "say_way", "sentence"]

Said = TypeVar("Said", str, bytes)
_PICK: dict[Language, Callable[[Text], str]] = {"vi": itemgetter(0), "en": itemgetter(1)}


class Fact(NamedTuple):
    """Values of one indicator in one unit today; ``None`` where unknown."""

    count_low: float | None
    cases: float | None
    count_high: float | None
    low: float | None
    value: float | None
    compared: float | None
    cause: str


def pick(language: Language) -> Callable[[Text], str]:
    """Give the side of a text that a language reads.

    Parameters
    ----------
    language : str
        ``vi`` or ``en``.

    Returns
    -------
    callable
        From ``Text`` to its string.
    """
    return _PICK[language]


def each(keys: Iterable[Hashable], say: Callable[..., Said]) -> list[Said]:
    """Say something for each key, every distinct key only once.

    Parameters
    ----------
    keys : iterable of tuple
        Arguments of ``say``.
    say : callable
        Makes the text.

    Returns
    -------
    list of str or bytes
        In the order of the keys.
    """
    known: dict[Hashable, Said] = {}
    said = []
    for key in keys:
        text = known.get(key)
        if text is None:
            text = known[key] = say(*key)  # type: ignore[misc]
        said.append(text)
    return said


def sentence(text: str) -> str:
    """Make a sentence of a phrase.

    Parameters
    ----------
    text : str
        A phrase, or nothing.

    Returns
    -------
    str
        With a capital and a full stop, and a space before it.
    """
    return f" {text[0].upper()}{text[1:]}." if text else ""


def quoted(texts: Sequence[str]) -> str:
    """Quote a list of conditions.

    Parameters
    ----------
    texts : sequence of str
        The conditions.

    Returns
    -------
    str
        Quoted, comma separated.
    """
    return ", ".join(f"“{text}”" for text in texts)


def say_fact(fact: Fact, indicator: Indicator, bands: BandSet | None, language: Language) -> str:
    """Say what an indicator is today.

    Parameters
    ----------
    fact : Fact
        Its values.
    indicator : Indicator
        The indicator.
    bands : BandSet or None
        Bands that it falls into.
    language : str
        ``vi`` or ``en``.

    Returns
    -------
    str
        A phrase.
    """
    words, side = WORDS[language], _PICK[language]
    if indicator.what == "days_since":
        if fact.low is None or math.isinf(fact.low):
            return words["never"].format(noun=side(indicator.noun))
        return words["since"].format(days=say_number(fact.low, language, 0), noun=side(indicator.noun))
    if indicator.what in ("cases", "households"):
        return _counted(fact, indicator, bands, language)
    name = side(indicator.name)
    if fact.value is None:
        return words["unknown"].format(name=name)
    if indicator.yes_no:
        return words["met" if fact.value >= 1 else "not_met"].format(name=name)
    unit = " %" if indicator.what == "coverage" else _spaced(side(indicator.unit))
    text = words["value"].format(name=name, value=say_number(fact.value, language, 1) + unit)
    return text + _band(fact, indicator, bands, language)


def say_way(indicator: Indicator, language: Language, threshold: float, amount: float, count: float) -> str:
    """Say how an indicator would lower the level.

    Parameters
    ----------
    indicator : Indicator
        The indicator.
    language : str
        ``vi`` or ``en``.
    threshold : float
        What it must pass.
    amount : float
        Cases allowed, or people to vaccinate.
    count : float
        Cases today.

    Returns
    -------
    str
        A phrase.
    """
    words, side = WORDS[language], _PICK[language]
    name = side(indicator.name)
    if indicator.what == "cases":
        return words["cases_way" if amount > 0 else "no_cases_way"].format(
            noun=side(indicator.noun),
            days=indicator.window_days,
            amount=say_number(amount, language, 0),
            count=say_number(count, language),
        )
    if indicator.what == "households" and threshold <= 1:
        return words["no_cases_way"].format(
            noun=side(indicator.noun), days=indicator.window_days, count=say_number(count, language)
        )
    written = say_number(threshold, language, 2)
    if indicator.what == "coverage":
        people = say_number(amount, language, 0)
        return words["coverage_way"].format(amount=people, name=name, threshold=written)
    if indicator.yes_no:
        return words["yes_way" if indicator.higher_is_better else "no_way"].format(name=name)
    return words["up_way" if indicator.higher_is_better else "down_way"].format(
        name=name, threshold=written + _spaced(side(indicator.unit))
    )


def _counted(fact: Fact, indicator: Indicator, bands: BandSet | None, language: Language) -> str:
    words, side = WORDS[language], _PICK[language]
    noun, days = side(indicator.noun), indicator.window_days
    low, count, high = fact.count_low or 0.0, fact.cases or 0.0, fact.count_high or 0.0
    if high - low > 1e-9 and not indicator.population:
        text = words["about" if fact.cause == "place" else "between"].format(
            days=days,
            count=say_number(count, language),
            low=say_number(low, language),
            high=say_number(high, language),
            noun=noun,
            cause=side(CAUSES[fact.cause]),
        )
    elif count == 0:
        return words["none"].format(days=days, noun=noun)
    else:
        one = noun.replace("cases", "case", 1) if language == "en" and count == 1 else noun
        text = words["count"].format(days=days, count=say_number(count, language), noun=one)
    if indicator.population and fact.value is not None:
        text += words["rate"].format(value=say_number(fact.value, language), unit=side(indicator.unit))
        text += _band(fact, indicator, bands, language)
    return text


def _band(fact: Fact, indicator: Indicator, bands: BandSet | None, language: Language) -> str:
    if bands is None or fact.compared is None or fact.value is None:
        return ""
    band = next(band for band in bands.bands if band.start <= fact.compared < band.end)
    percent = " %" if indicator.what == "coverage" else ""
    rounded = ""
    if not band.start <= fact.value < band.end:
        digits = indicator.rounding.digits
        rounded = WORDS[language]["rounded"].format(value=say_number(fact.compared, language, digits))
    return rounded + _limits(band.start, band.end, _PICK[language](band.name), percent, language)


@lru_cache(maxsize=256)
def _limits(low: float, high: float, name: str, percent: str, language: Language) -> str:
    words = WORDS[language]
    start, end = (say_number(x, language, 2) + percent for x in (low, high))
    if low <= 0:
        limits = words["below"].format(end=end)
    elif math.isinf(high):
        limits = words["from"].format(start=start)
    else:
        limits = words["from_to"].format(start=start, end=end)
    # A band that is called after its limits is not named twice.
    return f" ({limits})" if name == limits else words["band"].format(range=limits, name=name)


def _spaced(unit: str) -> str:
    return f" {unit}" if unit else ""
