"""Drafts between two commands: private, whole, the latest one is found."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal

from geozone.errors import DataError, NotFoundError, StoreError
from geozone.release import DraftStore, ReleaseStore

Make = Callable[..., Any]


@pytest.fixture
def drafts(tmp_path: Path) -> DraftStore:
    return DraftStore(tmp_path / "drafts")


def test_a_draft_comes_back_whole(drafts: DraftStore, draft: Make, now: datetime) -> None:
    with pytest.raises(NotFoundError, match="no draft yet"):
        drafts.latest()
    made = draft()
    name = drafts.save(made, saved_at=now, actor="an")
    found = drafts.latest()
    assert (found.id, found.saved_at, found.actor) == (name, "2021-07-01T08:30:00Z", "an")
    for field in ("as_of", "rules", "edition", "boundary_quality", "counts", "warnings", "sources"):
        assert getattr(found, field) == getattr(made, field)
    assert_geodataframe_equal(found.layers["communes"], made.layers["communes"])
    pd.testing.assert_frame_equal(found.unplaced, made.unplaced.astype("str"))


def test_the_folder_is_closed_to_others(
    drafts: DraftStore, draft: Make, now: datetime, tmp_path: Path
) -> None:
    drafts.save(draft(), saved_at=now, actor="an")
    root = tmp_path / "drafts"
    for path in (root, root / "objects", root / "drafts"):
        assert path.stat().st_mode & 0o077 == 0
    root.chmod(0o755)
    DraftStore(root)
    assert root.stat().st_mode & 0o077 == 0


def test_the_latest_is_the_one_saved_last(drafts: DraftStore, draft: Make, now: datetime) -> None:
    days = ((1, 5), (2, 7), (1, 6))
    names = [drafts.save(draft(day), saved_at=now.replace(hour=hour), actor="an") for day, hour in days]
    assert drafts.latest().id == names[2]
    assert drafts.list() == (names[0], names[2], names[1])
    assert drafts.load(names[1]).as_of.day == 2
    with pytest.raises(NotFoundError, match="no draft"):
        drafts.load("../latest")


def test_a_private_layer_may_be_kept_in_a_draft_but_not_published(
    drafts: DraftStore, draft: Make, now: datetime, tmp_path: Path
) -> None:
    made = draft()
    made.layers["cases"] = gpd.GeoDataFrame(
        {"case_id": pd.Series(["C1"], dtype="str")}, geometry=[shapely.Point(105, 21)], crs="EPSG:4326"
    )
    drafts.save(made, saved_at=now, actor="an")
    found = drafts.latest()
    assert found.layers["cases"].geometry.iloc[0] == shapely.Point(105, 21)
    with pytest.raises(DataError):
        ReleaseStore(tmp_path / "releases").publish(found, decision="1", created_at=now, actor="an")


def test_discarding_keeps_the_latest_and_shared_blobs(drafts: DraftStore, draft: Make, now: datetime) -> None:
    names = [drafts.save(draft(day), saved_at=now, actor="an") for day in (1, 2, 3)]
    assert set(drafts.discard(names)) == set(names[:2])
    assert drafts.list() == (names[2],)
    assert len(drafts.latest().layers["communes"]) == 4


def test_a_changed_draft_is_refused(drafts: DraftStore, draft: Make, now: datetime, tmp_path: Path) -> None:
    name = drafts.save(draft(), saved_at=now, actor="an")
    path = tmp_path / "drafts" / "drafts" / f"{name}.json"
    path.write_bytes(path.read_bytes().replace(b"2025", b"2021"))
    with pytest.raises(StoreError, match="has changed on disk"):
        drafts.latest()


def test_a_draft_that_cannot_be_kept_leaves_the_last_one(
    drafts: DraftStore, draft: Make, now: datetime
) -> None:
    name = drafts.save(draft(1), saved_at=now, actor="an")
    bad = draft(2)
    bad.unplaced = pd.DataFrame({"x": [{"not": "plain"}]})
    with pytest.raises(DataError):
        drafts.save(bad, saved_at=now, actor="an")
    assert drafts.latest().id == name
