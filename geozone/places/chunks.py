"""Read a file of places in parts: OpenStreetMap extracts and other map files streamed, tables whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyogrio
import pyogrio.errors
import pyproj
import shapely

from geozone.errors import DataError, Fault
from geozone.places.tags import FIELDS, parse_other_tags
from geozone.tables import RawTable, clean_text, map_columns, read_points, read_table, refuse, split_point

__all__ = ["FORMATS", "Chunk", "open_chunks"]

FORMATS: Final = (
    "an OpenStreetMap extract (.osm.pbf, .osm), GeoJSON, GeoPackage, FlatGeobuf or Shapefile, "
    "or a table (CSV, XLSX, Parquet) with coordinates"
)
_ROWS: Final = 5_000
_OF_LITTLE_MEMORY: Final = {"OSM_MAX_TMPFILE_SIZE": 16, "GDAL_NUM_THREADS": 1}
"""Settings of GDAL for extracts: its index of nodes beyond 16 MB on disk, one block unpacked at a time."""
_OSM_LAYERS: Final = {
    "points": "name IS NOT NULL OR other_tags LIKE '%addr:housenumber%'",
    "lines": "highway IS NOT NULL AND name IS NOT NULL",
    "multipolygons": "(name IS NOT NULL AND boundary IS NULL) OR other_tags LIKE '%addr:housenumber%'",
}
_TABLES: Final = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".parquet"})
_DEGREES: Final = (-180.0, -90.0, 180.0, 90.0)
_WGS84: Final = pyproj.CRS.from_epsg(4326)
_BLOCK_BYTES: Final = 4096


class Chunk(NamedTuple):
    """Some rows of a file."""

    tags: list[dict[str, str]]
    """Fields of `FIELDS` and OpenStreetMap tags of each row, without empty ones."""
    geometry: npt.NDArray[np.object_]
    """Shapely geometries, EPSG:4326; missing ones None."""
    rows: npt.NDArray[np.int64]
    """Number of each row, as a person sees it in the file."""
    faults: list[Fault]
    """What is wrong with its coordinates."""
    layer: str | None
    """Layer of a map file."""


def open_chunks(
    path: Path, *, columns: Mapping[str, str] | None = None, layers: list[str] | None = None
) -> Iterator[Chunk]:
    """Read a file of places, some rows at a time.

    Parameters
    ----------
    path : Path
        An OpenStreetMap extract, a map file that GDAL reads, or a table with coordinates.
    columns : mapping of str to str, optional
        Field to header, where the headers alone do not tell.
    layers : list of str, optional
        Layers of a map file; all where not given.

    Yields
    ------
    Chunk
        At most 5,000 rows.

    Raises
    ------
    DataError
        If the file is missing, of no known format, or its coordinates are in no known system.
    """
    if not path.is_file():
        raise refuse(path.name, "no such file", FORMATS)
    if path.stat().st_size == 0:
        raise refuse(path.name, "an empty file", FORMATS)
    if path.suffix.lower() in _TABLES:
        yield from _table_chunks(read_table(path), columns)
        return
    try:
        for layer, driver in _layers(path, layers):
            yield from _layer_chunks(path, layer, driver, columns)
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        pyogrio.errors.FeatureError,
        pa.ArrowException,
        shapely.errors.ShapelyError,
    ) as error:
        said = str(error).replace(str(path), path.name)
        raise refuse(path.name, f"a file that cannot be read ({said[:200]})", FORMATS) from error


def _layers(path: Path, wanted: list[str] | None) -> list[tuple[str, str]]:
    """Names of the layers to read, each with the driver that reads them."""
    found = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
    driver = str(pyogrio.read_info(path, layer=found[0])["driver"]) if found else ""
    unknown = [name for name in wanted or () if name not in found]
    if unknown or not found:
        listed = ", ".join(map(repr, found)) or "a layer with geometry"
        raise refuse(path.name, f"no layer {', '.join(map(repr, unknown)) or 'with geometry'}", listed)
    if driver == "OSM":
        found = [name for name in found if name in _OSM_LAYERS]
    return [(name, driver) for name in found if not wanted or name in wanted]


def _layer_chunks(path: Path, layer: str, driver: str, columns: Mapping[str, str] | None) -> Iterator[Chunk]:
    osm = driver == "OSM"
    with _little_memory() if osm else nullcontext():
        yield from _batches_of(path, layer, columns, osm=osm)


@contextmanager
def _little_memory() -> Iterator[None]:
    """Have GDAL read an extract in memory that does not grow with the file."""
    before = {name: pyogrio.get_gdal_config_option(name) for name in _OF_LITTLE_MEMORY}
    pyogrio.set_gdal_config_options(_OF_LITTLE_MEMORY)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(before)


def _batches_of(path: Path, layer: str, columns: Mapping[str, str] | None, *, osm: bool) -> Iterator[Chunk]:
    # An SQL statement makes GDAL build the features of one layer only.
    query: dict[str, Any] = (
        {"sql": f"SELECT * FROM {layer} WHERE {_OSM_LAYERS[layer]}"} if osm else {"layer": layer}
    )
    with pyogrio.open_arrow(path, batch_size=_ROWS, use_pyarrow=True, **query) as (about, batches):
        to_degrees = _transformer(path.name, about["crs"])
        geometry_name = about["geometry_name"] or "wkb_geometry"
        headers = [name for name in batches.schema.names if name not in (geometry_name, about["fid_column"])]
        names = dict(zip(headers, headers, strict=True)) if osm else _named(path.name, headers, columns)
        first = 1
        for batch in batches:
            size = batch.num_rows
            geometry = shapely.force_2d(shapely.from_wkb(_objects(batch.column(geometry_name))))
            rows = np.arange(first, first + size, dtype=np.int64)
            faults = _check_degrees(path.name, geometry, rows, to_degrees is not None)
            if to_degrees is not None:
                geometry = _in_degrees(geometry, to_degrees)
            tags = _tags({field: batch.column(header) for header, field in names.items()}, size)
            yield Chunk(tags, geometry, rows, faults, layer)
            first += size


def _named(name: str, headers: list[str], columns: Mapping[str, str] | None) -> dict[str, str]:
    """Header to field; a header that is no field keeps its name, for it may be an OpenStreetMap tag."""
    mapped = map_columns(headers, FIELDS, overrides=columns, name=name)
    return {header: field for field, header in mapped.columns.items()} | {
        header: header for header in mapped.unmapped
    }


def _objects(column: pa.Array) -> npt.NDArray[np.object_]:
    values = np.empty(len(column), dtype=object)
    values[:] = column.to_pylist()
    return values


def _tags(columns: Mapping[str, pa.Array], size: int) -> list[dict[str, str]]:
    """Fields of each row that hold something, as text; the tags that GDAL keeps together unpacked."""
    tags: list[dict[str, str]] = [{} for _ in range(size)]
    for field, column in columns.items():
        if column.null_count == size:
            continue
        for row, value in zip(tags, column.to_pylist(), strict=True):
            if value is None or value == "":
                continue
            if field == "other_tags":
                row.update(parse_other_tags(str(value)))
            elif field in ("osm_way_id", "osm_id"):
                row["id"] = f"w{value}" if field == "osm_way_id" else str(value)
            else:
                row.setdefault(field, str(value).strip())
    return tags


def _transformer(name: str, crs: str | None) -> Callable[..., Any] | None:
    """Give what brings coordinates to degrees; none where they are degrees."""
    if crs is None:
        return None
    try:
        known = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError as error:
        raise refuse(name, f"an unknown reference system ({crs[:80]})", "WGS 84 or VN-2000") from error
    if known.is_geographic and known.equals(_WGS84, ignore_axis_order=True):
        return None
    transformer = pyproj.Transformer.from_crs(known, _WGS84, always_xy=True)
    return transformer.transform


def _in_degrees(geometry: npt.NDArray[np.object_], to_degrees: Callable[..., Any]) -> npt.NDArray[np.object_]:
    moved = geometry.copy()
    x, y = to_degrees(*shapely.get_coordinates(moved).T)
    return np.asarray(shapely.set_coordinates(moved, np.column_stack([x, y])), dtype=object)


def _check_degrees(
    name: str, geometry: npt.NDArray[np.object_], rows: npt.NDArray[np.int64], projected: bool
) -> list[Fault]:
    """Find rows without a place; coordinates that cannot be degrees make the file useless."""
    missing = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    faults = [Fault(int(row), "geometry", "nothing", "a point, a line or an area") for row in rows[missing]]
    if not projected:
        box = shapely.bounds(geometry)
        with np.errstate(invalid="ignore"):
            wrong = ~missing & (
                (box[:, 0] < _DEGREES[0])
                | (box[:, 1] < _DEGREES[1])
                | (box[:, 2] > _DEGREES[2])
                | (box[:, 3] > _DEGREES[3])
            )
        if wrong.any():
            at = int(np.flatnonzero(wrong)[0])
            found = f"coordinates as {box[at, 0]:.6g}, {box[at, 1]:.6g}"
            raise DataError(
                name, [Fault(int(rows[at]), "geometry", found, "degrees, or a file that names its system")]
            )
    return faults


def _table_chunks(table: RawTable, columns: Mapping[str, str] | None) -> Iterator[Chunk]:
    headers = list(table.frame.columns)
    mapped = map_columns(headers, FIELDS, overrides=columns, name=table.name)
    fields = mapped.columns
    if table.geometry is None and not ({"lon", "lat"} <= set(fields) or "point" in fields):
        listed = "no such column among " + ", ".join(map(repr, headers))
        raise DataError(
            table.name, [Fault(None, "lon, lat", listed, "columns with the place, as 'Kinh độ' and 'Vĩ độ'")]
        )
    others = {header: header for header in mapped.unmapped}
    names = {header: field for field, header in fields.items() if field not in ("lon", "lat", "point")}
    for start in range(0, max(1, len(table.frame)), _ROWS):
        part = slice(start, start + _ROWS)
        frame = table.frame.iloc[part]
        rows = table.row_numbers[part]
        if table.geometry is not None:
            geometry = shapely.force_2d(table.geometry[part])
            faults = _check_degrees(table.name, geometry, rows, projected=False)
        else:
            geometry, faults = _points_of_cells(frame, fields, rows)
        if start == 0:
            faults = [*mapped.faults, *table.row_faults, *faults]
        cells = {
            field: pa.array(clean_text(frame[header]), type=pa.string(), from_pandas=True)
            for header, field in (names | others).items()
        }
        yield Chunk(_tags(cells, len(frame)), geometry, rows, faults, None)


def _points_of_cells(
    frame: pd.DataFrame, fields: Mapping[str, str], rows: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.object_], list[Fault]]:
    if {"lon", "lat"} <= set(fields):
        lon_header, lat_header = fields["lon"], fields["lat"]
        lon_cells, lat_cells = frame[lon_header], frame[lat_header]
    else:
        lon_header = lat_header = fields["point"]
        pairs = [
            split_point(text)[0] if isinstance(text, str) else None for text in clean_text(frame[lon_header])
        ]
        halves = np.array([pair or (np.nan, np.nan) for pair in pairs], dtype=np.float64).reshape(-1, 2)
        lon_cells, lat_cells = pd.Series(halves[:, 0]), pd.Series(halves[:, 1])
    points = read_points(lon_cells, lat_cells)
    geometry = np.full(len(frame), None, dtype=object)
    good = np.isfinite(points.lon) & np.isfinite(points.lat)
    geometry[good] = shapely.points(points.lon[good], points.lat[good])
    faults = []
    for at in np.flatnonzero(~good).tolist():
        lon_wrong = points.lon_expected[at] is not None
        header = lon_header if lon_wrong else lat_header
        expected = points.lon_expected[at] or points.lat_expected[at] or "a longitude and a latitude"
        cell = frame[header].iloc[at]
        faults.append(
            Fault(int(rows[at]), header, "nothing" if pd.isna(cell) else repr(str(cell)[:40]), expected)
        )
    return geometry, faults
