"""Chains of former communes, from an official record of changes: 2019 to 2021 to 2025."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from geozone.admin import load_crosswalk, read_ward_changes
from geozone.errors import DataError
from geozone.geocoding import Geocoder
from geozone.pipeline.geocoding import build_geocoder
from geozone.pipeline.imports import import_ward_changes
from geozone.workspace import Workspace

RECORD = """\
Mã xã cũ,Xã phường cũ,Quận huyện cũ,Tỉnh cũ,Mã xã mới,Xã phường mới,Quận huyện mới,Tỉnh mới
1,Xã Làng Gốm,Huyện Cổ Loa,Thành phố Hà Nội,00001,Phường Phúc Xá,Quận Ba Đình,Thành phố Hà Nội
2,Phường Bến Thóc,Quận Ba Đình,Thành phố Hà Nội,00001,Phường Phúc Xá,Quận Ba Đình,Thành phố Hà Nội
2,Phường Bến Thóc,Quận Ba Đình,Thành phố Hà Nội,00004,Phường Trúc Bạch,Quận Ba Đình,Thành phố Hà Nội
3,Phường Chợ Gạo,Quận Đống Đa,Thành phố Hà Nội,99999,Phường Ngã Tư Sở,Quận Đống Đa,Thành phố Hà Nội
00001,Phường Phúc Xá,Quận Ba Đình,Thành phố Hà Nội,00001,Phường Phúc Xá,Quận Ba Đình,Thành phố Hà Nội
4,Xã Giải Thể,Huyện Lý Sơn,Tỉnh Quảng Ngãi,,,,
"""


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("record") / "changes.csv"
    path.write_text(RECORD, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def informed(record: Path) -> Geocoder:
    return Geocoder.embedded(ward_changes=read_ward_changes(record).table, language="en")


def members(answer: pd.Series) -> set[str]:
    if isinstance(answer["geo_commune_code"], str):
        return {answer["geo_commune_code"]}
    return {row["code"] for row in json.loads(answer["geo_candidates"])}


def test_a_record_is_read_with_what_was_left_out(record: Path) -> None:
    changes = read_ward_changes(record)
    assert len(changes.table) == 5
    assert changes.table["code"].tolist()[:2] == ["00001", "00002"]
    assert [fault.row for fault in changes.faults] == [7]


def test_a_record_without_new_names_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "changes.csv"
    path.write_text("Xã phường cũ,Tỉnh cũ\nXã A,Tỉnh B\n", encoding="utf-8")
    with pytest.raises(DataError, match="new_name"):
        read_ward_changes(path)


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("Xã Làng Gốm, Huyện Cổ Loa, Thành phố Hà Nội", "00001"),
        ("Làng Gốm, Cổ Loa, Hà Nội", "00001"),
        ("Phường Chợ Gạo, Quận Đống Đa, Thành phố Hà Nội", "00235"),
    ],
)
def test_a_recorded_name_is_a_match(informed: Geocoder, embedded: Geocoder, address: str, code: str) -> None:
    answer = informed.geocode([address]).iloc[0]
    assert (answer["geo_status"], answer["geo_level"]) == ("match", "commune")
    assert answer["geo_commune_code_2021"] == code
    assert embedded.geocode([address]).iloc[0]["geo_commune_code_2021"] != code


def test_a_commune_that_went_to_two_is_a_tie_of_both(informed: Geocoder) -> None:
    answer = informed.geocode(["Phường Bến Thóc, Quận Ba Đình, Thành phố Hà Nội"]).iloc[0]
    assert answer["geo_status"] == "tie"
    assert members(answer) == {"00097", "00004"}


def test_a_name_on_record_needs_no_neighbours(embedded: Geocoder) -> None:
    address = "Phường Ngã Tư Sở, Quận Đống Đa, Thành phố Hà Nội"
    guessed = embedded.geocode([address]).iloc[0]
    row = {
        "code": "00235", "name": "Phường Ngã Tư Sở", "district_name": "Quận Đống Đa",
        "province_name": "Thành phố Hà Nội", "new_code": None, "new_name": "Phường Thịnh Quang",
        "new_district_name": "Quận Đống Đa", "new_province_name": "Thành phố Hà Nội",
    }  # fmt: skip
    known = Geocoder.embedded(ward_changes=pd.DataFrame([row])).geocode([address]).iloc[0]
    assert guessed["geo_score"] < 0.9 <= known["geo_score"]
    assert "less likely" in guessed["geo_reason"]
    assert (known["geo_status"], known["geo_commune_code"]) == ("match", "00235")


def test_a_workspace_keeps_the_record_and_geocodes_by_it(tmp_path: Path, record: Path) -> None:
    created = datetime(2026, 1, 1, tzinfo=UTC)
    with Workspace.create(tmp_path / "space", created_at=created) as space:
        assert space.ward_changes() is None
        done = import_ward_changes(space, record)
        assert (done.rows, done.changed, len(done.faults)) == (5, True, 1)
        assert import_ward_changes(space, record).changed is False
        geocoder = build_geocoder(space.units(), ward_changes=space.ward_changes())
    answer = geocoder.geocode(["Xã Làng Gốm, Huyện Cổ Loa, Thành phố Hà Nội"]).iloc[0]
    assert answer["geo_commune_code_2021"] == "00001"


@pytest.mark.real_data
def test_the_official_record(embedded: Geocoder, real_data: Path) -> None:
    changes = read_ward_changes(real_data / "ward_change_2019_2024.csv")
    assert len(changes.table) > 11_000
    table = changes.table
    gone = table[~table["code"].isin(table["new_code"]) & (table["name"] != table["new_name"])]
    addresses = gone["name"] + ", " + gone["district_name"] + ", " + gone["province_name"]
    onward = load_crosswalk().groupby("code_2021")["code_2025"].agg(set).to_dict()
    targets = [onward.get(code, set()) for code in gone["new_code"]]

    def measured(geocoder: Geocoder) -> tuple[float, float]:
        answers = geocoder.geocode(addresses)
        pairs = zip(targets, (row for _, row in answers.iterrows()), strict=True)
        inside = [bool(target & members(answer)) for target, answer in pairs if target]
        return sum(inside) / len(inside), (answers["geo_score"] >= 0.9).mean()

    inside, sure = measured(Geocoder.embedded(ward_changes=table))
    inside_before, sure_before = measured(embedded)
    assert inside >= max(0.97, inside_before)
    assert sure > sure_before + 0.3
