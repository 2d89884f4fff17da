"""The days that are kept for the names of zones: private, whole, each in place of the one before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest

from geozone.errors import StoreError
from geozone.release import ZoneDay, ZoneDays

AT = datetime(2021, 7, 13, 8, tzinfo=UTC)


def day(number: int, name: str = "KV-1", draft: str = "d") -> ZoneDay:
    stamp = pd.Series([pd.Timestamp(2021, 7, 1)]).astype("datetime64[s]")
    zones = pd.DataFrame({"zone_id": pd.Series([name], dtype="str"), "opened_on": stamp})
    membership = pd.DataFrame({"case_id": pd.Series(["BN1"], dtype="str"), "clock_day": stamp})
    levels = pd.DataFrame({"code": pd.Series(["00001"], dtype="str"), "epidemic_level": [2]})
    return ZoneDay(date(2021, 7, number), "r", AT, draft, "", zones, membership, levels, frozenset({"KV-0"}))


@pytest.fixture
def kept(tmp_path: Path) -> ZoneDays:
    return ZoneDays(tmp_path / "zones")


def test_a_day_comes_back_whole_and_the_newest_earlier_one_is_found(kept: ZoneDays) -> None:
    assert (kept.lines(), kept.days("covid-19"), kept.before("covid-19", date(2021, 7, 9))) == ((), (), None)
    kept.save("covid-19", [day(3), day(5), day(8)])
    found = kept.load("covid-19", date(2021, 7, 3))
    pd.testing.assert_frame_equal(found.zones, day(3).zones)
    pd.testing.assert_frame_equal(found.membership, day(3).membership)
    assert (found.retired, found.drawn_at, found.rules) == (frozenset({"KV-0"}), AT, "r")
    assert [one.day for one in kept.days("covid-19")] == [3, 5, 8]
    before = [kept.before("covid-19", date(2021, 7, number)) for number in (3, 4, 8, 20)]
    assert [None if one is None else one.as_of.day for one in before] == [None, 3, 5, 8]
    assert kept.lines() == ("covid-19",)


def test_a_day_drawn_again_replaces_itself_and_leaves_nothing_behind(kept: ZoneDays, tmp_path: Path) -> None:
    kept.save("covid-19", [day(3)])
    before = {path.name for path in (tmp_path / "zones" / "objects").iterdir()}
    kept.save("covid-19", [day(3, "KV-2")])
    assert kept.load("covid-19", date(2021, 7, 3)).zones["zone_id"].tolist() == ["KV-2"]
    kept.save("covid-19", [day(3)])
    assert {path.name for path in (tmp_path / "zones" / "objects").iterdir()} == before


def test_a_released_day_stays_as_it_was_released(kept: ZoneDays) -> None:
    kept.save("covid-19", [day(3, "KV-1", draft="first")])
    assert not kept.mark_released(date(2021, 7, 3), draft="another", release="ab")
    assert kept.mark_released(date(2021, 7, 3), draft="first", release="ab")
    kept.save("covid-19", [day(3, "KV-2", draft="second"), day(4, "KV-3")])
    found = kept.before("covid-19", date(2021, 7, 4))
    assert found is not None
    assert (found.release, found.zones["zone_id"].tolist()) == ("ab", ["KV-1"])


def test_the_newest_released_day_is_found_behind_later_drafts(kept: ZoneDays) -> None:
    kept.save("covid-19", [day(3, draft="a"), day(5, draft="b"), day(8, draft="c")])
    kept.save("dengue", [day(7, draft="d")])
    assert kept.released_before("covid-19", date(2021, 7, 9)) is None
    for number, draft in ((3, "a"), (5, "b"), (7, "d")):
        assert kept.mark_released(date(2021, 7, number), draft=draft, release="ab")
    found = [kept.released_before("covid-19", date(2021, 7, number)) for number in (3, 4, 5, 9)]
    assert [None if one is None else one.as_of.day for one in found] == [None, 3, 3, 5]


def test_only_the_owner_may_enter(kept: ZoneDays, tmp_path: Path) -> None:
    kept.save("covid-19", [day(3)])
    for folder in (tmp_path / "zones", tmp_path / "zones" / "covid-19", tmp_path / "zones" / "objects"):
        assert folder.stat().st_mode & 0o077 == 0


def test_a_kill_between_two_days_leaves_whole_days(kept: ZoneDays, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.save("covid-19", [day(3, "KV-1"), day(4, "KV-1")])

    def dying() -> object:
        yield day(3, "KV-9")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kept.save("covid-19", dying())
    names = [kept.load("covid-19", one).zones["zone_id"].iloc[0] for one in kept.days("covid-19")]
    assert names == ["KV-9", "KV-1"]


def test_what_changed_on_disk_is_refused(kept: ZoneDays, tmp_path: Path) -> None:
    kept.save("covid-19", [day(3)])
    for path in (tmp_path / "zones" / "objects").iterdir():
        path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(StoreError, match="changed on disk"):
        kept.load("covid-19", date(2021, 7, 3))
    with pytest.raises(StoreError, match="2021-07-09"):
        kept.load("covid-19", date(2021, 7, 9))


@pytest.mark.parametrize("line", ["../x", "", "A", "objects/x", ".hidden"])
def test_a_line_is_a_plain_name(kept: ZoneDays, line: str) -> None:
    with pytest.raises(ValueError, match="cannot name"):
        kept.save(line, [replace(day(3))])
