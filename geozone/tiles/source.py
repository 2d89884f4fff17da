"""A layer that writes its tiles."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geozone.splicing import spliced
from geozone.tiles.attributes import Attributes, FieldType, TileTags, are_codes, feature_ids
from geozone.tiles.encode import encode_layer
from geozone.tiles.geometry import TileGeometry, points_in_tile

__all__ = ["TileSource"]

_CLUSTER_FIELDS: dict[str, FieldType] = {"cluster": "Boolean", "point_count": "Number"}


class TileSource:
    """One named layer: geometry, properties, identifiers.

    Parameters
    ----------
    name : str
        Name of the layer inside its tiles.
    geometry : TileGeometry
        Geometry, one for each row; may be shared with other layers.
    properties : DataFrame
        The properties served, and no others: nothing else of a table reaches a tile.
    ids : sequence of str
        Identifier of each row. A feature's own number in the tile is ``feature_ids(ids)``.
    min_zoom, max_zoom : int
        Zooms that have tiles, both included; clients draw beyond the last one from its tiles.
    clustered_to : int, optional
        Last zoom at which points are gathered into clusters, each with ``cluster`` and
        ``point_count`` instead of the properties of a point; by default none is. Polygons never are.

    Raises
    ------
    ValueError
        If the three differ in length or the zooms are out of order.
    """

    def __init__(
        self,
        name: str,
        geometry: TileGeometry,
        properties: pd.DataFrame,
        *,
        ids: Sequence[str],
        min_zoom: int = 0,
        max_zoom: int = 14,
        clustered_to: int | None = None,
    ) -> None:
        if not len(geometry) == len(properties) == len(ids):
            raise ValueError(
                f"{name}: {len(geometry)} geometries, {len(properties)} rows and {len(ids)} identifiers"
            )
        if not 0 <= min_zoom <= max_zoom <= 22:
            raise ValueError(f"{name}: zooms {min_zoom} to {max_zoom}, expected 0 to 22 in order")
        self.name = name
        self.geometry = geometry
        self.min_zoom = min_zoom
        self.max_zoom = max_zoom
        self._clustered_to = -1 if clustered_to is None or not geometry.points else clustered_to
        self._attributes = Attributes(properties)
        self._ids = feature_ids(ids)
        self._are_codes = are_codes(ids)

    def succeeded(
        self, geometry: TileGeometry, rows: NDArray[np.int64], fresh: pd.DataFrame, ids: Sequence[str]
    ) -> TileSource | None:
        """Take the layer that follows this one, of which a few features are new.

        Parameters
        ----------
        geometry : TileGeometry
            Its geometry.
        rows : ndarray of int64
            Where each feature was here; -1 for the new ones, in order.
        fresh : DataFrame
            Properties of the new ones.
        ids : sequence of str
            Identifiers of the new ones.

        Returns
        -------
        TileSource or None
            Its tiles are those of the whole layer made anew. ``None`` where that must be done, for all its
            rows would be written otherwise.

        Raises
        ------
        ValueError
            If the lengths differ.
        """
        new = rows < 0
        if not len(geometry) == len(rows) or not int(new.sum()) == len(fresh) == len(ids):
            raise ValueError(f"{self.name}: {len(fresh)} rows and {len(ids)} identifiers for {new.sum()}")
        attributes = self._attributes.succeeded(rows, fresh)
        if attributes is None or self._are_codes > are_codes(ids):
            return None
        made = copy(self)
        made.geometry, made._attributes = geometry, attributes
        made._ids = spliced(self._ids, rows, feature_ids(ids, as_codes=self._are_codes))
        return made

    @property
    def fields(self) -> dict[str, FieldType]:
        """Name and type of each property."""
        return self._attributes.fields | (_CLUSTER_FIELDS if self._clustered_to >= self.min_zoom else {})

    @property
    def bounds(self) -> tuple[float, float, float, float] | None:
        """West, south, east, north, degrees; ``None`` for a layer with nothing to draw."""
        return self.geometry.bounds

    def tile(self, zoom: int, x: int, y: int, chosen: NDArray[np.bool_] | None = None) -> bytes:
        """Write one tile.

        Parameters
        ----------
        zoom, x, y : int
            Address; y counts from the north.
        chosen : ndarray of bool, optional
            Which rows may be drawn; all by default.

        Returns
        -------
        bytes
            A vector tile, not compressed; empty where nothing is drawn. Tiles of several layers put
            one after another are one tile of all of them.

        Raises
        ------
        ValueError
            If the pyramid has no such tile, or the layer does not serve that zoom.
        """
        if not self.min_zoom <= zoom <= self.max_zoom:
            raise ValueError(f"zoom {zoom}: {self.name} has {self.min_zoom} to {self.max_zoom}")
        if not (0 <= x < 1 << zoom and 0 <= y < 1 << zoom):
            raise ValueError(f"tile {zoom}/{x}/{y} is outside the world")
        if zoom <= self._clustered_to:
            return self._clustered_tile(zoom, x, y, chosen)
        rows, drawing = self.geometry.draw(zoom, x, y, chosen)
        if not len(rows):
            return b""
        tags = self._attributes.pick(rows)
        return encode_layer(self.name, self._attributes.names, self._ids[rows], tags, drawing)

    def _clustered_tile(self, zoom: int, x: int, y: int, chosen: NDArray[np.bool_] | None) -> bytes:
        clusters = self.geometry.clusters(zoom, chosen)
        shown, drawing = points_in_tile(clusters.at, zoom, x, y)
        if not len(shown):
            return b""
        rows, counts = clusters.row[shown], clusters.points[shown]
        ids = np.where(counts == 1, self._ids[rows], clusters.id[shown])
        names = [*self._attributes.names, *_CLUSTER_FIELDS]
        return encode_layer(self.name, names, ids, self._tags(rows, counts), drawing)

    def _tags(self, rows: NDArray[np.int64], counts: NDArray[np.int64]) -> TileTags:
        """Take a point's own properties, or those of a cluster."""
        single = counts == 1
        of_points = self._attributes.pick(rows[single])
        gathered = pd.DataFrame({"cluster": True, "point_count": counts[~single]})
        of_clusters = Attributes(gathered).pick(np.arange(len(gathered)))
        of_one, of_many = of_points.positions, of_clusters.positions
        own = of_one.shape[1]
        positions = np.full((len(rows), own + of_many.shape[1]), -1, dtype=np.int64)
        positions[single, :own] = of_one
        positions[~single, own:] = np.where(of_many < 0, -1, of_many + of_points.entries)
        entries = of_points.entries + of_clusters.entries
        return TileTags(positions, of_points.table + of_clusters.table, entries)
