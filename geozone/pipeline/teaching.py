"""What a decision teaches, held against the rest of the line list."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import pandas as pd

from geozone.admin import load_units
from geozone.pipeline.asking import Asked, Reviewer
from geozone.review import SURE_SCORE, DoubtKind
from geozone.review.lessons import UnitNames, phrase_finder, phrase_to_teach
from geozone.types import Edition, MatchLevel, ReviewScope

__all__ = ["lesson"]

_TEACHING: Final = frozenset({
    DoubtKind.TIE, DoubtKind.WIDE, DoubtKind.NONE, DoubtKind.CONTRADICTION, DoubtKind.LOW_SCORE
})  # fmt: skip


def lesson(asked: Asked, reviewer: Reviewer, answer: Mapping[str, Any]) -> str | None:
    """Choose the phrase that a decision teaches.

    Parameters
    ----------
    asked : Asked
        The places decided about.
    reviewer : Reviewer
        Who decides, for which places, and whether anything may be taught.
    answer : mapping
        The answer decided: ``GEOCODES``.

    Returns
    -------
    str or None
        Private; none where nothing in the address is fit to be taught, or where an answer that is sure
        contradicts it.
    """
    doubt, code = asked.doubt, answer["geo_commune_code"]
    if not reviewer.teach or reviewer.scope is ReviewScope.CASE or doubt is None or code is None:
        return None
    finer_than_commune = answer["geo_level"] not in (str(MatchLevel.COMMUNE), str(MatchLevel.ADDRESS))
    if doubt.kind not in _TEACHING or finer_than_commune:
        return None
    divided = doubt.kind is DoubtKind.TIE and not pd.isna(asked.first["geo_commune_code_2021"])
    phrase = phrase_to_teach(doubt.address, _unit_names(), finer=divided or doubt.kind is DoubtKind.WIDE)
    if phrase is None or _contradicted(asked, phrase, code):
        return None
    return phrase


@lru_cache(maxsize=1)
def _unit_names() -> UnitNames:
    """Collect the official names of both editions, once for all decisions of a run."""
    return UnitNames.of([load_units(Edition.E2025).communes, load_units(Edition.E2021).communes])


def _contradicted(asked: Asked, phrase: str, code: str) -> bool:
    """Tell whether an address that is surely somewhere else holds the phrase."""
    table = asked.table
    sure = table["manual"] | (table["geo_score"] >= SURE_SCORE)
    elsewhere = sure & table["geo_commune_code"].notna() & (table["geo_commune_code"] != code)
    elsewhere &= ~table["place"].isin(asked.mine["place"])
    holds = phrase_finder(phrase)
    return any(holds(address) for address in table.loc[elsewhere, "address"].dropna().unique())
