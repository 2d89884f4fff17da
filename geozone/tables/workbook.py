"""Spreadsheets: XLSX and XLS through calamine, guarded against bombs."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import python_calamine
from numpy.typing import NDArray

from geozone.tables.headers import find_header, is_numbering, unique_headers
from geozone.tables.raw import MAX_CELLS, refuse

__all__ = ["Sheet", "read_workbook"]


class Sheet(NamedTuple):
    """The cells of one sheet."""

    frame: pd.DataFrame
    headers: tuple[str, ...]
    sheet: str
    row_numbers: NDArray[np.int64]
    first_row: int


def _open(data: bytes, name: str, sheet: str | None) -> tuple[Sequence[Sequence[object]], str, int]:
    try:
        book = python_calamine.load_workbook(io.BytesIO(data))
        names = [
            meta.name for meta in book.sheets_metadata if meta.typ == python_calamine.SheetTypeEnum.WorkSheet
        ]
        if sheet is not None and sheet not in names:
            raise refuse(name, f"no sheet {sheet!r}", "one of " + ", ".join(map(repr, names)))
        for label in [sheet] if sheet is not None else names:
            page = book.get_sheet_by_name(label)
            height, width = page.total_height, page.total_width
            if height * width > MAX_CELLS:
                raise refuse(
                    name, f"sheet {label!r} of {height} x {width} cells", f"{MAX_CELLS:,} cells or less"
                )
            rows = page.to_python(skip_empty_area=False)
            if any(cell != "" for row in rows for cell in row):
                return rows, label, 1
    except python_calamine.PasswordError:
        raise refuse(name, "a workbook locked with a password", "a workbook without password") from None
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise refuse(name, f"a workbook that cannot be read ({error})", "an XLSX or XLS workbook") from None
    raise refuse(name, "a workbook without data", "a sheet with a header row and data rows")


def _native(cell: object) -> object:
    if isinstance(cell, str):
        return cell if cell.strip() else None
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return int(cell)
    if isinstance(cell, dt.datetime) and cell.time() == dt.time.min:
        return cell.date()
    return cell


def _blank(row: Sequence[object]) -> bool:
    return all(cell is None for cell in row)


def read_workbook(data: bytes, name: str, *, sheet: str | None = None) -> Sheet:
    """Read one sheet of a workbook.

    Parameters
    ----------
    data : bytes
        The file.
    name : str
        File name, for messages.
    sheet : str, optional
        Sheet to read; the first that holds anything where not given.

    Returns
    -------
    Sheet
        Rows below the header; numbers, dates and text keep their kind.

    Raises
    ------
    DataError
        If the workbook cannot be read, is locked, or holds no such sheet.
    """
    rows, label, top = _open(data, name, sheet)
    cells = [[_native(cell) for cell in row] for row in rows]
    header_at = find_header(cells)
    header = cells[header_at]
    used = [
        position
        for position in range(len(header))
        if header[position] is not None or any(row[position] is not None for row in cells[header_at + 1 :])
    ]
    start = header_at + 1
    if start < len(cells) and is_numbering([cells[start][position] for position in used]):
        start += 1
    names, written = unique_headers([header[position] for position in used])
    kept = [number for number in range(start, len(cells)) if not _blank(cells[number])]
    columns = {
        column: pd.Series([cells[number][position] for number in kept], dtype=object)
        for column, position in zip(names, used, strict=True)
    }
    numbers = np.asarray(kept, dtype=np.int64) + top
    return Sheet(pd.DataFrame(columns), written, label, numbers, start + top)
