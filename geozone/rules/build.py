"""From the values of a file that has the right structure to a ``RuleSet``, or every fault of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from geozone.rules.conditions import All, Condition, LevelTerm, parse_condition, terms
from geozone.rules.model import (
    Band,
    BandSet,
    CaseFilter,
    Clause,
    Clock,
    Decision,
    Evidence,
    FirstMatch,
    Indicator,
    LevelClass,
    Lookup,
    Measure,
    Modifier,
    Rounding,
    RuleSet,
    Shape,
    Text,
    WorstOf,
)
from geozone.rules.structure import StructureFault
from geozone.rules.toml_lines import KeyPath
from geozone.rules.zoning_rules import ZoningRules
from geozone.types import AdminLevel, CaseClass, ContactDegree, EvidenceGrade, PlaceRole

__all__ = ["Builder"]

_NO_TEXT = Text("", "")
_NEVER = All(())
_ENUMS = {"case_classes": CaseClass, "contact_degrees": ContactDegree, "roles": PlaceRole}


class Builder:
    """Build the parts of a rule set and collect what does not fit together.

    Parameters
    ----------
    document : mapping
        The file's values; the structure is already known to be right.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.faults: list[StructureFault] = []
        self.evidence: dict[str, Evidence] = {}
        self.ranks: dict[str, int] = {}
        self.indicators: dict[str, Indicator] = {}
        self.bands: dict[str, BandSet] = {}

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
        for key, item in document["evidence"].items():
            self.evidence[key] = Evidence(
                key, EvidenceGrade(item["grade"]), item["source"], item.get("note", "")
            )
        levels = self._levels(document["levels"])
        for name, item in document["indicators"].items():
            self.indicators[name] = self._indicator(name, item)
        for name, item in document.get("bands", {}).items():
            self.bands[name] = self._band_set(name, item)
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
            evidence=self.evidence,
            note=_text(document.get("note")),
            source=source,
            sha256=sha256,
        )

    def _fault(self, path: KeyPath, found: str, expected: str) -> None:
        self.faults.append(StructureFault(path, found, expected))

    def _proof(self, keys: Iterable[str], path: KeyPath) -> tuple[Evidence, ...]:
        found = []
        for position, key in enumerate(keys):
            if key in self.evidence:
                found.append(self.evidence[key])
            else:
                self._fault((*path, position), f"unknown evidence {key!r}", _one_of(self.evidence))
        return tuple(found)

    def _rank(self, key: str, path: KeyPath) -> int:
        if key not in self.ranks:
            self._fault(path, f"unknown level {key!r}", _one_of(self.ranks))
        return self.ranks.get(key, 1)

    def _date(self, item: Mapping[str, Any], name: str, path: KeyPath) -> date | None:
        if name not in item:
            return None
        try:
            return date.fromisoformat(item[name])
        except ValueError:
            self._fault((*path, name), repr(item[name]), "a date YYYY-MM-DD")
            return None

    def _check_dates(self, start: date | None, end: date | None, path: KeyPath) -> None:
        if start is not None and end is not None and end <= start:
            self._fault((*path, "valid_to"), end.isoformat(), f"a day after valid_from ({start})")

    def _levels(self, items: list[dict[str, Any]]) -> tuple[LevelClass, ...]:
        levels: list[LevelClass] = []
        for position, item in enumerate(items):
            path: KeyPath = ("levels", position)
            if item["key"] in self.ranks:
                self._fault((*path, "key"), f"level {item['key']!r} again", "each only once")
            if levels and item["epidemic_level"] < levels[-1].epidemic_level:
                self._fault(
                    (*path, "epidemic_level"), str(item["epidemic_level"]), "levels from the mildest up"
                )
            self.ranks[item["key"]] = position + 1
            measures = tuple(
                Measure(
                    Text(measure["vi"], measure["en"]),
                    self._proof(measure["evidence"], (*path, "measures", i, "evidence")),
                )
                for i, measure in enumerate(item.get("measures", ()))
            )
            levels.append(
                LevelClass(
                    item["key"],
                    position + 1,
                    item["epidemic_level"],
                    _text(item["name"]),
                    item["colour"],
                    measures,
                )
            )
        return tuple(levels)

    def _indicator(self, name: str, item: dict[str, Any]) -> Indicator:
        path: KeyPath = ("indicators", name)
        if item["what"] == "input" and "column" not in item:
            self._fault(path, "nothing", "a value named column: the input's name")
        if item.get("age_to") is not None and item["age_to"] <= item.get("age_from", 18):
            self._fault((*path, "age_to"), str(item["age_to"]), "more than age_from")
        plain = {
            key: item[key]
            for key in (
                "window_days", "scale", "divide", "minimum_population", "dose", "age_from", "age_to",
                "column", "percent", "clock", "required", "yes_no",
            )
            if key in item
        }  # fmt: skip
        better = item["what"] in ("coverage", "days_since", "doubling_days")
        return Indicator(
            id=name,
            what=item["what"],
            name=_text(item["name"]),
            unit=_text(item.get("unit")),
            noun=_text(item.get("noun")),
            filter=_filter(item.get("filter", {})),
            population=item.get("per_population", False),
            rounding=Rounding(
                item.get("rounding", {}).get("mode", "none"),
                item.get("rounding", {}).get("digits", 1),
                item.get("rounding", {}).get("before_banding", False),
            ),
            higher_is_better=item.get("higher_is_better", better),
            evidence=self._proof(item["evidence"], (*path, "evidence")),
            **plain,
        )

    def _band_set(self, name: str, item: dict[str, Any]) -> BandSet:
        path: KeyPath = ("bands", name)
        if item["indicator"] not in self.indicators:
            self._fault(
                (*path, "indicator"), f"unknown indicator {item['indicator']!r}", _one_of(self.indicators)
            )
        bands: list[Band] = []
        for position, band in enumerate(item["bands"]):
            start, end = float(band["from"]), float(band.get("below", math.inf))
            here = (*path, "bands", position)
            expected = bands[-1].end if bands else 0.0
            if start > expected:
                self._fault((*here, "from"), f"a gap: {start:g}", f"{expected:g}, where the last band ends")
            elif start < expected:
                self._fault(
                    (*here, "from"), f"an overlap: {start:g}", f"{expected:g}, where the last band ends"
                )
            if end <= start:
                self._fault((*here, "below"), f"{end:g}", f"more than {start:g}")
            bands.append(Band(start, end, _text(band["name"])))
        if bands[-1].end != math.inf:
            self._fault(
                (*path, "bands", len(bands) - 1, "below"),
                f"a gap: nothing from {bands[-1].end:g} up",
                "a last band without an upper limit",
            )
        return BandSet(
            name, item["indicator"], tuple(bands), self._proof(item["evidence"], (*path, "evidence"))
        )

    def _decision(self, item: dict[str, Any], path: KeyPath) -> Decision:
        for position, name in enumerate(item["facts"]):
            if name not in self.indicators:
                self._fault(
                    (*path, "facts", position), f"unknown indicator {name!r}", _one_of(self.indicators)
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
                self._rank(clause["level"], (*path, "clauses", i, "level")),
                self._condition(clause["when"], (*path, "clauses", i, "when")),
                _text(clause["text"]),
                self._proof(clause["evidence"], (*path, "clauses", i, "evidence")),
                clause.get("optional", False),
            )
            for i, clause in enumerate(item.get("clauses", ()))
        )
        self._check_once([clause.id for clause in clauses], (*path, "clauses"))
        if "otherwise" not in item:
            if kind:
                self._fault(path, "a gap: no otherwise", "the level where no clause holds")
            return FirstMatch("clauses", clauses, 1, _NO_TEXT, ())
        rest = item["otherwise"]
        here: KeyPath = (*path, "otherwise")
        return FirstMatch(
            "clauses",
            clauses,
            self._rank(rest["level"], (*here, "level")),
            _text(rest["text"]),
            self._proof(rest["evidence"], (*here, "evidence")),
        )

    def _lookup(self, item: dict[str, Any], path: KeyPath) -> Lookup:
        sizes = []
        for axis in ("rows", "columns"):
            if item[axis] not in self.bands:
                self._fault((*path, axis), f"unknown bands {item[axis]!r}", _one_of(self.bands))
            sizes.append(len(self.bands[item[axis]].bands) if item[axis] in self.bands else None)
        for name in ("levels", "evidence"):
            self._check_size(item[name], sizes[0], sizes[1], (*path, name))
        return Lookup(
            item.get("id", "lookup"),
            item["rows"],
            item["columns"],
            tuple(
                tuple(self._rank(key, (*path, "levels", r, c)) for c, key in enumerate(row))
                for r, row in enumerate(item["levels"])
            ),
            tuple(
                tuple(self._proof([key], (*path, "evidence", r, c)) for c, key in enumerate(row))
                for r, row in enumerate(item["evidence"])
            ),
            _text(item["text"]),
        )

    def _check_size(
        self, table: list[list[str]], rows: int | None, columns: int | None, path: KeyPath
    ) -> None:
        if rows is not None and len(table) != rows:
            self._fault(path, f"a gap: {len(table)} rows", f"{rows}, one per band")
        for position, row in enumerate(table):
            if columns is not None and len(row) != columns:
                self._fault((*path, position), f"a gap: {len(row)} columns", f"{columns}, one per band")

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
                self._fault(path, f"unknown indicator {term!r}", _one_of(self.indicators))
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
            _text(item["text"]),
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
            _text(item["text"]),
            self._proof(item["evidence"], (*path, "evidence")),
        )

    def _zoning(
        self, item: dict[str, Any]
    ) -> tuple[ZoningRules | None, dict[str, ZoningRules], dict[str, tuple[Evidence, ...]]]:
        proof = {}
        for name, keys in item["evidence"].items():
            if name not in ZoningRules.__dataclass_fields__:
                self._fault(("zoning", "evidence", name), f"unknown name {name!r}", "a value of zoning")
            proof[name] = self._proof(keys, ("zoning", "evidence", name))
        values = {key: value for key, value in item.items() if key not in ("evidence", "variants")}
        for name in sorted(values.keys() - proof.keys()):
            self._fault(("zoning", name), "no evidence", f"an entry zoning.evidence.{name}")
        variants: dict[str, ZoningRules] = {}
        for disease, changed in item.get("variants", {}).items():
            path: KeyPath = ("zoning", "variants", disease)
            if disease not in self.document["diseases"]:
                self._fault(path, f"unknown disease {disease!r}", _one_of(self.document["diseases"]))
            proof[disease] = self._proof(changed["evidence"], (*path, "evidence"))
            own = {**values, **{key: value for key, value in changed.items() if key != "evidence"}}
            built = self._zoning_rules(own, path)
            if built is not None:
                variants[disease] = built
        return self._zoning_rules(values, ("zoning",)), variants, proof

    def _zoning_rules(self, values: Mapping[str, Any], path: KeyPath) -> ZoningRules | None:
        ready: dict[str, Any] = {}
        for name, value in values.items():
            try:
                if name in _ENUMS:
                    ready[name] = tuple(_ENUMS[name](word) for word in value)
                else:
                    ready[name] = tuple(map(float, value)) if isinstance(value, list) else value
            except ValueError:
                self._fault((*path, name), repr(value), _one_of(_ENUMS[name]))
        try:
            return ZoningRules(**ready)
        except ValueError as error:
            self._fault(path, str(error), "distances and days that can be drawn")
            return None


def _text(item: Mapping[str, str] | None) -> Text:
    return _NO_TEXT if item is None else Text(item["vi"], item["en"])


def _filter(item: Mapping[str, Any]) -> CaseFilter:
    return CaseFilter(
        tuple(item.get("case_class", ("confirmed",))),
        tuple(item.get("contact_degree", ("F0",))),
        tuple(item.get("origin", ())),
        item.get("source_known"),
        tuple((name, tuple(values)) for name, values in item.get("columns", {}).items()),
    )


def _one_of(names: Iterable[Any]) -> str:
    return "one of " + ", ".join(sorted(map(str, names)))
