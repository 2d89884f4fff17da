"""One layer of a release, ordered by identifier, answering the questions of a features request."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geozone.api.column_values import column_kind, column_values, typed_value
from geozone.api.filters import Budget, Filter, FilterError, Kind
from geozone.api.filters.operands import Values
from geozone.api.layers import LayerSpec
from geozone.api.ordering import SortKey, sorted_rows
from geozone.api.problems import ProblemError
from geozone.api.reference_systems import DEFAULT, ReferenceSystem
from geozone.geojson import plain_values, write_features, write_geometries

__all__ = ["LayerTable", "Selection"]

Box = tuple[float, float, float, float]
_FILTER_SECONDS = 2.0  # of the processor
_KEPT_ORDERS = 16


class Selection(NamedTuple):
    """Which features a request asks for.

    Attributes
    ----------
    boxes : tuple of Box
        Boxes, west, south, east, north; a feature in any is meant. Empty for everywhere.
    days : tuple of date, optional
        First and last day, each ``None`` where open.
    equal : mapping of str
        Property values, as text.
    filters : tuple of Filter
        Further conditions, all of which must be true.
    """

    boxes: tuple[Box, ...] = ()
    days: tuple[date | None, date | None] | None = None
    equal: Mapping[str, str] = {}
    filters: tuple[Filter, ...] = ()


class LayerTable:
    """The rows of a layer.

    Parameters
    ----------
    spec : LayerSpec
        The layer.
    attributes : DataFrame
        Its rows without geometry, as the release holds them.
    boxes : ndarray of shape (rows, 4)
        West, south, east, north of each, degrees; NaN where a row has no geometry.
    read_geometry : callable
        Gives the geometry of the rows; called when a feature itself is asked for.
    outline_texts : callable, optional
        Gives the geometry of some rows as GeoJSON; written from ``read_geometry`` by default.
    """

    def __init__(
        self,
        spec: LayerSpec,
        attributes: pd.DataFrame,
        boxes: NDArray[np.float64],
        read_geometry: Callable[[], NDArray[Any]],
        outline_texts: Callable[[NDArray[np.int64]], list[bytes]] | None = None,
    ) -> None:
        self.spec = spec
        self.attributes = attributes
        self.properties = spec.served(attributes.columns)
        self._bounds = boxes
        self._read_geometry = read_geometry
        self._outline_texts = outline_texts
        self._written: dict[str, list[Any]] = {}
        self._columns: dict[str, Values] = {}
        self._orders: dict[tuple[SortKey, ...], NDArray[np.int64]] = {}

    def __len__(self) -> int:
        return len(self.attributes)

    @cached_property
    def ids(self) -> list[str]:
        """Identifier of each row."""
        return [str(value) for value in self.attributes[self.spec.id_column].tolist()]

    @cached_property
    def _order(self) -> NDArray[np.int64]:
        # Rows keep the release's order, which tile geometry shares; paging goes by identifier.
        return np.argsort(np.array(self.ids, dtype=object), kind="stable").astype(np.int64)

    @cached_property
    def _row(self) -> dict[str, int]:
        return {identifier: row for row, identifier in enumerate(self.ids)}

    @property
    def boxes(self) -> NDArray[np.float64]:
        """West, south, east, north of each row, degrees; NaN without geometry."""
        return self._bounds

    @property
    def geometry(self) -> NDArray[Any]:
        """Geometry of each row, read when first asked for; ``None`` where a row has none."""
        return self._read_geometry()

    @property
    def bounds(self) -> Box | None:
        """West, south, east, north, degrees; ``None`` for an empty layer."""
        if not len(self) or np.isnan(self._bounds).all():
            return None
        low, high = np.nanmin(self._bounds[:, :2], axis=0), np.nanmax(self._bounds[:, 2:], axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    def box(self, row: int) -> list[float] | None:
        """Find the box of a feature.

        Parameters
        ----------
        row : int
            Position of the feature.

        Returns
        -------
        list of float or None
            West, south, east, north, degrees; ``None`` without geometry.
        """
        edges = self._bounds[row]
        return None if np.isnan(edges).any() else [round(float(edge), 6) for edge in edges]

    def row(self, identifier: str) -> int | None:
        """Find a feature.

        Parameters
        ----------
        identifier : str
            Its identifier.

        Returns
        -------
        int or None
            Its position.
        """
        return self._row.get(identifier)

    def values(self, row: int) -> dict[str, Any]:
        """Read the served properties of one feature.

        Parameters
        ----------
        row : int
            Position of the feature.

        Returns
        -------
        dict
            JSON values; JSON columns decoded.
        """
        return {name: self.values_of(np.array([row]), name)[0] for name in self.properties}

    def values_of(self, rows: NDArray[np.int64], name: str) -> list[Any]:
        """Read one property of several features; the whole column is written once and kept.

        Parameters
        ----------
        rows : ndarray of int64
            Positions.
        name : str
            The property.

        Returns
        -------
        list
            JSON values, in the order of the positions.
        """
        held = self._written.get(name)
        if held is None:
            is_json = name in self.spec.json_columns
            held = self._written[name] = plain_values(self.attributes[name], is_json=is_json)
        return [held[row] for row in rows.tolist()]

    def select(self, selection: Selection, *, sort: tuple[SortKey, ...] = ()) -> NDArray[np.int64]:
        """Find the features of a request.

        Parameters
        ----------
        selection : Selection
            What is asked for.
        sort : tuple of SortKey
            Properties to order them by.

        Returns
        -------
        ndarray of int64
            Positions, in that order and then in the order of the identifiers.

        Raises
        ------
        ProblemError
            400 if a value does not fit its property, or a filter takes too long.
        """
        chosen = np.ones(len(self), dtype=bool)
        if selection.boxes:
            inside = np.zeros(len(self), dtype=bool)
            for west, south, east, north in selection.boxes:
                inside |= (
                    (self._bounds[:, 0] <= east)
                    & (self._bounds[:, 2] >= west)
                    & (self._bounds[:, 1] <= north)
                    & (self._bounds[:, 3] >= south)
                )
            chosen &= inside
            self._refine(chosen, selection.boxes)
        if selection.days is not None and self.spec.interval is not None:
            chosen &= self._in_force(*selection.days)
        for name, value in selection.equal.items():
            chosen &= self._equal(name, value)
        rows = np.flatnonzero(chosen)
        for one in selection.filters:
            rows = rows[self._filtered(one, rows)]
        kept = np.zeros(len(self), dtype=bool)
        kept[rows] = True
        order = self._sorted(sort)
        return order[kept[order]]

    def after(
        self, rows: NDArray[np.int64], cursor: str, *, sort: tuple[SortKey, ...] = ()
    ) -> NDArray[np.int64]:
        """Drop the features up to a cursor.

        Parameters
        ----------
        rows : ndarray of int64
            Positions as ``select`` gave them.
        cursor : str
            The last identifier already sent; unless the order is by properties it need not exist.
        sort : tuple of SortKey
            The order they are in.

        Returns
        -------
        ndarray of int64
            Those after it.

        Raises
        ------
        ProblemError
            400 if nothing has the identifier and the order is by properties.
        """
        if not sort:
            return rows[bisect_right([self.ids[row] for row in rows.tolist()], cursor) :]
        row = self.row(cursor)
        if row is None:
            fault = {"in": "query", "name": "after", "reason": "is not the identifier of a feature"}
            raise ProblemError(400, "A parameter is wrong.", errors=(fault,))
        order = self._sorted(sort)
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        later: NDArray[np.int64] = rows[place[rows] > place[row]]
        return later

    def features(
        self,
        rows: NDArray[np.int64],
        *,
        properties: Sequence[str] | None = None,
        system: ReferenceSystem = DEFAULT,
        has_geometry: bool = True,
    ) -> Iterator[bytes]:
        """Write features.

        Parameters
        ----------
        rows : ndarray of int64
            Positions.
        properties : sequence of str, optional
            Those to write; all that are served by default.
        system : ReferenceSystem
            System of the coordinates.
        has_geometry : bool
            Whether to write it; null otherwise.

        Returns
        -------
        iterator of bytes
            One GeoJSON feature each.
        """
        names = self.properties if properties is None else properties
        return iter(
            write_features(
                [self.ids[row] for row in rows.tolist()],
                self._geometries(rows, system, has_geometry=has_geometry),
                {name: self.values_of(rows, name) for name in names},
            )
        )

    def frame(
        self, rows: NDArray[np.int64], *, system: ReferenceSystem = DEFAULT, has_geometry: bool = True
    ) -> gpd.GeoDataFrame:
        """Take rows with their geometry.

        Parameters
        ----------
        rows : ndarray of int64
            Positions.
        system : ReferenceSystem
            System of the coordinates.
        has_geometry : bool
            Whether to read it; ``None`` otherwise.

        Returns
        -------
        GeoDataFrame
            Every column of the layer; in EPSG:4326, or without a system where coordinates are of another.
        """
        return gpd.GeoDataFrame(
            self.attributes.iloc[rows],
            geometry=self._outlines(rows, system, has_geometry=has_geometry),
            crs="EPSG:4326" if system is DEFAULT else None,
        )

    def _geometries(
        self, rows: NDArray[np.int64], system: ReferenceSystem, *, has_geometry: bool
    ) -> list[bytes]:
        if self._outline_texts is not None and has_geometry and system is DEFAULT:
            return self._outline_texts(rows)
        outlines = self._outlines(rows, system, has_geometry=has_geometry)
        return write_geometries(outlines, precision=system.decimals)

    def _outlines(
        self, rows: NDArray[np.int64], system: ReferenceSystem, *, has_geometry: bool
    ) -> NDArray[Any]:
        if not has_geometry:
            return np.full(len(rows), None, dtype=object)
        if system is DEFAULT:
            return self.geometry[rows]
        turned: NDArray[Any] = shapely.transform(self.geometry[rows], system.from_lonlat)
        return turned

    @cached_property
    def kinds(self) -> dict[str, Kind]:
        """Kind of every property that can be compared and sorted by."""
        return {name: column_kind(self.attributes[name]) for name in self.filterable()}

    def column(self, name: str) -> Values:
        """Read a property as filters compare it; kept once read.

        Parameters
        ----------
        name : str
            One that can be compared.

        Returns
        -------
        Values
            Of every row.
        """
        held = self._columns.get(name)
        if held is None:
            held = self._columns[name] = column_values(self.attributes[name])
        return held

    def filterable(self) -> Sequence[str]:
        """List the properties that may be compared.

        Returns
        -------
        sequence of str
            Every served property that is not JSON.
        """
        return [name for name in self.properties if name not in self.spec.json_columns]

    def _filtered(self, one: Filter, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        try:
            return one.matches(self, rows, Budget(_FILTER_SECONDS))
        except FilterError as error:
            fault = {"in": "query", "name": "filter", "reason": str(error)}
            raise ProblemError(400, "A parameter is wrong.", errors=(fault,)) from None

    def _sorted(self, sort: tuple[SortKey, ...]) -> NDArray[np.int64]:
        """Order every row; the orders asked for are kept, a few of them."""
        if not sort:
            return self._order
        held = self._orders.get(sort)
        if held is None:
            columns = {key.name: self.column(key.name) for key in sort}
            held = sorted_rows(self._order, sort, columns, self.kinds)
            if len(self._orders) >= _KEPT_ORDERS:
                self._orders.clear()
            self._orders[sort] = held
        return held

    def _refine(self, chosen: NDArray[np.bool_], boxes: tuple[Box, ...]) -> None:
        """Test the geometry itself where the box of a feature is not wholly inside."""
        rows = np.flatnonzero(chosen)
        bounds = self._bounds[rows]
        geometries = self.geometry[rows]
        kept = np.zeros(len(rows), dtype=bool)
        for west, south, east, north in boxes:
            kept |= (bounds[:, :2] >= (west, south)).all(axis=1) & (bounds[:, 2:] <= (east, north)).all(
                axis=1
            )
            open_ = np.flatnonzero(~kept)
            kept[open_] = shapely.intersects(geometries[open_], shapely.box(west, south, east, north))
        chosen[rows] = kept

    def _in_force(self, first: date | None, last: date | None) -> NDArray[np.bool_]:
        assert self.spec.interval is not None  # noqa: S101 - asked by the caller
        opened, lifted = (pd.to_datetime(self.attributes[name]) for name in self.spec.interval)
        chosen = np.ones(len(self), dtype=bool)
        if last is not None:
            chosen &= ~(opened > pd.Timestamp(last)).to_numpy()
        if first is not None:
            chosen &= ~(lifted < pd.Timestamp(first)).to_numpy()
        return chosen

    def _equal(self, name: str, value: str) -> NDArray[np.bool_]:
        column = self.attributes[name]
        try:
            wanted = typed_value(column, value)
        except ValueError:
            fault = {"in": "query", "name": name, "reason": "is not a value of this property's type"}
            raise ProblemError(400, "A parameter is wrong.", errors=(fault,)) from None
        return np.asarray((column == wanted).fillna(False), dtype=bool)
