"""Files of places in: OpenStreetMap extracts, map files and Vietnamese tables, streamed and whole."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import geopandas as gpd
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geozone.errors import DataError, StoreError
from geozone.places import Gazetteer, import_gazetteer, read_gazetteer
from geozone.places import chunks as chunks_module
from geozone.places.tags import kind_of_word, parse_other_tags, tagged_places
from geozone.types import PlaceKind

OSM = """<?xml version='1.0' encoding='UTF-8'?>
<osm version="0.6" generator="test">
<node id="1" lat="21.0300" lon="105.8000" version="1"/>
<node id="2" lat="21.0300" lon="105.8100" version="1"/>
<node id="3" lat="21.0310" lon="105.8050" version="1">
  <tag k="addr:housenumber" v="12/34"/><tag k="addr:street" v="Phố Đội Cấn"/></node>
<node id="4" lat="21.0400" lon="105.8050" version="1">
  <tag k="place" v="hamlet"/><tag k="name" v="Thôn Đoài"/><tag k="alt_name" v="Xóm &quot;Tây&quot;"/></node>
<node id="5" lat="21.0500" lon="105.8050" version="1"/>
<node id="6" lat="21.0500" lon="105.8060" version="1"/>
<node id="7" lat="21.0510" lon="105.8060" version="1"/>
<node id="8" lat="21.0600" lon="105.8060" version="1"><tag k="amenity" v="school"/><tag k="name" v="Trường Chu Văn An"/></node>
<node id="9" lat="21.0610" lon="105.8060" version="1"><tag k="natural" v="tree"/></node>
<node id="11" lat="21.0620" lon="105.8060" version="1"><tag k="place" v="suburb"/><tag k="name" v="Phường Cống Vị"/></node>
<node id="12" lat="21.0700" lon="105.8000" version="1"/>
<way id="10" version="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/><tag k="name" v="Phố Đội Cấn"/></way>
<way id="13" version="1"><nd ref="1"/><nd ref="12"/><tag k="highway" v="residential"/></way>
<way id="14" version="1"><nd ref="5"/><nd ref="6"/><nd ref="7"/><nd ref="5"/>
  <tag k="building" v="apartments"/><tag k="addr:housenumber" v="7"/><tag k="addr:street" v="Phố Đội Cấn"/>
  <tag k="name" v="Tòa A"/></way>
<way id="15" version="1"><nd ref="1"/><nd ref="6"/><nd ref="12"/><nd ref="1"/>
  <tag k="landuse" v="industrial"/><tag k="name" v="KCN Thăng Long"/></way>
