"""The thresholds that charts are marked with are those that decide levels."""

from __future__ import annotations

from datetime import date

import pytest

from geozone.rules import list_rulesets, load_ruleset, thresholds_of


def at(name: str, day: date) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for one in thresholds_of(load_ruleset(name), day):
        found.setdefault(one.indicator, []).append(one.at)
    return found


def test_decision_4800_has_its_bands_and_only_the_elderly_of_the_day() -> None:
    november = at("vn-4800-2021", date(2021, 11, 20))
    assert november["rate"] == [20, 50, 150]
    assert november["first_dose_18"] == [70]
    assert november["full_50"] == [80]
    assert "full_65" not in november
    assert at("vn-4800-2021", date(2021, 10, 20))["full_65"] == [80]


def test_a_rate_tells_how_it_is_made_and_a_coverage_of_whom() -> None:
    found = {
        (one.indicator, one.at): one
        for one in thresholds_of(load_ruleset("vn-4800-2021"), date(2021, 11, 20))
    }
    rate = found["rate", 50]
    assert (rate.window_days, rate.divide, rate.scale, rate.per_population) == (14, 2, 100_000, True)
    assert (rate.name_vi, rate.name_en, rate.digits) == ("mức 3", "band 3", 0)
    full = found["full_50", 80]
    assert (full.what, full.dose, full.age_from, full.age_to) == ("coverage", 2, 50, None)


def test_conditions_of_clauses_count() -> None:
    assert {25, 50, 150} <= set(at("ecdc-traffic-light", date(2021, 3, 1))["rate"])


@pytest.mark.parametrize("name", [one.id for one in list_rulesets()])
def test_every_rule_set_has_thresholds_that_are_numbers_above_zero(name: str) -> None:
    found = thresholds_of(load_ruleset(name), date(2021, 12, 1))
    assert all(one.at > 0 and one.what in {"cases", "coverage"} for one in found)
    assert len({(one.indicator, one.at) for one in found}) == len(found)
