"""One address from its parts."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pandas as pd

from geozone.linelist.fields import ADDRESS_PARTS
from geozone.tables import fold, fold_texts

__all__ = ["join_address"]

_KIND_OF_NUMBER = {"commune": "Phường", "district": "Quận", "house": "Số"}
"""A part that is only a number gets the kind it must have: Phường 1, Quận 3."""

_NEXT_KIND = r"(?:huyen|quan|thi xa|thanh pho|tinh|tp|tx|q|h|t|viet nam)\b"


def _told(part: str, line: str) -> bool:
    """Whether a part is a whole name in an address: "xa tan" is none in "xa tan lap"."""
    segments = [fold(segment) for segment in line.split(",")]
    whole = re.compile(rf"(?:^|.* ){re.escape(part)}(?:$| {_NEXT_KIND})")
    return any(whole.match(segment) for segment in segments)


def _folded(texts: list[str]) -> dict[str, str]:
    return {text: fold(text) for text in set(texts)}


def _texts(column: pd.Series | None, field: str, length: int) -> list[str]:
    if column is None:
        return [""] * length
    texts = column.fillna("").tolist()
    kind = _KIND_OF_NUMBER.get(field)
    return [f"{kind} {text}" if text.isdigit() else text for text in texts] if kind else texts


def join_address(columns: Mapping[str, pd.Series], length: int) -> pd.Series:
    """Join the address column and the columns of its parts, most precise first.

    Parameters
    ----------
    columns : mapping of str to Series of str
        Cleaned columns by field: ``address`` and any of house, street, hamlet, commune, district,
        province.
    length : int
        Number of rows.

    Returns
    -------
    Series of str
        Comma separated; a part the address already names is not repeated; missing where all are.
    """
    present = [field for field in ADDRESS_PARTS if field in columns]
    address = columns.get("address")
    if not present:
        return address if address is not None else pd.Series([None] * length, dtype="str")
    parts = {field: _texts(columns[field], field, length) for field in present}
    if "house" in parts and "street" in parts:
        pairs = zip(parts.pop("house"), parts.pop("street"), strict=True)
        parts = {"street": [f"{house} {street}".strip() for house, street in pairs], **parts}
    folds = [_folded(texts) for texts in parts.values()]
    lines = _texts(address, "address", length)
    folded = fold_texts(pd.Series(lines, dtype="str")) if address is not None else lines
    joined = []
    for number, row in enumerate(zip(*parts.values(), strict=True)):
        line = lines[number]
        kept = [part for part in row if part]
        if line:
            told = folded[number]
            kept = [
                part
                for part, fold_of in zip(row, folds, strict=True)
                if part and not (fold_of[part] in told and _told(fold_of[part], line))
            ]
            kept.insert(0, line)
        joined.append(", ".join(kept) or None)
    return pd.Series(joined, dtype="str")
