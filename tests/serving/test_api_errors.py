"""One shape of error everywhere, nothing internal in it, and nothing a client sends makes a 5xx."""

from __future__ import annotations

import re
from typing import Any

import pytest

from geozone.api import ServiceOptions, create_app
from geozone.api.models import ProblemAnswer
from geozone.api.problems import STATUS
from geozone.errors import (
    ConflictError,
    DataError,
    DeniedError,
    Fault,
    GeozoneError,
    NotFoundError,
    StoreError,
)

METHODS = ["POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"]


def assert_problem(answer: Any, *statuses: int) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    document = answer.json()
    ProblemAnswer.model_validate(document)
    assert document["status"] == answer.status_code
    assert document["type"] == "about:blank"
    assert document["instance"].startswith("urn:uuid:")
    assert answer.status_code in statuses, answer.text
    lowered = answer.text.lower()
    assert not [word for word in ("traceback", "/releases", "site-packages", ".py", "sql") if word in lowered]
    return document


def addresses(app: Any) -> list[str]:
    """One address for every route of the OpenAPI document."""
    filled = {
        "layer": "communes",
        "layers": "communes",
        "z": "5",
        "x": "25",
        "y": "14",
        "code": "00004",
        "zone_id": "z-1",
        "digest": "current",
        "a": "current",
        "b": "current",
        "feature": "00004",
    }
    found = []
    for path in app.openapi()["paths"]:
        address = re.sub(r"\{(\w+)\}", lambda name: filled[name[1]], path)
        found.append(address + ("?q=ba" if path.endswith("/search") else ""))
    return found


def test_every_route_refuses_other_methods_with_a_problem(client: Any, app: Any) -> None:
    for address in addresses(app):
        for method in METHODS:
            answer = client.request(method, address)
            assert_problem(answer, 405)
            assert "GET" in answer.headers["allow"]


def test_every_route_refuses_what_it_does_not_know(client: Any, app: Any) -> None:
    for address in addresses(app):
        joined = f"{address}{'&' if '?' in address else '?'}unknown=1"
        fault = assert_problem(client.get(joined), 400)["errors"][0]
        assert fault == {"in": "query", "name": "unknown", "reason": "is not a parameter of this address"}


def test_every_route_answers_200(client: Any, app: Any) -> None:
    for address in addresses(app):
        # Without a base map this says so; with one: test_base_map.py.
        expected = 404 if address.startswith("/api/v1/base-map") else 200
        assert client.get(address).status_code == expected, address


def test_every_route_carries_the_security_headers(client: Any, app: Any) -> None:
    for address in [*addresses(app), "/", "/docs", "/nothing"]:
        headers = client.get(address).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert len(headers["x-request-id"]) == 36


def test_an_empty_workspace_says_so_everywhere(store: Any, make_client: Any) -> None:
    app = create_app(store, web_root=None, options=ServiceOptions(prepare=False))
    client = make_client(app)
    still = {
        "/ogc",
        "/ogc/conformance",
        "/ogc/api",
        "/health",
        "/metrics",
        "/api/v1/releases",
        "/api/v1/session",
    }
    still |= {"/ogc/tileMatrixSets", "/ogc/tileMatrixSets/WebMercatorQuad"}
    for address in addresses(app):
        answer = client.get(address)
        if address in still:
            assert answer.status_code == 200, address
        elif address.startswith("/api/v1/base-map"):
            assert_problem(answer, 404)
        else:
            document = assert_problem(answer, 503)
            assert "no release yet" in document["detail"]
            assert answer.headers["retry-after"] == "30"
    assert client.get("/api/v1/releases").json() == {"releases": []}
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    "layer_address",
    [
        "/tiles/cases.json",
        "/tiles/cases/5/25/14.mvt",
        "/ogc/collections/cases",
        "/ogc/collections/cases/items",
        "/ogc/collections/cases/items/1",
    ],
)
def test_exact_points_are_refused_to_everybody(client: Any, layer_address: str) -> None:
    assert_problem(client.get(layer_address), 403)
    assert_problem(client.get(layer_address, {"Authorization": "Bearer anything"}), 403)


