"""What each mention of an address says: which units it can mean, and how strongly."""

from __future__ import annotations

from typing import Final, NamedTuple

from geozone.geocoding.lexicon import Lexicon, Name, Unit
from geozone.geocoding.mentions import Mention, Role
from geozone.geocoding.normalise import Text, marks_conflict
from geozone.types import AdminLevel, Edition

__all__ = ["Claim", "Claims", "Note", "overlap"]

_C, _D, _P = AdminLevel.COMMUNE, AdminLevel.DISTRICT, AdminLevel.PROVINCE

_ALL_LEVELS: Final = (_C, _D, _P)
_ONLY_COMMUNES: Final = (_C,)
_LOOSE: Final = {_C: 3.0, _D: 2.5, _P: 2.2}
_EXPLICIT: Final = {_C: 4.0, _D: 3.0, _P: 2.5}
_INNER: Final = 0.8
_ROLE_COST: Final = {
    _C: {Role.UNIT: 0.0, Role.INNER: 2.0, Role.AFTER_NUMBER: 2.6, Role.PLACE: 9.0, Role.CUT: 2.7},
    _D: {Role.UNIT: 0.0, Role.INNER: 1.0, Role.AFTER_NUMBER: 1.0, Role.PLACE: 2.4, Role.CUT: 0.7},
    _P: {Role.UNIT: 0.0, Role.INNER: 0.8, Role.AFTER_NUMBER: 0.5, Role.PLACE: 2.0, Role.CUT: 0.5},
}
_KIND_DIFFERS: Final = 0.6
_MARK_WRONG: Final = 0.9
_MARK_MISSING: Final = 0.25
_NAMESAKE_SPELLED: Final = 1.0
_NAMESAKE_KIND: Final = 0.9
_MISTAKE: Final = 1.1
_MISTAKE_OF_LETTERS: Final = 2.0
_FEW: Final = 4


class Note(NamedTuple):
    """Something that has to be said about a reading, and the words it is about."""

    key: str
    """A key of `reasons`."""
    mention: Mention


class _Marks(NamedTuple):
    """How the diacritics typed stand to those of a name."""

    wrong: int
    missing: int


_NO_MARKS: Final = _Marks(0, 0)


def _typed(mention: Mention, text: Text) -> tuple[str, ...]:
    """Give the words of a name as typed, without the kind after it."""
    end = mention.end
    if mention.kind is not None and mention.kind.start >= mention.start:
        end = min(end, mention.kind.start)
    return text.marked[mention.start : end]


def _marks(name: Name, typed: tuple[str, ...]) -> _Marks:
    """Count words whose diacritics contradict a name, and words that lack some."""
    known = name.marked
    if not name.accented or typed == known:
        return _NO_MARKS
    if len(typed) != len(known):
        return _Marks(0, int("".join(typed) != "".join(known)))
    wrong = missing = 0
    for mine, its in zip(typed, known, strict=True):
        if mine != its:
            if marks_conflict(mine, its):
                wrong += 1
            else:
                missing += 1
    return _Marks(wrong, missing)


def _mark_cost(marks: _Marks, least: int, *, accented: bool) -> float:
    """Cost of diacritics: of missing ones little, unless a namesake is spelled as typed."""
    cost = marks.wrong * _MARK_WRONG
    if accented:
        cost += min(marks.missing, 1) * _MARK_MISSING
        cost += max(0, marks.missing + marks.wrong - least) * _NAMESAKE_SPELLED
    return cost


def _strength(unit: Unit, name: Name, mention: Mention, text: Text) -> tuple[float, tuple[Note, ...]]:
    """Evidence that a mention means this unit, without its diacritics, and what has to be said."""
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
    if mention.mistakes:
        letters = sum(map(len, text.folded[mention.start : mention.end]))
        strength -= mention.mistakes * (_MISTAKE + _MISTAKE_OF_LETTERS / letters)
        notes.append(Note("spelling", mention))
    if name.trust < 1:
        strength -= 1 - name.trust
        notes.append(Note("former" if name.former else "alias", mention))
    return strength, tuple(notes)


class Claim(NamedTuple):
    """One mention taken for one unit."""

    unit: int
    strength: float
    notes: tuple[Note, ...]
    mention: Mention


