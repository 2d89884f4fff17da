"""Every route answers as docs/architecture.md says."""

from __future__ import annotations

from typing import Any

import mapbox_vector_tile
import pytest

from geozone.api.models import CommuneAnswer, SearchAnswer, SummaryAnswer, ZoneAnswer
from geozone.api.release_models import ReleasesAnswer


def test_summary(client: Any, release: Any) -> None:
    document = client.get("/api/v1/summary").json()
    SummaryAnswer.model_validate(document)
    assert document["release"]["digest"] == release.digest
    assert document["release"]["rule_set"]["id"] == "vn-4800"
    assert document["release"]["warnings_vi"] == ["Ranh giới gần đúng"]
    assert document["release"]["warnings_en"] == ["Approximate boundaries"]
    assert document["counts"]["communes_by_level"] == {"1": 33, "2": 0, "3": 1, "4": 1, "none": 1}
    west, south, east, north = document["bounds"]
    assert 105.59 < west < east < 105.8
    assert 20.89 < south < north < 21.1
    ids = [layer["id"] for layer in document["layers"]]
    assert ids == [
        "communes",
        "containment_zones",
        "buffer_zones",
        "green_zones",
        "coverage",
        "facilities",
        "checkpoints",
    ]
    for layer in document["layers"]:
        assert layer["title_vi"]
        assert client.get(layer["tilejson"]).status_code == 200


def test_commune(client: Any) -> None:
    document = client.get("/api/v1/communes/00004").json()
    CommuneAnswer.model_validate(document)
    assert document["epidemic_level"] == 4
    assert document["why_vi"] == "Vì 3 ca trong 14 ngày"
    assert document["detail"] == {"bands": [1, 2, 3]}
    assert document["lower_on"] == "2021-07-20"
    assert document["population"] is None
    assert document["series"] == [
        {"date": "2021-07-01", "cases": 1, "possible_cases": 0.5},
        {"date": "2021-07-05", "cases": 2, "possible_cases": 0.0},
    ]
    assert document["zones"] == [
        {
            "zone_id": "z-1",
            "certainty": "certain",
            "share": 0.012,
            "whole": False,
            "opened_on": "2021-07-01",
            "earliest_lift_on": "2021-07-19",
        }
    ]
    bands = {(band["dose"], band["age_from"], band["age_to"]): band for band in document["coverage"]}
    assert bands[1, 18, None]["coverage_percent"] == 80.0
    assert bands[2, 12, 18] == {
        "dose": 2,
        "age_from": 12,
        "age_to": 18,
        "vaccinated": None,
        "denominator": 100.0,
        "coverage_percent": None,
        "coverage_flag": "ok",
    }
    assert [entry["epidemic_level"] for entry in document["history"]] == [4]


def test_a_commune_without_data_has_no_level(client: Any) -> None:
    document = client.get("/api/v1/communes/00010").json()
    assert document["epidemic_level"] is None
    assert document["series"] == []


def test_zone(client: Any) -> None:
    document = client.get("/api/v1/zones/z-1").json()
    ZoneAnswer.model_validate(document)
    assert document["layer"] == "containment_zones"
    assert document["communes"] == [{"code": "00004", "name": "Ba Đình", "share": 0.012, "whole": False}]
    ring = client.get("/api/v1/zones/b-2").json()
    assert ring["layer"] == "buffer_zones"
    assert ring["containment_ids"] == ["z-2"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("Ba Đình", "00004"),
        ("ba dinh", "00004"),
        ("phuong ba dinh", "00004"),
        ("P. Ba Dinh", "00004"),
        ("p.ba đình tp hà nội", "00004"),
        ("BA ĐÌNH", "00004"),
        ("ba din", "00004"),
        ("dong da ha noi", "00010"),
        ("phúc xá", "00004"),
        ("phuc xa quan ba dinh", "00004"),
        ("hang dao", "00007"),
        ("00007", "00007"),
        ("hoan kiem", "00007"),
        ("hoan kieem", "00007"),
        ("badinh", "00004"),
        ("phuonghoankiem", "00007"),
        ("ddoongs dda", "00010"),
        ("hoafn kieemj", "00007"),
        ("ba dihn", "00004"),
        ("kinhdo", "00010"),
    ],
)
def test_search_finds(client: Any, query: str, code: str) -> None:
    document = client.get(f"/api/v1/search?q={query}").json()
    SearchAnswer.model_validate(document)
    assert document["results"][0]["code"] == code


