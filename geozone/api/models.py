"""Shapes of the answers under ``/api/v1``: for the OpenAPI document and for generated clients.

They document. An answer is encoded directly, for checking 5 MB against its model costs most of a
second; tests check them instead. The types of the map page are generated from them (``make types``).
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from geozone.types import BoundaryQuality, Certainty, EpidemicLevel, PerimeterKind

__all__ = [
    "PROBLEMS",
    "BaseMapAnswer",
    "Closed",
    "CommuneAnswer",
    "ProblemAnswer",
    "SearchAnswer",
    "SummaryAnswer",
    "ZoneAnswer",
    "ZoneHistoryAnswer",
]


class _Model(BaseModel):
    model_config = ConfigDict(extra="allow")


class Closed(BaseModel):
    """An answer with the members that are named, and no other."""

    model_config = ConfigDict(extra="forbid")


class ProblemAnswer(_Model):
    """A problem document, RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    instance: str | None = None
    errors: list[dict[str, str]] = []


Box = tuple[float, float, float, float]
"""West, south, east, north, degrees."""
PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": ProblemAnswer, "content": {"application/problem+json": {}}}
}
"""What every route of an application may answer besides its own."""


class ThresholdAnswer(Closed):
    """A number that the rules compare cases or a vaccination coverage with."""

    indicator: str
    what: Literal["cases", "coverage"]
    at: float
    name_vi: str
    name_en: str
    dose: int | None
    age_from: int | None
    age_to: int | None
    window_days: int
    per_population: bool
    scale: float
    divide: float
    digits: int | None


class RuleSetAnswer(Closed):
    """The rule set of a release."""

    id: str | None
    name_vi: str | None
    name_en: str | None
    verified: bool | None
    legal_basis: str | None
    thresholds: list[ThresholdAnswer] = []


class ReleaseAnswer(Closed):
    """A release, in short."""

    digest: str
    decision: str | None
    as_of: str
    created_at: str
    rule_set: RuleSetAnswer
    edition: str
    boundary_quality: BoundaryQuality
    warnings_vi: list[str]
    warnings_en: list[str]
    small_under: int | None = None
    """Counts of cases from 1 to below it are ranges; 0 where all are published, none if unsaid."""


class CountsAnswer(_Model):
    """Counts of a release."""

    cases: int
    placed: int
    ambiguous: int
    unplaced: int
    cases_upper: int | None = None
    placed_upper: int | None = None
    ambiguous_upper: int | None = None
    unplaced_upper: int | None = None
    containment_zones: int
    possible_zones: int | None = None
    """Zones that rest on cases known only to a commune."""
    residents_inside: float | None
    communes_by_level: dict[str, int]
    communes_possibly_higher: int | None = None
    """Communes whose level may be higher: facts that the rules need are missing."""
    caution: float | None = None
    """Of zones made of blocks, 0 to 1; none where no blocks, roads or homes are known."""


class LayerAnswer(Closed):
    """A layer of a release."""

    id: str
    title_vi: str
    title_en: str
    geometry: str
    tilejson: str


class SummaryAnswer(Closed):
    """A release in numbers."""

    release: ReleaseAnswer
    counts: CountsAnswer
    bounds: Box
    layers: list[LayerAnswer]


class CoverageAnswer(Closed):
    """Vaccination coverage of one dose and age band."""

    dose: int
    age_from: int
    age_to: int | None
    vaccinated: float | None
    denominator: float | None
    coverage_percent: float | None
    coverage_flag: Literal["ok", "over-100", "no-population", "no-doses", "synthetic-population"] | None


class DayAnswer(_Model):
    """New cases of one day: at least ``cases`` and, where a range is told, at most ``cases_upper``."""

    date: str
    cases: int
    cases_upper: int | None = None


class CommuneZoneAnswer(Closed):
    """A zone that touches a commune."""

    zone_id: str
    certainty: Certainty
    share: float | None
    whole: bool | None
    opened_on: str | None
    earliest_lift_on: str | None


class HistoryAnswer(Closed):
    """The level of a commune in one release."""

    as_of: str
    digest: str
    epidemic_level: EpidemicLevel | None


class IndicatorAnswer(_Model):
    """What an indicator came to; those of cases and of vaccination have a count of people."""

    value: float | None = None
    count: float | None = None
    denominator: float | None = None


