"""House numbers: ``19``, ``19A``, ``12-14``, and what stands between them on a street."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

__all__ = ["HouseNumber", "is_number", "read_house_number"]

_NUMBER: Final = re.compile(r"(\d{1,5})([a-z]{1,3}\d{0,2})?")
_LETTERED: Final = re.compile(r"[a-z]{1,3}\d{1,4}[a-z]?")


class HouseNumber(NamedTuple):
    """One house number."""

    value: int
    suffix: str
    """What follows the digits: ``a`` of ``19A``."""


def is_number(word: str, *, lettered: bool = False) -> bool:
    """Tell whether a folded word can be the number of a house or an alley.

    Parameters
    ----------
    word : str
        ``19a``, ``12``; ``a8`` where letters may come first.
    lettered : bool
        Whether letters may come first.

    Returns
    -------
    bool
        True for at most five digits with at most a few letters.
    """
    return _NUMBER.fullmatch(word) is not None or (lettered and _LETTERED.fullmatch(word) is not None)


@lru_cache(maxsize=1 << 16)
def read_house_number(word: str) -> HouseNumber | None:
    """Read a folded word as a house number.

    Parameters
    ----------
    word : str
        ``19a``.

    Returns
    -------
    HouseNumber or None
        None where no digits come first.
    """
    match = _NUMBER.fullmatch(word)
    return HouseNumber(int(match[1]), match[2] or "") if match else None
