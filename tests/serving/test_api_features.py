"""OGC API Features, Part 1: the requirements that a client can see, and GDAL as a client."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import Any
from urllib.parse import quote

import pytest
import shapely
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator
from shapely.geometry import shape

from geozone.api import ServiceOptions, create_app
from geozone.api import items as items_module

LAYERS = [
    "communes",
    "containment_zones",
    "buffer_zones",
    "green_zones",
    "coverage",
    "facilities",
    "checkpoints",
]
GEOJSON = "application/geo+json"


def links(document: dict[str, Any]) -> dict[str, dict[str, str]]:
    return {link["rel"]: link for link in document["links"]}


def items(client: Any, query: str, layer: str = "communes") -> dict[str, Any]:
    answer = client.get(f"/ogc/collections/{layer}/items?{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def ids(document: dict[str, Any]) -> list[str]:
    return [feature["id"] for feature in document["features"]]


def test_every_link_of_the_landing_page_leads_somewhere(client: Any) -> None:
    document = client.get("/ogc").json()
    assert {"self", "service-desc", "service-doc", "conformance", "data"} <= links(document).keys()
    for link in document["links"]:
        answer = client.get(link["href"])
        assert answer.status_code == 200
        assert answer.headers["content-type"].split(";")[0] == link["type"].split(";")[0]


def test_conformance_names_only_what_there_is(client: Any) -> None:
    declared = client.get("/ogc/conformance").json()["conformsTo"]
    kept = [name.removeprefix("http://www.opengis.net/spec/") for name in declared]
    assert len(set(kept)) == len(kept)
    assert {"ogcapi-features-1/1.0/conf/core", "ogcapi-features-2/1.0/conf/crs"} <= set(kept)
    assert {"ogcapi-features-3/1.0/conf/filter", "cql2/1.0/conf/cql2-text"} <= set(kept)
    never = (
        "cql2/1.0/conf/array-functions",
        "cql2/1.0/conf/functions",
        "ogcapi-features-4/1.0/conf/features",
    )
    assert not set(never) & set(kept)


def test_both_openapi_documents_are_valid(client: Any) -> None:
    newer, older = client.get("/openapi.json").json(), client.get("/ogc/api").json()
    OpenAPIV31SpecValidator(newer).validate()
    OpenAPIV30SpecValidator(older).validate()
    assert older["openapi"] == "3.0.3"
    assert older["servers"] == [{"url": "http://geo.test"}]
    assert set(older["paths"]) == set(newer["paths"])
    assert '"null"' not in json.dumps(older)
    limit = next(
        parameter
        for parameter in older["paths"]["/ogc/collections/{layer}/items"]["get"]["parameters"]
        if parameter["name"] == "limit"
    )
    assert (limit["schema"]["minimum"], limit["schema"]["maximum"], limit["schema"]["default"]) == (
        1,
        10000,
        100,
    )


def test_collections(client: Any) -> None:
    document = client.get("/ogc/collections").json()
    assert [collection["id"] for collection in document["collections"]] == LAYERS
    for collection in document["collections"]:
        alone = client.get(f"/ogc/collections/{collection['id']}").json()
        assert alone == collection
        assert collection["itemType"] == "feature"
        for link in collection["links"]:
            assert client.get(link["href"]).status_code == 200


def test_extents(client: Any) -> None:
    zones = client.get("/ogc/collections/containment_zones").json()["extent"]
    assert zones["temporal"]["interval"] == [["2021-07-01T00:00:00Z", "2021-07-22T00:00:00Z"]]
    assert client.get("/ogc/collections/communes").json()["extent"]["spatial"]["bbox"] == [
        [105.6, 20.9, 105.9, 21.2]
    ]
    assert "extent" not in client.get("/ogc/collections/checkpoints").json()


@pytest.mark.parametrize("layer", LAYERS)
def test_items_of_every_layer(client: Any, layer: str) -> None:
    answer = client.get(f"/ogc/collections/{layer}/items")
    assert answer.headers["content-type"] == GEOJSON
    assert answer.headers["content-crs"] == "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"
    document = answer.json()
    assert document["type"] == "FeatureCollection"
    assert document["numberReturned"] == len(document["features"]) <= document["numberMatched"]
    for feature in document["features"]:
        alone = client.get(f"/ogc/collections/{layer}/items/{quote(feature['id'])}")
        assert alone.headers["content-type"] == GEOJSON
        single = alone.json()
        assert {"self", "collection"} <= links(single).keys()
        assert {name: single[name] for name in feature} == feature


def test_paging_visits_every_feature_once(client: Any) -> None:
    seen: list[str] = []
    document = items(client, "limit=7")
    while True:
        seen += ids(document)
        assert document["numberMatched"] == 36
        onward = links(document).get("next")
        if onward is None:
            break
        answer = client.get(onward["href"])
        document = answer.json()
    assert seen == sorted(seen)
    assert len(seen) == len(set(seen)) == 36


def test_offset_is_accepted_and_its_next_goes_on_by_cursor(client: Any) -> None:
    everything = ids(items(client, "limit=100"))
    page = items(client, "limit=5&offset=10")
    assert ids(page) == everything[10:15]
    onward = links(page)["next"]["href"]
    assert "offset" not in onward
    assert ids(client.get(onward).json()) == everything[15:20]
    assert ids(items(client, "offset=5000")) == []


def test_the_next_page_is_also_in_the_header(client: Any) -> None:
    answer = client.get("/ogc/collections/communes/items?limit=5")
    assert 'rel="next"' in answer.headers["link"]
    assert answer.headers["link"][1:].split(">")[0] == links(answer.json())["next"]["href"]


def test_a_limit_beyond_the_most_is_the_most(client: Any) -> None:
    assert len(ids(items(client, "limit=1000000"))) == 36


def test_bbox_finds_what_shapely_finds(client: Any) -> None:
    everything = items(client, "limit=100")["features"]
    for box in (
        (105.61, 20.91, 105.66, 20.97),
        (105.0, 20.0, 105.6, 20.9),
        (0, 0, 1, 1),
        (105.7, 21.0, 105.7, 21.0),
    ):
        expected = [f["id"] for f in everything if shape(f["geometry"]).intersects(shapely.box(*box))]
        found = items(client, f"limit=100&bbox={','.join(map(str, box))}")
        assert ids(found) == expected
        assert found["numberMatched"] == len(expected)


def test_bbox_may_have_heights_and_cross_the_antimeridian(client: Any) -> None:
    plain = ids(items(client, "bbox=105.61,20.91,105.66,20.97"))
    assert ids(items(client, "bbox=105.61,20.91,-5,105.66,20.97,5")) == plain
    assert len(ids(items(client, "bbox=105.59,20.8,-170,22"))) == 36
    assert ids(items(client, "bbox=170,20.8,-170,22")) == []


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2021-07-01", ["z-1"]),
        ("2021-07-10", ["z-1", "z-2"]),
        ("2021-07-20T12:00:00Z", ["z-2"]),
        ("2021-07-23", []),
        ("../2021-07-07", ["z-1"]),
        ("2021-07-20/..", ["z-2"]),
        ("/2021-06-30", []),
        ("2021-07-19/2021-07-30", ["z-1", "z-2"]),
    ],
)
def test_datetime(client: Any, when: str, expected: list[str]) -> None:
    assert ids(items(client, f"datetime={when}", "containment_zones")) == expected


def test_datetime_leaves_layers_without_days_whole(client: Any) -> None:
    assert items(client, "datetime=1999-01-01")["numberMatched"] == 36


def test_properties_can_be_compared(client: Any) -> None:
    assert ids(items(client, "epidemic_level=4")) == ["00004"]
    assert ids(items(client, f"name={quote('Hoàn Kiếm')}")) == ["00007"]
    assert ids(items(client, "population=1002")) == ["00010"]
    assert ids(items(client, "verified=true")) == []
    assert len(ids(items(client, "verified=false&limit=100"))) == 36
    assert ids(items(client, "lower_on=2021-07-20")) == ["00004"]
    assert ids(items(client, "epidemic_level=4&name=x")) == []
    assert ids(items(client, "certainty=possible", "containment_zones")) == ["z-2"]


def test_filters_and_boxes_stay_in_the_next_link(client: Any) -> None:
    page = items(client, "limit=2&epidemic_level=1&bbox=105.6,20.9,105.9,21.2")
    rest = client.get(links(page)["next"]["href"]).json()
    assert rest["numberMatched"] == page["numberMatched"] == 33
    assert {feature["properties"]["epidemic_level"] for feature in rest["features"]} == {1}


def test_long_pages_are_streamed_whole(
    store: Any, make_client: Any, make_release: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(items_module, "_STREAM_FROM", 5)
    store.publish(make_release())
    client = make_client(create_app(store, web_root=None, options=ServiceOptions(prepare=False)))
    for accepted in ("identity", "gzip"):
        answer = client.get("/ogc/collections/communes/items", {"Accept-Encoding": accepted})
        assert len(answer.json()["features"]) == 36
        assert "content-length" not in answer.headers


def test_links_follow_the_public_address(store: Any, make_client: Any, make_release: Any) -> None:
    store.publish(make_release())
    options = ServiceOptions(prepare=False, base_url="https://ban-do.example.vn/")
    client = make_client(create_app(store, web_root=None, options=options))
    for address in (
        "/ogc",
        "/ogc/collections",
        "/ogc/collections/communes/items?limit=1",
        "/tiles/communes.json",
    ):
        body = client.get(address).text
        assert "geo.test" not in body
        assert "https://ban-do.example.vn/ogc" in body or "https://ban-do.example.vn/tiles" in body


def ogr(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "GDAL_HTTP_PROXY": "", "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    return subprocess.run(arguments, capture_output=True, text=True, check=False, env=environment, timeout=60)


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="gdal-bin is not installed")
def test_gdal_lists_every_collection(server: str) -> None:
    shown = ogr("ogrinfo", "-ro", f"OAPIF:{server}/ogc")
    assert shown.returncode == 0, shown.stderr
    assert all(f": {layer}" in shown.stdout for layer in LAYERS)


@pytest.mark.skipif(shutil.which("ogr2ogr") is None, reason="gdal-bin is not installed")
@pytest.mark.parametrize("layer", LAYERS)
def test_gdal_reads_every_feature(server: str, client: Any, layer: str, tmp_path: Any) -> None:
    target = tmp_path / "out.geojson"
    done = ogr("ogr2ogr", "-oo", "PAGE_SIZE=7", "-f", "GeoJSON", str(target), f"OAPIF:{server}/ogc", layer)
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stderr
    found = json.loads(target.read_text())["features"]
    expected = client.get(f"/ogc/collections/{layer}/items?limit=1000").json()["features"]
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert shape(one["geometry"]).equals_exact(shape(other["geometry"]), 1e-6, normalize=True)


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="gdal-bin is not installed")
def test_gdal_filters_on_the_server(server: str) -> None:
    shown = ogr(
        "ogrinfo",
        "-ro",
        "-so",
        "-spat",
        "105.61",
        "20.91",
        "105.62",
        "20.92",
        f"OAPIF:{server}/ogc",
        "communes",
    )
    assert "Feature Count: 1\n" in shown.stdout
