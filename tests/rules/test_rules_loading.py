"""Loading, listing and choosing rule sets, and every fault with its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from datetime import date
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from geozone.errors import DataError, NotFoundError
from geozone.rules import choose_ruleset, list_rulesets, load_ruleset, parse_ruleset
from geozone.rules.structure import json_schema, plain, structure_faults
from geozone.types import AdminLevel, EvidenceGrade

SHIPPED = {
    "ecdc-traffic-light",
    "eu-2020-687",
    "in-containment-2020",
    "sg-dengue-cluster",
    "us-cdc-community-2022",
    "vn-218-2022",
    "vn-2686-2021",
    "vn-4800-2021",
    "vn-asf-practice",
    "vn-dengue-3711",
    "vn-hcm-2716-2021",
}
Variant = Callable[[str, str, str], str]


def text_of(name: str) -> str:
    return files("geozone.rules").joinpath("sets", f"{name}.toml").read_text(encoding="utf-8")


def faults_of(text: str) -> DataError:
    with pytest.raises(DataError) as caught:
        parse_ruleset(text, source="mine.toml")
    return caught.value


def line_with(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


def test_every_rule_set_of_the_issue_is_shipped_and_loads() -> None:
    assert {item.id for item in list_rulesets()} == SHIPPED
    for name in SHIPPED:
        rules = load_ruleset(name)
        assert rules.id == name
        assert rules.name_vi
        assert rules.name_en
        assert rules.legal_basis
        assert rules.tiers[0] is AdminLevel.COMMUNE


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_every_value_has_evidence_and_both_languages(name: str) -> None:
    rules = load_ruleset(name)
    for indicator in rules.indicators.values():
        assert indicator.evidence
        assert indicator.name.vi
        assert indicator.name.en
    for modifier in rules.modifiers:
        assert modifier.evidence
    assert rules.basis
    for field in ("activity_days", "link_m", "containment_m", "lift_days", "green_days"):
        assert rules.zoning_evidence[field], field
    assert rules.verified == all(e.grade is not EvidenceGrade.REMEMBERED for e in rules.evidence.values())
    assert all(text.vi.strip() == text.vi and text.en.strip() == text.en for text in rules.texts())


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_the_json_schema_agrees_with_an_independent_validator(name: str) -> None:
    document = plain(tomllib.loads(text_of(name)))
    jsonschema.Draft202012Validator.check_schema(json_schema())
    jsonschema.validate(document, json_schema())
    assert structure_faults(document) == []


BROKEN = [
    ('id = "vn-4800-2021"', 'id = "VN 4800"'),
    ('id = "vn-4800-2021"', "id = 4800"),
    ("format = 1", "format = 2"),
    ("window_days = 14", 'window_days = "14"'),
    ("window_days = 14", "window_days = 0"),
    ("window_days = 14", "window_dayz = 14"),
    ("divide = 2", "divide = 0"),
    ("per_population = true", "per_population = 1"),
    ('grade = "P"', 'grade = "X"'),
    ('colour = "#0FA57F"', 'colour = "green"'),
    ("epidemic_level = 1", "epidemic_level = 5"),
    ('tiers = ["commune", "district", "province"]', 'tiers = ["hamlet"]'),
    ('diseases = ["covid-19"]', "diseases = []"),
    ("activity_days = 14", "activity_days = true"),
    ("valid_from = 2021-10-12", 'valid_from = "October"'),
    ('kind = "raise"', 'kind = "lift"'),
    ('name = { vi = "mức 1", en = "band 1" }', 'name = { vi = "mức 1" }'),
]


@pytest.mark.parametrize(("old", "new"), BROKEN)
def test_broken_structure_is_refused_by_both_validators_at_the_line(
    old: str, new: str, variant: Variant
) -> None:
    text = variant("vn-4800-2021", old, new)
    document = plain(tomllib.loads(text))
    theirs = {
        tuple(error.absolute_path)
        for error in jsonschema.Draft202012Validator(json_schema()).iter_errors(document)
    }
    ours = {fault.path for fault in structure_faults(document)}
    named = {path[: len(found)] for path in ours for found in theirs}
    assert theirs <= ours | named
    error = faults_of(text)
    assert line_with(text, new) in [fault.row for fault in error.faults]


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        ("vn-4800-2021", "from = 20, below = 50", "from = 25, below = 50", "a gap: 25"),
        ("vn-4800-2021", "from = 20, below = 50", "from = 15, below = 50", "an overlap: 15"),
        ("vn-4800-2021", "{ from = 150, name", "{ from = 150, below = 900, name", "nothing from 900 up"),
        ("vn-4800-2021", 'indicator = "rate"', 'indicator = "rates"', "unknown indicator 'rates'"),
        ("vn-4800-2021", 'rows = "vaccinated"', 'rows = "vaccine"', "unknown bands 'vaccine'"),
        (
            "vn-4800-2021",
            '["green", "yellow", "orange", "red"],',
            '["green", "yellow", "orange"],',
            "a gap: 3 columns",
        ),
        (
            "vn-4800-2021",
            '["green", "yellow", "orange", "red"],',
            '["green", "blue", "orange", "red"],',
            "'blue'",
        ),
        (
            "vn-4800-2021",
            '["green", "yellow", "orange", "red"],',
            '["green", "red..yellow", "orange", "red"],',
            "milder",
        ),
        (
            "vn-4800-2021",
            'evidence = ["bands"]\nbands',
            'evidence = ["band"]\nbands',
            "unknown evidence 'band'",
        ),
        (
            "vn-4800-2021",
            "full_50 < 80 and cases >= 1",
            "full_5 < 80 and cases >= 1",
            "unknown indicator 'full_5'",
        ),
        ("vn-4800-2021", "full_50 < 80 and cases >= 1", "full_50 <> 80", "not a condition"),
        ("vn-4800-2021", "full_50 < 80 and cases >= 1", "adjacent_to(red)", "other units' levels"),
        ("vn-4800-2021", "valid_to = 2022-01-27", "valid_to = 2021-01-27", "a day after valid_from"),
        ("vn-4800-2021", "valid_to = 2022-01-27", "valid_to = 2022-02-31", "Invalid"),
        ("vn-4800-2021", "containment_m = 200", "containment_m = 0", "containment_m is 0"),
        ("vn-4800-2021", 'link_m = ["tool_default"]', "", "no evidence"),
        ("vn-4800-2021", 'basis = ["in_force", "colours"]', 'basis = ["in_force"]', "which no value names"),
        ("vn-2686-2021", "adjacent_to(red)", "adjacent_to(crimson)", "unknown level 'crimson'"),
        ("vn-2686-2021", 'id = "unknown_source"\n', 'id = "unknown_cluster"\n', "again"),
        ("vn-2686-2021", 'tiers = ["district"]', 'tiers = ["commune"]', "an overlap: commune again"),
        ("eu-2020-687", "[zoning.variants.glanders]", "[zoning.variants.plague]", "unknown disease 'plague'"),
    ],
)
def test_gaps_overlaps_and_unknown_names_are_told_with_their_line(
    name: str, old: str, new: str, expected: str, variant: Variant
) -> None:
    text = variant(name, old, new)
    error = faults_of(text)
    assert expected in str(error)
    assert all(fault.row and 1 <= fault.row <= len(text.splitlines()) for fault in error.faults)
    changed = [
        i
        for i, pair in enumerate(zip(text_of(name).splitlines(), text.splitlines(), strict=False), 1)
        if pair[0] != pair[1]
    ]
    if (
        new
        and "basis" not in new
        and "[zoning" not in new
        and "tool_default" not in old
        and "tiers" not in new
    ):
        assert any(abs((fault.row or 0) - changed[0]) <= 3 for fault in error.faults)


def test_a_first_match_list_without_an_end_is_a_gap(variant: Variant) -> None:
    text = variant("sg-dengue-cluster", "[decisions.otherwise]", "[decisions.nothing]")
    assert "unknown name 'nothing'" in str(faults_of(text))
    whole = text_of("sg-dengue-cluster")
    start = whole.index("[decisions.otherwise]")
    end = whole.index("[[clocks]]")
    assert "no otherwise" in str(faults_of(whole[:start] + whole[end:]))


def test_all_faults_are_told_at_once(variant: Variant) -> None:
    text = variant("vn-4800-2021", 'rows = "vaccinated"', 'rows = "vaccine"').replace(
        "from = 50,", "from = 55,"
    )
    assert len(faults_of(text).faults) >= 2


def test_text_that_is_not_toml_names_the_line() -> None:
    error = faults_of('format = 1\nid = "x\n')
    assert error.faults[0].row == 2
    assert error.source == "mine.toml"


def test_the_users_own_folder(tmp_path: Path) -> None:
    text = text_of("vn-4800-2021")
    mine = text.replace('id = "vn-4800-2021"', 'id = "bn-2021"').replace("from = 20,", "from = 10,")
    mine = mine.replace("below = 20,", "below = 10,")
    (tmp_path / "bac-ninh.toml").write_text(mine, encoding="utf-8")
    assert load_ruleset("bn-2021", extra_folder=tmp_path).bands["transmission"].edges == (10, 50, 150)
    assert load_ruleset("bac-ninh", extra_folder=tmp_path).id == "bn-2021"
    assert load_ruleset(tmp_path / "bac-ninh.toml").id == "bn-2021"
    assert load_ruleset(str(tmp_path / "bac-ninh.toml")).source == "bac-ninh.toml"
    listed = {item.id: item for item in list_rulesets(extra_folder=tmp_path)}
    assert listed["bn-2021"].origin == "bac-ninh.toml"
    assert set(listed) >= SHIPPED
    assert choose_ruleset("covid-19", date(2021, 11, 1), extra_folder=tmp_path).id == "bn-2021"
    (tmp_path / "broken.toml").write_text("format = 1", encoding="utf-8")
    with pytest.raises(DataError, match=r"broken\.toml"):
        list_rulesets(extra_folder=tmp_path)


def test_a_rule_set_that_does_not_exist_lists_those_that_do(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="vn-4800-2021"):
        load_ruleset("vn-9999")
    with pytest.raises(NotFoundError, match=r"none\.toml"):
        load_ruleset(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b'id = "\xe9"')
    with pytest.raises(DataError, match="UTF-8"):
        load_ruleset(tmp_path / "latin.toml")


@pytest.mark.parametrize(
    ("disease", "day", "expected"),
    [
        ("covid-19", date(2021, 5, 31), "vn-2686-2021"),
        ("covid-19", date(2021, 7, 13), "vn-2686-2021"),
        ("covid-19", date(2021, 10, 11), "vn-2686-2021"),
        ("covid-19", date(2021, 10, 12), "vn-4800-2021"),
        ("covid-19", date(2022, 1, 26), "vn-4800-2021"),
        ("covid-19", date(2022, 1, 27), "vn-218-2022"),
        ("dengue", date(2026, 7, 1), "vn-dengue-3711"),
        ("african-swine-fever", date(2024, 7, 1), "vn-asf-practice"),
    ],
)
def test_chooses_by_disease_and_day(disease: str, day: date, expected: str) -> None:
    assert choose_ruleset(disease, day).id == expected


def test_a_day_without_a_rule_set_says_what_to_name() -> None:
    with pytest.raises(NotFoundError, match=r"2020-03-01.*name one.*vn-2686-2021") as caught:
        choose_ruleset("covid-19", date(2020, 3, 1))
    assert "in-containment-2020" in str(caught.value)
    with pytest.raises(NotFoundError, match="dengue"):
        choose_ruleset("measles", date(2021, 7, 1))


# Annex V and X: disease, protection km, surveillance km, minimum days, extra days
ANNEX = [
    ("highly-pathogenic-avian-influenza", 3, 10, 21, 9),
    ("newcastle-disease", 3, 10, 21, 9),
    ("african-swine-fever", 3, 10, 15, 15),
    ("classical-swine-fever", 3, 10, 15, 15),
    ("foot-and-mouth-disease", 3, 10, 15, 15),
    ("rinderpest", 3, 10, 21, 9),
    ("sheep-and-goat-pox", 3, 10, 21, 9),
    ("peste-des-petits-ruminants", 3, 10, 21, 9),
    ("lumpy-skin-disease", 20, 50, 28, 17),
    ("rift-valley-fever", 20, 50, 30, 15),
    ("african-horse-sickness", 100, 150, 365, 0),
    ("contagious-bovine-pleuropneumonia", 0.1, 3, 45, 0),
    ("contagious-caprine-pleuropneumonia", 0.1, 3, 45, 0),
    ("glanders", 0.1, 0.1, 183, 0),
]


@pytest.mark.parametrize(("disease", "protection", "surveillance", "days", "extra"), ANNEX)
def test_the_eu_annexes(disease: str, protection: float, surveillance: float, days: int, extra: int) -> None:
    rules = load_ruleset("eu-2020-687")
    assert set(rules.diseases) == {row[0] for row in ANNEX}
    zoning = rules.for_disease(disease).zoning
    outer = zoning.containment_m + sum(zoning.buffer_widths_m)
    assert (zoning.containment_m, outer) == (protection * 1000, surveillance * 1000)
    assert (zoning.lift_days, zoning.step_down_days) == (days, extra)


def test_grades_of_the_4800_matrix_are_those_of_the_dossier() -> None:
    shape = load_ruleset("vn-4800-2021").decisions[0].shape
    grades = [[str(cell[0].grade) for cell in row] for row in shape.evidence]
    assert grades == [["D", "M", "M", "S"], ["D", "D", "D", "D"]]
    assert [[span.low for span in row] for row in shape.spans] == [[1, 2, 3, 4], [1, 2, 2, 3]]


def test_decision_218_ships_no_unconfirmed_cell() -> None:
    rules = load_ruleset("vn-218-2022")
    assert rules.partial
    decided = [clause for clause in rules.decisions[0].shape.clauses if clause.span.low]
    assert all(item.verified for clause in decided for item in clause.evidence)


def test_every_web_source_is_an_address_or_a_citation() -> None:
    for name in SHIPPED:
        for item in load_ruleset(name).evidence.values():
            assert not re.search(r"/home/|/tmp/|localhost", item.source + item.note)
            if item.grade is EvidenceGrade.PRIMARY:
                assert "http" in item.source or "Article" in item.source
