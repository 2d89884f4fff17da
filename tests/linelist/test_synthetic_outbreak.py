"""The made-up outbreak: the same for a seed, whole, plausible, and readable by the readers."""

from __future__ import annotations

import hashlib
import os
import re
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geozone.geodesy import distance_m
from geozone.linelist import LineList, read_line_list
from geozone.places import read_facilities
from geozone.schema import CASE_PLACES, CASES, DOSES, FACILITIES, POPULATION, UNITS
from geozone.synthetic import Outbreak, make_outbreak, write_outbreak
from geozone.synthetic.clusters import spread_cases

DATA = Path(__file__).resolve().parents[2] / "data"


def made_units(edition: str, columns: int, rows: int) -> SimpleNamespace:
    """Make a chessboard of communes of about 3 km beside Bắc Ninh."""
    records, shapes = [], []
    for number in range(columns * rows):
        west, south = 106.0 + 0.03 * (number % columns), 21.1 + 0.03 * (number // columns)
        town = number % 2 == 0
        records.append(
            {
                "code": f"{9000 + number:05d}",
                "edition": edition,
                "admin_level": "commune",
                "name": f"Ô {number}",
                "full_name": f"{'Phường' if town else 'Xã'} Ô {number}",
                "kind": "phường" if town else "xã",
                "parent_code": "24" if edition == "2025" else "256",
                "province_code": "24" if edition == "2025" else "27",
                "province_name": "Tỉnh Bắc Ninh",
                "district_name": None if edition == "2025" else "Huyện Bàn Cờ",
                "lon": west + 0.015,
                "lat": south + 0.015,
                "area_km2": 10.3,
                "boundary_quality": "approximate",
            }
        )
        shapes.append(shapely.box(west, south, west + 0.03, south + 0.03))
    communes = gpd.GeoDataFrame(records, geometry=shapes, crs=4326)
    UNITS.validate(communes)
    return SimpleNamespace(communes=communes)


@pytest.fixture(scope="module")
def units() -> tuple[SimpleNamespace, SimpleNamespace, pd.DataFrame]:
    new, old = made_units("2025", 4, 3), made_units("2021", 4, 3)
    codes = new.communes["code"]
    crosswalk = pd.DataFrame({"code_2021": codes, "code_2025": codes, "share": 1.0, "divided": False})
    return new, old, crosswalk


@pytest.fixture(scope="module")
def outbreak(units: tuple[SimpleNamespace, SimpleNamespace, pd.DataFrame]) -> Outbreak:
    return make_outbreak(*units, seed=7, cases=240, as_of=date(2021, 11, 20))


@pytest.fixture(scope="module")
def line_list(outbreak: Outbreak, tmp_path_factory: pytest.TempPathFactory) -> LineList:
    return read_line_list(write_outbreak(outbreak, tmp_path_factory.mktemp("out")).line_list)


def test_tables_keep_their_contracts(outbreak: Outbreak) -> None:
    POPULATION.validate(outbreak.population)
    DOSES.validate(outbreak.doses)
    FACILITIES.validate(outbreak.facilities)
    assert set(outbreak.population["population_flag"]) == {"synthetic"}
    assert {(18, None), (50, None), (65, None), (0, None)} <= {
        (int(low), None if pd.isna(high) else int(high))
        for low, high in zip(outbreak.population["age_from"], outbreak.population["age_to"], strict=True)
    }


def test_the_seed_decides(
    units: tuple[SimpleNamespace, SimpleNamespace, pd.DataFrame], outbreak: Outbreak
) -> None:
    again = make_outbreak(*units, seed=7, cases=240, as_of=date(2021, 11, 20))
    other = make_outbreak(*units, seed=8, cases=240, as_of=date(2021, 11, 20))
    for name in ("line_list", "doses", "population", "facilities"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(outbreak, name))
    assert not other.line_list.equals(outbreak.line_list)


def test_the_line_list_is_read_with_no_option(line_list: LineList) -> None:
    CASES.validate(line_list.cases)
    CASE_PLACES.validate(line_list.places)
    assert line_list.rows_read == 240
    assert 3 <= len(line_list.rejects) <= 8
    assert line_list.unmapped == ("STT",)
    days = line_list.cases["report_date"]
    assert days.max() <= pd.Timestamp("2021-11-20")
    assert days.min() >= pd.Timestamp("2021-10-07")
    assert set(line_list.places["role"]) == {"home", "work", "exposure"}


def test_three_in_five_have_a_point_and_clusters_are_tight(line_list: LineList) -> None:
    home = line_list.places.query("role == 'home'").dropna(subset="lon")
    assert 0.5 < len(home) / len(line_list.cases) < 0.7
    lon, lat = home["lon"].to_numpy(), home["lat"].to_numpy()
    apart = distance_m(lon[:, None], lat[:, None], lon[None, :], lat[None, :])
    np.fill_diagonal(apart, np.inf)
    assert np.mean(apart.min(axis=1) < 200) > 0.5


def test_points_lie_in_the_commune_of_their_address(
    units: tuple[SimpleNamespace, SimpleNamespace, pd.DataFrame], line_list: LineList
) -> None:
    communes = units[0].communes.set_index("full_name").geometry
    home = line_list.places.query("role == 'home'").dropna(subset=["lon", "address"])
    checked = 0
    for row in home.itertuples():
        named = [name for name in communes.index if re.search(rf"{name}(?!\d)", row.address)]
        if len(named) == 1:
            checked += 1
            assert communes[named[0]].buffer(1e-6).covers(shapely.Point(row.lon, row.lat))
    assert checked > 20


def test_every_case_but_the_first_was_infected_by_an_earlier_one(
    units: tuple[SimpleNamespace, SimpleNamespace, pd.DataFrame],
) -> None:
    rng = np.random.default_rng(3)
    spread = spread_cases(units[0].communes, [0, 5], cases=80, days=30, rng=rng)
    assert len(spread.day) == 80
    assert np.all(np.diff(spread.day) >= 0)
    infected = spread.parent >= 0
    assert np.sum(~infected) == 2
    assert np.all(spread.day[spread.parent[infected]] <= spread.day[infected])
    assert np.all(spread.cluster[spread.parent[infected]] == spread.cluster[infected])


def test_addresses_are_of_both_editions_and_messy(outbreak: Outbreak) -> None:
    addresses = outbreak.line_list["Địa chỉ nơi ở"]
    assert addresses.str.contains("Bàn Cờ|ban co", case=False).sum() > 60
    assert (~addresses.str.contains("Bàn Cờ|ban co", case=False)).sum() > 60
    assert addresses.map(str.isascii).sum() > 8
    assert addresses.str.contains(r"\bP\.|\bX\.|\bH\.").sum() > 30


def test_doses_stay_near_the_people_there_are(outbreak: Outbreak) -> None:
    adults = outbreak.population.query("age_from == 18").set_index("code")["population"]
    given = outbreak.doses.query("dose == 1 and age_from >= 18").groupby("code")["doses"].sum()
    share = given / adults
    assert share.between(0.4, 1.15).all()
    assert (outbreak.doses["date"] <= pd.Timestamp(outbreak.as_of)).all()


def test_facilities_come_back(outbreak: Outbreak, tmp_path: Path) -> None:
    read = read_facilities(write_outbreak(outbreak, tmp_path).facilities)
    assert not read.faults
    pd.testing.assert_frame_equal(
        read.table[["name", "kind", "lon", "lat"]], outbreak.facilities[["name", "kind", "lon", "lat"]]
    )


def test_what_cannot_be_made(units: tuple[SimpleNamespace, SimpleNamespace, pd.DataFrame]) -> None:
    with pytest.raises(ValueError, match="no commune"):
        make_outbreak(*units, provinces=("99",))
    with pytest.raises(ValueError, match="at least one"):
        make_outbreak(*units, cases=0)
    assert len(make_outbreak(*units, cases=1).line_list) == 1


def test_the_samples_are_what_their_readme_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (DATA / "README.md").read_text("utf-8")
    listed = re.findall(r"^\| (\S+\.csv) \|.*\| (\d+) \| ([0-9a-f]{64}) \|$", text, re.MULTILINE)
    assert {name for name, _, _ in listed} == {path.name for path in DATA.glob("*.csv")}
    code = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert code is not None
    monkeypatch.chdir(tmp_path)
    exec(compile(code[1], os.fspath(DATA / "README.md"), "exec"), {})  # noqa: S102
    for name, _, digest in listed:
        kept = (DATA / name).read_bytes()
        assert hashlib.sha256(kept).hexdigest() == digest, name
        assert (tmp_path / "data" / name).read_bytes() == kept, name
    sample = read_line_list(DATA / "line_list.csv")
    assert (sample.rows_read, len(sample.rejects)) == (60, 4)
