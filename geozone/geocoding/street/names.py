"""Keys by which the names of a gazetteer are found: what remains of a name when its kind is left out."""

from __future__ import annotations

from typing import Final, NamedTuple

from geozone.geocoding.normalise import Text, tokenise
from geozone.geocoding.street.house_numbers import is_number
from geozone.geocoding.street.parts import Parts, Span, read_parts, separators
from geozone.types import PlaceKind

__all__ = ["KnownName", "NameKey", "place_key", "read_name", "street_key"]

_ROADS: Final = frozenset({"ql", "tl", "hl", "dt"})
_MOST_KEYS: Final = 2
_MONTHS: Final = {
    "gieng": "1", "hai": "2", "ba": "3", "tu": "4", "nam": "5", "sau": "6", "bai": "7", "tam": "8",
    "chin": "9", "muoi": "10", "chap": "12",
}  # fmt: skip


class NameKey(NamedTuple):
    """One way to find a name."""

    key: str
    marked: tuple[str, ...]
    """Its words with their diacritics."""
    cue: str
    """The word for its kind, folded; empty for none."""
    written: str
    """The name as it is written, with the word for its kind."""


class KnownName(NamedTuple):
    """A name of the gazetteer, taken apart."""

    keys: tuple[NameKey, ...]
    alleys: tuple[str, ...]
    number: str | None


def street_key(words: tuple[str, ...], cue: str) -> str:
    """Give the key of a street.

    Parameters
    ----------
    words : tuple of str
        Folded words of its name, without the word for its kind.
    cue : str
        That word; empty for none.

    Returns
    -------
    str
        ``letrongtan``; numbered streets keep their kind: ``ql1a``, ``d7`` for đường 7 and đường số 7.
    """
    name = words[1:] if words[0] == "so" and len(words) > 1 and words[1][0].isdigit() else words
    joined = "".join(_month(name))
    if cue in _ROADS:
        return cue + joined
    return "d" + joined if name[0][0].isdigit() else joined


def _month(words: tuple[str, ...]) -> tuple[str, ...]:
    """Write dates in one way: tháng tám is tháng 8, and 30 tháng 4 is 30/4."""
    if "thang" not in words[:-1]:
        return words
    at = words.index("thang")
    month = _MONTHS.get(words[at + 1], words[at + 1])
    before = words[:at]
    middle = () if before and before[-1].isdigit() else ("thang",)
    return (*before, *middle, month, *words[at + 2 :])


def place_key(words: tuple[str, ...]) -> str:
    """Give the key of a hamlet, an estate, a building or a park.

    Parameters
    ----------
    words : tuple of str
        Folded words of its name, without the word for its kind.

    Returns
    -------
    str
        The words joined; ``3`` for tổ số 3.
    """
    return "".join(words[1:] if words[0] == "so" and len(words) > 1 else words)


def read_name(name: str, kind: PlaceKind) -> KnownName:
    """Take a name of the gazetteer apart.

    Parameters
    ----------
    name : str
        ``Ngõ 192 Lê Trọng Tấn``, ``Thôn Đoài``.
    kind : PlaceKind
        What it is.

    Returns
    -------
    KnownName
        Without keys where nothing can be made of it.
    """
    text = tokenise(name)
    if not text.folded:
        return KnownName((), (), None)
    parts = read_parts(text, separators(name, text))
    if kind in (PlaceKind.STREET, PlaceKind.ADDRESS):
        return KnownName(_street_keys(text, parts, kind), parts.alleys, parts.number)
    return KnownName(_place_keys(text, parts), (), None)


def _street_keys(text: Text, parts: Parts, kind: PlaceKind) -> tuple[NameKey, ...]:
    spans = parts.streets[: 1 if kind is PlaceKind.STREET else _MOST_KEYS]
    keys = [_key(text, span, street=True) for span in spans]
    if not keys and parts.alleys:
        return (NameKey("", (), "", ""),)
    return tuple(dict.fromkeys(keys))


def _place_keys(text: Text, parts: Parts) -> tuple[NameKey, ...]:
    """Key of a place: without the word for its kind where it has one, and as it stands."""
    keys = [_key(text, span, street=False) for span in parts.places if span.start <= 4][:1]
    whole = Span(0, len(text.folded), "", None, 2)
    return tuple(dict.fromkeys([*keys, _key(text, whole, street=False)]))


def _key(text: Text, span: Span, *, street: bool) -> NameKey:
    words = text.folded[span.start : span.end]
    key = street_key(words, span.cue) if street else place_key(words)
    first = span.start
    while span.cue and first > 0 and text.breaks[first] < 2 and not is_number(text.folded[first - 1]):
        first -= 1
    written = " ".join(text.written[first : span.end])
    return NameKey(key, text.marked[span.start : span.end], span.cue, written)
