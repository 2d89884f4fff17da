"""What people hand in for the rules: levels set by decision, and figures that no register holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from geozone.errors import DataError, Fault
from geozone.schema import OVERRIDES
from geozone.tables import RawTable, cell_text, fold, map_columns, parse_date, read_table
from geozone.types import Source

__all__ = ["HandedIn", "read_committee_figures", "read_override_file"]

_CODE: Final = "ma( so)?( (don vi|dvhc|xa|phuong|px|phuong xa|xa phuong|xa phuong thi tran))?"
_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "code": (_CODE, "(unit |commune |ward )?code"),
    "new_level": ("cap( do( dich)?)?( moi)?", "(new )?level"),
    "reason": ("ly do", "reason"),
    "decision": ("so( |/)?(van ban|quyet dinh|vb|qd)|quyet dinh|van ban", "decision( number)?"),
    "actor": (
        "(nguoi|co quan|cap)( co tham quyen)?( ky| quyet dinh| ban hanh)?",
        "actor|signed by|authority",
    ),
    "since": ("(ap dung |hieu luc )?(tu|tu ngay|bat dau)|ngay (ap dung|hieu luc)", "since|from|valid from"),
    "until": ("(ap dung |hieu luc )?(den|den ngay|den het)|ket thuc", "until|to|last day"),
}
_REQUIRED: Final = ("code", "new_level", "reason", "decision", "actor", "since")
_NAMES: Final = ("code", "name", "ten", "ghi chu", "note")
_YES: Final = {"co": 1.0, "dat": 1.0, "yes": 1.0, "khong": 0.0, "khong dat": 0.0, "chua dat": 0.0, "no": 0.0}


@dataclass(frozen=True, slots=True, eq=False)
class HandedIn:
    """A file that was read and checked.

    Attributes
    ----------
    table : DataFrame
        ``OVERRIDES``, or ``code`` and one number per figure.
    source : Source
        File name and checksum.
    """

    table: pd.DataFrame
    source: Source


def read_override_file(
    path: str | Path, *, codes: Collection[str], columns: Mapping[str, str] | None = None
) -> HandedIn:
    """Read levels set by decision.

    Parameters
    ----------
    path : path-like
        CSV, XLSX or Parquet: code of the unit, new level (1 to 4), reason, number of the decision, who
        decided, first day, and optionally the last day.
    codes : collection of str
        Codes of the units that there are.
    columns : mapping of str to str, optional
        Field to header, where headers cannot be recognised.

    Returns
    -------
    HandedIn
        Every row of the file.

    Raises
    ------
    DataError
        If a column is missing or any row is at fault: a decision is used whole or not at all.
    """
    raw = read_table(path)
    mapped = map_columns(list(raw.frame.columns), _FIELDS, overrides=columns, name=raw.name)
    faults = list(mapped.faults)
    faults += [
        Fault(None, name, "no such column", f"one of {', '.join(map(repr, raw.frame.columns))}")
        for name in _REQUIRED
        if name not in mapped.columns
    ]
    if faults:
        raise DataError(raw.name, faults)
    rows = [_override(raw, i, mapped.columns, codes, faults) for i in range(len(raw.frame))]
    if faults:
        raise DataError(raw.name, faults)
    table = pd.DataFrame(rows, columns=list(_FIELDS))
    source = Source("overrides", raw.name, raw.sha256, "")
    return HandedIn(OVERRIDES.conform(table), source)


def read_committee_figures(path: str | Path, *, codes: Collection[str], known: Collection[str]) -> HandedIn:
    """Read figures that a committee hands in, such as whether the capacity to treat is there.

    Parameters
    ----------
    path : path-like
        CSV, XLSX or Parquet: ``code`` and one column per figure, named as the rule sets name it
        (``capacity_ready``, ``positivity_percent``...). An empty cell is not known, which is not zero.
    codes : collection of str
        Codes of the units that there are.
    known : collection of str
        Figures that some rule set looks at.

    Returns
    -------
    HandedIn
        ``code`` and the figures as numbers.

    Raises
    ------
    DataError
        If there is no code, a column that no rule set knows, or a cell at fault.
    """
    raw = read_table(path)
    named = {fold(str(name)).replace(" ", "_"): name for name in raw.frame.columns}
    mapped = map_columns(list(raw.frame.columns), {"code": _FIELDS["code"]}, name=raw.name)
    code_column = mapped.columns.get("code")
    figures = {name: column for name, column in named.items() if column != code_column and name in known}
    faults = [
        Fault(None, str(column), "a figure that no rule set knows", f"one of {', '.join(sorted(known))}")
        for name, column in named.items()
        if column != code_column and name not in known and name.replace("_", " ") not in _NAMES
    ]
    if code_column is None:
        raise DataError(raw.name, [Fault(None, "code", "no such column", "the code of the unit"), *faults])
    if faults:
        raise DataError(raw.name, faults)
    table = pd.DataFrame(
        {"code": [_code(raw, i, code_column, codes, faults) for i in range(len(raw.frame))]}, dtype="str"
    )
    for name, column in figures.items():
        table[name] = [_number(raw, i, column, faults) for i in range(len(raw.frame))]
    twice = np.flatnonzero(table["code"].duplicated().to_numpy()).tolist()
    faults += [
        Fault(int(raw.row_numbers[i]), code_column, table["code"].iloc[i], "each unit once") for i in twice
    ]
    if faults:
        raise DataError(raw.name, faults)
    return HandedIn(table, Source("committee-figures", raw.name, raw.sha256, ""))


def _override(
    raw: RawTable, i: int, columns: Mapping[str, str], codes: Collection[str], faults: list[Fault]
) -> dict[str, object]:
    number = int(raw.row_numbers[i])
    row: dict[str, object] = {"code": _code(raw, i, columns["code"], codes, faults)}
    level = cell_text(raw.frame[columns["new_level"]].iloc[i])
    row["new_level"] = int(level) if level in ("1", "2", "3", "4") else None
    if row["new_level"] is None:
        faults.append(Fault(number, columns["new_level"], repr(level), "a level from 1 to 4"))
    for name in ("reason", "decision", "actor"):
        row[name] = cell_text(raw.frame[columns[name]].iloc[i])
        if not row[name]:
            faults.append(Fault(number, columns[name], "nothing", "every override says why and by whom"))
    for name in ("since", "until"):
        row[name] = None
        cell = raw.frame[columns[name]].iloc[i] if name in columns else None
        if cell_text(cell):
            row[name], expected = parse_date(cell)
            if row[name] is None:
                faults.append(Fault(number, columns[name], repr(cell_text(cell)), expected))
        elif name == "since":
            faults.append(Fault(number, columns[name], "nothing", "the first day"))
    return row


def _code(raw: RawTable, i: int, column: str, codes: Collection[str], faults: list[Fault]) -> str:
    text = cell_text(raw.frame[column].iloc[i]) or ""
    for width in (len(text), 2, 3, 5):
        if text.zfill(width) in codes:
            return text.zfill(width)
    faults.append(Fault(int(raw.row_numbers[i]), column, repr(text), "the code of a unit in force"))
    return text


def _number(raw: RawTable, i: int, column: str, faults: list[Fault]) -> float:
    text = cell_text(raw.frame[column].iloc[i])
    if not text:
        return float("nan")
    folded = fold(text)
    if folded in _YES:
        return _YES[folded]
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = float("nan")
    if not np.isfinite(value):
        faults.append(Fault(int(raw.row_numbers[i]), column, repr(text), "a number, or có / không"))
    return value
