"""Clusters: which points are joined by steps no longer than a linking distance.

The Delaunay triangulation of the points holds their shortest tree, so its short edges alone give
the components: no list of all near pairs is made, which would be quadratic in a dense outbreak.
It is taken on the stereographic image of the conformal sphere, which keeps circles circles: the
triangulation in the plane is then the one on the sphere. Edges are measured as geodesics.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Delaunay, QhullError

from geozone.geodesy import FLATTENING, distance_m

__all__ = ["cluster", "cluster_points", "components", "delaunay_edges", "in_order"]

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


def cluster(cases: pd.DataFrame, *, link_m: float) -> IntArray:
    """Label the clusters of a table of cases.

    Parameters
    ----------
    cases : DataFrame
        With ``geo_lon`` and ``geo_lat``, degrees.
    link_m : float
        Two cases no farther apart than this are in one cluster, metres.

    Returns
    -------
    ndarray of int64
        Label of each row, 0, 1, ... in the order of first appearance; -1 where there is no point.
    """
    lon = pd.to_numeric(cases["geo_lon"]).to_numpy(dtype=np.float64, na_value=np.nan)
    lat = pd.to_numeric(cases["geo_lat"]).to_numpy(dtype=np.float64, na_value=np.nan)
    located = np.isfinite(lon) & np.isfinite(lat)
    labels = np.full(len(cases), -1, dtype=np.int64)
    labels[located] = cluster_points(lon[located], lat[located], link_m)
    return labels


def cluster_points(lon: npt.ArrayLike, lat: npt.ArrayLike, link_m: float) -> IntArray:
    """Label the clusters of points.

    Parameters
    ----------
    lon, lat : array_like
        Points, degrees; no missing ones.
    link_m : float
        Linking distance, metres; points exactly that far apart are linked.

    Returns
    -------
    ndarray of int64
        Label of each point, 0, 1, ... in the order of first appearance.
    """
    points = np.column_stack([np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)])
    if len(points) == 0:
        return np.empty(0, dtype=np.int64)
    unique, where = np.unique(points, axis=0, return_inverse=True)
    start, end = delaunay_edges(_conformal_plane(unique[:, 0], unique[:, 1]))
    metres = distance_m(unique[start, 0], unique[start, 1], unique[end, 0], unique[end, 1])
    short = metres <= link_m
    labels = components(start[short], end[short], len(unique))
    return in_order(labels[where.ravel()])


def components(start: IntArray, end: IntArray, count: int) -> IntArray:
    """Label what edges connect.

    Parameters
    ----------
    start, end : ndarray of int64
        The nodes that each edge joins.
    count : int
        How many nodes there are.

    Returns
    -------
    ndarray of int64
        Label of each node.
    """
    graph = coo_matrix((np.ones(len(start), dtype=np.int8), (start, end)), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def in_order(labels: IntArray) -> IntArray:
    """Renumber labels 0, 1, ... in the order of first appearance.

    Parameters
    ----------
    labels : ndarray of int64
        Any labels.

    Returns
    -------
    ndarray of int64
        The same partition.
    """
    _, first, where = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[where.ravel()]


def delaunay_edges(plane: FloatArray) -> tuple[IntArray, IntArray]:
    """Find edges among which is the shortest tree of points in a plane.

    Parameters
    ----------
    plane : ndarray of float64, shape (n, 2)
        Different points.

    Returns
    -------
    start, end : ndarray of int64
        Positions of the two ends of each edge; an edge may be given twice.
    """
    line = np.lexsort((plane[:, 1], plane[:, 0]))
    if len(plane) < 4:
        pairs = np.array([(i, j) for i in range(len(plane)) for j in range(i)], dtype=np.int64).reshape(-1, 2)
        return pairs[:, 0], pairs[:, 1]
    try:
        mesh = Delaunay(plane)
    except QhullError:
        # All in a line: neighbours along it are the shortest tree.
        return line[:-1], line[1:]
    corners = mesh.simplices.astype(np.int64)
    dropped = mesh.coplanar.astype(np.int64)
    start = np.concatenate([corners[:, 0], corners[:, 1], corners[:, 2], dropped[:, 0]])
    end = np.concatenate([corners[:, 1], corners[:, 2], corners[:, 0], dropped[:, 2]])
    return start, end


def _conformal_plane(lon: FloatArray, lat: FloatArray) -> FloatArray:
    """Stereographic image, about the middle of the points, of the conformal sphere."""
    e = np.sqrt(FLATTENING * (2 - FLATTENING))
    sin = np.sin(np.radians(lat))
    psi = np.arctanh(sin) - e * np.arctanh(e * sin)
    chi = np.arctan(np.sinh(psi))
    lam = np.radians(lon)
    chi0 = (chi.min() + chi.max()) / 2
    dlam = lam - (lam.min() + lam.max()) / 2
    # 1 - cos(c), from half angles, keeps the digits of points close to the middle.
    away = 2 * (np.sin((chi - chi0) / 2) ** 2 + np.cos(chi) * np.cos(chi0) * np.sin(dlam / 2) ** 2)
    k = 2 / (2 - away)
    x = k * np.cos(chi) * np.sin(dlam)
    y = k * (np.sin(chi - chi0) + 2 * np.sin(chi0) * np.cos(chi) * np.sin(dlam / 2) ** 2)
    return np.column_stack([x, y])
