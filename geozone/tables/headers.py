"""Find the header row among titles, and make headers unique."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence

__all__ = ["find_header", "fold", "is_numbering", "unique_headers"]

_SCANNED_ROWS = 40
_NUMBER = re.compile(r"[\d\s.,:/()%+-]+")
_MARKS = re.compile("[\u0300-\u036f]+")
_SIGNS = re.compile(r"[\W_]+")
_STROKED = str.maketrans({"đ": "d", "Đ": "d"})


def fold(text: str) -> str:
    """Reduce text to what spelling variants have in common.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        Lower case, no diacritics, every run of other signs one space: ``Ngày (XN) dương tính``
        becomes ``ngay xn duong tinh``.
    """
    if not text.isascii():
        text = _MARKS.sub("", unicodedata.normalize("NFKD", text.translate(_STROKED)))
    return " ".join(_SIGNS.split(text.casefold())).strip()


def _blank(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _is_label(cell: object) -> bool:
    if isinstance(cell, str):
        return not _NUMBER.fullmatch(cell.strip())
    return not isinstance(cell, bool | int | float | dt.date | dt.time | dt.timedelta)


def find_header(rows: Sequence[Sequence[object]]) -> int:
    """Find the header among the first rows of a table.

    Parameters
    ----------
    rows : sequence of sequence of object
        The first rows; more than 40 are not looked at.

    Returns
    -------
    int
        Position of the first row that is nearly as wide as the table and mostly labels, else of the
        first row that is not blank; -1 if all are blank.
    """
    widths = [sum(not _blank(cell) for cell in row) for row in rows[:_SCANNED_ROWS]]
    if not any(widths):
        return -1
    wide_enough = max(2, 0.6 * sorted(widths)[-max(1, len(widths) // 8)])
    for position, row in enumerate(rows[:_SCANNED_ROWS]):
        labels = sum(_is_label(cell) for cell in row if not _blank(cell))
        if widths[position] >= wide_enough and labels > 0.6 * widths[position]:
            return position
    return next(position for position, width in enumerate(widths) if width)


def is_numbering(row: Sequence[object]) -> bool:
    """Whether a row only numbers the columns: (1), (2), (3), ... or A, B, 1, 2, ...

    Parameters
    ----------
    row : sequence of object
        The row below a header.

    Returns
    -------
    bool
        True if it holds no data. Bare numbers count from five columns on only: three cells 1, 2, 3 may
        be data.
    """
    cells = [
        str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
        for cell in row
        if not _blank(cell)
    ]
    if len(cells) < 3 or len(cells) < 0.6 * len(row):
        return False
    bare = [cell.strip().strip("()[]") for cell in cells]
    if bare == cells and len(cells) < 5:
        return False
    numbers = [int(cell) for cell in bare if cell.isascii() and cell.isdigit()]
    letters = [cell for cell in bare if len(cell) == 1 and cell.isalpha()]
    if len(numbers) + len(letters) < len(bare) or len(numbers) < 2:
        return False
    return numbers == list(range(numbers[0], numbers[0] + len(numbers))) and numbers[0] in (1, 2)


def unique_headers(headers: Sequence[object]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give every column a name of its own.

    Parameters
    ----------
    headers : sequence of object
        Headers as the file has them: repeated, blank, with line breaks.

    Returns
    -------
    tuple of (tuple of str, tuple of str)
        Unique names (a second ``Ngày`` is ``Ngày (2)``, a blank fourth header is ``column 4``) and
        the headers as written.
    """
    written = tuple(" ".join(str(header).split()) if not _blank(header) else "" for header in headers)
    taken = set(written)
    seen: set[str] = set()
    names = []
    for position, header in enumerate(written, start=1):
        name, number = header or f"column {position}", 2
        while name in seen or (name != header and name in taken):
            name, number = f"{header or f'column {position}'} ({number})", number + 1
        seen.add(name)
        names.append(name)
    return tuple(names), written
