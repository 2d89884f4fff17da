"""Read population per commune and age band; no data is not zero."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from geozone.admin.ages import EVERYBODY, AgeBand, read_age_band
from geozone.admin.codes import UNIT_FIELDS, match_units
from geozone.admin.figures import read_number
from geozone.admin.units import AdminUnits
from geozone.errors import DataError, Fault
from geozone.schema import POPULATION
from geozone.tables import RawTable, fold, map_columns, read_table
from geozone.types import Source

__all__ = ["PopulationTable", "read_population"]

_PEOPLE = (
    "(population|pop|dan so|tong dan so|so dan|tong so dan|people|inhabitants|residents|so nguoi|nhan khau)"
)
_FIELDS = {
    **UNIT_FIELDS,
    "population": (
        f"{_PEOPLE} 2025 07",
        _PEOPLE,
        f"{_PEOPLE} (total|all|nguoi|chung|trung binh)",
        f"{_PEOPLE} 2025( .*)?",
        f"{_PEOPLE} 202[6-9]( .*)?",
        f"{_PEOPLE} ?20\\d\\d( .*)?",
    ),
    "households": (
        "(tong )?so ho( dan| gia dinh| dan cu)?|ho (dan|gia dinh)|(number of )?households?|tong so ho",
        "(tong )?so ho( .*)?",
    ),
    "flag": ("population flag", "(pop )?flag", "co danh dau|danh dau|trang thai|status"),
    "synthetic": ("synthetic", "gia lap|mo phong"),
    "age_from": ("age from", "from age", "tu tuoi|tuoi tu"),
    "age_to": ("age to", "to age", "den tuoi|tuoi den"),
    "age_band": ("age (band|group|range)", "age", "nhom tuoi|do tuoi|lua tuoi|tuoi"),
}
_FLAGS = frozenset(
    next(column for column in POPULATION.columns if column.name == "population_flag").allowed or ()
)
_TRUE = frozenset({"1", "true", "yes", "y", "x", "co", "dung", "1 0"})


@dataclass(frozen=True, eq=False)
class PopulationTable:
    """Population read from a file.

    Attributes
    ----------
    table : DataFrame
        The `POPULATION` contract.
    faults : tuple of Fault
        Rows and cells that were not taken, or that need a look.
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


@dataclass(frozen=True)
class _Figure:
    row: int
    code: str
    band: AgeBand
    population: float | None
    flag: str
    households: float | None = None


def read_population(
    path: str | os.PathLike[str],
    *,
    units: AdminUnits,
    columns: Mapping[str, str] | None = None,
    licence: str = "",
) -> PopulationTable:
    """Read population per commune, for everybody or per age band.

    Parameters
    ----------
    path : path-like
        CSV, XLSX, Parquet or GeoJSON with Vietnamese or English headers. Wide (a column per age band:
        ``18+``, ``pop_18_plus``, ``0-4``) or long (a row per band: ``age_from`` and the half-open
        ``age_to``, or ``age_band``).
    units : AdminUnits
        The communes that the codes or names are looked up in.
    columns : mapping of str to str, optional
        Field (``code``, ``name``, ``province``, ``population``, ``households``, ``flag``, ``synthetic``,
        ``age_from``, ``age_to``, ``age_band``) to header, where the headers do not say it.
    licence : str
        Licence of the file, kept with it.

    Returns
    -------
    PopulationTable
        Where a figure is not given its row is kept with no number and the flag ``missing``. A number
        flagged ``unit-error`` or ``check`` is kept with its flag: `vaccination` and `levels` do not use
        the first. Rows of unknown communes are left out, each with a fault.

    Raises
    ------
    DataError
        If the file cannot be read, or has no column of communes or of people.
    """
    raw = read_table(os.fspath(path))
    mapped = map_columns(raw.headers, _FIELDS, overrides=columns, name=raw.name)
    bands = {} if _is_long(mapped.columns) else _band_columns(raw, mapped.columns)
    _require(raw, mapped.columns, bands)
    codes, faults = match_units(raw, mapped.columns, units.communes)
    figures: list[_Figure] = []
    for i, code in enumerate(codes):
        if code is not None:
            found, wrong = _row_figures(raw, i, str(code), mapped.columns, bands)
            figures += found
            faults += wrong
    kept, repeated = _once(figures)
    table = _table(kept)
    all_faults = [*mapped.faults, *raw.row_faults, *sorted(faults + repeated, key=lambda f: f.row or 0)]
    source = Source("population", raw.name, raw.sha256, licence)
    used = {**mapped.columns, **{f"{band.age_from}-{band.age_to}": name for name, band in bands.items()}}
    return PopulationTable(table, tuple(all_faults), source, used, len(raw.frame))


def _is_long(columns: Mapping[str, str]) -> bool:
    return "age_band" in columns or "age_from" in columns


def _band_columns(raw: RawTable, columns: Mapping[str, str]) -> dict[str, AgeBand]:
    taken = set(columns.values())
    bands = {}
    for header in raw.headers:
        if header not in taken and re.search(r"\d", header):
            band = read_age_band(header)
            if band is not None and band != EVERYBODY:
                bands[header] = band
    return bands


def _require(raw: RawTable, columns: Mapping[str, str], bands: Mapping[str, AgeBand]) -> None:
    headers = ", ".join(map(repr, raw.headers))
    faults = []
    if "code" not in columns and "name" not in columns:
        faults.append(Fault(None, "code", f"columns {headers}", "a column of commune codes or names"))
    if "population" not in columns and not bands:
        faults.append(Fault(None, "population", f"columns {headers}", "a column of people"))
    if faults:
        raise DataError(raw.name, faults)


