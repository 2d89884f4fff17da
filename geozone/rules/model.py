"""What a rule set is: frozen values, each with the evidence that it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from geozone.rules.conditions import Condition
from geozone.rules.values import (
    BandSet,
    Evidence,
    Indicator,
    LevelClass,
    Rounding,
    RoundingMode,
    Span,
    Text,
)
from geozone.rules.zoning_rules import ZoningRules
from geozone.types import AdminLevel

__all__ = [
    "Clause",
    "Clock",
    "Decision",
    "FirstMatch",
    "Lookup",
    "Modifier",
    "RuleSet",
    "Shape",
    "WorstOf",
]

_NO_TEXT = Text("", "")


@dataclass(frozen=True, slots=True)
class Lookup:
    """A table of two band sets; ``spans[row][column]``, evidence per cell."""

    id: str
    rows: str
    columns: str
    spans: tuple[tuple[Span, ...], ...]
    evidence: tuple[tuple[tuple[Evidence, ...], ...], ...]
    text: Text


@dataclass(frozen=True, slots=True)
class Clause:
    """One entry of a first-match list."""

    id: str
    span: Span
    when: Condition
    text: Text
    evidence: tuple[Evidence, ...]
    optional: bool = False


@dataclass(frozen=True, slots=True)
class FirstMatch:
    """Clauses tested in order; the first that holds decides, else ``otherwise``."""

    id: str
    clauses: tuple[Clause, ...]
    otherwise: Span
    otherwise_text: Text
    otherwise_evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class WorstOf:
    """The highest of several lookups."""

    id: str
    parts: tuple[Lookup, ...]


Shape = Lookup | FirstMatch | WorstOf


@dataclass(frozen=True, slots=True)
class Decision:
    """How the units of some tiers get their base level.

    Attributes
    ----------
    tiers : tuple of AdminLevel
        Tiers it is for.
    shape : Lookup, FirstMatch or WorstOf
        The rule.
    facts : tuple of str
        Indicators that the explanation quotes, in order.
    from_children : bool
        Whether the level is rolled up from the units below.
    """

    tiers: tuple[AdminLevel, ...]
    shape: Shape
    facts: tuple[str, ...]
    from_children: bool = False


@dataclass(frozen=True, slots=True)
class Modifier:
    """A step after the table, applied in the order of the file.

    Attributes
    ----------
    id : str
        Name.
    kind : str
        ``raise`` (by ``by`` ranks, at most to ``cap``), ``hold`` (not below the previous level),
        ``floor`` or ``ceiling`` (at least or at most ``cap``).
    when : Condition
        When it applies.
    by, cap : int
        Ranks.
    text : Text
        What applies when it does.
    valid_from, valid_to : date, optional
        Days on which the step exists (half open).
    optional : bool
        Whether it is left out where its input was not supplied at all.
    evidence : tuple of Evidence
        What it rests on.
    """

    id: str
    kind: Literal["raise", "hold", "floor", "ceiling"]
    when: Condition
    text: Text
    evidence: tuple[Evidence, ...]
    by: int = 1
    cap: int = 4
    valid_from: date | None = None
    valid_to: date | None = None
    optional: bool = False

    def in_force(self, as_of: date) -> bool:
        """Tell whether the step exists on a day.

        Parameters
        ----------
        as_of : date
            The day.

        Returns
        -------
        bool
            True from ``valid_from`` to the day before ``valid_to``.
        """
        return (self.valid_from is None or self.valid_from <= as_of) and (
            self.valid_to is None or as_of < self.valid_to
        )


@dataclass(frozen=True, slots=True)
class Clock:
    """A rule of days that the text states.

    Attributes
    ----------
    id : str
        Name.
    start : str
        What starts it: ``last_case_report``, ``last_case_onset``, ``last_case_isolated``,
        ``culling_done`` or ``level_reached``.
    days, extra_days : int
        Minimum days, and days of the step after it.
    text : Text
        The rule in words.
    evidence : tuple of Evidence
        What it rests on.
    """

    id: str
    start: str
    days: int
    extra_days: int
    text: Text
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A rule set: everything needed to decide zones and levels, and where each value was read.

    Attributes
    ----------
    id : str
        Identifier.
    name_vi, name_en : str
        Name.
    legal_basis : str
        The text it applies.
    diseases : tuple of str
        Diseases it is for, as line lists name them.
    valid_from, valid_to : date, optional
        Days on which the text was in force (half open; none for no limit).
    partial : bool
        Whether it holds only the confirmed part of the text.
    automatic : bool
        Whether ``choose_ruleset`` may choose it: national rules, not foreign or local ones.
    levels : tuple of LevelClass
        Classes, mildest first.
    indicators, bands : mapping
        By id.
    decisions : tuple of Decision
        One per group of tiers.
    modifiers : tuple of Modifier
        In order of application.
    clocks : tuple of Clock
        Rules of days.
    zoning : ZoningRules
        What draws zones.
    zoning_variants : mapping of str to ZoningRules
        Zoning of single diseases, where they differ.
    zoning_evidence : mapping of str to tuple of Evidence
        Per value of ``zoning``.
    basis : tuple of Evidence
        What the legal basis, the dates and the colours rest on.
    evidence : mapping of str to Evidence
        The ledger.
    source : str
        File it was read from (a name, never a full path).
    sha256 : str
        Checksum of that file.
    """

    id: str
    name_vi: str
    name_en: str
    legal_basis: str
    diseases: tuple[str, ...]
    valid_from: date | None
    valid_to: date | None
    partial: bool
    automatic: bool
    levels: tuple[LevelClass, ...]
    indicators: Mapping[str, Indicator]
    bands: Mapping[str, BandSet]
    decisions: tuple[Decision, ...]
    modifiers: tuple[Modifier, ...]
    clocks: tuple[Clock, ...]
    zoning: ZoningRules
    zoning_evidence: Mapping[str, tuple[Evidence, ...]]
    zoning_variants: Mapping[str, ZoningRules] = field(default_factory=dict)
    basis: tuple[Evidence, ...] = ()
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    note: Text = _NO_TEXT
    source: str = ""
    sha256: str = ""

    @property
    def verified(self) -> bool:
        """Whether no value of the whole rule set rests on grade M."""
        return all(item.verified for item in self.evidence.values())

    @property
    def tiers(self) -> tuple[AdminLevel, ...]:
        """Tiers that the rule set gives a level, communes first."""
        named = {tier for decision in self.decisions for tier in decision.tiers}
        return tuple(
            tier for tier in (AdminLevel.COMMUNE, AdminLevel.DISTRICT, AdminLevel.PROVINCE) if tier in named
        )

    def decision(self, tier: AdminLevel) -> Decision | None:
        """Find the decision of a tier.

        Parameters
        ----------
        tier : AdminLevel
            The tier.

        Returns
        -------
        Decision or None
            ``None`` where the rule set gives that tier no level.
        """
        return next((decision for decision in self.decisions if tier in decision.tiers), None)

    def level(self, rank: int) -> LevelClass:
        """Find a class by its rank.

        Parameters
        ----------
        rank : int
            1 for the mildest.

        Returns
        -------
        LevelClass
            The class.
        """
        return self.levels[rank - 1]

    def in_force(self, as_of: date) -> bool:
        """Tell whether the text was in force on a day.

        Parameters
        ----------
        as_of : date
            The day.

        Returns
        -------
        bool
            True from ``valid_from`` to the day before ``valid_to``.
        """
        return (self.valid_from is None or self.valid_from <= as_of) and (
            self.valid_to is None or as_of < self.valid_to
        )

    def for_disease(self, disease: str) -> RuleSet:
        """Take the zoning of one disease, where it has its own.

        Parameters
        ----------
        disease : str
            As line lists name it.

        Returns
        -------
        RuleSet
            Itself, or a copy whose ``zoning`` is that of the disease.
        """
        variant = self.zoning_variants.get(disease)
        return self if variant is None else replace(self, zoning=variant)

    def with_rounding(self, indicator: str, *, digits: int, mode: RoundingMode = "half_up") -> RuleSet:
        """Change how an indicator is rounded before it is compared: a what-if.

        Parameters
        ----------
        indicator : str
            Its id.
        digits : int
            Decimal places.
        mode : str
            ``none`` compares the exact value.

        Returns
        -------
        RuleSet
            A copy.

        Raises
        ------
        KeyError
            If there is no such indicator.
        """
        changed = replace(self.indicators[indicator], rounding=Rounding(mode, digits, mode != "none"))
        return replace(self, indicators={**self.indicators, indicator: changed})

    def texts(self) -> Iterator[Text]:
        """Give every text of the rule set, for a reader or a check.

        Yields
        ------
        Text
            In no particular order.
        """
        for level in self.levels:
            yield level.name
            yield from (measure.text for measure in level.measures)
        for indicator in self.indicators.values():
            yield from (indicator.name, indicator.unit, indicator.noun)
        yield from (modifier.text for modifier in self.modifiers)
        yield from (clock.text for clock in self.clocks)
        for bands in self.bands.values():
            yield from (band.name for band in bands.bands)
        for decision in self.decisions:
            yield from _shape_texts(decision.shape)


def _shape_texts(shape: Shape) -> Iterator[Text]:
    if isinstance(shape, Lookup):
        yield shape.text
    elif isinstance(shape, WorstOf):
        yield from (part.text for part in shape.parts)
    else:
        yield from (clause.text for clause in shape.clauses)
        yield shape.otherwise_text