class Claims:
    """What the mentions of one address say, by unit.

    Parameters
    ----------
    lexicon : Lexicon
        Units of both editions.
    mentions : list of Mention
        What the address names.
    text : Text
        The address.
    """

    def __init__(self, lexicon: Lexicon, mentions: list[Mention], text: Text) -> None:
        self.by_level: dict[AdminLevel, dict[int, list[Claim]]] = {_C: {}, _D: {}, _P: {}}
        self.explicit: dict[AdminLevel, list[Mention]] = {_C: [], _D: [], _P: []}
        self.plain: list[Mention] = []
        """Bare names without mistakes that fill a whole part."""
        self._lexicon = lexicon
        self._strongest: dict[AdminLevel, list[Claim]] = {}
        self._shared: dict[tuple[int, int, int], int] = {}
        levels: dict[int, set[AdminLevel]] = {}
        parted = [self._parted(mention) for mention in mentions]
        for position, (wider, _) in enumerate(parted):
            if wider:
                self._claim(position, mentions[position], wider, text, levels)
        for position, (_, communes) in enumerate(parted):
            if communes:
                self._claim(position, mentions[position], self._backed(communes), text, levels)
        for position, mention in enumerate(mentions):
            found = levels.get(position, set())
            if mention.start in text.aside:
                continue
            if mention.kind is not None and len(found) == 1 and mention.role is Role.UNIT:
                self.explicit[next(iter(found))].append(mention)
            elif (
                mention.kind is None
                and mention.whole
                and mention.role is Role.UNIT
                and not mention.mistakes
                and found
                and _P not in found
            ):
                self.plain.append(mention)

    def _claim(
        self,
        position: int,
        mention: Mention,
        hopeful: list[Name],
        text: Text,
        levels: dict[int, set[AdminLevel]],
    ) -> None:
        """Take a mention for every unit of that name that is worth it."""
        units = self._lexicon.units
        words = _typed(mention, text)
        marks = [_NO_MARKS if mention.mistakes else _marks(name, words) for name in hopeful]
        least = min([one.missing + one.wrong for one in marks])
        kinds = mention.kind.kinds if mention.kind is not None else ()
        kind_known = len(hopeful) > 1 and any(units[name.unit].kind in kinds for name in hopeful)
        alike: dict[tuple[AdminLevel, str, float, bool], tuple[float, tuple[Note, ...]]] = {}
        for name, typed in zip(hopeful, marks, strict=True):
            unit = units[name.unit]
            if mention.kind is not None and unit.level not in mention.kind.levels:
                continue
            key = (unit.level, unit.kind, name.trust, name.former)
            if key not in alike:
                alike[key] = _strength(unit, name, mention, text)
            strength, notes = alike[key]
            if least or typed is not _NO_MARKS:
                strength -= _mark_cost(typed, least, accented=text.accented)
            if kind_known and unit.kind not in kinds:
                strength -= _NAMESAKE_KIND
            if strength <= 0:
                continue
            if typed.wrong:
                notes = (*notes, Note("marks", mention))
            claim = Claim(name.unit, strength, notes, mention)
            self.by_level[unit.level].setdefault(name.unit, []).append(claim)
            if unit.level is _C and unit.edition is Edition.E2021 and not mention.mistakes:
                shared = (mention.start, mention.end, unit.province)
                self._shared[shared] = self._shared.get(shared, 0) + 1
            levels.setdefault(position, set()).add(unit.level)

    def _parted(self, mention: Mention) -> tuple[list[Name], list[Name]]:
        """Districts and provinces that a mention can mean, and communes: none where its kind forbids."""
        units = self._lexicon.units
        levels = _ALL_LEVELS if mention.kind is None else mention.kind.levels
        wider: list[Name] = []
        communes: list[Name] = []
        if levels != _ONLY_COMMUNES:
            wider = [name for name in mention.names if units[name.unit].level is not _C]
        if _C in levels:
            communes = [name for name in mention.names if units[name.unit].level is _C]
        return wider, communes

    def _backed(self, names: list[Name]) -> list[Name]:
        """Of many communes, keep only those on ground that the address names, if any."""
        if len(names) <= _FEW:
            return names
        units = self._lexicon.units
        upper = {*self.by_level[_D], *self.by_level[_P], *(units[d].province for d in self.by_level[_D])}
        above = self._lexicon.above
        backed = [name for name in names if not upper.isdisjoint(above(name.unit).all)]
        return backed or names

    def communes_named(self, mention: Mention, province: int) -> int:
        """Count the communes of one province that a mention can mean."""
        return self._shared.get((mention.start, mention.end, province), 0)

    def best(self, level: AdminLevel, units: tuple[int, ...], apart: tuple[Mention, ...]) -> Claim | None:
        """Find the best claim to any of some units by a mention apart from those used."""
        top: Claim | None = None
        table = self.by_level[level]
        if not table:
            return None
        for unit in units:
            for claim in table.get(unit, ()):
                if (top is None or claim.strength > top.strength) and not overlap(claim.mention, apart):
                    top = claim
        return top

    def can_mean(self, mention: Mention, level: AdminLevel, units: tuple[int, ...]) -> bool:
        """Tell whether a mention can also mean one of some units: a province repeated.

        *TP. Bến Tre, tỉnh Bến Tre* is the city and its province: the kind typed has to be the unit's.
        """
        table = self.by_level[level]
        return any(
            claim.mention == mention and not any(note.key == "kind" for note in claim.notes)
            for unit in units
            for claim in table.get(unit, ())
        )

    def may_be_a_province(self, mention: Mention) -> bool:
        """Tell whether a name without its kind is a province's as well: *KCN Yên Phong, Bắc Ninh*."""
        return mention.kind is None and any(
            claim.mention == mention for claims in self.by_level[_P].values() for claim in claims
        )

    def strongest(self, level: AdminLevel, apart: tuple[Mention, ...]) -> Claim | None:
        """Find the best claim to any unit of a level by a mention apart from those used."""
        for claim in self._ordered(level):
            if not overlap(claim.mention, apart):
                return claim
        return None

    def _ordered(self, level: AdminLevel) -> list[Claim]:
        """Claims of a level, strongest first; one per mention is enough."""
        if level not in self._strongest:
            best: dict[tuple[int, int], Claim] = {}
            for claims in self.by_level[level].values():
                for claim in claims:
                    key = (claim.mention.outer, claim.mention.end)
                    if key not in best or claim.strength > best[key].strength:
                        best[key] = claim
            self._strongest[level] = sorted(best.values(), key=lambda claim: -claim.strength)
        return self._strongest[level]


def overlap(mention: Mention, others: tuple[Mention, ...]) -> bool:
    """Tell whether a mention shares a token with any of others.

    Parameters
    ----------
    mention : Mention
        One mention, the word for its kind included.
    others : tuple of Mention
        Mentions already used.

    Returns
    -------
    bool
        Whether a token would be used twice.
    """
    outer, end = mention.outer, mention.end
    for other in others:  # noqa: SIM110 - the innermost loop of the weighing: a generator costs twice as much
        if outer < other.end and other.outer < end:
            return True
    return False
