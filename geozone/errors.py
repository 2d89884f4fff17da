"""Everything that can go wrong, as one tree.

::

    GeozoneError
    ├── DataError        the content of a file or table is wrong; carries every fault
    ├── NotFoundError    a named thing (release, rule set, unit, workspace) does not exist
    ├── ConflictError    the request contradicts what is already there; may name who changed it and when
    ├── DeniedError      the one who asks may not do it
    └── StoreError       the database or the disk refused

Programming mistakes stay ``ValueError`` and ``TypeError``. Edges translate this tree
once: the service to ``application/problem+json``, the command line to stderr and an
exit code. A case that cannot be placed is not an error: it is counted, listed and kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

__all__ = [
    "ConflictError",
    "DataError",
    "DeniedError",
    "Fault",
    "GeozoneError",
    "NotFoundError",
    "StoreError",
]

_SHOWN = 20


class Fault(NamedTuple):
    """One thing wrong with a file or table.

    ``row`` is the number a person sees in the file (the header of a table is row 1, so the
    first data row is row 2; for GeoJSON the first feature is 1), or ``None`` where the
    fault concerns the file or a whole column.
    """

    row: int | None
    column: str | None
    found: str
    expected: str

    def __str__(self) -> str:
        where = ", ".join(
            part
            for part in (
                f"row {self.row}" if self.row is not None else "",
                f"column {self.column!r}" if self.column is not None else "",
            )
            if part
        )
        return f"{where + ': ' if where else ''}found {self.found}, expected {self.expected}"


class GeozoneError(Exception):
    """Base of every error that geozone raises on purpose."""


class DataError(GeozoneError):
    """The content of a file or table is wrong.

    Parameters
    ----------
    source : str
        The file or table, as the user knows it.
    faults : iterable of Fault
        Every fault found, not only the first.
    """

    def __init__(self, source: str, faults: Iterable[Fault]) -> None:
        self.source = source
        self.faults: Sequence[Fault] = tuple(faults)
        super().__init__(self._text())

    def _text(self) -> str:
        shown = [f"  {fault}" for fault in self.faults[:_SHOWN]]
        more = len(self.faults) - _SHOWN
        if more > 0:
            shown.append(f"  ... and {more} more")
        count = len(self.faults)
        return "\n".join([f"{self.source}: {count} fault{'s' if count != 1 else ''}", *shown])


class NotFoundError(GeozoneError):
    """A named thing does not exist."""


class ConflictError(GeozoneError):
    """The request contradicts what is already there.

    Parameters
    ----------
    text : str
        What is wrong.
    by : str, optional
        Who made what is there.
    at : datetime, optional
        When.
    """

    def __init__(self, text: str, *, by: str | None = None, at: datetime | None = None) -> None:
        super().__init__(text)
        self.by, self.at = by, at


class DeniedError(GeozoneError):
    """The one who asks may not do it.

    Parameters
    ----------
    text : str
        Why, for the person who asks; nothing about what they may not see.
    known : bool
        Whether it is known who asks: if not, signing in may help.
    """

    def __init__(self, text: str, *, known: bool = True) -> None:
        super().__init__(text)
        self.known = known


class StoreError(GeozoneError):
    """The database or the disk refused."""
