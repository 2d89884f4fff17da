"""The map page on the real service: a workspace with the sample line list, released twice."""

from __future__ import annotations

import gzip
import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import geopandas as gpd
import httpx
import mercantile
import numpy as np
import pytest
from PIL import Image
from pmtiles.reader import MemorySource
from pmtiles.reader import Reader as PmtilesReader

import geozone
from geozone.api import ServiceOptions, create_app
from geozone.api.bundle import write_bundle
from geozone.pipeline import decide, imports, publish
from geozone.release import verify_archive
from geozone.rules import load_ruleset
from geozone.types import LEVEL_COLOURS
from geozone.workspace import Workspace

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

CHECKOUT = Path(__file__).resolve().parents[2]
DATA = CHECKOUT / "data"
PAGE = Path(geozone.__file__).parent / "web"
NOW = datetime(2021, 11, 20, 9, tzinfo=UTC)


def release_as_of(workspace: Workspace, as_of: date, decision: str) -> str:
    rules = load_ruleset("vn-4800-2021")
    decide.make_draft(workspace, rules=rules, as_of=as_of, drawn_at=NOW, actor="test")
    return publish.release(workspace, decision=decision, created_at=NOW, actor="test").digest


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    root = tmp_path_factory.mktemp("map") / "w"
    with Workspace.create(root, created_at=NOW) as made:
        imports.import_population(made, DATA / "population.csv", imported_at=NOW, actor="test")
        imports.import_doses(made, DATA / "doses.csv", imported_at=NOW, actor="test")
        imports.import_facilities(made, DATA / "facilities.csv", imported_at=NOW, actor="test")
        imports.import_cases(made, DATA / "line_list.csv", imported_at=NOW, actor="test")
        release_as_of(made, date(2021, 11, 13), "01/QĐ-THỬ")
        release_as_of(made, date(2021, 11, 20), "02/QĐ-THỬ")
        yield made


@pytest.fixture(scope="module")
def address(workspace: Workspace, serve: Callable[[Any], str]) -> str:
    return serve(create_app(workspace.releases, options=ServiceOptions(prepare=False)))


def read(address: str, path: str) -> Any:
    answer = httpx.get(f"{address}{path}", timeout=60)
    answer.raise_for_status()
    return answer.json()


def test_the_first_view_shows_the_release(open_page: Callable[..., Any], address: str) -> None:
    summary = read(address, "api/v1/summary")
    watched = open_page(address)
    assert watched.complaints == []
    hosts = {urlsplit(url).netloc for url in watched.requests if not url.startswith(("blob:", "data:"))}
    assert hosts == {urlsplit(address).netloc}
    strip = watched.text("#headline")
    for words in ("02/QĐ-THỬ", "20/11/2021", summary["release"]["rule_set"]["name_vi"]):
        assert words in strip
    assert watched.text(".stat-zones .stat-figure") == str(summary["counts"]["containment_zones"])
    layers = {url.split("/tiles/")[1].split("/")[0] for url in watched.requests if ".mvt" in url}
    assert {"communes", "containment_zones", "buffer_zones"} <= layers
    assert watched.page.locator("#banner").is_visible(), "the embedded outlines are approximate"
    watched.page.reload()
    watched.settle()
    assert watched.complaints == [], "the second visit is answered 304, and is the same page"


def test_the_card_repeats_the_words_of_the_rule_engine(open_page: Callable[..., Any], address: str) -> None:
    [found] = [
        result
        for result in read(address, "api/v1/search?q=yen%20phong")["results"]
        if (result["full_name"], result["province_name"]) == ("Xã Yên Phong", "Tỉnh Bắc Ninh")
    ]
    commune = read(address, f"api/v1/communes/{found['code']}")
    watched = open_page(address, f"#lang=vi&commune={found['code']}")
    card = watched.text("#card")
    for words in (commune["full_name"], commune["province_name"], commune["why_vi"], commune["lower_vi"]):
        assert words in card
    counted = [row for row in commune["coverage"] if row["vaccinated"] is not None]
    assert watched.page.locator("#card .coverage tbody tr").count() == len(counted) > 0
    assert watched.page.locator("#card .ribbon li").count() == 2
    watched.page.click("#language")
    watched.settle()
    assert commune["why_en"] in watched.text("#card")


