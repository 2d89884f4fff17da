"""What a contract is: columns with their domains, and every fault of a table found at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from geozone.errors import DataError, Fault

__all__ = ["Column", "TableSchema"]

Kind = Literal["string", "integer", "number", "date", "boolean"]

_DTYPES: Mapping[Kind, str] = {
    "string": "str",
    "integer": "Int64",
    "number": "float64",
    "date": "datetime64[s]",
    "boolean": "boolean",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    name : str
        Column name; carries its unit where it has one (``radius_m``).
    kind : str
        ``string``, ``integer``, ``number``, ``date`` (midnight, no zone) or ``boolean``.
    description : str
        What it holds.
    required : bool
        Whether every row must have a value.
    allowed : tuple of str, optional
        The only values a string may take.
    minimum, maximum : float, optional
        Closed bounds of a number.
    """

    name: str
    kind: Kind
    description: str
    required: bool = True
    allowed: tuple[str, ...] | None = None
    minimum: float | None = None
    maximum: float | None = None

    def faults(self, values: pd.Series, first_row: int) -> list[Fault]:
        """Find every fault of one column.

        Parameters
        ----------
        values : Series
            The column, in table order.
        first_row : int
            Number of the first row, as the user knows it.

        Returns
        -------
        list of Fault
            In row order; empty if the column keeps the contract.
        """
        missing = values.isna().to_numpy()
        wrong = np.zeros(len(values), dtype=bool)
        if self.kind in ("integer", "number"):
            numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype="float64", na_value=np.nan)
            wrong |= ~missing & np.isnan(numbers)
            with np.errstate(invalid="ignore"):
                if self.kind == "integer":
                    wrong |= ~missing & (numbers != np.floor(numbers))
                if self.minimum is not None:
                    wrong |= numbers < self.minimum
                if self.maximum is not None:
                    wrong |= numbers > self.maximum
        elif self.kind == "date":
            wrong |= ~missing & pd.to_datetime(values, errors="coerce").isna().to_numpy()
        elif self.allowed is not None:
            wrong |= ~missing & ~values.isin(self.allowed).to_numpy()
        found = [
            Fault(first_row + int(i), self.name, repr(values.iloc[int(i)]), self.expected)
            for i in np.flatnonzero(wrong)
        ]
        if self.required:
            found += [
                Fault(first_row + int(i), self.name, "nothing", self.expected)
                for i in np.flatnonzero(missing)
            ]
        return sorted(found, key=lambda fault: fault.row or 0)

    @property
    def expected(self) -> str:
        """The domain in words."""
        if self.allowed is not None:
            return "one of " + ", ".join(self.allowed)
        words = {"string": "text", "integer": "a whole number", "number": "a number"}
        text = words.get(self.kind, f"a {self.kind}")
        if self.minimum is not None and self.maximum is not None:
            return f"{text} from {self.minimum:g} to {self.maximum:g}"
        if self.minimum is not None:
            return f"{text} of {self.minimum:g} or more"
        return text


@dataclass(frozen=True, slots=True)
class TableSchema:
    """The contract of one table.

    Attributes
    ----------
    name : str
        What the table is called in messages.
    columns : tuple of Column
        The columns that must be present.
    key : tuple of str
        Columns that together are unique.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    def faults(self, table: pd.DataFrame, *, first_row: int = 2) -> list[Fault]:
        """Find every fault of a table.

        Parameters
        ----------
        table : DataFrame
            The table to check.
        first_row : int
            Number of the first row, as the user knows it.

        Returns
        -------
        list of Fault
            Empty if the table keeps the contract.
        """
        found: list[Fault] = []
        for column in self.columns:
            if column.name in table.columns:
                found += column.faults(table[column.name], first_row)
            else:
                found.append(Fault(None, column.name, "no such column", column.description))
        if self.key and all(name in table.columns for name in self.key):
            repeated = table.duplicated(list(self.key)).to_numpy()
            found += [
                Fault(
                    first_row + int(i),
                    ", ".join(self.key),
                    ", ".join(repr(table[name].iloc[int(i)]) for name in self.key),
                    "each only once",
                )
                for i in np.flatnonzero(repeated)
            ]
        return found

    def validate(self, table: pd.DataFrame, *, source: str | None = None) -> None:
        """Raise once with every fault of a table.

        Parameters
        ----------
        table : DataFrame
            The table to check.
        source : str, optional
            What to call the table in the message; its own name by default.

        Raises
        ------
        DataError
            If the table breaks the contract.
        """
        found = self.faults(table)
        if found:
            raise DataError(source or self.name, found)

    def conform(self, table: pd.DataFrame) -> pd.DataFrame:
        """Give a table the contract's columns and dtypes.

        Parameters
        ----------
        table : DataFrame
            A table whose values fit; missing optional columns are added empty.

        Returns
        -------
        DataFrame
            A copy, contract columns first, then the extra ones, index reset.
        """
        result = table.copy().reset_index(drop=True)
        for column in self.columns:
            if column.name not in result.columns:
                result[column.name] = pd.Series([None] * len(result), dtype=_DTYPES[column.kind])
            else:
                result[column.name] = result[column.name].astype(_DTYPES[column.kind])
        names = [column.name for column in self.columns]
        return result[names + [name for name in result.columns if name not in names]]

    def empty(self) -> pd.DataFrame:
        """Make a table of no rows with the contract's columns and dtypes.

        Returns
        -------
        DataFrame
            No rows.
        """
        return pd.DataFrame(
            {column.name: pd.Series([], dtype=_DTYPES[column.kind]) for column in self.columns}
        )
