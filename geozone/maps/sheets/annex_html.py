"""The annex as a page that prints well and needs nothing else."""

from __future__ import annotations

from html import escape

from geozone.maps.sheets.annex import Annex, column_heads, heading_lines, line_texts
from geozone.maps.sheets.wording import wording
from geozone.release.qr import qr_svg

__all__ = ["ANNEX_STYLE", "annex_html"]

ANNEX_STYLE = """
body{font:14px/1.45 system-ui,sans-serif;color:#111a23;margin:24px}
h1{font-size:20px;margin:0 0 4px}p{margin:2px 0}svg{float:right;width:110px;height:110px}
table{border-collapse:collapse;width:100%;margin-top:14px;clear:both}
th,td{border:1px solid #76838f;padding:3px 6px;text-align:left;vertical-align:top}
th{background:#e9eef2}tr{break-inside:avoid}thead{display:table-header-group}
footer{margin-top:10px;color:#47545f;font-size:12px;overflow-wrap:anywhere}
"""
"""Its only style, for a content security policy that names it by its hash."""


def annex_html(annex: Annex, *, address: str, language: str = "vi") -> bytes:
    """Write the annex as a page.

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
        UTF-8; one file without a script.
    """
    title, *notes = heading_lines(annex, language)
    heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in column_heads(language))
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(told)}</td>" for told in line_texts(line, language)) + "</tr>\n"
        for line in annex.lines
    )
    none = "" if annex.lines else f"<p>{escape(wording(language)['none'])}</p>"
    page = (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
        f"<style>{ANNEX_STYLE}</style></head><body>{qr_svg(address, module_px=2)}<h1>{escape(title)}</h1>"
        + "".join(f"<p>{escape(note)}</p>" for note in notes)
        + none
        + f"<table><thead><tr>{heads}</tr></thead><tbody>\n{rows}</tbody></table>"
        f"<footer>geozone · {escape(annex.digest)}</footer></body></html>\n"
    )
    return page.encode()
