"""From the values of a file that has the right structure to a ``RuleSet``, or every fault of it."""

from __future__ import annotations

from typing import Any

from geozone.rules.conditions import All, Condition, LevelTerm, parse_condition, terms
from geozone.rules.model import (
    Clause,
    Clock,
    Decision,
    FirstMatch,
    Lookup,
    Modifier,
    RuleSet,
    Shape,
    WorstOf,
)
from geozone.rules.parts import NO_TEXT, PartReader, one_of, text_of
from geozone.rules.toml_lines import KeyPath
from geozone.rules.values import UNDECIDED
from geozone.types import AdminLevel

__all__ = ["Builder"]

_NEVER = All(())


class Builder(PartReader):
    """Build a rule set and collect what does not fit together, in ``faults``."""

    def build(self, *, source: str, sha256: str) -> RuleSet | None:
        """Build the rule set.

        Parameters
        ----------
        source : str
            Name of the file.
        sha256 : str
            Its checksum.

        Returns
        -------
        RuleSet or None
            ``None`` where ``faults`` is not empty.
        """
        document = self.document
        levels = self._read_parts()
        decisions = tuple(
            self._decision(item, ("decisions", i)) for i, item in enumerate(document["decisions"])
        )
        self._check_tiers(decisions)
        modifiers = tuple(
            self._modifier(item, ("modifiers", i)) for i, item in enumerate(document.get("modifiers", ()))
        )
        clocks = tuple(self._clock(item, ("clocks", i)) for i, item in enumerate(document.get("clocks", ())))
        zoning, variants, zoning_evidence = self._zoning(document["zoning"])
        valid_from = self._date(document, "valid_from", ())
        valid_to = self._date(document, "valid_to", ())
        self._check_dates(valid_from, valid_to, ())
        basis = self._proof(document["basis"], ("basis",))
        self._check_used()
        if self.faults or zoning is None:
            return None
        return RuleSet(
            id=document["id"],
            name_vi=document["name"]["vi"],
            name_en=document["name"]["en"],
            legal_basis=document["legal_basis"],
            diseases=tuple(document["diseases"]),
            valid_from=valid_from,
            valid_to=valid_to,
            partial=document.get("partial", False),
            automatic=document.get("automatic", True),
            levels=levels,
            indicators=self.indicators,
            bands=self.bands,
            decisions=decisions,
            modifiers=modifiers,
            clocks=clocks,
            zoning=zoning,
            zoning_variants=variants,
            zoning_evidence=zoning_evidence,
            basis=basis,
            evidence=self.evidence,
            note=text_of(document.get("note")),
            source=source,
            sha256=sha256,
        )

    def _decision(self, item: dict[str, Any], path: KeyPath) -> Decision:
        for position, name in enumerate(item["facts"]):
            if name not in self.indicators:
                self._fault(
                    (*path, "facts", position), f"unknown indicator {name!r}", one_of(self.indicators)
                )
        shapes = [kind for kind in ("lookup", "worst_of", "clauses") if kind in item]
        if len(shapes) != 1:
            self._fault(path, ", ".join(shapes) or "nothing", "one of lookup, worst_of, clauses")
        return Decision(
            tuple(AdminLevel(tier) for tier in item["tiers"]),
            self._shape(item, shapes[0] if shapes else "", path),
            tuple(item["facts"]),
            item.get("from_children", False),
        )

    def _shape(self, item: dict[str, Any], kind: str, path: KeyPath) -> Shape:
        if kind == "lookup":
            return self._lookup(item["lookup"], (*path, "lookup"))
        if kind == "worst_of":
            return WorstOf(
                "worst_of",
                tuple(self._lookup(part, (*path, "worst_of", i)) for i, part in enumerate(item["worst_of"])),
            )
        clauses = tuple(
            Clause(
                clause["id"],
                self._span(clause["level"], (*path, "clauses", i, "level")),
                self._condition(clause["when"], (*path, "clauses", i, "when")),
                text_of(clause["text"]),
                self._proof(clause["evidence"], (*path, "clauses", i, "evidence")),
                clause.get("optional", False),
            )
            for i, clause in enumerate(item.get("clauses", ()))
        )
        self._check_once([clause.id for clause in clauses], (*path, "clauses"))
        if "otherwise" not in item:
            if kind:
                self._fault(path, "a gap: no otherwise", "the level where no clause holds")
            return FirstMatch("clauses", clauses, UNDECIDED, NO_TEXT, ())
        rest = item["otherwise"]
        here: KeyPath = (*path, "otherwise")
        return FirstMatch(
            "clauses",
            clauses,
            self._span(rest["level"], (*here, "level")),
            text_of(rest["text"]),
            self._proof(rest["evidence"], (*here, "evidence")),
        )

    def _lookup(self, item: dict[str, Any], path: KeyPath) -> Lookup:
        sizes = []
        for axis in ("rows", "columns"):
            if item[axis] not in self.bands:
                self._fault((*path, axis), f"unknown bands {item[axis]!r}", one_of(self.bands))
            sizes.append(len(self.bands[item[axis]].bands) if item[axis] in self.bands else None)
        for name in ("levels", "evidence"):
            self._check_size(item[name], sizes[0], sizes[1], (*path, name))
        return Lookup(
            item.get("id", "lookup"),
            item["rows"],
            item["columns"],
            tuple(
                tuple(self._span(key, (*path, "levels", r, c)) for c, key in enumerate(row))
                for r, row in enumerate(item["levels"])
            ),
            tuple(
                tuple(self._proof([key], (*path, "evidence", r, c)) for c, key in enumerate(row))
                for r, row in enumerate(item["evidence"])
            ),
            text_of(item["text"]),
        )

    def _check_size(
        self, table: list[list[str]], rows: int | None, columns: int | None, path: KeyPath
    ) -> None:
        if rows is not None and len(table) != rows:
            self._fault(path, f"a gap: {len(table)} rows", f"{rows}, one per band")
        for position, row in enumerate(table):
            if columns is not None and len(row) != columns:
                self._fault((*path, position), f"a gap: {len(row)} columns", f"{columns}, one per band")

    def _check_used(self) -> None:
        for key in self.evidence:
            if key not in self.used:
                self._fault(("evidence", key), f"{key!r}, which no value names", "evidence of some value")

    def _check_once(self, names: list[str], path: KeyPath) -> None:
        for position, name in enumerate(names):
            if name in names[:position]:
                self._fault((*path, position, "id"), f"{name!r} again", "each only once")

    def _check_tiers(self, decisions: tuple[Decision, ...]) -> None:
        seen: set[AdminLevel] = set()
        for position, decision in enumerate(decisions):
            for i, tier in enumerate(decision.tiers):
                if tier in seen:
                    self._fault(
                        ("decisions", position, "tiers", i),
                        f"an overlap: {tier} again",
                        "one decision per tier",
                    )
                seen.add(tier)

    def _condition(self, text: str, path: KeyPath) -> Condition:
        try:
            condition = parse_condition(text)
        except ValueError as error:
            self._fault(path, str(error), "a condition such as rate >= 50 and positivity >= 4")
            return _NEVER
        for term in terms(condition):
            if isinstance(term, LevelTerm):
                self._rank(term.level, path)
            elif term not in self.indicators:
                self._fault(path, f"unknown indicator {term!r}", one_of(self.indicators))
        return condition

    def _modifier(self, item: dict[str, Any], path: KeyPath) -> Modifier:
        highest = max(self.ranks.values(), default=4)
        if item["kind"] in ("floor", "ceiling") and "cap" not in item:
            self._fault(path, "nothing", "a value named cap: the level of the floor or ceiling")
        start, end = self._date(item, "valid_from", path), self._date(item, "valid_to", path)
        self._check_dates(start, end, path)
        condition = self._condition(item["when"], (*path, "when"))
        if any(isinstance(term, LevelTerm) for term in terms(condition)):
            self._fault((*path, "when"), "a condition on other units' levels", "a condition on indicators")
        return Modifier(
            item["id"],
            item["kind"],
            condition,
            text_of(item["text"]),
            self._proof(item["evidence"], (*path, "evidence")),
            item.get("by", 1),
            self._rank(item["cap"], (*path, "cap")) if "cap" in item else highest,
            start,
            end,
            item.get("optional", False),
        )

    def _clock(self, item: dict[str, Any], path: KeyPath) -> Clock:
        return Clock(
            item["id"],
            item["start"],
            item["days"],
            item.get("extra_days", 0),
            text_of(item["text"]),
            self._proof(item["evidence"], (*path, "evidence")),
        )
