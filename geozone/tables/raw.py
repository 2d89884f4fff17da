"""The raw table: what a file says, before anybody decides what it means."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geozone.errors import DataError, Fault

__all__ = ["MAX_BYTES", "MAX_CELLS", "MAX_UNPACKED_BYTES", "RawTable", "refuse"]

MAX_BYTES = 256 * 1024 * 1024
"""Largest file read unless the caller raises it, bytes."""
MAX_UNPACKED_BYTES = 1024 * 1024 * 1024
"""Most that a packed file (XLSX, Parquet) may unpack to unless the caller raises ``max_bytes``, bytes."""
MAX_CELLS = 20_000_000
"""Most cells of a spreadsheet's used area, empty ones included."""


@dataclass(frozen=True, slots=True, eq=False)
class RawTable:
    """The cells of one table, with where they came from.

    Attributes
    ----------
    frame : DataFrame
        One column per header, unique names. Cells of delimited text are strings, an empty cell is
        missing; cells of XLSX, Parquet and GeoJSON keep their own kind (number, date, text).
    name : str
        File name without its folder.
    sha256 : str
        Checksum of the file's bytes, hexadecimal.
    format : str
        ``csv``, ``xlsx``, ``parquet`` or ``geojson``.
    encoding : str
        Encoding that was found or given; ``utf-8`` for formats that know their own.
    delimiter : str, optional
        Delimiter of a text table.
    sheet : str, optional
        Sheet of a workbook.
    headers : tuple of str
        Headers as written, in the order of the columns of ``frame``.
    row_numbers : ndarray of int64
        For each row, the number a person sees in the file.
    first_row : int
        Number of the first data row.
    geometry : ndarray of object, optional
        Shapely geometries of GeoJSON and GeoParquet, EPSG:4326, missing ones None.
    row_faults : tuple of Fault
        Rows whose cells do not fit the header; such rows are in ``frame`` all the same.
    surplus : dict of int to tuple of str
        Cells beyond the last header, by position of the row.
    """

    frame: pd.DataFrame
    name: str
    sha256: str
    format: str
    encoding: str
    headers: tuple[str, ...]
    row_numbers: NDArray[np.int64]
    first_row: int
    delimiter: str | None = None
    sheet: str | None = None
    geometry: NDArray[np.object_] | None = None
    row_faults: tuple[Fault, ...] = ()
    surplus: dict[int, tuple[str, ...]] = field(default_factory=dict)


def refuse(name: str, found: str, expected: str, *, row: int | None = None) -> DataError:
    """Make the error of a file that cannot be read at all.

    Parameters
    ----------
    name : str
        File name, as the user knows it.
    found : str
        What is wrong.
    expected : str
        What would be right.
    row : int, optional
        Where, as a person sees it.

    Returns
    -------
    DataError
        With one fault, ready to be raised.
    """
    return DataError(name, [Fault(row, None, found, expected)])
