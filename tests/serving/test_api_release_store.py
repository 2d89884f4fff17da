"""The service on the store of releases itself, not on a stand-in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from geozone.api import ServiceOptions, create_app
from geozone.api.models import CommuneAnswer, SummaryAnswer
from geozone.api.release_models import DifferenceAnswer
from geozone.release import ReleaseStore
from geozone.types import Source


@dataclass(frozen=True)
class SmallDraft:
    as_of: date
    rules: Mapping[str, Any]
    edition: str
    boundary_quality: str
    layers: Mapping[str, Any]
    counts: Mapping[str, Any]
    warnings: tuple[tuple[str, str], ...]
    sources: tuple[Source, ...] = ()


@pytest.fixture
def publish(tmp_path: Path, make_release: Any) -> Any:
    store = ReleaseStore(tmp_path / "releases")

    def act(as_of: str, level: int = 1) -> Any:
        made = make_release(as_of, level)
        layers = {
            name: made.attributes(name) if name == "case_counts" else made.layer(name)
            for name in made.manifest["layers"]
        }
        del layers["communes"]["person_name"]
        parts = {name: made.manifest[name] for name in ("rules", "edition", "boundary_quality", "counts")}
        warnings = tuple(tuple(pair) for pair in made.manifest["warnings"])
        draft = SmallDraft(date.fromisoformat(as_of), layers=layers, warnings=warnings, **parts)
        at = datetime.fromisoformat(as_of).replace(tzinfo=UTC)
        return store.publish(draft, decision=f"{as_of}/QĐ", created_at=at, actor="test")

    act.store = store  # type: ignore[attr-defined]
    return act


def test_everything_works_on_the_real_store(publish: Any, make_client: Any) -> None:
    app = create_app(publish.store, web_root=None, options=ServiceOptions(prepare=False), former_names=list)
    client = make_client(app)
    assert client.get("/ready").status_code == 503
    first = publish("2021-07-08")
    summary = client.get("/api/v1/summary").json()
    SummaryAnswer.model_validate(summary)
    assert summary["release"]["digest"] == first.digest
    assert summary["release"]["created_at"] == "2021-07-08T00:00:00Z"
    for layer in summary["layers"]:
        identifier = layer["id"]
        assert client.get(f"/tiles/{identifier}.json").status_code == 200
        assert client.get(f"/tiles/{identifier}/10/812/450.mvt").status_code in (200, 204)
        items = client.get(f"/ogc/collections/{identifier}/items").json()
        assert (
            items["numberReturned"] == items["numberMatched"] == first.manifest["layers"][identifier]["rows"]
        )
    CommuneAnswer.model_validate(client.get("/api/v1/communes/00004").json())
    assert client.get("/api/v1/search?q=ba dinh").json()["results"][0]["code"] == "00004"
    assert client.get("/api/v1/releases/current").json()["sources"] == []


def test_a_new_release_and_a_roll_back_are_noticed(publish: Any, make_client: Any) -> None:
    first = publish("2021-07-08")
    app = create_app(publish.store, web_root=None, options=ServiceOptions(prepare=False), former_names=list)
    client = make_client(app)
    assert client.get("/ready").json()["release"] == first.digest
    second = publish("2021-07-15", level=2)
    assert client.get("/ready").json()["release"] == second.digest
    lines = client.get("/api/v1/releases").json()["releases"]
    assert [(line["digest"], line["current"]) for line in lines] == [
        (second.digest, True),
        (first.digest, False),
    ]
    history = client.get("/api/v1/communes/00013").json()["history"]
    assert [entry["epidemic_level"] for entry in history] == [1, 2]
    publish.store.set_current(first.digest, at=datetime(2021, 7, 16, tzinfo=UTC), actor="test")
    assert client.get("/ready").json()["release"] == first.digest


def test_damage_on_disk_is_503_without_internals(publish: Any, make_client: Any, tmp_path: Path) -> None:
    release = publish("2021-07-08")
    app = create_app(publish.store, web_root=None, options=ServiceOptions(prepare=False), former_names=list)
    client = make_client(app)
    blob = tmp_path / "releases" / "objects" / release.manifest["layers"]["communes"]["attributes"]
    blob.chmod(0o644)
    blob.write_bytes(b"damaged")
    answer = client.get("/ogc/collections/communes/items")
    assert answer.status_code == 503
    assert str(tmp_path) not in answer.text
    assert "objects" not in answer.text
    assert client.get("/ogc/collections/facilities/items").status_code == 200


def test_the_difference_of_two_releases_as_json_and_as_ground(publish: Any, make_client: Any) -> None:
    first, second = publish("2021-07-08"), publish("2021-07-15", level=2)
    app = create_app(publish.store, web_root=None, options=ServiceOptions(prepare=False), former_names=list)
    client = make_client(app)
    address = f"/api/v1/releases/{first.digest}/diff/{second.digest}"
    answer = client.get(address)
    found = DifferenceAnswer.model_validate(answer.json())
    assert (found.a, found.b) == (first.digest, second.digest)
    assert found.counts["communes"]["level-raised"] > 0
    assert answer.headers["cache-control"].endswith("immutable")
    assert client.get(address, {"If-None-Match": answer.headers["etag"]}).status_code == 304
    ground = client.get(f"{address}?f=geojson")
    assert ground.headers["content-type"] == "application/geo+json"
    assert ground.json() == {"type": "FeatureCollection", "features": []}
    assert ground.headers["etag"] != answer.headers["etag"]
    moving = client.get(f"/api/v1/releases/{first.digest}/diff/current")
    assert moving.json() == answer.json()
    assert moving.headers["cache-control"].endswith("no-cache")
    assert client.get(f"/api/v1/releases/{'0' * 64}/diff/current").status_code == 404
    assert client.get(f"{address}?f=xml").status_code == 400
