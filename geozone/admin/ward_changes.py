"""Records of communes that were merged, divided or renamed, as the statistics office keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from geozone.admin.codes import as_code
from geozone.errors import DataError, Fault
from geozone.schema import WARD_CHANGES
from geozone.tables import map_columns, read_table
from geozone.types import Source

__all__ = ["WardChanges", "read_ward_changes"]

_WIDTH: Final = 5
"""Digits of a commune's code."""
_WARD: Final = "(ten )?(px|xa|phuong|phuong xa|xa phuong|phuong xa thi tran|xa phuong thi tran|don vi)"
_DISTRICT: Final = "(ten )?(qh|huyen|quan|quan huyen|huyen quan)"
_PROVINCE: Final = "(ten )?(tinh|tinh thanh|tinh thanh pho|thanh pho tinh|tp tinh)"
_CODE: Final = "ma (so )?(px|xa|phuong|phuong xa|xa phuong|don vi)"
_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "code": ("wc", f"{_CODE}( cu)?", "(old )?(ward )?code"),
    "name": ("w", f"{_WARD}( cu)?", "(old )?(ward )?name|ten cu"),
    "district_name": ("d", f"{_DISTRICT}( cu)?", "(old )?district( name)?"),
    "province_name": ("p", f"{_PROVINCE}( cu)?", "(old )?province( name)?"),
    "new_code": ("wc2", f"{_CODE} moi", "new (ward )?code"),
    "new_name": ("w2", f"{_WARD} moi", "new (ward )?name|ten moi"),
    "new_district_name": ("d2", f"{_DISTRICT} moi", "new district( name)?"),
    "new_province_name": ("p2", f"{_PROVINCE} moi", "new province( name)?"),
}


@dataclass(frozen=True, slots=True, eq=False)
class WardChanges:
    """A record of changes that was read and checked.

    Attributes
    ----------
    table : DataFrame
        `geozone.schema.WARD_CHANGES`: one row per former commune and commune that it went to.
    faults : tuple of Fault
        Rows that were left out, and why.
    source : Source
        File name and checksum.
    """

    table: pd.DataFrame
    faults: tuple[Fault, ...]
    source: Source


def read_ward_changes(path: str | Path, *, columns: Mapping[str, str] | None = None) -> WardChanges:
    """Read a record of communes that were merged, divided or renamed.

    Parameters
    ----------
    path : path-like
        CSV, XLSX or Parquet: a row for each former commune and commune that it went to, former names first
        (``name``, ``district_name``, ``province_name``), then ``new_code``, ``new_name`` and so on. Rows of
        communes that did not change may be in it.
    columns : mapping of str to str, optional
        Field to header, where headers cannot be recognised.

    Returns
    -------
    WardChanges
        The rows that name a former commune and a new one.

    Raises
    ------
    DataError
        If the file is no table, or has no column of the former names or none of the new communes.
    """
    raw = read_table(path)
    mapped = map_columns(list(raw.frame.columns), _FIELDS, overrides=columns, name=raw.name)
    missing = [field for field in ("name", "province_name", "new_name") if field not in mapped.columns]
    if missing:
        listed = ", ".join(map(repr, raw.frame.columns))
        raise DataError(
            raw.name, [Fault(None, field, "no such column", f"one of {listed}") for field in missing]
        )
    table = pd.DataFrame(index=raw.frame.index)
    for field in _FIELDS:
        known = mapped.columns.get(field)
        column = raw.frame[known] if known else pd.Series("", index=raw.frame.index)
        coded = field.endswith("code")
        table[field] = [
            as_code(cell, _WIDTH) if coded else "" if pd.isna(cell) else " ".join(str(cell).split())
            for cell in column
        ]
    for field in ("district_name", "province_name"):
        table[f"new_{field}"] = table[f"new_{field}"].where(table[f"new_{field}"] != "", table[field])
    whole = (table["name"] != "") & (table["new_name"] != "")
    faults = tuple(
        Fault(
            int(raw.row_numbers[i]), "new_name", "a change without both names", "a former and a new commune"
        )
        for i in table.index[~whole]
    )
    kept = table[whole].drop_duplicates().replace("", None)
    source = Source("ward-changes", raw.name, raw.sha256, "")
    return WardChanges(WARD_CHANGES.conform(kept), (*mapped.faults, *faults), source)
