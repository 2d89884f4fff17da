"""What changed between two drafts: features, where they are, and the tiles that draw them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geozone.api.layers import ANALYST_LAYERS, LAYERS, LayerSpec
from geozone.release import DraftView
from geozone.splicing import is_missing
from geozone.tiles.mercator import EXTENT, TILE_BUFFER, to_world

__all__ = ["LayerChange", "compare_drafts", "put_together", "tiles_of"]

Boxes = NDArray[np.float64]
_SPECS = LAYERS | ANALYST_LAYERS
_MOST_BOXES = 32
_DEEPEST = 14
_CELLS = 8  # cells of clusters along a side of a tile
_ROUNDING = 2 / EXTENT  # drawn coordinates are whole numbers of the grid


@dataclass(frozen=True, slots=True)
class LayerChange:
    """What changed in one layer.

    Attributes
    ----------
    layer : str
        Which.
    added, changed, removed : int
        Features.
    boxes : ndarray of shape (n, 4)
        Where they are and were: west, south, east, north, degrees. Nothing else of the layer changed.
    """

    layer: str
    added: int
    changed: int
    removed: int
    boxes: Boxes

    def document(self) -> dict[str, Any]:
        """Write it as an event carries it.

        Returns
        -------
        dict
            Counts, boxes and the tiles to ask for again, by zoom, as ranges ``[x0, y0, x1, y1]``.
        """
        return {
            "id": self.layer,
            "added": self.added,
            "changed": self.changed,
            "removed": self.removed,
            "boxes": np.round(self.boxes, 6).tolist(),
            "tiles": {str(zoom): tiles_of(self, zoom) for zoom in range(_DEEPEST + 1)},
        }


def compare_drafts(before: DraftView | None, after: DraftView) -> list[LayerChange]:
    """Find what changed from one draft to the next.

    Parameters
    ----------
    before : DraftView or None
        The earlier one; none if there was none.
    after : DraftView
        The later one.

    Returns
    -------
    list of LayerChange
        Of the layers with geometry that changed, in the order they are listed.
    """
    found = []
    for name, spec in _SPECS.items():
        if name not in after.layer_names:
            continue
        change = _compare_layer(spec, before, after)
        if change is not None:
            found.append(change)
    return found


def put_together(changes: Iterable[Iterable[LayerChange]]) -> list[LayerChange]:
    """Put several changes of the live draft, one after another, into one.

    Parameters
    ----------
    changes : iterable of iterable of LayerChange
        The changes.

    Returns
    -------
    list of LayerChange
        By layer, in the order they are listed: a feature that changed twice counts twice, and what changed
        back is among it.
    """
    by_layer: dict[str, list[LayerChange]] = {}
    for change in chain.from_iterable(changes):
        by_layer.setdefault(change.layer, []).append(change)
    return [
        LayerChange(
            name,
            sum(one.added for one in by_layer[name]),
            sum(one.changed for one in by_layer[name]),
            sum(one.removed for one in by_layer[name]),
            _gathered(np.concatenate([one.boxes for one in by_layer[name]])),
        )
        for name in _SPECS
        if name in by_layer
    ]


def _compare_layer(spec: LayerSpec, before: DraftView | None, after: DraftView) -> LayerChange | None:
    if before is None or spec.id not in before.layer_names:
        boxes = after.boxes(spec.id)
        assert boxes is not None  # noqa: S101 - every layer listed has geometry
        return LayerChange(spec.id, len(boxes), 0, 0, _gathered(boxes)) if len(boxes) else None
    same_rows = before.attributes_digest(spec.id) == after.attributes_digest(spec.id)
    if same_rows and before.geometry_digest(spec.id) == after.geometry_digest(spec.id):
        return None
    old_rows, new_rows = _looked_at(spec.id, before, after)
    old, new = before.rows(spec.id, old_rows), after.rows(spec.id, new_rows)
    at = pd.Index(old[spec.id_column]).get_indexer(pd.Index(new[spec.id_column]))
    kept = np.flatnonzero(at >= 0)
    differs = _rows_differ(old, new, at[kept], kept)
    differs |= _outlines_differ(spec.id, before, after, old_rows[at[kept]], new_rows[kept])
    changed = kept[differs]
    gone = np.setdiff1d(np.arange(len(old)), at[kept])
    fresh = np.flatnonzero(at < 0)
    old_boxes, new_boxes = before.boxes(spec.id), after.boxes(spec.id)
    assert old_boxes is not None and new_boxes is not None  # noqa: S101, PT018 - both have geometry
    old_boxes, new_boxes = old_boxes[old_rows], new_boxes[new_rows]
    boxes = np.concatenate(
        [new_boxes[fresh], new_boxes[changed], old_boxes[at[changed]], old_boxes[gone]]
    ).reshape(-1, 4)
    if not len(boxes):
        return None
    return LayerChange(spec.id, len(fresh), len(changed), len(gone), _gathered(boxes))


def _looked_at(
    layer: str, before: DraftView, after: DraftView
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of both that may differ: those that an edit touched, or all."""
    count = before.count(layer)
    origin = after.origins.get(layer)
    if origin is None or (origin.attributes, origin.outlines) != (
        before.attributes_digest(layer),
        before.geometry_digest(layer),
    ):
        return np.arange(count), np.arange(after.count(layer))
    gone = np.ones(count, dtype=bool)
    gone[origin.rows[origin.rows >= 0]] = False
    return np.flatnonzero(gone), np.flatnonzero(origin.rows < 0)


