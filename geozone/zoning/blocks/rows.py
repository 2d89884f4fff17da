"""Rows of a file of shapes: which are usable, what they are called, what is wrong with the others."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geozone.admin.outline_files import OutlineFile, refuse_swapped
from geozone.errors import DataError, Fault
from geozone.schema import TableSchema
from geozone.tables import clean_text, map_columns, shown

__all__ = ["Bounds", "ShapeRows"]

Bounds = tuple[float, float, float, float]
"""West, south, east and north, degrees."""


@dataclass(eq=False)
class ShapeRows:
    """The rows of a file while they are read.

    Attributes
    ----------
    file : OutlineFile
        The file.
    columns : dict of str to str
        Field to header.
    texts : dict of str to Series
        Cells of the fields found, as clean text.
    shapes : ndarray of geometry
        One per row; replaced as they are mended.
    usable : ndarray of bool
        Which rows are kept.
    faults : list of Fault
        What was found so far.
    """

    file: OutlineFile
    columns: dict[str, str]
    texts: dict[str, pd.Series]
    shapes: npt.NDArray[np.object_]
    usable: npt.NDArray[np.bool_]
    faults: list[Fault] = field(default_factory=list)

    @classmethod
    def of(
        cls, file: OutlineFile, fields: Mapping[str, Sequence[str]], given: Mapping[str, str] | None
    ) -> ShapeRows:
        """Find the columns of a file.

        Parameters
        ----------
        file : OutlineFile
            The file.
        fields : mapping of str to sequence of str
            Patterns of the header of each field.
        given : mapping of str to str, optional
            Field to header, where the headers alone do not tell.

        Returns
        -------
        ShapeRows
            Every row usable so far.

        Raises
        ------
        DataError
            If a given column does not exist.
        """
        cells = file.table.drop(columns="geometry")
        headers = [str(column) for column in cells.columns]
        mapped = map_columns(headers, fields, overrides=given, name=file.name)
        texts = {name: clean_text(cells[header]) for name, header in mapped.columns.items()}
        shapes = file.table.geometry.to_numpy().copy()
        usable = np.ones(len(shapes), dtype=bool)
        return cls(file, dict(mapped.columns), texts, shapes, usable, [*file.faults, *mapped.faults])

    def note(self, position: int, column: str | None, found: str, expected: str) -> None:
        """Add a fault of a row.

        Parameters
        ----------
        position : int
            Position of the row.
        column : str or None
            The column, as the file calls it.
        found, expected : str
            What it holds and what it should hold.
        """
        self.faults.append(Fault(self.file.first_row + position, column, found, expected))

    def keep_kinds(self, kinds: Sequence[int], expected: str) -> None:
        """Leave out rows whose geometry is missing or of another kind.

        Parameters
        ----------
        kinds : sequence of int
            GEOS types to keep.
        expected : str
            What they are, in words.
        """
        empty = shapely.is_missing(self.shapes) | shapely.is_empty(self.shapes)
        right = ~empty & np.isin(shapely.get_type_id(self.shapes), list(kinds))
        for position in np.flatnonzero(~right).tolist():
            kind = "no geometry" if empty[position] else f"a {self.shapes[position].geom_type}"
            self.note(position, "geometry", kind, expected)
        self.usable &= right

    def refuse_swapped(self, bounds: Bounds | None) -> None:
        """Refuse a file whose latitudes come before its longitudes.

        Parameters
        ----------
        bounds : tuple of float or None
            Where the land is.

        Raises
        ------
        DataError
            If they do.
        """
        refuse_swapped(self.file.name, self.shapes[self.usable], bounds)

    def codes(self, name: str, prefix: str) -> npt.NDArray[np.object_]:
        """Give the identifier of each row: its own, or one derived from its shape.

        Parameters
        ----------
        name : str
            Field of the identifiers.
        prefix : str
            What a derived one begins with.

        Returns
        -------
        ndarray of str
            One per row.
        """
        own = self.texts.get(name)
        wkb = shapely.to_wkb(self.shapes)
        cells = [None] * len(wkb) if own is None else own.tolist()
        derived = [
            cell
            if isinstance(cell, str)
            else f"{prefix}-{hashlib.blake2b(shape or b'', digest_size=6).hexdigest()}"
            for cell, shape in zip(cells, wkb, strict=True)
        ]
        return np.array(derived, dtype=object)

    def refuse_repeated(self, name: str, codes: npt.NDArray[np.object_]) -> None:
        """Refuse a file that gives an identifier twice.

        Parameters
        ----------
        name : str
            Field of the identifiers.
        codes : ndarray of str
            One per row.

        Raises
        ------
        DataError
            If one is repeated; every repetition is listed.
        """
        first: dict[str, int] = {}
        faults = []
        for position in np.flatnonzero(self.usable).tolist():
            code, row = str(codes[position]), self.file.first_row + position
            if code in first:
                column = self.columns.get(name, "geometry")
                expected = f"each only once (row {first[code]} has it)"
                faults.append(Fault(row, column, shown(code), expected))
            first.setdefault(code, row)
        if faults:
            raise DataError(self.file.name, faults)

    def table(self, columns: pd.DataFrame, schema: TableSchema) -> gpd.GeoDataFrame:
        """Put the usable rows into a table.

        Parameters
        ----------
        columns : DataFrame
            The columns of the contract, one row per row of the file.
        schema : TableSchema
            The contract.

        Returns
        -------
        GeoDataFrame
            In the order of the file.

        Raises
        ------
        DataError
            If no row is usable.
        """
        if not self.usable.any():
            faults = self.faults or [Fault(None, None, "no rows", "at least one row of data")]
            raise DataError(self.file.name, faults)
        kept = schema.conform(columns[self.usable])
        return gpd.GeoDataFrame(kept, geometry=gpd.GeoSeries(list(self.shapes[self.usable])), crs="EPSG:4326")

    def all_faults(self) -> tuple[Fault, ...]:
        """Give the faults in the order of the file.

        Returns
        -------
        tuple of Fault
            Those of the file as a whole first.
        """
        return tuple(sorted(self.faults, key=lambda fault: fault.row or 0))
