"""Points that come, move and go: libspatialindex's R*-tree, edited in place, that answers in metres."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from rtree import index as rtree_index

from geozone.geodesy import degrees_per_metre, distance_m

__all__ = ["LiveIndex"]


class LiveIndex:
    """Points that come, move and go, found by distance in metres.

    Safe to share between threads: each call holds a lock.

    Parameters
    ----------
    keys : sequence of hashable, optional
        Keys of the points to begin with.
    lon, lat : array_like, optional
        Their coordinates, degrees, in the same order.

    Raises
    ------
    ValueError
        If a key is given twice, a coordinate is not a number or the lengths differ.
    """

    def __init__(
        self, keys: Sequence[Hashable] = (), lon: npt.ArrayLike = (), lat: npt.ArrayLike = ()
    ) -> None:
        x = np.asarray(lon, dtype=np.float64)
        y = np.asarray(lat, dtype=np.float64)
        if not len(keys) == len(x) == len(y):
            raise ValueError(f"{len(keys)} keys with {len(x)} longitudes and {len(y)} latitudes")
        if not (np.isfinite(x).all() and np.isfinite(y).all()):
            raise ValueError("a coordinate is not a number")
        self._lock = threading.RLock()
        self._key_of: dict[int, Hashable] = dict(enumerate(keys))
        self._slot_of: dict[Hashable, int] = {key: slot for slot, key in self._key_of.items()}
        if len(self._slot_of) != len(keys):
            raise ValueError("a key is given twice")
        self._at: dict[int, tuple[float, float]] = dict(enumerate(zip(x.tolist(), y.tolist(), strict=True)))
        self._next = len(keys)
        self._tree: Any = _bulk_tree(x, y)

    def __len__(self) -> int:
        return len(self._slot_of)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._slot_of

    def __iter__(self) -> Iterator[Hashable]:
        return iter(list(self._slot_of))

    def position(self, key: Hashable) -> tuple[float, float]:
        """Tell where a point is.

        Parameters
        ----------
        key : hashable
            The point.

        Returns
        -------
        tuple of float
            Longitude and latitude, degrees.

        Raises
        ------
        KeyError
            If there is no such point.
        """
        with self._lock:
            return self._at[self._slot_of[key]]

    def positions(self, keys: Sequence[Hashable]) -> npt.NDArray[np.float64]:
        """Tell where some points are.

        Parameters
        ----------
        keys : sequence of hashable
            The points.

        Returns
        -------
        ndarray of float64, shape (n, 2)
            Longitudes and latitudes, degrees, in that order.

        Raises
        ------
        KeyError
            If one of them is not there.
        """
        with self._lock:
            found = [self._at[self._slot_of[key]] for key in keys]
        return np.array(found, dtype=np.float64).reshape(-1, 2)

    def insert(self, key: Hashable, lon: float, lat: float) -> None:
        """Add a point.

        Parameters
        ----------
        key : hashable
            Its key.
        lon, lat : float
            Where it is, degrees.

        Raises
        ------
        ValueError
            If the key is there already, or a coordinate is not a number.
        """
        if not (np.isfinite(lon) and np.isfinite(lat)):
            raise ValueError("a coordinate is not a number")
        with self._lock:
            if key in self._slot_of:
                raise ValueError("the key is there already")
            slot = self._next
            self._next += 1
            self._slot_of[key] = slot
            self._key_of[slot] = key
            self._at[slot] = (float(lon), float(lat))
            self._tree.insert(slot, (lon, lat, lon, lat))

    def remove(self, key: Hashable) -> None:
        """Take a point away.

        Parameters
        ----------
        key : hashable
            The point.

        Raises
        ------
        KeyError
            If there is no such point.
        """
        with self._lock:
            slot = self._slot_of.pop(key)
            del self._key_of[slot]
            x, y = self._at.pop(slot)
            self._tree.delete(slot, (x, y, x, y))

    def move(self, key: Hashable, lon: float, lat: float) -> None:
        """Put a point somewhere else.

        Parameters
        ----------
        key : hashable
            The point.
        lon, lat : float
            Its new place, degrees.

        Raises
        ------
        KeyError
            If there is no such point.
        ValueError
            If a coordinate is not a number; the point then stays where it was.
        """
        if not (np.isfinite(lon) and np.isfinite(lat)):
            raise ValueError("a coordinate is not a number")
        with self._lock:
            self.remove(key)
            self.insert(key, lon, lat)

    def within_m(self, lon: float, lat: float, radius_m: float) -> list[Hashable]:
        """Find the points within a distance.

        Parameters
        ----------
        lon, lat : float
            Centre, degrees.
        radius_m : float
            Distance, metres; a point exactly that far is found.

        Returns
        -------
        list of hashable
            Keys, nearest first; equal distances in the order of insertion.
        """
        with self._lock:
            slots = sorted(self._tree.intersection(_box_around(lon, lat, radius_m)))
            return self._ranked(slots, lon, lat, radius_m)

    def nearest(self, lon: float, lat: float, *, max_m: float = 200_000.0) -> Hashable | None:
        """Find the nearest point.

        Parameters
        ----------
        lon, lat : float
            From where, degrees.
        max_m : float
            How far to look, metres.

        Returns
        -------
        hashable or None
            Its key; None if there is no point that near.
        """
        with self._lock:
            reach = min(1_000.0, max_m)
            while True:
                found = self.within_m(lon, lat, reach)
                if found:
                    return found[0]
                if reach >= max_m:
                    return None
                reach = min(reach * 4, max_m)

    def _ranked(self, slots: list[int], lon: float, lat: float, radius_m: float) -> list[Hashable]:
        if not slots:
            return []
        at = np.array([self._at[slot] for slot in slots])
        metres = distance_m(lon, lat, at[:, 0], at[:, 1])
        order = np.argsort(metres, kind="stable")
        return [self._key_of[slots[i]] for i in order if metres[i] <= radius_m]


def _bulk_tree(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> Any:
    properties = rtree_index.Property(dimension=2)
    if len(x) == 0:
        return rtree_index.Index(properties=properties)
    corners = np.column_stack([x, y])
    return rtree_index.Index((np.arange(len(x)), corners, corners), properties=properties)


def _box_around(lon: float, lat: float, radius_m: float) -> tuple[float, float, float, float]:
    """Box that holds the disc: measured at its edge nearest the pole, with a margin."""
    _, dlat = degrees_per_metre(0.0)
    height = 1.001 * radius_m * float(dlat)
    dlon, _ = degrees_per_metre(min(89.0, abs(lat) + height))
    width = 1.001 * radius_m * float(dlon)
    return lon - width, lat - height, lon + width, lat + height
