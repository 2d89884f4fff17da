"""Names, reasons and lists of candidates, in words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from geozone.geocoding.lexicon import Lexicon
from geozone.geocoding.normalise import Text
from geozone.geocoding.rank import Reading
from geozone.geocoding.reasons import Language, say
from geozone.types import AdminLevel, Edition

__all__ = ["Wording"]

_MOST_NAMED: Final = 4
"""Communes that a reason lists."""


class Wording:
    """Words the parts of an answer.

    Parameters
    ----------
    lexicon : Lexicon
        Units of both editions.
    language : {"vi", "en"}
        Language of the reasons.
    """

    def __init__(self, lexicon: Lexicon, language: Language) -> None:
        self._lexicon = lexicon
        self._language: Language = language
        self._names: dict[int, str] = {}

    def say(self, key: str, **values: object) -> str:
        """Word one reason in the language chosen."""
        return say(key, self._language, **values)

    def full_name(self, unit: int) -> str:
        """Give the readable name of a unit with the units above it.

        Parameters
        ----------
        unit : int
            Position in the lexicon.

        Returns
        -------
        str
            ``Phường Phúc Xá, Quận Ba Đình, Thành phố Hà Nội``.
        """
        known = self._names.get(unit)
        if known is None:
            known = self._names[unit] = self._spell_out(unit)
        return known

    def _spell_out(self, unit: int) -> str:
        units = self._lexicon.units
        row = units[unit]
        parts = [row.full_name]
        if row.level is AdminLevel.COMMUNE and row.district >= 0:
            parts.append(units[row.district].full_name)
        if row.level is not AdminLevel.PROVINCE:
            parts.append(units[row.province].full_name)
        return ", ".join(parts)

    def names(self, units: Sequence[int]) -> str:
        """Name some communes shortly, the first four of them."""
        named = dict.fromkeys(self._lexicon.units[unit].full_name for unit in units)
        return ", ".join(list(named)[:_MOST_NAMED])

    def listed(self, members: Sequence[tuple[int, float]]) -> str:
        """List communes as JSON.

        Parameters
        ----------
        members : sequence of (int, float)
            Positions and shares.

        Returns
        -------
        str
            A list of ``{code, name, share}``; the shares keep their sum.
        """
        if not members:
            return "[]"
        units = self._lexicon.units
        rows = [
            {"code": units[unit].code, "name": self.full_name(unit), "share": share}
            for unit, share in _rounded(members)
        ]
        return json.dumps(rows, ensure_ascii=False)

    def opening(self, reading: Reading) -> list[str]:
        """Word what was matched, and in which edition.

        Parameters
        ----------
        reading : Reading
            The best one.

        Returns
        -------
        list of str
            One clause.
        """
        row = self._lexicon.units[reading.unit]
        key = "commune-2021" if row.edition is Edition.E2021 else "commune-2025"
        return [self.say(key, unit=self.full_name(reading.unit))]

    def remarks(self, reading: Reading, text: Text) -> list[str]:
        """Word what speaks against a reading.

        Parameters
        ----------
        reading : Reading
            The best one.
        text : Text
            The address, for quoting.

        Returns
        -------
        list of str
            Clauses, each once.
        """
        remarks: list[str] = []
        for note in dict.fromkeys(reading.notes):
            typed = " ".join(text.written[note.mention.outer : note.mention.end])
            units = self.names([name.unit for name in note.mention.names]) if note.key == "longer" else ""
            remarks.append(self.say(note.key, typed=typed, units=units))
        return remarks


def _rounded(members: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """Round shares to four decimals without changing their sum: the first takes the remainder."""
    rounded = [(unit, round(share, 4)) for unit, share in members]
    if rounded:
        total = round(sum(share for _, share in members), 4)
        others = sum(share for _, share in rounded[1:])
        rounded[0] = (rounded[0][0], round(total - others, 4))
    return rounded
