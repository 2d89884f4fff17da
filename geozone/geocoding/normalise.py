"""Text to tokens: one spelling for every way of writing a Vietnamese word.

A token carries two spellings. ``folded`` is plain ASCII, for searching. ``marked`` keeps the
diacritics in a canonical form, letters first and the tone as a digit at the end, so that ``Hòa``
and ``Hoà`` are one word (``hoa2``) whatever the Unicode form or the key that typed the tone.
Telex and VNI typing left undone (``Dicjh``, ``Vo5ng``) is finished here.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

from geozone.geocoding.keyboards import BASE, finish, finish_vni, plain, spells_vni

__all__ = [
    "MAX_CHARACTERS",
    "UNSEEN",
    "Text",
    "Word",
    "fold",
    "fold_joined",
    "marks_conflict",
    "tokenise",
    "tokenise_name",
    "word",
]

MAX_CHARACTERS: Final = 10_000
"""Longer text is not an address; the rest is not read."""
_LONGEST_KEPT: Final = 32
"""Letters of the longest word that is kept with its spellings."""
_HEAD_TOKENS: Final = 40
_TAIL_TOKENS: Final = 60
"""Of a longer text the middle is not read: units stand at one end or the other."""

_TONES: Final = {"\u0300": "2", "\u0301": "1", "\u0309": "3", "\u0303": "4", "\u0323": "5"}
_QUALITY: Final = frozenset("\u0302\u0306\u031b")

_Y_ENDING: Final = re.compile(r"^(?:(?:qu|[bcdghklmnpqrstvx]|th|kh|nh|ph|tr|ch)y(?:n|nh|ch|t|m)?|y)$")
_Y_JOINED: Final = re.compile(r"(?:(?<=[bcdghklmnpqrstvx])|(?<=qu)|^)y(?![aeiou])")
_MARKERS: Final = frozenset({
    "phuong", "quan", "p", "q", "f", "h", "x", "to", "tdp", "kp", "khom", "ap", "thon", "xom", "doi", "khu",
    "so", "sn", "ngo", "ngach", "hem", "kiet", "lo", "tang", "phong", "ward", "district",
})  # fmt: skip
"""Words that a number is typed onto: they are not unfinished VNI."""
_VNI_TYPED: Final = re.compile(r"[a-z][6-9][1-5]?[a-z]", re.IGNORECASE)
"""Digits inside words: the whole text was typed so."""
_VNI_JOINED: Final = re.compile(r"(?<=[1-5])(?=[A-Za-z])")
_DOTTED: Final = re.compile(
    r"(?<![^\W\d_])([^\W\d_])\.\s?(?=[b-df-hj-np-tv-xzđB-DF-HJ-NP-TV-XZĐ](?![^\W\d_]))"
)
"""Initials parted by dots (``T.P``); not before a vowel, which is a word of its own: ``P. Ô Chợ Dừa``."""
_APOSTROPHES: Final = re.compile(r"(?<=\w)\s?['’‘`´]\s?(?=\w)")
_PIECE: Final = re.compile(r"[^\W_]+|[^\w\s]+|_+|[\n\t\r]+")
_HARD: Final = re.compile(r"[,;|()\[\]{}\n\t\r<>•·]")
UNSEEN: Final = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
"""Soft hyphens and the like, which copying from a document leaves inside words."""
_DEPTHS: Final = {"(": 1, "[": 1, ")": -1, "]": -1}
_SOFT: Final = re.compile(r"[-–—/\\:_+&]")


class Word(NamedTuple):
    """One word in its two spellings."""

    folded: str
    """ASCII, lower case."""
    marked: str
    """Letters with their own diacritics, then the tone as a digit; equals ``folded`` when unaccented."""


class Text(NamedTuple):
    """A tokenised address: parallel tuples, one entry per token."""

    folded: tuple[str, ...]
    marked: tuple[str, ...]
    written: tuple[str, ...]
    """As typed, for quoting."""
    breaks: tuple[int, ...]
    """What stands before each token: 0 a space, 1 a hyphen, slash or dot, 2 a comma or stronger."""
    accented: bool
    """Whether any token carries a diacritic: then their absence elsewhere means something."""
    aside: frozenset[int] = frozenset()
    """Tokens in parentheses: a remark, an old name."""


def _split_tone(text: str) -> tuple[str, str, str]:
    """Return the folded letters, the letters with their quality marks, and the tone digit."""
    folded: list[str] = []
    letters: list[str] = []
    tone = ""
    for char in unicodedata.normalize("NFD", text):
        if char in _TONES:
            tone = _TONES[char]
        elif char in _QUALITY:
            if letters:
                letters[-1] = unicodedata.normalize("NFC", letters[-1] + char)
        elif char == "đ":
            folded.append("d")
            letters.append("đ")
        elif not unicodedata.combining(char):
            folded.append(char)
            letters.append(char)
    return "".join(folded), "".join(letters), tone


def word(text: str) -> Word:
    """Spell one word in the two canonical ways.

    Parameters
    ----------
    text : str
        One word, any case and Unicode form.

    Returns
    -------
    Word
        Its folded and its marked spelling.
    """
    return _kept_word(text) if len(text) <= _LONGEST_KEPT else _spell(text)


def _spell(text: str) -> Word:
    lowered = unicodedata.normalize("NFC", text.lower())
    folded, letters, tone = _split_tone(lowered)
    if not folded.isascii():
        decomposed = unicodedata.normalize("NFKD", folded)
        folded = "".join(c for c in decomposed if not unicodedata.combining(c))
        letters = folded
    if folded == lowered and folded.isascii():
        finished = finish(folded)
        if finished is not None:
            letters, tone = finished
            folded = plain(letters)
    if folded.isdigit():
        folded = letters = folded.lstrip("0") or "0"
    elif _Y_ENDING.match(folded):
        folded = folded.replace("y", "i")
        letters = letters.replace("y", "i")
    return Word(folded, letters + tone)


_kept_word = lru_cache(maxsize=1 << 16)(_spell)


def fold(text: str) -> str:
    """Return the search key of a name: folded words with nothing between them.

    Parameters
    ----------
    text : str
        A name, as written.

    Returns
    -------
    str
        ASCII letters and digits only.
    """
    return "".join(tokenise(text).folded)


def fold_joined(text: str) -> str:
    """Return the search key of a name whose words are already joined: ``lythanh``.

    Parameters
    ----------
    text : str
        A name without spaces, with or without diacritics.

    Returns
    -------
    str
        The key that `fold` gives for the same name with its spaces.
    """
    folded = text.lower()
    if not folded.isascii():
        folded, _, _ = _split_tone(unicodedata.normalize("NFC", folded))
    if not (folded.isascii() and folded.isalnum()):
        folded = "".join(char for char in folded if char.isascii() and char.isalnum())
    return _Y_JOINED.sub("i", folded)


def marks_conflict(typed: str, name: str) -> bool:
    """Tell whether typed diacritics contradict a name: missing ones never do.

    Parameters
    ----------
    typed, name : str
        Marked spellings of the same folded word.

    Returns
    -------
    bool
        True when a mark was typed that the name does not have.
    """
    if typed == name:
        return False
    return _kept_conflict(typed, name) if len(typed) <= _LONGEST_KEPT else _conflict(typed, name)


def _conflict(typed: str, name: str) -> bool:
    typed_tone = typed[-1] if typed[-1:].isdigit() else ""
    name_tone = name[-1] if name[-1:].isdigit() else ""
    if typed_tone and typed_tone != name_tone:
        return True
    letters_typed = typed.rstrip("12345") if typed_tone else typed
    letters_name = name.rstrip("12345") if name_tone else name
    if len(letters_typed) != len(letters_name):
        return True
    return any(a != b and a in BASE for a, b in zip(letters_typed, letters_name, strict=True))


_kept_conflict = lru_cache(maxsize=1 << 15)(_conflict)


def _prepare(text: str) -> str:
    text = text[:MAX_CHARACTERS]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.translate(UNSEEN))
    if "'" in text or "’" in text or "‘" in text or "`" in text or "´" in text:
        text = _APOSTROPHES.sub("", text)
    if "." in text:
        text = _DOTTED.sub(r"\1", text)
    return text


def _unglue(piece: str, *, vni: bool) -> tuple[str, ...]:
    """Part a marker from the number typed onto it: ``P4``, ``Tổ5``, ``Q10``; but not ``To6`` among VNI."""
    if not piece[-1:].isdigit() and not piece[-2:-1].isdigit():
        return (piece,)
    if vni and len(piece) > 4 and piece.isascii() and finish_vni(piece.lower()) is None:
        return tuple(_VNI_JOINED.split(piece))
    letters = piece.rstrip("0123456789")
    if not letters or letters == piece:
        return (piece,)
    if not letters.isalpha() or (vni and spells_vni(piece)):
        return (piece,)
    if word(letters).folded in _MARKERS:
        return (letters, piece[len(letters) :])
    return (piece,)


def _vni_word(text: str) -> Word:
    """Spell a word of a text typed in VNI, even if it is misspelled: its digits are never a number."""
    short = len(text) <= _LONGEST_KEPT and text.isascii() and text[0].isalpha()
    finished = finish_vni(text.lower()) if short else None
    return word(text) if finished is None else Word(plain(finished[0]), finished[0] + finished[1])


def tokenise(text: str) -> Text:
    """Split an address into tokens.

    Parameters
    ----------
    text : str
        An address as written; only its first 10,000 characters are read.

    Returns
    -------
    Text
        The tokens, empty when the text holds no letter or digit; of more than a hundred the first forty
        and the last sixty.
    """
    folded: list[str] = []
    marked: list[str] = []
    written: list[str] = []
    breaks: list[int] = []
    aside: list[int] = []
    pending, depth = 2, 0
    prepared = _prepare(text)
    vni = _VNI_TYPED.search(prepared) is not None
    for piece in _PIECE.findall(prepared):
        first = piece[0]
        if not first.isalnum():
            if _HARD.search(piece):
                pending = 2
                depth = max(0, depth + sum(_DEPTHS.get(char, 0) for char in piece))
            elif _SOFT.search(piece) or "." in piece:
                pending = max(pending, 1)
            continue
        for part in (piece,) if piece.isalpha() else _unglue(piece, vni=vni):
            spelled = word(part)
            if vni and not spelled.folded.isalpha():
                spelled = _vni_word(part)
            if spelled.folded:
                if depth:
                    aside.append(len(folded))
                folded.append(spelled.folded)
                marked.append(spelled.marked)
                written.append(part)
                breaks.append(pending)
                pending = 0
    if len(folded) > _HEAD_TOKENS + _TAIL_TOKENS:
        breaks[-_TAIL_TOKENS] = 2
        for column in (folded, marked, written):
            del column[_HEAD_TOKENS:-_TAIL_TOKENS]
        del breaks[_HEAD_TOKENS:-_TAIL_TOKENS]
        aside = []
    accented = folded != marked
    return Text(tuple(folded), tuple(marked), tuple(written), tuple(breaks), accented, frozenset(aside))


@lru_cache(maxsize=1 << 14)
def tokenise_name(text: str) -> Text:
    """Split the name of a unit into tokens: `tokenise`, quicker for plain words and kept.

    Parameters
    ----------
    text : str
        A name, as written.

    Returns
    -------
    Text
        What `tokenise` gives.
    """
    pieces = text.split(" ")
    if len(pieces) > _HEAD_TOKENS or not all(map(str.isalpha, pieces)):
        return tokenise(text)
    if not unicodedata.is_normalized("NFKC", text):
        return tokenise(text)
    words = [word(piece) for piece in pieces]
    folded = tuple([spelled.folded for spelled in words])
    if not all(folded):
        return tokenise(text)
    marked = tuple([spelled.marked for spelled in words])
    return Text(folded, marked, tuple(pieces), (2, *[0] * (len(words) - 1)), folded != marked)
