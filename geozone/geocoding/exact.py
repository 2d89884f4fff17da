"""The fast way through well-formed addresses: their last parts looked up, the rest not read.

An address whose last parts are a commune with its kind, its district and its province (or, since 2025,
its province alone), all as in the official lists, has one answer whatever stands before, unless what
stands before may name units too. Everything else goes the long way, which gives the same answer.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from functools import cached_property
from typing import Final

from geozone.geocoding.lexicon import Lexicon
from geozone.geocoding.normalise import fold
from geozone.types import AdminLevel, Edition

__all__ = ["ExactReader"]

_C, _D, _P = AdminLevel.COMMUNE, AdminLevel.DISTRICT, AdminLevel.PROVINCE
_MOST_PARTS: Final = 200_000
_LONGEST_PART: Final = 100
"""Characters of the longest part that is looked up and kept; no name is as long."""
_SHORT: Final[dict[str, str]] = {
    "p": "phường", "q": "quận", "h": "huyện", "x": "xã", "tx": "thị xã", "tp": "thành phố", "tt": "thị trấn",
}  # fmt: skip
_SHORT_KIND: Final = re.compile(r"^(p|q|h|x|tx|tp|tt)(?:\.\s*|\s+)(?=\S)")
_UNIT_WORDS: Final = re.compile(
    r"\b(?:ph[uưươ]{1,3}[oơờ]{0,2}ng|x[aã]|th[iị] *tr[aấ]n|th[iị] *x[aã]|qu[aậ]n|huy[eệ]n|t[iỉ]nh|"
    r"th[aà]nh *ph[oố]|đ[aặ]c *khu|dac *khu|ward|commune|township|district|dist|city|province|prov|"
    r"tp|tx|tt|ttr|ph|p|q|h|x|f)\b"
    r"|\b[pqfhx]\d",
    re.IGNORECASE,
)
_DIGIT: Final = re.compile(r"\d")
_SPACES: Final = re.compile(r"\s+")


class ExactReader:
    """Reads well-formed tails.

    Parameters
    ----------
    lexicon : Lexicon
        Units of both editions.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._parts: dict[str, frozenset[int]] = {}

    def read(self, address: str) -> int | str | None:
        """Read a well-formed address.

        Parameters
        ----------
        address : str
            As written.

        Returns
        -------
        int or str or None
            Position of the one commune that it names; or the last parts, which stand for the whole but
            need the long way; or none where the whole needs it.
        """
        if not unicodedata.is_normalized("NFC", address):
            address = unicodedata.normalize("NFC", address)
        parts = address.split(",")
        if len(parts) < 2:
            return None
        provinces = self._part(parts[-1])
        if not provinces:
            return None
        size = 2
        communes = self._part(parts[-2])
        if len(parts) > 2 and self._has(communes, _D):
            size = 3
            unit = self._triple(self._part(parts[-3]), communes, provinces)
        else:
            unit = self._pair(communes, provinces)
            if unit is None and self._has(communes, _C) and self._is_harmless(parts[:-size]):
                return ",".join(parts[-size:])
        return unit if unit is not None and self._is_harmless(parts[:-size]) else None

    def _has(self, units: frozenset[int], level: AdminLevel) -> bool:
        return any(self._lexicon.units[unit].level is level for unit in units)

    def _triple(
        self, communes: frozenset[int], districts: frozenset[int], provinces: frozenset[int]
    ) -> int | None:
        fitting = []
        for unit in communes:
            row = self._lexicon.units[unit]
            if row.level is _C and row.district in districts and row.province in provinces:
                fitting.append(unit)
        return fitting[0] if len(fitting) == 1 else None

    def _pair(self, communes: frozenset[int], provinces: frozenset[int]) -> int | None:
        """Read a commune and a province of 2025 that has no namesake on that ground."""
        above = self._lexicon.above
        here = [unit for unit in communes if not provinces.isdisjoint(above(unit).all)]
        if len(here) != 1:
            return None
        only = self._lexicon.units[here[0]]
        if only.level is not _C or only.edition is not Edition.E2025 or only.province not in provinces:
            return None
        key = next(self._lexicon.keys_of(only.position))[0]
        for name in self._lexicon.names[key]:
            if name.unit != only.position and not provinces.isdisjoint(above(name.unit).all):
                return None
        return only.position

    def _is_harmless(self, head: list[str]) -> bool:
        """Tell whether what stands before cannot name a unit."""
        for part in head:
            if _UNIT_WORDS.search(part):
                return False
            if not _DIGIT.search(part) and fold(part) in self._lexicon.names:
                return False
        return True

    def _part(self, part: str) -> frozenset[int]:
        """Units whose official name one part is; communes only where their kind is written."""
        if len(part) > _LONGEST_PART:
            return frozenset()
        known = self._parts.get(part)
        if known is None:
            if len(self._parts) > _MOST_PARTS:
                self._parts.clear()
            known = self._parts[part] = self._official.get(_canonical(part), frozenset())
        return known

    @cached_property
    def _official(self) -> dict[str, frozenset[int]]:
        """Official names in lower case: with the kind for all, without for districts and provinces."""
        table: dict[str, set[int]] = defaultdict(set)
        for unit in self._lexicon.units:
            name = unit.name.casefold()
            table[f"{unit.kind} {name}"].add(unit.position)
            if unit.level is not _C and not name.isdigit():
                table[name].add(unit.position)
        return {name: frozenset(units) for name, units in table.items()}


def _canonical(part: str) -> str:
    text = part.strip().casefold()
    match = _SHORT_KIND.match(text)
    if match is not None:
        text = f"{_SHORT[match.group(1)]} {text[match.end() :]}"
    return _SPACES.sub(" ", text)
