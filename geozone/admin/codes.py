"""Find the unit that a row of a file names, by code or by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from geozone.errors import Fault
from geozone.tables import RawTable, fold

__all__ = ["UNIT_FIELDS", "as_code", "code_width", "match_units"]

UNIT_FIELDS: Mapping[str, Sequence[str]] = {
    "code": (
        "code",
        "(ward|commune|unit|gso) (code|id)",
        "(code|id) (ward|commune|unit)",
        "ma (xa|phuong|px|xp|dvhc|don vi|dia ban|gso|tctk)( .*)?",
        "ma(xa|phuong|px|xp|dvhc)",
        "ma",
    ),
    "name": (
        "full name",
        "(ten )?(xa|phuong)( xa| phuong)?( thi tran| dac khu| tt)*",
        "ten (don vi|dvhc|dia ban|dia phuong)( .*)?",
        "(ward|commune|unit)( name)?",
        "(name|ten)( vi)?",
        "dia phuong|dia ban|don vi",
    ),
    "province": ("province name", "(ten )?tinh( thanh pho| tp)?( .*)?", "province", "province slug"),
}
"""Headers of the columns that say which unit a row is about."""


def code_width(codes: Sequence[str]) -> int:
    """Find the width that numeric codes are padded to.

    Parameters
    ----------
    codes : sequence of str
        Codes of the edition.

    Returns
    -------
    int
        The commonest length of an all-digit code; 0 if there is none.
    """
    widths = pd.Series([len(code) for code in codes if code.isdigit()], dtype="int64")
    return int(widths.mode().iloc[0]) if len(widths) else 0


def as_code(cell: object, width: int) -> str:
    """Write a cell as a code: a spreadsheet's ``4`` or ``4.0`` is the code ``00004``.

    Parameters
    ----------
    cell : object
        The cell; missing cells give an empty code.
    width : int
        Digits that an all-digit code is padded to.

    Returns
    -------
    str
        The code.
    """
    if cell is None or (not isinstance(cell, str) and pd.isna(cell)):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = str(cell).strip().removeprefix("'")
    whole, dot, zeros = text.partition(".")
    if dot and whole.isdigit() and set(zeros) <= {"0"}:
        text = whole
    return text.zfill(width) if text.isascii() and text.isdigit() else text


def match_units(
    raw: RawTable, columns: Mapping[str, str], units: pd.DataFrame
) -> tuple[np.ndarray[tuple[int], np.dtype[np.object_]], list[Fault]]:
    """Find the code of the unit that each row names.

    Parameters
    ----------
    raw : RawTable
        The file.
    columns : mapping of str to str
        Field (``code``, ``name``, ``province``) to header; ``code`` or ``name`` is there.
    units : DataFrame
        Communes: the `UNITS` contract.

    Returns
    -------
    codes : ndarray of object
        Code per row, None where the row names no unit.
    faults : list of Fault
        One for each such row.
    """
    known = set(units["code"])
    edition = units["edition"].iloc[0] if len(units) else ""
    found: list[str | None] = [None] * len(raw.frame)
    faults: list[Fault] = []
    if "code" in columns:
        width = code_width(list(units["code"]))
        cells = raw.frame[columns["code"]]
        for i, cell in enumerate(cells):
            code = as_code(cell, width)
            if code in known:
                found[i] = code
            else:
                expected = f"a commune code of the {edition} edition"
                faults.append(
                    Fault(
                        int(raw.row_numbers[i]), columns["code"], repr(code) if code else "nothing", expected
                    )
                )
    else:
        found, faults = _by_name(raw, columns, units)
    return np.array(found, dtype=object), faults


def _by_name(
    raw: RawTable, columns: Mapping[str, str], units: pd.DataFrame
) -> tuple[list[str | None], list[Fault]]:
    codes_of: dict[str, set[str]] = defaultdict(set)
    provinces = {}
    for code, name, full_name, province in zip(
        units["code"], units["name"], units["full_name"], units["province_name"], strict=True
    ):
        codes_of[fold(name)].add(code)
        codes_of[fold(full_name)].add(code)
        provinces[code] = _province(province)
    column = columns["name"]
    given = raw.frame[columns["province"]] if "province" in columns else [None] * len(raw.frame)
    found: list[str | None] = []
    faults = []
    for i, (cell, province) in enumerate(zip(raw.frame[column], given, strict=True)):
        codes = codes_of.get(fold("" if pd.isna(cell) else str(cell)), set())
        if province is not None and not pd.isna(province):
            codes = {code for code in codes if provinces[code] == _province(str(province))}
        found.append(next(iter(codes)) if len(codes) == 1 else None)
        if len(codes) != 1:
            what = "nothing" if pd.isna(cell) else repr(str(cell))
            expected = "the name of one commune" + (
                f"; {len(codes)} have this name: give its code or province" if codes else ""
            )
            faults.append(Fault(int(raw.row_numbers[i]), column, what, expected))
    return found, faults


def _province(name: str) -> str:
    folded = fold(name)
    for kind in ("thanh pho ", "tinh ", "tp "):
        folded = folded.removeprefix(kind)
    return folded
