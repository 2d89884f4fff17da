"""Pages of features from memory: the same answers, never one of another release, form or address."""

from __future__ import annotations

from typing import Any

import pytest

from geozone.api import ServiceOptions, create_app
from geozone.api import items as items_module
from geozone.api.table import LayerTable

ITEMS = "/ogc/collections/communes/items"


@pytest.fixture
def own(store: Any, make_client: Any, make_release: Any) -> Any:
    store.publish(make_release())
    return make_client(create_app(store, web_root=None, options=ServiceOptions(prepare=False)))


def no_selection(*arguments: Any, **named: Any) -> Any:
    raise AssertionError("the page was made again")


@pytest.mark.parametrize(
    "query", ["limit=5", "limit=5&f=csv", "limit=5&f=xlsx", "limit=5&f=html", "filter=true"]
)
@pytest.mark.parametrize("accepted", ["gzip", "identity"])
def test_the_second_answer_is_the_first_and_is_not_made_again(
    own: Any, monkeypatch: Any, query: str, accepted: str
) -> None:
    headers = {"Accept-Encoding": accepted}
    first = own.get(f"{ITEMS}?{query}", headers)
    monkeypatch.setattr(LayerTable, "select", no_selection)
    second = own.get(f"{ITEMS}?{query}", headers)
    assert second.status_code == 200
    assert second.content == first.content
    changing = {"x-request-id", "date"}
    assert {n: v for n, v in second.headers.items() if n not in changing} == {
        n: v for n, v in first.headers.items() if n not in changing
    }
    assert own.request("HEAD", f"{ITEMS}?{query}", headers).content == b""
    unchanged = own.get(f"{ITEMS}?{query}", {**headers, "If-None-Match": first.headers["etag"]})
    assert unchanged.status_code == 304
    assert unchanged.headers["vary"] == first.headers["vary"]


def test_streamed_pages_are_kept_too(own: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(items_module, "_STREAM_FROM", 5)
    first = own.get(f"{ITEMS}?limit=20")
    assert "content-length" not in first.headers
    monkeypatch.setattr(LayerTable, "select", no_selection)
    second = own.get(f"{ITEMS}?limit=20")
    assert second.content == first.content
    assert "content-length" in second.headers


def test_a_page_that_is_too_long_is_not_kept(own: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("geozone.api.feature_lane._LONGEST", 10)
    first = own.get(f"{ITEMS}?limit=20")
    assert own.get(f"{ITEMS}?limit=20").content == first.content
    monkeypatch.setattr(LayerTable, "select", no_selection)
    assert own.get(f"{ITEMS}?limit=20").status_code == 500


def test_a_new_release_is_served_at_once(store: Any, own: Any, make_release: Any) -> None:
    address = f"{ITEMS}?filter=epidemic_level%3D1&limit=1&skip-geometry=true"
    before = own.get(address).json()["numberMatched"]
    store.publish(make_release("2021-07-09", level=2))
    assert before == 33
    assert own.get(address).json()["numberMatched"] == 0
    pinned = f"{address}&release={make_release().digest}"
    assert own.get(pinned).json()["numberMatched"] == own.get(pinned).json()["numberMatched"] == 33


def test_forms_and_hosts_are_never_mixed_up(own: Any) -> None:
    for _ in range(2):
        plain = own.get(f"{ITEMS}?limit=2")
        table = own.get(f"{ITEMS}?limit=2", {"Accept": "text/csv"})
        page = own.get(f"{ITEMS}?limit=2", {"Accept": "text/html", "Accept-Language": "en"})
        seite = own.get(f"{ITEMS}?limit=2", {"Accept": "text/html", "Accept-Language": "vi"})
        other = own.get(f"{ITEMS}?limit=2", {"Host": "other.test"})
        assert plain.json()["numberReturned"] == 2
        assert table.headers["content-type"].startswith("text/csv")
        assert 'lang="en"' in page.text
        assert 'lang="vi"' in seite.text
        assert "http://other.test/ogc" in other.text
        assert "http://geo.test/ogc" in plain.text


@pytest.mark.parametrize(
    "query", ["limit=0", "f=xml", "nothing=1", "limit=2&limit=2", "release=current&as_of=2021-07-08"]
)
def test_what_is_refused_is_refused_again(own: Any, query: str) -> None:
    own.get(f"{ITEMS}?limit=2")
    assert [own.get(f"{ITEMS}?{query}").status_code for _ in range(2)] == [400, 400]


def test_the_log_and_the_counts_know_the_route(own: Any) -> None:
    own.get(f"{ITEMS}?limit=3")
    own.get(f"{ITEMS}?limit=3")
    counted = own.get("/metrics").text
    assert 'route="/ogc/collections/{layer}/items"' in counted
