"""Trust in an answer: what its best reading lacks, as measured on addresses of known place."""

from __future__ import annotations

from typing import Final

from geozone.geocoding.mentions import NO_MENTION, Role
from geozone.geocoding.rank import Reading
from geozone.types import AdminLevel

__all__ = ["trust_in"]

_BEST: Final = 0.99
_FACTORS: Final = {
    "province": 0.85, "district": 0.7, "mixed": 0.95, "kind": 0.97, "marks": 0.85, "alias": 0.96,
    "former": 0.92, "other-edition": 0.9, "longer": 0.9,
}  # fmt: skip
_MISTAKES: Final = (0.96, 0.88, 0.75)
_ROLES: Final = {Role.CUT: 0.8, Role.INNER: 0.85, Role.AFTER_NUMBER: 0.7}
_ALONE: Final = 0.6
_BARE: Final = 0.93


def trust_in(reading: Reading, level: AdminLevel) -> float:
    """Give the trust in an answer by its best reading.

    Parameters
    ----------
    reading : Reading
        The best one.
    level : AdminLevel
        Level of its unit.

    Returns
    -------
    float
        Between 0 and 1: from 0.9 at least 98 of 100 answers are right.
    """
    mention = reading.mention
    score = _BEST
    for key in dict.fromkeys(note.key for note in reading.notes):
        score *= _FACTORS.get(key, 1.0)
    for part in (mention, reading.district, reading.province):
        if part is not None and part.mistakes:
            score *= _MISTAKES[min(part.mistakes, len(_MISTAKES)) - 1]
    score *= _ROLES.get(mention.role, 1.0)
    if mention is not NO_MENTION and level is AdminLevel.COMMUNE:
        if reading.district is None and reading.province is None:
            score *= _ALONE
        elif mention.kind is None and reading.district is None:
            score *= _BARE
    return score
