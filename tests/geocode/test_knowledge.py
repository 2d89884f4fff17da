"""What answers rest on is named: it changes when an answer may, and only then."""

from __future__ import annotations

import hashlib

from geozone.admin import load_units
from geozone.geocoding import Geocoder
from geozone.geocoding.knowledge import ALGORITHM, TaughtPhrases, package_knowledge
from geozone.types import Edition

ANSWERS_OF: dict[int, str] = {3: "69d84d6218d08750"}
"""Digest of the answers below for each `ALGORITHM`."""


def test_the_number_of_the_algorithm_changes_with_its_answers(embedded: Geocoder) -> None:
    """If this fails on purpose: raise `ALGORITHM` and put the new digest beside it."""
    rows = load_units(Edition.E2021).communes.iloc[::97]
    asked = [
        *(f"{row.full_name}, {row.district_name}, {row.province_name}" for row in rows.itertuples()),
        *(f"{row.name}, {row.district_name}" for row in rows.itertuples()),
        *(f"{row.full_name[:-2]}, {row.district_name}, {row.province_name}" for row in rows.itertuples()),
        *(f"{row.full_name}, {row.province_name}" for row in rows.itertuples()),
        *(f"12 Lê Lợi, {row.district_name}".upper() for row in rows.itertuples()),
    ]
    answers = embedded.geocode(asked)
    told = answers[["geo_status", "geo_level", "geo_score", "geo_commune_code", "geo_commune_code_2021"]]
    lines = "\n".join("\t".join(map(str, row)) for row in told.fillna("").itertuples(index=False, name=None))
    assert hashlib.sha256(lines.encode()).hexdigest()[:16] == ANSWERS_OF[ALGORITHM]


def test_the_package_has_one_name() -> None:
    assert package_knowledge() == package_knowledge()
    assert len(package_knowledge()) == 16


def test_only_the_phrases_in_an_address_matter_to_it() -> None:
    one = TaughtPhrases([("Tân Phú, Cái Răng", "31201", "2025")])
    both = TaughtPhrases([("Tân Phú, Cái Răng", "31201", "2025"), ("KP 2, Quận 8", "27424", "2025")])
    other = TaughtPhrases([("Tân Phú, Cái Răng", "31186", "2025")])
    for address in ("12 Lê Bình, tan phu, CÁI RĂNG", "Tân  Phú - Cái Răng, Cần Thơ"):
        assert one.digest(address) == both.digest(address) != ""
        assert other.digest(address) not in ("", one.digest(address))
    for address in ("Tân Phú, Cái Bè", "", None, float("nan")):
        assert both.digest(address) == ""
    assert not TaughtPhrases([])