def test_from_a_commune_to_its_zone_and_to_the_release_before(
    open_page: Callable[..., Any], address: str
) -> None:
    code = read(address, "api/v1/search?q=yen%20phong%20bac%20ninh")["results"][0]["code"]
    watched = open_page(address, f"#lang=vi&commune={code}")
    watched.page.locator("#card .plain-list .link").first.click()
    watched.settle()
    assert "zone=" in watched.page.url
    assert "Dỡ bỏ sớm nhất" in watched.text("#card")
    watched.page.select_option("#release", index=1)
    watched.page.wait_for_selector("#to-current")
    watched.settle()
    assert "01/QĐ-THỬ" in watched.text("#headline")


def test_coverage_is_shown_by_dose_and_age_and_cases_as_circles(
    open_page: Callable[..., Any], address: str
) -> None:
    watched = open_page(address, "#lang=vi&paint=coverage")
    page = watched.page
    bands = page.locator("#band option").all_inner_texts()
    assert {"Mũi 1 · Từ 18", "Mũi 2 · Từ 50", "Mũi 2 · 12–17"} <= set(bands)
    page.select_option("#band", "dose2_50_plus")
    page.check("#toggle-cases")
    watched.settle()
    assert "band=dose2_50_plus&cases=1" in page.url
    assert any("/tiles/coverage/" in url for url in watched.requests)
    picture = Image.open(io.BytesIO(page.locator("#map canvas").screenshot())).convert("RGB")
    seen = np.asarray(picture).reshape(-1, 3).astype(int)
    for colour in ((0x4A, 0x14, 0x86), (0xB5, 0xCD, 0xE9)):  # a circle, a class of the scale
        assert (np.abs(seen - colour).sum(axis=1) < 90).sum() > 50, colour
    assert watched.complaints == []


def test_what_is_in_view_is_taken_away_as_files(open_page: Callable[..., Any], address: str) -> None:
    watched = open_page(address, "#lang=en&hide=green_zones&map=10/21.05/105.85")
    page = watched.page
    page.click("#take-away-open")
    assert page.evaluate("document.activeElement.id") == "take-away-title"
    page.select_option("#paper", "a3")
    links = page.eval_on_selector_all("#take-away a", "links => links.map((link) => link.href)")
    beginnings = {
        "PDF": b"%PDF",
        "PNG": b"\x89PNG",
        "XLSX": b"PK",
        "HTML": b"<!doctype",
        "CSV": b"",
        "GeoJSON": b"{",
    }
    names = page.locator("#take-away a").all_inner_texts()
    digest = read(address, "api/v1/summary")["release"]["digest"]
    for name, link in zip(names, links, strict=True):
        assert f"release={digest}" in link, "what is sent stays what was seen"
        answer = httpx.get(link, timeout=60).raise_for_status()
        assert answer.content.startswith(beginnings[name]), link
    assert "paper=a3" in links[0]
    assert "hide=green_zones" in links[0]
    assert not [link for link in links if "green_zones/items" in link], "a layer that is off is not offered"
    page.keyboard.press("Escape")
    assert not page.locator("#take-away").is_visible()
    assert page.evaluate("document.activeElement.id") == "take-away-open"


class Clicks:
    """A reader who counts clicks; typing into what was clicked is not one."""

    def __init__(self, watched: Any) -> None:
        self.page, self.watched, self.count = watched.page, watched, 0

    def on(self, selector: str) -> None:
        self.page.locator(selector).first.click()
        self.count += 1
        self.watched.settle()

    def choose(self, selector: str, label: str) -> None:
        """Open a list and pick from it: two clicks."""
        self.page.select_option(selector, label=label)
        self.count += 2
        self.watched.settle()


def test_why_a_commune_is_orange_is_answered_within_four_clicks(
    open_page: Callable[..., Any], address: str
) -> None:
    orange = read(address, "ogc/collections/communes/items?filter=epidemic_level=3&f=json")["features"][0]
    reader = Clicks(open_page(address))
    reader.page.locator("#search-input").click()
    reader.count += 1
    reader.page.keyboard.type(orange["properties"]["name"])
    reader.on(f"#find [role=option]:has-text('{orange['properties']['province_name']}')")
    assert reader.count <= 4
    card = reader.watched.text("#card")
    assert "Vì sao?" in card
    for words in (orange["properties"]["why_vi"], orange["properties"]["lower_vi"]):
        assert words in card


