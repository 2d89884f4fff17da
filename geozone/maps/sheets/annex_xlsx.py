"""The annex as a workbook: numbers stay numbers and days stay days."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.drawing.image import Image
from openpyxl.styles import Alignment, Font

from geozone.maps.sheets.annex import COLUMNS, Annex, AnnexLine, column_heads, heading_lines, line_texts
from geozone.maps.sheets.wording import wording
from geozone.release.qr import qr_png

__all__ = ["annex_xlsx"]

_WIDTHS = (6, 26, 22, 20, 60, 12, 12, 14, 10, 14, 14, 24)
_MODIFIED = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


def annex_xlsx(annex: Annex, *, address: str, language: str = "vi") -> bytes:
    """Write the annex as a workbook of one sheet.

    Parameters
    ----------
    annex : Annex
        The annex.
    address : str
        What its QR code says: where the release is checked.
    language : str
        ``vi`` or ``en``.

    Returns
    -------
    bytes
        XLSX; the same annex gives the same bytes.
    """
    book = Workbook(write_only=True)
    book.properties.creator = "geozone"
    sheet = book.create_sheet(wording(language)["annex_short"])
    for at, width in enumerate(_WIDTHS):
        sheet.column_dimensions[chr(ord("A") + at)].width = width
    notes = heading_lines(annex, language)
    sheet.freeze_panes = f"A{len(notes) + 4}"
    for at, note in enumerate(notes):
        sheet.append([_cell(sheet, note, bold=at == 0)])
    sheet.append([_cell(sheet, annex.digest)])
    sheet.append([])
    sheet.append([_cell(sheet, head, bold=True) for head in column_heads(language)])
    for line in annex.lines:
        sheet.append([_cell(sheet, value) for value in _values(line, language)])
    picture = Image(io.BytesIO(qr_png(address, module_px=2)))
    sheet.add_image(picture, f"{chr(ord('A') + len(COLUMNS) + 1)}1")
    stream = io.BytesIO()
    book.save(stream)
    return _timeless(stream.getvalue())


def _values(line: AnnexLine, language: str) -> list[Any]:
    """Give the cells of a line; each line tells its whole zone, so that it can be filtered and sorted."""
    told = line_texts(line._replace(first=True), language)
    exact: dict[str, Any] = {
        "number": line.number,
        "residents": line.residents,
        "area": line.area_km2,
        "opened_on": line.opened_on,
        "lift_on": line.lift_on,
    }
    least, most = line.cases
    if least == most:
        exact["cases"] = least
    if not line.first:  # figures of a zone are told once: a sum over the column stays right
        exact |= dict.fromkeys(("residents", "area", "cases"))
    return [exact.get(name, text) for name, text in zip(COLUMNS, told, strict=True)]


def _cell(sheet: Any, value: Any, *, bold: bool = False) -> Any:
    cell = WriteOnlyCell(sheet, value=value)
    if isinstance(value, str):
        cell.data_type = "s"  # a name that begins with = is a name, never a formula
        cell.alignment = Alignment(wrap_text=not bold, vertical="top")
    if bold:
        cell.font = Font(bold=True)
    return cell


def _timeless(book: bytes) -> bytes:
    """Take the time of writing out of the archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename == "docProps/core.xml":
                content = _MODIFIED.sub(rb"\g<1>2000-01-01T00:00:00Z", content)
            new.writestr(zipfile.ZipInfo(entry.filename, _ZIP_EPOCH), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()
