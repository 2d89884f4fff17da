"""What answers rest on, named by a digest: an address is read again exactly when that changes."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Final

from geozone.admin import embedded_digest
from geozone.geocoding.normalise import tokenise

__all__ = ["ALGORITHM", "TaughtPhrases", "package_knowledge"]

ALGORITHM: Final = 3
"""Raised with every change of this package after which an address may have another answer."""

_Words = tuple[str, ...]


@cache
def package_knowledge() -> str:
    """Name the way of reading and the units, names and crosswalk of the package.

    Returns
    -------
    str
        The same in two versions of the package whose answers are the same.
    """
    return hashlib.sha256(f"{ALGORITHM}:{embedded_digest()}".encode()).hexdigest()[:16]


class TaughtPhrases:
    """Tells which taught phrases an address holds: its answer rests on these and on no others.

    Parameters
    ----------
    rows : iterable of tuple
        Phrase, code and edition of each, oldest first.
    """

    def __init__(self, rows: Iterable[tuple[str, str, str]]) -> None:
        self._by_first: dict[str, dict[_Words, str]] = defaultdict(dict)
        for phrase, code, edition in rows:
            words = tokenise(phrase).folded
            if words:
                self._by_first[words[0]][words] = f"{code} {edition}"

    def __bool__(self) -> bool:
        return bool(self._by_first)

    def digest(self, address: object) -> str:
        """Name the phrases that stand in an address, and what they mean.

        Parameters
        ----------
        address : str or missing
            As written.

        Returns
        -------
        str
            Empty where there are none.
        """
        if not self._by_first or not isinstance(address, str):
            return ""
        words = _words(address)
        held = [
            f"{' '.join(phrase)} {meaning}"
            for at, word in enumerate(words)
            for phrase, meaning in self._by_first.get(word, {}).items()
            if words[at : at + len(phrase)] == phrase
        ]
        return hashlib.sha256("\n".join(sorted(held)).encode()).hexdigest()[:16] if held else ""


@lru_cache(maxsize=1 << 15)
def _words(address: str) -> _Words:
    return tokenise(address).folded
