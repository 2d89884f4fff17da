"""Which evidence the level of each unit rests on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geozone.levels.decide import Decider, Outcome
from geozone.rules import Evidence, FirstMatch, Lookup
from geozone.rules.conditions import Condition, LevelTerm, terms
from geozone.types import EvidenceGrade

_NO_DISTRICTS = Evidence(
    "no_districts",
    EvidenceGrade.REMEMBERED,
    "operational default of geozone, not from the text",
    "The text counts districts; there are none since 1 July 2025, so communes are counted.",
)

__all__ = ["Support", "supports", "verified_units"]


class Support(NamedTuple):
    """Units that rest on some evidence today."""

    units: NDArray[np.bool_]
    evidence: tuple[Evidence, ...]


def supports(decider: Decider, outcome: Outcome) -> list[Support]:
    """Find what every level rests on: the clause or cells, the bands, and the modifiers that count.

    Parameters
    ----------
    decider : Decider
        The decision.
    outcome : Outcome
        What it answered.

    Returns
    -------
    list of Support
        Clauses before the one that decided count only where they may hold.
    """
    rules, shape = decider.rules, decider.decision.shape
    found: list[Support] = []
    if isinstance(shape, FirstMatch):
        for position, clause in enumerate(shape.clauses):
            if clause.id in outcome.skipped:
                continue
            units = (outcome.clause == position) | outcome.maybe[clause.id]
            found.append(Support(units, (*clause.evidence, *_of_terms(clause.when, decider))))
        units = outcome.clause == len(shape.clauses)
        found.append(Support(units, shape.otherwise_evidence))
    else:
        everywhere = np.ones(outcome.low.shape[1], dtype=bool)
        for part, cells in zip(
            (shape,) if isinstance(shape, Lookup) else shape.parts, outcome.cells, strict=True
        ):
            found += [Support(allowed, part.evidence[r][c]) for (r, c), allowed in cells.items()]
            for name in (part.rows, part.columns):
                bands = rules.bands[name]
                found.append(
                    Support(everywhere, (*bands.evidence, *rules.indicators[bands.indicator].evidence))
                )
    if decider.tier_missing:
        found.append(Support(np.ones(outcome.low.shape[1], dtype=bool), (_NO_DISTRICTS,)))
    for item in decider.modifiers:
        if item.id in outcome.surely:
            found.append(Support(outcome.surely[item.id] | outcome.maybe[item.id], item.evidence))
    return found


def verified_units(found: list[Support], units: int) -> NDArray[np.bool_]:
    """Tell which units rest on no value of grade M.

    Parameters
    ----------
    found : list of Support
        What the levels rest on.
    units : int
        Number of units.

    Returns
    -------
    ndarray of bool
        Per unit.
    """
    verified = np.ones(units, dtype=bool)
    for support in found:
        if not all(item.verified for item in support.evidence):
            verified &= ~support.units
    return verified


def _of_terms(condition: Condition, decider: Decider) -> tuple[Evidence, ...]:
    return tuple(
        item
        for term in terms(condition)
        if not isinstance(term, LevelTerm)
        for item in decider.rules.indicators[term].evidence
    )
