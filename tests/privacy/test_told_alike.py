"""Two epidemics that are told alike are published alike: no sentence, detail or figure tells them apart."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import pandas as pd
import pytest

from geozone.disclosure import Disclosure, PublicDraft, protect
from geozone.disclosure.curves import Curves, told_curves
from geozone.draft import draw
from geozone.rules import load_ruleset
from tests.zoning.test_what_if import population, units

from .outbreak import DAYS, FIRST, make_cases, make_homes

RULES = ("vn-4800-2021", "vn-2686-2021", "vn-hcm-2716-2021", "sg-dengue-cluster")
AS_OF = FIRST + dt.timedelta(days=DAYS - 1)


def _curves(cases: pd.DataFrame) -> Curves:
    series = cases.groupby(["geo_commune_code", "report_date"]).size().rename("cases").reset_index()
    return told_curves(series.set_axis(["code", "date", "cases"], axis=1), Disclosure().width)


def _alike(one: Curves, other: Curves) -> bool:
    parts = ("of_day", "excess", "before")
    return all(
        np.array_equal(getattr(getattr(one, part), end), getattr(getattr(other, part), end))
        for part in parts
        for end in ("least", "most")
    )


@pytest.fixture(scope="module")
def twins() -> tuple[pd.DataFrame, pd.DataFrame]:
    """One epidemic with one more person ill: in either of two homes, where others are ill on the same day."""
    cases = make_cases(make_homes()).drop(columns="home")
    told = _curves(cases)
    found: dict[str, pd.DataFrame] = {}
    for position in np.flatnonzero(cases["report_date"] >= pd.Timestamp(AS_OF) - pd.Timedelta(days=6)):
        more = pd.concat([cases, cases.iloc[[position]].assign(case_id="C9999")], ignore_index=True)
        if _alike(told, _curves(more)):
            found.setdefault(str(cases["geo_commune_code"].iloc[position]), more)
    first, second, *_ = found.values()
    return first, second


def _published(cases: pd.DataFrame, rules_id: str, small_under: int) -> PublicDraft:
    communes, rules = units(), load_ruleset(rules_id)
    people = population(communes.communes).assign(population=30_000.0)
    rules = dataclasses.replace(rules, zoning=dataclasses.replace(rules.zoning, mask_m=50.0))
    draft = draw(cases.assign(disease=rules.diseases[0]), communes, rules, AS_OF, population=people)
    return protect(draft, Disclosure(small_under))


def _differences(one: PublicDraft, other: PublicDraft) -> set[str]:
    found = set()
    for name, layer in one.layers.items():
        tables = [pd.DataFrame(table).astype(object) for table in (layer, other.layers[name])]
        first, second = (table.where(table.notna(), None) for table in tables)
        found |= {
            f"{name}.{column}"
            for column in first.columns
            if len(first) != len(second)
            or not (first[column] == second[column])
            .where(first[column].notna() | second[column].notna(), other=True)
            .all()
        }
    found |= {name for name in one.counts if one.counts[name] != other.counts[name]}
    return found


@pytest.mark.parametrize("rules_id", RULES)
def test_nothing_published_tells_two_epidemics_apart_that_are_told_alike(
    twins: tuple[pd.DataFrame, pd.DataFrame], rules_id: str
) -> None:
    one, other = (_published(cases, rules_id, 5) for cases in twins)
    assert _differences(one, other) == set()


def test_unprotected_they_are_told_apart(twins: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    one, other = (_published(cases, "vn-4800-2021", 0) for cases in twins)
    found = _differences(one, other)
    assert {"communes.cases_total", "communes.why_vi", "communes.why_en", "communes.detail"} <= found
    assert {"case_counts.cases", "containment_zones.case_count", "communes.rate_per_100k"} <= found


def test_a_rule_of_households_says_no_more_of_them_than_there_are_cases(
    twins: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    communes = _published(twins[0], "vn-hcm-2716-2021", 5).layers["communes"].set_index("code")
    assert communes["cases_window"].isna().all()
    counted = communes["why_en"].str.extract(r"(fewer than \d+) households with new F0 cases")[0].dropna()
    assert len(counted) > 3
    most = communes.loc[counted.index, "cases_total_upper"].astype(int)
    assert counted.tolist() == [f"fewer than {number + 1}" for number in most]
