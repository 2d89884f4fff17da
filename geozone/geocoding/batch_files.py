"""Tables as streams of rows: CSV, workbooks and Parquet in, the same three out, whole or not at all."""

from __future__ import annotations

import codecs
import csv
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final, Protocol
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from geozone.errors import DataError, Fault, StoreError
from geozone.tables import read_table
from geozone.tables.delimited import find_delimiter
from geozone.tables.encodings import detect_encoding

__all__ = ["CHUNK", "Rows", "Sink", "opened", "written"]

CHUNK: Final = 10_000
"""Rows read at a time."""
_BLOCK: Final = 1 << 20
_HEAD: Final = 1 << 18
_STREAMED: Final = frozenset({"utf-8", "utf-16", "windows-1258", "windows-1252"})
_NOT_TEXT: Final = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0", b"PAR1")
_PARQUET: Final = b"PAR1"
_WIDEST_CELL: Final = 16 * 1024 * 1024
_MOST_SHEET_ROWS: Final = 1_048_575
_MOST_CELL_CHARACTERS: Final = 32_767

Row = Sequence[Any]


@dataclass(frozen=True)
class Rows:
    """A table as chunks of rows.

    Attributes
    ----------
    header : list of str
        Names of the columns; a row may be longer, never shorter.
    delimiter : str
        That of a text table, else a comma.
    fields : list of pa.Field, optional
        Kinds of the columns, where the source knows them.
    chunks : iterator of list
        Rows in their order, `CHUNK` at a time.
    """

    header: list[str]
    delimiter: str
    fields: list[pa.Field] | None
    chunks: Iterator[list[Row]]


class Sink(Protocol):
    """Where rows go."""

    def write(self, rows: Iterable[Row]) -> None:
        """Take some rows."""


@contextmanager
def opened(path: Path) -> Iterator[Rows]:
    """Open a table as chunks of rows.

    Parameters
    ----------
    path : Path
        CSV of any usual delimiter and encoding and Parquet are streamed; a workbook, GeoJSON and text in an
        old Vietnamese encoding are read whole.

    Yields
    ------
    Rows
        The table.

    Raises
    ------
    DataError
        If the file is missing or no table.
    """
    if path.is_file() and _starts_with(path, _PARQUET):
        yield _parquet(path)
        return
    encoding = _streamed_encoding(path)
    if encoding is None:
        yield _whole(path)
        return
    csv.field_size_limit(_WIDEST_CELL)
    with path.open(encoding=encoding, newline="") as stream:
        head = stream.read(_HEAD)
        stream.seek(0)
        delimiter = find_delimiter(head)
        records = (row for row in _checked(csv.reader(stream, delimiter=delimiter), path.name) if row)
        header = next(records, None)
        if header is None:
            raise DataError(path.name, [Fault(None, None, "an empty file", "a header and rows")])
        header[0] = header[0].removeprefix("\ufeff")
        width = len(header)
        filled: Iterator[Row] = (row + [""] * (width - len(row)) for row in records)
        yield Rows(header, delimiter, None, _chunked(filled))


def _chunked(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _starts_with(path: Path, magic: bytes) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(magic)) == magic


def _checked(records: Iterable[list[str]], name: str) -> Iterator[list[str]]:
    """Pass records on; what breaks while reading is told with its row."""
    number = 0
    try:
        for number, record in enumerate(records, start=1):  # noqa: B007 - wanted after a failure
            yield record
    except (csv.Error, UnicodeDecodeError) as error:
        raise DataError(name, [Fault(number + 1, None, str(error), "text in one encoding")]) from error


def _streamed_encoding(path: Path) -> str | None:
    """Find the encoding of a text file that can be streamed; none for anything else."""
    if not path.is_file():
        return None
    with path.open("rb") as stream:
        head = stream.read(_BLOCK)
        if head.startswith(_NOT_TEXT) or head.lstrip()[:1] in {b"{", b"["}:
            return None
        if not head or _is_utf8(head, stream):
            return "utf-8-sig"
        encoding = detect_encoding(head[: head.rfind(b"\n") + 1] or head, path.name)
    return encoding if encoding in _STREAMED else None


def _is_utf8(head: bytes, stream: Any) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        block = head
        while block:
            if b"\0" in block:
                return False
            decoder.decode(block)
            block = stream.read(_BLOCK)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _parquet(path: Path) -> Rows:
    """Stream a Parquet file, its columns of their own kinds."""
    try:
        file = pq.ParquetFile(path)
    except pa.ArrowException as error:
        raise DataError(path.name, [Fault(None, None, str(error), "a Parquet file")]) from error
    fields = list(file.schema_arrow)
    return Rows([field.name for field in fields], ",", fields, _batches(file, path.name))


