"""Tiles as PNG pictures, for programs that read no vector tiles: the legal colours, with patterns.

Areas are filled on a grid twice as fine without smoothing, where every dot belongs to one commune, and
then averaged: so no background shines through between neighbours.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from geozone.tiles.geometry import TileGeometry
from geozone.tiles.mercator import EXTENT, grid_size
from geozone.tiles.palette import COLOURS, COVERAGE_SCALE, LEVELS, Rgb, pattern, rgb

__all__ = ["PictureLayer", "draw_picture"]

_SIDE = 512  # pixels drawn; a tile of 256 is this one averaged
_FINE = 2 * _SIDE
_GREEN_FROM = 7  # further out 3,000 green zones would hide the levels
_COVERAGE = "dose1_18"
_NO_DATA = 255
_LINE = 4  # numbers that make a line; fewer are a dot on the fine grid


@dataclass(frozen=True, slots=True)
class PictureLayer:
    """A layer to draw.

    Attributes
    ----------
    name : str
        Name of the layer, which decides how it is drawn.
    geometry : TileGeometry
        Its outlines or points.
    properties : DataFrame
        Its properties, one row for each.
    chosen : ndarray of bool, optional
        Rows that may be drawn; all by default.
    clustered_to : int, optional
        Last zoom at which points are clusters.
    """

    name: str
    geometry: TileGeometry
    properties: pd.DataFrame
    chosen: NDArray[np.bool_] | None = None
    clustered_to: int | None = None


def draw_picture(layers: list[PictureLayer], zoom: int, x: int, y: int, *, size: int = 256) -> bytes:
    """Draw one tile.

    Parameters
    ----------
    layers : list of PictureLayer
        The layers, lowest first.
    zoom, x, y : int
        Address; y counts from the north.
    size : int
        Pixels along a side, 256 or 512.

    Returns
    -------
    bytes
        PNG with a transparent background; empty where nothing is drawn.
    """
    sheet = _Sheet(zoom, x, y)
    for layer in layers:
        if layer.geometry.points:
            sheet.points(layer)
        else:
            _AREAS[layer.name](sheet, layer)
    if not sheet.touched:
        return b""
    picture = sheet.picture if size == _SIDE else _averaged(sheet.picture)
    stream = io.BytesIO()
    picture.save(stream, "PNG", compress_level=4)
    return stream.getvalue()


class _Shapes:
    """Outlines of one layer in a tile, as rings on the fine grid."""

    def __init__(self, layer: PictureLayer, zoom: int, x: int, y: int) -> None:
        rows, polygons = layer.geometry.shapes(zoom, x, y, layer.chosen)
        self.properties = layer.properties.iloc[rows]
        parts, owner = shapely.get_parts(polygons, return_index=True)
        rings, part = shapely.get_rings(parts, return_index=True)
        at, ring = shapely.get_coordinates(rings, return_index=True)
        at = np.floor((at - np.array([x * EXTENT, y * EXTENT])) * (_FINE / EXTENT))
        keep = np.ones(len(at), dtype=bool)
        keep[1:] = (ring[1:] != ring[:-1]) | (at[1:] != at[:-1]).any(axis=1)
        flat, sizes = at[keep].ravel().tolist(), 2 * np.bincount(ring[keep], minlength=len(rings))
        ends = np.cumsum(sizes)
        self.feature = owner[part]
        self.is_hole = np.diff(part, prepend=-1) == 0
        spans = zip((ends - sizes).tolist(), ends.tolist(), strict=True)
        self.rings: list[list[float]] = [flat[start:end] for start, end in spans]

    def __len__(self) -> int:
        return len(self.properties)

    def paint(self, colours: NDArray[np.int64]) -> Image.Image:
        """Fill every feature with its number, 0 to leave it out; holes are left as they were."""
        image = Image.new("L", (_FINE, _FINE), 0)
        pen = ImageDraw.Draw(image)
        followed = np.append(self.is_hole[1:], False)  # by a hole of the same polygon
        polygon: list[list[float]] = []
        for at, ring in enumerate(self.rings):
            polygon = [*polygon, ring] if self.is_hole[at] else [ring]
            colour = int(colours[self.feature[at]])
            if followed[at] or not colour or len(polygon[0]) < _LINE:
                continue
            if len(polygon) == 1:
                pen.polygon(ring, fill=colour)
            else:
                image.paste(colour, mask=_with_holes(polygon))
        return image

    def outline(self, width: int, chosen: NDArray[np.bool_] | None = None) -> Image.Image:
        """Draw the borders of features."""
        image = Image.new("L", (_FINE, _FINE), 0)
        pen = ImageDraw.Draw(image)
        for at, ring in enumerate(self.rings):
            if len(ring) >= _LINE and (chosen is None or chosen[self.feature[at]]):
                pen.line(ring, fill=255, width=width)
        return image


def _with_holes(rings: list[list[float]]) -> Image.Image:
    mask = Image.new("1", (_FINE, _FINE), 0)
    pen = ImageDraw.Draw(mask)
    for position, ring in enumerate(rings):
        if len(ring) >= _LINE:
            pen.polygon(ring, fill=int(position == 0))
    return mask


class _Sheet:
    """The picture of one tile as it is drawn."""

    def __init__(self, zoom: int, x: int, y: int) -> None:
        self.zoom, self.x, self.y = zoom, x, y
        self.picture = Image.new("RGBA", (_SIDE, _SIDE), (0, 0, 0, 0))
        self.touched = False

    def shapes(self, layer: PictureLayer) -> _Shapes:
        found = _Shapes(layer, self.zoom, self.x, self.y)
        self.touched |= len(found) > 0
        return found

    def fill(self, painted: Image.Image, colours: dict[int, Rgb]) -> None:
        """Lay painted numbers down in their colours."""
        table = np.zeros((256, 4), dtype=np.uint8)
        for number, colour in colours.items():
            table[number] = (*colour, 255)
        fine = Image.fromarray(table[np.asarray(painted)])
        self.picture = Image.alpha_composite(self.picture, _averaged(fine))

    def ink(self, mask: Image.Image, colour: str, strength: float = 1.0, *, filled_with: str = "") -> None:
        """Lay one colour down where a mask says, through a pattern if one is named."""
        cover = np.asarray(mask.reduce(2), dtype=np.float32) * strength
        if filled_with:
            cover = cover * pattern(filled_with, _SIDE, (self.x * _SIDE, self.y * _SIDE))
        layer = Image.new("RGBA", (_SIDE, _SIDE), rgb(colour))
        layer.putalpha(Image.fromarray(np.rint(cover).astype(np.uint8)))
        self.picture = Image.alpha_composite(self.picture, layer)

    def points(self, layer: PictureLayer) -> None:
        """Draw points, clusters with their number."""
        colour = rgb(COLOURS["checkpoint" if layer.name == "checkpoints" else "facility"])
        last = -1 if layer.clustered_to is None else layer.clustered_to
        found = layer.geometry.clusters(self.zoom, layer.chosen, gathered=self.zoom <= last)
        at = (found.at * grid_size(self.zoom) - np.array([self.x, self.y]) * EXTENT) * (_SIDE / EXTENT)
        near = ((at > -_REACH) & (at < _SIDE + _REACH)).all(axis=1)
        pen = ImageDraw.Draw(self.picture)
        for (across, down), count in zip(at[near].tolist(), found.points[near].tolist(), strict=True):
            radius = 5 if count == 1 else 11 + 2 * len(str(count))
            self.touched = True
            box = (across - radius, down - radius, across + radius, down + radius)
            pen.ellipse(box, fill=(*colour, 255), outline=(255, 255, 255, 255), width=2)
            if count > 1:
                pen.text((across, down), str(count), fill=(255, 255, 255, 255), font=_font(), anchor="mm")


_REACH = 24  # pixels that the largest cluster reaches beyond its middle


def _font() -> Any:
    return ImageFont.load_default(15)


def _averaged(image: Image.Image) -> Image.Image:
    """Halve a picture; colours weigh by how much there is of them, so that edges do not darken."""
    return image.convert("RGBa").reduce(2).convert("RGBA")


def _communes(sheet: _Sheet, layer: PictureLayer) -> None:
    shapes = sheet.shapes(layer)
    level, possible = (_whole(shapes.properties, name) for name in ("epidemic_level", "possible_level"))
    _choropleth(sheet, shapes, level, LEVELS)
    for number, colour in LEVELS.items():
        striped = np.where((possible == number) & (level > 0) & (possible > level), 255, 0)
        if striped.any():
            sheet.ink(shapes.paint(striped), colour, filled_with="may-be")


def _coverage(sheet: _Sheet, layer: PictureLayer) -> None:
    shapes = sheet.shapes(layer)
    names = [name for name in shapes.properties.columns if name.startswith(_COVERAGE) and "percent" in name]
    percent = pd.to_numeric(shapes.properties[names[0]]).to_numpy(float, na_value=np.nan) if names else np.nan
    lower = np.array([lowest for lowest, _ in COVERAGE_SCALE])
    percent = np.broadcast_to(percent, len(shapes))
    classes = np.where(np.isnan(percent), 0, np.searchsorted(lower, percent, side="right"))
    _choropleth(sheet, shapes, classes, {1 + at: colour for at, (_, colour) in enumerate(COVERAGE_SCALE)})


def _choropleth(sheet: _Sheet, shapes: _Shapes, classes: NDArray[np.int64], colours: dict[int, str]) -> None:
    """Fill by class; what has no class is grey and hatched, never a class of its own."""
    painted = shapes.paint(np.where(np.isin(classes, list(colours)), classes, _NO_DATA))
    inks = {number: rgb(colour) for number, colour in colours.items()} | {_NO_DATA: rgb(COLOURS["noData"])}
    sheet.fill(painted, inks)
    without = painted.point([0] * _NO_DATA + [255])
    sheet.ink(without, COLOURS["noDataHatch"], filled_with="no-data")
    sheet.ink(shapes.outline(1), COLOURS["border"], 0.3 if sheet.zoom < 8 else 0.7)


def _containment(sheet: _Sheet, layer: PictureLayer) -> None:
    shapes = sheet.shapes(layer)
    certain = (shapes.properties["certainty"] == "certain").to_numpy(bool)
    for which, filling, width in ((~certain, "zone-possible", 2), (certain, "zone-certain", 4)):
        if which.any():
            sheet.ink(shapes.paint(np.where(which, 255, 0)), COLOURS["containment"], filled_with=filling)
            sheet.ink(shapes.outline(width, which), COLOURS["containment"])


def _buffer(sheet: _Sheet, layer: PictureLayer) -> None:
    shapes = sheet.shapes(layer)
    sheet.ink(shapes.paint(np.full(len(shapes), 255)), COLOURS["buffer"], 0.18)
    sheet.ink(shapes.outline(3), COLOURS["buffer"], 0.8)


def _green(sheet: _Sheet, layer: PictureLayer) -> None:
    if sheet.zoom < _GREEN_FROM:
        return
    shapes = sheet.shapes(layer)
    sheet.ink(shapes.paint(np.full(len(shapes), 255)), COLOURS["green"], filled_with="green-zone")
    sheet.ink(shapes.outline(2), COLOURS["green"], 0.8)


def _whole(table: pd.DataFrame, name: str) -> NDArray[np.int64]:
    """Read a column of small whole numbers, 0 where there is none."""
    if name not in table.columns:
        return np.zeros(len(table), dtype=np.int64)
    return np.asarray(pd.to_numeric(table[name]).fillna(0), dtype=np.int64)


_AREAS = {
    "communes": _communes,
    "coverage": _coverage,
    "containment_zones": _containment,
    "buffer_zones": _buffer,
    "green_zones": _green,
}
