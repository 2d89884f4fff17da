"""Hamlets with an outline: where a case that is known to its hamlet, and no nearer, may be."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geozone.index import UnitIndex
from geozone.tables import fold
from geozone.zoning.land import Land

__all__ = ["HAMLET", "HAMLET_WORDS", "Hamlets", "bare_name"]

IntArray = npt.NDArray[np.int64]

HAMLET = "hamlet"
"""Kind of the blocks that are hamlets or residential groups."""
HAMLET_WORDS = (
    "to dan pho so", "to dan pho", "tdp so", "tdp", "to dan cu", "khu dan cu", "khu pho", "kp", "thon", "xom",
    "ap", "ban", "lang", "buon", "bon", "soc", "phum", "khom", "tieu khu", "to", "khu", "plei", "hamlet",
)  # fmt: skip
"""Words before the name of a hamlet, as `geozone.tables.fold` leaves them, the longest first."""


def bare_name(text: str) -> str:
    """Reduce the name of a hamlet to what tells it apart.

    Parameters
    ----------
    text : str
        Such as ``Thôn Đông``, ``TDP số 3``.

    Returns
    -------
    str
        Folded, without the word for its kind: ``dong``, ``3``; of a number without zeros before it.
    """
    folded = fold(text)
    for word in HAMLET_WORDS:
        if folded.startswith(word + " "):
            folded = folded[len(word) + 1 :]
            break
    return folded.lstrip("0") or folded if folded.isdigit() else folded


class Hamlets:
    """The blocks that are hamlets, found by commune and name, or by place.

    Parameters
    ----------
    blocks : GeoDataFrame
        `geozone.schema.BLOCKS`; those of the kind `HAMLET` count.
    land : Land
        The communes.

    Attributes
    ----------
    table : GeoDataFrame
        The hamlets.
    commune : ndarray of int64
        Row of the commune that a point inside each lies in; -1 for none.
    """

    def __init__(self, blocks: gpd.GeoDataFrame, land: Land) -> None:
        kinds = blocks["kind"] if "kind" in blocks.columns else pd.Series([None] * len(blocks))
        self.table = blocks[(kinds == HAMLET).to_numpy(dtype=bool, na_value=False)].reset_index(drop=True)
        shapes = self.table.geometry.to_numpy()
        inside = shapely.point_on_surface(shapes)
        self.commune = land.index.locate(shapely.get_x(inside), shapely.get_y(inside))
        self._index = UnitIndex(shapes)
        named = (self.table["name"] != self.table["block_code"]).to_numpy(dtype=bool)
        self._named = named
        self._by_name: dict[tuple[int, str], int] = {}
        repeated = set()
        for row, (commune, name) in enumerate(zip(self.commune.tolist(), self.table["name"], strict=True)):
            for key in {(commune, fold(name)), (commune, bare_name(name))} if named[row] else ():
                if self._by_name.setdefault(key, row) != row:
                    repeated.add(key)
        for key in repeated:
            del self._by_name[key]

    def __len__(self) -> int:
        return len(self.table)

    def of(self, places: pd.DataFrame) -> IntArray:
        """Find the hamlet of each place.

        Parameters
        ----------
        places : DataFrame
            ``commune`` (row), ``name`` (what was matched), ``lon``, ``lat``; places that are known to a
            hamlet.

        Returns
        -------
        ndarray of int64
            Row of ``table``; -1 where none is sure. The hamlet of that name in the commune, with or without
            the word for its kind, if there is only one; where the place or the outline has no name,
            the outline that holds its point.
        """
        found = np.full(len(places), -1, dtype=np.int64)
        if not len(self.table) or not len(places):
            return found
        lon, lat = places["lon"].to_numpy(dtype=np.float64), places["lat"].to_numpy(dtype=np.float64)
        at = np.full(len(places), -1, dtype=np.int64)
        located = np.isfinite(lon) & np.isfinite(lat)
        at[located] = self._index.locate(lon[located], lat[located])
        for i, (commune, name) in enumerate(zip(places["commune"].tolist(), places["name"], strict=True)):
            held = int(at[i])
            here = held if held >= 0 and self.commune[held] == commune else -1
            if not isinstance(name, str) or not name:
                found[i] = here
                continue
            own = name.partition(",")[0]
            row = self._by_name.get((commune, fold(own)), self._by_name.get((commune, bare_name(own)), -1))
            unnamed_here = here >= 0 and not self._named[here]
            found[i] = here if row < 0 and unnamed_here else row
        return found
