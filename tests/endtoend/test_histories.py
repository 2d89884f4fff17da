"""Zones drawn day after day through the commands: names follow, history is told, nothing private leaves."""

from __future__ import annotations

import csv
import json
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from geozone.cli import app
from geozone.errors import GeozoneError
from geozone.workspace import Workspace
from tests.serving.conftest import Client

LON, LAT = 106.049, 21.1745  # phường Võ Cường
METRE = 1 / 103_900
ROWS = [
    ("BN001", "01/11/2021", 0),
    ("BN002", "02/11/2021", 700),
    ("BN003", "05/11/2021", 230),  # bridges the two
    ("BN004", "05/11/2021", 470),
    ("BN005", "08/11/2021", 3_000),
]


def call(*words: str | Path) -> Result:
    result = CliRunner().invoke(app, [str(word) for word in words])
    if result.exception and not isinstance(result.exception, SystemExit | GeozoneError):
        raise result.exception
    return result


def as_json(*words: str | Path) -> dict:
    result = call(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GEOZONE_WORKSPACE", raising=False)
    with (tmp_path / "ds.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Mã BN", "Địa chỉ", "Ngày báo cáo", "Kinh độ", "Vĩ độ"])
        for name, day, east_m in ROWS:
            writer.writerow([name, "phường Võ Cường, tỉnh Bắc Ninh", day, f"{LON + east_m * METRE:.6f}", LAT])
    assert call("init", "w").exit_code == 0
    assert call("import", "cases", "ds.csv").exit_code == 0
    return tmp_path


def names(here: Path, day: str) -> dict[str, int]:
    assert call("draft", "--as-of", day, "--rules", "vn-4800-2021").exit_code == 0
    with Workspace.open(here / "w") as space:
        zones = space.drafts.latest().layers["containment_zones"]
    return dict(zip(zones["zone_id"], zones["case_count"].astype(int), strict=True))


def test_names_follow_merges_and_a_day_drawn_again_says_the_same(here: Path) -> None:
    third = names(here, "2021-11-03")
    assert list(third.values()) == [1, 1]
    sixth = names(here, "2021-11-06")
    assert list(sixth.values()) == [4]
    assert set(sixth) < set(third)
    assert names(here, "2021-11-06") == sixth
    ninth = names(here, "2021-11-09")
    assert set(sixth) < set(ninth)
    assert names(here, "2021-11-03") == third, "an older day does not look at later ones"
    assert names(here, "2021-11-09") == ninth

    listed = {row["zone_id"]: row for row in as_json("history")["zones"]}
    [merged] = set(third) - set(sixth)
    [kept] = sixth
    assert listed[merged]["end"] == f"merged into {kept}"
    assert listed[kept]["most_cases"] == 4
    told = as_json("history", kept)
    assert [day["case_count"] for day in told["days"]] == [1, 4, 4]
    assert any(merged in sentence["vi"] for sentence in told["sentences"])
    assert "lần đầu được vẽ; vùng có ca đầu tiên từ ngày 01/11/2021" in told["sentences"][0]["vi"]
    assert "nhập vào vùng này" in call("history", kept).stdout
    assert "was merged into this one" in call("history", kept, "--language", "en").stdout
    assert call("history", "KV-00000-20200101-1").exit_code == 1


def test_a_release_tells_where_zones_came_from_without_naming_a_case(here: Path) -> None:
    first = names(here, "2021-11-03")
    assert call("release", "--decision", "1").exit_code == 0
    names(here, "2021-11-06")  # a draft that is never released
    names(here, "2021-11-07")
    assert call("release", "--decision", "2").exit_code == 0
    with Workspace.open(here / "w") as space:
        zones = space.releases.get("current").attributes("containment_zones")
    assert [set(json.loads(text)) for text in zones["came_from"]] == [set(first)]
    public = [path for path in (here / "w" / "releases").rglob("*") if path.is_file()]
    assert not [path for path in public if b"BN00" in path.read_bytes()]


