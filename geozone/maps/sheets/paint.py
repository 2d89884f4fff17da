"""What the communes of a sheet are coloured by: their level, their incidence, or a vaccination coverage."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geozone.maps.words import format_number

if TYPE_CHECKING:
    from geozone.maps.sheets.sheet import Published

__all__ = ["BAND", "SheetClass", "classes_of", "paint_title", "painted_rows"]

BAND = re.compile(r"dose(\d)_(\d{1,3})_(\d{1,3}|plus)")
"""Doses and ages of a coverage, as the columns of the layer name them: ``dose2_50_plus``."""
_ABOVE_HUNDRED = 100.0001
_COVERAGE = ((0.0, "#e3ecf7"), (50.0, "#b5cde9"), (70.0, "#7ba7d7"), (80.0, "#3f7dbd"), (90.0, "#14549b"),
             (_ABOVE_HUNDRED, "#8e44ad"))  # fmt: skip
_RATE = ((0.0, "#f4ecdf"), (0.0001, "#f3cfa5"), (20.0, "#e39a6b"), (50.0, "#c05a4a"), (150.0, "#7c1d38"))


class SheetClass(NamedTuple):
    """A class of values: its colour, its words, and the communes in it."""

    colour: str
    label: str
    chosen: NDArray[np.bool_]


def painted_rows(release: Published, paint: str) -> tuple[str, str]:
    """Name the layer and the column that a paint is read from.

    Parameters
    ----------
    release : Published
        The release.
    paint : str
        ``rate``, or a band of `BAND`.

    Returns
    -------
    tuple of str
        Layer and column; two empty texts where the release has no such coverage.
    """
    if paint == "rate":
        return "communes", "rate_per_100k"
    column = f"{paint}_percent"
    held = "coverage" in release.layer_names and column in release.attributes("coverage").columns
    return ("coverage", column) if held else ("", "")


def classes_of(table: Any, column: str, paint: str, language: str) -> list[SheetClass]:
    """Sort communes into the classes of the map page; those without a value are in none.

    Parameters
    ----------
    table : DataFrame
        Communes.
    column : str
        Column of the values.
    paint : str
        ``rate``, or a band of `BAND`.
    language : str
        ``vi`` or ``en``.

    Returns
    -------
    list of SheetClass
        Lowest first.
    """
    scale = _RATE if paint == "rate" else _COVERAGE
    unit = "" if paint == "rate" else " %"
    values = pd.to_numeric(table[column]).to_numpy(dtype=float, na_value=np.nan)
    found = []
    for (low, colour), (high, _) in zip(scale, (*scale[1:], (np.inf, "")), strict=True):
        with np.errstate(invalid="ignore"):
            chosen = (values >= low) & (values < high)
        found.append(SheetClass(colour, _label(low, high, unit, language), chosen))
    return found


def _label(low: float, high: float, unit: str, language: str) -> str:
    said = [format_number(round(edge), language) for edge in (low, high if np.isfinite(high) else 0)]
    if high < 1:
        return "0"
    if low == _ABOVE_HUNDRED:
        return f"> {said[0]}{unit}"
    if not np.isfinite(high):
        return f"từ {said[0]}{unit} trở lên" if language == "vi" else f"{said[0]}{unit} and over"
    if 0 < low < 1:
        return f"> 0 – < {said[1]}{unit}"
    if high == _ABOVE_HUNDRED:
        return f"{said[0]} – {said[1]}{unit}"
    return f"{said[0]} – < {said[1]}{unit}"


def paint_title(paint: str, language: str) -> str:
    """Say what the colours mean.

    Parameters
    ----------
    paint : str
        ``rate``, or a band of `BAND`.
    language : str
        ``vi`` or ``en``.

    Returns
    -------
    str
        Heading of the classes in the legend.
    """
    vietnamese = language == "vi"
    parts = BAND.fullmatch(paint)
    if parts is None:
        return "Ca mới trên 100.000 dân" if vietnamese else "New cases per 100,000 people"
    dose, low, high = parts.groups()
    if high == "plus":
        ages = f"từ {low} tuổi" if vietnamese else f"aged {low} and over"
    else:
        ages = f"{low}–{int(high) - 1} tuổi" if vietnamese else f"aged {low} to {int(high) - 1}"
    return f"Tiêm chủng: mũi {dose}, {ages}" if vietnamese else f"Vaccination: dose {dose}, {ages}"
