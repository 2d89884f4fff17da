"""Open a file of outlines of any kind as one table in EPSG:4326."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import orjson
import pandas as pd
import pyarrow as pa
import pyogrio
import pyogrio.errors
import pyproj
import shapely
from pyproj.exceptions import ProjError

from geozone.errors import DataError, Fault, StoreError
from geozone.tables.geometry_limits import refuse_endless, refuse_infinite
from geozone.types import Progress, no_progress

__all__ = ["OutlineFile", "open_outlines", "refuse_swapped"]

_KINDS = "GeoJSON, GeoParquet, GeoPackage, Shapefile (with its .dbf and .prj, or zipped) or a zip of GeoJSON"
_WGS84 = pyproj.CRS.from_epsg(4326)
_MAX_UNPACKED = 4 * 1024**3
_SWAP_MARGIN_DEG = 3.0
_ATTRIBUTE_FILES = (".shx", ".dbf", ".prj", ".cpg")


class OutlineFile(NamedTuple):
    """A file of outlines, read."""

    name: str
    sha256: str
    table: gpd.GeoDataFrame
    """Its rows, EPSG:4326, two-dimensional."""
    first_row: int
    """Number of the first row, as a person sees it."""
    crs: str
    reprojected: bool
    faults: tuple[Fault, ...]


def open_outlines(path: Path, *, progress: Progress = no_progress) -> OutlineFile:
    """Read a file of outlines and bring it to EPSG:4326.

    Parameters
    ----------
    path : Path
        GeoJSON, GeoParquet, GeoPackage, Shapefile (plain or zipped), or a zip of GeoJSON files with one
        unit each, as the public repository of boundaries publishes them.
    progress : Progress
        Told while a zip of many files is read.

    Returns
    -------
    OutlineFile
        The rows as they are, with missing geometries kept.

    Raises
    ------
    DataError
        If the file is none of these, has no rows, no geometry, or coordinates that are not degrees and
        no coordinate reference system.
    StoreError
        If the disk refuses to read it.
    """
    name = path.name
    try:
        if not path.is_file():
            raise DataError(name, [Fault(None, None, "no such file", _KINDS)])
        if path.stat().st_size == 0:
            raise DataError(name, [Fault(None, None, "an empty file", _KINDS)])
        digest = _digest(path)
        table = _read(path, progress)
    except OSError as error:
        raise StoreError(f"{name}: cannot be read ({error.strerror or error})") from error
    if not len(table):
        raise DataError(name, [Fault(None, None, "no rows", "a row per unit")])
    if not isinstance(table, gpd.GeoDataFrame) or table.geometry.isna().all():
        raise DataError(name, [Fault(None, None, "no geometry", "an outline per unit")])
    refuse_endless(name, table.geometry.to_numpy())
    refuse_infinite(name, table.geometry.to_numpy())
    return _to_degrees(name, digest, table)


def refuse_swapped(
    name: str,
    shapes: np.ndarray[tuple[int], np.dtype[np.object_]],
    bounds: tuple[float, float, float, float] | None,
) -> None:
    """Refuse coordinates with the latitude first: they put Viet Nam in the Arctic, or out of the world.

    Parameters
    ----------
    name : str
        The file, for messages.
    shapes : ndarray of geometry
        What it holds, degrees.
    bounds : tuple of float or None
        West, south, east and north of the land, degrees, where it is known.

    Raises
    ------
    DataError
        If most shapes lie in the land only once their coordinates are swapped.
    """
    if not len(shapes):
        return
    boxes = shapely.bounds(shapes)
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    swapped = bool((np.abs(y) > 90).any())
    if bounds is not None and not swapped:
        west, south, east, north = bounds
        margin = _SWAP_MARGIN_DEG
        land = shapely.box(west - margin, south - margin, east + margin, north + margin)
        inside = shapely.contains_xy(land, x, y).mean()
        swapped = bool(inside < 0.5 < shapely.contains_xy(land, y, x).mean())
    if swapped:
        found = f"coordinates like ({x[0]:.4f}, {y[0]:.4f})"
        raise DataError(name, [Fault(None, "geometry", found, "longitude first, then latitude: swapped?")])


def _digest(path: Path) -> str:
    """Checksum of a file, or of all the files that a Shapefile is made of."""
    parts = [path]
    if path.suffix.lower() == ".shp":
        parts += [part for suffix in _ATTRIBUTE_FILES if (part := path.with_suffix(suffix)).is_file()]
    digest = hashlib.sha256()
    for part in parts:
        with part.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _read(path: Path, progress: Progress) -> gpd.GeoDataFrame:
    with path.open("rb") as stream:
        magic = stream.read(4)
    try:  # a message may hold the whole path: only the name is the user's business
        if magic == b"PAR1":
            return gpd.read_parquet(path)
        if magic == b"PK\x03\x04":
            return _read_zip(path, progress)
        return pyogrio.read_dataframe(path, fid_as_index=False)
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        pa.ArrowException,
        zipfile.BadZipFile,
        shapely.errors.ShapelyError,
        ValueError,
    ) as error:
        said = str(error).replace(str(path), path.name)
        raise DataError(
            path.name, [Fault(None, None, f"a file that cannot be read ({said})", _KINDS)]
        ) from error


def _read_zip(path: Path, progress: Progress) -> gpd.GeoDataFrame:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if sum(member.file_size for member in members) > _MAX_UNPACKED:
            expected = f"at most {_MAX_UNPACKED / 1024**3:.0f} GB unpacked"
            raise DataError(path.name, [Fault(None, None, "a zip that unpacks to more", expected)])
        outlines = [m for m in members if m.filename.lower().endswith((".geojson", ".json"))]
        communes = [m for m in outlines if "/wards/" in f"/{m.filename}"]
        geojson = communes or [m for m in outlines if m.filename.lower().endswith(".geojson")]
        if not geojson:
            return pyogrio.read_dataframe(path)
        tables = []
        for done, member in enumerate(geojson):
            tables.append(_features(archive.read(member), member.filename))
            if done % 100 == 0:
                progress("read outlines", done, len(geojson))
        progress("read outlines", len(geojson), len(geojson))
    return pd.concat(tables, ignore_index=True)


def _features(data: bytes, member: str) -> gpd.GeoDataFrame:
    try:
        features = orjson.loads(data)["features"]
        shapes = shapely.from_geojson([orjson.dumps(feature["geometry"]) for feature in features])
        rows = [{"id": feature.get("id"), **(feature.get("properties") or {})} for feature in features]
    except (orjson.JSONDecodeError, KeyError, TypeError, shapely.errors.GEOSException) as error:
        raise ValueError(f"{member} is not a GeoJSON feature collection ({error})") from error
    return gpd.GeoDataFrame(rows, geometry=list(shapes), crs="EPSG:4326")


def _to_degrees(name: str, digest: str, table: gpd.GeoDataFrame) -> OutlineFile:
    geometry = shapely.force_2d(table.geometry.to_numpy())
    crs = None if table.crs is None else pyproj.CRS.from_user_input(table.crs)
    faults: list[Fault] = []
    reprojected = False
    if crs is None:
        expected = "a coordinate reference system (.prj), or longitude and latitude in degrees"
        fault = Fault(None, None, "no coordinate reference system", expected)
        if not _in_degrees(geometry):
            raise DataError(name, [fault])
        faults.append(Fault(None, None, fault.found, f"{expected}; taken as degrees, WGS 84"))
        words = "no coordinate reference system, taken as WGS 84"
    else:
        words = crs.name
        if not _is_wgs84(crs):
            try:
                geometry = table.set_geometry(geometry, crs=crs).to_crs(_WGS84).geometry.to_numpy()
            except ProjError as error:
                raise DataError(
                    name, [Fault(None, None, words, f"a system known to PROJ ({error})")]
                ) from error
            reprojected = True
    if not _in_degrees(geometry):
        west, south, east, north = shapely.total_bounds(geometry)
        found = f"coordinates from ({west:g}, {south:g}) to ({east:g}, {north:g}) in {words}"
        raise DataError(name, [Fault(None, None, found, "longitude and latitude in degrees")])
    result = gpd.GeoDataFrame(
        table.drop(columns=table.geometry.name).reset_index(drop=True),
        geometry=gpd.GeoSeries(geometry, crs=_WGS84),
        crs=_WGS84,
    )
    return OutlineFile(name, digest, result, 1, words, reprojected, tuple(faults))


def _is_wgs84(crs: pyproj.CRS) -> bool:
    return bool(crs.equals(_WGS84, ignore_axis_order=True)) or crs.to_authority() == ("OGC", "CRS84")


def _in_degrees(geometry: np.ndarray[tuple[int], np.dtype[np.object_]]) -> bool:
    west, south, east, north = shapely.total_bounds(geometry)
    if np.isnan(west):
        return True
    return bool(west >= -180 and east <= 180 and south >= -90.0001 and north <= 180.0)
