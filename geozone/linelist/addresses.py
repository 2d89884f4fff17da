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


def _untold(texts: list[str], lines: list[str], folded: list[str]) -> list[str]:
    """Leave out the parts that the address names already."""
    folds = {text: fold(text) for text in set(texts)}
    return [
        "" if folds[text] in told and line and _told(folds[text], line) else text
        for text, line, told in zip(texts, lines, folded, strict=True)
    ]


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
    columns_of_text = list(parts.values())
    if address is not None:
        lines = _texts(address, "address", length)
        folded = fold_texts(address)
        columns_of_text = [_untold(texts, lines, folded) for texts in columns_of_text]
        columns_of_text.insert(0, lines)
    joined = [", ".join(filter(None, row)) or None for row in zip(*columns_of_text, strict=True)]
    return pd.Series(joined, dtype="str")
