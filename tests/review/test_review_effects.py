"""Effects are those of the real engine: every alternative equals drawing everything anew."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geozone import levels, zoning
from geozone.review import Basis, address_keys, build_queue, effects_of, find_doubts, say_effect
from geozone.review.effects import placed
from geozone.rules import load_ruleset
from geozone.types import Certainty, ReviewOrder
from geozone.zoning import Land, Placing

from .conftest import AS_OF, made_up_cases

LOCAL = ["vn-2686-2021", "vn-4800-2021", "ecdc-traffic-light"]


def some_placings(cases: pd.DataFrame, land: Land, seed: int, size: int) -> list[Placing]:
    """Groups of one to five cases put somewhere: where they may be, anywhere, or nowhere."""
    rng = np.random.default_rng(seed)
    near = [
        int(i) for i in np.unique(land.positions(cases["geo_commune_code"].dropna().to_numpy(dtype=object)))
    ]
    found = []
    for _ in range(size):
        rows = rng.choice(len(cases), int(rng.integers(1, 6)), replace=False)
        commune = int(rng.choice([-1, int(rng.choice(near)), int(rng.integers(len(land)))]))
        found.append(Placing(tuple(int(row) for row in rows), commune))
    return found


def whole_assessment(units, cases, population, rules) -> tuple[np.ndarray, np.ndarray]:
    known = cases[cases["report_date"] <= pd.Timestamp(AS_OF)]
    table = levels.assess(units.communes, known, None, None, population, rules, as_of=AS_OF, explain=False)
    return tuple(table[name].fillna(0).to_numpy(dtype=int) for name in ("epidemic_level", "possible_level"))


@pytest.mark.parametrize("rules_id", LOCAL)
@settings(max_examples=3)
@given(seed=st.integers(0, 10_000))
def test_levels_are_those_of_assessing_everything_anew(corner, population, rules_id: str, seed: int) -> None:
    rules, land = load_ruleset(rules_id), Land.of(corner)
    cases = made_up_cases(corner.communes, seed)
    placings = some_placings(cases, land, seed, 4)
    found = levels.assess_placings(
        corner.communes, cases, None, population, rules, as_of=AS_OF, placings=placings
    )
    now = whole_assessment(corner, cases, population, rules)
    for placing, change in zip(placings, found, strict=True):
        then = whole_assessment(corner, placed(cases, placing, land), population, rules)
        differs = np.flatnonzero((now[0] != then[0]) | (now[1] != then[1]))
        assert change.commune.tolist() == differs.tolist()
        assert change.before.tolist() == now[0][differs].tolist()
        assert change.after.tolist() == then[0][differs].tolist()
        assert change.possible_before.tolist() == now[1][differs].tolist()
        assert change.possible_after.tolist() == then[1][differs].tolist()


def zone_shares(cases: pd.DataFrame, land: Land, rules) -> tuple[np.ndarray, np.ndarray]:
    drawn = zoning.zones(cases, land, replace(rules, buffer_widths_m=()), as_of=AS_OF).containment
    certain, possible = np.zeros(len(land)), np.zeros(len(land))
    for certainty, text in zip(drawn["certainty"], drawn["communes"], strict=True):
        for part in json.loads(text):
            target = certain if certainty == str(Certainty.CERTAIN) else possible
            target[land.positions([part["code"]])[0]] += part["share"]
    return certain, possible


@pytest.mark.parametrize("rules_id", ["vn-4800-2021", "sg-dengue-cluster"])
@settings(max_examples=3)
@given(seed=st.integers(0, 10_000))
def test_zones_are_those_of_drawing_everything_anew(corner, rules_id: str, seed: int) -> None:
    rules, land = load_ruleset(rules_id).zoning, Land.of(corner)
    cases = made_up_cases(corner.communes, seed)
    placings = some_placings(cases, land, seed, 4)
    before = zone_shares(cases, land, rules)
    for placing, change in zip(
        placings, zoning.zone_placings(cases, land, rules, as_of=AS_OF, placings=placings), strict=True
    ):
        after = zone_shares(placed(cases, placing, land), land, rules)
        mine = [array.copy() for array in before]
        np.testing.assert_allclose(mine[0][change.commune], change.certain_before, atol=3e-6)
        mine[0][change.commune] = change.certain_after
        mine[1][change.commune] = change.possible_after
        np.testing.assert_allclose(mine[0], after[0], atol=3e-6)
        np.testing.assert_allclose(mine[1], after[1], atol=3e-6)


def as_places(cases: pd.DataFrame) -> pd.DataFrame:
    """Dress cases as the table of places that the review reads."""
    table = cases.assign(
        place=np.arange(1, len(cases) + 1),
        address=[f"địa chỉ {i % 20}" for i in range(len(cases))],
        lon=np.nan,
        lat=np.nan,
        revision=1,
        decision=0,
        manual=False,
        outdated=False,
    )
    table["key"] = address_keys(table)
    return table


@pytest.mark.parametrize("rules_id", ["vn-4800-2021", "eu-2020-687"])
def test_the_order_is_that_of_brute_force(corner, population, rules_id: str) -> None:
    rules, land = load_ruleset(rules_id), Land.of(corner)
    places = as_places(made_up_cases(corner.communes, 11, 25))
    basis = Basis(places, corner, rules, AS_OF, population)
    doubts = find_doubts(places)
    queue = build_queue(basis, doubts)
    assert {entry.doubt.place for entry in queue} == {doubt.place for doubt in doubts}
    counts = np.where(
        population["population"].notna(), population["population"], population["population"].median()
    )

    def status(placing: Placing | None) -> tuple[np.ndarray, ...]:
        table = places if placing is None else placed(places, placing, land)
        drawn = zoning.zones(table, land, rules.zoning, as_of=AS_OF, population=population)
        known = table[table["report_date"] <= pd.Timestamp(AS_OF)]
        found = levels.assess(
            corner.communes, known, None, drawn, population, rules, as_of=AS_OF, explain=False
        )
        ranks = (found[name].fillna(0).to_numpy(dtype=int) for name in ("epidemic_level", "possible_level"))
        return (*ranks, *zone_shares(table, land, rules.zoning))

    def expected(entry) -> tuple[float, float]:
        worlds = [
            status(Placing(entry.doubt.rows, int(land.positions([effect.option.code])[0])))
            for effect in entry.effects
        ]
        sure = maybe = 0.0
        for effect, world in zip(entry.effects, worlds, strict=True):
            certain = np.where(world[0] != worlds[0][0], 1.0, np.minimum(abs(world[2] - worlds[0][2]), 1))
            possible = np.where(world[1] != worlds[0][1], 1.0, np.minimum(abs(world[3] - worlds[0][3]), 1))
            sure += effect.option.share * float(counts @ certain)
            maybe += effect.option.share * float(counts @ np.maximum(possible - certain, 0))
        return sure, maybe

    ties = [entry for entry in queue if entry.doubt.kind == "tie"]
    brute = [expected(entry) for entry in ties]
    assert any(sure + maybe > 0 for sure, maybe in brute)
    for entry, (sure, maybe) in zip(ties, brute, strict=True):
        assert entry.expected.certain == pytest.approx(sure, abs=1.0)
        assert entry.expected.possible == pytest.approx(maybe, abs=1.0)
    assert [sure for sure, _ in brute] == sorted((sure for sure, _ in brute), reverse=True)


def test_a_doubt_without_answers_stands_before_one_that_changes_nothing(corner, population) -> None:
    places = as_places(made_up_cases(corner.communes, 3, 50))
    basis = Basis(places, corner, load_ruleset("vn-4800-2021"), AS_OF, population)
    queue = build_queue(basis, find_doubts(places))
    states = [
        0 if entry.expected.certain + entry.expected.possible > 0 else 1 if not entry.effects else 2
        for entry in queue
    ]
    assert {0, 1} <= set(states)
    assert states == sorted(states)
    by_cases = build_queue(basis, find_doubts(places), order=ReviewOrder.CASES)
    people = [entry.doubt.people for entry in by_cases]
    assert people == sorted(people, reverse=True)


def test_cases_too_old_or_not_yet_reported_change_nothing(corner, population) -> None:
    cases = made_up_cases(corner.communes, 3, 30)
    for day in ("2021-01-05", "2021-09-01"):
        places = as_places(cases.assign(report_date=pd.Timestamp(day)))
        basis = Basis(places, corner, load_ruleset("vn-4800-2021"), AS_OF, population)
        for effects in effects_of(basis, find_doubts(places)):
            assert not any(effect.possible_zone_km2 or effect.zone_km2 for effect in effects)


def test_sentences_say_the_change_in_both_languages(corner, population) -> None:
    places = as_places(made_up_cases(corner.communes, 11, 40))
    basis = Basis(places, corner, load_ruleset("vn-4800-2021"), AS_OF, population)
    said = {"vi": [], "en": []}
    for effects in effects_of(basis, find_doubts(places)):
        for effect in effects:
            for language, texts in said.items():
                text = say_effect(effect, language)
                texts.append(text)
                for change in effect.levels[:1]:
                    assert change.name in text
                    assert "→" in text
                nothing = "không làm thay đổi" if language == "vi" else "no zone or level changes"
                if effect.levels or effect.possible_levels:
                    assert nothing not in text
    assert any("cấp độ" in text and "Nếu chọn" in text for text in said["vi"])
    assert any("fewer" in text or "more" in text for text in said["en"])


def test_rules_that_look_at_zones_are_refused_by_the_short_way(corner, population) -> None:
    cases = made_up_cases(corner.communes, 1, 10)
    with pytest.raises(ValueError, match="as a whole"):
        levels.assess_placings(
            corner.communes, cases, None, population, load_ruleset("eu-2020-687"), as_of=AS_OF,
            placings=[Placing((0,), 0)],
        )  # fmt: skip


def test_the_only_case_of_a_province_decides_whether_it_reports(corner: SimpleNamespace, population) -> None:
    communes = corner.communes
    far = communes.index[communes["province_code"] == "33"][0]
    cases = made_up_cases(communes[communes["province_code"] == "24"], 2, 10).iloc[:10]
    rules = load_ruleset("vn-4800-2021")
    [change] = levels.assess_placings(
        communes, cases, None, population, rules, as_of=AS_OF, placings=[Placing((0,), int(far))]
    )
    gained = change.commune[change.before == 0]
    assert len(gained) > 50
    assert set(communes["province_code"].iloc[gained]) == {"33"}
