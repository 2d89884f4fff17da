"""Read a line list: map its columns, check every cell, keep what is right and name what is not."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from geozone.errors import DataError, Fault
from geozone.linelist.assembly import assemble
from geozone.linelist.checks import Checked, check_rows
from geozone.linelist.fields import ADDRESS_PARTS, FIELDS, INTERNAL_COLUMNS
from geozone.linelist.identity import Taken, read_taken
from geozone.linelist.line_list import LineList
from geozone.linelist.rejects import is_rejects, unguard
from geozone.linelist.report import FaultReport
from geozone.tables import MAX_BYTES, MAX_DATE, Mapped, RawTable, map_columns, read_table
from geozone.types import Progress, no_progress

__all__ = ["MAX_ROWS", "read_line_list"]

MAX_ROWS = 2_000_000
"""Most rows read unless the caller raises it."""


def _with_points(table: RawTable) -> RawTable:
    """Turn the points of GeoJSON into two columns."""
    if table.geometry is None or {"lon", "lat"} & {header.lower() for header in table.frame.columns}:
        return table
    given = np.array([shape is not None for shape in table.geometry], dtype=bool)
    points = given & (shapely.get_type_id(table.geometry) == 0) & ~shapely.is_empty(table.geometry)
    frame = table.frame.copy()
    for axis, read in (("lon", shapely.get_x), ("lat", shapely.get_y)):
        values = np.full(len(frame), None, dtype=object)
        values[points] = read(table.geometry[points])
        values[given & ~points] = "not a point"
        frame[axis] = pd.Series(values, dtype=object)
    return dataclasses.replace(table, frame=frame, headers=(*table.headers, "lon", "lat"))


def _require(mapped: Mapped, table: RawTable) -> None:
    fields = set(mapped.columns)
    faults = []
    headers = ", ".join(repr(header) for header in table.frame.columns)
    if not fields & {"report_date", "positive_date", "sample_date"}:
        expected = (
            "a column with the day a case was reported, as 'Ngày báo cáo' (or columns={'report_date': ...})"
        )
        faults.append(Fault(None, "report_date", f"no such column among {headers}", expected))
    if not fields & {"address", *ADDRESS_PARTS, "lon", "point"}:
        expected = "a column with the address, as 'Địa chỉ' or 'Xã/Phường' (or columns={'address': ...})"
        faults.append(Fault(None, "address", f"no such column among {headers}", expected))
    if faults:
        raise DataError(table.name, faults)


def _report_rows(report: FaultReport, table: RawTable, cells: pd.Series | None) -> None:
    """Note rows that do not fit the header, here or when the rejects were written."""
    number_to_position = {int(number): position for position, number in enumerate(table.row_numbers)}
    faults = {number_to_position[fault.row]: fault for fault in table.row_faults if fault.row is not None}
    if cells is not None:
        for position in np.flatnonzero(cells.notna().to_numpy()).tolist():
            row = int(table.row_numbers[position])
            expected = "the cells of this row put right, then this cell emptied"
            faults.setdefault(position, Fault(row, "_cells", "a row that did not fit the header", expected))
    report.add_rows(faults)


def _prepare(table: RawTable) -> tuple[RawTable, dict[str, pd.Series], bool]:
    """Take the columns of a rejects file apart from the data."""
    mending = is_rejects(table.frame)
    if not mending:
        return table, {}, False
    internal = {column: table.frame[column] for column in INTERNAL_COLUMNS if column in table.frame}
    frame = unguard(table.frame.drop(columns=list(internal)))
    return dataclasses.replace(table, frame=frame, headers=tuple(frame.columns)), internal, True


def read_line_list(
    path: str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    disease: str = "covid-19",
    day_first: bool = True,
    latest: dt.date = MAX_DATE,
    max_rows: int = MAX_ROWS,
    max_bytes: int = MAX_BYTES,
    progress: Progress = no_progress,
) -> LineList:
    """Read and check a line list.

    Parameters
    ----------
    path : str or Path
        CSV, XLSX, XLS, Parquet or GeoJSON, Vietnamese or English headers; or a mended rejects file.
    columns : mapping of str to str, optional
        Field to header, where the headers alone do not tell; an empty header leaves the field out.
    sheet : str, optional
        Sheet of a workbook.
    encoding : str, optional
        Encoding of a text file; found where not given.
    delimiter : str, optional
        Delimiter of a text file; found where not given.
    disease : str
        Disease of all rows, unless the file has a column for it.
    day_first : bool
        Whether ``1/7/2021`` is the first of July. A file with the month first is never guessed: it is
        reported, and read with ``day_first=False``.
    latest : date
        Latest date that is believed: a later one is a fault.
    max_rows : int
        Most rows to read.
    max_bytes : int
        Largest file to read, bytes.
    progress : Progress
        Told of each step.

    Returns
    -------
    LineList
        Good rows as cases and places; bad rows as rejects, each with its faults.

    Raises
    ------
    DataError
        If the file cannot be read, is too large, or has no column for a date or a place.
    StoreError
        If the disk refuses.
    """
    table = read_table(
        path, sheet=sheet, encoding=encoding, delimiter=delimiter, max_bytes=max_bytes, progress=progress
    )
    if len(table.frame) > max_rows:
        expected = f"{max_rows:,} rows or less (split the file, or raise max_rows)"
        raise DataError(table.name, [Fault(None, None, f"{len(table.frame):,} rows", expected)])
    table, internal, mending = _prepare(_with_points(table))
    mapped = map_columns(list(table.frame.columns), FIELDS, overrides=columns, name=table.name)
    _require(mapped, table)
    report = FaultReport(table)
    report.of_file += mapped.faults
    if not len(table.frame):
        report.of_file.append(Fault(None, None, "a header and no rows", "a row for each case"))
    _report_rows(report, table, internal.get("_cells"))
    taken: list[Taken | None] = [None] * len(table.frame)
    if "_taken" in internal:
        taken = [read_taken(cell) or None for cell in internal["_taken"].astype(object)]
    progress("checking", 0, 2)
    checked: Checked = check_rows(
        table, mapped.columns, report, disease=disease, day_first=day_first, latest=latest, mending=mending
    )
    progress("checking", 1, 2)
    line_list = assemble(table, mapped, checked, report, taken)
    progress("checking", 2, 2)
    return line_list
