"""The numbers at which the rules of a day change their mind: what charts and bars are marked with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from geozone.rules.conditions import All, Any, Compare, Condition, Not
from geozone.rules.model import FirstMatch, RuleSet
from geozone.rules.values import Indicator

__all__ = ["Threshold", "thresholds_of"]

_MARKED = ("cases", "coverage")


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number that a rule compares an indicator with.

    Attributes
    ----------
    indicator : str
        What is compared.
    what : str
        ``cases`` (in the window, per population or not) or ``coverage`` (percent).
    at : float
        The number, in the unit of the indicator.
    name_vi, name_en : str
        The band that begins there; empty where only a condition tests it.
    dose, age_from, age_to : int or None
        Of a coverage: dose and ages, half open.
    window_days : int
        Of cases: days that count, the last one included.
    per_population : bool
        Whether cases are divided by people: ``count / divide / people * scale``.
    scale, divide : float
        See there.
    digits : int or None
        Digits that the value is rounded to before it is compared; none if it is not.
    """

    indicator: str
    what: str
    at: float
    name_vi: str = ""
    name_en: str = ""
    dose: int | None = None
    age_from: int | None = None
    age_to: int | None = None
    window_days: int = 0
    per_population: bool = False
    scale: float = 1.0
    divide: float = 1.0
    digits: int | None = None


def thresholds_of(rules: RuleSet, as_of: date) -> tuple[Threshold, ...]:
    """List the thresholds of cases and of vaccination that hold on a day.

    Parameters
    ----------
    rules : RuleSet
        The rules.
    as_of : date
        The day: a modifier that is not in force then tests nothing.

    Returns
    -------
    tuple of Threshold
        By indicator and number, each once.
    """
    found: dict[tuple[str, float], tuple[str, str]] = {}
    for name, number in _tested(rules, as_of):
        found.setdefault((name, number), ("", ""))
    for bands in rules.bands.values():
        for band in bands.bands[1:]:
            found[bands.indicator, band.start] = (band.name.vi, band.name.en)
    return tuple(
        _threshold(rules.indicators[name], number, found[name, number])
        for name, number in sorted(found)
        if number > 0 and name in rules.indicators and rules.indicators[name].what in _MARKED
    )


def _tested(rules: RuleSet, as_of: date) -> Iterator[tuple[str, float]]:
    for decision in rules.decisions:
        if isinstance(decision.shape, FirstMatch):
            for clause in decision.shape.clauses:
                yield from _compared(clause.when)
    for modifier in rules.modifiers:
        begun = modifier.valid_from is None or modifier.valid_from <= as_of
        if begun and (modifier.valid_to is None or as_of < modifier.valid_to):
            yield from _compared(modifier.when)


def _compared(condition: Condition) -> Iterator[tuple[str, float]]:
    if isinstance(condition, Compare):
        if isinstance(condition.term, str):
            yield condition.term, float(condition.number)
    elif isinstance(condition, Not):
        yield from _compared(condition.part)
    elif isinstance(condition, All | Any):
        for part in condition.parts:
            yield from _compared(part)


def _threshold(indicator: Indicator, number: float, name: tuple[str, str]) -> Threshold:
    rounding = indicator.rounding
    if indicator.what == "coverage":
        return Threshold(
            indicator.id,
            indicator.what,
            number,
            *name,
            dose=indicator.dose,
            age_from=indicator.age_from,
            age_to=indicator.age_to,
        )
    return Threshold(
        indicator.id,
        indicator.what,
        number,
        *name,
        window_days=indicator.window_days,
        per_population=indicator.population,
        scale=indicator.scale,
        divide=indicator.divide,
        digits=rounding.digits if rounding.mode != "none" and rounding.before_banding else None,
    )
