"""Reading outlines: formats, columns, systems of coordinates, faults, mending, topology."""

from __future__ import annotations

import json
import zipfile

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geozone.admin import read_units
from geozone.admin.topology import check_topology, polygons_of
from geozone.errors import DataError
from geozone.geodesy import area_km2
from geozone.schema import UNITS
from geozone.types import BoundaryQuality, Edition

SIDE = 0.1


def table(grid, **columns):
    plain = gpd.GeoDataFrame(
        {"ma_xa": grid.communes["code"], "ten": grid.communes["full_name"], **columns},
        geometry=grid.communes.geometry.to_numpy(),
        crs="EPSG:4326",
    )
    plain["geometry"] = shapely.normalize(plain.geometry.to_numpy())
    return plain


def saved(frame, path):
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_file(path)
    return path


@pytest.mark.parametrize("name", ["u.geojson", "u.parquet", "u.gpkg", "u.shp"])
def test_every_format_gives_the_same_units(grid, tmp_path, name):
    units, report = read_units(saved(table(grid), tmp_path / name), base=grid)
    assert report.code_column == "ma_xa"
    assert report.units_read == 9
    assert report.coverage_valid
    assert not report.overlaps
    assert not report.gaps
    assert not report.reprojected
    assert units.boundary_quality is BoundaryQuality.IMPORTED
    assert units.source.name == name
    assert len(units.source.sha256) == 64
    UNITS.validate(units.communes)
    assert shapely.equals(units.communes.geometry.to_numpy(), grid.communes.geometry.to_numpy()).all()
    pd.testing.assert_series_equal(units.communes["full_name"], grid.communes["full_name"])
    assert units.communes["area_km2"].to_numpy() == pytest.approx(area_km2(grid.communes.geometry.to_numpy()))


def test_a_zipped_shapefile_and_a_zip_of_one_file_per_unit(grid, tmp_path):
    folder = tmp_path / "shp"
    folder.mkdir()
    saved(table(grid), folder / "u.shp")
    with zipfile.ZipFile(tmp_path / "u.zip", "w") as archive:
        for part in folder.iterdir():
            archive.write(part, part.name)
    assert read_units(tmp_path / "u.zip", base=grid)[1].units_read == 9
    with zipfile.ZipFile(tmp_path / "repository.zip", "w") as archive:
        archive.writestr("geojson/README.md", "about")
        for code, shape in zip(grid.communes["code"], grid.communes.geometry, strict=True):
            feature = {
                "type": "Feature",
                "id": code,
                "geometry": json.loads(shapely.to_geojson(shape)),
                "properties": {"code": code, "name": "x", "fullName": f"Phường {code}", "areaKm2": 1.0},
            }
            document = json.dumps({"type": "FeatureCollection", "features": [feature]})
            archive.writestr(f"geojson/01_ha_noi/wards/{code}_x.geojson", document)
        province = {
            "type": "Feature",
            "id": "01",
            "geometry": feature["geometry"],
            "properties": {"code": "01"},
        }
        document = json.dumps({"type": "FeatureCollection", "features": [province]})
        archive.writestr("geojson/01_ha_noi/01_ha_noi.geojson", document)
    units, report = read_units(tmp_path / "repository.zip", base=grid)
    assert report.units_read == 9
    assert report.unknown_codes == ()
    assert units.communes["full_name"].iloc[0] == "Phường 00001"


def test_codes_that_are_numbers_get_their_zeros_back(grid, tmp_path):
    numbers = table(grid)
    numbers["ma_xa"] = numbers["ma_xa"].astype(int)
    units, report = read_units(saved(numbers, tmp_path / "u.gpkg"), base=grid)
    assert list(units.communes["code"]) == list(grid.communes["code"])
    assert report.unknown_codes == ()


def test_a_named_code_column_wins_and_a_wrong_name_is_refused(grid, tmp_path):
    both = table(grid, khac=["00009", "00008", "00007", "00006", "00005", "00004", "00003", "00002", "00001"])
    file = saved(both, tmp_path / "u.parquet")
    units, _ = read_units(file, code_column="khac", base=grid)
    assert units.communes.geometry.iloc[0].equals(grid.communes.geometry.iloc[8])
    with pytest.raises(DataError, match="no such column"):
        read_units(file, code_column="none", base=grid)


def test_other_coordinate_systems_are_transformed(grid, tmp_path):
    file = saved(table(grid).to_crs("EPSG:32648"), tmp_path / "u.gpkg")
    units, report = read_units(file, base=grid)
    assert report.reprojected
    assert "UTM" in report.crs
    moved = shapely.hausdorff_distance(
        units.communes.geometry.to_numpy(), grid.communes.geometry.to_numpy()
    ).max()
    assert moved < 1e-7


