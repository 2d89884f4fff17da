"""A grid over units for bulk questions: most cells are of one unit, the others keep the edges that meet them.

A point in a cell that no edge meets has its cell's answer. In the other cells the point is joined to
the cell's middle, whose units are known, by a path of two legs, along the row and then along the
column; a unit holds the point if the path crosses its outline an even number of times and it holds
the middle, or an odd number and it does not. A crossing that rounding could turn is not guessed:
its point is handed back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

__all__ = ["CellGrid"]

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

_MOST_CELLS = 16_000_000
_CELLS_PER_UNIT = 100
_MARGIN = 1e-9
_ROUNDING = 3.4e-16
"""Relative error of an orientation in doubles: Shewchuk's (3 + 16 e) e, rounded up."""
_CHUNK = 250_000
_NOBODY = -1


class _Edges(NamedTuple):
    """Sides of all outlines, ordered by the polygon that they belong to."""

    ends: FloatArray
    """Shape (n, 4): x and y of the beginning, x and y of the end."""
    part: IntArray
    """Polygon of each side."""
    unit: IntArray
    """Unit of each polygon, ascending."""


class _Frame(NamedTuple):
    """Square cells, row by row from the south-west."""

    west: float
    south: float
    side: float
    columns: int
    rows: int


@dataclass(frozen=True, slots=True)
class _Buckets:
    """What the cells on outlines keep. A slot is such a cell, a group a polygon in it."""

    edge: npt.NDArray[np.int32]
    """Sides that meet the cell, slot by slot, within it group by group."""
    astride: BoolArray
    """Whether the side reaches over the column line through the cell's middle."""
    middle_left: BoolArray
    """Whether the cell's middle is on the left of the side."""
    first_edge: IntArray
    """Where the sides of each slot begin; one more at the end."""
    group_edge: IntArray
    """Where the sides of each group begin; one more at the end."""
    first_group: IntArray
    """Where the groups of each slot begin; one more at the end."""
    unit: IntArray
    """Unit of each group."""
    holds_middle: BoolArray
    """Whether the polygon of the group holds the cell's middle."""
    doubtful: BoolArray
    """Slots whose middle is on an outline, as near as rounding can tell."""


