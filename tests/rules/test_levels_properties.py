"""Properties of levels, and a plain-Python oracle of Decision 4800."""

from __future__ import annotations

import math
import re
from datetime import timedelta
from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

# One table holds many independent units, so few tables test many cases.
MANY = settings(max_examples=8)
FEW = settings(max_examples=3)
UNIT = st.fixed_dictionaries(
    {
        "cases": st.lists(st.tuples(st.integers(0, 20), st.integers(1, 60)), max_size=4),
        "people": st.sampled_from([800, 2_500, 9_999, 50_000, 123_457, None]),
        "dose1": st.sampled_from([0.0, 69.99, 70.0, 95.0, None]),
        "full": st.sampled_from([0.0, 79.99, 80.0, 95.0, None]),
    }
)
UNITS = st.lists(UNIT, min_size=12, max_size=25)


def run(world, units, **options):
    rows = [world.case(i, day, count) for i, unit in enumerate(units) for day, count in unit["cases"]]
    covered = {(1, 18): [unit["dose1"] for unit in units], (2, 50): [unit["full"] for unit in units]}
    return world.assess(rows, people=[unit["people"] for unit in units], covered=covered, **options)


def oracle(unit) -> tuple[int, int] | None:
    """Lowest and highest level of Decision 4800, in exact arithmetic, one unit at a time."""
    if unit["people"] is None:
        return None
    count = sum(number for day, number in unit["cases"] if day < 14)
    rate = math.floor(Fraction(count * 100_000, 2 * unit["people"]) + Fraction(1, 2))
    band = sum(rate >= edge for edge in (20, 50, 150))
    rows = {True: (1, 2, 2, 3), False: (1, 2, 3, 4)}
    found = []
    for met in (True, False) if unit["dose1"] is None else (unit["dose1"] >= 70,):
        for full in (True, False) if unit["full"] is None else (unit["full"] >= 80,):
            level = rows[met][band]
            found.append(level if full or count == 0 else min(level + 1, 4))
    return min(found), max(found)


@MANY
@given(UNITS)
def test_agrees_with_the_oracle(world, units) -> None:
    table = run(world, units)
    for unit, level, possible in zip(units, table["epidemic_level"], table["possible_level"], strict=True):
        expected = oracle(unit)
        if expected is None:
            assert pd.isna(level)
        else:
            assert (level, possible) == expected


@MANY
@given(UNITS, st.integers(0, 13), st.integers(1, 500))
def test_more_cases_never_lower_a_level(world, units, day, more) -> None:
    before = run(world, units, explain=False)
    worse = [unit | {"cases": [*unit["cases"], (day, more)]} for unit in units]
    after = run(world, worse, explain=False)
    known = before["epidemic_level"].notna()
    for column in ("epidemic_level", "possible_level"):
        assert (after.loc[known, column] >= before.loc[known, column]).all()


@MANY
@given(UNITS, st.sampled_from([0.0, 5.0, 50.0]))
def test_more_vaccination_never_raises_a_level(world, units, more) -> None:
    given_coverage = [unit | {"dose1": unit["dose1"] or 0.0, "full": unit["full"] or 0.0} for unit in units]
    better = [unit | {"dose1": unit["dose1"] + more, "full": unit["full"] + more} for unit in given_coverage]
    before, after = run(world, given_coverage, explain=False), run(world, better, explain=False)
    known = before["epidemic_level"].notna()
    assert (after.loc[known, "epidemic_level"] <= before.loc[known, "epidemic_level"]).all()


@MANY
@given(UNITS, st.randoms(use_true_random=False))
def test_row_order_and_aggregation_change_nothing(world, units, random) -> None:
    rows = [world.case(i, day, count) for i, unit in enumerate(units) for day, count in unit["cases"]]
    people = [unit["people"] for unit in units]
    expected = world.assess(rows, people=people)
    shuffled = list(rows)
    random.shuffle(shuffled)
    apart = [row | {"count": 1} for row in rows for _ in range(row["count"])]
    for other in (shuffled, apart):
        pd.testing.assert_frame_equal(world.assess(other, people=people), expected)


@FEW
@given(UNITS)
def test_the_first_lower_day_is_that_of_waiting(world, units) -> None:
    """Waiting with the same table and no new case gives the lower level on that day, not before."""
    today = run(world, units)
    for later in range(1, 16):
        day = world.day + timedelta(days=later)
        waited = run(world, units, as_of=day, explain=False)
        for code, row in today.iterrows():
            if pd.isna(row["epidemic_level"]):
                continue
            lower = waited.loc[code, "epidemic_level"] < row["epidemic_level"]
            assert lower == (pd.notna(row["lower_on"]) and pd.Timestamp(day) >= row["lower_on"])


@MANY
@given(UNITS)
def test_the_number_of_cases_that_lowers_a_level_is_exact(world, units) -> None:
    complete = [unit | {"dose1": unit["dose1"] or 0.0, "full": unit["full"] or 0.0} for unit in units]
    table = run(world, complete)
    found = [
        re.search(r"số ca mới trong 14 ngày không quá ([\d.]+)", str(said)) for said in table["lower_vi"]
    ]
    allowed = [int(match.group(1).replace(".", "")) if match else None for match in found]

    def with_cases(extra: int) -> list[int]:
        changed = [
            unit if number is None else unit | {"cases": [(0, number + extra)]}
            for unit, number in zip(complete, allowed, strict=True)
        ]
        return run(world, changed, explain=False)["epidemic_level"].tolist()

    rows = zip(allowed, table["epidemic_level"], with_cases(0), with_cases(1), strict=True)
    for number, level, at_most, one_more in rows:
        if number is not None:
            assert at_most < level
            assert one_more == level


SOURCES = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from([True, False, None]), st.booleans()), max_size=6
)


@settings(max_examples=15)
@given(SOURCES, st.data())
def test_every_completion_of_missing_sources_lies_in_the_range(world, listed, data) -> None:
    def assess(rows):
        return world.assess(rows, rules="vn-2686-2021", explain=False, people=[1_000] * 6)

    rows = [world.case(unit, source_known=known) for unit, known, _ in listed]
    table = assess(rows)
    filled = [
        row | {"source_known": guess} if row["source_known"] is None else row
        for row, (_, _, guess) in zip(rows, listed, strict=True)
    ]
    complete = assess(filled)
    assert (complete["epidemic_level"] >= table["epidemic_level"]).all()
    assert (complete["epidemic_level"] <= table["possible_level"]).all()
    assert (complete["epidemic_level"] == complete["possible_level"]).all()


@pytest.mark.parametrize("rules", ["vn-2686-2021", "vn-4800-2021", "in-containment-2020"])
def test_ties_that_are_settled_lie_in_the_range(world, rules) -> None:
    """A tie of two communes, settled either way."""
    tie = [world.tie({1: 0.5, 4: 0.5}, source_known=False, count=2)]
    open_ended = world.assess(tie, rules=rules)
    for unit in (1, 4):
        settled = world.assess([world.case(unit, source_known=False, count=2)], rules=rules)
        if rules == "vn-2686-2021":
            assert (settled["epidemic_level"] >= open_ended["epidemic_level"]).all()
            assert (settled["epidemic_level"] <= open_ended["possible_level"]).all()
    assert open_ended["epidemic_level"].notna().all()
