"""Lines of values in TOML files: ``tomllib`` is the oracle for what there is to find."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geozone.rules.toml_lines import line_of, value_lines

SHIPPED = sorted(
    item.name for item in files("geozone.rules").joinpath("sets").iterdir() if item.name.endswith(".toml")
)


def paths_of(value: Any, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    found = {path} if path else set()
    if isinstance(value, dict):
        for key, item in value.items():
            found |= paths_of(item, (*path, key))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            found |= paths_of(item, (*path, position))
    return found


@pytest.mark.parametrize("name", SHIPPED)
def test_finds_the_same_paths_as_tomllib(name: str) -> None:
    text = files("geozone.rules").joinpath("sets", name).read_text(encoding="utf-8")
    assert set(value_lines(text)) == paths_of(tomllib.loads(text))


def test_lines_of_everything_toml_can_nest() -> None:
    rows = [
        "# comment with [brackets] and = signs",  # 1
        'title = "a # b = [1]" # after',  # 2
        "",  # 3
        "[table.'odd key'.\"x\\ty\"]",  # 4
        "one.two = 1_000",  # 5
        "many = [",  # 6
        "  1, # first",  # 7
        "  { a = 'q', b = [2, 3] },",  # 8
        "]",  # 9
        'long = """',  # 10
        'a "quoted" line',  # 11
        '"""',  # 12
        "raw = '''",  # 13
        "x = 1",  # 14
        "'''",  # 15
        "when = 2021-10-12T07:32:00Z",  # 16
        "[[rows]]",  # 17
        "id = 1",  # 18
        "[rows.sub]",  # 19
        "z = inf",  # 20
        "[[rows]]",  # 21
        "id = 2",  # 22
        "[[rows.deep]]",  # 23
        "q = []",  # 24
    ]
    text = "\n".join(rows)
    lines = value_lines(text)
    assert set(lines) == paths_of(tomllib.loads(text))
    base = ("table", "odd key", "x\ty")
    assert lines[("title",)] == 2
    assert lines[base] == 4
    assert lines[(*base, "one", "two")] == 5
    assert lines[(*base, "many", 0)] == 7
    assert lines[(*base, "many", 1, "b", 1)] == 8
    assert lines[(*base, "raw")] == 13
    assert lines[(*base, "when")] == 16
    assert lines[("rows", 0, "sub", "z")] == 20
    assert lines[("rows", 1, "id")] == 22
    assert lines[("rows", 1, "deep", 0, "q")] == 24


def test_a_missing_path_is_told_at_its_nearest_parent() -> None:
    lines = value_lines("a = 1\n[b]\nc = 2\n")
    assert line_of(lines, ("b", "nothing")) == 2
    assert line_of(lines, ("nothing",)) == 1


KEYS = st.text("abc-_12", min_size=1, max_size=4)
SCALARS = st.one_of(
    st.integers(-5, 5).map(str),
    st.sampled_from(["true", "1.5", '"x"', "'y # z'", '"]"', '"\\""', "2021-01-02", "'''\n[no]\n'''"]),
)


@given(
    st.dictionaries(KEYS, st.lists(SCALARS, max_size=4), min_size=1, max_size=4),
    st.sampled_from(["\n", "\r\n"]),
)
def test_generated_arrays_keep_their_lines(tables: dict[str, list[str]], newline: str) -> None:
    rows: list[str] = []
    expected: dict[tuple[str | int, ...], int] = {}

    def put(text: str) -> int:
        rows.extend(text.split("\n"))
        return len(rows) - text.count("\n")

    for key, values in tables.items():
        expected[(key,)] = put(f"[{key}] # header")
        expected[(key, "list")] = put("list = [")
        for position, value in enumerate(values):
            expected[(key, "list", position)] = put(f"  {value}, # note")
        put("]")
    text = newline.join(rows)
    tomllib.loads(text)
    assert value_lines(text) == expected
