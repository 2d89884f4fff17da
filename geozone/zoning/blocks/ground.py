"""What is known below the commune, and the map of blocks that is made of it where an outbreak is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geozone.zoning.blocks.enclosure import CHECKPOINT_RESIDENTS
from geozone.zoning.blocks.hamlets import Hamlets
from geozone.zoning.blocks.kinds import widest_first
from geozone.zoning.blocks.partition import Partition, PartitionOptions, divide
from geozone.zoning.blocks.people import settle
from geozone.zoning.blocks.posts import Posts, find_posts, within_reach
from geozone.zoning.land import Land
from geozone.zoning.people import People, PeoplePoints

__all__ = ["BlockMap", "Crossings", "Ground"]

GeometryArray = npt.NDArray[np.object_]
IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

_MAPS_KEPT = 16


@dataclass(frozen=True, slots=True, eq=False)
class BlockMap:
    """Blocks of some communes with their residents, and the places for checkpoints between them.

    Attributes
    ----------
    blocks : GeoDataFrame
        Blocks as `geozone.zoning.blocks.people.settle` gives them.
    posts : Posts
        Places for checkpoints.
    partition : Partition
        The mesh below.
    """

    blocks: gpd.GeoDataFrame
    posts: Posts
    partition: Partition


class Crossings(NamedTuple):
    """Places where roads cross lines: parallel arrays, by line and place."""

    line: IntArray
    at: FloatArray
    """Longitude and latitude, degrees, shape (n, 2)."""
    roads: list[IntArray]
    """Rows of the roads that cross there, the widest first."""


class Ground:
    """What is known below the commune: blocks and roads that zones can be held on, and where people live.

    Parameters
    ----------
    blocks : GeoDataFrame, optional
        The `geozone.schema.BLOCKS` contract with polygons.
    roads : GeoDataFrame, optional
        The `geozone.schema.ROADS` contract with lines. Without polygons, blocks are what they enclose.
    points : DataFrame or PeoplePoints, optional
        ``lon, lat, residents`` and, if known, ``households``: a population grid or houses, for residents of
        blocks and zones.
    options : PartitionOptions, optional
        How tolerant the division into blocks is.
    checkpoint_residents : float
        What a checkpoint weighs beside residents shut in.
    """

    def __init__(
        self,
        blocks: gpd.GeoDataFrame | None = None,
        roads: gpd.GeoDataFrame | None = None,
        *,
        points: pd.DataFrame | PeoplePoints | None = None,
        options: PartitionOptions | None = None,
        checkpoint_residents: float = CHECKPOINT_RESIDENTS,
    ) -> None:
        self.blocks = blocks
        self.roads = None if roads is None else widest_first(roads)
        self.points = PeoplePoints(points) if isinstance(points, pd.DataFrame) else points
        self.options = options or PartitionOptions()
        self.checkpoint_residents = checkpoint_residents
        self._maps: dict[tuple[object, ...], BlockMap] = {}
        self._hamlets: tuple[Land, Hamlets] | None = None
        travelled = None if self.roads is None else self.roads[self.roads["passable"].to_numpy(dtype=bool)]
        nothing = np.empty(0, dtype=object)
        self._lines = nothing if travelled is None else travelled.geometry.to_numpy()
        self._names = nothing if travelled is None else travelled["name"].to_numpy(dtype=object)
        self._kinds = nothing if travelled is None else travelled["kind"].to_numpy(dtype=object)
        self._road_tree = shapely.STRtree(self._lines)
        self._outlines = shapely.STRtree(
            np.concatenate(
                [table.geometry.to_numpy() for table in (blocks, roads) if table is not None]
                or [np.empty(0, dtype=object)]
            )
        )

    @property
    def knows_roads(self) -> bool:
        """Whether checkpoints can be told at all."""
        return len(self._lines) > 0

    def knows_roads_in(self, shapes: GeometryArray) -> npt.NDArray[np.bool_]:
        """Tell in which shapes any road is known: without one, checkpoints are not none but unknown.

        Parameters
        ----------
        shapes : ndarray of geometry
            Shapes, degrees.

        Returns
        -------
        ndarray of bool
            One per shape.
        """
        found = np.zeros(len(shapes), dtype=bool)
        found[self._road_tree.query(shapes, predicate="intersects")[0]] = True
        return found

    def hamlets(self, land: Land) -> Hamlets | None:
        """Give the blocks that are hamlets, for cases known to no more than theirs.

        Parameters
        ----------
        land : Land
            The communes.

        Returns
        -------
        Hamlets or None
            None where no blocks are known.
        """
        if self.blocks is None:
            return None
        if self._hamlets is None or self._hamlets[0] is not land:
            self._hamlets = (land, Hamlets(self.blocks, land))
        return self._hamlets[1]

    def divides(self, land: Land, communes: IntArray) -> IntArray:
        """Keep the communes that a road or polygon divides.

        Parameters
        ----------
        land : Land
            The communes.
        communes : ndarray of int64
            Rows of communes.

        Returns
        -------
        ndarray of int64
            Those of them, ascending.
        """
        near = np.unique(self._outlines.query(land.geometries[communes], predicate="intersects")[0])
        return np.unique(communes[near])

    def map_of(self, people: People, communes: IntArray) -> BlockMap | None:
        """Divide communes into blocks; the same communes are divided once.

        Parameters
        ----------
        people : People
            Where people live, and the communes.
        communes : ndarray of int64
            Rows of those to divide; those without a road or polygon are left out.

        Returns
        -------
        BlockMap or None
            None if nothing divides them.
        """
        land, counts = people.land, people.counts
        wanted = self.divides(land, communes)
        told = None if counts is None else counts[wanted].tobytes()
        key = (id(land), wanted.tobytes(), told)
        if len(wanted) and key not in self._maps:
            part = divide(land, wanted, polygons=self.blocks, roads=self.roads, options=self.options)
            blocks = settle(part.blocks, land, counts=counts, points=self.points)
            self._maps[key] = BlockMap(blocks, find_posts(part), part)
            while len(self._maps) > _MAPS_KEPT:
                del self._maps[next(iter(self._maps))]
        found = self._maps.get(key)
        return found if found is not None and len(found.blocks) else None

    def crossings(self, lines: GeometryArray) -> Crossings:
        """Find where roads cross lines, such as the outlines of zones.

        Parameters
        ----------
        lines : ndarray of geometry
            Lines, degrees.

        Returns
        -------
        Crossings
            Places no farther apart than one post holds are one; a road along a line does not cross it.
        """
        if not self.knows_roads:
            return Crossings(np.empty(0, dtype=np.int64), np.empty((0, 2)), [])
        line, road = self._road_tree.query(lines, predicate="intersects")
        met = shapely.intersection(self._lines[road], lines[line])
        parts, pair = shapely.get_parts(met, return_index=True)
        point = shapely.get_type_id(parts) == shapely.GeometryType.POINT
        at = shapely.get_coordinates(parts[point])
        line, road = line[pair[point]], road[pair[point]]
        order = np.lexsort((road, at[:, 0], at[:, 1], line))
        return _held_together(line[order], road[order], at[order])

    def road_words(self, roads: IntArray) -> tuple[str, str]:
        """Name what crosses at a place.

        Parameters
        ----------
        roads : ndarray of int64
            Rows of `Crossings.roads`, the widest first.

        Returns
        -------
        name : str
            Up to three names, or the kind where none has a name.
        kind : str
            Kind of the widest.
        """
        return road_words(self._names, self._kinds, roads)


_NAMELESS = {
    "motorway": "đường cao tốc",
    "trunk": "quốc lộ",
    "primary": "tỉnh lộ",
    "secondary": "huyện lộ",
    "tertiary": "đường xã",
    "street": "đường",
    "alley": "ngõ",
    "path": "lối đi",
}


def road_words(
    names: npt.NDArray[np.object_], kinds: npt.NDArray[np.object_], roads: IntArray
) -> tuple[str, str]:
    """Name what meets at a place.

    Parameters
    ----------
    names, kinds : ndarray of object
        Name (or missing) and kind of every road.
    roads : ndarray of int64
        Rows of the roads there, the widest first; at least one.

    Returns
    -------
    name : str
        Up to three names, or the kind in Vietnamese where none has a name.
    kind : str
        Kind of the widest.
    """
    kind = str(kinds[roads[0]])
    known = list(dict.fromkeys(name for name in names[roads] if isinstance(name, str)))[:3]
    return " – ".join(known) or f"{_NAMELESS.get(kind, kind)} không tên", kind


def _held_together(line: IntArray, road: IntArray, at: FloatArray) -> Crossings:
    """Join the crossings of each line that one post holds."""
    lines, places, roads = [], [], []
    for mine in np.split(np.arange(len(line)), np.flatnonzero(np.diff(line)) + 1):
        if not len(mine):
            continue
        group = within_reach(at[mine])
        for label in dict.fromkeys(group.tolist()):
            held = mine[group == label]
            lines.append(line[held[0]])
            places.append(at[held[0]])
            roads.append(np.unique(road[held]))
    return Crossings(np.array(lines, dtype=np.int64), np.array(places).reshape(-1, 2), roads)
