"""Communes next to a commune of 2021: where an address may be that its list of successors leaves out."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pandas as pd
import shapely

from geozone.geocoding.lexicon import Lexicon
from geozone.geodesy import length_m
from geozone.types import AdminLevel, Edition

__all__ = ["Neighbours"]


class Neighbours:
    """Finds the 2025 communes beside a 2021 commune, on the outlines given.

    Parameters
    ----------
    lexicon : Lexicon
        Built from the same tables.
    units_2025, units_2021 : GeoDataFrame
        Communes with outlines, EPSG:4326.
    """

    def __init__(self, lexicon: Lexicon, units_2025: pd.DataFrame, units_2021: pd.DataFrame) -> None:
        self._lexicon = lexicon
        self._new = np.asarray(units_2025.geometry.to_numpy(), dtype=object)
        self._old = np.asarray(units_2021.geometry.to_numpy(), dtype=object)
        self._new_positions = _positions(lexicon, Edition.E2025, units_2025)
        self._old_rows = {unit: i for i, unit in enumerate(_positions(lexicon, Edition.E2021, units_2021))}
        self._known: dict[int, tuple[int, ...]] = {}

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self._new)

    def beside(self, unit: int) -> tuple[int, ...]:
        """Find the 2025 communes beside a 2021 commune that are not its successors.

        Parameters
        ----------
        unit : int
            Position of a commune of 2021 in the lexicon.

        Returns
        -------
        tuple of int
            Positions, the longest common border first; only those in a province of its successors.
        """
        known = self._known.get(unit)
        if known is None:
            known = self._known[unit] = self._find(unit)
        return known

    def _find(self, unit: int) -> tuple[int, ...]:
        cell = self._old[self._old_rows[unit]]
        if cell is None or shapely.is_empty(cell):
            return ()
        successors = {new for new, _ in self._lexicon.successors.get(unit, ())}
        provinces = {self._lexicon.units[new].province for new in successors}
        rows = [
            row
            for row in self._tree.query(cell, predicate="intersects").tolist()
            if self._new_positions[row] not in successors
            and self._lexicon.units[self._new_positions[row]].province in provinces
        ]
        if not rows:
            return ()
        shared_m = length_m(shapely.intersection(cell, self._new[rows]))
        order = sorted(range(len(rows)), key=lambda i: (-shared_m[i], self._new_positions[rows[i]]))
        return tuple(self._new_positions[rows[i]] for i in order)


def _positions(lexicon: Lexicon, edition: Edition, communes: pd.DataFrame) -> list[int]:
    return [lexicon.by_code[(edition, AdminLevel.COMMUNE, code)] for code in communes["code"]]
