"""The embedded editions, the crosswalk, the names; writing and reading unit sets."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import unicodedata
from importlib.resources import files

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import pytest
import shapely

from geozone.admin import AdminUnits, load_crosswalk, load_names, load_units
from geozone.admin.units import kind_of, name_of
from geozone.errors import DataError, NotFoundError
from geozone.schema import CROSSWALK, UNITS
from geozone.types import BoundaryQuality, Edition

COUNTS = {Edition.E2025: (3321, 0, 34), Edition.E2021: (10040, 696, 63)}
EDITIONS = pytest.mark.parametrize("edition", list(Edition))


@EDITIONS
def test_every_unit_is_there_with_a_valid_outline_that_is_marked_approximate(edition):
    units = load_units(edition)
    communes, districts, provinces = COUNTS[edition]
    assert len(units.communes) == communes
    assert len(units.districts) == districts
    assert len(units.provinces) == provinces
    for tier in (units.communes, units.districts, units.provinces):
        UNITS.validate(tier)
        shapes = tier.geometry.to_numpy()
        assert shapely.is_valid(shapes).all()
        assert not shapely.is_empty(shapes).any()
        assert set(shapely.get_type_id(shapes)) <= {3, 6}
        assert set(tier["boundary_quality"]) <= {"approximate"}
    assert units.boundary_quality is BoundaryQuality.APPROXIMATE
    assert units.communes.crs == "EPSG:4326"
    assert "MIT" in units.source.licence
    assert len(units.source.sha256) == 64


@EDITIONS
def test_the_outlines_are_a_polygon_coverage(edition):
    shapes = load_units(edition).communes.geometry.to_numpy()
    assert shapely.coverage_is_valid(shapes)
    joined = shapely.union_all(shapes)
    assert shapely.area(shapes).sum() == pytest.approx(joined.area, rel=1e-9)


@EDITIONS
def test_every_point_lies_in_its_own_unit_and_is_found_there_by_the_index(edition):
    communes = load_units(edition).communes
    lon, lat = communes["lon"].to_numpy(), communes["lat"].to_numpy()
    assert shapely.intersects_xy(communes.geometry.to_numpy(), lon, lat).all()
    found = load_units(edition).index.locate(lon, lat)
    assert (found == np.arange(len(communes))).mean() > 0.999


def test_the_readme_states_the_checksums_of_the_files():
    folder = files("geozone.admin") / "embedded"
    stated = (folder / "README.md").read_text(encoding="utf-8")
    for name in ("units_2021", "units_2025", "crosswalk", "names"):
        digest = hashlib.sha256((folder / f"{name}.parquet").read_bytes()).hexdigest()
        assert f"{digest}  {name}.parquet" in stated


@EDITIONS
def test_parents_exist_and_agree(edition):
    units = load_units(edition)
    parents = units.districts if edition is Edition.E2021 else units.provinces
    assert set(units.communes["parent_code"]) == set(parents["code"])
    assert set(units.communes["province_code"]) == set(units.provinces["code"])
    if edition is Edition.E2021:
        assert set(units.districts["parent_code"]) == set(units.provinces["code"])
        assert units.communes["district_name"].notna().all()
    names = units.communes.groupby("province_code")["province_name"].nunique()
    assert (names == 1).all()


@EDITIONS
def test_codes_are_text_and_names_are_nfc_with_their_kind(edition):
    communes = load_units(edition).communes
    whole_districts = {"318", "471", "498", "536", "755"} if edition is Edition.E2021 else set()
    assert {code for code in communes["code"] if len(code) != 5} == whole_districts
    assert communes["code"].is_monotonic_increasing
    for column in ("name", "full_name", "province_name"):
        assert all(
            unicodedata.is_normalized("NFC", name) and name == name.strip() for name in communes[column]
        )
    kinds = {"xã", "phường", "thị trấn", "huyện"} if edition is Edition.E2021 else {"xã", "phường", "đặc khu"}
    assert set(communes["kind"]) == kinds


def test_the_islands_are_units_at_sea(units_2025, units_2021):
    full_names = set(units_2025.communes["full_name"])
    assert {"Đặc khu Hoàng Sa", "Đặc khu Trường Sa", "Đặc khu Phú Quốc"} <= full_names
    by_name = units_2025.communes.set_index("full_name")
    assert by_name.loc["Đặc khu Hoàng Sa", "lon"] > 111
    assert by_name.loc["Đặc khu Trường Sa", "lon"] > 111
    old = units_2021.communes
    assert (old.loc[old["district_name"] == "Huyện Trường Sa", "lon"] > 111).all()
    assert (old.loc[old["district_name"] == "Huyện Trường Sa", "area_km2"] > 0).all()


def test_known_communes_lie_where_they_are(units_2025):
    places = {"Phường Hoàn Kiếm": (105.852, 21.0287), "Phường Sa Pa": (103.844, 22.335)}
    for name, (lon, lat) in places.items():
        found = units_2025.communes.iloc[int(units_2025.index.locate([lon], [lat])[0])]
        assert found["full_name"] == name


def test_drawn_areas_agree_with_the_published_ones(units_2025):
    geod = pyproj.Geod(ellps="WGS84")
    communes = units_2025.communes
    drawn = np.array([abs(geod.geometry_area_perimeter(shape)[0]) / 1e6 for shape in communes.geometry])
    ratio = drawn / communes["area_km2"].to_numpy()
    assert np.median(ratio) == pytest.approx(1, abs=0.05)
    assert np.quantile(ratio, 0.1) > 0.7
    assert np.quantile(ratio, 0.9) < 1.3
    assert drawn.sum() == pytest.approx(331_000, rel=0.03)


def test_dissolved_areas_are_on_the_ellipsoid(units_2025):
    geod = pyproj.Geod(ellps="WGS84")
    for _, province in units_2025.provinces.iloc[:5].iterrows():
        expected = abs(geod.geometry_area_perimeter(province.geometry)[0]) / 1e6
        assert province["area_km2"] == pytest.approx(expected, rel=1e-4)


def test_the_land_border_is_kept_to(units_2025):
    abroad = {"Vientiane": (102.6, 17.97), "Nanning": (108.32, 22.82), "Phnom Penh": (104.92, 11.56)}
    abroad |= {"Savannakhet": (104.75, 16.55), "Haikou": (110.2, 20.03)}
    lon, lat = np.array(list(abroad.values())).T
    assert (units_2025.index.locate(lon, lat) == -1).all()


def test_crosswalk_covers_both_editions_and_its_shares_add_up(units_2025, units_2021):
    crosswalk = load_crosswalk()
    CROSSWALK.validate(crosswalk)
    assert set(crosswalk["code_2021"]) == set(units_2021.communes["code"])
    assert set(crosswalk["code_2025"]) == set(units_2025.communes["code"])
    shares = crosswalk.groupby("code_2021")["share"].sum()
    assert np.abs(shares - 1).max() < 1e-9
    assert (crosswalk["share"] > 0).all()
    parts = crosswalk.groupby("code_2021")["code_2025"].transform("size")
    assert (crosswalk["divided"] == (parts > 1)).all()
    assert int((parts > 1).groupby(crosswalk["code_2021"]).any().sum()) == 471
    assert (crosswalk.groupby("code_2021")["is_default"].sum() == 1).all()


def test_shares_are_those_of_the_drawn_areas(units_2025, units_2021):
    crosswalk = load_crosswalk()
    old = units_2021.communes.set_index("code").geometry
    new = units_2025.communes.set_index("code").geometry
    sample = crosswalk[crosswalk["divided"]].iloc[::40]
    for row in sample.itertuples():
        share = old[row.code_2021].intersection(new[row.code_2025]).area / old[row.code_2021].area
        assert row.share == pytest.approx(share, abs=0.03)


@EDITIONS
def test_names_are_unaccented_and_know_merged_names(edition):
    names = load_names(edition)
    assert set(names["code"]) == set(load_units(edition).communes["code"]) - {
        "318",
        "471",
        "498",
        "536",
        "755",
    }
    assert names["alias"].str.fullmatch(r"[a-z0-9]+").mean() > 0.98
    assert not names.duplicated().any()
    if edition is Edition.E2021:
        truc_bach = set(names.loc[names["code"] == "00004", "alias"])
        assert {"trucbach", "phuongtrucbach", "nguyentrungtruc"} <= truc_bach


def test_a_unit_set_written_and_read_is_the_same(grid, tmp_path):
    file = grid.write(tmp_path / "units.parquet")
    again = AdminUnits.read(file)
    assert again.edition is grid.edition
    assert again.sources == grid.sources
    pd.testing.assert_frame_equal(
        pd.DataFrame(again.communes.drop(columns="geometry")),
        pd.DataFrame(grid.communes.drop(columns="geometry")),
    )
    assert shapely.equals_exact(again.communes.geometry.to_numpy(), grid.communes.geometry.to_numpy()).all()
    assert [path.name for path in tmp_path.iterdir()] == ["units.parquet"]


def test_a_failed_write_leaves_the_file_as_it_was(grid, tmp_path, monkeypatch):
    file = grid.write(tmp_path / "units.parquet")
    before = file.read_bytes()
    monkeypatch.setattr(pq, "write_table", lambda *_, **__: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        grid.write(file)
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["units.parquet"]


def test_a_file_that_is_not_ours_is_refused(tmp_path):
    with pytest.raises(NotFoundError):
        AdminUnits.read(tmp_path / "none.parquet")
    other = tmp_path / "other.parquet"
    pq.write_table(pa.table({"a": [1]}), other)
    with pytest.raises(DataError, match=r"other\.parquet"):
        AdminUnits.read(other)
    garbage = tmp_path / "garbage.parquet"
    garbage.write_bytes(b"PAR1 nonsense")
    with pytest.raises(DataError, match=r"garbage\.parquet"):
        AdminUnits.read(garbage)


def test_gdal_reads_what_we_write(grid, tmp_path):
    ogrinfo = shutil.which("ogrinfo")
    if ogrinfo is None:
        pytest.skip("ogrinfo (gdal-bin) is not installed")
    formats = subprocess.run([ogrinfo, "--formats"], capture_output=True, text=True, check=True).stdout
    if "Parquet" not in formats:
        pytest.skip("this GDAL has no Parquet driver")
    file = grid.write(tmp_path / "units.parquet")
    shown = subprocess.run(
        [ogrinfo, "-so", "-al", str(file)], capture_output=True, text=True, check=True
    ).stdout
    assert "Feature Count: 9" in shown
    assert "WGS 84" in shown


def test_the_file_is_geoparquet_by_the_letter_of_its_specification(grid, tmp_path):
    schema = pq.read_schema(grid.write(tmp_path / "units.parquet"))
    geo = json.loads(schema.metadata[b"geo"])
    column = geo["columns"][geo["primary_column"]]
    assert geo["version"].startswith("1.")
    assert column["encoding"] == "WKB"
    assert set(column["geometry_types"]) <= {"Polygon", "MultiPolygon"}
    assert column["crs"]["id"] == {"authority": "EPSG", "code": 4326}


@pytest.mark.parametrize(
    ("full_name", "kind", "name"),
    [
        ("Phường Ba Đình", "phường", "Ba Đình"),
        ("Thị trấn Sa Pa", "thị trấn", "Sa Pa"),
        ("Thành phố Hà Nội", "thành phố", "Hà Nội"),
        ("Đặc khu Phú Quốc", "đặc khu", "Phú Quốc"),
        ("Quận 1", "quận", "1"),
        ("Xãm Lớn", "", "Xãm Lớn"),
        ("Wien", "", "Wien"),
    ],
)
def test_kind_and_name_of_a_full_name(full_name, kind, name):
    assert kind_of(full_name) == kind
    assert name_of(full_name) == name