def test_what_changed_between_two_dates_is_answered_within_four_clicks(
    open_page: Callable[..., Any], address: str
) -> None:
    [now, before, *_] = read(address, "api/v1/releases")["releases"]
    difference = read(address, f"api/v1/releases/{before['digest']}/diff/{now['digest']}")
    reader = Clicks(open_page(address))
    reader.on("#changes")
    reader.choose("#compare-with", "13/11/2021 · 01/QĐ-THỬ")
    assert reader.count <= 4
    card = reader.watched.text("#card")
    certain = difference["people"]["certain"]
    for number in (certain["added"], certain["released"]):
        assert f"{round(number):,}".replace(",", ".") in card
    opened = sum(
        one["change"] == "opened" and one["layer"] == "containment_zones" for one in difference["changes"]
    )
    assert f"Khu phong tỏa mới lập {opened}" in card


def test_an_empty_workspace_says_what_to_do(
    tmp_path: Path, open_page: Callable[..., Any], serve: Callable[[Any], str]
) -> None:
    with Workspace.create(tmp_path / "w", created_at=NOW) as empty:
        page = open_page(
            serve(create_app(empty.releases, options=ServiceOptions(prepare=False))), settle=False
        )
        page.page.wait_for_selector(".notice")
        assert "geozone import cases" in page.text(".notice")


def test_an_open_map_hears_of_a_new_release_at_once(
    open_page: Callable[..., Any], workspace: Workspace, address: str
) -> None:
    [now, before, *_] = read(address, "api/v1/releases")["releases"]
    watched = open_page(address)
    try:
        publish.put_in_force(workspace, before["digest"], at=NOW, actor="test")
        watched.page.wait_for_selector(".toast", timeout=20_000)  # asking comes once a minute
        assert before["decision"] in watched.text(".toast")
    finally:
        publish.put_in_force(workspace, now["digest"], at=NOW, actor="test")