class CellGrid:
    """Units on a grid.

    Parameters
    ----------
    geometries : ndarray of Polygon or MultiPolygon
        The units; None and empty ones hold nothing.

    Raises
    ------
    ValueError
        If there is no polygon at all.
    """

    def __init__(self, geometries: npt.NDArray[np.object_]) -> None:
        self._edges = _edges_of(geometries)
        if len(self._edges.part) == 0:
            raise ValueError("no unit has an outline")
        self._frame = _frame_for(self._edges, len(geometries))
        cell, edge = _cells_met(self._edges.ends, self._frame)
        held_cell, held_part = _middles_held(self._edges, self._frame)
        state = np.full(self._frame.columns * self._frame.rows, _NOBODY, dtype=np.int32)
        # Of repeated cells numpy keeps the last value: in reverse, that of the lowest unit.
        state[held_cell[::-1]] = self._edges.unit[held_part[::-1]]
        met = np.zeros(len(state), dtype=bool)
        met[cell] = True
        cells = np.flatnonzero(met)
        state[cells] = -2 - np.arange(len(cells), dtype=np.int32)
        self._state = state
        mixed = met[held_cell]
        self._buckets = _fill(
            self._edges,
            self._frame,
            cells,
            (-2 - state[cell].astype(np.int64), edge),
            (-2 - state[held_cell[mixed]].astype(np.int64), held_part[mixed]),
        )

    def locate(self, lon: FloatArray, lat: FloatArray) -> tuple[IntArray, BoolArray]:
        """Find the unit that holds each point.

        Parameters
        ----------
        lon, lat : ndarray of float64
            Points, degrees; no missing ones.

        Returns
        -------
        unit : ndarray of int64
            Position of the lowest unit that holds the point; -1 for none.
        doubtful : ndarray of bool
            Points on an outline, or too near to one to tell by rounded arithmetic: to be asked
            elsewhere.
        """
        unit = np.empty(len(lon), dtype=np.int64)
        doubtful = np.zeros(len(lon), dtype=bool)
        for start in range(0, len(lon), _CHUNK):
            part = slice(start, start + _CHUNK)
            unit[part], doubtful[part] = self._locate_chunk(lon[part], lat[part])
        return unit, doubtful

    def _locate_chunk(self, lon: FloatArray, lat: FloatArray) -> tuple[IntArray, BoolArray]:
        frame = self._frame
        column = np.floor((lon - frame.west) / frame.side)
        row = np.floor((lat - frame.south) / frame.side)
        inside = (column >= 0) & (column < frame.columns) & (row >= 0) & (row < frame.rows)
        cell = np.where(inside, row * frame.columns + column, 0).astype(np.int64)
        unit = np.where(inside, self._state[cell], _NOBODY).astype(np.int64)
        doubtful = np.zeros(len(lon), dtype=bool)
        open_ = np.flatnonzero(unit < _NOBODY)
        if len(open_):
            slot = -2 - unit[open_]
            middle = frame.west + (column[open_] + 0.5) * frame.side
            unit[open_], doubtful[open_] = self._cross(slot, lon[open_], lat[open_], middle)
        return unit, doubtful

    def _cross(
        self, slot: IntArray, x: FloatArray, y: FloatArray, middle: FloatArray
    ) -> tuple[IntArray, BoolArray]:
        """Count crossings from each point to the middle of its cell, for each polygon there."""
        kept = self._buckets
        point, entry = _expand(kept.first_edge, slot)
        crossed, near = _crossings(
            self._edges.ends[kept.edge[entry]],
            (x[point], y[point], middle[point]),
            kept.astride[entry],
            kept.middle_left[entry],
        )
        total = np.concatenate([[0], np.cumsum(crossed)])
        owner, group = _expand(kept.first_group, slot)
        # Entries of a point follow each other from its first, so those of a group can be found by shifting.
        sizes = np.diff(kept.first_edge)[slot]
        shift = (np.cumsum(sizes) - sizes - kept.first_edge[slot])[owner]
        count = total[kept.group_edge[group + 1] + shift] - total[kept.group_edge[group] + shift]
        holds = ((count & 1) == 1) != kept.holds_middle[group]
        unit = np.full(len(slot), _NOBODY, dtype=np.int64)
        unit[owner[holds][::-1]] = kept.unit[group[holds]][::-1]
        doubtful = kept.doubtful[slot]
        doubtful[point[near]] = True
        return unit, doubtful


def _edges_of(geometries: npt.NDArray[np.object_]) -> _Edges:
    polygons, unit = shapely.get_parts(geometries, return_index=True)
    rings, part = shapely.get_rings(polygons, return_index=True)
    at, ring = shapely.get_coordinates(rings, return_index=True)
    step = ring[1:] == ring[:-1]
    ends = np.hstack([at[:-1], at[1:]])[step]
    return _Edges(ends, part[ring[1:][step]].astype(np.int64), unit.astype(np.int64))


def _frame_for(edges: _Edges, units: int) -> _Frame:
    ends = edges.ends
    low, high = ends[:, :2].min(axis=0), ends[:, :2].max(axis=0)
    area = float(np.prod(np.maximum(high - low, 1e-6)))
    length = float(np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1]).mean())
    # About four sides in a cell on an outline, at least some cells in a unit, and a bound on memory.
    side = min(2 * length, np.sqrt(area / (_CELLS_PER_UNIT * max(units, 1))))
    side = max(side, np.sqrt(area / _MOST_CELLS), 1e-6)
    # Odd fractions keep the middles of cells off round coordinates.
    west, south = low - side * np.array([1.3717, 1.6173])
    columns, rows = (np.floor((high - [west, south]) / side).astype(int) + 3).tolist()
    return _Frame(float(west), float(south), float(side), columns, rows)


def _expand(first: IntArray, chosen: IntArray) -> tuple[IntArray, IntArray]:
    """List the entries of the chosen slots: position in ``chosen`` and position of the entry."""
    start = first[chosen]
    sizes = first[chosen + 1] - start
    owner = np.repeat(np.arange(len(chosen)), sizes)
    shift = start - (np.cumsum(sizes) - sizes)
    return owner, np.arange(len(owner)) + shift[owner]


