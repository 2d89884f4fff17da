"""The geocoder on the embedded units: accuracy baselines and properties."""

from __future__ import annotations

import json
import unicodedata

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from geozone.admin import load_crosswalk, load_units
from geozone.geocoding import Geocoder
from geozone.index import UnitIndex
from geozone.schema import GEOCODES
from geozone.types import Edition

OLD = load_units(Edition.E2021).communes
NEW = load_units(Edition.E2025).communes
ONWARD = load_crosswalk().groupby("code_2021")["code_2025"].agg(set).to_dict()
WARDS = OLD[OLD["kind"].isin(["phường", "xã", "thị trấn"])]
TRIPLES = list(
    WARDS[["code", "full_name", "district_name", "province_name"]].itertuples(index=False, name=None)
)
PAIRS = list(NEW[["code", "full_name", "province_name"]].itertuples(index=False, name=None))


@pytest.fixture(scope="session")
def geocoder(embedded: Geocoder) -> Geocoder:
    return embedded


def members(answer: pd.Series | dict[str, object]) -> set[str]:
    if isinstance(answer["geo_commune_code"], str):
        return {answer["geo_commune_code"]}
    if answer["geo_status"] != "tie":
        return set()
    return {row["code"] for row in json.loads(answer["geo_candidates"])}


def same(first: pd.Series, second: pd.Series) -> bool:
    keys = ["geo_status", "geo_level", "geo_commune_code", "geo_commune_code_2021"]
    return members(first) == members(second) and all(
        first[key] == second[key] or (pd.isna(first[key]) and pd.isna(second[key])) for key in keys
    )


def test_every_official_address_of_2021_is_right(geocoder: Geocoder) -> None:
    addresses = [", ".join(parts[1:]) for parts in TRIPLES]
    answers = geocoder.geocode(addresses)
    GEOCODES.validate(answers)
    wrong = [
        (address, answer.geo_name)
        for (code, *_), address, answer in zip(TRIPLES, addresses, answers.itertuples(), strict=True)
        if answer.geo_commune_code_2021 != code
    ]
    assert wrong == []
    for (code, *_), answer in zip(TRIPLES, answers.to_dict("records"), strict=True):
        allowed = members(pd.Series(answer))
        assert allowed >= ONWARD[code], code
        assert allowed == ONWARD[code] or len(ONWARD[code]) > 1, code


def test_every_official_address_of_2025_is_inside_its_answer(geocoder: Geocoder) -> None:
    answers = geocoder.geocode([f"{name}, {province}" for _, name, province in PAIRS])
    outside = [
        name
        for (code, name, _), answer in zip(PAIRS, answers.to_dict("records"), strict=True)
        if code not in members(pd.Series(answer))
    ]
    assert outside == []
    asked = geocoder.geocode(
        [f"{name}, {province}" for _, name, province in PAIRS[:400]], edition=Edition.E2025
    )
    assert asked["geo_commune_code"].tolist() == [code for code, _, _ in PAIRS[:400]]


def test_the_fast_way_and_the_long_way_agree(geocoder: Geocoder) -> None:
    sample = TRIPLES[::97]
    official = geocoder.geocode([", ".join(parts[1:]) for parts in sample])
    typed = geocoder.geocode([", ".join(parts[1:]).upper() + " ." for parts in sample])
    for (_, fast), (_, slow) in zip(official.iterrows(), typed.iterrows(), strict=True):
        assert same(fast, slow), (fast["geo_name"], slow["geo_name"])


def test_ties_are_at_most_six_and_their_shares_add_up(geocoder: Geocoder) -> None:
    districts = OLD.drop_duplicates("parent_code")
    addresses = [
        f"{district}, {province}"
        for district, province in zip(districts["district_name"], districts["province_name"], strict=True)
    ] + OLD["full_name"].drop_duplicates()[::40].tolist()
    answers = geocoder.geocode(addresses)
    GEOCODES.validate(answers)
    for answer in answers[answers["geo_status"] == "tie"].itertuples():
        rows = json.loads(answer.geo_candidates)
        assert 2 <= len(rows) <= 6
        assert sum(row["share"] for row in rows) == pytest.approx(1, abs=1e-9)
        assert pd.isna(answer.geo_commune_code)
    placed = answers[answers["geo_status"] != "none"]
    assert placed["geo_uncertainty_m"].gt(0).all()
    assert placed[["geo_lon", "geo_lat"]].notna().all(axis=None)