def _batches(file: pq.ParquetFile, name: str) -> Iterator[list[Row]]:
    try:
        for batch in file.iter_batches(batch_size=CHUNK):
            yield list(zip(*(column.to_pylist() for column in batch.columns), strict=True))
    except (pa.ArrowException, OSError) as error:
        raise DataError(name, [Fault(None, None, str(error), "a Parquet file")]) from error


def _whole(path: Path) -> Rows:
    """Read a workbook, GeoJSON or an old Vietnamese encoding at once."""
    table = read_table(path)
    frame = table.frame.astype(object).where(table.frame.notna(), None)
    fields = [
        _kind(name, frame[column].tolist()) for name, column in zip(table.headers, frame.columns, strict=True)
    ]
    rows: Iterator[Row] = frame.itertuples(index=False, name=None)
    return Rows([str(name) for name in table.headers], ",", fields, _chunked(rows))


def _kind(name: str, cells: list[object]) -> pa.Field:
    """Kind of a column of cells; text where they are of several."""
    try:
        return pa.field(str(name), pa.array(cells, from_pandas=True).type)
    except pa.ArrowException:
        return pa.field(str(name), pa.string())


@contextmanager
def written(target: Path, header: list[str], fields: list[pa.Field], delimiter: str) -> Iterator[Sink]:
    """Open a table that replaces a file only once it is complete.

    Parameters
    ----------
    target : Path
        ``.xlsx`` and ``.parquet`` by their endings, else CSV in UTF-8.
    header : list of str
        Names of the columns.
    fields : list of pa.Field
        Kinds of the columns.
    delimiter : str
        Of a CSV file.

    Yields
    ------
    Sink
        Takes rows as wide as the header; in CSV they may be wider.

    Raises
    ------
    StoreError
        If the disk refuses.
    """
    part = target.with_name(f".{target.name}.{uuid4().hex}")
    ending = target.suffix.lower()
    try:
        if ending == ".parquet":
            with pq.ParquetWriter(part, pa.schema(fields), compression="zstd") as writer:
                yield _ParquetSink(writer, fields)
        elif ending == ".xlsx":
            sink = _SheetSink(target.name, header)
            yield sink
            sink.book.save(part)
        else:
            with part.open("w", encoding="utf-8", newline="") as stream:
                text = _TextSink(csv.writer(stream, delimiter=delimiter, lineterminator="\n"))
                text.write([header])
                yield text
                stream.flush()
                os.fsync(stream.fileno())
        part.replace(target)
    except OSError as error:
        raise StoreError(f"{target.name} could not be written: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)


def _plain(cell: Any) -> Any:
    """Give a cell as text tables show it."""
    if cell is None or cell != cell:  # noqa: PLR0124 - not a number
        return ""
    return cell.hex() if isinstance(cell, bytes) else cell


class _TextSink:
    """Writes CSV."""

    def __init__(self, writer: Any) -> None:
        self._writer = writer

    def write(self, rows: Iterable[Row]) -> None:
        self._writer.writerows([_plain(cell) for cell in row] for row in rows)


class _ParquetSink:
    """Writes Parquet, one row group per chunk."""

    def __init__(self, writer: pq.ParquetWriter, fields: list[pa.Field]) -> None:
        self._writer = writer
        self._fields = fields

    def write(self, rows: Iterable[Row]) -> None:
        columns = list(zip(*(row[: len(self._fields)] for row in rows), strict=True))
        arrays = [_array(cells, field) for cells, field in zip(columns, self._fields, strict=True)]
        if arrays:
            self._writer.write_table(pa.Table.from_arrays(arrays, schema=pa.schema(self._fields)))


def _array(cells: Sequence[Any], field: pa.Field) -> pa.Array:
    if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
        cells = [None if cell is None else str(cell) for cell in cells]
    return pa.array(cells, field.type, from_pandas=True)


class _SheetSink:
    """Writes one sheet of a workbook; text is never taken for a formula."""

    def __init__(self, name: str, header: list[str]) -> None:
        self.book = Workbook(write_only=True)
        self._sheet = self.book.create_sheet("geozone")
        self._name = name
        self._count = 0
        self._sheet.append([self._cell(text) for text in header])

    def write(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self._count += 1
            if self._count > _MOST_SHEET_ROWS:
                found = f"more than {_MOST_SHEET_ROWS:,} rows"
                raise DataError(self._name, [Fault(None, None, found, "a .csv or .parquet file to write")])
            self._sheet.append([self._cell(cell) for cell in row])

    def _cell(self, value: Any) -> Any:
        value = _plain(value)
        if isinstance(value, str):
            cell = WriteOnlyCell(self._sheet, ILLEGAL_CHARACTERS_RE.sub("", value)[:_MOST_CELL_CHARACTERS])
            cell.data_type = "s"
            return cell
        return value if isinstance(value, (bool, int, float)) or hasattr(value, "year") else str(value)
