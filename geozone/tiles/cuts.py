"""What tiles show of outlines: found by their boxes, cut, written as commands, and kept while there is room.

A new release changes what is said of the communes and hardly ever their outlines. So a cut outlives the
tile that it was made for, and the same place drawn for another release or another filter starts from it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geozone.tiles.commands import Drawing
from geozone.tiles.mercator import EXTENT, TILE_BUFFER

__all__ = ["CUT_BYTES", "Box", "Cut", "KeptCuts", "crossing", "tile_box", "touching"]

CUT_BYTES = 32 << 20
"""Memory for the cuts of one set of outlines: a country's communes at zooms 5 to 12 take two thirds of it."""
_OVERHEAD = 400  # bytes of bookkeeping for one cut, so that empty ones count too

Box = tuple[float, float, float, float]


class Cut(NamedTuple):
    """What one tile shows of a set of outlines.

    Attributes
    ----------
    rows : ndarray of int64
        Positions of the features drawn, ascending.
    drawing : Drawing
        Their geometry.
    """

    rows: NDArray[np.int64]
    drawing: Drawing

    @property
    def nbytes(self) -> int:
        """Memory that it takes."""
        return _OVERHEAD + self.rows.nbytes + self.drawing.encoded.nbytes + self.drawing.lengths.nbytes

    def only(self, chosen: NDArray[np.bool_] | None) -> Cut:
        """Leave features out.

        Parameters
        ----------
        chosen : ndarray of bool, optional
            Which rows of the whole set may be drawn; all by default.

        Returns
        -------
        Cut
            Those.
        """
        if chosen is None:
            return self
        kept = chosen[self.rows]
        return Cut(self.rows[kept], self.drawing.only(kept))


class KeptCuts:
    """Cuts of one set of outlines by address, least recently used out first; safe between threads.

    Parameters
    ----------
    capacity : int
        Bytes to hold at most.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._held: OrderedDict[tuple[int, int, int], Cut] = OrderedDict()
        self._size = 0
        self._guard = threading.Lock()

    def find(self, address: tuple[int, int, int]) -> Cut | None:
        """Look a cut up.

        Parameters
        ----------
        address : tuple of int
            Zoom, column, row.

        Returns
        -------
        Cut or None
            The cut, if it is held.
        """
        with self._guard:
            found = self._held.get(address)
            if found is not None:
                self._held.move_to_end(address)
            return found

    def put(self, address: tuple[int, int, int], cut: Cut) -> None:
        """Keep a cut.

        Parameters
        ----------
        address : tuple of int
            Zoom, column, row.
        cut : Cut
            What the tile shows.
        """
        with self._guard:
            replaced = self._held.pop(address, None)
            self._size += cut.nbytes - (replaced.nbytes if replaced is not None else 0)
            self._held[address] = cut
            while self._size > self._capacity:
                _, dropped = self._held.popitem(last=False)
                self._size -= dropped.nbytes


def tile_box(x: int, y: int, size: float = 1.0) -> Box:
    """Find what a tile draws: itself and a little beyond its edges.

    Parameters
    ----------
    x, y : int
        Column and row of the tile.
    size : float
        Grid steps in the unit of the answer.

    Returns
    -------
    tuple of float
        West, north, east, south; y downwards.
    """
    return (
        (x * EXTENT - TILE_BUFFER) / size,
        (y * EXTENT - TILE_BUFFER) / size,
        (x * EXTENT + EXTENT + TILE_BUFFER) / size,
        (y * EXTENT + EXTENT + TILE_BUFFER) / size,
    )


def touching(bounds: NDArray[np.float64], box: Box) -> NDArray[np.int64]:
    """Find the features whose box meets that of a tile.

    Parameters
    ----------
    bounds : ndarray of float64, shape (n, 4)
        Boxes of the features; NaN for a missing one, which touches nothing.
    box : tuple of float
        Box of the tile.

    Returns
    -------
    ndarray of int64
        Their positions, ascending.
    """
    return np.flatnonzero(
        (bounds[:, 0] < box[2]) & (bounds[:, 2] > box[0]) & (bounds[:, 1] < box[3]) & (bounds[:, 3] > box[1])
    )


def crossing(bounds: NDArray[np.float64], box: Box) -> NDArray[np.bool_]:
    """Tell which features are not wholly inside the box of a tile.

    Parameters
    ----------
    bounds : ndarray of float64, shape (n, 4)
        Boxes of the features.
    box : tuple of float
        Box of the tile.

    Returns
    -------
    ndarray of bool
        Whether each must be cut.
    """
    inside = (
        (bounds[:, 0] >= box[0])
        & (bounds[:, 1] >= box[1])
        & (bounds[:, 2] <= box[2])
        & (bounds[:, 3] <= box[3])
    )
    return np.asarray(~inside)
