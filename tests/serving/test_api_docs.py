"""The examples of docs/api.md run, and its tables tell the truth."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_example_runs(client: Any, command: str) -> None:
    words = shlex.split(command)
    assert words[:2] == ["curl", "-s"]
    address = words[-1].removeprefix("http://127.0.0.1:8000")
    headers = dict(words[at + 1].split(": ", 1) for at, word in enumerate(words) if word == "-H")
    answer = client.get(address, headers)
    assert answer.status_code in (200, 204), answer.text
    if answer.headers.get("content-type", "").endswith("json"):
        assert answer.json()


def test_examples_find_something(client: Any) -> None:
    for command in COMMANDS:
        if "search" in command:
            address = shlex.split(command)[-1].removeprefix("http://127.0.0.1:8000")
            assert client.get(address).json()["results"]


def test_every_route_is_on_the_page(app: Any) -> None:
    for path in app.openapi()["paths"]:
        stem = path.split("/{")[0]
        assert stem in PAGE, path


def test_every_layer_is_on_the_page(client: Any) -> None:
    for collection in client.get("/ogc/collections").json()["collections"]:
        assert f"`{collection['id']}`" in PAGE
