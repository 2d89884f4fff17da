"""Homes and hamlets by the command line: imported, counted in zones, published as sums only."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from typer.testing import CliRunner

from geozone.admin import load_units
from geozone.cli.app import app
from geozone.workspace import Workspace

CODE = "09187"


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with homes, two hamlets, a case at an address and one known to a hamlet."""
    folder = tmp_path_factory.mktemp("people")
    root = folder / "w"
    unit = load_units().communes.set_index("code").loc[CODE]
    lon, lat = float(unit["lon"]), float(unit["lat"])
    case = {"Ngày báo cáo": "2021-11-01", "Kinh độ": lon, "Vĩ độ": lat}
    rows = [
        {"Mã ca": "BN1", "Địa chỉ": "12 Ngô Gia Tự, Phường Kinh Bắc, Bắc Ninh", **case},
        {
            "Mã ca": "BN2",
            "Địa chỉ": "Tổ dân phố Đông Thử, Phường Kinh Bắc, Bắc Ninh",
            "Ngày báo cáo": "2021-11-02",
        },
    ]
    pd.DataFrame(rows).to_csv(folder / "cases.csv", index=False)
    hamlet = shapely.box(lon - 0.004, lat + 0.004, lon - 0.001, lat + 0.006)
    names = {"Tên": ["TDP Đông Thử", "TDP Tây Thử"], "Số dân": [640, None]}
    other = shapely.box(lon + 0.002, lat + 0.004, lon + 0.004, lat + 0.006)
    shapes = gpd.GeoDataFrame(names, geometry=[hamlet, other], crs="EPSG:4326")
    shapes.to_file(folder / "hamlets.geojson")
    place = {"name": ["TDP Đông Thử"], "place": ["hamlet"]}
    gpd.GeoDataFrame(place, geometry=[hamlet.centroid], crs="EPSG:4326").to_file(folder / "places.geojson")
    rng = np.random.default_rng(4)
    spread = rng.uniform(-0.0006, 0.0006, (40, 2))
    homes = {"Kinh độ": lon + spread[:, 0], "Vĩ độ": lat + spread[:, 1], "Số nhân khẩu": 4}
    pd.DataFrame(homes).to_csv(folder / "homes.csv", index=False)
    run("init", str(root))
    at = ("--workspace", str(root))
    run("import", "places", str(folder / "places.geojson"), *at)
    run("import", "cases", str(folder / "cases.csv"), *at)
    assert "2 hamlets" in run("import", "blocks", str(folder / "hamlets.geojson"), *at)
    assert "160 residents in 40 households" in run(
        "import", "people", str(folder / "homes.csv"), "--homes", *at
    )
    again = json.loads(run("import", "people", str(folder / "homes.csv"), "--homes", "--add", "--json", *at))
    assert not again["changed"]
    assert again["communes"][0]["code"] == CODE
    assert again["communes"][0]["points"] == 40
    run("draft", "--as-of", "2021-11-03", "--rules", "vn-4800-2021", "--caution", "0.3", *at)
    return root


def test_zones_count_the_people_at_their_homes_and_the_hamlet_is_the_possible_zone(space: Path) -> None:
    run("release", "--decision", "01/QĐ", "--workspace", str(space))
    run("verify", "--workspace", str(space))
    with Workspace.open(space) as workspace:
        release = workspace.releases.get("current")
        zones = release.layer("containment_zones").set_index("certainty")
        manifest = release.manifest
    sure, maybe = zones.loc["certain"], zones.loc["possible"]
    assert (sure["residents"], sure["households"]) == (160, 40)
    assert sure["residents_method_vi"] == "cộng theo điểm dân cư"
    assert (maybe["residents"], maybe["perimeter"]) == (640, "unit")
    assert json.loads(maybe["blocks"])[0]["name"] == "TDP Đông Thử"
    assert manifest["counts"]["caution"] == 0.3
    assert {"people", "blocks"} <= {source["kind"] for source in manifest["sources"]}


def test_homes_stay_private(space: Path) -> None:
    assert (space / "people").stat().st_mode & 0o077 == 0
    published = b"".join(path.read_bytes() for path in (space / "releases").rglob("*") if path.is_file())
    with Workspace.open(space) as workspace:
        table = workspace.ground_table("people")
    assert table is not None
    for home in table.table.geometry[:5]:
        assert str(home.x).encode() not in published
        assert shapely.to_wkb(home)[5:] not in published


def test_what_if_starts_from_the_caution_of_the_draft(space: Path) -> None:
    at = ("--workspace", str(space), "--json")
    found = json.loads(run("what-if", "--caution", "0.9", *at))
    assert found["parameters"]["caution"] == [0.3, 0.9]
    assert json.loads(run("what-if", "--radius", "300", *at))["parameters"].keys() == {"containment_m"}


def test_a_file_without_people_changes_nothing(space: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("lon,lat,height\n106,21,3\n")
    result = CliRunner().invoke(app, ["import", "people", str(wrong), "--workspace", str(space)])
    assert result.exit_code == 1
    assert "a column with the people" in str(result.exception)
    with Workspace.open(space) as workspace:
        assert any(source.kind == "people" for source in workspace.ground_sources())
