"""Every format of features, opened by a program we did not write, against GeoJSON of the same request."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
import shapely
from shapely.geometry import shape

from geozone.api import ServiceOptions, create_app
from geozone.api import items as items_module

LAYERS = ["communes", "containment_zones", "green_zones", "coverage", "facilities", "checkpoints"]
TYPES = {
    "json": "application/geo+json",
    "jsonseq": "application/geo+json-seq",
    "csv": "text/csv; charset=utf-8",
    "flatgeobuf": "application/vnd.flatgeobuf",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
SUFFIXES = {"jsonseq": ".geojsons", "csv": ".csv", "flatgeobuf": ".fgb"}


def get(client: Any, layer: str, query: str) -> Any:
    answer = client.get(f"/ogc/collections/{layer}/items?{query}")
    assert answer.status_code == 200, answer.text
    return answer


def features(client: Any, layer: str, query: str = "") -> list[dict[str, Any]]:
    return get(client, layer, f"limit=1000&{query}").json()["features"]


def same(one: Any, other: Any) -> bool:
    if one is None or (isinstance(one, float) and np.isnan(one)) or one is pd.NaT or one is pd.NA:
        return other is None
    if isinstance(other, list | dict):
        return json.loads(one) == other
    if isinstance(one, pd.Timestamp):
        return one.strftime("%Y-%m-%d") == other
    return one == other or (isinstance(other, float) and abs(one - other) < 1e-9)


def check_frame(frame: pd.DataFrame, expected: list[dict[str, Any]]) -> None:
    assert len(frame) == len(expected)
    for row, feature in zip(frame.to_dict("records"), expected, strict=True):
        assert set(row) - {"geometry"} == set(feature["properties"])
        for name, value in feature["properties"].items():
            assert same(row[name], value), (name, row[name], value)
        assert row["geometry"].normalize().equals_exact(_multi(shape(feature["geometry"]), row), 1e-6)


def _multi(outline: Any, row: dict[str, Any]) -> Any:
    if row["geometry"].geom_type == "MultiPolygon" and outline.geom_type == "Polygon":
        return shapely.MultiPolygon([outline]).normalize()
    return outline.normalize()


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("name", ["flatgeobuf", "parquet"])
def test_geopandas_reads_map_files(client: Any, layer: str, name: str) -> None:
    answer = get(client, layer, f"limit=1000&f={name}")
    read = gpd.read_parquet if name == "parquet" else gpd.read_file
    frame = read(io.BytesIO(answer.content))
    assert frame.crs.to_epsg() == 4326
    key = {"communes": "code", "green_zones": "code", "coverage": "code", "facilities": "facility_id"}
    expected = features(client, layer)
    if name == "flatgeobuf" and len(frame):  # its index orders the features in space
        frame = frame.sort_values(key.get(layer, "zone_id"))
    check_frame(frame, expected)


def test_parquet_keeps_types_and_boxes(client: Any) -> None:
    table = pq.read_table(io.BytesIO(get(client, "communes", "f=parquet").content))
    kinds = {field.name: str(field.type) for field in table.schema}
    assert kinds["epidemic_level"] == "int64"
    assert kinds["verified"] == "bool"
    assert kinds["lower_on"].startswith("timestamp")
    assert kinds["bbox"].startswith("struct")
    assert json.loads(table.schema.metadata[b"geo"])["version"] == "1.1.0"


@pytest.mark.parametrize("layer", LAYERS)
def test_csv(client: Any, layer: str) -> None:
    answer = get(client, layer, "limit=1000&f=csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    expected = features(client, layer)
    assert len(rows) == len(expected)
    for row, feature in zip(rows, expected, strict=True):
        assert shapely.from_wkt(row.pop("WKT")).equals_exact(shape(feature["geometry"]), 1e-6, normalize=True)
        assert list(row) == list(feature["properties"])
        for name, value in feature["properties"].items():
            if value is None:
                assert row[name] == ""
            elif isinstance(value, bool):
                assert row[name] == str(value).lower()
            elif isinstance(value, int | float):
                assert float(row[name]) == value
            elif isinstance(value, list | dict):
                assert json.loads(row[name]) == value
            else:
                assert row[name] == value


@pytest.mark.parametrize("layer", LAYERS)
def test_openpyxl_reads_workbooks(client: Any, layer: str) -> None:
    answer = get(client, layer, "limit=1000&f=xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == [layer, "columns"]
    header, *rows = book[layer].iter_rows(values_only=True)
    expected = features(client, layer)
    assert len(rows) == len(expected)
    for row, feature in zip(rows, expected, strict=True):
        found = dict(zip(header, row, strict=True))
        for name, value in feature["properties"].items():
            held = found[name]
            assert same(pd.Timestamp(held) if hasattr(held, "year") else held, value), name
        if layer == "facilities":
            assert [found["x"], found["y"]] == feature["geometry"]["coordinates"]
    described = [row[0] for row in book["columns"].iter_rows(min_row=2, values_only=True)]
    assert set(described) <= set(header)


def test_geojson_sequences(client: Any) -> None:
    answer = get(client, "communes", "limit=1000&f=jsonseq")
    records = answer.content.split(b"\x1e")
    assert records[0] == b""
    assert all(record.endswith(b"\n") for record in records[1:])
    assert [json.loads(record) for record in records[1:]] == features(client, "communes")


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="gdal-bin is not installed")
@pytest.mark.parametrize("name", SUFFIXES)
@pytest.mark.parametrize("layer", ["communes", "facilities"])
def test_gdal_reads_files(client: Any, tmp_path: Path, layer: str, name: str) -> None:
    file = tmp_path / f"{layer}{SUFFIXES[name]}"
    file.write_bytes(get(client, layer, f"limit=1000&f={name}").content)
    shown = subprocess.run(
        ["ogrinfo", "-ro", "-al", "-so", str(file)], capture_output=True, text=True, check=True
    )
    assert f"Feature Count: {len(features(client, layer))}\n" in shown.stdout
    assert "Geometry: None" not in shown.stdout
    assert "ERROR" not in shown.stderr


@pytest.mark.parametrize("name", TYPES)
def test_formats_keep_the_question(client: Any, name: str) -> None:
    query = "filter=epidemic_level%3D1&sortby=-code&properties=name,code&limit=3&crs=EPSG:3405"
    answer = get(client, "communes", f"{query}&f={name}")
    assert answer.headers["content-type"] == TYPES[name]
    assert answer.headers["content-crs"] == "<http://www.opengis.net/def/crs/EPSG/0/3405>"
    assert 'rel="next"' in answer.headers["link"]
    assert f"f={name}" in answer.headers["link"]
    expected = [feature["id"] for feature in features(client, "communes", "filter=epidemic_level%3D1")][::-1][
        :3
    ]
    if name == "parquet":
        frame = gpd.read_parquet(io.BytesIO(answer.content))
        assert frame.crs.to_epsg() == 3405
        assert frame["code"].tolist() == expected
        assert frame.total_bounds[0] > 500_000
    if name == "csv":
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert [row["code"] for row in rows] == expected
        assert shapely.from_wkt(rows[0]["WKT"]).bounds[0] > 500_000


@pytest.mark.parametrize("name", TYPES)
def test_geometry_may_be_left_out(client: Any, name: str) -> None:
    answer = get(client, "communes", f"skip-geometry=true&f={name}")
    if name == "csv":
        assert "WKT" not in answer.text.splitlines()[0]
    if name == "flatgeobuf":
        assert gpd.read_file(io.BytesIO(answer.content), ignore_geometry=True)["code"].nunique() == 36


@pytest.mark.parametrize("name", ["csv", "jsonseq", "flatgeobuf", "parquet", "xlsx"])
def test_files_have_names_and_tags_of_their_own(client: Any, name: str) -> None:
    answer = get(client, "communes", f"f={name}")
    assert answer.headers["content-disposition"].startswith('attachment; filename="communes.')
    assert answer.headers["etag"] != get(client, "communes", "").headers["etag"]
    address = f"/ogc/collections/communes/items?f={name}"
    assert client.get(address, {"If-None-Match": answer.headers["etag"]}).status_code == 304


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("*/*", "application/geo+json"),
        ("application/json", "application/geo+json"),
        ("application/geo+json;q=0.5, text/csv", "text/csv; charset=utf-8"),
        ("text/csv;q=0.1, application/geo+json;q=0.9", "application/geo+json"),
        ("application/vnd.apache.parquet", "application/vnd.apache.parquet"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html; charset=utf-8"),
        ("x/y", "application/geo+json"),
        ("text/csv;q=0, */*;q=0.1", "application/geo+json"),
        ("text/csv;q=nonsense", "application/geo+json"),
        (",;,=", "application/geo+json"),
    ],
)
def test_the_client_may_say_what_it_accepts(client: Any, accept: str, expected: str) -> None:
    answer = client.get("/ogc/collections/communes/items?limit=2", {"Accept": accept})
    assert answer.headers["content-type"] == expected
    assert "Accept" in answer.headers["vary"].split(", ")


def test_two_formats_at_one_address_are_never_mixed_up(client: Any) -> None:
    address = "/ogc/collections/communes/items?limit=2"
    first = client.get(address, {"Accept": "text/csv"})
    second = client.get(address, {"Accept": "application/geo+json", "If-None-Match": first.headers["etag"]})
    assert second.status_code == 200
    assert second.headers["content-type"] == "application/geo+json"


HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0", "＝1", "a=1", 'say "x"', "a,b\nc"]


@pytest.fixture
def hostile(store: Any, make_client: Any, make_release: Any) -> Any:
    release = make_release()
    release._tables["communes"].loc[: len(HOSTILE) - 1, "name"] = HOSTILE
    release._tables["communes"].loc[20, "name"] = "bell\x07"
    store.publish(release)
    return make_client(create_app(store, web_root=None, options=ServiceOptions(prepare=False)))


def test_text_never_becomes_a_formula_in_csv(hostile: Any) -> None:
    rows = list(csv.DictReader(io.StringIO(get(hostile, "communes", "f=csv").text, newline="")))
    for row, given in zip(rows, HOSTILE, strict=False):
        assert row["name"] in (given, f"'{given}")
        assert row["name"][0] not in "=+-@\t\r＝"
    assert [row["name"] for row in rows[7:10]] == HOSTILE[7:10]


def test_text_never_becomes_a_formula_in_workbooks(hostile: Any) -> None:
    book = openpyxl.load_workbook(io.BytesIO(get(hostile, "communes", "f=xlsx").content))
    sheet = book["communes"]
    at = [cell.value for cell in sheet[1]].index("name") + 1
    for place, given in enumerate(HOSTILE):
        cell = sheet.cell(place + 2, at)
        assert cell.data_type != "f"
        assert cell.value == given
    assert sheet.cell(22, at).value == "bell"


def test_long_answers_are_streamed(client: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(items_module, "_STREAM_FROM", 5)
    for name in ("json", "jsonseq", "csv"):
        answer = get(client, "communes", f"limit=30&f={name}")
        assert "content-length" not in answer.headers
    assert "content-length" in get(client, "communes", "limit=30&f=xlsx").headers


def test_a_start_loads_no_writer() -> None:
    code = (
        "import sys; import geozone.api; "
        "print([m for m in ('cql2', 'openpyxl', 'pyogrio', 'jinja2', 'folium') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
