"""Pages for people: every link leads somewhere, nothing runs, both languages, a map that is the data."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import numpy as np
import pytest
import shapely

from geozone.api import ServiceOptions, create_app
from geozone.api.pages.outline_map import draw_map
from geozone.api.pages.words import WORDS

PAGES = [
    "/ogc",
    "/ogc/conformance",
    "/ogc/collections",
    "/ogc/collections/communes",
    "/ogc/collections/facilities/schema",
    "/ogc/collections/communes/queryables",
    "/ogc/collections/containment_zones/sortables",
    "/ogc/collections/communes/items",
    "/ogc/collections/checkpoints/items",
    "/ogc/collections/facilities/items",
    "/ogc/collections/communes/items/00004",
    "/ogc/collections/containment_zones/items/z-1",
]


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name == "href" and value]
        if tag not in ("meta", "link", "br", "path"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag != "path":
            assert self.open.pop() == tag


def read(client: Any, address: str, language: str = "vi") -> tuple[Reader, Any]:
    joined = f"{address}{'&' if '?' in address else '?'}f=html&lang={language}"
    answer = client.get(joined)
    assert answer.status_code == 200, answer.text
    reader = Reader()
    reader.feed(answer.text)
    return reader, answer


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_pages_are_well_formed_and_run_nothing(client: Any, address: str, language: str) -> None:
    reader, answer = read(client, address, language)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-language"] == language
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'; ")
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert f'<html lang="{language}">' in answer.text
    assert not reader.open
    assert not reader.tags & {"script", "iframe", "object", "form", "style"}
    assert not [name for name in reader.attributes if name.startswith("on") or name == "style"]
    assert "Undefined" not in answer.text


@pytest.mark.parametrize("address", PAGES)
def test_every_link_leads_somewhere_here(client: Any, address: str) -> None:
    reader, _ = read(client, address)
    assert reader.links
    for link in set(reader.links):
        target = urljoin(f"http://geo.test{address}", link)
        assert target.startswith("http://geo.test/")
        if "limit" not in target or "after" in target:
            assert client.get(target.removeprefix("http://geo.test")).status_code == 200, target


def test_browsers_get_pages_and_programs_get_json(client: Any) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    for address in PAGES:
        assert client.get(address, browser).headers["content-type"].startswith("text/html")
        assert "json" in client.get(address).headers["content-type"]
        assert "json" in client.get(f"{address}?f=json", browser).headers["content-type"]


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [("", "vi"), ("en-GB,vi;q=0.5", "en"), ("fr,en", "en"), ("vi-VN", "vi"), ("de", "vi")],
)
def test_the_language_of_the_browser(client: Any, accepted: str, expected: str) -> None:
    answer = client.get("/ogc/collections?f=html", {"Accept-Language": accepted})
    assert answer.headers["content-language"] == expected
    assert "Accept-Language" in answer.headers["vary"]
    assert WORDS["collections"][0 if expected == "vi" else 1] in answer.text


def test_a_page_shows_every_feature_and_its_names(client: Any) -> None:
    _, answer = read(client, "/ogc/collections/communes/items?limit=36")
    drawing = ET.fromstring(re.search(r"<svg.*?</svg>", answer.text, re.DOTALL)[0])  # noqa: S314 - our own
    assert len(drawing.findall(".//path")) == 36
    assert "Đống Đa" in answer.text
    assert answer.text.count("<tr>") == 37


def test_pages_go_on_and_keep_the_release(client: Any, release: Any) -> None:
    reader, _ = read(client, "/ogc/collections/communes/items?limit=30&sortby=-code")
    onward = [link for link in reader.links if "after=" in link]
    assert len(set(onward)) == 1
    assert f"release={release.digest}" in onward[0]
    following = client.get(onward[0].removeprefix("http://geo.test"))
    kept = Reader()
    kept.feed(following.text)
    assert [link for link in kept.links if f"/items/00004?release={release.digest}" in link]


def test_names_are_escaped(store: Any, make_client: Any, make_release: Any) -> None:
    release = make_release()
    release._tables["communes"].loc[0, ["name", "full_name"]] = "<script>alert(1)</script>"
    release._tables["communes"].loc[0, "code"] = '"><b>'
    store.publish(release)
    client = make_client(create_app(store, web_root=None, options=ServiceOptions(prepare=False)))
    for address in ("/ogc/collections/communes/items", "/ogc/collections/communes/items/%22%3E%3Cb%3E"):
        reader, answer = read(client, address)
        assert "<script" not in answer.text
        assert "b" not in reader.tags
        assert "&lt;script&gt;" in answer.text


def test_a_page_is_short_whatever_the_limit(client: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("geozone.api.items._MOST_ON_PAGE", 5)
    _, answer = read(client, "/ogc/collections/communes/items?limit=10000")
    assert answer.text.count("<tr>") == 6
    assert "after=" in answer.text


def test_the_map_keeps_shapes_and_places() -> None:
    square, hole = shapely.box(105, 20, 106, 21), shapely.box(105.4, 20.4, 105.6, 20.6)
    drawn = draw_map(
        np.array([square.difference(hole), shapely.Point(105.5, 20.5), None, shapely.Point()], dtype=object),
        ["a", "b", "c", "d"],
        ["A", "B", "C", "D"],
        ["red", "blue", "", ""],
    )
    assert drawn is not None
    assert [shape.title for shape in drawn.shapes] == ["A", "B"]
    assert drawn.shapes[0].path.count("Z") == 2
    corners = np.array(re.findall(r"[\d.]+ [\d.]+", drawn.shapes[0].path.split("Z")[0]))
    numbers = np.array([corner.split() for corner in corners], dtype=float)
    width, height = np.ptp(numbers, axis=0)
    assert width / height == pytest.approx(np.cos(np.radians(20.5)), rel=0.01)
    assert (numbers >= 0).all()
    assert (numbers <= (drawn.width, drawn.height)).all()
    assert draw_map(np.array([None], dtype=object), [""], [""], [""]) is None
