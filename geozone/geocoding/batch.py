"""Geocode a whole file: streamed in, streamed out, every row kept, whole or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from geozone.errors import DataError, Fault
from geozone.geocoding.answer_rows import Answer
from geozone.geocoding.batch_files import Row, Rows, opened, written
from geozone.geocoding.geocoder import Geocoder
from geozone.geocoding.workers import Solver
from geozone.types import Edition, GeoStatus, Progress, no_progress

__all__ = ["BatchSummary", "geocode_file"]

_DOUBTFUL: Final = 0.9
_NUMBERS: Final = frozenset({"geo_score", "geo_lon", "geo_lat", "geo_uncertainty_m"})


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

    def add(self, answers: Iterable[Answer]) -> None:
        """Count some answers.

        Parameters
        ----------
        answers : iterable of Answer
            One for each row.
        """
        for answer in answers:
            self.rows += 1
            self.by_status[answer.geo_status] += 1
            self.by_level[answer.geo_level] += 1
            self.doubtful += answer.geo_status != GeoStatus.NONE.value and answer.geo_score < _DOUBTFUL

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


def geocode_file(
    geocoder: Geocoder,
    path: str | Path,
    out: str | Path,
    *,
    address_column: str,
    date_column: str | None = None,
    edition: Edition | None = None,
    workers: int = 1,
    progress: Progress = no_progress,
) -> BatchSummary:
    """Geocode a file of addresses into another.

    Parameters
    ----------
    geocoder : Geocoder
        Over both editions.
    path : path-like
        A CSV file of any usual delimiter and encoding or a Parquet file, read in parts; or XLSX or GeoJSON.
    out : path-like
        The file to write, ``.xlsx`` or ``.parquet`` by its ending, else CSV in UTF-8: the columns given,
        rows in the same order and number, then the `GEOCODES` columns, which replace columns of their
        name. Replaced by rename once complete.
    address_column : str
        Column that holds the address.
    date_column : str, optional
        Column that holds the day of the case.
    edition : Edition, optional
        Edition of the addresses; decided from evidence if not given.
    workers : int
        Processes at most; others than this one are started only where the work is worth it.
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
    with opened(source) as rows, Solver(geocoder, edition=edition, workers=workers) as solver:
        address_at = _position(source.name, rows.header, address_column)
        date_at = None if date_column is None else _position(source.name, rows.header, date_column)
        kept = [i for i, name in enumerate(rows.header) if name not in Answer._fields]
        header = [*(rows.header[i] for i in kept), *Answer._fields]
        with written(target, header, _fields(rows, kept), rows.delimiter) as sink:
            for chunk, answers in solver.solved(_asked(rows.chunks, address_at, date_at)):
                sink.write(_joined(chunk, answers, kept, len(rows.header)))
                summary.add(answers)
                progress("geocode", summary.rows, None)
    progress("geocode", summary.rows, summary.rows)
    return summary


def _asked(
    chunks: Iterator[list[Row]], address_at: int, date_at: int | None
) -> Iterator[tuple[list[Row], list[str], list[object] | None]]:
    """Pick the addresses and the days out of every chunk."""
    for chunk in chunks:
        addresses = [str(row[address_at]) if row[address_at] is not None else "" for row in chunk]
        yield chunk, addresses, None if date_at is None else [row[date_at] or None for row in chunk]


def _joined(chunk: list[Row], answers: list[Answer], kept: list[int], width: int) -> Iterator[Row]:
    """Put each answer after the cells of its row; cells beyond the header stay at the end."""
    for row, answer in zip(chunk, answers, strict=True):
        yield [*(row[i] for i in kept), *answer, *row[width:]]


def _fields(rows: Rows, kept: list[int]) -> list[pa.Field]:
    fields = rows.fields or [pa.field(name, pa.string()) for name in rows.header]
    numbers = {name: pa.float64() for name in _NUMBERS}
    return [
        *(fields[i] for i in kept),
        *(pa.field(name, numbers.get(name, pa.string())) for name in Answer._fields),
    ]


def _position(name: str, header: list[str], column: str) -> int:
    if column in header:
        return header.index(column)
    close = [i for i, known in enumerate(header) if known.strip().casefold() == column.strip().casefold()]
    if len(close) == 1:
        return close[0]
    listed = ", ".join(repr(known) for known in header)
    raise DataError(name, [Fault(1, column, "no such column", f"one of {listed}")])