def test_a_shapefile_without_prj_is_taken_only_if_it_looks_like_degrees(grid, tmp_path):
    file = saved(table(grid), tmp_path / "u.shp")
    file.with_suffix(".prj").unlink()
    units, report = read_units(file, base=grid)
    assert len(units.communes) == 9
    assert "no coordinate reference system" in str(report.faults[0])
    metres = saved(table(grid).to_crs("EPSG:32648"), tmp_path / "m.shp")
    metres.with_suffix(".prj").unlink()
    with pytest.raises(DataError, match="no coordinate reference system"):
        read_units(metres, base=grid)


def test_metres_in_a_geojson_are_refused(grid, tmp_path):
    text = table(grid).to_crs("EPSG:32648").set_crs("EPSG:4326", allow_override=True).to_json()
    (tmp_path / "m.geojson").write_text(text)
    with pytest.raises(DataError, match="in degrees"):
        read_units(tmp_path / "m.geojson", base=grid)


@pytest.mark.parametrize("with_base", [True, False])
def test_swapped_coordinates_are_refused(grid, tmp_path, with_base):
    swapped = table(grid)
    swapped["geometry"] = shapely.transform(swapped.geometry.to_numpy(), lambda xy: xy[:, ::-1])
    with pytest.raises(DataError, match="swapped"):
        read_units(
            saved(swapped, tmp_path / "s.parquet"), base=grid if with_base else None, name_column="ten"
        )


def test_codes_given_twice_are_refused_with_their_rows(grid, tmp_path):
    twice = table(grid)
    twice.loc[[4, 7], "ma_xa"] = "00001"
    with pytest.raises(DataError) as caught:
        read_units(saved(twice, tmp_path / "u.geojson"), base=grid)
    assert [fault.row for fault in caught.value.faults] == [5, 8]
    assert "row 1" in str(caught.value)


def test_rows_without_a_usable_outline_are_reported_and_keep_their_own(grid, tmp_path):
    holed = table(grid)
    holed.loc[2, "geometry"] = None
    holed.loc[3, "geometry"] = shapely.Point(105, 20)
    holed.loc[4, "geometry"] = shapely.Polygon()
    holed.loc[5, "ma_xa"] = None
    units, report = read_units(saved(holed, tmp_path / "u.parquet"), base=grid)
    assert [fault.row for fault in report.faults] == [3, 4, 5, 6]
    assert report.units_read == 5
    assert report.missing_codes == ("00003", "00004", "00005", "00006")
    assert report.kept_from_base == 4
    quality = units.communes.set_index("code")["boundary_quality"]
    assert set(quality[["00003", "00006"]]) == {"approximate"}
    assert units.boundary_quality is BoundaryQuality.APPROXIMATE
    assert len(units.sources) == 2


def test_self_intersections_are_mended_and_named(grid, tmp_path):
    bowtie = table(grid)
    bowtie.loc[0, "geometry"] = shapely.Polygon([(105, 20), (105.1, 20.1), (105.1, 20), (105, 20.1)])
    units, report = read_units(saved(bowtie, tmp_path / "u.parquet"), base=grid)
    assert report.repaired == ("00001",)
    assert "self-intersection" in report.faults[0].found
    assert shapely.is_valid(units.communes.geometry.to_numpy()).all()
    left_open = shapely.Polygon([(105, 20.1), (105.1, 20.1), (105.05, 20.05)])
    assert report.gap_km2 == pytest.approx(area_km2([left_open])[0], rel=1e-6)


def test_overlaps_and_gaps_are_measured(grid, tmp_path):
    moved = table(grid)
    moved.loc[4, "geometry"] = shapely.box(105.1, 20.1, 105.21, 20.19)
    _, report = read_units(saved(moved, tmp_path / "u.parquet"), base=grid)
    assert not report.coverage_valid
    pairs = {(pair.code, pair.other_code): pair.area_km2 for pair in report.overlaps}
    assert set(pairs) == {("00005", "00006")}
    assert pairs["00005", "00006"] == pytest.approx(
        area_km2([shapely.box(105.2, 20.1, 105.21, 20.19)])[0], rel=1e-6
    )
    assert report.overlap_km2 == pytest.approx(sum(pairs.values()))
    assert len(report.gaps) == 1
    assert report.gaps[0].area_km2 == pytest.approx(
        area_km2([shapely.box(105.1, 20.19, 105.2, 20.2)])[0], rel=1e-6
    )
    assert 105.1 < report.gaps[0].lon < 105.2
    assert "00005" in report.mismatched
    text = str(report)
    assert "overlaps" in text
    assert "gaps" in text
    assert json.loads(json.dumps(report.to_dict()))["overlaps"][0]["code"] == "00005"


