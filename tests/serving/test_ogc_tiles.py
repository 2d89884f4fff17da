"""OGC API Tiles: documents that lead to tiles, read by OWSLib and by GDAL's OGCAPI driver."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import mapbox_vector_tile
import mercantile
import pyogrio
import pytest
from owslib.ogcapi.features import Features

AT = mercantile.tile(105.75, 21.05, 8)
RELATION = "http://www.opengis.net/def/rel/ogc/1.0"
ABOVE = ["/ogc", "/ogc/collections/communes"]


def follow(client: Any, document: dict[str, Any], relation: str, **where: int) -> Any:
    """Ask for the first link of a relation."""
    href = next(link["href"] for link in document["links"] if link["rel"] == relation)
    for name, value in where.items():
        href = href.replace(f"{{{name}}}", str(value))
    parts = urlsplit(href)
    return client.get(parts.path + (f"?{parts.query}" if parts.query else ""))


@pytest.mark.parametrize("above", ABOVE)
@pytest.mark.parametrize("query", ["", "?release="])
def test_links_lead_from_the_landing_page_to_a_tile(
    client: Any, release: Any, above: str, query: str
) -> None:
    pinned = f"{query}{release.digest}" if query else ""
    landing = client.get(above + ("" if above == "/ogc" else pinned)).json()
    for relation, kind, media_type in (
        (f"{RELATION}/tilesets-vector", "vector", "application/vnd.mapbox-vector-tile"),
        (f"{RELATION}/tilesets-map", "map", "image/png"),
    ):
        [listed] = follow(client, landing, relation).json()["tilesets"]
        tileset = follow(client, listed, "self").json()
        assert listed["dataType"] == tileset["dataType"] == kind
        assert tileset["tileMatrixSetURI"] == listed["tileMatrixSetURI"]
        scheme = follow(client, tileset, f"{RELATION}/tiling-scheme").json()
        assert scheme["uri"] == tileset["tileMatrixSetURI"]
        tile = follow(client, tileset, "item", tileMatrix=AT.z, tileRow=AT.y, tileCol=AT.x)
        assert tile.status_code == 200
        assert tile.headers["content-type"] == media_type
        if pinned and above != "/ogc":
            assert tile.headers["cache-control"].endswith("immutable")


def test_a_tile_is_the_one_of_the_plain_address(client: Any) -> None:
    plain = client.get(f"/tiles/communes/{AT.z}/{AT.x}/{AT.y}.mvt")
    same = client.get(f"/ogc/collections/communes/tiles/WebMercatorQuad/{AT.z}/{AT.y}/{AT.x}")
    assert same.content == plain.content
    assert same.headers["etag"] == plain.headers["etag"]
    held = {"If-None-Match": plain.headers["etag"]}
    assert client.get(str(same.url), held).status_code == 304


def test_the_limits_of_a_tileset_hold_everything(client: Any, release: Any) -> None:
    limits = client.get("/ogc/collections/communes/tiles/WebMercatorQuad").json()["tileMatrixSetLimits"]
    west, south, east, north = release.layer("communes").total_bounds
    for limit in limits:
        zoom = int(limit["tileMatrix"])
        first, last = mercantile.tile(west, north, zoom), mercantile.tile(east, south, zoom)
        assert (limit["minTileCol"], limit["minTileRow"]) == (first.x, first.y)
        assert (limit["maxTileCol"], limit["maxTileRow"]) == (last.x, last.y)
    assert [limit["tileMatrix"] for limit in limits] == [str(zoom) for zoom in range(15)]


def test_the_matrix_set_is_the_registered_one(client: Any) -> None:
    document = client.get("/ogc/tileMatrixSets/WebMercatorQuad").json()
    first, *_, last = document["tileMatrices"]
    assert first["scaleDenominator"] == pytest.approx(559082264.028717, rel=1e-9)
    assert last["scaleDenominator"] == pytest.approx(34123.6733415965, rel=1e-9)
    assert last["cellSize"] == pytest.approx(9.55462853563415, rel=1e-9)
    assert first["pointOfOrigin"] == pytest.approx([-20037508.3427892, 20037508.3427892])
    assert last["matrixWidth"] == 2**14
    assert document["wellKnownScaleSet"].endswith("GoogleMapsCompatible")


@pytest.mark.parametrize(
    ("query", "layers"),
    [
        ("", {"communes", "green_zones", "buffer_zones", "containment_zones", "facilities"}),
        ("?collections=communes,facilities", {"communes", "facilities"}),
        ("?collections=containment_zones&certainty=possible", {"containment_zones"}),
        ("?collections=communes&filter=epidemic_level%3D4", {"communes"}),
    ],
)
def test_collections_of_the_dataset_are_chosen(client: Any, query: str, layers: set[str]) -> None:
    tile = client.get(f"/ogc/tiles/WebMercatorQuad/{AT.z}/{AT.y}/{AT.x}{query}")
    assert set(mapbox_vector_tile.decode(tile.content)) == layers
    described = client.get(
        f"/ogc/tiles/WebMercatorQuad?{query.split('&', maxsplit=1)[0].lstrip('?')}".rstrip("?")
    ).json()
    assert layers <= {layer["id"] for layer in described["layers"]}


def test_a_cql2_filter_chooses_what_the_features_do(client: Any) -> None:
    condition = "name IN ('Ba Đình','Đống Đa') OR epidemic_level = 3"
    items = client.get(f"/ogc/collections/communes/items?filter={condition}").json()["features"]
    tile = client.get(f"/tiles/communes/{AT.z}/{AT.x}/{AT.y}.mvt?filter={condition}")
    drawn = mapbox_vector_tile.decode(tile.content)["communes"]["features"]
    codes = {feature["properties"]["code"] for feature in drawn}
    assert codes == {feature["properties"]["code"] for feature in items}
    assert len(codes) == 3


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/ogc/collections/cases/tiles", 403),
        ("/ogc/collections/nothing/tiles", 404),
        ("/ogc/collections/communes/tiles/WorldCRS84Quad", 404),
        ("/ogc/tiles/WebMercatorQuad/5/99/0", 404),
        ("/ogc/tiles/WebMercatorQuad/15/0/0", 404),
        ("/ogc/tiles?collections=cases", 403),
        ("/ogc/tiles/WebMercatorQuad/5/14/25?f=png", 400),
        ("/ogc/tiles/WebMercatorQuad/5/14/25?filter=nothing%3D1", 400),
        ("/ogc/tiles/WebMercatorQuad/5/14/25?filter=(((", 400),
    ],
)
def test_what_is_not_there_is_refused(client: Any, address: str, status: int) -> None:
    answer = client.get(address)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_owslib_finds_the_tiles(server: str) -> None:
    service = Features(f"{server}/ogc/")
    declared = service.conformance()["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core" in declared
    links = service.collection("communes")["links"]
    assert f"{RELATION}/tilesets-vector" in {link["rel"] for link in links}


def test_gdal_reads_a_tile_of_a_collection(client: Any, tmp_path: Path) -> None:
    address = f"/ogc/collections/communes/tiles/WebMercatorQuad/{AT.z}/{AT.y}/{AT.x}"
    (tmp_path / "tile.mvt").write_bytes(client.get(address).content)
    found = pyogrio.read_dataframe(tmp_path / "tile.mvt", layer="communes")
    expected = mapbox_vector_tile.decode((tmp_path / "tile.mvt").read_bytes())["communes"]["features"]
    assert sorted(found["code"]) == sorted(feature["properties"]["code"] for feature in expected)
    assert found["name"].str.contains("Đống Đa").any()