def test_the_service_tells_the_history_that_the_releases_hold(here: Path) -> None:
    from geozone.api import create_app
    from geozone.api.models import ZoneAnswer, ZoneHistoryAnswer
    from geozone.workspace import open_public

    made = []
    for day in ("2021-11-03", "2021-11-06", "2021-11-20"):
        made.append(names(here, day))
        assert call("release", "--decision", day).exit_code == 0
    kept, merged = next(iter(made[1])), next(iter(set(made[0]) - set(made[1])))
    releases, _ = open_public(here / "w")
    client = Client(create_app(releases, web_root=None))
    told = client.get(f"/api/v1/zones/{kept}/history").json()
    ZoneHistoryAnswer.model_validate(told)
    assert [day["as_of"] for day in told["days"]] == ["2021-11-03", "2021-11-06"]
    for day, count in zip(told["days"], (1, 4), strict=True):  # a release tells a range of a small count
        assert day["case_count"] <= count <= day["case_count_upper"]
        assert day["case_count_upper"] - day["case_count"] >= 3
    assert [(event["as_of"], event["zone_id"], event["event"]) for event in told["events"]] == [
        ("2021-11-03", kept, "opened"),
        ("2021-11-06", merged, "merged"),
        ("2021-11-20", kept, "closed"),
    ]
    assert told["sentences"][-1]["vi"].startswith("Ngày 20/11/2021: vùng không còn ca nào")
    other = client.get(f"/api/v1/zones/{merged}/history").json()
    assert other["events"][-1]["related"] == kept
    assert client.get("/api/v1/zones/none/history").status_code == 404
    digest = told["days"][1]["digest"]
    zone = client.get(f"/api/v1/zones/{kept}?release={digest}").json()
    ZoneAnswer.model_validate(zone)
    assert [step["step"] for step in zone["lifting"]] == list(range(1, len(zone["lifting"]) + 1))
    assert sum(step["area_km2"] for step in zone["lifting"]) == pytest.approx(zone["area_km2"], rel=1e-6)
    assert zone["facility_count"] is None
    assert zone["households"] is None
    assert zone["residents_method_vi"] == "chưa có dữ liệu dân số"


def test_lifting_tells_each_part_and_keeps_outlines_private(here: Path) -> None:
    [zone] = names(here, "2021-11-06")
    steps = as_json("lifting", zone)["steps"]
    assert [step["lift_on"] for step in steps] == sorted(step["lift_on"] for step in steps)
    assert len(steps) > 1
    assert "Bước 1/" in call("lifting", zone).stdout
    assert "còn thiếu" in call("lifting", zone).stdout
    assert "days missing" in call("lifting").stdout
    assert call("lifting", "KV-none").exit_code == 1
    assert call("lifting", "--geojson", "parts.geojson").exit_code == 0
    assert (here / "parts.geojson").stat().st_mode & 0o077 == 0
    parts = json.loads((here / "parts.geojson").read_text("utf-8"))["features"]
    assert [part["properties"]["lift_on"] for part in parts] == [step["lift_on"] for step in steps]
    assert call("release", "--decision", "1").exit_code == 0
    with Workspace.open(here / "w") as space:
        assert space.releases.get("current").geometry_digest("lifting") is None


def test_replay_draws_every_day_and_history_tells_it(here: Path) -> None:
    done = as_json("replay", "--from", "2021-11-01", "--to", "2021-11-08", "--out", here / "out")
    days = done["days"]
    assert [day["as_of"] for day in days] == [f"2021-11-{number:02d}" for number in range(1, 9)]
    assert [day["new_cases"] for day in days] == [1, 1, 0, 0, 2, 0, 0, 1]
    assert sum(day["new_cases"] for day in days) == len(ROWS)
    for before, after in pairwise(days):
        change = after["certain_zones"] - before["certain_zones"]
        assert change == after["opened"] + after["split"] - after["closed"] - after["merged"]
    assert [day["merged"] for day in days if day["merged"]] == [1]
    assert all(sum(day[f"level_{n}"] for n in ("1", "2", "3", "4", "none")) == 3_321 for day in days)
    written = {path.name: path.read_text("utf-8-sig") for path in (here / "out").iterdir()}
    assert set(written) == {"days.csv", "zones.csv", "events.csv"}
    assert not [name for name, text in written.items() if "BN00" in text or "case_id" in text]
    assert len(as_json("history")["zones"]) == 3
    again = as_json("replay", "--from", "2021-11-01", "--to", "2021-11-08")
    assert again["days"] == days


