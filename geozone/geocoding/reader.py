"""From text to weighed readings: exact names first, near ones only for what is left unexplained."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from geozone.geocoding.fuzzy import Speller
from geozone.geocoding.lexicon import Lexicon
from geozone.geocoding.mending import mend_kinds, without_country, without_repeats
from geozone.geocoding.mentions import Kinds, Mention, Role, find_mentions, kinds_of, with_roles
from geozone.geocoding.normalise import Text, tokenise
from geozone.geocoding.rank import Context, Reading, rank
from geozone.types import AdminLevel, Edition

__all__ = ["Reader"]

_LONGEST_NAME: Final = 5
_CONTEXT_READINGS: Final = 12
_CONTEXT_MARGIN: Final = 2.5
_DOUBTS: Final = frozenset({"district", "province", "kind"})


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
        if text.folded and not self._settled(readings, text, kinds):
            near = self._speller.propose(text, kinds, _settled_mentions(readings), self._named(readings))
            if near:
                mentions = with_roles(text, [*mentions, *near], kinds[0].values())
                readings = rank(self._lexicon, text, mentions, context, self._touches)
        return text, readings

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
            if reading.score < readings[0].score - _CONTEXT_MARGIN:
                break
            unit = self._lexicon.units[reading.unit]
            if unit.level is AdminLevel.DISTRICT:
                named |= {unit.position, unit.province}
            elif unit.level is AdminLevel.PROVINCE:
                named.add(unit.position)
            else:
                if reading.district is not None:
                    named.add(unit.district)
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
