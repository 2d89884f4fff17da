"""The communes as zoning needs them: by code and by place, with areas measured once."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geozone.geodesy import area_km2
from geozone.index import UnitIndex
from geozone.types import BoundaryQuality, Edition

__all__ = ["HasCommunes", "Land"]


@runtime_checkable
class HasCommunes(Protocol):
    """Anything that carries a table of communes, such as a set of administrative units."""

    @property
    def communes(self) -> gpd.GeoDataFrame:
        """One row per commune, with geometry."""
        ...


class Land:
    """Communes with their index and their areas, kept between drafts.

    Building one costs a fraction of a second; a what-if that is handed the same one pays nothing.

    Parameters
    ----------
    communes : GeoDataFrame
        One row per commune of one edition: the units contract, with geometry in EPSG:4326.

    Raises
    ------
    ValueError
        If a column is missing, a code is repeated or the coordinates are not EPSG:4326.
    """

    def __init__(self, communes: gpd.GeoDataFrame) -> None:
        missing = {"code", "name", "province_code", "boundary_quality"} - set(communes.columns)
        if missing:
            raise ValueError(f"the communes have no column {', '.join(sorted(missing))}")
        if communes.crs is not None and communes.crs.to_epsg() != 4326:
            raise ValueError(f"the communes are in {communes.crs.to_string()}, expected EPSG:4326")
        self.table = communes.reset_index(drop=True)
        self.codes = self.table["code"].astype("str").to_numpy(dtype=object)
        self.names = self.table["name"].astype("str").to_numpy(dtype=object)
        self.provinces = self.table["province_code"].astype("str").to_numpy(dtype=object)
        self.quality = self.table["boundary_quality"].astype("str").to_numpy(dtype=object)
        self.geometries: npt.NDArray[np.object_] = np.asarray(self.table.geometry.array, dtype=object)
        self._position = pd.Index(self.codes)
        if not self._position.is_unique:
            raise ValueError("a commune code is repeated")
        self.index = UnitIndex(self.geometries)
        self._areas = np.full(len(self.codes), np.nan)

    @classmethod
    def of(cls, units: Land | HasCommunes | gpd.GeoDataFrame) -> Land:
        """Take communes in any of the forms callers have them.

        Parameters
        ----------
        units : Land, HasCommunes or GeoDataFrame
            Prepared communes, a set of administrative units, or the table of its communes.

        Returns
        -------
        Land
            The same one if it was one.
        """
        if isinstance(units, Land):
            return units
        if isinstance(units, gpd.GeoDataFrame):
            return cls(units)
        return cls(units.communes)

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def edition(self) -> Edition:
        """Edition of the communes; the current one if the table does not say."""
        if "edition" in self.table.columns and len(self.table):
            return Edition(str(self.table["edition"].iloc[0]))
        return Edition.E2025

    @property
    def code_column(self) -> str:
        """Column of the geocodes that names a commune of this edition."""
        return "geo_commune_code_2021" if self.edition is Edition.E2021 else "geo_commune_code"

    def positions(self, codes: Any) -> npt.NDArray[np.int64]:
        """Find communes by code.

        Parameters
        ----------
        codes : array_like of str
            Codes; missing ones are allowed.

        Returns
        -------
        ndarray of int64
            Row of each commune, -1 for a code that is missing or unknown.
        """
        wanted = np.asarray(codes, dtype=object)
        return np.asarray(self._position.get_indexer(pd.Index(wanted, dtype=object)), dtype=np.int64)

    def areas_km2(self, positions: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Measure communes, each only once.

        Parameters
        ----------
        positions : ndarray of int64
            Rows of the communes.

        Returns
        -------
        ndarray of float64
            km² on the ellipsoid, in order.
        """
        unknown = np.unique(positions[np.isnan(self._areas[positions])])
        if len(unknown):
            self._areas[unknown] = np.nan_to_num(area_km2(self.geometries[unknown]))
        return self._areas[positions]

    def worst_quality(self, positions: npt.NDArray[np.int64]) -> str:
        """Tell how far the outlines of some communes can be trusted.

        Parameters
        ----------
        positions : ndarray of int64
            Rows of the communes; of all of them if there are none.

        Returns
        -------
        str
            ``approximate`` if any of them is.
        """
        found = self.quality[positions] if len(positions) else self.quality
        approximate = bool(np.any(found == BoundaryQuality.APPROXIMATE))
        return str(BoundaryQuality.APPROXIMATE if approximate else BoundaryQuality.IMPORTED)
