"""Outlines put together from arcs: which arc follows which, ring by ring, and polygons from rings.

An arc is a piece of a closed loop (a circle, or the outline of a polygon) that runs with the union on
its left from a crossing with one loop to a crossing with another. Each crossing ends an arc of one loop
and begins an arc of the other, so that the arcs, followed, close to rings.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from geozone.zoning.clusters import components

__all__ = ["Degenerate", "Outline", "follow", "polygons", "signed_areas", "walk"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
GeometryArray = npt.NDArray[np.object_]


class Degenerate(Exception):  # noqa: N818 - not an error: the caller takes the slower way
    """The arcs do not close: the points are too regular for rounded arithmetic."""


class Outline(NamedTuple):
    """Arcs of the outline: one per crossing, from it to the next."""

    following: IntArray
    """The crossing where the arc ends."""
    first: FloatArray
    """Where on its loop it begins."""
    last: FloatArray
    """Where it ends: after the beginning, so up to a whole lap more."""


def follow(
    begins: tuple[IntArray, FloatArray], ends: tuple[IntArray, FloatArray], lap: FloatArray
) -> Outline:
    """Join the crossings: on each loop, every beginning of an arc to the next end.

    Parameters
    ----------
    begins, ends : tuple of ndarray
        Of each crossing, the loop on which an arc begins (ends), and where on it.
    lap : ndarray of float64
        Length of each loop, in the unit of the places on it.

    Returns
    -------
    Outline
        One arc for each crossing.

    Raises
    ------
    Degenerate
        If a loop has more beginnings than ends, or fewer.
    """
    start, first = begins
    end, last = ends
    by_start = np.lexsort((first, start))
    by_end = np.lexsort((last, end))
    loop = start[by_start]
    if not np.array_equal(loop, end[by_end]):
        raise Degenerate("arcs that begin and do not end")
    counts = np.bincount(loop, minlength=len(lap))
    offset = np.concatenate([[0], np.cumsum(counts)[:-1]])[loop]
    first, last = first[by_start], last[by_end]
    # Where a loop's first end comes before its first beginning, the pairing is shifted by one.
    shift = (last[offset] < first[offset]).astype(np.int64)
    partner = offset + (np.arange(len(loop)) - offset + shift) % counts[loop]
    last = last[partner]
    last = np.where(last <= first, last + lap[loop], last)
    result = Outline(np.empty_like(loop), np.empty_like(first), np.empty_like(first))
    result.following[by_start] = by_end[partner]
    result.first[by_start] = first
    result.last[by_start] = last
    return result


def walk(following: IntArray, point: FloatArray) -> tuple[IntArray, IntArray]:
    """Order the crossings ring by ring, by pointer jumping.

    Parameters
    ----------
    following : ndarray of int64
        The crossing after each.
    point : ndarray of float64, shape (n, 2)
        Where each is. A ring begins at its westernmost crossing, so that it does not depend on what
        else is drawn.

    Returns
    -------
    order, ring : ndarray of int64
        Crossings in the order of the walk, and the ring of each.
    """
    count = len(following)
    ring = components(np.arange(count), following, count)
    by_place = np.lexsort((point[:, 1], point[:, 0], ring))
    is_head = np.zeros(count, dtype=bool)
    is_head[by_place[np.searchsorted(ring[by_place], np.arange(ring.max() + 1))]] = True
    # Cut each ring before its head, then double the steps until every crossing knows its distance
    # to the end of its chain.
    jump = np.where(is_head[following], np.arange(count), following)
    distance = (jump != np.arange(count)).astype(np.int64)
    while True:
        further = jump[jump]
        if np.array_equal(further, jump):
            break
        distance = distance + distance[jump]
        jump = further
    order = np.lexsort((-distance, ring))
    return order, ring[order]


def signed_areas(coordinates: FloatArray, starts: IntArray) -> FloatArray:
    """Measure rings in their plane.

    Parameters
    ----------
    coordinates : ndarray of float64, shape (n, 2)
        Rings one after another, each without its closing point.
    starts : ndarray of int64
        Where each ring begins.

    Returns
    -------
    ndarray of float64
        Twice the area of each ring, positive if counter-clockwise.
    """
    following = np.roll(coordinates, -1, axis=0)
    ends = np.concatenate([starts[1:], [len(coordinates)]]) - 1
    following[ends] = coordinates[starts]
    origin = np.repeat(coordinates[starts], np.diff(np.append(starts, len(coordinates))), axis=0)
    a, b = coordinates - origin, following - origin
    return np.asarray(np.add.reduceat(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0], starts))


def polygons(lines: GeometryArray, of_part: IntArray) -> GeometryArray:
    """Make one polygon of the rings of each part.

    Parameters
    ----------
    lines : ndarray of LinearRing
        Rings, those of a part together: its first is the outline, the others are holes.
    of_part : ndarray of int64
        The part of each ring.

    Returns
    -------
    ndarray of Polygon
        In the order of the parts.
    """
    first = np.concatenate([[True], of_part[1:] != of_part[:-1]])
    return np.asarray(shapely.polygons(lines, indices=np.cumsum(first) - 1), dtype=object)
