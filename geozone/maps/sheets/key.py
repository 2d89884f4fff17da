"""The key of a sheet: what every colour means, scale bar, north arrow, and the code that checks it."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import TYPE_CHECKING

import segno
from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas

from geozone.maps.sheets.ground import dots, fill, hatch, outline
from geozone.maps.sheets.lettering import BOLD, REGULAR, width_of
from geozone.maps.sheets.paint import classes_of, paint_title, painted_rows
from geozone.maps.sheets.paper import MM, Frame
from geozone.maps.sheets.window import Window
from geozone.maps.sheets.wording import LEVEL_NAMES, wording
from geozone.maps.words import format_number
from geozone.tiles.palette import COLOURS, LEVELS

if TYPE_CHECKING:
    from geozone.maps.sheets.sheet import Published

__all__ = ["draw_code", "draw_key", "draw_north", "draw_scale", "scale_bar_m"]

_ROW = 5.2 * MM
_SAMPLE = (8 * MM, 3.8 * MM)
_TYPE_PT = 7.5
_COLUMN = 66 * MM
_AREAS = ("containment_zones", "possible_zones", "buffer_zones", "green_zones")
_SPOTS = {"facilities": "facility", "checkpoints": "checkpoint"}


def draw_key(
    canvas: Canvas,
    release: Published,
    frame: Frame,
    language: str,
    hidden: Collection[str],
    *,
    paint: str = "level",
) -> float:
    """Write what every colour and line means, with the number of communes at each level.

    Parameters
    ----------
    canvas : Canvas
        The sheet.
    release : Published
        The release.
    frame : Frame
        Room for it; it flows into further columns where a column is full.
    language : str
        ``vi`` or ``en``.
    hidden : collection of str
        Switches of the map page that are off.
    paint : str
        What communes are coloured by: ``level``, ``rate`` or a coverage.

    Returns
    -------
    float
        Height of the lowest row, points from the lower edge of the sheet.
    """
    text = wording(language)
    rows: list[tuple[str, str, str]] = []
    if "levels" not in hidden:
        rows = _levels(release, language) if paint == "level" else _classes(release, language, paint)
    rows += [(name, text[name], "") for name in (*_AREAS, *_SPOTS) if _is_shown(release, name, hidden)]
    canvas.setFillColor(HexColor("#111a23"))
    canvas.setFont(BOLD, 9)
    canvas.drawString(frame.x, frame.top - 9, text["key"])
    column, y = 0, frame.top - 9 - _ROW
    lowest = y
    for kind, label, many in rows:
        if y < frame.y:
            column, y = column + 1, frame.top - 9 - _ROW
        x = frame.x + column * _COLUMN
        _sample(canvas, kind, Frame(x, y - 1.2 * MM, *_SAMPLE))
        canvas.setFillColor(HexColor("#111a23"))
        indent = 0.0 if kind == "heading" else _SAMPLE[0] + 2 * MM
        _row(canvas, x + indent, x + min(frame.width, _COLUMN - 4 * MM), y, label=label, many=many)
        lowest = min(lowest, y)
        y -= _ROW
    return lowest


def _levels(release: Published, language: str) -> list[tuple[str, str, str]]:
    """Tell the communes of each level."""
    text, counts = wording(language), release.manifest["counts"]
    rows, by_level = [], counts["communes_by_level"]
    for level in sorted(LEVELS, reverse=True):
        many = format_number(by_level.get(str(level), 0), language)
        rows.append((f"level-{level}", LEVEL_NAMES[language][level], many))
    if counts.get("communes_possibly_higher"):
        many = format_number(counts["communes_possibly_higher"], language)
        rows.append(("may-be", text["may_be"], many))
    return [*rows, ("no-data", text["no_data"], format_number(by_level.get("none", 0), language))]


def _classes(release: Published, language: str, paint: str) -> list[tuple[str, str, str]]:
    """Tell the communes of each class of values, below what they are values of."""
    layer, column = painted_rows(release, paint)
    table = release.attributes(layer or "communes")
    classes = classes_of(table, column, paint, language) if column else []
    without = len(table) - sum(int(one.chosen.sum()) for one in classes)
    return [
        ("heading", paint_title(paint, language), ""),
        *(
            (one.colour, one.label, format_number(int(one.chosen.sum()), language))
            for one in reversed(classes)
        ),
        ("no-data", wording(language)["no_data"], format_number(without, language)),
    ]


def _row(canvas: Canvas, left: float, right: float, y: float, *, label: str, many: str) -> None:
    """Write a label and its number; the label gets smaller where both would not fit."""
    room = right - left - width_of(many, _TYPE_PT, BOLD) - 1.5 * MM
    canvas.setFont(REGULAR, min(_TYPE_PT, _TYPE_PT * room / width_of(label, _TYPE_PT)))
    canvas.drawString(left, y, label)
    canvas.setFont(BOLD, _TYPE_PT)
    canvas.drawRightString(right, y, many)


def _is_shown(release: Published, name: str, hidden: Collection[str]) -> bool:
    layer = "containment_zones" if name == "possible_zones" else name
    return name not in hidden and layer in release.layer_names and len(release.attributes(layer)) > 0


def _sample(canvas: Canvas, kind: str, box: Frame) -> None:
    path = canvas.beginPath()
    path.rect(*box)
    colour = COLOURS["containment"]
    if kind == "heading":
        return
    if kind.startswith("#"):
        fill(canvas, path, kind)
        outline(canvas, path, COLOURS["border"], 0.3)
    elif kind.startswith("level-"):
        level = int(kind.removeprefix("level-"))
        fill(canvas, path, LEVELS[level])
        canvas.setFillColor(HexColor("#111a23"))
        canvas.setFont(BOLD, _TYPE_PT)
        canvas.drawCentredString(box.x + box.width / 2, box.y + 1.1 * MM, str(level))
    elif kind == "may-be":
        fill(canvas, path, LEVELS[1])
        hatch(canvas, path, box, LEVELS[4], step_pt=6, width_pt=1.7, falling=True)
    elif kind == "no-data":
        fill(canvas, path, COLOURS["noData"])
        hatch(canvas, path, box, COLOURS["noDataHatch"], step_pt=5, width_pt=0.5)
    elif kind == "containment_zones":
        hatch(canvas, path, box, colour, step_pt=2.6, width_pt=0.5)
        outline(canvas, path, colour, 1.1)
    elif kind == "possible_zones":
        dots(canvas, path, box, colour, step_pt=3, size_pt=0.6)
        outline(canvas, path, colour, 0.8, dash=(2.6, 1.6))
    elif kind == "buffer_zones":
        fill(canvas, path, COLOURS["buffer"], alpha=0.18)
        outline(canvas, path, COLOURS["buffer"], 0.7, dash=(0.4, 1.8))
    elif kind == "green_zones":
        dots(canvas, path, box, COLOURS["green"], step_pt=5, size_pt=0.9)
    else:
        canvas.setFillColor(HexColor(COLOURS[_SPOTS[kind]]))
        canvas.circle(box.x + box.width / 2, box.y + box.height / 2, 1.8, fill=1, stroke=0)


def scale_bar_m(metres_per_point: float, most_pt: float) -> float:
    """Choose the length of a scale bar: 1, 2 or 5 times a power of ten.

    Parameters
    ----------
    metres_per_point : float
        Metres on the ground that a point on paper stands for.
    most_pt : float
        Room for the bar, points.

    Returns
    -------
    float
        Metres; the longest that fits.
    """
    most = metres_per_point * most_pt
    power = 10.0 ** math.floor(math.log10(most))
    return max(step * power for step in (1, 2, 5) if step * power <= most)


def draw_scale(canvas: Canvas, window: Window, x: float, y: float, *, most_pt: float, note: str) -> None:
    """Draw a scale bar and what it measures.

    Parameters
    ----------
    canvas : Canvas
        The sheet.
    window : Window
        What the sheet shows.
    x, y : float
        Its left end, points.
    most_pt : float
        Room for it, points.
    note : str
        What is written below it.
    """
    metres = scale_bar_m(window.metres_per_point, most_pt)
    length = metres / window.metres_per_point
    canvas.setStrokeColor(HexColor("#111a23"))
    canvas.setFillColor(HexColor("#111a23"))
    canvas.setLineWidth(0.6)
    canvas.rect(x, y, length / 2, 4, fill=1, stroke=1)
    canvas.rect(x + length / 2, y, length / 2, 4, fill=0, stroke=1)
    canvas.setFont(REGULAR, _TYPE_PT)
    said = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"
    canvas.drawString(x, y + 6, "0")
    canvas.drawRightString(x + length + width_of(said, _TYPE_PT) / 2, y + 6, said)
    canvas.setFont(REGULAR, 6)
    canvas.drawString(x, y - 8, note)


def draw_north(canvas: Canvas, x: float, y: float, letter: str) -> None:
    """Draw an arrow to the north; it is up on every sheet.

    Parameters
    ----------
    canvas : Canvas
        The sheet.
    x, y : float
        Middle of its foot, points.
    letter : str
        What stands above it.
    """
    canvas.setFillColor(HexColor("#111a23"))
    canvas.setStrokeColor(HexColor("#111a23"))
    canvas.setLineWidth(0.6)
    for side, filled in ((-1, 1), (1, 0)):
        half = canvas.beginPath()
        half.moveTo(x, y + 5)
        half.lineTo(x + side * 5, y)
        half.lineTo(x, y + 18)
        half.close()
        canvas.drawPath(half, fill=filled, stroke=1)
    canvas.setFont(BOLD, 9)
    canvas.drawCentredString(x, y + 21, letter)


def draw_code(canvas: Canvas, address: str, x: float, y: float, side_pt: float) -> None:
    """Draw a QR code, as squares that stay sharp.

    Parameters
    ----------
    canvas : Canvas
        The sheet.
    address : str
        What it says.
    x, y : float
        Its lower left corner, points.
    side_pt : float
        Its side, points, with the quiet zone of four modules.
    """
    code = segno.make(address, error="q", micro=False, boost_error=False)
    rows = list(code.matrix_iter(border=4))
    module = side_pt / len(rows)
    canvas.setFillColor(HexColor("#ffffff"))
    canvas.rect(x, y, side_pt, side_pt, fill=1, stroke=0)
    canvas.setFillColor(HexColor("#000000"))
    path = canvas.beginPath()
    for down, row in enumerate(rows):
        for across, dark in enumerate(row):
            if dark:
                path.rect(x + across * module, y + side_pt - (down + 1) * module, module, module)
    canvas.drawPath(path, fill=1, stroke=0)
