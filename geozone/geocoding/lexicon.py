"""Every unit of both editions under every name it is known by, as flat arrays and hash tables."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, NamedTuple

import pandas as pd
from rapidfuzz.distance import OSA

from geozone.geocoding.history import FORMER_DISTRICTS, PART_OF_FORMER, PROVINCE_ABBREVIATIONS, PROVINCE_NAMES
from geozone.geocoding.normalise import fold, fold_joined, tokenise, tokenise_name
from geozone.geocoding.unit_names import LEVEL_KINDS, bare_name, without_note
from geozone.types import AdminLevel, Edition

__all__ = ["Above", "Lexicon", "Name", "Unit", "build_lexicon"]

_MAIN_SUCCESSOR: Final = 3.0
_ODDS: Final = ("code_2021", "code_2025", "odds")
_ALIAS: Final = 0.9
_NUMBERED: Final = re.compile(r"^(?:phuong|p|f|ward|w)(\d{1,2})$")
_KIND_TYPED_ON: Final = re.compile(r"^(?:tt|huyen)|(?:xa|phuong|thitran)$")
_JOINED_KIND: Final = re.compile(r"^(?:phuong|phường|xa|xã|thitran|thịtrấn)([^ ]+)$")


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


def _rows(table: pd.DataFrame, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """Walk through the rows of some columns; a column of text is converted at once, not cell by cell."""
    return zip(*(table[name].to_numpy(dtype=object) for name in columns), strict=True)


def _add_edition(lexicon: Lexicon, communes: pd.DataFrame, edition: Edition) -> None:
    """Add provinces, then districts, then communes of one edition."""
    provinces = communes.drop_duplicates("province_code")
    for code, full_name in _rows(provinces, ["province_code", "province_name"]):
        name, kind = bare_name(full_name, LEVEL_KINDS[AdminLevel.PROVINCE])
        position = len(lexicon.units)
        lexicon.add_unit(
            Unit(position, AdminLevel.PROVINCE, edition, code, name, full_name, kind, -1, position)
        )
    if edition is Edition.E2021:
        _add_districts(lexicon, communes)
    columns = ["code", "full_name", "kind", "parent_code", "province_code"]
    for code, full_name, known_kind, parent, province_code in _rows(communes, columns):
        name, kind = bare_name(full_name, LEVEL_KINDS[AdminLevel.COMMUNE])
        if not kind:
            name, kind = bare_name(full_name, LEVEL_KINDS[AdminLevel.DISTRICT])
        province = lexicon.by_code[(edition, AdminLevel.PROVINCE, province_code)]
        district = -1
        if edition is Edition.E2021:
            district = lexicon.by_code.get((edition, AdminLevel.DISTRICT, parent), -1)
        shown = without_note(full_name)
        lexicon.add_unit(
            Unit(
                len(lexicon.units),
                AdminLevel.COMMUNE,
                edition,
                code,
                name,
                shown,
                kind or str(known_kind).lower(),
                district,
                province,
            )
        )


def _add_districts(lexicon: Lexicon, communes: pd.DataFrame) -> None:
    has_district = communes["parent_code"].notna() & communes["district_name"].notna()
    districts = communes[has_district].drop_duplicates("parent_code")
    columns = ["parent_code", "district_name", "province_code"]
    for code, full_name, province_code in _rows(districts, columns):
        name, kind = bare_name(full_name, LEVEL_KINDS[AdminLevel.DISTRICT])
        province = lexicon.by_code[(Edition.E2021, AdminLevel.PROVINCE, province_code)]
        position = len(lexicon.units)
        shown = without_note(full_name)
        lexicon.add_unit(
            Unit(position, AdminLevel.DISTRICT, Edition.E2021, code, name, shown, kind, position, province)
        )


def _probabilities(crosswalk: pd.DataFrame) -> pd.DataFrame:
    """Turn shares of ground into the odds of an address.

    The shares of a divided commune come from approximate outlines. On 906 addresses of known place
    in divided wards of Ha Noi the mean log loss was 0.88 by the shares alone, 0.70 by the published
    list (the main successor three times as likely as another), and 0.65 by the mean of the two.
    """
    table = crosswalk[["code_2021", "code_2025"]].copy()
    owner = crosswalk["code_2021"]
    share = crosswalk["share"].astype(float)
    table["odds"] = share / share.groupby(owner).transform("sum")
    if "is_default" in crosswalk.columns:
        weight = 1 + (_MAIN_SUCCESSOR - 1) * crosswalk["is_default"].astype(float)
        table["odds"] = (table["odds"] + weight / weight.groupby(owner).transform("sum")) / 2
    return table


def _link_editions(lexicon: Lexicon, crosswalk: pd.DataFrame) -> None:
    """Fill the successors, the predecessors and the kin of every commune."""
    onward: dict[int, list[tuple[int, float]]] = defaultdict(list)
    backward: dict[int, list[int]] = defaultdict(list)
    for code_2021, code_2025, share in _rows(_probabilities(crosswalk), _ODDS):
        old = lexicon.by_code.get((Edition.E2021, AdminLevel.COMMUNE, code_2021))
        new = lexicon.by_code.get((Edition.E2025, AdminLevel.COMMUNE, code_2025))
        if old is not None and new is not None:
            onward[old].append((new, float(share)))
            backward[new].append(old)
    units = lexicon.units
    for old, members in onward.items():
        lexicon.successors[old] = tuple(sorted(members, key=lambda member: -member[1]))
        lexicon.kin[old] = frozenset(units[new].province for new, _ in members)
    for new, olds in backward.items():
        lexicon.predecessors[new] = tuple(olds)
        kin = {units[old].province for old in olds} | {units[old].district for old in olds}
        lexicon.kin[new] = frozenset(kin - {-1})


def _add_initials(lexicon: Lexicon) -> None:
    """Know provinces and districts by their initials, which are often shared."""
    for row in lexicon.units:
        if row.level is AdminLevel.COMMUNE:
            continue
        words = tokenise(row.name).folded
        if len(words) > 1:
            initials = "".join(part[0] for part in words)
            lexicon.abbreviations[initials].append(Name(row.position, (initials,), 0.8, False))
    for (level, folded_name), shorts in PROVINCE_ABBREVIATIONS.items():
        owners = [name.unit for name in lexicon.names.get(folded_name, ()) if name.trust >= 1]
        for unit in owners:
            if lexicon.units[unit].level is level:
                for short in shorts:
                    _prefer(lexicon.abbreviations[short], Name(unit, (short,), 0.95, False))


def _add_former_districts(lexicon: Lexicon) -> None:
    """Know districts by the names of those that were merged into them."""
    old = {
        (lexicon.units[row.province].name, row.name): row.position
        for row in lexicon.units
        if row.level is AdminLevel.DISTRICT
    }
    for former in FORMER_DISTRICTS:
        for name in former.now:
            unit = old.get((former.province, name))
            if unit is not None:
                lexicon.add_name(unit, former.name, PART_OF_FORMER if former.alive else _ALIAS)


def _prefer(entries: list[Name], name: Name) -> None:
    entries[:] = [entry for entry in entries if entry.unit != name.unit]
    entries.append(name)


def _add_aliases(lexicon: Lexicon, edition: Edition, table: pd.DataFrame) -> None:
    """Know communes by their other names; a name kept with its kind is freed of it."""
    pairs = dict.fromkeys(_rows(table, ["code", "alias"]))
    for code, alias in pairs:
        unit = lexicon.by_code.get((edition, AdminLevel.COMMUNE, code))
        if unit is None:
            continue
        numbered = _NUMBERED.match(alias)
        joined = _JOINED_KIND.match(alias)
        if numbered:
            lexicon.add_alias(unit, numbered.group(1).lstrip("0"), _ALIAS)
        elif joined is None:
            lexicon.add_alias(unit, bare_name(alias, LEVEL_KINDS[AdminLevel.COMMUNE])[0], _ALIAS)
        elif (code, joined.group(1)) not in pairs and fold_joined(joined.group(1)) not in lexicon.keys(unit):
            lexicon.add_alias(unit, alias, _ALIAS)


def build_lexicon(
    units_2025: pd.DataFrame,
    units_2021: pd.DataFrame,
    crosswalk: pd.DataFrame,
    aliases: Iterable[tuple[Edition, pd.DataFrame]] = (),
) -> Lexicon:
    """Build the lexicon of both editions.

    Parameters
    ----------
    units_2025, units_2021 : DataFrame
        Communes of each edition (`UNITS`); their districts and provinces are read from them.
    crosswalk : DataFrame
        Old to new communes (`CROSSWALK`).
    aliases : iterable of (Edition, DataFrame)
        Tables of ``code, alias``: other names of communes.

    Returns
    -------
    Lexicon
        Ready to be searched.
    """
    lexicon = Lexicon()
    _add_edition(lexicon, units_2021, Edition.E2021)
    _add_edition(lexicon, units_2025, Edition.E2025)
    _link_editions(lexicon, crosswalk)
    for edition, table in aliases:
        _add_aliases(lexicon, edition, table)
    for folded_name, others in PROVINCE_NAMES.items():
        for owner in list(lexicon.names.get(folded_name, ())):
            if lexicon.units[owner.unit].level is AdminLevel.PROVINCE:
                for other in others:
                    lexicon.add_name(owner.unit, other, 0.95)
    _add_former_districts(lexicon)
    _add_initials(lexicon)
    return lexicon
