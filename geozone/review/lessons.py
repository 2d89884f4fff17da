"""What a decision teaches: the phrase of an address that means the commune chosen, or nothing.

A phrase is matched word by word in later addresses, whatever else they say. So it must name the place
and what the place is in, and never a house: *thôn Giang Liễu, xã Phương Liễu, huyện Quế Võ*. Where one
ward was divided, the ward says nothing: only a hamlet or an estate inside it does. Where nothing fit to
be taught is in the address, nothing is; the decision still holds for the same address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

import pandas as pd

from geozone.geocoding.history import PROVINCE_ABBREVIATIONS, PROVINCE_NAMES
from geozone.geocoding.kinds import kinds_of
from geozone.geocoding.normalise import Text, fold, tokenise
from geozone.geocoding.unit_names import LEVEL_KINDS, bare_name
from geozone.types import AdminLevel

__all__ = ["UnitNames", "phrase_finder", "phrase_to_teach"]

_C, _D, _P = AdminLevel.COMMUNE, AdminLevel.DISTRICT, AdminLevel.PROVINCE
_ABOVE: Final = frozenset({_D, _P})
_HAMLETS: Final = frozenset({
    "thon", "xom", "ap", "ban", "buon", "bon", "lang", "to", "tdp", "kp", "khom", "khu", "doi", "cum", "kdt",
    "kcn", "ccn", "ktx", "chung", "toa", "phum", "soc", "plei",
})  # fmt: skip
"""First words of places small enough to lie in one commune."""
_STREETS: Final = frozenset({
    "duong", "pho", "ngo", "ngach", "hem", "kiet", "ql", "tl", "dl", "dt", "quoc", "tinh", "dai", "street",
    "road", "st", "lane", "alley", "cau", "km",
})  # fmt: skip
"""First words of what runs through several communes."""
_NUMBERED: Final = frozenset({"so", "sn", "nha", "ngo", "ngach", "hem", "kiet", "lo", "can", "phong"})
"""Words that a house or alley number follows."""
_GENERIC: Final = frozenset({
    "gan", "doi", "dien", "sau", "canh", "cho", "truong", "nha", "tro", "khong", "ro", "cu", "moi", "khu",
    "cong", "ty", "benh", "vien", "chua", "dinh", "so", "pho", "tai", "o", "khach", "san", "cach", "ly",
})  # fmt: skip
"""Words that name no place by themselves."""


class UnitNames(NamedTuple):
    """Folded names of units, by level."""

    communes: frozenset[str]
    districts: frozenset[str]
    provinces: frozenset[str]

    @classmethod
    def of(cls, tables: Iterable[pd.DataFrame]) -> UnitNames:
        """Collect the names of the communes of some editions and of what they are in.

        Parameters
        ----------
        tables : iterable of DataFrame
            Communes (``UNITS``).

        Returns
        -------
        UnitNames
            Without their kinds.
        """
        found: dict[AdminLevel, set[str]] = {_C: set(), _D: set(), _P: set()}
        for table in tables:
            for level, column in ((_C, "name"), (_D, "district_name"), (_P, "province_name")):
                names = table[column].dropna().unique() if column in table.columns else ()
                found[level] |= {fold(bare_name(name, LEVEL_KINDS[level])[0]) for name in names}
        for (level, name), shorts in PROVINCE_ABBREVIATIONS.items():
            found[level] |= {name, *shorts}
        for name, others in PROVINCE_NAMES.items():
            found[_P] |= {name, *(fold(other) for other in others)}
        return cls(*(frozenset(found[level] - {""}) for level in (_C, _D, _P)))


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of an address between commas or before the word for a kind."""

    start: int
    end: int
    levels: frozenset[AdminLevel]
    """What it may name; empty where it names no unit."""
    numbered: bool = False
    """Whether a house or alley number stood before it: then a bare name is a street."""


