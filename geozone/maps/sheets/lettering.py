"""The typeface of what is printed: it is embedded, and has every Vietnamese letter."""

from __future__ import annotations

import threading
from pathlib import Path

from reportlab.lib.fonts import addMapping
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

__all__ = ["BOLD", "REGULAR", "load_typeface", "width_of"]

REGULAR = "BeVietnamPro"
BOLD = "BeVietnamPro-SemiBold"
_FOLDER = Path(__file__).parent / "fonts"
_lock = threading.Lock()


def load_typeface() -> None:
    """Make the typeface known to the writer of PDF files; again does nothing."""
    with _lock:
        if REGULAR in pdfmetrics.getRegisteredFontNames():
            return
        pdfmetrics.registerFont(TTFont(BOLD, _FOLDER / "BeVietnamPro-SemiBold.ttf"))
        pdfmetrics.registerFont(TTFont(REGULAR, _FOLDER / "BeVietnamPro-Regular.ttf"))
        for italic in (0, 1):
            addMapping(REGULAR, 0, italic, REGULAR)
            addMapping(REGULAR, 1, italic, BOLD)


def width_of(text: str, size_pt: float, font: str = REGULAR) -> float:
    """Measure a line of text.

    Parameters
    ----------
    text : str
        The line.
    size_pt : float
        Size of the type, points.
    font : str
        ``REGULAR`` or ``BOLD``.

    Returns
    -------
    float
        Its width, points.
    """
    return float(pdfmetrics.stringWidth(text, font, size_pt))
