"""OGC API Features, Part 5: schemas; and what they allow: sorting, choosing properties, no geometry."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geozone.api.columns import column_title
from geozone.api.layers import LAYERS as LAYER_SPECS
from geozone.api.ordering import collation_key

KINDS = ("schema", "queryables", "sortables")
LAYERS = (
    "communes",
    "containment_zones",
    "buffer_zones",
    "green_zones",
    "coverage",
    "facilities",
    "checkpoints",
)


def features(client: Any, query: str, layer: str = "communes") -> list[dict[str, Any]]:
    answer = client.get(f"/ogc/collections/{layer}/items?limit=100&{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()["features"]


@pytest.mark.parametrize("layer", LAYERS)
def test_features_fit_their_schema(client: Any, layer: str) -> None:
    answer = client.get(f"/ogc/collections/{layer}/schema")
    assert answer.headers["content-type"] == "application/schema+json"
    schema = answer.json()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$id"].endswith(f"/ogc/collections/{layer}/schema")
    roles = {one.get("x-ogc-role"): name for name, one in schema["properties"].items()}
    assert roles["primary-geometry"] == "geometry"
    assert {"id"} <= roles.keys()
    for described in schema["properties"].values():
        assert described["title"]
        assert described["description"]
    for feature in features(client, "", layer):
        assert feature["id"] == feature["properties"][roles["id"]]
        present = {name: value for name, value in feature["properties"].items() if value is not None}
        jsonschema.validate(present, {**schema, "additionalProperties": False})


@pytest.mark.parametrize("layer", LAYERS)
def test_queryables_are_what_filters_accept(client: Any, layer: str) -> None:
    document = client.get(f"/ogc/collections/{layer}/queryables").json()
    assert document["additionalProperties"] is False
    for name in document["properties"]:
        asked = quote(f'"{name}" IS NULL')
        assert client.get(f"/ogc/collections/{layer}/items?filter={asked}").status_code == 200, name
    for name in client.get(f"/ogc/collections/{layer}/schema").json()["properties"]:
        if name not in document["properties"]:
            asked = quote(f'"{name}" IS NULL')
            assert client.get(f"/ogc/collections/{layer}/items?filter={asked}").status_code == 400


def test_collections_link_to_their_schemas(client: Any) -> None:
    for collection in client.get("/ogc/collections").json()["collections"]:
        relations = {link["rel"].rsplit("/", 1)[-1]: link["href"] for link in collection["links"]}
        for name in KINDS:
            assert client.get(relations[name]).json()["$id"] == relations[name]


def test_every_property_served_has_titles(client: Any) -> None:
    for layer in LAYERS:
        for name, described in client.get(f"/ogc/collections/{layer}/schema").json()["properties"].items():
            assert column_title(name).vi != name, name
            assert described["description"] == column_title(name).vi


def test_every_property_that_may_be_served_has_titles() -> None:
    named = {name for spec in LAYER_SPECS.values() for name in spec.properties if "*" not in name}
    assert not [
        name for name in sorted(named) if column_title(name).vi == name or column_title(name).en == name
    ]


def test_sorting(client: Any) -> None:
    def names(sortby: str) -> list[Any]:
        return [feature["properties"]["population"] for feature in features(client, f"sortby={sortby}")]

    known = [1000.0 + at for at in range(1, 36)]
    assert names("population") == [*known, None]
    assert names("%2Bpopulation") == names("+population") == names("population")
    assert names("-population") == [*known[::-1], None]
    by_two = features(client, "sortby=-epidemic_level,-code")
    keys = [(-(f["properties"]["epidemic_level"] or 0), f["id"]) for f in by_two]
    assert [key[0] for key in keys] == sorted(key[0] for key in keys)
    ones = [key[1] for key in keys if key[0] == -1]
    assert ones == sorted(ones, reverse=True)


@pytest.mark.parametrize(
    "sortby",
    ["-population", "name", "epidemic_level,-name", "verified", "lower_on", "-in_zone,rate_per_100k"],
)
@pytest.mark.parametrize("narrow", ["", "&filter=epidemic_level%20%3D%201", "&bbox=105.6,20.9,105.75,21.2"])
def test_paging_by_cursor_agrees_with_one_page(client: Any, sortby: str, narrow: str) -> None:
    whole = [feature["id"] for feature in features(client, f"sortby={sortby}{narrow}")]
    address = f"/ogc/collections/communes/items?limit=4&sortby={sortby}{narrow}"
    seen: list[str] = []
    while address:
        page = client.get(address).json()
        assert page["numberMatched"] == len(whole)
        seen += [feature["id"] for feature in page["features"]]
        address = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
        assert "offset" not in address
    assert seen == whole
    assert [f["id"] for f in features(client, f"sortby={sortby}{narrow}&offset=5")] == whole[5:]


def test_vietnamese_order() -> None:
    names = [
        "Đông",
        "Dũng",
        "Ân",
        "Ăn",
        "An",
        "Ánh",
        "Ôn",
        "Ơn",
        "On",
        "Ưng",
        "Ung",
        "zeta",
        "ba",
        "Bà",
        "Bá",
        "em",
    ]
    assert sorted(names, key=collation_key) == [
        "An", "Ánh", "Ăn", "Ân", "ba", "Bà", "Bá", "Dũng", "Đông", "em", "On", "Ôn", "Ơn", "Ung", "Ưng", "zeta",
    ]  # fmt: skip
    tones = ["mạ", "má", "mả", "ma", "mã", "mà"]
    assert sorted(tones, key=collation_key) == ["ma", "mà", "mả", "mã", "má", "mạ"]


@given(st.lists(st.text(max_size=6)))
def test_any_text_can_be_ordered(texts: list[str]) -> None:
    assert sorted(sorted(texts, key=collation_key, reverse=True), key=collation_key) == sorted(
        texts, key=collation_key
    )


def test_properties_and_geometry_can_be_left_out(client: Any) -> None:
    for feature in features(client, "properties=name,epidemic_level&skip-geometry=true"):
        assert list(feature["properties"]) == ["name", "epidemic_level"]
        assert feature["geometry"] is None
        assert feature["id"]
    assert features(client, "properties=epidemic_level,name")[0]["geometry"]["type"] == "Polygon"
    assert features(client, "properties=")[0]["properties"] == {}
    zones = features(client, "properties=communes", "containment_zones")
    assert zones[0]["properties"]["communes"][0]["code"] == "00004"


def test_leaving_geometry_out_does_not_read_it(store: Any, make_client: Any, make_release: Any) -> None:
    from geozone.api import ServiceOptions, create_app

    release = make_release()
    store.publish(release)
    release.layer = lambda name: pytest.fail("the geometry was read")
    client = make_client(create_app(store, web_root=None, options=ServiceOptions(prepare=False)))
    assert len(features(client, "skip-geometry=true")) == 36


@pytest.mark.parametrize(
    "query",
    [
        "sortby=nothing",
        "sortby=",
        "sortby=detail",
        "sortby=person_name",
        "sortby=name,name",
        "sortby=code,name,population,area_km2,in_zone,verified",
        "sortby=--name",
        "sortby=name&after=nothing",
        "properties=nothing",
        "properties=person_name",
        "properties=geometry",
        "skip-geometry=perhaps",
    ],
)
def test_what_does_not_fit_is_refused(client: Any, query: str) -> None:
    answer = client.get(f"/ogc/collections/communes/items?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["name"] in ("sortby", "properties", "skip-geometry", "after")
