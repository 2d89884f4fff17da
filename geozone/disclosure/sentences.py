"""The counts in a sentence about a level, replaced by what may be told of them.

The places of the counts are found by the phrases that ``geozone.levels`` makes its sentences of; a test
holds the two together. What a sentence says beyond counts and rates of cases, the clause, the threshold,
the vaccination, stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from geozone.levels.numbers import Language, say_number, say_range

__all__ = ["ToldCases", "withhold"]

_N = r"(?<![\w.,])\d(?:[\d.,]*\d)?"
_NOUN = r"[^.;:()]{1,80}?"
_PAST = r" in the past \d+ days"
_COUNTS: Mapping[Language, re.Pattern[str]] = {
    "vi": re.compile(
        rf"(?P<head>(?P<days>\d+) ngày qua có )"
        rf"(?:khoảng {_N} (?P<about>{_NOUN}) \(từ {_N} đến {_N}: (?P<why>[^()]*)\)"
        rf"|từ {_N} đến {_N} (?P<between>{_NOUN}) \((?P<cause>[^()]*)\)"
        rf"|{_N} )"
    ),
    "en": re.compile(
        rf"about {_N} (?P<about>{_NOUN}{_PAST}) \({_N} to {_N}: (?P<why>[^()]*)\)"
        rf"|between {_N} and {_N} (?P<between>{_NOUN}{_PAST}) \((?P<cause>[^()]*)\)"
        rf"|{_N} (?P<noun>{_NOUN}{_PAST})"
    ),
}
_RATE: Mapping[Language, re.Pattern[str]] = {
    "vi": re.compile(rf"(?<=, bằng ){_N}(?= )"),
    "en": re.compile(rf"(?<=, or ){_N}(?= )"),
}
_ROUNDED: Mapping[Language, re.Pattern[str]] = {
    "vi": re.compile(rf", làm tròn {_N}"),
    "en": re.compile(rf", rounded to {_N}"),
}
_NOW: Mapping[Language, re.Pattern[str]] = {
    "vi": re.compile(rf"(?<=\(hiện ){_N}(?=\))"),
    "en": re.compile(rf"(?<=\(now ){_N}(?=\))"),
}
_COMMUNITY: Mapping[Language, re.Pattern[str]] = {
    "vi": re.compile(rf" ?Riêng ca cộng đồng: {_N} ca, {_N} [^.]*(?:\.\d[^.]*)*\."),
    "en": re.compile(rf" ?Community cases alone: {_N}, {_N} [^.]*\."),
}
_SHARED: Mapping[Language, tuple[re.Pattern[str], str]] = {
    "vi": (re.compile(rf"Trong đó có {_N} ca chưa rõ"), "Trong đó có ca chưa rõ"),
    "en": (re.compile(rf"Of these, {_N} are shared out"), "Some of these are shared out"),
}
_VALUE: Mapping[Language, str] = {"vi": " là ", "en": ": "}


@dataclass(frozen=True, slots=True)
class ToldCases:
    """What may be told of the cases of a unit.

    Attributes
    ----------
    least, most : int
        Cases in the window of the rule.
    ever : int
        Most cases on all days: no count of some of the cases, or of other days, is more.
    window_days : int or None
        Days of the window; none where the rule counts no cases in one.
    alone : bool
        Whether sentences quote no other count than that of the window.
    per_case : float
        Incidence that one case adds; 0 where the unit has no rate.
    other : mapping of float to tuple
        Values of further indicators made of cases, and the range that each is told as.
    """

    least: int
    most: int
    ever: int
    window_days: int | None
    alone: bool = True
    per_case: float = 0.0
    other: Mapping[float, tuple[int, int]] = field(default_factory=dict)

    def say(self, language: Language) -> str:
        """Say how many cases there are.

        Parameters
        ----------
        language : str
            ``vi`` or ``en``.

        Returns
        -------
        str
            In words.
        """
        return say_range(self.least, self.most, language)

    def say_other(self, language: Language) -> str:
        """Say what may be told of any other count: of some of the cases, of other days, of households.

        Parameters
        ----------
        language : str
            ``vi`` or ``en``.

        Returns
        -------
        str
            In words.
        """
        return say_range(0, max(self.most, self.ever), language)

    def say_rate(self, language: Language) -> str:
        """Say the incidence.

        Parameters
        ----------
        language : str
            ``vi`` or ``en``.

        Returns
        -------
        str
            In words.
        """
        most = say_number(self.most * self.per_case, language)
        if self.least == self.most:
            return most
        if self.least <= 1:
            return f"không quá {most}" if language == "vi" else f"at most {most}"
        least = say_number(self.least * self.per_case, language)
        return f"từ {least} đến {most}" if language == "vi" else f"{least} to {most}"


def withhold(text: str, told: ToldCases, language: Language) -> str:
    """Replace the counts of cases in a sentence, and the rates made of them.

    Parameters
    ----------
    text : str
        Why a unit has its level, or what would lower it.
    told : ToldCases
        What may be told.
    language : str
        Language of the text.

    Returns
    -------
    str
        The same without the exact figures.
    """
    cases, rate = told.say(language), told.say_rate(language)
    text = _COUNTS[language].sub(_counted(told, language), text)
    text = _ROUNDED[language].sub("", text)
    text = _RATE[language].sub(rate, text)
    text = _COMMUNITY[language].sub("", text)
    text = _SHARED[language][0].sub(_SHARED[language][1], text)
    text = _NOW[language].sub(cases if told.alone else told.say_other(language), text)
    for value, (least, most) in told.other.items():
        exact = re.escape(say_number(value, language))
        said = say_range(least, most, language)
        text = re.sub(rf"(?<={_VALUE[language]}){exact}(?![\d.,]*\d)(?! ?%)", said, text)
    return text


def _counted(told: ToldCases, language: Language) -> Callable[[re.Match[str]], str]:
    """Make what says a count: the first of the rule's window as its range, any other as no more than all."""
    first = True

    def say(found: re.Match[str]) -> str:
        nonlocal first
        parts = found.groupdict()
        noun = parts["about"] or parts["between"] or parts.get("noun") or ""
        days = parts.get("days") or noun.split()[-2]
        own = told.alone or (first and told.window_days == int(days))
        first = False
        cases = told.say(language) if own else told.say_other(language)
        noun = re.sub(r"\bcase\b", "cases", noun)
        cause = parts["why"] or parts["cause"]
        after = f" ({cause})" if cause else "" if noun else " "
        return f"{parts.get('head') or ''}{cases}{' ' if noun else ''}{noun}{after}"

    return say
