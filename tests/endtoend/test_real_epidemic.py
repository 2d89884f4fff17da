"""The real epidemic of spring 2021 through the whole pipeline: nothing is lost, everything adds up."""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from geozone.cli import app

pytestmark = pytest.mark.real_data
NOW = datetime(2021, 7, 14, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def run(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict:
    root = tmp_path_factory.mktemp("real")
    space = root / "w"

    def call(*words: str | Path) -> dict:
        result = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout) if "--json" in words else {}

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        call("init", space)
        patch.setenv("GEOZONE_WORKSPACE", str(space))
        return {
            "units": call("import", "units", real_data / "communes_2025_all_20m.parquet", "--json"),
            "population": call("import", "population", real_data / "commune_attributes_2025.csv", "--json"),
            "cases": call("import", "cases", real_data / "covid_cases_commune_daily_2021.csv", "--json"),
            "draft": call("draft", "--as-of", "2021-07-13", "--json"),
            "release": call("release", "--decision", "test", "--json"),
            "space": space,
        }


def test_every_case_is_accounted_for(run: dict, real_data: Path) -> None:
    source = pd.read_csv(real_data / "covid_cases_commune_daily_2021.csv")
    counts = run["draft"]["counts"]
    assert int(source["new_cases"].sum()) == 27_035
    assert run["cases"]["cases"] == 27_035
    assert counts["cases"] == 27_035
    assert counts["placed"] + counts["ambiguous"] + counts["unplaced"] == 27_035


def test_each_row_not_placed_is_listed_with_its_reason(run: dict) -> None:
    rows = run["draft"]["unplaced"]
    counts = run["draft"]["counts"]
    assert sum(row["count"] for row in rows) == counts["ambiguous"] + counts["unplaced"]
    assert all(row["geo_reason"] for row in rows)


def test_contradictory_provinces_are_reported(run: dict) -> None:
    from geozone.workspace import Workspace

    with Workspace.open(run["space"]) as space:
        geocodes = space.store.geocodes().merge(space.store.places(), on=["case_id", "role"])
    contradicted = geocodes[geocodes["address"].str.endswith("Kim Đức, Việt Trì, Hà Nội")]
    assert len(contradicted) > 0
    assert (contradicted["geo_status"] == "match").all()
    assert contradicted["geo_name"].str.contains("Phú Thọ").all()
    assert contradicted["geo_reason"].str.contains("Hà Nội").all()


def test_all_communes_have_a_level_or_say_why_not(run: dict) -> None:
    levels = run["draft"]["counts"]["communes_by_level"]
    assert sum(levels.values()) == 3_321


def test_days_replayed_add_up_and_name_no_case(run: dict, real_data: Path) -> None:
    """The first days of the wave: new cases as in the source, zones carried from day to day."""
    source = pd.read_csv(real_data / "covid_cases_commune_daily_2021.csv", parse_dates=["date"])
    out = run["space"].parent / "days"
    words = ["replay", "--from", "2021-04-27", "--to", "2021-05-06", "--rules", "vn-2686-2021"]
    space = ["--workspace", str(run["space"]), "--out", str(out), "--json"]
    result = CliRunner().invoke(app, [*words, *space], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    days = pd.DataFrame(json.loads(result.stdout)["days"])
    reported = source.groupby("date")["new_cases"].sum()
    wanted = reported.reindex(pd.to_datetime(days["as_of"]), fill_value=0)
    assert days["new_cases"].tolist() == wanted.tolist()
    grown = (days["opened"] - days["closed"]).cumsum()
    assert (days["certain_zones"] + days["possible_zones"]).tolist() == grown.tolist()
    zones = pd.read_csv(out / "zones.csv", encoding="utf-8-sig")
    assert zones.groupby("as_of").size().tolist() == grown.tolist()
    opened = zones.groupby("zone_id")["opened_on"].nunique()
    assert (opened == 1).all(), "a zone keeps its opening day"
    for path in out.iterdir():
        assert "auto-" not in path.read_text("utf-8-sig"), path.name


@pytest.fixture(scope="module")
def reviewed(run: dict, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict]:
    """A copy of the workspace, its queue, decisions by a rule, and the counts before, after and undone."""
    from geozone.pipeline import decide, decisions
    from geozone.pipeline.decisions import Reviewer
    from geozone.pipeline.review import review_queue
    from geozone.rules import load_ruleset
    from geozone.workspace import Workspace

    root = tmp_path_factory.mktemp("reviewed") / "w"
    shutil.copytree(run["space"], root)
    rules, day = load_ruleset(run["draft"]["rules"]), date(2021, 7, 13)

    def draw() -> dict:
        return decide.make_draft(space, rules=rules, as_of=day, drawn_at=NOW, actor="test").counts

    with Workspace.open(root) as space:
        queue = review_queue(space, at=NOW, actor="test", as_of=day, rules=rules)
        found = {"space": space, "queue": queue, "before": draw(), "made": [], "people": 0}
        for entry in queue.entries[:16]:
            if entry.doubt.kind == "tie":
                reviewer = Reviewer("test", NOW, expected=queue.token(entry))
                done = decisions.accept(space, f"p{entry.doubt.place}", reviewer)
                found["made"].append(done.decision)
                found["people"] += done.people
        found["after"] = draw()
        for number in reversed(found["made"]):
            decisions.undo(space, number, Reviewer("test", NOW))
        found["undone"] = draw()
        yield found


def test_the_queue_holds_every_row_that_is_not_placed(run: dict, reviewed: dict) -> None:
    queue = reviewed["queue"]
    rows = [row for entry in queue.entries for row in entry.doubt.rows]
    assert len(rows) == len(set(rows))
    listed = set(queue.places["case_id"].iloc[rows])
    assert {row["case_id"] for row in run["draft"]["unplaced"]} <= listed
    stakes = [(entry.expected.certain, entry.expected.possible) for entry in queue.entries if entry.effects]
    assert stakes == sorted(stakes, reverse=True)
    assert stakes[0][0] > 0


def test_decisions_move_people_and_lose_none(reviewed: dict) -> None:
    before, after = reviewed["before"], reviewed["after"]
    assert len(reviewed["made"]) > 5
    assert after["cases"] == before["cases"] == 27_035
    assert after["placed"] + after["ambiguous"] + after["unplaced"] == 27_035
    # What was taught may settle further addresses, never fewer than those decided about.
    assert after["placed"] >= before["placed"] + reviewed["people"]
    assert after["communes_by_level"] != before["communes_by_level"]


def test_taking_everything_back_gives_the_draft_of_before(reviewed: dict) -> None:
    assert reviewed["undone"] == reviewed["before"]
    history = reviewed["space"].store.decisions()
    assert len(history) == 2 * len(reviewed["made"])
    assert int(history["undone"].sum()) == len(reviewed["made"])


def test_the_first_answers_change_what_the_queue_says(reviewed: dict) -> None:
    from geozone import levels
    from geozone.review.effects import placed
    from geozone.zoning import Land, Placing

    queue, space = reviewed["queue"], reviewed["space"]
    units, population = space.units(), space.store.population()
    land = Land.of(units)

    def shown(table: pd.DataFrame) -> dict[str, int]:
        found = levels.assess(
            units.communes, table, None, None, population, queue.rules, as_of=queue.as_of, explain=False
        )
        return dict(zip(found["code"], found["epidemic_level"].fillna(0).astype(int), strict=True))

    now = shown(queue.places)
    for entry in queue.entries[:3]:
        for effect in entry.effects:
            if effect.option.kind != "commune":
                continue
            commune = int(land.positions([effect.option.code])[0])
            then = shown(placed(queue.places, Placing(entry.doubt.rows, commune), land))
            changed = {code: level for code, level in then.items() if level != now[code]}
            assert {change.code: change.after for change in effect.levels} == changed


class Map:
    """The page on the whole country, in a browser."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def settle(self) -> None:
        end = time.monotonic() + 120
        while not self.page.evaluate("window.geozone?.settled ?? false"):
            assert time.monotonic() < end, "the map never came to rest"
            self.page.wait_for_timeout(50)

    def text(self, selector: str) -> str:
        found: str = self.page.locator(selector).first.inner_text()
        return found


@pytest.fixture(scope="module")
def shown(run: dict) -> Iterator[Map]:
    """The map of two releases of the epidemic, with a street in the gazetteer."""
    import pyarrow as pa
    import uvicorn
    from playwright.sync_api import sync_playwright

    from geozone.api import ServiceOptions, create_app
    from geozone.places import Gazetteer
    from geozone.places.model import PLACES
    from geozone.workspace import open_public

    built = Path(__file__).resolve().parents[2] / "geozone" / "web" / "index.html"
    browser_path = shutil.which("chromium")
    if browser_path is None or not built.is_file():
        if os.environ.get("GEOZONE_REQUIRE_BROWSER"):
            pytest.fail("no Chromium, or the page is not built")
        pytest.skip("no Chromium, or the page is not built")
    space = ["--workspace", str(run["space"])]
    for words in (["draft", "--as-of", "2021-07-14"], ["release", "--decision", "2/QĐ-UBND"]):
        assert CliRunner().invoke(app, [*words, *space], catch_exceptions=False).exit_code == 0
    street = {"kind": "street", "name": "Phố Tràng Tiền", "lon": 105.8535, "lat": 21.0249, "radius_m": 200.0}
    places = Gazetteer((), (pa.Table.from_pylist([street], schema=PLACES),))
    releases, cache = open_public(run["space"])
    options = ServiceOptions(cache=cache, gazetteer=lambda: places)
    config = uvicorn.Config(create_app(releases, options=options), port=0, log_level="critical")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    arguments = [
        "--no-sandbox",
        "--use-angle=swiftshader",
        "--enable-unsafe-swiftshader",
        "--ignore-gpu-blocklist",
    ]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=browser_path, args=arguments)
        found = Map(browser.new_page(viewport={"width": 1180, "height": 760}, locale="vi-VN"))
        found.page.goto(f"http://127.0.0.1:{port}/")
        found.settle()
        yield found
        browser.close()
    server.should_exit = True
    thread.join(20)


def test_the_whole_country_is_on_the_first_view(shown: Map) -> None:
    """Points 1 and 6: what is decided, the counts, 3,321 communes by level, zones."""
    assert "2/QĐ-UBND" in shown.text("#headline")
    assert "22.9" in shown.text("#headline"), "cases placed, or their range where small counts are withheld"
    assert int(shown.page.evaluate("window.geozone.drawn('communes-fill')")) > 2_000
    assert int(shown.page.evaluate("window.geozone.drawn('possible-zones-fill')")) > 100
    counts = [text.replace(".", "") for text in shown.page.locator("#tools .keys .count").all_inner_texts()]
    assert sum(int(count) for count in (*counts[:4], counts[-1])) == 3_321


def test_a_commune_or_street_is_found_and_its_card_says_why(shown: Map) -> None:
    """Points 2 and 7: half typed in Telex, a former name, a street; the card of the rule engine."""
    page = shown.page
    for typed, said in (("vox cuwowng", "Phường Võ Cường"), ("trang tien", "Phố Tràng Tiền")):
        page.fill("#search-input", typed)
        page.locator("#search-results li").filter(has_text=said).first.click()
        shown.settle()
        assert page.locator("#card .why").inner_text()
        assert f"commune={page.url.split('commune=')[1].split('&')[0]}" in page.url
    assert shown.text("#card-title") == "Phường Cửa Nam"
    page.keyboard.press("Escape")


def test_what_changed_between_two_days_is_told(shown: Map) -> None:
    """Point 3: the release before, in one click."""
    shown.page.locator("#timeline button", has_text="Thay đổi").first.click()
    shown.settle()
    assert "since=" in shown.page.url
    assert shown.page.locator("#card dl").count() > 0
    shown.page.click("#card-close")


def test_what_is_shown_is_taken_away(shown: Map) -> None:
    """Point 8: the sheet, the annex and the data in view, as files."""
    page = shown.page
    page.click("#take-away-open")
    links = page.locator("#take-away a").evaluate_all("(links) => links.map((link) => link.href)")
    wanted = {"/api/v1/sheet": b"%PDF", "/api/v1/annex": b"%PDF", "/ogc/collections/communes/items": b"{"}
    for path, begins in wanted.items():
        address = next(link for link in links if path in link)
        answer = page.request.get(address)
        assert answer.ok, answer.text()
        assert answer.body().startswith(begins)
    page.click("#take-away-close")


def test_it_speaks_english_on_a_telephone_in_the_dark(shown: Map) -> None:
    """Point 9, and no fault of the page in all of this."""
    page = shown.page
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(page.url.split("#")[0] + "#lang=en&theme=dark")
    page.reload()
    shown.settle()
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert shown.complaints == []