def _ranges(low: IntArray, high: IntArray) -> tuple[IntArray, IntArray]:
    """List the numbers from each low to each high: position of the range, and the number."""
    sizes = np.maximum(high - low + 1, 0)
    owner = np.repeat(np.arange(len(low)), sizes)
    return owner, np.arange(len(owner)) + (low - (np.cumsum(sizes) - sizes))[owner]


def _cells_met(ends: FloatArray, frame: _Frame) -> tuple[IntArray, IntArray]:
    """Cells that each side meets, with a margin for rounding: cell and side of each pair, sides ascending."""
    x1, y1, x2, y2 = ends.T
    left, right = (_cells_along(x, frame.west, frame) for x in _stretched(x1, x2))
    bottom, top = (_cells_along(y, frame.south, frame) for y in _stretched(y1, y2))
    first = bottom * frame.columns + left
    long = np.flatnonzero((left != right) | (bottom != top))
    owner, cell = _cells_of_long(ends[long], (bottom[long], top[long]), frame)
    sizes = np.ones(len(ends), dtype=np.int64)
    sizes[long] = np.bincount(owner, minlength=len(long))
    edge = np.repeat(np.arange(len(ends)), sizes)
    is_long = np.zeros(len(ends), dtype=bool)
    is_long[long] = True
    cells = first[edge]
    cells[is_long[edge]] = cell
    return cells, edge


def _cells_of_long(
    ends: FloatArray, rows: tuple[IntArray, IntArray], frame: _Frame
) -> tuple[IntArray, IntArray]:
    """Side and cell of each pair, for sides that reach over several cells."""
    x1, y1, x2, y2 = ends.T
    west, east = np.minimum(x1, x2), np.maximum(x1, x2)
    low, high = np.minimum(y1, y2), np.maximum(y1, y2)
    edge, row = _ranges(*rows)
    enter = np.maximum(frame.south + row * frame.side, low[edge]) - _MARGIN
    leave = np.minimum(frame.south + (row + 1) * frame.side, high[edge]) + _MARGIN
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        slope = ((x2 - x1) / (y2 - y1))[edge]
        one, other = (x1[edge] + (y - y1[edge]) * slope for y in (enter, leave))
    flat = ~(np.isfinite(one) & np.isfinite(other))
    west, east = west[edge], east[edge]
    first = np.where(flat, west, np.clip(np.minimum(one, other), west, east)) - _MARGIN
    last = np.where(flat, east, np.clip(np.maximum(one, other), west, east)) + _MARGIN
    pair, column = _ranges(
        _cells_along(first, frame.west, frame),
        _cells_along(last, frame.west, frame),
    )
    return edge[pair], row[pair] * frame.columns + column


def _stretched(one: FloatArray, other: FloatArray) -> tuple[FloatArray, FloatArray]:
    return np.minimum(one, other) - _MARGIN, np.maximum(one, other) + _MARGIN


def _cells_along(values: FloatArray, origin: float, frame: _Frame) -> IntArray:
    # All values are east and north of the frame's corner, so cutting off the fraction is the floor.
    return ((values - origin) * (1 / frame.side)).astype(np.int64)


def _middles_held(edges: _Edges, frame: _Frame) -> tuple[IntArray, IntArray]:
    """Cells whose middle each polygon holds, by scanning the rows: cell and polygon, polygons ascending."""
    x1, y1, x2, y2 = edges.ends.T
    low = np.floor((np.minimum(y1, y2) - frame.south) / frame.side - 0.5).astype(np.int64)
    high = np.ceil((np.maximum(y1, y2) - frame.south) / frame.side - 0.5).astype(np.int64)
    edge, row = _ranges(low, high)
    line = frame.south + (row + 0.5) * frame.side
    crosses = (y1[edge] <= line) != (y2[edge] <= line)
    edge, row, line = edge[crosses], row[crosses], line[crosses]
    x = x1[edge] + (line - y1[edge]) * ((x2[edge] - x1[edge]) / (y2[edge] - y1[edge]))
    strip = edges.part[edge] * frame.rows + row
    order = np.lexsort((x, strip))
    x, strip = x[order], strip[order]
    # A closed outline crosses a line an even number of times: in and out follow each other.
    first = np.ceil((x[0::2] - frame.west) / frame.side - 0.5).astype(np.int64)
    last = np.ceil((x[1::2] - frame.west) / frame.side - 0.5).astype(np.int64) - 1
    run, column = _ranges(first, last)
    of_run = strip[0::2][run]
    return (of_run % frame.rows) * frame.columns + column, of_run // frame.rows


