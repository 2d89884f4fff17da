"""Features as CSV and XLSX; text that a spreadsheet would run as a formula is kept text."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import shapely

from geozone.api.columns import column_title
from geozone.api.formats.feature_page import FeaturePage
from geozone.geojson import plain_values

__all__ = ["write_csv", "write_xlsx"]

_CHUNK = 256
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_LONGEST_CELL = 32_767  # characters that a spreadsheet holds in a cell


def write_csv(page: FeaturePage) -> Iterator[bytes]:
    """Write a page as CSV (RFC 4180), geometry as well-known text in the column ``WKT``.

    Parameters
    ----------
    page : FeaturePage
        The page.

    Yields
    ------
    bytes
        UTF-8, a header and one line a feature. Text that begins like a formula has an apostrophe
        before it.
    """
    shown = page.presentation
    header = [*shown.properties, *(["WKT"] if shown.has_geometry else [])]
    yield _lines([header])
    for rows in page.chunks(_CHUNK):
        frame = page.table.frame(rows, system=shown.system, has_geometry=shown.has_geometry)
        columns = [list(map(_csv_cell, plain_values(frame[name]))) for name in shown.properties]
        if shown.has_geometry:
            outlines = frame.geometry.to_numpy()
            columns.append(shapely.to_wkt(outlines, rounding_precision=shown.system.decimals).tolist())
        yield _lines(zip(*columns, strict=True) if columns else [[]] * len(rows))


def _lines(rows: Any) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _csv_cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    return value


def write_xlsx(page: FeaturePage) -> Iterator[bytes]:
    """Write a page as a workbook: the features, and what their columns mean.

    Parameters
    ----------
    page : FeaturePage
        The page.

    Yields
    ------
    bytes
        The workbook. Points have columns ``x`` and ``y``; outlines do not fit into cells.
    """
    from openpyxl import Workbook  # noqa: PLC0415 - slow to load, not for a start
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415

    book = Workbook(write_only=True)
    sheet = book.create_sheet(page.table.spec.id[:31])
    sheet.freeze_panes = "A2"

    def text_cell(value: str) -> Any:
        cell = WriteOnlyCell(sheet, value=_CONTROL.sub("", value)[:_LONGEST_CELL])
        cell.data_type = "s"  # never a formula, whatever it begins with
        return cell

    names, columns = _workbook_columns(page)
    sheet.append(names)
    for row in zip(*columns, strict=True):
        sheet.append([text_cell(value) if isinstance(value, str) else value for value in row])
    titles = book.create_sheet("columns")
    titles.append(["name", "tên", "title", "unit"])
    for name in page.presentation.properties:
        title = column_title(name)
        titles.append([name, title.vi, title.en, title.unit])
    written = io.BytesIO()
    book.save(written)
    yield written.getvalue()


def _workbook_columns(page: FeaturePage) -> tuple[list[str], list[list[Any]]]:
    shown = page.presentation
    has_points = shown.has_geometry and page.table.spec.geometry == "point"
    frame = page.table.frame(page.rows, system=shown.system, has_geometry=has_points)
    names = list(shown.properties)
    columns = [
        _dates(plain_values(frame[name]))
        if page.table.kinds.get(name) == "date"
        else plain_values(frame[name])
        for name in names
    ]
    if has_points:
        outlines = frame.geometry.to_numpy()
        for axis, values in (("x", shapely.get_x(outlines)), ("y", shapely.get_y(outlines))):
            rounded = np.round(values, shown.system.decimals).tolist()
            names.append(axis)
            columns.append([None if np.isnan(value) else value for value in rounded])
    return names, columns


def _dates(texts: list[Any]) -> list[date | None]:
    return [None if text is None else date.fromisoformat(text[:10]) for text in texts]
