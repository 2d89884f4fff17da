"""Coordinates as people write them: decimal commas, degrees and minutes, both in one cell."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geozone.tables.cells import clean_text, read_cells

__all__ = ["Points", "read_points", "split_point"]

_DECIMAL = re.compile(r"([+-]?\d{1,9}(?:[.,]\d+)?)\s*°?\s*([NSEWBĐTnsewbđt]?)")
_SEXAGESIMAL = re.compile(
    r"([+-]?\d{1,3})\s*[°ºo:\s]\s*(\d{1,2})\s*(?:['’′:\s]\s*(\d{1,2}(?:[.,]\d+)?)\s*(?:\"|”|″|'')?|['’′]?)\s*([NSEWBĐTnsewbđt]?)"
)
_PAIR = re.compile(r"\(?\s*(.+?)\s*(?:;|\||,\s+|\s/\s)\s*(.+?)\s*\)?")
_TIGHT_PAIR = re.compile(r"\(?\s*([+-]?\d+(?:\.\d+)?)\s*[,\s]\s*([+-]?\d+(?:\.\d+)?)\s*\)?")
_LARGEST = 1000
_EXPECTED = "degrees, as 105.8412 or 21,0285"


class Points(NamedTuple):
    """Points of one place column."""

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    lon_expected: NDArray[np.object_]
    """For each row what was expected of the longitude, None where right or empty."""
    lat_expected: NDArray[np.object_]


def _degrees(text: str) -> tuple[object, str]:
    text = text.strip()
    if match := _DECIMAL.fullmatch(text):
        number, side = float(match[1].replace(",", ".")), match[2]
    elif match := _SEXAGESIMAL.fullmatch(text):
        minutes, seconds = int(match[2]), float((match[3] or "0").replace(",", "."))
        if minutes >= 60 or seconds >= 60:
            return None, _EXPECTED
        number = abs(int(match[1])) + minutes / 60 + seconds / 3600
        number, side = (-number if match[1].startswith("-") else number), match[4]
    else:
        return None, _EXPECTED
    if abs(number) > _LARGEST:
        return None, f"{_EXPECTED} (this looks like metres of VN-2000 or UTM: convert to WGS 84)"
    return (-number if side.upper() in ("S", "W") else number), ""


def split_point(text: str) -> tuple[object, str]:
    """Read a point given in one cell.

    Parameters
    ----------
    text : str
        ``21.0285, 105.8412``: latitude first, as map services copy it; the other order is understood
        where only it makes sense.

    Returns
    -------
    tuple of ((float, float) or None, str)
        Longitude and latitude, degrees; or what was expected.
    """
    expected = "latitude and longitude, as 21.0285, 105.8412"
    match = _TIGHT_PAIR.fullmatch(text) or _PAIR.fullmatch(text)
    if match is None:
        return None, expected
    first, second = _degrees(match[1])[0], _degrees(match[2])[0]
    if not isinstance(first, float) or not isinstance(second, float):
        return None, expected
    if abs(first) > 90 >= abs(second):
        first, second = second, first
    return (second, first), ""


def _check(
    lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    lon_expected = np.full(len(lon), None, dtype=object)
    lat_expected = np.full(len(lat), None, dtype=object)
    with np.errstate(invalid="ignore"):
        lon_expected[np.abs(lon) > 180] = "a longitude from -180 to 180"
        lat_expected[np.abs(lat) > 90] = "a latitude from -90 to 90"
        swapped = (np.abs(lat) > 90) & (np.abs(lat) <= 180) & (np.abs(lon) <= 90)
        lat_expected[swapped] = "a latitude from -90 to 90 (longitude and latitude look swapped)"
        lon_expected[(lon == 0) & (lat == 0)] = "a place (0, 0 is in the Atlantic)"
    lon_expected[np.isnan(lon) & ~np.isnan(lat)] = "a longitude beside the latitude"
    lat_expected[np.isnan(lat) & ~np.isnan(lon)] = "a latitude beside the longitude"
    return lon_expected, lat_expected


def _read_axis(cells: pd.Series) -> tuple[NDArray[np.float64], NDArray[np.object_]]:
    """Read plain decimal numbers all at once, and whatever else there is one by one."""
    if cells.dtype.kind == "f":
        plain = cells.to_numpy(dtype="float64")
        rest = np.abs(np.nan_to_num(plain, nan=0.0)) > _LARGEST
    else:
        texts = clean_text(cells)
        plain = pd.to_numeric(texts, errors="coerce").to_numpy(dtype="float64", na_value=np.nan)
        with np.errstate(invalid="ignore"):
            rest = texts.notna().to_numpy() & ~(np.abs(plain) <= _LARGEST)
    expected = np.full(len(cells), None, dtype=object)
    values = np.where(rest, np.nan, plain)
    if rest.any():
        slow, expected[rest] = read_cells(clean_text(cells[rest]), _degrees)
        values[rest] = slow.astype("float64")
    return values, expected


def read_points(lon_cells: pd.Series, lat_cells: pd.Series) -> Points:
    """Read longitudes and latitudes and check them together.

    Parameters
    ----------
    lon_cells, lat_cells : Series
        Text or numbers, degrees.

    Returns
    -------
    Points
        Missing where there is nothing; a wrong half makes the whole point missing.
    """
    lons, lon_wrong = _read_axis(lon_cells)
    lats, lat_wrong = _read_axis(lat_cells)
    whole = pd.isna(lon_wrong) & pd.isna(lat_wrong)
    lon_expected, lat_expected = _check(np.where(whole, lons, np.nan), np.where(whole, lats, np.nan))
    lon_expected = np.where(whole, lon_expected, lon_wrong)
    lat_expected = np.where(whole, lat_expected, lat_wrong)
    good = pd.isna(lon_expected) & pd.isna(lat_expected)
    return Points(np.where(good, lons, np.nan), np.where(good, lats, np.nan), lon_expected, lat_expected)
