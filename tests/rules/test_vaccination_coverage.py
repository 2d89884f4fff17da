"""Vaccination coverage: bands that nest, denominators in view, nothing clipped."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geozone import vaccination
from geozone.schema import COVERAGE

DAY = date(2021, 12, 1)
UNITS = pd.DataFrame({"code": ["00001", "00002", "00003"]})
PEOPLE = [(0, 5, 800), (5, 12, 1000), (12, 18, 900), (18, 50, 4000), (50, 65, 2000), (65, None, 1000)]


def doses(*rows, code="00001", day=DAY):
    """Rows of (dose, from, to, number)."""
    table = pd.DataFrame(
        [(code, day, dose, start, end, number) for dose, start, end, number in rows],
        columns=["code", "date", "dose", "age_from", "age_to", "doses"],
    )
    return table.astype({"date": "datetime64[s]", "age_to": "Int64", "code": "str"})


def population(*rows, code="00001", flag="ok"):
    table = pd.DataFrame(
        [(code, start, end, number, flag) for start, end, number in rows],
        columns=["code", "age_from", "age_to", "population", "population_flag"],
    )
    return table.astype({"age_to": "Int64", "population": "float64", "code": "str"})


def one(given_doses, people, *, dose=1, band=(18, None), **options):
    table = vaccination.coverage(
        given_doses, people, UNITS, as_of=DAY, bands=[band], dose_numbers=[dose], **options
    )
    COVERAGE.validate(table)
    return table.set_index("code").loc["00001"]


FINE = [(1, 12, 18, 90), (1, 18, 50, 3000), (1, 50, 65, 1500), (1, 65, None, 900)]


def test_bands_of_doses_and_people_that_nest_are_added_up() -> None:
    row = one(doses(*FINE), population(*PEOPLE))
    assert (row["vaccinated"], row["denominator"], row["coverage_flag"]) == (5400, 7000, "ok")
    assert row["coverage_percent"] == pytest.approx(100 * 5400 / 7000)
    assert one(doses(*FINE), population(*PEOPLE), band=(50, None))["vaccinated"] == 2400
    assert one(doses(*FINE), population(*PEOPLE), band=(12, 18))["coverage_percent"] == 10.0


def test_bands_that_do_not_nest_give_no_figure() -> None:
    coarse = one(doses((1, 0, None, 5000)), population(*PEOPLE))
    assert coarse["coverage_flag"] == "no-doses"
    assert pd.isna(coarse["vaccinated"])
    assert coarse["denominator"] == 7000
    people = one(doses(*FINE), population((0, None, 9700), (15, 60, 5000), (60, None, 1200)))
    assert people["coverage_flag"] == "no-population"
    assert pd.isna(people["denominator"])
    assert people["vaccinated"] == 5400
    straddling = one(doses((1, 18, 60, 100), (1, 60, None, 10)), population(*PEOPLE), band=(50, None))
    assert straddling["coverage_flag"] == "no-doses"


def test_bands_given_twice_are_not_counted_twice() -> None:
    twice = one(doses(*FINE, (1, 18, None, 5400)), population(*PEOPLE))
    assert twice["coverage_flag"] == "no-doses"
    people = population(*PEOPLE, (18, None, 7000), (50, None, 3000), (0, None, 9700))
    assert one(doses(*FINE), people)["denominator"] == 7000
    assert one(doses(*FINE), people, band=(50, None))["denominator"] == 3000


def test_a_gap_in_the_population_bands_gives_no_denominator() -> None:
    people = population((18, 50, 4000), (65, None, 1000))
    assert one(doses(*FINE), people)["coverage_flag"] == "no-population"


def test_more_than_everybody_is_shown_and_flagged_not_clipped() -> None:
    row = one(doses((1, 18, None, 7700)), population(*PEOPLE), intervals=True)
    assert row["coverage_percent"] == pytest.approx(110.0)
    assert row["coverage_flag"] == "over-100"
    assert pd.isna(row["low_percent"])


def test_unknown_and_zero_population_are_not_zero_coverage() -> None:
    for people in (
        population(),
        population((18, None, 0)),
        population((18, None, 5000), flag="unit-error"),
        population((18, None, None), flag="missing"),
    ):
        row = one(doses(*FINE), people)
        assert row["coverage_flag"] == "no-population"
        assert pd.isna(row["coverage_percent"])
    assert one(doses(*FINE), population(*PEOPLE, flag="synthetic"))["coverage_flag"] == "synthetic-population"
    assert one(doses(*FINE), population(*PEOPLE, flag="check"))["coverage_flag"] == "ok"


def test_no_report_is_not_zero_but_a_report_without_a_dose_is() -> None:
    both = pd.concat([population(*PEOPLE), population(*PEOPLE, code="00002")])
    given_doses = pd.concat([doses(*FINE, (2, 65, None, 5)), doses((1, 18, 50, 7), code="00002")])
    table = vaccination.coverage(
        given_doses, both, UNITS, as_of=DAY, bands=[(65, None), (5, 12)], dose_numbers=[1, 2, 3]
    ).set_index(["code", "dose", "age_from"])
    assert table.loc[("00002", 1, 65), "coverage_percent"] == 0
    assert table.loc[("00002", 2, 65), "coverage_percent"] == 0
    assert table.loc[("00003", 1, 65), "coverage_flag"] == "no-population"
    assert table.loc[("00001", 3, 65), "coverage_flag"] == "no-doses"  # nobody reported a third dose
    assert table.loc[("00001", 1, 5), "coverage_flag"] == "no-doses"  # nobody reported this age
    lonely = vaccination.coverage(doses(*FINE), population(*PEOPLE, code="00003"), UNITS, as_of=DAY)
    assert set(lonely.loc[lonely["code"] == "00003", "coverage_flag"]) == {"no-doses"}


def test_as_of_any_day() -> None:
    later = doses((1, 18, None, 1000), day=DAY + timedelta(days=1))
    row = one(pd.concat([doses((1, 18, None, 200)), later]), population(*PEOPLE))
    assert row["vaccinated"] == 200


def test_empty_tables() -> None:
    table = vaccination.coverage(doses(), population(), UNITS, as_of=DAY)
    COVERAGE.validate(table)
    assert len(table) == 3 * 3 * len(vaccination.BANDS)
    assert set(table["coverage_flag"]) == {"no-population"}
    none = vaccination.coverage(doses(), population(), UNITS.iloc[:0], as_of=DAY)
    COVERAGE.validate(none)
    assert len(none) == 0
    assert len(vaccination.coverage_wide(none)) == 0


def test_wilson_interval_of_a_known_case() -> None:
    """Newcombe 1998, table I: 81 of 263 gives 0.2553 to 0.3662."""
    row = one(doses((1, 18, None, 81)), population((18, None, 263)), intervals=True)
    assert row["low_percent"] == pytest.approx(25.53, abs=0.01)
    assert row["high_percent"] == pytest.approx(36.62, abs=0.01)


def test_wide_has_one_row_per_unit() -> None:
    both = pd.concat([population(*PEOPLE), population(*PEOPLE, code="00002")])
    given_doses = pd.concat([doses(*FINE), doses((1, 18, None, 9000), code="00002")])
    table = vaccination.coverage(
        given_doses, both, UNITS, as_of=DAY, bands=[(18, None), (12, 18)], dose_numbers=[1]
    )
    wide = vaccination.coverage_wide(table).set_index("code")
    assert list(wide.index) == UNITS["code"].tolist()
    assert wide.loc["00001", "dose1_18_plus_percent"] == pytest.approx(77.142857)
    assert wide.loc["00001", "dose1_12_18_vaccinated"] == 90
    assert wide.loc["00001", "dose1_18_plus_denominator"] == 7000
    assert wide["coverage_flag"].tolist() == ["ok", "over-100", "no-population"]


def test_gaps_count_the_people_still_to_vaccinate() -> None:
    both = pd.concat([population((18, None, 1000)), population((18, None, 333), code="00002")])
    given_doses = pd.concat([doses((1, 18, None, 700)), doses((1, 18, None, 100), code="00002")])
    table = vaccination.coverage(given_doses, both, UNITS, as_of=DAY)
    gaps = vaccination.coverage_gaps(table, dose=1, age_from=18, threshold_percent=70)
    assert gaps["code"].tolist() == ["00002", "00001", "00003"]
    assert gaps["people_to_vaccinate"].fillna(-1).tolist() == [134, 0, -1]  # 70 % of 333 is 233.1
    assert gaps["reached"].fillna(value=False).tolist() == [False, True, False]
    assert pd.isna(gaps["reached"].iloc[2])


AGES = st.sampled_from([(12, 18), (18, 50), (50, 65), (65, None)])
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["00001", "00002", "99999"]),
        st.integers(-3, 3),
        st.integers(1, 2),
        AGES,
        st.integers(0, 300),
    ),
    max_size=25,
)


@settings(max_examples=40)
@given(ROWS, st.randoms(use_true_random=False))
def test_agrees_with_a_sum_over_rows_in_any_order(rows, random) -> None:
    everybody = pd.concat([population(*PEOPLE, code=code) for code in UNITS["code"]])
    table = pd.DataFrame(
        [
            (code, pd.Timestamp(DAY + timedelta(days=day)), dose, ages[0], ages[1], number)
            for code, day, dose, ages, number in rows
        ],
        columns=["code", "date", "dose", "age_from", "age_to", "doses"],
    ).astype({"age_to": "Int64", "date": "datetime64[s]", "code": "str"})
    found = vaccination.coverage(
        table, everybody, UNITS, as_of=DAY, bands=[(18, None), (50, None)], dose_numbers=[1, 2]
    )
    for row in found.to_dict("records"):
        mine = [r for r in rows if r[0] == row["code"] and r[1] <= 0]
        named = [r for r in rows if r[2] == row["dose"] and r[3][0] >= row["age_from"]]
        if not mine or not named:
            assert row["coverage_flag"] == "no-doses"
            continue
        expected = sum(r[4] for r in mine if r[2] == row["dose"] and r[3][0] >= row["age_from"])
        assert row["vaccinated"] == expected
    order = list(range(len(table)))
    random.shuffle(order)
    again = vaccination.coverage(
        table.iloc[order], everybody, UNITS, as_of=DAY, bands=[(18, None), (50, None)], dose_numbers=[1, 2]
    )
    pd.testing.assert_frame_equal(found, again)


def test_many_rows_are_added_up_like_a_group_by() -> None:
    rng = np.random.default_rng(7)
    size = 20_000
    table = pd.DataFrame(
        {
            "code": pd.array(rng.choice(UNITS["code"].to_numpy(), size), dtype="str"),
            "date": pd.Timestamp(DAY) - pd.to_timedelta(rng.integers(-20, 60, size), unit="D"),
            "dose": rng.integers(1, 4, size),
            "age_from": rng.choice([18, 50], size),
            "age_to": pd.array([pd.NA] * size, dtype="Int64"),
            "doses": rng.integers(0, 5, size),
        }
    )
    table.loc[table["age_from"] == 18, "age_to"] = 50
    found = vaccination.coverage(
        table,
        pd.concat([population(*PEOPLE, code=code) for code in UNITS["code"]]),
        UNITS,
        as_of=DAY,
        bands=[(18, None)],
    )
    expected = table[table["date"] <= pd.Timestamp(DAY)].groupby(["code", "dose"])["doses"].sum()
    assert found.set_index(["code", "dose"])["vaccinated"].to_dict() == expected.to_dict()
