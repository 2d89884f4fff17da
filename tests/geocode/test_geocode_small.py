"""Well-formed addresses of both editions, on a small country whose answers are known."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from geozone.errors import DataError
from geozone.geocoding import Geocoder, geocode_places
from geozone.schema import GEOCODES
from geozone.types import Edition

OLD = [
    # code, full name, district code and name, province, x
    ("00001", "Phường Phúc Xá", "001", "Quận Ba Đình", "01", "Thành phố Hà Nội", 0),
    ("00004", "Phường Trúc Bạch", "001", "Quận Ba Đình", "01", "Thành phố Hà Nội", 1),
    ("00292", "Phường Bạch Mai", "007", "Quận Hai Bà Trưng", "01", "Thành phố Hà Nội", 2),
    ("09001", "Xã Hòa Long", "256", "Thành phố Bắc Ninh", "27", "Tỉnh Bắc Ninh", 3),
    ("09002", "Xã Tân Lập", "256", "Thành phố Bắc Ninh", "27", "Tỉnh Bắc Ninh", 4),
    ("07001", "Xã Tân Lập", "213", "Thành phố Bắc Giang", "24", "Tỉnh Bắc Giang", 5),
    ("07002", "Xã Tân Lạp", "213", "Thành phố Bắc Giang", "24", "Tỉnh Bắc Giang", 6),
    ("27001", "Phường 5", "770", "Quận 3", "79", "Thành phố Hồ Chí Minh", 7),
    ("27002", "Phường 5", "774", "Quận 5", "79", "Thành phố Hồ Chí Minh", 8),
]
NEW = [
    ("00097", "Phường Hồng Hà", "01", "Thành phố Hà Nội", 0),
    ("00004", "Phường Ba Đình", "01", "Thành phố Hà Nội", 1),
    ("00292", "Phường Bạch Mai", "01", "Thành phố Hà Nội", 2),
    ("09001", "Phường Vũ Ninh", "24", "Tỉnh Bắc Ninh", 3),
    ("07001", "Phường Bắc Giang", "24", "Tỉnh Bắc Ninh", 5),
    ("27001", "Phường Bàn Cờ", "79", "Thành phố Hồ Chí Minh", 7),
]
WALK = [
    ("00001", "00097", 1.0, False),
    ("00004", "00097", 0.4, True),
    ("00004", "00004", 0.6, True),
    ("00292", "00292", 1.0, False),
    ("09001", "09001", 1.0, False),
    ("09002", "09001", 1.0, False),
    ("07001", "07001", 1.0, False),
    ("07002", "07001", 1.0, False),
    ("27001", "27001", 1.0, False),
    ("27002", "27001", 1.0, False),
]


def _table(rows: list[dict[str, object]]) -> gpd.GeoDataFrame:
    table = pd.DataFrame(rows)
    x = table.pop("x").to_numpy(dtype=float)
    table["lon"], table["lat"] = 105 + x / 10 + 0.05, 21.05
    shapes = [box(105 + i / 10, 21, 105 + (i + 1) / 10, 21.1) for i in x]
    return gpd.GeoDataFrame(table, geometry=shapes, crs=4326)


@pytest.fixture(scope="module")
def geocoder() -> Geocoder:
    old = _table(
        [
            {
                "code": code, "full_name": name, "kind": name.split()[0].lower(), "parent_code": district,
                "district_name": district_name, "province_code": province,
                "province_name": province_name, "x": x,
            }
            for code, name, district, district_name, province, province_name, x in OLD
        ]
    )  # fmt: skip
    new = _table(
        [
            {
                "code": code, "full_name": name, "kind": name.split()[0].lower(), "parent_code": province,
                "district_name": None, "province_code": province, "province_name": province_name, "x": x,
            }
            for code, name, province, province_name, x in NEW
        ]
    )  # fmt: skip
    walk = pd.DataFrame(WALK, columns=["code_2021", "code_2025", "share", "divided"])
    aliases = pd.DataFrame({"code": ["00001", "00001"], "alias": ["Phường Nghĩa Dũng", "bennua"]})
    return Geocoder(new, old, walk, aliases_2021=aliases, language="en")


@pytest.mark.parametrize(
    ("address", "code", "code_2021"),
    [
        ("83 Âu Cơ, Phường Phúc Xá, Quận Ba Đình, Thành phố Hà Nội", "00097", "00001"),
        ("P. Phúc Xá, Q. Ba Đình, Tp. Hà Nội", "00097", "00001"),
        ("phuong phuc xa quan ba dinh ha noi", "00097", "00001"),
        ("Thành phố Hà Nội - Quận Ba Đình - Phường Phúc Xá", "00097", "00001"),
        ("Phường Hồng Hà, Thành phố Hà Nội", "00097", None),
        ("Phường Nghĩa Dũng, Quận Ba Đình, Hà Nội", "00097", "00001"),
        ("Ward 5, District 3, HCMC", "27001", "27001"),
        ("P5 Q5 TP.HCM", "27001", "27002"),
        ("Xã Hoà Long, TP Bắc Ninh, Bắc Ninh", "09001", "09001"),
        ("Xã Tân Lập, Thành phố Bắc Giang, Bắc Giang", "07001", "07001"),
    ],
)
def test_well_formed(geocoder: Geocoder, address: str, code: str, code_2021: str | None) -> None:
    answer = geocoder.geocode([address]).iloc[0]
    assert (answer.geo_status, answer.geo_level, answer.geo_commune_code) == ("match", "commune", code)
    assert answer.geo_commune_code_2021 == code_2021 or pd.isna(answer.geo_commune_code_2021)
    assert answer.geo_uncertainty_m > 5_000


def test_divided_commune_is_a_tie_with_shares(geocoder: Geocoder) -> None:
    answer = geocoder.geocode(["Phường Trúc Bạch, Quận Ba Đình, Hà Nội"]).iloc[0]
    assert answer.geo_status == "tie"
    assert pd.isna(answer.geo_commune_code)
    assert answer.geo_commune_code_2021 == "00004"
    shares = {row["code"]: row["share"] for row in json.loads(answer.geo_candidates)}
    assert shares == {"00004": 0.594, "00097": 0.396, "00292": 0.01}


def test_contradicting_province_is_reported_and_lowers_the_score(geocoder: Geocoder) -> None:
    plain, contradicted = geocoder.geocode(
        ["Hòa Long, Bắc Ninh, Bắc Ninh", "Phúc Xá, Ba Đình, Hồ Chí Minh"]
    ).itertuples()
    assert contradicted.geo_commune_code == "00097"
    assert "contradicts" in contradicted.geo_reason
    assert contradicted.geo_score < plain.geo_score


def test_nothing_is_dropped_and_distinct_addresses_are_solved_once(geocoder: Geocoder) -> None:
    addresses = ["Phường Phúc Xá, Quận Ba Đình, Hà Nội", None, float("nan"), "", "???"] * 4
    told: list[tuple[int, int | None]] = []
    answers = geocoder.geocode(addresses, progress=lambda _, done, total: told.append((done, total)))
    GEOCODES.validate(answers)
    assert len(answers) == len(addresses)
    assert answers["geo_status"].tolist() == ["match", "none", "none", "none", "none"] * 4
    assert told[-1] == (3, 3)
    assert geocoder.geocode([]).columns.tolist() == answers.columns.tolist()


def test_the_date_tells_the_edition(geocoder: Geocoder) -> None:
    address = "Phường Bạch Mai, Hà Nội"
    old, new = geocoder.geocode([address, address], dates=["2021-07-01", "2026-01-01"]).itertuples()
    assert old.geo_commune_code == new.geo_commune_code == "00292"
    assert "before 2025" in old.geo_reason
    assert "since 2025" in new.geo_reason
    asked = geocoder.geocode([address], edition=Edition.E2021).iloc[0]
    assert "before 2025" in asked.geo_reason
    with pytest.raises(ValueError, match="dates"):
        geocoder.geocode([address], dates=[])


def test_points_win_and_are_checked(geocoder: Geocoder) -> None:
    address = "Phường Phúc Xá, Quận Ba Đình, Hà Nội"
    places = pd.DataFrame(
        {
            "case_id": ["a", "b", "c", "d", "e"],
            "role": "home",
            "address": [address, address, address, None, address],
            "lon": [105.05, 105.75, 120.0, 105.15, 105.05],
            "lat": [21.05, 21.05, 10.0, 21.05, np.nan],
        }
    )
    answers = geocode_places(geocoder, places, pd.Series({"a": "2021-05-01"}))
    assert answers["geo_level"].tolist() == ["address", "address", "commune", "address", "commune"]
    assert answers["geo_commune_code"].tolist() == ["00097", "27001", "00097", "00004", "00097"]
    assert answers["geo_uncertainty_m"].iloc[0] == 25
    assert "conflict" in answers["geo_reason"].iloc[1]
    assert answers["geo_score"].iloc[1] < answers["geo_score"].iloc[3] < answers["geo_score"].iloc[0]
    assert "outside" in answers["geo_reason"].iloc[2]
    assert "half of a point" in answers["geo_reason"].iloc[4]
    GEOCODES.validate(answers)


def test_places_that_break_their_contract_are_refused(geocoder: Geocoder) -> None:
    with pytest.raises(DataError):
        geocode_places(geocoder, pd.DataFrame({"case_id": ["a"]}), None)


def test_a_former_name_is_answered_with_the_communes_beside_it_named(geocoder: Geocoder) -> None:
    plain, former = (
        row
        for _, row in geocoder.geocode(
            ["Phường Phúc Xá, Quận Ba Đình, Hà Nội", "Phường Bến Nứa, Quận Ba Đình, Hà Nội"]
        ).iterrows()
    )
    assert plain["geo_commune_code"] == "00097"
    assert (former["geo_status"], former["geo_commune_code"]) == ("match", "00097")
    assert former["geo_score"] < 0.9
    assert former["geo_uncertainty_m"] == pytest.approx(plain["geo_uncertainty_m"] + 500, abs=1)
    assert former["geo_commune_code_2021"] == "00001"
    assert "former name" in former["geo_reason"]
    assert "(97.0 %)" in former["geo_reason"]
    assert "less likely: Phường Ba Đình" in former["geo_reason"]
