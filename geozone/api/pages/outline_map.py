"""A small map as SVG paths: outlines of the features of a page, simplified to half a pixel."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["OutlineMap", "Shape", "draw_map"]

_WIDTH, _TALLEST = 720, 560  # pixels
_MARGIN = 0.04  # of the longer side
_SMALLEST = 0.002  # degrees across: a single point is shown with its surroundings
_DOT = 4.0  # radius of a point, pixels


class Shape(NamedTuple):
    """One feature on the map.

    Attributes
    ----------
    path : str
        SVG path.
    href : str
        Where its page is.
    title : str
        Its name.
    fill : str
        Its colour.
    """

    path: str
    href: str
    title: str
    fill: str


class OutlineMap(NamedTuple):
    """A map.

    Attributes
    ----------
    width, height : int
        Pixels.
    shapes : list of Shape
        Its features, the largest first.
    """

    width: int
    height: int
    shapes: list[Shape]


def draw_map(
    geometries: NDArray[Any], hrefs: Sequence[str], titles: Sequence[str], fills: Sequence[str]
) -> OutlineMap | None:
    """Draw features.

    Parameters
    ----------
    geometries : ndarray of Geometry
        Longitude and latitude, degrees; ``None`` where a feature has none.
    hrefs, titles, fills : sequence of str
        Address, name and colour of each.

    Returns
    -------
    OutlineMap or None
        ``None`` where there is nothing to draw.
    """
    drawn = np.flatnonzero(~(shapely.is_missing(geometries) | shapely.is_empty(geometries)))
    if not len(drawn):
        return None
    west, south, east, north = shapely.total_bounds(geometries[drawn]).tolist()
    pad = max(east - west, north - south, _SMALLEST) * _MARGIN
    west, south, east, north = west - pad, south - pad, east + pad, north + pad
    narrowing = math.cos(math.radians((south + north) / 2))
    across, up = (east - west) * narrowing, north - south
    scale = min(_WIDTH / across, _TALLEST / up)
    on_page = shapely.transform(
        geometries[drawn],
        lambda at: np.column_stack([(at[:, 0] - west) * narrowing * scale, (north - at[:, 1]) * scale]),
    )
    paths = [_path(outline) for outline in shapely.simplify(on_page, 0.5)]
    largest_first = np.argsort(-shapely.area(on_page), kind="stable").tolist()
    shapes = [
        Shape(paths[at], hrefs[row], titles[row], fills[row])
        for at, row in ((at, int(drawn[at])) for at in largest_first)
    ]
    return OutlineMap(math.ceil(across * scale), math.ceil(up * scale), shapes)


def _path(outline: Any) -> str:
    if shapely.get_dimensions(outline) == 0:
        return "".join(_dot(x, y) for x, y in shapely.get_coordinates(outline).tolist())
    rings = shapely.get_rings(shapely.get_parts(outline))
    return "".join(
        "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in shapely.get_coordinates(ring).tolist()[:-1]) + "Z"
        for ring in rings
    )


def _dot(x: float, y: float) -> str:
    arc = f"a{_DOT} {_DOT} 0 1 0"
    return f"M{x - _DOT:.1f} {y:.1f}{arc} {2 * _DOT} 0{arc} {-2 * _DOT} 0Z"
