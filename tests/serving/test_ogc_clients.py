"""Clients we did not write: GDAL's OAPIF driver on every collection, OWSLib, schemathesis for a short while."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import httpx
import pytest
from owslib.ogcapi.features import Features

LAYERS = [
    "communes", "containment_zones", "buffer_zones", "green_zones", "coverage", "facilities", "checkpoints",
]  # fmt: skip
NEEDS_GDAL = pytest.mark.skipif(shutil.which("ogr2ogr") is None, reason="gdal-bin is not installed")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "GDAL_HTTP_PROXY": "", "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    return subprocess.run(
        arguments, capture_output=True, text=True, check=False, env=environment, timeout=120
    )


def count(server: str, layer: str, *options: str) -> int:
    shown = run("ogrinfo", "-ro", "-so", *options, f"OAPIF:{server}/ogc", layer)
    assert shown.returncode == 0, shown.stderr
    assert "ERROR" not in shown.stderr, shown.stderr
    return int(shown.stdout.split("Feature Count: ")[1].split()[0])


@NEEDS_GDAL
@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize(("driver", "suffix"), [("GPKG", "gpkg"), ("FlatGeobuf", "fgb"), ("CSV", "csv")])
def test_ogr2ogr_copies_every_collection(
    server: str, tmp_path: Path, layer: str, driver: str, suffix: str
) -> None:
    target = tmp_path / f"{layer}.{suffix}"
    # FlatGeobuf has no lists of texts, which GDAL makes of the identifiers inside a buffer zone.
    plain = ("-mapFieldType", "StringList=String")
    done = run("ogr2ogr", "-f", driver, *plain, str(target), f"OAPIF:{server}/ogc", layer)
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stderr
    expected = httpx.get(f"{server}/ogc/collections/{layer}/items?limit=1000").json()["features"]
    if expected and driver != "CSV":
        read = gpd.read_file(target)
        assert len(read) == len(expected)
        assert set(expected[0]["properties"]) <= set(read.columns)


@NEEDS_GDAL
@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("epidemic_level >= 3", 2),
        ("name = 'Hoàn Kiếm'", 1),
        ("name LIKE 'Thôn 1%'", 10),
        ("epidemic_level = 1 AND population > 1030", 5),
        ("code IN ('00004','00007')", 2),
        ("population IS NULL", 1),
    ],
)
def test_gdal_filters(server: str, where: str, expected: int) -> None:
    assert count(server, "communes", "-where", where) == expected


@NEEDS_GDAL
def test_gdal_sees_types_and_time(server: str) -> None:
    shown = run("ogrinfo", "-ro", "-so", f"OAPIF:{server}/ogc", "containment_zones").stdout
    assert "case_count: Integer" in shown
    assert "radius_m: Real" in shown or "radius_m: Integer" in shown
    assert "opened_on: Date" in shown
    assert "Geometry: " in shown


@pytest.fixture(scope="module")
def owslib(server: str) -> Iterator[Features]:
    return Features(f"{server}/ogc")


def test_owslib_finds_everything(owslib: Features) -> None:
    assert owslib.links
    assert "http://www.opengis.net/spec/cql2/1.0/conf/cql2-text" in owslib.conformance()["conformsTo"]
    assert owslib.api()["openapi"].startswith("3.0")
    assert owslib.feature_collections() == LAYERS
    assert owslib.collection("communes")["id"] == "communes"
    assert "epidemic_level" in owslib.collection_queryables("communes")["properties"]


def test_owslib_asks_for_features(owslib: Features) -> None:
    page = owslib.collection_items("communes", limit=5, bbox=["105.6", "20.9", "105.9", "21.2"])
    assert page["numberReturned"] == 5
    assert owslib.collection_items("communes", filter="epidemic_level >= 3")["numberMatched"] == 2
    condition = {"op": "=", "args": [{"property": "name"}, "Hoàn Kiếm"]}
    found = owslib.collection_items("communes", filter=json.dumps(condition), **{"filter-lang": "cql2-json"})
    assert [feature["id"] for feature in found["features"]] == ["00007"]
    assert owslib.collection_item("communes", "00004")["properties"]["name"] == "Ba Đình"
    zones = owslib.collection_items("containment_zones", datetime_="2021-07-20/..")
    assert [feature["id"] for feature in zones["features"]] == ["z-2"]


def test_schemathesis_finds_no_fault_in_a_short_run(server: str, tmp_path: Path) -> None:
    """The long run is ``benchmarks/serving/contract.py``."""
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            *("run", f"{server}/openapi.json", "--url", server),
            *("--include-path-regex", "^/ogc", "--phases", "examples,coverage,fuzzing"),
            *("--max-examples", "4", "--seed", "7", "--suppress-health-check", "all"),
            *("--checks", "not_a_server_error,status_code_conformance,content_type_conformance"),
            *("--generation-database", "none"),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        timeout=300,
        env={**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"},
    )
    assert done.returncode == 0, done.stdout[-6000:]
