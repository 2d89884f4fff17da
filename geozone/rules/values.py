"""The values that rule sets are made of: texts, evidence, filters, indicators, bands, classes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

from geozone.types import EvidenceGrade

__all__ = [
    "UNDECIDED",
    "Band",
    "BandSet",
    "CaseFilter",
    "Evidence",
    "Indicator",
    "LevelClass",
    "Measure",
    "Rounding",
    "RoundingMode",
    "Span",
    "Text",
]

Quantity = Literal[
    "cases",
    "coverage",
    "input",
    "days_since",
    "doubling_days",
    "households",
    "cluster_cases",
    "top_share",
    "zone",
    "containment",
]
RoundingMode = Literal["none", "half_up", "half_even", "down", "up"]


class Text(NamedTuple):
    """A text in both languages."""

    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """How sure a value is, and where it was read.

    Attributes
    ----------
    key : str
        Name of the entry in the rule set's ledger.
    grade : EvidenceGrade
        P, S, D or M.
    source : str
        Address or citation.
    note : str
        What to know about it; may be empty.
    """

    key: str
    grade: EvidenceGrade
    source: str
    note: str = ""

    @property
    def verified(self) -> bool:
        """Whether the value was read or derived, not remembered."""
        return self.grade is not EvidenceGrade.REMEMBERED


class Span(NamedTuple):
    """Ranks that an answer allows: one, a range, or none where the text is not confirmed."""

    low: int
    high: int


UNDECIDED = Span(0, 0)
"""The text was not confirmed here: no level."""


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases an indicator counts; an empty tuple or ``None`` does not filter.

    Attributes
    ----------
    case_class, contact_degree, origin : tuple of str
        Values that count.
    source_known : bool, optional
        Whether the source of infection must be known, or must be unknown.
    columns : mapping of str to tuple of str
        Further columns of the line list, with the values that count.
    """

    case_class: tuple[str, ...] = ("confirmed",)
    contact_degree: tuple[str, ...] = ("F0",)
    origin: tuple[str, ...] = ()
    source_known: bool | None = None
    columns: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Rounding:
    """How a value is rounded.

    Attributes
    ----------
    mode : str
        ``none``, ``half_up``, ``half_even``, ``down`` or ``up``.
    digits : int
        Decimal places.
    before_banding : bool
        Whether the rounded value is the one compared with the thresholds.
    """

    mode: RoundingMode = "none"
    digits: int = 1
    before_banding: bool = False


@dataclass(frozen=True, slots=True)
class Indicator:
    """A number per unit that a rule compares with thresholds.

    Attributes
    ----------
    id : str
        Name in conditions and bands.
    what : str
        Quantity measured: ``cases`` (in the window), ``coverage`` (of a dose in an age band, percent),
        ``input`` (a column handed in), ``days_since`` (the last case), ``doubling_days``,
        ``households`` (with a case in the window), ``cluster_cases`` (in the largest cluster that
        touches the unit), ``top_share`` (1 where the unit is among those that make up a share of all
        cases), ``zone`` (rank of the innermost zone that touches the unit, 0 for none) or
        ``containment`` (1 where a containment zone touches it).
    name, unit, noun : Text
        Its name, its unit and what it counts, for sentences.
    filter : CaseFilter
        Cases that count.
    population : bool
        Whether the number of cases is divided by the population.
    window_days : int
        Days of the window, the as-of date included.
    scale, divide : float
        ``count / divide / population * scale``.
    rounding : Rounding
        How the value is rounded.
    minimum_population : float
        Population below which a rate is too unstable to use alone; only noted in the explanation.
    dose, age_from, age_to : int
        Vaccination coverage: dose and ages (half open; ``None`` for no limit).
    column : str
        Input column, for ``input``.
    minimum : float
        Input values up to this one are no data (too few tests).
    percent : float
        Share for ``top_share``, percent.
    clock : str
        ``report_date`` or ``onset_date``.
    higher_is_better : bool
        Direction that lowers a level.
    required : bool
        Whether a unit without it has no level at all.
    yes_no : bool
        Whether 1 means yes and 0 no.
    evidence : tuple of Evidence
        What it rests on.
    """

    id: str
    what: Quantity
    name: Text
    unit: Text
    noun: Text
    filter: CaseFilter = CaseFilter()
    population: bool = False
    window_days: int = 14
    scale: float = 1.0
    divide: float = 1.0
    rounding: Rounding = Rounding()
    minimum_population: float = 0.0
    dose: int = 1
    age_from: int = 18
    age_to: int | None = None
    column: str = ""
    minimum: float = -math.inf
    percent: float = 80.0
    clock: Literal["report_date", "onset_date"] = "report_date"
    higher_is_better: bool = False
    required: bool = False
    yes_no: bool = False
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Band:
    """Values ``start <= value < end`` of an indicator."""

    start: float
    end: float
    name: Text


@dataclass(frozen=True, slots=True)
class BandSet:
    """Bands that cover the whole domain of an indicator without gap or overlap."""

    id: str
    indicator: str
    bands: tuple[Band, ...]
    evidence: tuple[Evidence, ...] = ()

    @property
    def edges(self) -> tuple[float, ...]:
        """Inner edges, ascending: a value equal to an edge belongs to the band above."""
        return tuple(band.start for band in self.bands[1:])


@dataclass(frozen=True, slots=True)
class Measure:
    """What must be done at a level."""

    text: Text
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class LevelClass:
    """One class that a rule set can answer, from the mildest up.

    Attributes
    ----------
    key : str
        Name in conditions: ``green``.
    rank : int
        Position, 1 for the mildest.
    epidemic_level : int
        Level 1 to 4 on the map.
    name : Text
        As a sentence says it: *cấp 3 (cam)*, *level 3 (orange)*.
    colour : str
        Legal colour, ``#RRGGBB``.
    measures : tuple of Measure
        What applies at this level.
    """

    key: str
    rank: int
    epidemic_level: int
    name: Text
    colour: str
    measures: tuple[Measure, ...] = ()
