"""From an outcome to the ``LEVELS`` table: levels, sentences and the detail of every unit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import orjson
import pandas as pd
from numpy.typing import NDArray

from geozone.levels.decide import Decider, Outcome
from geozone.levels.lower import Option
from geozone.levels.measure import Measured
from geozone.levels.numbers import Language
from geozone.levels.placement import Tier
from geozone.levels.sentences import Case, Fact, Way, lower_sentence, no_data_sentence, why_sentence
from geozone.rules import Decision, Evidence, FirstMatch, LevelClass, Lookup, RuleSet, Text
from geozone.rules.conditions import LevelTerm, terms

__all__ = ["Override", "TierResult", "tier_table"]


@dataclass(frozen=True, slots=True)
class Override:
    """A level set by people."""

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
    decision : Decision
        The decision applied.
    decider : Decider
        The decision with its modifiers in force.
    measured : mapping of str to Measured
        The indicators.
    outcome : Outcome
        The ranks.
    options : list of Option
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
        Units below whose population is known, and all of them.
    overrides : mapping of str to Override
        By code.
    as_of : date
        The day.
    """

    rules: RuleSet
    tier: Tier
    decision: Decision
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


def tier_table(result: TierResult, *, explain: bool) -> pd.DataFrame:
    """Write the levels of one tier as a table.

    Parameters
    ----------
    result : TierResult
        What was decided.
    explain : bool
        Whether to write the sentences; without them they are empty.

    Returns
    -------
    DataFrame
        ``LEVELS`` and the further columns of ``assess``, in the order of the tier.
    """
    teller = _Teller(result)
    rows = [teller.row(i, explain=explain) for i in range(result.tier.size)]
    return pd.DataFrame(rows)


