"""Zones keep their names while they grow, merge, split and end."""

from __future__ import annotations

import datetime as dt
import json

import pandas as pd

from geozone.rules.zoning_rules import ZoningRules
from geozone.zoning import Land, ZoneSet, compare_days, zones
from tests.zoning.conftest import SIDE, SOUTH, WEST, grid, place, table

RULES = ZoningRules(14, 0, 200, 14, 14, buffer_widths_m=(500.0,))
LAND = Land(grid())
LON, LAT = WEST + 1.5 * SIDE, SOUTH + 1.5 * SIDE
METRE = 1 / 103_900


def at(name: str, east_m: float, day: str, **more) -> dict:
    return place(name, LON + east_m * METRE, LAT, report_date=day, **more)


def draw(day: str, *rows: dict, previous: ZoneSet | None = None) -> ZoneSet:
    return zones(table(*rows), LAND, RULES, as_of=dt.date.fromisoformat(day), previous=previous)


def events(before: ZoneSet, after: ZoneSet) -> list[tuple]:
    return [
        tuple(None if pd.isna(x) else x for x in row)
        for row in compare_days(before, after).itertuples(index=False)
    ]


def test_name_and_opening_day_outlive_the_oldest_case() -> None:
    rows = [at("A", 0, "2021-07-01"), at("B", 50, "2021-07-10"), at("C", 100, "2021-07-20")]
    day, previous = dt.date(2021, 7, 1), None
    names = set()
    while day < dt.date(2021, 8, 1):
        previous = zones(table(*rows), LAND, RULES, as_of=day, previous=previous)
        names |= set(previous.containment["zone_id"])
        assert str(previous.containment["opened_on"].iloc[0].date()) == "2021-07-01"
        day += dt.timedelta(days=3)
    assert names == {"KV-09011-20210701-1"}
    assert draw("2021-08-03", *rows, previous=previous).containment.empty


def test_merged_zones_take_the_name_of_the_older() -> None:
    apart = [at("A", 0, "2021-07-03"), at("B", 700, "2021-07-02")]
    before = draw("2021-07-05", *apart)
    bridge = [at("C", 230, "2021-07-06"), at("D", 470, "2021-07-06")]
    after = draw("2021-07-06", *apart, *bridge, previous=before)
    assert after.containment["zone_id"].tolist() == ["KV-09011-20210702-1"]
    assert set(after.membership["zone_id"]) == {"KV-09011-20210702-1"}
    assert after.buffer["zone_id"].tolist() == ["VD1-09011-20210702-1"]
    assert json.loads(after.buffer["containment_ids"].iloc[0]) == ["KV-09011-20210702-1"]
    assert events(before, after) == [
        ("KV-09011-20210702-1", "continued", None),
        ("KV-09011-20210703-1", "merged", "KV-09011-20210702-1"),
    ]


def test_split_zone_keeps_its_name_where_its_oldest_case_is() -> None:
    rows = [at("A", 0, "2021-07-05"), at("B", 300, "2021-07-01"), at("C", 600, "2021-07-06")]
    before = draw("2021-07-10", *rows)
    assert before.containment["zone_id"].tolist() == ["KV-09011-20210701-1"]
    after = draw("2021-07-15", *rows, previous=before)
    zone = after.membership.set_index("case_id")["zone_id"].to_dict()
    assert zone == {"A": "KV-09011-20210701-1", "C": "KV-09011-20210706-1"}
    opened = after.containment.set_index("zone_id")["opened_on"].dt.strftime("%m-%d").to_dict()
    assert opened["KV-09011-20210701-1"] == "07-01"
    assert events(before, after) == [
        ("KV-09011-20210701-1", "continued", None),
        ("KV-09011-20210706-1", "split", "KV-09011-20210701-1"),
    ]


def test_new_and_ended_zones_are_told() -> None:
    before = draw("2021-07-10", at("A", 0, "2021-07-01"))
    after = draw("2021-07-15", at("A", 0, "2021-07-01"), at("B", 2_000, "2021-07-14"), previous=before)
    assert [event[:2] for event in events(before, after)] == [
        ("KV-09011-20210701-1", "closed"),
        ("KV-09011-20210714-1", "opened"),
    ]


def test_a_new_zone_never_takes_the_name_of_an_old_one() -> None:
    before = draw("2021-07-05", at("B", 0, "2021-07-05"))
    after = draw("2021-07-06", at("B", 0, "2021-07-05"), at("A", 2_000, "2021-07-05"), previous=before)
    zone = after.membership.set_index("case_id")["zone_id"].to_dict()
    assert zone == {"B": "KV-09011-20210705-1", "A": "KV-09011-20210705-2"}


def test_possible_zones_of_a_tie_stay_in_their_communes() -> None:
    tie = place("A", geo_status="tie", geo_level="commune", geo_candidates=["09011", "09020"])
    before = draw("2021-07-11", tie)
    later = place("B", LON, LAT, geo_level="commune", report_date="2021-07-12")
    after = draw("2021-07-12", tie, later, previous=before)
    assert sorted(after.containment["zone_id"]) == sorted(before.containment["zone_id"])
    assert {event for _, event, _ in events(before, after)} == {"continued"}


def test_two_zones_of_one_case_are_named_the_same_in_any_order() -> None:
    rows = [place("a", 106.02, 21.02), place("a", 106.03, 21.03, role="work")]
    one, other = (draw("2021-07-13", *order) for order in (rows, rows[::-1]))
    assert len(one.containment) == 2
    assert one.containment["zone_id"].tolist() == other.containment["zone_id"].tolist()
    pd.testing.assert_frame_equal(one.membership, other.membership)
