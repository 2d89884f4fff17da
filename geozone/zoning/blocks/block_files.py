"""Read polygons below the commune: hamlets, residential groups, city blocks, buildings."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geozone.admin.figures import read_number
from geozone.admin.outline_files import open_outlines
from geozone.admin.topology import Topology, check_topology, polygons_of
from geozone.errors import Fault
from geozone.schema import BLOCKS
from geozone.tables import fold, shown
from geozone.types import Progress, Source, no_progress
from geozone.zoning.blocks.hamlets import HAMLET_WORDS
from geozone.zoning.blocks.rows import Bounds, ShapeRows

__all__ = ["BlockFile", "read_blocks"]

_FIELDS = {
    "block_code": (
        r"block code|ma (khoi|to dan pho|to|thon|ap|khu pho|o pho|cum|toa nha|block)( .*)?|ma( so)?|code",
        r"id|osm id|fid|gid|objectid",
    ),
    "name": (
        r"(ten )?(to dan pho|thon|ap|ban|khu pho|khu dan cu|xom|o pho|cum dan cu|toa nha|chung cu|block)"
        r"( .*)?|name( vi)?|ten( day du)?",
        r"full name|title|label|to",
    ),
    "kind": (r"kind|loai( .*)?|place|type|fclass|phan loai", r"building"),
    "residents": (
        r"residents|(so )?(nhan khau|dan|nguoi)|dan so|so khau|population|pop",
        r"(tong )?(so )?(nhan khau|dan so|nguoi)( .*)?",
    ),
    "households": (r"households|so ho( dan| gia dinh)?|ho gia dinh|ho", r"(tong )?so ho( .*)?"),
}
_KINDS = ("hamlet", "block", "building")
_BUILDING_WORDS = (
    "toa nha",
    "toa",
    "nha",
    "chung cu",
    "can ho",
    "building",
    "apartments",
    "house",
    "block nha",
)
_HAMLET_TAGS = (
    "village",
    "isolated dwelling",
    "neighbourhood",
    "quarter",
    "suburb",
    "cum dan cu",
    "don vi dan cu",
)
_AREAS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


@dataclass(frozen=True, slots=True, eq=False)
class BlockFile:
    """Polygons below the commune, read and mended.

    Attributes
    ----------
    table : GeoDataFrame
        `geozone.schema.BLOCKS` with polygons, EPSG:4326.
    topology : Topology
        How they fit together: overlaps and gaps. They are resolved when a perimeter is drawn: an overlap
        belongs to the row that comes first, a gap is a block of its own or, if tiny, its neighbour's.
    repaired : tuple of str
        Codes of the polygons that were not valid and were mended.
    faults : tuple of Fault
        Rows left out or mended, and why.
    source : Source
        File name, checksum and licence.
    mapping : dict of str to str
        Field to header.
    rows_read : int
        Rows of the file.
    """

    table: gpd.GeoDataFrame
    topology: Topology
    repaired: tuple[str, ...]
    faults: tuple[Fault, ...]
    source: Source
    mapping: dict[str, str]
    rows_read: int


def read_blocks(
    path: str | os.PathLike[str],
    *,
    columns: Mapping[str, str] | None = None,
    kind: str | None = None,
    licence: str = "",
    bounds: Bounds | None = None,
    progress: Progress = no_progress,
) -> BlockFile:
    """Read hamlets, residential groups, city blocks or buildings, and mend them.

    Parameters
    ----------
    path : path-like
        GeoJSON, GeoParquet, GeoPackage or Shapefile of polygons, in any coordinate reference system.
    columns : mapping of str to str, optional
        Field (``block_code``, ``name``, ``kind``, ``residents``, ``households``) to header, where the
        headers alone do not tell. Without codes, each gets one from its place.
    kind : str, optional
        ``hamlet``, ``block`` or ``building``: kind of the rows that tell none by a column or by the word
        before their name. A case known to a hamlet may be anywhere in the polygon of that hamlet.
    licence : str
        Licence of the file, kept with it.
    bounds : tuple of float, optional
        West, south, east and north of the land, degrees: swapped coordinates are then recognised.
    progress : Progress
        Told of each step.

    Returns
    -------
    BlockFile
        Polygons in the order of the file.

    Raises
    ------
    DataError
        If the file cannot be read, a code is repeated, coordinates are swapped, or no row is usable.
    ValueError
        If the kind is none of these.
    """
    if kind is not None and kind not in _KINDS:
        raise ValueError(f"kind is {kind!r}, expected one of {', '.join(_KINDS)}")
    rows = ShapeRows.of(open_outlines(Path(path), progress=progress), _FIELDS, columns)
    rows.keep_kinds(_AREAS, "a polygon")
    rows.refuse_swapped(bounds)
    codes = rows.codes("block_code", "b")
    rows.refuse_repeated("block_code", codes)
    broken = _mend(rows)
    names = rows.texts.get("name", pd.Series([None] * len(codes), dtype="str"))
    table = pd.DataFrame({"block_code": codes, "name": names.fillna(pd.Series(codes, dtype="str"))})
    kinds = rows.texts.get("kind", pd.Series([None] * len(codes), dtype="str"))
    table["kind"] = pd.Series(
        [_kind_of(told, name) or kind for told, name in zip(kinds, names, strict=True)], dtype="str"
    )
    for field in ("residents", "households"):
        table[field] = _numbers(rows, field)
    kept = rows.table(table, BLOCKS)
    topology = check_topology(kept["block_code"].to_numpy(dtype=object), kept.geometry.to_numpy())
    return BlockFile(
        kept,
        topology,
        tuple(str(code) for code in codes[broken & rows.usable]),
        rows.all_faults(),
        Source("blocks", rows.file.name, rows.file.sha256, licence),
        rows.columns,
        len(codes),
    )


def _mend(rows: ShapeRows) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Mend the polygons that are not valid, and leave out those without an area."""
    broken = rows.usable & ~shapely.is_valid(rows.shapes)
    reasons = shapely.is_valid_reason(rows.shapes[broken])
    rows.shapes[broken] = polygons_of(shapely.make_valid(rows.shapes[broken]))
    for position, reason in zip(np.flatnonzero(broken).tolist(), reasons, strict=True):
        rows.note(position, "geometry", str(reason).split("[")[0].lower(), "a valid polygon (mended)")
    flat = rows.usable & ~(shapely.area(rows.shapes) > 0)
    for position in np.flatnonzero(flat).tolist():
        rows.note(position, "geometry", "an outline without area", "a polygon")
    rows.usable &= ~flat
    return broken


def _kind_of(told: object, name: object) -> str | None:
    """Tell hamlets, blocks and buildings apart by a file's own word, else by the word before a name."""
    for words in (told, name):
        folded = f"{fold(words)} " if isinstance(words, str) else ""
        if any(folded.startswith(f"{word} ") for word in (*HAMLET_WORDS, *_HAMLET_TAGS)):
            return "hamlet"
        if any(folded.startswith(f"{word} ") for word in _BUILDING_WORDS):
            return "building"
        if any(folded.startswith(word) for word in ("block ", "o pho ", "khoi ")):
            return "block"
    return None


def _numbers(rows: ShapeRows, field: str) -> list[float | None]:
    """Read a column of people or households; what is no number is unknown, with a fault."""
    found: list[float | None] = []
    for position, cell in enumerate(rows.texts.get(field, pd.Series([None] * len(rows.shapes)))):
        value = read_number(cell) if isinstance(cell, str) else None
        if isinstance(cell, str) and value is None:
            rows.note(position, rows.columns[field], shown(cell), "a number of 0 or more (taken as unknown)")
        found.append(value)
    return found