def _fill(
    edges: _Edges,
    frame: _Frame,
    cells: IntArray,
    met: tuple[IntArray, IntArray],
    held: tuple[IntArray, IntArray],
) -> _Buckets:
    """Group sides by slot and polygon; ``met`` is slot and side, ``held`` slot and polygon of its middle."""
    parts = len(edges.unit)
    astride, left, on_it = _sides_of_middles(edges.ends, frame, cells[met[0]], met[1])
    # Sides come in the order of their polygons, so a stable sort by slot keeps the polygons together.
    order = np.argsort(met[0], kind="stable")
    slot, edge = met[0][order], met[1][order]
    key = slot * parts + edges.part[edge]
    begins = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    held_key = np.sort(held[0] * parts + held[1])
    groups = np.sort(np.concatenate([key[begins], held_key]), kind="stable")
    groups = groups[np.concatenate([[True], groups[1:] != groups[:-1]])]
    where = np.minimum(np.searchsorted(held_key, groups), max(len(held_key) - 1, 0))
    holds = held_key[where] == groups if len(held_key) else np.zeros(len(groups), dtype=bool)
    slots = np.arange(len(cells) + 1)
    doubtful = np.zeros(len(cells), dtype=bool)
    doubtful[met[0][on_it]] = True
    return _Buckets(
        edge.astype(np.int32),
        astride[order],
        left[order],
        np.searchsorted(slot, slots),
        np.append(np.searchsorted(key, groups), len(key)),
        np.searchsorted(groups // parts, slots),
        edges.unit[groups % parts],
        holds,
        doubtful,
    )


def _sides_of_middles(
    ends: FloatArray, frame: _Frame, cell: IntArray, edge: IntArray
) -> tuple[BoolArray, BoolArray, BoolArray]:
    """Whether a side is astride the column line of a cell's middle, has it on its left, runs through it."""
    row = cell // frame.columns
    x = frame.west + (cell - row * frame.columns + 0.5) * frame.side
    y = frame.south + (row + 0.5) * frame.side
    x1, y1, x2, y2 = (np.ascontiguousarray(column)[edge] for column in ends.T)
    run, rise = x2 - x1, y2 - y1
    turn = run * (y - y1) - rise * (x - x1)
    on_it = np.abs(turn) <= _MARGIN * (np.abs(run) + np.abs(rise))
    return (x1 <= x) != (x2 <= x), turn > 0, on_it


def _crossings(
    ends: FloatArray,
    at: tuple[FloatArray, FloatArray, FloatArray],
    astride: BoolArray,
    middle_left: BoolArray,
) -> tuple[BoolArray, BoolArray]:
    """Tell which sides the path from each point to the middle crosses, and where that is in doubt.

    ``at`` is x and y of the point, and x of the middle, where the path turns.
    """
    x1, y1, x2, y2 = ends.T
    x, y, turn_x = at
    rise, run, up = y2 - y1, x2 - x1, y - y1
    level = (y1 <= y) != (y2 <= y)
    base, first, second = run * up, rise * (x - x1), rise * (turn_x - x1)
    of_point, of_turn = base - first, base - second
    left, turn_left = of_point > 0, of_turn > 0
    crossed = (level & (left != turn_left)) ^ (astride & (turn_left != middle_left))
    reach = (np.minimum(y1, y2) <= y) & (y <= np.maximum(y1, y2))
    reach &= (np.minimum(x1, x2) <= x) & (x <= np.maximum(x1, x2))
    size = np.abs(base)
    near = (np.abs(of_point) <= _ROUNDING * (size + np.abs(first))) & (level | reach)
    near |= (np.abs(of_turn) <= _ROUNDING * (size + np.abs(second))) & (level | astride)
    return crossed, near
