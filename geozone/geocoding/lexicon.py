"""Every unit of both editions under every name it is known by, as flat arrays and hash tables."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

from rapidfuzz.distance import OSA

from geozone.geocoding.normalise import fold, fold_joined, tokenise_name
from geozone.types import AdminLevel, Edition

__all__ = ["Above", "Lexicon", "Name", "Unit"]

_KIND_TYPED_ON: Final = re.compile(r"^(?:tt|huyen)|(?:xa|phuong|thitran)$")


class Unit(NamedTuple):
    """One unit of one edition."""

    position: int
    level: AdminLevel
    edition: Edition
    code: str
    name: str
    full_name: str
    kind: str
    district: int
    """Position of the district; -1 for none."""
    province: int
    """Position of the province; -1 for a province."""


class Name(NamedTuple):
    """One name that a unit is known by."""

    unit: int
    marked: tuple[str, ...]
    """Its words with their diacritics."""
    trust: float
    """1 for the official name, less for an alias or an abbreviation."""
    accented: bool
    """Whether the spelling of its diacritics is known; false for names kept unaccented."""
    former: bool = False
    """Whether it is the name of a commune that was merged before: not all its ground need be here."""


class Above(NamedTuple):
    """Units above one unit: its own, and those of the other edition on the same ground."""

    district: tuple[int, ...]
    province: tuple[int, ...]
    kin_districts: tuple[int, ...]
    kin_provinces: tuple[int, ...]
    all: tuple[int, ...]


@dataclass
class Lexicon:
    """Units and the tables that find them by name."""

    units: list[Unit] = field(default_factory=list)
    names: dict[str, list[Name]] = field(default_factory=lambda: defaultdict(list))
    """Folded name, words joined, to whoever is called so."""
    abbreviations: dict[str, list[Name]] = field(default_factory=lambda: defaultdict(list))
    """Initials and customary short forms; read only where an abbreviation is likely."""
    communes_of: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    """Communes of a district or of a province."""
    districts_of: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    by_code: dict[tuple[Edition, AdminLevel, str], int] = field(default_factory=dict)
    successors: dict[int, tuple[tuple[int, float], ...]] = field(default_factory=dict)
    """2021 commune to its 2025 communes with shares."""
    predecessors: dict[int, tuple[int, ...]] = field(default_factory=dict)
    """2025 commune to the 2021 communes it took from."""
    kin: dict[int, frozenset[int]] = field(default_factory=dict)
    """Commune to the districts and provinces of the other edition that share ground with it."""

    @cached_property
    def beginnings(self) -> frozenset[str]:
        """Whatever a folded name begins with, the whole name included."""
        return frozenset(name[:end] for name in self.names for end in range(1, len(name) + 1))

    def above(self, unit: int) -> Above:
        """Give the units above one unit, of both editions.

        Parameters
        ----------
        unit : int
            Position of a commune or district.

        Returns
        -------
        Above
            Positions of districts and provinces.
        """
        known = self._above.get(unit)
        if known is None:
            known = self._above[unit] = self._find_above(unit)
        return known

    def _find_above(self, unit: int) -> Above:
        row = self.units[unit]
        kin = self.kin.get(unit, frozenset())
        if row.level is AdminLevel.DISTRICT:
            kin = frozenset(p for c in self.communes_of[unit] for p in self.kin.get(c, ()))
        districts = tuple(sorted(u for u in kin if self.units[u].level is AdminLevel.DISTRICT))
        provinces = tuple(sorted(u for u in kin if self.units[u].level is AdminLevel.PROVINCE))
        own = (row.district,) if row.district >= 0 else ()
        return Above(own, (row.province,), districts, provinces, (*own, row.province, *districts, *provinces))

    def keys(self, unit: int) -> list[str]:
        """Give the folded keys that a unit is found under."""
        return self._keys[unit]

    def keys_of(self, unit: int) -> Iterator[tuple[str, Name]]:
        """Give the folded keys of a unit: its official name and its aliases."""
        for key in self._keys[unit]:
            for name in self.names[key]:
                if name.unit == unit:
                    yield key, name

    _above: dict[int, Above] = field(default_factory=dict)
    _keys: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add_name(self, unit: int, text: str, trust: float) -> None:
        """Know a unit by one more name.

        Parameters
        ----------
        unit : int
            Position of the unit.
        text : str
            The name, with its diacritics where they are known.
        trust : float
            1 for the official name, less for others.
        """
        tokens = tokenise_name(text)
        if not tokens.folded:
            return
        key = "".join(tokens.folded)
        known = self._keys[unit]
        if key in known:
            return
        accented = trust >= 1 or tokens.accented
        self.names[key].append(Name(unit, tokens.marked, trust, accented))
        known.append(key)

    def add_recorded(self, unit: int, text: str, trust: float) -> None:
        """Know a commune by a former name that is on record: no guess where its ground is.

        Parameters
        ----------
        unit : int
            Position of the unit.
        text : str
            The former name, with its diacritics.
        trust : float
            Less than 1.
        """
        key = fold(text)
        if key in self._keys[unit]:
            self._keys[unit].remove(key)
            self.names[key][:] = [name for name in self.names[key] if name.unit != unit]
        if not self._is_official_beside(unit, key):
            self.add_name(unit, text, trust)

    def add_alias(self, unit: int, text: str, trust: float) -> None:
        """Know a unit by an alias, which may be kept with its words joined.

        Parameters
        ----------
        unit : int
            Position of the unit.
        text : str
            ``Lý Thánh`` or ``lythanh``, without its kind.
        trust : float
            Less than 1.
        """
        if " " in text.strip():
            self.add_name(unit, text, trust)
            return
        key = fold_joined(text)
        known = self._keys[unit]
        if key and key not in known and not self._is_official_beside(unit, key):
            former = self.units[unit].edition is Edition.E2021 and _is_another_name(known[0], key)
            self.names[key].append(Name(unit, (key,), trust, False, former))
            known.append(key)

    def _is_official_beside(self, unit: int, key: str) -> bool:
        """Tell whether a folded name is the official one of another commune in the same district."""
        district = self.units[unit].district
        return district >= 0 and any(
            name.trust >= 1 and self.units[name.unit].district == district and name.unit != unit
            for name in self.names.get(key, ())
            if self.units[name.unit].level is AdminLevel.COMMUNE
        )

    def add_unit(self, row: Unit) -> None:
        """Add one unit under its official name."""
        self.units.append(row)
        self.by_code[(row.edition, row.level, row.code)] = row.position
        self.add_name(row.position, row.name, 1.0)
        if row.level is AdminLevel.COMMUNE:
            self.communes_of[row.province].append(row.position)
            if row.district >= 0:
                self.communes_of[row.district].append(row.position)
        elif row.level is AdminLevel.DISTRICT:
            self.districts_of[row.province].append(row.position)


def _is_another_name(official: str, alias: str) -> bool:
    """Tell whether an alias is more than another spelling of a folded name."""
    if official.isdigit() or alias.isdigit():
        return True
    plain = _KIND_TYPED_ON.sub("", alias) or alias
    return OSA.distance(official, plain, score_cutoff=1) > 1
