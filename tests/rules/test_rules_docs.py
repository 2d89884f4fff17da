"""The page on rule sets is kept in step with the code."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from geozone.rules import list_rulesets, load_ruleset
from geozone.rules.structure import json_schema

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rules.md"


def rows() -> dict[str, list[str]]:
    lines = re.findall(r"^\| `([a-z0-9-]+)` \|(.*)\|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: [cell.strip() for cell in rest.split("|")] for name, rest in lines}


@pytest.mark.parametrize("item", list_rulesets(), ids=lambda item: item.id)
def test_the_table_tells_what_each_rule_set_says_of_itself(item) -> None:
    _, period, verified, partial, automatic = rows()[item.id]
    told = {"yes": True, "no": False}
    assert (told[verified], told[partial], told[automatic]) == (item.verified, item.partial, item.automatic)
    for day in (item.valid_from, item.valid_to):
        assert day is None or day.isoformat() in period
    assert load_ruleset(item.id).in_force(item.valid_from) if item.valid_from else period == "no dates"


def test_every_quantity_of_the_schema_is_explained_and_the_example_is_toml() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for name in json_schema()["$defs"]["indicator"]["properties"]["what"]["enum"]:
        assert f"`{name}`" in text
    example = re.search(r"```toml\n(.*?)```", text, re.DOTALL)
    assert example is not None
    known = json_schema()["properties"]
    assert set(tomllib.loads(example.group(1))) <= set(known)


def test_the_small_unit_figure_of_the_page() -> None:
    """One case leaves the first band at 2,564 people with rounding: 50,000 / n >= 19.5."""
    assert 50_000 / 2_564 >= 19.5 > 50_000 / 2_565
