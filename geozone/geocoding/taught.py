"""Aliases taught by reviewers: a phrase that means one commune, whatever else the address says."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import pandas as pd

from geozone.errors import DataError, Fault
from geozone.geocoding.lexicon import Lexicon
from geozone.geocoding.normalise import Text, tokenise
from geozone.types import AdminLevel, Edition

__all__ = ["TaughtAliases"]


class _Phrase(NamedTuple):
    words: tuple[str, ...]
    unit: int


class TaughtAliases:
    """Phrases and the communes they mean.

    Parameters
    ----------
    lexicon : Lexicon
        Units of both editions.
    table : DataFrame
        ``alias`` (a phrase or a whole address, as typed) and ``code`` of a commune; ``edition`` where
        the codes are not of 2025. Of two rows with one phrase the last wins.

    Raises
    ------
    DataError
        If a column is missing, a phrase is empty or a code is unknown.
    """

    def __init__(self, lexicon: Lexicon, table: pd.DataFrame) -> None:
        self._by_first: dict[str, dict[tuple[str, ...], _Phrase]] = defaultdict(dict)
        faults = [
            Fault(None, name, "no such column", "alias and code")
            for name in ("alias", "code")
            if name not in table.columns
        ]
        if faults:
            raise DataError("taught aliases", faults)
        editions = table["edition"] if "edition" in table.columns else ["2025"] * len(table)
        rows = zip(table["alias"], table["code"], editions, strict=True)
        for number, (alias, code, edition) in enumerate(rows, start=2):
            words = tokenise(alias).folded if isinstance(alias, str) else ()
            unit = lexicon.by_code.get((Edition(str(edition)), AdminLevel.COMMUNE, str(code)))
            if not words:
                faults.append(Fault(number, "alias", repr(alias), "a phrase"))
            elif unit is None:
                faults.append(Fault(number, "code", repr(code), f"a commune of {edition}"))
            else:
                self._by_first[words[0]][words] = _Phrase(words, unit)
        if faults:
            raise DataError("taught aliases", faults)

    def find(self, text: Text) -> int | None:
        """Find the commune that an address was taught to mean.

        Parameters
        ----------
        text : Text
            The tokenised address.

        Returns
        -------
        int or None
            Position of the commune of the longest phrase in it; none where there is none, or where two
            of one length disagree.
        """
        if not self._by_first:
            return None
        best: list[_Phrase] = []
        for start, word in enumerate(text.folded):
            for phrase in self._by_first.get(word, {}).values():
                if text.folded[start : start + len(phrase.words)] == phrase.words:
                    longest = len(best[0].words) if best else 0
                    if len(phrase.words) > longest:
                        best = [phrase]
                    elif len(phrase.words) == longest:
                        best.append(phrase)
        units = {phrase.unit for phrase in best}
        return units.pop() if len(units) == 1 else None

    def __len__(self) -> int:
        return sum(len(phrases) for phrases in self._by_first.values())
