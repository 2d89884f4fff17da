"""What came of an import."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from geozone.errors import DataError, Fault

__all__ = ["TableImport", "refuse_empty"]


@dataclass(frozen=True, slots=True)
class TableImport:
    """What came of importing a table.

    Attributes
    ----------
    rows : int
        Rows now in the store from this file.
    faults : tuple of Fault
        Rows left out, and why.
    changed : bool
        Whether the store changed; importing the same file twice changes nothing.
    """

    rows: int
    faults: tuple[Fault, ...]
    changed: bool


def refuse_empty(path: Path, table: pd.DataFrame, faults: Sequence[Fault]) -> None:
    """Refuse a file of which no row can be used.

    Parameters
    ----------
    path : Path
        The file.
    table : DataFrame
        What was read of it.
    faults : sequence of Fault
        What was left out, and why.

    Raises
    ------
    DataError
        If nothing is left.
    """
    if table.empty:
        raise DataError(path.name, faults or [Fault(None, None, "no rows", "at least one row of data")])
