"""Sentences about levels: every phrase that holds a count of cases is found, in both languages."""

from __future__ import annotations

import re

import pytest

from geozone.disclosure.sentences import ToldCases, withhold
from geozone.levels.numbers import Language, say_range
from geozone.levels.words import WORDS

TOLD = ToldCases(1, 4, 30, 14, per_case=1.5, other={7.0: (5, 9)})
NOUN: dict[Language, str] = {"vi": "ca mới", "en": "new cases"}
LANGUAGES: tuple[Language, ...] = ("vi", "en")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("phrase", ["count", "about", "between", "cases_way", "no_cases_way"])
def test_a_count_becomes_a_range(language: Language, phrase: str) -> None:
    fields = {"days": 14, "noun": NOUN[language], "cause": "vì sao", "amount": 11}
    exact = WORDS[language][phrase].format(count="3,3", low="2", high="8", **fields)
    said = withhold(f"Phường X: {exact}; rest 81,5 %.", TOLD, language)
    assert say_range(1, 4, language) in said
    assert not re.search(r"3,3|\b2\b|\b8\b", said)
    assert "14" in said
    assert NOUN[language] in said
    if phrase == "cases_way":
        assert "11" in said, "what is allowed is the rule's, not a count"


@pytest.mark.parametrize("language", LANGUAGES)
def test_rates_of_cases_become_ranges_and_roundings_go(language: Language) -> None:
    words = WORDS[language]
    unit = {"vi": "ca/100.000 dân/tuần", "en": "cases per 100,000 people per week"}[language]
    exact = (
        words["count"].format(days=14, count="3", noun=NOUN[language])
        + words["rate"].format(value="4,5", unit=unit)
        + words["rounded"].format(value="5")
    )
    said = withhold(f"X: {exact} (20: 1).", TOLD, language)
    assert "4,5" not in said
    assert words["rounded"].format(value="5") not in said
    assert unit in said
    assert ("không quá 6" if language == "vi" else "at most 6") in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_cases_shared_out_and_community_cases_are_not_told(language: Language) -> None:
    words = WORDS[language]
    shared = words["shared"].format(count="1,3")
    community = words["community"].format(count="2", value="3,1", unit="ca/100.000 dân")
    said = withhold(f"A. {community}. {shared}. B.", TOLD, language)
    assert "1,3" not in said
    assert "3,1" not in said
    assert said.endswith(". B.")
    assert words["community"].split("{")[0] not in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_further_figures_of_cases_are_told_in_steps(language: Language) -> None:
    exact = WORDS[language]["value"].format(name="Z", value="7")
    said = withhold(f"A; {exact} (B); X 7.", TOLD, language)
    assert say_range(5, 9, language) in said
    coverage = WORDS[language]["value"].format(name="Z", value="7 %")
    assert withhold(coverage, TOLD, language) == coverage


def test_words_of_ranges() -> None:
    assert [say_range(*ends, "vi") for ends in ((1, 4), (0, 4), (5, 8), (7, 7), (1, 19))] == [
        "dưới 5", "dưới 5", "từ 5 đến 8", "7", "dưới 20",
    ]  # fmt: skip
    assert [say_range(*ends, "en") for ends in ((1, 4), (1200, 1203))] == ["fewer than 5", "1,200 to 1,203"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_other_counts_are_told_as_no_more_than_all_cases(language: Language) -> None:
    """Of some of the cases, of other days, of households: their least is not that of the window."""
    told = ToldCases(6, 13, 30, 14, alone=False)
    phrase = WORDS[language]["count"]
    other = {"vi": "hộ có ca", "en": "households with cases"}[language]
    both = "; ".join(
        [
            phrase.format(days=14, count="9", noun=NOUN[language]),
            phrase.format(days=14, count="2", noun=other),
            phrase.format(days=30, count="17", noun=NOUN[language]),
        ]
    )
    first, *rest = withhold(both, told, language).split("; ")
    assert say_range(6, 13, language) in first
    assert all(say_range(0, 30, language) in one for one in rest)
    now = WORDS[language]["no_cases_way"].format(noun=other, days=7, count="2")
    assert say_range(0, 30, language) in withhold(now, told, language)
