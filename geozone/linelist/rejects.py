"""The rejects file: mend it in a spreadsheet, then import it like any line list."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from pathlib import Path

import pandas as pd

from geozone.errors import StoreError
from geozone.linelist.fields import INTERNAL_COLUMNS
from geozone.linelist.line_list import LineList
from geozone.tables import cell_text
from geozone.tables.formulas import guard_formula, unguard_formula

__all__ = ["is_rejects", "unguard", "write_rejects"]


def _guard(cell: object) -> str:
    return guard_formula(cell_text(cell) or "")


def is_rejects(frame: pd.DataFrame) -> bool:
    """Whether a table was written by `write_rejects`.

    Parameters
    ----------
    frame : DataFrame
        A table as read.

    Returns
    -------
    bool
        True if it has ``_row`` and ``_faults``.
    """
    return {"_row", "_faults"} <= set(frame.columns)


def unguard(frame: pd.DataFrame) -> pd.DataFrame:
    """Take back what kept a spreadsheet from seeing formulas.

    Parameters
    ----------
    frame : DataFrame
        A rejects file as read.

    Returns
    -------
    DataFrame
        With the cells of the original file.
    """
    result = frame.copy()
    for column in frame.columns:
        if isinstance(frame[column].dtype, pd.StringDtype) or frame[column].dtype == object:
            result[column] = [
                unguard_formula(cell) if isinstance(cell, str) else cell
                for cell in frame[column].astype(object)
            ]
    return result


def write_rejects(line_list: LineList, path: str | Path) -> None:
    """Write the rejected rows of a line list, to be mended and imported again.

    Parameters
    ----------
    line_list : LineList
        A line list that was read.
    path : str or Path
        CSV file to write, UTF-8 with a byte order mark so that spreadsheets open it. The columns of
        the original come first; ``_row``, ``_faults``, ``_cells`` and ``_taken`` follow, and are
        not data. An existing file is replaced at once, or not at all.

    Raises
    ------
    StoreError
        If the disk refuses.
    """
    path = Path(path)
    rejects = line_list.rejects
    guarded = pd.DataFrame(
        {
            column: rejects[column].astype(object).map(_guard)
            if column not in INTERNAL_COLUMNS
            else rejects[column]
            for column in rejects.columns
        }
    )
    guarded.columns = pd.Index([_guard(column) for column in guarded.columns])
    buffer = io.StringIO(newline="")
    guarded.to_csv(buffer, index=False, lineterminator="\r\n")
    _replace(path, buffer.getvalue().encode("utf-8-sig", errors="surrogatepass"))


def _replace(path: Path, data: bytes) -> None:
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = Path(file.name)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
        raise StoreError(f"{path.name}: cannot be written ({error.strerror})") from error
