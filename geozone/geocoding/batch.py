"""Geocode a whole file: streamed in, streamed out, every row kept, whole or not at all."""

from __future__ import annotations

import codecs
import csv
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final, TextIO
from uuid import uuid4

import pandas as pd

from geozone.errors import DataError, Fault, StoreError
from geozone.geocoding.geocoder import Geocoder
from geozone.schema import GEOCODES
from geozone.tables import read_table
from geozone.tables.delimited import find_delimiter
from geozone.tables.encodings import detect_encoding
from geozone.types import Edition, Progress, no_progress

__all__ = ["BatchSummary", "geocode_file"]

_CHUNK: Final = 20_000
_BLOCK: Final = 1 << 20
_HEAD: Final = 1 << 18
_STREAMED: Final = frozenset({"utf-8", "utf-16", "windows-1258", "windows-1252"})
_NOT_TEXT: Final = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0", b"PAR1")
_WIDEST_CELL: Final = 16 * 1024 * 1024
_COLUMNS: Final = tuple(column.name for column in GEOCODES.columns)


@dataclass
class BatchSummary:
    """How a file was geocoded.

    Attributes
    ----------
    rows : int
        Rows read and written.
    by_status, by_level : Counter
        Rows by ``geo_status`` and by ``geo_level``.
    doubtful : int
        Rows placed with a score under 0.9: worth a look.
    """

    rows: int = 0
    by_status: Counter[str] = field(default_factory=Counter)
    by_level: Counter[str] = field(default_factory=Counter)
    doubtful: int = 0

    def add(self, answers: pd.DataFrame) -> None:
        """Count some answers.

        Parameters
        ----------
        answers : DataFrame
            `GEOCODES`.
        """
        self.rows += len(answers)
        self.by_status.update(answers["geo_status"])
        self.by_level.update(answers["geo_level"])
        self.doubtful += int(((answers["geo_status"] != "none") & (answers["geo_score"] < 0.9)).sum())

    def to_dict(self) -> dict[str, Any]:
        """Give the counts for machines.

        Returns
        -------
        dict
            ``rows``, ``doubtful``, ``by_status``, ``by_level``.
        """
        return {
            "rows": self.rows,
            "doubtful": self.doubtful,
            "by_status": {name: self.by_status[name] for name in ("match", "tie", "none")},
            "by_level": dict(sorted(self.by_level.items())),
        }

    def lines(self) -> list[str]:
        """Give the counts for people.

        Returns
        -------
        list of str
            One line each.
        """
        match, tie, none = (self.by_status[name] for name in ("match", "tie", "none"))
        levels = ", ".join(f"{count} {level}" for level, count in self.by_level.most_common())
        return [
            f"{self.rows} rows: {match} matched, {tie} tied, {none} not placed",
            f"by level: {levels}" if levels else "no rows",
            f"{self.doubtful} placed with a score under 0.9",
        ]


@dataclass(frozen=True)
class _Rows:
    """A table as records: the header, then rows of cells."""

    header: list[str]
    delimiter: str
    records: Iterator[list[str]]


def geocode_file(
    geocoder: Geocoder,
    path: str | Path,
    out: str | Path,
    *,
    address_column: str,
    date_column: str | None = None,
    edition: Edition | None = None,
    progress: Progress = no_progress,
) -> BatchSummary:
    """Geocode a file of addresses into a CSV file.

    Parameters
    ----------
    geocoder : Geocoder
        Over both editions.
    path : path-like
        A CSV file of any usual delimiter and encoding, read in parts; or XLSX, Parquet or GeoJSON.
    out : path-like
        The CSV file to write, UTF-8: the columns given, rows in the same order and number, then the
        `GEOCODES` columns, which replace columns of their name. Replaced by rename once complete.
    address_column : str
        Column that holds the address.
    date_column : str, optional
        Column that holds the day of the case.
    edition : Edition, optional
        Edition of the addresses; decided from evidence if not given.
    progress : callable
        Told of rows done.

    Returns
    -------
    BatchSummary
        Rows by status and level.

    Raises
    ------
    DataError
        If the file is no table or has no such column.
    StoreError
        If the disk refuses.
    """
    source, target = Path(path), Path(out)
    summary = BatchSummary()
    with _opened(source) as rows, _written(target) as stream:
        address_at = _position(source.name, rows.header, address_column)
        date_at = None if date_column is None else _position(source.name, rows.header, date_column)
        kept = [i for i, name in enumerate(rows.header) if name not in _COLUMNS]
        writer = csv.writer(stream, delimiter=rows.delimiter, lineterminator="\n")
        writer.writerow([rows.header[i] for i in kept] + list(_COLUMNS))
        while chunk := list(islice(rows.records, _CHUNK)):
            dates = None if date_at is None else [row[date_at] or None for row in chunk]
            answers = geocoder.geocode([row[address_at] for row in chunk], dates=dates, edition=edition)
            cells = answers.astype(object).where(answers.notna(), "").itertuples(index=False, name=None)
            extra = max(len(row) for row in chunk) - len(rows.header)
            writer.writerows(
                [row[i] for i in kept] + list(answer) + (row[len(rows.header) :] if extra > 0 else [])
                for row, answer in zip(chunk, cells, strict=True)
            )
            summary.add(answers)
            progress("geocode", summary.rows, None)
    progress("geocode", summary.rows, summary.rows)
    return summary


def _position(name: str, header: list[str], column: str) -> int:
    if column in header:
        return header.index(column)
    close = [i for i, known in enumerate(header) if known.strip().casefold() == column.strip().casefold()]
    if len(close) == 1:
        return close[0]
    listed = ", ".join(repr(known) for known in header)
    raise DataError(name, [Fault(1, column, "no such column", f"one of {listed}")])


@contextmanager
def _opened(path: Path) -> Iterator[_Rows]:
    """Open a table as records: text is streamed, anything else is read whole."""
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
        yield _Rows(header, delimiter, (row + [""] * (width - len(row)) for row in records))


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


def _whole(path: Path) -> _Rows:
    """Read a workbook, Parquet, GeoJSON or an old Vietnamese encoding at once."""
    table = read_table(path)
    frame = table.frame
    rows = frame.astype(object).where(frame.notna(), "").itertuples(index=False, name=None)
    return _Rows([str(name) for name in table.headers], ",", ([str(cell) for cell in row] for row in rows))


@contextmanager
def _written(target: Path) -> Iterator[TextIO]:
    """Open a file that replaces `target` only once it is complete."""
    part = target.with_name(f".{target.name}.{uuid4().hex}")
    try:
        with part.open("w", encoding="utf-8", newline="") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(target)
    except OSError as error:
        raise StoreError(f"{target.name} could not be written: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)
