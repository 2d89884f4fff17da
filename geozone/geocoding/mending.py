"""Mend what hides the kinds of units: a kind misspelled, run into its name or torn apart; a tail typed twice.

Tried only on addresses that are not understood as they stand, but for the tail.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Final, NamedTuple

from rapidfuzz.distance import OSA

from geozone.geocoding.keyboards import is_syllable
from geozone.geocoding.normalise import Text, Word, marks_conflict, word

__all__ = ["mend_kinds", "without_country", "without_repeats"]

_SHORTEST_REPEAT: Final = 4
"""Words of a tail that counts as typed twice; *Bắc Ninh, Bắc Ninh* is a city and its province."""
_COUNTRY: Final = (("viet", "nam"), ("vietnam",), ("vn",))
_LONGEST_NAME: Final = 5
_JOINED: Final = {
    **{kind: kind for kind in (
        "thitran", "thanhpho", "thixa", "phuong", "huyen", "quan", "tinh", "xa", "tt", "tp", "tx",
    )},
    "phuwowngf": "phuong", "huyeenj": "huyen", "quaanj": "quan", "tinhr": "tinh", "xax": "xa",
}  # fmt: skip
"""What a name may be run into, in letters or in Telex, and the kind that it is."""
_SINGLE: Final = ("phuong", "huyen", "quan", "tinh")
_PAIRS: Final = {"thitran": ("thi", "tran"), "thanhpho": ("thanh", "pho"), "thixa": ("thi", "xa")}
_ENGLISH: Final = ("ward", "commune", "district", "province", "township")
_MARKED: Final = {
    "phuong": "phương2", "huyen": "huyên5", "quan": "quân5", "tinh": "tinh3", "xa": "xa4", "thi": "thi5",
    "tran": "trân1", "thanh": "thanh2", "pho": "phô1", "tp": "tp",
}  # fmt: skip
_VIETNAMESE: Final = frozenset({*_SINGLE, "xa"})
_KINDS: Final = frozenset({*_VIETNAMESE, *_ENGLISH, "p", "q", "h", "x", "tt", "tx", "tp", "ph", "f"})


_RUN_KINDS: Final = frozenset({"thitran", "thanhpho", "thixa", "phuong", "huyen", "quan", "tinh", "xa", "tp"})
_SHORTEST_RUN: Final = 5
_LONGEST_RUN: Final = 90
"""Letters of words run together that are parted."""
_LONGEST_KEY: Final = 26
_NEVER: Final = 1e9


class _Edit(NamedTuple):
    """Words that replace those from `start` to `end`."""

    start: int
    end: int
    folded: tuple[str, ...]
    marked: tuple[str, ...]
    breaks: tuple[int, ...] = ()
    """What stands before each word but the first, where it is not a space."""


def without_repeats(text: Text) -> Text:
    """Leave out the tail of an address that says the same again.

    Parameters
    ----------
    text : Text
        A tokenised address.

    Returns
    -------
    Text
        Without the second of two equal tails of four words or more.
    """
    folded = text.folded
    size = len(folded) // 2
    while size >= _SHORTEST_REPEAT:
        if folded[-1] == folded[-1 - size] and folded[-size:] == folded[-2 * size : -size]:
            text = _cut(text, len(folded) - size)
            folded = text.folded
            size = min(size, len(folded) // 2)
        else:
            size -= 1
    return text


def without_country(text: Text) -> Text:
    """Leave out the country and the post code at the end of an address.

    Parameters
    ----------
    text : Text
        A tokenised address.

    Returns
    -------
    Text
        The same object where neither is there.
    """
    folded = text.folded
    end = len(folded)
    if end > 3 and folded[end - 1].isdigit() and len(text.written[end - 1]) in {5, 6}:
        end -= 1
    for country in _COUNTRY:
        size = len(country)
        if end > size + 1 and folded[end - size : end] == country:
            end -= size
            break
    if end == len(folded):
        return text
    return _cut(text, end)


def _cut(text: Text, end: int) -> Text:
    return Text(
        text.folded[:end], text.marked[:end], text.written[:end], text.breaks[:end], text.accented, text.aside
    )


def mend_kinds(text: Text, names: Container[str]) -> Text:
    """Put right the words for kinds, wherever a name that is known then follows or stands before.

    Parameters
    ----------
    text : Text
        A tokenised address.
    names : container of str
        Folded names of all units.

    Returns
    -------
    Text
        The same object where nothing was mended.
    """
    edits: list[_Edit] = []
    at = 0
    while at < len(text.folded):
        edit = _mended(text, at, names)
        if edit is None:
            at += 1
        else:
            edits.append(edit)
            at = edit.end
    return _applied(text, edits) if edits else text


def _mended(text: Text, at: int, names: Container[str]) -> _Edit | None:
    typed = text.folded[at]
    if typed in _KINDS:
        if typed in _VIETNAMESE and marks_conflict(text.marked[at], _MARKED[typed]):
            return _damaged(text, at, names)
        return _torn(text, at, names) if typed == "x" else None
    if not typed.isalpha():
        return _run_together(text, at, names)
    english = _english(text, at, names)
    if english is not None:
        return english
    return (
        _run_in(text, at, names)
        or _run_together(text, at, names)
        or _torn(text, at, names)
        or _damaged(text, at, names)
    )


def _english(text: Text, at: int, names: Container[str]) -> _Edit | None:
    """``Wqrd``, ``Commun``, ``DuongProvince``."""
    token = text.folded[at]
    if len(token) < 4 or is_syllable(token):
        return None
    for kind in _ENGLISH:
        if OSA.distance(token, kind, score_cutoff=1) <= 1:
            return _Edit(at, at + 1, (kind,), (kind,))
        rest = token.removesuffix(kind)
        if rest and rest != token and _ends_a_name(text, at, rest, names):
            return _Edit(at, at + 1, (rest, kind), (rest, kind))
    return None


def _run_in(text: Text, at: int, names: Container[str]) -> _Edit | None:
    """``XaKhanh Xuan``: a kind run into the first word of its name."""
    token, marked = text.folded[at], text.marked[at]
    if is_syllable(token):
        return None
    for typed, kind in _JOINED.items():
        rest = token.removeprefix(typed)
        if len(rest) > 1 and rest != token:
            spelled = word(rest) if typed != kind else Word(rest, marked[len(kind) :])
            if _begins_a_name(text, at + 1, spelled.folded, names):
                words = _PAIRS.get(kind, (kind,))
                return _Edit(at, at + 1, (*words, spelled.folded), (*words, spelled.marked))
    return None


def _run_together(text: Text, at: int, names: Container[str]) -> _Edit | None:
    """``VĩHuyện``, ``xasonvihuyenmeovac``: words with nothing between them, a kind among them."""
    letters = text.folded[at]
    if not _SHORTEST_RUN <= len(letters) <= _LONGEST_RUN or is_syllable(letters):
        return None
    follower = text.folded[at + 1] if at + 1 < len(text.folded) and not text.breaks[at + 1] else ""
    first = next(
        (pair[0] for pair in _PAIRS.values() if pair[1] == follower and letters.endswith(pair[0])), ""
    )
    before = _parted(letters.removesuffix(first), names) if first else None
    pieces = [*before, first] if before else _parted(letters, names) or []
    if pieces == [letters]:
        pieces = _before_a_kind(text, at, names)
    begun = bool(before)
    if len(pieces) < 2 or not (begun or any(piece in _RUN_KINDS for piece in pieces)):
        return None
    words: list[str] = []
    marked: list[str] = []
    breaks: list[int] = []
    for number, piece in enumerate(pieces, start=1):
        kind = _PAIRS.get(piece, (piece,))
        begins = piece in _RUN_KINDS or (begun and number == len(pieces))
        breaks += [2 if words and begins else 0, *[0] * (len(kind) - 1)]
        words += kind
        marked += [_MARKED[part] if begins and text.accented else part for part in kind]
    return _Edit(at, at + 1, tuple(words), tuple(marked), tuple(breaks))


def _before_a_kind(text: Text, at: int, names: Container[str]) -> list[str]:
    """Part ``SơnTỉnh``, a name as well, where the words before end and the words after begin another."""
    letters = text.folded[at]
    for kind in _RUN_KINDS:
        rest = letters.removesuffix(kind)
        parted = rest not in {"", letters} and is_syllable(rest) and _ends_a_name(text, at, rest, names)
        if parted and _begins_a_name(text, at + 1, "", names):
            return [rest, kind]
    return []


def _parted(letters: str, names: Container[str]) -> list[str] | None:
    """Part letters into kinds, names and single words, as few as can be; none if they cannot."""
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(letters) + 1):
        choices = []
        for start in range(max(0, end - _LONGEST_KEY), end):
            cost = _cost(letters[start:end], names)
            if cost < _NEVER and best[start][0] < _NEVER:
                choices.append((best[start][0] + cost, start))
        best.append(min(choices, default=(_NEVER, 0)))
    if best[-1][0] >= _NEVER:
        return None
    pieces: list[str] = []
    end = len(letters)
    while end:
        start = best[end][1]
        pieces.append(letters[start:end])
        end = start
    return pieces[::-1]


def _cost(piece: str, names: Container[str]) -> float:
    if piece in _RUN_KINDS:
        return 0.5
    if piece.isdigit():
        return 1.0 if len(piece) < 3 else _NEVER
    if len(piece) > 2 and piece in names:
        return 1.0
    return 1.2 if is_syllable(piece) else _NEVER


def _torn(text: Text, at: int, names: Container[str]) -> _Edit | None:
    """``x ã``, ``Phườn g``, ``Co mmune``: a kind torn apart."""
    if at + 1 >= len(text.folded) or text.breaks[at + 1]:
        return None
    kind = text.folded[at] + text.folded[at + 1]
    if kind in _ENGLISH:
        return _Edit(at, at + 2, (kind,), (kind,))
    if kind not in _VIETNAMESE or _begins_a_name(text, at + 2, text.folded[at + 1], names):
        return None
    return _Edit(at, at + 2, (kind,), (kind,)) if _begins_a_name(text, at + 2, "", names) else None


def _damaged(text: Text, at: int, names: Container[str]) -> _Edit | None:
    """``Xq Huong Do``: a kind misspelled at the start of a part whose rest is a name."""
    if at and not text.breaks[at]:
        return None
    end = _part_end(text, at)
    if end - at < 2 or "".join(text.folded[at:end]) in names:
        return None
    if "".join(text.folded[at + 1 : end]) in names:
        token = text.folded[at]
        for kind in _SINGLE:
            if OSA.distance(token, kind, score_cutoff=1) <= 1:
                return _Edit(at, at + 1, (kind,), (kind,))
        if len(token) <= 3 and OSA.distance(token, "xa", score_cutoff=1) <= 1:
            return _Edit(at, at + 1, ("xa",), ("xa",))
    if end - at > 2 and "".join(text.folded[at + 2 : end]) in names:
        for kind, words in _PAIRS.items():
            if OSA.distance("".join(text.folded[at : at + 2]), kind, score_cutoff=1) <= 1:
                return _Edit(at, at + 2, words, words)
    return None


def _part_end(text: Text, at: int) -> int:
    end = at + 1
    while end < len(text.folded) and not text.breaks[end]:
        end += 1
    return end


def _begins_a_name(text: Text, at: int, begun: str, names: Container[str]) -> bool:
    """Tell whether some letters and the words from here make a name."""
    return any(key in names for key in _grown(text, at, begun) if key)


def _grown(text: Text, at: int, begun: str) -> Iterator[str]:
    yield begun
    for position in range(at, min(at + _LONGEST_NAME, len(text.folded))):
        if text.breaks[position]:
            return
        begun += text.folded[position]
        yield begun


def _ends_a_name(text: Text, at: int, ended: str, names: Container[str]) -> bool:
    """Tell whether the words before and some letters make a name."""
    for position in range(at, max(-1, at - _LONGEST_NAME), -1):
        if ended in names:
            return True
        if text.breaks[position] or position == 0:
            return False
        ended = text.folded[position - 1] + ended
    return False


def _applied(text: Text, edits: list[_Edit]) -> Text:
    folded, marked, written, breaks = (
        list(text.folded),
        list(text.marked),
        list(text.written),
        list(text.breaks),
    )
    for edit in reversed(edits):
        size = len(edit.folded)
        quoted = " ".join(text.written[edit.start : edit.end])
        folded[edit.start : edit.end] = edit.folded
        marked[edit.start : edit.end] = edit.marked
        written[edit.start : edit.end] = [quoted, *[""] * (size - 1)]
        breaks[edit.start : edit.end] = [text.breaks[edit.start], *(edit.breaks[1:] or [0] * (size - 1))]
    return Text(
        tuple(folded), tuple(marked), tuple(written), tuple(breaks), accented=text.accented, aside=frozenset()
    )
