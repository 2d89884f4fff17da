"""Answers at street level on a small made-up country whose streets are known."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

import geozone
from geozone.geocoding import Geocoder
from geozone.geodesy import distance_m
from geozone.places import Gazetteer, read_gazetteer
from geozone.schema import GEOCODES

# Communes are squares of 0.1 degree in a row; x is the number of the square.
NEW = [
    ("00097", "Phường Hồng Hà", "01", "Thành phố Hà Nội", 0),
    ("00004", "Phường Ba Đình", "01", "Thành phố Hà Nội", 1),
    ("00292", "Phường Bạch Mai", "01", "Thành phố Hà Nội", 2),
    ("09001", "Phường Vũ Ninh", "24", "Tỉnh Bắc Ninh", 3),
    ("07001", "Xã Tân Lập", "24", "Tỉnh Bắc Ninh", 4),
]
OLD = [
    ("00001", "Phường Phúc Xá", "001", "Quận Ba Đình", "01", "Thành phố Hà Nội", 0),
    ("00007", "Phường Trúc Bạch", "001", "Quận Ba Đình", "01", "Thành phố Hà Nội", 1),
    ("00290", "Phường Bạch Mai", "007", "Quận Hai Bà Trưng", "01", "Thành phố Hà Nội", 2),
    ("09003", "Phường Vũ Ninh", "256", "Thành phố Bắc Ninh", "27", "Tỉnh Bắc Ninh", 3),
    ("07002", "Xã Tân Lập", "213", "Huyện Yên Thế", "24", "Tỉnh Bắc Giang", 4),
]
WALK = [
    ("00001", "00097", 1.0, False),
    ("00007", "00097", 0.5, True),
    ("00007", "00004", 0.5, True),
    ("00290", "00292", 1.0, False),
    ("09003", "09001", 1.0, False),
    ("07002", "07001", 1.0, False),
]


def _units(rows: list[tuple], columns: list[str]) -> gpd.GeoDataFrame:
    table = pd.DataFrame(rows, columns=columns)
    x = table.pop("x").to_numpy(dtype=float)
    table["lon"], table["lat"] = 105 + x / 10 + 0.05, 21.05
    table["kind"] = [name.split()[0].lower() for name in table["full_name"]]
    table["boundary_quality"] = "imported"
    if "parent_code" not in table.columns:
        table["parent_code"], table["district_name"] = table["province_code"], None
    shapes = [shapely.box(105 + i / 10, 21, 105 + (i + 1) / 10, 21.1) for i in x]
    return gpd.GeoDataFrame(table, geometry=shapes, crs=4326)


def _street(name: str, *points: tuple[float, float]) -> dict[str, object]:
    return {"name": name, "highway": "residential", "geometry": shapely.LineString(points)}


@pytest.fixture(scope="module")
def gazetteer(tmp_path_factory: pytest.TempPathFactory) -> Gazetteer:
    folder = tmp_path_factory.mktemp("places")
    streets = [
        _street("Phố Đội Cấn", (105.13, 21.03), (105.14, 21.03)),
        _street("Phố Quán Thánh", (105.095, 21.05), (105.105, 21.05)),
        _street("Ngõ 12 Đội Cấn", (105.131, 21.03), (105.131, 21.032)),
        _street("Đường Lê Lợi", (105.02, 21.02), (105.03, 21.02)),
        _street("Đường Lê Lợi", (105.32, 21.02), (105.33, 21.02)),
        _street("Đường Phạm Văn Bạch Mai", (105.05, 21.07), (105.06, 21.07)),
        _street("Phố Trần Quý Cáp", (105.22, 21.03), (105.23, 21.03)),
    ]
    gpd.GeoDataFrame(pd.DataFrame(streets), geometry="geometry", crs=4326).to_file(folder / "streets.geojson")
    houses = pd.DataFrame(
        [("1", "Phố Đội Cấn", 105.130), ("41", "Phố Đội Cấn", 105.134), ("2", "Phố Đội Cấn", 105.1301),
         ("40", "Phố Đội Cấn", 105.1341), ("1", "Phố Quán Thánh", 105.0955), ("99", "Phố Quán Thánh", 105.1045)],
        columns=["Số nhà", "Đường", "lon"],
    )  # fmt: skip
    houses["lat"] = np.where(houses["Đường"] == "Phố Đội Cấn", 21.03, 21.05)
    houses.to_csv(folder / "houses.csv", index=False)
    hamlets = pd.DataFrame(
        [("Thôn Đoài", "thôn", 105.42, 21.02), ("Thôn Đông", "thôn", 105.44, 21.08),
         ("KĐT Ngoại Giao", "khu đô thị", 105.16, 21.07), ("KCN Quế Võ", "KCN", 105.35, 21.06)],
        columns=["Tên", "Loại", "lon", "lat"],
    )  # fmt: skip
    hamlets.to_csv(folder / "hamlets.csv", index=False)
    return read_gazetteer(*(folder / name for name in ("streets.geojson", "houses.csv", "hamlets.csv")))


@pytest.fixture(scope="module")
def plain() -> Geocoder:
    new = _units(NEW, ["code", "full_name", "province_code", "province_name", "x"])
    columns = ["code", "full_name", "parent_code", "district_name", "province_code", "province_name", "x"]
    walk = pd.DataFrame(WALK, columns=["code_2021", "code_2025", "share", "divided"])
    return Geocoder(new, _units(OLD, columns), walk, language="en")


@pytest.fixture(scope="module")
def geocoder(plain: Geocoder, gazetteer: Gazetteer) -> Geocoder:
    return plain.with_gazetteer(gazetteer)


def one(geocoder: Geocoder, address: str) -> pd.Series:
    answers = geocoder.geocode([address])
    GEOCODES.validate(answers, source="answers")
    return answers.iloc[0]


@pytest.mark.parametrize(
    ("address", "level", "code", "old", "lon"),
    [
        ("41 Đội Cấn, P. Trúc Bạch, Q. Ba Đình, Hà Nội", "address", "00004", "00007", 105.134),
        ("Số 21 phố Đội Cấn, phường Ba Đình, Hà Nội", "street", "00004", "00007", 105.132),
        ("so 21 doi can, ba dinh, ha noi", "street", "00004", "00007", 105.132),
        ("12/7 Đội Cấn, Quận Ba Đình, Hà Nội", "street", "00004", "00007", 105.131),
        ("Phố Đội Cấn, Quận Ba Đình, Hà Nội", "street", "00004", "00007", 105.135),
        ("KĐT Ngoại Giao, P. Trúc Bạch, Q. Ba Đình, Hà Nội", "hamlet", "00004", "00007", 105.16),
        ("Thôn Đoài, xã Tân Lập, huyện Yên Thế, Bắc Giang", "hamlet", "07001", "07002", 105.42),
        ("KCN Quế Võ, Bắc Ninh", "hamlet", "09001", "09003", 105.35),
        ("5 Lê Lợi, phường Vũ Ninh, Bắc Ninh", "street", "09001", "09003", 105.325),
        ("Trần Quí Cáp, phường Bạch Mai, Hà Nội", "street", "00292", "00290", 105.225),
        ("Tran Quy Cab, phuong Bach Mai, Ha Noi", "street", "00292", "00290", 105.225),
    ],
)
def test_matches(geocoder: Geocoder, address: str, level: str, code: str, old: str, lon: float) -> None:
    answer = one(geocoder, address)
    assert answer["geo_status"] == "match", answer["geo_reason"]
    assert (answer["geo_level"], answer["geo_commune_code"]) == (level, code), answer["geo_reason"]
    assert answer["geo_commune_code_2021"] == old
    assert answer["geo_lon"] == pytest.approx(lon, abs=0.002)
    away = float(distance_m(answer["geo_lon"], answer["geo_lat"], lon, answer["geo_lat"])[()])
    assert away <= answer["geo_uncertainty_m"]


def test_a_divided_ward_is_settled_by_the_street(plain: Geocoder, geocoder: Geocoder) -> None:
    address = "Phố Đội Cấn, P. Trúc Bạch, Q. Ba Đình, Hà Nội"
    assert one(plain, address)["geo_status"] == "tie"
    answer = one(geocoder, address)
    assert (answer["geo_status"], answer["geo_commune_code"]) == ("match", "00004")
    assert "Trúc Bạch" in answer["geo_reason"]


def test_a_street_of_two_communes_is_a_tie_that_a_number_settles(geocoder: Geocoder) -> None:
    tie = one(geocoder, "Phố Quán Thánh, Quận Ba Đình, Hà Nội")
    members = json.loads(tie["geo_candidates"])
    assert tie["geo_status"] == "tie"
    assert {member["code"] for member in members} == {"00097", "00004"}
    assert sum(member["share"] for member in members) == pytest.approx(1)
    assert one(geocoder, "1 Quán Thánh, Quận Ba Đình, Hà Nội")["geo_commune_code"] == "00097"
    assert one(geocoder, "99 Quán Thánh, Quận Ba Đình, Hà Nội")["geo_commune_code"] == "00004"


def test_a_name_of_two_towns_needs_a_unit(geocoder: Geocoder) -> None:
    assert one(geocoder, "7 Lê Lợi, Bắc Ninh")["geo_commune_code"] == "09001"
    assert one(geocoder, "7 Lê Lợi, Hà Nội")["geo_commune_code"] == "00097"
    alone = one(geocoder, "7 Lê Lợi")
    assert alone["geo_status"] != "match"


def test_a_name_of_one_place_may_stand_alone_with_less_trust(geocoder: Geocoder) -> None:
    answer = one(geocoder, "41 phố Đội Cấn")
    assert (answer["geo_status"], answer["geo_commune_code"]) == ("match", "00004")
    assert answer["geo_score"] < 0.9
    assert "names no unit" in answer["geo_reason"]
    assert one(geocoder, "Thôn Đoài")["geo_status"] == "none"


def test_a_street_that_is_elsewhere_is_told_and_not_followed(plain: Geocoder, geocoder: Geocoder) -> None:
    address = "12 Đội Cấn, phường Bạch Mai, Hà Nội"
    answer, before = one(geocoder, address), one(plain, address)
    assert (answer["geo_level"], answer["geo_commune_code"]) == ("commune", "00292")
    assert answer["geo_uncertainty_m"] == before["geo_uncertainty_m"]
    assert "only in Phường Ba Đình" in answer["geo_reason"]
    unknown = one(geocoder, "12 Không Có, phường Bạch Mai, Hà Nội")
    assert unknown["geo_commune_code"] == "00292"
    assert "not in the gazetteer" in unknown["geo_reason"]


def test_a_commune_in_the_name_of_a_street_is_not_the_commune(geocoder: Geocoder) -> None:
    answer = one(geocoder, "Đường Phạm Văn Bạch Mai, Hà Nội")
    assert answer["geo_commune_code"] == "00097", answer["geo_reason"]


def test_diacritics_typed_count_and_missing_ones_do_not(geocoder: Geocoder) -> None:
    right = one(geocoder, "Phố Đội Cấn, Quận Ba Đình, Hà Nội")
    bare = one(geocoder, "pho doi can, quan ba dinh, ha noi")
    wrong = one(geocoder, "Phố Đồi Cạn, Quận Ba Đình, Hà Nội")
    assert bare["geo_commune_code"] == right["geo_commune_code"]
    assert bare["geo_score"] == right["geo_score"]
    assert wrong["geo_score"] < right["geo_score"]


def test_no_gazetteer_changes_nothing(plain: Geocoder, geocoder: Geocoder) -> None:
    addresses = ["P. Phúc Xá, Q. Ba Đình, Hà Nội", "", "Hà Nội", "phường Vũ Ninh, Bắc Ninh", None, "???"]
    pd.testing.assert_frame_equal(plain.geocode(addresses), geocoder.geocode(addresses))


def test_it_travels_to_another_process(geocoder: Geocoder) -> None:
    address = "Số 21 phố Đội Cấn, phường Ba Đình, Hà Nội"
    again = pickle.loads(pickle.dumps(geocoder))  # noqa: S301 - our own
    pd.testing.assert_frame_equal(again.geocode([address]), geocoder.geocode([address]))


def test_for_notebooks(plain: Geocoder, gazetteer: Gazetteer) -> None:
    table = pd.DataFrame({"where": ["41 Đội Cấn, Quận Ba Đình, Hà Nội"]}, index=[7])
    answers = geozone.geocode(table, address_column="where", geocoder=plain, gazetteer=gazetteer)
    assert answers.loc[7, "geo_level"] == "address"


def test_former_and_other_names_lead_to_the_place(plain: Geocoder, tmp_path: Path) -> None:
    path = tmp_path / "places.csv"
    path.write_text(
        "Tên,Loại,Tên khác,lon,lat\n"
        "Phố Mới,đường,Phố Cũ Xưa;Phố Mới,105.25,21.02\nThôn Đoài,thôn,Thôn Tây,105.42,21.02\n",
        encoding="utf-8",
    )
    geocoder = plain.with_gazetteer(read_gazetteer(path))
    street = one(geocoder, "5 phố Cũ Xưa, phường Bạch Mai, Hà Nội")
    assert (street["geo_level"], street["geo_lon"]) == ("street", 105.25), street["geo_reason"]
    assert one(geocoder, "thôn Tây, xã Tân Lập, Bắc Ninh")["geo_level"] == "hamlet"


def test_one_house_does_not_make_a_street_the_only_one_of_its_name(plain: Geocoder, tmp_path: Path) -> None:
    path = tmp_path / "houses.csv"
    path.write_text("Số nhà,Đường,lon,lat\n5,Lương Văn Can,105.25,21.02\n", encoding="utf-8")
    geocoder = plain.with_gazetteer(read_gazetteer(path))
    alone = one(geocoder, "64 Lương Văn Can")
    assert alone["geo_status"] == "none"
    assert "one house on Lương Văn Can" in alone["geo_reason"]
    assert one(geocoder, "5 Lương Văn Can")["geo_commune_code"] == "00292"
    assert one(geocoder, "64 Lương Văn Can, Hà Nội")["geo_status"] != "none"


def test_a_gazetteer_of_hamlets_only(plain: Geocoder, tmp_path: Path) -> None:
    path = tmp_path / "thon.csv"
    path.write_text("Tên,Loại,lon,lat\nThôn Đoài,thôn,105.42,21.02\n", encoding="utf-8")
    answer = one(plain.with_gazetteer(read_gazetteer(path)), "12 Lê Lợi, thôn Đoài, xã Tân Lập, Bắc Ninh")
    assert (answer["geo_level"], answer["geo_commune_code"]) == ("hamlet", "07001")


_TAILS = [
    "",
    "P. Trúc Bạch, Q. Ba Đình, Hà Nội",
    "phường Vũ Ninh, Bắc Ninh",
    "Hà Nội",
    "Quận Ba Đình",
    "xã Tân Lập",
]
_HEADS = ["Đội Cấn", "Quán Thánh", "Lê Lợi", "Trần Quý Cáp", "Thôn Đoài", "KCN Quế Võ", "tổ 3", "Không Có"]


@settings(max_examples=80, deadline=None)
@given(
    st.one_of(
        st.text(max_size=120),
        st.tuples(
            st.sampled_from(["", "12", "12/3", "số 5 ngõ 12", "K12/3", "ngách 1/2/3", "P402 tòa CT5,"]),
            st.sampled_from(_HEADS),
            st.sampled_from(_TAILS),
        ).map(lambda parts: f"{parts[0]} {parts[1]}, {parts[2]}"),
    )
)
def test_any_address_is_answered_within_what_it_says(
    geocoder: Geocoder, plain: Geocoder, address: str
) -> None:
    answer, before = one(geocoder, address), one(plain, address)
    members = json.loads(answer["geo_candidates"])
    assert len(members) <= 6
    if answer["geo_status"] == "tie":
        assert sum(member["share"] for member in members) == pytest.approx(1, abs=1e-3)
    if (
        before["geo_status"] == "match"
        and before["geo_level"] == "commune"
        and answer["geo_status"] == "match"
    ):
        assert answer["geo_commune_code"] == before["geo_commune_code"]
    if answer["geo_level"] in ("address", "street", "hamlet"):
        assert np.isfinite(answer["geo_lon"])
        assert answer["geo_uncertainty_m"] > 0


@pytest.mark.parametrize("unit", ["12/", "ngõ 5 ", "Lê Lợi, ", "thôn Đoài ", "a", "-", "đường "])
def test_the_longest_text_costs_no_more_than_a_shorter_one(geocoder: Geocoder, unit: str) -> None:
    """Counted in tokens read, not in seconds: of a longer text the middle is not read."""
    short, long = unit * (1_000 // len(unit)), unit * (10_000 // len(unit))
    assert len(one(geocoder, long)["geo_reason"]) <= 2 * len(one(geocoder, short)["geo_reason"]) + 400


def test_what_was_taught_does_not_hide_the_street(gazetteer: Gazetteer) -> None:
    """The commune is the one decided; within it the answer is as near as the gazetteer allows."""
    taught = pd.DataFrame({"alias": ["cụm Bắc, Trúc Bạch"], "code": ["00004"]})
    units = _units(NEW, ["code", "full_name", "province_code", "province_name", "x"])
    columns = ["code", "full_name", "parent_code", "district_name", "province_code", "province_name", "x"]
    walk = pd.DataFrame(WALK, columns=["code_2021", "code_2025", "share", "is_default"])
    geocoder = Geocoder(units, _units(OLD, columns), walk, taught=taught, language="en", gazetteer=gazetteer)
    near, far, plain = geocoder.geocode(
        [
            "Phố Đội Cấn, cụm Bắc, Trúc Bạch, Ba Đình, Hà Nội",
            "Đường Lê Lợi, cụm Bắc, Trúc Bạch, Ba Đình, Hà Nội",
            "cụm Bắc, Trúc Bạch",
        ]
    ).to_dict("records")
    assert (near["geo_level"], near["geo_commune_code"]) in {("street", "00004"), ("commune", "00004")}
    assert near["geo_uncertainty_m"] < 1_000 < plain["geo_uncertainty_m"]
    assert "taught by a reviewer" in near["geo_reason"]
    assert (far["geo_level"], far["geo_commune_code"]) == ("commune", "00004")
    assert (plain["geo_level"], plain["geo_commune_code"]) == ("commune", "00004")


@pytest.mark.real_data
def test_kindergartens_without_a_ward_are_answered_at_their_street(real_data: Path, tmp_path: Path) -> None:
    """Every second kindergarten is known; others that name a street and a district only are asked for."""
    table = pd.read_csv(real_data / "geocode" / "hanoi_kindergartens_2502.csv")
    path = tmp_path / "known.csv"
    table.iloc[1::2][["address", "lon", "lat"]].to_csv(path, index=False)
    asked = table.iloc[::2]
    asked = asked[~asked["address"].str.contains(r"(?:^|, )(?:P\.|Xã|TT|Thị trấn|Phường)\s")].head(120)
    geocoder = Geocoder.embedded().with_gazetteer(read_gazetteer(path, kind="address"))
    answers = geocoder.geocode(asked["address"])
    near = answers["geo_level"].isin(["address", "street", "hamlet"]).to_numpy()
    away = distance_m(answers["geo_lon"], answers["geo_lat"], asked["lon"], asked["lat"])
    assert near.mean() > 0.6
    assert (away <= answers["geo_uncertainty_m"].to_numpy())[near].mean() > 0.8
    alone = Geocoder.embedded().geocode(asked["address"])
    assert not alone["geo_level"].isin(["address", "street", "hamlet"]).any()
