"""Weigh every reading of an address: which commune, district or province it can mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from geozone.geocoding.evidence import Claim, Claims, Note, overlap
from geozone.geocoding.lexicon import Above, Lexicon, Unit
from geozone.geocoding.mentions import Mention, Role
from geozone.geocoding.normalise import Text
from geozone.types import AdminLevel, Edition

__all__ = ["MARGIN", "Context", "Reading", "rank"]

_C, _D, _P = AdminLevel.COMMUNE, AdminLevel.DISTRICT, AdminLevel.PROVINCE

MARGIN: Final = 2.5
"""How much worse than the best a reading may be and still tell what the address names."""
_PLAIN: Final = frozenset({Role.UNIT, Role.CUT})
_BARE_AMONG_KINDS: Final = 1.2
_PASSED_OVER: Final = 1.0
_BARE_NEAR: Final = 1.5
_DISTRICT_CONFLICT: Final = 2.8
_NEIGHBOUR: Final = 0.8
_SHARED_NAME: Final = 2.0
_PROVINCE_CONFLICT: Final = 1.5
_UNUSED_COMMUNE: Final = 2.0
_UNUSED_DISTRICT: Final = 1.5
_UNUSED_BARE: Final = 1.5
_RATHER_A_PROVINCE: Final = 2.0
_KIN: Final = {_D: 0.4, _P: 0.7}
_BEYOND_DOUBT: Final = 8.1
"""Score of a commune beside which no district or province counts: theirs reach 5.5."""
_MOST_FOR_A_PROVINCE: Final = 2.5
"""What a province adds to a district at most."""
_EDITION_KNOWN: Final = 4.0
_EDITION_DATED: Final = 2.0
_EDITION_GUESSED: Final = 0.5


class Context(NamedTuple):
    """What is known besides the text."""

    edition: Edition | None = None
    """Edition the addresses are written in, if the user said so."""
    dated: Edition | None = None
    """Edition in force on the day of the case."""


class Reading(NamedTuple):
    """One way to understand an address."""

    score: float
    unit: int
    mention: Mention
    district: Mention | None
    province: Mention | None
    notes: tuple[Note, ...]
    """What speaks against it, or has to be said."""


class Weigher(NamedTuple):
    """What every reading of one address is weighed with."""

    lexicon: Lexicon
    claims: Claims
    touches: Callable[[int, int], bool]
    """Whether a commune may touch a district."""


def _edition_prior(unit: Unit, context: Context, has_district: bool) -> tuple[float, bool]:
    """Adjust for the edition; the flag tells that the unit is of the edition not asked for."""
    if context.edition is not None:
        other = unit.edition is not context.edition
        return (-_EDITION_KNOWN if other else 0.0), other
    if context.dated is not None and not has_district:
        return (0.0 if unit.edition is context.dated else -_EDITION_DATED), False
    if unit.edition is Edition.E2021 and not has_district:
        return -_EDITION_GUESSED, False
    return 0.0, False


def _support(
    claims: Claims, above: Above, level: AdminLevel, used: tuple[Mention, ...]
) -> tuple[float, Mention | None, Note | None]:
    """Evidence for the district or province above a unit: strength, mention, what has to be said."""
    own, kin = (above.district, above.kin_districts) if level is _D else (above.province, above.kin_provinces)
    claim = claims.best(level, own, used)
    if claim is not None:
        return claim.strength, claim.mention, None
    claim = claims.best(level, kin, used)
    if claim is not None:
        return claim.strength * _KIN[level], claim.mention, Note("mixed", claim.mention)
    return 0.0, None, None


def _conflict(
    weigher: Weigher,
    unit: Unit,
    claim: Claim,
    level: AdminLevel,
    used: tuple[Mention, ...],
    *,
    backed: bool,
) -> tuple[float, Note | None]:
    """Cost of a district or province that the address names and that does not fit a commune.

    A commune of the right province next to the district named is forgiven most: boundaries moved, and
    people err by one.
    """
    claims = weigher.claims
    rival = claims.strongest(level, used)
    if rival is None or rival.mention.role not in _PLAIN:
        return 0.0, None
    if level is _D and claims.can_mean(rival.mention, _P, weigher.lexicon.above(unit.position).all):
        return 0.0, None
    note = Note("district" if level is _D else "province", rival.mention)
    if level is _P:
        penalty = _PROVINCE_CONFLICT
    elif claims.communes_named(claim.mention, unit.province) > 1:
        penalty = _DISTRICT_CONFLICT + _SHARED_NAME
    elif (
        (backed or weigher.lexicon.units[rival.unit].province == unit.province)
        and not claim.mention.mistakes
        and weigher.touches(unit.position, rival.unit)
    ):
        penalty = _NEIGHBOUR
    else:
        penalty = _DISTRICT_CONFLICT
    if rival.mention.kind is None and not rival.mention.whole:
        penalty *= 0.4
    return penalty, note


def _apart(mentions: list[Mention], used: tuple[Mention, ...]) -> int:
    """Count the mentions that share no token with those used."""
    return len([mention for mention in mentions if not overlap(mention, used)]) if mentions else 0


class _Backing(NamedTuple):
    """What speaks for a commune: its name, and the district and province named above it."""

    score: float
    district: Mention | None
    province: Mention | None
    notes: list[Note]
    used: tuple[Mention, ...]


def _backing(claims: Claims, above: Above, claim: Claim) -> _Backing:
    notes = list(claim.notes)
    for_district, district, note = _support(claims, above, _D, (claim.mention,))
    if note is not None:
        notes.append(note)
    used = (claim.mention,) if district is None else (claim.mention, district)
    for_province, province, note = _support(claims, above, _P, used)
    if note is not None:
        notes.append(note)
    if province is not None:
        used = (*used, province)
    return _Backing(claim.strength + for_district + for_province, district, province, notes, used)


def _read_commune(
    weigher: Weigher, unit: Unit, claim: Claim, context: Context, floor: float
) -> Reading | None:
    """Read an address as one of a commune; none if all that speaks for it does not reach the floor."""
    claims = weigher.claims
    score, district, province, notes, used = _backing(claims, weigher.lexicon.above(unit.position), claim)
    if score < floor and floor > 0:
        return None
    for level, support in ((_D, district), (_P, province)):
        if support is None:
            cost, note = _conflict(weigher, unit, claim, level, used, backed=province is not None)
            score -= cost
            if note is not None:
                notes.append(note)
                used = (*used, note.mention)
    prior, other = _edition_prior(unit, context, district is not None)
    if other:
        notes.append(Note("other-edition", claim.mention))
    score += prior - _UNUSED_COMMUNE * _apart(claims.explicit[_C], used)
    if claim.mention.kind is None:
        if unit.edition is Edition.E2025:
            score -= _PASSED_OVER * _apart(claims.plain, used)
        if claims.explicit[_D] and (claim.mention.start > 0 or claim.mention.mistakes):
            score -= _BARE_AMONG_KINDS + (_BARE_NEAR if claim.mention.mistakes else 0.0)
        if district is None and province is None:
            score = _unsupported(claims, claim.mention, score)
    return Reading(score, unit.position, claim.mention, district, province, tuple(notes))


def _unsupported(claims: Claims, mention: Mention, score: float) -> float:
    """Lower the score of a bare name that nothing else in the address supports."""
    if mention.role not in _PLAIN or mention.mistakes:
        return 0.0
    return score - _RATHER_A_PROVINCE * claims.may_be_a_province(mention)


def _read_above(weigher: Weigher, unit: Unit, claim: Claim, context: Context, floor: float) -> Reading | None:
    """Read an address as no more than its district or its province; none if it cannot reach a score."""
    if unit.level is _D and claim.strength + _MOST_FOR_A_PROVINCE < floor:
        return None
    lexicon, claims = weigher.lexicon, weigher.claims
    used: tuple[Mention, ...] = (claim.mention,)
    notes = list(claim.notes)
    score = claim.strength
    province: Mention | None = None
    if unit.level is _D:
        kin = lexicon.above(unit.position).kin_provinces
        support = claims.best(_P, (unit.province,), used)
        factor = 1.0
        if support is None:
            support, factor = claims.best(_P, kin, used), _KIN[_P]
        if support is not None:
            province = support.mention
            score += support.strength * factor
            used = (*used, province)
        elif (rival := claims.strongest(_P, used)) is not None:
            score -= _PROVINCE_CONFLICT
            notes.append(Note("province", rival.mention))
        else:
            score -= _RATHER_A_PROVINCE * claims.may_be_a_province(claim.mention)
    else:
        score -= _UNUSED_DISTRICT * _apart(claims.explicit[_D], used)
    score -= _UNUSED_COMMUNE * _apart(claims.explicit[_C], used)
    score -= _UNUSED_BARE * _apart(claims.plain, used)
    if context.edition is not None and unit.edition is not context.edition:
        score -= _EDITION_KNOWN
    return Reading(score, unit.position, claim.mention, None, province, tuple(notes))


def _score(reading: Reading) -> float:
    return reading.score


def rank(
    lexicon: Lexicon,
    text: Text,
    mentions: list[Mention],
    context: Context,
    touches: Callable[[int, int], bool],
) -> list[Reading]:
    """Weigh every reading that the mentions allow.

    Parameters
    ----------
    lexicon : Lexicon
        Units of both editions.
    text : Text
        The tokenised address.
    mentions : list of Mention
        What it names.
    context : Context
        Edition asked for, and edition in force on the day.
    touches : callable
        Whether a commune may touch a district, by position.

    Returns
    -------
    list of Reading
        Best first; empty when no unit is named. Wider units are left out beside a commune named in full,
        and communes and districts that are more than `MARGIN` worse than the best.
    """
    claims = Claims(lexicon, mentions, text)
    weigher = Weigher(lexicon, claims, touches)
    readings: list[Reading] = []
    best = float("-inf")
    for level in (_C, _D, _P):
        if level is not _C and best > _BEYOND_DOUBT:
            break
        read = _read_commune if level is _C else _read_above
        for position, unit_claims in claims.by_level[level].items():
            unit = lexicon.units[position]
            each = [
                reading
                for claim in unit_claims
                if (reading := read(weigher, unit, claim, context, best - MARGIN)) is not None
            ]
            if each:
                reading = max(each, key=_score)
                best = max(best, reading.score)
                readings.append(reading)
    readings.sort(key=lambda reading: (-reading.score, reading.unit))
    return readings
