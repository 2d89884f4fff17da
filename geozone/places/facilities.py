"""Facilities: schools, markets, hospitals, ports and other places that zones are drawn around."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geozone.errors import DataError, Fault
from geozone.places.placing import POINT_FIELDS, place_faults, points_of, tells_places
from geozone.schema import FACILITIES
from geozone.tables import (
    MAX_BYTES,
    Points,
    RawTable,
    clean_text,
    fold,
    map_columns,
    read_cells,
    read_table,
)
from geozone.types import Progress, Source, no_progress

__all__ = ["KINDS", "NO_NAME", "FacilityTable", "read_facilities"]

KINDS: Final[dict[str, tuple[str, ...]]] = {
    "school": (
        "truong",
        "truong hoc",
        "mam non",
        "mau giao",
        "tieu hoc",
        "thcs",
        "thpt",
        "dai hoc",
        "school",
    ),
    "market": ("cho", "sieu thi", "trung tam thuong mai", "cho dan sinh", "market", "supermarket"),
    "hospital": ("benh vien", "bv", "phong kham", "hospital", "clinic"),
    "health-station": ("tram y te", "tyt", "trung tam y te", "ttyt", "health station", "health centre"),
    "vaccination-site": (
        "diem tiem",
        "diem tiem chung",
        "co so tiem chung",
        "vaccination site",
        "vaccination point",
    ),
    "quarantine": ("khu cach ly", "cach ly", "quarantine"),
    "factory": ("nha may", "cong ty", "xi nghiep", "factory"),
    "industrial-park": (
        "kcn",
        "khu cong nghiep",
        "ccn",
        "cum cong nghiep",
        "industrial park",
        "industrial zone",
    ),
    "port": ("cang", "ben cang", "port", "berth"),
    "station": ("ben xe", "nha ga", "ga", "san bay", "station", "airport"),
    "holding": (
        "trai",
        "trang trai",
        "gia trai",
        "trai chan nuoi",
        "co so chan nuoi",
        "ho chan nuoi",
        "holding",
        "farm",
    ),
    "place-of-worship": ("chua", "nha tho", "den", "dinh", "church", "pagoda"),
}
"""Kinds of facility and the words they go by, as `geozone.tables.fold` leaves them."""

NO_NAME: Final = "(không tên)"
"""Stands for the name of a facility that has none: its place counts all the same."""

_FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "facility_id": (r"facility id|ma co so|ma( so)?|code|id|osm id|fid|gid|objectid",),
    "name": (
        r"name|ten|ten co so|ten dia diem|facility( name)?|ten diem( tiem( chung)?)?",
        r"ten (truong|cho|benh vien|cang)( .*)?",
        r"co so|dia diem|ten (don vi|goi|day du)|full name|name vi|title|place",
    ),
    "kind": (r"kind|loai|loai hinh|loai co so|type|category|facility type", r"phan loai|amenity|nhom|class"),
    "address": (r"dia chi|address|full address|diachi",),
    **POINT_FIELDS,
}


@dataclass(frozen=True, slots=True, eq=False)
class FacilityTable:
    """Facilities that were read and checked.

    Attributes
    ----------
    table : DataFrame
        `geozone.schema.FACILITIES`, with ``address`` where the file has one.
    faults : tuple of Fault
        Rows that were left out, and why; and rows kept without a name.
    source : Source
        File name and checksum.
    mapping : dict of str to str
        Field to header.
    rows_read : int
        Rows of the file: those in ``table`` and those left out.
    """

    table: pd.DataFrame
    faults: tuple[Fault, ...]
    source: Source
    mapping: dict[str, str]
    rows_read: int


def _kind_of(text: str) -> tuple[object, str]:
    folded = fold(text)
    for kind, words in KINDS.items():
        if folded.replace(" ", "-") == kind or folded in words:
            return kind, ""
    starts = [
        (len(word), kind) for kind, words in KINDS.items() for word in words if folded.startswith(f"{word} ")
    ]
    return (max(starts)[1] if starts else folded.replace(" ", "-") or "other"), ""


def _identify(given: pd.Series | None, name: pd.Series, points: Points) -> pd.Series:
    own = given if given is not None else pd.Series([None] * len(name), dtype="str")
    rows = zip(own.tolist(), name.fillna("").tolist(), points.lon, points.lat, strict=True)
    return pd.Series(
        [
            identifier
            if isinstance(identifier, str)
            else "f-" + hashlib.blake2b(f"{label}\x1f{x:.6f}\x1f{y:.6f}".encode(), digest_size=6).hexdigest()
            for identifier, label, x, y in rows
        ],
        dtype="str",
    )


def _find_faults(
    table: RawTable, columns: Mapping[str, str], facilities: pd.DataFrame, points: Points
) -> tuple[list[Fault], NDArray[np.bool_]]:
    bad = np.zeros(len(facilities), dtype=bool)
    found: list[tuple[int, Fault]] = []

    def note(position: int, column: str, what: str, expected: str, *, leave_out: bool = True) -> None:
        bad[position] |= leave_out
        found.append((position, Fault(int(table.row_numbers[position]), column, what, expected)))

    for position, fault in place_faults(table, columns, points):
        bad[position] = True
        found.append((position, fault))
    for position in np.flatnonzero((facilities["name"] == NO_NAME).to_numpy()).tolist():
        note(position, columns["name"], "nothing", f"a name ({NO_NAME!r} is put in)", leave_out=False)
    repeated = facilities["facility_id"].duplicated().to_numpy() & ~bad
    for position in np.flatnonzero(repeated).tolist():
        what = (
            repr(facilities["facility_id"].iloc[position])
            if "facility_id" in columns
            else "a repeated facility"
        )
        note(position, columns.get("facility_id", "name"), what, "each facility only once")
    for fault in table.row_faults:
        position = int(np.flatnonzero(table.row_numbers == fault.row)[0])
        bad[position] = True
        found.append((position, fault))
    return [fault for _, fault in sorted(found, key=lambda item: item[0])], bad


def _require(columns: Mapping[str, str], table: RawTable) -> None:
    missing = []
    listed = "no such column among " + ", ".join(map(repr, table.frame.columns))
    if "name" not in columns:
        missing.append(Fault(None, "name", listed, "a column with the name, as 'Tên' or 'name'"))
    if not tells_places(table, columns):
        missing.append(Fault(None, "lon, lat", listed, "columns with the place, as 'Kinh độ' and 'Vĩ độ'"))
    if missing:
        raise DataError(table.name, missing)


def _facilities(
    table: RawTable, columns: Mapping[str, str], points: Points, kind: str | None
) -> pd.DataFrame:
    texts = {
        field: clean_text(table.frame[header]).reset_index(drop=True)
        for field, header in columns.items()
        if field not in ("lon", "lat", "point")
    }
    kinds = pd.Series([None] * len(table.frame), dtype="str")
    if kind is None and "kind" in texts:
        kinds = pd.Series(read_cells(texts["kind"], _kind_of)[0], dtype="str")
    facilities = pd.DataFrame(
        {
            "facility_id": _identify(texts.get("facility_id"), texts["name"], points),
            "name": texts["name"].fillna(NO_NAME),
            "kind": kinds.fillna(kind or "other"),
            "lon": points.lon,
            "lat": points.lat,
        }
    )
    if "address" in texts:
        facilities["address"] = texts["address"]
    return facilities


def read_facilities(
    path: str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    kind: str | None = None,
    sheet: str | None = None,
    encoding: str | None = None,
    max_bytes: int = MAX_BYTES,
    progress: Progress = no_progress,
) -> FacilityTable:
    """Read facilities from a CSV, XLSX, Parquet or GeoJSON file.

    Parameters
    ----------
    path : str or Path
        The file. GeoJSON may hold points, or areas: a point inside stands for each.
    columns : mapping of str to str, optional
        Field (``facility_id``, ``name``, ``kind``, ``address``, ``lon``, ``lat``, ``point``) to
        header, where the headers alone do not tell.
    kind : str, optional
        Kind of all facilities of the file, instead of a column.
    sheet : str, optional
        Sheet of a workbook.
    encoding : str, optional
        Encoding of a text file; found where not given.
    max_bytes : int
        Largest file to read, bytes.
    progress : Progress
        Told of each step.

    Returns
    -------
    FacilityTable
        Rows without a place are left out, each with a fault.

    Raises
    ------
    DataError
        If the file cannot be read, or has no column for the name or the place.
    StoreError
        If the disk refuses.
    """
    table = read_table(path, sheet=sheet, encoding=encoding, max_bytes=max_bytes, progress=progress)
    mapped = map_columns(list(table.frame.columns), _FIELDS, overrides=columns, name=table.name)
    _require(mapped.columns, table)
    headers = mapped.columns
    points = points_of(table, headers)
    if table.geometry is not None:
        headers = {field: header for field, header in headers.items() if field not in ("lon", "lat", "point")}
    facilities = _facilities(table, headers, points, kind)
    faults, bad = _find_faults(table, headers, facilities, points)
    return FacilityTable(
        table=FACILITIES.conform(facilities[~bad]),
        faults=(*mapped.faults, *faults),
        source=Source("facilities", table.name, table.sha256, ""),
        mapping=headers,
        rows_read=len(facilities),
    )
