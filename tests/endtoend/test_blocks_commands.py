"""Blocks and roads by the command line: imported, drawn on, published with their checkpoints."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from typer.testing import CliRunner

from geozone.admin import load_units
from geozone.cli.app import app
from geozone.errors import StoreError
from geozone.geojson import feature_collection
from geozone.synthetic.town import Town, make_town
from geozone.workspace import Workspace

CODE = "09187"


@pytest.fixture(scope="module")
def town() -> Town:
    units = load_units().communes.set_index("code")
    return make_town(units.loc[CODE, "lon"], units.loc[CODE, "lat"], side_m=1_500.0)


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def space(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with blocks, roads and four cases at known places."""
    folder = tmp_path_factory.mktemp("blocks")
    root = folder / "w"
    rows = [
        {"Mã ca": f"BN{i}", "Ngày báo cáo": "2021-11-01", "Địa chỉ": "Phường Kinh Bắc, Bắc Ninh",
         "Kinh độ": town.homes[i, 0], "Vĩ độ": town.homes[i, 1]}
        for i in (0, 3, 60, 61)
    ]  # fmt: skip
    pd.DataFrame(rows).to_csv(folder / "cases.csv", index=False)
    town.blocks.to_file(folder / "blocks.gpkg")
    rivers = town.roads["kind"] == "river"
    for name, table in (("roads", town.roads[~rivers]), ("rivers", town.roads[rivers])):
        gpd.GeoDataFrame(table.drop(columns="passable"), crs="EPSG:4326").to_file(folder / f"{name}.gpkg")
    run("init", str(root))
    at = ("--workspace", str(root))
    run("import", "cases", str(folder / "cases.csv"), *at)
    said_of_blocks = run("import", "blocks", str(folder / "blocks.gpkg"), "--licence", "CC0", *at)
    assert f"{len(town.blocks)} of {len(town.blocks)} polygons" in said_of_blocks
    run("import", "roads", str(folder / "roads.gpkg"), *at)
    said = json.loads(run("import", "roads", str(folder / "rivers.gpkg"), "--add", "--json", *at))
    assert said["changed"]
    again = json.loads(run("import", "roads", str(folder / "rivers.gpkg"), "--add", "--json", *at))
    assert not again["changed"]
    return root


def test_what_is_imported_is_kept_with_checksum_and_licence(space: Path, town: Town) -> None:
    with Workspace.open(space) as workspace:
        blocks, roads = workspace.ground_table("blocks"), workspace.ground_table("roads")
        assert blocks is not None
        assert roads is not None
        assert [(one.name, one.licence) for one in blocks.sources] == [("blocks.gpkg", "CC0")]
        assert [one.name for one in roads.sources] == ["roads.gpkg", "rivers.gpkg"]
        assert len(roads.table) == len(town.roads)
        assert len({one.sha256 for one in workspace.ground_sources()}) == 3


def test_a_draft_follows_blocks_and_its_release_carries_the_checkpoints(space: Path) -> None:
    at = ("--workspace", str(space))
    said = run("draft", "--as-of", "2021-11-03", "--rules", "vn-4800-2021", "--caution", "0.3", *at)
    assert "zones follow blocks" in said
    assert "plain discs of the same cases" in said
    run("release", "--decision", "01/QĐ", *at)
    run("verify", *at)
    with Workspace.open(space) as workspace:
        release = workspace.releases.get("current")
        zones, posts = release.layer("containment_zones"), release.layer("checkpoints")
        assert {"blocks", "roads"} <= {source["kind"] for source in release.manifest["sources"]}
    assert set(zones["perimeter"]) == {"blocks"}
    assert zones["checkpoints"].sum() == len(posts) > 0
    assert (zones["residents"] < zones["disc_residents"]).all()
    assert zones["residents_method_vi"].str.contains("ô có số liệu riêng").all()
    assert posts["name"].notna().all()
    written = feature_collection(posts, properties=["name", "kind", "zone_id"], id_column="checkpoint_id")
    assert json.loads(written)["features"][0]["geometry"]["type"] == "Point"


def test_more_caution_shuts_in_more(space: Path) -> None:
    at = ("--workspace", str(space), "--json")
    found = [
        json.loads(
            run("draft", "--as-of", "2021-11-03", "--rules", "vn-4800-2021", "--caution", caution, *at)
        )
        for caution in ("0", "1")
    ]
    assert found[0]["counts"]["residents_inside"] < found[1]["counts"]["residents_inside"]


def test_a_file_that_cannot_be_used_changes_nothing(space: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.geojson"
    wrong.write_text('{"type": "FeatureCollection", "features": []}')
    with Workspace.open(space) as workspace:
        before = workspace.ground_sources()
    result = CliRunner().invoke(app, ["import", "blocks", str(wrong), "--workspace", str(space)])
    assert result.exit_code != 0
    with Workspace.open(space) as workspace:
        assert workspace.ground_sources() == before


def test_a_damaged_file_is_told(space: Path, tmp_path: Path) -> None:
    with Workspace.open(space) as workspace:
        table = workspace.ground_table("roads")
        assert table is not None
        digest = table.write(tmp_path)
        path = tmp_path / f"{digest}.parquet"
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        from geozone.schema import ROADS

        with pytest.raises(StoreError, match="damaged"):
            type(table).read(tmp_path, digest, ROADS)
