"""The structure of a rule-set file, checked against its JSON Schema.

Only the keywords that ``schema.json`` uses are known here; the tests compare every answer with an
independent validator. Faults carry the path of the value, so that the line can be found.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from geozone.rules.toml_lines import KeyPath

__all__ = ["StructureFault", "json_schema", "plain", "structure_faults"]

_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}


class StructureFault(NamedTuple):
    """One value of the wrong form."""

    path: KeyPath
    found: str
    expected: str


@cache
def json_schema() -> dict[str, Any]:
    """Read the JSON Schema of rule-set files.

    Returns
    -------
    dict
        The schema, draft 2020-12.
    """
    text = files("geozone.rules").joinpath("schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def plain(value: Any) -> Any:
    """Turn what ``tomllib`` gives into what JSON can hold: dates become text.

    Parameters
    ----------
    value : Any
        A document or a part of it.

    Returns
    -------
    Any
        The same with ISO dates as text.
    """
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value


def structure_faults(document: dict[str, Any]) -> list[StructureFault]:
    """Find every value that the JSON Schema refuses.

    Parameters
    ----------
    document : dict
        As ``plain`` gives it.

    Returns
    -------
    list of StructureFault
        In order of the document; empty where it fits.
    """
    return list(_faults(document, json_schema(), ()))


def _faults(value: Any, schema: Mapping[str, Any], path: KeyPath) -> Iterator[StructureFault]:
    if "$ref" in schema:
        schema = json_schema()["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    if "const" in schema and value != schema["const"]:
        yield StructureFault(path, repr(value), repr(schema["const"]))
    if "enum" in schema and value not in schema["enum"]:
        yield StructureFault(path, repr(value), "one of " + ", ".join(map(str, schema["enum"])))
    kind = schema.get("type")
    if kind is not None and not _is(value, kind):
        yield StructureFault(path, repr(value), f"{'an' if kind[0] in 'aio' else 'a'} {kind}")
    elif isinstance(value, dict):
        yield from _object_faults(value, schema, path)
    elif isinstance(value, list):
        yield from _array_faults(value, schema, path)
    elif isinstance(value, str):
        yield from _string_faults(value, schema, path)
    else:
        yield from _number_faults(value, schema, path)


def _is(value: Any, kind: str) -> bool:
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _object_faults(
    value: dict[str, Any], schema: Mapping[str, Any], path: KeyPath
) -> Iterator[StructureFault]:
    properties: Mapping[str, Any] = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield StructureFault(path, "nothing", f"a value named {name}")
    others = schema.get("additionalProperties", True)
    for name, item in value.items():
        if name in properties:
            yield from _faults(item, properties[name], (*path, name))
        elif others is False:
            known = ", ".join(sorted(properties))
            yield StructureFault((*path, name), f"unknown name {name!r}", f"one of {known}")
        elif isinstance(others, Mapping):
            yield from _faults(item, others, (*path, name))


def _array_faults(value: list[Any], schema: Mapping[str, Any], path: KeyPath) -> Iterator[StructureFault]:
    if len(value) < schema.get("minItems", 0):
        yield StructureFault(path, f"{len(value)} entries", f"at least {schema['minItems']}")
    for position, item in enumerate(value):
        yield from _faults(item, schema.get("items", {}), (*path, position))


def _string_faults(value: str, schema: Mapping[str, Any], path: KeyPath) -> Iterator[StructureFault]:
    if len(value) < schema.get("minLength", 0):
        yield StructureFault(path, "an empty text", "a text")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield StructureFault(path, repr(value), f"text like {schema['pattern']}")


def _number_faults(value: Any, schema: Mapping[str, Any], path: KeyPath) -> Iterator[StructureFault]:
    if isinstance(value, bool):
        return
    if "minimum" in schema and not value >= schema["minimum"]:
        yield StructureFault(path, repr(value), f"{schema['minimum']} or more")
    if "maximum" in schema and not value <= schema["maximum"]:
        yield StructureFault(path, repr(value), f"{schema['maximum']} or less")
    if "exclusiveMinimum" in schema and not value > schema["exclusiveMinimum"]:
        yield StructureFault(path, repr(value), f"more than {schema['exclusiveMinimum']}")
