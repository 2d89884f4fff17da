"""Communes divided into blocks: by the user's polygons, and where there are none by roads and rivers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geozone.geodesy import area_km2, length_m
from geozone.index import UnitIndex
from geozone.zoning.blocks.kinds import widest_first
from geozone.zoning.blocks.mesh import Mesh, cut_mesh, extend_ends
from geozone.zoning.land import Land

__all__ = ["Partition", "PartitionOptions", "divide"]

GeometryArray = npt.NDArray[np.object_]
IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class PartitionOptions:
    """How tolerant the division is.

    Attributes
    ----------
    close_gap_m : float
        A road that ends no farther than this from another line is led up to it, metres.
    least_area_m2 : float
        A smaller face is part of the neighbour it has the longest border with, m²: the space between
        two carriageways, the middle of a roundabout, where two outlines do not quite fit.
    least_width_m : float
        So is a face that is narrower on average, metres.
    most_area_km2 : float
        A larger face between roads is no block that anybody could hold, km²: a perimeter keeps its disc
        there. The user's own polygons may be of any size.
    """

    close_gap_m: float = 3.0
    least_area_m2: float = 400.0
    least_width_m: float = 10.0
    most_area_km2: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Partition:
    """Communes divided into blocks.

    Attributes
    ----------
    blocks : GeoDataFrame
        ``block_code, name, commune_code, origin`` (``imported``, or ``roads`` for a block between roads),
        ``residents, households`` (none where the file tells none), ``area_km2`` and geometry: a polygon
        coverage. Ordered by commune and place.
    mesh : Mesh
        The mesh they are made of.
    owner : ndarray of int64
        Block of each face; -1 outside the divided communes.
    road : ndarray of int64
        Row of ``roads`` that each edge is part of; -1 for an outline.
    roads : GeoDataFrame
        The lines used.
    """

    blocks: gpd.GeoDataFrame
    mesh: Mesh
    owner: IntArray
    road: IntArray
    roads: gpd.GeoDataFrame


class _Faces(NamedTuple):
    """What is known of each face of the mesh."""

    commune: IntArray
    """Row of the commune; -1 outside the divided ones."""
    polygon: IntArray
    """Row of the imported polygon; -1 in none."""
    area_m2: FloatArray
    width_m: FloatArray


def divide(
    land: Land,
    communes: IntArray,
    *,
    polygons: gpd.GeoDataFrame | None,
    roads: gpd.GeoDataFrame | None,
    options: PartitionOptions | None = None,
) -> Partition:
    """Divide communes into blocks.

    Parameters
    ----------
    land : Land
        The communes.
    communes : ndarray of int64
        Rows of the communes to divide.
    polygons : GeoDataFrame or None
        The `geozone.schema.BLOCKS` contract with polygons. Where they overlap, the first one counts.
    roads : GeoDataFrame or None
        The `geozone.schema.ROADS` contract with lines.
    options : PartitionOptions, optional
        Tolerances.

    Returns
    -------
    Partition
        No place is in two blocks, and every place of these communes is in one, except in a commune that no
        line or polygon divides and in faces too large to hold. A polygon belongs to the commune that most
        of it lies in, and may reach over its border.
    """
    options = options or PartitionOptions()
    outlines = land.geometries[communes]
    polygons = _near(polygons, outlines)
    roads = widest_first(_near(roads, outlines))
    lines, line_road = _lines(roads, polygons, outlines, options)
    mesh = cut_mesh(lines)
    faces = _faces(mesh, polygons, communes, outlines)
    group = _join_slivers(mesh, faces, _first_groups(faces), options)
    blocks, owner = _blocks(mesh, faces, group, polygons, land)
    blocks, owner = _holdable(blocks, owner, options.most_area_km2)
    road = line_road[mesh.line]
    blocks["name"] = _named(blocks, _roads_around(mesh, owner, road, roads), land)
    return Partition(blocks, mesh, owner, road, roads)


def _near(table: gpd.GeoDataFrame | None, outlines: GeometryArray) -> gpd.GeoDataFrame:
    """Rows that touch one of the communes."""
    if table is None:
        return gpd.GeoDataFrame({"name": []}, geometry=gpd.GeoSeries([], crs="EPSG:4326"), crs="EPSG:4326")
    row, _ = shapely.STRtree(outlines).query(table.geometry.to_numpy(), predicate="intersects")
    return table.iloc[np.unique(row)].reset_index(drop=True)


def _lines(
    roads: gpd.GeoDataFrame, polygons: gpd.GeoDataFrame, outlines: GeometryArray, options: PartitionOptions
) -> tuple[GeometryArray, IntArray]:
    """Gather the lines of the mesh, and the road of each; -1 for outlines."""
    parts, road = shapely.get_parts(roads.geometry.to_numpy(), return_index=True)
    borders = np.concatenate([shapely.boundary(polygons.geometry.to_numpy()), shapely.boundary(outlines)])
    region = np.asarray(shapely.envelope(outlines), dtype=object)
    touching = np.unique(shapely.STRtree(region).query(parts, predicate="intersects")[0])
    parts, road = parts[touching], road[touching]
    added, prolonged = extend_ends(parts, borders, options.close_gap_m)
    lines = np.concatenate([parts, added, borders])
    owner = np.concatenate([road, road[prolonged], np.full(len(borders), -1, dtype=np.int64)])
    order = np.argsort(np.where(owner < 0, len(roads), owner), kind="stable")
    return lines[order], owner[order].astype(np.int64)


def _faces(mesh: Mesh, polygons: gpd.GeoDataFrame, communes: IntArray, outlines: GeometryArray) -> _Faces:
    inside = shapely.point_on_surface(mesh.faces)
    lon, lat = shapely.get_x(inside), shapely.get_y(inside)
    own = UnitIndex(outlines).locate(lon, lat)
    commune = np.where(own >= 0, communes[own], -1)
    shapes = polygons.geometry.to_numpy()
    polygon = UnitIndex(shapes).locate(lon, lat) if len(shapes) else np.full(len(lon), -1, dtype=np.int64)
    area = area_km2(mesh.faces) * 1e6
    if len(shapes):
        commune = _commune_of_polygons(commune, polygon, area)
    with np.errstate(invalid="ignore", divide="ignore"):
        width = np.nan_to_num(2 * area / length_m(mesh.faces))
    return _Faces(commune.astype(np.int64), polygon, area, width)


def _commune_of_polygons(commune: IntArray, polygon: IntArray, area: FloatArray) -> IntArray:
    """Give every face of a polygon the commune that most of the polygon lies in."""
    table = pd.DataFrame({"polygon": polygon, "commune": commune, "area": area})
    table = table[(table["polygon"] >= 0) & (table["commune"] >= 0)]
    share = table.groupby(["polygon", "commune"], as_index=False)["area"].sum()
    share = share.sort_values(["area", "commune"], ascending=[False, True]).drop_duplicates("polygon")
    chosen = dict(zip(share["polygon"], share["commune"], strict=True))
    given = np.array([chosen.get(one, -1) for one in polygon.tolist()], dtype=np.int64)
    return np.where(polygon >= 0, given, commune)


def _first_groups(faces: _Faces) -> IntArray:
    """Put the faces of one polygon together, and every other face by itself."""
    count = len(faces.commune)
    group = np.arange(count, dtype=np.int64)
    _, first, where = np.unique(faces.polygon, return_index=True, return_inverse=True)
    return np.where(faces.polygon >= 0, first[where.ravel()], group)


def _join_slivers(mesh: Mesh, faces: _Faces, group: IntArray, options: PartitionOptions) -> IntArray:
    """Give tiny and narrow faces to the block of their commune that they share the longest border with."""
    thin = (faces.area_m2 < options.least_area_m2) | (faces.width_m < options.least_width_m)
    thin &= (faces.polygon < 0) & (faces.commune >= 0)
    beside: dict[int, list[tuple[int, float]]] = {}
    left, right = mesh.sides.T
    shared = (left >= 0) & (right >= 0)
    shared &= (faces.commune[left] == faces.commune[right]) & (thin[left] | thin[right])
    for a, b, metres in zip(
        left[shared].tolist(), right[shared].tolist(), mesh.length_m[shared].tolist(), strict=True
    ):
        beside.setdefault(a, []).append((b, metres))
        beside.setdefault(b, []).append((a, metres))
    result = group.copy()
    members = {i: [i] for i in np.flatnonzero(thin).tolist()}
    # The smallest first: a chain of slivers ends in the block beside it.
    for face in sorted(members, key=lambda i: (faces.area_m2[i], i)):
        mine = result[face]
        lengths: dict[int, float] = {}
        for other, metres in beside.get(face, ()):
            if result[other] != mine:
                lengths[int(result[other])] = lengths.get(int(result[other]), 0.0) + metres
        if lengths:
            target = max(lengths, key=lambda one: (round(lengths[one], 3), -one))
            result[result == mine] = target
    return result


def _blocks(
    mesh: Mesh, faces: _Faces, group: IntArray, polygons: gpd.GeoDataFrame, land: Land
) -> tuple[gpd.GeoDataFrame, IntArray]:
    """Put the faces of each group together; codes follow commune and place."""
    used = np.flatnonzero(faces.commune >= 0)
    order = used[np.argsort(group[used], kind="stable")]
    labels, starts = np.unique(group[order], return_index=True)
    members = np.split(order, starts[1:])
    shapes = np.empty(len(labels), dtype=object)
    shapes[:] = [
        mesh.faces[mine[0]] if len(mine) == 1 else shapely.coverage_union_all(mesh.faces[mine])
        for mine in members
    ]
    polygon = np.array([faces.polygon[mine].max() for mine in members], dtype=np.int64)
    commune = np.array([faces.commune[mine[0]] for mine in members], dtype=np.int64)
    inside = shapely.point_on_surface(shapes)
    place = np.lexsort((shapely.get_x(inside), -shapely.get_y(inside), land.codes[commune].astype(str)))
    shapes, polygon, commune, labels = shapes[place], polygon[place], commune[place], labels[place]
    owner = np.full(len(group), -1, dtype=np.int64)
    position = pd.Series(np.arange(len(labels)), index=labels)
    owner[used] = position.loc[group[used]].to_numpy()
    codes = land.codes[commune]
    number = pd.Series(codes).groupby(codes).cumcount().to_numpy() + 1
    imported = polygon >= 0
    table = pd.DataFrame(
        {
            "block_code": pd.Series(
                [f"{code}-o{i:04d}" for code, i in zip(codes, number, strict=True)], dtype="str"
            ),
            "name": pd.Series([""] * len(codes), dtype="str"),
            "commune_code": pd.Series(codes, dtype="str"),
            "origin": pd.Series(np.where(imported, "imported", "roads"), dtype="str"),
            "residents": np.nan,
            "households": np.nan,
            "area_km2": area_km2(shapes),
        }
    )
    for column in ("block_code", "name", "residents", "households"):
        if imported.any():
            table.loc[imported, column] = polygons[column].to_numpy()[polygon[imported]]
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(list(shapes)), crs="EPSG:4326"), owner


def _holdable(
    blocks: gpd.GeoDataFrame, owner: IntArray, most_area_km2: float
) -> tuple[gpd.GeoDataFrame, IntArray]:
    """Leave out communes that nothing divides, and what is too large between roads to be a block."""
    many = blocks.groupby("commune_code")["block_code"].transform("size") > 1
    small = blocks["area_km2"] <= most_area_km2
    kept = ((many & small) | (blocks["origin"] == "imported")).to_numpy()
    position = np.append(np.where(kept, np.cumsum(kept) - 1, -1), -1)
    return blocks[kept].reset_index(drop=True), position[owner].astype(np.int64)


def _named(blocks: gpd.GeoDataFrame, longest: pd.DataFrame, land: Land) -> pd.Series:
    """Name blocks without a name after the roads around them, the longest stretch first."""
    found = {block: " – ".join(mine["name"].head(3)) for block, mine in longest.groupby("block")}
    position = land.positions(blocks["commune_code"].to_numpy(dtype=object))
    number = [code.rpartition("-o")[2].lstrip("0") for code in blocks["block_code"]]
    names = [
        name or found.get(i, f"Ô {order}, {land.names[at]}")
        for i, (name, order, at) in enumerate(zip(blocks["name"], number, position, strict=True))
    ]
    return pd.Series(names, dtype="str")


def _roads_around(mesh: Mesh, owner: IntArray, road: IntArray, roads: gpd.GeoDataFrame) -> pd.DataFrame:
    """List the named roads along the border of each block, the longest stretch first."""
    if not len(roads):
        return pd.DataFrame({"block": [], "name": []})
    sides = np.where(mesh.sides >= 0, owner[mesh.sides], -1)
    mine, across = np.concatenate([sides[:, 0], sides[:, 1]]), np.concatenate([sides[:, 1], sides[:, 0]])
    along = np.tile(road, 2)
    border = (mine >= 0) & (mine != across) & (along >= 0)
    names = roads["name"].to_numpy(dtype=object)[along[border]]
    metres = np.tile(mesh.length_m, 2)[border]
    table = pd.DataFrame({"block": mine[border], "name": names, "metres": metres}).dropna(subset=["name"])
    table = table.groupby(["block", "name"], as_index=False)["metres"].sum()
    return table.sort_values(["block", "metres", "name"], ascending=[True, False, True])
