"""The map of a sheet: levels, zones and names of a release, drawn as on the map page."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas

from geozone.maps.sheets.ground import Ground, dots, fill, hatch, outline
from geozone.maps.sheets.lettering import BOLD, REGULAR, width_of
from geozone.maps.sheets.paint import classes_of, painted_rows
from geozone.maps.sheets.window import Window
from geozone.tiles.palette import COLOURS, LEVELS

if TYPE_CHECKING:
    import geopandas as gpd

    from geozone.maps.sheets.sheet import Published

__all__ = ["draw_chart"]

_GREEN_TO = 1_500_000  # at a smaller scale 3,000 green zones would hide the levels
_POINTS_TO = 250_000
_HALO_PT = 1.6
_LEVEL_PT = 6.5
_NAME_PT = 6.0
_PROVINCE_PT = 9.0
_PROVINCES_FROM = 900_000  # at a smaller scale provinces are named, and no commune


def draw_chart(
    canvas: Canvas, release: Published, window: Window, hidden: Collection[str], paint: str = "level"
) -> None:
    """Draw every layer that is not hidden, lowest first, cut off at the frame.

    Parameters
    ----------
    canvas : Canvas
        The sheet.
    release : Published
        The release.
    window : Window
        What is shown, and where.
    hidden : collection of str
        Switches of the map page that are off.
    paint : str
        What communes are coloured by: ``level``, ``rate`` or a coverage.
    """
    frame = window.frame
    canvas.saveState()
    cut = canvas.beginPath()
    cut.rect(*frame)
    canvas.clipPath(cut, stroke=0, fill=0)
    fill(canvas, cut, "#e9eef2")
    for switch, layer, draw in _DRAWN:
        if layer in release.layer_names and switch not in hidden:
            table = release.layer(layer)
            if switch == "levels" and paint != "level":
                _painted(canvas, release, window, paint)
            elif len(table):
                if switch == "labels" and paint != "level":
                    table = table.assign(epidemic_level=0)  # no numbers of levels on other colours
                draw(canvas, table, window)
    canvas.restoreState()
    canvas.setLineWidth(0.8)
    canvas.rect(*frame)


def _painted(canvas: Canvas, release: Published, window: Window, paint: str) -> None:
    """Colour the communes by a value instead of their level; those without one are hatched."""
    layer, column = painted_rows(release, paint)
    table = release.layer(layer or "communes")
    ground = Ground(table.geometry.to_numpy(), window)
    classes = classes_of(table, column, paint, "en") if column else []
    known = np.zeros(len(table), dtype=bool)
    for one in classes:
        fill(canvas, ground.path(one.chosen), one.colour)
        known |= one.chosen
    without = ground.path(~known)
    fill(canvas, without, COLOURS["noData"])
    hatch(canvas, without, window.frame, COLOURS["noDataHatch"], step_pt=5, width_pt=0.5)
    every = ground.path(np.ones(len(table), dtype=bool))
    outline(canvas, every, COLOURS["border"], 0.35 if window.scale < 1_000_000 else 0.12, alpha=0.8)


def _communes(canvas: Canvas, table: gpd.GeoDataFrame, window: Window) -> None:
    ground = Ground(table.geometry.to_numpy(), window)
    level, possible = _whole(table, "epidemic_level"), _whole(table, "possible_level")
    without = ground.path(level == 0)
    fill(canvas, without, COLOURS["noData"])
    hatch(canvas, without, window.frame, COLOURS["noDataHatch"], step_pt=5, width_pt=0.5)
    for number, colour in LEVELS.items():
        fill(canvas, ground.path(level == number), colour)
    for number, colour in LEVELS.items():
        striped = ground.path((level > 0) & (possible > level) & (possible == number))
        hatch(canvas, striped, window.frame, colour, step_pt=6, width_pt=1.7, falling=True)
    approximate = (table["boundary_quality"] == "approximate").to_numpy(bool)
    faint = {"alpha": 0.5, "dash": (1.2, 1.0)}  # a line nobody takes for a legal one
    every = ground.path(~approximate)
    outline(canvas, every, COLOURS["border"], 0.35 if window.scale < 1_000_000 else 0.12, alpha=0.8)
    outline(canvas, ground.path(approximate), COLOURS["border"], 0.4, **faint)  # type: ignore[arg-type]


def _green(canvas: Canvas, table: gpd.GeoDataFrame, window: Window) -> None:
    if window.scale > _GREEN_TO:
        return
    path = Ground(table.geometry.to_numpy(), window).path(np.ones(len(table), dtype=bool))
    dots(canvas, path, window.frame, COLOURS["green"], step_pt=5, size_pt=0.9)


def _buffer(canvas: Canvas, table: gpd.GeoDataFrame, window: Window) -> None:
    path = Ground(table.geometry.to_numpy(), window).path(np.ones(len(table), dtype=bool))
    fill(canvas, path, COLOURS["buffer"], alpha=0.18)
    outline(canvas, path, COLOURS["buffer"], 0.7, dash=(0.4, 1.8))


def _zones(certainty: str) -> Callable[[Canvas, gpd.GeoDataFrame, Window], None]:
    def draw(canvas: Canvas, table: gpd.GeoDataFrame, window: Window) -> None:
        ground = Ground(table.geometry.to_numpy(), window)
        path = ground.path((table["certainty"] == certainty).to_numpy(bool))
        colour, frame = COLOURS["containment"], window.frame
        bold = 1.1 if window.scale < 1_000_000 else 0.4
        if certainty == "certain":
            hatch(canvas, path, frame, colour, step_pt=2.6, width_pt=0.5)
            outline(canvas, path, colour, bold)
        else:
            dots(canvas, path, frame, colour, step_pt=3, size_pt=0.6)
            outline(canvas, path, colour, 0.7 * bold, dash=(2.6, 1.6))

    return draw


def _points(colour: str) -> Callable[[Canvas, gpd.GeoDataFrame, Window], None]:
    def draw(canvas: Canvas, table: gpd.GeoDataFrame, window: Window) -> None:
        if window.scale > _POINTS_TO:
            return
        places = window.points(shapely.get_coordinates(table.geometry.to_numpy()))
        canvas.setFillColor(HexColor(COLOURS[colour]))
        canvas.setStrokeColor(HexColor(COLOURS["halo"]))
        canvas.setLineWidth(0.5)
        for x, y in places.tolist():
            canvas.circle(x, y, 1.6, fill=1, stroke=1)

    return draw


class _Labels:
    """Names and numbers that do not run into one another."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._taken: list[tuple[float, float, float, float]] = []

    def put(self, x: float, y: float, text: str, size_pt: float, font: str = REGULAR) -> bool:
        """Write a text around a place, unless one is there; tell whether it was written."""
        half, height = width_of(text, size_pt, font) / 2 + 0.8, size_pt * 0.5
        box = (x - half, y - height, x + half, y + height)
        if any(
            box[0] < right and left < box[2] and box[1] < top and low < box[3]
            for left, low, right, top in self._taken
        ):
            return False
        self._taken.append(box)
        canvas = self._canvas
        for halo in (True, False):
            line = canvas.beginText(x - half + 0.8, y - size_pt * 0.34)
            line.setFont(font, size_pt)
            line.setTextRenderMode(1 if halo else 0)
            canvas.setStrokeColor(HexColor(COLOURS["halo"]))
            canvas.setLineWidth(_HALO_PT if halo else 0)
            canvas.setLineJoin(1)
            canvas.setFillColor(HexColor("#111a23"))
            line.textOut(text)
            line.setTextRenderMode(0)
            canvas.drawText(line)
        return True