def phrase_to_teach(address: str | None, names: UnitNames, *, finer: bool) -> str | None:
    """Choose the phrase of an address that a decision about it teaches.

    Parameters
    ----------
    address : str or None
        The address decided about.
    names : UnitNames
        Names of units, to tell them from streets and hamlets.
    finer : bool
        Whether the units named leave the commune open (a divided ward, a district alone): then only a
        hamlet or an estate inside them can mean it.

    Returns
    -------
    str or None
        The phrase with its district or province; none where the address has none that is fit.
    """
    text = tokenise(address or "")
    parts = _parts(text, names)
    first = len(parts)
    while first > 0 and parts[first - 1].levels:
        first -= 1
    units = parts[first:]
    if not any(part.levels & _ABOVE for part in units[-2:]):
        return None
    inner = parts[first - 1] if first else None
    inner = None if inner is None or inner.start >= inner.end else inner
    # Of two units the first may be the district: Hà Đông was one, and is the name of a ward.
    has_commune = len(units) > 1 and _C in units[0].levels
    has_commune = has_commune and (len(units) > 2 or not units[0].levels & _ABOVE)
    if inner is not None and _is_fit(text, inner, finer=finer or has_commune, has_commune=has_commune):
        start = inner.start if finer or not has_commune else units[0].start
    elif has_commune and not finer:
        start = units[0].start
    else:
        return None
    return _written(text, start, units[-1].end)


def _parts(text: Text, names: UnitNames) -> list[_Part]:
    """Split an address at its commas and before the words for kinds of units."""
    found_kinds, _ = kinds_of(text)
    ends = {kind.end for kind in found_kinds.values()}
    # The word after a kind begins a name, even if it looks like a kind: xã Phương Liễu.
    kinds = {at: kind for at, kind in found_kinds.items() if kind.start not in ends}
    starts = {kind.start for kind in kinds.values()}
    cuts = [i for i in range(len(text.folded)) if i == 0 or text.breaks[i] == 2 or i in starts]
    found = []
    for start, end in pairwise([*cuts, len(text.folded)]):
        kind = next((one for one in kinds.values() if one.start == start and one.end < end), None)
        if kind is not None:
            found.append(_Part(start, end, frozenset(kind.levels)))
            continue
        begin = _after_number(text, start, end)
        # A bare name after a house number is a street, even if a commune is called so.
        numbered = begin > start
        levels = frozenset() if numbered else _levels("".join(text.folded[begin:end]), names)
        found.append(_Part(begin, end, levels, numbered=numbered))
    return found


def _levels(key: str, names: UnitNames) -> frozenset[AdminLevel]:
    pairs = ((_C, names.communes), (_D, names.districts), (_P, names.provinces))
    return frozenset(level for level, known in pairs if key in known)


def _after_number(text: Text, start: int, end: int) -> int:
    """Skip a house or alley number at the beginning of a part; a numbered hamlet keeps its number."""
    while start < end:
        word = text.folded[start]
        number = any(char.isdigit() for char in word)
        ahead = start + 1 < end and any(char.isdigit() for char in text.folded[start + 1])
        if not (number or (word in _NUMBERED and (ahead or word in {"so", "sn"}))):
            return start
        start += 1
    return start


def _is_fit(text: Text, part: _Part, *, finer: bool, has_commune: bool) -> bool:
    """Tell whether a part that names no unit is a place inside one commune, by a name of its own."""
    words = text.folded[part.start : part.end]
    if words[0] in _STREETS:
        return False
    if words[0] in _HAMLETS:
        rest = words[1:]
        numbered = all(any(char.isdigit() for char in word) or len(word) == 1 for word in rest)
        return bool(rest) and (has_commune or not numbered)
    named = [word for word in words if word.isalpha() and len(word) > 1 and word not in _GENERIC]
    return not finer and not part.numbered and len(named) > 1


def _written(text: Text, start: int, end: int) -> str | None:
    """Write words of an address so that they are read again as the same words."""
    rest = (f"{', ' if text.breaks[i] == 2 else ' '}{text.written[i]}" for i in range(start + 1, end))
    phrase = text.written[start] + "".join(rest)
    return phrase if tokenise(phrase).folded == text.folded[start:end] else None


def phrase_finder(phrase: str) -> Callable[[str], bool]:
    """Make a test for addresses that a phrase would be found in.

    Parameters
    ----------
    phrase : str
        As written.

    Returns
    -------
    callable
        Tells of an address whether the words of the phrase stand in it, in order and side by side.
    """
    wanted = tokenise(phrase).folded

    def holds(address: str) -> bool:
        words = tokenise(address).folded
        return any(words[i : i + len(wanted)] == wanted for i in range(len(words) - len(wanted) + 1))

    return holds
