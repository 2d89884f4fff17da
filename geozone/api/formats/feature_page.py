"""A page of features, as every format writes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from geozone.api.items_query import Presentation
from geozone.api.reference_systems import DEFAULT
from geozone.api.table import LayerTable

__all__ = ["FeaturePage"]


class FeaturePage(NamedTuple):
    """Features of one answer.

    Attributes
    ----------
    table : LayerTable
        The layer.
    rows : ndarray of int64
        Positions of the features, in order.
    presentation : Presentation
        What of each is given.
    members : dict
        Links and counts.
    """

    table: LayerTable
    rows: NDArray[np.int64]
    presentation: Presentation
    members: dict[str, Any]

    def chunks(self, size: int) -> Iterator[NDArray[np.int64]]:
        """Cut the rows into pieces, so that a long page is never held as a whole.

        Parameters
        ----------
        size : int
            Features in a piece.

        Yields
        ------
        ndarray of int64
            Positions.
        """
        for start in range(0, len(self.rows), size):
            yield self.rows[start : start + size]

    def features(self, rows: NDArray[np.int64]) -> Iterator[bytes]:
        """Write features as GeoJSON.

        Parameters
        ----------
        rows : ndarray of int64
            Positions.

        Returns
        -------
        iterator of bytes
            One feature each.
        """
        shown = self.presentation
        return self.table.features(
            rows, properties=shown.properties, system=shown.system, has_geometry=shown.has_geometry
        )

    def frame(self) -> gpd.GeoDataFrame:
        """Take the features as a table that names its reference system, x before y as files have it.

        Returns
        -------
        GeoDataFrame
            The properties asked for and the geometry.
        """
        shown = self.presentation
        system = DEFAULT if shown.system.is_geographic else shown.system
        found = self.table.frame(self.rows, system=system, has_geometry=shown.has_geometry)
        if system is not DEFAULT:
            found = found.set_crs(system.epsg)
        return found[[*shown.properties, "geometry"]].reset_index(drop=True)