def test_a_missing_unit_in_the_middle_is_a_gap_of_the_file(grid, tmp_path):
    ring = table(grid).drop(index=4)
    _, report = read_units(saved(ring, tmp_path / "u.parquet"), base=grid, keep_base=False)
    assert report.missing_codes == ("00005",)
    assert report.gap_km2 == pytest.approx(float(grid.communes["area_km2"].iloc[4]), rel=1e-6)
    assert report.coverage_valid


def test_a_province_s_own_file_leaves_the_rest_approximate_and_disjoint(grid, tmp_path):
    part = table(grid).iloc[:3].copy()
    part["geometry"] = shapely.box([105, 105.1, 105.2], 20.0, [105.1, 105.2, 105.3], 20.13)
    units, report = read_units(saved(part, tmp_path / "u.parquet"), base=grid, licence="CC BY 4.0")
    assert len(units.communes) == 9
    assert report.kept_from_base == 6
    assert list(units.communes["boundary_quality"]) == ["imported"] * 3 + ["approximate"] * 6
    shapes = units.communes.geometry.to_numpy()
    assert shapely.area(shapes).sum() == pytest.approx(shapely.union_all(shapes).area)
    assert units.source.licence == "CC BY 4.0"
    alone, _ = read_units(tmp_path / "u.parquet", base=grid, keep_base=False)
    assert list(alone.communes["code"]) == ["00001", "00002", "00003"]
    assert alone.boundary_quality is BoundaryQuality.IMPORTED


def test_unknown_codes_are_kept_and_reported(grid, tmp_path):
    strange = table(grid, ma_tinh="01")
    strange.loc[8, ["ma_xa", "ten"]] = ["77777", "Xã Mới"]
    units, report = read_units(saved(strange, tmp_path / "u.parquet"), base=grid)
    assert report.unknown_codes == ("77777",)
    assert report.missing_codes == ("00009",)
    new = units.communes.set_index("code").loc["77777"]
    assert (new["name"], new["kind"], new["province_name"]) == ("Mới", "xã", "Thành phố Hà Nội")


def test_a_new_name_is_taken_and_an_abbreviated_one_is_not(grid, tmp_path):
    named = table(grid)
    named.loc[0, "ten"] = "BA ĐÌNH"
    named.loc[1, "ten"] = "Phường Ngọc Hà Mới"
    units, report = read_units(saved(named, tmp_path / "u.parquet"), base=grid)
    assert list(units.communes["full_name"])[:2] == ["Phường Ba Đình", "Phường Ngọc Hà Mới"]
    assert [fault.row for fault in report.faults] == [2]


