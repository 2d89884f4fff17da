"""Identifiers for rows that have none: derived from content, the same on every import.

The derived identifier rests on who, where and when, not on what may be corrected later (count, class,
age): a corrected count updates the row it corrects. Rows alike in all of that are told apart by their
order. A rejected row carries the identifiers its mended self could run into (``_taken``), so that the
mended rejects of a file get the same identifiers as the mended file itself.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["KEY_FIELDS", "Taken", "derive_ids", "find_taken", "key_texts", "read_taken", "write_taken"]

KEY_FIELDS = ("report_date", "disease", "person_name", "address", "lon", "lat")
"""What a derived identifier rests on."""
_MOST_TAKEN = 500
_PREFIX = "auto-"

Taken = dict[str, int]
"""Identifiers in use elsewhere; for derived ones, how many rows share it."""


def key_texts(columns: Mapping[str, pd.Series], length: int) -> list[list[str]]:
    """Write the key fields as text, one list per field.

    Parameters
    ----------
    columns : mapping of str to Series
        Dates, texts and numbers by field; a missing field is empty.
    length : int
        Number of rows.

    Returns
    -------
    list of list of str
        In the order of `KEY_FIELDS`.
    """
    texts = []
    for field in KEY_FIELDS:
        column = columns.get(field)
        if column is None:
            texts.append([""] * length)
        elif column.dtype.kind == "f":
            micro = np.round(np.nan_to_num(column.to_numpy(), nan=0.0) * 1e6).astype(np.int64)
            given = column.notna().tolist()
            texts.append(
                [str(value) if there else "" for value, there in zip(micro.tolist(), given, strict=True)]
            )
        elif column.dtype.kind == "M":
            codes, days = pd.factorize(column)
            names = [*(f"{day:%Y-%m-%d}" for day in days), ""]
            texts.append([names[code] for code in codes.tolist()])
        else:
            texts.append(column.str.lower().fillna("").tolist())
    return texts


def _digest(key: str) -> str:
    return _PREFIX + hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=8).hexdigest()


def derive_ids(
    keys: Sequence[Sequence[str]], wanted: NDArray[np.bool_], taken: Sequence[Taken | None]
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Derive an identifier for every wanted row.

    Parameters
    ----------
    keys : sequence of sequence of str
        Key fields as `key_texts` gives them.
    wanted : ndarray of bool
        Rows that are good and have no identifier of their own.
    taken : sequence of Taken or None
        What each row was told is in use elsewhere; empty if nothing was.

    Returns
    -------
    tuple of ndarray of object
        Identifiers, and the same without the number that tells alike rows apart; None where not wanted.
    """
    ids = np.full(len(wanted), None, dtype=object)
    bases = np.full(len(wanted), None, dtype=object)
    positions = np.flatnonzero(wanted)
    joined = list(map("\x1f".join, zip(*keys, strict=True)))
    seen: Counter[str] = Counter()
    for told in taken:
        for base, number in (told or {}).items():
            seen[base] = max(seen[base], number)
    for position in positions.tolist():
        base = _digest(joined[position])
        seen[base] += 1
        bases[position] = base
        ids[position] = base if seen[base] == 1 else f"{base}-{seen[base]}"
    return ids, bases


def find_taken(
    keys: Sequence[Sequence[str]],
    bases: NDArray[np.object_],
    rejected: Mapping[int, frozenset[str]],
    inherited: Mapping[int, Taken],
) -> dict[int, Taken]:
    """Find the derived identifiers that a rejected row may run into once it is mended.

    Parameters
    ----------
    keys : sequence of sequence of str
        Key fields of all rows.
    bases : ndarray of object
        Identifiers of the good rows, without numbers.
    rejected : mapping of int to frozenset of str
        Position of each rejected row, and the key fields that are wrong in it.
    inherited : mapping of int to Taken
        What the rejected row was told itself.

    Returns
    -------
    dict of int to Taken
        For each rejected row the good rows that are like it in all that is right in it.
    """
    found: dict[int, Taken] = {}
    good = [position for position, base in enumerate(bases) if base is not None]
    for wrong in set(rejected.values()):
        kept = [texts for field, texts in zip(KEY_FIELDS, keys, strict=True) if field not in wrong]
        rows = [position for position, fields in rejected.items() if fields == wrong]
        sought = {tuple(texts[row] for texts in kept) for row in rows}
        alike: dict[tuple[str, ...], Counter[str]] = {}
        for position in good if sought else ():
            part = tuple(texts[position] for texts in kept)
            if part in sought:
                alike.setdefault(part, Counter())[bases[position]] += 1
        for row in rows:
            counts = alike.get(tuple(texts[row] for texts in kept), Counter())
            told = inherited.get(row, {})
            merged = {base: told.get(base, 0) + counts[base] for base in {*told, *counts}}
            if merged:
                found[row] = dict(sorted(merged.items(), key=lambda item: (-item[1], item[0]))[:_MOST_TAKEN])
    return found


def write_taken(taken: Taken) -> str:
    """Write what is taken into a cell.

    Parameters
    ----------
    taken : Taken
        Identifiers and counts.

    Returns
    -------
    str
        Short JSON.
    """
    return json.dumps(taken, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def read_taken(cell: object) -> Taken:
    """Read what `write_taken` wrote.

    Parameters
    ----------
    cell : object
        The cell; nothing where nothing is taken.

    Returns
    -------
    Taken
        Empty where the cell was changed by hand.
    """
    if not isinstance(cell, str) or not cell:
        return {}
    try:
        document = json.loads(cell)
    except ValueError:
        return {}
    if not isinstance(document, dict):
        return {}
    return {str(base): number for base, number in document.items() if isinstance(number, int)}