def _names(canvas: Canvas, table: gpd.GeoDataFrame, window: Window) -> None:
    geometry = table.geometry.to_numpy()
    inside = np.flatnonzero(shapely.intersects(geometry, shapely.box(*window.box)))
    west, south, east, north = shapely.bounds(geometry[inside]).T
    corners = window.points(np.column_stack([west, south])), window.points(np.column_stack([east, north]))
    across = (corners[1] - corners[0])[:, 0]
    at = window.points(shapely.get_coordinates(shapely.point_on_surface(geometry[inside])))
    labels = _Labels(canvas)
    level = _whole(table, "epidemic_level")[inside]
    near = window.scale < _PROVINCES_FROM
    # From near, provinces are named beside the outbreak only: inside it, communes are.
    _provinces(labels, table.iloc[inside], at, (level == 0) if near and (level > 0).any() else level >= 0)
    for row in np.argsort(-level, kind="stable").tolist():
        x, y = at[row].tolist()
        if level[row] > (0 if near else 1) and across[row] > 7:
            labels.put(x, y, str(level[row]), _LEVEL_PT, BOLD)
        name = str(table["name"].iloc[inside[row]])
        if near and level[row] and width_of(name, _NAME_PT) < across[row]:
            labels.put(x, y - _LEVEL_PT, name, _NAME_PT)


def _provinces(
    labels: _Labels, communes: pd.DataFrame, at: NDArray[np.float64], chosen: NDArray[np.bool_]
) -> None:
    """Name each province in the middle of some of its communes, the largest first."""
    names = communes["province_name"].to_numpy()[chosen]
    middles = (
        pd.DataFrame(at[chosen], columns=["x", "y"])
        .groupby(names)
        .agg(x=("x", "median"), y=("y", "median"), many=("x", "size"))
    )
    for name, x, y, _ in middles.sort_values("many", ascending=False, kind="stable").itertuples(name=None):
        short = str(name).removeprefix("Tỉnh ").removeprefix("Thành phố ")
        labels.put(x, y, short, _PROVINCE_PT, BOLD)


def _whole(table: Any, name: str) -> NDArray[np.int64]:
    """Read a column of small whole numbers, 0 where there is none."""
    if name not in table.columns:
        return np.zeros(len(table), dtype=np.int64)
    return np.asarray(pd.to_numeric(table[name]).fillna(0), dtype=np.int64)


_DRAWN: tuple[tuple[str, str, Callable[[Canvas, Any, Window], None]], ...] = (
    ("levels", "communes", _communes),
    ("green_zones", "green_zones", _green),
    ("buffer_zones", "buffer_zones", _buffer),
    ("possible_zones", "containment_zones", _zones("possible")),
    ("containment_zones", "containment_zones", _zones("certain")),
    ("facilities", "facilities", _points("facility")),
    ("checkpoints", "checkpoints", _points("checkpoint")),
    ("labels", "communes", _names),
)
"""Switch on the map page, layer, and how it is drawn; lowest first."""
