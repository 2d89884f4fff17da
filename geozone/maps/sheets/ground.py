"""Polygons on the sheet: as paths in points, filled, hatched and outlined."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import FILL_EVEN_ODD, Canvas
from reportlab.pdfgen.pathobject import PDFPathObject

from geozone.maps.sheets.paper import Frame
from geozone.maps.sheets.window import Window

__all__ = ["Ground", "dots", "fill", "hatch", "outline"]

_GRID_PT = 0.24  # finer than a printer draws; shared borders snap to the same places
_LEAST_RING = 4  # places that make an area, the first one repeated


class Ground:
    """The polygons of one layer on the sheet, those outside the frame left out.

    Parameters
    ----------
    geometry : ndarray of shapely geometries
        Polygons, EPSG:4326.
    window : Window
        Where they are drawn.
    """

    def __init__(self, geometry: NDArray[Any], window: Window) -> None:
        present = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
        near = np.flatnonzero(present & shapely.intersects(geometry, shapely.box(*window.box)))
        parts, owner = shapely.get_parts(geometry[near], return_index=True)
        rings, part = shapely.get_rings(parts, return_index=True)
        at, ring = shapely.get_coordinates(rings, return_index=True)
        placed = np.round(window.points(at) / _GRID_PT).astype(np.int64)
        keep = np.ones(len(placed), dtype=bool)
        keep[1:] = (ring[1:] != ring[:-1]) | (placed[1:] != placed[:-1]).any(axis=1)
        counts = np.bincount(ring[keep], minlength=len(rings))
        ends = np.cumsum(counts)
        drawn = [f"{x:g} {y:g}" for x, y in (placed[keep] * _GRID_PT).round(2).tolist()]
        spans = zip((ends - counts).tolist(), ends.tolist(), strict=True)
        self._rings = [_ring(drawn[start:end]) for start, end in spans]
        self._rows = near[owner[part]]

    def path(self, chosen: NDArray[np.bool_]) -> PDFPathObject | None:
        """Make one path of some of the polygons.

        Parameters
        ----------
        chosen : ndarray of bool
            Which, one value for each row of the layer.

        Returns
        -------
        PDFPathObject or None
            None where none of them is in the frame. Fill it by the even-odd rule.
        """
        rings = [self._rings[at] for at in np.flatnonzero(chosen[self._rows]).tolist() if self._rings[at]]
        return PDFPathObject(code=rings) if rings else None


def _ring(places: list[str]) -> str:
    """Write a ring in the language of PDF; nothing where it shrank to a line."""
    if len(places) < _LEAST_RING:
        return ""
    return f"{places[0]} m " + " l ".join(places[1:]) + " l h"


def fill(canvas: Canvas, path: PDFPathObject | None, colour: str, *, alpha: float = 1.0) -> None:
    """Fill a path.

    Parameters
    ----------
    canvas : Canvas
        The sheet.
    path : PDFPathObject or None
        None draws nothing.
    colour : str
        ``#rrggbb``.
    alpha : float
        How dense, 0 to 1.
    """
    if path is None:
        return
    canvas.saveState()
    canvas.setFillColor(HexColor(colour))
    canvas.setFillAlpha(alpha)
    canvas.setStrokeColor(HexColor(colour))
    canvas.setLineWidth(0.25)  # closes the hairline between neighbours of two colours
    canvas.drawPath(path, fill=1, stroke=int(alpha == 1), fillMode=FILL_EVEN_ODD)
    canvas.restoreState()


def outline(
    canvas: Canvas,
    path: PDFPathObject | None,
    colour: str,
    width_pt: float,
    *,
    dash: tuple[float, ...] = (),
    alpha: float = 1.0,
) -> None:
    """Draw the border of a path.

    Parameters
    ----------
    canvas : Canvas
        The sheet.
    path : PDFPathObject or None
        None draws nothing.
    colour : str
        ``#rrggbb``.
    width_pt : float
        Width of the line, points.
    dash : tuple of float
        Lengths of stroke and gap, points; none for a whole line.
    alpha : float
        How dense, 0 to 1.
    """
    if path is None:
        return
    canvas.saveState()
    canvas.setStrokeColor(HexColor(colour))
    canvas.setStrokeAlpha(alpha)
    canvas.setLineWidth(width_pt)
    canvas.setLineJoin(1)
    if dash:
        canvas.setDash(*dash)
    canvas.drawPath(path, fill=0, stroke=1)
    canvas.restoreState()


def hatch(
    canvas: Canvas,
    path: PDFPathObject | None,
    frame: Frame,
    colour: str,
    *,
    step_pt: float,
    width_pt: float,
    falling: bool = False,
) -> None:
    """Draw slanting lines inside a path.

    Parameters
    ----------
    canvas : Canvas
        The sheet.
    path : PDFPathObject or None
        None draws nothing.
    frame : Frame
        What the lines have to cover at most.
    colour : str
        ``#rrggbb``.
    step_pt, width_pt : float
        Distance across and width of the lines, points.
    falling : bool
        Whether they run down to the right.
    """
    if path is None:
        return
    _cut_out(canvas, path, colour, width_pt)
    low, high = (frame.top, frame.y) if falling else (frame.y, frame.top)
    along = np.arange(frame.x - frame.height, frame.right, step_pt * np.sqrt(2))
    canvas.lines([(x, low, x + frame.height, high) for x in along.tolist()])
    canvas.restoreState()


def dots(
    canvas: Canvas, path: PDFPathObject | None, frame: Frame, colour: str, *, step_pt: float, size_pt: float
) -> None:
    """Draw a grid of dots inside a path.

    Parameters
    ----------
    canvas : Canvas
        The sheet.
    path : PDFPathObject or None
        None draws nothing.
    frame : Frame
        What the dots have to cover at most.
    colour : str
        ``#rrggbb``.
    step_pt, size_pt : float
        Distance and diameter of the dots, points.
    """
    if path is None:
        return
    _cut_out(canvas, path, colour, size_pt)
    canvas.setLineCap(1)
    canvas.setDash(0, step_pt)  # a stroke of no length with round ends is a dot
    rows = np.arange(frame.y, frame.top, step_pt).tolist()
    canvas.lines([(frame.x, y, frame.right, y) for y in rows])
    canvas.restoreState()


def _cut_out(canvas: Canvas, path: PDFPathObject, colour: str, width_pt: float) -> None:
    """Draw inside a path from now on, until the state is restored."""
    canvas.saveState()
    canvas.clipPath(path, stroke=0, fill=0, fillMode=FILL_EVEN_ODD)
    canvas.setStrokeColor(HexColor(colour))
    canvas.setLineWidth(width_pt)