def test_replay_refuses_days_in_the_wrong_order(here: Path) -> None:
    assert call("replay", "--from", "2021-11-02", "--to", "2021-11-01").exit_code == 2


def test_history_before_any_draft_says_what_to_do(here: Path) -> None:
    result = call("history")
    assert result.exit_code == 1
    assert "geozone replay" in str(result.exception)


def test_other_parameters_and_rules_are_compared_and_nothing_is_kept(here: Path) -> None:
    names(here, "2021-11-09")
    before = sorted(path for path in (here / "w").rglob("*") if path.is_file())
    found = as_json("what-if", "--radius", "600", "--days", "21")
    assert found["parameters"]["containment_m"][1] == 600
    figures = {row["figure"]: row for row in found["figures"]}
    assert figures["certain_area_km2"]["difference"] > 0
    assert figures["cases"]["after"] == 5
    assert figures["facilities"]["before"] is None
    assert "Thêm" in call("what-if", "--radius", "600").stdout
    curve = as_json("trade-off", "--radius", "100", "--radius", "200", "--days", "14")
    assert [row["containment_m"] for row in curve["rows"]] == [100, 200]
    assert "chưa rõ số dân" in curve["sentences"][0]["vi"]
    compared = as_json(
        "compare-rules", "--rules", "vn-4800-2021", "--rules", "vn-2686-2021", "--out", "c.csv"
    )
    assert [row["rules"] for row in compared["totals"]] == ["vn-4800-2021", "vn-2686-2021"]
    assert len((here / "c.csv").read_text("utf-8-sig").splitlines()) == 1 + len(compared["differing"])
    after = sorted(path for path in (here / "w").rglob("*") if path.is_file())
    assert after == before
    for words in (("what-if",), ("what-if", "--radius", "-1"), ("trade-off", "--radius", "0")):
        assert call(*words).exit_code == 2
    same = call("compare-rules", "--rules", "vn-4800-2021", "--rules", "vn-4800-2021")
    assert same.exit_code == 2


def import_people(here: Path) -> None:
    (here / "p.csv").write_text("Tên xã,Tỉnh,Dân số,Số hộ\nVõ Cường,Bắc Ninh,60000,17000\n", encoding="utf-8")
    assert as_json("import", "population", "p.csv")["faults"] == []


def test_households_of_the_population_file_reach_the_release(here: Path) -> None:
    import_people(here)
    [_] = names(here, "2021-11-06")
    assert call("release", "--decision", "1").exit_code == 0
    with Workspace.open(here / "w") as space:
        zones = space.releases.get("current").attributes("containment_zones")
    [zone] = zones.to_dict("records")
    if len(json.loads(zone["communes"])) == 1:
        assert zone["households"] == pytest.approx(zone["residents"] * 17 / 60, rel=0.02)
    else:
        assert pd.isna(zone["households"])


def test_only_a_released_day_holds_levels(here: Path) -> None:
    def previous(day: str) -> set[int]:
        names(here, day)
        with Workspace.open(here / "w") as space:
            return set(space.drafts.latest().layers["communes"]["previous_level"].dropna().astype(int))

    import_people(here)
    assert previous("2021-11-03") == set()
    assert previous("2021-11-06") == set(), "a draft holds no level"
    assert call("release", "--decision", "1").exit_code == 0
    assert previous("2021-11-08") != set()
    assert previous("2021-11-05") == set(), "an older day does not look at later ones"
