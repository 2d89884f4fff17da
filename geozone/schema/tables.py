"""The contracts of the tables that cross modules."""

from __future__ import annotations

from geozone.schema.contract import Column, TableSchema
from geozone.types import (
    AdminLevel,
    BoundaryQuality,
    CaseClass,
    CaseOrigin,
    Certainty,
    ContactDegree,
    Edition,
    GeoStatus,
    MatchLevel,
    PerimeterKind,
    PlaceRole,
)

__all__ = [
    "BLOCKS",
    "CASES",
    "CASE_PLACES",
    "COVERAGE",
    "CROSSWALK",
    "DOSES",
    "FACILITIES",
    "GEOCODES",
    "LEVELS",
    "LIFTING",
    "OVERRIDES",
    "PEOPLE",
    "POPULATION",
    "ROADS",
    "UNITS",
    "WARD_CHANGES",
    "ZONES",
]


def _values(enumeration: type) -> tuple[str, ...]:
    return tuple(str(member) for member in enumeration)  # type: ignore[attr-defined]


_LON = Column("lon", "number", "longitude, degrees WGS 84", False, minimum=-180, maximum=180)
_LAT = Column("lat", "number", "latitude, degrees WGS 84", False, minimum=-90, maximum=90)

UNITS = TableSchema(
    "administrative units",
    (
        Column("code", "string", "GSO code, with leading zeros"),
        Column("edition", "string", "edition of the geography", allowed=_values(Edition)),
        Column("admin_level", "string", "tier", allowed=_values(AdminLevel)),
        Column("name", "string", "name without its kind: Ba Đình"),
        Column("full_name", "string", "name with its kind: Phường Ba Đình"),
        Column("kind", "string", "phường, xã, thị trấn, đặc khu, quận, huyện, tỉnh, ..."),
        Column("parent_code", "string", "code of the unit above; none for a province", False),
        Column("province_code", "string", "code of the province"),
        Column("province_name", "string", "full name of the province"),
        Column("district_name", "string", "full name of the district; 2021 edition only", False),
        Column("lon", "number", "longitude of a point inside", minimum=-180, maximum=180),
        Column("lat", "number", "latitude of a point inside", minimum=-90, maximum=90),
        Column("area_km2", "number", "area on the ellipsoid or as published, km²", False, minimum=0),
        Column("boundary_quality", "string", "trust in the outline", allowed=_values(BoundaryQuality)),
    ),
    key=("code",),
)
"""One row per unit of one tier and edition, with ``geometry`` (Polygon or MultiPolygon)."""

CROSSWALK = TableSchema(
    "crosswalk",
    (
        Column("code_2021", "string", "commune of the 2021 edition"),
        Column("code_2025", "string", "commune of the 2025 edition"),
        Column("share", "number", "part of the old commune that went there", minimum=0, maximum=1),
        Column("divided", "boolean", "whether the old commune went to more than one"),
    ),
    key=("code_2021", "code_2025"),
)
"""Old to new communes; the shares of one old commune add up to 1."""

WARD_CHANGES = TableSchema(
    "ward changes",
    (
        Column("code", "string", "GSO code of the former commune", False),
        Column("name", "string", "former commune, with its kind"),
        Column("district_name", "string", "its district", False),
        Column("province_name", "string", "its province"),
        Column("new_code", "string", "GSO code of the commune it went to", False),
        Column("new_name", "string", "commune it went to, with its kind"),
        Column("new_district_name", "string", "district of that", False),
        Column("new_province_name", "string", "province of that", False),
    ),
)
"""Former communes and where they went: one row for each of the communes that share one."""

CASES = TableSchema(
    "cases",
    (
        Column("case_id", "string", "identifier, unique in the line list"),
        Column("count", "integer", "people in this row: 1 unless the list is aggregated", minimum=1),
        Column("report_date", "date", "day the case was reported: the day it counts"),
        Column("onset_date", "date", "day of first symptoms", False),
        Column("disease", "string", "disease, as the rule sets name it"),
        Column("case_class", "string", "surveillance class", allowed=_values(CaseClass)),
        Column("contact_degree", "string", "F0, F1 or F2", allowed=_values(ContactDegree)),
        Column("origin", "string", "where it was acquired", allowed=_values(CaseOrigin)),
        Column("source_known", "boolean", "whether the source of infection is known", False),
        Column("age", "number", "age, years", False, minimum=0, maximum=130),
        Column("sex", "string", "sex", False, allowed=("male", "female", "other")),
    ),
    key=("case_id",),
)
"""One row per case. Names and telephone numbers are never in this table."""

CASE_PLACES = TableSchema(
    "case places",
    (
        Column("case_id", "string", "the case"),
        Column("role", "string", "why the place matters", allowed=_values(PlaceRole)),
        Column("address", "string", "address as written, or joined from its parts", False),
        _LON,
        _LAT,
    ),
    key=("case_id", "role"),
)
"""One row per place of a case: given as an address, a point, or both."""

