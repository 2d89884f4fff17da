"""What is printed of a release: a map sheet, and the annex that lists its zones; nothing needs a network."""

from geozone.maps.sheets.annex import Annex, annex_of
from geozone.maps.sheets.annex_html import ANNEX_STYLE, annex_html
from geozone.maps.sheets.annex_pdf import annex_pdf
from geozone.maps.sheets.annex_xlsx import annex_xlsx
from geozone.maps.sheets.paper import PAPERS, Paper
from geozone.maps.sheets.sheet import SHEET_LAYERS, SheetOptions, map_sheet, sheet_png

__all__ = [
    "ANNEX_STYLE",
    "PAPERS",
    "SHEET_LAYERS",
    "Annex",
    "Paper",
    "SheetOptions",
    "annex_html",
    "annex_of",
    "annex_pdf",
    "annex_xlsx",
    "map_sheet",
    "sheet_png",
]
