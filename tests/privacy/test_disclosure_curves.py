"""Running sums in steps: what is told holds the truth, and leaves every small count all its values."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geozone.disclosure import Disclosure
from geozone.disclosure.curves import Range, told_curves
from geozone.disclosure.sums import told_sum
from geozone.errors import DataError

WIDTH = 4
FIRST = np.datetime64("2021-11-01")


def _series(cases: dict[str, list[int]]) -> pd.DataFrame:
    rows = [
        (code, pd.Timestamp(FIRST + day), count)
        for code, counts in cases.items()
        for day, count in enumerate(counts)
    ]
    table = pd.DataFrame(rows, columns=["code", "date", "cases"])
    return table.astype({"code": "str", "date": "datetime64[s]", "cases": "Int64"})


@given(st.lists(st.integers(0, 30), min_size=1, max_size=40), st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_what_is_told_holds_the_truth_for_days_windows_and_all(counts: list[int], days: int) -> None:
    curves = told_curves(_series({"1": counts}), WIDTH)
    told, true = curves.of_day, np.array([count for count in counts if count])
    assert (told.least <= true).all()
    assert (true <= told.most).all()
    first = FIRST + max(0, len(counts) - days)
    for since, expected in ((None, sum(counts)), (first, sum(counts[max(0, len(counts) - days) :]))):
        window = curves.windows(np.array(["1"], dtype=object), since)
        assert window.least[0] <= expected <= window.most[0]


@given(st.lists(st.integers(0, WIDTH), min_size=1, max_size=60))
@settings(max_examples=60, deadline=None)
def test_a_day_keeps_as_many_values_as_a_small_count_has(counts: list[int]) -> None:
    told = told_curves(_series({"1": counts}), WIDTH).of_day
    assert (told.least == 1).all()
    assert (told.most == WIDTH).all()


def test_who_knows_all_that_is_ever_told_guesses_no_better_than_one_case_a_day() -> None:
    """Every history of four days, told day by day: the best guess of somebody who knows this code."""
    odds = {1: 0.75, 2: 0.17, 3: 0.05, 4: 0.02, 5: 0.01}
    histories = list(itertools.product(odds, repeat=4))
    codes = {f"{number:04d}": list(history) for number, history in enumerate(histories)}
    curves = told_curves(_series(codes), WIDTH)
    parts = (curves.of_day, curves.excess, curves.before)
    told = np.stack([ends for part in parts for ends in (part.least, part.most)], axis=1).reshape(
        len(histories), -1
    )
    alike: dict[bytes, list[tuple[int, ...]]] = {}
    for history, row in zip(histories, told, strict=True):
        alike.setdefault(row.tobytes(), []).append(history)
    guessed = chance = small = 0.0
    for group, day in itertools.product(alike.values(), range(4)):
        weights = dict.fromkeys(odds, 0.0)
        for history in group:
            weights[history[day]] += float(np.prod([odds[count] for count in history]))
        possible = {value: weight for value, weight in weights.items() if weight > 0 and value <= WIDTH}
        if not possible:
            continue
        assert len(possible) >= 3, "a small count keeps at least three of its four values"
        guessed += max(possible.values())
        chance += possible.get(1, 0.0)
        small += sum(possible.values())
    assert chance / small == pytest.approx(0.7576, abs=1e-4)
    assert guessed / small <= chance / small + 5e-4


def test_zones_that_open_on_one_day_are_known_cases() -> None:
    series = _series({"1": [6]})
    plain = told_curves(series, WIDTH).of_day
    assert (plain.least[0], plain.most[0]) == (5, 8)
    shown = {("1", pd.Timestamp(FIRST)): 5}
    seen = told_curves(series, WIDTH, shown=shown).of_day
    assert (seen.least[0], seen.most[0]) == (5, 8), "5 zones show 5 cases; the small excess keeps its values"


@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 4)), min_size=1, max_size=4),
    st.integers(2, 10),
    st.data(),
)
@settings(max_examples=30, deadline=None)
def test_a_told_sum_narrows_no_part_of_it(
    parts: list[tuple[int, int]], step: int, data: st.DataObject
) -> None:
    ranges = [(low, low + more) for low, more in parts]
    true = [data.draw(st.integers(low, high)) for low, high in ranges]
    least, most = (np.array(ends) for ends in zip(*ranges, strict=True))
    low, high = told_sum(sum(true), Range(least, most), step)
    assert low <= sum(true) <= high
    possible = [
        values
        for values in itertools.product(*(range(a, b + 1) for a, b in ranges))
        if low <= sum(values) <= high
    ]
    for position, (a, b) in enumerate(ranges):
        assert {values[position] for values in possible} == set(range(a, b + 1))


def test_a_plain_sum_would_narrow_its_parts() -> None:
    """Three communes with one case each: the exact sum of 3 would tell each of them."""
    parts = Range(np.array([1, 1, 1]), np.array([4, 4, 4]))
    possible = [values for values in itertools.product(range(1, 5), repeat=3) if sum(values) == 3]
    assert possible == [(1, 1, 1)]
    assert told_sum(3, parts, 8) == (3, 7), "the next step begins at 8"


def test_sums_of_sums_are_safe_from_the_top_down() -> None:
    rng = np.random.default_rng(7)
    for _ in range(10):
        provinces = [[(low, low + 3) for low in rng.integers(0, 5, rng.integers(1, 3))] for _ in range(2)]
        true = [[int(rng.integers(low, high + 1)) for low, high in communes] for communes in provinces]
        told = [
            told_sum(sum(counts), Range(*map(np.array, zip(*communes, strict=True))), 4)
            for counts, communes in zip(true, provinces, strict=True)
        ]
        country = told_sum(sum(map(sum, true)), Range(*map(np.array, zip(*told, strict=True))), 8)
        flat = [commune for communes in provinces for commune in communes]
        sizes = np.cumsum([0, *map(len, provinces)])
        possible = [
            values
            for values in itertools.product(*(range(a, b + 1) for a, b in flat))
            if country[0] <= sum(values) <= country[1]
            and all(low <= sum(values[sizes[i] : sizes[i + 1]]) <= high for i, (low, high) in enumerate(told))
        ]
        for position, (a, b) in enumerate(flat):
            assert {values[position] for values in possible} == set(range(a, b + 1))


def test_a_rule_that_would_withhold_nothing_is_refused() -> None:
    with pytest.raises(DataError, match="small_under"):
        Disclosure(2)
    assert not Disclosure(0).withholds
    assert Disclosure(0).told() == {"small_under": 0}
