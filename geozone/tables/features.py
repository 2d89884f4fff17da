"""Formats that know their own columns: Parquet, GeoParquet and GeoJSON."""

from __future__ import annotations

import io
import json
from typing import Any, NamedTuple

import numpy as np
import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import shapely
from numpy.typing import NDArray

from geozone.tables.geometry_limits import refuse_endless
from geozone.tables.headers import unique_headers
from geozone.tables.raw import refuse

__all__ = ["Features", "read_geojson", "read_parquet"]


class Features(NamedTuple):
    """Rows with their geometry, if they have one."""

    frame: pd.DataFrame
    headers: tuple[str, ...]
    geometry: NDArray[np.object_] | None
    first_row: int


def _check_reference_system(crs: object, name: str) -> None:
    text = json.dumps(crs)
    if crs is not None and not any(known in text for known in ("CRS84", "4326", "OGC:1.3")):
        raise refuse(name, f"coordinates in {text[:80]}", "longitude and latitude, WGS 84 (EPSG:4326)")


def read_parquet(data: bytes, name: str, max_unpacked: int) -> Features:
    """Read Parquet or GeoParquet.

    Parameters
    ----------
    data : bytes
        The file.
    name : str
        File name, for messages.
    max_unpacked : int
        Most it may unpack to, bytes.

    Returns
    -------
    Features
        Columns keep their kind.

    Raises
    ------
    DataError
        If the file is damaged, too large, or in another reference system.
    """
    try:
        file = pa.parquet.ParquetFile(io.BytesIO(data))
        size = sum(file.metadata.row_group(i).total_byte_size for i in range(file.num_row_groups))
        if size > max_unpacked:
            raise refuse(name, f"{size // 1024**2} MB of columns", f"{max_unpacked // 1024**2} MB or less")
        table = file.read()
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise refuse(name, f"a damaged file ({str(error)[:120]})", "a Parquet file") from None
    primary, about = _geometry_column((table.schema.metadata or {}).get(b"geo", b"{}"), name)
    # What pandas noted beside the columns is not needed, and may be damaged.
    table = table.replace_schema_metadata(None)
    geometry = None
    if primary in table.column_names:
        _check_reference_system(about.get("crs", {}).get("id") if about.get("crs") else None, name)
        try:
            geometry = shapely.from_wkb(np.asarray(table[primary].to_pylist(), dtype=object))
        except (shapely.errors.GEOSException, TypeError) as error:
            raise refuse(name, f"a damaged geometry ({str(error)[:120]})", "a GeoParquet file") from None
        table = table.drop_columns([primary])
    frame = table.to_pandas(ignore_metadata=True)
    names, written = unique_headers(list(frame.columns))
    frame.columns = pd.Index(names)
    if geometry is not None:
        refuse_endless(name, geometry)
    return Features(frame, written, geometry, 1)


def _geometry_column(metadata: bytes, name: str) -> tuple[str | None, dict[str, Any]]:
    """Read which column holds the geometry, and what is said about it."""
    try:
        found = orjson.loads(metadata)
        primary = found.get("primary_column")
        if primary is None:
            return None, {}
        about = found["columns"][primary]
        about.get("crs") and about["crs"].get("id")
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        raise refuse(name, "a damaged description of the geometry", "a GeoParquet file") from None
    return str(primary), about


def _load(data: bytes, name: str) -> list[dict[str, Any]]:
    try:
        document = orjson.loads(data.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise refuse(name, f"text that is not JSON ({error})", "a GeoJSON feature collection") from None
    if not isinstance(document, dict):
        raise refuse(name, f"a JSON {type(document).__name__}", "a GeoJSON feature collection")
    kind = document.get("type")
    features = [document] if kind == "Feature" else document.get("features")
    if kind not in ("Feature", "FeatureCollection") or not isinstance(features, list):
        raise refuse(name, f"a JSON object of type {kind!r}", "a GeoJSON feature collection")
    if not all(isinstance(feature, dict) for feature in features):
        raise refuse(name, "features that are not objects", "a GeoJSON feature collection")
    _check_reference_system(document.get("crs"), name)
    return features


def _shape(geometry: object) -> shapely.Geometry | None:
    try:
        return shapely.from_geojson(orjson.dumps(geometry)) if geometry else None
    except (shapely.errors.GEOSException, TypeError):
        return shapely.Point()


def read_geojson(data: bytes, name: str) -> Features:
    """Read GeoJSON.

    Parameters
    ----------
    data : bytes
        The file.
    name : str
        File name, for messages.

    Returns
    -------
    Features
        One row per feature; an ``id`` of the features is a column ``id`` unless a property has that
        name. A geometry that cannot be read is an empty point.

    Raises
    ------
    DataError
        If it is no GeoJSON, or in another reference system.
    """
    features = _load(data, name)
    rows = [feature.get("properties") or {} for feature in features]
    frame = (
        pd.DataFrame.from_records(rows, index=range(len(rows)))
        if any(rows)
        else pd.DataFrame(index=range(len(rows)))
    )
    if "id" not in frame.columns and any("id" in feature for feature in features):
        frame.insert(0, "id", [feature.get("id") for feature in features])
    names, written = unique_headers(list(frame.columns))
    frame.columns = pd.Index(names)
    geometry = np.empty(len(features), dtype=object)
    geometry[:] = [_shape(feature.get("geometry")) for feature in features]
    refuse_endless(name, geometry)
    return Features(frame, written, geometry, 1)
