"""GeoJSON (RFC 7946): named properties only, right-hand rule, 6 decimals, streamed.

Nothing of a table is served unless its column is named. Features are written from coordinate
arrays, a few hundred at a time, so memory stays bounded whatever the length of the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import orjson
import pandas as pd
import shapely
from numpy.typing import NDArray

__all__ = ["feature_collection", "features", "plain_values", "stream_collection", "write_features"]

_CHUNK = 256
_OPTIONS = orjson.OPT_SERIALIZE_NUMPY
_POINT, _LINE, _POLYGON, _MULTIPOINT, _MULTILINE, _MULTIPOLYGON = 0, 1, 3, 4, 5, 6


def feature_collection(
    table: gpd.GeoDataFrame,
    *,
    properties: Sequence[str],
    id_column: str | None,
    precision: int = 6,
    json_columns: Sequence[str] = (),
) -> bytes:
    """Write a table as one GeoJSON document.

    Parameters
    ----------
    table : GeoDataFrame
        Features, EPSG:4326. Points, lines, polygons and their multiples; a missing geometry
        is written as null.
    properties : sequence of str
        The columns to write; no other column leaves the table.
    id_column : str or None
        Column of the feature identifiers, unique; none are written if ``None``.
    precision : int
        Decimals of a degree; 6 is 0.11 m.
    json_columns : sequence of str
        Those of ``properties`` that hold JSON text, to be written as the value it encodes.

    Returns
    -------
    bytes
        A FeatureCollection, UTF-8. Dates are ISO 8601, missing and infinite numbers null.

    Raises
    ------
    KeyError
        If a named column is not in the table.
    ValueError
        If the table is not in EPSG:4326 or holds a geometry collection.
    """
    return b"".join(
        stream_collection(
            table,
            properties=properties,
            id_column=id_column,
            precision=precision,
            json_columns=json_columns,
        )
    )


def stream_collection(
    table: gpd.GeoDataFrame,
    *,
    properties: Sequence[str],
    id_column: str | None,
    precision: int = 6,
    json_columns: Sequence[str] = (),
    members: dict[str, Any] | None = None,
) -> Iterator[bytes]:
    """Write a table as the pieces of one GeoJSON document.

    Parameters
    ----------
    table, properties, id_column, precision, json_columns
        As for ``feature_collection``.
    members : dict, optional
        Further members of the document (``links``, ``numberMatched``), written after the features.

    Yields
    ------
    bytes
        Pieces that together are the document.
    """
    yield b'{"type":"FeatureCollection","features":['
    first = True
    for start in range(0, len(table), _CHUNK):
        part = table.iloc[start : start + _CHUNK]
        pieces = _features(part, properties, id_column, precision, json_columns)
        yield (b"" if first else b",") + b",".join(pieces)
        first = False
    tail = orjson.dumps(members)[1:] if members else b"}"
    yield b"]," + tail if members else b"]" + tail


def features(
    table: gpd.GeoDataFrame,
    *,
    properties: Sequence[str],
    id_column: str | None,
    precision: int = 6,
    json_columns: Sequence[str] = (),
) -> Iterator[bytes]:
    """Write every row as a GeoJSON feature of its own.

    Parameters
    ----------
    table, properties, id_column, precision, json_columns
        As for ``feature_collection``.

    Yields
    ------
    bytes
        One Feature, on one line, in the order of the table.
    """
    for start in range(0, len(table), _CHUNK):
        part = table.iloc[start : start + _CHUNK]
        yield from _features(part, properties, id_column, precision, json_columns)


def write_features(
    identifiers: Sequence[Any] | None,
    geometries: NDArray[Any],
    columns: Mapping[str, Sequence[Any]],
    *,
    precision: int = 6,
) -> list[bytes]:
    """Write features from what JSON already has, without a table.

    Parameters
    ----------
    identifiers : sequence, optional
        Identifier of each feature; none are written if ``None``.
    geometries : ndarray of Geometry
        Geometry of each; a missing one is written as null.
    columns : mapping of str to sequence
        Properties: JSON values as ``plain_values`` gives them, one for each feature.
    precision : int
        Decimals of a coordinate.

    Returns
    -------
    list of bytes
        One GeoJSON feature each.

    Raises
    ------
    ValueError
        If there is a geometry collection.
    """
    names = list(columns)
    rows = zip(*columns.values(), strict=True) if columns else iter([()] * len(geometries))
    outlines = _geometries(geometries, precision)
    written = []
    for place, (geometry, row) in enumerate(zip(outlines, rows, strict=True)):
        feature: dict[str, Any] = {"type": "Feature"}
        if identifiers is not None:
            feature["id"] = _scalar(identifiers[place])
        feature["geometry"] = geometry
        feature["properties"] = dict(zip(names, row, strict=True))
        written.append(orjson.dumps(feature, option=_OPTIONS))
    return written


def plain_values(values: pd.Series, *, is_json: bool = False) -> list[Any]:
    """Turn a column into values that JSON has.

    Parameters
    ----------
    values : Series
        Text, numbers, booleans or dates.
    is_json : bool
        Whether the column holds JSON text, to be passed on as the value it encodes.

    Returns
    -------
    list
        Text, whole or finite numbers, booleans, ISO 8601 dates (with the time where a value is not
        midnight), and ``None``.
    """
    missing = values.isna().to_numpy().copy()
    if is_json:
        return [
            None if absent else orjson.Fragment(str(text))
            for text, absent in zip(values.tolist(), missing.tolist(), strict=True)
        ]
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return _iso(values)
    plain = values.astype(object).to_numpy().copy()
    if pd.api.types.is_float_dtype(values.dtype):
        missing |= ~np.isfinite(values.to_numpy(dtype="float64", na_value=np.nan))
    plain[missing] = None
    return [_scalar(value) for value in plain.tolist()]


def _iso(values: pd.Series) -> list[str | None]:
    known = values.dropna()
    midnight = bool((known == known.dt.normalize()).all()) and known.dt.tz is None
    written = known.dt.strftime("%Y-%m-%d") if midnight else known.map(lambda moment: moment.isoformat())
    return [None if pd.isna(text) else str(text) for text in written.reindex(values.index).tolist()]


def _scalar(value: Any) -> Any:
    if isinstance(value, float) and not np.isfinite(value):
        return None
    if isinstance(value, np.generic):
        return _scalar(value.item())
    return value


def _features(
    part: gpd.GeoDataFrame,
    properties: Sequence[str],
    id_column: str | None,
    precision: int,
    json_columns: Sequence[str],
) -> list[bytes]:
    if part.crs is not None and part.crs.to_epsg() not in (4326, None):
        raise ValueError(
            f"GeoJSON is longitude and latitude on WGS 84, the table is in {part.crs.to_string()}"
        )
    return write_features(
        part[id_column].tolist() if id_column is not None else None,
        np.asarray(part.geometry.array, dtype=object),
        {name: plain_values(part[name], is_json=name in json_columns) for name in properties},
        precision=precision,
    )


def _geometries(geometries: NDArray[Any], precision: int) -> list[dict[str, Any] | None]:
    flat = shapely.orient_polygons(shapely.force_2d(geometries))
    written: list[dict[str, Any] | None] = [None] * len(flat)
    kinds = shapely.get_type_id(flat)
    kinds[shapely.is_empty(flat)] = -1
    if (kinds == 2).any() or (kinds > _MULTIPOLYGON).any():
        raise ValueError("a feature holds a geometry collection or a ring, not a plain geometry")
    _write_polygons(flat, np.flatnonzero((kinds == _POLYGON) | (kinds == _MULTIPOLYGON)), precision, written)
    for position in np.flatnonzero((kinds >= 0) & (kinds != _POLYGON) & (kinds != _MULTIPOLYGON)):
        written[position] = _simple(flat[position], int(kinds[position]), precision)
    return written


def _write_polygons(
    geometries: NDArray[Any], rows: NDArray[np.int64], precision: int, written: list[dict[str, Any] | None]
) -> None:
    """Cut one array of rounded coordinates into the rings of every polygon."""
    parts, part_row = shapely.get_parts(geometries[rows], return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    coordinates = shapely.get_coordinates(rings)
    rounded = np.round(coordinates, precision)
    ends = np.cumsum(shapely.get_num_coordinates(rings))
    is_multi = shapely.get_type_id(geometries[rows]) == _MULTIPOLYGON
    nested: list[list[list[NDArray[np.float64]]]] = [[] for _ in rows]
    previous, start = -1, 0
    for part, end in zip(ring_part.tolist(), ends.tolist(), strict=True):
        polygons = nested[part_row[part]]
        is_shell = part != previous
        ring = _ring(rounded[start:end], coordinates[start:end], keep=is_shell)
        if is_shell:
            polygons.append([])
        if ring is not None:
            polygons[-1].append(ring)
        previous, start = part, end
    for row, multi, polygons in zip(rows.tolist(), is_multi.tolist(), nested, strict=True):
        written[row] = (
            {"type": "MultiPolygon", "coordinates": polygons}
            if multi
            else {"type": "Polygon", "coordinates": polygons[0]}
        )


def _ring(
    rounded: NDArray[np.float64], exact: NDArray[np.float64], *, keep: bool
) -> NDArray[np.float64] | None:
    """Drop repeated positions; a ring that rounding collapses is kept exact if a shell, else dropped."""
    moved = (rounded[1:] != rounded[:-1]).any(axis=1)
    if moved.all() and len(rounded) >= 4:
        return rounded
    distinct = np.concatenate([rounded[:1], rounded[1:][moved]])
    if len(distinct) >= 4:
        return distinct
    return np.ascontiguousarray(exact) if keep else None


def _simple(geometry: Any, kind: int, precision: int) -> dict[str, Any]:
    """Write a point, line or multiple of them."""
    lines = [
        np.round(shapely.get_coordinates(part), precision)
        for part in (shapely.get_parts(geometry) if kind > _POLYGON else [geometry])
    ]
    if kind == _POINT:
        return {"type": "Point", "coordinates": lines[0][0]}
    if kind == _MULTIPOINT:
        return {"type": "MultiPoint", "coordinates": np.concatenate(lines)}
    if kind == _LINE:
        return {"type": "LineString", "coordinates": lines[0]}
    return {"type": "MultiLineString", "coordinates": lines}
