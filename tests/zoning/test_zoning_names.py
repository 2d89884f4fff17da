"""Names of zones from day to day: never given twice, and what the public may know of where one came from."""

from __future__ import annotations

import datetime as dt
import json
from itertools import pairwise

import networkx as nx
import pandas as pd
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from geozone.zoning import ZoneSet, ZoneTrace, compare_days, zones
from tests.zoning.conftest import table
from tests.zoning.test_zoning_identity import LAND, RULES, at, draw

DAY = dt.date(2021, 7, 10)


def day_by_day(rows: list[dict], days: range) -> list[ZoneSet]:
    drawn: list[ZoneSet] = []
    for after in days:
        previous = drawn[-1] if drawn else None
        day = DAY + dt.timedelta(days=after)
        drawn.append(zones(table(*rows), LAND, RULES, as_of=day, previous=previous))
    return drawn


places = st.lists(
    st.tuples(st.integers(0, 12), st.integers(-6, 12)), min_size=1, max_size=12
)  # 150 m apart, reported on some day


@settings(max_examples=4, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(places)
def test_names_and_events_agree_with_a_graph_of_shared_cases(found: list[tuple[int, int]]) -> None:
    """A bipartite graph of two days says who went where; networkx finds its components."""
    rows = [at(f"C{i}", 150 * east, str(DAY + dt.timedelta(days=day))) for i, (east, day) in enumerate(found)]
    drawn = day_by_day(rows, range(0, 27, 3))
    present: dict[str, list[int]] = {}
    for number, one in enumerate(drawn):
        assert one.containment["zone_id"].is_unique
        for name in one.containment["zone_id"]:
            present.setdefault(name, []).append(number)
    for numbers in present.values():
        assert numbers == list(range(numbers[0], numbers[-1] + 1)), "a name is one unbroken run of days"
    for before, after in pairwise(drawn):
        events = compare_days(before, after)
        graph = shared_cases(before, after)
        lonely = {node for node in graph if graph.degree(node) == 0}
        for event, side in (("closed", "before"), ("opened", "after")):
            told = set(events.loc[events["event"] == event, "zone_id"])
            assert told == {name for day, name in lonely if day == side}
        for component in nx.connected_components(graph):
            old = {name for side, name in component if side == "before"}
            new = {name for side, name in component if side == "after"}
            assert not (old and new) or old & new, "one of those that continue keeps an earlier name"


def shared_cases(before: ZoneSet, after: ZoneSet) -> nx.Graph:
    graph = nx.Graph()
    graph.add_nodes_from(("before", name) for name in before.containment["zone_id"])
    graph.add_nodes_from(("after", name) for name in after.containment["zone_id"])
    both = before.membership.merge(after.membership, on=["case_id", "role"])
    graph.add_edges_from(
        (("before", old), ("after", new))
        for old, new in zip(both["zone_id_x"], both["zone_id_y"], strict=True)
    )
    return graph


def test_the_name_of_a_zone_that_is_no_more_is_not_given_again() -> None:
    first = draw("2021-07-10", at("A", 0, "2021-07-10"))
    gone = draw("2021-07-11", previous=first)
    assert gone.containment.empty
    again = draw("2021-07-12", at("B", 0, "2021-07-10"), previous=gone)
    assert first.containment["zone_id"].tolist() == ["KV-09011-20210710-1"]
    assert again.containment["zone_id"].tolist() == ["KV-09011-20210710-2"]


def test_a_trace_does_what_the_zones_themselves_do() -> None:
    rows = [at("A", 0, "2021-07-03"), at("B", 700, "2021-07-02")]
    before = draw("2021-07-05", *rows)
    bridge = [at("C", 230, "2021-07-06"), at("D", 470, "2021-07-06")]
    by_zones = draw("2021-07-06", *rows, *bridge, previous=before)
    by_trace = zones(
        table(*rows, *bridge), LAND, RULES, as_of=dt.date(2021, 7, 6), previous=ZoneTrace.of(before)
    )
    pd.testing.assert_frame_equal(by_zones.membership, by_trace.membership)
    assert by_zones.retired == by_trace.retired == {"KV-09011-20210703-1"}
    assert json.loads(by_trace.containment["came_from"].iloc[0]) == [
        "KV-09011-20210702-1",
        "KV-09011-20210703-1",
    ]


def test_zones_that_were_not_released_are_never_named_as_an_origin() -> None:
    """Released on the 5th, drawn but not released on the 6th and 7th: the 8th speaks of the 5th."""
    apart = [at("A", 0, "2021-07-03"), at("B", 700, "2021-07-02")]
    released = draw("2021-07-05", *apart)
    bridge = [at("C", 230, "2021-07-06"), at("D", 470, "2021-07-06")]
    new = at("E", 3_000, "2021-07-06")
    drafted = zones(
        table(*apart, *bridge, new), LAND, RULES, as_of=dt.date(2021, 7, 6), previous=ZoneTrace.of(released)
    )
    today = zones(
        table(*apart, *bridge, new),
        LAND,
        RULES,
        as_of=dt.date(2021, 7, 8),
        previous=ZoneTrace.of(drafted, published=False),
    )
    origins = dict(zip(today.containment["zone_id"], today.containment["came_from"], strict=True))
    assert {name: json.loads(text) for name, text in origins.items()} == {
        "KV-09011-20210702-1": ["KV-09011-20210702-1", "KV-09011-20210703-1"],
        "KV-09012-20210706-1": [],
    }
