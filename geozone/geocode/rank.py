"""Weigh every reading of an address: which commune, district or province it can mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final, NamedTuple

from geozone.geocode.lexicon import Lexicon, Name, Unit
from geozone.geocode.mentions import Mention, Role
from geozone.geocode.normalise import Text, marks_conflict
from geozone.types import AdminLevel, Edition

__all__ = ["Context", "Note", "Reading", "rank"]

_C, _D, _P = AdminLevel.COMMUNE, AdminLevel.DISTRICT, AdminLevel.PROVINCE

_LOOSE: Final = {_C: 3.0, _D: 2.5, _P: 2.2}
_EXPLICIT: Final = {_C: 4.0, _D: 3.0, _P: 2.5}
_INNER: Final = 0.8
_ROLE_COST: Final = {
    _C: {Role.UNIT: 0.0, Role.INNER: 2.0, Role.AFTER_NUMBER: 2.6, Role.PLACE: 9.0},
    _D: {Role.UNIT: 0.0, Role.INNER: 1.0, Role.AFTER_NUMBER: 1.0, Role.PLACE: 2.4},
    _P: {Role.UNIT: 0.0, Role.INNER: 0.8, Role.AFTER_NUMBER: 0.5, Role.PLACE: 2.0},
}
_BARE_AMONG_KINDS: Final = 1.2
_KIND_DIFFERS: Final = 0.6
_MARK_WRONG: Final = 0.9
_MARK_MISSING: Final = 0.25
_DISTANCE: Final = 5.0
_DISTRICT_CONFLICT: Final = 2.8
_NEIGHBOUR: Final = 0.8
_PROVINCE_CONFLICT: Final = 1.5
_SHARED_NAME: Final = 2.0
_UNUSED_COMMUNE: Final = 2.0
_UNUSED_DISTRICT: Final = 1.5
_UNUSED_BARE: Final = 1.5
_KIN: Final = 0.7
_EDITION_KNOWN: Final = 4.0
_EDITION_DATED: Final = 2.0
_EDITION_GUESSED: Final = 0.5


class Context(NamedTuple):
    """What is known besides the text."""

    edition: Edition | None = None
    """Edition the addresses are written in, if the user said so."""
    dated: Edition | None = None
    """Edition in force on the day of the case."""


class Note(NamedTuple):
    """Something that has to be said about a reading, and the words it is about."""

    key: str
    """A key of `reasons`."""
    mention: Mention


class Reading(NamedTuple):
    """One way to understand an address."""

    score: float
    unit: int
    mention: Mention
    district: Mention | None
    province: Mention | None
    notes: tuple[Note, ...]
    """What speaks against it, or has to be said."""


def _marks(lexicon_name: Name, mention: Mention, text: Text) -> tuple[float, bool]:
    """Cost of the diacritics typed against those of the name, and whether they contradict."""
    if not lexicon_name.accented or mention.closeness < 1:
        return 0.0, False
    typed = [text.marked[i] for i in range(mention.start, mention.end)]
    if mention.kind is not None and mention.kind.start >= mention.start:
        typed = typed[: mention.kind.start - mention.start]
    known = lexicon_name.marked
    if tuple(typed) == known:
        return 0.0, False
    if len(typed) != len(known):
        return (_MARK_MISSING, False) if "".join(typed) != "".join(known) else (0.0, False)
    wrong = sum(marks_conflict(a, b) for a, b in zip(typed, known, strict=True))
    missing = sum(a != b for a, b in zip(typed, known, strict=True)) - wrong
    return wrong * _MARK_WRONG + (missing * _MARK_MISSING if text.accented else 0.0), wrong > 0


def _strength(unit: Unit, name: Name, mention: Mention, text: Text) -> tuple[float, list[Note]]:
    """Evidence that a mention means this unit, and what has to be said about it."""
    notes: list[Note] = []
    level = unit.level
    if mention.kind is not None:
        strength = _EXPLICIT[level]
        if mention.kind.kinds and unit.kind not in mention.kind.kinds:
            strength -= _KIND_DIFFERS
            notes.append(Note("kind", mention))
    elif mention.whole:
        strength = _LOOSE[level]
    else:
        strength = _LOOSE[level] - _INNER * (1.0 if level is _C else 0.5)
    strength -= _ROLE_COST[level][mention.role]
    cost, wrong = _marks(name, mention, text)
    strength -= cost
    if wrong:
        notes.append(Note("marks", mention))
    if mention.closeness < 1:
        strength -= (1 - mention.closeness) * _DISTANCE
        notes.append(Note("spelling", mention))
    if name.trust < 1:
        strength -= 1 - name.trust
        notes.append(Note("alias", mention))
    return strength, notes


class _Claim(NamedTuple):
    unit: int
    strength: float
    notes: tuple[Note, ...]
    mention: Mention


class _Claims:
    """What the mentions of one address say, by unit."""

    def __init__(self, lexicon: Lexicon, mentions: list[Mention], text: Text) -> None:
        self.by_level: dict[AdminLevel, dict[int, list[_Claim]]] = {_C: {}, _D: {}, _P: {}}
        self.explicit: dict[AdminLevel, list[Mention]] = {_C: [], _D: [], _P: []}
        self.bare: list[Mention] = []
        self._shared: Counter[tuple[int, int, int]] = Counter()
        units = lexicon.units
        for mention in mentions:
            levels: set[AdminLevel] = set()
            for name in mention.names:
                unit = units[name.unit]
                if mention.kind is not None and unit.level not in mention.kind.levels:
                    continue
                strength, notes = _strength(unit, name, mention, text)
                if strength <= 0:
                    continue
                claim = _Claim(name.unit, strength, tuple(notes), mention)
                self.by_level[unit.level].setdefault(name.unit, []).append(claim)
                if unit.level is _C and unit.edition is Edition.E2021:
                    self._shared[(mention.start, mention.end, unit.province)] += 1
                levels.add(unit.level)
            if mention.kind is not None and len(levels) == 1:
                self.explicit[levels.pop()].append(mention)
            elif mention.whole and mention.role is Role.UNIT and levels and _P not in levels:
                self.bare.append(mention)

    def communes_named(self, mention: Mention, province: int) -> int:
        """Count the communes of one province that a mention can mean."""
        return self._shared.get((mention.start, mention.end, province), 0)

    def best(self, level: AdminLevel, units: tuple[int, ...], apart: tuple[Mention, ...]) -> _Claim | None:
        """Best claim to any of these units by a mention that overlaps none of the given ones."""
        top: _Claim | None = None
        table = self.by_level[level]
        for unit in units:
            for claim in table.get(unit, ()):
                if (top is None or claim.strength > top.strength) and not _overlap(claim.mention, apart):
                    top = claim
        return top

    def strongest(self, level: AdminLevel, apart: tuple[Mention, ...]) -> _Claim | None:
        """Best claim to any unit of a level by a mention that overlaps none of the given ones."""
        return self.best(level, tuple(self.by_level[level]), apart)


class Weigher(NamedTuple):
    """What every reading of one address is weighed with."""

    lexicon: Lexicon
    claims: _Claims
    touches: Callable[[int, int], bool]
    """Whether a commune may touch a district."""


def _overlap(mention: Mention, others: tuple[Mention, ...]) -> bool:
    return any(mention.outer < other.end and other.outer < mention.end for other in others)


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


def _kin_of(lexicon: Lexicon, unit: Unit, level: AdminLevel) -> tuple[int, ...]:
    return tuple(other for other in lexicon.kin.get(unit.position, ()) if lexicon.units[other].level is level)


def _twins(lexicon: Lexicon, unit: Unit, level: AdminLevel) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Units above a commune or district: its own, and those of the other edition on the same ground."""
    if level is _D:
        own = (unit.district,) if unit.district >= 0 else ()
        return own, _kin_of(lexicon, unit, _D)
    return (unit.province,), _kin_of(lexicon, unit, _P)


