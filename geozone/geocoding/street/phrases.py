"""Words that tell what follows them below the commune: a number, an alley, a street, a hamlet, an estate."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple

from geozone.geocoding.normalise import Text, marks_conflict, word

__all__ = ["Cue", "CueKind", "find_cue"]


class CueKind(StrEnum):
    """What a word announces."""

    NUMBER = "number"
    ALLEY = "alley"
    STREET = "street"
    HAMLET = "hamlet"
    ESTATE = "estate"
    BUILDING = "building"
    PARK = "park"
    ROOM = "room"
    NOISE = "noise"


class Cue(NamedTuple):
    """A word, or several, that announce something."""

    kind: CueKind
    word: str
    """Its usual form, folded: ``ngo``, ``tdp``, ``kcn``."""
    length: int
    """Tokens it takes."""
    exact: bool = True
    """Whether it carries its diacritics; else it may be part of a name: Dương, đường."""


_CUES: Final[dict[CueKind, dict[str, str]]] = {
    CueKind.NUMBER: {"số": "so", "sn": "so", "số nhà": "so", "nhà số": "so", "no": "so"},
    CueKind.ALLEY: {
        "ngõ": "ngo", "ngách": "ngach", "hẻm": "hem", "kiệt": "kiet", "lane": "ngo", "alley": "ngo",
    },
    CueKind.STREET: {
        "đường": "duong", "phố": "pho", "đường phố": "duong", "đại lộ": "duong", "đl": "duong",
        "quốc lộ": "ql", "ql": "ql", "tỉnh lộ": "tl", "tl": "tl", "hương lộ": "hl", "đường tỉnh": "dt",
    },
    CueKind.HAMLET: {
        "thôn": "thon", "xóm": "xom", "ấp": "ap", "bản": "ban", "làng": "lang", "buôn": "buon", "bon": "bon",
        "khóm": "khom", "khu phố": "kp", "kp": "kp", "tổ dân phố": "tdp", "tdp": "tdp", "tổ": "tdp",
        "tổ dân cư": "tdp", "khu": "khu", "tiểu khu": "tk", "tk": "tk", "đội": "doi", "cụm": "cum",
        "cụm dân cư": "cum",
    },
    CueKind.ESTATE: {
        "khu đô thị": "kdt", "khu đô thị mới": "kdt", "kđt": "kdt", "kđtm": "kdt", "đô thị": "kdt",
        "chung cư": "cc", "khu chung cư": "cc", "khu tập thể": "tt", "tập thể": "tt", "ktt": "tt",
        "khu dân cư": "kdc", "kdc": "kdc", "khu nhà ở": "kdc",
    },
    CueKind.BUILDING: {"tòa": "toa", "tòa nhà": "toa", "block": "toa", "nhà chung cư": "toa"},
    CueKind.PARK: {
        "khu công nghiệp": "kcn", "kcn": "kcn", "cụm công nghiệp": "kcn", "ccn": "kcn", "khu chế xuất": "kcn",
        "kcx": "kcn", "khu công nghệ cao": "kcn",
    },
    CueKind.ROOM: {
        "phòng": "phong", "tầng": "tang", "lầu": "tang", "căn hộ": "phong", "căn": "phong", "lô": "lo",
        "ô": "lo",
    },
    CueKind.NOISE: {
        "gần": "gan", "đối diện": "gan", "cạnh": "gan", "bên cạnh": "gan", "trước": "gan",
        "ngã tư": "gan", "ngã ba": "gan", "điện thoại": "gan", "đt": "gan", "sđt": "gan",
    },
}  # fmt: skip
_LONGEST: Final = 4
_PLAIN: Final = frozenset({
    "thon", "xom", "ngach", "hem", "kiet", "kdt", "kdtm", "kcn", "ccn", "kcx", "tdp", "ktt", "kdc", "kp",
    "sn", "khom", "buon",
})  # fmt: skip
"""Words that are no part of a name, whatever their diacritics."""


def _table() -> dict[tuple[str, ...], tuple[Cue, tuple[str, ...]]]:
    table: dict[tuple[str, ...], tuple[Cue, tuple[str, ...]]] = {}
    for kind, words in _CUES.items():
        for written, usual in words.items():
            spelled = [word(part) for part in written.split()]
            folded = tuple(part.folded for part in spelled)
            table.setdefault(folded, (Cue(kind, usual, len(folded)), tuple(part.marked for part in spelled)))
    return table


_BY_WORDS: Final = _table()


def find_cue(text: Text, start: int, end: int, *, inside: bool = False) -> Cue | None:
    """Find the longest cue that begins at a token.

    Parameters
    ----------
    text : Text
        A tokenised address.
    start, end : int
        The token, and one past the last that may belong to the cue.
    inside : bool
        Whether it would end a name that has begun: then a word that may be part of the name must carry its
        diacritics, or stand before a number (An Dương Vương, Lương Văn Can).

    Returns
    -------
    Cue or None
        None where the words announce nothing, or carry other diacritics.
    """
    for length in range(min(_LONGEST, end - start), 0, -1):
        found = _BY_WORDS.get(text.folded[start : start + length])
        if found is None or 2 in text.breaks[start + 1 : start + length]:
            continue
        cue, marked = found
        typed = text.marked[start : start + length]
        if any(marks_conflict(a, b) for a, b in zip(typed, marked, strict=True)):
            continue
        if inside and length == 1 and not _ends_a_name(text, start, end, marked[0]):
            continue
        return cue if typed == marked else cue._replace(exact=False)
    return None


def _ends_a_name(text: Text, at: int, end: int, marked: str) -> bool:
    if text.folded[at] in _PLAIN or (text.marked[at] == marked and text.marked[at] != text.folded[at]):
        return True
    return at + 1 < end and text.folded[at + 1][0].isdigit()
