"""Read age bands as people write them: ``0-4``, ``18+``, ``từ 65 tuổi``, ``dưới 5``."""

from __future__ import annotations

import re
from typing import NamedTuple

from geozone.tables import fold

__all__ = ["EVERYBODY", "AgeBand", "read_age_band"]


class AgeBand(NamedTuple):
    """Ages from `age_from` years up to, not including, `age_to`; no limit where that is None."""

    age_from: int
    age_to: int | None


EVERYBODY = AgeBand(0, None)

_UNITS = r"(?: (?:tuoi|t|years?|yrs?|y))?"
_LEAD = (
    r"(?:(?:pop|population|dan so|so dan|ds|so nguoi|nguoi|age|ages|aged|tuoi|nhom tuoi|nhom|tu|do tuoi) )*"
)
_OPEN = re.compile(
    rf"{_LEAD}(?:tren bang |>= |lon hon bang )?(\d{{1,3}}){_UNITS}(?: (?:plus|tro len|and over|or more|over))"
)
_CLOSED = re.compile(rf"{_LEAD}(\d{{1,3}}){_UNITS}(?: (?:to|den|duoi|until|under))* (\d{{1,3}}){_UNITS}")
_UNDER = re.compile(rf"{_LEAD}(?:duoi|under|less than|below|<) (\d{{1,3}}){_UNITS}")
_ALL = re.compile(rf"{_LEAD}(?:all|total|everybody|tat ca|tong|tong so|chung|moi lua tuoi)(?: ages)?")
_SIGNS = (("≥", " tren bang "), (">=", " tren bang "), ("<", " duoi "), ("+", " plus "))


def read_age_band(text: str) -> AgeBand | None:
    """Read an age band.

    Parameters
    ----------
    text : str
        The band in Vietnamese or English, both ages included: ``12-17`` is 12 up to, not including, 18;
        only after *dưới* or *under* is the upper age not included: ``12 đến dưới 18``.

    Returns
    -------
    AgeBand or None
        None if the text is no age band.
    """
    spelled = text
    for sign, word in _SIGNS:
        spelled = spelled.replace(sign, word)
    folded = fold(re.sub(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])", " ", spelled))
    if _ALL.fullmatch(folded):
        return EVERYBODY
    if match := re.fullmatch(rf"{_LEAD}tren bang (\d{{1,3}}){_UNITS}", folded) or _OPEN.fullmatch(folded):
        return _band(int(match[1]), None)
    if match := _UNDER.fullmatch(folded):
        return _band(0, int(match[1]))
    if match := _CLOSED.fullmatch(folded):
        exclusive = " duoi " in folded or " under " in folded
        return _band(int(match[1]), int(match[2]) + (0 if exclusive else 1))
    return None


def _band(age_from: int, age_to: int | None) -> AgeBand | None:
    if age_from > 130 or (age_to is not None and (age_to <= age_from or age_to > 131)):
        return None
    return AgeBand(age_from, age_to)
