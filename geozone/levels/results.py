"""What was decided about the units of one tier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from geozone.levels.decide import Children, Decider, Outcome
from geozone.levels.lower import Option
from geozone.levels.measure import Measured
from geozone.levels.placement import Tier

__all__ = ["Override", "TierResult"]


@dataclass(frozen=True, slots=True)
class Override:
    """A level set by people.

    Attributes
    ----------
    level : int
        Epidemic level, 1 to 4.
    reason, decision, actor : str
        Why, by which decision, and who.
    until : date, optional
        Last day; none for no end.
    """

    level: int
    reason: str
    decision: str
    actor: str
    until: date | None


@dataclass(frozen=True, slots=True)
class TierResult:
    """Everything known about the units of one tier.

    Attributes
    ----------
    tier : Tier
        The units.
    decider : Decider
        The decision with its modifiers in force.
    measured : mapping of str to Measured
        The indicators.
    outcome : Outcome
        The ranks.
    options : sequence of Option
        Ways to a lower level.
    days : ndarray of int64
        Days until the level can be lower, -1 for none.
    horizon : int
        Days looked ahead.
    no_data : ndarray of str
        Reason for no level, empty where there is one.
    population : ndarray of float64
        People per unit.
    known_parts : ndarray of int64, shape (units, 2), or None
        Communes below whose population is known, and all of them.
    overrides : mapping of str to Override
        By code.
    as_of : date
        The day.
    """

    tier: Tier
    decider: Decider
    measured: Mapping[str, Measured]
    outcome: Outcome
    options: Sequence[Option]
    days: NDArray[np.int64]
    horizon: int
    no_data: NDArray[np.object_]
    population: NDArray[np.float64]
    known_parts: NDArray[np.int64] | None
    overrides: Mapping[str, Override]
    as_of: date

    def part(self, units: NDArray[np.int64], children: Children | None = None) -> TierResult:
        """Keep some units.

        Parameters
        ----------
        units : ndarray of int64
            Their positions.
        children : Children, optional
            The units below them.

        Returns
        -------
        TierResult
            These units, in the order asked for.
        """
        codes = set(self.tier.codes[units])
        return TierResult(
            self.tier.part(units),
            self.decider.part(units, children),
            {name: values.part(units) for name, values in self.measured.items()},
            self.outcome.part(units),
            [option.part(units) for option in self.options],
            self.days[units],
            self.horizon,
            self.no_data[units],
            self.population[units],
            None if self.known_parts is None else self.known_parts[units],
            {code: item for code, item in self.overrides.items() if code in codes},
            self.as_of,
        )

    def has_level(self) -> NDArray[np.bool_]:
        """Tell which units have a computed level.

        Returns
        -------
        ndarray of bool
            Per unit.
        """
        found: NDArray[np.bool_] = self.no_data == ""
        return found
