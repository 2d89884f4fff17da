"""Former communes from an official record of changes: where each went, by name instead of by guess."""

from __future__ import annotations

from typing import Final, NamedTuple

import pandas as pd

from geozone.geocoding.history import PART_OF_FORMER
from geozone.geocoding.lexicon import Lexicon
from geozone.geocoding.normalise import fold
from geozone.geocoding.unit_names import LEVEL_KINDS, bare_name
from geozone.schema import WARD_CHANGES
from geozone.types import AdminLevel, Edition

__all__ = ["add_ward_changes"]

_C, _D, _P = AdminLevel.COMMUNE, AdminLevel.DISTRICT, AdminLevel.PROVINCE
_RECORDED: Final = 0.95
"""Trust in a former name that an official record knows."""
_FORMER_DISTRICT: Final = 0.9


class _Place(NamedTuple):
    """A commune as a record names it, kinds left out."""

    name: str
    district: str
    province: str


def add_ward_changes(lexicon: Lexicon, table: pd.DataFrame) -> int:
    """Know the communes of a lexicon by the names of those that became part of them.

    A chain (2019 to 2021 to 2025) is followed as far as it is known: a commune that the record names and the
    2021 table no longer has is looked up among the former names of that table.

    Parameters
    ----------
    lexicon : Lexicon
        Changed in place.
    table : DataFrame
        `WARD_CHANGES`.

    Returns
    -------
    int
        Names added or made certain.

    Raises
    ------
    DataError
        If the table breaks its contract.
    """
    WARD_CHANGES.validate(table, source="ward changes")
    changed = 0
    for row in table.itertuples(index=False):
        old = _place(row.name, row.district_name, row.province_name)
        new = _place(row.new_name, row.new_district_name, row.new_province_name)
        if old == new:
            continue
        for unit in _found(lexicon, row.new_code, new):
            if fold(old.name) != fold(lexicon.units[unit].name):
                lexicon.add_recorded(unit, old.name, _RECORDED)
                changed += 1
            _add_district(lexicon, unit, old)
    return changed


def _place(name: str, district: object, province: object) -> _Place:
    def bare(text: object, level: AdminLevel) -> str:
        return bare_name(text, LEVEL_KINDS[level])[0] if isinstance(text, str) else ""

    return _Place(bare(name, _C), bare(district, _D), bare(province, _P))


def _found(lexicon: Lexicon, code: object, place: _Place) -> list[int]:
    """Find the 2021 communes that a commune of the record is now, by its code or by its names."""
    unit = lexicon.by_code.get((Edition.E2021, _C, code)) if isinstance(code, str) else None
    key = fold(place.name)
    if unit is not None and key == fold(lexicon.units[unit].name):
        return [unit]
    named = []
    for name in lexicon.names.get(key, ()):
        row = lexicon.units[name.unit]
        if (
            row.level is _C
            and row.edition is Edition.E2021
            and _is_called(lexicon, row.province, place.province)
        ):
            named.append(name.unit)
    near = [unit for unit in named if _is_called(lexicon, lexicon.units[unit].district, place.district)]
    return near or (named if len(named) == 1 else [])


def _is_called(lexicon: Lexicon, unit: int, name: str) -> bool:
    return unit >= 0 and fold(name) in lexicon.keys(unit)


def _add_district(lexicon: Lexicon, unit: int, old: _Place) -> None:
    """Know the district of a commune by that of the former one, weakly where that still exists."""
    row = lexicon.units[unit]
    if row.district < 0 or not old.district or _is_called(lexicon, row.district, old.district):
        return
    alive = any(fold(old.district) == fold(lexicon.units[d].name) for d in lexicon.districts_of[row.province])
    lexicon.add_name(row.district, old.district, PART_OF_FORMER if alive else _FORMER_DISTRICT)
