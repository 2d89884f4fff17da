"""Find misspelled names: near ones among the units that the rest of the address allows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final, NamedTuple

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from geozone.geocoding.keyboards import plain
from geozone.geocoding.kinds import Kind, Kinds
from geozone.geocoding.lexicon import Lexicon, Name
from geozone.geocoding.mentions import Mention, Role, is_place_word
from geozone.geocoding.normalise import Text
from geozone.types import AdminLevel

__all__ = ["Speller"]

_C, _D, _P = AdminLevel.COMMUNE, AdminLevel.DISTRICT, AdminLevel.PROVINCE
_LONGEST: Final = 5
_MOST_WINDOWS: Final = 40
_MOST_NEAR: Final = 12
_MOST_KNOWN: Final = 200_000
_FEW_NAMES: Final = 200
_FEW_QUERIES: Final = 150
"""Queries after which a table of dropped letters is worth its building."""
_LONGEST_NAME: Final = 40
"""Letters of the longest run of words that is compared with names."""
_SHORTEST: Final = 3
_SHORTEST_OF_KIND: Final = 2
"""Letters that a bare name must have more of to be taken for another; and one whose kind is typed."""
_COUNTRY: Final = -1


def _reach(length: int) -> int:
    """Mistakes allowed in a name of this many letters."""
    if length < 6:
        return 1
    return 2 if length < 10 else 3


class _Window(NamedTuple):
    start: int
    end: int
    kind: Kind | None
    levels: tuple[AdminLevel, ...]


class _Choice:
    """Names to choose among, by length and by what is left when one letter is dropped."""

    def __init__(self, names: dict[str, list[Name]]) -> None:
        self.names = names
        self._asked = 0
        self._near_length: dict[tuple[int, int], list[str]] = {}
        self._by_length: dict[int, list[str]] = defaultdict(list)
        for key in names:
            self._by_length[len(key)].append(key)

    def within(self, query: str, reach: int) -> list[tuple[str, int]]:
        """Find names at most `reach` mistakes away, with their distance."""
        return self._compared(query, reach, _MOST_NEAR)

    def _compared(self, query: str, reach: int, limit: int | None) -> list[tuple[str, int]]:
        keys = self._about_as_long(len(query), reach)
        near = extract(query, keys, scorer=OSA.distance, score_cutoff=reach, limit=limit)
        return [(key, int(distance)) for key, distance, _ in near]

    def _about_as_long(self, size: int, reach: int) -> list[str]:
        """Names that differ from a length by `reach` letters at most, shortest first."""
        known = self._near_length.get((size, reach))
        if known is None:
            lengths = range(size - reach, size + reach + 1)
            known = [key for length in lengths for key in self._by_length.get(length, ())]
            self._near_length[(size, reach)] = known
        return known

    def one_mistake(self, query: str) -> list[tuple[str, int]]:
        """Find names one mistake away; after many queries without looking at the others."""
        if len(self.names) < _FEW_NAMES:
            return self.within(query, 1)
        self._asked += 1
        if self._asked <= _FEW_QUERIES:
            return sorted(self._compared(query, 1, None), key=lambda hit: (hit[1], hit[0]))
        forms = {query, *_shorter(query)}
        near = {key for form in forms for key in self._dropped.get(form, ())}
        ranked = sorted((OSA.distance(query, key), key) for key in near)
        return [(key, distance) for distance, key in ranked if distance <= 1]

    @cached_property
    def reordered(self) -> dict[tuple[str, ...], list[Name]]:
        """Names of two words and more by their words in alphabetical order."""
        table: dict[tuple[str, ...], list[Name]] = defaultdict(list)
        for words, name in self._in_words():
            table[tuple(sorted(words))].append(name)
        return dict(table)

    @cached_property
    def one_word_short(self) -> dict[tuple[str, ...], list[Name]]:
        """Names of three words and more by what is left when one is left out."""
        table: dict[tuple[str, ...], list[Name]] = defaultdict(list)
        for words, name in self._in_words():
            if len(words) > 2:
                for form in {words[:i] + words[i + 1 :] for i in range(len(words))}:
                    table[form].append(name)
        return dict(table)

    def _in_words(self) -> Iterator[tuple[tuple[str, ...], Name]]:
        """Names of two words and more that are known word by word."""
        for names in self.names.values():
            for name in names:
                if name.accented and len(name.marked) > 1:
                    yield tuple([_folded(spelled) for spelled in name.marked]), name

    @cached_property
    def _dropped(self) -> dict[str, list[str]]:
        """What is left of each name when one letter is dropped, and the name itself."""
        table: dict[str, list[str]] = defaultdict(list)
        for key in self.names:
            for form in {key, *_shorter(key)}:
                table[form].append(key)
        return dict(table)


def _folded(spelled: str) -> str:
    """Free a marked word of its diacritics and its tone; a number stays as it is."""
    return spelled if spelled.isdigit() else plain(spelled.rstrip("12345"))


def _shorter(text: str) -> set[str]:
    return {text[:i] + text[i + 1 :] for i in range(len(text))}


def _nearest(near: list[tuple[str, int]], names: dict[str, list[Name]]) -> list[tuple[int, Name]]:
    """Keep the nearest names and those one mistake further, with their mistakes."""
    wrong = [(key, mistakes) for key, mistakes in near if mistakes > 0]
    if not wrong:
        return []
    best = min(mistakes for _, mistakes in wrong)
    return [(mistakes, name) for key, mistakes in wrong if mistakes <= best + 1 for name in names[key]]


class Speller:
    """Proposes near names, widest context last.

    Parameters
    ----------
    lexicon : Lexicon
        Units of both editions.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._choices: dict[tuple[AdminLevel, int], _Choice] = {}
        self._known: dict[tuple[str, AdminLevel, int], list[tuple[int, Name]]] = {}

    def propose(
        self,
        text: Text,
        kinds: Kinds,
        settled: list[Mention],
        context: set[int],
    ) -> list[Mention]:
        """Propose near names for what the exact ones leave unexplained.

        Parameters
        ----------
        text : Text
            The tokenised address.
        kinds : tuple of dict
            As `kinds_of` gives them.
        settled : list of Mention
            Those that need no other spelling.
        context : set of int
            Districts and provinces that the address is known to name.

        Returns
        -------
        list of Mention
            Near names, each with its mistakes.
        """
        found: list[Mention] = []
        for window in self._windows(text, kinds, settled):
            words = text.folded[window.start : window.end]
            query = "".join(words)
            least = _SHORTEST_OF_KIND if window.kind is not None and context else _SHORTEST
            if not least < len(query) <= _LONGEST_NAME or any(
                word[0].isdigit() for word in words[:-1] or words
            ):
                continue
            near: dict[int, list[Name]] = defaultdict(list)
            for level in window.levels:
                for mistakes, name in self._near(query, level, context):
                    near[mistakes].append(name)
            if window.kind is not None and _C in window.levels:
                near[1] += self._otherwise_ordered(words, context)
            found.extend(
                _mention(text, window, tuple(dict.fromkeys(names)), mistakes)
                for mistakes, names in near.items()
                if names
            )
        return found

    def _windows(self, text: Text, kinds: Kinds, settled: list[Mention]) -> list[_Window]:
        """Spans that can hide a misspelled name: beside a kind, or between commas, or unexplained."""
        before, after = kinds
        count = len(text.folded)
        windows: list[_Window] = []
        covered = {i for mention in settled for i in range(mention.outer, mention.end)}
        for start, kind in before.items():
            if start >= count or text.breaks[start] == 2 or start in covered:
                continue
            for end in range(start + 1, min(count, start + _LONGEST) + 1):
                if end > start + 1 and text.breaks[end - 1] == 2:
                    break
                windows.append(_Window(start, end, kind, kind.levels))
        typed = {i for kind in (*before.values(), *after.values()) for i in range(kind.start, kind.end)}
        for end, kind in after.items():
            for start in range(end - 1, max(-1, end - 1 - _LONGEST), -1):
                if start in covered or start in after or text.breaks[start + 1] == 2:
                    break
                windows.append(_Window(start, end, kind, kind.levels))
        covered |= typed
        free = [i for i in range(count) if i not in covered]
        for run in _runs(free, text):
            windows.extend(self._bare_windows(text, run))
        return windows[-_MOST_WINDOWS:]

    def _bare_windows(self, text: Text, run: list[int]) -> Iterator[_Window]:
        start, end = run[0], run[-1] + 1
        segment = text.breaks[start] == 2 and (end == len(text.folded) or text.breaks[end] == 2)
        if segment and len(run) <= _LONGEST:
            yield _Window(start, end, None, (_C, _D, _P))
        if 2 not in text.breaks[1:]:
            for first in run:
                if is_place_word(text, first):
                    continue
                for last in range(first + 1, min(end, first + 4) + 1):
                    if segment and (first, last) == (start, end):
                        continue
                    yield _Window(first, last, None, (_C, _D, _P))

    def _otherwise_ordered(self, words: tuple[str, ...], context: set[int]) -> list[Name]:
        """Communes within the context whose name has these words in another order, or one word more."""
        if len(words) < 2:
            return []
        found: list[Name] = []
        for choice in self._choices_in(context):
            found += choice.reordered.get(tuple(sorted(words)), ())
            found += choice.one_word_short.get(words, ())
        return found

    def longer(self, words: tuple[str, ...], context: set[int]) -> tuple[Name, ...]:
        """Find the communes whose names are some words and one more: one may have been left out.

        Parameters
        ----------
        words : tuple of str
            The folded words of a name.
        context : set of int
            Districts and provinces to look in.

        Returns
        -------
        tuple of Name
            Empty for a name of one word.
        """
        if len(words) < 2:
            return ()
        found = [
            name for choice in self._choices_in(context) for name in choice.one_word_short.get(words, ())
        ]
        return tuple(dict.fromkeys(found))

    def _choices_in(self, context: set[int]) -> Iterator[_Choice]:
        """Communes of each district and province of a context."""
        for unit in sorted(context):
            if self._lexicon.units[unit].level is not _C:
                yield self._choice(_C, unit)

    def _near(self, query: str, level: AdminLevel, context: set[int]) -> Iterable[tuple[int, Name]]:
        """Near names of one level, within the context if it holds any, else in the whole country."""
        reach = _reach(len(query))
        above = [unit for unit in context if self._lexicon.units[unit].level is not level]
        districts = [unit for unit in above if self._lexicon.units[unit].level is _D]
        scopes = [districts, [u for u in above if u not in districts]] if level is _C else [above]
        if level is _P:
            scopes = []
        for scope in scopes:
            hits = [hit for unit in scope for hit in self._extract(query, level, unit, reach)]
            if hits:
                return hits
        if len(query) <= _SHORTEST:
            return []
        if level is _C:
            return self._extract(query, level, _COUNTRY, 1)
        return self._extract(query, level, _COUNTRY, min(reach, 2))

    def _extract(self, query: str, level: AdminLevel, scope: int, reach: int) -> list[tuple[int, Name]]:
        """Names within reach of a query, the nearest and those one mistake further."""
        key = (query, level, scope)
        known = self._known.get(key)
        if known is None:
            if len(self._known) > _MOST_KNOWN:
                self._known.clear()
            choice = self._choice(level, scope)
            typed = query.replace("y", "i")
            near = choice.one_mistake(typed) if reach == 1 else choice.within(typed, reach)
            if query not in self._lexicon.names:
                near = [(name, mistakes or 1) for name, mistakes in near]
            known = self._known[key] = _nearest(near, choice.names)
        return known

    def _choice(self, level: AdminLevel, scope: int) -> _Choice:
        """Names of one level within a district or province, or in the whole country."""
        key = (level, scope)
        if key not in self._choices:
            names: dict[str, list[Name]] = defaultdict(list)
            for unit in self._members(level, scope):
                for folded, name in self._lexicon.keys_of(unit):
                    if len(folded) > _SHORTEST and not folded.isdigit():
                        names[folded.replace("y", "i")].append(name)
            self._choices[key] = _Choice(dict(names))
        return self._choices[key]

    def _members(self, level: AdminLevel, scope: int) -> Iterable[int]:
        if scope == _COUNTRY:
            return [unit.position for unit in self._lexicon.units if unit.level is level]
        if level is _C:
            return [*self._lexicon.communes_of[scope], *self._kin_communes.get(scope, ())]
        return self._lexicon.districts_of[scope]

    @cached_property
    def _kin_communes(self) -> dict[int, list[int]]:
        """2025 communes on the ground of a 2021 district."""
        members: dict[int, list[int]] = defaultdict(list)
        for commune, kin in self._lexicon.kin.items():
            for unit in kin:
                if self._lexicon.units[unit].level is _D:
                    members[unit].append(commune)
        return members


def _runs(free: list[int], text: Text) -> Iterator[list[int]]:
    """Group unexplained tokens that no comma parts."""
    run: list[int] = []
    for i in free:
        if run and (i != run[-1] + 1 or text.breaks[i] == 2):
            yield run
            run = []
        run.append(i)
    if run:
        yield run


def _mention(text: Text, window: _Window, names: tuple[Name, ...], mistakes: int) -> Mention:
    outer, end = window.start, window.end
    if window.kind is not None:
        outer, end = min(outer, window.kind.start), max(end, window.kind.end)
    ends = end == len(text.folded) or text.breaks[end] == 2
    whole = ends and text.breaks[outer] == 2
    return Mention(window.start, end, outer, window.kind, whole, Role.UNIT, names, mistakes)
