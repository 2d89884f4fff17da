"""Conditions on geometry: boxes first, then the geometry itself, a few thousand vertices at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geozone.api.filters.budget import Budget
from geozone.api.filters.faults import FilterError
from geozone.api.filters.geometry import Project, read_geometry
from geozone.api.filters.logic import Predicate, Truth, Work, constant, negation, truth
from geozone.api.filters.operands import GEOMETRY, Rows, shown

__all__ = ["SPATIAL", "spatial"]

_STEP = 20_000  # vertices of features between two looks at the clock
_Test = Callable[[Any, NDArray[Any]], NDArray[np.bool_]]
# The literal stands first, where it can be prepared: A within B is B contains A.
_TESTS: dict[str, _Test] = {
    "s_intersects": shapely.intersects,
    "s_equals": shapely.equals,
    "s_touches": shapely.touches,
    "s_crosses": shapely.crosses,
    "s_overlaps": shapely.overlaps,
    "s_within": shapely.contains,
    "s_contains": shapely.within,
}
_MIRRORED = {"s_within": "s_contains", "s_contains": "s_within"}
SPATIAL = frozenset({*_TESTS, "s_disjoint"})
"""Names of the operations of this module, in lower case."""


def spatial(name: str, arguments: list[Any], project: Project | None) -> Predicate:
    """Read a spatial condition of a filter's tree.

    Parameters
    ----------
    name : str
        One of ``SPATIAL``.
    arguments : list
        Its arguments: the geometry of the feature and geometry written out, in either order.
    project : callable, optional
        Turns coordinates of the filter into longitude and latitude.

    Returns
    -------
    Predicate
        The condition; unknown for features without geometry.

    Raises
    ------
    FilterError
        If the arguments do not fit.
    """
    if len(arguments) != 2:
        raise FilterError(f"gives {name.upper()} arguments that it does not take")
    if name == "s_disjoint":
        return negation(spatial("s_intersects", arguments, project))
    one, other = (_argument(argument, project) for argument in arguments)
    if one is None and other is None:
        return _with_itself(name)
    if one is not None and other is not None:
        return constant(value=bool(_TESTS[name](other, one)))
    if one is not None:
        return _with_literal(_TESTS[_MIRRORED.get(name, name)], one)
    return _with_literal(_TESTS[name], other)


def _argument(node: Any, project: Project | None) -> Any:
    """Read a geometry written out; ``None`` stands for that of the feature."""
    if isinstance(node, dict) and "property" in node:
        if node["property"] != GEOMETRY:
            raise FilterError(f"names a property that holds no geometry: {shown(node['property'])}")
        return None
    if isinstance(node, dict) and ("bbox" in node or "type" in node):
        return read_geometry(node, project)
    raise FilterError("holds something where geometry is expected")


def _with_itself(name: str) -> Predicate:
    holds = name in ("s_intersects", "s_equals", "s_within", "s_contains")

    def test(work: Work, rows: Rows) -> Truth:
        return truth(np.array([holds]), _absent(work.table.boxes[rows]), len(rows))

    return Predicate(0, test)


def _with_literal(holds: _Test, literal: Any) -> Predicate:
    # Made for one request and prepared by its thread: prepared geometry is not safe between threads.
    west, south, east, north = shapely.bounds(literal)

    def test(work: Work, rows: Rows) -> Truth:
        boxes = work.table.boxes[rows]
        near = (boxes[:, 0] <= east) & (boxes[:, 2] >= west) & (boxes[:, 1] <= north) & (boxes[:, 3] >= south)
        answer = np.zeros(len(rows), dtype=bool)
        candidates = np.flatnonzero(near)
        if len(candidates):
            shapely.prepare(literal)
            answer[candidates] = _tested(holds, literal, work.table.geometry[rows[candidates]], work.budget)
        return truth(answer, _absent(boxes), len(rows))

    return Predicate(2, test)


def _absent(boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray(np.isnan(boxes[:, 0]), dtype=bool)


def _tested(holds: _Test, literal: Any, geometries: NDArray[Any], budget: Budget) -> NDArray[np.bool_]:
    answer = np.zeros(len(geometries), dtype=bool)
    for start, stop in _steps(geometries):
        budget.check()
        try:
            answer[start:stop] = holds(literal, geometries[start:stop])
        except shapely.errors.GEOSException:
            raise FilterError("asks for a comparison that this geometry does not allow") from None
    return answer


def _steps(geometries: NDArray[Any]) -> Iterator[tuple[int, int]]:
    """Cut rows into steps of about as many vertices each."""
    sizes = np.cumsum(shapely.get_num_coordinates(geometries))
    start = 0
    while start < len(geometries):
        done = sizes[start - 1] if start else 0
        stop = max(int(np.searchsorted(sizes, done + _STEP)), start + 1)
        yield start, stop
        start = stop
