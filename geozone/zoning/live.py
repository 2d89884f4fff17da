"""Clusters that follow their cases: adding, moving or removing one touches only its own cluster.

Two R*-trees hold the state: one over the places, one over the boxes of the perimeters. A place
that comes is joined to the perimeters that its disc touches; a place that goes has its cluster,
and no other, drawn anew. The result is that of drawing everything again.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely
from rtree import index as rtree_index
from shapely.geometry.base import BaseGeometry

from geozone.index import LiveIndex
from geozone.rules.zoning_rules import ZoningRules
from geozone.zoning.dissolve import dissolve_discs
from geozone.zoning.perimeters import certain_perimeters, close_holes, containment_radii

__all__ = ["Change", "LiveClusters"]


_COVERING = 3


class Change(NamedTuple):
    """Clusters that an edit touched; no other changed."""

    gone: tuple[int, ...]
    """Clusters that are no more: merged into another, or empty."""
    changed: tuple[int, ...]
    """Clusters that are new or have another perimeter or other members."""


class LiveClusters:
    """Clusters of places known to the street, with their perimeters, edited in place.

    Safe to share between threads: each call holds a lock.

    Parameters
    ----------
    rules : ZoningRules
        Linking distance, radius, holes.
    keys : sequence of hashable, optional
        Keys of the places to begin with, such as pairs of case and role.
    lon, lat : array_like, optional
        Where they are, degrees.
    uncertainty_m : array_like, optional
        How far off each may be, metres; exact by default.

    Raises
    ------
    ValueError
        If a key is given twice, a coordinate is not a number or the lengths differ.

    Notes
    -----
    Equal to `geozone.zoning.zones` drawn anew: the clusters exactly, the perimeters to within the
    error of their outlines (0.01 % of the area). But for one thing: a cluster that lies in a hole of
    another, where that hole is small enough to be closed, stays on its own here.
    """

    def __init__(
        self,
        rules: ZoningRules,
        keys: Sequence[Hashable] = (),
        lon: npt.ArrayLike = (),
        lat: npt.ArrayLike = (),
        uncertainty_m: npt.ArrayLike | None = None,
    ) -> None:
        self._rules = rules
        self._open_rules = replace(rules, close_holes_km2=0.0)
        self._lock = threading.RLock()
        x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
        self._places = LiveIndex(keys, x, y)
        unsure = np.zeros(len(keys)) if uncertainty_m is None else np.asarray(uncertainty_m, dtype=np.float64)
        radius = containment_radii(unsure, rules)
        self._radius: dict[Hashable, float] = dict(zip(keys, radius.tolist(), strict=True))
        self._cluster: dict[Hashable, int] = {}
        self._members: dict[int, set[Hashable]] = {}
        self._closed: dict[int, BaseGeometry] = {}
        self._shape: dict[int, BaseGeometry] = {}
        self._boxes: Any = rtree_index.Index()
        self._next = 0
        found = certain_perimeters(x, y, radius, self._open_rules)
        self._load(list(keys), found.geometry, found.member)

    def __len__(self) -> int:
        return len(self._members)

    def __iter__(self) -> Iterator[int]:
        return iter(sorted(self._members))

    def cluster_of(self, key: Hashable) -> int:
        """Tell which cluster a place is in.

        Parameters
        ----------
        key : hashable
            The place.

        Returns
        -------
        int
            The cluster.

        Raises
        ------
        KeyError
            If there is no such place.
        """
        return self._cluster[key]

    def members(self, cluster: int) -> frozenset[Hashable]:
        """List the places of a cluster.

        Parameters
        ----------
        cluster : int
            The cluster.

        Returns
        -------
        frozenset of hashable
            Keys.

        Raises
        ------
        KeyError
            If there is no such cluster.
        """
        return frozenset(self._members[cluster])

    def perimeter(self, cluster: int) -> BaseGeometry:
        """Give the perimeter of a cluster, its small holes closed.

        Parameters
        ----------
        cluster : int
            The cluster.

        Returns
        -------
        geometry
            Polygon or MultiPolygon, degrees.

        Raises
        ------
        KeyError
            If there is no such cluster.
        """
        with self._lock:
            shape = self._shape[cluster]
            if self._rules.close_holes_km2 <= 0:
                return shape
            if cluster not in self._closed:
                parts = close_holes(np.asarray(shapely.get_parts(shape)), self._rules.close_holes_km2)
                self._closed[cluster] = _together(parts)
            return self._closed[cluster]

    def add(self, key: Hashable, lon: float, lat: float, *, uncertainty_m: float = 0.0) -> Change:
        """Add a place.

        Parameters
        ----------
        key : hashable
            Its key.
        lon, lat : float
            Where it is, degrees.
        uncertainty_m : float
            How far off it may be, metres.

        Returns
        -------
        Change
            The cluster it is in now, and those that it merged.

        Raises
        ------
        ValueError
            If the key is there already, or the coordinates are outside the domain.
        """
        radius = float(containment_radii(uncertainty_m, self._rules))
        disc = dissolve_discs(lon, lat, radius)[0]
        with self._lock:
            linked = self._linked(lon, lat)
            self._places.insert(key, lon, lat)
            self._radius[key] = radius
            touched = sorted(linked | self._touching(disc))
            if not touched:
                return Change((), (self._create({key}, disc),))
            cluster, *merged = touched
            self._merge(cluster, merged, disc)
            self._members[cluster].add(key)
            self._cluster[key] = cluster
            return Change(tuple(merged), (cluster,))

    def remove(self, key: Hashable) -> Change:
        """Take a place away.

        Parameters
        ----------
        key : hashable
            The place.

        Returns
        -------
        Change
            What its cluster fell into; gone if it was alone.

        Raises
        ------
        KeyError
            If there is no such place.
        """
        with self._lock:
            cluster = self._cluster.pop(key)
            at = self._places.position(key)
            self._places.remove(key)
            radius = self._radius.pop(key)
            members = self._members[cluster]
            if len(members) == 1:
                self._drop(cluster)
                return Change((cluster,), ())
            members.remove(key)
            if self._covered(at, radius):
                return Change((), (cluster,))
            return Change((), self._rebuild(cluster, members))

    def move(self, key: Hashable, lon: float, lat: float, *, uncertainty_m: float = 0.0) -> Change:
        """Put a place somewhere else.

        Parameters
        ----------
        key : hashable
            The place.
        lon, lat : float
            Where it is now, degrees.
        uncertainty_m : float
            How far off it may be, metres.

        Returns
        -------
        Change
            Clusters that it left and that it came to.

        Raises
        ------
        KeyError
            If there is no such place.
        ValueError
            If the coordinates are outside the domain; the place then stays where it was.
        """
        dissolve_discs(lon, lat, containment_radii(uncertainty_m, self._rules))
        with self._lock:
            left = self.remove(key)
            came = self.add(key, lon, lat, uncertainty_m=uncertainty_m)
            gone = set(left.gone) | set(came.gone)
            changed = (set(left.changed) | set(came.changed)) - gone
            return Change(tuple(sorted(gone)), tuple(sorted(changed)))

    def _load(
        self, keys: list[Hashable], shapes: npt.NDArray[np.object_], member: npt.NDArray[np.int64]
    ) -> None:
        self._cluster = dict(zip(keys, member.tolist(), strict=True))
        self._members = {cluster: set() for cluster in range(len(shapes))}
        for key, cluster in self._cluster.items():
            self._members[cluster].add(key)
        self._shape = dict(enumerate(shapes))
        self._next = len(shapes)
        if len(shapes):
            boxes = shapely.bounds(shapes)
            self._boxes = rtree_index.Index((np.arange(len(shapes)), boxes[:, :2], boxes[:, 2:]))

    def _linked(self, lon: float, lat: float) -> set[int]:
        """Clusters with a place within the linking distance, where discs alone do not tell."""
        if self._rules.link_m <= 2 * self._rules.containment_m:
            return set()
        return {self._cluster[key] for key in self._places.within_m(lon, lat, self._rules.link_m)}

    def _touching(self, disc: BaseGeometry) -> set[int]:
        near = self._boxes.intersection(disc.bounds)
        return {cluster for cluster in near if shapely.intersects(self._shape[cluster], disc)}

    def _create(self, members: set[Hashable], shape: BaseGeometry) -> int:
        cluster = self._next
        self._next += 1
        self._put(cluster, members, shape)
        return cluster

    def _put(self, cluster: int, members: set[Hashable], shape: BaseGeometry) -> None:
        self._members[cluster] = members
        self._reshape(cluster, shape)
        self._cluster.update(dict.fromkeys(members, cluster))

    def _reshape(self, cluster: int, shape: BaseGeometry) -> None:
        """Give a cluster its first or another perimeter; the tree keeps its box."""
        before = self._shape.get(cluster)
        self._closed.pop(cluster, None)
        self._shape[cluster] = shape
        if before is not None and before.bounds == shape.bounds:
            return
        if before is not None:
            self._boxes.delete(cluster, before.bounds)
        self._boxes.insert(cluster, shape.bounds)

    def _drop(self, cluster: int) -> set[Hashable]:
        self._closed.pop(cluster, None)
        self._boxes.delete(cluster, self._shape.pop(cluster).bounds)
        return self._members.pop(cluster)

    def _merge(self, cluster: int, merged: list[int], disc: BaseGeometry) -> None:
        shape = self._shape[cluster]
        if not merged and shapely.covers(shape, disc):
            return
        grown = shapely.union_all([self._shape[one] for one in (cluster, *merged)] + [disc])
        for one in merged:
            joined = self._drop(one)
            self._members[cluster] |= joined
            self._cluster.update(dict.fromkeys(joined, cluster))
        self._reshape(cluster, grown)

    def _covered(self, at: tuple[float, float], radius: float) -> bool:
        """Tell whether the other discs cover a disc, so that the perimeter stays as it is without it."""
        if self._rules.link_m > 2 * self._rules.containment_m:
            return False
        near = self._places.within_m(*at, radius + self._rules.containment_m)
        if len(near) < _COVERING:
            return False
        places = self._places.positions(near)
        radii = np.array([self._radius[key] for key in near])
        others = dissolve_discs(places[:, 0], places[:, 1], radii)
        return bool(shapely.covers(others, dissolve_discs(*at, radius)[0]).any())

    def _rebuild(self, cluster: int, members: set[Hashable]) -> tuple[int, ...]:
        keys = list(members)
        at = self._places.positions(keys)
        radius = np.array([self._radius[key] for key in keys])
        found = certain_perimeters(at[:, 0], at[:, 1], radius, self._open_rules)
        if len(found.geometry) == 1:
            self._reshape(cluster, found.geometry[0])
            return (cluster,)
        self._drop(cluster)
        groups: list[set[Hashable]] = [set() for _ in range(len(found.geometry))]
        for key, part in zip(keys, found.member.tolist(), strict=True):
            groups[part].add(key)
        # The largest part stays the cluster; the others are new.
        largest = max(range(len(groups)), key=lambda part: len(groups[part]))
        self._put(cluster, groups[largest], found.geometry[largest])
        others = [
            self._create(groups[part], found.geometry[part]) for part in range(len(groups)) if part != largest
        ]
        return (cluster, *others)


def _together(parts: npt.NDArray[np.object_]) -> BaseGeometry:
    if len(parts) == 1:
        only: BaseGeometry = parts[0]
        return only
    return shapely.MultiPolygon(parts.tolist())
