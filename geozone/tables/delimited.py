"""Delimited text: delimiter and header found, ragged rows kept and named."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
from numpy.typing import NDArray

from geozone.errors import Fault
from geozone.tables.headers import find_header, is_numbering, unique_headers
from geozone.tables.raw import refuse

__all__ = ["Delimited", "find_delimiter", "read_delimited"]

_DELIMITERS = ",;\t|"
_HEAD_BYTES = 256 * 1024
_HEAD_RECORDS = 60
_BLOCK_BYTES = 16 * 1024 * 1024


class Delimited(NamedTuple):
    """The cells of a text table."""

    frame: pd.DataFrame
    headers: tuple[str, ...]
    delimiter: str
    row_numbers: NDArray[np.int64]
    first_row: int
    row_faults: tuple[Fault, ...]
    surplus: dict[int, tuple[str, ...]]


class _Ragged(NamedTuple):
    position: int
    """Records between the header and this one."""
    cells: list[str]


def _records(text: str, delimiter: str) -> Iterator[tuple[list[str], int]]:
    """Give each record, and how many characters end with it."""
    stream = io.StringIO(text, newline="")
    reader = csv.reader(iter(stream.readline, ""), delimiter=delimiter)
    try:
        for record in reader:
            yield record, stream.tell()
    except csv.Error:
        return


def find_delimiter(text: str) -> str:
    """Find the delimiter of a text table.

    Parameters
    ----------
    text : str
        The beginning of the file.

    Returns
    -------
    str
        The one of ``, ; tab |`` that splits most records into one same number of cells; a comma where
        none splits.
    """
    best, best_score = ",", 0.0
    for delimiter in _DELIMITERS:
        widths = [len(cells) for cells, _ in islice(_records(text, delimiter), _HEAD_RECORDS) if cells]
        counts = Counter(width for width in widths if width > 1)
        score = max((often * min(width, 6) for width, often in counts.items()), default=0) / max(
            1, len(widths)
        )
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _check_quotes(body: bytes, delimiter: str, name: str, first_row: int) -> None:
    """Refuse a file in which a quotation mark swallows all rows to the end."""
    if body.count(b'"') % 2 == 0:
        return
    text = body.decode("utf-8", errors="replace")
    number, start, end = -1, 0, 0
    for _, position in _records(text, delimiter):
        number, start, end = number + 1, end, position
    if end < len(text) or text.count('"', start) % 2:
        row = first_row + number + (end < len(text))
        found = "a quotation mark that is opened and never closed"
        raise refuse(name, found, "a closing quotation mark (or none at all)", row=row)


def _parse(body: bytes, width: int, delimiter: str, name: str) -> tuple[pd.DataFrame, list[_Ragged]]:
    """Parse records of one width; give the others apart."""
    labels = [f"c{position}" for position in range(width)]
    ragged: list[_Ragged] = []

    def keep(row: pa.csv.InvalidRow) -> str:
        cells = next(csv.reader(io.StringIO(row.text, newline=""), delimiter=delimiter), [])
        ragged.append(_Ragged(row.number - 1, cells))
        return "skip"

    try:
        table = pa.csv.read_csv(
            pa.BufferReader(body),
            read_options=pa.csv.ReadOptions(column_names=labels, use_threads=False, block_size=_BLOCK_BYTES),
            parse_options=pa.csv.ParseOptions(
                delimiter=delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=keep,
            ),
            convert_options=pa.csv.ConvertOptions(
                column_types=dict.fromkeys(labels, pa.large_string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid:
        raise refuse(name, "a cell of more than 16 MB", "every quoted cell closed") from None
    return table.to_pandas(), ragged


def _merge(
    frame: pd.DataFrame, ragged: list[_Ragged], first_row: int, delimiter: str
) -> tuple[pd.DataFrame, NDArray[np.int64], list[Fault], dict[int, tuple[str, ...]]]:
    """Put ragged rows back where they were, and drop rows that are blank."""
    width = frame.shape[1]
    total = len(frame) + len(ragged)
    positions = np.delete(np.arange(total), [row.position for row in ragged])
    numbers = np.concatenate([positions, [row.position for row in ragged]]).astype(np.int64)
    if ragged:
        cells = [[cell or None for cell in (row.cells + [""] * width)[:width]] for row in ragged]
        extra = pd.DataFrame(cells, columns=frame.columns, dtype=frame.dtypes.iloc[0])
        frame = pd.concat([frame, extra], ignore_index=True)
    order = np.argsort(numbers, kind="stable")
    filled = frame.notna().to_numpy().any(axis=1)
    long_rows = {int(row.position): row for row in ragged if len(row.cells) > width}
    keep = order[filled[order] | np.isin(numbers[order], list(long_rows))]
    frame, numbers = frame.iloc[keep].reset_index(drop=True), numbers[keep]
    faults, surplus = [], {}
    where = {int(number): place for place, number in enumerate(numbers)} if ragged else {}
    for row in ragged:
        if row.position not in where:
            continue
        hint = f"a {delimiter!r} in a cell without quotes?" if len(row.cells) > width else "cut off?"
        expected = f"{width} cells, as in the header ({hint})"
        faults.append(Fault(first_row + row.position, None, f"{len(row.cells)} cells", expected))
        if len(row.cells) > width:
            surplus[where[row.position]] = tuple(row.cells[width:])
    return frame, numbers + first_row, faults, surplus


def read_delimited(data: bytes, name: str, *, delimiter: str | None = None) -> Delimited:
    """Read a text table.

    Parameters
    ----------
    data : bytes
        UTF-8.
    name : str
        File name, for messages.
    delimiter : str, optional
        One character; found where not given.

    Returns
    -------
    Delimited
        Every row that is not blank. A row with too few or too many cells is there and has a fault.

    Raises
    ------
    DataError
        If there is nothing in the file or a quotation mark is never closed.
    """
    head = data[:_HEAD_BYTES].decode("utf-8", errors="ignore")
    delimiter = delimiter or find_delimiter(head)
    records = list(islice(_records(head, delimiter), _HEAD_RECORDS))
    header_at = find_header([cells for cells, _ in records])
    if header_at < 0:
        raise refuse(name, "an empty file", "a header row and data rows")
    header_cells, end = records[header_at]
    while len(header_cells) > 1 and not header_cells[-1].strip():
        header_cells = header_cells[:-1]
    first_row = header_at + 2
    if header_at + 1 < len(records) and is_numbering(records[header_at + 1][0]):
        end, first_row = records[header_at + 1][1], first_row + 1
    names, written = unique_headers(header_cells)
    body = data[len(head[:end].encode("utf-8")) :]
    if body.strip():
        _check_quotes(body, delimiter, name, first_row)
        frame, ragged = _parse(body, len(names), delimiter, name)
    else:
        frame, ragged = pd.DataFrame({label: pd.Series([], dtype="str") for label in names}), []
    frame.columns = pd.Index(names)
    frame, numbers, faults, surplus = _merge(frame, ragged, first_row, delimiter)
    return Delimited(frame, written, delimiter, numbers, first_row, tuple(faults), surplus)
