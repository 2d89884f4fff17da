"""Every shipped rule set, value by value, against the dossier of what the sources say and how sure we are.

The expected values and grades were copied from the dossier's tables by hand, not from the rule sets. Where
the dossier is kept beside the checkout, the words that each row quotes must still be in it.
"""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

DOSSIER = Path(__file__).resolve().parents[3] / "shared" / "docs" / "RULES.md"
ALL = "PSDM"


@cache
def rule_set(name: str) -> dict[str, Any]:
    return tomllib.loads((files("geozone.rules") / "sets" / f"{name}.toml").read_text(encoding="utf-8"))


def clause(name: str, level: str, tier: str = "commune") -> list[dict[str, Any]]:
    decision = next(one for one in rule_set(name)["decisions"] if tier in one["tiers"])
    return [one for one in decision["clauses"] if one["level"] == level]


def edges(name: str, bands: str) -> list[float]:
    return [one["from"] for one in rule_set(name)["bands"][bands]["bands"]]


def modifier(name: str, which: str) -> dict[str, Any]:
    return next(one for one in rule_set(name)["modifiers"] if one["id"] == which)


def zoning(name: str, field: str, disease: str | None = None) -> Any:
    table = rule_set(name)["zoning"]
    return (table if disease is None else table["variants"][disease])[field]


def grades(name: str, keys: list[str]) -> set[str]:
    return {rule_set(name)["evidence"][key]["grade"] for key in keys}


V4800, V2686, V218, HCM = "vn-4800-2021", "vn-2686-2021", "vn-218-2022", "vn-hcm-2716-2021"
DENGUE, ASF, EU, INDIA = "vn-dengue-3711", "vn-asf-practice", "eu-2020-687", "in-containment-2020"
ECDC, CDC, SG = "ecdc-traffic-light", "us-cdc-community-2022", "sg-dengue-cluster"