def _row_figures(
    raw: RawTable, i: int, code: str, columns: Mapping[str, str], bands: Mapping[str, AgeBand]
) -> tuple[list[_Figure], list[Fault]]:
    row = int(raw.row_numbers[i])
    cells = raw.frame.iloc[i]
    flag, faults = _flag(cells, row, columns)
    wanted: list[tuple[str, AgeBand]] = list(bands.items())
    if "population" in columns:
        band, wrong = _long_band(cells, row, columns)
        if band is None:
            return [], [*faults, *wrong]
        wanted.insert(0, (columns["population"], band))
    figures = []
    for header, band in wanted:
        value, fault = _people(cells[header], row, header)
        faults += [fault] if fault else []
        shown = "missing" if value is None else "check" if fault or flag == "missing" else flag
        figures.append(_Figure(row, code, band, value, shown))
    if bands and "population" not in columns and (total := _total(figures)) is not None:
        figures.append(_Figure(row, code, EVERYBODY, total, flag))
    if "households" in columns:
        found, fault = _households(cells[columns["households"]], row, columns["households"])
        faults += [fault] if fault else []
        figures = [replace(one, households=found) if one.band == EVERYBODY else one for one in figures]
    return figures, faults


def _households(cell: object, row: int, header: str) -> tuple[float | None, Fault | None]:
    value = None if pd.isna(cell) else read_number(cell)
    if pd.isna(cell) or value is not None:
        return value, None
    return None, Fault(row, header, repr(cell), "a number of households, 0 or more")


def _people(cell: object, row: int, header: str) -> tuple[float | None, Fault | None]:
    if pd.isna(cell):
        return None, None
    value = read_number(cell)
    if value is None:
        return None, Fault(row, header, repr(cell), "a number of people, 0 or more")
    if value != int(value):
        return value, Fault(row, header, repr(cell), "a whole number of people (kept, to be checked)")
    return value, None


def _flag(cells: pd.Series, row: int, columns: Mapping[str, str]) -> tuple[str, list[Fault]]:
    synthetic = cells[columns["synthetic"]] if "synthetic" in columns else None
    if synthetic is not None and not pd.isna(synthetic) and fold(str(synthetic)) in _TRUE:
        return "synthetic", []
    given = cells[columns["flag"]] if "flag" in columns else None
    if given is None or pd.isna(given):
        return "ok", []
    flag = fold(str(given)).replace(" ", "-")
    if flag in _FLAGS:
        return flag, []
    return "check", [Fault(row, columns["flag"], repr(given), "one of " + ", ".join(sorted(_FLAGS)))]


def _long_band(cells: pd.Series, row: int, columns: Mapping[str, str]) -> tuple[AgeBand | None, list[Fault]]:
    if "age_from" in columns:
        low, high = cells[columns["age_from"]], cells[columns["age_to"]] if "age_to" in columns else None
        age_from = 0.0 if pd.isna(low) else read_number(low)
        age_to = None if high is None or pd.isna(high) else read_number(high)
        unread = high is not None and not pd.isna(high) and age_to is None
        if age_from is None or unread or (age_to is not None and age_to <= age_from):
            found = f"{low!r} to {high!r}"
            expected = "ages in years, the second (not reached) above the first"
            return None, [Fault(row, columns["age_from"], found, expected)]
        return AgeBand(int(age_from), None if age_to is None else int(age_to)), []
    if "age_band" in columns:
        given = cells[columns["age_band"]]
        if pd.isna(given):
            return EVERYBODY, []
        band = read_age_band(str(given))
        if band is None:
            fault = Fault(row, columns["age_band"], repr(given), "an age band: 0-4, 18+, dưới 5, tất cả")
            return None, [fault]
        return band, []
    return EVERYBODY, []


def _total(figures: list[_Figure]) -> float | None:
    """Add up the bands, if they cover every age once."""
    reached: int | None = 0
    total = 0.0
    for figure in sorted(figures, key=lambda figure: figure.band.age_from):
        if reached is None or figure.band.age_from != reached or figure.population is None:
            return None
        reached = figure.band.age_to
        total += figure.population
    return total if figures and reached is None else None


def _once(figures: list[_Figure]) -> tuple[list[_Figure], list[Fault]]:
    kept: dict[tuple[str, AgeBand], _Figure] = {}
    faults = []
    for figure in figures:
        first = kept.setdefault((figure.code, figure.band), figure)
        if first is not figure:
            found = f"{figure.code!r} again ({_said(figure.population)})"
            expected = f"each commune and age band once; row {first.row} ({_said(first.population)}) is used"
            faults.append(Fault(figure.row, "code", found, expected))
    return list(kept.values()), faults


def _said(population: float | None) -> str:
    return "no figure" if population is None else f"{population:g}"


def _table(figures: list[_Figure]) -> pd.DataFrame:
    if not figures:
        return POPULATION.empty()
    table = POPULATION.conform(
        pd.DataFrame(
            {
                "code": [figure.code for figure in figures],
                "age_from": [figure.band.age_from for figure in figures],
                "age_to": pd.array([figure.band.age_to for figure in figures], dtype="Int64"),
                "population": [figure.population for figure in figures],
                "population_flag": [figure.flag for figure in figures],
                "households": [figure.households for figure in figures],
            }
        )
    )
    table = table.sort_values(["code", "age_from", "age_to"], na_position="first", ignore_index=True)
    POPULATION.validate(table)
    return table
