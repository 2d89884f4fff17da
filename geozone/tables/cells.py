"""Cells as text: trimmed, composed, with placeholders taken as empty; and what a message may show of one."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

__all__ = ["CellReader", "cell_text", "clean_text", "fold_texts", "has_control", "read_cells", "shown"]

_PLACEHOLDER = r"(?i)[-–—_.?/*]+|n/a|#n/a|null|\(?trống\)?"
_CONTROL = r"[\x00-\x08\x0e-\x1f\x7f]"
_CONTROL_BYTES = np.zeros(256, dtype=bool)
_CONTROL_BYTES[[*range(9), *range(14, 32), 127]] = True
_SPACE_BYTES = [9, 11, 12, 0xC2, 0xE2, 0xE3, 0xEF]
"""Bytes that white space other than a single blank begins with (tab, no-break space, U+2003, ...)."""
_NAME_LIKE = re.compile(r"(?:[^\W\d_a-z]\w*\s+){1,5}[^\W\d_a-z]\w*")
_MANY_DIGITS = re.compile(r"(?:\d[\s.()-]*){9,}")
_LONG_DECIMALS = re.compile(r"(\d[.,]\d\d)\d{2,}(?!\d)")
_SHOWN_LENGTH = 40

CellReader = Callable[[str], tuple[object, str]]
"""Reads one cell: the value and an empty text, or None and what was expected."""


def cell_text(cell: object) -> str | None:
    """Write a native cell of a workbook or Parquet file as text.

    Parameters
    ----------
    cell : object
        Number, date, text or nothing.

    Returns
    -------
    str or None
        ``35`` for 35.0, ``2021-07-01`` for a date, None for nothing.
    """
    if isinstance(cell, str):
        return cell
    if cell is None or cell is pd.NaT or (isinstance(cell, float) and np.isnan(cell)):
        return None
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time.min and not cell.tzinfo else cell.isoformat()
    if isinstance(cell, float | np.floating):
        number = float(cell)
        return str(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(number)
    return str(cell)


def _as_text(cells: pd.Series) -> pa.ChunkedArray | pa.Array:
    if isinstance(cells.dtype, pd.StringDtype):
        return pa.array(cells, type=pa.large_string(), from_pandas=True)
    return pa.array([cell_text(cell) for cell in cells.astype(object)], type=pa.large_string())


def _one_array(text: pa.ChunkedArray | pa.Array) -> pa.Array:
    return text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text


def _bytes_of(text: pa.Array) -> NDArray[np.uint8]:
    """Give the bytes of all texts, and maybe of some beside them."""
    letters = text.buffers()[2]
    return np.frombuffer(letters if letters is not None else b"", dtype=np.uint8)


def _clean_distinct(text: pa.Array) -> pa.Array:
    """Clean texts; what is slow is done only where there is something to do."""
    there = np.bincount(_bytes_of(text), minlength=256) > 0
    if there[128:].any():
        text = pc.utf8_normalize(text, form="NFC")
    if there[10] or there[13]:
        text = pc.replace_substring_regex(text, r"[\s,;]*[\r\n]+[\s,;]*", ", ")
    if there[_SPACE_BYTES].any() or b"  " in _bytes_of(text).tobytes():
        text = pc.replace_substring_regex(text, r"[\s\p{Z}\x{feff}\x{200b}]+", " ")
    text = pc.utf8_trim(text, " ,;")
    nothing = pc.or_(pc.equal(text, ""), pc.match_substring_regex(text, f"^(?:{_PLACEHOLDER})$"))
    return pc.if_else(nothing, pa.scalar(None, pa.large_string()), text)


def clean_text(cells: pd.Series) -> pd.Series:
    """Trim, compose and join lines; take placeholders as empty.

    Parameters
    ----------
    cells : Series
        Cells of any kind.

    Returns
    -------
    Series of str
        NFC, one space between words, a line break as a comma; missing where there is nothing, a dash,
        ``n/a``.
    """
    coded = pc.dictionary_encode(_one_array(_as_text(cells)))
    text = _clean_distinct(coded.dictionary).take(coded.indices)
    return pd.Series(text.to_pandas(), dtype="str").set_axis(cells.index)


def fold_texts(cells: pd.Series) -> list[str]:
    """Fold a whole column as `geozone.tables.fold` folds one text.

    Parameters
    ----------
    cells : Series of str
        Texts; missing ones fold to nothing.

    Returns
    -------
    list of str
        In row order.
    """
    coded = pc.dictionary_encode(_one_array(_as_text(cells)).fill_null(""))
    text = pc.utf8_lower(pc.utf8_normalize(coded.dictionary, form="NFKD"))
    text = pc.replace_substring(pc.replace_substring_regex(text, r"\p{M}+", ""), "đ", "d")
    text = pc.utf8_trim(pc.replace_substring_regex(text, r"[^\p{L}\p{N}]+", " "), " ")
    folded: list[str] = text.take(coded.indices).to_pylist()
    return folded


def has_control(cells: pd.Series) -> NDArray[np.bool_]:
    """Find cells with control characters, such as NUL.

    Parameters
    ----------
    cells : Series
        Text or native cells.

    Returns
    -------
    ndarray of bool
        In row order.
    """
    nowhere = np.zeros(len(cells), dtype=bool)
    if not isinstance(cells.dtype, pd.StringDtype) and cells.dtype != object:
        return nowhere
    text = _one_array(_as_text(cells))
    if not _CONTROL_BYTES[_bytes_of(text)].any():
        return nowhere
    found = pc.match_substring_regex(text, _CONTROL)
    return np.asarray(pc.fill_null(found, False), dtype=bool)


def read_cells(cells: pd.Series, reader: CellReader) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Read a column, each distinct cell once.

    Parameters
    ----------
    cells : Series of str
        Cleaned text.
    reader : CellReader
        Reads one cell.

    Returns
    -------
    tuple of ndarray
        Values (None where there is nothing or a fault) and what was expected (None where right).
    """
    codes, uniques = pd.factorize(cells.to_numpy(dtype=object, na_value=None), use_na_sentinel=True)
    reads = [reader(str(cell)) for cell in uniques]
    values = np.empty(len(reads) + 1, dtype=object)
    values[:-1] = [value for value, _ in reads]
    values[-1] = None
    expected = np.empty(len(reads) + 1, dtype=object)
    expected[:-1] = [problem or None for _, problem in reads]
    expected[-1] = None
    return values[codes], expected[codes]


def shown(cell: object) -> str:
    """Write a cell for a message without giving a person away.

    Parameters
    ----------
    cell : object
        What the file has.

    Returns
    -------
    str
        The cell, quoted and shortened, without the decimals that make a point exact; only its kind
        where it may be a name or a telephone number that slipped into a wrong column.
    """
    text = cell_text(cell)
    if text is None or not text.strip():
        return "nothing"
    text = _LONG_DECIMALS.sub(r"\1…", " ".join(text.split()))
    if _MANY_DIGITS.search(text) and not re.search(r"[-/:]", text):
        return f"a number of {sum(sign.isdigit() for sign in text)} digits"
    if _NAME_LIKE.fullmatch(text):
        return f"a text of {len(text.split())} words"
    return repr(text if len(text) <= _SHOWN_LENGTH else text[: _SHOWN_LENGTH - 1] + "…")