@pytest.fixture(scope="module")
def bundle(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("bundle") / "bundle.zip"
    release = workspace.releases.get("current")
    write_bundle(release, target, page=PAGE, map_html=b"<p>0123456789abcdef0123456789abcdef</p>")
    return target


def test_a_bundle_says_what_the_service_says(bundle: Path, address: str) -> None:
    assert verify_archive(bundle).problems == ()
    with zipfile.ZipFile(bundle) as file:
        assert b"0123456789abcdef" not in file.read("mo-ban-do.html"), "a random name is not the same twice"
        documents = {
            name: json.loads(file.read(name)) for name in file.namelist() if name.startswith("data/communes/")
        }
        zones = json.loads(file.read("data/zones.json"))
        tiles = PmtilesReader(MemorySource(file.read("data/tiles/communes.pmtiles")))
        assert {f"geojson/{name}.geojson" for name in ("communes", "containment_zones")} <= set(
            file.namelist()
        )
        parquet = gpd.read_parquet(io.BytesIO(file.read("geoparquet/communes.parquet")))
    communes = {code: document for chunk in documents.values() for code, document in chunk.items()}
    assert len(communes) == len(parquet) == 3321
    digest = read(address, "api/v1/summary")["release"]["digest"]
    telling = [code for code, document in communes.items() if document["zones"]][:3]
    telling += [code for code, document in communes.items() if document["series"]][:3]
    for code in (*telling, *list(communes)[:2]):
        served = read(address, f"api/v1/communes/{code}")
        served["history"] = [entry for entry in served["history"] if entry["digest"] == digest]
        assert communes[code] == served
    for zone in list(zones)[:3]:
        assert zones[zone] == read(address, f"api/v1/zones/{zone}")
    at = mercantile.tile(106.07, 21.18, 9)
    tile = httpx.get(f"{address}tiles/communes/{at.z}/{at.x}/{at.y}.mvt", timeout=60).content
    assert gzip.decompress(tiles.get(at.z, at.x, at.y)) == tile


def test_a_bundle_is_a_map_on_any_file_server(
    bundle: Path, open_page: Callable[..., Any], tmp_path: Path
) -> None:
    with zipfile.ZipFile(bundle) as file:
        file.extractall(tmp_path)
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        try:
            assert server.stdout is not None
            port = re.search(r"port (\d+)", server.stdout.readline())[1]
            watched = open_page(f"http://127.0.0.1:{port}/")
            assert watched.complaints == []
            assert "02/QĐ-THỬ" in watched.text("#headline")
            asked = {urlsplit(url).path for url in watched.requests if url.startswith("http")}
            assert "/data/tiles/communes.pmtiles" in asked
            assert not [path for path in asked if path.startswith(("/api", "/tiles", "/ogc"))]
            pixels = watched.page.locator("#map canvas").screenshot()
            assert (np.abs(np.asarray(Image.open(io.BytesIO(pixels)).convert("RGB")).astype(int) - (15, 165, 127)).sum(
                axis=2) < 120).mean() > 0.02, "communes at level 1 are drawn"  # fmt: skip
            watched.page.locator("#search-input").fill("vo cuong")
            watched.page.locator("#find [role=option]").first.click()
            watched.settle()
            assert "Võ Cường" in watched.text("#card")
            assert watched.complaints == []
        finally:
            server.terminate()


def test_a_bundle_that_was_touched_is_told(bundle: Path, tmp_path: Path) -> None:
    touched = tmp_path / "touched.zip"
    with zipfile.ZipFile(bundle) as source, zipfile.ZipFile(touched, "w") as target:
        for info in source.infolist():
            if info.filename == "DOC-TRUOC.txt":
                continue
            data = source.read(info)
            target.writestr(info, data.replace(b"FeatureCollection", b"FeatureCollectiom"))
        target.writestr("more.js", "alert(1)")
    problems = "\n".join(verify_archive(touched).problems)
    for words in (
        "'DOC-TRUOC.txt' is missing",
        "'geojson/communes.geojson' has changed",
        "'more.js' does not belong",
    ):
        assert words in problems


def test_the_style_is_valid_and_all_it_names_is_there(address: str) -> None:
    style = read(address, "tiles/style.json?lang=en")
    assert style["name"].startswith("Map of outbreak zones")
    assert read(address, "tiles/style.json")["name"].startswith("Bản đồ phân vùng dịch")
    colours = json.dumps(style["layers"]).upper()
    for colour in LEVEL_COLOURS.values():
        assert colour.upper() in colours
    for source in style["sources"].values():
        tilejson = httpx.get(source["url"], timeout=60).raise_for_status().json()
        assert tilejson["vector_layers"][0]["id"] in style["sources"]
    [sprite] = style["sprite"]
    images = httpx.get(f"{sprite['url']}.json").raise_for_status().json()
    used = set(re.findall(r"light:([a-z0-9-]+)", json.dumps(style["layers"])))
    assert used <= set(images)
    sheet = Image.open(io.BytesIO(httpx.get(f"{sprite['url']}@2x.png").raise_for_status().content))
    assert all(image["x"] + image["width"] <= sheet.width for image in images.values())
    for face in style["font-faces"]["Be Vietnam Pro"]:
        assert httpx.get(face["url"]).raise_for_status().content[:4] == b"wOF2"
    specification = CHECKOUT / "web" / "node_modules" / "@maplibre" / "maplibre-gl-style-spec"
    if not specification.is_dir() or shutil.which("node") is None:
        pytest.skip("the style specification is not installed: run 'npm ci' in web/")
    script = """
        import { validateStyleMin } from "@maplibre/maplibre-gl-style-spec";
        import { readFileSync } from "node:fs";
        console.log(JSON.stringify(validateStyleMin(JSON.parse(readFileSync(0, "utf-8"))).map(e => e.message)));
    """
    checked = subprocess.run(
        ["node", "--input-type=module", "-e", script],
        input=json.dumps(style), capture_output=True, text=True, check=True, cwd=CHECKOUT / "web",
    )  # fmt: skip
    assert json.loads(checked.stdout) == []
