"""The map page on the real service: a workspace with the sample line list, released twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from geozone.api import ServiceOptions, create_app
from geozone.pipeline import decide, imports, publish
from geozone.rules import load_ruleset
from geozone.workspace import Workspace

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

DATA = Path(__file__).resolve().parents[2] / "data"
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
    assert watched.page.locator("#card .coverage tbody tr").count() == len(commune["coverage"]) > 0
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
        workspace.releases.set_current(before["digest"], at=NOW, actor="test")
        watched.page.wait_for_selector(".toast", timeout=20_000)  # asking comes once a minute
        assert before["decision"] in watched.text(".toast")
    finally:
        workspace.releases.set_current(now["digest"], at=NOW, actor="test")