HOSTILE = [
    "/nothing",
    "/api",
    "/api/v1",
    "/api/v2/summary",
    "/tiles",
    "/tiles/communes",
    "/ogc/nothing",
    "/..%2f..%2fetc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/assets/../../pyproject.toml",
    "/.git/config",
    "/%00",
    "/assets/%00.js",
    "/" + "a" * 5000,
    "/%ff%fe",
    "/index.html%00.js",
    "/C:%5Cwindows",
    "/api/v1/communes/99999",
    "/api/v1/communes/%00",
    "/api/v1/communes/00004'--",
    "/api/v1/communes/%F0%9F%98%80",
    "/api/v1/communes/" + "0" * 4000,
    "/api/v1/communes/00004%2F..",
    "/api/v1/zones/none",
    "/api/v1/zones/%0d%0aX:1",
    "/api/v1/search",
    "/api/v1/search?q=",
    "/api/v1/search?q=%00",
    "/api/v1/search?q=" + "a" * 101,
    "/api/v1/search?q=ba&limit=0",
    "/api/v1/search?q=ba&limit=51",
    "/api/v1/search?q=ba&limit=x",
    "/api/v1/search?q=a&q=b",
    "/api/v1/search?q=ba&release=1/0",
    "/api/v1/summary?release=",
    "/api/v1/summary?release=zz",
    "/api/v1/summary?release=../../x",
    f"/api/v1/summary?release={'0' * 64}",
    f"/api/v1/summary?release={'A' * 64}",
    "/api/v1/summary?release=%00",
    "/api/v1/releases/x",
    f"/api/v1/releases/{'f' * 64}",
    f"/api/v1/releases/{'f' * 63}",
    "/tiles/communes/-1/0/0.mvt",
    "/tiles/communes/100/0/0.mvt",
    "/tiles/communes/15/0/0.mvt",
    "/tiles/communes/5/32/0.mvt",
    "/tiles/communes/5/0/32.mvt",
    "/tiles/communes/5/-1/0.mvt",
    "/tiles/communes/x/0/0.mvt",
    "/tiles/communes/5.5/0/0.mvt",
    "/tiles/communes/1e3/0/0.mvt",
    "/tiles/communes/5/25/14.pbf",
    "/tiles/communes/5/25/14",
    f"/tiles/communes/5/{10**30}/0.mvt",
    "/tiles/nothing/5/25/14.mvt",
    "/tiles/nothing.json",
    "/tiles/case_counts.json",
    "/tiles/__class__/1/0/0.mvt",
    "/tiles/communes/5/25/14.mvt?v=",
    "/tiles/communes/5/25/14.mvt?v=x",
    f"/tiles/communes/5/25/14.mvt?v={'0' * 64}",
    "/tiles/communes/5/25/14.mvt?v[]=1",
    "/tiles/%2e%2e/5/25/14.mvt",
    "/ogc/collections/nothing",
    "/ogc/collections/nothing/items",
    "/ogc/collections/case_counts/items",
    "/ogc/collections/communes/items/99999",
    "/ogc/collections/communes/items/%00",
    "/ogc/collections/communes/items?limit=-1",
    "/ogc/collections/communes/items?limit=0",
    "/ogc/collections/communes/items?limit=x",
    "/ogc/collections/communes/items?limit=1.5",
    "/ogc/collections/communes/items?limit=",
    f"/ogc/collections/communes/items?limit={10**30}",
    "/ogc/collections/communes/items?limit=1&limit=2",
    "/ogc/collections/communes/items?offset=-1",
    f"/ogc/collections/communes/items?offset={10**30}",
    "/ogc/collections/communes/items?offset=1&after=00004",
    "/ogc/collections/communes/items?after=%00",
    "/ogc/collections/communes/items?bbox=",
    "/ogc/collections/communes/items?bbox=1,2,3",
    "/ogc/collections/communes/items?bbox=a,b,c,d",
    "/ogc/collections/communes/items?bbox=nan,nan,nan,nan",
    "/ogc/collections/communes/items?bbox=inf,0,1,1",
    "/ogc/collections/communes/items?bbox=1e400,0,1,1",
    "/ogc/collections/communes/items?bbox=0,10,1,5",
    "/ogc/collections/communes/items?bbox=-999,0,1,1",
    "/ogc/collections/communes/items?bbox=0,0,1,91",
    "/ogc/collections/communes/items?bbox=" + "1," * 3000,
    "/ogc/collections/communes/items?bbox=0,0,1,1;drop",
    "/ogc/collections/communes/items?datetime=",
    "/ogc/collections/communes/items?datetime=yesterday",
    "/ogc/collections/communes/items?datetime=2021-13-45",
    "/ogc/collections/communes/items?datetime=../..",
    "/ogc/collections/communes/items?datetime=2021-01-02/2021-01-01",
    "/ogc/collections/communes/items?datetime=2021-01-01/2021-01-02/2021-01-03",
    "/ogc/collections/communes/items?datetime=99999-01-01",
    "/ogc/collections/communes/items?f=xml",
    "/ogc/collections/communes/items?filter=1/0",
    "/ogc/collections/communes/items?filter=" + "x" * 9000,
    "/ogc/collections/communes/items?crs=http://nothing",
    "/ogc/collections/communes/items?person_name=x",
    "/ogc/collections/communes/items?detail=x",
    "/ogc/collections/communes/items?geometry=x",
    "/ogc/collections/communes/items?epidemic_level=red",
    "/ogc/collections/communes/items?epidemic_level=",
    "/ogc/collections/communes/items?verified=maybe",
    "/ogc/collections/communes/items?lower_on=now",
    "/ogc/collections/communes/items?lower_on=0001-13-01",
    "/ogc/collections/communes/items?name=%00",
    "/ogc/collections/communes/items?" + "&".join(f"p{i}=1" for i in range(1500)),
    "/ogc?f=xml",
    "/ogc?f=csv",
    "/ogc?lang=fr",
    "/ogc/api?f=html",
    "/ogc/collections/communes/queryables?f=csv",
    "/ogc/collections/communes/items/00004?f=csv",
    "/ogc/conformance?f=%22",
    "/ogc/collections?bbox=0,0,1,1",
    "/openapi.json?x=1",
    "/docs?x=1",
    "/metrics?x=1",
    "/docs/../openapi.json%00",
    "/health?%00=1",
    "/assets/",
]


