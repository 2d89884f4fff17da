"""The score is honest: what may be another name with a word left out is never answered as sure."""

from __future__ import annotations

import json

import pytest

from geozone.admin import load_units
from geozone.geocoding import Geocoder
from geozone.geocoding.normalise import fold
from geozone.types import Edition

SURE = 0.9


@pytest.fixture(scope="module")
def geocoder(embedded: Geocoder) -> Geocoder:
    return embedded


def members(answer: dict) -> set[str]:
    if isinstance(answer["geo_commune_code"], str):
        return {answer["geo_commune_code"]}
    return {member["code"] for member in json.loads(answer["geo_candidates"])}


def test_a_word_left_out_is_inside_or_the_score_says_so(geocoder: Geocoder) -> None:
    """Leave each word out of each 2025 name of three words: a sure answer holds the commune in 98 of 100."""
    communes = load_units(Edition.E2025).communes.iloc[::5]
    asked, codes = [], []
    for row in communes.itertuples():
        kind, *words = row.full_name.split()
        if len(words) > 2 and not any(word.isdigit() for word in words):
            for i in range(len(words)):
                asked.append(f"{kind} {' '.join(words[:i] + words[i + 1 :])}, {row.province_name}")
                codes.append(row.code)
    answers = geocoder.geocode(asked).to_dict("records")
    sure = [
        code in members(answer)
        for code, answer in zip(codes, answers, strict=True)
        if answer["geo_score"] >= SURE and answer["geo_level"] == "commune"
    ]
    assert len(sure) > 50
    assert sum(sure) / len(sure) >= 0.98


def test_an_official_name_that_is_part_of_a_longer_one_is_answered_with_the_longer_named(
    geocoder: Geocoder,
) -> None:
    part, plain = geocoder.geocode(
        ["12 Trần Phú, Phường Hội An, Thành phố Đà Nẵng", "Phường Phú Thuận, Thành phố Hồ Chí Minh"]
    ).to_dict("records")
    assert (part["geo_status"], part["geo_name"]) == ("match", "Phường Hội An, Thành phố Đà Nẵng")
    assert part["geo_score"] < SURE <= plain["geo_score"]
    assert "Phường Hội An Đông" in part["geo_reason"]
    assert "left out" not in plain["geo_reason"]


@pytest.mark.parametrize(
    ("address", "meant"),
    [
        (
            "Xã Tân Phú, Huyện Củ Chi, TP. Hồ Chí Minh",
            "Xã Tân Phú Trung, Huyện Củ Chi, Thành phố Hồ Chí Minh",
        ),
        (
            "Phường Hưng Đạo, Thị xã Đông Triều, Quảng Ninh",
            "Phường Hưng Đạo, Thị xã Đông Triều, Tỉnh Quảng Ninh",
        ),
        ("xã Mỹ An, TP. Bến Tre, tỉnh Bến Tre", "Xã Mỹ Thạnh An, Thành phố Bến Tre, Tỉnh Bến Tre"),
    ],
)
def test_a_word_left_out_is_found_in_the_district_named(geocoder: Geocoder, address: str, meant: str) -> None:
    answer, official = geocoder.geocode([address, meant]).to_dict("records")
    assert members(official) <= members(answer)


def test_a_city_is_not_its_province(geocoder: Geocoder) -> None:
    """*TP. Bến Tre* before *tỉnh Bến Tre* is a district, and one that does not fit is told."""
    answer = geocoder.geocode(["Xã Thạnh Phong, TP. Bến Tre, tỉnh Bến Tre"]).iloc[0]
    assert "the district written (TP Bến Tre) contradicts" in answer["geo_reason"]


def test_shares_are_told_where_one_commune_is_all_but_sure(geocoder: Geocoder) -> None:
    answer = geocoder.geocode(["Phường Ngã Tư Sở, Quận Đống Đa, Thành phố Hà Nội"]).iloc[0]
    assert (answer["geo_status"], answer["geo_candidates"]) == ("match", "[]")
    assert "most likely (97.0 %)" in answer["geo_reason"]
    assert fold("less likely") in fold(answer["geo_reason"])
