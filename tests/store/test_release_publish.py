"""Publishing: the same draft gives the same bytes, once; history is a chain; roll-back loses nothing."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from geopandas.testing import assert_geodataframe_equal

from geozone.errors import ConflictError, DataError, NotFoundError, StoreError
from geozone.release import DraftStore, Release, ReleaseStore
from geozone.types import Source

Make = Callable[..., Any]


@pytest.fixture
def releases(tmp_path: Path) -> ReleaseStore:
    return ReleaseStore(tmp_path / "releases")


def publish(releases: ReleaseStore, draft: Any, now: datetime, decision: str = "1/QĐ-UBND") -> Release:
    return releases.publish(draft, decision=decision, created_at=now, actor="Lê Thị Duyệt")


def test_what_is_published_is_what_is_read(releases: ReleaseStore, draft: Make, now: datetime) -> None:
    made = draft()
    publish(releases, made, now)
    found = releases.get("current")
    assert set(found.layer_names) == set(made.layers)
    for name in ("communes", "containment_zones"):
        assert_geodataframe_equal(found.layer(name), made.layers[name], check_like=True)
    pd.testing.assert_frame_equal(found.layer("case_counts"), made.layers["case_counts"], check_dtype=False)
    assert found.layer("communes").crs.to_epsg() == 4326
    assert found.as_of == made.as_of
    assert found.decision == "1/QĐ-UBND"
    assert found.created_at == "2021-07-01T08:30:00Z"
    assert found.manifest["warnings"] == [["Ranh giới gần đúng", "Boundaries are approximate"]]
    assert found.manifest["sources"] == [
        {"kind": "cases", "name": "cases.csv", "sha256": "a" * 64, "licence": ""}
    ]
    assert found.manifest["previous"] is None
    assert "geometry" not in found.attributes("communes").columns


def test_the_digest_is_the_sha256_of_the_canonical_manifest(
    releases: ReleaseStore, draft: Make, now: datetime, tmp_path: Path
) -> None:
    made = publish(releases, draft(), now)
    data = (tmp_path / "releases" / "manifests" / f"{made.digest}.json").read_bytes()
    assert hashlib.sha256(data).hexdigest() == made.digest
    assert (tmp_path / "releases" / "current").read_text() == made.digest + "\n"
    again = json.dumps(json.loads(data), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert again.encode() == data
    assert "QĐ" in data.decode()
    assert made.manifest_bytes() == data
    for name in (tmp_path / "releases" / "objects").iterdir():
        assert hashlib.sha256(name.read_bytes()).hexdigest() == name.name


def test_nothing_private_is_in_a_release_folder(
    releases: ReleaseStore, draft: Make, now: datetime, tmp_path: Path
) -> None:
    made = publish(releases, draft(), now)
    root = tmp_path / "releases"
    journal = root / "journal.jsonl"
    used = {entry[part] for entry in made.manifest["layers"].values() for part in ("attributes", "geometry")}
    # The private list of cases is neither named nor kept, and who published is only in the journal.
    assert {path.name for path in (root / "objects").iterdir()} == used - {None}
    assert "unplaced" not in made.manifest
    for path in root.rglob("*"):
        if path.is_file() and path != journal:
            assert "Lê Thị Duyệt".encode() not in path.read_bytes()
    assert journal.stat().st_mode & 0o077 == 0
    assert releases.journal()[0]["actor"] == "Lê Thị Duyệt"


def test_publishing_twice_is_publishing_once(releases: ReleaseStore, draft: Make, now: datetime) -> None:
    first = publish(releases, draft(), now)
    again = publish(releases, draft(), now + timedelta(hours=1))
    assert again.digest == first.digest
    assert len(releases.list()) == 1
    other = publish(releases, draft(), now, "2/QĐ-UBND")
    assert other.digest != first.digest
    assert other.manifest["previous"] == first.digest


def test_the_same_draft_gives_the_same_bytes_in_another_folder_and_zone(
    draft: Make, now: datetime, tmp_path: Path
) -> None:
    hanoi = now.astimezone(timezone(timedelta(hours=7)))
    digests = {
        publish(ReleaseStore(tmp_path / name), draft(), at).digest for name, at in (("a", now), ("b", hanoi))
    }
    assert len(digests) == 1


def test_outlines_that_did_not_change_are_kept_once(
    releases: ReleaseStore, draft: Make, now: datetime, tmp_path: Path
) -> None:
    first = publish(releases, draft(1, level=2), now)
    second = publish(releases, draft(2, level=3), now)
    assert first.geometry_digest("communes") == second.geometry_digest("communes")
    assert first.attributes_digest("communes") != second.attributes_digest("communes")
    used = {
        digest
        for entry in (*first.manifest["layers"].values(), *second.manifest["layers"].values())
        for digest in (entry["attributes"], entry["geometry"])
        if digest
    }
    assert {path.name for path in (tmp_path / "releases" / "objects").iterdir()} == used


def test_geometry_blobs_open_in_other_programs(
    releases: ReleaseStore, draft: Make, now: datetime, tmp_path: Path
) -> None:
    made = publish(releases, draft(), now)
    found = gpd.read_parquet(tmp_path / "releases" / "objects" / str(made.geometry_digest("communes")))
    assert found.columns.tolist() == ["code", "geometry"]
    assert found.crs.to_string() == "OGC:CRS84"
    assert found.geometry.to_wkb().tolist() == draft().layers["communes"].geometry.to_wkb().tolist()
    table = pd.read_parquet(tmp_path / "releases" / "objects" / made.attributes_digest("communes"))
    assert table["code"].tolist() == ["00000", "00001", "00002", "00003"]


def test_a_draft_read_back_gives_the_same_release(draft: Make, now: datetime, tmp_path: Path) -> None:
    drafts = DraftStore(tmp_path / "drafts")
    drafts.save(draft(), saved_at=now, actor="an")
    direct = publish(ReleaseStore(tmp_path / "a"), draft(), now)
    saved = publish(ReleaseStore(tmp_path / "b"), drafts.latest(), now)
    assert saved.digest == direct.digest


class Colour(StrEnum):
    RED = "red"


@dataclasses.dataclass(frozen=True)
class Rules:
    id: str
    colour: Colour
    verified: bool


def test_rules_may_be_a_data_class(draft: Make, now: datetime, tmp_path: Path) -> None:
    made = draft()
    made.rules = Rules("vn-4800-2021", Colour.RED, verified=False)
    made.counts = {"cases": pd.Series([3]).sum(), "share": float("nan"), "codes": {"b", "a"}}
    found = publish(ReleaseStore(tmp_path), made, now).manifest
    assert found["rules"] == {"id": "vn-4800-2021", "colour": "red", "verified": False}
    assert found["counts"] == {"cases": 3, "share": None, "codes": ["a", "b"]}


def test_the_chain_goes_on_after_a_roll_back(releases: ReleaseStore, draft: Make, now: datetime) -> None:
    first, second = (publish(releases, draft(day), now, str(day)) for day in (1, 2))
    back = releases.set_current(first.digest[:8], at=now, actor="an")
    assert back.digest == first.digest == releases.get("current").digest
    assert [item.digest for item in releases.list()] == [second.digest, first.digest]
    assert [item.current for item in releases.list()] == [False, True]
    third = publish(releases, draft(3), now, "3")
    assert third.manifest["previous"] == second.digest
    assert [item.digest for item in releases.list()] == [third.digest, second.digest, first.digest]
    releases.set_current(second.digest, at=now, actor="an")
    releases.set_current(first.digest, at=now, actor="an")
    releases.set_current(third.digest, at=now, actor="an")
    assert [item.digest for item in releases.list()] == [third.digest, second.digest, first.digest]
    assert [line["action"] for line in releases.journal()] == ["publish"] * 2 + ["set-current"] + [
        "publish"
    ] + ["set-current"] * 3


def test_the_list_tells_what_people_ask(releases: ReleaseStore, draft: Make, now: datetime) -> None:
    assert releases.list() == ()
    publish(releases, draft(2), now, "7/QĐ")
    (item,) = releases.list()
    assert (item.decision, item.as_of.isoformat(), item.created_at, item.current) == (
        "7/QĐ",
        "2021-07-02",
        "2021-07-01T08:30:00Z",
        True,
    )


def test_finding_by_the_beginning_of_a_digest(releases: ReleaseStore, draft: Make, now: datetime) -> None:
    with pytest.raises(NotFoundError, match="no release yet"):
        releases.get("current")
    made = publish(releases, draft(), now)
    assert releases.get(made.digest[:6]).digest == made.digest
    assert releases.get(made.digest).digest == made.digest
    for ref in (made.digest[:5], "0" * 64, "../../etc", "", made.digest + "0", made.digest.upper()[:8] + "G"):
        with pytest.raises(NotFoundError):
            releases.get(ref)


def test_a_beginning_that_several_share_is_refused(
    releases: ReleaseStore, draft: Make, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = publish(releases, draft(), now)
    twin = made.digest[:10] + "0" * 54
    monkeypatch.setattr(releases._chain, "published", lambda: (made.digest, twin))
    with pytest.raises(ConflictError, match="2 releases begin"):
        releases.get(made.digest[:8])


def test_a_layer_that_is_not_there(releases: ReleaseStore, draft: Make, now: datetime) -> None:
    made = publish(releases, draft(), now)
    with pytest.raises(NotFoundError, match="has no layer 'green_zones'"):
        made.layer("green_zones")


def test_a_decision_must_be_named(releases: ReleaseStore, draft: Make, now: datetime) -> None:
    with pytest.raises(DataError, match="number of a decision"):
        publish(releases, draft(), now, "  ")
    assert releases.list() == ()


def test_a_full_path_is_not_published(releases: ReleaseStore, draft: Make, now: datetime) -> None:
    for name in ("/home/an/ca benh.csv", "C:\\Users\\an\\ca.csv", "\\\\server\\ca.csv"):
        made = draft()
        made.sources = (Source("cases", name, "a" * 64, ""),)
        with pytest.raises(DataError, match="a file name") as caught:
            publish(releases, made, now)
        assert name not in str(caught.value)
    assert releases.list() == ()


def test_sweeping_removes_only_what_nothing_refers_to(
    releases: ReleaseStore, draft: Make, now: datetime, tmp_path: Path
) -> None:
    first, second = (publish(releases, draft(day), now, str(day)) for day in (1, 2))
    releases.set_current(first.digest, at=now, actor="an")
    orphan = tmp_path / "releases" / "objects" / ("f" * 64)
    orphan.write_bytes(b"left by a killed process")
    assert releases.sweep() == ("f" * 64,)
    assert releases.sweep() == ()
    assert releases.verify(second.digest).ok
    manifest = tmp_path / "releases" / "manifests" / f"{second.digest}.json"
    manifest.write_bytes(b"{}")
    orphan.write_bytes(b"again")
    with pytest.raises(StoreError, match="nothing was swept"):
        ReleaseStore(tmp_path / "releases").sweep()
    assert orphan.exists()


def test_layers_are_read_once_and_safe_to_share(releases: ReleaseStore, draft: Make, now: datetime) -> None:
    made = publish(releases, draft(), now)
    assert made.attributes("communes") is made.attributes("communes")
    one, two = made.layer("communes"), made.layer("communes")
    assert one.geometry.to_numpy()[0] is two.geometry.to_numpy()[0]