GEOCODES = TableSchema(
    "geocodes",
    (
        Column("geo_status", "string", "answer", allowed=_values(GeoStatus)),
        Column("geo_level", "string", "precision", allowed=_values(MatchLevel)),
        Column("geo_score", "number", "trust in the answer", minimum=0, maximum=1),
        Column("geo_commune_code", "string", "commune, current edition", False),
        Column("geo_commune_code_2021", "string", "commune, 2021 edition", False),
        Column("geo_lon", "number", "longitude, degrees", False, minimum=-180, maximum=180),
        Column("geo_lat", "number", "latitude, degrees", False, minimum=-90, maximum=90),
        Column("geo_uncertainty_m", "number", "radius that holds the true place, metres", False, minimum=0),
        Column("geo_name", "string", "what was matched, in full", False),
        Column("geo_candidates", "string", "JSON list of {code, name, share}"),
        Column("geo_reason", "string", "why, in words"),
    ),
)
"""One row per address given, in the same order: the contract of ``geozone geocode``."""

POPULATION = TableSchema(
    "population",
    (
        Column("code", "string", "commune, current edition"),
        Column("age_from", "integer", "youngest age, years", minimum=0, maximum=130),
        Column("age_to", "integer", "age not reached (half open); none for no limit", False, minimum=1),
        Column("population", "number", "people; none where unknown", False, minimum=0),
        Column(
            "population_flag",
            "string",
            "trust in the figure",
            allowed=("ok", "check", "missing", "unit-error", "synthetic"),
        ),
        Column("households", "number", "on the row of everybody; none if unknown", False, minimum=0),
    ),
    key=("code", "age_from", "age_to"),
)
"""One row per commune and age band; the row 0 to no limit is everybody."""

DOSES = TableSchema(
    "doses",
    (
        Column("code", "string", "commune of residence, current edition"),
        Column("date", "date", "day given"),
        Column(
            "dose", "integer", "1, 2 for the primary course, 3 and more for boosters", minimum=1, maximum=9
        ),
        Column("age_from", "integer", "youngest age, years", minimum=0, maximum=130),
        Column("age_to", "integer", "age not reached (half open); none for no limit", False, minimum=1),
        Column("doses", "integer", "doses given", minimum=0),
    ),
    key=("code", "date", "dose", "age_from", "age_to"),
)
"""Doses given per commune, day, dose number and age band."""

COVERAGE = TableSchema(
    "vaccination coverage",
    (
        Column("code", "string", "commune, current edition"),
        Column("dose", "integer", "dose number", minimum=1),
        Column("age_from", "integer", "youngest age, years", minimum=0),
        Column("age_to", "integer", "age not reached; none for no limit", False),
        Column(
            "vaccinated",
            "number",
            "people with at least this dose; none where not reported",
            False,
            minimum=0,
        ),
        Column("denominator", "number", "people of that age; none where unknown", False, minimum=0),
        Column("coverage_percent", "number", "never clipped: may exceed 100", False, minimum=0),
        Column(
            "coverage_flag",
            "string",
            "what to know before using it",
            allowed=("ok", "over-100", "no-population", "no-doses", "synthetic-population"),
        ),
    ),
    key=("code", "dose", "age_from", "age_to"),
)

FACILITIES = TableSchema(
    "facilities",
    (
        Column("facility_id", "string", "identifier"),
        Column("name", "string", "name"),
        Column("kind", "string", "school, market, hospital, port, ..."),
        Column("lon", "number", "longitude, degrees", minimum=-180, maximum=180),
        Column("lat", "number", "latitude, degrees", minimum=-90, maximum=90),
    ),
    key=("facility_id",),
)

BLOCKS = TableSchema(
    "blocks",
    (
        Column("block_code", "string", "identifier"),
        Column("name", "string", "name: hamlet, residential group, or the streets around it"),
        Column(
            "kind", "string", "what it is; none where unknown", False, allowed=("hamlet", "block", "building")
        ),
        Column("residents", "number", "people living in it; none where unknown", False, minimum=0),
        Column("households", "number", "households; none where unknown", False, minimum=0),
    ),
    key=("block_code",),
)
"""Polygons below the commune, with ``geometry``."""

PEOPLE = TableSchema(
    "people",
    (
        Column("point_id", "string", "number of the row in its file"),
        Column("residents", "number", "people living there; none where unknown", False, minimum=0),
        Column("households", "number", "households there; none where unknown", False, minimum=0),
    ),
    key=("point_id",),
)
"""Homes, or cells of a population grid, with point ``geometry``. Private: they are where people live."""

ROADS = TableSchema(
    "roads",
    (
        Column("road_id", "string", "identifier"),
        Column("name", "string", "name; none where it has none", False),
        Column("kind", "string", "motorway, street, alley, ..., railway, river"),
        Column("passable", "boolean", "whether people travel along it"),
    ),
    key=("road_id",),
)
"""Roads, and the rivers, railways and walls that bound blocks too, with line ``geometry``."""

