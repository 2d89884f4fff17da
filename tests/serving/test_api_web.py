"""The map page: served from a folder, nothing from another host, nothing outside the folder."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import geozone
from geozone.access.policy import AccessPolicy
from geozone.api import ServiceOptions, create_app


@pytest.fixture
def page(tmp_path: Path) -> Path:
    root = tmp_path / "web"
    (root / "assets").mkdir(parents=True)
    (root / "index.html").write_text("<!doctype html><title>map</title>")
    (root / "assets" / "index-Dq5YX6T2.js").write_text("export {};" + " " * 2000)
    (root / "assets" / "logo.svg").write_text("<svg/>")
    (root / "icon.svg").write_text("<svg/>")
    (root / ".hidden").write_text("x")
    (tmp_path / "secret.txt").write_text("outside")
    (root / "link.txt").symlink_to(tmp_path / "secret.txt")
    return root


@pytest.fixture
def web(store: Any, make_client: Any, page: Path) -> Any:
    return make_client(create_app(store, web_root=page, options=ServiceOptions(prepare=False)))


def test_the_page_has_a_strict_policy_and_is_revalidated(web: Any) -> None:
    answer = web.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "public, no-cache"
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert "http" not in answer.headers["content-security-policy"]
    again = web.get("/", {"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    # Browsers put the headers of a 304 in place of those that they hold: without its policy a reload is blank.
    assert again.headers["content-security-policy"] == answer.headers["content-security-policy"]


def test_hashed_files_are_kept_for_ever_and_others_revalidated(web: Any) -> None:
    script = web.get("/assets/index-Dq5YX6T2.js")
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert script.headers["content-type"].startswith("text/javascript")
    assert (
        web.get("/assets/index-Dq5YX6T2.js", {"Accept-Encoding": "gzip"}).headers["content-encoding"]
        == "gzip"
    )
    for path in ("/assets/logo.svg", "/icon.svg", "/index.html"):
        assert web.get(path).headers["cache-control"] == "public, no-cache"
    assert web.get("/icon.svg").headers["content-type"] == "image/svg+xml"


@pytest.mark.parametrize(
    "path",
    [
        "/link.txt",
        "/.hidden",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/assets",
        "/assets/",
        "/assets//logo.svg",
        "/assets%5clogo.svg",
        "/index.html/",
        "/nothing.js",
    ],
)
def test_nothing_else_is_served(web: Any, path: str) -> None:
    answer = web.get(path)
    assert answer.status_code == 404
    assert b"outside" not in answer.content


def test_a_page_built_again_is_served_at_once(web: Any, page: Path) -> None:
    tag = web.get("/").headers["etag"]
    (page / "index.html").write_text("<!doctype html><title>another map</title>")
    answer = web.get("/", {"If-None-Match": tag})
    assert answer.status_code == 200
    assert "another" in answer.text


def test_without_a_page_there_is_advice(store: Any, make_client: Any, tmp_path: Path) -> None:
    for root in (None, tmp_path / "absent"):
        client = make_client(create_app(store, web_root=root, options=ServiceOptions(prepare=False)))
        answer = client.get("/")
        assert answer.status_code == 200
        assert "npm run build" in answer.text
        assert answer.headers["cache-control"] == "no-store"


class Loads(HTMLParser):
    """Collects what a page loads by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inline = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in ("script", "img", "iframe", "link") and tag != "a":
            self.found += [value for name in ("src", "href") if (value := values.get(name))]
        self.inline += tag == "style" or "style" in values or (tag == "script" and "src" not in values)


def test_the_documentation_loads_nothing_from_another_host(client: Any) -> None:
    answer = client.get("/docs")
    loads = Loads()
    loads.feed(answer.text)
    assert loads.found == ["/docs/style.css"]
    assert loads.inline == 0
    assert client.get("/docs/style.css").headers["content-type"].startswith("text/css")
    assert not re.search(r"url\(|@import", client.get("/docs/style.css").text)
    for path in ("/api/v1/summary", "/ogc/collections", "/tiles/{layers}/{z}/{x}/{y}.mvt", "/health"):
        assert path in answer.text


def test_the_built_page_keeps_its_own_policy(client: Any) -> None:
    built = Path(geozone.__file__).parent / "web" / "index.html"
    if not built.is_file():
        pytest.skip("the map page is not built here")
    loads = Loads()
    loads.feed(built.read_text(encoding="utf-8"))
    assert loads.inline == 0
    assert not [address for address in loads.found if "//" in address]


def _first(answer: Any) -> Any:
    found = re.search(
        r'<script type="application/json" id="geozone-first">(.*?)</script></head>', answer.text
    )
    return None if found is None else json.loads(found[1])


def test_the_page_holds_the_first_answer_of_the_service(
    store: Any, make_client: Any, make_release: Any, page: Path
) -> None:
    (page / "index.html").write_text("<!doctype html><head><title>map</title></head>")
    app = create_app(store, web_root=page, options=ServiceOptions(prepare=False))
    client = make_client(app)
    empty = client.get("/")
    assert _first(empty) is None
    release = make_release()
    release.manifest["decision"] = "1</script><b>2/QĐ"
    store.publish(release)
    answer = client.get("/", {"If-None-Match": empty.headers["etag"]})
    assert answer.status_code == 200, "another release is another page"
    assert answer.text.count("</script>") == 1
    summary = client.get("/api/v1/summary")
    assert _first(answer) == {"summary": summary.json(), "etag": summary.headers["etag"], "tiles": {}}
    told = client.get(summary.json()["layers"][0]["tilejson"]).json()
    tiles = _first(client.get("/"))["tiles"]
    assert tiles == {"communes": {name: told[name] for name in ("tiles", "minzoom", "maxzoom", "bounds")}}


def test_the_page_holds_nothing_where_releases_are_not_public(
    store: Any, make_client: Any, release: Any, page: Path
) -> None:
    class Shut:
        rules = AccessPolicy(releases_public=False)

    (page / "index.html").write_text("<!doctype html><head><title>map</title></head>")
    store.publish(release)
    policy: Any = Shut()
    app = create_app(store, web_root=page, options=ServiceOptions(prepare=False), policy=policy)
    body = make_client(app).get("/").text
    assert release.digest not in body
    assert "geozone-first" not in body
    assert 'name="geozone-accounts"' in body