def retype(text: str, how: str) -> str:
    old_tones = {"oà": "òa", "oá": "óa", "oả": "ỏa", "oã": "õa", "oạ": "ọa", "uỷ": "ủy", "uý": "úy"}
    if how == "tones":
        for new, old in old_tones.items():
            text = text.replace(old, "\0").replace(new, old).replace("\0", new)
        return text
    if how == "reversed":
        return ", ".join(reversed(text.split(", ")))
    return {
        "upper": text.upper(),
        "lower": text.lower(),
        "decomposed": unicodedata.normalize("NFD", text),
        "semicolons": text.replace(", ", "; "),
        "hyphens": text.replace(", ", " - "),
        "lines": text.replace(", ", "\n"),
        "spaces": text.replace(" ", "  "),
        "no commas": text.replace(",", ""),
        "tight": text.replace(", ", ","),
    }[how]


@settings(max_examples=120)
@given(
    parts=st.sampled_from(TRIPLES),
    how=st.sampled_from(
        ["tones", "upper", "lower", "decomposed", "semicolons", "hyphens", "lines", "spaces", "tight",
         "reversed", "no commas"]
    ),
)  # fmt: skip
def test_the_way_of_typing_does_not_change_the_answer(
    geocoder: Geocoder, parts: tuple[str, ...], how: str
) -> None:
    address = ", ".join(parts[1:])
    first, second = (row for _, row in geocoder.geocode([address, retype(address, how)]).iterrows())
    assert same(first, second), (address, how, first["geo_name"], second["geo_name"])


@settings(max_examples=60)
@given(parts=st.sampled_from(TRIPLES), number=st.integers(1, 400))
def test_a_house_number_and_a_street_change_nothing(
    geocoder: Geocoder, parts: tuple[str, ...], number: int
) -> None:
    address = ", ".join(parts[1:])
    plain, street = (
        row for _, row in geocoder.geocode([address, f"Số {number} ngõ 12 Lê Lợi, {address}"]).iterrows()
    )
    assert same(plain, street)


@settings(max_examples=150)
@given(st.one_of(st.text(max_size=200), st.text(alphabet="abđàPQhx.,-/ 0123456789\n", max_size=300)))
@example("P.")
@example(",,,,")
@example("P. Q. H. TX. TP.")
@example("\ud800")
@example("Thành phố Thành phố Thành phố")
@example("İstanbul ﬁ ½ №")
def test_any_text_has_an_answer(geocoder: Geocoder, text: str) -> None:
    answers = geocoder.geocode([text, text])
    assert len(answers) == 2
    GEOCODES.validate(answers)
    assert answers["geo_reason"].str.len().gt(0).all()


def test_what_is_kept_for_later_is_short(geocoder: Geocoder) -> None:
    for i in range(40):
        part = f"{i}" + "ọ" * 3_000
        geocoder.geocode([f"{part}, {part}, {part}", part + " Quận Ba Đình"])
    kept = [*geocoder._exact._parts, *geocoder._tails, *(key[0] for key in geocoder._reader._speller._known)]
    assert max(map(len, kept)) < 500


def test_long_texts_take_no_longer_than_their_length(geocoder: Geocoder) -> None:
    for text in ("Phường Phúc Xá, " * 700, "a" * 10_000, "xã " * 3_000, "tan lap " * 1_200, ", " * 5_000):
        answers = geocoder.geocode([text])
        assert len(answers) == 1


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("Dicjh Vongj Haaju, Caauf Giaays, Haf Nooij", "00167"),
        ("Di5ch Vo5ng Ha65u, Ca62u Gia61y, Ha2 No65i", "00167"),
        ("P.Dịch Vọng Hậu-Q.Cầu Giấy-HN", "00167"),
        ("Dich Vong Hau Ward, Cau Giay Dist., Ha Noi City", "00167"),
        ("Phường Dịch Vọng Hậu (cũ), quận Cầu Giấy, TP Hà Nội, Việt Nam", "00167"),
        ("phuong dich vong hu quan cau giay ha noi", "00167"),
        ("P402 nhà A2, phường Dịch Vọng Hậu, Cầu Giấy, Hà Nội", "00167"),
        ("Phường Thủ Thiêm, Quận 2, TP.HCM", "27118"),
        ("xã Phú Chánh, huyện Tân Uyên, Bình Dương", "25924"),
    ],
)
def test_habits_of_typing(geocoder: Geocoder, address: str, code: str) -> None:
    answer = geocoder.geocode([address]).iloc[0]
    assert answer["geo_commune_code_2021"] == code, answer.to_dict()


