"""Levels and perimeters that follow each case, against doing the whole day anew."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geozone import levels
from geozone.geodesy import area_km2
from geozone.levels.live import LiveDay, LiveLevels, follows_cases
from geozone.rules import list_rulesets, load_ruleset
from geozone.types import AdminLevel
from geozone.zoning import zones

TIERS = ["commune", "district", "province"]
FOLLOWING = [item.id for item in list_rulesets() if follows_cases(load_ruleset(item.id))]
UNITS = 8
EXTRA = st.fixed_dictionaries(
    {
        "source_known": st.sampled_from([True, False, None]),
        "origin": st.sampled_from(["local", "local", "imported", "unknown"]),
        "contact_degree": st.sampled_from(["F0", "F0", "F0", "F1"]),
        "case_class": st.sampled_from(["confirmed", "confirmed", "suspected"]),
        "household_id": st.sampled_from([None, "a", "b"]),
        "found_in": st.sampled_from([None, "community", "quarantine"]),
        "source_place": st.sampled_from([None, "market", "other"]),
        "role": st.sampled_from(["home", "work"]),
    }
)
PLAIN = dict.fromkeys(("household_id", "found_in", "source_place")) | {
    "source_known": False,
    "origin": "local",
    "contact_degree": "F0",
    "case_class": "confirmed",
    "role": "home",
}
CASE = st.tuples(
    st.sampled_from(["placed", "placed", "tie", "nowhere", "street"]),
    st.integers(0, UNITS - 1),
    st.integers(-1, 45),
    st.integers(1, 30),
    EXTRA,
)
STEP = st.tuples(st.sampled_from(["add", "add", "remove", "replace"]), st.integers(0, 30), CASE)


def row(world, name: str, case: tuple) -> dict[str, Any]:
    kind, unit, days, count, extra = case
    more = {"case_id": name, "geo_lon": None, "geo_lat": None, "geo_uncertainty_m": None, **extra}
    if kind == "tie":
        return world.tie({unit: 0.6, (unit + 3) % UNITS: 0.4}, days, count=count, **more)
    if kind == "nowhere":
        return world.case(None, days, count, **more)
    if kind == "street":
        at = {"geo_level": "street", "geo_lon": 105.005 + unit / 100, "geo_lat": 21.005 + days / 5_000}
        return world.case(unit, days, count, **(more | at))
    return world.case(unit, days, count, **more)


def table_of(world, rows: list[dict[str, Any]]) -> pd.DataFrame:
    columns = list(row(world, "x", ("street", 0, 1, 1, PLAIN)))
    kinds = {"source_known": "boolean", "report_date": "datetime64[s]", "onset_date": "datetime64[s]"}
    places = dict.fromkeys(("geo_lon", "geo_lat", "geo_uncertainty_m"), "float64")
    return pd.DataFrame(rows, columns=columns).astype(kinds | {"count": "int64"} | places)


class Setting:
    """Units, population and coverage with gaps, and everything ``assess`` takes."""

    def __init__(self, world, rules: str, edition: str, reporting: list[str] | None) -> None:
        self.units = world.units(UNITS, edition=edition)
        self.rules = load_ruleset(rules)
        people = [10_000, None, 5_000, 800, 20_000, 30_000, 7_000, 9_000]
        self.population = world.population(people)
        percents = [90, 60, 80, 70, None, 90, 90, 10]
        self.coverage = world.coverage({(1, 18): percents, (2, 50): percents, (2, 65): [90] * UNITS})
        self.options = {"as_of": world.day, "admin_levels": TIERS, "reporting": reporting}

    def start(self, kind, cases: pd.DataFrame):
        return kind(
            self.units, cases, self.rules, coverage=self.coverage, population=self.population, **self.options
        )

    def anew(self, cases: pd.DataFrame) -> pd.DataFrame:
        drawn = None
        if not follows_cases(self.rules):
            drawn = zones(
                cases, self.units, self.rules.zoning, as_of=self.options["as_of"], population=self.population
            )
        return levels.assess(
            self.units, cases, self.coverage, drawn, self.population, self.rules, **self.options
        )


def as_table(rows: list[dict[str, Any]], like: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(rows)[list(like.columns)].astype(like.dtypes.to_dict())


@pytest.mark.parametrize("rules", FOLLOWING)
@settings(max_examples=5)
@given(
    st.lists(CASE, max_size=20),
    st.lists(STEP, min_size=1, max_size=10),
    st.sampled_from([("2021", None), ("2025", None), ("2025", ["02", "00001"])]),
)
def test_any_edits_equal_assessing_anew(world, rules, cases, steps, kind) -> None:
    setting = Setting(world, rules, *kind)
    held = {f"c{i}": row(world, f"c{i}", case) for i, case in enumerate(cases)}
    live = setting.start(LiveLevels, table_of(world, list(held.values())))
    for step, number, case in steps:
        name = f"c{number}"
        if name in held and step != "add":
            live.remove(held.pop(name))
        if name not in held and step != "remove":
            held[name] = row(world, name, case)
            live.add(held[name])
    expected = setting.anew(table_of(world, list(held.values())))
    pd.testing.assert_frame_equal(live.table(), expected)
    bare = live.table(explain=False)
    assert bare["epidemic_level"].equals(expected["epidemic_level"])
    for level in AdminLevel:
        whole = expected[(expected["admin_level"] == str(level)).to_numpy()].reset_index(drop=True)
        if len(whole):
            told = live.of(whole["code"].tolist()[1:3], level)
            pd.testing.assert_frame_equal(as_table(told, whole), whole.iloc[1:3].reset_index(drop=True))


@pytest.mark.parametrize("rules", ["vn-4800-2021", "vn-2686-2021", "sg-dengue-cluster", "vn-asf-practice"])
@settings(max_examples=4)
@given(st.lists(CASE, max_size=15), st.lists(STEP, min_size=1, max_size=8))
def test_a_live_day_equals_drawing_and_assessing_anew(world, rules, cases, steps) -> None:
    setting = Setting(world, rules, "2025", None)
    start = [row(world, f"c{i}", case) for i, case in enumerate(cases)]
    live = setting.start(LiveDay, table_of(world, start))
    for step, number, case in steps:
        name = f"c{number}"
        rows = [
            row(world, name, case),
            row(world, name, (*case[:2], case[2], case[3], case[4] | {"role": "exposure"})),
        ]
        before = set(live.clusters)
        if number % 3 == 0:
            live.zones()  # zones that were asked for follow; others are drawn when they are asked for
        if name not in live and step != "remove":
            change = live.add(rows)
        elif name in live and step == "replace":
            change = live.replace(rows)
        elif name in live and step == "remove":
            change = live.remove(name)
        else:
            continue
        assert before - set(live.clusters) <= set(change.clusters_gone)
        assert (change.units is not None) == follows_cases(setting.rules)
    cases_now = live.cases()
    pd.testing.assert_frame_equal(live.levels(), setting.anew(cases_now))
    drawn = zones(
        cases_now, setting.units, setting.rules.zoning, as_of=world.day, population=setting.population
    )
    found = live.zones()
    kept = ["zone_id", "certainty", "case_count", "opened_on", "last_case_on", "residents_method"]
    pd.testing.assert_frame_equal(
        pd.DataFrame(found.containment[kept]), pd.DataFrame(drawn.containment[kept])
    )
    pd.testing.assert_frame_equal(found.membership, drawn.membership)
    pd.testing.assert_frame_equal(found.undrawn, drawn.undrawn)
    assert found.buffer["containment_ids"].tolist() == drawn.buffer["containment_ids"].tolist()
    membership = drawn.membership[drawn.membership["certainty"] == "certain"]
    lone = set(drawn.undrawn.loc[drawn.undrawn["reason"].str.contains("cluster"), "case_id"])
    expected = {frozenset(group["case_id"]) for _, group in membership.groupby("zone_id")}
    found = {frozenset(key[0] for key in live.clusters.members(one)) for one in live.clusters}
    assert {group for group in found if not group <= lone} == expected
    areas = drawn.containment.loc[drawn.containment["certainty"] == "certain", "area_km2"]
    if not lone:
        assert sum(
            float(area_km2(live.clusters.perimeter(one))[0]) for one in live.clusters
        ) == pytest.approx(areas.sum(), rel=1e-4)


def test_adding_then_removing_restores_everything(world) -> None:
    setting = Setting(world, "vn-2686-2021", "2021", None)
    live = setting.start(LiveDay, table_of(world, [row(world, "a", ("street", 2, 1, 3, PLAIN))]))
    before, members = live.levels(), [live.clusters.members(one) for one in live.clusters]
    for kind, days in (("street", 3), ("tie", 3), ("placed", 50)):
        change = live.add([row(world, "b", (kind, 5, days, 9, PLAIN))])
        assert set(change.units) == set(AdminLevel)
        assert not live.levels().equals(before) or kind == "placed"
        live.remove("b")
        pd.testing.assert_frame_equal(live.levels(), before)
        assert [live.clusters.members(one) for one in live.clusters] == members


def test_the_first_case_of_a_province_makes_it_report(world) -> None:
    setting = Setting(world, "vn-4800-2021", "2025", None)
    live = setting.start(LiveDay, table_of(world, [row(world, "a", ("placed", 0, 1, 3, PLAIN))]))
    assert live.levels_of([world.code(7)])[0]["level_status"] == "no-data"
    change = live.add([row(world, "b", ("placed", 6, 40, 1, PLAIN))])
    assert set(change.units[AdminLevel.COMMUNE]) == {world.code(i) for i in (4, 5, 6, 7)}
    assert live.levels_of([world.code(7)])[0]["epidemic_level"] is not None
    live.remove("b")
    assert live.levels_of([world.code(7)])[0]["level_status"] == "no-data"


def test_a_live_day_refuses_nonsense_and_stays_as_it_was(world) -> None:
    setting = Setting(world, "vn-4800-2021", "2025", None)
    good = row(world, "a", ("street", 0, 1, 3, PLAIN))
    live = setting.start(LiveDay, table_of(world, [good]))
    before = live.levels()
    at_the_pole = good | {"case_id": "b", "geo_lat": 89.0}
    for rows, match in (
        ([good], "already"),
        ([], "0 cases"),
        ([good, good | {"case_id": "b"}], "2 cases"),
        ([good | {"case_id": "b"}, at_the_pole], "84"),
    ):
        with pytest.raises(ValueError, match=match):
            live.add(rows)
    with pytest.raises(ValueError, match="84"):
        live.replace([at_the_pole | {"case_id": "a"}])
    with pytest.raises(KeyError):
        live.remove("b")
    with pytest.raises(KeyError):
        live.levels_of(["nowhere"])
    with pytest.raises(ValueError, match="follow"):
        LiveLevels(setting.units, table_of(world, [good]), load_ruleset("sg-dengue-cluster"), as_of=world.day)
    pd.testing.assert_frame_equal(live.levels(), before)
    assert [live.clusters.members(one) for one in live.clusters] == [frozenset({("a", "home", 0)})]
    assert list(live) == ["a"]
    assert len(live) == 1