def _rows_differ(
    old: pd.DataFrame, new: pd.DataFrame, old_rows: NDArray[np.int64], new_rows: NDArray[np.int64]
) -> NDArray[np.bool_]:
    differs = np.zeros(len(new_rows), dtype=bool)
    if list(old.columns) != list(new.columns):
        return ~differs
    for name in new.columns:
        one, other = old[name].iloc[old_rows].tolist(), new[name].iloc[new_rows].tolist()
        differs |= np.array([_differ(*pair) for pair in zip(one, other, strict=True)], dtype=bool)
    return differs


def _differ(one: Any, other: Any) -> bool:
    if is_missing(one) or is_missing(other):
        return is_missing(one) != is_missing(other)
    return bool(one != other)


def _outlines_differ(
    layer: str,
    before: DraftView,
    after: DraftView,
    old_rows: NDArray[np.int64],
    new_rows: NDArray[np.int64],
) -> NDArray[np.bool_]:
    old, new = before.outlines(layer), after.outlines(layer)
    assert old is not None and new is not None  # noqa: S101, PT018 - both have geometry
    one, other = old[old_rows], new[new_rows]
    differs = np.fromiter((a is not b for a, b in zip(one, other, strict=True)), dtype=bool, count=len(one))
    drawn = np.flatnonzero(differs)
    differs[drawn] = ~shapely.equals_exact(one[drawn], other[drawn], tolerance=0.0)
    return differs


def _gathered(boxes: Boxes) -> Boxes:
    """Leave out boxes without an outline and repeated ones; of many, one that holds them all."""
    known = np.unique(boxes[~np.isnan(boxes).any(axis=1)], axis=0)
    if len(known) <= _MOST_BOXES:
        return known
    return np.concatenate([known[:, :2].min(axis=0), known[:, 2:].max(axis=0)])[None, :]


def tiles_of(change: LayerChange, zoom: int) -> list[list[int]]:
    """Find the tiles of a zoom that draw what changed; all others are as they were, to the byte.

    Parameters
    ----------
    change : LayerChange
        The change.
    zoom : int
        The zoom.

    Returns
    -------
    list of list of int
        Ranges of columns and rows, ``[x0, y0, x1, y1]``, both ends included.
    """
    spec = _SPECS[change.layer]
    # A point moves its cluster within a cell; anything drawn reaches a little beyond its tile.
    margin = TILE_BUFFER / EXTENT + _ROUNDING + (1 / _CELLS if spec.clustered_to is not None else 0.0)
    last = (1 << zoom) - 1
    ranges = set()
    for west, south, east, north in change.boxes.tolist():
        corners = to_world(np.array([[west, north], [east, south]])) * (1 << zoom)
        low = [max(0, min(last, math.floor(value - margin))) for value in corners[0]]
        high = [max(0, min(last, math.floor(value + margin))) for value in corners[1]]
        ranges.add((*low, *high))
    return [list(one) for one in sorted(ranges)]
