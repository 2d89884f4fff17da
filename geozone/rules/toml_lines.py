"""Where each value of a TOML file stands: ``tomllib`` gives values without positions.

The scanner takes a document that ``tomllib`` accepts and only looks for lines: it follows tables,
arrays of tables, dotted keys, inline tables and arrays over several lines. Its oracle in the tests
is ``tomllib`` itself: both must find the same paths.
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["KeyPath", "line_of", "value_lines"]

KeyPath = tuple[str | int, ...]

_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BLANK = re.compile(r"[ \t]*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BASIC = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_LITERAL = re.compile(r"'[^'\n]*'")
_LONG_BASIC = re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}', re.DOTALL)
_LONG_LITERAL = re.compile(r"'''.*?'{3,5}", re.DOTALL)
_SCALAR = re.compile(r"[^,\]}\n#]+")
_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\", "e": "\x1b"}


def value_lines(text: str) -> dict[KeyPath, int]:
    """Find the line of every key, table and array element of a TOML document.

    Parameters
    ----------
    text : str
        A document that ``tomllib.loads`` accepts.

    Returns
    -------
    dict of tuple to int
        From the path (keys, and positions in arrays) to the line, counted from 1.
    """
    return _Scanner(text).scan()


def line_of(lines: dict[KeyPath, int], path: KeyPath) -> int:
    """Find the line of a path, or of the nearest part of it that the file has.

    Parameters
    ----------
    lines : dict of tuple to int
        As ``value_lines`` gives them.
    path : tuple
        The path, which may be missing from the file.

    Returns
    -------
    int
        A line, counted from 1.
    """
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return 1


class _Key(NamedTuple):
    parts: tuple[str, ...]
    end: int


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text.replace("\r\n", "\n")
        self.lines: dict[KeyPath, int] = {}
        self.counts: dict[KeyPath, int] = {}
        self._counted, self._line = 0, 1

    def scan(self) -> dict[KeyPath, int]:
        base: KeyPath = ()
        at = self._skip(0)
        while at < len(self.text):
            if self.text[at] == "[":
                base, at = self._header(at)
            else:
                at = self._pair(at, base)
            at = self._skip(at)
        return self.lines

    def _header(self, at: int) -> tuple[KeyPath, int]:
        repeated = self.text.startswith("[[", at)
        key = self._key(at + 1 + repeated)
        base = self._resolve(key.parts[:-1], at)
        path: KeyPath = (*base, key.parts[-1])
        self._note(path, at)
        if repeated:
            position = self.counts.get(path, 0)
            self.counts[path] = position + 1
            path = (*path, position)
            self._note(path, at)
        return path, self.text.index("]", key.end) + 1 + repeated

    def _resolve(self, parts: tuple[str, ...], at: int) -> KeyPath:
        path: KeyPath = ()
        for part in parts:
            path = (*path, part)
            self._note(path, at)
            if path in self.counts:
                path = (*path, self.counts[path] - 1)
        return path

    def _pair(self, at: int, base: KeyPath) -> int:
        key = self._key(at)
        path = base
        for part in key.parts:
            path = (*path, part)
            self._note(path, at)
        start = _BLANK.match(self.text, self.text.index("=", key.end) + 1)
        return self._value(start.end() if start else key.end, path)

    def _value(self, at: int, path: KeyPath) -> int:
        for opening, pattern in (
            ('"""', _LONG_BASIC),
            ("'''", _LONG_LITERAL),
            ('"', _BASIC),
            ("'", _LITERAL),
        ):
            if self.text.startswith(opening, at):
                return _end(pattern.match(self.text, at), at)
        if self.text[at] == "[":
            return self._array(at, path)
        if self.text[at] == "{":
            return self._inline(at, path)
        return _end(_SCALAR.match(self.text, at), at)

    def _array(self, at: int, path: KeyPath) -> int:
        at, position = self._skip(at + 1), 0
        while self.text[at] != "]":
            self._note((*path, position), at)
            at = self._skip(self._value(at, (*path, position)))
            position += 1
            if self.text[at] == ",":
                at = self._skip(at + 1)
        return at + 1

    def _inline(self, at: int, path: KeyPath) -> int:
        at = self._skip(at + 1)
        while self.text[at] != "}":
            at = self._skip(self._pair(at, path))
            if self.text[at] == ",":
                at = self._skip(at + 1)
        return at + 1

    def _key(self, at: int) -> _Key:
        parts: list[str] = []
        while True:
            at = _end(_BLANK.match(self.text, at), at)
            pattern = {'"': _BASIC, "'": _LITERAL}.get(self.text[at], _BARE)
            end = _end(pattern.match(self.text, at), at)
            parts.append(_unquote(self.text[at:end]))
            at = _end(_BLANK.match(self.text, end), end)
            if self.text[at] != ".":
                return _Key(tuple(parts), at)
            at += 1

    def _skip(self, at: int) -> int:
        return _end(_SPACE.match(self.text, at), at)

    def _note(self, path: KeyPath, at: int) -> None:
        if path in self.lines:
            return
        if at < self._counted:
            self._counted, self._line = 0, 1
        self._line += self.text.count("\n", self._counted, at)
        self._counted = at
        self.lines[path] = self._line


def _end(match: re.Match[str] | None, at: int) -> int:
    return match.end() if match else at


def _unquote(key: str) -> str:
    if key.startswith("'"):
        return key[1:-1]
    if not key.startswith('"'):
        return key

    def replaced(found: re.Match[str]) -> str:
        code = found.group(1) or found.group(2) or found.group(3)
        return chr(int(code, 16)) if code else _ESCAPES[found.group(4)]

    return re.sub(r"\\(?:u(.{4})|U(.{8})|x(.{2})|(.))", replaced, key[1:-1])
