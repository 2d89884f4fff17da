"""A line list of holdings: no patients, animals are not cases, the owner is private."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pyproj import Geod

import geozone as gz
from geozone import synthetic

AS_OF = date(2025, 2, 20)
DISEASE = "highly-pathogenic-avian-influenza"


@pytest.fixture(scope="module")
def outbreak() -> synthetic.HoldingOutbreak:
    return synthetic.make_holdings(gz.load_units(), as_of=AS_OF)


def test_the_same_seed_makes_the_same_outbreak(outbreak: synthetic.HoldingOutbreak) -> None:
    again = synthetic.make_holdings(gz.load_units(), as_of=AS_OF)
    pd.testing.assert_frame_equal(again.line_list, outbreak.line_list)
    pd.testing.assert_frame_equal(again.holdings, outbreak.holdings)
    other = synthetic.make_holdings(gz.load_units(), as_of=AS_OF, seed=1)
    assert not other.holdings["lon"].equals(outbreak.holdings["lon"])
    for wrong in ({"outbreaks": 9, "holdings": 5}, {"province": "99"}):
        with pytest.raises(ValueError, match=r"holdings|province"):
            synthetic.make_holdings(gz.load_units(), as_of=AS_OF, **wrong)


def test_each_holding_is_one_case_of_the_day_it_was_confirmed(
    outbreak: synthetic.HoldingOutbreak, tmp_path: Path
) -> None:
    outbreak.line_list.to_csv(tmp_path / "o_dich.csv", index=False, encoding="utf-8-sig")
    read = gz.read_line_list(tmp_path / "o_dich.csv", disease=DISEASE)
    typed = outbreak.line_list
    assert read.rejects.empty
    assert read.cases["case_id"].tolist() == typed["Mã cơ sở"].tolist()
    assert (read.cases["count"] == 1).all(), "sick birds are not cases"
    assert read.cases["report_date"].dt.strftime("%d/%m/%Y").tolist() == typed["Ngày xác nhận"].tolist()
    assert read.cases["onset_date"].dt.strftime("%d/%m/%Y").tolist() == typed["Ngày có con ốm"].tolist()
    assert (read.cases["case_class"] == "confirmed").all()
    assert (read.cases["disease"] == DISEASE).all()
    assert read.persons["person_name"].tolist() == typed["Chủ cơ sở"].tolist()


@pytest.mark.parametrize(
    ("headers", "field"),
    [
        (("Mã trại", "Tên chủ trại", "Địa chỉ", "Ngày xác nhận ổ dịch"), "positive_date"),
        (("Holding ID", "Owner name", "Address", "Confirmation date"), "positive_date"),
        (("Mã ổ dịch", "Hộ chăn nuôi", "Địa chỉ", "Ngày công bố ổ dịch"), "positive_date"),
    ],
)
def test_headers_of_veterinary_lists_are_known(tmp_path: Path, headers: tuple[str, ...], field: str) -> None:
    row = ("T1", "Nguyễn Văn Mẫu", "xã Yên Phong, tỉnh Bắc Ninh", "03/02/2025", "5200")
    text = ",".join([*headers, "Tổng đàn"]) + "\n" + ",".join(f'"{cell}"' for cell in row) + "\n"
    (tmp_path / "l.csv").write_text(text, encoding="utf-8")
    read = gz.read_line_list(tmp_path / "l.csv", disease=DISEASE)
    assert read.mapping == {
        "case_id": headers[0], "person_name": headers[1], "address": headers[2], field: headers[3],
    }  # fmt: skip
    assert read.cases["count"].tolist() == [1]


def test_a_day_of_recovery_is_not_a_day_of_confirmation(tmp_path: Path) -> None:
    text = "Mã BN,Địa chỉ,Ngày xác nhận khỏi bệnh,Ngày báo cáo\nA,x,09/02/2025,03/02/2025\n"
    (tmp_path / "l.csv").write_text(text, encoding="utf-8")
    read = gz.read_line_list(tmp_path / "l.csv")
    assert "positive_date" not in read.mapping
    assert read.cases["report_date"].dt.day.tolist() == [3]


def test_rings_of_3_and_10_km_hold_on_the_ellipsoid(
    outbreak: synthetic.HoldingOutbreak, tmp_path: Path
) -> None:
    """Every edge of the zones, and every holding in them, against the geodesics of PROJ."""
    outbreak.line_list.to_csv(tmp_path / "o_dich.csv", index=False, encoding="utf-8-sig")
    cases = gz.geocode_line_list(gz.read_line_list(tmp_path / "o_dich.csv", disease=DISEASE))
    rules = gz.load_ruleset("eu-2020-687").for_disease(DISEASE)
    draft = gz.draw(cases, gz.load_units(), rules, AS_OF, facilities=outbreak.holdings)
    active = (pd.Timestamp(AS_OF) - cases["report_date"]).dt.days < rules.zoning.window_days
    known = cases[active & (cases["geo_level"] == "address")]
    geod = Geod(ellps="WGS84")

    def nearest_m(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        pairs = [
            geod.inv(np.full(len(lon), x), np.full(len(lon), y), lon, lat)[2]
            for x, y in zip(known["geo_lon"], known["geo_lat"], strict=True)
        ]
        return np.min(pairs, axis=0)

    protection = draft.layers["containment_zones"]
    protection = protection[protection["certainty"] == "certain"]
    surveillance = draft.layers["buffer_zones"]
    for layer, radius_m in ((protection, 3_000), (surveillance, 10_000)):
        edge = layer.geometry.get_coordinates()
        away = nearest_m(edge["x"].to_numpy(), edge["y"].to_numpy())
        assert np.isclose(away, radius_m, atol=1).any()
        if radius_m == 3_000:
            assert np.allclose(away, radius_m, atol=1)
        else:
            assert (np.isclose(away, radius_m, atol=1) | np.isclose(away, 3_000, atol=1)).all()
    inside = nearest_m(outbreak.holdings["lon"].to_numpy(), outbreak.holdings["lat"].to_numpy())
    assert protection["facility_count"].sum() == (inside <= 3_000).sum()
    assert surveillance["facility_count"].sum() == ((inside > 3_000) & (inside <= 10_000)).sum()