def _support(
    lexicon: Lexicon, claims: _Claims, unit: Unit, level: AdminLevel, used: tuple[Mention, ...]
) -> tuple[float, Mention | None, Note | None]:
    """Evidence for the district or province of a unit: strength, mention, what has to be said."""
    own, kin = _twins(lexicon, unit, level)
    claim = claims.best(level, own, used)
    if claim is not None:
        return claim.strength, claim.mention, None
    claim = claims.best(level, kin, used)
    if claim is not None:
        return claim.strength * _KIN, claim.mention, Note("mixed", claim.mention)
    return 0.0, None, None


def _conflict(
    weigher: Weigher, unit: Unit, claim: _Claim, level: AdminLevel, used: tuple[Mention, ...]
) -> tuple[float, Note | None]:
    """Cost of a district or province that the address names and that does not fit a commune.

    A commune next to the district named is forgiven most: boundaries moved, and people err by one.
    """
    claims = weigher.claims
    rival = claims.strongest(level, used)
    if rival is None or rival.mention.role is not Role.UNIT:
        return 0.0, None
    note = Note("district" if level is _D else "province", rival.mention)
    if level is _P:
        penalty = _PROVINCE_CONFLICT
    elif claims.communes_named(claim.mention, unit.province) > 1:
        penalty = _DISTRICT_CONFLICT + _SHARED_NAME
    elif weigher.touches(unit.position, rival.unit):
        penalty = _NEIGHBOUR
    else:
        penalty = _DISTRICT_CONFLICT
    if rival.mention.kind is None and not rival.mention.whole:
        penalty *= 0.4
    return penalty, note