class _Teller:
    """Tell one unit after the other, with everything looked up once."""

    def __init__(self, result: TierResult) -> None:
        self.result = result
        rules, outcome = result.rules, result.outcome
        self.low = outcome.low[0].tolist()
        self.high = outcome.high[0].tolist()
        self.base = outcome.base_low[0].tolist()
        self.previous = result.decider.previous.tolist()
        self.steps = {item.id: item for item in result.decider.modifiers}
        self.shape = result.decision.shape
        self.clauses = self.shape.clauses if isinstance(self.shape, FirstMatch) else ()
        self.bands = {bands.indicator: bands for bands in self._band_sets()}
        self.today = {name: _Today(values) for name, values in result.measured.items()}
        self.facts = list(dict.fromkeys([*result.decision.facts, *self._step_indicators()]))
        self.rate = next((n for n in result.decision.facts if rules.indicators[n].population), None)
        self.count = next((n for n in result.decision.facts if rules.indicators[n].what == "cases"), None)
        self.community = next(
            (n for n, item in rules.indicators.items() if item.what == "cases" and item.filter.columns), None
        )
        skipped = set(outcome.skipped)
        self.skipped = [clause.text for clause in self.clauses if clause.id in skipped]
        self.skipped += [
            rules.indicators[term].name
            for item in result.decider.modifiers
            if item.id in skipped
            for term in terms(item.when)
            if isinstance(term, str)
        ]

    def _band_sets(self) -> list[Any]:
        if isinstance(self.shape, FirstMatch):
            return []
        parts = (self.shape,) if isinstance(self.shape, Lookup) else self.shape.parts
        names = [name for part in parts for name in (part.rows, part.columns)]
        return [self.result.rules.bands[name] for name in names]

    def _step_indicators(self) -> list[str]:
        return [
            term
            for item in self.result.decider.modifiers
            if item.id not in self.result.outcome.skipped
            for term in terms(item.when)
            if isinstance(term, str)
        ]

    def row(self, i: int, *, explain: bool) -> dict[str, Any]:
        result, rules = self.result, self.result.rules
        code = str(result.tier.codes[i])
        row: dict[str, Any] = {"code": code, "admin_level": str(result.tier.admin_level)}
        override = result.overrides.get(code)
        reason = result.no_data[i]
        computed = None if reason else rules.level(self.low[i])
        level = computed
        if override is not None:
            level = next(item for item in rules.levels if item.epidemic_level == override.level)
        row["epidemic_level"] = None if level is None else level.epidemic_level
        row["level_status"] = "override" if override else ("no-data" if level is None else "computed")
        proof = [] if computed is None else self._proof(i)
        row["verified"] = all(item.verified for item in proof)
        row["base_level"] = None if computed is None else rules.level(self.base[i]).epidemic_level
        row["cases_window"] = self._cases(self.count, i)
        row["rate_per_100k"] = self._rate(self.rate, i)
        previous = rules.level(self.previous[i]) if self.previous[i] else None
        row["previous_level"] = previous.epidemic_level if previous else None
        row["computed_level"] = computed.epidemic_level if computed else None
        possible = rules.level(self.high[i]) if computed else None
        row["possible_level"] = possible.epidemic_level if possible else None
        row["level_key"] = level.key if level else None
        row["level_name_vi"] = level.name.vi if level else None
        row["level_name_en"] = level.name.en if level else None
        row["level_colour"] = level.colour if level else None
        row["community_cases"] = self._cases(self.community, i)
        row["community_rate_per_100k"] = self._rate(self.community, i)
        row["override_decision"] = override.decision if override else None
        if computed is None or level is None or possible is None:
            return {**row, **self._silent(i, reason or "", explain=explain)}
        if not explain:
            return {**row, "why_vi": "", "why_en": "", "detail": "{}"}
        case = self._case(i, level, computed, possible, previous, override, row["verified"])
        return {**row, **self._told(i, case, proof)}

    def _silent(self, i: int, reason: str, *, explain: bool) -> dict[str, Any]:
        name = self.result.tier.names[i]
        said: dict[str, Any] = {
            f"why_{language}": no_data_sentence(name, reason, language) if explain else ""
            for language in ("vi", "en")
        }
        said["detail"] = orjson.dumps({"no_data": reason}).decode()
        return said

    def _told(self, i: int, case: Case, proof: Sequence[Evidence]) -> dict[str, Any]:
        result = self.result
        said: dict[str, Any] = {f"why_{lang}": why_sentence(case, lang) for lang in ("vi", "en")}
        day = None
        if case.computed.rank > 1:
            ahead = int(result.days[i])
            day = result.as_of + timedelta(days=ahead) if ahead > 0 else None
            target = self._target(i, case.computed, ahead)
            languages: tuple[Language, Language] = ("vi", "en")
            for language in languages:
                said[f"lower_{language}"] = lower_sentence(
                    case, target, day, result.horizon, language, by_others=self._by_others(i)
                )
        said["lower_on"] = day
        said["detail"] = orjson.dumps(
            self._detail(i, case, proof), option=orjson.OPT_SERIALIZE_NUMPY
        ).decode()
        return said

    def _target(self, i: int, computed: LevelClass, ahead: int) -> LevelClass:
        rank = int(self.result.outcome.low[ahead, i]) if ahead > 0 else computed.rank - 1
        return self.result.rules.level(max(rank, 1))

    def _by_others(self, i: int) -> bool:
        position = int(self.result.outcome.clause[i])
        if position >= len(self.clauses):
            return False
        return any(isinstance(term, LevelTerm) for term in terms(self.clauses[position].when))

    def _case(
        self,
        i: int,
        level: LevelClass,
        computed: LevelClass,
        possible: LevelClass,
        previous: LevelClass | None,
        override: Override | None,
        verified: bool,
    ) -> Case:
        result, rules = self.result, self.result.rules
        surely, maybe = result.outcome.surely, result.outcome.maybe
        reason, from_table = self._reason(i)
        parts = None
        if result.known_parts is not None and self.rate is not None:
            known, total = (int(x) for x in result.known_parts[i])
            parts = (known, total) if known < total else None
        return Case(
            unit=result.tier.names[i],
            level=level,
            computed=computed,
            possible=possible,
            facts=[self._fact(name, i) for name in self.facts],
            reason=reason,
            from_table=from_table,
            steps=[item.text for item in self.steps.values() if item.id in surely and surely[item.id][i]],
            gaps=self._gaps(i, maybe) if possible.rank > computed.rank else (),
            skipped=self.skipped,
            previous=previous,
            verified=verified,
            small_population=self._small(i),
            known_parts=parts,
            shared=self._shared(i),
            override=(override.reason, override.decision) if override else None,
            ways=[
                Way(
                    rules.indicators[option.indicator],
                    float(option.threshold[i]),
                    float(option.amount[i]),
                    self.today[option.indicator].count[i],
                )
                for option in result.options
                if not math.isnan(option.threshold[i])
            ],
        )

    def _reason(self, i: int) -> tuple[Text, LevelClass | None]:
        if isinstance(self.shape, FirstMatch):
            position = int(self.result.outcome.clause[i])
            if position < len(self.clauses):
                return self.clauses[position].text, None
            return self.shape.otherwise_text, None
        part = self.shape if isinstance(self.shape, Lookup) else self.shape.parts[0]
        return part.text, self.result.rules.level(self.base[i])

    def _gaps(self, i: int, maybe: Mapping[str, NDArray[np.bool_]]) -> list[tuple[str, Text]]:
        found = [
            ("missing_field", clause.text)
            for clause in self.clauses
            if clause.id in maybe and maybe[clause.id][i]
        ]
        names = [name for name in self.bands if math.isnan(self.today[name].low[i])]
        names += [
            term
            for item in self.steps.values()
            if item.id in maybe and maybe[item.id][i]
            for term in terms(item.when)
            if isinstance(term, str) and math.isnan(self.today[term].low[i])
        ]
        return found + [
            ("missing_value", self.result.rules.indicators[name].name) for name in dict.fromkeys(names)
        ]

    def _small(self, i: int) -> float:
        if self.rate is None or self.today[self.rate].count[i] <= 0:
            return math.nan
        people = float(self.result.population[i])
        smallest = self.result.rules.indicators[self.rate].minimum_population
        return people if people < smallest else math.nan

    def _shared(self, i: int) -> float:
        if self.count is None:
            return 0.0
        return self.today[self.count].shared[i]

    def _fact(self, name: str, i: int) -> Fact:
        values = self.today[name]
        return Fact(
            self.result.rules.indicators[name],
            values.low[i],
            values.value[i],
            values.high[i],
            values.compared[i],
            values.count_low[i],
            values.count[i],
            values.count_high[i],
            self.bands.get(name),
        )

    def _cases(self, name: str | None, i: int) -> int | None:
        if name is None or not self.today[name].recorded:
            return None
        return round(self.today[name].count[i])

    def _rate(self, name: str | None, i: int) -> float | None:
        if name is None or not self.today[name].recorded:
            return None
        indicator = self.result.rules.indicators[name]
        value = self.today[name].value[i] * 100_000 / indicator.scale
        return None if math.isnan(value) else value

    def _proof(self, i: int) -> list[Evidence]:
        found: list[Evidence] = []
        outcome = self.result.outcome
        if isinstance(self.shape, FirstMatch):
            position = int(outcome.clause[i])
            for clause in self.clauses[:position]:
                if clause.id in outcome.maybe and outcome.maybe[clause.id][i]:
                    found += clause.evidence
            if position < len(self.clauses):
                clause = self.clauses[position]
                found += clause.evidence
                for term in terms(clause.when):
                    found += self.result.rules.indicators[term].evidence if isinstance(term, str) else ()
            else:
                found += self.shape.otherwise_evidence
        else:
            parts = (self.shape,) if isinstance(self.shape, Lookup) else self.shape.parts
            for part, cells in zip(parts, outcome.cells, strict=True):
                for (r, c), allowed in cells.items():
                    found += part.evidence[r][c] if allowed[i] else ()
            for bands in self.bands.values():
                found += (*bands.evidence, *self.result.rules.indicators[bands.indicator].evidence)
        for item in self.steps.values():
            if item.id in outcome.surely and (outcome.surely[item.id][i] or outcome.maybe[item.id][i]):
                found += item.evidence
        return list(dict.fromkeys(found))

    def _detail(self, i: int, case: Case, proof: Sequence[Evidence]) -> dict[str, Any]:
        outcome = self.result.outcome
        indicators = {name: self._indicator_detail(name, values, i) for name, values in self.today.items()}
        clauses = [
            {
                "id": clause.id,
                "level": self.result.rules.level(clause.rank).key,
                "holds": _truth(outcome, clause.id, i),
                "evidence": _short(clause.evidence),
            }
            for clause in self.clauses
        ]
        modifiers = [
            {
                "id": item.id,
                "kind": item.kind,
                "holds": _truth(outcome, item.id, i),
                "evidence": _short(item.evidence),
            }
            for item in self.steps.values()
        ]
        detail: dict[str, Any] = {
            "rules": self.result.rules.id,
            "base": self.result.rules.level(self.base[i]).key,
            "level": case.computed.key,
            "possible": case.possible.key,
            "indicators": indicators,
            "modifiers": modifiers,
            "skipped": outcome.skipped,
            "evidence": [
                {"key": item.key, "grade": str(item.grade), "source": item.source} for item in proof
            ],
        }
        if self.clauses:
            detail["clauses"] = clauses
        else:
            detail["cells"] = [
                [list(cell) for cell, allowed in cells.items() if allowed[i]] for cells in outcome.cells
            ]
        return detail

    def _indicator_detail(self, name: str, values: _Today, i: int) -> dict[str, Any]:
        told: dict[str, Any] = {"value": _json(values.value[i]), "compared": _json(values.compared[i])}
        if values.high[i] != values.low[i]:
            told["low"], told["high"] = _json(values.low[i]), _json(values.high[i])
        indicator = self.result.rules.indicators[name]
        if indicator.what in ("cases", "coverage"):
            told["count"] = _json(values.count[i])
            if values.count_high[i] != values.count_low[i]:
                told["count_low"], told["count_high"] = (
                    _json(values.count_low[i]),
                    _json(values.count_high[i]),
                )
        if not math.isnan(values.people[i]):
            told["denominator"] = _json(values.people[i])
        bands = self.bands.get(name)
        if bands is not None and not math.isnan(values.compared[i]):
            told["band"] = int(np.searchsorted(bands.edges, values.compared[i], side="right")) + 1
        return told


class _Today:
    """The first day of an indicator as plain lists, which Python reads fastest."""

    def __init__(self, values: Measured) -> None:
        compared = values.compared()
        self.low, self.high = values.low[0].tolist(), values.high[0].tolist()
        self.value, self.compared = values.value[0].tolist(), compared[0][0].tolist()
        self.count_low, self.count = values.count_low[0].tolist(), values.count[0].tolist()
        self.count_high = values.count_high[0].tolist()
        self.people = values.denominator.tolist()
        self.recorded = bool(values.supplied)
        self.shared = values.shared.tolist()


def _truth(outcome: Outcome, name: str, i: int) -> bool | None:
    if name in outcome.skipped or name not in outcome.surely:
        return None
    return None if outcome.maybe[name][i] else bool(outcome.surely[name][i])


def _short(evidence: Sequence[Evidence]) -> list[dict[str, str]]:
    return [{"key": item.key, "grade": str(item.grade)} for item in evidence]


def _json(value: float) -> float | int | None:
    if math.isnan(value) or math.isinf(value):
        return None
    return int(value) if value == int(value) else value