VALUES = [
    # Decision 4800
    ("12 Oct 2021", V4800, lambda: rule_set(V4800)["valid_from"], date(2021, 10, 12)),
    ("replaced by 218 on 27 Jan 2022", V4800, lambda: rule_set(V4800)["valid_to"], date(2022, 1, 27)),
    ("band 1 = 0-<20, 2 = 20-<50, 3 = 50-<150, 4 = >=150", V4800, lambda: edges(V4800, "transmission"), [0, 20, 50, 150]),
    (">=70 % or <70 %", V4800, lambda: edges(V4800, "vaccinated"), [0, 70]),
    ("cases_14d / 2 / pop x 1e5", V4800, lambda: [rule_set(V4800)["indicators"]["rate"][k] for k in ("window_days", "divide", "scale")], [14, 2, 100_000]),
    (">=80 % of 65+ fully vaccinated", V4800, lambda: modifier(V4800, "elderly_65")["when"], "full_65 < 80 and cases >= 1"),
    (">=80 % of 50+ fully vaccinated", V4800, lambda: modifier(V4800, "elderly_50")["when"], "full_50 < 80 and cases >= 1"),
    ("level +1, unless already 4", V4800, lambda: [modifier(V4800, "elderly_50")[k] for k in ("kind", "by", "cap")], ["raise", 1, "red"]),
    ("Not met => the level may not be lowered", V4800, lambda: modifier(V4800, "capacity")["kind"], "hold"),
    ("| >=70 % | **1** (D) | **2** (D, weak) | **2** (D) | **3** (D, strong", V4800, lambda: rule_set(V4800)["decisions"][0]["lookup"]["levels"][1], ["green", "yellow", "yellow", "orange"]),
    ("| <70 % | **1** (D, weak) | **2** (M) | **3** (M) | **4** (S", V4800, lambda: rule_set(V4800)["decisions"][0]["lookup"]["levels"][0], ["green", "yellow", "orange", "red"]),
    # Decision 218: only what is confirmed
    ("top band: over 600", V218, lambda: clause(V218, "orange")[0]["when"], "response < 2 and (transmission >= 4 or rate > 600)"),
    ("cell (transmission 4, response high) | level 3", V218, lambda: rule_set(V218)["partial"], True),
    ("cells (1-3, high) | level 1 or 2", V218, lambda: len(clause(V218, "green..yellow")), 1),
    # Decision 2686
    ("B3. Decision 2686/QD-BCDQG (31 May 2021)", V2686, lambda: rule_set(V2686)["valid_from"], date(2021, 5, 31)),
    (">=1 F0 with unknown source; or crowded-place source; or adjacent to a red commune", V2686, lambda: [one["when"] for one in clause(V2686, "orange")], ["unknown_source >= 1", "adjacent_to(red)"]),
    ("F0 with source in an industrial park, school, large supermarket or hard-to-trace place", V2686, lambda: clause(V2686, "red")[1]["when"], "crowded_source >= 1"),
    (">=30 % of communes very high and scattered, or >=50 % high", V2686, lambda: [one["when"] for one in clause(V2686, "red", "district")], ["share(red) >= 30", "share(orange) >= 50"]),
    (">=30 % of communes high and scattered, or >=50 % at risk, or 1 very high commune", V2686, lambda: clause(V2686, "orange", "district")[0]["when"], "share(orange) >= 30 or share(yellow) >= 50 or count(red) >= 1"),
    (">30 % of districts very high and scattered, or >=50 % high", V2686, lambda: [one["when"] for one in clause(V2686, "red", "province")], ["share(red) > 30", "share(orange) >= 50"]),
    ("known-source F0 above 1 per 100,000 people", V2686, lambda: clause(V2686, "yellow", "district")[0]["when"], "known_source_rate > 1"),
    ("#0FA57F, #F1BA15, #F28E12, #DA4711", V2686, lambda: [one["colour"] for one in rule_set(V2686)["levels"]], ["#0FA57F", "#F1BA15", "#F28E12", "#DA4711"]),
    # HCMC 2716
    ("**green** no new F0 for >14 days", HCM, lambda: clause(HCM, "green")[0]["when"], "quiet_days > 14"),
    ("**yellow** 1 household in 7 days", HCM, lambda: rule_set(HCM)["indicators"]["households"]["window_days"], 7),
    ("**orange** 2 households, or 1 with contact", HCM, lambda: [one["when"] for one in clause(HCM, "orange")], ["households >= 2", "households >= 1 and household_contact >= 1"]),
    ("**red** >=3 households", HCM, lambda: clause(HCM, "red")[0]["when"], "households >= 3"),
    # Dengue
    ("**200 m** radius", DENGUE, lambda: zoning(DENGUE, "containment_m"), 200),
    ("no new case for **14 days** from onset of the last case", DENGUE, lambda: [zoning(DENGUE, k) for k in ("lift_days", "clock")], [14, "onset_date"]),
    ("clinical cases within 7 days or 1 laboratory case", DENGUE, lambda: rule_set(DENGUE)["indicators"]["clinical"]["window_days"], 7),
    ("district when >=2 communes; province when >=2 districts", DENGUE, lambda: [clause(DENGUE, "epidemic", tier)[0]["when"] for tier in ("district", "province")], ["count(epidemic) >= 2"] * 2),
    # African swine fever
    ("infected zone 1 km, threatened zone 3 km, buffer 10 km", ASF, lambda: [zoning(ASF, "containment_m"), zoning(ASF, "buffer_widths_m")], [1_000, [2_000, 7_000]]),
    # India
    ("rural 3 km radius + 7 km buffer", INDIA, lambda: [zoning(INDIA, "containment_m"), zoning(INDIA, "buffer_widths_m")], [3_000, [7_000]]),
    ("districts making >80 % of cases (country or state) or doubling <4 days", INDIA, lambda: clause(INDIA, "red")[0]["when"], "hotspot >= 1 or doubling < 4"),
    ("checked Mondays over 7 days", INDIA, lambda: rule_set(INDIA)["indicators"]["doubling"]["window_days"], 7),
    ("Red -> orange after 14 days without a case, -> green after 28 days", INDIA, lambda: [clause(INDIA, one)[0]["when"] for one in ("orange", "green")], ["quiet_days >= 14", "quiet_days >= 28"]),
    # CDC
    ("| <200 | admissions/100k 7d | <10 | 10-<20 | >=20 |", CDC, lambda: edges(CDC, "admission_columns"), [0, 10, 20]),
    ("| <200 | % staffed beds | <10 | 10-<15 | >=15 |", CDC, lambda: edges(CDC, "bed_columns"), [0, 10, 15]),
    ("| >=200 | admissions | - | <10 | >=10 |", CDC, lambda: edges(CDC, "case_rows"), [0, 200]),
    # ECDC
    ("red (r>=50 and p>=4 %) or r>150", ECDC, lambda: clause(ECDC, "red")[0]["when"], "rate >= 50 and positivity >= 4 or rate > 150"),
    ("orange (r<50 and p>=4 %) or (25<=r<=150 and p<4 %)", ECDC, lambda: clause(ECDC, "orange")[0]["when"], "rate < 50 and positivity >= 4 or 25 <= rate <= 150 and positivity < 4"),
    ("dark red r>=500 (from Jan 2021)", ECDC, lambda: [clause(ECDC, "dark_red")[0]["when"], modifier(ECDC, "no_dark_red_yet")["valid_to"]], ["rate >= 500", date(2021, 1, 1)]),
    ("testing <=300/100k", ECDC, lambda: rule_set(ECDC)["indicators"]["tests"]["minimum"], 300),
    # Singapore
    (">=2 cases with onset within 14 days and within 150 m", SG, lambda: [zoning(SG, k) for k in ("min_cluster_cases", "activity_days", "link_m")], [2, 14, 150]),
    ("red >=10 cases, yellow <10", SG, lambda: [clause(SG, one)[0]["when"] for one in ("red", "yellow")], ["cluster >= 10", "cluster >= 2"]),
    ("watched 21 days", SG, lambda: zoning(SG, "step_down_days"), 21),
]  # fmt: skip