def _read_commune(weigher: Weigher, unit: Unit, claim: _Claim, context: Context) -> Reading:
    lexicon, claims = weigher.lexicon, weigher.claims
    used: tuple[Mention, ...] = (claim.mention,)
    notes = list(claim.notes)
    score = claim.strength
    supports: dict[AdminLevel, Mention | None] = {}
    for level in (_D, _P):
        strength, mention, note = _support(lexicon, claims, unit, level, used)
        score += strength
        supports[level] = mention
        if note is not None:
            notes.append(note)
        if mention is not None:
            used = (*used, mention)
    for level in (_D, _P):
        if supports[level] is None:
            cost, note = _conflict(weigher, unit, claim, level, used)
            score -= cost
            if note is not None:
                notes.append(note)
                used = (*used, note.mention)
    prior, other = _edition_prior(unit, context, supports[_D] is not None)
    if other:
        notes.append(Note("other-edition", claim.mention))
    unused = sum(1 for mention in claims.explicit[_C] if not _overlap(mention, used))
    score += prior - _UNUSED_COMMUNE * unused
    if claim.mention.kind is None:
        if claims.explicit[_D] and claim.mention.start > 0:
            score -= _BARE_AMONG_KINDS
        if (
            (claim.mention.role is not Role.UNIT or claim.mention.closeness < 1)
            and supports[_D] is None
            and supports[_P] is None
        ):
            score = 0.0
    return Reading(score, unit.position, claim.mention, supports[_D], supports[_P], tuple(notes))


def _read_above(weigher: Weigher, unit: Unit, claim: _Claim, context: Context) -> Reading:
    """Read an address as no more than its district or its province."""
    lexicon, claims = weigher.lexicon, weigher.claims
    used: tuple[Mention, ...] = (claim.mention,)
    notes = list(claim.notes)
    score = claim.strength
    province: Mention | None = None
    if unit.level is _D:
        kin = tuple(
            {p for c in lexicon.communes_of[unit.position] for p in _kin_of(lexicon, lexicon.units[c], _P)}
        )
        support = claims.best(_P, (unit.province,), used)
        factor = 1.0
        if support is None:
            support, factor = claims.best(_P, kin, used), _KIN
        if support is not None:
            province = support.mention
            score += support.strength * factor
            used = (*used, province)
        elif (rival := claims.strongest(_P, used)) is not None:
            score -= _PROVINCE_CONFLICT
            notes.append(Note("province", rival.mention))
    else:
        unused = [m for m in claims.explicit[_D] if not _overlap(m, used)]
        score -= _UNUSED_DISTRICT * len(unused)
    score -= _UNUSED_COMMUNE * sum(1 for m in claims.explicit[_C] if not _overlap(m, used))
    score -= _UNUSED_BARE * sum(1 for m in claims.bare if m.closeness == 1 and not _overlap(m, used))
    if context.edition is not None and unit.edition is not context.edition:
        score -= _EDITION_KNOWN
    return Reading(score, unit.position, claim.mention, None, province, tuple(notes))


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
        Best first; empty when no unit is named.
    """
    claims = _Claims(lexicon, mentions, text)
    weigher = Weigher(lexicon, claims, touches)
    readings: list[Reading] = []
    for level, table in claims.by_level.items():
        for position, unit_claims in table.items():
            unit = lexicon.units[position]
            read = _read_commune if level is _C else _read_above
            readings.append(max(read(weigher, unit, claim, context) for claim in unit_claims))
    readings.sort(key=lambda reading: (-reading.score, reading.unit))
    return readings
