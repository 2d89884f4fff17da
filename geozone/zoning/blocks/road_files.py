"""Read roads, rivers and railways: the lines that bound blocks and that cross perimeters."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geozone.admin.outline_files import open_outlines
from geozone.errors import DataError, Fault
from geozone.schema import ROADS
from geozone.tables import fold, shown
from geozone.types import Progress, Source, no_progress
from geozone.zoning.blocks.kinds import KINDS, kind_of
from geozone.zoning.blocks.rows import Bounds, ShapeRows

__all__ = ["RoadFile", "read_roads"]

_FIELDS = {
    "road_id": (r"road id|ma duong|osm id|way id|ma( so)?|code|id|fid|gid|objectid",),
    "name": (r"name|ten( duong| pho| song| goi)?|ten tuyen( duong)?|name vi", r"full name|title|ref"),
    "highway": (r"highway|fclass|road type|road class",),
    "railway": (r"railway|duong sat",),
    "waterway": (r"waterway|natural|song|kenh",),
    "kind": (r"kind|loai( duong| hinh)?|cap( duong)?|phan loai|type|class",),
    "footway": (r"footway",),
}
_KIND_FIELDS = ("kind", "highway", "railway", "waterway")
_SIDEWALKS = ("sidewalk", "crossing", "traffic island")
_LINES = (shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING,
          shapely.GeometryType.LINEARRING)  # fmt: skip
_AREAS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


@dataclass(frozen=True, slots=True, eq=False)
class RoadFile:
    """Roads and other lines, read and checked.

    Attributes
    ----------
    table : GeoDataFrame
        `geozone.schema.ROADS` with lines, EPSG:4326.
    faults : tuple of Fault
        Rows left out, and why.
    source : Source
        File name, checksum and licence.
    mapping : dict of str to str
        Field to header.
    rows_read : int
        Rows of the file.
    """

    table: gpd.GeoDataFrame
    faults: tuple[Fault, ...]
    source: Source
    mapping: dict[str, str]
    rows_read: int


def read_roads(
    path: str | os.PathLike[str],
    *,
    columns: Mapping[str, str] | None = None,
    kind: str | None = None,
    licence: str = "",
    bounds: Bounds | None = None,
    progress: Progress = no_progress,
) -> RoadFile:
    """Read roads, and the rivers and railways that bound blocks too.

    Parameters
    ----------
    path : path-like
        GeoJSON, GeoParquet, GeoPackage or Shapefile of lines; of a water area the shore is taken. Kinds
        are read from OpenStreetMap tags (``highway``, ``railway``, ``waterway``, ``fclass``) or
        Vietnamese words (``Quốc lộ``, ``Ngõ``, ``Sông``).
    columns : mapping of str to str, optional
        Field (``road_id``, ``name``, ``kind``, ``highway``, ``railway``, ``waterway``) to header.
    kind : str, optional
        Kind of the rows that tell none; ``street`` if the file has no such column.
    licence : str
        Licence of the file, kept with it.
    bounds : tuple of float, optional
        West, south, east and north of the land, degrees: swapped coordinates are then recognised.
    progress : Progress
        Told of each step.

    Returns
    -------
    RoadFile
        Lines in the order of the file. Rows of other kinds (power lines, sidewalks) are left out.

    Raises
    ------
    DataError
        If the file cannot be read, the kind is unknown, coordinates are swapped, or no row is usable.
    """
    if kind is not None and kind not in KINDS:
        raise DataError(Path(path).name, [Fault(None, "kind", repr(kind), "one of " + ", ".join(KINDS))])
    rows = ShapeRows.of(open_outlines(Path(path), progress=progress), _FIELDS, columns)
    rows.keep_kinds(_LINES + _AREAS, "a line")
    rows.refuse_swapped(bounds)
    kinds = _kinds(rows, kind)
    areal = rows.usable & np.isin(shapely.get_type_id(rows.shapes), _AREAS)
    rows.shapes[areal] = shapely.boundary(rows.shapes[areal])
    codes = pd.Series(rows.codes("road_id", "r"), dtype="str")
    # A way is often cut into several rows of one identifier.
    repeat = codes.groupby(codes).cumcount()
    codes = codes.where(repeat == 0, codes + "." + (repeat + 1).astype("str"))
    table = pd.DataFrame({"road_id": codes, "kind": kinds})
    table["name"] = rows.texts.get("name", pd.Series([None] * len(codes), dtype="str"))
    table["passable"] = [one in KINDS and KINDS[one].passable for one in kinds]
    return RoadFile(
        rows.table(table, ROADS),
        rows.all_faults(),
        Source("roads", rows.file.name, rows.file.sha256, licence),
        rows.columns,
        len(codes),
    )


def _kinds(rows: ShapeRows, default: str | None) -> list[str]:
    """Kind of each line; lines of other kinds are left out, each with a fault."""
    told = [rows.texts[field].tolist() for field in _KIND_FIELDS if field in rows.texts]
    footways = rows.texts.get("footway", pd.Series([None] * len(rows.shapes), dtype="str")).tolist()
    header = next((rows.columns[field] for field in _KIND_FIELDS if field in rows.columns), None)
    kinds = []
    for position, footway in enumerate(footways):
        cells = [column[position] for column in told if isinstance(column[position], str)]
        found = next((kind for cell in cells if (kind := kind_of(cell)) is not None), None)
        if found is None and not cells:
            found = default or "street"
        if isinstance(footway, str) and fold(footway) in _SIDEWALKS:
            cells, found = [footway], None
        if found is None and rows.usable[position]:
            rows.usable[position] = False
            rows.note(position, header, shown(cells[0]), "a road, railway or water (left out)")
        kinds.append(found or "")
    return kinds
