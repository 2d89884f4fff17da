"""The annex as PDF, on as many sheets as it takes."""

from __future__ import annotations

import io
from html import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import LongTable, Paragraph, SimpleDocTemplate, Spacer, TableStyle

from geozone.maps.sheets.annex import Annex, column_heads, heading_lines, line_texts
from geozone.maps.sheets.key import draw_code
from geozone.maps.sheets.lettering import BOLD, REGULAR, load_typeface
from geozone.maps.sheets.paper import MM
from geozone.maps.sheets.wording import wording

__all__ = ["annex_pdf"]

_MARGIN = 12 * MM
_WIDTHS_MM = (9, 31, 26, 24, 50, 16, 16, 16, 12, 19, 19, 35)
_RIGHT = (6, 7, 8)  # columns of numbers
_CODE = 24 * MM


def annex_pdf(annex: Annex, *, address: str, language: str = "vi") -> bytes:
    """Lay the annex out, with the code of the release on the first sheet and its digest on each.

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
        A PDF; the same annex gives the same bytes.
    """
    load_typeface()
    text = wording(language)
    head = ParagraphStyle("head", fontName=BOLD, fontSize=13, leading=17)
    body = ParagraphStyle("body", fontName=REGULAR, fontSize=9, leading=13)
    title, *notes = heading_lines(annex, language)
    story = [Paragraph(escape(title), head), *(Paragraph(escape(note), body) for note in notes)]
    story += (
        [Spacer(1, _CODE - 42), _table(annex, language)] if annex.lines else [Paragraph(text["none"], body)]
    )

    def first(canvas: Canvas, document: SimpleDocTemplate) -> None:
        width, height = landscape(A4)
        draw_code(canvas, address, width - _MARGIN - _CODE, height - _MARGIN - _CODE, _CODE)
        later(canvas, document)

    def later(canvas: Canvas, document: SimpleDocTemplate) -> None:
        canvas.setFont(REGULAR, 6.5)
        canvas.setFillColor(HexColor("#47545f"))
        canvas.drawString(_MARGIN, 6 * MM, f"geozone · {annex.digest}")
        canvas.drawRightString(landscape(A4)[0] - _MARGIN, 6 * MM, text["page"].format(page=document.page))

    stream = io.BytesIO()
    document = SimpleDocTemplate(
        stream,
        pagesize=landscape(A4),
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title=f"{text['annex_short']} · {annex.decision or text['no_decision']}",
        author="geozone",
        subject=annex.digest,
        lang=language,
        invariant=1,
    )
    document.build(story, onFirstPage=first, onLaterPages=later)
    return stream.getvalue()


def _table(annex: Annex, language: str) -> LongTable:
    cell = ParagraphStyle("cell", fontName=REGULAR, fontSize=7.5, leading=9.5)
    number = ParagraphStyle("number", parent=cell, alignment=2)
    heads = ParagraphStyle("heads", parent=cell, fontName=BOLD)
    styles = [number if column in _RIGHT else cell for column in range(len(_WIDTHS_MM))]
    rows = [[Paragraph(escape(head), heads) for head in column_heads(language)]]
    rows += [
        [
            Paragraph(escape(told), style)
            for told, style in zip(line_texts(line, language), styles, strict=True)
        ]
        for line in annex.lines
    ]
    table = LongTable(rows, colWidths=[width * MM for width in _WIDTHS_MM], repeatRows=1)
    line = HexColor("#76838f")
    table.setStyle(
        TableStyle(
            [
                ("GRID", (0, 0), (-1, -1), 0.4, line),
                ("BACKGROUND", (0, 0), (-1, 0), HexColor("#e9eef2")),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 3),
                ("RIGHTPADDING", (0, 0), (-1, -1), 3),
                ("TOPPADDING", (0, 0), (-1, -1), 1.5),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
            ]
        )
    )
    return table