ZONES = TableSchema(
    "zones",
    (
        Column("zone_id", "string", "identifier, stable for the same cases"),
        Column("certainty", "string", "what it rests on", allowed=_values(Certainty)),
        Column("radius_m", "number", "radius of the rule, metres; none for a whole unit", False, minimum=0),
        Column("case_count", "integer", "active cases inside", minimum=0),
        Column("opened_on", "date", "first active case", False),
        Column("last_case_on", "date", "newest case", False),
        Column("earliest_lift_on", "date", "earliest lifting date by the clock of the rule set", False),
        Column("free_on", "date", "end of the surveillance that follows lifting", False),
        Column("tied_count", "number", "of the cases, those that may be elsewhere", False, minimum=0),
        Column("area_km2", "number", "area on the ellipsoid, km²", minimum=0),
        Column("residents", "number", "people inside; none where population is unknown", False, minimum=0),
        Column("residents_method", "string", "how residents were estimated", False),
        Column("residents_method_vi", "string", "the same in Vietnamese", False),
        Column("households", "number", "households inside; none where unknown", False, minimum=0),
        Column("communes", "string", "JSON list of {code, name, share, whole}"),
        Column("facility_count", "integer", "facilities inside; none if none are known", False, minimum=0),
        Column("facility_kinds", "string", "JSON object: facilities inside by kind", False),
        Column("facilities", "string", "JSON list of {facility_id, name, kind}", False),
        Column("came_from", "string", "JSON list: released zones of an earlier day it continues", False),
        Column("boundary_quality", "string", "trust in the outline", allowed=_values(BoundaryQuality)),
        Column("perimeter", "string", "what the outline follows", False, allowed=_values(PerimeterKind)),
        Column("blocks", "string", "JSON list of {code, name, whole}: blocks inside", False),
        Column(
            "checkpoints", "number", "checkpoints needed; none where no roads are known", False, minimum=0
        ),
        Column(
            "exposed_inside", "number", "part of the disc's residents inside", False, minimum=0, maximum=1
        ),
        Column("disc_area_km2", "number", "area of the plain discs of the same cases, km²", False, minimum=0),
        Column("disc_residents", "number", "people inside these discs", False, minimum=0),
        Column("disc_checkpoints", "number", "checkpoints that they would need", False, minimum=0),
    ),
    key=("zone_id",),
)
"""Containment and buffer zones, with ``geometry``."""

LIFTING = TableSchema(
    "lifting schedule",
    (
        Column("zone_id", "string", "containment zone"),
        Column("step", "integer", "1 for the part that may be lifted first", minimum=1),
        Column("lift_on", "date", "earliest day, if no new case comes"),
        Column("free_on", "date", "end of the surveillance that follows"),
        Column("days_missing", "integer", "days without a new case still missing", minimum=0),
        Column("evidence_vi", "string", "evidence still missing, Vietnamese"),
        Column("evidence_en", "string", "evidence still missing, English"),
        Column("area_km2", "number", "area of the part, km²", minimum=0),
        Column("residents", "number", "people in the part; none where unknown", False, minimum=0),
    ),
    key=("zone_id", "step"),
)
"""How each containment zone may be lifted part by part, the least risk first; without geometry."""

LEVELS = TableSchema(
    "levels",
    (
        Column("code", "string", "unit"),
        Column("admin_level", "string", "tier", allowed=_values(AdminLevel)),
        Column(
            "epidemic_level", "integer", "1 to 4; none where there is no data", False, minimum=1, maximum=4
        ),
        Column("level_status", "string", "how it came about", allowed=("computed", "no-data", "override")),
        Column("verified", "boolean", "no value used rests on grade M"),
        Column("base_level", "integer", "before modifiers", False, minimum=1, maximum=4),
        Column("computed_level", "integer", "before an override", False, minimum=1, maximum=4),
        Column(
            "possible_level", "integer", "worst level that missing facts allow", False, minimum=1, maximum=4
        ),
        Column("cases_window", "integer", "cases in the window of the rule", False, minimum=0),
        Column("rate_per_100k", "number", "incidence of the rule, before rounding", False, minimum=0),
        Column("community_cases", "integer", "of these, not imported", False, minimum=0),
        Column("community_rate_per_100k", "number", "incidence of these, before rounding", False, minimum=0),
        Column("override_decision", "string", "decision that set the level by hand", False),
        Column("why_vi", "string", "explanation in Vietnamese"),
        Column("why_en", "string", "explanation in English"),
        Column("lower_vi", "string", "what would turn it one level lower, Vietnamese", False),
        Column("lower_en", "string", "what would turn it one level lower, English", False),
        Column("lower_on", "date", "earliest day that can be, if no new case comes", False),
        Column("detail", "string", "JSON: indicators, bands, clauses, modifiers with their evidence"),
    ),
    key=("code",),
)

OVERRIDES = TableSchema(
    "overrides",
    (
        Column("code", "string", "GSO code of the unit, of any tier"),
        Column("new_level", "integer", "level set by people", minimum=1, maximum=4),
        Column("reason", "string", "why"),
        Column("decision", "string", "number of the decision"),
        Column("actor", "string", "who decided"),
        Column("since", "date", "first day", False),
        Column("until", "date", "last day; none for no end", False),
    ),
)
"""Levels set by decision: kept beside the computed ones, never mixed with them."""