class LevelDetailAnswer(_Model):
    """What the rule engine worked with: indicators, bands, clauses; the main ones are named here."""

    possible: Literal["green", "yellow", "orange", "red"] | None = None
    """Level of the commune if every case that may lie in it did."""
    indicators: dict[str, IndicatorAnswer] = {}


class FacilityAnswer(Closed):
    """A facility inside a commune or a zone."""

    facility_id: str
    name: str
    kind: str
    lon: float
    lat: float


class CommuneAnswer(_Model):
    """One commune; every property of the layer is given, the main ones are named here."""

    code: str
    name: str
    full_name: str
    province_code: str
    province_name: str
    boundary_quality: BoundaryQuality
    population: float | None
    population_flag: Literal["ok", "check", "missing", "unit-error", "synthetic"] | None
    epidemic_level: EpidemicLevel | None
    level_status: Literal["computed", "no-data", "override"]
    verified: bool
    base_level: EpidemicLevel | None = None
    previous_level: EpidemicLevel | None = None
    possible_level: EpidemicLevel | None = None
    cases_window: int | None = None
    cases_window_upper: int | None = None
    cases_total: int | None = None
    cases_total_upper: int | None = None
    rate_per_100k: float | None
    rate_per_100k_upper: float | None = None
    in_zone: Literal["none", "part", "whole"]
    zone_share: float | None = None
    why_vi: str | None
    why_en: str | None
    lower_vi: str | None = None
    lower_en: str | None = None
    lower_on: str | None
    detail: LevelDetailAnswer | None = None
    bbox: Box | None
    coverage: list[CoverageAnswer]
    series: list[DayAnswer]
    zones: list[CommuneZoneAnswer]
    history: list[HistoryAnswer]
    facilities: list[FacilityAnswer] | None = None


class LiftingStepAnswer(Closed):
    """A part of a zone that may be lifted at once."""

    step: int
    lift_on: str
    free_on: str
    days_missing: int
    evidence_vi: str
    evidence_en: str
    area_km2: float
    residents: float | None


class ZoneCommuneAnswer(Closed):
    """A commune that a zone lies in."""

    code: str
    name: str
    share: float | None
    whole: bool


class ZoneAnswer(_Model):
    """One zone; every property of the layer is given, the main ones are named here."""

    layer: Literal["containment_zones", "buffer_zones"]
    zone_id: str
    certainty: Certainty
    radius_m: float | None
    case_count: int
    case_count_upper: int | None = None
    opened_on: str | None
    last_case_on: str | None
    earliest_lift_on: str | None
    free_on: str | None = None
    area_km2: float
    residents: float | None
    residents_method: str | None
    residents_method_vi: str | None = None
    households: float | None = None
    facility_count: int | None = None
    facility_kinds: dict[str, int] | None = None
    perimeter: PerimeterKind | None = None
    checkpoints: float | None = None
    disc_residents: float | None = None
    disc_checkpoints: float | None = None
    boundary_quality: BoundaryQuality
    communes: list[ZoneCommuneAnswer] | None
    lifting: list[LiftingStepAnswer] = []
    facilities: list[FacilityAnswer] | None = None
    bbox: Box | None


class ZoneDayAnswer(_Model):
    """A zone in one release."""

    as_of: str
    digest: str
    case_count: int
    case_count_upper: int | None = None


class ZoneEventAnswer(Closed):
    """What happened to zones at one release."""

    as_of: str
    digest: str
    zone_id: str
    event: str
    related: str | None


class SentenceAnswer(Closed):
    """A sentence in both languages."""

    vi: str
    en: str


class ZoneHistoryAnswer(Closed):
    """What became of a zone from release to release."""

    zone_id: str
    days: list[ZoneDayAnswer]
    events: list[ZoneEventAnswer]
    sentences: list[SentenceAnswer]


class FoundAnswer(Closed):
    """A commune found by name, or a street, hamlet, estate or industrial park with its commune."""

    kind: Literal["commune", "street", "hamlet", "estate", "industrial-park"]
    code: str
    """The commune, or the one that the place is in."""
    name: str
    full_name: str
    commune_name: str | None
    province_name: str
    bbox: Box | None
    edition: str
    old_names: list[str]


class SearchAnswer(Closed):
    """Communes and places found, best first."""

    results: list[FoundAnswer]


class BaseMapAnswer(Closed):
    """The map beneath the map; ``tiles`` is relative to the address of the service."""

    kind: Literal["vector", "raster"]
    tiles: str
    minzoom: int
    maxzoom: int
    bounds: Box
    layers: list[str]
    attribution: str