GRADES = [
    (V4800, lambda: rule_set(V4800)["bands"]["transmission"]["evidence"], "S"),
    (V4800, lambda: rule_set(V4800)["bands"]["vaccinated"]["evidence"], "S"),
    (V4800, lambda: modifier(V4800, "capacity")["evidence"], "S"),
    (V4800, lambda: rule_set(V4800)["zoning"]["evidence"]["containment_m"], "M"),
    (V218, lambda: clause(V218, "orange")[0]["evidence"], "S"),
    (V2686, lambda: clause(V2686, "orange")[0]["evidence"], "S"),
    (V2686, lambda: clause(V2686, "orange", "province")[0]["evidence"], "M"),
    (V2686, lambda: rule_set(V2686)["zoning"]["evidence"]["containment_m"], "M"),
    (HCM, lambda: clause(HCM, "red")[0]["evidence"], "S"),
    (DENGUE, lambda: rule_set(DENGUE)["zoning"]["evidence"]["containment_m"], "S"),
    (DENGUE, lambda: clause(DENGUE, "epidemic", "district")[0]["evidence"], "P"),
    (ASF, lambda: rule_set(ASF)["zoning"]["evidence"]["buffer_widths_m"], "S"),
    (EU, lambda: rule_set(EU)["zoning"]["evidence"]["containment_m"], "P"),
    (EU, lambda: ["annex_11"], "M"),
    (INDIA, lambda: rule_set(INDIA)["zoning"]["evidence"]["buffer_widths_m"], "S"),
    (CDC, lambda: rule_set(CDC)["bands"]["case_rows"]["evidence"], "S"),
    (ECDC, lambda: ["map"], "S"),
    (SG, lambda: rule_set(SG)["zoning"]["evidence"]["link_m"], "S"),
]


@pytest.mark.parametrize(
    ("quoted", "name", "read", "expected"), VALUES, ids=lambda one: one if isinstance(one, str) else ""
)
def test_values_are_those_of_the_dossier(quoted: str, name: str, read: Any, expected: Any) -> None:
    assert read() == expected
    if DOSSIER.is_file():
        assert quoted in DOSSIER.read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "keys", "grade"), GRADES)
def test_grades_are_those_of_the_dossier(name: str, keys: Any, grade: str) -> None:
    assert max(grades(name, keys()), key=ALL.index) == grade


def test_a_shipped_rule_set_that_rests_on_memory_says_unverified() -> None:
    from geozone.rules import list_rulesets

    for one in list_rulesets():
        remembered = any(item["grade"] == "M" for item in rule_set(one.id)["evidence"].values())
        assert one.verified == (not remembered), one.id
