"""Read any table file into a raw table: the format is told by the bytes, not by the name."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from geozone.errors import StoreError
from geozone.tables.delimited import read_delimited
from geozone.tables.encodings import detect_encoding, to_utf8
from geozone.tables.features import read_geojson, read_parquet
from geozone.tables.package import check_package
from geozone.tables.raw import MAX_BYTES, MAX_UNPACKED_BYTES, RawTable, refuse
from geozone.tables.workbook import read_workbook
from geozone.types import Progress, no_progress

__all__ = ["read_table"]

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FOREIGN = {
    b"%PDF": "a PDF document",
    b"\x1f\x8b": "a gzip archive",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"SQLite format 3": "an SQLite database",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"{\\rtf": "an RTF document",
}
_TABLES = "a table: CSV, XLSX, XLS, Parquet or GeoJSON"


def _load(path: Path, max_bytes: int) -> bytes:
    name = path.name
    try:
        if path.is_dir():
            raise refuse(name, "a folder", "a file")
        if not path.exists():
            raise refuse(name, "no such file", "a file")
        if not path.is_file():
            raise refuse(name, "something that is not a file", "a file")
        size = path.stat().st_size
        if size > max_bytes:
            raise refuse(
                name,
                f"a file of {size / 1024**2:.0f} MB",
                f"{max_bytes / 1024**2:.0f} MB or less (split the file, or raise max_bytes)",
            )
        data = path.read_bytes()
    except OSError as error:
        raise StoreError(f"{name}: cannot be read ({error.strerror})") from error
    if not data:
        raise refuse(name, "an empty file", "a header row and data rows")
    for magic, what in _FOREIGN.items():
        if data.startswith(magic):
            raise refuse(name, what, _TABLES)
    return data


def _looks_like_json(data: bytes) -> bool:
    start = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith(b"{") and b'"' in start


def _read_sheet(data: bytes, name: str, digest: str, sheet: str | None, max_unpacked: int) -> RawTable:
    packed = data.startswith(b"PK")
    if packed:
        check_package(data, name, max_unpacked)
    page = read_workbook(data, name, sheet=sheet)
    return RawTable(
        frame=page.frame,
        name=name,
        sha256=digest,
        format="xlsx" if packed else "xls",
        encoding="utf-8",
        headers=page.headers,
        row_numbers=page.row_numbers,
        first_row=page.first_row,
        sheet=page.sheet,
    )


def _read_text(data: bytes, name: str, digest: str, encoding: str | None, delimiter: str | None) -> RawTable:
    label = encoding or detect_encoding(data, name)
    table = read_delimited(to_utf8(data, label, name), name, delimiter=delimiter)
    return RawTable(
        frame=table.frame,
        name=name,
        sha256=digest,
        format="csv",
        encoding=label,
        headers=table.headers,
        row_numbers=table.row_numbers,
        first_row=table.first_row,
        delimiter=table.delimiter,
        row_faults=table.row_faults,
        surplus=table.surplus,
    )


def read_table(
    path: str | Path,
    *,
    sheet: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    max_bytes: int = MAX_BYTES,
    progress: Progress = no_progress,
) -> RawTable:
    """Read a CSV, XLSX, XLS, Parquet or GeoJSON file.

    Parameters
    ----------
    path : str or Path
        The file. Its format is told by its content, not by its name.
    sheet : str, optional
        Sheet of a workbook; the first that holds anything where not given.
    encoding : str, optional
        Encoding of a text table: ``utf-8``, ``utf-16``, ``windows-1258``, ``tcvn3`` (ABC), ``vni`` or
        any that Python knows; found where not given.
    delimiter : str, optional
        Delimiter of a text table; found where not given.
    max_bytes : int
        Largest file to read, bytes (256 MB unless raised). A workbook or Parquet file may unpack to
        four times as much.
    progress : Progress
        Told when the file is loaded and when it is parsed.

    Returns
    -------
    RawTable
        The cells as the file has them.

    Raises
    ------
    DataError
        If the file is missing, empty, too large, no table, damaged or locked.
    StoreError
        If the disk refuses.
    """
    path = Path(path)
    data = _load(path, max_bytes)
    progress("reading", 1, 2)
    name, digest = path.name, hashlib.sha256(data).hexdigest()
    max_unpacked = max(MAX_UNPACKED_BYTES, 4 * max_bytes)
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06", _OLE)):
        table = _read_sheet(data, name, digest, sheet, max_unpacked)
    elif data.startswith(b"PAR1") or _looks_like_json(data):
        parquet = data.startswith(b"PAR1")
        known = read_parquet(data, name, max_unpacked) if parquet else read_geojson(data, name)
        table = RawTable(
            frame=known.frame,
            name=name,
            sha256=digest,
            format="parquet" if parquet else "geojson",
            encoding="utf-8",
            headers=known.headers,
            row_numbers=np.arange(len(known.frame), dtype=np.int64) + known.first_row,
            first_row=known.first_row,
            geometry=known.geometry,
        )
    else:
        table = _read_text(data, name, digest, encoding, delimiter)
    progress("reading", 2, 2)
    return table