@pytest.mark.parametrize(
    "address",
    ["63, Ngõ Quỳnh, Q. Hai Bà Trưng, Tp. Hà Nội", "7 ngõ 299, Hoàng Mai, Q. Hoàng Mai, Tp. Hà Nội"],
)
def test_a_street_and_a_district_never_make_a_commune(geocoder: Geocoder, address: str) -> None:
    answer = geocoder.geocode([address]).iloc[0]
    assert answer["geo_level"] == "district"
    assert pd.isna(answer["geo_commune_code"])


def test_one_dropped_letter_does_not_lose_the_ward(geocoder: Geocoder) -> None:
    rng = np.random.default_rng(4)
    sample = [TRIPLES[i] for i in rng.choice(len(TRIPLES), 300, replace=False)]
    addresses = []
    for _, name, district, province in sample:
        kind, bare = name.split(" ", 1)
        drop = int(rng.integers(len(bare)))
        shorter = bare[:drop] + bare[drop + 1 :] if len(bare) > 6 and bare[drop].isalpha() else bare
        addresses.append(f"{kind} {shorter}, {district}, {province}")
    answers = geocoder.geocode(addresses)
    right = [
        ONWARD[code] <= members(answer)
        for (code, *_), (_, answer) in zip(sample, answers.iterrows(), strict=True)
    ]
    assert np.mean(right) >= 0.99


def test_a_missing_district_is_never_silence(geocoder: Geocoder) -> None:
    sample = TRIPLES[::101]
    answers = geocoder.geocode([f"{name}, {province}" for _, name, _, province in sample])
    assert answers["geo_status"].isin(["match", "tie"]).all()


def test_taught_aliases_win(geocoder: Geocoder) -> None:
    taught = pd.DataFrame({"alias": ["Nhà máy Canon Quế Võ"], "code": ["00004"]})
    teachable = Geocoder(NEW, OLD, load_crosswalk(), taught=taught, language="en")
    plain = "Công nhân nhà máy Canon Quế Võ, Bắc Ninh"
    assert geocoder.geocode([plain]).iloc[0]["geo_commune_code"] != "00004"
    answer = teachable.geocode([plain, plain.upper()]).iloc[1]
    assert answer["geo_commune_code"] == "00004"
    assert "taught" in answer["geo_reason"]


@pytest.mark.real_data
def test_the_communes_of_the_2021_epidemic(geocoder: Geocoder, real_data: object) -> None:
    cases = pd.read_csv(f"{real_data}/covid_cases_commune_daily_2021.csv", dtype=str)
    places = cases[["commune", "district", "province"]].drop_duplicates()
    addresses = [", ".join(row) for row in places.itertuples(index=False, name=None)]
    answers = geocoder.geocode(addresses, dates=["2021-07-01"] * len(places))
    assert len(answers) == 1_837
    assert answers["geo_status"].isin(["match", "tie"]).all()
    assert (answers["geo_level"] == "commune").sum() >= 1_830
    assert answers["geo_reason"].str.contains("contradicts").sum() >= 280


@pytest.mark.real_data
def test_kindergartens_baseline(geocoder: Geocoder, real_data: object) -> None:
    table = pd.read_csv(f"{real_data}/geocode/hanoi_kindergartens_2502.csv")
    outlines = gpd.read_parquet(f"{real_data}/communes_2025_all_20m.parquet", columns=["code", "geometry"])
    position = UnitIndex(outlines.geometry.to_numpy()).locate(table["lon"], table["lat"])
    truth = outlines["code"].to_numpy()[position]
    answers = geocoder.geocode(table["address"])
    assert answers["geo_status"].ne("none").all()
    allowed = [members(row) for row in answers.to_dict("records")]
    inside = np.array([code in codes for code, codes in zip(truth, allowed, strict=True)])
    named = table["address"].str.contains(r"(?:P\.|Xã|Tt\.) ").to_numpy()
    sure = (answers["geo_status"] == "match") & (answers["geo_level"] == "commune")
    assert inside.mean() >= 0.885
    assert inside[named].mean() >= 0.99
    assert (sure & ~inside).mean() <= 0.01
