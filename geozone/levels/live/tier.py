"""One tier that follows its cases: only the units that an edit reaches are measured and decided anew."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geozone.levels.assessment import children_of, reasons_for_none
from geozone.levels.decide import Children, Decider
from geozone.levels.live.ledger import Ledger
from geozone.levels.live.ledger_view import LedgerView
from geozone.levels.lower import days_until_lower, lower_options, used_thresholds
from geozone.levels.materials import Materials
from geozone.levels.measure import Inputs, measure
from geozone.levels.placement import Tier
from geozone.levels.report import tier_rows
from geozone.levels.results import TierResult
from geozone.rules import FirstMatch
from geozone.rules.conditions import LevelTerm, terms

__all__ = ["LiveTier"]

Units = NDArray[np.int64]


class LiveTier:
    """The levels of one tier, kept up to date.

    Parameters
    ----------
    result : TierResult
        What was decided to begin with.
    materials : Materials
        What it was measured from.
    ledgers : tuple of Ledger
        Cases as counts take them, and as rates do.
    rated : Tier
        The tier as rates count it.
    below : LiveTier or None
        Tier that this one is rolled up from.
    """

    def __init__(
        self,
        result: TierResult,
        materials: Materials,
        ledgers: tuple[Ledger, Ledger],
        rated: Tier,
        below: LiveTier | None,
    ) -> None:
        everything = np.arange(result.tier.size)
        # Own copies: values that were equal share their arrays until here.
        measured = {name: values.part(everything) for name, values in result.measured.items()}
        self.result = replace(result, measured=measured, options=[])
        self.ledgers = ledgers
        self.rated = rated
        self._materials = materials
        self.below = below
        self._thresholds = used_thresholds(materials.rules, self._decider.decision, self._decider)
        self._counted = {
            name: item
            for name, item in materials.rules.indicators.items()
            if item.what not in ("coverage", "input")
        }
        self._depth = _depth(self._decider)
        self._neighbours: Any = self._decider.neighbours if self._depth else None
        if self._depth == 0:
            self._decider.neighbours = None
        self._set_reasons()

    @property
    def _decider(self) -> Decider:
        return self.result.decider

    @property
    def parents(self) -> Units | None:
        """Position in this tier of the parent of each unit below; ``None`` if it is not rolled up."""
        return None if self._decider.children is None else self._decider.children.parent

    def update(self, units: Units) -> Units:
        """Measure and decide units anew, and those whose level may follow theirs.

        Parameters
        ----------
        units : ndarray of int64
            Units whose cases, or whose units below, have changed; ascending.

        Returns
        -------
        ndarray of int64
            Units decided anew.
        """
        if len(units) == 0:
            return units
        self._measure(units)
        reached = self._around(units, self._depth)
        context = self._around(reached, self._depth)
        decider = self._decider.part(context, self._children(context))
        # Those that decide, and one for the shape where levels of others do.
        names = list(self._thresholds) or list(self.result.measured)[:1]
        outcome = decider.run({name: self.result.measured[name].part(context) for name in names})
        own = np.searchsorted(context, reached)
        self.result.outcome.put(reached, outcome.part(own))
        self.result.days[reached] = days_until_lower(outcome)[own]
        if self.below is not None:
            self._set_reasons()
        self.result.no_data[reached] = self._reasons(reached)
        return reached

    def report(self) -> None:
        """Look again at which units report cases."""
        self._set_reasons()
        self.result.no_data[:] = self._reasons(np.arange(self.result.tier.size))

    def whole(self) -> TierResult:
        """Give the tier with what would lower each level.

        Returns
        -------
        TierResult
            Every unit.
        """
        decider, result = self._decider, self.result
        if self.below is not None:
            decider.children = children_of(self.below.result, result.tier, decider.rules, self.result.horizon)
        options = lower_options(decider, result.measured, result.outcome, self._thresholds)
        return replace(result, options=options)

    def explained(self, units: Units) -> list[dict[str, Any]]:
        """Write the levels of some units, with the reason and the way down.

        Parameters
        ----------
        units : ndarray of int64
            Their positions, ascending.

        Returns
        -------
        list of dict
            Their rows of what ``assess`` gives, with plain values.
        """
        part = self.result.part(units, self._children(units))
        context = self._around(units, 1) if self._depth else units
        if len(context) == len(units):
            options = lower_options(part.decider, part.measured, part.outcome, self._thresholds)
        else:
            decider = self._decider.part(context, self._children(context))
            measured = {name: self.result.measured[name].part(context) for name in self._thresholds}
            around = self.result.outcome.part(context)
            own = np.searchsorted(context, units)
            options = [one.part(own) for one in lower_options(decider, measured, around, self._thresholds)]
        return tier_rows(replace(part, options=options))

    def _measure(self, units: Units) -> None:
        counts, rate_counts = (LedgerView(ledger, units) for ledger in self.ledgers)
        codes, people = self.result.tier.codes[units], self.result.population[units]
        inputs = Inputs(codes, counts, rate_counts, people, None, None)
        for name, indicator in self._counted.items():
            self.result.measured[name].put(units, measure(indicator, inputs))

    def _around(self, units: Units, steps: int) -> Units:
        """Take units with their neighbours, and theirs, for some steps."""
        neighbours = self._neighbours
        if steps == 0 or neighbours is None:
            return units
        found = units
        for _ in range(steps):
            near = [
                neighbours.indices[neighbours.indptr[i] : neighbours.indptr[i + 1]] for i in found.tolist()
            ]
            found = np.unique(np.concatenate([found, *near]))
        return found.astype(np.int64)

    def _children(self, context: Units) -> Children | None:
        """Levels of the units below those of the context, with their parents numbered as there."""
        parents = self.parents
        if self.below is None or parents is None:
            return None
        place = np.full(self.result.tier.size + 1, -1, dtype=np.int64)
        place[context] = np.arange(len(context))
        own = np.flatnonzero(place[parents] >= 0)
        below = self.below.result
        rows = np.minimum(np.arange(self.result.horizon + 1), below.horizon)[:, None]
        unknown = below.no_data[own].astype(bool)
        low = np.where(unknown, 0, below.outcome.low[rows, own]).astype(np.int8)
        highest = len(self._decider.rules.levels)
        high = np.where(unknown, highest, below.outcome.high[rows, own]).astype(np.int8)
        return Children(low, high, place[parents[own]])

    def _set_reasons(self) -> None:
        """Find the units that have no level whatever their cases are."""
        materials = self._materials
        required = {
            name: self.result.measured[name]
            for name, item in materials.rules.indicators.items()
            if item.required
        }
        below = None if self.below is None else self.below.result
        decided = np.zeros(self.result.tier.size, dtype=bool)
        self._fixed = reasons_for_none(materials, self.result.tier, required, below, decided)

    def _reasons(self, units: Units) -> NDArray[np.object_]:
        fixed = self._fixed[units]
        undecided = self.result.outcome.low[0, units] == 0
        return np.where(fixed != "", fixed, np.where(undecided, "unconfirmed", "")).astype(object)


def _depth(decider: Decider) -> int:
    """How many steps away an edit can change a level: one per condition on neighbours."""
    shape = decider.decision.shape
    conditions = [item.when for item in decider.modifiers]
    if isinstance(shape, FirstMatch):
        conditions += [clause.when for clause in shape.clauses]
    return sum(
        any(isinstance(term, LevelTerm) and term.predicate == "adjacent_to" for term in terms(condition))
        for condition in conditions
    )
