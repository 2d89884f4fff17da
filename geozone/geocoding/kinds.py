"""Find the words for kinds of units in an address: *phường*, *P.*, *thị trấn*, *district*."""

from __future__ import annotations

from typing import Final, NamedTuple

from geozone.geocoding.normalise import Text, marks_conflict
from geozone.types import AdminLevel

__all__ = ["Kind", "Kinds", "kinds_of"]

_C, _D, _P = AdminLevel.COMMUNE, AdminLevel.DISTRICT, AdminLevel.PROVINCE


class Kind(NamedTuple):
    """A word for a kind of unit, as it stands before or after a name."""

    start: int
    end: int
    levels: tuple[AdminLevel, ...]
    kinds: tuple[str, ...]
    """Kinds it means, lower case; empty when it only tells the level."""


Kinds = tuple[dict[int, Kind], dict[int, Kind]]
"""Kinds by the token after them (before a name), and English ones by their own token (after a name)."""

_KIND_WORDS: Final[dict[tuple[str, ...], tuple[tuple[str, ...], tuple[AdminLevel, ...], tuple[str, ...]]]] = {
    ("phuong",): (("phương2",), (_C,), ("phường",)),
    ("p",): (("p",), (_C,), ("phường",)),
    ("ph",): (("ph",), (_C,), ("phường",)),
    ("f",): (("f",), (_C,), ("phường",)),
    ("xa",): (("xa4",), (_C,), ("xã",)),
    ("x",): (("x",), (_C,), ("xã",)),
    ("thi", "tran"): (("thi5", "trân1"), (_C,), ("thị trấn",)),
    ("tt",): (("tt",), (_C,), ("thị trấn",)),
    ("ttr",): (("ttr",), (_C,), ("thị trấn",)),
    ("dac", "khu"): (("đăc5", "khu"), (_C,), ("đặc khu",)),
    ("dk",): (("đk",), (_C,), ("đặc khu",)),
    ("ward",): (("ward",), (_C,), ("phường",)),
    ("commune",): (("commune",), (_C,), ("xã",)),
    ("township",): (("township",), (_C,), ("thị trấn",)),
    ("town",): (("town",), (_C, _D), ("thị trấn", "thị xã")),
    ("quan",): (("quân5",), (_D,), ("quận",)),
    ("q",): (("q",), (_D,), ("quận",)),
    ("huyen",): (("huyên5",), (_D,), ("huyện",)),
    ("h",): (("h",), (_D,), ("huyện",)),
    ("thi", "xa"): (("thi5", "xa4"), (_D,), ("thị xã",)),
    ("tx",): (("tx",), (_D,), ("thị xã",)),
    ("district",): (("district",), (_D,), ()),
    ("dist",): (("dist",), (_D,), ()),
    ("thanh", "pho"): (("thanh2", "phô1"), (_D, _P), ("thành phố",)),
    ("tp",): (("tp",), (_D, _P), ("thành phố",)),
    ("city",): (("city",), (_D, _P), ("thành phố",)),
    ("tinh",): (("tinh3",), (_P,), ("tỉnh",)),
    ("province",): (("province",), (_P,), ("tỉnh",)),
    ("prov",): (("prov",), (_P,), ("tỉnh",)),
}
_NEVER_NUMBERED: Final = frozenset({"h"})
"""Kinds whose units have no numbers: ``H12/3`` is a hẻm."""
_BEGIN_A_KIND: Final = frozenset(words[0] for words in _KIND_WORDS)
_ENGLISH: Final = frozenset({
    "ward", "commune", "township", "town", "district", "dist", "city", "province", "prov",
})  # fmt: skip


def _fits(text: Text, start: int, marked: tuple[str, ...]) -> bool:
    for i, expected in enumerate(marked, start):  # noqa: SIM110 - run for every word: a generator costs more
        if marks_conflict(text.marked[i], expected):
            return False
    return True


def kinds_of(text: Text) -> Kinds:
    """Find the words for kinds of units.

    Parameters
    ----------
    text : Text
        A tokenised address.

    Returns
    -------
    tuple of dict
        Kinds by the token after them (before a name), and English kinds by their own first token
        (after a name).
    """
    before: dict[int, Kind] = {}
    after: dict[int, Kind] = {}
    folded = text.folded
    for i, token in enumerate(folded):
        if token not in _BEGIN_A_KIND:
            continue
        pair = _KIND_WORDS.get((token, folded[i + 1])) if i + 1 < len(folded) else None
        if pair is not None and not text.breaks[i + 1] and _fits(text, i, pair[0]) and _is_one(text, i):
            before[i + 2] = Kind(i, i + 2, pair[1], pair[2])
        single = _KIND_WORDS.get((token,))
        if token in _NEVER_NUMBERED and i + 1 < len(folded) and folded[i + 1].isdigit():
            continue
        if single is not None and _fits(text, i, single[0]) and i + 1 not in before:
            kind = Kind(i, i + 1, single[1], single[2])
            if token in _ENGLISH and _follows_its_name(text, i):
                after[i] = kind
            else:
                before[i + 1] = kind
    return before, after


def _is_one(text: Text, position: int) -> bool:
    """Tell whether two words are one kind: not *Ân Thi xã Hồng Quang*, where only the second is accented."""
    first, second = (text.folded[i] != text.marked[i] for i in (position, position + 1))
    return first or not second


def _follows_its_name(text: Text, position: int) -> bool:
    """Tell whether an English kind stands after its name: unless it begins a part or a number follows."""
    if position == 0 or text.breaks[position]:
        return False
    follower = position + 1
    numbered = follower < len(text.folded) and text.breaks[follower] < 2 and text.folded[follower].isdigit()
    return not numbered
