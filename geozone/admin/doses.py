"""Read doses given per commune, day, dose number and age band."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from geozone.admin.ages import EVERYBODY, AgeBand, read_age_band
from geozone.admin.codes import UNIT_FIELDS, match_units
from geozone.admin.figures import read_day, read_number
from geozone.admin.units import AdminUnits
from geozone.errors import DataError, Fault
from geozone.schema import DOSES
from geozone.tables import RawTable, fold, map_columns, read_table
from geozone.types import Source

__all__ = ["DoseTable", "read_doses"]

_FIELDS = {
    **UNIT_FIELDS,
    "date": ("date", "ngay( tiem.*)?", "(vaccination|report) date", "ngay .*"),
    "dose": ("dose( number| no)?", "mui( tiem)?( so| thu)?", "lieu( thu)?", "lan tiem"),
    "doses": (
        "doses( given| administered)?",
        "so (lieu|mui)( .*)?",
        "so luong( .*)?",
        "so nguoi( .*)?|so tiem( .*)?",
        "count|n|people|vaccinated",
    ),
    "age_from": ("age from", "from age", "tu tuoi|tuoi tu"),
    "age_to": ("age to", "to age", "den tuoi|tuoi den"),
    "age_band": ("age (band|group|range)", "age", "nhom tuoi|do tuoi|lua tuoi|tuoi|doi tuong"),
}
_WIDE = re.compile(
    r"(?:so )?(?:mui|dose|lieu)(?: tiem)?(?: so| thu)? ?(\d|nhac(?: lai)?(?: lan)? ?\d?|bo sung)"
)
_DOSE = re.compile(
    r"(?:mui |dose |lieu |lan |thu |so |tiem |vac xin |vaccine )*(\d)(?:st|nd|rd|th)?(?: dose)?"
)
_BOOSTER = re.compile(
    r"(?:mui |dose |lieu |tiem )*(?:nhac(?: lai)?|booster|tang cuong)(?: dose)?(?: lan| thu)? ?(\d)?"
)
_ADDITIONAL = re.compile(r"(?:mui |dose |lieu |tiem )*(?:bo sung|additional|third)(?: dose)?")
_WORDS = {"first": 1, "second": 2, "nhat": 1, "hai": 2, "ba": 3, "mot": 1}


@dataclass(frozen=True, eq=False)
class DoseTable:
    """Doses read from a file.

    Attributes
    ----------
    table : DataFrame
        The `DOSES` contract.
    faults : tuple of Fault
        Rows that were not taken, or that need a look.
    source : Source
        The file.
    columns : dict of str to str
        Field to header: which columns were used.
    rows_read : int
        Data rows of the file.
    """

    table: pd.DataFrame
    faults: tuple[Fault, ...]
    source: Source
    columns: dict[str, str]
    rows_read: int


def read_dose_number(text: str) -> int | None:
    """Read which dose of the schedule a cell or header means.

    Parameters
    ----------
    text : str
        ``1``, ``Mũi 2``, ``second dose``, ``mũi nhắc lại lần 1`` (the first booster is dose 3),
        ``mũi bổ sung`` (dose 3).

    Returns
    -------
    int or None
        1 to 9; None if the text names no dose.
    """
    folded = fold(re.sub(r"(?<=[^\W\d_])(?=\d)", " ", text.removesuffix(".0")))
    if match := _DOSE.fullmatch(folded):
        return int(match[1]) or None
    if match := _BOOSTER.fullmatch(folded):
        return 2 + int(match[1] or 1)
    if _ADDITIONAL.fullmatch(folded):
        return 3
    words = [word for word in folded.split() if word in _WORDS]
    return _WORDS[words[0]] if len(words) == 1 and len(folded.split()) <= 3 else None


def read_doses(
    path: str | os.PathLike[str],
    *,
    units: AdminUnits,
    columns: Mapping[str, str] | None = None,
    licence: str = "",
) -> DoseTable:
    """Read doses given per commune of residence, day, dose number and age band.

    Parameters
    ----------
    path : path-like
        CSV, XLSX or Parquet with Vietnamese or English headers: a row per commune, day, dose and age
        band with a count; or one count column per dose (``Mũi 1``, ``Mũi 2``).
    units : AdminUnits
        The communes that the codes or names are looked up in.
    columns : mapping of str to str, optional
        Field (``code``, ``name``, ``province``, ``date``, ``dose``, ``doses``, ``age_from``, ``age_to``
        which is not reached, ``age_band``) to header, where the headers do not say it.
    licence : str
        Licence of the file, kept with it.

    Returns
    -------
    DoseTable
        Rows of one commune, day, dose and age band are added up; a row that repeats another in every
        column is left out. A file without ages counts everybody. Bad rows are left out, each with
        its faults.

    Raises
    ------
    DataError
        If the file cannot be read, or has no column of communes, days or doses.
    """
    raw = read_table(os.fspath(path))
    mapped = map_columns(raw.headers, _FIELDS, overrides=columns, name=raw.name)
    wide = _wide_columns(raw, mapped.columns)
    _require(raw, mapped.columns, wide)
    codes, faults = match_units(raw, mapped.columns, units.communes)
    repeated = raw.frame.duplicated().to_numpy()
    faults += [
        Fault(int(raw.row_numbers[i]), None, "a row that is in the file already", "each row once (left out)")
        for i in np.flatnonzero(repeated)
    ]
    rows = []
    for i, code in enumerate(codes):
        found, wrong = _row(raw, i, mapped.columns, wide)
        faults += wrong
        if code is not None and not repeated[i]:
            rows += [(str(code), *values) for values in found]
    source = Source("doses", raw.name, raw.sha256, licence)
    ordered = sorted(faults, key=lambda fault: fault.row or 0)
    used = {**mapped.columns, **{f"dose {dose}": header for header, dose in wide.items()}}
    return DoseTable(_table(rows), (*mapped.faults, *raw.row_faults, *ordered), source, used, len(raw.frame))


def _wide_columns(raw: RawTable, columns: Mapping[str, str]) -> dict[str, int]:
    if "dose" in columns and "doses" in columns:
        return {}
    wide = {}
    for header in raw.headers:
        if header not in columns.values() and _WIDE.fullmatch(fold(header)):
            dose = read_dose_number(header)
            if dose is not None:
                wide[header] = dose
    return wide


def _require(raw: RawTable, columns: Mapping[str, str], wide: Mapping[str, int]) -> None:
    headers = ", ".join(map(repr, raw.headers))
    wanted = {"date": "a column of days"}
    if not wide:
        wanted |= {"dose": "a column of dose numbers (mũi)", "doses": "a column of counts (số liều)"}
    faults = [
        Fault(None, field, f"columns {headers}", what)
        for field, what in wanted.items()
        if field not in columns
    ]
    if "code" not in columns and "name" not in columns:
        faults.insert(0, Fault(None, "code", f"columns {headers}", "a column of commune codes or names"))
    if faults:
        raise DataError(raw.name, faults)


def _row(
    raw: RawTable, i: int, columns: Mapping[str, str], wide: Mapping[str, int]
) -> tuple[list[tuple[date, int, int, int | None, int]], list[Fault]]:
    row = int(raw.row_numbers[i])
    cells = raw.frame.iloc[i]
    faults: list[Fault] = []
    given = cells[columns["date"]]
    day = None if pd.isna(given) else read_day(given)
    if day is None:
        faults.append(_fault(row, columns["date"], given, "a day: 2021-07-13 or 13/7/2021"))
    band = _band(cells, row, columns, faults)
    counted: list[tuple[str, int | None]] = [(header, dose) for header, dose in wide.items()]
    if not wide:
        named = cells[columns["dose"]]
        dose = None if pd.isna(named) else read_dose_number(str(named))
        if dose is None:
            faults.append(_fault(row, columns["dose"], named, "a dose number: 1, 2, mũi 3, nhắc lại"))
        counted = [(columns["doses"], dose)]
    result = []
    for header, dose in counted:
        cell = cells[header]
        if wide and pd.isna(cell):
            continue
        doses = None if pd.isna(cell) else read_number(cell)
        if doses is None or doses != int(doses):
            faults.append(_fault(row, header, cell, "a whole number of doses, 0 or more"))
        elif day is not None and band is not None and dose is not None:
            result.append((day, dose, band.age_from, band.age_to, int(doses)))
    return result, faults


def _band(cells: pd.Series, row: int, columns: Mapping[str, str], faults: list[Fault]) -> AgeBand | None:
    if "age_from" in columns:
        low = cells[columns["age_from"]]
        high = cells[columns["age_to"]] if "age_to" in columns else None
        age_from = 0.0 if pd.isna(low) else read_number(low)
        age_to = None if high is None or pd.isna(high) else read_number(high)
        unread = high is not None and not pd.isna(high) and age_to is None
        if age_from is None or unread or (age_to is not None and age_to <= age_from):
            expected = "ages in years, the second (not reached) above the first"
            faults.append(Fault(row, columns["age_from"], f"{low!r} to {high!r}", expected))
            return None
        return AgeBand(int(age_from), None if age_to is None else int(age_to))
    if "age_band" not in columns or pd.isna(cells[columns["age_band"]]):
        return EVERYBODY
    band = read_age_band(str(cells[columns["age_band"]]))
    if band is None:
        faults.append(_fault(row, columns["age_band"], cells[columns["age_band"]], "an age band: 12-17, 18+"))
    return band


def _fault(row: int, column: str, cell: object, expected: str) -> Fault:
    return Fault(row, column, "nothing" if pd.isna(cell) else repr(cell), expected)


def _table(rows: list[tuple[str, date, int, int, int | None, int]]) -> pd.DataFrame:
    if not rows:
        return DOSES.empty()
    names = ["code", "date", "dose", "age_from", "age_to", "doses"]
    table = pd.DataFrame(rows, columns=names)
    table["date"] = pd.to_datetime(table["date"])
    table["age_to"] = pd.array([row[4] for row in rows], dtype="Int64")
    keys = names[:-1]
    table = DOSES.conform(table.groupby(keys, dropna=False, as_index=False, sort=True)["doses"].sum())
    DOSES.validate(table)
    return table
