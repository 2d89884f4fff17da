"""The table of conformance names tests that exist and every class that the service declares."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PAGE = (HERE.parents[1] / "docs" / "conformance.md").read_text(encoding="utf-8")


def test_every_test_named_exists() -> None:
    tests = {
        name
        for file in HERE.glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE)
    }
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert len(named) > 30
    assert named <= tests
    for file in re.findall(r"`(test_\w+\.py)`", PAGE):
        assert (HERE / file).exists(), file


def test_every_class_declared_is_on_the_page(client: Any) -> None:
    for declared in client.get("/ogc/conformance").json()["conformsTo"]:
        part, name = re.fullmatch(
            r"http://www\.opengis\.net/spec/([\w-]+)/[12]\.0/conf/([\w-]+)", declared
        ).groups()
        if not part.startswith("ogcapi-common"):  # its requirements are those of Features, Part 1
            assert re.search(rf"\b{name}\b", PAGE), declared
