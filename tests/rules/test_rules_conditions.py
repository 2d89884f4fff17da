"""The small language of conditions."""

from __future__ import annotations

import pytest

from geozone.rules.conditions import All, Any, Compare, LevelTerm, Not, parse_condition, terms


def test_reads_every_form() -> None:
    assert parse_condition("rate >= 50") == Compare("rate", ">=", 50)
    assert parse_condition("50 <= rate") == Compare("rate", ">=", 50)
    assert parse_condition("25 <= r <= 150") == All((Compare("r", ">=", 25), Compare("r", "<=", 150)))
    assert parse_condition("not a < -1.5") == Not(Compare("a", "<", -1.5))
    assert parse_condition("adjacent_to(red)") == Compare(LevelTerm("adjacent_to", "red"), ">=", 1)
    assert parse_condition("share(red) >= 30") == Compare(LevelTerm("share", "red"), ">=", 30)
    mixed = parse_condition("a > 1 and b > 2 or c == 0")
    assert mixed == Any((All((Compare("a", ">", 1), Compare("b", ">", 2))), Compare("c", "==", 0)))
    assert list(terms(mixed)) == ["a", "b", "c"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rate",
        "rate > ",
        "rate > other",
        "rate is 5",
        "rate in (1, 2)",
        "rate + 1 > 2",
        "__import__('os').system('x')",
        "share(red)",
        "share('red') > 1",
        "share(red, blue) > 1",
        "near(red) > 1",
        "a.b > 1",
        "rate > True",
        "rate > " + "9" * 400,  # found by the fuzzer
        "(lambda: 1)() > 0",
        "1 < 2",
    ],
)
def test_refuses_everything_else(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_condition(text)
