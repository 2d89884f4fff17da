"""Find where an address names a unit: spans of tokens, with the kind typed before them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Final, NamedTuple

from geozone.geocoding.kinds import Kind, Kinds
from geozone.geocoding.lexicon import Lexicon, Name
from geozone.geocoding.normalise import Text, marks_conflict

__all__ = [
    "NO_MENTION",
    "Mention",
    "Role",
    "find_mentions",
    "is_place_word",
    "with_roles",
]


class Role(IntEnum):
    """What the words around a bare name make of it."""

    UNIT = 0
    """Nothing speaks against a unit."""
    INNER = 1
    """Part of a longer phrase that is not understood."""
    AFTER_NUMBER = 2
    """It follows a house or alley number: rather a street."""
    PLACE = 3
    """A word says that it is a street, a hamlet, a market."""
    CUT = 4
    """Its kind is typed, but the words after it are not understood: the name may go on."""


class Mention(NamedTuple):
    """A span of tokens that is the name of some unit."""

    start: int
    """First token of the name."""
    end: int
    """One past its last token."""
    outer: int
    """First token including the word for its kind."""
    kind: Kind | None
    """The kind typed with it."""
    whole: bool
    """Whether it fills everything between two commas."""
    role: Role
    """Whether it can be a unit, where no kind is typed."""
    names: tuple[Name, ...]
    """Whoever is called so, all levels."""
    mistakes: int
    """0 for the exact folded name, else how many letters are wrong."""


NO_MENTION: Final = Mention(0, 1, 0, None, True, Role.UNIT, (), 0)
"""Stands where nothing need be quoted."""

_SCRAP: Final = 5
_CUSTOMARY: Final = 0.95
"""Trust in a customary short form, above that in mere initials."""
_PLACE_WORDS: Final[dict[str, str]] = {
    "duong": "đương2", "pho": "phô1", "ngo": "ngo4", "ngach": "ngach1", "hem": "hem3", "kiet": "kiêt5",
    "thon": "thôn", "xom": "xom1", "ap": "âp1", "ban": "ban3", "lang": "lang2", "khu": "khu", "kp": "kp",
    "khom": "khom1", "to": "tô3", "tdp": "tdp", "kdt": "kđt", "kcn": "kcn", "cum": "cum5", "ccn": "ccn",
    "cho": "chơ5", "cau": "câu2", "truong": "trương2", "vien": "viên5", "toa": "toa2", "cu": "cư",
    "the": "thê3", "nha": "nha2", "lo": "lô5", "buon": "buôn", "doi": "đôi5", "nghiep": "nghiêp5",
    "thi": "thi5", "gan": "gân2", "dien": "điên5", "chua": "chua2", "san": "san5", "cong": "công",
    "ben": "bên1", "hoc": "hoc5", "non": "non", "street": "street", "st": "st", "road": "road",
    "lane": "lane", "alley": "alley", "dl": "đl", "ql": "ql", "tl": "tl", "vinhomes": "vinhomes",
}  # fmt: skip
"""Words that make the name after them a street, a hamlet or a place: folded to marked."""


_HAMLET_WORDS: Final = frozenset({
    "thon", "to", "tdp", "kp", "khom", "ap", "xom", "doi", "khu", "ban", "buon", "bon", "lang",
    "phuong", "quan", "p", "q", "f", "ward", "district",
})  # fmt: skip


def is_place_word(text: Text, position: int) -> bool:
    """Tell whether a token makes the name after it a street, a hamlet or a place.

    Parameters
    ----------
    text : Text
        A tokenised address.
    position : int
        The token.

    Returns
    -------
    bool
        True also where only its diacritics are missing.
    """
    expected = _PLACE_WORDS.get(text.folded[position])
    return expected is not None and not marks_conflict(text.marked[position], expected)


def _numbers_a_hamlet(text: Text, position: int) -> bool:
    """Tell whether a number is that of a hamlet or residential group: more than a house may follow."""
    return position > 0 and text.folded[position - 1] in _HAMLET_WORDS


def _role(text: Text, mention: Mention, ends: set[int], starts: set[int]) -> Role:
    """Judge a name by its neighbours; `ends` and `starts` are where other mentions meet it."""
    start, end = mention.start, mention.end
    tail = end < len(text.folded) and text.breaks[end] == 0 and end not in starts
    if mention.kind is not None:
        cut = tail and not is_place_word(text, end) and not text.folded[end][0].isdigit()
        return Role.CUT if cut else Role.UNIT
    if start > 0 and start not in ends:
        previous = text.folded[start - 1]
        numbered = any(char.isdigit() for char in previous) and not _numbers_a_hamlet(text, start - 1)
        if text.breaks[start] == 2:
            return Role.AFTER_NUMBER if numbered else Role.UNIT
        if is_place_word(text, start - 1):
            return Role.PLACE
        if numbered:
            return Role.AFTER_NUMBER
        if text.breaks[start] == 0 and not previous[:1].isdigit():
            return Role.INNER
    return Role.INNER if tail else Role.UNIT


def with_roles(text: Text, mentions: list[Mention], kinds: Iterable[Kind]) -> list[Mention]:
    """Judge every name by its neighbours.

    Parameters
    ----------
    text : Text
        The tokenised address.
    mentions : list of Mention
        Every mention found in it.
    kinds : iterable of Kind
        Words for kinds in it.

    Returns
    -------
    list of Mention
        The same, in the same order, each with its role.
    """
    sure = [m for m in mentions if m.mistakes * 4 <= m.end - m.start + 2 or m.kind is not None]
    ends = {mention.end for mention in sure}
    starts = {mention.outer for mention in sure} | {kind.start for kind in kinds}
    judged: list[Mention] = []
    for mention in mentions:
        role = _role(text, mention, ends, starts)
        judged.append(mention if role is mention.role else mention._replace(role=role))
    return judged


def _make(text: Text, span: tuple[int, int], kind: Kind | None, names: tuple[Name, ...]) -> Mention:
    start, end = span
    outer = min(start, kind.start) if kind else start
    right = max(end, kind.end) if kind else end
    ends = right == len(text.folded) or text.breaks[right] == 2
    whole = ends and text.breaks[outer] == 2
    return Mention(start, right, outer, kind, whole, Role.UNIT, names, 0)


def _kind_for(
    text: Text, start: int, end: int, before: dict[int, Kind], after: dict[int, Kind]
) -> Kind | None:
    kind = before.get(start)
    if kind is not None and text.breaks[start] < 2:
        return kind
    kind = after.get(end)
    if kind is not None and text.breaks[end] < 2:
        return kind
    return None


def find_mentions(lexicon: Lexicon, text: Text, kinds: Kinds) -> list[Mention]:
    """Find every span that is exactly the folded name of a unit.

    Parameters
    ----------
    lexicon : Lexicon
        Names of both editions.
    text : Text
        A tokenised address.
    kinds : tuple of dict
        As `kinds_of` gives them.

    Returns
    -------
    list of Mention
        Longest first at each start, without spans that lie inside a longer one of their kind.
    """
    before, after = kinds
    found: list[Mention] = []
    folded = text.folded
    count = len(folded)
    names_of, beginnings = lexicon.names, lexicon.beginnings
    for start in range(count):
        key = ""
        for end in range(start + 1, count + 1):
            if end > start + 1 and text.breaks[end - 1] == 2:
                break
            key += folded[end - 1]
            if key not in beginnings:
                break
            names = names_of.get(key)
            if names:
                mention = _accept(text, start, end, _kind_for(text, start, end, before, after), tuple(names))
                if mention is not None:
                    found.append(mention)
    found = [
        mention if mention.kind is None else _without_kind_of_another(lexicon, text, mention, found)
        for mention in found
    ]
    found.extend(_short_forms(lexicon, text, before, found))
    kind_starts = frozenset(kind.start for kind in before.values())
    return with_roles(text, _undominated(text, found, kind_starts), before.values())


def _without_kind_of_another(lexicon: Lexicon, text: Text, mention: Mention, found: list[Mention]) -> Mention:
    """Free a name of a kind that is the last word of the name before it: ``Dan Phuong Ha Noi``."""
    kind = mention.kind
    if kind is None or kind.end != mention.start:
        return mention
    if any(lexicon.units[name.unit].level in kind.levels for name in mention.names):
        return mention
    if not any(other.end == kind.end and other.start < kind.start for other in found):
        return mention
    return _make(text, (mention.start, mention.end), None, mention.names)


def _accept(text: Text, start: int, end: int, kind: Kind | None, names: tuple[Name, ...]) -> Mention | None:
    if end == start + 1 and text.folded[start].isdigit() and kind is None:
        return None
    return _make(text, (start, end), kind, names)


def _short_forms(
    lexicon: Lexicon, text: Text, before: dict[int, Kind], found: list[Mention]
) -> list[Mention]:
    """Find initials and short forms where they are likely: after a kind, alone, or at the end."""
    extra: list[Mention] = []
    kind_starts = {kind.start for kind in before.values()}
    taken = {mention.start for mention in found}
    for i, token in enumerate(text.folded):
        names = lexicon.abbreviations.get(token)
        if not names or i in taken or text.marked[i].replace("đ", "d") != token:
            continue
        kind = before.get(i) if text.breaks[i] < 2 else None
        last = i + 1 == len(text.folded)
        if kind is not None and not any(lexicon.units[name.unit].level in kind.levels for name in names):
            # ``Dan Phuong HN``: not a ward.
            kind = None
        goes_on = not last and not text.breaks[i + 1] and i + 1 not in kind_starts
        if goes_on and text.folded[i + 1].isalpha() and text.folded[i + 1] not in lexicon.abbreviations:
            # ``Quận Tn Bình``; but ``Q HBT HN`` goes on with the initials of another.
            continue
        alone = text.breaks[i] == 2 and (last or text.breaks[i + 1] == 2)
        if kind is not None or alone or last:
            extra.append(_make(text, (i, i + 1), kind, tuple(names)))
    return extra


def _undominated(text: Text, found: list[Mention], kind_starts: frozenset[int]) -> list[Mention]:
    """Drop spans inside a longer span, unless they carry their own kind and the longer does not.

    A longer span that swallows a word for a kind, or runs over a hyphen, drops nothing: *quận Tân Bình
    thành phố* is Tân Bình before it is Tân Bình Thạnh.
    """
    strong = [m for m in found if m.end > m.start + 1 and not _swallows(text, m, kind_starts)]
    kept: list[Mention] = []
    for mention in found:
        length = mention.end - mention.start
        if mention.kind is None and _is_scrap(text, mention, found):
            continue
        for other in strong:
            if (
                other.start <= mention.start
                and mention.end <= other.end
                and other.end - other.start > length
                and (mention.kind is None or other.kind is not None)
            ):
                break
        else:
            kept.append(mention)
    return kept


def _swallows(text: Text, mention: Mention, kind_starts: frozenset[int]) -> bool:
    for i in range(mention.start + 1, mention.end):  # noqa: SIM110 - run for every name of two words and more
        if i in kind_starts or text.breaks[i]:
            return True
    return False


def _is_scrap(text: Text, mention: Mention, found: list[Mention]) -> bool:
    """Tell whether a bare name is too short to be told from chance: one short word of a phrase.

    The customary short form of a province after a name at the very end is none: ``Dan Phuong HN``.
    """
    if mention.whole or sum(map(len, text.folded[mention.start : mention.end])) >= _SCRAP:
        return False
    customary = any(name.trust >= _CUSTOMARY and not name.accented for name in mention.names)
    ends = mention.end == len(text.folded)
    return not (customary and ends and any(other.end == mention.start for other in found))