def test_search_tells_former_names_and_where(client: Any) -> None:
    [found] = client.get("/api/v1/search?q=phuc xa").json()["results"]
    assert found["full_name"] == "Phường Ba Đình"
    assert found["old_names"] == ["Phường Phúc Xá (Quận Ba Đình, Thành phố Hà Nội)"]
    assert found["edition"] == "2025"
    west, south, east, north = found["bbox"]
    assert west < east
    assert south < north


def test_search_of_a_divided_commune_gives_the_larger_share_first(client: Any) -> None:
    results = client.get("/api/v1/search?q=Hàng Đào").json()["results"]
    assert [found["code"] for found in results] == ["00007", "00010"]


def test_search_keeps_its_limit_and_finds_nothing_politely(client: Any) -> None:
    assert len(client.get("/api/v1/search?q=thon&limit=3").json()["results"]) == 3
    assert client.get("/api/v1/search?q=zzzzzzzz").json() == {"results": []}
    assert client.get("/api/v1/search?q=...").json() == {"results": []}


def test_releases(client: Any, release: Any) -> None:
    document = client.get("/api/v1/releases").json()
    ReleasesAnswer.model_validate(document)
    assert document["releases"] == [
        {
            "digest": release.digest,
            "decision": "2021-07-08/QĐ",
            "as_of": "2021-07-08",
            "created_at": "2021-07-08T10:00:00+00:00",
            "current": True,
        }
    ]
    for reference in ("current", release.digest):
        manifest = client.get(f"/api/v1/releases/{reference}").json()
        assert manifest["digest"] == release.digest
        assert manifest["rules"]["legal_basis"] == "4800/QD-BYT"


def test_tilejson_leads_to_tiles(client: Any, release: Any) -> None:
    document = client.get("/tiles/communes.json").json()
    assert document["tilejson"] == "3.0.0"
    [template] = document["tiles"]
    assert template.endswith(f"?v={release.digest}")
    fields = document["vector_layers"][0]["fields"]
    assert fields["epidemic_level"] == "Number"
    assert not {"why_vi", "detail", "person_name"} & fields.keys()
    answer = client.get(template.format(z=10, x=812, y=450))
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    features = mapbox_vector_tile.decode(answer.content)["communes"]["features"]
    assert {feature["properties"]["name"] for feature in features} >= {"Ba Đình", "Hoàn Kiếm", "Đống Đa"}
    assert {feature["id"] for feature in features} >= {4, 7, 10}


def test_points_and_empty_layers_have_tiles(client: Any) -> None:
    tile = client.get("/tiles/facilities/10/812/451.mvt")
    features = mapbox_vector_tile.decode(tile.content)["facilities"]["features"]
    assert [feature["properties"]["kind"] for feature in features] == ["school"]
    assert client.get("/tiles/checkpoints/10/812/451.mvt").status_code == 204
    assert client.get("/tiles/checkpoints.json").json()["vector_layers"][0]["id"] == "checkpoints"


def test_a_tile_of_nothing_is_204(client: Any) -> None:
    answer = client.get("/tiles/communes/10/0/0.mvt")
    assert answer.status_code == 204
    assert answer.content == b""
    assert answer.headers["etag"]


def test_probes(client: Any, release: Any) -> None:
    assert client.get("/health").json() == {"status": "ok"}
    assert client.get("/ready").json() == {"status": "ready", "release": release.digest}
    metrics = client.get("/metrics").text
    assert "geozone_ready 1.0" in metrics
    assert 'geozone_requests_total{method="GET",route="/health",status="200"}' in metrics


def test_private_columns_reach_nobody(client: Any, release: Any) -> None:
    """A column that a release should never have held is not served even if it does."""
    for address in (
        "/ogc/collections/communes/items?limit=1000",
        "/ogc/collections/communes/items/00004",
        "/api/v1/communes/00004",
        "/tiles/communes/10/812/450.mvt",
        "/tiles/communes.json",
    ):
        content = client.get(address).content
        assert b"person_name" not in content
        assert "Bí Mật".encode() not in content
