"""Shapes of the answers about whole releases: their list, what changed between two, whether one is true."""

from __future__ import annotations

from typing import Any, Literal

from geozone.api.models import Closed
from geozone.types import Certainty

__all__ = ["DifferenceAnswer", "ReleasesAnswer", "VerifyAnswer"]


class ReleaseEntryAnswer(Closed):
    """A release in the list."""

    digest: str
    decision: str | None
    as_of: str
    created_at: str
    current: bool


class ReleasesAnswer(Closed):
    """Every release, newest first."""

    releases: list[ReleaseEntryAnswer]


class PeopleAnswer(Closed):
    """People that came under lockdown and people that were released."""

    added: float
    released: float
    unknown: int


class PeopleByCertaintyAnswer(Closed):
    """The same by the certainty of the zones."""

    certain: PeopleAnswer
    possible: PeopleAnswer


ZoneChange = Literal["opened", "closed", "grown", "shrunk", "moved", "merged", "split", "regrouped"]
LevelChange = Literal["level-raised", "level-lowered", "level-known", "level-unknown"]


class ChangeAnswer(Closed):
    """A zone or a level that changed."""

    layer: Literal["containment_zones", "buffer_zones", "green_zones", "communes"]
    change: ZoneChange | LevelChange
    id: str
    name: str | None
    certainty: Certainty | None
    before: str | None
    after: str | None
    area_km2_before: float | None
    area_km2_after: float | None
    residents_before: float | None
    residents_after: float | None


class DifferenceAnswer(Closed):
    """What changed from one release to another."""

    a: str
    b: str
    changes: list[ChangeAnswer]
    counts: dict[str, dict[str, int]]
    people: PeopleByCertaintyAnswer


class VerifyFinding(Closed):
    """What does not agree, or what a reader should know."""

    code: str
    vi: str
    en: str


class VerifySignature(Closed):
    """What a signature is worth."""

    standing: str
    key: str | None
    name: str
    at: str | None
    length: int | None
    vi: str
    en: str


class VerifyAnswer(Closed):
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