@pytest.mark.parametrize("address", HOSTILE, ids=lambda address: address[:60])
def test_hostile_requests_are_refused(client: Any, address: str) -> None:
    assert_problem(client.get(address), 400, 404)


@pytest.mark.parametrize("host", ["evil.test/path", "a b", "x" * 300, 'evil"><script>', "[::1", "user@host"])
def test_a_host_that_cannot_be_one_is_refused(client: Any, host: str) -> None:
    assert_problem(client.get("/ogc", {"Host": host}), 400)


@pytest.mark.parametrize(
    "headers",
    [
        {"If-None-Match": '"' * 5000},
        {"If-None-Match": "W/"},
        {"If-None-Match": ""},
        {"Accept-Encoding": "gzip;q=x"},
        {"Accept-Encoding": ",;,;"},
        {"Accept-Encoding": "a" * 5000},
        {"Accept": "x/y"},
        {"Range": "bytes=0-1"},
    ],
    ids=str,
)
def test_odd_headers_do_no_harm(client: Any, headers: dict[str, str]) -> None:
    for address in ("/tiles/communes/5/25/14.mvt", "/ogc/collections/communes/items?limit=1", "/"):
        assert client.get(address, headers).status_code == 200


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (DataError("/secret/path", [Fault(1, "c", "x", "y")]), 400),
        (NotFoundError("no release in /secret/path"), 404),
        (ConflictError("/secret/path"), 409),
        (StoreError("disk full at /secret/path"), 503),
        (GeozoneError("/secret/path"), 500),
        (RuntimeError("/secret/path"), 500),
        (MemoryError("/secret/path"), 500),
    ],
    ids=lambda value: type(value).__name__,
)
def test_errors_of_the_core_are_translated_without_their_text(
    store: Any, make_client: Any, make_release: Any, error: Exception, status: int
) -> None:
    release = make_release()
    store.publish(release)

    def fail(name: str) -> None:
        raise error

    release.layer = fail
    client = make_client(create_app(store, web_root=None, options=ServiceOptions(prepare=False)))
    for address in ("/ogc/collections/communes/items", "/tiles/communes/5/25/14.mvt"):
        answer = client.get(address)
        assert "secret" not in answer.text
        assert_problem(answer, status)


def test_every_kind_of_core_error_has_a_status() -> None:
    assert {DataError, NotFoundError, ConflictError, DeniedError, StoreError} == set(STATUS)
