"""Full names of units taken apart: the name, and the kind that stands before it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from geozone.types import AdminLevel

__all__ = ["LEVEL_KINDS", "bare_name", "without_note"]

_PARENTHESIS: Final = re.compile(r"\s*\([^)]*\)\s*$")
LEVEL_KINDS: Final = {
    AdminLevel.COMMUNE: ("phường", "xã", "thị trấn", "đặc khu"),
    AdminLevel.DISTRICT: ("quận", "huyện", "thị xã", "thành phố"),
    AdminLevel.PROVINCE: ("tỉnh", "thành phố"),
}
"""Kinds that begin the names of a level, lower case."""


def bare_name(full_name: str, kinds: Iterable[str]) -> tuple[str, str]:
    """Split a full name into the name and its kind.

    Parameters
    ----------
    full_name : str
        Name with its kind, perhaps with a note in parentheses.
    kinds : iterable of str
        Kinds that may begin it, lower case.

    Returns
    -------
    tuple of str
        The name and the kind; the kind is empty where the name begins with none.
    """
    clean = without_note(full_name).strip()
    if " " not in clean:
        return clean, ""
    lowered = clean.lower()
    for kind in kinds:
        if lowered.startswith(kind + " "):
            return clean[len(kind) + 1 :].strip(), kind
    return clean, ""


def without_note(full_name: str) -> str:
    """Leave out a note in parentheses at the end.

    Parameters
    ----------
    full_name : str
        Name with its kind.

    Returns
    -------
    str
        The rest, not trimmed.
    """
    return _PARENTHESIS.sub("", full_name) if ")" in full_name else full_name
