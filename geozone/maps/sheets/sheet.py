"""A map sheet: heading, map, key, scale, north, and the code of the release; as PDF, and as a picture."""

from __future__ import annotations

import io
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import pypdfium2
from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas

from geozone.maps.sheets.chart import draw_chart
from geozone.maps.sheets.key import draw_code, draw_key, draw_north, draw_scale
from geozone.maps.sheets.lettering import BOLD, REGULAR, load_typeface, width_of
from geozone.maps.sheets.paper import MM, Frame, Layout, Paper, layout_of
from geozone.maps.sheets.window import Box, Window
from geozone.maps.sheets.wording import wording
from geozone.maps.words import format_date, format_number

__all__ = ["SHEET_LAYERS", "Published", "SheetOptions", "map_sheet", "sheet_png"]

SHEET_LAYERS = (
    "levels",
    "containment_zones",
    "possible_zones",
    "buffer_zones",
    "green_zones",
    "facilities",
    "checkpoints",
    "labels",
)
"""Switches of the map page, which may be off on a sheet too."""

_INK = HexColor("#111a23")
_FAINT = HexColor("#47545f")
_CODE = 30 * MM
_drawing = threading.Lock()  # the renderer of pictures is not made for two at a time


class Published(Protocol):
    """A release, as far as a sheet reads it."""

    @property
    def digest(self) -> str:
        """Digest of its manifest."""

    @property
    def manifest(self) -> Mapping[str, Any]:
        """Its manifest."""

    @property
    def layer_names(self) -> tuple[str, ...]:
        """The layers it holds."""

    def layer(self, name: str) -> Any:
        """Read a layer with its geometry."""

    def attributes(self, name: str) -> Any:
        """Read a layer without its geometry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetOptions:
    """What a sheet shows, and how.

    Attributes
    ----------
    box : tuple of float
        West, south, east, north, degrees; all of it is on the sheet.
    address : str
        What its QR code says: where the release is checked.
    size : str
        ``a4`` or ``a3``.
    upright : bool, optional
        Whether the long side stands; by default as the box fits best.
    language : str
        ``vi`` or ``en``.
    title : str
        A title of its own, such as the name of a province; none by default.
    hidden : frozenset of str
        Names of ``SHEET_LAYERS`` that are off.
    paint : str
        What communes are coloured by: ``level``, ``rate`` (new cases per 100,000 people) or doses and ages of
        a coverage, such as ``dose2_50_plus``.
    """

    box: Box
    address: str
    size: str = "a4"
    upright: bool | None = None
    language: str = "vi"
    title: str = ""
    hidden: frozenset[str] = frozenset()
    paint: str = "level"

    @property
    def paper(self) -> Paper:
        """The sheet: of both ways to hold it, the one with the larger map."""
        if self.upright is not None:
            return Paper(self.size, self.upright)
        ways = [Paper(self.size, upright) for upright in (False, True)]
        return min(ways, key=lambda paper: Window(self.box, layout_of(paper).chart).scale)


def map_sheet(release: Published, options: SheetOptions) -> bytes:
    """Draw a sheet; the same release and options give the same bytes.

    Parameters
    ----------
    release : Published
        The release.
    options : SheetOptions
        What is shown, and how.

    Returns
    -------
    bytes
        A PDF of one page; its text can be selected and searched.
    """
    load_typeface()
    text, manifest = wording(options.language), release.manifest
    paper = options.paper
    layout = layout_of(paper)
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=paper.points, invariant=1, pageCompression=1, lang=options.language)
    decision = manifest["decision"]
    canvas.setTitle(f"{text['title']} · {decision or text['no_decision']}")
    canvas.setAuthor("geozone")
    canvas.setSubject(release.digest)
    window = Window(options.box, layout.chart)
    _heading(canvas, release, layout.heading, options)
    draw_chart(canvas, release, window, options.hidden, options.paint)
    _beside(canvas, release, layout, window, options)
    _foot(canvas, release, layout.foot, options.language)
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


def sheet_png(pdf: bytes, *, dpi: int = 150) -> bytes:
    """Make a picture of the first page of a sheet.

    Parameters
    ----------
    pdf : bytes
        What ``map_sheet`` gave.
    dpi : int
        Dots per inch.

    Returns
    -------
    bytes
        PNG.
    """
    with _drawing:
        document = pypdfium2.PdfDocument(pdf)
        try:
            picture = document[0].render(scale=dpi / 72).to_pil().convert("RGB")
        finally:
            document.close()
    stream = io.BytesIO()
    picture.save(stream, "PNG", dpi=(dpi, dpi), compress_level=6)
    return stream.getvalue()


def _heading(canvas: Canvas, release: Published, frame: Frame, options: SheetOptions) -> None:
    text, manifest, language = wording(options.language), release.manifest, options.language
    rules = manifest["rules"]
    canvas.setFillColor(_INK)
    title = text["title"] + (f" · {options.title}" if options.title else "")
    size = min(15.0, 15.0 * frame.width / max(1.0, width_of(title, 15, BOLD)))
    canvas.setFont(BOLD, size)
    canvas.drawString(frame.x, frame.top - 14, title)
    number = manifest["decision"]
    decided = text["decision"].format(number=number) if number else text["no_decision"]
    day = text["as_of"].format(day=format_date(manifest["as_of"], language))
    canvas.setFont(BOLD, 10)
    canvas.drawString(frame.x, frame.top - 29, f"{decided} · {day}")
    canvas.setFont(REGULAR, 8)
    canvas.setFillColor(_FAINT)
    name = str(rules.get(f"name_{language}") or rules["id"])
    doubt = "" if rules.get("verified") else f" ({text['unverified']})"
    canvas.drawString(frame.x, frame.top - 41, name + doubt)
    inside = manifest["counts"].get("residents_inside")
    count = text["unknown"] if inside is None else format_number(inside, language)
    canvas.drawRightString(frame.right, frame.top - 41, text["inside"].format(count=count))


def _beside(
    canvas: Canvas, release: Published, layout: Layout, window: Window, options: SheetOptions
) -> None:
    """Fill the key: what the colours mean, then scale and north, then the code."""
    text, frame = wording(options.language), layout.key
    canvas.setStrokeColor(HexColor("#76838f"))
    canvas.setLineWidth(0.5)
    canvas.rect(*frame)
    pad = 3 * MM
    upright = options.paper.upright
    low = frame.y + pad if upright else frame.y + _CODE + 26 * MM
    width = frame.width - (68 * MM if upright else 0) - 2 * pad
    room = Frame(frame.x + pad, low, width, frame.top - pad - low)
    draw_key(canvas, release, room, options.language, options.hidden, paint=options.paint)
    x = frame.right - 62 * MM if upright else frame.x + pad
    note = text["scale"].format(
        scale=format_number(_round_scale(window.scale), options.language), paper=options.size.upper()
    )
    draw_scale(canvas, window, x, frame.y + _CODE + 12 * MM, most_pt=38 * MM, note=note)
    draw_north(canvas, x + 50 * MM, frame.y + _CODE + 13 * MM, text["north"])
    draw_code(canvas, options.address, x - 1.5 * MM, frame.y + 1.5 * MM, _CODE)
    room = Frame(x + _CODE, frame.y, frame.right - pad - x - _CODE, _CODE - 5 * MM)
    _beside_code(canvas, release, room, options.language)


def _beside_code(canvas: Canvas, release: Published, frame: Frame, language: str) -> None:
    text, y = wording(language), frame.top
    said = text["digest"].format(digest=release.digest[:16])
    canvas.setFillColor(_INK)
    for line in [*_broken(text["check"], frame.width, 7), "", *_broken(said, frame.width, 7)]:
        canvas.setFont(REGULAR, 7)
        canvas.drawString(frame.x, y, line)
        y -= 9


def _broken(text: str, width: float, size_pt: float) -> list[str]:
    """Break a text into lines between its words."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if width_of(longer, size_pt) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _foot(canvas: Canvas, release: Published, frame: Frame, language: str) -> None:
    text = wording(language)
    canvas.setFont(BOLD, 7.5)
    canvas.setFillColor(HexColor("#5b3a00"))
    if release.manifest["boundary_quality"] == "approximate":
        canvas.drawString(frame.x, frame.y + 4, text["approximate"])
    canvas.setFont(REGULAR, 6)
    canvas.setFillColor(_FAINT)
    canvas.drawRightString(frame.right, frame.y + 4, f"geozone · {release.digest}")


def _round_scale(scale: float) -> int:
    """Round the number of a scale to two digits: the projection is not true to more."""
    digits = len(str(int(scale))) - 2
    return int(round(scale, -digits)) if digits > 0 else int(scale)
