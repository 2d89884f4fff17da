"""A layer that writes its tiles."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from geozone.tiles.attributes import Attributes, FieldType, feature_ids
from geozone.tiles.encode import encode_layer
from geozone.tiles.geometry import TileGeometry

__all__ = ["TileSource"]


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
        self._attributes = Attributes(properties)
        self._ids = feature_ids(ids)

    @property
    def fields(self) -> dict[str, FieldType]:
        """Name and type of each property."""
        return self._attributes.fields

    @property
    def bounds(self) -> tuple[float, float, float, float] | None:
        """West, south, east, north, degrees; ``None`` for a layer with nothing to draw."""
        return self.geometry.bounds

    def tile(self, zoom: int, x: int, y: int) -> bytes:
        """Write one tile.

        Parameters
        ----------
        zoom, x, y : int
            Address; y counts from the north.

        Returns
        -------
        bytes
            A vector tile, not compressed; empty where nothing is drawn.

        Raises
        ------
        ValueError
            If the pyramid has no such tile, or the layer does not serve that zoom.
        """
        if not self.min_zoom <= zoom <= self.max_zoom:
            raise ValueError(f"zoom {zoom}: {self.name} has {self.min_zoom} to {self.max_zoom}")
        if not (0 <= x < 1 << zoom and 0 <= y < 1 << zoom):
            raise ValueError(f"tile {zoom}/{x}/{y} is outside the world")
        rows, commands = self.geometry.draw(zoom, x, y)
        if not len(rows):
            return b""
        tags = self._attributes.pick(rows)
        return encode_layer(self.name, self._attributes.names, self._ids[rows], tags, commands)
