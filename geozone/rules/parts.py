"""Read the small parts of a rule set, and collect what does not fit together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from geozone.rules.structure import StructureFault
from geozone.rules.toml_lines import KeyPath
from geozone.rules.values import (
    UNDECIDED,
    Band,
    BandSet,
    CaseFilter,
    Evidence,
    Indicator,
    LevelClass,
    Measure,
    Rounding,
    Span,
    Text,
)
from geozone.rules.zoning_rules import ZoningRules
from geozone.types import CaseClass, ContactDegree, EvidenceGrade, PlaceRole

__all__ = ["NO_TEXT", "PartReader", "one_of", "text_of"]

NO_TEXT = Text("", "")
_ENUMS = {"case_classes": CaseClass, "contact_degrees": ContactDegree, "roles": PlaceRole}


class PartReader:
    """Read evidence, levels, indicators, bands and zoning, each by the names read before.

    Parameters
    ----------
    document : mapping
        The file's values; the structure is already known to be right.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.faults: list[StructureFault] = []
        self.evidence: dict[str, Evidence] = {}
        self.used: set[str] = set()
        self.ranks: dict[str, int] = {}
        self.indicators: dict[str, Indicator] = {}
        self.bands: dict[str, BandSet] = {}

    def _read_parts(self) -> tuple[LevelClass, ...]:
        for key, item in self.document["evidence"].items():
            grade = EvidenceGrade(item["grade"])
            self.evidence[key] = Evidence(key, grade, item["source"], item.get("note", ""))
        levels = self._levels(self.document["levels"])
        for name, item in self.document["indicators"].items():
            self.indicators[name] = self._indicator(name, item)
        for name, item in self.document.get("bands", {}).items():
            self.bands[name] = self._band_set(name, item)
        return levels

    def _fault(self, path: KeyPath, found: str, expected: str) -> None:
        self.faults.append(StructureFault(path, found, expected))

    def _proof(self, keys: Iterable[str], path: KeyPath) -> tuple[Evidence, ...]:
        found = []
        self.used.update(keys)
        for position, key in enumerate(keys):
            if key in self.evidence:
                found.append(self.evidence[key])
            else:
                self._fault((*path, position), f"unknown evidence {key!r}", one_of(self.evidence))
        return tuple(found)

    def _rank(self, key: str, path: KeyPath) -> int:
        if key not in self.ranks:
            self._fault(path, f"unknown level {key!r}", one_of(self.ranks))
        return self.ranks.get(key, 1)

    def _span(self, text: str, path: KeyPath) -> Span:
        """Read one level, a range ``green..yellow``, or ``?`` where the text is not confirmed."""
        if text == "?":
            return UNDECIDED
        low, dots, high = text.partition("..")
        span = Span(self._rank(low, path), self._rank(high if dots else low, path))
        if span.high < span.low:
            self._fault(path, repr(text), "the milder level first")
        return span

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
                    text_of(item["name"]),
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
                "column",
                "minimum", "percent", "clock", "required", "yes_no",
            )
            if key in item
        }  # fmt: skip
        better = item["what"] in ("coverage", "days_since", "doubling_days")
        return Indicator(
            id=name,
            what=item["what"],
            name=text_of(item["name"]),
            unit=text_of(item.get("unit")),
            noun=text_of(item.get("noun")),
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
                (*path, "indicator"), f"unknown indicator {item['indicator']!r}", one_of(self.indicators)
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
            bands.append(Band(start, end, text_of(band["name"])))
        if bands[-1].end != math.inf:
            self._fault(
                (*path, "bands", len(bands) - 1, "below"),
                f"a gap: nothing from {bands[-1].end:g} up",
                "a last band without an upper limit",
            )
        return BandSet(
            name, item["indicator"], tuple(bands), self._proof(item["evidence"], (*path, "evidence"))
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
                self._fault(path, f"unknown disease {disease!r}", one_of(self.document["diseases"]))
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
                self._fault((*path, name), repr(value), one_of(_ENUMS[name]))
        try:
            return ZoningRules(**ready)
        except ValueError as error:
            self._fault(path, str(error), "distances and days that can be drawn")
            return None


def text_of(item: Mapping[str, str] | None) -> Text:
    """Read a text in both languages.

    Parameters
    ----------
    item : mapping or None
        With ``vi`` and ``en``.

    Returns
    -------
    Text
        Empty where there is none.
    """
    return NO_TEXT if item is None else Text(item["vi"], item["en"])


def _filter(item: Mapping[str, Any]) -> CaseFilter:
    return CaseFilter(
        tuple(item.get("case_class", ("confirmed",))),
        tuple(item.get("contact_degree", ("F0",))),
        tuple(item.get("origin", ())),
        item.get("source_known"),
        tuple((name, tuple(values)) for name, values in item.get("columns", {}).items()),
    )


def one_of(names: Iterable[Any]) -> str:
    """List the names that would have been right.

    Parameters
    ----------
    names : iterable
        The names.

    Returns
    -------
    str
        ``one of a, b``.
    """
    return "one of " + ", ".join(sorted(map(str, names)))
