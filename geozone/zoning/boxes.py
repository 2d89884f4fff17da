"""Boxes around clusters in an R*-tree: as many for a cluster as it grew by.

Nothing is looked up to be deleted when a cluster grows or takes in another, and a box larger than
what it holds costs no more than a look at the perimeter.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from rtree import index as rtree_index

__all__ = ["ClusterBoxes"]

Box = tuple[float, float, float, float]


class ClusterBoxes:
    """Find the clusters near a box.

    Parameters
    ----------
    shapes : ndarray of geometry
        Perimeters of the clusters 0, 1, ... to begin with.
    """

    def __init__(self, shapes: npt.NDArray[np.object_]) -> None:
        self._owner = {box: box for box in range(len(shapes))}
        self._of: dict[int, dict[int, Box]] = {i: {i: shape.bounds} for i, shape in enumerate(shapes)}
        self._next = len(shapes)
        self._tree: Any = rtree_index.Index()
        if len(shapes):
            boxes = shapely.bounds(shapes)
            self._tree = rtree_index.Index((np.arange(len(shapes)), boxes[:, :2], boxes[:, 2:]))

    def near(self, box: Box) -> set[int]:
        """Find the clusters that may reach into a box.

        Parameters
        ----------
        box : tuple of float
            West, south, east, north.

        Returns
        -------
        set of int
            Clusters; none that does is missing.
        """
        return {self._owner[number] for number in self._tree.intersection(box)}

    def add(self, cluster: int, box: Box) -> None:
        """Note where a cluster is, or has grown.

        Parameters
        ----------
        cluster : int
            The cluster.
        box : tuple of float
            Box of the part that is new.
        """
        held = self._of.setdefault(cluster, {})
        if any(_inside(box, one) for one in held.values()):
            return
        held[self._next] = box
        self._owner[self._next] = cluster
        self._tree.insert(self._next, box)
        self._next += 1

    def absorb(self, cluster: int, other: int) -> None:
        """Give the boxes of one cluster to another.

        Parameters
        ----------
        cluster, other : int
            The one that stays, and the one that goes.
        """
        boxes = self._of.pop(other)
        self._of[cluster] |= boxes
        self._owner.update(dict.fromkeys(boxes, cluster))

    def drop(self, cluster: int) -> None:
        """Forget a cluster.

        Parameters
        ----------
        cluster : int
            The cluster.
        """
        for number, box in self._of.pop(cluster).items():
            del self._owner[number]
            self._tree.delete(number, box)


def _inside(box: Box, other: Box) -> bool:
    return box[0] >= other[0] and box[1] >= other[1] and box[2] <= other[2] and box[3] <= other[3]
