"""Turn rows of a file into places: kind, name, number, point and reach."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely

from geozone.errors import Fault
from geozone.geodesy import distance_m, length_m
from geozone.places.chunks import Chunk
from geozone.places.model import PLACES
from geozone.places.tags import TaggedPlace, kind_of_word, tagged_places
from geozone.tables import shown
from geozone.types import PlaceKind

__all__ = ["PlaceRows", "read_places"]

_LINES: Final = frozenset({1, 5})
"""Geometry types of GEOS: line string and multi line string."""
_LONGEST_NAME: Final = 200


class PlaceRows(NamedTuple):
    """Places of some rows."""

    table: pa.Table
    """`PLACES`."""
    faults: list[Fault]
    skipped: int
    """Rows that are no place a person would name in an address."""


def read_places(chunk: Chunk, *, kind: PlaceKind | None = None, strict: bool) -> PlaceRows:
    """Read the places of some rows.

    Parameters
    ----------
    chunk : Chunk
        The rows.
    kind : PlaceKind, optional
        Kind of every row, where the file does not say.
    strict : bool
        Whether a row that names no place is a fault, as in a table made for this, or is passed over,
        as in an extract of a whole map.

    Returns
    -------
    PlaceRows
        The places; rows with a fault are left out of them.
    """
    faults = list(chunk.faults)
    usable = ~(shapely.is_missing(chunk.geometry) | shapely.is_empty(chunk.geometry))
    lines = np.isin(shapely.get_type_id(chunk.geometry), list(_LINES))
    owners: list[int] = []
    places: list[TaggedPlace] = []
    skipped = 0
    for at, (tags, row) in enumerate(zip(chunk.tags, chunk.rows.tolist(), strict=True)):
        if not usable[at]:
            continue
        before = len(places)
        for place in tagged_places(tags, is_line=bool(lines[at]), kind=kind):
            owners.append(at)
            places.append(place)
        if len(places) == before:
            skipped += 1
            if strict:
                faults.append(_why_none(tags, row, kind))
    owner = np.asarray(owners, dtype=np.int64)
    return PlaceRows(_table(chunk, owner, places), faults, skipped)


def _why_none(tags: dict[str, str], row: int, kind: PlaceKind | None) -> Fault:
    if kind is None and "kind" in tags and kind_of_word(tags["kind"]) is None:
        known = "a known kind, as đường, thôn, tổ dân phố, khu đô thị, tòa nhà, KCN"
        return Fault(row, "kind", shown(tags["kind"]), known)
    if "name" in tags:
        return Fault(row, "kind", "nothing that tells the kind of place", "a column 'Loại', or --kind")
    if "addr:housenumber" in tags:
        return Fault(
            row, "addr:street", "a house number without a street", "the street or hamlet of the house"
        )
    return Fault(row, "name", "nothing", "a name, or a house number with its street")


def _table(chunk: Chunk, owner: npt.NDArray[np.int64], places: list[TaggedPlace]) -> pa.Table:
    geometry = chunk.geometry[owner]
    middle = _middles(geometry)
    lon, lat = shapely.get_x(middle), shapely.get_y(middle)
    kinds = np.array([str(place.kind) for place in places], dtype=object)
    shapes = np.full(len(places), None, dtype=object)
    drawn = np.isin(shapely.get_type_id(geometry), list(_LINES))
    streets = np.flatnonzero((kinds == str(PlaceKind.STREET)) & drawn)
    if len(streets):
        shapes[streets] = shapely.to_wkb(geometry[streets])
    ids = [chunk.tags[at].get("id") for at in owner.tolist()]
    return pa.table(
        [
            pa.array(kinds.tolist(), pa.string()),
            pa.array([" ".join(place.name.split())[:_LONGEST_NAME] for place in places], pa.string()),
            pa.array([place.other_names for place in places], pa.string()),
            pa.array([place.number for place in places], pa.string()),
            pa.array(lon, pa.float64()),
            pa.array(lat, pa.float64()),
            pa.array(_reach_m(geometry, lon, lat), pa.float64()),
            pa.array(shapes.tolist(), pa.binary()),
            pa.array(ids, pa.string()),
        ],
        schema=PLACES,
    )


def _middles(geometry: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Find a point of each shape: half-way along a line, inside an area."""
    kind = shapely.get_type_id(geometry)
    middles = geometry.copy()
    lines = kind == 1
    if lines.any():
        middles[lines] = shapely.line_interpolate_point(geometry[lines], 0.5, normalized=True)
    others = (kind != 0) & ~lines
    if others.any():
        middles[others] = shapely.point_on_surface(geometry[others])
    return middles


def _reach_m(
    geometry: npt.NDArray[np.object_], lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Distance from each point to the furthest corner of its shape's box; of a line its length, if less."""
    if not len(geometry):
        return np.zeros(0)
    west, south, east, north = shapely.bounds(geometry).T
    reach = np.zeros(len(geometry))
    for x in (west, east):
        for y in (south, north):
            reach = np.maximum(reach, distance_m(lon, lat, x, y))
    lines = np.isin(shapely.get_type_id(geometry), list(_LINES))
    if lines.any():
        reach[lines] = np.minimum(reach[lines], length_m(geometry[lines]))
    return np.where(shapely.get_type_id(geometry) == 0, 0.0, reach)
