"""Addresses taken apart below the commune: numbers, alleys, streets, hamlets, estates; and never an exception."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geozone.geocoding.normalise import tokenise
from geozone.geocoding.street.house_numbers import read_house_number
from geozone.geocoding.street.names import read_name
from geozone.geocoding.street.parts import Parts, read_parts, separators
from geozone.types import PlaceKind


def parts_of(address: str) -> tuple[Parts, list[str], list[tuple[str, str]]]:
    text = tokenise(address)
    parts = read_parts(text, separators(address, text))
    streets = [" ".join(text.folded[span.start : span.end]) for span in parts.streets]
    places = [(span.cue, " ".join(text.folded[span.start : span.end])) for span in parts.places]
    return parts, streets, places


@pytest.mark.parametrize(
    ("address", "number", "alleys", "street"),
    [
        ("19A Đội Cấn", "19a", (), "doi can"),
        ("Số 19 A phố Đội Cấn", "19a", (), "doi can"),
        ("SN 7, đường Láng", "7", (), "lang"),
        ("12/34/5 Nguyễn Trãi", "5", ("12", "34"), "nguyen trai"),
        ("479 ngõ 192, Lê Trọng Tấn", "479", ("192",), "le trong tan"),
        ("33 ngách 35/163, Khương Hạ", "33", ("35", "163"), "khuong ha"),
        ("Số 5 ngách 12 ngõ 34 đường Láng Hạ", "5", ("34", "12"), "lang ha"),
        ("30 ngõ 342/41, Khương Đình", "30", ("342", "41"), "khuong dinh"),
        ("Số 3 hẻm 12/4/7 phố Vọng", "3", ("12", "4", "7"), "vong"),
        ("K123/45 Trần Cao Vân", "45", ("123",), "tran cao van"),
        ("12-14 Le Loi street", "12", (), "le loi"),
        ("Ngõ Thổ Quan", None, (), "tho quan"),
        ("QL 1A", None, (), "1a"),
        ("đường 30/4", None, (), "30 4"),
        ("64 Phố Lương Văn Can", "64", (), "luong van can"),
        ("so 12 duong an duong vuong", "12", (), "an duong vuong"),
        ("P402 tòa CT5, 8 Lê Đức Thọ", "8", (), "le duc tho"),
    ],
)
def test_house_alleys_and_street(
    address: str, number: str | None, alleys: tuple[str, ...], street: str
) -> None:
    parts, streets, _ = parts_of(address)
    assert (parts.number, parts.alleys) == (number, alleys)
    assert street in streets


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("thôn Đoài", ("thon", "doai")),
        ("Tổ 5", ("tdp", "5")),
        ("58 tổ dân phố Ngang", ("tdp", "ngang")),
        ("KP3", ("kp", "3")),
        ("Khu phố 3", ("kp", "3")),
        ("Số nhà 7 xóm 3 thôn Đông", ("thon", "dong")),
        ("ấp Bắc", ("ap", "bac")),
        ("Lô 18 KĐT Định Công", ("kdt", "dinh cong")),
        ("P402 tòa CT5 KĐT Mỹ Đình", ("toa", "ct5")),
        ("KCN Thăng Long", ("kcn", "thang long")),
        ("Cụm công nghiệp Phú Thị", ("kcn", "phu thi")),
    ],
)
def test_hamlets_estates_and_parks(address: str, place: tuple[str, str]) -> None:
    assert place in parts_of(address)[2]


@pytest.mark.parametrize("address", ["Tô Hiệu", "Đội Cấn", "Lạng Sơn", "Cảnh Dương", "Bến Nghé"])
def test_a_name_that_sounds_like_a_word_for_a_kind_is_a_name(address: str) -> None:
    parts, streets, _ = parts_of(address)
    assert streets[0] == " ".join(tokenise(address).folded)
    assert parts.number is None


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Phố Đội Cấn", "đường Đội Cấn"),
        ("Đường số 7", "đường 7"),
        ("Quốc lộ 1A", "QL1A"),
        ("đường 30/4", "Đường 30 tháng 4"),
        ("Cách Mạng Tháng Tám", "đường Cách Mạng Tháng 8"),
        ("Phố Hòa Mã", "phố Hoà Mã"),
    ],
)
def test_two_ways_to_write_one_street(first: str, second: str) -> None:
    one, other = (read_name(name, PlaceKind.STREET).keys[0].key for name in (first, second))
    assert one == other


def test_the_name_of_an_alley_tells_its_street() -> None:
    known = read_name("Ngõ 192 Lê Trọng Tấn", PlaceKind.STREET)
    assert (known.keys[0].key, known.alleys) == ("letrongtan", ("192",))
    assert known.keys[0].written == "Lê Trọng Tấn"


def test_house_numbers() -> None:
    assert read_house_number("19a") == (19, "a")
    assert read_house_number("a8") is None
    assert read_house_number("1234567") is None


_WORDS = [
    "số",
    "ngõ",
    "12",
    "/",
    "19A",
    ",",
    "-",
    "đường",
    "phố",
    "thôn",
    "tổ",
    "kcn",
    "kđt",
    "lê",
    "lợi",
    "K12/3",
    "street",
    ".",
    "\u0301",
    "🏠",
]


@settings(max_examples=300)
@given(st.one_of(st.text(max_size=300), st.lists(st.sampled_from(_WORDS), max_size=60).map(" ".join)))
def test_any_text_is_taken_apart(address: str) -> None:
    text = tokenise(address)
    between = separators(address, text)
    assert len(between) == len(text.folded)
    parts = read_parts(text, between)
    for span in (*parts.streets, *parts.places):
        assert 0 <= span.start < span.end <= len(text.folded)
    assert len(parts.alleys) <= 6
    assert len(parts.streets) <= 16
    for kind in (PlaceKind.STREET, PlaceKind.HAMLET):
        read_name(address, kind)


@given(st.lists(st.sampled_from(_WORDS), min_size=1, max_size=30), st.data())
def test_tokens_that_name_units_are_never_part_of_a_street(words: list[str], data: st.DataObject) -> None:
    address = " ".join(words)
    text = tokenise(address)
    covered = data.draw(st.sets(st.integers(0, max(0, len(text.folded) - 1))))
    parts = read_parts(text, separators(address, text), covered)
    for span in (*parts.streets, *parts.places):
        assert not covered & set(range(span.start, span.end))
