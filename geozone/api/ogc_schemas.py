"""JSON Schemas of a collection (OGC API Features, Parts 3 and 5): schema, queryables, sortables."""

from __future__ import annotations

from typing import Any

import pandas as pd

from geozone.api.columns import column_title
from geozone.api.table import LayerTable

__all__ = ["SCHEMA_TYPE", "describe_properties", "queryables", "schema", "sortables"]

SCHEMA_TYPE = "application/schema+json"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_MAX_CHOICES = 12  # distinct texts of a column that are listed as its values
_CHOSEN = frozenset(
    {
        "boundary_quality", "population_flag", "level_status", "in_zone", "certainty", "coverage_flag",
        "kind", "residents_method",
    }
)  # fmt: skip


def schema(table: LayerTable, address: str) -> dict[str, Any]:
    """Describe the features of a collection.

    Parameters
    ----------
    table : LayerTable
        The layer.
    address : str
        Where the schema is.

    Returns
    -------
    dict
        JSON Schema: every property and the geometry.
    """
    properties = describe_properties(table, table.properties)
    if table.spec.id_column in properties:
        properties[table.spec.id_column]["x-ogc-role"] = "id"
    for name, role in zip(
        table.spec.interval or (), ("primary-interval-start", "primary-interval-end"), strict=False
    ):
        if name in properties:
            properties[name]["x-ogc-role"] = role
    properties["geometry"] = _geometry(table) | {"x-ogc-role": "primary-geometry"}
    for place, described in enumerate(properties.values(), start=1):
        described["x-ogc-propertySeq"] = place
    return _document(table, address, properties)


def queryables(table: LayerTable, address: str) -> dict[str, Any]:
    """Describe what filters may speak of.

    Parameters
    ----------
    table : LayerTable
        The layer.
    address : str
        Where the schema is.

    Returns
    -------
    dict
        JSON Schema; no property beyond it is accepted.
    """
    properties = describe_properties(table, list(table.kinds)) | {"geometry": _geometry(table)}
    return _document(table, address, properties) | {"additionalProperties": False}


def sortables(table: LayerTable, address: str) -> dict[str, Any]:
    """Describe what features may be sorted by.

    Parameters
    ----------
    table : LayerTable
        The layer.
    address : str
        Where the schema is.

    Returns
    -------
    dict
        JSON Schema.
    """
    return _document(table, address, describe_properties(table, list(table.kinds))) | {
        "additionalProperties": False
    }


def describe_properties(table: LayerTable, names: list[str]) -> dict[str, dict[str, Any]]:
    """Describe properties: type, format, titles, unit, and the values of those that have few.

    Parameters
    ----------
    table : LayerTable
        The layer.
    names : list of str
        Properties.

    Returns
    -------
    dict of dict
        A JSON Schema each.
    """
    return {name: _property(table, name) for name in names}


def _property(table: LayerTable, name: str) -> dict[str, Any]:
    title = column_title(name)
    described: dict[str, Any] = {"title": title.en, "description": title.vi}
    column = table.attributes[name]
    if name in table.spec.json_columns:
        return described | {"type": ["array", "object"]}
    kind = table.kinds.get(name, "text")
    if kind == "number":
        described["type"] = "integer" if pd.api.types.is_integer_dtype(column.dtype) else "number"
    else:
        described["type"] = "boolean" if kind == "boolean" else "string"
    if kind == "date":
        described["format"] = "date"
    if title.unit is not None:
        described["x-ogc-unit"] = title.unit
    if name in _CHOSEN:
        choices = sorted({str(value) for value in column.dropna().unique().tolist()})
        if 0 < len(choices) <= _MAX_CHOICES:
            described["enum"] = choices
    return described


def _geometry(table: LayerTable) -> dict[str, Any]:
    title = column_title("geometry")
    kind = "geometry-point" if table.spec.geometry == "point" else "geometry-polygon-or-multipolygon"
    return {"title": title.en, "description": title.vi, "format": kind}


def _document(table: LayerTable, address: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "$schema": _DIALECT,
        "$id": address,
        "type": "object",
        "title": table.spec.title_en,
        "description": table.spec.title_vi,
        "properties": properties,
    }
