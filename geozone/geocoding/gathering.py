"""Gather the names of every unit of both editions into a lexicon."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import pandas as pd

from geozone.geocoding.history import FORMER_DISTRICTS, PART_OF_FORMER, PROVINCE_ABBREVIATIONS, PROVINCE_NAMES
from geozone.geocoding.lexicon import Lexicon, Name, Unit
from geozone.geocoding.normalise import fold_joined, tokenise
from geozone.geocoding.unit_names import LEVEL_KINDS, bare_name, without_note
from geozone.types import AdminLevel, Edition

__all__ = ["build_lexicon"]

_MAIN_SUCCESSOR: Final = 3.0
_ODDS: Final = ("code_2021", "code_2025", "odds")
_ALIAS: Final = 0.9
_NUMBERED: Final = re.compile(r"^(?:phuong|p|f|ward|w)(\d{1,2})$")
_JOINED_KIND: Final = re.compile(r"^(?:phuong|phường|xa|xã|thitran|thịtrấn)([^ ]+)$")


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
