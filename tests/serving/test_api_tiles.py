"""Tiles through the service: several layers, filters, tags by content, clusters."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import mapbox_vector_tile
import mercantile
import pytest

from geozone.api import ServiceOptions, create_app

AT = mercantile.tile(105.75, 21.05, 8)
WHERE = f"{AT.z}/{AT.x}/{AT.y}"


def layers_of(answer: Any) -> dict[str, list[dict[str, Any]]]:
    assert answer.status_code == 200, answer.text
    decoded = mapbox_vector_tile.decode(answer.content)
    return {name: [feature["properties"] for feature in layer["features"]] for name, layer in decoded.items()}


def test_a_tile_of_several_layers_holds_each_as_its_own_tile_does(client: Any) -> None:
    together = layers_of(client.get(f"/tiles/communes,containment_zones,facilities/{WHERE}.mvt"))
    assert list(together) == ["communes", "containment_zones", "facilities"]
    for name, features in together.items():
        assert features == layers_of(client.get(f"/tiles/{name}/{WHERE}.mvt"))[name]


def test_tilejson_of_several_layers_leads_to_their_tiles(client: Any, release: Any) -> None:
    document = client.get("/tiles/communes,facilities.json?kind=school").json()
    assert [layer["id"] for layer in document["vector_layers"]] == ["communes", "facilities"]
    [address] = document["tiles"]
    assert f"v={release.digest}" in address
    west, south, _, _ = document["bounds"]
    assert (west, south) == pytest.approx((105.6, 20.9), abs=1e-3)
    path = address.format(z=AT.z, x=AT.x, y=AT.y).removeprefix("http://geo.test")
    answer = client.get(path)
    assert answer.headers["cache-control"].endswith("immutable")
    tile = layers_of(answer)
    assert [place["name"] for place in tile["facilities"]] == ["Trường Ba Đình"]
    assert len(tile["communes"]) == 36


@pytest.mark.parametrize(
    ("query", "zones"),
    [
        ("", {"z-1", "z-2"}),
        ("datetime=2021-07-03", {"z-1"}),
        ("datetime=2021-07-20/..", {"z-2"}),
        ("datetime=../2021-07-07", {"z-1"}),
        ("certainty=possible", {"z-2"}),
        ("certainty=possible&datetime=2021-07-03", set()),
    ],
)
def test_filters_choose_features(client: Any, query: str, zones: set[str]) -> None:
    address = f"/tiles/containment_zones/{WHERE}.mvt?{query}"
    answer = client.get(address)
    if not zones:
        assert answer.status_code == 204
        return
    found = layers_of(answer)["containment_zones"]
    assert {zone["zone_id"] for zone in found} == zones
    items = client.get(f"/ogc/collections/containment_zones/items?{query}").json()["features"]
    assert {item["properties"]["zone_id"] for item in items} == zones


def test_a_filter_speaks_about_the_layers_that_have_the_property(client: Any) -> None:
    tile = layers_of(client.get(f"/tiles/communes,containment_zones/{WHERE}.mvt?epidemic_level=4"))
    assert [commune["code"] for commune in tile["communes"]] == ["00004"]
    assert len(tile["containment_zones"]) == 2


@pytest.mark.parametrize(
    ("address", "status"),
    [
        (f"/tiles/communes/{WHERE}.mvt?kind=school", 400),
        (f"/tiles/communes/{WHERE}.mvt?epidemic_level=red", 400),
        (f"/tiles/communes/{WHERE}.mvt?datetime=yesterday", 400),
        (f"/tiles/communes/{WHERE}.mvt?detail=x", 400),
        (f"/tiles/communes/{WHERE}.mvt?person_name=x", 400),
        (f"/tiles/communes,communes/{WHERE}.mvt", 400),
        (f"/tiles/communes,nothing/{WHERE}.mvt", 404),
        (f"/tiles/communes,cases/{WHERE}.mvt", 403),
        (f"/tiles/communes,/{WHERE}.mvt", 404),
        ("/tiles/communes/15/1/1.mvt", 404),
        ("/tiles/communes/3/8/1.mvt", 404),
        ("/tiles/communes,cases.json", 403),
        ("/tiles/communes.json?kind=school", 400),
    ],
)
def test_what_is_not_there_is_refused(client: Any, address: str, status: int) -> None:
    answer = client.get(address)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_filtered_tiles_have_tags_of_their_own(client: Any) -> None:
    tags = {
        client.get(f"/tiles/containment_zones/{WHERE}.mvt{query}").headers["etag"]
        for query in ("", "?certainty=possible", "?certainty=certain", "?datetime=2021-07-03")
    }
    assert len(tags) == 3  # the zone in force on that day is the certain one: the same tile


def test_a_tile_that_a_new_release_does_not_change_keeps_its_tag(
    store: Any, make_client: Any, make_release: Any
) -> None:
    app = create_app(store, web_root=None, options=ServiceOptions(prepare=False))
    client = make_client(app)
    addresses = [f"/tiles/{layers}/{WHERE}.mvt" for layers in ("communes", "containment_zones", "facilities")]
    addresses += ["/tiles/communes/10/0/0.mvt", f"/tiles/containment_zones/{WHERE}.mvt?certainty=possible"]
    store.publish(make_release("2021-07-08"))
    before = {address: client.get(address) for address in addresses}
    made = app.state.service.tiles.misses
    newer = store.publish(make_release("2021-07-15", level=2))  # levels change, zones and places do not
    for address, answer in before.items():
        again = client.get(address, {"If-None-Match": answer.headers["etag"]})
        if address == addresses[0]:
            assert again.status_code == 200
            assert again.content != answer.content
            continue
        assert again.status_code == 304, address
        joined = f"{address}{'&' if '?' in address else '?'}v={newer.digest}"
        assert client.get(joined, {"If-None-Match": answer.headers["etag"]}).status_code == 304
    # Unchanged layers are not even drawn again; of the changed one, the two tiles asked for are.
    assert app.state.service.tiles.misses == made + 2


def test_points_far_out_are_counted_and_never_left_out(client: Any) -> None:
    far = layers_of(client.get("/tiles/facilities/0/0/0.mvt"))["facilities"]
    assert far == [{"cluster": True, "point_count": 2}]
    near = [
        place["name"]
        for lon, lat in ((105.62, 20.92), (105.7, 21.0))
        for at in [mercantile.tile(lon, lat, 13)]
        for place in layers_of(client.get(f"/tiles/facilities/13/{at.x}/{at.y}.mvt"))["facilities"]
    ]
    assert near == ["Trường Ba Đình", "Chợ"]
    fields = client.get("/tiles/facilities.json").json()["vector_layers"][0]["fields"]
    assert fields["point_count"] == "Number"


def test_a_filter_counts_only_what_it_chooses(client: Any) -> None:
    [only] = layers_of(client.get("/tiles/facilities/0/0/0.mvt?kind=school"))["facilities"]
    assert only["name"] == "Trường Ba Đình"


def test_the_tilejson_of_a_collection_is_linked(client: Any) -> None:
    links = client.get("/ogc/collections/communes").json()["links"]
    [found] = [link["href"] for link in links if link["href"].endswith("communes.json")]
    assert client.get(urlsplit(found).path).json()["tilejson"] == "3.0.0"
