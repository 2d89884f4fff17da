"""Paper, and where on it the map, the heading and the key lie; all in points, from the lower left."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["MM", "PAPERS", "Frame", "Layout", "Paper", "layout_of"]

MM = 72 / 25.4
"""Points in a millimetre."""

PAPERS: dict[str, tuple[float, float]] = {"a4": (210.0, 297.0), "a3": (297.0, 420.0)}
"""Short and long side of each size, millimetres (ISO 216)."""

_MARGIN = 10 * MM
_HEADING = 17 * MM
_FOOT = 7 * MM
_GAP = 3 * MM
_KEY_WIDTH = 62 * MM
_KEY_HEIGHT = 64 * MM


class Paper(NamedTuple):
    """A sheet of paper.

    Attributes
    ----------
    size : str
        A name of ``PAPERS``.
    upright : bool
        Whether the long side stands.
    """

    size: str
    upright: bool

    @property
    def points(self) -> tuple[float, float]:
        """Width and height, points."""
        short, long = (side * MM for side in PAPERS[self.size])
        return (short, long) if self.upright else (long, short)


class Frame(NamedTuple):
    """A rectangle on the sheet, points.

    Attributes
    ----------
    x, y : float
        Its lower left corner.
    width, height : float
        Its sides.
    """

    x: float
    y: float
    width: float
    height: float

    @property
    def top(self) -> float:
        """Its upper edge."""
        return self.y + self.height

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.width


class Layout(NamedTuple):
    """Where everything lies.

    Attributes
    ----------
    heading, chart, key, foot : Frame
        Heading; map; key with scale, north and code; foot.
    """

    heading: Frame
    chart: Frame
    key: Frame
    foot: Frame


def layout_of(paper: Paper) -> Layout:
    """Divide a sheet: the key stands beside the map, or below it on an upright sheet.

    Parameters
    ----------
    paper : Paper
        The sheet.

    Returns
    -------
    Layout
        Its parts; they do not overlap.
    """
    width, height = paper.points
    inner = width - 2 * _MARGIN
    heading = Frame(_MARGIN, height - _MARGIN - _HEADING, inner, _HEADING)
    foot = Frame(_MARGIN, _MARGIN, inner, _FOOT)
    low, high = foot.top + _GAP, heading.y - _GAP
    if paper.upright:
        key = Frame(_MARGIN, low, inner, _KEY_HEIGHT)
        chart = Frame(_MARGIN, key.top + _GAP, inner, high - key.top - _GAP)
    else:
        key = Frame(width - _MARGIN - _KEY_WIDTH, low, _KEY_WIDTH, high - low)
        chart = Frame(_MARGIN, low, inner - _KEY_WIDTH - _GAP, high - low)
    return Layout(heading, chart, key, foot)
