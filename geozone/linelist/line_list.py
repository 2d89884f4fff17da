"""What reading a line list gives."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from geozone.errors import Fault
from geozone.types import Source

__all__ = ["LineList"]


@dataclass(frozen=True, slots=True, eq=False)
class LineList:
    """A line list that was read and checked.

    Every row of the file is in exactly one of three places: accepted (a row of ``cases``), rejected (a
    row of ``rejects``), or without a case (a count of 0).

    Attributes
    ----------
    cases : DataFrame
        `geozone.schema.CASES`, in the order of the file.
    places : DataFrame
        `geozone.schema.CASE_PLACES`: a home for every case, even where nothing is known of it, then
        work and exposure where given.
    persons : DataFrame
        ``case_id``, ``person_name``, ``phone`` of those that have one: private.
    rejects : DataFrame
        The rejected rows with the columns and values of the file, and ``_row``, ``_faults``, ``_cells``
        (what does not fit the header), ``_taken`` (identifiers in use elsewhere in the file).
    faults : tuple of Fault
        Everything found, those of the file (no row) first, then by row.
    source : Source
        File name and checksum.
    mapping : dict of str to str
        Field to header.
    unmapped : tuple of str
        Headers that hold no field: not imported.
    encoding : str
        Encoding of the file.
    rows_read : int
        Rows of the file that are not blank.
    rows_without_cases : int
        Rows of an aggregated list with a count of 0.
    table : dict of str to str
        What else was found out: ``format``, ``delimiter``, ``sheet``, ``first_row``.
    """

    cases: pd.DataFrame
    places: pd.DataFrame
    persons: pd.DataFrame
    rejects: pd.DataFrame
    faults: tuple[Fault, ...]
    source: Source
    mapping: dict[str, str]
    unmapped: tuple[str, ...]
    encoding: str
    rows_read: int
    rows_without_cases: int = 0
    table: dict[str, str] = field(default_factory=dict)

    @property
    def warnings(self) -> tuple[Fault, ...]:
        """Faults that rejected no row: of the file, or a value that was left out."""
        rejected = set(self.rejects["_row"])
        return tuple(fault for fault in self.faults if fault.row not in rejected)

    def counts(self) -> dict[str, int]:
        """Count what became of the file.

        Returns
        -------
        dict of str to int
            ``rows_read`` = ``rows_accepted`` + ``rows_rejected`` + ``rows_without_cases``; ``cases``
            (people), ``without_address``, ``with_point``, ``faults``, ``warnings``.
        """
        home = self.places[self.places["role"] == "home"]
        return {
            "rows_read": self.rows_read,
            "rows_accepted": len(self.cases),
            "rows_rejected": len(self.rejects),
            "rows_without_cases": self.rows_without_cases,
            "cases": int(self.cases["count"].sum()),
            "without_address": int((home["address"].isna() & home["lon"].isna()).sum()),
            "with_point": int(home["lon"].notna().sum()),
            "faults": len(self.faults),
            "warnings": len(self.warnings),
        }

    def summary(self, *, most_faults: int = 20) -> str:
        """Write what was read, what was not, and why.

        Parameters
        ----------
        most_faults : int
            How many faults to show.

        Returns
        -------
        str
            Lines of text; no name and no telephone number.
        """
        counts = self.counts()
        days = self.cases["report_date"]
        span = f", reported {days.min():%Y-%m-%d} to {days.max():%Y-%m-%d}" if len(days) else ""
        about = ", ".join(f"{key} {value!r}" for key, value in self.table.items() if value)
        lines = [
            f"{self.source.name}: {about}, encoding {self.encoding}",
            f"  {counts['rows_read']:,} rows: {counts['rows_accepted']:,} accepted, "
            f"{counts['rows_rejected']:,} rejected, {counts['rows_without_cases']:,} with a count of 0",
            f"  {counts['cases']:,} cases{span}; {counts['with_point']:,} rows with a point, "
            f"{counts['without_address']:,} with neither address nor point",
            "  columns: " + ", ".join(f"{name} = {header!r}" for name, header in self.mapping.items()),
        ]
        if self.unmapped:
            lines.append("  not imported: " + ", ".join(map(repr, self.unmapped)))
        if self.faults:
            lines.append(f"  {len(self.faults):,} fault{'s' if len(self.faults) != 1 else ''}:")
            lines += [f"    {fault}" for fault in self.faults[:most_faults]]
        if len(self.faults) > most_faults:
            lines.append(f"    ... and {len(self.faults) - most_faults:,} more")
        return "\n".join(lines)