</osm>
"""


ENDINGS = {"GPKG": "gpkg", "GeoJSON": "geojson", "FlatGeobuf": "fgb", "Parquet": "parquet"}


def rows_of(gazetteer: Gazetteer) -> list[dict[str, object]]:
    return [row for table in gazetteer.tables for row in table.to_pylist()]


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    path = tmp_path / "hanoi.osm"
    path.write_text(OSM, encoding="utf-8")
    return path


def as_pbf(extract: Path) -> Path:
    if shutil.which("osmium") is None:
        pytest.skip("osmium-tool is not installed: no .osm.pbf can be made")
    packed = extract.with_suffix(".osm.pbf")
    subprocess.run(["osmium", "cat", extract, "-o", packed, "--overwrite"], check=True, capture_output=True)
    return packed


@pytest.mark.parametrize("packed", [False, True], ids=["xml", "pbf"])
def test_an_openstreetmap_extract_gives_what_addresses_name(extract: Path, packed: bool) -> None:
    gazetteer = read_gazetteer(as_pbf(extract) if packed else extract, licence="ODbL 1.0")
    found = {(row["kind"], row["name"], row["number"]) for row in rows_of(gazetteer)}
    assert found == {
        ("street", "Phố Đội Cấn", None),
        ("address", "Phố Đội Cấn", "12/34"),
        ("address", "Phố Đội Cấn", "7"),
        ("building", "Tòa A", None),
        ("hamlet", "Thôn Đoài", None),
        ("industrial-park", "KCN Thăng Long", None),
        ("poi", "Trường Chu Văn An", None),
    }
    [hamlet] = [row for row in rows_of(gazetteer) if row["kind"] == "hamlet"]
    assert hamlet["other_names"] == 'Xóm "Tây"'
    [street] = [row for row in rows_of(gazetteer) if row["kind"] == "street"]
    line = shapely.from_wkb(street["shape"])
    assert line.equals_exact(shapely.LineString([(105.80, 21.03), (105.81, 21.03)]), 1e-7)
    [source] = gazetteer.provenance
    assert (source.kind, source.licence) == ("places", "ODbL 1.0")


def test_the_reach_of_an_area_covers_it(extract: Path) -> None:
    [park] = [row for row in rows_of(read_gazetteer(extract)) if row["kind"] == "industrial-park"]
    corners = [(105.8, 21.03), (105.806, 21.05), (105.8, 21.07)]
    geod = pyproj.Geod(ellps="WGS84")
    furthest = max(geod.inv(park["lon"], park["lat"], x, y)[2] for x, y in corners)
    assert furthest <= park["radius_m"] * 1.001
    assert shapely.Polygon(corners).covers(shapely.Point(park["lon"], park["lat"]))


def test_a_vietnamese_table(tmp_path: Path) -> None:
    path = tmp_path / "thon.csv"
    path.write_text(
        "Mã,Tên,Loại,Kinh độ,Vĩ độ\n"
        "1,Thôn Giang Liễu,thôn,106.10,21.15\n"
        "2,Khu phố 3,Khu phố,106.11,21.16\n"
        "3,KCN Quế Võ,KCN,106.12,21.14\n"
        "4,,thôn,106.13,21.14\n"
        "5,Xóm Mới,xóm,21.14,206.13\n"
        "6,Nhà văn hóa,vũ trụ,106.13,21.14\n",
        encoding="utf-8",
    )
    done = import_gazetteer([path], tmp_path / "places")
    assert done.gazetteer.counts == {"hamlet": 2, "industrial-park": 1}
    [report] = done.reports
    where = {(fault.row, fault.column) for fault in report.faults}
    assert where == {(5, "name"), (6, "Vĩ độ"), (7, "kind")}
    assert report.fault_count == 3
    assert all(fault.found and fault.expected for fault in report.faults)


def test_addresses_as_one_text_and_in_parts(tmp_path: Path) -> None:
    whole = tmp_path / "whole.csv"
    whole.write_text(
        'Địa chỉ,lon,lat\n"479 ngõ 192, Lê Trọng Tấn, P. Định Công, Q. Hoàng Mai, Hà Nội",105.82,20.98\n',
        "utf-8",
    )
    parts = tmp_path / "parts.csv"
    parts.write_text('Số nhà;Đường;Tọa độ\n12A;Đội Cấn;"21.03, 105.81"\n', "utf-8")
    [first] = rows_of(read_gazetteer(whole))
    assert (first["kind"], first["name"], first["number"]) == ("address", "479 ngõ 192, Lê Trọng Tấn", None)
    [second] = rows_of(read_gazetteer(parts))
    assert (second["kind"], second["name"], second["number"]) == ("address", "Đội Cấn", "12A")
    assert (second["lon"], second["lat"]) == (105.81, 21.03)


@pytest.mark.parametrize("driver", ENDINGS)
def test_map_files_in_their_own_system(tmp_path: Path, driver: str) -> None:
    lines = gpd.GeoDataFrame(
        {"name": ["Đường Lê Lợi", None], "highway": ["primary", "primary"]},
        geometry=[shapely.LineString([(106.0, 21.1), (106.02, 21.1)])] * 2,
        crs=4326,
    )
    path = tmp_path / f"roads.{ENDINGS[driver]}"
    if driver == "Parquet":
        lines.to_parquet(path)
    else:
        table = lines.to_crs("EPSG:3405") if driver in ("GPKG", "FlatGeobuf") else lines
        table.to_file(path, driver=driver)
    done = import_gazetteer([path], tmp_path / "places")
    [street] = rows_of(done.gazetteer)
    assert street["kind"] == "street"
    assert shapely.from_wkb(street["shape"]).bounds == pytest.approx((106.0, 21.1, 106.02, 21.1), abs=1e-5)
    [fault] = done.reports[0].faults
    assert fault.column == "name"


def test_a_file_without_a_system_must_hold_degrees(tmp_path: Path) -> None:
    path = tmp_path / "metres.geojson"
    feature = {
        "type": "Feature",
        "properties": {"name": "A"},
        "geometry": {"type": "Point", "coordinates": [5e5, 2e6]},
    }
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    with pytest.raises(DataError, match="degrees"):
        read_gazetteer(path)


def test_twice_is_once_and_a_newer_file_takes_its_place(extract: Path, tmp_path: Path) -> None:
    folder = tmp_path / "places"
    first = import_gazetteer([extract], folder, licence="ODbL")
    again = import_gazetteer([extract], folder, known=first.gazetteer)
    assert again.gazetteer.digest == first.gazetteer.digest
    assert again.reports[0].rows_read == 0
    fresh = import_gazetteer([extract], tmp_path / "other", licence="ODbL")
    assert fresh.gazetteer.digest == first.gazetteer.digest
    extract.write_text(OSM.replace("Thôn Đoài", "Thôn Đông"), encoding="utf-8")
    newer = import_gazetteer([extract], folder, known=again.gazetteer)
    assert newer.gazetteer.digest != first.gazetteer.digest
    assert [row["name"] for row in rows_of(newer.gazetteer) if row["kind"] == "hamlet"] == ["Thôn Đông"]
    digest = newer.gazetteer.write(folder)
    assert rows_of(Gazetteer.read(folder, digest)) == rows_of(newer.gazetteer)


def test_what_breaks_half_way_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "thon.csv"
    rows = "".join(f"Thôn {i},{106 + i / 1000},21\n" for i in range(100))
    path.write_text("Tên,Kinh độ,Vĩ độ\n" + rows, encoding="utf-8")
    folder = tmp_path / "places"
    monkeypatch.setattr(chunks_module, "_ROWS", 10)
    given = chunks_module._points_of_cells
    calls = []

    def failing(*args: object) -> object:
        calls.append(1)
        if len(calls) > 4:
            raise OSError(28, "No space left on device")
        return given(*args)

    monkeypatch.setattr(chunks_module, "_points_of_cells", failing)
    with pytest.raises(StoreError, match="No space left"):
        import_gazetteer([path], folder)
    assert list((folder / "tables").iterdir()) == []


def test_a_damaged_table_is_told(extract: Path, tmp_path: Path) -> None:
    folder = tmp_path / "places"
    digest = import_gazetteer([extract], folder).gazetteer.write(folder)
    [table] = (folder / "tables").glob("*.arrow")
    table.write_bytes(table.read_bytes()[:100])
    with pytest.raises(StoreError, match="import them again"):
        Gazetteer.read(folder, digest)


@pytest.mark.parametrize("content", [b"", b"not a map", b"\x00\x00\x00\x0d\x0a\x09OSMHeader"])
def test_no_map_at_all(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "vietnam.osm.pbf"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"vietnam\.osm\.pbf"):
        read_gazetteer(path)
    with pytest.raises(DataError, match="no such file"):
        read_gazetteer(tmp_path / "absent.osm.pbf")


_texts = st.text(min_size=1, max_size=12)


@given(st.dictionaries(_texts, _texts, max_size=5))
def test_the_tags_that_gdal_packs_are_read_back(tags: dict[str, str]) -> None:
    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    packed = ",".join(f"{quoted(key)}=>{quoted(value)}" for key, value in tags.items())
    assert parse_other_tags(packed) == tags


@given(st.dictionaries(st.sampled_from(
    ["name", "highway", "place", "building", "landuse", "boundary", "kind", "address", "addr:housenumber", "addr:street"]
), _texts), st.booleans(), st.one_of(st.none(), st.sampled_from(PlaceKind)))  # fmt: skip
def test_any_row_is_at_most_two_places(tags: dict[str, str], is_line: bool, kind: PlaceKind | None) -> None:
    places = list(tagged_places(tags, is_line=is_line, kind=kind))
    assert len(places) <= 2
    assert all(place.name for place in places)
    assert all(place.kind is PlaceKind.ADDRESS for place in places[:-1])


@pytest.mark.parametrize(
    ("word", "kind"),
    [("Thôn", "hamlet"), ("KCN", "industrial-park"), ("residential", "street"), ("Chung cư", "estate"),
     ("industrial-park", "industrial-park"), ("Tòa nhà", "building"), ("vũ trụ", None)],
)  # fmt: skip
def test_kinds_as_tables_name_them(word: str, kind: str | None) -> None:
    assert kind_of_word(word) == kind
