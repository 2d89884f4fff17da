"""The same day under several rule sets, side by side: which units differ, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geozone import zoning
from geozone.draft.inputs import Inputs
from geozone.draft.result import DraftRules
from geozone.draft.sketching import Sketch, prepared, sketch

if TYPE_CHECKING:
    from geozone.rules import RuleSet

__all__ = ["RulesCompared", "compare_rules"]

_TOLD = ("why_vi", "why_en", "level_name_vi", "level_name_en")


@dataclass(frozen=True, slots=True)
class RulesCompared:
    """What several rule sets make of the same cases.

    Attributes
    ----------
    as_of : date
        The day.
    rules : tuple of DraftRules
        The rule sets, in the order asked for.
    units : DataFrame
        One row per commune: ``code, full_name, province_name`` and for each rule set ``level:ID,
        why_vi:ID, why_en:ID, level_name_vi:ID, level_name_en:ID``. A level is missing where there is no
        data.
    totals : DataFrame
        One row per rule set: ``rules, level_1`` to ``level_4, level_none`` and what its zones come to.
    """

    as_of: date
    rules: tuple[DraftRules, ...]
    units: pd.DataFrame
    totals: pd.DataFrame

    @property
    def differing(self) -> pd.DataFrame:
        """The units without the same level under all rule sets, widest apart first; no data is apart."""
        levels = self.units[[f"level:{one.id}" for one in self.rules]].astype("Float64")
        known = levels.notna().sum(axis=1).to_numpy()
        apart = (levels.max(axis=1) - levels.min(axis=1)).fillna(0).to_numpy(dtype="float64")
        differs = (apart > 0) | ((known > 0) & (known < len(self.rules)))
        order = np.argsort(-apart, kind="stable")
        return self.units.iloc[order[differs[order]]].reset_index(drop=True)

    def sentences(self, code: str) -> list[tuple[str, str]]:
        """Tell what each rule set says of one commune, and why.

        Parameters
        ----------
        code : str
            The commune.

        Returns
        -------
        list of tuple
            A Vietnamese and an English text for each rule set.

        Raises
        ------
        KeyError
            If there is no such commune.
        """
        row = self.units.set_index("code").loc[code]
        return [
            (
                f"{one.name_vi}: {row[f'why_vi:{one.id}']}",
                f"{one.name_en}: {row[f'why_en:{one.id}']}",
            )
            for one in self.rules
        ]


def compare_rules(inputs: Inputs, rule_sets: Sequence[RuleSet], as_of: date) -> RulesCompared:
    """Decide one day under several rule sets.

    Parameters
    ----------
    inputs : Inputs
        What to draw from: ``draft.inputs``, or what a workspace holds.
    rule_sets : sequence of RuleSet
        The rule sets, each once.
    as_of : date
        The day.

    Returns
    -------
    RulesCompared
        Levels and reasons by unit, totals by rule set. Levels held or decided under one rule set say
        nothing under another, so each starts without them.

    Raises
    ------
    ValueError
        If a rule set is named twice, or there is none.
    """
    names = [rules.id for rules in rule_sets]
    if not names or len(set(names)) < len(names):
        raise ValueError(f"rule sets {', '.join(names) or 'none'}; expected at least one, each once")
    ready = replace(prepared(inputs, as_of), previous=None, overrides=None)
    units = ready.units.communes[["code", "full_name", "province_name"]].reset_index(drop=True)
    table = pd.DataFrame(units)
    totals: list[dict[str, Any]] = []
    for rules in rule_sets:
        drawn = sketch(ready, rules, as_of, explain=True)
        own = drawn.levels.set_index("code").reindex(table["code"])
        table[f"level:{rules.id}"] = own["epidemic_level"].array
        for name in _TOLD:
            table[f"{name}:{rules.id}"] = own[name].array
        totals.append(_totals(rules.id, drawn))
    described = tuple(DraftRules.of(rules, as_of) for rules in rule_sets)
    return RulesCompared(as_of, described, table, pd.DataFrame(totals))


def _totals(name: str, drawn: Sketch) -> dict[str, Any]:
    known = drawn.levels["epidemic_level"]
    return {
        "rules": name,
        **{f"level_{level}": int((known == level).sum()) for level in (1, 2, 3, 4)},
        "level_none": int(known.isna().sum()),
        **zoning.totals(drawn.zone_set)._asdict(),
    }
