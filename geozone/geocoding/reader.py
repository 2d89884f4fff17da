"""From text to weighed readings: exact names first, near ones only for what is left unexplained."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from geozone.geocoding.evidence import Note
from geozone.geocoding.fuzzy import Speller
from geozone.geocoding.kinds import Kinds, kinds_of
from geozone.geocoding.lexicon import Lexicon
from geozone.geocoding.mending import mend_kinds, without_country, without_repeats
from geozone.geocoding.mentions import NO_MENTION, Mention, Role, find_mentions, with_roles
from geozone.geocoding.normalise import Text, tokenise, tokenise_name
from geozone.geocoding.rank import MARGIN, Context, Reading, rank
from geozone.types import AdminLevel, Edition

__all__ = ["Reader"]

_LONGEST_NAME: Final = 5
_CONTEXT_READINGS: Final = 12
_DOUBTS: Final = frozenset({"district", "province", "kind"})
_LEAVE_ROOM: Final = frozenset({"district", "province", "kind", "mixed"})
"""What makes it worth looking for a longer name that a word was left out of."""


class Reader:
    """Reads addresses.

    Parameters
    ----------
    lexicon : Lexicon
        Units of both editions.
    touches : callable
        Whether a commune may touch a district, by position.
    """

    def __init__(self, lexicon: Lexicon, touches: Callable[[int, int], bool]) -> None:
        self._lexicon = lexicon
        self._touches = touches
        self._speller = Speller(lexicon)

    def read(self, address: str, context: Context) -> tuple[Text, list[Reading]]:
        """Weigh what an address can mean.

        Parameters
        ----------
        address : str
            As written.
        context : Context
            What is known besides.

        Returns
        -------
        text : Text
            The address in tokens, as it was understood.
        readings : list of Reading
            Best first.
        """
        text = without_repeats(without_country(tokenise(address)))
        kinds = kinds_of(text)
        mentions, readings = self._weigh(text, kinds, context)
        if text.folded and not self._settled(readings, text, kinds):
            mended = mend_kinds(text, self._lexicon.names)
            if mended is not text:
                text, kinds = mended, kinds_of(mended)
                mentions, readings = self._weigh(text, kinds, context)
        near: list[Mention] = []
        if text.folded and not self._settled(readings, text, kinds):
            near = self._speller.propose(text, kinds, _settled_mentions(readings), self._named(readings))
        near += self._longer_instead(readings, text)
        if near:
            mentions = with_roles(text, [*mentions, *near], kinds[0].values())
            readings = rank(self._lexicon, text, mentions, context, self._touches)
        if readings:
            words = text.folded[readings[0].mention.start : readings[0].mention.end]
            readings[0] = self._with_longer(readings[0], words)
        return text, readings

    def official(self, unit: int) -> Reading:
        """Read a commune named as in the official list.

        Parameters
        ----------
        unit : int
            Position of a commune.

        Returns
        -------
        Reading
            Without a mention: nothing need be quoted.
        """
        row = self._lexicon.units[unit]
        district = NO_MENTION if row.edition is Edition.E2021 else None
        reading = Reading(0.0, unit, NO_MENTION, district, NO_MENTION, ())
        return self._with_longer(reading, tokenise_name(row.name).folded)

    def _longer_instead(self, readings: list[Reading], text: Text) -> list[Mention]:
        """Take the commune named, where something is wrong with it, for one whose name has a word more."""
        if not readings:
            return []
        best = readings[0]
        doubtful = any(note.key in _LEAVE_ROOM for note in best.notes)
        if not doubtful or best.mention.mistakes or best.mention.kind is None:
            return []
        words = text.folded[best.mention.start : best.mention.end]
        names = self._speller.longer(words, self._named(readings))
        return [best.mention._replace(names=names, mistakes=1)] if names else []

    def _with_longer(self, reading: Reading, words: tuple[str, ...]) -> Reading:
        """Note the communes on the same ground that are meant if a word was left out of the name."""
        units = self._lexicon.units
        row, mention = units[reading.unit], reading.mention
        if row.level is not AdminLevel.COMMUNE or mention.mistakes:
            return reading
        kinds = (row.kind,) if mention.kind is None else mention.kind.kinds
        names = [
            name
            for name in self._speller.longer(words, self._ground(reading))
            if units[name.unit].kind in kinds or not kinds
        ]
        if not names:
            return reading
        note = Note("longer", mention._replace(names=tuple(names)))
        return reading._replace(notes=(*reading.notes, note))

    def _ground(self, reading: Reading) -> set[int]:
        """Districts, else provinces, that a reading of a commune rests on."""
        row = self._lexicon.units[reading.unit]
        if reading.district is None:
            return {row.province, *self._lexicon.above(reading.unit).kin_provinces}
        return {row.district} if row.district >= 0 else {row.province, *self._kin_districts(reading.unit)}

    def _kin_districts(self, unit: int) -> tuple[int, ...]:
        return self._lexicon.above(unit).kin_districts

    def _weigh(self, text: Text, kinds: Kinds, context: Context) -> tuple[list[Mention], list[Reading]]:
        """Find what an address names exactly, and every reading of it."""
        mentions = find_mentions(self._lexicon, text, kinds)
        return mentions, rank(self._lexicon, text, mentions, context, self._touches)

    def _settled(self, readings: list[Reading], text: Text, kinds: Kinds) -> bool:
        """Tell whether the best reading leaves nothing to be searched for."""
        if not readings:
            return False
        best = readings[0]
        unit = self._lexicon.units[best.unit]
        if unit.level is not AdminLevel.COMMUNE or any(note.key in _DOUBTS for note in best.notes):
            return False
        if (
            best.mention.role is not Role.UNIT
            or _leaves_a_name(best, text)
            or _leaves_a_kind(best, text, kinds)
        ):
            return False
        if unit.edition is Edition.E2025:
            return best.province is not None
        return best.district is not None

    def _named(self, readings: list[Reading]) -> set[int]:
        """Districts and provinces that the best readings rest on."""
        named: set[int] = set()
        for reading in readings[:_CONTEXT_READINGS]:
            if reading.score < readings[0].score - MARGIN:
                break
            unit = self._lexicon.units[reading.unit]
            if unit.level is AdminLevel.DISTRICT:
                named |= {unit.position, unit.province}
            elif unit.level is AdminLevel.PROVINCE:
                named.add(unit.position)
            else:
                if reading.district is not None:
                    named |= {unit.district, *self._kin_districts(unit.position)}
                if reading.province is not None:
                    named.add(unit.province)
        return named - {-1}


def _leaves_a_kind(best: Reading, text: Text, kinds: Kinds) -> bool:
    """Tell whether a district is announced by its kind, and none is named."""
    if best.district is not None:
        return False
    used = [part for part in (best.mention, best.province) if part is not None]
    for side in kinds:
        for kind in side.values():
            if (
                kind.levels == (AdminLevel.DISTRICT,)
                and kind.start not in text.aside
                and not any(part.outer <= kind.start < part.end for part in used)
            ):
                return True
    return False


def _leaves_a_name(best: Reading, text: Text) -> bool:
    """Tell whether a bare commune follows a phrase that may be a commune misspelled."""
    first = best.mention.outer
    if best.mention.kind is not None or best.district is not None or first == 0:
        return False
    start = first - 1
    while start > 0 and text.breaks[start] < 2:
        start -= 1
    words = text.folded[start:first]
    return len(words) <= _LONGEST_NAME and all(word.isalpha() for word in words)


def _settled_mentions(readings: list[Reading]) -> list[Mention]:
    """Mentions that need no other spelling: those of the best reading, but for a commune in doubt."""
    if not readings:
        return []
    best = readings[0]
    rivals = {note.key: note.mention for note in best.notes if note.key in {"district", "province"}}
    doubtful = "district" in rivals or ("province" in rivals and best.district is None)
    used = [best.district, best.province, *rivals.values()]
    if best.mention.role is Role.UNIT and not doubtful:
        used.append(best.mention)
    return [mention for mention in used if mention is not None]