def test_units_of_another_country_need_a_code_and_a_name(tmp_path):
    cells = gpd.GeoDataFrame(
        {"GKZ": ["101", "102"], "Gemeinde": ["Eisenstadt", "Rust"], "unit code": ["AT101", "AT102"]},
        geometry=[shapely.box(16.5, 47.8, 16.6, 47.9), shapely.box(16.6, 47.8, 16.7, 47.9)],
        crs="EPSG:4326",
    )
    file = saved(cells, tmp_path / "at.gpkg")
    units, report = read_units(file, code_column="GKZ", name_column="Gemeinde", base=None)
    assert list(units.communes["full_name"]) == ["Eisenstadt", "Rust"]
    assert units.edition is Edition.E2025
    assert units.provinces.empty
    assert report.missing_codes == ()
    UNITS.validate(units.communes)
    with pytest.raises(DataError, match="names"):
        read_units(file, base=None)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.geojson", b""),
        ("text.geojson", b"hello"),
        ("none.geojson", b'{"type":"FeatureCollection","features":[]}'),
        ("broken.parquet", b"PAR1xxxxPAR1"),
        ("broken.zip", b"PK\x03\x04xxxx"),
        ("table.csv", b"code,name\n00001,a\n"),
    ],
)
def test_files_that_are_no_outlines_are_refused_by_name(grid, tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_units(tmp_path / name, base=grid)
    assert caught.value.source == name
    assert str(tmp_path) not in str(caught.value)


def test_a_missing_file_and_a_file_without_codes(grid, tmp_path):
    with pytest.raises(DataError, match="no such file"):
        read_units(tmp_path / "none.gpkg", base=grid)
    with pytest.raises(DataError, match="column of unit codes"):
        read_units(saved(table(grid)[["ten", "geometry"]], tmp_path / "u.parquet"), base=grid)


def test_imported_units_written_and_read_again(grid, tmp_path):
    units, _ = read_units(saved(table(grid).iloc[:4], tmp_path / "u.parquet"), base=grid)
    again = type(units).read(units.write(tmp_path / "set.parquet"))
    assert again.sources == units.sources
    assert list(again.communes["boundary_quality"]) == list(units.communes["boundary_quality"])
    assert again.boundary_quality is BoundaryQuality.APPROXIMATE


def test_progress_is_told_to_the_end(grid, tmp_path):
    told = []
    read_units(
        saved(table(grid), tmp_path / "u.parquet"), base=grid, progress=lambda *step: told.append(step)
    )
    assert told[-1][1] == told[-1][2]
    assert [step[1] for step in told] == sorted(step[1] for step in told)


def test_a_collection_keeps_only_its_areas():
    mixed = shapely.GeometryCollection(
        [shapely.box(0, 0, 1, 1), shapely.Point(5, 5), shapely.box(2, 0, 3, 1)]
    )
    kept = polygons_of(np.array([mixed, shapely.LineString([(0, 0), (1, 1)])], dtype=object))
    assert kept[0].area == 2
    assert kept[1].is_empty


@given(st.floats(0.001, 0.05), st.integers(0, 8))
def test_a_grown_square_overlaps_exactly_by_what_it_took(growth, which):
    cells = [shapely.box(i % 3, i // 3, i % 3 + 1, i // 3 + 1) for i in range(9)]
    grown = shapely.box(which % 3 - growth, which // 3, which % 3 + 1, which // 3 + 1)
    cells[which] = grown
    codes = np.array([str(i) for i in range(9)], dtype=object)
    topology = check_topology(codes, np.array(cells, dtype=object))
    expected = area_km2([shapely.box(which % 3 - growth, which // 3, which % 3, which // 3 + 1)])[0]
    total = sum(pair.area_km2 for pair in topology.overlaps)
    assert total == pytest.approx(expected if which % 3 else 0, rel=1e-6, abs=1e-4)
    assert topology.gaps == ()


@pytest.mark.real_data
def test_the_real_communes_import_with_their_known_faults(real_data, units_2025):
    file = real_data / "communes_2025_focus4_20m.geojson"
    units, report = read_units(file, base=units_2025)
    assert report.units_read == 393
    assert len(report.missing_codes) == 3321 - 393
    assert len(units.communes) == 3321
    assert report.unknown_codes == ()
    assert shapely.is_valid(units.communes.geometry.to_numpy()).all()
    imported = units.communes[units.communes["boundary_quality"] == "imported"]
    assert len(imported) == 393
    found = units.index.locate(imported["lon"].to_numpy(), imported["lat"].to_numpy())
    assert (units.communes["code"].to_numpy()[found] == imported["code"].to_numpy()).mean() > 0.99


def test_overlaps_and_gaps_agree_with_pairwise_intersections():
    rng = np.random.default_rng(7)
    x, y = np.meshgrid(np.arange(6.0), np.arange(6.0))
    cells = shapely.box(x.ravel(), y.ravel(), x.ravel() + 1, y.ravel() + 1)
    moved = rng.choice(36, 8, replace=False)
    shift = rng.uniform(-0.2, 0.2, (36, 2))
    for i in moved:
        cells[i] = shapely.transform(cells[i], lambda xy, by=shift[i]: xy + by)
    codes = np.array([f"{i:02d}" for i in range(36)], dtype=object)
    topology = check_topology(codes, cells)
    found = {(pair.code, pair.other_code): pair.area_km2 for pair in topology.overlaps}
    expected = {}
    for i in range(36):
        for j in range(i + 1, 36):
            shared = polygons_of(np.array([shapely.intersection(cells[i], cells[j])], dtype=object))
            if area_km2(shared)[0] > 1e-3:
                expected[f"{i:02d}", f"{j:02d}"] = area_km2(shared)[0]
    assert found == pytest.approx(expected, rel=1e-6)
    union = shapely.union_all(cells)
    holes = [shapely.Polygon(ring) for part in shapely.get_parts(union) for ring in part.interiors]
    assert sum(gap.area_km2 for gap in topology.gaps) == pytest.approx(sum(area_km2(holes)), rel=1e-6)


def test_a_unit_inside_another_and_the_same_unit_twice_are_overlaps():
    outer, inner = shapely.box(0, 0, 3, 3), shapely.box(1, 1, 2, 2)
    codes = np.array(["a", "b", "c"], dtype=object)
    topology = check_topology(codes, np.array([outer, inner, shapely.box(3, 0, 4, 3)], dtype=object))
    assert [(pair.code, pair.other_code) for pair in topology.overlaps] == [("a", "b")]
    assert not topology.coverage_valid
    twins = check_topology(codes[:2], np.array([outer, outer], dtype=object))
    assert twins.overlaps[0].area_km2 == pytest.approx(area_km2([outer])[0])
