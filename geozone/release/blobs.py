"""Tables as bytes: the same table always gives the same bytes, in Parquet that anybody can read.

The attributes of a layer and its outlines are two blobs, so that outlines which did not change are
stored once for all releases. The outline blob is a GeoParquet file of the key, the box of each row (the
covering of GeoParquet 1.1) and the geometry: boxes can be read without decoding a single outline.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray

from geozone.errors import DataError, Fault

__all__ = [
    "attributes_blob",
    "bounds",
    "geometry_blob",
    "join",
    "read_attributes",
    "read_boxes",
    "read_geometry",
]

_ROW_GROUP = 65_536
_GEOMETRY = "geometry"
_BOX = "bbox"
_EDGES = ("xmin", "ymin", "xmax", "ymax")


def attributes_blob(table: pd.DataFrame) -> bytes:
    """Write the columns of a table that are not geometry.

    Parameters
    ----------
    table : DataFrame
        Text, whole numbers, numbers, dates and booleans.

    Returns
    -------
    bytes
        Parquet.

    Raises
    ------
    DataError
        If a column holds anything else.
    """
    plain = _without_geometry(table)
    arrays = [_array(str(name), plain[name]) for name in plain.columns]
    return _parquet(pa.table(arrays, names=[str(name) for name in plain.columns]))


def geometry_blob(table: gpd.GeoDataFrame, key: Sequence[str]) -> bytes:
    """Write the outlines of a table beside its key.

    Parameters
    ----------
    table : GeoDataFrame
        In EPSG:4326.
    key : sequence of str
        Columns that identify a row.

    Returns
    -------
    bytes
        GeoParquet.
    """
    geometries = table.geometry.to_numpy()
    wkb = shapely.to_wkb(geometries, output_dimension=2, byte_order=1)
    arrays = [_array(name, table[name]) for name in key]
    arrays += [_box_column(geometries), pa.array(wkb, type=pa.binary())]
    data = pa.table(arrays, names=[*key, _BOX, _GEOMETRY])
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": sorted(set(table.geometry.geom_type.dropna())),
        "covering": {_BOX: {edge: [_BOX, edge] for edge in _EDGES}},
    }
    if len(table):
        column["bbox"] = bounds(table)
    # No "crs" entry means longitude and latitude on WGS 84, and does not depend on PROJ's version.
    geo = {"version": "1.1.0", "primary_column": _GEOMETRY, "columns": {_GEOMETRY: column}}
    return _parquet(data.replace_schema_metadata({b"geo": json.dumps(geo, sort_keys=True).encode()}))


def read_attributes(blob: bytes) -> pd.DataFrame:
    """Read what ``attributes_blob`` wrote.

    Parameters
    ----------
    blob : bytes
        Parquet.

    Returns
    -------
    DataFrame
        Text as ``str``, whole numbers as ``Int64``, numbers as ``float64``, dates as
        ``datetime64[s]``, booleans as ``boolean``.
    """
    data = pq.read_table(pa.BufferReader(blob))
    return pd.DataFrame({name: _series(data.column(name)) for name in data.column_names})


def read_geometry(blob: bytes) -> gpd.GeoSeries:
    """Read what ``geometry_blob`` wrote, without its key.

    Parameters
    ----------
    blob : bytes
        GeoParquet.

    Returns
    -------
    GeoSeries
        In EPSG:4326, in row order.
    """
    data = pq.read_table(pa.BufferReader(blob), columns=[_GEOMETRY])
    wkb = data.column(_GEOMETRY).to_numpy(zero_copy_only=False)
    return gpd.GeoSeries(shapely.from_wkb(wkb), crs="EPSG:4326")


def read_boxes(blob: bytes) -> NDArray[np.float64]:
    """Read the box of every row of what ``geometry_blob`` wrote; its outlines stay packed.

    Parameters
    ----------
    blob : bytes
        GeoParquet.

    Returns
    -------
    ndarray of shape (rows, 4)
        West, south, east, north, degrees; NaN where a row has no outline.
    """
    source = pq.ParquetFile(pa.BufferReader(blob))
    if _BOX not in source.schema_arrow.names:  # written before boxes were kept
        return np.asarray(shapely.bounds(read_geometry(blob).to_numpy()), dtype=np.float64)
    column = source.read(columns=[_BOX]).column(_BOX).combine_chunks()
    edges = [column.field(edge).to_numpy(zero_copy_only=False) for edge in _EDGES]
    return np.column_stack(edges).astype(np.float64, copy=False)


def join(attributes: pd.DataFrame, geometry: gpd.GeoSeries | None) -> pd.DataFrame:
    """Put attributes and outlines together again.

    Parameters
    ----------
    attributes : DataFrame
        One row per outline, in the same order.
    geometry : GeoSeries or None
        The outlines, if the layer has any.

    Returns
    -------
    DataFrame
        A GeoDataFrame in EPSG:4326 where there are outlines.
    """
    if geometry is None:
        return attributes
    return gpd.GeoDataFrame(attributes, geometry=geometry.to_numpy(), crs="EPSG:4326")


def bounds(table: gpd.GeoDataFrame) -> list[float]:
    """Measure the box of a table.

    Parameters
    ----------
    table : GeoDataFrame
        At least one row.

    Returns
    -------
    list of float
        West, south, east, north; degrees.
    """
    return [float(value) for value in shapely.total_bounds(table.geometry.to_numpy())]


def _box_column(geometries: NDArray[np.object_]) -> pa.Array:
    edges = shapely.bounds(geometries).reshape(-1, len(_EDGES))
    missing = np.isnan(edges).any(axis=1)
    fields = [pa.array(edges[:, i], type=pa.float64(), mask=missing) for i in range(len(_EDGES))]
    return pa.StructArray.from_arrays(fields, names=list(_EDGES))


def _without_geometry(table: pd.DataFrame) -> pd.DataFrame:
    if isinstance(table, gpd.GeoDataFrame):
        return pd.DataFrame(table.drop(columns=table.geometry.name))
    return table


def _parquet(data: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(
        data,
        sink,
        row_group_size=_ROW_GROUP,
        compression="zstd",
        compression_level=3,
        version="2.6",
    )
    return sink.getvalue().to_pybytes()  # type: ignore[no-any-return]


def _array(name: str, values: pd.Series) -> pa.Array:
    """Make one column from its dtype; of plain objects, from the kind of their values."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(object)
    missing = values.isna().to_numpy()
    kind = pd.api.types.infer_dtype(values, skipna=True) if values.dtype == object else ""
    if kind in ("string", "empty") or isinstance(values.dtype, pd.StringDtype):
        return pa.array(values.astype(object).where(~missing, None), type=pa.string())
    if kind == "boolean" or pd.api.types.is_bool_dtype(values.dtype):
        return pa.array(values.astype("boolean"), type=pa.bool_())
    if kind == "integer" or pd.api.types.is_integer_dtype(values.dtype):
        return pa.array(values.astype("Int64"), type=pa.int64())
    if kind in ("floating", "mixed-integer-float") or pd.api.types.is_float_dtype(values.dtype):
        numbers = values.to_numpy(dtype="float64", na_value=np.nan)
        # Minus zero and zero are one value and must be one sequence of bytes.
        return pa.array(numbers + 0.0, type=pa.float64(), mask=np.isnan(numbers))
    if kind == "date" or pd.api.types.is_datetime64_dtype(values.dtype):
        moments = pd.to_datetime(values).to_numpy()
        days = moments.astype("datetime64[D]")
        if bool((days[~missing] == moments[~missing]).all()):
            return pa.array(days, type=pa.date32(), mask=missing)
        kind = "moments within a day"
    raise DataError(
        "table to keep",
        [Fault(None, name, f"values of kind {kind or values.dtype}", "text, numbers, days or booleans")],
    )


def _series(column: pa.ChunkedArray) -> pd.Series:
    kind = column.type
    if pa.types.is_string(kind):
        return pd.Series(column.to_pandas(), dtype="str")
    if pa.types.is_date(kind):
        return pd.Series(column.to_numpy().astype("datetime64[s]"))
    if pa.types.is_floating(kind):
        return pd.Series(column.to_numpy(), dtype="float64")
    extension = pd.BooleanDtype() if pa.types.is_boolean(kind) else pd.Int64Dtype()
    return pd.Series(extension.__from_arrow__(column))
