"""Cases typed by hand, a gazetteer imported: certain zones in the draft, end to end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from geozone.admin import load_units
from geozone.cli import app
from geozone.workspace import Workspace

STREET = "Phố Thử Nghiệm Giả Định"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GEOZONE_WORKSPACE", raising=False)
    communes = load_units().communes
    unit = communes[communes["full_name"] == "Phường Võ Cường"].iloc[0]
    lon, lat = float(unit["lon"]), float(unit["lat"])
    line = {
        "type": "Feature",
        "properties": {"name": STREET, "highway": "residential"},
        "geometry": {"type": "LineString", "coordinates": [[lon - 0.002, lat], [lon + 0.002, lat]]},
    }
    houses = [
        {
            "type": "Feature",
            "properties": {"addr:housenumber": str(number), "addr:street": STREET},
            "geometry": {"type": "Point", "coordinates": [lon - 0.002 + 4e-5 * number, lat + 1e-4]},
        }
        for number in (1, 21, 41, 61, 81)
    ]
    document = {"type": "FeatureCollection", "features": [line, *houses]}
    (tmp_path / "streets.geojson").write_text(json.dumps(document), encoding="utf-8")
    rows = ["Mã BN,Địa chỉ,Ngày báo cáo"]
    rows += [
        f'BN{i},"{n} {STREET}, phường Võ Cường, Bắc Ninh",10/11/2025' for i, n in enumerate((21, 30, 41))
    ]
    (tmp_path / "cases.csv").write_text("\n".join(rows), encoding="utf-8")
    return tmp_path


def run(*words: str) -> dict:
    result = CliRunner().invoke(app, [*words, "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_streets_turn_possible_zones_into_certain_ones(here: Path) -> None:
    CliRunner().invoke(app, ["init", "w"], catch_exceptions=False)
    run("import", "cases", "cases.csv")
    draft = ("draft", "--as-of", "2025-11-12", "--rules", "vn-4800-2021")
    before = run(*draft)["counts"]
    assert before["containment_zones"] == 0
    run("import", "places", "streets.geojson", "--licence", "made up")
    after = run(*draft)["counts"]
    assert after["placed"] == before["placed"] == 3
    assert after["containment_zones"] >= 1
    assert run(*draft)["counts"] == after
    sources = {source["kind"]: source for source in run("status")["sources"]}
    assert (sources["places"]["name"], sources["places"]["licence"]) == ("streets.geojson", "made up")
    with Workspace.open(here / "w") as workspace:
        drawn = workspace.drafts.latest().sources
    assert [source.licence for source in drawn if source.kind == "places"] == ["made up"]


def test_a_file_geocoded_with_places(here: Path) -> None:
    words = ("geocode", "cases.csv", "--address-column", "Địa chỉ", "--out", "out.csv")
    assert run(*words)["by_level"] == {"commune": 3}
    summary = run(*words, "--places", "streets.geojson")
    assert summary["by_level"] == {"address": 2, "street": 1}
    assert STREET in (here / "out.csv").read_text(encoding="utf-8")
