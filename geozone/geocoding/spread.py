"""Where the truth can be: the 2025 communes that the readings of an address allow, with their shares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from geozone.geocoding.lexicon import Lexicon
from geozone.geocoding.neighbours import Neighbours
from geozone.geocoding.rank import Reading
from geozone.types import AdminLevel, Edition

__all__ = ["MAX_TIE", "REMAINDER", "WHOLE", "Spread", "Spreader"]

MAX_TIE: Final = 6
"""Members of a tie at most: more is an answer at the level above."""
WHOLE: Final = 0.95
"""Share from which one commune is the answer; the others are told in the reason."""
REMAINDER: Final = 0.05
"""Share that a tie may leave out."""
_SMALL_SHARE: Final = 0.002
_MOST_BESIDE: Final = 3
_BESIDE_DIVIDED: Final = 0.01
"""Share of the communes beside a divided one: of 1,080 addresses of known place 4 were in one of them."""
_BESIDE_FORMER: Final = 0.03
"""The same for a commune merged before 2025: of 119 such addresses 3 were in one of them, and of 665 communes
that vanished from 2019 to 2024 in the official record of changes 19 went to several."""


class Spread(NamedTuple):
    """Where the truth can be: 2025 communes with their shares, and the readings behind them."""

    members: list[tuple[int, float]]
    kept: float
    readings: list[tuple[Reading, float]]
    runners_up: Sequence[tuple[int, float]] = ()
    """The communes that the one answered is all but sure against."""


class Spreader:
    """Carries readings over to 2025 communes.

    Parameters
    ----------
    lexicon : Lexicon
        Units of both editions.
    neighbours : Neighbours
        The communes beside each.
    """

    def __init__(self, lexicon: Lexicon, neighbours: Neighbours) -> None:
        self._lexicon = lexicon
        self._neighbours = neighbours

    def spread(self, near: list[tuple[Reading, float]]) -> Spread:
        """Carry the readings over to 2025 communes.

        Parameters
        ----------
        near : list of (Reading, float)
            Readings and their weights, which add up to 1.

        Returns
        -------
        Spread
            The communes with shares that add up to 1, and what part of the odds they keep.
        """
        shares: dict[int, float] = {}
        for reading, weight in near:
            for unit, share in self._reached(reading):
                shares[unit] = shares.get(unit, 0.0) + weight * share
        ordered = sorted(shares.items(), key=lambda item: (-item[1], item[0]))
        if not ordered:
            return Spread([], 0.0, near)
        if ordered[0][1] >= WHOLE:
            others = [item for item in ordered[1:] if item[1] >= _SMALL_SHARE]
            return Spread(ordered[:1], ordered[0][1], near, others)
        members = [item for item in ordered if item[1] >= _SMALL_SHARE]
        if len(members) > MAX_TIE and sum(share for _, share in members[:MAX_TIE]) >= 1 - REMAINDER:
            members = members[:MAX_TIE]
        kept = sum(share for _, share in members)
        return Spread([(unit, share / kept) for unit, share in members], kept, near)

    def _reached(self, reading: Reading) -> Sequence[tuple[int, float]]:
        """2025 communes that a reading allows, with shares: those beside it too where it is not sure.

        The borders of a divided commune are known only approximately, and of a commune that was merged
        before 2025 only the unit that took most of it.
        """
        onward = self.onward(reading.unit)
        row = self._lexicon.units[reading.unit]
        if row.level is not AdminLevel.COMMUNE or row.edition is not Edition.E2021:
            return onward
        former = any(note.key == "former" for note in reading.notes)
        if not onward or len(onward) >= MAX_TIE or not (former or len(onward) > 1):
            return onward
        beside = self._neighbours.beside(reading.unit)[: min(_MOST_BESIDE, MAX_TIE - len(onward))]
        if not beside:
            return onward
        share = _BESIDE_FORMER if former else _BESIDE_DIVIDED
        within = [(unit, part * (1 - share)) for unit, part in onward]
        return [*within, *((unit, share / len(beside)) for unit in beside)]

    def odds(self, near: list[tuple[Reading, float]]) -> dict[int, float]:
        """Tell which 2025 communes are open, before anything is known of the street.

        Parameters
        ----------
        near : list of (Reading, float)
            Readings and their weights.

        Returns
        -------
        dict of int to float
            Position in the lexicon to its odds; those of one district or province are alike.
        """
        odds: dict[int, float] = {}
        for reading, weight in near:
            row = self._lexicon.units[reading.unit]
            if row.level is AdminLevel.COMMUNE:
                reached = self._reached(reading)
            else:
                members = self._lexicon.communes_of[row.position]
                ground = {new for member in members for new, _ in self.onward(member)}
                reached = [(unit, 1 / len(ground)) for unit in ground]
            for unit, share in reached:
                odds[unit] = odds.get(unit, 0.0) + weight * share
        return odds

    def onward(self, unit: int) -> Sequence[tuple[int, float]]:
        """Give the 2025 communes on the ground of a commune or district.

        Parameters
        ----------
        unit : int
            Position in the lexicon.

        Returns
        -------
        sequence of (int, float)
            Positions and shares.
        """
        lexicon = self._lexicon
        row = lexicon.units[unit]
        if row.level is AdminLevel.COMMUNE:
            return ((unit, 1.0),) if row.edition is Edition.E2025 else lexicon.successors.get(unit, ())
        shares: dict[int, float] = {}
        communes = [c for c in lexicon.communes_of[unit] if lexicon.successors.get(c)]
        for commune in communes:
            for new, share in lexicon.successors[commune]:
                shares[new] = shares.get(new, 0.0) + share / len(communes)
        return list(shares.items())
