"""CQL2 text or JSON read into one tree, within limits on length, nesting and number of operations."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import orjson

from geozone.api.filters.faults import FilterError

__all__ = ["LANGUAGES", "MAX_CHARACTERS", "read_filter"]

LANGUAGES = ("cql2-text", "cql2-json")
"""Values of ``filter-lang``."""
MAX_CHARACTERS = 16_384
"""Length of a filter."""
_MAX_BRACKETS = 12  # of CQL2 text, one inside another
_MAX_LEVELS = 40  # of CQL2 JSON, arrays and objects one inside another
_MAX_PARTS = 5_000  # values, names and operations, numbers of coordinates included
# The parser tries a bracket in several ways: text at depth d that is at fault is read 2**d times,
# about 0.8 µs a character. This much takes a third of a second.
_MAX_READINGS = 400_000
_MAX_CHAIN = 100  # operators that hang on one another
_FLAT = 0.2  # what AND and OR count: the parser joins them in one
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"")
_OPENING, _CLOSING = frozenset("(["), frozenset(")]")
_TOKEN = re.compile(
    r"(?P<operator>\b(?:and|or|not|like|in|between|is|div)\b|[-+*/%^=<>])|[()\[\],]|[^-+*/%^=<>()\[\],\s]+|\s+",
    re.IGNORECASE,
)
_AT = re.compile(r"-->\s*(\d+):(\d+)")


def read_filter(text: str, language: str) -> Any:
    """Read a filter.

    Parameters
    ----------
    text : str
        The filter.
    language : str
        One of ``LANGUAGES``.

    Returns
    -------
    dict, bool or str
        Its tree in the shape of CQL2 JSON.

    Raises
    ------
    FilterError
        If it is no filter in that language, or goes beyond a limit.
    """
    if not text.strip():
        raise FilterError("is empty")
    if len(text) > MAX_CHARACTERS:
        raise FilterError(f"is longer than {MAX_CHARACTERS} characters")
    tree = _read_json(text) if language == "cql2-json" else _read_text(text)
    _count_parts(tree)
    return tree


def _read_text(text: str) -> Any:
    _check_shape(text)
    from cql2 import parse_text  # noqa: PLC0415 - loaded with the first filter

    try:
        return parse_text(text).to_json()
    except Exception as error:  # noqa: BLE001 - what the parser refuses in a late step is a plain exception
        at = _AT.search(str(error))
        where = f" at character {at[2]}" if at is not None and at[1] == "1" else ""
        raise FilterError(f"is not CQL2 text{where}") from None


@dataclass(slots=True)
class _Frame:
    """What has been read between two brackets: operators in a chain, and conditions joined."""

    chain: int = 0
    joined: int = 0

    @property
    def depth(self) -> float:
        return self.chain + self.joined * _FLAT

    def add(self, operator: str) -> None:
        if operator.lower() in ("and", "or"):
            self.joined, self.chain = self.joined + 1, 0
        else:
            self.chain += 1


def _check_shape(text: str) -> None:
    """Refuse what would nest too deep, before the parser sees it.

    The parser goes one call deeper with each bracket and each operator of a chain, and the machine's
    stack is its only limit: past it the whole process ends.
    """
    frames, readings = [_Frame()], 0
    for found in _TOKEN.finditer(_QUOTED.sub("''", text)):
        sign = found[0]
        if sign in _OPENING:
            frames.append(_Frame())
        elif sign in _CLOSING:
            frames.pop()
        elif sign == ",":
            frames[-1] = _Frame()  # the next one stands beside it, not inside
        elif found.lastgroup == "operator":
            frames[-1].add(sign)
        if not frames:
            raise FilterError("closes a bracket that is not open")
        if len(frames) > _MAX_BRACKETS + 1:
            raise FilterError(f"has more than {_MAX_BRACKETS} brackets one inside another")
        if sum(frame.depth for frame in frames) > _MAX_CHAIN:
            raise FilterError(f"has more than {_MAX_CHAIN} operators one after another")
        readings += len(sign) << (len(frames) - 1)
    if len(frames) > 1:
        raise FilterError("leaves a bracket open")
    if readings > _MAX_READINGS:
        raise FilterError("has too much inside nested brackets")


def _read_json(text: str) -> Any:
    try:
        tree = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise FilterError("is not JSON") from None
    _check_levels(tree)
    from cql2 import parse_json  # noqa: PLC0415 - loaded with the first filter

    try:
        return parse_json(text).to_json()
    except Exception:  # noqa: BLE001 - what the parser refuses in a late step is a plain exception
        raise FilterError("is not CQL2 JSON") from None


def _check_levels(tree: Any) -> None:
    level, nodes = 0, [tree]
    while nodes:
        level += 1
        if level > _MAX_LEVELS:
            raise FilterError(f"goes more than {_MAX_LEVELS} levels deep")
        nodes = [inner for node in nodes for inner in _inside(node)]


def _count_parts(tree: Any) -> None:
    nodes, seen = [tree], 0
    while nodes:
        seen += len(nodes)
        if seen > _MAX_PARTS:
            raise FilterError(f"has more than {_MAX_PARTS} parts")
        nodes = [inner for node in nodes for inner in _inside(node)]


def _inside(node: Any) -> list[Any]:
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else []
