"""The line list of a day while it is edited: the rows to begin with, and those that came since."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

__all__ = ["LiveLine", "Place"]

Place = Mapping[str, Any]
"""One row of a line list: a case at a place."""


class LiveLine:
    """Cases by identifier, each with its rows.

    Parameters
    ----------
    cases : DataFrame
        One row per case and place, as ``draw`` takes them.
    """

    def __init__(self, cases: pd.DataFrame) -> None:
        self.base = cases.reset_index(drop=True)
        self._rows: dict[Hashable, list[int]] = {}
        for row, case_id in enumerate(self.base["case_id"].tolist()):
            self._rows.setdefault(case_id, []).append(row)
        self._columns = {name: self.base[name].to_numpy(dtype=object) for name in self.base.columns}
        self._added: dict[Hashable, list[Place]] = {}

    def __len__(self) -> int:
        return len(self._rows) + len(self._added)

    def __contains__(self, case_id: Hashable) -> bool:
        return case_id in self._rows or case_id in self._added

    def __iter__(self) -> Iterator[Hashable]:
        return iter([*self._rows, *self._added])

    def read(self, places: Sequence[Place]) -> list[Place]:
        """Take the columns of the line list from the rows of one case.

        Parameters
        ----------
        places : sequence of mapping
            Rows; columns that they lack are empty.

        Returns
        -------
        list of mapping
            The rows.

        Raises
        ------
        ValueError
            If there is no row, or the rows are of several cases.
        """
        rows: list[Place] = [{name: place.get(name) for name in self._columns} for place in places]
        names = {row["case_id"] for row in rows}
        if len(names) != 1:
            raise ValueError(f"{len(names)} cases in {len(rows)} rows: expected one")
        return rows

    def enter(self, case_id: Hashable, rows: list[Place]) -> None:
        """Add a case.

        Parameters
        ----------
        case_id : hashable
            The case; it is not there yet.
        rows : list of mapping
            From `read`.
        """
        self._added[case_id] = rows

    def leave(self, case_id: Hashable) -> None:
        """Take a case away.

        Parameters
        ----------
        case_id : hashable
            The case.
        """
        self._added.pop(case_id, None)
        self._rows.pop(case_id, None)

    def places(self, case_id: Hashable) -> list[Place]:
        """Give the rows of a case.

        Parameters
        ----------
        case_id : hashable
            The case.

        Returns
        -------
        list of mapping
            One per place.

        Raises
        ------
        KeyError
            If there is no such case.
        """
        if case_id in self._added:
            return list(self._added[case_id])
        return [{name: column[row] for name, column in self._columns.items()} for row in self._rows[case_id]]

    def table(self, rows: Sequence[Place]) -> pd.DataFrame:
        """Put rows into a table with the columns of the line list.

        Parameters
        ----------
        rows : sequence of mapping
            Rows.

        Returns
        -------
        DataFrame
            In order.
        """
        return pd.DataFrame(list(rows), columns=list(self._columns)).astype(self.base.dtypes)

    def cases(self) -> pd.DataFrame:
        """Give the line list as it is now.

        Returns
        -------
        DataFrame
            One row per case and place: those to begin with, then those added, in that order.
        """
        kept = self.base.iloc[[row for rows in self._rows.values() for row in rows]]
        added = [place for places in self._added.values() for place in places]
        if not added:
            return kept.reset_index(drop=True)
        return pd.concat([kept, self.table(added)], ignore_index=True)
