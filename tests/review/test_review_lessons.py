"""What is taught: the part of the address that means the commune, with its context; never a bare name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geozone.admin import load_units
from geozone.geocoding.normalise import tokenise
from geozone.review.identity import canonical
from geozone.review.lessons import UnitNames, phrase_finder, phrase_to_teach
from geozone.types import Edition


def contains(address: str, phrase: str) -> bool:
    return phrase_finder(phrase)(address)


@pytest.fixture(scope="module")
def names() -> UnitNames:
    return UnitNames.of([load_units(Edition.E2025).communes, load_units(Edition.E2021).communes])


@pytest.mark.parametrize(
    ("address", "phrase"),
    [
        # One ward was divided: only what lies inside it says where.
        ("Phường 7, Quận 8, TP. Hồ Chí Minh", None),
        ("12 Phạm Thế Hiển, P7, Q8, TPHCM", None),
        ("25 Lê Lợi, Quận 1, TP HCM", None),
        ("Số 5 ngõ 12 phố Đội Cấn, P. Đội Cấn, Q. Ba Đình, Hà Nội", None),
        ("Tổ 3, KP 2, Phường 7, Quận 8, TP.HCM", "KP 2, Phường 7, Quận 8, TP HCM"),
        ("xóm 4 xã Kim Chung huyện Đông Anh Hà Nội", "xóm 4 xã Kim Chung huyện Đông Anh Hà Nội"),
        # A numbered hamlet is in every commune; a named one is not.
        ("thôn 3, huyện Quế Võ, Bắc Ninh", None),
        ("thôn Giang Liễu, huyện Quế Võ, Bắc Ninh", "thôn Giang Liễu, huyện Quế Võ, Bắc Ninh"),
        ("Khu đô thị Văn Khê, Hà Đông, Hà Nội", "Khu đô thị Văn Khê, Hà Đông, Hà Nội"),
    ],
)
def test_where_the_units_leave_it_open(names: UnitNames, address: str, phrase: str | None) -> None:
    assert phrase_to_teach(address, names, finer=True) == phrase


@pytest.mark.parametrize(
    ("address", "phrase"),
    [
        # Namesakes and contradictions: the units themselves, with what they are in.
        ("Tân Phú, Cái Răng, TP. Hồ Chí Minh", "Tân Phú, Cái Răng, TP Hồ Chí Minh"),
        ("12 Phạm Thế Hiển, P7, Q8, TPHCM", "P 7, Q 8, TPHCM"),
        (
            "Thôn Giang Liễu, xã Phương Liễu, huyện Quế Võ, tỉnh Bắc Ninh",
            "xã Phương Liễu, huyện Quế Võ, tỉnh Bắc Ninh",
        ),
        # A commune that no list knows, in its district.
        ("Phuong Lieuu, Que Vo, Bac Ninh", "Phuong Lieuu, Que Vo, Bac Ninh"),
        ("KCN Quế Võ, Bắc Ninh", "KCN Quế Võ, Bắc Ninh"),
        # Hà Đông was a district and is a ward: alone with its city it teaches nothing.
        ("Hà Đông, Hà Nội", None),
        ("Chung cư Hồ Gươm Plaza, Hà Đông, HN", "Chung cư Hồ Gươm Plaza, Hà Đông, HN"),
        # A street, generic words, a name without context: nothing.
        ("25 Lê Lợi, Quận 1, TP HCM", None),
        ("đường Lê Lợi, Quận 1, TP HCM", None),
        ("gần chợ, Hà Nội", None),
        ("nhà trọ gần công ty, Quận 1, TP HCM", None),
        ("không rõ", None),
        ("Tân Phú", None),
        ("Phường Tân Phú", None),
        ("Hà Nội", None),
        ("", None),
    ],
)
def test_where_the_units_are_in_doubt(names: UnitNames, address: str, phrase: str | None) -> None:
    assert phrase_to_teach(address, names, finer=False) == phrase


@given(
    house=st.sampled_from(["12", "số 5", "12/5A", "Số nhà 7", ""]),
    noise=st.sampled_from(["", "tổ 3", "gần chợ", "0912345678"]),
    units=st.sampled_from(
        [
            "P7, Q8, TPHCM",
            "Tân Phú, Cái Răng, Cần Thơ",
            "xã Kim Chung, huyện Đông Anh, Hà Nội",
            "Hà Đông, Hà Nội",
        ]
    ),
    finer=st.booleans(),
)
def test_a_phrase_stands_in_its_address_with_a_unit_above_and_without_the_house(
    names: UnitNames, house: str, noise: str, units: str, finer: bool
) -> None:
    address = ", ".join(part for part in (house, noise, units) if part)
    phrase = phrase_to_teach(address, names, finer=finer)
    if phrase is None:
        return
    assert contains(address, phrase)
    assert len(tokenise(phrase).folded) > 2
    assert tokenise(phrase).folded[-1] == tokenise(address).folded[-1]
    if house:
        assert not contains(phrase, house)


@given(st.text(max_size=60))
def test_any_text_is_read_without_an_error(names: UnitNames, text: str) -> None:
    for finer in (True, False):
        phrase = phrase_to_teach(text, names, finer=finer)
        assert phrase is None or contains(text, phrase)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Thôn A,  xã B", "thôn a, xã b "),
        ("Hoà\u0300", "hoà\u0300."),
        ("Hòa", "Hòa"),
        ("Xã B , huyện C", "xã b, huyện c"),
    ],
)
def test_differences_nobody_sees_are_one_address(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


def test_what_can_be_seen_is_another_address() -> None:
    assert len({canonical(text) for text in ("Tổ 3, P7", "Tổ 4, P7", "Tổ 3, P7, Q8")}) == 3
