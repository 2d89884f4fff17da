"""Tables as GeoJSON documents and features, a few hundred rows at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import orjson
import pandas as pd

from geozone.geojson.outlines import write_geometries

__all__ = ["feature_collection", "features", "plain_values", "stream_collection", "write_features"]

_CHUNK, _GEOMETRIES = 4096, 64  # rows whose properties, and whose outlines, are in memory at once
_OPTIONS = orjson.OPT_SERIALIZE_NUMPY


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
    _check_system(table)
    yield b'{"type":"FeatureCollection","features":['
    first = True
    for pieces in _pieces(table, properties, id_column, precision, json_columns):
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
    _check_system(table)
    for pieces in _pieces(table, properties, id_column, precision, json_columns):
        yield from pieces


def write_features(
    identifiers: Sequence[Any] | None,
    geometries: Sequence[bytes],
    columns: Mapping[str, Sequence[Any]],
) -> list[bytes]:
    """Write features from what JSON already has, without a table.

    Parameters
    ----------
    identifiers : sequence, optional
        Identifier of each feature; none are written if ``None``.
    geometries : sequence of bytes
        Geometry of each, as ``write_geometries`` gives it.
    columns : mapping of str to sequence
        Properties: JSON values as ``plain_values`` gives them, one for each feature.

    Returns
    -------
    list of bytes
        One GeoJSON feature each.
    """
    names = list(columns)
    rows = zip(*columns.values(), strict=True) if columns else iter([()] * len(geometries))
    written = []
    for place, (geometry, row) in enumerate(zip(geometries, rows, strict=True)):
        feature: dict[str, Any] = {"type": "Feature"}
        if identifiers is not None:
            feature["id"] = _scalar(identifiers[place])
        feature["geometry"] = orjson.Fragment(geometry)
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
    if isinstance(values.dtype, pd.StringDtype):
        return list(plain.tolist())
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


def _check_system(table: gpd.GeoDataFrame) -> None:
    if table.crs is not None and table.crs.to_epsg() not in (4326, None):
        raise ValueError(
            f"GeoJSON is longitude and latitude on WGS 84, the table is in {table.crs.to_string()}"
        )


def _pieces(
    table: gpd.GeoDataFrame,
    properties: Sequence[str],
    id_column: str | None,
    precision: int,
    json_columns: Sequence[str],
) -> Iterator[list[bytes]]:
    for start in range(0, len(table), _CHUNK):
        part = table.iloc[start : start + _CHUNK]
        identifiers = part[id_column].tolist() if id_column is not None else None
        columns = {name: plain_values(part[name], is_json=name in json_columns) for name in properties}
        geometries = np.asarray(part.geometry.array, dtype=object)
        for at in range(0, len(part), _GEOMETRIES):
            here = slice(at, at + _GEOMETRIES)
            yield write_features(
                identifiers if identifiers is None else identifiers[here],
                write_geometries(geometries[here], precision=precision),
                {name: values[here] for name, values in columns.items()},
            )
