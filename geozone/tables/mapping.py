"""Tell which column of a file holds which field."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from geozone.errors import DataError, Fault
from geozone.tables.headers import fold

__all__ = ["Mapped", "map_columns"]

_LEADING_NUMBER = re.compile(r"^\d+ (?=\D)")


class Mapped(NamedTuple):
    """Which header holds which field."""

    columns: dict[str, str]
    """Field to header."""
    unmapped: tuple[str, ...]
    """Headers that hold no field."""
    faults: tuple[Fault, ...]
    """Headers that compete for one field."""


def _overridden(
    headers: Sequence[str], fields: Sequence[str], overrides: Mapping[str, str], name: str
) -> dict[str, str]:
    folded = {fold(header): header for header in reversed(headers)}
    faults, chosen = [], {}
    for field, wanted in overrides.items():
        if field not in fields:
            faults.append(Fault(None, field, "no such field", "one of " + ", ".join(fields)))
        elif wanted in headers or not wanted:
            chosen[field] = wanted
        elif fold(wanted) in folded:
            chosen[field] = folded[fold(wanted)]
        else:
            faults.append(Fault(None, wanted, "no such column", "one of " + ", ".join(map(repr, headers))))
    if faults:
        raise DataError(name, faults)
    return chosen


def _candidates(
    headers: Sequence[str], vocabulary: Mapping[str, Sequence[str]]
) -> dict[str, list[tuple[int, str]]]:
    """Give the headers each field may have, each with the rank of the pattern it fits."""
    found: dict[str, list[tuple[int, str]]] = {}
    for header in headers:
        folded = _LEADING_NUMBER.sub("", fold(header))
        fits = [
            (rank, field)
            for field, patterns in vocabulary.items()
            for rank, pattern in enumerate(patterns)
            if re.fullmatch(pattern, folded)
        ]
        if fits:
            rank, field = min(fits, key=lambda fit: fit[0])
            found.setdefault(field, []).append((rank, header))
    return found


def map_columns(
    headers: Sequence[str],
    vocabulary: Mapping[str, Sequence[str]],
    *,
    overrides: Mapping[str, str] | None = None,
    name: str,
) -> Mapped:
    """Find the header of each field.

    Parameters
    ----------
    headers : sequence of str
        Unique headers of the file.
    vocabulary : mapping of str to sequence of str
        For each field the patterns of its header, best first: regular expressions for the whole
        header as `geozone.tables.fold` leaves it.
    overrides : mapping of str to str, optional
        Field to header, which wins over what is found; an empty header means the field is not there.
    name : str
        File name, for messages.

    Returns
    -------
    Mapped
        The header that fits best for each field; of two that fit equally well the first, with a fault.

    Raises
    ------
    DataError
        If an override names no field or no header.
    """
    columns = _overridden(headers, list(vocabulary), overrides or {}, name)
    given = {header for header in columns.values() if header}
    faults = []
    for field, fits in _candidates([header for header in headers if header not in given], vocabulary).items():
        if field in columns:
            continue
        best = min(rank for rank, _ in fits)
        equal = [header for rank, header in fits if rank == best]
        columns[field] = equal[0]
        if len(equal) > 1:
            rivals = ", ".join(map(repr, equal))
            expected = f"one column for {field} ({equal[0]!r} is used; name another with columns={{...}})"
            faults.append(Fault(None, field, f"columns {rivals}", expected))
    columns = {field: header for field, header in columns.items() if header}
    unmapped = tuple(header for header in headers if header not in set(columns.values()))
    return Mapped(columns, unmapped, tuple(faults))
