"""Shapes of the answers under ``/api/v1``: for the OpenAPI document and for generated clients.

They document. An answer is encoded directly, for checking 5 MB against its model costs most of a
second; tests check them instead.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

__all__ = [
    "PROBLEMS",
    "CommuneAnswer",
    "DifferenceAnswer",
    "ProblemAnswer",
    "ReleasesAnswer",
    "SearchAnswer",
    "SummaryAnswer",
    "VerifyAnswer",
    "ZoneAnswer",
    "ZoneHistoryAnswer",
]


class _Model(BaseModel):
    model_config = ConfigDict(extra="allow")


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ProblemAnswer(_Model):
    """A problem document, RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    instance: str | None = None
    errors: list[dict[str, str]] = []


PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": ProblemAnswer, "content": {"application/problem+json": {}}}
}
"""What every route of an application may answer besides its own."""


class RuleSetAnswer(_Closed):
    """The rule set of a release."""

    id: str | None
    name_vi: str | None
    name_en: str | None
    verified: bool | None
    legal_basis: str | None


class ReleaseAnswer(_Closed):
    """A release, in short."""

    digest: str
    decision: str | None
    as_of: str | None
    created_at: str | None
    rule_set: RuleSetAnswer
    edition: str | None
    boundary_quality: str | None
    warnings_vi: list[str]
    warnings_en: list[str]


class CountsAnswer(_Model):
    """Counts of a release."""

    cases: int
    placed: int
    ambiguous: int
    unplaced: int
    containment_zones: int
    residents_inside: float | None
    communes_by_level: dict[str, int]
    caution: float | None = None
    """Of zones made of blocks, 0 to 1; none where no blocks, roads or homes are known."""


class LayerAnswer(_Closed):
    """A layer of a release."""

    id: str
    title_vi: str
    title_en: str
    geometry: str
    tilejson: str


class SummaryAnswer(_Closed):
    """A release in numbers."""

    release: ReleaseAnswer
    counts: CountsAnswer
    bounds: tuple[float, float, float, float]
    layers: list[LayerAnswer]


class CoverageAnswer(_Closed):
    """Vaccination coverage of one dose and age band."""

    dose: int
    age_from: int
    age_to: int | None
    vaccinated: float | None
    denominator: float | None
    coverage_percent: float | None
    coverage_flag: str | None


class DayAnswer(_Model):
    """New cases of one day."""

    date: str
    cases: int


class CommuneZoneAnswer(_Closed):
    """A zone that touches a commune."""

    zone_id: str
    certainty: str
    share: float | None
    whole: bool | None
    opened_on: str | None
    earliest_lift_on: str | None


class HistoryAnswer(_Closed):
    """The level of a commune in one release."""

    as_of: str | None
    digest: str
    epidemic_level: int | None


class CommuneAnswer(_Model):
    """One commune; every property of the layer is given, the main ones are named here."""

    code: str
    name: str
    full_name: str
    province_name: str
    epidemic_level: int | None = None
    bbox: tuple[float, float, float, float] | None
    coverage: list[CoverageAnswer]
    series: list[DayAnswer]
    zones: list[CommuneZoneAnswer]
    history: list[HistoryAnswer]


class LiftingStepAnswer(_Closed):
    """A part of a zone that may be lifted at once."""

    step: int
    lift_on: str
    free_on: str
    days_missing: int
    evidence_vi: str
    evidence_en: str
    area_km2: float
    residents: float | None


class ZoneAnswer(_Model):
    """One zone; every property of the layer is given, the main ones are named here."""

    layer: str
    zone_id: str
    certainty: str
    communes: list[dict[str, Any]] | None = None
    lifting: list[LiftingStepAnswer] = []
    bbox: tuple[float, float, float, float] | None


class ZoneDayAnswer(_Model):
    """A zone in one release."""

    as_of: str
    digest: str
    case_count: int


class ZoneEventAnswer(_Closed):
    """What happened to zones at one release."""

    as_of: str
    digest: str
    zone_id: str
    event: str
    related: str | None


class SentenceAnswer(_Closed):
    """A sentence in both languages."""

    vi: str
    en: str


class ZoneHistoryAnswer(_Closed):
    """What became of a zone from release to release."""

    zone_id: str
    days: list[ZoneDayAnswer]
    events: list[ZoneEventAnswer]
    sentences: list[SentenceAnswer]


class FoundAnswer(_Closed):
    """A commune found by name."""

    code: str
    name: str
    full_name: str
    province_name: str
    bbox: tuple[float, float, float, float] | None
    edition: str
    old_names: list[str]


class SearchAnswer(_Closed):
    """Communes found, best first."""

    results: list[FoundAnswer]


class ReleaseEntryAnswer(_Closed):
    """A release in the list."""

    digest: str
    decision: str | None
    as_of: str | None
    created_at: str | None
    current: bool


class ReleasesAnswer(_Closed):
    """Every release, newest first."""

    releases: list[ReleaseEntryAnswer]


class PeopleAnswer(_Closed):
    """People that came under lockdown and people that were released."""

    added: float
    released: float
    unknown: int


class ChangeAnswer(_Closed):
    """A zone or a level that changed."""

    layer: str
    change: str
    id: str
    name: str | None
    certainty: str | None
    before: str | None
    after: str | None
    area_km2_before: float | None
    area_km2_after: float | None
    residents_before: float | None
    residents_after: float | None


class DifferenceAnswer(_Closed):
    """What changed from one release to another."""

    a: str
    b: str
    changes: list[ChangeAnswer]
    counts: dict[str, dict[str, int]]
    people: dict[str, PeopleAnswer]


class VerifyFinding(_Closed):
    """What does not agree, or what a reader should know."""

    code: str
    vi: str
    en: str


class VerifySignature(_Closed):
    """What a signature is worth."""

    standing: str
    key: str | None
    name: str
    at: str | None
    length: int | None
    vi: str
    en: str


class VerifyAnswer(_Closed):
    """``GET /api/v1/verify/{digest}``."""

    digest: str
    verdict: str
    verdict_vi: str
    verdict_en: str
    ok: bool
    objects: int
    chain: int
    problems: list[str]
    findings: list[VerifyFinding]
    notes: list[VerifyFinding]
    signature: VerifySignature
    part: str | None
    decision: str | None
    as_of: str | None
    created_at: str | None
    previous: str | None
    in_force: bool
    head: str | None
    statement: dict[str, Any] | None
    keys: dict[str, Any]
