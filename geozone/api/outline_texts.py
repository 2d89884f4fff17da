"""Outlines as GeoJSON, each written when first asked for and shared by every release that has them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geozone.geojson import write_geometries

__all__ = ["OutlineTexts"]


class OutlineTexts:
    """GeoJSON geometries by set of outlines, sets least recently used out first; safe between threads.

    Parameters
    ----------
    capacity : int
        Bytes to hold at most. A set that is longer by itself is held in part.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._held: OrderedDict[str, dict[int, bytes]] = OrderedDict()
        self._size = 0
        self._guard = threading.Lock()

    def of(self, digest: str, rows: NDArray[np.int64], read: Callable[[], NDArray[Any]]) -> list[bytes]:
        """Give outlines as GeoJSON.

        Parameters
        ----------
        digest : str
            Digest of the set.
        rows : ndarray of int64
            Positions in it.
        read : callable
            Gives the geometries of the set, longitude and latitude.

        Returns
        -------
        list of bytes
            One geometry for each position.
        """
        with self._guard:
            held = self._held.setdefault(digest, {})
            self._held.move_to_end(digest)
        wanted = rows.tolist()
        missing = [row for row in wanted if row not in held]
        if not missing:
            return [held[row] for row in wanted]
        written = dict(zip(missing, write_geometries(read()[np.array(missing)]), strict=True))
        given = [written[row] if row in written else held[row] for row in wanted]
        self._keep(digest, written)
        return given

    def _keep(self, digest: str, written: dict[int, bytes]) -> None:
        with self._guard:
            held = self._held.get(digest)
            if held is None:  # dropped meanwhile
                return
            for row, text in written.items():
                if row not in held:
                    while self._size + len(text) > self._capacity and len(self._held) > 1:
                        _, dropped = self._held.popitem(last=False)
                        self._size -= sum(map(len, dropped.values()))
                    if self._size + len(text) > self._capacity:
                        return
                    held[row] = text
                    self._size += len(text)
