"""Collect the faults of a table by row, without naming anybody."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geozone.errors import Fault
from geozone.tables import RawTable, shown

__all__ = ["FaultReport"]


class FaultReport:
    """The faults of one file while it is read.

    Parameters
    ----------
    table : RawTable
        The file.
    """

    def __init__(self, table: RawTable) -> None:
        self._table = table
        self._rows: list[tuple[int, Fault]] = []
        self.of_file: list[Fault] = []
        self.rejected: NDArray[np.bool_] = np.zeros(len(table.frame), dtype=bool)
        self.fields: dict[int, set[str]] = {}
        """Fields at fault, by position of the rejected row."""
        self._silenced: NDArray[np.bool_] = np.zeros(len(table.frame), dtype=bool)

    def add(
        self,
        field: str,
        header: str | None,
        expected: NDArray[np.object_],
        *,
        found: Callable[[int], str] | None = None,
        reject: bool = True,
    ) -> None:
        """Note the faults of one column.

        Parameters
        ----------
        field : str
            Field of the line list.
        header : str or None
            Header of the file.
        expected : ndarray of object
            For each row what was expected, None where there is no fault.
        found : callable, optional
            Tells what was found by position; the cell where not given.
        reject : bool
            Whether such a row is rejected; otherwise only the value is dropped.
        """
        wrong = ~pd.isna(expected) & ~self._silenced
        cells = self._table.frame[header] if header is not None else None
        for position in np.flatnonzero(wrong).tolist():
            text = found(position) if found else shown(None if cells is None else cells.iloc[position])
            row = int(self._table.row_numbers[position])
            wanted = (
                str(expected[position]) if reject else f"{expected[position]} (left out, the row is kept)"
            )
            self._rows.append((position, Fault(row, header or field, text, wanted)))
            if reject:
                self.fields.setdefault(position, set()).add(field)
        if reject:
            self.rejected |= wrong

    def add_rows(self, faults: dict[int, Fault]) -> None:
        """Note rows that cannot be told apart into cells; nothing more is said of them.

        Parameters
        ----------
        faults : dict of int to Fault
            By position.
        """
        for position, fault in faults.items():
            self._rows.append((position, fault))
            self.rejected[position] = True
            self._silenced[position] = True
            self.fields.setdefault(position, set()).add("*")

    def all(self) -> tuple[Fault, ...]:
        """Give every fault.

        Returns
        -------
        tuple of Fault
            Those of the file first, then by row.
        """
        ordered = sorted(self._rows, key=lambda item: item[0])
        return (*self.of_file, *(fault for _, fault in ordered))

    def texts(self) -> dict[int, str]:
        """Write the faults of each rejected row in one line.

        Returns
        -------
        dict of int to str
            By position.
        """
        texts: dict[int, list[str]] = {}
        for position, fault in self._rows:
            if self.rejected[position]:
                column = f"{fault.column}: " if fault.column else ""
                texts.setdefault(position, []).append(
                    f"{column}found {fault.found}, expected {fault.expected}"
                )
        return {position: "; ".join(lines) for position, lines in texts.items()}
