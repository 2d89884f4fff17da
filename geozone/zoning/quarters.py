"""Large shapes cut into pieces, so that what is asked of a part of one does not cost the whole."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

__all__ = ["in_pieces"]

GeometryArray = npt.NDArray[np.object_]
IntArray = npt.NDArray[np.int64]

_MANY = 4_000


def in_pieces(shapes: GeometryArray) -> tuple[GeometryArray, IntArray]:
    """Cut shapes of many vertices into quarters, and these again, until none has many.

    Parameters
    ----------
    shapes : ndarray of geometry
        Surfaces.

    Returns
    -------
    pieces : ndarray of geometry
        Shapes of up to 4,000 vertices as they are; pieces of the others, which do not overlap and
        together are the shape.
    owner : ndarray of int64
        The shape that each is of, ascending.
    """
    pieces, owner = shapes, np.arange(len(shapes))
    done, done_owner = [], []
    while len(pieces):
        large = shapely.get_num_coordinates(pieces) > _MANY
        done.append(pieces[~large])
        done_owner.append(owner[~large])
        quarters = [_quarters(shape) for shape in pieces[large]]
        owner = np.repeat(owner[large], [len(one) for one in quarters])
        pieces = np.concatenate(quarters) if quarters else pieces[:0]
    found, of = np.concatenate([shapes[:0], *done]), np.concatenate([owner[:0], *done_owner])
    order = np.argsort(of, kind="stable")
    return found[order], of[order].astype(np.int64)


def _quarters(shape: BaseGeometry) -> GeometryArray:
    west, south, east, north = shape.bounds
    x, y = (west + east) / 2, (south + north) / 2
    corners = ((west, south, x, y), (x, south, east, y), (west, y, x, north), (x, y, east, north))
    cut = np.array([shapely.clip_by_rect(shape, *corner) for corner in corners], dtype=object)
    # Whether a shape of many holes is valid takes long to tell: that of large pieces shows in their parts.
    broken = np.zeros(len(cut), dtype=bool)
    small = shapely.get_num_coordinates(cut) <= _MANY
    broken[small] = ~shapely.is_valid(cut[small])
    if not np.isclose(shapely.area(cut).sum(), shapely.area(shape), rtol=1e-9, atol=0):
        broken[:] = True
    if broken.any():
        boxes = np.array([shapely.box(*corner) for corner in corners], dtype=object)
        cut[broken] = shapely.intersection(shape, boxes[broken])
    return cut[~shapely.is_empty(cut)]
