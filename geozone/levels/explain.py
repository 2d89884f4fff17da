"""Explain the levels of one tier, column by column: every distinct phrase is made once."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geozone.levels.numbers import Language, say_date, say_number
from geozone.levels.phrases import Fact, each, pick, quoted, say_fact, say_way, sentence
from geozone.levels.results import TierResult
from geozone.levels.words import CAUSES, NO_DATA, WORDS
from geozone.rules import Clause, FirstMatch, Indicator, Lookup, Modifier
from geozone.rules.conditions import LevelTerm, terms

__all__ = ["Explainer", "is_community", "today_lists"]


def today_lists(*columns: NDArray[Any]) -> list[list[Any]]:
    """Turn arrays into plain lists, which Python reads fastest, NaN into ``None``.

    Parameters
    ----------
    *columns : ndarray
        Values per unit.

    Returns
    -------
    list of list
        One per array.
    """
    lists = []
    for column in columns:
        values = column.tolist()
        if column.dtype.kind == "f" and np.isnan(column).any():
            values = [None if value != value else value for value in values]  # noqa: PLR0124
        lists.append(values)
    return lists


class Explainer:
    """Write the sentences of one tier in one language.

    Parameters
    ----------
    result : TierResult
        What was decided.
    verified : ndarray of bool
        Units that rest on no value of grade M.
    language : str
        ``vi`` or ``en``.
    """

    def __init__(self, result: TierResult, verified: NDArray[np.bool_], language: Language) -> None:
        self.result = result
        self.rules = result.decider.rules
        self.verified = verified
        self.language = language
        self.words = WORDS[language]
        self.pick = pick(language)
        self.shape = result.decider.decision.shape
        self.clauses = self.shape.clauses if isinstance(self.shape, FirstMatch) else ()
        self.steps = [item for item in result.decider.modifiers if item.id in result.outcome.surely]
        self.low = result.outcome.low[0]
        self.high = result.outcome.high[0]
        self.names = ["", *(self.pick(level.name) for level in self.rules.levels)]

    def why(self) -> list[str]:
        """Say why each unit has its level, or has none.

        Returns
        -------
        list of str
            Full sentences, in the order of the tier.
        """
        heads = each(zip(self.low.tolist(), (self.high > self.low).tolist(), strict=True), self._head)
        pieces = zip(
            self.result.tier.names,
            heads,
            self._facts(),
            self._reasons(),
            self._gaps(),
            self._remarks(),
            strict=True,
        )
        said = [
            f"{name} {head}: {facts}.{rest}{gaps}{remarks}"
            for name, head, facts, rest, gaps, remarks in pieces
        ]
        for i in np.flatnonzero(~self.result.has_level()):
            reason = self.pick(NO_DATA[self.result.no_data[i]])
            if self.result.no_data[i] == "input":
                reason = self.words["lacking"].format(reason=reason, names=self._lacking(int(i)))
            text = self.words["no_data"].format(unit=self.result.tier.names[i], reason=reason)
            said[i] = sentence(text).strip()
        for code, override in self.result.overrides.items():
            position = self.result.tier.position.get(code)
            if position is None:
                continue
            level = next(item for item in self.rules.levels if item.epidemic_level == override.level)
            decision = self.words["decision"].format(number=override.decision)
            text = self.words["overridden"].format(
                unit=self.result.tier.names[position],
                level=self.pick(level.name),
                decision=decision,
                reason=override.reason,
            )
            said[position] = f"{sentence(text).strip()} {self.words['computed'].format(why=said[position])}"
        return said

    def lower(self) -> list[str | None]:
        """Say what would turn each unit one level lower, and when that can be.

        Returns
        -------
        list of str or None
            Full sentences; ``None`` at the mildest level and without a level.
        """
        said: list[str | None] = [None] * len(self.low)
        ways = self._ways()
        ahead = self.result.days.tolist()
        ranks = self.low.tolist()
        future = self.result.outcome.low
        for i in np.flatnonzero((self.low > 1) & self.result.has_level()).tolist():
            text = "".join(
                sentence(
                    self.words["lower"].format(level=self.names[rank], ways=self.words["or"].join(parts))
                )
                for rank, parts in sorted(ways.get(i, {}).items(), reverse=True)
            )
            if not text:
                other = self.words[f"{self._by_others(i)}_way"]
                text = sentence(self.words["lower"].format(level=self.names[ranks[i] - 1], ways=other))
            if ahead[i] > 0:
                reached = int(future[ahead[i], i])
                to = self.words["to"].format(level=self.names[reached]) if reached < ranks[i] - 1 else ""
                day = say_date(self.result.as_of + timedelta(days=ahead[i]), self.language)
                text += sentence(self.words["when"].format(day=day, to=to))
            else:
                text += sentence(self.words["not_alone"])
            said[i] = text.strip()
        return said

    def _lacking(self, i: int) -> str:
        """Name the figures without which a unit has no level."""
        return ", ".join(
            self.pick(item.name)
            for name, item in self.rules.indicators.items()
            if item.required and np.isnan(self.result.measured[name].value[0][i])
        )

    def _head(self, rank: int, uncertain: bool) -> str:
        return self.words["at_least" if uncertain else "at"].format(level=self.names[rank])

    def _facts(self) -> list[str]:
        shown = dict.fromkeys(self.result.decider.decision.facts)
        counted = any(self.rules.indicators[name].what == "cases" for name in shown)
        shown |= dict.fromkeys(
            term
            for item in self.steps
            for term in terms(item.when)
            if isinstance(term, str) and not (counted and self.rules.indicators[term].what == "cases")
        )
        bands = self._bands()
        columns = []
        for name in shown:
            indicator = self.rules.indicators[name]
            values = self.result.measured[name]
            lists = today_lists(
                values.count_low[0],
                values.count[0],
                values.count_high[0],
                values.low[0],
                values.value[0],
                values.compared()[0][0],
            )
            causes = np.where(values.unrecorded, _cause(indicator), "place").tolist()
            columns.append(
                each(
                    zip(*lists, causes, strict=True),
                    lambda *key, of=indicator, name=name: say_fact(
                        Fact(*key), of, bands.get(name), self.language
                    ),
                )
            )
        return ["; ".join(parts) for parts in zip(*columns, strict=True)] if columns else [""] * len(self.low)

    def _bands(self) -> dict[str, Any]:
        if isinstance(self.shape, FirstMatch):
            return {}
        parts = (self.shape,) if isinstance(self.shape, Lookup) else self.shape.parts
        names = [name for part in parts for name in (part.rows, part.columns)]
        return {self.rules.bands[name].indicator: self.rules.bands[name] for name in names}

    def _reasons(self) -> list[str]:
        surely = [self.result.outcome.surely[item.id].tolist() for item in self.steps]
        base = self.result.outcome.base_low[0].tolist()
        keys = zip(self.result.outcome.clause.tolist(), base, *surely, strict=True)
        return each(keys, self._reason)

    def _reason(self, position: int, base: int, *applied: bool) -> str:
        if isinstance(self.shape, FirstMatch):
            at_end = position >= len(self.clauses)
            text = self.pick(self.shape.otherwise_text if at_end else self.clauses[position].text)
            said = self.words["clause"].format(text=text)
        else:
            part = self.shape if isinstance(self.shape, Lookup) else self.shape.parts[0]
            said = self.words["table"].format(text=self.pick(part.text), level=self.names[base])
        steps = [self.pick(item.text) for item, used in zip(self.steps, applied, strict=True) if used]
        return sentence("; ".join([said, *steps]))

    def _gaps(self) -> list[str]:
        """Say why a level may be higher: which conditions cannot be tested, by cause."""
        if not (self.high > self.low).any():
            return [""] * len(self.low)
        uncertain = np.where(self.high > self.low, self.high, 0).tolist()
        listed: tuple[Clause | Modifier, ...] = (*self.clauses, *self.steps)
        conditions = [item for item in listed if item.id in self.result.outcome.maybe]
        causes = [self._cause_codes(item).tolist() for item in conditions]
        unknown = [
            (self.rules.indicators[name], np.isnan(self.result.measured[name].low[0]).tolist())
            for name in self._bands()
        ]

        def say(rank: int, *codes: Any) -> str:
            if rank == 0:
                return ""
            grouped: dict[str, list[str]] = {}
            for item, cause in zip(conditions, codes[: len(conditions)], strict=True):
                if cause:
                    grouped.setdefault(cause, []).append(self.pick(item.text))
            missing = [
                self.pick(indicator.name)
                for (indicator, _), absent in zip(unknown, codes[len(conditions) :], strict=True)
                if absent
            ]
            reasons = [self._gap(cause, texts) for cause, texts in grouped.items()]
            if missing:
                reasons.insert(0, self.words["unknown"].format(name=", ".join(missing)))
            told = "; ".join(reasons) or self.words["range"]
            return sentence(self.words["possible"].format(level=self.names[rank], reasons=told))

        return each(zip(uncertain, *causes, *(absent for _, absent in unknown), strict=True), say)

    def _gap(self, cause: str, texts: list[str]) -> str:
        return self.words["gap"].format(cause=self.pick(CAUSES[cause]), texts=quoted(texts))

    def _cause_codes(self, item: Clause | Modifier) -> NDArray[np.object_]:
        """Name the first thing that keeps a condition from being tested, per unit."""
        codes = np.full(len(self.low), "", dtype=object)
        maybe = self.result.outcome.maybe[item.id]
        for term in terms(item.when):
            if isinstance(term, LevelTerm):
                codes[maybe & (codes == "")] = _source(term)
                continue
            values = self.result.measured[term]
            unknown = np.isnan(values.low[0])
            open_ended = values.low[0] != values.high[0]
            kinds = np.select(
                [unknown, values.unrecorded], ["value", _cause(self.rules.indicators[term])], "place"
            )
            codes = np.where(maybe & (codes == "") & (unknown | open_ended), kinds, codes)
        return codes

    def _remarks(self) -> list[str]:
        result = self.result
        size = len(self.low)
        previous = np.where(result.decider.previous != self.low, result.decider.previous, 0)
        facts = result.decider.decision.facts
        rate = next((name for name in facts if self.rules.indicators[name].population), None)
        count = next((name for name in facts if self.rules.indicators[name].what == "cases"), None)
        shared = result.measured[count].shared if count else np.zeros(size)
        people = np.full(size, np.nan)
        parts = np.full((size, 2), 0)
        if rate is not None:
            few = result.population < self.rules.indicators[rate].minimum_population
            people = np.where(few & (result.measured[rate].count[0] > 0), result.population, np.nan)
            if result.known_parts is not None:
                parts = result.known_parts
        held = result.decider.previous > self.low
        columns = today_lists(
            previous, np.round(shared, 6), people, parts[:, 0], parts[:, 1], self.low, held, self.verified
        )
        remarks = each(zip(*columns, strict=True), self._remark)
        return [a + b for a, b in zip(self._community(), remarks, strict=True)]

    def _remark(self, previous: int, shared: float, people: float | None, *rest: int) -> str:
        known, total, rank, held, verified = rest
        said = []
        if shared > 0:
            said.append(self.words["shared"].format(count=say_number(shared, self.language)))
        if previous:
            said.append(self.words["previous"].format(level=self.names[previous]))
        if known < total:
            said.append(self.words["parts"].format(known=known, total=total))
        if people is not None:
            said.append(self.words["small"].format(people=say_number(people, self.language, 0)))
        skipped = self._skipped(rank, held=bool(held))
        if skipped:
            said.append(self.words["skipped"].format(texts=quoted(skipped)))
        if not verified:
            said.append(self.words["unverified"])
        return "".join(sentence(text) for text in said)

    def _skipped(self, rank: int, *, held: bool) -> list[str]:
        """List the conditions left out that could have changed this level."""
        skipped = set(self.result.outcome.skipped)
        texts = [
            self.pick(item.text) for item in self.clauses if item.id in skipped and item.span.high > rank
        ]
        for item in self.result.decider.modifiers:
            if item.id in skipped and (held or item.kind != "hold"):
                texts.append(self.pick(item.text))  # noqa: PERF401
        return texts

    def _community(self) -> list[str]:
        found = next((name for name, item in self.rules.indicators.items() if is_community(item)), None)
        if found is None or not self.result.measured[found].supplied:
            return [""] * len(self.low)
        values = self.result.measured[found]
        unit = self.pick(self.rules.indicators[found].unit)

        def say(count: float | None, rate: float | None) -> str:
            if not count or rate is None:
                return ""
            written = (say_number(x, self.language) for x in (count, rate))
            number, value = written
            return sentence(self.words["community"].format(count=number, value=value, unit=unit))

        return each(zip(*today_lists(values.count[0], values.value[0]), strict=True), say)

    def _ways(self) -> dict[int, dict[int, list[str]]]:
        """Collect the ways down of each unit by the rank that they reach."""
        found: dict[int, dict[int, list[str]]] = {}
        for option in self.result.options:
            indicator = self.rules.indicators[option.indicator]
            units = np.flatnonzero(~np.isnan(option.threshold))
            count = self.result.measured[option.indicator].count[0][units]
            keys = zip(
                option.threshold[units].tolist(),
                np.nan_to_num(option.amount[units]).tolist(),
                np.nan_to_num(count).tolist(),
                strict=True,
            )
            texts = each(keys, partial(say_way, indicator, self.language))
            for unit, rank, text in zip(units.tolist(), option.rank[units].tolist(), texts, strict=True):
                said = found.setdefault(unit, {}).setdefault(rank, [])
                if text not in said:
                    said.append(text)
        return found

    def _by_others(self, i: int) -> str:
        """Name whose levels led to this one, where no number of its own did."""
        position = int(self.result.outcome.clause[i])
        if position < len(self.clauses):
            for term in terms(self.clauses[position].when):
                if isinstance(term, LevelTerm):
                    return _source(term)
        return "together"


def is_community(indicator: Indicator) -> bool:
    """Tell whether an indicator is the rate of community cases that is shown beside the other.

    Parameters
    ----------
    indicator : Indicator
        An indicator.

    Returns
    -------
    bool
        True for a rate that counts only cases found in some places.
    """
    return indicator.what == "cases" and indicator.population and bool(indicator.filter.columns)


def _source(term: LevelTerm) -> str:
    return "neighbours" if term.predicate == "adjacent_to" else "children"


def _cause(indicator: Indicator) -> str:
    return "source" if indicator.filter.source_known is not None else "field"
