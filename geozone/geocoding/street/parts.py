"""Take an address apart below the commune: number, alleys, street, hamlet, estate, building, park."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final, NamedTuple

from geozone.geocoding.normalise import MAX_CHARACTERS, UNSEEN, Text
from geozone.geocoding.street.house_numbers import is_number
from geozone.geocoding.street.phrases import Cue, CueKind, find_cue
from geozone.types import PlaceKind

__all__ = ["Parts", "Span", "read_parts", "separators"]

_MOST_SPANS: Final = 16
_MOST_ALLEYS: Final = 6
_LONGEST_NAME: Final = 8
_ALLEY_ORDER: Final = {"ngo": 0, "kiet": 0, "ngach": 1, "hem": 2}
_GROUPS: Final = frozenset({"to", "doi", "cum"})
"""Words that begin other names as well: they announce a group before a number only."""
_KIET: Final = re.compile(r"[kh]\d{1,4}[a-z]?")
_ROAD: Final = re.compile(r"(?:ql|tl|hl|dt)\d{1,4}[a-z]?")
_ENGLISH_STREETS: Final = frozenset({"street", "st", "road", "rd", "avenue", "ave", "boulevard", "blvd"})
_PLACES: Final = {
    CueKind.HAMLET: PlaceKind.HAMLET,
    CueKind.ESTATE: PlaceKind.ESTATE,
    CueKind.BUILDING: PlaceKind.BUILDING,
    CueKind.PARK: PlaceKind.INDUSTRIAL_PARK,
}


class Span(NamedTuple):
    """Words that may be the name of a street or of a place."""

    start: int
    """First token of the name."""
    end: int
    """One past its last token."""
    cue: str
    """The word that announced it, folded; empty for none."""
    kind: PlaceKind | None
    """Kind of place announced; none where nothing tells."""
    rank: int
    """0 where a word says so, 1 right after a number or an alley, 2 otherwise."""


class Parts(NamedTuple):
    """What an address says below the commune."""

    number: str | None
    """House number, folded: ``19a``."""
    alleys: tuple[str, ...]
    """Numbers of the alleys, outermost first: ngõ 342, ngách 41."""
    streets: tuple[Span, ...]
    """Names that may be a street, best first."""
    places: tuple[Span, ...]
    """Names of hamlets, estates, buildings and parks, best first."""


class _Reader:
    """Walks through the tokens once."""

    def __init__(self, text: Text, between: tuple[str, ...], covered: frozenset[int]) -> None:
        self.text = text
        self.between = between
        self.covered = covered
        self.number: str | None = None
        self.chain: list[str] = []
        self.alleys: list[tuple[int, list[str]]] = []
        self.streets: list[Span] = []
        self.places: list[Span] = []
        self.numbered = False

    def run(self) -> Parts:
        at, count = 0, len(self.text.folded)
        while at < count:
            if at in self.covered:
                at += 1
                continue
            at = max(at + 1, self._segment(at, self._segment_end(at)))
        return Parts(self.number, self._alley_chain(), _best(self.streets), _best(self.places))

    def _segment_end(self, start: int) -> int:
        """One past the last token before a comma or a unit."""
        end = start + 1
        count = len(self.text.folded)
        while end < count and self.text.breaks[end] < 2 and end not in self.covered:
            end += 1
        return end

    def _segment(self, at: int, end: int) -> int:
        while at < end:
            cue = find_cue(self.text, at, end)
            if cue is not None and cue.kind is CueKind.NOISE:
                return end
            at = self._words(at, end, None) if cue is None else self._after_cue(cue, at, end)
        return end

    def _after_cue(self, cue: Cue, at: int, end: int) -> int:
        after = at + cue.length
        if after >= end:
            return end if cue.kind is not CueKind.STREET else self._words(at, end, None)
        numbered = is_number(self.text.folded[after], lettered=True)
        if cue.kind is CueKind.ROOM:
            return after + 1 if numbered else self._words(at, end, None)
        if cue.kind is CueKind.NUMBER:
            return self._house(after, end) if numbered else self._words(at, end, None)
        if cue.kind is CueKind.ALLEY and numbered:
            chain, after = self._chain(after, end)
            self.alleys.append((_ALLEY_ORDER.get(cue.word, 0), chain))
            self.numbered = True
            return after
        if cue.length == 1 and self.text.folded[at] in _GROUPS and not self._group_number(after):
            return self._words(at, end, None)
        return self._words(after, end, cue, whole=at)

    def _group_number(self, at: int) -> bool:
        word = self.text.folded[at]
        return word[0].isdigit() or word == "so" or len(word) <= 2

    def _chain(self, at: int, end: int) -> tuple[list[str], int]:
        """Read numbers parted by slashes; of a range the first."""
        folded = self.text.folded
        chain = [folded[at]]
        at += 1
        while at < end and is_number(folded[at], lettered=True):
            joint = self.between[at].strip()
            if joint in ("-", "–", "+", "&"):
                at += 1
                continue
            if joint not in ("/", "\\") or len(chain) >= _MOST_ALLEYS:
                break
            chain.append(folded[at])
            at += 1
        if at < end and len(folded[at]) == 1 and folded[at].isalpha() and self.text.written[at].isupper():
            chain[-1] += folded[at]
            at += 1
        return chain, at

    def _house(self, at: int, end: int) -> int:
        chain, at = self._chain(at, end)
        if self.number is None and not any(span.rank < 2 for span in self.streets):
            self.chain, self.number = chain[:-1], chain[-1]
            self.numbered = True
        return at

    def _words(self, at: int, end: int, cue: Cue | None, whole: int | None = None) -> int:
        """Read a name up to a number or to what announces something else."""
        folded = self.text.folded
        if cue is None and is_number(folded[at]):
            return self._house(at, end)
        if cue is None and _KIET.fullmatch(folded[at]) and self._before_slash(at, end):
            return self._house_in_kiet(at, end)
        if cue is None and _ROAD.fullmatch(folded[at]):
            self.streets.append(Span(at, at + 1, "", PlaceKind.STREET, 0))
            return at + 1
        if cue is None and is_number(folded[at], lettered=True):
            return at + 1
        if cue is None and folded[at] == "p" and at + 1 < end and not self.between[at + 1]:
            return at + 2
        start = at
        at = self._name_end(start, end, cue)
        if at == start:
            return start + 1
        english = at < end and folded[at] in _ENGLISH_STREETS
        self._keep(start, at, cue, whole, english=english)
        return at + 1 if english else at

    def _before_slash(self, at: int, end: int) -> bool:
        slash = at + 1 < end and self.between[at + 1].strip() == "/"
        return slash and is_number(self.text.folded[at + 1])

    def _house_in_kiet(self, at: int, end: int) -> int:
        """Read ``K123/45``: house 45 of kiệt 123."""
        chain, after = self._chain(at, end)
        if self.number is None:
            self.chain, self.number = [chain[0][1:], *chain[1:-1]], chain[-1]
            self.numbered = True
        return after

    def _name_end(self, start: int, end: int, cue: Cue | None) -> int:
        folded = self.text.folded
        at = start + 1
        number_first = cue is not None and (is_number(folded[start], lettered=True) or folded[start] == "so")
        if number_first and cue is not None and cue.kind is not CueKind.STREET:
            return at + 1 if folded[start] == "so" and at < end else at
        while at < end and at - start < _LONGEST_NAME:
            if folded[at] in _ENGLISH_STREETS:
                break
            if is_number(folded[at]) and folded[at - 1] != "thang":
                slash = self.between[at].strip() in ("/", "-")
                if not (number_first and (slash or folded[at - 1] == "so")):
                    break
            elif (number_first and folded[at] != "thang" and is_number(folded[at - 1])) or (
                find_cue(self.text, at, end, inside=True) is not None and not number_first
            ):
                break
            at += 1
        return at

    def _keep(self, start: int, end: int, cue: Cue | None, whole: int | None, *, english: bool) -> None:
        after_number = self.numbered and not self.streets
        if cue is None:
            rank = 0 if english else 1 if after_number else 2
            self.streets.append(Span(start, end, "duong" if english else "", None, rank))
        elif cue.kind in (CueKind.STREET, CueKind.ALLEY):
            self.streets.append(Span(start, end, cue.word, PlaceKind.STREET, 0))
            if whole is not None and cue.length == 1 and not cue.exact:
                self.streets.append(Span(whole, end, "", None, 1))
        else:
            self.places.append(Span(start, end, cue.word, _PLACES[cue.kind], 0))
            if whole is not None and not is_number(self.text.folded[start]):
                kind = _PLACES[cue.kind]
                self.streets.append(Span(whole, end, "", kind, 1 if after_number else 2))
        if len(self.streets) > _MOST_SPANS:
            del self.streets[_MOST_SPANS:]
        if len(self.places) > _MOST_SPANS:
            del self.places[_MOST_SPANS:]

    def _alley_chain(self) -> tuple[str, ...]:
        """Join the alleys, outermost first; one that repeats what stands before it is the whole chain."""
        chain: list[str] = []
        for _, numbers in sorted(self.alleys, key=lambda alley: alley[0]):
            chain = numbers if numbers[: len(chain)] == chain else [*chain, *numbers]
        return tuple([*chain, *self.chain][:_MOST_ALLEYS])


def _best(spans: list[Span]) -> tuple[Span, ...]:
    return tuple(sorted(spans, key=lambda span: (span.rank, span.start)))


def separators(address: str, text: Text) -> tuple[str, ...]:
    """Find what stands before each token as it was typed.

    Parameters
    ----------
    address : str
        The address that was tokenised.
    text : Text
        Its tokens.

    Returns
    -------
    tuple of str
        One per token; empty where it cannot be told.
    """
    source = unicodedata.normalize("NFKC", address[:MAX_CHARACTERS].translate(UNSEEN))
    between: list[str] = []
    cursor = 0
    for token in text.written:
        found = source.find(token, cursor, cursor + 200) if between else source.find(token)
        if found < 0:
            between.append("")
            continue
        between.append(source[cursor:found])
        cursor = found + len(token)
    return tuple(between)


def read_parts(text: Text, between: tuple[str, ...], covered: Iterable[int] = ()) -> Parts:
    """Take an address apart.

    Parameters
    ----------
    text : Text
        A tokenised address, or the name of a place.
    between : tuple of str
        What stands before each token, as `separators` gives it.
    covered : iterable of int
        Tokens that name units.

    Returns
    -------
    Parts
        At most one number; names in the order in which they are to be tried.
    """
    return _Reader(text, between, frozenset(covered)).run()
