"""Clusters that follow their cases: adding, moving or removing one touches only its own cluster.

Two R*-trees hold the state: one over the places, one over the boxes of the perimeters. A place
that comes is joined to the perimeters that its disc touches; a place that goes has its cluster,
and no other, drawn anew. The result is that of drawing everything again.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from geozone.index import UnitIndex
from geozone.rules.zoning_rules import ZoningRules
from geozone.zoning.boxes import ClusterBoxes
from geozone.zoning.dissolve import dissolve_discs
from geozone.zoning.perimeters import (
    certain_perimeters,
    close_holes,
    containment_radii,
)
from geozone.zoning.placed_discs import PlacedDiscs

__all__ = ["Change", "LiveClusters"]


_MANY = 100
_ALMOST_M = 2.0
_DEGREE_M = 110_000.0


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
        unsure = np.zeros(len(keys)) if uncertainty_m is None else np.asarray(uncertainty_m, dtype=np.float64)
        radius = containment_radii(unsure, rules)
        self._places = PlacedDiscs(keys, x, y, radius, rules.containment_m)
        self._cluster: dict[Hashable, int] = {}
        self._members: dict[int, set[Hashable]] = {}
        self._closed: dict[int, BaseGeometry] = {}
        self._shape: dict[int, BaseGeometry] = {}
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
            disc = self._with_necks(disc, lon, lat, radius)
            self._places.insert(key, (lon, lat), radius)
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
            at, radius = self._places.remove(key)
            members = self._members[cluster]
            if len(members) == 1:
                self._drop(cluster)
                return Change((cluster,), ())
            members.remove(key)
            if self._touching_is_all and self._places.covers(at, radius):
                return Change((), (cluster,))
            if len(members) > _MANY and self._touching_is_all:
                parts = self._places.without(self._shape[cluster], at, radius, members)
                return Change((), self._share_out(cluster, parts))
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
        self._boxes = ClusterBoxes(shapes)

    def _linked(self, lon: float, lat: float) -> set[int]:
        """Clusters with a place within the linking distance, where discs alone do not tell."""
        if self._touching_is_all:
            return set()
        return {self._cluster[key] for key in self._places.within_m((lon, lat), self._rules.link_m)}

    def _touching(self, disc: BaseGeometry) -> set[int]:
        near = self._boxes.near(disc.bounds)
        return {cluster for cluster in near if shapely.intersects(self._shape[cluster], disc)}

    def _with_necks(self, disc: BaseGeometry, lon: float, lat: float, radius: float) -> BaseGeometry:
        """Draw a disc together with those that it all but touches.

        Drawn together, discs are joined where their circles meet; drawn apart, their outlines, which lie
        within the circles, may miss each other by the width of a chord.
        """
        margin = _ALMOST_M / (_DEGREE_M * np.cos(np.radians(lat)))
        west, south, east, north = disc.bounds
        near = self._boxes.near((west - margin, south - margin, east + margin, north + margin))
        almost = {one for one in near if 0 < shapely.distance(self._shape[one], disc) < margin}
        if not almost:
            return disc
        around = self._places.touching((lon, lat), radius, _ALMOST_M)
        return self._places.drawn_with(
            (lon, lat), radius, [key for key in around if self._cluster[key] in almost]
        )

    def _create(self, members: set[Hashable], shape: BaseGeometry) -> int:
        cluster = self._next
        self._next += 1
        self._put(cluster, members, shape)
        return cluster

    def _put(self, cluster: int, members: set[Hashable], shape: BaseGeometry) -> None:
        self._members[cluster] = members
        self._cluster.update(dict.fromkeys(members, cluster))
        self._reshape(cluster, shape, shape.bounds)

    def _reshape(
        self, cluster: int, shape: BaseGeometry, grown: tuple[float, float, float, float] | None = None
    ) -> None:
        """Give a cluster a perimeter; ``grown`` is the box of the part that is new."""
        self._closed.pop(cluster, None)
        self._shape[cluster] = shape
        if grown is not None:
            self._boxes.add(cluster, grown)

    def _drop(self, cluster: int) -> set[Hashable]:
        self._closed.pop(cluster, None)
        self._shape.pop(cluster)
        self._boxes.drop(cluster)
        return self._members.pop(cluster)

    def _merge(self, cluster: int, merged: list[int], disc: BaseGeometry) -> None:
        shape = self._shape[cluster]
        if not merged and shapely.covers(shape, disc):
            return
        grown = shapely.union_all([self._shape[one] for one in (cluster, *merged)] + [disc])
        for one in merged:
            self._closed.pop(one, None)
            self._shape.pop(one)
            self._boxes.absorb(cluster, one)
            joined = self._members.pop(one)
            self._members[cluster] |= joined
            self._cluster.update(dict.fromkeys(joined, cluster))
        self._reshape(cluster, grown, disc.bounds)

    @property
    def _touching_is_all(self) -> bool:
        """Whether places are linked only where their discs touch."""
        return self._rules.link_m <= 2 * self._rules.containment_m

    def _share_out(self, cluster: int, parts: npt.NDArray[np.object_]) -> tuple[int, ...]:
        """Give each part of a perimeter the places that lie in it; the largest stays the cluster."""
        if len(parts) == 1:
            self._reshape(cluster, parts[0])
            return (cluster,)
        keys = list(self._members[cluster])
        part = UnitIndex(parts).locate(*self._places.positions(keys).T)
        groups: list[set[Hashable]] = [set() for _ in parts]
        for key, one in zip(keys, part.tolist(), strict=True):
            groups[one].add(key)
        return self._fall_apart(cluster, groups, parts)

    def _rebuild(self, cluster: int, members: set[Hashable]) -> tuple[int, ...]:
        keys = list(members)
        at = self._places.positions(keys)
        found = certain_perimeters(at[:, 0], at[:, 1], self._places.radii(keys), self._open_rules)
        groups: list[set[Hashable]] = [set() for _ in range(len(found.geometry))]
        for key, part in zip(keys, found.member.tolist(), strict=True):
            groups[part].add(key)
        return self._fall_apart(cluster, groups, found.geometry)

    def _fall_apart(
        self, cluster: int, groups: list[set[Hashable]], shapes: npt.NDArray[np.object_]
    ) -> tuple[int, ...]:
        """Make each group a cluster; the largest stays the one that it was."""
        largest = max(range(len(groups)), key=lambda part: len(groups[part]))
        self._members[cluster] = groups[largest]
        self._reshape(cluster, shapes[largest])
        others = [
            self._create(group, shapes[part])
            for part, group in enumerate(groups)
            if group and part != largest
        ]
        return (cluster, *others)


def _together(parts: npt.NDArray[np.object_]) -> BaseGeometry:
    if len(parts) == 1:
        only: BaseGeometry = parts[0]
        return only
    return shapely.MultiPolygon(parts.tolist())
