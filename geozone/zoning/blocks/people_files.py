"""Read where people live: a list of homes, or the cells of a population grid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from geozone.admin.figures import read_number
from geozone.errors import DataError, Fault
from geozone.places.placing import POINT_FIELDS, place_faults, points_of, tells_places
from geozone.schema import PEOPLE
from geozone.tables import MAX_BYTES, RawTable, clean_text, map_columns, read_table, shown
from geozone.types import Progress, Source, no_progress

__all__ = ["PeopleFile", "read_people"]

_FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "residents": (
        r"residents|(so )?(nhan khau|khau|dan|nguoi|thanh vien)|dan so|population|pop|people|members",
        r"(tong )?(so )?(nhan khau|dan so|nguoi|thanh vien)( .*)?",
    ),
    "households": (r"households|so ho( dan| gia dinh)?", r"(tong )?so ho( .*)?"),
    **POINT_FIELDS,
}


@dataclass(frozen=True, slots=True, eq=False)
class PeopleFile:
    """Homes or cells of a grid, read and checked. Private.

    Attributes
    ----------
    table : GeoDataFrame
        `geozone.schema.PEOPLE` with points, EPSG:4326.
    faults : tuple of Fault
        Rows left out, and numbers taken as unknown.
    source : Source
        File name, checksum and licence.
    mapping : dict of str to str
        Field to header.
    rows_read : int
        Rows of the file.
    """

    table: gpd.GeoDataFrame
    faults: tuple[Fault, ...]
    source: Source
    mapping: dict[str, str]
    rows_read: int


def read_people(
    path: str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    homes: bool = False,
    licence: str = "",
    max_bytes: int = MAX_BYTES,
    progress: Progress = no_progress,
) -> PeopleFile:
    """Read points with the people who live there.

    Parameters
    ----------
    path : str or Path
        CSV, XLSX, Parquet or GeoJSON. Names, house numbers and anything else are not kept.
    columns : mapping of str to str, optional
        Field (``residents``, ``households``, ``lon``, ``lat``, ``point``) to header, where the headers
        alone do not tell.
    homes : bool
        Whether each row is one household; a file of homes may then leave residents out.
    licence : str
        Licence of the file, kept with it.
    max_bytes : int
        Largest file to read, bytes.
    progress : Progress
        Told of each step.

    Returns
    -------
    PeopleFile
        Rows without a place are left out, each with a fault; a number that is none is unknown.

    Raises
    ------
    DataError
        If the file cannot be read, tells no places or no people, or no row is usable.
    StoreError
        If the disk refuses.
    """
    table = read_table(path, max_bytes=max_bytes, progress=progress)
    mapped = map_columns(list(table.frame.columns), _FIELDS, overrides=columns, name=table.name)
    _require(table, mapped.columns, homes=homes)
    points = points_of(table, mapped.columns)
    faults = [*table.row_faults, *(fault for _, fault in place_faults(table, mapped.columns, points))]
    left_out = {fault.row for fault in faults}
    usable = ~np.isin(table.row_numbers, [row for row in left_out if row is not None])
    usable &= np.isfinite(points.lon) & np.isfinite(points.lat)
    found = pd.DataFrame({"point_id": pd.Series([str(row) for row in table.row_numbers], dtype="str")})
    for field in ("residents", "households"):
        found[field], wrong = _numbers(table, mapped.columns.get(field))
        faults += wrong
    if homes:
        found["households"] = found["households"].fillna(1.0)
    if not usable.any():
        raise DataError(table.name, faults or [Fault(None, None, "no rows", "at least one row of data")])
    at = gpd.points_from_xy(points.lon[usable], points.lat[usable])
    return PeopleFile(
        gpd.GeoDataFrame(PEOPLE.conform(found[usable]), geometry=gpd.GeoSeries(at), crs="EPSG:4326"),
        (*mapped.faults, *sorted(faults, key=lambda fault: fault.row or 0)),
        Source("people", table.name, table.sha256, licence),
        dict(mapped.columns),
        len(found),
    )


def _require(table: RawTable, columns: Mapping[str, str], *, homes: bool) -> None:
    """Refuse a file that tells no places, or no people."""
    listed = "no such column among " + ", ".join(map(repr, table.frame.columns))
    missing = []
    if not tells_places(table, columns):
        missing.append(Fault(None, "lon, lat", listed, "columns with the place, as 'Kinh độ' and 'Vĩ độ'"))
    if "residents" not in columns and not homes:
        missing.append(Fault(None, "residents", listed, "a column with the people, as 'Số nhân khẩu'"))
    if missing:
        raise DataError(table.name, missing)


def _numbers(table: RawTable, header: str | None) -> tuple[list[float | None], list[Fault]]:
    """Read a column of people or households; what is no number is unknown, with a fault."""
    if header is None:
        return [None] * len(table.frame), []
    found: list[float | None] = []
    faults = []
    for row, cell in zip(table.row_numbers.tolist(), clean_text(table.frame[header]), strict=True):
        value = read_number(cell) if isinstance(cell, str) else None
        if isinstance(cell, str) and value is None:
            faults.append(Fault(row, header, shown(cell), "a number of 0 or more (taken as unknown)"))
        found.append(value)
    return found, faults
